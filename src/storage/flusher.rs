//! The flusher thread: moves frozen samples into day files, seals days that are over, removes those that are too old.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use super::days::DayFlush;
use super::error::StoreError;
use super::idset::IdSet;
use super::query::Columns;
use super::queue::Job;
use super::rows::{block_of, encode_series_row};
use super::shared::{DAY_MS, Shared};

/// What the writer asks for.
pub(super) enum FlushJob {
    /// Write what was just frozen.
    New {
        /// Who has something frozen.
        ids: Vec<u32>,
        /// Number of the log's last record that is frozen.
        upto: u64,
        /// Series that the registry lacks.
        new_series: Vec<u32>,
    },
    /// Try again what failed.
    Again,
    /// Series are gone from the index: the registry has to follow.
    Forgotten(IdSet),
}

/// Works until the writer is gone.
pub(super) fn run(shared: &Arc<Shared>, jobs: &mpsc::Receiver<FlushJob>) {
    let mut flusher = Flusher { shared, frozen: None };
    let mut next_look = Instant::now();
    loop {
        match jobs.recv_timeout(next_look.saturating_duration_since(Instant::now())) {
            Ok(FlushJob::New { ids, upto, new_series }) => {
                flusher.frozen = Some(Frozen { ids, upto, new_series });
                flusher.flush();
            }
            Ok(FlushJob::Again) => flusher.flush(),
            Ok(FlushJob::Forgotten(ids)) => flusher.forget(&ids),
            Err(mpsc::RecvTimeoutError::Timeout) => {
                flusher.look_after();
                next_look = Instant::now() + LOOK;
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => return,
        }
    }
}

struct Flusher<'a> {
    shared: &'a Arc<Shared>,
    /// Kept until it is written.
    frozen: Option<Frozen>,
}

struct Frozen {
    ids: Vec<u32>,
    upto: u64,
    new_series: Vec<u32>,
}

impl Flusher<'_> {
    fn flush(&mut self) {
        let Some(frozen) = &self.frozen else {
            self.shared.queue.control(Job::Flushed(Ok(0)));
            return;
        };
        let outcome = self.write(frozen);
        let counters = &self.shared.counters;
        match &outcome {
            Ok(_) => {
                // Readers find the samples in the days from here on.
                let now = (self.shared.options.now)();
                self.shared.head.thaw(now.saturating_sub(IDLE_MS));
                self.frozen = None;
                counters.flushes.fetch_add(1, Ordering::Relaxed);
            }
            Err(error) => {
                counters.failed_flushes.fetch_add(1, Ordering::Relaxed);
                tracing::error!(%error, "cannot write to the day files; the samples stay in the log and in memory");
            }
        }
        self.shared.queue.control(Job::Flushed(outcome));
    }

    fn write(&self, frozen: &Frozen) -> Result<u64, StoreError> {
        let shared = self.shared;
        // Registry first: once the position is in a day file, the log does not name the series any more.
        self.write_registry(&frozen.new_series.iter().map(|id| block_of(*id)).collect())?;
        let mut days: BTreeMap<i64, DayFlush> = BTreeMap::new();
        let mut columns = Columns::default();
        for id in &frozen.ids {
            let Some(chunk) = shared.head.frozen(*id) else { continue };
            columns.clear();
            chunk.read(i64::MIN, i64::MAX, &mut columns);
            let mut rest = (columns.timestamps.as_slice(), columns.values.as_slice());
            while let Some(first) = rest.0.first() {
                let day = first.div_euclid(DAY_MS);
                let split = rest.0.partition_point(|t| *t < (day + 1) * DAY_MS);
                let (times, later_times) = rest.0.split_at_checked(split).unwrap_or((rest.0, &[]));
                let (values, later_values) = rest.1.split_at_checked(split).unwrap_or((rest.1, &[]));
                days.entry(day).or_insert_with(|| shared.days.begin(day)).push(*id, times, values);
                rest = (later_times, later_values);
            }
        }
        let labels_of = |id: u32| shared.index.read().labels(id);
        for (_, day) in days {
            shared.days.commit(day, &labels_of, frozen.upto)?;
        }
        Ok(frozen.upto)
    }

    /// Writes rows of the registry anew from the index, and what changed in the metadata.
    fn write_registry(&self, blocks: &std::collections::BTreeSet<u32>) -> Result<(), StoreError> {
        let index = self.shared.index.read();
        let rows: Vec<(u32, Vec<u8>)> = blocks
            .iter()
            .map(|block| {
                let first = block << 8;
                let series: Vec<_> = (first..=first | 0xff).filter_map(|id| Some((id, index.labels(id)?))).collect();
                let row = match series.is_empty() {
                    true => Vec::new(),
                    false => encode_series_row(series.iter().map(|(id, labels)| (*id, labels))),
                };
                (*block, row)
            })
            .collect();
        let next_id = index.next_id();
        drop(index);
        self.shared.meta.commit_series(&rows, next_id)
    }

    fn forget(&self, ids: &IdSet) {
        self.shared.counters.series_removed.fetch_add(ids.len() as u64, Ordering::Relaxed);
        if let Err(error) = self.write_registry(&ids.iter().map(block_of).collect()) {
            // They come back at the next start, and go again then.
            tracing::warn!(%error, "cannot remove series from the registry");
        }
    }

    fn look_after(&self) {
        let shared = self.shared;
        let options = &shared.options;
        let now = (options.now)();
        let floor = if options.retention_time.is_some() { shared.floor(now) } else { i64::MIN };
        let log = shared.counters.wal_bytes.load(Ordering::Relaxed);
        let gone = shared.days.expire(floor, options.retention_size.map(|limit| limit.saturating_sub(log)));
        if !gone.is_empty() {
            shared.queue.control(Job::Forget(gone));
        }
        shared.days.seal_one(now, options.seal_delay, |start, end| shared.head.has_between(start, end)).then(|| {
            shared.counters.seals.fetch_add(1, Ordering::Relaxed);
        });
        shared.days.trim();
    }
}

/// Retention, sealing and tidying are looked after so often; one day at most is sealed each time.
const LOOK: Duration = Duration::from_secs(20);

/// A series without samples for so long gives its cell back (ms).
const IDLE_MS: i64 = 3_600_000;
