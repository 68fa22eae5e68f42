//! Targets listed in files, read again when the files change.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Instant, SystemTime};

use globset::{GlobBuilder, GlobMatcher};

use crate::config::{FileSd, StaticGroup};

use super::group::{GroupError, TargetGroup, from_json};

/// Reads one file of target groups, by its ending as JSON or YAML.
///
/// # Errors
/// It cannot be read or holds something else.
pub fn read_file(path: &Path) -> Result<Vec<TargetGroup>, FileError> {
    let fail = |fault| FileError { path: path.to_owned(), fault };
    let bytes = fs::read(path).map_err(|error| fail(FileFault::Unreadable(error)))?;
    let is_json = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
    let groups = if is_json { from_json(&bytes) } else { from_yaml(&bytes) };
    let name = path.to_string_lossy();
    let groups = groups.map_err(|error| fail(FileFault::Content(error)))?;
    Ok(groups
        .iter()
        .enumerate()
        .map(|(index, group)| TargetGroup::new(format!("{name}:{index}"), group, Some((FILE_PATH, &name))))
        .collect())
}

fn from_yaml(bytes: &[u8]) -> Result<Vec<StaticGroup>, GroupError> {
    crate::config::groups(&String::from_utf8_lossy(bytes)).map_err(GroupError::Yaml)
}

/// A file of targets that is of no use.
#[derive(Debug)]
pub struct FileError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub fault: FileFault,
}

/// What is wrong with a file of targets.
#[derive(Debug)]
#[non_exhaustive]
pub enum FileFault {
    /// It cannot be read.
    Unreadable(io::Error),
    /// It holds something else.
    Content(GroupError),
}

impl fmt::Display for FileError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.fault {
            FileFault::Unreadable(error) => write!(formatter, "{}: {error}", self.path.display()),
            FileFault::Content(GroupError::Yaml(problem)) => write!(formatter, "{}:{problem}", self.path.display()),
            FileFault::Content(error) => write!(formatter, "{}: {error}", self.path.display()),
        }
    }
}

impl std::error::Error for FileError {}

/// The files of one `file_sd_configs` entry, and what they held when they were last readable.
pub(super) struct Files {
    patterns: Vec<Pattern>,
    known: BTreeMap<PathBuf, Known>,
    last_full: Option<Instant>,
    refresh: std::time::Duration,
}

struct Known {
    stamp: Option<Stamp>,
    groups: Vec<TargetGroup>,
}

/// What changes with a file's content. A file that is replaced by another of the same size within the clock's grain
/// still has another inode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    length: u64,
    inode: u64,
}

/// What a look at the files found.
pub(super) struct Look {
    /// Whether the groups may differ from those before.
    pub(super) changed: bool,
    /// Files that were read and are broken.
    pub(super) errors: Vec<FileError>,
}

impl Files {
    pub(super) fn new(config: &FileSd) -> Self {
        Self {
            patterns: config.files.iter().map(|path| Pattern::new(path)).collect(),
            known: BTreeMap::new(),
            last_full: None,
            refresh: config.refresh_interval,
        }
    }

    /// Looks which files there are, and reads those that changed; after the refresh interval all.
    pub(super) fn look(&mut self) -> Look {
        let full = self.last_full.is_none_or(|last| last.elapsed() >= self.refresh);
        let mut look = Look { changed: self.last_full.is_none(), errors: Vec::new() };
        if full {
            self.last_full = Some(Instant::now());
        }
        let mut before = std::mem::take(&mut self.known);
        let mut paths: Vec<PathBuf> = self.patterns.iter().flat_map(Pattern::expand).collect();
        paths.sort();
        paths.dedup();
        for path in paths {
            let stamp = stamp(&path);
            let earlier = before.remove(&path);
            let known = match earlier {
                Some(known) if !full && known.stamp == stamp && stamp.is_some() => known,
                earlier => match read_file(&path) {
                    Ok(groups) => {
                        look.changed |= earlier.is_none_or(|earlier| earlier.groups != groups);
                        Known { stamp, groups }
                    }
                    Err(error) => {
                        let known_broken = earlier.as_ref().is_some_and(|earlier| earlier.stamp == stamp);
                        if !known_broken || full {
                            look.errors.push(error);
                        }
                        Known { stamp, groups: earlier.map(|earlier| earlier.groups).unwrap_or_default() }
                    }
                },
            };
            self.known.insert(path, known);
        }
        // What is left had a file that is gone, and goes with it.
        look.changed |= before.values().any(|gone| !gone.groups.is_empty());
        look
    }

    /// The groups of all files, in the order of the paths.
    pub(super) fn groups(&self) -> Vec<TargetGroup> {
        self.known.values().flat_map(|known| known.groups.iter().cloned()).collect()
    }
}

/// A path whose last part may hold a star.
enum Pattern {
    Plain(PathBuf),
    Glob {
        folder: PathBuf,
        name: GlobMatcher,
    },
    /// A pattern that matches nothing.
    Never,
}

impl Pattern {
    fn new(path: &Path) -> Self {
        let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        if !name.contains('*') {
            return Self::Plain(path.to_owned());
        }
        let folder = path.parent().map_or_else(|| PathBuf::from("."), Path::to_owned);
        let folder = if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder };
        match GlobBuilder::new(&name).literal_separator(true).build() {
            Ok(glob) => Self::Glob { folder, name: glob.compile_matcher() },
            Err(_) => Self::Never,
        }
    }

    fn expand(&self) -> Vec<PathBuf> {
        match self {
            Self::Never => Vec::new(),
            Self::Plain(path) => {
                if path.exists() {
                    vec![path.clone()]
                } else {
                    Vec::new()
                }
            }
            Self::Glob { folder, name } => fs::read_dir(folder)
                .into_iter()
                .flatten()
                .flatten()
                .filter(|entry| name.is_match(entry.file_name()))
                .map(|entry| entry.path())
                .collect(),
        }
    }
}

fn stamp(path: &Path) -> Option<Stamp> {
    use std::os::unix::fs::MetadataExt;
    let metadata = fs::metadata(path).ok()?;
    Some(Stamp { modified: metadata.modified().ok(), length: metadata.len(), inode: metadata.ino() })
}

/// The label that names the file a target came from.
const FILE_PATH: &str = "__meta_filepath";
