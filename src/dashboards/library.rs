//! All dashboards that can be shown, by uid.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use parking_lot::RwLock;

use super::embedded::shipped;
use super::entry::{Entry, Origin};

/// The shipped dashboards and those of some folders. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Library {
    folders: Arc<[PathBuf]>,
    shelf: Arc<RwLock<Shelf>>,
}

#[derive(Debug, Default)]
struct Shelf {
    entries: BTreeMap<String, Arc<Entry>>,
    problems: Vec<Problem>,
    seen: Vec<(PathBuf, Option<SystemTime>, u64)>,
}

/// A file that could not be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file or folder.
    pub path: PathBuf,
    /// Why.
    pub reason: String,
}

impl Library {
    /// Reads the shipped dashboards and every `*.json` below the folders. What cannot be read is a
    /// [`Problem`], never an error: one bad file takes nothing else away.
    #[must_use]
    pub fn open(folders: Vec<PathBuf>) -> Self {
        let library = Self { folders: folders.into(), shelf: Arc::default() };
        library.refresh();
        library
    }

    /// Reads the folders again where a file came, went or changed. Returns whether anything did.
    pub fn refresh(&self) -> bool {
        let mut problems = Vec::new();
        let mut files = Vec::new();
        for folder in self.folders.iter() {
            if let Err(error) = collect(folder, folder, 0, &mut files) {
                problems.push(Problem { path: folder.clone(), reason: error.to_string() });
            }
        }
        files.sort();
        let seen: Vec<_> = files.iter().map(|file| (file.path.clone(), file.modified, file.bytes)).collect();
        {
            let shelf = self.shelf.read();
            if !shelf.entries.is_empty() && shelf.seen == seen {
                return false;
            }
        }
        let mut entries: BTreeMap<String, Arc<Entry>> = BTreeMap::new();
        // The user's own files come first: one with the uid of a shipped dashboard replaces it.
        for file in &files {
            let text = match fs::read_to_string(&file.path) {
                Ok(text) => text,
                Err(error) => {
                    problems.push(Problem { path: file.path.clone(), reason: error.to_string() });
                    continue;
                }
            };
            let stem = file.path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
            match Entry::parse(&text, &stem, &file.folder, Origin::File(file.path.clone())) {
                Ok(entry) => match entries.get(&entry.uid) {
                    Some(first) => problems.push(Problem {
                        path: file.path.clone(),
                        reason: format!("its uid {:?} is taken by {:?}; give it another", entry.uid, first.title),
                    }),
                    None => {
                        entries.insert(entry.uid.clone(), Arc::new(entry));
                    }
                },
                Err(reason) => problems.push(Problem { path: file.path.clone(), reason }),
            }
        }
        for (path, text) in shipped() {
            let stem = path.trim_end_matches(".json");
            match Entry::parse(&text, stem, SHIPPED_FOLDER, Origin::Shipped) {
                Ok(entry) => {
                    entries.entry(entry.uid.clone()).or_insert_with(|| Arc::new(entry));
                }
                Err(reason) => problems.push(Problem { path: path.into(), reason }),
            }
        }
        *self.shelf.write() = Shelf { entries, problems, seen };
        true
    }

    /// All dashboards, by folder and title.
    #[must_use]
    pub fn entries(&self) -> Vec<Arc<Entry>> {
        let mut entries: Vec<_> = self.shelf.read().entries.values().cloned().collect();
        entries
            .sort_by(|one, other| (&one.folder, &one.title, &one.uid).cmp(&(&other.folder, &other.title, &other.uid)));
        entries
    }

    /// One dashboard.
    #[must_use]
    pub fn entry(&self, uid: &str) -> Option<Arc<Entry>> {
        self.shelf.read().entries.get(uid).cloned()
    }

    /// What could not be shown.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        self.shelf.read().problems.clone()
    }
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Found {
    path: PathBuf,
    folder: String,
    modified: Option<SystemTime>,
    bytes: u64,
}

/// Lists the `*.json` files below a folder; a dashboard is listed under the sub-folder it lies in.
fn collect(root: &Path, folder: &Path, depth: usize, files: &mut Vec<Found>) -> io::Result<()> {
    for item in fs::read_dir(folder)? {
        let item = item?;
        let path = item.path();
        let Ok(meta) = fs::metadata(&path) else { continue };
        if meta.is_dir() && depth < DEEPEST {
            collect(root, &path, depth + 1, files)?;
        } else if meta.is_file() && path.extension().is_some_and(|extension| extension == "json") {
            let folder = folder.strip_prefix(root).map(|inner| inner.display().to_string()).unwrap_or_default();
            files.push(Found { path, folder, modified: meta.modified().ok(), bytes: meta.len() });
        }
    }
    Ok(())
}

/// The folder that shipped dashboards are listed under.
const SHIPPED_FOLDER: &str = "meterbox";

/// Folders are followed so deep: enough for any layout, and a loop of links ends.
const DEEPEST: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_come_go_and_replace_shipped_ones() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("team")).unwrap();
        fs::write(folder.path().join("team/a.json"), r#"{"title":"A","uid":"a"}"#).unwrap();
        fs::write(folder.path().join("bad.json"), "{").unwrap();
        fs::write(folder.path().join("twin.json"), r#"{"title":"B","uid":"a"}"#).unwrap();
        let library = Library::open(vec![folder.path().to_owned()]);
        let entry = library.entry("a").unwrap();
        assert_eq!((entry.title.as_str(), entry.folder.as_str()), ("A", "team"));
        assert_eq!(library.problems().len(), 2);
        assert!(!library.refresh());
        fs::remove_file(folder.path().join("team/a.json")).unwrap();
        assert!(library.refresh());
        assert_eq!(library.entry("a").unwrap().title, "B");
    }
}
