//! A disk in memory that can fail, fill up, and lose its power.

use std::any::Any;
use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use meterbox::storage::{Disk, DiskFile, Mode};

use super::mix;

/// Clones share the disk.
#[derive(Clone, Debug, Default)]
pub struct MemoryDisk {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    names: BTreeMap<PathBuf, Arc<Mutex<Content>>>,
    /// What is on the plate: names as of the last sync of their folder.
    durable: BTreeMap<PathBuf, Arc<Mutex<Content>>>,
    /// Writes and syncs so far.
    operations: u64,
    freeze_at: Option<u64>,
    fail_syncs_of: Option<String>,
    room: Option<usize>,
    locked: bool,
}

#[derive(Debug, Default)]
struct Content {
    current: Vec<u8>,
    synced: Vec<u8>,
}

impl MemoryDisk {
    /// From this write or sync on (counted from now), everything fails: the machine has stopped.
    pub fn freeze_after(&self, operations: u64) {
        let mut state = self.state.lock().unwrap();
        state.freeze_at = Some(state.operations + operations);
    }

    /// Syncs of files whose path holds the text fail.
    pub fn fail_syncs_of(&self, text: Option<&str>) {
        self.state.lock().unwrap().fail_syncs_of = text.map(str::to_owned);
    }

    /// Writes that would make all files together longer fail, as on a full disk.
    pub fn limit(&self, bytes: Option<usize>) {
        self.state.lock().unwrap().room = bytes;
    }

    pub fn used(&self) -> usize {
        self.state.lock().unwrap().used()
    }

    pub fn operations(&self) -> u64 {
        self.state.lock().unwrap().operations
    }

    /// The power goes: of what was not synced, each sector is old, new or torn. Then it comes back.
    pub fn power_cut(&self, seed: u64) {
        let mut state = self.state.lock().unwrap();
        let mut dice = seed;
        let mut roll = |sides: u64| {
            dice = mix(dice);
            dice % sides
        };
        // Renames and removals that were not synced: all or nothing.
        if roll(2) == 0 {
            state.names = state.durable.clone();
        }
        for content in state.names.values().chain(state.durable.values()) {
            let mut content = content.lock().unwrap();
            let Content { current, synced } = &mut *content;
            let length = if roll(2) == 0 { synced.len() } else { current.len() };
            let mut after = synced.clone();
            after.resize(length, 0);
            let mut place = 0;
            while place < length {
                let end = (place + 512).min(length);
                let new: Vec<u8> = (place..end).map(|at| current.get(at).copied().unwrap_or(0)).collect();
                if after[place..end] != new[..] {
                    let taken = match roll(3) {
                        0 => 0,
                        1 => new.len(),
                        _ => roll(new.len() as u64 + 1) as usize,
                    };
                    after[place..place + taken].copy_from_slice(&new[..taken]);
                }
                place = end;
            }
            *current = after.clone();
            *synced = after;
        }
        state.durable = state.names.clone();
        state.freeze_at = None;
        state.locked = false;
    }

    /// Flips bits of a file.
    pub fn damage(&self, path: &Path, place: usize) {
        let state = self.state.lock().unwrap();
        let mut content = state.names[path].lock().unwrap();
        content.current[place] ^= 0xff;
        content.synced = content.current.clone();
    }

    pub fn length(&self, path: &Path) -> usize {
        self.state.lock().unwrap().names[path].lock().unwrap().current.len()
    }

    pub fn content(&self, path: &Path) -> Vec<u8> {
        self.state.lock().unwrap().names[path].lock().unwrap().current.clone()
    }

    pub fn paths(&self) -> Vec<PathBuf> {
        self.state.lock().unwrap().names.keys().cloned().collect()
    }
}

impl State {
    fn step(&mut self) -> io::Result<()> {
        self.operations += 1;
        match self.freeze_at {
            Some(at) if self.operations > at => Err(io::Error::other("the machine has stopped")),
            _ => Ok(()),
        }
    }

    fn used(&self) -> usize {
        self.names.values().map(|content| content.lock().unwrap().current.len()).sum()
    }
}

