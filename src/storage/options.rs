//! How a store is opened.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::disk::{Disk, RealDisk};
use crate::model::now_ms;

/// Where the store is, how long it keeps, how it syncs.
#[derive(Clone)]
pub struct Options {
    /// The data directory; made when it is not there.
    pub dir: PathBuf,
    /// Days that ended longer ago than this are deleted; `None` keeps all.
    pub retention_time: Option<Duration>,
    /// The oldest days are deleted while the store takes more bytes than this; `None` sets no bound.
    pub retention_size: Option<u64>,
    /// The longest that a sample of [`Durability::Group`](super::Durability::Group) waits for its sync.
    pub sync_interval: Duration,
    /// Samples further in the future are refused; `None` takes all.
    pub future_limit: Option<Duration>,
    /// Samples in the head, for each active series, that start a flush.
    pub flush_samples: u64,
    /// The longest that a sample stays in the head alone.
    pub flush_age: Duration,
    /// How long after its end a day is sealed.
    pub seal_delay: Duration,
    /// Bytes for decoded pages.
    pub page_cache: usize,
    /// The file system.
    pub disk: Arc<dyn Disk>,
    /// The clock, in ms since the epoch.
    pub now: Arc<dyn Fn() -> i64 + Send + Sync>,
}

impl Options {
    /// The defaults for a data directory: everything is kept, on the real disk.
    #[must_use]
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self {
            dir: dir.into(),
            retention_time: None,
            retention_size: None,
            sync_interval: Duration::from_secs(1),
            future_limit: Some(Duration::from_secs(600)),
            flush_samples: 120,
            flush_age: Duration::from_secs(2 * 3600),
            seal_delay: Duration::from_secs(3600),
            page_cache: 16 << 20,
            disk: Arc::new(RealDisk),
            now: Arc::new(now_ms),
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Options")
            .field("dir", &self.dir)
            .field("retention_time", &self.retention_time)
            .field("retention_size", &self.retention_size)
            .field("sync_interval", &self.sync_interval)
            .finish_non_exhaustive()
    }
}
