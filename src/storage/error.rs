//! Why the store could not be opened, closed or asked for a document.

use std::fmt;
use std::path::PathBuf;

/// Why [`Store::open`](super::Store::open) failed.
#[derive(Debug)]
#[non_exhaustive]
pub enum OpenError {
    /// Another process has the data directory open.
    Locked {
        /// The data directory.
        dir: PathBuf,
    },
    /// The system said no.
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file is from a version of meterbox that this one does not know.
    Version {
        /// The file.
        path: PathBuf,
        /// The version it says.
        found: u32,
    },
    /// A database file could not be opened or written, though it is not damaged.
    Database {
        /// The file.
        path: PathBuf,
        /// What redb said.
        reason: String,
    },
}

impl fmt::Display for OpenError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Locked { dir } => write!(
                formatter,
                "another process uses the data directory {}; stop it, or name another directory with --data-dir",
                dir.display()
            ),
            Self::Io { path, action, source } => write!(formatter, "cannot {action} {}: {source}", path.display()),
            Self::Version { path, found } => write!(
                formatter,
                "{} has format {found}, which this version does not read; start the version that wrote it",
                path.display()
            ),
            Self::Database { path, reason } => write!(formatter, "cannot open {}: {reason}", path.display()),
        }
    }
}

impl std::error::Error for OpenError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}

/// Why a flush, a document or the shutdown failed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreError {
    /// A database file could not be read or written.
    Database {
        /// The file.
        file: String,
        /// What redb or the system said.
        reason: String,
    },
    /// The log could not be written; see [`AppendError::Poisoned`](super::AppendError::Poisoned).
    Poisoned {
        /// What the system said.
        reason: String,
    },
    /// The store is closed.
    Closed,
}

impl fmt::Display for StoreError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Database { file, reason } => write!(formatter, "{file}: {reason}"),
            Self::Poisoned { reason } => write!(formatter, "the log could not be written: {reason}"),
            Self::Closed => formatter.write_str("the store is closed"),
        }
    }
}

impl std::error::Error for StoreError {}

impl StoreError {
    pub(super) fn database(path: &std::path::Path, reason: impl fmt::Display) -> Self {
        Self::Database { file: path.display().to_string(), reason: reason.to_string() }
    }
}
