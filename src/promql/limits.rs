//! What one query may use and what it has used: time, samples in memory, and whether anybody still waits for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use parking_lot::Mutex;

use super::query_error::QueryError;

/// A way to stop a query from outside. Clones stop the same query.
#[derive(Clone, Debug, Default)]
pub struct CancelToken {
    canceled: Arc<AtomicBool>,
}

impl CancelToken {
    /// Stops the query soon: it answers with [`QueryError::Canceled`].
    pub fn cancel(&self) {
        self.canceled.store(true, Ordering::Relaxed);
    }

    /// True once [`CancelToken::cancel`] was called.
    #[must_use]
    pub fn is_canceled(&self) -> bool {
        self.canceled.load(Ordering::Relaxed)
    }
}

/// The limits of one query and how near it is to them. Shared by its threads.
#[derive(Debug)]
pub(crate) struct Limits {
    cancel: CancelToken,
    deadline: Option<Instant>,
    /// 0: no limit.
    max_samples: u64,
    held: AtomicU64,
    peak: AtomicU64,
    read: AtomicU64,
    /// What was read for each step of the query, where somebody wants to know.
    read_at_steps: Option<Mutex<Vec<u64>>>,
}

impl Limits {
    /// With `steps` above 0, what is read is also counted for each of so many steps.
    pub(crate) fn new(cancel: CancelToken, deadline: Option<Instant>, max_samples: u64, steps: usize) -> Self {
        Self {
            cancel,
            deadline,
            max_samples,
            held: AtomicU64::new(0),
            peak: AtomicU64::new(0),
            read: AtomicU64::new(0),
            read_at_steps: (steps > 0).then(|| Mutex::new(vec![0; steps])),
        }
    }

    /// Whether to go on. Cheap enough to ask for every series.
    pub(crate) fn check(&self, during: &'static str) -> Result<(), QueryError> {
        if self.cancel.is_canceled() {
            return Err(QueryError::Canceled { during });
        }
        if self.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            return Err(QueryError::Timeout { during });
        }
        Ok(())
    }

    /// As [`Limits::check`], during evaluation.
    pub(crate) fn check_evaluation(&self) -> Result<(), QueryError> {
        self.check("expression evaluation")
    }

    /// Counts samples that are now held in memory.
    pub(crate) fn hold(&self, samples: usize) -> Result<(), QueryError> {
        let held = self.held.fetch_add(samples as u64, Ordering::Relaxed) + samples as u64;
        self.peak.fetch_max(held, Ordering::Relaxed);
        if self.max_samples > 0 && held > self.max_samples {
            return Err(QueryError::TooManySamples);
        }
        Ok(())
    }

    /// Whether a row of so many steps could be held at all.
    pub(crate) fn check_steps(&self, steps: usize) -> Result<(), QueryError> {
        if self.max_samples > 0 && steps as u64 > self.max_samples {
            return Err(QueryError::TooManySamples);
        }
        Ok(())
    }

    /// Counts samples that are held no more.
    pub(crate) fn release(&self, samples: usize) {
        self.held.fetch_sub(samples as u64, Ordering::Relaxed);
    }

    /// How many samples are held now.
    pub(crate) fn held(&self) -> u64 {
        self.held.load(Ordering::Relaxed)
    }

    /// Says that what is held now is `before`, plus `samples`: what an operator leaves behind of all it used.
    pub(crate) fn settle(&self, before: u64, samples: usize) -> Result<(), QueryError> {
        self.held.store(before, Ordering::Relaxed);
        self.hold(samples)
    }

    /// Counts samples that a selector looked at.
    pub(crate) fn count_read(&self, samples: u64) {
        self.read.fetch_add(samples, Ordering::Relaxed);
    }

    /// Whether [`Limits::count_steps`] is of any use.
    pub(crate) fn wants_steps(&self) -> bool {
        self.read_at_steps.is_some()
    }

    /// Counts, for each step in turn, samples that [`Limits::count_read`] has counted already. Steps of a subquery are not
    /// steps of the query: what does not fit is not counted here.
    pub(crate) fn count_steps(&self, samples: &[u64]) {
        let Some(steps) = &self.read_at_steps else { return };
        let mut steps = steps.lock();
        if samples.len() == 1 || samples.len() == steps.len() {
            steps.iter_mut().zip(samples).for_each(|(step, samples)| *step += samples);
        }
    }

    /// What was read so far, to come back to.
    pub(crate) fn mark_read(&self) -> ReadMark {
        ReadMark { read: self.read_samples(), steps: self.read_by_step() }
    }

    /// Forgets what was counted since the mark.
    pub(crate) fn forget_read(&self, mark: ReadMark) {
        self.read.store(mark.read, Ordering::Relaxed);
        if let Some(steps) = &self.read_at_steps {
            *steps.lock() = mark.steps;
        }
    }

    /// Counts what was read for the first step since the mark for all others of `count` steps as well.
    pub(crate) fn repeat_read(&self, mark: &ReadMark, count: usize) {
        let read = self.read_samples() - mark.read;
        self.count_read(read * count.saturating_sub(1) as u64);
        let Some(steps) = &self.read_at_steps else { return };
        let mut steps = steps.lock();
        if count == steps.len() {
            steps.iter_mut().skip(1).for_each(|step| *step += read);
        }
    }

    /// The samples that selectors looked at, for each step; empty where nobody wants to know.
    pub(crate) fn read_by_step(&self) -> Vec<u64> {
        self.read_at_steps.as_ref().map_or(Vec::new(), |steps| steps.lock().clone())
    }

    /// The samples that selectors looked at, summed over all steps.
    pub(crate) fn read_samples(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    /// The most samples that were held at one time.
    pub(crate) fn peak_samples(&self) -> u64 {
        self.peak.load(Ordering::Relaxed)
    }
}

/// How much a query had read at one point; see [`Limits::mark_read`].
#[derive(Debug)]
pub(crate) struct ReadMark {
    read: u64,
    steps: Vec<u64>,
}
