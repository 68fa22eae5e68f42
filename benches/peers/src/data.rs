use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use meterbox_testkit::remote_write::{append_series, compress, encode_labels};
use meterbox_testkit::{
    Process, Replay, ReplayOptions, Response, Server, TempDir, free_port, http, now_ms, peer, sample_pair,
};

/// Two scrapes of each kind of target, from which all load is made.
pub struct Recordings {
    vllm: (String, String),
    gpu: (String, String),
    node: (String, String),
}

/// A kind of target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// An inference engine.
    Vllm,
    /// A machine: what a real node_exporter printed here.
    Node,
    /// Two GPUs.
    Gpu,
}

/// Replayed targets that listen, and how many samples they have handed out.
pub struct LiveTargets {
    servers: Vec<Server>,
    samples: Arc<AtomicU64>,
    kinds: Vec<Target>,
}

/// A history as write requests, ready to send.
pub struct History {
    /// For each connection its requests in time order; all connections have the same number.
    pub requests: Vec<Vec<Vec<u8>>>,
    /// All samples in it.
    pub samples: u64,
    /// All series in it.
    pub series: usize,
    /// The last timestamp, milliseconds.
    pub end: i64,
}

impl Recordings {
    /// Reads the engine's and the GPU's recordings and records this machine with a real node_exporter.
    pub fn load() -> Option<Self> {
        let read = |name: &str| {
            let (first, second) = sample_pair("benchmark", name)?;
            Some((std::fs::read_to_string(first).ok()?, std::fs::read_to_string(second).ok()?))
        };
        let (vllm, gpu) = (read("vllm_v1")?, read("dcgm")?);
        let exporter = peer("benchmark", "prometheus-node-exporter")?;
        let (dir, address) = (TempDir::new("bench-node"), free_port());
        let mut command = Command::new(exporter);
        command.arg(format!("--web.listen-address={address}"));
        let mut process = Process::start("node_exporter", &mut command, address, &dir.join("log"));
        process.wait_ready("/metrics", Duration::from_secs(20));
        let page = || http::get(address, "/metrics").ok().map(|answer| answer.text());
        let first = page()?;
        std::thread::sleep(Duration::from_secs(15));
        Some(Self { vllm, gpu, node: (first, page()?) })
    }

    /// A replay of one target.
    pub fn replay(&self, target: Target, seed: u64) -> Replay {
        let (first, second) = match target {
            Target::Vllm => &self.vllm,
            Target::Node => &self.node,
            Target::Gpu => &self.gpu,
        };
        // A machine's counters cannot run faster than its clock, so its load does not swell.
        Replay::new(first, second, ReplayOptions { seed, swell: target != Target::Node, ..ReplayOptions::default() })
    }

    /// Starts listeners for `kinds`.
    pub fn listen(&self, kinds: Vec<Target>) -> LiveTargets {
        let samples = Arc::new(AtomicU64::new(0));
        let start = Instant::now();
        let servers = kinds
            .iter()
            .enumerate()
            .map(|(index, &kind)| {
                let replay = self.replay(kind, index as u64);
                let (count, counted) = (replay.series().len() as u64, Arc::clone(&samples));
                Server::local(move |_| {
                    counted.fetch_add(count, Ordering::Relaxed);
                    Response::ok(replay.content_type(), replay.page(start.elapsed().as_secs_f64()))
                })
            })
            .collect();
        LiveTargets { servers, samples, kinds }
    }

    /// Makes the history of `engines` vLLM targets and a quarter as many nodes and GPU boxes over the last `hours`, at 15 s,
    /// for `connections` senders. Each request has one target's samples of some consecutive scrapes.
    pub fn history(&self, engines: usize, hours: u64, connections: usize) -> History {
        let mut kinds = vec![Target::Vllm; engines];
        for _ in 0..engines.div_ceil(4) {
            kinds.extend([Target::Node, Target::Gpu]);
        }
        let end = now_ms() / STEP * STEP;
        let steps = i64::try_from(hours * 3_600_000).unwrap_or(0) / STEP;
        let mut history = History { requests: vec![Vec::new(); connections], samples: 0, series: 0, end };
        let sources: Vec<(Replay, Vec<Vec<u8>>)> = kinds
            .iter()
            .enumerate()
            .map(|(index, &kind)| {
                let replay = self.replay(kind, index as u64);
                let labels = replay
                    .series()
                    .into_iter()
                    .map(|mut labels| {
                        labels.retain(|(name, _)| !matches!(name.as_str(), "instance" | "job"));
                        labels.push(("instance".into(), format!("10.0.0.{index}:{}", kind.port())));
                        labels.push(("job".into(), kind.job().into()));
                        labels.sort();
                        encode_labels(&labels)
                    })
                    .collect();
                (replay, labels)
            })
            .collect();
        history.series = sources.iter().map(|(_, labels)| labels.len()).sum();
        let mut first = 0;
        while first < steps {
            let chunk = SCRAPES_IN_REQUEST.min(steps - first);
            for (index, (replay, labels)) in sources.iter().enumerate() {
                let rows: Vec<(i64, Vec<Option<f64>>)> = (first..first + chunk)
                    .map(|step| (end - (steps - 1 - step) * STEP, replay.values((step * STEP) as f64 / 1000.0)))
                    .collect();
                let mut message = Vec::new();
                for (series, encoded) in labels.iter().enumerate() {
                    let points = rows.iter().filter_map(|(time, values)| Some((*time, values[series]?)));
                    history.samples += points.clone().count() as u64;
                    if points.clone().next().is_some() {
                        append_series(&mut message, encoded, points);
                    }
                }
                history.requests[index % connections].push(compress(&message));
            }
            first += chunk;
        }
        history
    }
}

impl LiveTargets {
    /// A scrape configuration in Prometheus's format: a job for each kind.
    pub fn config(&self, interval: &str) -> String {
        let mut text =
            format!("global:\n  scrape_interval: {interval}\n  scrape_timeout: {interval}\nscrape_configs:\n");
        for kind in [Target::Vllm, Target::Node, Target::Gpu] {
            let addresses: Vec<String> = self
                .servers
                .iter()
                .zip(&self.kinds)
                .filter(|(_, other)| **other == kind)
                .map(|(server, _)| format!("'{}'", server.address()))
                .collect();
            if !addresses.is_empty() {
                let targets = addresses.join(", ");
                text.push_str(&format!(
                    "  - job_name: {}\n    static_configs:\n      - targets: [{targets}]\n",
                    kind.job()
                ));
            }
        }
        text
    }

    /// How many samples were handed out so far.
    pub fn samples(&self) -> u64 {
        self.samples.load(Ordering::Relaxed)
    }
}

impl Target {
    /// The job's name.
    pub fn job(self) -> &'static str {
        match self {
            Self::Vllm => "vllm",
            Self::Node => "node",
            Self::Gpu => "dcgm",
        }
    }

    fn port(self) -> u16 {
        match self {
            Self::Vllm => 8000,
            Self::Node => 9100,
            Self::Gpu => 9400,
        }
    }
}

/// Between two scrapes of the history, milliseconds.
const STEP: i64 = 15_000;

/// 1 minute of one target to a request: some 1,500 samples, near what senders send by default (2,000).
const SCRAPES_IN_REQUEST: i64 = 4;
