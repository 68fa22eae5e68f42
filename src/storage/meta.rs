//! meta.redb: the series registry, metric metadata, and documents of other parts of the house.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;
use redb::{Database, DatabaseError, ReadableDatabase, ReadableTable, StorageError, TableDefinition, WriteTransaction};

use super::bits::{Cursor, close_row, open_row, put_varint};
use super::disk::{Disk, Mode, RedbFile};
use super::error::{OpenError, StoreError};
use super::rows::decode_series_row;
use crate::model::{Labels, Metadata, MetricType};

/// The small database beside the days.
pub(super) struct Meta {
    disk: Arc<dyn Disk>,
    path: PathBuf,
    /// None after an error of the system: redb refuses to go on then, and the next use opens the file anew.
    database: Mutex<Option<Database>>,
    store: [u8; 16],
    metadata: Mutex<MetadataState>,
}

#[derive(Default)]
struct MetadataState {
    families: BTreeMap<String, Vec<Metadata>>,
    changed: Vec<String>,
}

/// What the registry held at start.
pub(super) struct Registry {
    pub(super) series: Vec<(u32, Labels)>,
    pub(super) next_id: u32,
    /// The file was new, or had to be set aside: day files may know more.
    pub(super) fresh: bool,
}

impl Meta {
    /// Opens or makes the file. One that is damaged is set aside, and a new one says so with `fresh`; `store` is
    /// the id that a new one takes (that of the day files, where there are any).
    pub(super) fn open(
        disk: &Arc<dyn Disk>,
        path: &Path,
        store: Option<[u8; 16]>,
    ) -> Result<(Self, Registry), OpenError> {
        match Self::try_open(disk, path, store) {
            Ok(opened) => Ok(opened),
            Err(Failure::Open(error)) => Err(error),
            Err(Failure::Damaged(reason)) => {
                let aside = path.with_extension("redb.damaged");
                tracing::error!(
                    file = %path.display(), aside = %aside.display(), %reason,
                    "damaged and set aside; series come back from the day files, documents start empty"
                );
                disk.rename(path, &aside).map_err(|source| OpenError::Io {
                    path: path.to_owned(),
                    action: "set aside the damaged",
                    source,
                })?;
                match Self::try_open(disk, path, store) {
                    Ok(opened) => Ok(opened),
                    Err(Failure::Open(error)) => Err(error),
                    Err(Failure::Damaged(reason)) => Err(OpenError::Database { path: path.to_owned(), reason }),
                }
            }
        }
    }

    fn try_open(disk: &Arc<dyn Disk>, path: &Path, store: Option<[u8; 16]>) -> Result<(Self, Registry), Failure> {
        let database = open_database(disk, path)?;
        let loaded = load(&database).map_err(Failure::Damaged)?;
        let mut meta = Self {
            disk: Arc::clone(disk),
            path: path.to_owned(),
            database: Mutex::new(Some(database)),
            store: [0; 16],
            metadata: Mutex::new(MetadataState { families: loaded.metadata, changed: Vec::new() }),
        };
        let fresh = loaded.head.is_none();
        let next_id = match loaded.head {
            Some(head) => {
                if head.version != VERSION {
                    return Err(Failure::Open(OpenError::Version { path: path.to_owned(), found: head.version }));
                }
                meta.store = head.store;
                head.next_id
            }
            None => {
                meta.store = store.unwrap_or_else(random_id);
                let id = meta.store;
                meta.commit(|write| {
                    write.open_table(SERIES).map_err(text)?;
                    write.open_table(METADATA).map_err(text)?;
                    write.open_table(DOCUMENTS).map_err(text)?;
                    put_head(write, id, 0)
                })
                .map_err(|error| {
                    Failure::Open(OpenError::Database { path: path.to_owned(), reason: error.to_string() })
                })?;
                0
            }
        };
        Ok((meta, Registry { series: loaded.series, next_id, fresh }))
    }

    /// The id that ties log and days to this store.
    pub(super) fn store(&self) -> [u8; 16] {
        self.store
    }

    /// Writes series rows (an empty one is removed) and the next number, and what changed in the metadata.
    /// Survives a power cut after it returns.
    pub(super) fn commit_series(&self, rows: &[(u32, Vec<u8>)], next_id: u32) -> Result<(), StoreError> {
        let changed: Vec<(String, Vec<u8>)> = {
            let mut state = self.metadata.lock();
            let mut names = std::mem::take(&mut state.changed);
            names.sort_unstable();
            names.dedup();
            names
                .into_iter()
                .filter_map(|name| {
                    let row = encode_metadata(state.families.get(&name)?);
                    Some((name, row))
                })
                .collect()
        };
        if rows.is_empty() && changed.is_empty() {
            return Ok(());
        }
        let written = self.commit(|write| {
            let mut series = write.open_table(SERIES).map_err(text)?;
            for (block, row) in rows {
                if row.is_empty() {
                    series.remove(block).map_err(text)?;
                } else {
                    series.insert(block, row.as_slice()).map_err(text)?;
                }
            }
            let mut metadata = write.open_table(METADATA).map_err(text)?;
            for (family, row) in &changed {
                metadata.insert(family.as_str(), row.as_slice()).map_err(text)?;
            }
            put_head(write, self.store, next_id)
        });
        if written.is_err() {
            // The next commit brings them.
            self.metadata.lock().changed.extend(changed.into_iter().map(|(family, _)| family));
        }
        written
    }

