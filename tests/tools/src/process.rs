use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::http;

/// A running program that listens somewhere. It is killed when dropped; what it printed stays in its log.
pub struct Process {
    name: String,
    child: Child,
    address: SocketAddr,
    log: PathBuf,
}

impl Process {
    /// Starts `command` with its output in `log`; `address` is where it will listen.
    ///
    /// # Panics
    /// If it cannot be started.
    pub fn start(name: &str, command: &mut Command, address: SocketAddr, log: &Path) -> Self {
        let open = || {
            File::options()
                .create(true)
                .append(true)
                .open(log)
                .unwrap_or_else(|error| panic!("cannot write {}: {error}", log.display()))
        };
        let child = command
            .stdin(Stdio::null())
            .stdout(open())
            .stderr(open())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {name} ({command:?}): {error}"));
        Self { name: name.to_owned(), child, address, log: log.to_owned() }
    }

    /// Waits until GET `path` answers 200.
    ///
    /// # Panics
    /// If the process ends before that, or after `limit`; the message has the end of the log.
    pub fn wait_ready(&mut self, path: &str, limit: Duration) -> Duration {
        let start = Instant::now();
        loop {
            if http::get(self.address, path).is_ok_and(|answer| answer.status == 200) {
                return start.elapsed();
            }
            if let Ok(Some(status)) = self.child.try_wait() {
                panic!("{} ended ({status}) before it was ready:\n{}", self.name, self.log_end());
            }
            assert!(start.elapsed() < limit, "{} was not ready after {limit:?}:\n{}", self.name, self.log_end());
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends SIGKILL and waits for the end.
    pub fn kill(&mut self) {
        // Fails only if it has ended already, which is what is wanted.
        drop(self.child.kill());
        drop(self.child.wait());
    }

    /// Sends SIGTERM and waits for the end.
    ///
    /// # Panics
    /// If it has not ended after `limit`.
    pub fn terminate(&mut self, limit: Duration) -> ExitStatus {
        self.signal(Signal::TERM);
        self.wait_end(limit)
    }

    /// Sends SIGHUP, which asks for the configuration to be read again.
    pub fn hang_up(&self) {
        self.signal(Signal::HUP);
    }

    /// Waits for the process to end by itself.
    ///
    /// # Panics
    /// If it has not ended after `limit`.
    pub fn wait_end(&mut self, limit: Duration) -> ExitStatus {
        let start = Instant::now();
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) => return status,
                Ok(None) => {}
                Err(error) => panic!("cannot wait for {}: {error}", self.name),
            }
            assert!(start.elapsed() < limit, "{} did not end within {limit:?}:\n{}", self.name, self.log_end());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// All it has printed so far.
    pub fn log_text(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    fn log_end(&self) -> String {
        let text = self.log_text();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(25)..].join("\n")
    }

    fn signal(&self, signal: Signal) {
        if let Some(pid) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            // An ended process cannot be signalled; whoever waits for it sees that.
            let _ = kill_process(pid, signal);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            eprintln!("--- the end of {}'s log\n{}", self.name, self.log_end());
        }
    }
}

/// A port of the loopback interface that was free a moment ago.
pub fn free_port() -> SocketAddr {
    free_ports(1)[0]
}

/// Several different free ports.
pub fn free_ports(count: usize) -> Vec<SocketAddr> {
    let listeners: Vec<TcpListener> = (0..count)
        .map(|_| TcpListener::bind("127.0.0.1:0").unwrap_or_else(|error| panic!("no free port: {error}")))
        .collect();
    listeners
        .iter()
        .map(|listener| listener.local_addr().unwrap_or_else(|error| panic!("no address: {error}")))
        .collect()
}

/// Asks `condition` again until it gives something.
///
/// # Panics
/// After `limit`, saying `what` was waited for.
pub fn wait_until<T>(what: &str, limit: Duration, mut condition: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = condition() {
            return found;
        }
        assert!(start.elapsed() < limit, "waited {limit:?} in vain for {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
