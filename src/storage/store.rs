//! The store: opening, the calls of writers and of those who keep documents, closing.

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::thread::JoinHandle;

use parking_lot::{Mutex, RwLock};

use super::batch::{Batch, Pending, SeriesRef};
use super::days::Days;
use super::error::{OpenError, StoreError};
use super::flusher::{self, FlushJob};
use super::head::{Cell, Head, SHELF};
use super::idset::IdSet;
use super::index::Index;
use super::meta::Meta;
use super::options::Options;
use super::queue::{Job, Queue};
use super::shared::{Counters, Shared};
use super::stats::{Stats, TopLists};
use super::wal::{Log, Samples, replay};
use super::writer::{Start, Writer};
use crate::model::{Labels, Metadata};

/// A time-series store in one directory. Clones share it; the last one that goes closes it as a kill would, which
/// loses nothing that was answered. [`Store::shutdown`] is the orderly way.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    shared: Arc<Shared>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    lock: Mutex<Option<Box<dyn Any + Send + Sync>>>,
}

impl Store {
    /// Opens the store, or makes it. Blocks while the log is replayed. Two threads work for it from then on.
    ///
    /// # Errors
    /// The directory is locked or cannot be written, or a file is from a newer version. Damage is no error: it is
    /// set aside and reported.
    pub fn open(options: Options) -> Result<Self, OpenError> {
        let disk = Arc::clone(&options.disk);
        let dir = options.dir.clone();
        let io = |path: &std::path::Path, action: &'static str| {
            let path = path.to_owned();
            move |source| OpenError::Io { path, action, source }
        };
        disk.create_dir(&dir).map_err(io(&dir, "create the data directory"))?;
        let lock_path = dir.join("LOCK");
        let lock = disk
            .lock(&lock_path)
            .map_err(io(&lock_path, "lock"))?
            .ok_or_else(|| OpenError::Locked { dir: dir.clone() })?;
        let meta_path = dir.join("meta.redb");
        let (days, known_store) = Days::open(&options)?;
        let (meta, registry) = Meta::open(&disk, &meta_path, known_store)?;
        disk.sync_dir(&dir).map_err(io(&dir, "sync"))?;
        days.adopt_store(meta.store());
        let mut index = Index::new();
        let mut registered = IdSet::default();
        for (id, labels) in &registry.series {
            index.insert(*id, labels);
            registered.insert(*id);
        }
        let mut new_series = Vec::new();
        if registry.fresh {
            for (id, labels) in days.all_series() {
                index.insert(id, &labels);
                registered.insert(id);
                new_series.push(id);
            }
        }
        index.reserve_ids(registry.next_id.max(days.next_id()));
        let wal_path = dir.join("wal");
        let (log, segments) =
            Log::open(Arc::clone(&disk), &wal_path, meta.store()).map_err(io(&wal_path, "open the log in"))?;
        let shared = Arc::new(Shared {
            options,
            queue: Queue::new(),
            head: Head::default(),
            index: RwLock::new(index),
            days,
            meta,
            counters: Counters::new(),
        });
        let mut start = Start { log, registered, new_series, unflushed: 0 };
        replay_log(&shared, &mut start, segments).map_err(io(&wal_path, "read the log in"))?;
        let (flush_sender, flush_receiver) = mpsc::channel();
        let dead = dead_series(&shared, &start.registered);
        if !dead.is_empty() {
            shared.index.write().remove(&dead);
            start.registered = start.registered.iter().filter(|id| !dead.contains(*id)).collect();
            start.new_series.retain(|id| !dead.contains(*id));
            // The flusher starts below and finds it waiting.
            let _ = flush_sender.send(FlushJob::Forgotten(dead));
        }
        let writer = Writer::new(Arc::clone(&shared), start, flush_sender);
        let for_flusher = Arc::clone(&shared);
        let spawn = |name: &str, work: Box<dyn FnOnce() + Send>| {
            std::thread::Builder::new().name(name.to_owned()).spawn(work).map_err(io(&dir, "start a thread for"))
        };
        let threads = vec![
            spawn("store-flush", Box::new(move || flusher::run(&for_flusher, &flush_receiver)))?,
            spawn("store-write", Box::new(move || writer.run()))?,
        ];
        Ok(Self { inner: Arc::new(Inner { shared, threads: Mutex::new(threads), lock: Mutex::new(Some(lock)) }) })
    }

    /// The number of a series; a new one is registered, in memory for now: it becomes durable with the first batch
    /// that uses it, and readers see it from then on.
    #[must_use]
    pub fn resolve(&self, labels: &Labels) -> SeriesRef {
        let shared = self.shared();
        if let Some(id) = shared.index.read().find(labels) {
            return SeriesRef(id);
        }
        shared.counters.series_created.fetch_add(1, Ordering::Relaxed);
        SeriesRef(shared.index.write().resolve(labels))
    }

    /// The labels of a series, while the store remembers it.
    #[must_use]
    pub fn labels_of(&self, series: SeriesRef) -> Option<Labels> {
        self.shared().index.read().labels(series.0)
    }

    /// Appends a batch. Blocks only while the queue to the writer is full; what the answer means is in
    /// [`Durability`](super::Durability).
    pub fn append(&self, batch: Batch) -> Pending {
        let (answer, pending) = Pending::new();
        self.shared().queue.push(batch, answer);
        pending
    }

    /// As [`Store::append`]; waits for room in the queue without blocking the thread, and then for the answer.
    ///
    /// # Errors
    /// As [`Pending`].
    pub async fn append_async(&self, batch: Batch) -> Result<super::Appended, super::AppendError> {
        let (answer, pending) = Pending::new();
        self.shared().queue.push_async(batch, answer).await;
        pending.await
    }

    /// Notes type, help and unit of a metric family. Durable with the next flush.
    pub fn set_metadata(&self, family: &str, metadata: &Metadata) {
        self.shared().meta.set_metadata(family, metadata);
    }

    /// What is known about one family, or about all; different targets may have said different things, the last
    /// one first.
    #[must_use]
    pub fn metadata(&self, family: Option<&str>) -> BTreeMap<String, Vec<Metadata>> {
        self.shared().meta.metadata(family)
    }

    /// Keeps a document under a kind and a key. Survives a power cut once it returns.
    ///
    /// # Errors
    /// meta.redb could not be written; the old document is still there.
    pub fn put(&self, kind: &str, key: &str, bytes: &[u8]) -> Result<(), StoreError> {
        self.shared().meta.put_document(kind, key, bytes)
    }

    /// A document, or `None`.
    ///
    /// # Errors
    /// meta.redb could not be read.
    pub fn get(&self, kind: &str, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.shared().meta.document(kind, key)
    }

    /// All documents of a kind, sorted by key.
    ///
    /// # Errors
    /// meta.redb could not be read.
    pub fn list(&self, kind: &str) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        self.shared().meta.documents(kind)
    }

    /// Removes a document; false when there was none. Survives a power cut once it returns.
    ///
    /// # Errors
    /// meta.redb could not be written; the document is still there.
    pub fn delete(&self, kind: &str, key: &str) -> Result<bool, StoreError> {
        self.shared().meta.delete_document(kind, key)
    }

    /// Counts and sizes. Walks over the head: not for every request.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.shared().stats()
    }

    /// The longest lists of series and labels, `limit` entries each.
    #[must_use]
    pub fn top_lists(&self, limit: usize) -> TopLists {
        self.shared().top_lists(limit)
    }

    /// Moves everything from the head to the day files, and waits for it.
    ///
    /// # Errors
    /// A day file or the registry could not be written; nothing is lost, a later flush tries again.
    pub fn flush(&self) -> Result<(), StoreError> {
        let (sender, receiver) = mpsc::channel();
        self.shared().queue.control(Job::Flush(sender));
        receiver.recv().unwrap_or(Err(StoreError::Closed))
    }

    /// Flushes, syncs and closes. What is appended afterwards is answered with
    /// [`AppendError::Closed`](super::AppendError::Closed).
    ///
    /// # Errors
    /// As [`Store::flush`]; the store is closed all the same, and the log has what the days lack.
    pub fn shutdown(&self) -> Result<(), StoreError> {
        let flushed = self.flush();
        self.inner.close();
        flushed
    }

    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.inner.shared
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Store").field("dir", &self.shared().options.dir).finish_non_exhaustive()
    }
}

