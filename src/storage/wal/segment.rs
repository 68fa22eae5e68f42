//! Segments: where records lie on the disk.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::super::bits::Cursor;
use super::super::disk::{Disk, DiskFile, Mode};

/// The writing end. Owned by the writer thread.
pub(in super::super) struct Log {
    disk: Arc<dyn Disk>,
    folder: PathBuf,
    store: [u8; 16],
    next_slot: u32,
    next_seq: u64,
    free: Vec<Slot>,
    full: VecDeque<Full>,
    current: Option<Current>,
    generation: u32,
    poisoned: Option<String>,
    /// Bytes handed to the system since the start, for the budget of writes.
    written: u64,
    syncs: u64,
}

/// Why nothing was logged.
#[derive(Clone, Debug)]
pub(in super::super) enum LogError {
    /// The disk is full; the log is whole.
    NoRoom(String),
    /// A write or sync failed; the log takes nothing more.
    Poisoned(String),
}

impl fmt::Display for LogError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRoom(reason) | Self::Poisoned(reason) => formatter.write_str(reason),
        }
    }
}

/// A segment that was there at start.
pub(in super::super) struct FoundSegment {
    pub(in super::super) generation: u32,
    first_seq: u64,
    slot: Slot,
}

struct Slot {
    path: PathBuf,
    file: Arc<dyn DiskFile>,
    length: u64,
}

struct Full {
    slot: Slot,
    last_seq: u64,
    used: u64,
}

struct Current {
    slot: Slot,
    /// Where the first byte of `buffer` belongs.
    offset: u64,
    buffer: Vec<u8>,
    /// Something was written or is going to be, and is not synced.
    dirty: bool,
    /// Zeros were written ahead since the last sync.
    zeroed: bool,
}

impl Log {
    /// Looks what is there. Segments with records come out sorted by generation; nothing is written yet.
    pub(in super::super) fn open(
        disk: Arc<dyn Disk>,
        folder: &Path,
        store: [u8; 16],
    ) -> io::Result<(Self, Vec<FoundSegment>)> {
        disk.create_dir(folder)?;
        let mut log = Self {
            disk,
            folder: folder.to_owned(),
            store,
            next_slot: 0,
            next_seq: 1,
            free: Vec::new(),
            full: VecDeque::new(),
            current: None,
            generation: 0,
            poisoned: None,
            written: 0,
            syncs: 0,
        };
        let mut found = Vec::new();
        for name in log.disk.list(folder)? {
            let Some(number) = name.strip_suffix(".wal").and_then(|stem| stem.parse::<u32>().ok()) else { continue };
            log.next_slot = log.next_slot.max(number.saturating_add(1));
            let path = folder.join(&name);
            let file = log.disk.open(&path, Mode::Write)?;
            let length = file.len()?;
            let slot = Slot { path, file, length };
            match log.read_header(&slot) {
                Some((generation, first_seq)) => {
                    log.generation = log.generation.max(generation);
                    found.push(FoundSegment { generation, first_seq, slot });
                }
                None => log.free.push(slot),
            }
        }
        found.sort_by_key(|segment| segment.generation);
        Ok((log, found))
    }

    /// Takes a segment over after it was replayed: it stays until its records are in day files.
    pub(in super::super) fn adopt(&mut self, segment: FoundSegment, last_seq: u64, used: u64) {
        self.next_seq = self.next_seq.max(last_seq + 1);
        self.full.push_back(Full { slot: segment.slot, last_seq, used });
    }

    /// Lets the next record have at least this number.
    pub(in super::super) fn skip_to(&mut self, seq: u64) {
        self.next_seq = self.next_seq.max(seq);
    }

    /// Number of the last record that was pushed.
    pub(in super::super) fn last_seq(&self) -> u64 {
        self.next_seq - 1
    }

    /// Makes sure that a record with a payload of up to `bound` bytes fits into the current segment, beginning
    /// another if need be. Returns the generation: values are coded against what this generation has seen.
    pub(in super::super) fn reserve(&mut self, bound: u64) -> Result<u32, LogError> {
        if let Some(reason) = &self.poisoned {
            return Err(LogError::Poisoned(reason.clone()));
        }
        let need = bound + HEADER + 2 * PAGE;
        if let Some(current) = &self.current {
            let end = current.offset + current.buffer.len() as u64;
            if end + need <= SEGMENT.max(current.slot.length) || end <= PAGE {
                self.extend(end + need)?;
                return Ok(self.generation);
            }
        }
        self.rotate()?;
        self.extend(PAGE + need)?;
        Ok(self.generation)
    }

