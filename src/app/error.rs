//! Why meterbox did not start.

use std::fmt;

use crate::config::ConfigError;
use crate::http::ServerError;
use crate::storage::OpenError;
use crate::telemetry::LogsError;

/// Every variant prints as one line that says what to do.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// The configuration was refused.
    Config(ConfigError),
    /// The data directory could not be opened.
    Store(OpenError),
    /// The address could not be bound.
    Listen(ServerError),
    /// The log level is none.
    Logs(LogsError),
    /// The system refused something that every process needs.
    System {
        /// What was asked for.
        what: &'static str,
        /// What the system said.
        reason: String,
    },
}

impl fmt::Display for StartError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config(error) => error.fmt(formatter),
            Self::Store(error) => error.fmt(formatter),
            Self::Listen(error) => error.fmt(formatter),
            Self::Logs(error) => error.fmt(formatter),
            Self::System { what, reason } => write!(formatter, "cannot {what}: {reason}"),
        }
    }
}

impl std::error::Error for StartError {}

impl From<ConfigError> for StartError {
    fn from(error: ConfigError) -> Self {
        Self::Config(error)
    }
}

impl From<OpenError> for StartError {
    fn from(error: OpenError) -> Self {
        Self::Store(error)
    }
}

impl From<ServerError> for StartError {
    fn from(error: ServerError) -> Self {
        Self::Listen(error)
    }
}

impl From<LogsError> for StartError {
    fn from(error: LogsError) -> Self {
        Self::Logs(error)
    }
}
