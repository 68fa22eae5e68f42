//! One day file.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use parking_lot::RwLock;
use redb::{
    Database, ReadOnlyDatabase, ReadTransaction, ReadableDatabase, ReadableTable, TableDefinition, WriteTransaction,
};

use super::super::bits::{Cursor, close_row, open_row, put_signed, put_varint};
use super::super::disk::{Disk, Mode, RedbFile};
use super::super::idset::IdSet;
use super::super::meta::is_damage;
use super::super::page::{Page, PageInfo};
use super::super::query::Columns;
use super::super::rows::{block_of, decode_series_row, encode_series_row};
use super::super::shared::DAY_MS;
use super::cache::PageCache;
use super::calendar::date_of;
use super::sums::{read_sums, remove_sums, write_sums};
use crate::model::Labels;

/// A day file, open or not.
pub(super) struct Day {
    pub(super) number: i64,
    pub(super) path: PathBuf,
    disk: Arc<dyn Disk>,
    /// Tells the pages of this object from those of others in the cache.
    pub(super) serial: u64,
    state: RwLock<DayState>,
    /// Readers hold the lock while they read, so that nobody closes or reopens the file under them.
    opened: RwLock<Option<Opened>>,
    used: AtomicU64,
    damaged_pages: AtomicU64,
}

#[derive(Clone)]
struct DayState {
    head: DayHead,
    ids: Arc<IdSet>,
    bytes: u64,
    committed: Instant,
}

/// The `head` row.
#[derive(Clone, Copy, Debug)]
pub(super) struct DayHead {
    pub(super) store: [u8; 16],
    pub(super) day: i64,
    pub(super) position: u64,
    pub(super) min: i64,
    pub(super) max: i64,
    pub(super) samples: u64,
    pub(super) next_flush: u32,
    pub(super) sealed: bool,
}

struct Opened {
    database: Db,
    directory: RwLock<Arc<Vec<Flush>>>,
}

enum Db {
    Write(Database),
    Read(ReadOnlyDatabase),
}

/// The pages of one flush, in the order of their series.
pub(super) struct Flush {
    pub(super) number: u32,
    pub(super) pages: Vec<PageInfo>,
    min: i64,
    max: i64,
}

/// Why a day could not be used.
#[derive(Debug)]
pub(super) enum DayError {
    /// The file holds what it should not.
    Damaged(String),
    /// The system said no; the file may be whole.
    Io(String),
    /// A newer version wrote it.
    Version(u32),
}

impl Day {
    /// Looks at a file that is there, checks it, and leaves it closed.
    pub(super) fn load(disk: &Arc<dyn Disk>, path: &Path) -> Result<Self, DayError> {
        let opened = open_database(disk, path, true)?;
        let (head, ids) = load_info(&opened)?;
        let day = Self::new(disk, path, head, ids)?;
        let is_writable = matches!(opened.database, Db::Write(_));
        drop(opened);
        if head.sealed && is_writable {
            // The crash came between the seal and its checksums; the file has just been checked as a whole.
            write_sums(disk, path).map_err(io_error)?;
        }
        Ok(day)
    }

    /// Makes a new, empty file.
    pub(super) fn create(disk: &Arc<dyn Disk>, folder: &Path, number: i64, store: [u8; 16]) -> Result<Self, DayError> {
        let path = folder.join(format!("{}.redb", date_of(number)));
        let head = DayHead {
            store,
            day: number,
            position: 0,
            min: i64::MAX,
            max: i64::MIN,
            samples: 0,
            next_flush: 0,
            sealed: false,
        };
        // Under another name at first: a file that has a day's name is whole.
        let draft = path.with_extension("redb.tmp");
        {
            let database = create_database(disk, &draft)?;
            write_day(&database, |write| put_info(write, &head, &IdSet::default()))?;
        }
        disk.rename(&draft, &path).map_err(io_error)?;
        disk.sync_dir(folder).map_err(io_error)?;
        Self::new(disk, &path, head, IdSet::default())
    }

