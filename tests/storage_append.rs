//! What is taken, what is refused, and that readers see it.
// Helpers of a test may stop at the first surprise, as tests do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod storage_support;

use meterbox::model::{Labels, MatchOp, stale_marker};
use meterbox::storage::{Batch, Durability, Point, Reason, Source, Store};
use storage_support::*;

#[test]
fn samples_are_seen_once_they_are_answered() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Clock::at(DAY0 + 3_600_000);
    let store = Store::open(clock.options(dir.path())).unwrap();
    let series = resolve(&store, "m", 200);
    for step in 0..50 {
        let appended = append(&store, row(&series, DAY0 + step * 15_000, |index| index as f64 + step as f64 / 4.0));
        assert_eq!(appended.stored, 200);
    }
    let found = select(&store, &[(MatchOp::Equal, "instance", "host1:9100")], DAY0, DAY0 + 10 * 15_000);
    assert_eq!(found.len(), 50);
    assert!(found.windows(2).all(|pair| pair[0].labels() < pair[1].labels()));
    let columns = read_range(&found[7], DAY0 + 15_000, DAY0 + 10 * 15_000);
    assert_eq!(columns.len(), 10);
    assert_eq!(columns.values[0], 57.25);
    assert_eq!(store.labels_of(series[3]), Some(labels("m", 3)));
    assert_eq!(store.label_names(&[], DAY0, DAY0 + 1).unwrap(), ["__name__", "index", "instance", "job"]);
    assert_eq!(store.label_values("instance", &[], 0, i64::MAX).unwrap().len(), 4);
    assert!(select(&store, &[], DAY0 + 51 * 15_000, i64::MAX).is_empty(), "nobody has samples that late");
}

#[test]
fn refusals_are_told_apart() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Clock::at(DAY0);
    let store = Store::open(clock.options(dir.path())).unwrap();
    let a = store.resolve(&Labels::from_pairs([("__name__", "a")]));
    let unknown = {
        let other = tempfile::tempdir().unwrap();
        let other = Store::open(clock.options(other.path())).unwrap();
        resolve(&other, "x", 9)[8]
    };
    let point = |series, t, v| Point { series, t: DAY0 + t, v };
    let appended = append(
        &store,
        vec![
            point(a, 0, 1.0),
            point(a, 0, 1.0),
            point(a, 0, 2.0),
            point(unknown, 5, 1.0),
            point(a, -5, 1.0),
            point(a, 5, stale_marker()),
            point(a, 5, stale_marker()),
            point(a, 5, f64::NAN),
            point(a, 601_000, 1.0),
        ],
    );
    assert_eq!((appended.stored, appended.repeated), (2, 2));
    assert_eq!((appended.duplicates, appended.out_of_order, appended.out_of_bounds), (2, 1, 1));
    assert_eq!(appended.unknown_series, [3]);
    let reasons: Vec<_> = appended.rejected.iter().map(|rejected| (rejected.index, rejected.reason)).collect();
    assert_eq!(
        reasons,
        [
            (2, Reason::Duplicate),
            (3, Reason::UnknownSeries),
            (4, Reason::OutOfOrder),
            (7, Reason::Duplicate),
            (8, Reason::TooNew)
        ]
    );
    let stats = store.stats();
    assert_eq!((stats.samples_appended, stats.out_of_order, stats.duplicates, stats.out_of_bounds), (2, 1, 2, 1));
}

#[test]
fn many_senders_share_few_syncs() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(Clock::at(DAY0).options(dir.path())).unwrap();
    let series = resolve(&store, "m", 200);
    let pendings: Vec<_> = series
        .iter()
        .map(|series| {
            let points = vec![Point { series: *series, t: DAY0, v: 1.0 }];
            store.append(Batch { points, durability: Durability::Now })
        })
        .collect();
    for pending in pendings {
        assert_eq!(pending.wait().unwrap().stored, 1);
    }
    std::thread::sleep(std::time::Duration::from_millis(50));
    let stats = store.stats();
    assert_eq!(stats.samples_appended, 200);
    assert!(stats.wal_syncs < 100, "{} syncs for 200 senders", stats.wal_syncs);
}

#[tokio::test]
async fn senders_may_wait_without_a_thread() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(Clock::at(DAY0).options(dir.path())).unwrap();
    let series = store.resolve(&labels("m", 0));
    let batch = Batch { points: vec![Point { series, t: DAY0, v: 1.0 }], durability: Durability::Now };
    assert_eq!(store.append_async(batch.clone()).await.unwrap().stored, 1);
    assert_eq!(store.append(batch).await.unwrap().repeated, 1);
}

#[test]
fn the_directory_has_one_owner() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Clock::at(DAY0);
    let store = Store::open(clock.options(dir.path())).unwrap();
    let error = Store::open(clock.options(dir.path())).unwrap_err().to_string();
    assert!(error.contains("another process uses the data directory"), "{error}");
    drop(store);
    Store::open(clock.options(dir.path())).unwrap();
}
