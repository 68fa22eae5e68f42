//! The head: the samples of each series that are in no day file yet.
//!
//! Only the writer thread appends. Series lie on shelves of 64 neighbours behind one lock each, taken once for a
//! run of neighbours: a reader copies one short byte string out and never holds a writer up for longer.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::{RwLock, RwLockWriteGuard};

use super::bits::Cursor;
use super::query::Columns;
use super::stream::{Token, put_run, put_step, put_value, take_token};

/// All series with samples in memory.
#[derive(Default)]
pub(super) struct Head {
    shelves: RwLock<Vec<Arc<Shelf>>>,
    /// Cells there are: the active series.
    active: AtomicUsize,
}

/// What the head holds of one series.
pub(super) struct Cell {
    /// Time of the newest sample, in memory or in a day file; [`NEVER`] when there is none.
    pub(super) last_t: i64,
    /// Its value.
    pub(super) last_v: f64,
    /// Generation of the log segment in which the series was written last; 0 for none.
    pub(super) logged: u32,
    open: Chunk,
    frozen: Option<Arc<Chunk>>,
}

/// A run of samples of one series as a byte string.
#[derive(Clone, Default)]
pub(super) struct Chunk {
    first_t: i64,
    first_v: f64,
    last_t: i64,
    last_v: f64,
    step: i64,
    count: u32,
    /// Unchanged samples in even steps at the end, not yet in `bytes`.
    run: u32,
    bytes: Vec<u8>,
}

/// Sixty-four neighbours.
pub(super) struct Shelf {
    cells: RwLock<Cells>,
}

/// The cells of one shelf.
pub(super) type Cells = [Option<Box<Cell>>; SHELF];

impl Head {
    /// The shelf for a series, made if need be.
    pub(super) fn shelf(&self, id: u32) -> Arc<Shelf> {
        let place = id as usize / SHELF;
        if let Some(shelf) = self.shelves.read().get(place) {
            return Arc::clone(shelf);
        }
        let mut shelves = self.shelves.write();
        if shelves.len() <= place {
            shelves.resize_with(place + 1, || Arc::new(Shelf { cells: RwLock::new([const { None }; SHELF]) }));
        }
        shelves.get(place).map_or_else(|| Arc::new(Shelf { cells: RwLock::new([const { None }; SHELF]) }), Arc::clone)
    }

    /// Cells there are.
    pub(super) fn active(&self) -> usize {
        self.active.load(Ordering::Relaxed)
    }

    /// Notes that cells came or went.
    pub(super) fn count_cells(&self, come: usize, gone: usize) {
        self.active.fetch_add(come, Ordering::Relaxed);
        self.active.fetch_sub(gone, Ordering::Relaxed);
    }

    /// The samples of a series that are in memory, oldest first; see the merge rule in `read`.
    pub(super) fn snapshot(&self, id: u32) -> Snapshot {
        self.peek(id, |cell| Snapshot {
            frozen: cell.frozen.clone(),
            open: (cell.open.count > 0).then(|| cell.open.clone()),
        })
        .unwrap_or_default()
    }

    /// Whether a series may have samples in memory within the closed range.
    pub(super) fn overlaps(&self, id: u32, start: i64, end: i64) -> bool {
        self.peek(id, |cell| cell.chunks().any(|chunk| chunk.first_t <= end && chunk.last_t >= start)).unwrap_or(false)
    }

    /// Whether there is a cell for the series.
    pub(super) fn has(&self, id: u32) -> bool {
        self.peek(id, |_| ()).is_some()
    }

    /// Whether any series has samples in memory within the closed range.
    pub(super) fn has_between(&self, start: i64, end: i64) -> bool {
        let mut found = false;
        self.for_each(|_, cell| {
            found = found || cell.chunks().any(|chunk| chunk.first_t <= end && chunk.last_t >= start);
        });
        found
    }

    /// First and last time and number of the samples in memory, over all series.
    pub(super) fn extent(&self) -> Extent {
        let mut extent = Extent { series: 0, chunks: 0, samples: 0, bytes: 0, min: i64::MAX, max: i64::MIN };
        self.for_each(|_, cell| {
            extent.series += 1;
            extent.bytes += size_of::<Cell>();
            for chunk in cell.chunks() {
                extent.chunks += 1;
                extent.samples += u64::from(chunk.count);
                extent.min = extent.min.min(chunk.first_t);
                extent.max = extent.max.max(chunk.last_t);
                extent.bytes += chunk.bytes.capacity();
            }
        });
        extent
    }

