//! Logs on standard error, one line an event, as text or JSON.

use std::fmt;
use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// How a log line is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For collectors: one JSON object a line.
    Json,
}

/// Starts logging at a level (`error`, `warn`, `info`, `debug`, `trace`, or a filter such as
/// `info,meterbox::scrape=debug`). Call it once a process.
///
/// # Errors
/// The level is none, or logging has been started before.
pub fn start_logs(level: &str, format: LogFormat) -> Result<(), LogsError> {
    // Libraries below us log connection details at `debug` that drown our own; they stay at `warn` unless named.
    let directives = match level {
        "error" | "warn" => level.to_owned(),
        "info" | "debug" | "trace" => format!("warn,meterbox={level}"),
        other => other.to_owned(),
    };
    let filter = EnvFilter::try_new(&directives)
        .map_err(|error| LogsError::Level { level: level.to_owned(), reason: error.to_string() })?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    let started = match format {
        LogFormat::Text => builder.with_ansi(std::io::stderr().is_terminal()).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    started.map_err(|error| LogsError::Twice { reason: error.to_string() })
}

/// Why logging could not start.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogsError {
    /// The level or filter is not one.
    Level {
        /// As it was given.
        level: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Somebody else logs in this process already.
    Twice {
        /// What the library said.
        reason: String,
    },
}

impl fmt::Display for LogsError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Level { level, reason } => {
                write!(formatter, "log level {level:?}: {reason}; use error, warn, info, debug or trace")
            }
            Self::Twice { reason } => write!(formatter, "logging is already running: {reason}"),
        }
    }
}

impl std::error::Error for LogsError {}