    fn new(disk: &Arc<dyn Disk>, path: &Path, head: DayHead, ids: IdSet) -> Result<Self, DayError> {
        let bytes = disk.open(path, Mode::Read).and_then(|file| file.allocated()).map_err(io_error)?;
        Ok(Self {
            number: head.day,
            path: path.to_owned(),
            disk: Arc::clone(disk),
            serial: SERIAL.fetch_add(1, Ordering::Relaxed),
            state: RwLock::new(DayState { head, ids: Arc::new(ids), bytes, committed: Instant::now() }),
            opened: RwLock::new(None),
            used: AtomicU64::new(0),
            damaged_pages: AtomicU64::new(0),
        })
    }

    pub(super) fn head(&self) -> DayHead {
        self.state.read().head
    }

    pub(super) fn ids(&self) -> Arc<IdSet> {
        Arc::clone(&self.state.read().ids)
    }

    pub(super) fn bytes(&self) -> u64 {
        self.state.read().bytes
    }

    /// When something was last written to the file, or it was first seen.
    pub(super) fn committed(&self) -> Instant {
        self.state.read().committed
    }

    /// Counts as just written to: whoever failed with it tries again later.
    pub(super) fn rest(&self) {
        self.state.write().committed = Instant::now();
    }

    pub(super) fn is_open(&self) -> bool {
        self.opened.read().is_some()
    }

    /// When it was last asked, on the clock of [`Day::touch`].
    pub(super) fn used(&self) -> u64 {
        self.used.load(Ordering::Relaxed)
    }

