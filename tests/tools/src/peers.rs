use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::http;
use crate::process::{Process, free_port};
use crate::skip::skip;
use crate::temp::TempDir;

/// The path of a peer's binary (`prometheus`, `victoria-metrics`, `prometheus-node-exporter`, ...): in the folder that
/// `METERBOX_PEERS` names, or in the cache that `tests/run` fills. None, with a line that `test` skips, if it is not there.
pub fn peer(test: &str, name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("METERBOX_PEERS").map_or_else(cache, PathBuf::from);
    let path = folder.join(name);
    if path.is_file() {
        return Some(path);
    }
    skip(test, &format!("no {} (set METERBOX_PEERS or run tests/run)", path.display()));
    None
}

/// A file or folder of the shared recordings: `METERBOX_SHARED`, or `../shared` beside the project. None, with a line
/// that `test` skips, if it is not there.
pub fn shared(test: &str, path: &str) -> Option<PathBuf> {
    let root = std::env::var_os("METERBOX_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let path = root.join(path);
    if path.exists() {
        return Some(path);
    }
    skip(test, &format!("no {} (set METERBOX_SHARED)", path.display()));
    None
}

/// The two recordings of one engine, for example `vllm_v1`.
pub fn sample_pair(test: &str, engine: &str) -> Option<(PathBuf, PathBuf)> {
    let first = shared(test, &format!("samples/{engine}.0.prom"))?;
    let second = shared(test, &format!("samples/{engine}.1.prom"))?;
    Some((first, second))
}

/// A real Prometheus with its own folder, killed when dropped.
pub struct Prometheus {
    process: Process,
    _dir: TempDir,
}

impl Prometheus {
    /// Starts `binary` with `config` (the text of a prometheus.yml) and more flags, and waits until it is ready.
    pub fn start(binary: &Path, config: &str, flags: &[&str]) -> Self {
        let dir = TempDir::new("prometheus");
        let file = dir.write("prometheus.yml", config);
        let address = free_port();
        let mut command = Command::new(binary);
        command
            .arg(format!("--config.file={}", file.display()))
            .arg(format!("--storage.tsdb.path={}", dir.join("data").display()))
            .arg(format!("--web.listen-address={address}"))
            .args(flags);
        let mut process = Process::start("prometheus", &mut command, address, &dir.join("log"));
        process.wait_ready("/-/ready", Duration::from_secs(60));
        Self { process, _dir: dir }
    }

    /// GETs a path.
    ///
    /// # Panics
    /// If there is no answer.
    pub fn get(&self, target: &str) -> http::Answer {
        http::get(self.process.address(), target).unwrap_or_else(|error| panic!("prometheus: {target}: {error}"))
    }

    /// The running process.
    pub fn process(&self) -> &Process {
        &self.process
    }
}

fn cache() -> PathBuf {
    let base = std::env::var_os("XDG_CACHE_HOME")
        .map_or_else(|| PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache"), PathBuf::from);
    base.join("meterbox-peers/root/usr/bin")
}