impl Disk for MemoryDisk {
    fn create_dir(&self, _path: &Path) -> io::Result<()> {
        Ok(())
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        let state = self.state.lock().unwrap();
        let inside = state.names.keys().filter(|path| path.parent() == Some(folder));
        Ok(inside.map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect())
    }

    fn open(&self, path: &Path, mode: Mode) -> io::Result<Arc<dyn DiskFile>> {
        let mut state = self.state.lock().unwrap();
        if mode == Mode::Create && !state.names.contains_key(path) {
            state.step()?;
            state.names.insert(path.to_owned(), Arc::default());
        }
        let content = state.names.get(path).ok_or(ErrorKind::NotFound)?;
        Ok(Arc::new(MemoryFile { state: Arc::clone(&self.state), path: path.to_owned(), content: Arc::clone(content) }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.state.lock().unwrap();
        state.step()?;
        let content = state.names.remove(from).ok_or(ErrorKind::NotFound)?;
        state.names.insert(to.to_owned(), content);
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state.lock().unwrap();
        state.step()?;
        state.names.remove(path).map(|_| ()).ok_or_else(|| ErrorKind::NotFound.into())
    }

    fn sync_dir(&self, folder: &Path) -> io::Result<()> {
        let mut state = self.state.lock().unwrap();
        state.step()?;
        let inside = |path: &PathBuf| path.parent() == Some(folder);
        state.durable.retain(|path, _| !inside(path));
        let now: Vec<_> =
            state.names.iter().filter(|(path, _)| inside(path)).map(|(p, c)| (p.clone(), c.clone())).collect();
        state.durable.extend(now);
        Ok(())
    }

    fn lock(&self, _path: &Path) -> io::Result<Option<Box<dyn Any + Send + Sync>>> {
        let mut state = self.state.lock().unwrap();
        if state.locked {
            return Ok(None);
        }
        state.locked = true;
        Ok(Some(Box::new(Unlock(Arc::clone(&self.state)))))
    }
}

struct Unlock(Arc<Mutex<State>>);

impl Drop for Unlock {
    fn drop(&mut self) {
        self.0.lock().unwrap().locked = false;
    }
}

#[derive(Debug)]
struct MemoryFile {
    state: Arc<Mutex<State>>,
    path: PathBuf,
    content: Arc<Mutex<Content>>,
}

impl DiskFile for MemoryFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.content.lock().unwrap().current.len() as u64)
    }

    fn allocated(&self) -> io::Result<u64> {
        self.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let content = self.content.lock().unwrap();
        let start = offset as usize;
        let bytes = content.current.get(start..start + out.len()).ok_or(ErrorKind::UnexpectedEof)?;
        out.copy_from_slice(bytes);
        Ok(())
    }

    fn write(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.state.lock().unwrap();
        state.step()?;
        let end = offset as usize + bytes.len();
        let growth = end.saturating_sub(self.content.lock().unwrap().current.len());
        if growth > 0 && state.room.is_some_and(|room| state.used() + growth > room) {
            return Err(ErrorKind::StorageFull.into());
        }
        let mut content = self.content.lock().unwrap();
        if content.current.len() < end {
            content.current.resize(end, 0);
        }
        content.current[offset as usize..end].copy_from_slice(bytes);
        Ok(())
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        let mut state = self.state.lock().unwrap();
        state.step()?;
        let growth = (length as usize).saturating_sub(self.content.lock().unwrap().current.len());
        if growth > 0 && state.room.is_some_and(|room| state.used() + growth > room) {
            return Err(ErrorKind::StorageFull.into());
        }
        self.content.lock().unwrap().current.resize(length as usize, 0);
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let mut state = self.state.lock().unwrap();
        state.step()?;
        let path = self.path.to_str().unwrap();
        if state.fail_syncs_of.as_ref().is_some_and(|text| path.contains(text.as_str())) {
            return Err(io::Error::other("the medium is gone"));
        }
        let mut content = self.content.lock().unwrap();
        content.synced = content.current.clone();
        Ok(())
    }
}