    /// Visits every cell, shelf by shelf, for reading.
    pub(super) fn for_each(&self, mut visit: impl FnMut(u32, &Cell)) {
        let shelves = self.shelves.read().clone();
        for (number, shelf) in shelves.iter().enumerate() {
            for (slot, cell) in shelf.cells.read().iter().enumerate() {
                if let Some(cell) = cell {
                    visit(id_of(number, slot), cell);
                }
            }
        }
    }

    /// Turns what is open into what is frozen. Only called when nothing is frozen any more. Returns the numbers of
    /// the series that have something frozen.
    pub(super) fn freeze(&self) -> Vec<u32> {
        let mut ids = Vec::new();
        let shelves = self.shelves.read().clone();
        for (number, shelf) in shelves.iter().enumerate() {
            for (slot, cell) in shelf.cells.write().iter_mut().enumerate() {
                let Some(cell) = cell else { continue };
                if cell.open.count > 0 {
                    let mut chunk = std::mem::take(&mut cell.open);
                    chunk.bytes.shrink_to_fit();
                    cell.frozen = Some(Arc::new(chunk));
                    ids.push(id_of(number, slot));
                }
            }
        }
        ids
    }

    /// The frozen samples of a series.
    pub(super) fn frozen(&self, id: u32) -> Option<Arc<Chunk>> {
        self.peek(id, |cell| cell.frozen.clone()).flatten()
    }

    /// Drops what was frozen, and whole cells whose last sample is older than `idle_before`.
    pub(super) fn thaw(&self, idle_before: i64) {
        let shelves = self.shelves.read().clone();
        let mut gone = 0;
        for shelf in &shelves {
            for slot in shelf.cells.write().iter_mut() {
                let Some(cell) = slot else { continue };
                cell.frozen = None;
                if cell.open.count == 0 && cell.last_t < idle_before {
                    *slot = None;
                    gone += 1;
                }
            }
        }
        self.count_cells(0, gone);
    }

    fn peek<T>(&self, id: u32, look: impl FnOnce(&Cell) -> T) -> Option<T> {
        let shelf = self.shelves.read().get(id as usize / SHELF).map(Arc::clone)?;
        let cells = shelf.cells.read();
        cells.get(id as usize % SHELF)?.as_deref().map(look)
    }
}

impl Shelf {
    pub(super) fn write(&self) -> RwLockWriteGuard<'_, Cells> {
        self.cells.write()
    }
}

impl Cell {
    /// A cell for a series whose newest sample on disk, if any, is this one.
    pub(super) fn new(last: Option<(i64, f64)>) -> Self {
        let (last_t, last_v) = last.unwrap_or((NEVER, 0.0));
        Self { last_t, last_v, logged: 0, open: Chunk::default(), frozen: None }
    }

    /// Appends a sample that is younger than the last. Returns the token of the value where it changed, to be
    /// shared with the log.
    #[inline]
    pub(super) fn push(&mut self, t: i64, v: f64) -> &[u8] {
        self.last_t = t;
        self.last_v = v;
        self.open.push(t, v)
    }

    fn chunks(&self) -> impl Iterator<Item = &Chunk> {
        self.frozen.as_deref().into_iter().chain((self.open.count > 0).then_some(&self.open))
    }
}

impl Chunk {
    #[inline]
    fn push(&mut self, t: i64, v: f64) -> &[u8] {
        if self.count == 0 {
            self.first_t = t;
            self.first_v = v;
            self.last_t = t;
            self.last_v = v;
            self.count = 1;
            return &[];
        }
        let change = t.wrapping_sub(self.last_t).wrapping_sub(self.step);
        let same = v.to_bits() == self.last_v.to_bits();
        self.count += 1;
        if change == 0 && same {
            self.run += 1;
            self.last_t = t;
            return &[];
        }
        if self.bytes.capacity() - self.bytes.len() < TOKEN_MAX {
            // Exact growth in small steps: doubling would leave a third of the head empty.
            self.bytes.reserve_exact(GROWTH);
        }
        put_run(&mut self.bytes, self.run);
        self.run = 0;
        if change != 0 {
            put_step(&mut self.bytes, change);
            self.step = self.step.wrapping_add(change);
        }
        let start = self.bytes.len();
        if same {
            self.run = 1;
        } else {
            put_value(&mut self.bytes, self.last_v, v);
        }
        self.last_t = t;
        self.last_v = v;
        self.bytes.get(start..).unwrap_or(&[])
    }