    pub(super) fn set_metadata(&self, family: &str, metadata: &Metadata) {
        let mut state = self.metadata.lock();
        let known = match state.families.get_mut(family) {
            Some(known) => known,
            None => state.families.entry(family.to_owned()).or_default(),
        };
        match known.iter().position(|one| one == metadata) {
            Some(0) => return,
            Some(place) => known.swap(0, place),
            None => {
                known.insert(0, metadata.clone());
                known.truncate(VARIANTS);
            }
        }
        state.changed.push(family.to_owned());
    }

    pub(super) fn metadata(&self, family: Option<&str>) -> BTreeMap<String, Vec<Metadata>> {
        let state = self.metadata.lock();
        match family {
            None => state.families.clone(),
            Some(family) => {
                state.families.get(family).map(|known| (family.to_owned(), known.clone())).into_iter().collect()
            }
        }
    }

    pub(super) fn put_document(&self, kind: &str, key: &str, bytes: &[u8]) -> Result<(), StoreError> {
        self.commit(|write| {
            write.open_table(DOCUMENTS).map_err(text)?.insert((kind, key), bytes).map_err(text)?;
            Ok(())
        })
    }

    pub(super) fn delete_document(&self, kind: &str, key: &str) -> Result<bool, StoreError> {
        let mut existed = false;
        self.commit(|write| {
            existed = write.open_table(DOCUMENTS).map_err(text)?.remove((kind, key)).map_err(text)?.is_some();
            Ok(())
        })?;
        Ok(existed)
    }

    pub(super) fn document(&self, kind: &str, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.with(|database| {
            let table = database.begin_read().map_err(text)?.open_table(DOCUMENTS).map_err(text)?;
            Ok(table.get((kind, key)).map_err(text)?.map(|row| row.value().to_vec()))
        })
    }

    pub(super) fn documents(&self, kind: &str) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        self.with(|database| {
            let table = database.begin_read().map_err(text)?.open_table(DOCUMENTS).map_err(text)?;
            let mut found = Vec::new();
            for row in table.range((kind, "")..).map_err(text)? {
                let (key, bytes) = row.map_err(text)?;
                let (row_kind, key) = key.value();
                if row_kind != kind {
                    break;
                }
                found.push((key.to_owned(), bytes.value().to_vec()));
            }
            Ok(found)
        })
    }

    fn commit(&self, work: impl FnOnce(&WriteTransaction) -> Result<(), String>) -> Result<(), StoreError> {
        self.with(|database| {
            let mut write = database.begin_write().map_err(text)?;
            write.set_quick_repair(true);
            work(&write)?;
            write.commit().map_err(text)
        })
    }

    fn with<T>(&self, work: impl FnOnce(&Database) -> Result<T, String>) -> Result<T, StoreError> {
        let mut slot = self.database.lock();
        let database = match slot.take() {
            Some(database) => database,
            None => open_database(&self.disk, &self.path).map_err(|failure| {
                let reason = match failure {
                    Failure::Open(error) => error.to_string(),
                    Failure::Damaged(reason) => reason,
                };
                StoreError::database(&self.path, reason)
            })?,
        };
        let outcome = work(&database).map_err(|reason| StoreError::database(&self.path, reason));
        if outcome.is_ok() {
            *slot = Some(database);
        }
        outcome
    }
}

enum Failure {
    Open(OpenError),
    Damaged(String),
}

struct Head {
    version: u32,
    store: [u8; 16],
    next_id: u32,
}

struct Loaded {
    head: Option<Head>,
    series: Vec<(u32, Labels)>,
    metadata: BTreeMap<String, Vec<Metadata>>,
}

fn open_database(disk: &Arc<dyn Disk>, path: &Path) -> Result<Database, Failure> {
    let file = disk
        .open(path, Mode::Create)
        .map_err(|source| Failure::Open(OpenError::Io { path: path.to_owned(), action: "open", source }))?;
    redb::Builder::new()
        .set_cache_size(CACHE)
        .set_check_integrity_on_open(true)
        .create_with_backend(RedbFile::new(file))
        .map_err(|error| classify(path, error))
}