    pub(super) fn touch(&self) {
        self.used.store(CLOCK.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
    }

    pub(super) fn damaged_pages(&self) -> u64 {
        self.damaged_pages.load(Ordering::Relaxed)
    }

    /// First and last moment of the day (ms).
    pub(super) fn span(&self) -> (i64, i64) {
        (self.number * DAY_MS, self.number * DAY_MS + DAY_MS - 1)
    }

    /// Closes the file, unless somebody reads right now.
    pub(super) fn close_if_idle(&self) {
        if let Some(mut opened) = self.opened.try_write() {
            *opened = None;
        }
    }

    /// Closes the file once nobody reads.
    pub(super) fn close(&self) {
        *self.opened.write() = None;
    }

    /// Appends the samples of a series within the closed range to `out`.
    pub(super) fn read(
        &self,
        cache: &PageCache,
        id: u32,
        start: i64,
        end: i64,
        out: &mut Columns,
    ) -> Result<(), DayError> {
        self.with(|opened| {
            let directory = Arc::clone(&opened.directory.read());
            for flush in directory.iter().filter(|flush| flush.min <= end && flush.max >= start) {
                for (ordinal, info) in flush.pages_of(id) {
                    if info.min > end || info.max < start {
                        continue;
                    }
                    let Some(page) = self.page(opened, cache, flush.number, ordinal)? else { continue };
                    let Some(place) = page.find(id) else { continue };
                    let kept = out.len();
                    if page.read(place, start, end, out).is_none() {
                        out.timestamps.truncate(kept);
                        out.values.truncate(kept);
                        self.report_page(flush.number, ordinal);
                    }
                }
            }
            Ok(())
        })
    }

    /// The newest sample of a series.
    pub(super) fn last_sample(&self, cache: &PageCache, id: u32) -> Result<Option<(i64, f64)>, DayError> {
        self.with(|opened| {
            let directory = Arc::clone(&opened.directory.read());
            for flush in directory.iter().rev() {
                let mut pages: Vec<_> = flush.pages_of(id).collect();
                while let Some((ordinal, _)) = pages.pop() {
                    let Some(page) = self.page(opened, cache, flush.number, ordinal)? else { continue };
                    let Some(place) = page.find(id) else { continue };
                    let last = page.times(place).and_then(|times| times.last().copied());
                    let value = page.values(place).and_then(|values| values.last().copied());
                    if let (Some(t), Some(v)) = (last, value) {
                        return Ok(Some((t, v)));
                    }
                }
            }
            Ok(None)
        })
    }

    /// The directory, for whoever walks over all pages.
    pub(super) fn directory(&self) -> Result<Arc<Vec<Flush>>, DayError> {
        self.with(|opened| Ok(Arc::clone(&opened.directory.read())))
    }

    /// One page, past the cache; `None` when it is damaged, which is reported.
    pub(super) fn load_page(&self, flush: u32, ordinal: u32) -> Result<Option<Page>, DayError> {
        self.with(|opened| self.unpack(opened, flush, ordinal))
    }

    /// The labels of all series of the file.
    pub(super) fn series(&self) -> Result<Vec<(u32, Labels)>, DayError> {
        self.with(|opened| {
            let read = opened.read()?;
            let mut series = Vec::new();
            for row in read.open_table(SERIES).map_err(failed)?.iter().map_err(failed)? {
                let (block, row) = row.map_err(failed)?;
                series.extend(series_row(block.value(), row.value())?);
            }
            Ok(series)
        })
    }

    /// Adds the pages of one flush. Survives a power cut once it returns, together with the position.
    pub(super) fn commit(
        &self,
        pages: &[(PageInfo, Vec<u8>)],
        new_ids: &IdSet,
        labels_of: &dyn Fn(u32) -> Option<Labels>,
        position: u64,
    ) -> Result<(), DayError> {
        self.open_to_write()?;
        let mut state = self.state.read().clone();
        let number = state.head.next_flush;
        state.head.next_flush += 1;
        state.head.position = state.head.position.max(position);
        state.head.sealed = false;
        for (info, _) in pages {
            state.head.min = state.head.min.min(info.min);
            state.head.max = state.head.max.max(info.max);
            state.head.samples += info.samples;
        }
        let fresh: Vec<u32> = new_ids.iter().filter(|id| !state.ids.contains(*id)).collect();
        let mut ids = (*state.ids).clone();
        ids.union(new_ids);
        state.ids = Arc::new(ids);
        let flush = Flush::new(number, pages.iter().map(|(info, _)| info.clone()).collect());
        {
            let opened = self.opened.read();
            let Some(Opened { database: Db::Write(database), directory }) = opened.as_ref() else {
                return Err(DayError::Io("the file was closed".into()));
            };
            write_day(database, |write| {
                for (ordinal, (_, page)) in (0u32..).zip(pages) {
                    put_page(write, number, ordinal, page)?;
                }
                put_directory(write, &flush, self.number)?;
                put_series(write, &fresh, labels_of)?;
                put_info(write, &state.head, &state.ids)
            })?;
            let mut directory = directory.write();
            let mut flushes: Vec<Flush> = directory.iter().map(Flush::share).collect();
            flushes.push(flush);
            *directory = Arc::new(flushes);
        }
        state.bytes = self.disk.open(&self.path, Mode::Read).and_then(|file| file.allocated()).map_err(io_error)?;
        state.committed = Instant::now();
        *self.state.write() = state;
        Ok(())
    }

    fn with<T>(&self, work: impl FnOnce(&Opened) -> Result<T, DayError>) -> Result<T, DayError> {
        self.touch();
        loop {
            {
                let opened = self.opened.read();
                if let Some(opened) = opened.as_ref() {
                    return work(opened);
                }
            }
            let mut opened = self.opened.write();
            if opened.is_none() {
                *opened = Some(open_database(&self.disk, &self.path, false)?);
            }
        }
    }

    /// A sealed day is open to read only, and guarded by checksums that writing makes wrong.
    fn open_to_write(&self) -> Result<(), DayError> {
        self.touch();
        let mut opened = self.opened.write();
        if matches!(opened.as_ref(), Some(Opened { database: Db::Write(_), .. })) {
            return Ok(());
        }
        *opened = None;
        remove_sums(&self.disk, &self.path).map_err(io_error)?;
        *opened = Some(open_database(&self.disk, &self.path, false)?);
        Ok(())
    }

    fn page(
        &self,
        opened: &Opened,
        cache: &PageCache,
        flush: u32,
        ordinal: u32,
    ) -> Result<Option<Arc<Page>>, DayError> {
        let key = (self.serial, flush, ordinal);
        if let Some(page) = cache.find(key) {
            return Ok(Some(page));
        }
        let Some(page) = self.unpack(opened, flush, ordinal)? else { return Ok(None) };
        let page = Arc::new(page);
        cache.insert(key, &page);
        Ok(Some(page))
    }

    fn unpack(&self, opened: &Opened, flush: u32, ordinal: u32) -> Result<Option<Page>, DayError> {
        let table = opened.read()?.open_table(PAGES).map_err(failed)?;
        let row = table.get(page_key(flush, ordinal)).map_err(failed)?;
        let page = row.and_then(|row| Page::open(row.value()));
        if page.is_none() {
            self.report_page(flush, ordinal);
        }
        Ok(page)
    }

    fn report_page(&self, flush: u32, page: u32) {
        // Once is enough for the log; the count goes on.
        if self.damaged_pages.fetch_add(1, Ordering::Relaxed) == 0 {
            tracing::error!(file = %self.path.display(), flush, page, "a page is damaged and is skipped");
        }
    }
}

impl Opened {
    fn read(&self) -> Result<ReadTransaction, DayError> {
        match &self.database {
            Db::Write(database) => database.begin_read(),
            Db::Read(database) => database.begin_read(),
        }
        .map_err(failed)
    }
}

impl Flush {
    pub(super) fn new(number: u32, pages: Vec<PageInfo>) -> Self {
        let min = pages.iter().map(|page| page.min).min().unwrap_or(i64::MAX);
        let max = pages.iter().map(|page| page.max).max().unwrap_or(i64::MIN);
        Self { number, pages, min, max }
    }

