//! The writer thread: the only one that appends, to log and head alike.
//!
//! A round takes everything that is queued, appends it, hands the log's buffer to the system once, and syncs once if
//! anybody waits for that or the interval is over. Whoever arrives while a sync runs shares the next one.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use super::batch::{Answer, AppendError, Appended, Batch, Durability, Point, Reason, Rejected};
use super::error::StoreError;
use super::flusher::FlushJob;
use super::head::{Cell, Cells, SHELF, Shelf};
use super::idset::IdSet;
use super::queue::Job;
use super::shared::Shared;
use super::wal::{Log, LogError, RowEncoder, SAMPLES};

/// See the module.
pub(super) struct Writer {
    shared: Arc<Shared>,
    log: Log,
    encoder: RowEncoder,
    payload: Vec<u8>,
    shelves: Vec<Option<Arc<Shelf>>>,
    /// Series that log or registry know.
    registered: IdSet,
    /// Those of them that only the log knows.
    new_series: Vec<u32>,
    /// Samples in the head that are not frozen.
    unflushed: u64,
    flusher: mpsc::Sender<FlushJob>,
    flushing: bool,
    /// Up to here everything is in day files.
    flushed_upto: u64,
    /// After a flush that failed: when to try again.
    retry_at: Option<Instant>,
    flush_waiters: Vec<mpsc::Sender<Result<(), StoreError>>>,
    flushed_waiters: Vec<mpsc::Sender<Result<(), StoreError>>>,
    last_flush: Instant,
    first_dirty: Option<Instant>,
}

/// What the replay at start leaves for the writer.
pub(super) struct Start {
    pub(super) log: Log,
    pub(super) registered: IdSet,
    pub(super) new_series: Vec<u32>,
    pub(super) unflushed: u64,
}

impl Writer {
    pub(super) fn new(shared: Arc<Shared>, start: Start, flusher: mpsc::Sender<FlushJob>) -> Self {
        Self {
            shared,
            log: start.log,
            encoder: RowEncoder::default(),
            payload: Vec::new(),
            shelves: Vec::new(),
            registered: start.registered,
            new_series: start.new_series,
            unflushed: start.unflushed,
            flusher,
            flushing: false,
            flushed_upto: 0,
            retry_at: None,
            flush_waiters: Vec::new(),
            flushed_waiters: Vec::new(),
            last_flush: Instant::now(),
            first_dirty: None,
        }
    }

    /// Works until the queue is closed and empty.
    pub(super) fn run(mut self) {
        loop {
            let Some(jobs) = self.shared.queue.take(Some(self.deadline())) else { break };
            let mut synced_answers = Vec::new();
            let mut written_answers = Vec::new();
            for job in jobs {
                match job {
                    Job::Batch(batch, answer) => {
                        let durability = batch.durability;
                        let outcome = self.append(&batch);
                        match durability {
                            Durability::Now => synced_answers.push((answer, outcome)),
                            Durability::Group => written_answers.push((answer, outcome)),
                        }
                    }
                    Job::Flush(waiter) => self.flush_waiters.push(waiter),
                    Job::Flushed(outcome) => self.flushed(outcome),
                    Job::Forget(ids) => self.forget(&ids),
                }
            }
            let written = self.log.write();
            give(written_answers, &written);
            if self.log.is_dirty() && self.first_dirty.is_none() {
                self.first_dirty = Some(Instant::now());
            }
            let due = self.first_dirty.is_some_and(|since| since.elapsed() >= self.shared.options.sync_interval);
            if !synced_answers.is_empty() || due {
                let synced = self.log.sync();
                self.first_dirty = None;
                give(synced_answers, &synced);
            }
            self.consider_flush();
            self.publish();
        }
        // What was written but not synced is synced on an orderly way out; a failure has been reported.
        if self.log.sync().is_ok() {
            self.log.retire(self.flushed_upto);
        }
    }

    fn deadline(&self) -> Instant {
        let interval = self.shared.options.sync_interval;
        let sync = self.first_dirty.map(|since| since + interval);
        let idle = Instant::now() + IDLE;
        [sync, self.retry_at].into_iter().flatten().fold(idle, Instant::min)
    }

