//! The way from the many senders to the one writer: bounded by points, so that a slow disk slows senders down
//! instead of filling memory.

use std::collections::VecDeque;
use std::time::Instant;

use parking_lot::{Condvar, Mutex};
use tokio::sync::Notify;

use super::batch::{Answer, Batch};
use super::error::StoreError;

/// What the writer is asked to do.
pub(super) enum Job {
    /// Append.
    Batch(Batch, Answer),
    /// Flush everything, now, and say when it is done.
    Flush(std::sync::mpsc::Sender<Result<(), StoreError>>),
    /// The flusher is done with a flush.
    Flushed(Result<u64, StoreError>),
    /// No day has these series any more: forget those that the head does not have either.
    Forget(super::idset::IdSet),
}

/// See the module.
pub(super) struct Queue {
    state: Mutex<State>,
    work: Condvar,
    room: Condvar,
    room_async: Notify,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    points: usize,
    closed: bool,
}

impl Queue {
    pub(super) fn new() -> Self {
        Self {
            state: Mutex::new(State::default()),
            work: Condvar::new(),
            room: Condvar::new(),
            room_async: Notify::new(),
        }
    }

    /// Enqueues a batch, blocking while the queue is full. A closed queue drops it, which answers it.
    pub(super) fn push(&self, batch: Batch, answer: Answer) {
        let mut state = self.state.lock();
        while state.is_full(&batch) {
            self.room.wait(&mut state);
        }
        self.enqueue(&mut state, batch, answer);
    }

    /// As [`Queue::push`], waiting without blocking the thread.
    pub(super) async fn push_async(&self, batch: Batch, answer: Answer) {
        loop {
            let notified = self.room_async.notified();
            tokio::pin!(notified);
            notified.as_mut().enable();
            {
                let mut state = self.state.lock();
                if !state.is_full(&batch) {
                    self.enqueue(&mut state, batch, answer);
                    return;
                }
            }
            notified.await;
        }
    }

    /// Enqueues what is no batch; never waits.
    pub(super) fn control(&self, job: Job) {
        let mut state = self.state.lock();
        if !state.closed {
            state.jobs.push_back(job);
            self.work.notify_one();
        }
    }

    /// Takes no more jobs; what is queued is still handed out.
    pub(super) fn close(&self) {
        self.state.lock().closed = true;
        self.work.notify_all();
        self.room.notify_all();
        self.room_async.notify_waiters();
    }

    /// Drops what is queued, as a kill would.
    pub(super) fn abandon(&self) {
        let dropped = std::mem::take(&mut self.state.lock().jobs);
        drop(dropped);
    }

    /// Everything that is queued, waiting for something until the deadline. `None` when the queue is closed and
    /// empty.
    pub(super) fn take(&self, deadline: Option<Instant>) -> Option<VecDeque<Job>> {
        let mut state = self.state.lock();
        while state.jobs.is_empty() {
            if state.closed {
                return None;
            }
            match deadline {
                None => self.work.wait(&mut state),
                Some(deadline) => {
                    if self.work.wait_until(&mut state, deadline).timed_out() {
                        break;
                    }
                }
            }
        }
        let jobs = std::mem::take(&mut state.jobs);
        state.points = 0;
        drop(state);
        self.room.notify_all();
        self.room_async.notify_waiters();
        Some(jobs)
    }

    fn enqueue(&self, state: &mut State, batch: Batch, answer: Answer) {
        if !state.closed {
            state.points += batch.points.len();
            state.jobs.push_back(Job::Batch(batch, answer));
            self.work.notify_one();
        }
    }
}

impl State {
    /// A batch larger than the bound gets in when it would be alone.
    fn is_full(&self, batch: &Batch) -> bool {
        !self.closed && self.points > 0 && self.points + batch.points.len() > POINTS
    }
}

/// Six megabytes of points: some hundred milliseconds of work.
const POINTS: usize = 256 << 10;
