//! Where the system's files are, and how they are read.

use std::fs;
use std::path::{Path, PathBuf};

use super::error::CollectError;

/// Where the host's files are. In a container the host's /proc, /sys and root may be mounted elsewhere.
#[derive(Clone, Debug)]
pub struct HostPaths {
    /// `/proc`
    pub proc: PathBuf,
    /// `/sys`
    pub sys: PathBuf,
    /// `/`
    pub root: PathBuf,
}

impl Default for HostPaths {
    fn default() -> Self {
        Self { proc: "/proc".into(), sys: "/sys".into(), root: "/".into() }
    }
}

impl HostPaths {
    /// Reads a file below /proc.
    pub(super) fn read_proc(&self, file: &str) -> Result<String, CollectError> {
        read(&self.proc.join(file))
    }

    /// A file below /proc that is not as it should be.
    pub(super) fn strange(&self, file: &str) -> CollectError {
        CollectError::Strange { path: self.proc.join(file) }
    }
}

/// Reads a file; bytes that are no UTF-8 are replaced.
pub(super) fn read(path: &Path) -> Result<String, CollectError> {
    match fs::read(path) {
        Ok(bytes) => {
            Ok(String::from_utf8(bytes).unwrap_or_else(|bytes| String::from_utf8_lossy(bytes.as_bytes()).into_owned()))
        }
        Err(error) => Err(CollectError::Unreadable { path: path.to_owned(), error }),
    }
}

/// What a one-line file says; `None` when it cannot be read, as many files of /sys cannot at times.
pub(super) fn line(path: &Path) -> Option<String> {
    read(path).ok().map(|text| text.trim().to_owned())
}

/// The number in a one-line file, decimal or behind `0x`.
pub(super) fn number(path: &Path) -> Option<f64> {
    let text = line(path)?;
    #[expect(clippy::cast_precision_loss, reason = "flags and identifiers are small")]
    match text.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16).ok().map(|number| number as f64),
        None => text.parse().ok(),
    }
}

/// The names in a folder, sorted; empty when there is none.
pub(super) fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    names.sort();
    names
}

/// The numbers of a line that are separated by blanks; what is no number ends them.
pub(super) fn numbers(text: &str) -> Vec<f64> {
    text.split_ascii_whitespace().map_while(|field| field.parse().ok()).collect()
}