impl Inner {
    fn close(&self) {
        self.shared.queue.close();
        // The writer goes first and takes the flusher's sender with it.
        for thread in self.threads.lock().drain(..).rev() {
            if thread.join().is_err() {
                tracing::error!("a thread of the store has panicked");
            }
        }
        self.shared.days.close();
        *self.lock.lock() = None;
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.shared.queue.abandon();
        self.close();
    }
}

/// Series that the registry remembers although no day and no log has a sample of them: a removal that a crash cut
/// short.
fn dead_series(shared: &Shared, registered: &IdSet) -> IdSet {
    let on_disk = shared.days.ids_between(i64::MIN, i64::MAX);
    registered.iter().filter(|id| !on_disk.contains(*id) && !shared.head.has(*id)).collect()
}

/// Applies what the log has and the days lack.
fn replay_log(shared: &Arc<Shared>, start: &mut Start, segments: Vec<super::wal::FoundSegment>) -> std::io::Result<()> {
    let mut replayer = Replayer {
        floor: shared.floor((shared.options.now)()),
        shared,
        registered: &mut start.registered,
        new_series: &mut start.new_series,
        seq: 0,
        day: i64::MIN,
        position: 0,
        applied: 0,
        unknown: 0,
    };
    let replayed = replay(&mut start.log, segments, &mut replayer, |replayer, seq| replayer.seq = seq)?;
    let (applied, unknown) = (replayer.applied, replayer.unknown);
    start.unflushed = applied;
    // A day file may be ahead of a log whose tail a power cut took: numbers must not be used twice.
    start.log.skip_to(shared.days.last_position() + 1);
    shared.counters.replayed.store(applied, Ordering::Relaxed);
    shared.counters.wal_torn.store(replayed.torn, Ordering::Relaxed);
    if replayed.records > 0 {
        tracing::info!(records = replayed.records, samples = applied, "the log was replayed");
    }
    if unknown > 0 {
        tracing::warn!(samples = unknown, "samples of series whose names were lost with a damaged part of the log");
    }
    Ok(())
}

