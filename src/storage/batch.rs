//! What writers hand over, and what they get back.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

/// The number of a series in this store: stable as long as the store remembers the series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeriesRef(pub(super) u32);

impl SeriesRef {
    /// The bare number, for keys of tables.
    #[must_use]
    pub fn as_u32(self) -> u32 {
        self.0
    }
}

/// One sample of one series.
#[derive(Clone, Copy, Debug)]
pub struct Point {
    /// From [`Store::resolve`](super::Store::resolve).
    pub series: SeriesRef,
    /// Milliseconds since the epoch.
    pub t: i64,
    /// Any float, staleness markers and other NaNs included.
    pub v: f64,
}

/// Samples that are appended together. A batch is not a transaction: each point is taken or refused for itself.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// In any order; the points of one series in the order of time.
    pub points: Vec<Point>,
    /// What has to be true when the [`Pending`] resolves.
    pub durability: Durability,
}

/// What has to be true before a writer is answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// Readers see the samples and they survive a kill of the process; a power cut may take what is younger
    /// than the sync interval.
    #[default]
    Group,
    /// The samples survive a power cut. Senders that wait at the same time share one sync.
    Now,
}

/// What became of a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Appended {
    /// Points that were taken.
    pub stored: usize,
    /// Points that were there already with the same time and value; nothing was done, nothing is wrong.
    pub repeated: usize,
    /// Points older than the newest of their series; refused.
    pub out_of_order: usize,
    /// Points with the time of the newest of their series and another value; refused.
    pub duplicates: usize,
    /// Points outside the retention or too far in the future; refused.
    pub out_of_bounds: usize,
    /// Where in the batch series were named that the store does not know (any more): resolve them again.
    pub unknown_series: Vec<usize>,
    /// Every refused point and why, in the order of the batch.
    pub rejected: Vec<Rejected>,
}

/// One refused point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// Its place in the batch.
    pub index: usize,
    /// Why.
    pub reason: Reason,
}

/// Why a point was refused. The texts are those that Prometheus's remote write answers with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// Older than the newest sample of the series.
    OutOfOrder,
    /// As old as the newest sample of the series, with another value.
    Duplicate,
    /// Before the first day that the retention keeps.
    TooOld,
    /// Too far in the future.
    TooNew,
    /// The store does not know the series.
    UnknownSeries,
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::OutOfOrder => "out of order sample",
            Self::Duplicate => "duplicate sample for timestamp",
            Self::TooOld => "too old sample",
            Self::TooNew => "out of bounds",
            Self::UnknownSeries => "unknown series",
        })
    }
}

/// Why a batch was not taken at all.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AppendError {
    /// A write or sync of the log failed earlier; nothing more is accepted until a restart.
    Poisoned {
        /// What the system said then.
        reason: String,
    },
    /// There is no room for the log to grow; nothing of the batch was taken, and a later try may succeed.
    NoRoom {
        /// What the system said.
        reason: String,
    },
    /// The store is shutting down.
    Closed,
}

impl fmt::Display for AppendError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Poisoned { reason } => write!(
                formatter,
                "the store takes no more samples since its log could not be written ({reason}); \
                 mend the disk and restart"
            ),
            Self::NoRoom { reason } => {
                write!(formatter, "the store's log cannot grow ({reason}); make room on the disk")
            }
            Self::Closed => formatter.write_str("the store is closed"),
        }
    }
}

impl std::error::Error for AppendError {}

/// The answer that is going to come: a future, or [`wait`](Pending::wait) on a thread that may block. Dropping it
/// does not take the batch back.
#[derive(Debug)]
#[must_use = "refused points and errors are only reported here"]
pub struct Pending {
    slot: Arc<Slot>,
}

impl Pending {
    /// Blocks until the batch is as durable as it asked for.
    ///
    /// # Errors
    /// The batch was not taken.
    pub fn wait(self) -> Result<Appended, AppendError> {
        let mut state = self.slot.state.lock();
        loop {
            if let Some(outcome) = state.outcome.take() {
                return outcome;
            }
            self.slot.done.wait(&mut state);
        }
    }

    /// As [`wait`](Pending::wait), but gives up after a while; `None` then.
    pub fn wait_for(&self, limit: Duration) -> Option<Result<Appended, AppendError>> {
        let mut state = self.slot.state.lock();
        if state.outcome.is_none() {
            self.slot.done.wait_for(&mut state, limit);
        }
        state.outcome.take()
    }

    /// A pair of answerer and waiter.
    pub(super) fn new() -> (Answer, Self) {
        let slot = Arc::new(Slot::default());
        (Answer { slot: Arc::clone(&slot), given: false }, Self { slot })
    }
}

impl Future for Pending {
    type Output = Result<Appended, AppendError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.slot.state.lock();
        match state.outcome.take() {
            Some(outcome) => Poll::Ready(outcome),
            None => {
                state.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}

/// The writer thread's end of a [`Pending`]. Dropped without an answer it says that the store is closed.
#[derive(Debug)]
pub(super) struct Answer {
    slot: Arc<Slot>,
    given: bool,
}

impl Answer {
    pub(super) fn give(mut self, outcome: Result<Appended, AppendError>) {
        self.set(outcome);
    }

    fn set(&mut self, outcome: Result<Appended, AppendError>) {
        self.given = true;
        let mut state = self.slot.state.lock();
        state.outcome = Some(outcome);
        let waker = state.waker.take();
        drop(state);
        self.slot.done.notify_all();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        if !self.given {
            self.set(Err(AppendError::Closed));
        }
    }
}

#[derive(Debug, Default)]
struct Slot {
    state: Mutex<State>,
    done: Condvar,
}

#[derive(Debug, Default)]
struct State {
    outcome: Option<Result<Appended, AppendError>>,
    waker: Option<Waker>,
}
