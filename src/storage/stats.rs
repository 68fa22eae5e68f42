//! What the store says about itself.

use std::sync::atomic::Ordering;

use hashbrown::HashMap;

use super::shared::Shared;
use crate::model::METRIC_NAME;

/// Counts and sizes, for `/api/v1/status/tsdb` and the process's own metrics. Counters count since the start.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Stats {
    /// Series with samples in memory, or lately.
    pub head_series: usize,
    /// Byte strings of samples in memory: one or two for each series of the head.
    pub head_chunks: usize,
    /// Samples in memory.
    pub head_samples: u64,
    /// Bytes that they and their bookkeeping take.
    pub head_bytes: usize,
    /// Time of the oldest sample in memory (ms); `i64::MAX` when there is none.
    pub head_min_time: i64,
    /// Time of the newest sample in memory (ms); `i64::MIN` when there is none.
    pub head_max_time: i64,
    /// Series that the store remembers, on disk or in memory.
    pub series: usize,
    /// Series registered since the start.
    pub series_created: u64,
    /// Series forgotten since the start.
    pub series_removed: u64,
    /// Distinct label pairs.
    pub label_pairs: usize,
    /// Time of the oldest sample (ms); `i64::MAX` when there is none.
    pub min_time: i64,
    /// Time of the newest sample (ms); `i64::MIN` when there is none.
    pub max_time: i64,
    /// Samples that were taken.
    pub samples_appended: u64,
    /// Samples refused as older than the newest of their series.
    pub out_of_order: u64,
    /// Samples refused as another value for a time that has one.
    pub duplicates: u64,
    /// Samples refused as outside the retention or in the future.
    pub out_of_bounds: u64,
    /// Samples read back from the log at start.
    pub replayed_samples: u64,
    /// Log segments that ended in a torn record at start.
    pub wal_torn: u64,
    /// Bytes of the log's files.
    pub wal_bytes: u64,
    /// Bytes of records that are in no day file yet.
    pub wal_live_bytes: u64,
    /// Bytes written to the log.
    pub wal_bytes_written: u64,
    /// Syncs of the log.
    pub wal_syncs: u64,
    /// Log segments with records.
    pub wal_segments: u64,
    /// Flushes of the head that succeeded.
    pub flushes: u64,
    /// Flushes that failed and were tried again.
    pub failed_flushes: u64,
    /// Days that were rewritten after their end.
    pub seals: u64,
    /// Day files.
    pub days: usize,
    /// Bytes of the day files.
    pub day_bytes: u64,
    /// Samples in the day files.
    pub day_samples: u64,
    /// Days set aside as damaged since the start.
    pub damaged_days: u64,
    /// Pages skipped as damaged since the start.
    pub damaged_pages: u64,
}

/// The longest lists of `/api/v1/status/tsdb`, each sorted by size, the largest first.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct TopLists {
    /// Metric name and its series.
    pub series_by_metric: Vec<(String, u64)>,
    /// Label name and its distinct values.
    pub values_by_label: Vec<(String, u64)>,
    /// Label name and the bytes of its values, counted once for each series.
    pub memory_by_label: Vec<(String, u64)>,
    /// `name=value` and its series.
    pub series_by_pair: Vec<(String, u64)>,
}

impl Shared {
    pub(super) fn stats(&self) -> Stats {
        let extent = self.head.extent();
        let days = self.days.overview();
        let counters = &self.counters;
        let count = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
        let index = self.index.read();
        Stats {
            head_series: extent.series,
            head_chunks: extent.chunks,
            head_samples: extent.samples,
            head_bytes: extent.bytes,
            head_min_time: extent.min,
            head_max_time: extent.max,
            series: index.len(),
            series_created: count(&counters.series_created),
            series_removed: count(&counters.series_removed),
            label_pairs: index.pair_count(),
            min_time: days.min.min(extent.min),
            max_time: days.max.max(extent.max),
            samples_appended: count(&counters.appended),
            out_of_order: count(&counters.out_of_order),
            duplicates: count(&counters.duplicates),
            out_of_bounds: count(&counters.out_of_bounds),
            replayed_samples: count(&counters.replayed),
            wal_torn: count(&counters.wal_torn),
            wal_bytes: count(&counters.wal_bytes),
            wal_live_bytes: count(&counters.wal_live_bytes),
            wal_bytes_written: count(&counters.wal_written),
            wal_syncs: count(&counters.wal_syncs),
            wal_segments: count(&counters.wal_segments),
            flushes: count(&counters.flushes),
            failed_flushes: count(&counters.failed_flushes),
            seals: count(&counters.seals),
            days: days.days,
            day_bytes: days.bytes,
            day_samples: days.samples,
            damaged_days: days.damaged_days,
            damaged_pages: days.damaged_pages,
        }
    }

    pub(super) fn top_lists(&self, limit: usize) -> TopLists {
        let index = self.index.read();
        let mut labels: HashMap<&str, (u64, u64)> = HashMap::new();
        let mut metrics = Vec::new();
        let mut pairs = Vec::new();
        for (name, value, series) in index.pairs() {
            let entry = labels.entry(name).or_default();
            entry.0 += 1;
            entry.1 += (name.len() + value.len()) as u64 * series as u64;
            if name == METRIC_NAME {
                metrics.push((value, "", series as u64));
            }
            pairs.push((name, value, series as u64));
        }
        let join = |(name, value, count): (&str, &str, u64)| {
            let text = if value.is_empty() { name.to_owned() } else { format!("{name}={value}") };
            (text, count)
        };
        let by = |which: fn(&(u64, u64)) -> u64| -> Vec<(&str, &str, u64)> {
            labels.iter().map(|(name, counts)| (*name, "", which(counts))).collect()
        };
        TopLists {
            series_by_metric: largest(metrics, limit).into_iter().map(join).collect(),
            values_by_label: largest(by(|counts| counts.0), limit).into_iter().map(join).collect(),
            memory_by_label: largest(by(|counts| counts.1), limit).into_iter().map(join).collect(),
            series_by_pair: largest(pairs, limit).into_iter().map(join).collect(),
        }
    }
}

fn largest<'a>(mut items: Vec<(&'a str, &'a str, u64)>, limit: usize) -> Vec<(&'a str, &'a str, u64)> {
    items.sort_unstable_by(|left, right| right.2.cmp(&left.2).then_with(|| (left.0, left.1).cmp(&(right.0, right.1))));
    items.truncate(limit);
    items
}
