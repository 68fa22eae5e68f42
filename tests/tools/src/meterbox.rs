use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::http::{self, Answer, encode_form};
use crate::process::{Process, free_port};
use crate::temp::TempDir;

/// A running meterbox with its own folder; killed when dropped.
pub struct Meterbox {
    process: Process,
    builder: MeterboxBuilder,
    ready_after: Duration,
}

/// How to start a meterbox. The folder belongs to the builder, so that a killed one can be started again on it.
pub struct MeterboxBuilder {
    binary: PathBuf,
    dir: TempDir,
    flags: Vec<String>,
    address: SocketAddr,
    has_config: bool,
}

impl MeterboxBuilder {
    /// Writes the configuration file it starts with. Without one it finds its targets itself.
    #[must_use]
    pub fn config(mut self, text: &str) -> Self {
        self.dir.write("meterbox.yml", text);
        self.has_config = true;
        self
    }

    /// Adds a flag.
    #[must_use]
    pub fn flag(mut self, flag: impl Into<String>) -> Self {
        self.flags.push(flag.into());
        self
    }

    /// Its folder: `meterbox.yml`, `data/`, `log`.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// The command line it will run.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.binary);
        command.current_dir(self.dir.path()).arg("--data-dir").arg(self.dir.join("data"));
        if self.has_config {
            command.arg("--config").arg(self.dir.join("meterbox.yml"));
        }
        command.arg("--listen").arg(self.address.to_string()).args(&self.flags);
        command
    }

    /// Starts it and waits until it is ready.
    ///
    /// # Panics
    /// If it does not become ready within a minute; the message has the end of its log.
    pub fn start(self) -> Meterbox {
        let mut process = Process::start("meterbox", &mut self.command(), self.address, &self.dir.join("log"));
        let ready_after = process.wait_ready("/-/ready", Duration::from_secs(60));
        Meterbox { process, builder: self, ready_after }
    }
}

impl Meterbox {
    /// A meterbox that will listen on a free loopback port.
    pub fn builder(binary: impl Into<PathBuf>) -> MeterboxBuilder {
        MeterboxBuilder {
            binary: binary.into(),
            dir: TempDir::new("meterbox"),
            flags: Vec::new(),
            address: free_port(),
            has_config: false,
        }
    }

    /// Kills it with SIGKILL and leaves its folder, ready to start again.
    pub fn kill(mut self) -> MeterboxBuilder {
        self.process.kill();
        self.builder
    }

    /// Asks it to end, waits, and leaves its folder.
    ///
    /// # Panics
    /// If it does not end within half a minute or reports a failure.
    pub fn stop(mut self) -> MeterboxBuilder {
        let status = self.process.terminate(Duration::from_secs(30));
        assert!(status.success(), "meterbox ended with {status}:\n{}", self.process.log_text());
        self.builder
    }

    /// How long it took to become ready.
    pub fn ready_after(&self) -> Duration {
        self.ready_after
    }

    /// The running process.
    pub fn process(&self) -> &Process {
        &self.process
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.process.address()
    }

    /// Its folder.
    pub fn dir(&self) -> &Path {
        self.builder.dir()
    }

    /// GETs a path.
    ///
    /// # Panics
    /// If there is no answer.
    pub fn get(&self, target: &str) -> Answer {
        http::get(self.address(), target).unwrap_or_else(|error| panic!("meterbox: {target}: {error}"))
    }

    /// The `data` of an API call's answer.
    ///
    /// # Panics
    /// If it does not succeed.
    pub fn api(&self, path: &str, parameters: &[(&str, &str)]) -> Value {
        let target = format!("/api/v1/{path}?{}", encode_form(parameters));
        let answer = self.get(&target).json();
        assert_eq!(answer["status"], "success", "{target}: {answer}");
        answer["data"].clone()
    }
}