    /// Makes room for a payload that turned out longer than reserved; the segment may grow over its size for it.
    pub(in super::super) fn make_room(&mut self, bound: u64) -> Result<(), LogError> {
        let end = self.current.as_ref().map_or(PAGE, |current| current.offset + current.buffer.len() as u64);
        self.extend(end + bound + HEADER + 2 * PAGE)
    }

    /// Adds a record to the buffer; [`Log::reserve`] made room for it. Returns its number.
    pub(in super::super) fn push(&mut self, kind: u8, payload: &[u8]) -> u64 {
        let seq = self.next_seq;
        let Some(current) = &mut self.current else { return seq };
        self.next_seq += 1;
        current.dirty = true;
        let start = current.buffer.len();
        current.buffer.extend_from_slice(&(payload.len() as u32).to_le_bytes());
        current.buffer.extend_from_slice(&[0; 4]);
        current.buffer.extend_from_slice(&self.generation.to_le_bytes());
        current.buffer.extend_from_slice(&[kind, 0, 0, 0]);
        current.buffer.extend_from_slice(&seq.to_le_bytes());
        current.buffer.extend_from_slice(payload);
        let crc = current.buffer.get(start + 8..).map_or(0, crc32fast::hash);
        if let Some(slot) = current.buffer.get_mut(start + 4..start + 8) {
            slot.copy_from_slice(&crc.to_le_bytes());
        }
        current.buffer.resize(current.buffer.len().next_multiple_of(ALIGN), 0);
        seq
    }

    /// Hands the buffer to the system: what is in it survives a kill of the process.
    pub(in super::super) fn write(&mut self) -> Result<(), LogError> {
        if let Some(reason) = &self.poisoned {
            return Err(LogError::Poisoned(reason.clone()));
        }
        let Some(current) = &mut self.current else { return Ok(()) };
        if current.buffer.is_empty() {
            return Ok(());
        }
        match current.slot.file.write(current.offset, &current.buffer) {
            Ok(()) => {
                self.written += current.buffer.len() as u64;
                current.offset += current.buffer.len() as u64;
                current.buffer.clear();
                current.buffer.shrink_to(BUFFER_KEPT);
                Ok(())
            }
            Err(error) => Err(self.poison("write", &error)),
        }
    }

    /// Whether anything waits for a sync.
    pub(in super::super) fn is_dirty(&self) -> bool {
        self.current.as_ref().is_some_and(|current| current.dirty)
    }

    /// Makes everything that was pushed survive a power cut.
    pub(in super::super) fn sync(&mut self) -> Result<(), LogError> {
        if !self.is_dirty() {
            return self.poisoned.as_ref().map_or(Ok(()), |reason| Err(LogError::Poisoned(reason.clone())));
        }
        if let Some(current) = &mut self.current {
            let end = current.offset + current.buffer.len() as u64;
            let padding = end.next_multiple_of(PAGE) - end;
            current.buffer.resize(current.buffer.len() + padding as usize, 0);
        }
        self.write()?;
        self.syncs += 1;
        let Some(current) = &mut self.current else { return Ok(()) };
        match current.slot.file.sync() {
            Ok(()) => {
                current.dirty = false;
                if std::mem::take(&mut current.zeroed) {
                    current.slot.file.forget();
                }
                Ok(())
            }
            Err(error) => Err(self.poison("sync", &error)),
        }
    }

    /// Frees the segments whose records are all in day files.
    pub(in super::super) fn free(&mut self, upto: u64) {
        let mut kept = VecDeque::new();
        for full in self.full.drain(..) {
            if full.last_seq > upto {
                kept.push_back(full);
                continue;
            }
            // Not synced and allowed to fail: a header that stays is read once more, and its records are skipped.
            if full.slot.file.write(0, &[0; HEADER_BYTES]).is_ok() && self.free.len() < FREE_KEPT {
                self.free.push(full.slot);
            } else if let Err(error) = self.disk.remove(&full.slot.path) {
                tracing::warn!(file = %full.slot.path.display(), %error, "cannot remove a log segment that is not needed");
            }
        }
        self.full = kept;
    }