    pub(super) fn first_t(&self) -> i64 {
        self.first_t
    }

    /// Appends the samples within the closed range to `out`.
    pub(super) fn read(&self, start: i64, end: i64, out: &mut Columns) {
        if self.count == 0 || self.last_t < start || self.first_t > end {
            return;
        }
        let (mut t, mut v, mut step) = (self.first_t, self.first_v, 0i64);
        if t >= start {
            out.push(t, v);
        }
        let mut cursor = Cursor::new(&self.bytes);
        let repeat = |count: u32, t: &mut i64, v: f64, step: i64, out: &mut Columns| {
            for _ in 0..count {
                *t = t.wrapping_add(step);
                if *t >= start && *t <= end {
                    out.push(*t, v);
                }
            }
        };
        while let Some(token) = take_token(&mut cursor, v) {
            match token {
                Token::Value(value) => {
                    v = value;
                    repeat(1, &mut t, v, step, out);
                }
                Token::Run(count) => repeat(count, &mut t, v, step, out),
                Token::Step(change) => step = step.wrapping_add(change),
            }
            if t > end {
                return;
            }
        }
        repeat(self.run, &mut t, v, step, out);
    }
}

/// The samples of one series in memory at one moment.
#[derive(Default)]
pub(super) struct Snapshot {
    frozen: Option<Arc<Chunk>>,
    open: Option<Chunk>,
}

impl Snapshot {
    /// Time of the oldest sample; everything older is in day files.
    pub(super) fn first_t(&self) -> Option<i64> {
        self.frozen.as_deref().or(self.open.as_ref()).map(Chunk::first_t)
    }

    pub(super) fn read(&self, start: i64, end: i64, out: &mut Columns) {
        for chunk in self.frozen.as_deref().into_iter().chain(self.open.as_ref()) {
            chunk.read(start, end, out);
        }
    }
}

/// What the head holds altogether.
pub(super) struct Extent {
    pub(super) series: usize,
    pub(super) chunks: usize,
    pub(super) samples: u64,
    pub(super) bytes: usize,
    pub(super) min: i64,
    pub(super) max: i64,
}

fn id_of(shelf: usize, slot: usize) -> u32 {
    u32::try_from(shelf * SHELF + slot).unwrap_or(u32::MAX)
}

/// Neighbours behind one lock: a target's scrape takes few locks, a reader stands in few ways.
pub(super) const SHELF: usize = 64;

/// The time of no sample.
pub(super) const NEVER: i64 = i64::MIN;

/// A token for a run, one for a step and one for a value fit.
const TOKEN_MAX: usize = 24;

/// A malloc'ed block grows by less than a cache line.
const GROWTH: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_gives_back_what_it_was_given() {
        let mut chunk = Chunk::default();
        let mut expected = Columns::default();
        let mut t = 1_000_000;
        for index in 0..2000i64 {
            t += if index % 97 == 0 {
                15_013
            } else if index % 50 == 0 {
                14_990
            } else {
                15_000
            };
            let v = match index % 300 {
                0..=99 => 5.0,
                100..=199 => index as f64 * 3.0,
                200..=250 => index as f64 / 8.0 + 0.001,
                251 => f64::NAN,
                252 => crate::model::stale_marker(),
                _ => -0.0,
            };
            chunk.push(t, v);
            expected.push(t, v);
        }
        let bits = |columns: &Columns| columns.values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        let mut read = Columns::default();
        chunk.read(i64::MIN, i64::MAX, &mut read);
        assert_eq!(read.timestamps, expected.timestamps);
        assert_eq!(bits(&read), bits(&expected));
        for (start, end) in [(0, 17), (expected.timestamps[3], expected.timestamps[700]), (t, t), (t + 1, t + 2)] {
            let mut part = Columns::default();
            chunk.read(start, end, &mut part);
            let wanted: Vec<i64> = expected.timestamps.iter().copied().filter(|t| (start..=end).contains(t)).collect();
            assert_eq!(part.timestamps, wanted);
        }
    }
}