struct Replayer<'a> {
    shared: &'a Arc<Shared>,
    registered: &'a mut IdSet,
    new_series: &'a mut Vec<u32>,
    floor: i64,
    seq: u64,
    day: i64,
    position: u64,
    applied: u64,
    unknown: u64,
}

impl Samples for Replayer<'_> {
    fn series(&mut self, id: u32, packed: &str) {
        let Some(labels) = Labels::from_packed(packed) else { return };
        if !self.registered.contains(id) && self.shared.index.write().insert(id, &labels) {
            self.registered.insert(id);
            self.new_series.push(id);
        }
    }

    fn point(&mut self, id: u32, t: i64, v: f64) {
        let day = t.div_euclid(super::shared::DAY_MS);
        if day != self.day {
            self.day = day;
            self.position = self.shared.days.position(day);
        }
        if self.seq <= self.position || t < self.floor {
            return;
        }
        let shelf = self.shared.head.shelf(id);
        let mut cells = shelf.write();
        let Some(slot) = cells.get_mut(id as usize % SHELF) else { return };
        if slot.is_none() {
            if !self.registered.contains(id) {
                self.unknown += 1;
                return;
            }
            self.shared.head.count_cells(1, 0);
            // What the log has is younger than what the days have; nobody has to look there.
            *slot = Some(Box::new(Cell::new(None)));
        }
        let Some(cell) = slot else { return };
        if t > cell.last_t {
            cell.push(t, v);
            self.applied += 1;
            self.shared.counters.max_time.fetch_max(t, Ordering::Relaxed);
        }
    }
}