fn load(database: &Database) -> Result<Loaded, String> {
    let mut loaded = Loaded { head: None, series: Vec::new(), metadata: BTreeMap::new() };
    let read = database.begin_read().map_err(text)?;
    let info = match read.open_table(INFO) {
        Ok(info) => info,
        Err(redb::TableError::TableDoesNotExist(_)) => return Ok(loaded),
        Err(error) => return Err(text(error)),
    };
    if let Some(row) = info.get("head").map_err(text)? {
        loaded.head = Some(decode_head(row.value()).ok_or("the head row is damaged")?);
    }
    for row in read.open_table(SERIES).map_err(text)?.iter().map_err(text)? {
        let (block, row) = row.map_err(text)?;
        let block = block.value();
        let series = decode_series_row(block, row.value()).ok_or_else(|| format!("series row {block} is damaged"))?;
        loaded.series.extend(series);
    }
    for row in read.open_table(METADATA).map_err(text)?.iter().map_err(text)? {
        let (family, row) = row.map_err(text)?;
        let family = family.value();
        let known = decode_metadata(row.value()).ok_or_else(|| format!("the metadata of {family} is damaged"))?;
        loaded.metadata.insert(family.to_owned(), known);
    }
    Ok(loaded)
}

fn put_head(write: &WriteTransaction, store: [u8; 16], next_id: u32) -> Result<(), String> {
    let mut row = Vec::new();
    row.extend_from_slice(&VERSION.to_le_bytes());
    row.extend_from_slice(&store);
    row.extend_from_slice(&next_id.to_le_bytes());
    write.open_table(INFO).map_err(text)?.insert("head", close_row(row).as_slice()).map_err(text)?;
    Ok(())
}

fn decode_head(row: &[u8]) -> Option<Head> {
    let mut cursor = Cursor::new(open_row(row)?);
    Some(Head { version: cursor.u32()?, store: cursor.array()?, next_id: cursor.u32()? })
}

fn encode_metadata(known: &[Metadata]) -> Vec<u8> {
    let mut row = Vec::new();
    put_varint(&mut row, known.len() as u64);
    for metadata in known {
        for part in [metadata.kind.as_str(), &metadata.help, &metadata.unit] {
            put_varint(&mut row, part.len() as u64);
            row.extend_from_slice(part.as_bytes());
        }
    }
    close_row(row)
}

fn decode_metadata(row: &[u8]) -> Option<Vec<Metadata>> {
    let mut cursor = Cursor::new(open_row(row)?);
    let part = |cursor: &mut Cursor<'_>| -> Option<String> {
        let length = cursor.length()?;
        Some(std::str::from_utf8(cursor.take(length)?).ok()?.to_owned())
    };
    let mut known = Vec::new();
    for _ in 0..cursor.varint()? {
        known.push(Metadata {
            kind: MetricType::from_name(&part(&mut cursor)?),
            help: part(&mut cursor)?,
            unit: part(&mut cursor)?,
        });
    }
    Some(known)
}

/// Sorts redb's answers to an attempt to open: some say that the file is damaged, the others that the system or
/// the user stands in the way.
fn classify(path: &Path, error: DatabaseError) -> Failure {
    match error {
        DatabaseError::Storage(StorageError::Io(source)) if !is_damage(&source) => {
            Failure::Open(OpenError::Io { path: path.to_owned(), action: "open", source })
        }
        DatabaseError::DatabaseAlreadyOpen => {
            Failure::Open(OpenError::Database { path: path.to_owned(), reason: error.to_string() })
        }
        other => Failure::Damaged(other.to_string()),
    }
}

/// Whether an error of the system says that a file holds the wrong bytes.
pub(super) fn is_damage(error: &std::io::Error) -> bool {
    matches!(
        error.kind(),
        std::io::ErrorKind::InvalidData | std::io::ErrorKind::UnexpectedEof | std::io::ErrorKind::InvalidInput
    )
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// Random enough to tell stores apart; nothing secret.
fn random_id() -> [u8; 16] {
    let mut id = [0; 16];
    for half in id.chunks_mut(8) {
        let hash = RandomState::new().hash_one(std::process::id());
        half.copy_from_slice(&hash.to_le_bytes());
    }
    id
}

const INFO: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("info");
const SERIES: TableDefinition<'_, u32, &[u8]> = TableDefinition::new("series");
const METADATA: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("metadata");
const DOCUMENTS: TableDefinition<'_, (&str, &str), &[u8]> = TableDefinition::new("documents");

const VERSION: u32 = 1;

/// redb's default would be a gigabyte.
const CACHE: usize = 1 << 20;

/// Different targets may declare a family differently; more than a few are noise.
const VARIANTS: usize = 8;