    /// Frees the current segment too, when its records are all in day files: the next start has nothing to read.
    pub(in super::super) fn retire(&mut self, upto: u64) {
        if self.last_seq() > upto || self.is_dirty() {
            return;
        }
        if let Some(current) = self.current.take() {
            self.full.push_back(Full { slot: current.slot, last_seq: upto, used: 0 });
        }
        self.free(upto);
    }

    /// Bytes of records that are not in day files yet, as far as whole segments tell.
    pub(in super::super) fn live_bytes(&self) -> u64 {
        let current = self.current.as_ref().map_or(0, |current| current.offset.saturating_sub(PAGE));
        current + self.full.iter().map(|full| full.used).sum::<u64>()
    }

    /// Bytes of all segments, free ones too.
    pub(in super::super) fn disk_bytes(&self) -> u64 {
        let current = self.current.iter().map(|current| &current.slot);
        current.chain(self.full.iter().map(|full| &full.slot)).chain(&self.free).map(|slot| slot.length).sum()
    }

    /// Segments with records.
    pub(in super::super) fn segments(&self) -> usize {
        self.full.len() + usize::from(self.current.is_some())
    }

    /// Bytes written and syncs done since the start.
    pub(in super::super) fn work(&self) -> (u64, u64) {
        (self.written, self.syncs)
    }

    fn rotate(&mut self) -> Result<(), LogError> {
        // The old segment is durable before the new one has a byte: a gap can only come from damage.
        self.sync()?;
        let slot = match self.free.pop() {
            Some(slot) => slot,
            None => self.create().map_err(|error| LogError::NoRoom(error.to_string()))?,
        };
        let generation = self.generation + 1;
        let header = header(generation, self.next_seq, self.store);
        if slot.length < PAGE {
            let zeros = vec![0; PAGE as usize];
            slot.file.write(0, &zeros).map_err(|error| LogError::NoRoom(error.to_string()))?;
        }
        slot.file.write(0, &header).map_err(|error| LogError::NoRoom(error.to_string()))?;
        self.generation = generation;
        let length = slot.length.max(PAGE);
        let next =
            Current { slot: Slot { length, ..slot }, offset: PAGE, buffer: Vec::new(), dirty: false, zeroed: true };
        if let Some(old) = self.current.replace(next) {
            self.full.push_back(Full { last_seq: self.next_seq - 1, used: old.offset - PAGE, slot: old.slot });
        }
        Ok(())
    }

    fn create(&mut self) -> io::Result<Slot> {
        let path = self.folder.join(format!("{:08}.wal", self.next_slot));
        let file = self.disk.open(&path, Mode::Create)?;
        self.next_slot += 1;
        self.disk.sync_dir(&self.folder)?;
        let length = file.len()?;
        Ok(Slot { path, file, length })
    }

    /// Fills the current segment with zeros up to at least `end`, ahead of use.
    fn extend(&mut self, end: u64) -> Result<(), LogError> {
        let Some(current) = &mut self.current else { return Ok(()) };
        while current.slot.length < end {
            let step = vec![0; ZERO_STEP];
            current.slot.file.write(current.slot.length, &step).map_err(|error| LogError::NoRoom(error.to_string()))?;
            current.slot.length += step.len() as u64;
            current.zeroed = true;
            self.written += step.len() as u64;
        }
        Ok(())
    }

    fn poison(&mut self, action: &str, error: &io::Error) -> LogError {
        let reason = format!("{action} failed: {error}");
        tracing::error!(%reason, "the log cannot be written; no more samples are accepted until a restart");
        self.poisoned = Some(reason.clone());
        LogError::Poisoned(reason)
    }

    fn read_header(&self, slot: &Slot) -> Option<(u32, u64)> {
        let mut bytes = [0; HEADER_BYTES];
        slot.file.read(0, &mut bytes).ok()?;
        let (body, crc) = bytes.split_last_chunk::<4>()?;
        if crc32fast::hash(body) != u32::from_le_bytes(*crc) {
            return None;
        }
        let mut cursor = Cursor::new(body);
        let magic: [u8; 8] = cursor.array()?;
        let version = cursor.u32()?;
        let generation = cursor.u32()?;
        let first_seq = cursor.u64()?;
        let store: [u8; 16] = cursor.array()?;
        (magic == MAGIC && version == VERSION && generation > 0 && store == self.store)
            .then_some((generation, first_seq))
    }
}

impl FoundSegment {
    pub(in super::super) fn path(&self) -> &Path {
        &self.slot.path
    }

