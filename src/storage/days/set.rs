//! All day files together.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::{Mutex, RwLock};

use super::super::disk::Disk;
use super::super::error::{OpenError, StoreError};
use super::super::idset::IdSet;
use super::super::options::Options;
use super::super::page::{Column, PageWriter};
use super::super::query::{Columns, ReadError};
use super::super::shared::DAY_MS;
use super::cache::PageCache;
use super::day::{Day, DayError};
use super::seal::{COLUMN_MAX, seal};
use crate::model::Labels;

/// See the module.
pub(in super::super) struct Days {
    disk: Arc<dyn Disk>,
    folder: PathBuf,
    store: Mutex<[u8; 16]>,
    days: RwLock<BTreeMap<i64, Arc<Day>>>,
    cache: PageCache,
    damaged_days: AtomicU64,
    /// Damaged pages of days that are gone.
    damaged_pages: AtomicU64,
}

/// Counts over all days.
pub(in super::super) struct Overview {
    pub(in super::super) days: usize,
    pub(in super::super) bytes: u64,
    pub(in super::super) samples: u64,
    pub(in super::super) min: i64,
    pub(in super::super) max: i64,
    pub(in super::super) damaged_days: u64,
    pub(in super::super) damaged_pages: u64,
}

/// What one flush brings to one day.
pub(in super::super) struct DayFlush {
    day: i64,
    writer: PageWriter,
    pages: Vec<(super::super::page::PageInfo, Vec<u8>)>,
    ids: IdSet,
    times: Arc<[i64]>,
}