    /// The pages that may hold a series, with their numbers; in the order of time.
    pub(super) fn pages_of(&self, id: u32) -> impl Iterator<Item = (u32, &PageInfo)> {
        let start = self.pages.partition_point(|page| page.last < id);
        self.pages
            .iter()
            .enumerate()
            .skip(start)
            .take_while(move |(_, page)| page.first <= id)
            .map(|(ordinal, page)| (u32::try_from(ordinal).unwrap_or(u32::MAX), page))
    }

    fn share(&self) -> Self {
        Self { number: self.number, pages: self.pages.clone(), min: self.min, max: self.max }
    }

    fn encode(&self, day: i64) -> Vec<u8> {
        let mut row = Vec::with_capacity(self.pages.len() * 12);
        let mut first = 0;
        put_varint(&mut row, self.pages.len() as u64);
        for page in &self.pages {
            put_varint(&mut row, u64::from(page.first - first));
            first = page.first;
            put_varint(&mut row, u64::from(page.last - page.first));
            put_signed(&mut row, page.min - day * DAY_MS);
            put_varint(&mut row, (page.max - page.min) as u64);
            put_varint(&mut row, page.samples);
        }
        close_row(row)
    }

    fn decode(number: u32, row: &[u8], day: i64) -> Option<Self> {
        let mut cursor = Cursor::new(open_row(row)?);
        let mut pages = Vec::new();
        let mut first = 0u32;
        for _ in 0..cursor.varint()? {
            first = first.checked_add(u32::try_from(cursor.varint()?).ok()?)?;
            let last = first.checked_add(u32::try_from(cursor.varint()?).ok()?)?;
            let min = cursor.signed()?.checked_add(day * DAY_MS)?;
            let max = min.checked_add(i64::try_from(cursor.varint()?).ok()?)?;
            pages.push(PageInfo { first, last, min, max, samples: cursor.varint()? });
        }
        Some(Self::new(number, pages))
    }
}

impl fmt::Display for DayError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Damaged(reason) | Self::Io(reason) => formatter.write_str(reason),
            Self::Version(found) => write!(formatter, "format {found} is not known to this version"),
        }
    }
}

