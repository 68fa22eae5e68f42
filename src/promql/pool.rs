//! The threads on which queries run, apart from the async runtime.
//!
//! A query is one job; while it runs, idle threads may help it with its series. Help is taken before new queries, so that
//! what has begun ends soon. A query never waits for help that has not begun, hence no two queries can wait for each
//! other.

use std::collections::VecDeque;
use std::sync::Arc;
use std::thread;

use parking_lot::{Condvar, Mutex};

type Job = Box<dyn FnOnce() + Send>;

/// A fixed number of threads and the queries that wait for them. The threads end when the last handle is dropped.
#[derive(Clone)]
pub(crate) struct Pool {
    handle: Arc<Handle>,
}

struct Handle {
    shared: Arc<Shared>,
    threads: usize,
}

struct Shared {
    state: Mutex<State>,
    work: Condvar,
    max_queries: usize,
}

#[derive(Default)]
struct State {
    queries: VecDeque<Job>,
    help: VecDeque<Job>,
    running: usize,
    idle: usize,
    closed: bool,
}

impl Pool {
    /// Starts `threads` threads, on which at most `max_queries` queries run at a time.
    pub(crate) fn new(threads: usize, max_queries: usize) -> Self {
        let threads = threads.max(1);
        let shared = Arc::new(Shared {
            state: Mutex::new(State::default()),
            work: Condvar::new(),
            max_queries: max_queries.max(1),
        });
        let mut started = 0;
        for index in 0..threads {
            let shared = Arc::clone(&shared);
            let thread =
                thread::Builder::new().name(format!("query-{index}")).stack_size(STACK).spawn(move || shared.work());
            started += usize::from(thread.is_ok());
        }
        Self { handle: Arc::new(Handle { shared, threads: started }) }
    }

    /// Runs a query as soon as a thread is free. Without any thread it runs here and now.
    pub(crate) fn run_query(&self, job: impl FnOnce() + Send + 'static) {
        if self.handle.threads == 0 {
            return job();
        }
        self.handle.shared.state.lock().queries.push_back(Box::new(job));
        self.handle.shared.work.notify_one();
    }

    /// Offers a job to threads that have nothing to do; it may run late or, if the pool closes, never.
    pub(crate) fn offer_help(&self, job: impl FnOnce() + Send + 'static) {
        let mut state = self.handle.shared.state.lock();
        state.help.push_back(Box::new(job));
        drop(state);
        self.handle.shared.work.notify_one();
    }

    /// How many threads have nothing to do.
    pub(crate) fn idle(&self) -> usize {
        let state = self.handle.shared.state.lock();
        state.idle.saturating_sub(state.help.len())
    }

    /// How many queries run and how many wait.
    pub(crate) fn queries(&self) -> (usize, usize) {
        let state = self.handle.shared.state.lock();
        (state.running, state.queries.len())
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.shared.state.lock().closed = true;
        self.shared.work.notify_all();
    }
}

impl Shared {
    /// The life of a thread.
    fn work(&self) {
        let mut state = self.state.lock();
        loop {
            if let Some(job) = state.help.pop_front() {
                drop(state);
                job();
                state = self.state.lock();
                continue;
            }
            if state.running < self.max_queries
                && let Some(job) = state.queries.pop_front()
            {
                state.running += 1;
                drop(state);
                job();
                state = self.state.lock();
                state.running -= 1;
                if !state.queries.is_empty() {
                    self.work.notify_one();
                }
                continue;
            }
            if state.closed {
                return;
            }
            state.idle += 1;
            self.work.wait(&mut state);
            state.idle -= 1;
        }
    }
}

/// Evaluation recurses over the tree; this holds one of the greatest height that the parser lets through.
const STACK: usize = 8 << 20;
