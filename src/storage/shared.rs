//! What the threads of one store share.

use std::sync::atomic::{AtomicI64, AtomicU64};

use parking_lot::RwLock;

use super::days::Days;
use super::head::Head;
use super::index::Index;
use super::meta::Meta;
use super::options::Options;
use super::queue::Queue;

/// Locks are taken in the order of the fields, and never two shelves of the head at once.
pub(super) struct Shared {
    pub(super) options: Options,
    pub(super) queue: Queue,
    pub(super) head: Head,
    pub(super) index: RwLock<Index>,
    pub(super) days: Days,
    pub(super) meta: Meta,
    pub(super) counters: Counters,
}

/// Totals since the start.
pub(super) struct Counters {
    pub(super) appended: AtomicU64,
    pub(super) out_of_order: AtomicU64,
    pub(super) duplicates: AtomicU64,
    pub(super) out_of_bounds: AtomicU64,
    pub(super) max_time: AtomicI64,
    pub(super) wal_bytes: AtomicU64,
    pub(super) wal_live_bytes: AtomicU64,
    pub(super) wal_written: AtomicU64,
    pub(super) wal_syncs: AtomicU64,
    pub(super) wal_segments: AtomicU64,
    pub(super) wal_torn: AtomicU64,
    pub(super) replayed: AtomicU64,
    pub(super) flushes: AtomicU64,
    pub(super) failed_flushes: AtomicU64,
    pub(super) seals: AtomicU64,
    pub(super) series_created: AtomicU64,
    pub(super) series_removed: AtomicU64,
}

impl Counters {
    pub(super) fn new() -> Self {
        let zero = || AtomicU64::new(0);
        Self {
            appended: zero(),
            out_of_order: zero(),
            duplicates: zero(),
            out_of_bounds: zero(),
            max_time: AtomicI64::new(i64::MIN),
            wal_bytes: zero(),
            wal_live_bytes: zero(),
            wal_written: zero(),
            wal_syncs: zero(),
            wal_segments: zero(),
            wal_torn: zero(),
            replayed: zero(),
            flushes: zero(),
            failed_flushes: zero(),
            seals: zero(),
            series_created: zero(),
            series_removed: zero(),
        }
    }
}

impl Shared {
    /// The first moment that the retention by time keeps: the start of a day (ms).
    pub(super) fn floor(&self, now: i64) -> i64 {
        let kept = self.options.retention_time.and_then(|kept| i64::try_from(kept.as_millis()).ok());
        match kept {
            None => FIRST_T,
            Some(kept) => {
                let oldest = now.saturating_sub(kept);
                oldest.div_euclid(DAY_MS).saturating_mul(DAY_MS).max(FIRST_T)
            }
        }
    }
}

/// A UTC day in ms.
pub(super) const DAY_MS: i64 = 86_400_000;

/// The first moment of the year 1: earlier times have no date to name a file by.
const FIRST_T: i64 = -62_135_596_800_000;