    fn append(&mut self, batch: &Batch) -> Result<Appended, AppendError> {
        let mut appended = Appended::default();
        let now = (self.shared.options.now)();
        let bounds = Bounds {
            floor: self.shared.floor(now),
            ceiling: self.shared.options.future_limit.map_or(LAST_T, |limit| {
                now.saturating_add(i64::try_from(limit.as_millis()).unwrap_or(i64::MAX)).min(LAST_T)
            }),
        };
        let mut base = 0;
        for chunk in batch.points.chunks(RECORD_POINTS) {
            let generation = self.log.reserve(chunk.len() as u64 * POINT_MAX).map_err(refused)?;
            let outcome = self.append_chunk(chunk, base, generation, bounds, &mut appended);
            if !self.encoder.is_empty() {
                self.payload.clear();
                self.encoder.finish(&mut self.payload);
                self.log.push(SAMPLES, &self.payload);
            }
            outcome?;
            base += chunk.len();
        }
        let counters = &self.shared.counters;
        counters.appended.fetch_add(appended.stored as u64, Ordering::Relaxed);
        counters.out_of_order.fetch_add(appended.out_of_order as u64, Ordering::Relaxed);
        counters.duplicates.fetch_add(appended.duplicates as u64, Ordering::Relaxed);
        counters.out_of_bounds.fetch_add(appended.out_of_bounds as u64, Ordering::Relaxed);
        self.unflushed += appended.stored as u64;
        Ok(appended)
    }

    fn append_chunk(
        &mut self,
        points: &[Point],
        base: usize,
        generation: u32,
        bounds: Bounds,
        appended: &mut Appended,
    ) -> Result<(), AppendError> {
        let mut index = base;
        let mut newest = i64::MIN;
        let shelf_of = |point: &Point| point.series.0 as usize / SHELF;
        for run in points.chunk_by(|left, right| shelf_of(left) == shelf_of(right)) {
            let Some(first) = run.first() else { continue };
            let shelf = self.shelf(first.series.0);
            let mut cells = shelf.write();
            for point in run {
                let Point { series, t, v } = *point;
                let id = series.0;
                if t < bounds.floor || t > bounds.ceiling {
                    let reason = if t < bounds.floor { Reason::TooOld } else { Reason::TooNew };
                    appended.out_of_bounds += 1;
                    appended.rejected.push(Rejected { index, reason });
                    index += 1;
                    continue;
                }
                let Some(cell) = self.cell(&mut cells, id)? else {
                    appended.unknown_series.push(index);
                    appended.rejected.push(Rejected { index, reason: Reason::UnknownSeries });
                    index += 1;
                    continue;
                };
                if t > cell.last_t {
                    let before = cell.last_v;
                    let logged = cell.logged == generation;
                    cell.logged = generation;
                    self.encoder.point(id, t);
                    let token = cell.push(t, v);
                    if !logged {
                        self.encoder.fresh(v);
                    } else if before.to_bits() == v.to_bits() {
                        self.encoder.unchanged();
                    } else if token.is_empty() {
                        self.encoder.changed(before, v);
                    } else {
                        self.encoder.token(token);
                    }
                    newest = newest.max(t);
                    appended.stored += 1;
                } else if t == cell.last_t && v.to_bits() == cell.last_v.to_bits() {
                    appended.repeated += 1;
                } else {
                    let reason = if t == cell.last_t { Reason::Duplicate } else { Reason::OutOfOrder };
                    match reason {
                        Reason::Duplicate => appended.duplicates += 1,
                        _ => appended.out_of_order += 1,
                    }
                    appended.rejected.push(Rejected { index, reason });
                }
                index += 1;
            }
        }
        self.shared.counters.max_time.fetch_max(newest, Ordering::Relaxed);
        Ok(())
    }

