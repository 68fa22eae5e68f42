//! What was answered is there after a restart, orderly or not.
// Helpers of a test may stop at the first surprise, as tests do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod storage_support;

use meterbox::storage::Store;
use storage_support::*;

#[test]
fn nothing_is_lost_without_a_shutdown() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Clock::at(DAY0 + DAY / 2);
    let mut expected = Vec::new();
    for round in 0..5i64 {
        let store = Store::open(clock.options(dir.path())).unwrap();
        assert_eq!(all(&store), expected, "round {round}");
        let series = resolve(&store, "m", 100 + 10 * round as usize);
        for step in 0..20 {
            append(&store, row(&series, DAY0 + (round * 20 + step) * 15_000, |index| (index as i64 * step) as f64));
        }
        expected = all(&store);
    }
    let store = Store::open(clock.options(dir.path())).unwrap();
    assert_eq!(all(&store), expected);
    assert_eq!(expected.len(), 140);
    assert_eq!(expected[0].1.len(), 100);
}