/// Opens a file: to read and checked by its sums where it has them, else to write.
fn open_database(disk: &Arc<dyn Disk>, path: &Path, check: bool) -> Result<Opened, DayError> {
    let database = match read_sums(disk, path).map_err(io_error)? {
        Some((length, sums)) => {
            let file = disk.open(path, Mode::Read).map_err(io_error)?;
            if file.len().map_err(io_error)? != length {
                return Err(DayError::Damaged("the length is not that of its checksums".into()));
            }
            let backend = RedbFile::checked(file, length, sums);
            Db::Read(builder(READ_CACHE).open_read_only_with_backend(backend).map_err(failed)?)
        }
        None => {
            let file = disk.open(path, Mode::Write).map_err(io_error)?;
            if file.len().map_err(io_error)? == 0 {
                return Err(DayError::Damaged("the file is empty".into()));
            }
            let mut builder = builder(WRITE_CACHE);
            builder.set_check_integrity_on_open(check);
            Db::Write(builder.create_with_backend(RedbFile::new(file)).map_err(failed)?)
        }
    };
    let mut opened = Opened { database, directory: RwLock::new(Arc::new(Vec::new())) };
    let directory = load_directory(&opened)?;
    opened.directory = RwLock::new(Arc::new(directory));
    Ok(opened)
}

/// An empty database in place of whatever has the name.
pub(super) fn create_database(disk: &Arc<dyn Disk>, path: &Path) -> Result<Database, DayError> {
    let file = disk.open(path, Mode::Create).map_err(io_error)?;
    file.set_len(0).map_err(io_error)?;
    builder(WRITE_CACHE).create_with_backend(RedbFile::new(file)).map_err(failed)
}

fn builder(cache: usize) -> redb::Builder {
    let mut builder = redb::Builder::new();
    builder.set_cache_size(cache);
    builder
}

fn load_info(opened: &Opened) -> Result<(DayHead, IdSet), DayError> {
    let table = opened.read()?.open_table(INFO).map_err(failed)?;
    let row = table.get("head").map_err(failed)?.ok_or_else(|| DayError::Damaged("no head row".into()))?;
    let head = decode_head(row.value())?;
    let row = table.get("ids").map_err(failed)?.ok_or_else(|| DayError::Damaged("no row of numbers".into()))?;
    let ids = open_row(row.value())
        .and_then(IdSet::decode)
        .ok_or_else(|| DayError::Damaged("the row of numbers is damaged".into()))?;
    Ok((head, ids))
}

fn load_directory(opened: &Opened) -> Result<Vec<Flush>, DayError> {
    let (head, _) = load_info(opened)?;
    let read = opened.read()?;
    let table = match read.open_table(DIRECTORY) {
        Ok(table) => table,
        Err(redb::TableError::TableDoesNotExist(_)) => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    };
    let mut flushes = Vec::new();
    for row in table.iter().map_err(failed)? {
        let (number, row) = row.map_err(failed)?;
        let number = number.value();
        let flush = Flush::decode(number, row.value(), head.day)
            .ok_or_else(|| DayError::Damaged(format!("the directory of flush {number} is damaged")))?;
        flushes.push(flush);
    }
    Ok(flushes)
}

/// One transaction; durable when it returns.
pub(super) fn write_day(
    database: &Database,
    work: impl FnOnce(&WriteTransaction) -> Result<(), DayError>,
) -> Result<(), DayError> {
    let mut write = database.begin_write().map_err(failed)?;
    write.set_quick_repair(true);
    work(&write)?;
    write.commit().map_err(failed)
}

pub(super) fn put_page(write: &WriteTransaction, flush: u32, ordinal: u32, page: &[u8]) -> Result<(), DayError> {
    write.open_table(PAGES).map_err(failed)?.insert(page_key(flush, ordinal), page).map_err(failed)?;
    Ok(())
}

pub(super) fn put_directory(write: &WriteTransaction, flush: &Flush, day: i64) -> Result<(), DayError> {
    let row = flush.encode(day);
    write.open_table(DIRECTORY).map_err(failed)?.insert(flush.number, row.as_slice()).map_err(failed)?;
    Ok(())
}

/// Adds the rows of series that the file does not have yet.
pub(super) fn put_series(
    write: &WriteTransaction,
    fresh: &[u32],
    labels_of: &dyn Fn(u32) -> Option<Labels>,
) -> Result<(), DayError> {
    let mut table = write.open_table(SERIES).map_err(failed)?;
    for ids in fresh.chunk_by(|left, right| block_of(*left) == block_of(*right)) {
        let Some(block) = ids.first().map(|id| block_of(*id)) else { continue };
        let mut series = match table.get(block).map_err(failed)? {
            Some(row) => series_row(block, row.value())?,
            None => Vec::new(),
        };
        series.extend(ids.iter().filter_map(|id| Some((*id, labels_of(*id)?))));
        series.sort_by_key(|(id, _)| *id);
        let row = encode_series_row(series.iter().map(|(id, labels)| (*id, labels)));
        table.insert(block, row.as_slice()).map_err(failed)?;
    }
    Ok(())
}