    /// Calls `visit` with number, kind and payload of each whole record. Returns where they end, and whether what
    /// follows looks like a record of this generation that is torn.
    pub(in super::super) fn scan(&self, mut visit: impl FnMut(u64, u8, &[u8])) -> io::Result<ScanEnd> {
        let mut bytes = vec![0; usize::try_from(self.slot.length).map_err(io::Error::other)?];
        self.slot.file.read(0, &mut bytes)?;
        let page = PAGE as usize;
        let mut offset = page;
        let mut expected = self.first_seq;
        loop {
            match record_at(&bytes, offset, self.generation) {
                // A number that does not follow means that a record between was lost to damage.
                Found::Record { seq, .. } if seq != expected => {
                    return Ok(ScanEnd { offset: offset as u64, torn: true });
                }
                Found::Record { seq, kind, payload } => {
                    visit(seq, kind, payload);
                    expected += 1;
                    offset += (HEADER as usize + payload.len()).next_multiple_of(ALIGN);
                }
                Found::Nothing if !offset.is_multiple_of(page) => offset = offset.next_multiple_of(page),
                Found::Nothing => return Ok(ScanEnd { offset: offset as u64, torn: false }),
                Found::Torn => return Ok(ScanEnd { offset: offset as u64, torn: true }),
            }
        }
    }
}

/// How a segment ended.
pub(in super::super) struct ScanEnd {
    pub(in super::super) offset: u64,
    pub(in super::super) torn: bool,
}

enum Found<'a> {
    Record {
        seq: u64,
        kind: u8,
        payload: &'a [u8],
    },
    /// Zeros, or a record of an earlier use, or the rest of a page too short for a header.
    Nothing,
    Torn,
}

fn record_at(bytes: &[u8], offset: usize, generation: u32) -> Found<'_> {
    let left_in_page = PAGE as usize - offset % PAGE as usize;
    let Some(rest) = bytes.get(offset..) else { return Found::Nothing };
    if left_in_page < HEADER as usize && rest.iter().take(left_in_page).all(|byte| *byte == 0) {
        return Found::Nothing;
    }
    let mut cursor = Cursor::new(rest);
    let mut parse = || {
        let length = cursor.u32()?;
        let crc = cursor.u32()?;
        let found = cursor.u32()?;
        let kind = cursor.byte()?;
        cursor.take(3)?;
        let seq = cursor.u64()?;
        Some((length, crc, found, kind, seq))
    };
    let Some((length, crc, found, kind, seq)) = parse() else { return Found::Nothing };
    if found != generation {
        return Found::Nothing;
    }
    let Some(payload) = cursor.take(length as usize) else { return Found::Torn };
    let covered = rest.get(8..HEADER as usize + length as usize).unwrap_or(&[]);
    if crc32fast::hash(covered) != crc {
        return Found::Torn;
    }
    Found::Record { seq, kind, payload }
}

fn header(generation: u32, first_seq: u64, store: [u8; 16]) -> Vec<u8> {
    let mut out = Vec::with_capacity(HEADER_BYTES);
    out.extend_from_slice(&MAGIC);
    out.extend_from_slice(&VERSION.to_le_bytes());
    out.extend_from_slice(&generation.to_le_bytes());
    out.extend_from_slice(&first_seq.to_le_bytes());
    out.extend_from_slice(&store);
    let crc = crc32fast::hash(&out);
    out.extend_from_slice(&crc.to_le_bytes());
    out
}

const MAGIC: [u8; 8] = *b"mbwalseg";
const VERSION: u32 = 1;

/// Bytes of a segment's header.
const HEADER_BYTES: usize = 44;

/// Bytes before a record's payload.
const HEADER: u64 = 24;

/// Records start on such borders: a length that is not zero is then within one page, and padding never looks like it.
const ALIGN: usize = 8;

/// What the kernel and flash write at least: the unit that is never written again once synced.
const PAGE: u64 = 4096;

/// Two hours of ten thousand series at 15 s fit; a start reads few files.
const SEGMENT: u64 = 8 << 20;

/// A minute of one page a second: the length of the file changes that rarely.
const ZERO_STEP: usize = 256 << 10;

/// Free segments that are kept for reuse; more are left from a peak.
const FREE_KEPT: usize = 4;

/// A buffer beyond this is given back after a large batch.
const BUFFER_KEPT: usize = 256 << 10;