impl Days {
    /// Looks at every day file and leaves it closed; what is damaged is set aside. Also says which store they
    /// belong to, where there are any.
    pub(in super::super) fn open(options: &Options) -> Result<(Self, Option<[u8; 16]>), OpenError> {
        let folder = options.dir.join("days");
        let io = |action: &'static str| {
            let path = folder.clone();
            move |source| OpenError::Io { path, action, source }
        };
        options.disk.create_dir(&folder).map_err(io("create"))?;
        let mut names = options.disk.list(&folder).map_err(io("list"))?;
        names.sort_unstable();
        // Drafts first: loading a day may write one of its own.
        for draft in names.iter().filter(|name| name.ends_with(".tmp")) {
            options.disk.remove(&folder.join(draft)).map_err(io("clean up"))?;
        }
        let days = Self {
            disk: Arc::clone(&options.disk),
            folder: folder.clone(),
            store: Mutex::new([0; 16]),
            days: RwLock::new(BTreeMap::new()),
            cache: PageCache::new(options.page_cache),
            damaged_days: AtomicU64::new(0),
            damaged_pages: AtomicU64::new(0),
        };
        let mut store = None;
        for name in names {
            let path = folder.join(&name);
            if name.ends_with(".redb") {
                match Day::load(&options.disk, &path) {
                    Ok(day) => {
                        store = Some(day.head().store);
                        days.days.write().insert(day.number, Arc::new(day));
                    }
                    Err(DayError::Damaged(reason)) => days.rename_damaged(&path, &reason),
                    Err(DayError::Version(found)) => return Err(OpenError::Version { path, found }),
                    Err(DayError::Io(reason)) => return Err(OpenError::Database { path, reason }),
                }
            }
        }
        Ok((days, store))
    }

    /// Tells whose days these are; those of another store are set aside, since their numbers mean other series.
    pub(in super::super) fn adopt_store(&self, store: [u8; 16]) {
        *self.store.lock() = store;
        let foreign: Vec<Arc<Day>> =
            self.days.read().values().filter(|day| day.head().store != store).map(Arc::clone).collect();
        for day in foreign {
            self.set_aside(&day, "it belongs to another store");
        }
    }

    /// The labels of all series of all days, the newest day first.
    pub(in super::super) fn all_series(&self) -> Vec<(u32, Labels)> {
        let mut seen = IdSet::default();
        let mut all = Vec::new();
        for day in self.list().into_iter().rev() {
            match day.series() {
                Ok(series) => {
                    let fresh: Vec<_> = series.into_iter().filter(|(id, _)| !seen.contains(*id)).collect();
                    seen.union(&fresh.iter().map(|(id, _)| *id).collect());
                    all.extend(fresh);
                }
                Err(error) => self.consider(&day, &error),
            }
        }
        all.sort_by_key(|(id, _)| *id);
        all
    }

    /// Above every number of every day.
    pub(in super::super) fn next_id(&self) -> u32 {
        self.list().iter().filter_map(|day| day.ids().iter().last()).max().map_or(0, |id| id.saturating_add(1))
    }

    /// Up to where the log is in a day.
    pub(in super::super) fn position(&self, day: i64) -> u64 {
        self.days.read().get(&day).map_or(0, |day| day.head().position)
    }

    /// The largest position of any day.
    pub(in super::super) fn last_position(&self) -> u64 {
        self.days.read().values().map(|day| day.head().position).max().unwrap_or(0)
    }

    /// The newest sample of a series in any day.
    pub(in super::super) fn last_sample(&self, id: u32) -> Option<(i64, f64)> {
        for day in self.list().into_iter().rev() {
            if !day.ids().contains(id) {
                continue;
            }
            match day.last_sample(&self.cache, id) {
                Ok(Some(last)) => return Some(last),
                Ok(None) => {}
                Err(error) => self.consider(&day, &error),
            }
        }
        None
    }

    /// Appends the samples of a series within the closed range to `out`. A damaged day is set aside, and the answer
    /// lacks it.
    pub(in super::super) fn read(&self, id: u32, start: i64, end: i64, out: &mut Columns) -> Result<(), ReadError> {
        let first = start.div_euclid(DAY_MS);
        let last = end.div_euclid(DAY_MS);
        let days: Vec<Arc<Day>> = self.days.read().range(first..=last).map(|(_, day)| Arc::clone(day)).collect();
        for day in days {
            if !day.ids().contains(id) {
                continue;
            }
            if let Err(error) = day.read(&self.cache, id, start, end, out) {
                self.consider(&day, &error);
                if let DayError::Io(reason) = error {
                    return Err(ReadError::Io { file: day.path.display().to_string(), reason });
                }
            }
        }
        Ok(())
    }

    /// The series of all days that the closed range touches.
    pub(in super::super) fn ids_between(&self, start: i64, end: i64) -> IdSet {
        let mut ids = IdSet::default();
        for day in self.list() {
            let head = day.head();
            if head.min <= end && head.max >= start {
                ids.union(&day.ids());
            }
        }
        ids
    }

    pub(in super::super) fn overview(&self) -> Overview {
        let days = self.days.read();
        let mut overview = Overview {
            days: days.len(),
            bytes: 0,
            samples: 0,
            min: i64::MAX,
            max: i64::MIN,
            damaged_days: self.damaged_days.load(Ordering::Relaxed),
            damaged_pages: self.damaged_pages.load(Ordering::Relaxed),
        };
        for day in days.values() {
            let head = day.head();
            overview.bytes += day.bytes();
            overview.samples += head.samples;
            overview.min = overview.min.min(head.min);
            overview.max = overview.max.max(head.max);
            overview.damaged_pages += day.damaged_pages();
        }
        overview
    }

    /// Begins what one flush brings to a day.
    pub(in super::super) fn begin(&self, day: i64) -> DayFlush {
        DayFlush { day, writer: PageWriter::new(), pages: Vec::new(), ids: IdSet::default(), times: Arc::from([]) }
    }

    /// Writes it; durable together with the position when it returns.
    pub(in super::super) fn commit(
        &self,
        flush: DayFlush,
        labels_of: &dyn Fn(u32) -> Option<Labels>,
        position: u64,
    ) -> Result<(), StoreError> {
        let number = flush.day;
        let DayFlush { writer, mut pages, ids, .. } = flush;
        pages.extend(writer.finish());
        let known = self.days.read().get(&number).map(Arc::clone);
        let day = match known {
            Some(day) => day,
            None => {
                let store = *self.store.lock();
                let path = self.folder.clone();
                let day = Day::create(&self.disk, &path, number, store)
                    .map_err(|error| StoreError::database(&path, error))?;
                let day = Arc::new(day);
                self.days.write().insert(number, Arc::clone(&day));
                day
            }
        };
        if day.head().position >= position {
            return Ok(());
        }
        day.commit(&pages, &ids, labels_of, position).map_err(|error| {
            // redb refuses to go on after an error of the system; the next try opens the file anew.
            day.close();
            self.consider(&day, &error);
            StoreError::database(&day.path, error)
        })
    }

    /// Seals the first day that is over for long enough and has rested; true when there was one. `is_busy` says
    /// whether the head still has something of a day.
    pub(in super::super) fn seal_one(&self, now: i64, delay: Duration, is_busy: impl Fn(i64, i64) -> bool) -> bool {
        let delay_ms = i64::try_from(delay.as_millis()).unwrap_or(i64::MAX);
        let due = self.list().into_iter().find(|day| {
            let (start, end) = day.span();
            !day.head().sealed
                && end.saturating_add(delay_ms) < now
                && (day.committed().elapsed() >= delay || !day.is_open())
                && !is_busy(start, end)
        });
        let Some(day) = due else { return false };
        match seal(&self.disk, &day) {
            Ok(sealed) => {
                let sealed = Arc::new(sealed);
                self.days.write().insert(day.number, sealed);
                self.cache.forget_day(day.serial);
                self.damaged_pages.fetch_add(day.damaged_pages(), Ordering::Relaxed);
                true
            }
            Err(error) => {
                tracing::error!(file = %day.path.display(), %error, "cannot seal the day");
                day.rest();
                self.consider(&day, &error);
                false
            }
        }
    }

    /// Removes the days that end before `floor` (ms), and the oldest while all files together take more than
    /// `bytes`; never the newest. Returns the series of what is gone and in no day any more.
    pub(in super::super) fn expire(&self, floor: i64, bytes: Option<u64>) -> IdSet {
        let mut gone = IdSet::default();
        loop {
            let oldest = {
                let days = self.days.read();
                let total: u64 = days.values().map(|day| day.bytes()).sum();
                let oldest = days.values().next().map(Arc::clone);
                oldest
                    .filter(|day| day.span().1 < floor || (days.len() > 1 && bytes.is_some_and(|limit| total > limit)))
            };
            let Some(day) = oldest else { break };
            self.days.write().remove(&day.number);
            day.close();
            self.cache.forget_day(day.serial);
            for path in [day.path.with_extension("sums"), day.path.clone()] {
                match self.disk.remove(&path) {
                    Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                        tracing::error!(file = %path.display(), %error, "cannot remove a day that is too old");
                    }
                    _ => {}
                }
            }
            tracing::info!(file = %day.path.display(), "a day is past its retention and was removed");
            gone.union(&day.ids());
        }
        if gone.is_empty() {
            return gone;
        }
        if let Err(error) = self.disk.sync_dir(&self.folder) {
            tracing::warn!(folder = %self.folder.display(), %error, "cannot sync the folder");
        }
        let kept = self.ids_between(i64::MIN, i64::MAX);
        gone.iter().filter(|id| !kept.contains(*id)).collect()
    }

    /// Closes files that nobody asked for lately, and forgets pages.
    pub(in super::super) fn trim(&self) {
        self.cache.forget_idle();
        let mut open: Vec<Arc<Day>> = self.list().into_iter().filter(|day| day.is_open()).collect();
        open.sort_by_key(|day| std::cmp::Reverse(day.used()));
        for day in open.iter().skip(OPEN_DAYS) {
            day.close_if_idle();
            self.cache.forget_day(day.serial);
        }
    }

    /// Closes every file.
    pub(in super::super) fn close(&self) {
        for day in self.list() {
            day.close();
        }
    }

    fn list(&self) -> Vec<Arc<Day>> {
        self.days.read().values().map(Arc::clone).collect()
    }

    /// Sets a day aside when the error says that it is damaged.
    fn consider(&self, day: &Arc<Day>, error: &DayError) {
        if let DayError::Damaged(reason) = error {
            self.set_aside(day, reason);
        }
    }

    fn set_aside(&self, day: &Arc<Day>, reason: &str) {
        let mut days = self.days.write();
        if !days.get(&day.number).is_some_and(|known| Arc::ptr_eq(known, day)) {
            return;
        }
        days.remove(&day.number);
        drop(days);
        day.close();
        self.cache.forget_day(day.serial);
        self.rename_damaged(&day.path, reason);
    }

    fn rename_damaged(&self, path: &std::path::Path, reason: &str) {
        self.damaged_days.fetch_add(1, Ordering::Relaxed);
        let aside = path.with_extension("redb.damaged");
        tracing::error!(
            file = %path.display(), aside = %aside.display(), %reason,
            "the day is damaged and set aside; restore it from a copy, or remove it"
        );
        if let Err(error) = self.disk.rename(path, &aside) {
            tracing::error!(file = %path.display(), %error, "cannot set it aside");
        }
        let sums = path.with_extension("sums");
        match self.disk.rename(&sums, &path.with_extension("sums.damaged")) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                tracing::error!(file = %sums.display(), %error, "cannot set the checksums aside");
            }
            _ => {}
        }
    }
}

impl DayFlush {
    /// Adds the samples of a series; all of this day, series in order.
    pub(in super::super) fn push(&mut self, id: u32, times: &[i64], values: &[f64]) {
        self.ids.insert(id);
        for (times, values) in times.chunks(COLUMN_MAX).zip(values.chunks(COLUMN_MAX)) {
            if *self.times != *times {
                self.times = Arc::from(times);
            }
            self.writer.push(Column { id, times: Arc::clone(&self.times), values: values.to_vec() });
        }
        self.pages.extend(self.writer.take());
    }
}

/// Files kept open: a week of a dashboard, at about a quarter of a megabyte each.
const OPEN_DAYS: usize = 8;
