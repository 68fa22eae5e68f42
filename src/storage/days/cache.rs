//! Unpacked pages, for a while: the many series of a page are asked for one by one.

use std::sync::Arc;
use std::time::{Duration, Instant};

use hashbrown::HashMap;
use parking_lot::Mutex;

use super::super::page::Page;

/// Which opened day, which flush, which page of it.
pub(super) type PageKey = (u64, u32, u32);

/// Bounded by bytes; what was not used for longest goes first, and what was not used for minutes goes anyway.
pub(super) struct PageCache {
    budget: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    pages: HashMap<PageKey, Entry>,
    weight: usize,
    tick: u64,
}

struct Entry {
    page: Arc<Page>,
    weight: usize,
    tick: u64,
    used: Instant,
}

impl PageCache {
    pub(super) fn new(budget: usize) -> Self {
        Self { budget, state: Mutex::new(State::default()) }
    }

    pub(super) fn find(&self, key: PageKey) -> Option<Arc<Page>> {
        let mut state = self.state.lock();
        state.tick += 1;
        let tick = state.tick;
        let entry = state.pages.get_mut(&key)?;
        entry.tick = tick;
        entry.used = Instant::now();
        let page = Arc::clone(&entry.page);
        // What was decoded since the last time stays with the page.
        let growth = page.weight().saturating_sub(entry.weight);
        entry.weight += growth;
        state.weight += growth;
        if growth > 0 && state.weight > self.budget {
            state.shrink(self.budget);
        }
        Some(page)
    }

    pub(super) fn insert(&self, key: PageKey, page: &Arc<Page>) {
        let weight = page.weight();
        let mut state = self.state.lock();
        state.tick += 1;
        let entry = Entry { page: Arc::clone(page), weight, tick: state.tick, used: Instant::now() };
        state.weight += weight;
        if let Some(old) = state.pages.insert(key, entry) {
            state.weight -= old.weight;
        }
        if state.weight > self.budget {
            state.shrink(self.budget);
        }
    }

    /// Drops the pages of a day that was closed or rewritten.
    pub(super) fn forget_day(&self, serial: u64) {
        self.state.lock().retain(|key, _| key.0 != serial);
    }

    /// Drops what nobody asked for lately.
    pub(super) fn forget_idle(&self) {
        let now = Instant::now();
        self.state.lock().retain(|_, entry| now.duration_since(entry.used) < IDLE);
    }
}

impl State {
    fn retain(&mut self, mut keep: impl FnMut(&PageKey, &Entry) -> bool) {
        let mut weight = 0;
        self.pages.retain(|key, entry| {
            let kept = keep(key, entry);
            if kept {
                weight += entry.weight;
            }
            kept
        });
        self.weight = weight;
        self.pages.shrink_to(self.pages.len() * 2);
    }

    /// Makes room for a quarter more than needed, so that the walk is rare.
    fn shrink(&mut self, budget: usize) {
        let mut by_age: Vec<(u64, PageKey, usize)> =
            self.pages.iter().map(|(key, entry)| (entry.tick, *key, entry.weight)).collect();
        by_age.sort_unstable_by_key(|(tick, _, _)| *tick);
        for (_, key, weight) in by_age {
            if self.weight <= budget - budget / 4 {
                break;
            }
            self.pages.remove(&key);
            self.weight -= weight;
        }
    }
}

/// A dashboard that refreshes every minute still finds its pages.
const IDLE: Duration = Duration::from_secs(150);
