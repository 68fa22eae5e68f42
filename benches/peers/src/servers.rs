use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use meterbox_testkit::http::{Answer, Connection, encode_form};
use meterbox_testkit::{Process, TempDir, free_port, peer};

use crate::measure;

/// A program that is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Prometheus 3.
    Prometheus,
    /// VictoriaMetrics, single node.
    VictoriaMetrics,
    /// Ours.
    Meterbox,
}

/// Where a server's binary is.
pub struct Server {
    /// Which one.
    pub kind: Kind,
    binary: PathBuf,
}

/// A running server with its folder. Starting it again on the folder keeps the data.
pub struct Running<'a> {
    server: &'a Server,
    process: Option<Process>,
    dir: TempDir,
    address: SocketAddr,
    config: Option<PathBuf>,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Prometheus, Self::VictoriaMetrics, Self::Meterbox];

    /// The column's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Prometheus => "prometheus",
            Self::VictoriaMetrics => "victoriametrics",
            Self::Meterbox => "meterbox",
        }
    }
}

impl Server {
    /// Looks for the binary.
    pub fn find(kind: Kind, meterbox: &Path) -> Option<Self> {
        let binary = match kind {
            Kind::Prometheus => peer("benchmark", "prometheus")?,
            Kind::VictoriaMetrics => peer("benchmark", "victoria-metrics")?,
            Kind::Meterbox => meterbox.is_file().then(|| meterbox.to_path_buf())?,
        };
        Some(Self { kind, binary })
    }

    /// The binary's size in MiB.
    pub fn binary_mib(&self) -> f64 {
        std::fs::metadata(&self.binary).map_or(f64::NAN, |data| data.len() as f64 / MIB)
    }

    /// Starts it in a fresh folder, with a scrape configuration or without any target.
    pub fn start(&self, config: Option<&str>) -> (Running<'_>, Duration) {
        let dir = TempDir::new(&format!("bench-{}", self.kind.name()));
        let text = config.unwrap_or("scrape_configs: []\n");
        let config = Some(dir.write("scrape.yml", text));
        let mut running = Running { server: self, process: None, address: free_port(), dir, config };
        let ready = running.start();
        (running, ready)
    }
}

impl Running<'_> {
    /// Starts the program on its folder and returns how long it took until it said that it is ready.
    pub fn start(&mut self) -> Duration {
        let data = self.data().display().to_string();
        let config = self.config.as_ref().map(|path| path.display().to_string());
        let address = self.address;
        let mut command = Command::new(&self.server.binary);
        command.current_dir(self.dir.path());
        match self.server.kind {
            Kind::Prometheus => {
                command
                    .arg(format!("--storage.tsdb.path={data}"))
                    .arg(format!("--web.listen-address={address}"))
                    .args(["--storage.tsdb.retention.time=1y", "--web.enable-remote-write-receiver"])
                    .args(config.map(|path| format!("--config.file={path}")));
            }
            Kind::VictoriaMetrics => {
                command
                    .arg(format!("-storageDataPath={data}"))
                    .arg(format!("-httpListenAddr={address}"))
                    .args(["-retentionPeriod=1y", "-search.latencyOffset=0s"])
                    .args(config.map(|path| format!("-promscrape.config={path}")));
            }
            Kind::Meterbox => {
                command
                    .args(["--data-dir", &data, "--listen", &address.to_string(), "--retention-time", "365d"])
                    .arg("--enable-remote-write-receiver")
                    .args(config.iter().flat_map(|path| ["--config", path]));
            }
        }
        let began = Instant::now();
        let mut process = Process::start(self.server.kind.name(), &mut command, address, &self.dir.join("log"));
        process.wait_ready(self.ready_path(), Duration::from_secs(600));
        self.process = Some(process);
        began.elapsed()
    }

    /// Asks it to end; the disk then has everything.
    pub fn stop(&mut self) -> Duration {
        let began = Instant::now();
        if let Some(mut process) = self.process.take() {
            process.terminate(Duration::from_secs(300));
        }
        began.elapsed()
    }

    /// Kills it.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill();
        }
    }

    /// Its data folder.
    pub fn data(&self) -> PathBuf {
        self.dir.join("data")
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.process.as_ref().map_or(0, Process::pid)
    }

    /// Which program it is.
    pub fn kind(&self) -> Kind {
        self.server.kind
    }

    /// A connection to it.
    pub fn connect(&self) -> Connection {
        Connection::new(self.address).with_timeout(Duration::from_secs(300))
    }

    /// Asks a question of the Prometheus API.
    pub fn ask(&self, connection: &mut Connection, path: &str, parameters: &[(&str, &str)]) -> std::io::Result<Answer> {
        connection.request("GET", &format!("/api/v1/{path}?{}", encode_form(parameters)), &[], &[])
    }

    /// How many samples of the benchmark's jobs are stored. Asked name by name: counting all at once would give several
    /// series the same labels, which Prometheus refuses. `at`, in milliseconds, is the moment up to which they count.
    pub fn stored_samples(&self, at: i64) -> f64 {
        let at = (at as f64 / 1000.0).to_string();
        let mut connection = self.connect();
        let matcher = "{job=~\"vllm|node|dcgm\",__name__!~\"up|scrape_.*\"}";
        // Names are asked over all time: where the range is left out, VictoriaMetrics only looks at the last day.
        let parameters = [("match[]", matcher), ("start", "1"), ("end", "4000000000")];
        let Ok(names) = self.ask(&mut connection, "label/__name__/values", &parameters) else { return f64::NAN };
        let mut sum = 0.0;
        for name in names.json()["data"].as_array().into_iter().flatten().filter_map(|name| name.as_str()) {
            let query = format!("sum(count_over_time({{__name__=\"{name}\",job=~\"vllm|node|dcgm\"}}[40d]))");
            let answer = self.ask(&mut connection, "query", &[("query", &query), ("time", &at)]);
            sum += answer
                .ok()
                .and_then(|answer| answer.json()["data"]["result"][0]["value"][1].as_str()?.parse().ok())
                .unwrap_or(0.0);
        }
        sum
    }

    /// Makes what was written visible to queries where that takes a while by itself.
    pub fn flush(&self) {
        if self.server.kind == Kind::VictoriaMetrics {
            drop(self.connect().request("GET", "/internal/force_flush", &[], &[]));
        }
    }

    /// Waits until background work has gone quiet, at most `limit`, at least the 5 s after which the slowest of them
    /// writes what it holds in memory.
    pub fn settle(&self, limit: Duration) {
        let began = Instant::now();
        std::thread::sleep(Duration::from_secs(7));
        while began.elapsed() < limit {
            let before = measure::cpu_seconds(self.pid());
            std::thread::sleep(Duration::from_secs(1));
            if measure::cpu_seconds(self.pid()) - before < 0.03 {
                return;
            }
        }
    }

    fn ready_path(&self) -> &'static str {
        match self.server.kind {
            Kind::VictoriaMetrics => "/health",
            Kind::Prometheus | Kind::Meterbox => "/-/ready",
        }
    }
}

const MIB: f64 = 1024.0 * 1024.0;
