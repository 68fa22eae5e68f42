//! Why a collector brought nothing.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// A file that a collector needs.
#[derive(Debug)]
pub(super) enum CollectError {
    /// It cannot be read.
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// It does not look as it should.
    Strange {
        /// The file.
        path: PathBuf,
    },
    /// A system call failed.
    Call {
        /// Which one.
        call: &'static str,
    },
}

impl fmt::Display for CollectError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { path, error } => write!(formatter, "cannot read {}: {error}", path.display()),
            Self::Strange { path } => write!(formatter, "{} does not look as expected", path.display()),
            Self::Call { call } => write!(formatter, "{call} failed"),
        }
    }
}
