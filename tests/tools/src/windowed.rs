use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::exposition::{Line, Page};
use crate::server::{Response, Server};

/// A target whose page changes only at fixed moments, so that two scrapers which ask at different times of the same
/// window store the same values and can be compared strictly.
///
/// Wall time is cut into windows of the scrape interval. The first asker of a window makes the page, everybody else in
/// that window gets the same bytes. When a window begins is chosen once both scrapers are known
/// ([`settle`](Self::settle)): as far as possible from the moments at which they ask.
pub struct Windowed {
    server: Server,
    state: Arc<Mutex<State>>,
}

/// What a target answers in one window: a content type and a page, or nothing for a failing target.
pub type WindowPage = Option<(String, String)>;

struct State {
    period: i64,
    /// Where in a period the windows begin, milliseconds.
    phase: i64,
    stamped: bool,
    window: Option<i64>,
    page: WindowPage,
    /// The last moments at which each asker came, as milliseconds within a period.
    askers: HashMap<String, i64>,
}

impl Windowed {
    /// Serves `make(window number)` on a free loopback port, one page for each `period` milliseconds. A `stamped` target
    /// prints the window's beginning as the explicit timestamp of every sample (Prometheus text format only).
    pub fn start(period: i64, stamped: bool, make: impl Fn(i64) -> WindowPage + Send + Sync + 'static) -> Self {
        let state =
            Arc::new(Mutex::new(State { period, phase: 0, stamped, window: None, page: None, askers: HashMap::new() }));
        let shared = Arc::clone(&state);
        let server = Server::local(move |request| {
            let now = now_ms();
            let mut state = lock(&shared);
            let asker = request.headers.get("user-agent").cloned().unwrap_or_default();
            let within = now.rem_euclid(state.period);
            state.askers.insert(asker, within);
            let window = (now - state.phase).div_euclid(state.period);
            if state.window != Some(window) {
                state.window = Some(window);
                let begin = window * state.period + state.phase;
                state.page = match make(window) {
                    Some((content_type, text)) if state.stamped => Some((content_type, stamp(&text, begin))),
                    page => page,
                };
            }
            match &state.page {
                Some((content_type, text)) => Response::ok(content_type, text.as_bytes()),
                None => Response::status(503, "this target is down for now"),
            }
        });
        Self { server, state }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Puts the windows' beginnings into the largest gap between the askers, once `count` different ones have come.
    /// Returns the distance in milliseconds between a beginning and the nearest asker.
    pub fn settle(&self, count: usize) -> Option<i64> {
        let mut state = lock(&self.state);
        if state.askers.len() < count {
            return None;
        }
        let mut moments: Vec<i64> = state.askers.values().copied().collect();
        moments.sort_unstable();
        let next = moments.iter().skip(1).copied().chain([moments[0] + state.period]);
        let (gap, start) = moments.iter().zip(next).map(|(&this, next)| (next - this, this)).max()?;
        state.phase = (start + gap / 2).rem_euclid(state.period);
        state.window = None;
        Some(gap / 2)
    }

    /// The last moment of a window at or before `time` (milliseconds): all scrapers have seen that window's page.
    pub fn window_end(&self, time: i64) -> i64 {
        let state = lock(&self.state);
        (time + 1 - state.phase).div_euclid(state.period) * state.period + state.phase - 1
    }
}

/// Milliseconds since 1970.
pub fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

fn stamp(text: &str, time: i64) -> String {
    let mut out = String::with_capacity(text.len() * 5 / 4);
    for line in Page::parse(text).lines {
        match line {
            Line::Text(text) => out.push_str(&text),
            Line::Sample { key, value, .. } => out.push_str(&format!("{key} {value} {time}")),
        }
        out.push('\n');
    }
    out
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    // A handler that panicked has failed its test already; the state is only numbers.
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