pub(super) fn put_info(write: &WriteTransaction, head: &DayHead, ids: &IdSet) -> Result<(), DayError> {
    let mut table = write.open_table(INFO).map_err(failed)?;
    table.insert("head", encode_head(head).as_slice()).map_err(failed)?;
    table.insert("ids", close_row(ids.encode()).as_slice()).map_err(failed)?;
    Ok(())
}

fn series_row(block: u32, row: &[u8]) -> Result<Vec<(u32, Labels)>, DayError> {
    decode_series_row(block, row).ok_or_else(|| DayError::Damaged(format!("series row {block} is damaged")))
}

fn encode_head(head: &DayHead) -> Vec<u8> {
    let mut row = Vec::with_capacity(80);
    row.extend_from_slice(&VERSION.to_le_bytes());
    row.extend_from_slice(&head.store);
    row.extend_from_slice(&head.day.to_le_bytes());
    row.extend_from_slice(&head.position.to_le_bytes());
    row.extend_from_slice(&head.min.to_le_bytes());
    row.extend_from_slice(&head.max.to_le_bytes());
    row.extend_from_slice(&head.samples.to_le_bytes());
    row.extend_from_slice(&head.next_flush.to_le_bytes());
    row.push(u8::from(head.sealed));
    close_row(row)
}

fn decode_head(row: &[u8]) -> Result<DayHead, DayError> {
    let parse = || {
        let mut cursor = Cursor::new(open_row(row)?);
        let version = cursor.u32()?;
        if version != VERSION {
            return Some(Err(DayError::Version(version)));
        }
        Some(Ok(DayHead {
            store: cursor.array()?,
            day: cursor.i64()?,
            position: cursor.u64()?,
            min: cursor.i64()?,
            max: cursor.i64()?,
            samples: cursor.u64()?,
            next_flush: cursor.u32()?,
            sealed: cursor.byte()? != 0,
        }))
    };
    parse().unwrap_or_else(|| Err(DayError::Damaged("the head row is damaged".into())))
}

fn page_key(flush: u32, ordinal: u32) -> u64 {
    u64::from(flush) << 32 | u64::from(ordinal)
}

/// Sorts redb's errors: damage sets a day aside, the rest may pass.
pub(super) fn failed(error: impl Into<redb::Error>) -> DayError {
    match error.into() {
        redb::Error::Io(error) => io_error(error),
        error @ (redb::Error::Corrupted(_)
        | redb::Error::UpgradeRequired(_)
        | redb::Error::RepairAborted
        | redb::Error::TableDoesNotExist(_)
        | redb::Error::TableTypeMismatch { .. }
        | redb::Error::TypeDefinitionChanged { .. }
        | redb::Error::TableIsMultimap(_)
        | redb::Error::TableIsNotMultimap(_)) => DayError::Damaged(error.to_string()),
        error => DayError::Io(error.to_string()),
    }
}

pub(super) fn io_error(error: std::io::Error) -> DayError {
    if is_damage(&error) { DayError::Damaged(error.to_string()) } else { DayError::Io(error.to_string()) }
}

const INFO: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("info");
const SERIES: TableDefinition<'_, u32, &[u8]> = TableDefinition::new("series");
const DIRECTORY: TableDefinition<'_, u32, &[u8]> = TableDefinition::new("directory");
const PAGES: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("pages");

const VERSION: u32 = 1;

/// redb's cache for a day that is written to: a flush of ten thousand series fits twice.
const WRITE_CACHE: usize = 4 << 20;

/// For a sealed day, only inner pages and small rows are worth keeping; pages have a cache of their own.
const READ_CACHE: usize = 256 << 10;

static SERIAL: AtomicU64 = AtomicU64::new(1);
static CLOCK: AtomicU64 = AtomicU64::new(1);
