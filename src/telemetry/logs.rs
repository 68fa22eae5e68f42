//! Logs on standard error, one line an event, as text or JSON.

use std::fmt;
use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// The least important event that is logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the usual levels")]
pub enum LogLevel {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
}

impl LogLevel {
    /// Every level, the most talkative first.
    pub const ALL: [Self; 5] = [Self::Trace, Self::Debug, Self::Info, Self::Warn, Self::Error];

    /// The level as a flag writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}

/// How a log line is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For collectors: one JSON object a line.
    Json,
}

/// Starts logging. Call it once a process.
///
/// # Errors
/// Somebody else logs in this process already.
pub fn start_logs(level: LogLevel, format: LogFormat) -> Result<(), LogsError> {
    // Libraries below us log connection details that drown our own; only their warnings are let through.
    let libraries = if level == LogLevel::Error { "error" } else { "warn" };
    let filter = EnvFilter::new(format!("{libraries},meterbox={}", level.as_str()));
    // A line that cannot be written (the disk under the log is full, the reader of the pipe is gone) is lost. To complain
    // about it on the same stream would fail again, and that failure would end the process.
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false)
        .log_internal_errors(false);
    let started = match format {
        LogFormat::Text => builder.with_ansi(std::io::stderr().is_terminal()).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    started.map_err(|error| LogsError { reason: error.to_string() })
}

/// Logging could not start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogsError {
    reason: String,
}

impl fmt::Display for LogsError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "cannot start logging: {}", self.reason)
    }
}

impl std::error::Error for LogsError {}
