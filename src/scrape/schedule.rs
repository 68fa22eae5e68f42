//! When a target is scraped.

use std::time::Duration;

/// The grid of one target: every interval, at an offset that depends on the target and this host, the same after
/// every restart. Times are milliseconds since the epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Schedule {
    interval: i64,
    offset: i64,
}

impl Schedule {
    /// The grid for a target with this hash.
    pub fn new(interval: Duration, hash: u64) -> Self {
        let interval = i64::try_from(interval.as_millis()).unwrap_or(i64::MAX).max(1);
        let offset = i64::try_from(hash % interval.unsigned_abs()).unwrap_or(0);
        Self { interval, offset }
    }

    /// The first point of the grid after `time`.
    pub fn next_after(&self, time: i64) -> i64 {
        let since = (time.saturating_sub(self.offset)).rem_euclid(self.interval);
        time.saturating_add(self.interval - since)
    }

    /// The timestamp for a scrape that was due at `due` and begins at `now`: `due` itself where the timer was off by no
    /// more than [`TOLERANCE_MS`] and a hundredth of the interval. Even timestamps compress to next to nothing.
    pub fn align(&self, due: i64, now: i64) -> i64 {
        let tolerance = TOLERANCE_MS.min(self.interval / 100);
        if (-tolerance..=tolerance).contains(&now.saturating_sub(due)) { due } else { now }
    }

    /// From one point to the next, in ms.
    pub fn interval(&self) -> i64 {
        self.interval
    }
}

/// Prometheus's tolerance.
const TOLERANCE_MS: i64 = 2;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grid_is_even_and_stable() {
        let schedule = Schedule::new(Duration::from_secs(15), 123_456_789);
        let first = schedule.next_after(1_700_000_000_000);
        assert!(first > 1_700_000_000_000 && first <= 1_700_000_015_000);
        assert_eq!(schedule.next_after(first), first + 15_000);
        assert_eq!(schedule.next_after(first - 1), first);
        assert_eq!(schedule.align(first, first + 2), first);
        assert_eq!(schedule.align(first, first + 3), first + 3);
        assert_eq!(schedule.align(first, first - 1), first);
        assert_eq!(Schedule::new(Duration::from_millis(100), 7).align(500, 502), 502);
    }
}