    /// The cell of a series, made if need be; `None` for a series that nobody knows.
    #[inline]
    fn cell<'a>(&mut self, cells: &'a mut Cells, id: u32) -> Result<Option<&'a mut Cell>, AppendError> {
        let Some(slot) = cells.get_mut(id as usize % SHELF) else { return Ok(None) };
        if slot.is_none() {
            *slot = self.new_cell(id)?;
        }
        Ok(slot.as_deref_mut())
    }

    /// A series comes (back) to life: its newest sample may be on the disk, and the log may have to name it.
    #[cold]
    fn new_cell(&mut self, id: u32) -> Result<Option<Box<Cell>>, AppendError> {
        if !self.registered.contains(id) {
            let Some(labels) = self.shared.index.read().labels(id) else { return Ok(None) };
            let packed = labels.as_packed();
            self.log
                .make_room(self.encoder.bound() + packed.len() as u64 + POINT_MAX * RECORD_POINTS as u64)
                .map_err(refused)?;
            self.encoder.new_series(id, packed);
            self.registered.insert(id);
            self.new_series.push(id);
        }
        self.shared.head.count_cells(1, 0);
        Ok(Some(Box::new(Cell::new(self.shared.days.last_sample(id)))))
    }

    fn shelf(&mut self, id: u32) -> Arc<Shelf> {
        let place = id as usize / SHELF;
        if let Some(Some(shelf)) = self.shelves.get(place) {
            return Arc::clone(shelf);
        }
        let shelf = self.shared.head.shelf(id);
        if self.shelves.len() <= place {
            self.shelves.resize_with(place + 1, || None);
        }
        if let Some(slot) = self.shelves.get_mut(place) {
            *slot = Some(Arc::clone(&shelf));
        }
        shelf
    }

    fn consider_flush(&mut self) {
        let is_asked = !self.flush_waiters.is_empty();
        if self.flushing || (!is_asked && self.retry_at.is_some_and(|at| Instant::now() < at)) {
            return;
        }
        let options = &self.shared.options;
        let enough = options.flush_samples.saturating_mul(self.shared.head.active() as u64).max(FLUSH_MIN);
        let due = self.retry_at.is_some()
            || is_asked
            || self.unflushed >= enough
            || self.log.live_bytes() > LOG_MAX
            || self.log.segments() > SEGMENTS_MAX
            || (self.unflushed > 0 && self.last_flush.elapsed() >= options.flush_age);
        if !due {
            return;
        }
        // After a failed flush what was frozen then still is, and goes first.
        let retry = self.retry_at.take().is_some();
        let ids = if retry { None } else { Some(self.shared.head.freeze()) };
        let upto = self.log.last_seq();
        if !retry {
            self.unflushed = 0;
            self.flushed_waiters.append(&mut self.flush_waiters);
        }
        self.flushing = true;
        self.last_flush = Instant::now();
        let job = match ids {
            Some(ids) => FlushJob::New { ids, upto, new_series: std::mem::take(&mut self.new_series) },
            None => FlushJob::Again,
        };
        if self.flusher.send(job).is_err() {
            self.flushed(Err(StoreError::Closed));
        }
    }

    fn flushed(&mut self, outcome: Result<u64, StoreError>) {
        self.flushing = false;
        match &outcome {
            Ok(upto) => {
                self.log.free(*upto);
                self.flushed_upto = self.flushed_upto.max(*upto);
            }
            Err(_) => {
                self.retry_at = Some(Instant::now() + RETRY);
                // Who asks for a flush is not kept waiting for a disk that may stay full.
                self.flushed_waiters.append(&mut self.flush_waiters);
            }
        }
        for waiter in self.flushed_waiters.drain(..) {
            // A waiter that left does not want to know.
            let _ = waiter.send(outcome.clone().map(|_| ()));
        }
    }

    /// Done here, where cells are made: nobody can bring a series back to life meanwhile.
    fn forget(&mut self, ids: &IdSet) {
        let gone: IdSet = ids.iter().filter(|id| !self.shared.head.has(*id)).collect();
        if gone.is_empty() {
            return;
        }
        self.shared.index.write().remove(&gone);
        self.registered = self.registered.iter().filter(|id| !gone.contains(*id)).collect();
        self.new_series.retain(|id| !gone.contains(*id));
        if self.flusher.send(FlushJob::Forgotten(gone)).is_err() {
            tracing::debug!("the flusher is gone; the registry follows at the next start");
        }
    }

    fn publish(&self) {
        let (written, syncs) = self.log.work();
        let counters = &self.shared.counters;
        counters.wal_bytes.store(self.log.disk_bytes(), Ordering::Relaxed);
        counters.wal_live_bytes.store(self.log.live_bytes(), Ordering::Relaxed);
        counters.wal_written.store(written, Ordering::Relaxed);
        counters.wal_syncs.store(syncs, Ordering::Relaxed);
        counters.wal_segments.store(self.log.segments() as u64, Ordering::Relaxed);
    }
}

#[derive(Clone, Copy)]
struct Bounds {
    floor: i64,
    ceiling: i64,
}

fn give(answers: Vec<(Answer, Result<Appended, AppendError>)>, logged: &Result<(), LogError>) {
    for (answer, outcome) in answers {
        answer.give(match logged {
            Ok(()) => outcome,
            Err(error) => Err(refused(error.clone())),
        });
    }
}

fn refused(error: LogError) -> AppendError {
    match error {
        LogError::NoRoom(reason) => AppendError::NoRoom { reason },
        LogError::Poisoned(reason) => AppendError::Poisoned { reason },
    }
}

/// Points in one record: a record stays within a few hundred kilobytes.
const RECORD_POINTS: usize = 8192;

/// The most bytes that one point takes in a record: two runs of two varints, and a token.
const POINT_MAX: u64 = 48;

/// Fewer samples are not worth a commit: a backfill of few series would make one a batch.
const FLUSH_MIN: u64 = 32 << 10;

/// More log than this delays the next start.
const LOG_MAX: u64 = 64 << 20;

/// Each start begins a segment; after so many the head goes to the days even if it is small.
const SEGMENTS_MAX: usize = 16;

/// A look around when nothing happens.
const IDLE: Duration = Duration::from_secs(60);

/// A disk that was full is not empty a moment later.
const RETRY: Duration = Duration::from_secs(10);

/// The last moment of the year 9999: later times have no date to name a file by.
pub(super) const LAST_T: i64 = 253_402_300_799_999;
