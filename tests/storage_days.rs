//! Day files: what is flushed, sealed, expired or damaged, and what readers see of it.
// Helpers of a test may stop at the first surprise, as tests do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod storage_support;

use std::time::{Duration, Instant};

use meterbox::model::{MatchOp, Metadata, MetricType, stale_marker};
use meterbox::storage::{Durability, Point, Source, Store};
use storage_support::*;

fn hostile(index: usize, step: i64) -> f64 {
    match index % 9 {
        0 => 1.5,
        1 => step as f64,
        2 => (step * step % 1000) as f64 / 100.0,
        3 => f64::from_bits(mix(step as u64)),
        4 => (step / 7) as f64,
        5 => (step / 7 + step / 3) as f64,
        6 if step % 10 == 9 => stale_marker(),
        6 => -0.0,
        7 => f64::from_bits(0x7ff8_0000_0000_0000 | step as u64),
        _ => (step * 4096) as f64 + 0.25,
    }
}

fn fill(store: &Store, count: usize, from: i64, steps: i64, interval: i64) {
    let series = resolve(store, "m", count);
    for step in 0..steps {
        let t = from + step * interval;
        let appended = append(store, row(&series, t, |index| hostile(index, t / interval)));
        assert_eq!(appended.stored, count);
    }
}

fn bits(all: &[(meterbox::model::Labels, meterbox::storage::Columns)]) -> Vec<(String, Vec<(i64, u64)>)> {
    all.iter()
        .map(|(labels, columns)| {
            let samples = columns.timestamps.iter().zip(&columns.values).map(|(t, v)| (*t, v.to_bits()));
            (labels.to_string(), samples.collect())
        })
        .collect()
}

/// Compares without printing thousands of samples.
#[track_caller]
fn assert_same(left: &[(String, Vec<(i64, u64)>)], right: &[(String, Vec<(i64, u64)>)]) {
    assert_eq!(left.len(), right.len(), "number of series");
    for (left, right) in left.iter().zip(right) {
        assert_eq!(left.0, right.0);
        assert_eq!(left.1.len(), right.1.len(), "samples of {}", left.0);
        if let Some(place) = (0..left.1.len()).find(|place| left.1[*place] != right.1[*place]) {
            panic!("{} differs at {place}: {:?} and {:?}", left.0, left.1[place], right.1[place]);
        }
    }
}

#[test]
fn a_flush_changes_nothing_for_readers_and_survives_everything() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Clock::at(DAY0 + DAY / 2);
    let store = Store::open(clock.options(dir.path())).unwrap();
    fill(&store, 300, DAY0, 100, 15_000);
    let before = bits(&all(&store));
    store.flush().unwrap();
    assert_same(&bits(&all(&store)), &before);
    assert_eq!(store.stats().head_samples, 0);
    fill(&store, 310, DAY0 + 100 * 15_000, 50, 15_000);
    let before = bits(&all(&store));
    drop(store);
    let store = Store::open(clock.options(dir.path())).unwrap();
    assert_eq!(store.stats().replayed_samples, 310 * 50, "only what was not flushed comes from the log");
    assert_same(&bits(&all(&store)), &before);
    store.shutdown().unwrap();
    let store = Store::open(clock.options(dir.path())).unwrap();
    assert_eq!(store.stats().replayed_samples, 0);
    assert_same(&bits(&all(&store)), &before);
    // The newest sample is known from the day file: its repetition is fine, another value is not.
    let series = resolve(&store, "m", 310);
    let t = DAY0 + 149 * 15_000;
    let again = append(&store, row(&series, t, |index| hostile(index, t / 15_000)));
    assert_eq!((again.stored, again.repeated), (0, 310));
    let other = append(&store, row(&series, t, |_| 77.0));
    assert_eq!(other.duplicates, 310);
    let older = append(&store, row(&series, t - 1, |_| 77.0));
    assert_eq!(older.out_of_order, 310);
}

#[test]
fn ranges_across_flushes_days_and_head_have_no_seam() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Clock::at(DAY0 + 3 * DAY);
    let store = Store::open(clock.options(dir.path())).unwrap();
    let interval = 600_000;
    for part in 0..8 {
        fill(&store, 20, DAY0 + part * 40 * interval, 40, interval);
        if part < 7 {
            store.flush().unwrap();
        }
    }
    assert_eq!(store.stats().days, 2);
    let found = select(&store, &[(MatchOp::Equal, "index", "00003")], i64::MIN, i64::MAX);
    let whole = read(&found[0]);
    assert_eq!(whole.len(), 320);
    for round in 0..200u64 {
        let start = DAY0 - interval + (mix(round) % (330 * interval as u64)) as i64;
        let end = start + (mix(round + 1000) % (200 * interval as u64)) as i64;
        let part = read_range(&found[0], start, end);
        let wanted: Vec<i64> = whole.timestamps.iter().copied().filter(|t| (start..=end).contains(t)).collect();
        assert_eq!(part.timestamps, wanted);
    }
}

#[test]
fn a_backfill_goes_to_its_days_while_others_are_at_now() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Clock::at(DAY0 + 5 * DAY);
    let store = Store::open(clock.options(dir.path())).unwrap();
    let live = resolve(&store, "live", 10);
    let old = resolve(&store, "old", 10);
    for step in 0..200i64 {
        append(&store, row(&live, DAY0 + 5 * DAY + step * 1000, |_| step as f64));
        let mut points = Vec::new();
        for series in &old {
            for inner in 0..5 {
                points.push(Point { series: *series, t: DAY0 + (step * 5 + inner) * 300_000, v: step as f64 });
            }
        }
        assert_eq!(append(&store, points).stored, 50);
        if step == 100 {
            store.flush().unwrap();
        }
    }
    let before = bits(&all(&store));
    drop(store);
    let store = Store::open(clock.options(dir.path())).unwrap();
    assert_same(&bits(&all(&store)), &before);
    store.flush().unwrap();
    assert_same(&bits(&all(&store)), &before);
    assert_eq!(store.stats().days, 5);
    let in_range = |start, end| select(&store, &[], start, end).len();
    assert_eq!(in_range(DAY0, DAY0 + DAY), 10);
    assert_eq!(in_range(DAY0 + 4 * DAY, i64::MAX), 10);
    assert_eq!(in_range(i64::MIN, i64::MAX), 20);
    assert_eq!(store.label_values("__name__", &[], DAY0, DAY0 + DAY).unwrap(), ["old"]);
    assert_eq!(store.label_values("__name__", &[], 0, i64::MAX).unwrap(), ["live", "old"]);
}

fn wait_until(what: &str, check: impl Fn() -> bool) {
    let start = Instant::now();
    while !check() {
        assert!(start.elapsed() < Duration::from_secs(20), "{what} did not happen");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Opens with everything due at once: the flusher looks around right after the start.
fn open_and_seal(clock: &Clock, dir: &std::path::Path, seals: u64) -> Store {
    let mut options = clock.options(dir);
    options.seal_delay = Duration::ZERO;
    let mut store = Store::open(options.clone()).unwrap();
    for _ in 0..seals {
        wait_until("a seal", || store.stats().seals == 1);
        drop(store);
        store = Store::open(options.clone()).unwrap();
    }
    store
}

#[test]
fn a_sealed_day_reads_the_same_and_takes_late_samples() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Clock::at(DAY0 + DAY / 2);
    let store = Store::open(clock.options(dir.path())).unwrap();
    for part in 0..6 {
        fill(&store, 200, DAY0 + part * 100 * 30_000, 100, 30_000);
        store.flush().unwrap();
    }
    let late = store.resolve(&labels("late", 0));
    assert_eq!(append(&store, vec![Point { series: late, t: DAY0 + 5, v: 1.0 }]).stored, 1);
    store.flush().unwrap();
    let before = bits(&all(&store));
    let flushed = store.stats().day_bytes;
    store.shutdown().unwrap();
    clock.set(DAY0 + DAY + 1);
    let store = open_and_seal(&clock, dir.path(), 1);
    assert!(dir.path().join("days/2026-11-21.sums").exists());
    assert_same(&bits(&all(&store)), &before);
    assert!(store.stats().day_bytes < flushed, "{} < {flushed}", store.stats().day_bytes);
    let appended = append(&store, vec![Point { series: late, t: DAY0 + DAY - 5, v: 2.0 }]);
    assert_eq!(appended.stored, 1, "{appended:?}");
    store.flush().unwrap();
    assert!(!dir.path().join("days/2026-11-21.sums").exists(), "what was written to is not sealed");
    let after = bits(&all(&store));
    assert_eq!(after.len(), before.len());
    drop(store);
    let store = open_and_seal(&clock, dir.path(), 1);
    assert_same(&bits(&all(&store)), &after);
}

#[test]
fn a_damaged_sealed_day_is_set_aside_and_the_rest_works() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Clock::at(DAY0 + 2 * DAY + 1);
    let store = Store::open(clock.options(dir.path())).unwrap();
    for day in 0..3 {
        fill(&store, 500, DAY0 + day * DAY, 20, 30_000);
    }
    store.shutdown().unwrap();
    drop(open_and_seal(&clock, dir.path(), 2));
    let path = dir.path().join("days/2026-11-21.redb");
    let pristine = std::fs::read(&path).unwrap();
    for place in [0, 100, 4096, 5000, pristine.len() / 2, pristine.len() - 2000] {
        let mut bytes = pristine.clone();
        for byte in &mut bytes[place..place + 40] {
            *byte ^= 0x5a;
        }
        std::fs::write(&path, &bytes).unwrap();
        let store = Store::open(clock.options(dir.path())).unwrap();
        let read = all(&store);
        assert_eq!(read.len(), 500);
        let damaged = store.stats().damaged_days;
        if damaged == 0 {
            assert!(read.iter().all(|(_, columns)| columns.len() == 60), "damage at {place} changed an answer");
        } else {
            for (_, columns) in &read {
                assert_eq!(columns.len(), 40, "damage at {place}");
            }
            drop(store);
            let aside = dir.path().join("days/2026-11-21.redb.damaged");
            assert!(aside.exists() && !path.exists());
            std::fs::rename(dir.path().join("days/2026-11-21.sums.damaged"), path.with_extension("sums")).unwrap();
            std::fs::remove_file(aside).unwrap();
        }
    }
}

#[test]
fn a_damaged_open_day_does_not_stop_the_start() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Clock::at(DAY0 + DAY + DAY / 2);
    let store = Store::open(clock.options(dir.path())).unwrap();
    fill(&store, 500, DAY0, 20, 30_000);
    fill(&store, 500, DAY0 + DAY, 20, 30_000);
    store.shutdown().unwrap();
    let path = dir.path().join("days/2026-11-22.redb");
    let pristine = std::fs::read(&path).unwrap();
    for place in [0, 64, 130, 4096, 4200, 8192, pristine.len() / 3, pristine.len() / 2] {
        let mut bytes = pristine.clone();
        for byte in &mut bytes[place..place + 60] {
            *byte ^= 0xa5;
        }
        std::fs::write(&path, &bytes).unwrap();
        let store = Store::open(clock.options(dir.path())).unwrap();
        for (_, columns) in all(&store) {
            assert!(columns.len() == 40 || columns.len() == 20, "{} samples, damage at {place}", columns.len());
        }
        drop(store);
    }
    std::fs::write(&path, b"").unwrap();
    let store = Store::open(clock.options(dir.path())).unwrap();
    assert_eq!(all(&store)[0].1.len(), 20);
    assert_eq!(store.stats().damaged_days, 1);
}

#[test]
fn retention_removes_whole_days_and_their_series() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Clock::at(DAY0);
    let mut options = clock.options(dir.path());
    options.retention_time = Some(Duration::from_secs(2 * 86_400));
    let store = Store::open(options.clone()).unwrap();
    for day in 0..5 {
        clock.set(DAY0 + day * DAY + 1000);
        let series = resolve(&store, &format!("day{day}"), 10);
        let both = store.resolve(&labels("both", 0));
        append(&store, row(&series, DAY0 + day * DAY, |_| 1.0));
        append(&store, vec![Point { series: both, t: DAY0 + day * DAY, v: 1.0 }]);
        store.flush().unwrap();
    }
    drop(store);
    let store = Store::open(options.clone()).unwrap();
    wait_until("the removal", || store.stats().series == 31);
    assert_eq!(store.stats().days, 3);
    let old = store.resolve(&labels("day9", 0));
    let refused = append(&store, vec![Point { series: old, t: DAY0 + DAY, v: 1.0 }]);
    assert_eq!(refused.out_of_bounds, 1);
    assert_eq!(store.label_values("__name__", &[], 0, i64::MAX).unwrap(), ["both", "day2", "day3", "day4"]);
    drop(store);
    let store = Store::open(options).unwrap();
    assert_eq!(store.label_values("__name__", &[], 0, i64::MAX).unwrap(), ["both", "day2", "day3", "day4"]);
}

#[test]
fn retention_by_size_keeps_the_newest() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Clock::at(DAY0 + 5 * DAY);
    let mut options = clock.options(dir.path());
    let store = Store::open(options.clone()).unwrap();
    for day in 0..5 {
        fill(&store, 50, DAY0 + day * DAY, 20, 30_000);
    }
    store.shutdown().unwrap();
    options.retention_size = Some(1);
    let store = Store::open(options).unwrap();
    wait_until("the removal", || store.stats().days == 1);
    assert!(all(&store).iter().all(|(_, columns)| columns.timestamps[0] == DAY0 + 4 * DAY));
}

#[test]
fn a_lost_registry_comes_back_from_the_days() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Clock::at(DAY0 + DAY);
    let store = Store::open(clock.options(dir.path())).unwrap();
    fill(&store, 50, DAY0, 20, 30_000);
    store.flush().unwrap();
    fill(&store, 60, DAY0 + 1_000_000, 20, 30_000);
    store.put("dashboard", "a", b"1").unwrap();
    let before = bits(&all(&store));
    drop(store);
    let path = dir.path().join("meta.redb");
    let mut bytes = std::fs::read(&path).unwrap();
    for byte in &mut bytes[..4096] {
        *byte = 0x11;
    }
    std::fs::write(&path, bytes).unwrap();
    let store = Store::open(clock.options(dir.path())).unwrap();
    assert!(dir.path().join("meta.redb.damaged").exists());
    assert_same(&bits(&all(&store)), &before);
    assert_eq!(store.get("dashboard", "a").unwrap(), None);
    store.shutdown().unwrap();
    let store = Store::open(clock.options(dir.path())).unwrap();
    assert_same(&bits(&all(&store)), &before);
}

#[test]
fn documents_and_metadata_are_kept() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Clock::at(DAY0);
    let store = Store::open(clock.options(dir.path())).unwrap();
    store.put("dashboard", "b", b"2").unwrap();
    store.put("dashboard", "a", b"1").unwrap();
    store.put("alert", "a", b"x").unwrap();
    assert!(store.delete("dashboard", "b").unwrap());
    assert!(!store.delete("dashboard", "b").unwrap());
    let up = Metadata { kind: MetricType::Gauge, help: "is up".into(), unit: String::new() };
    let other = Metadata { kind: MetricType::Counter, ..up.clone() };
    store.set_metadata("up", &up);
    store.set_metadata("up", &other);
    store.set_metadata("up", &up);
    store.flush().unwrap();
    drop(store);
    let store = Store::open(clock.options(dir.path())).unwrap();
    assert_eq!(store.list("dashboard").unwrap(), [("a".to_owned(), b"1".to_vec())]);
    assert_eq!(store.get("alert", "a").unwrap().as_deref(), Some(&b"x"[..]));
    assert_eq!(store.metadata(Some("up"))["up"], [up, other]);
    assert_eq!(store.metadata(None).len(), 1);
}

#[test]
fn readers_see_whole_series_while_a_writer_writes_and_flushes() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Clock::at(DAY0 + DAY);
    let store = Store::open(clock.options(dir.path())).unwrap();
    let series = resolve(&store, "m", 100);
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        for reader in 0..2u64 {
            let (store, done) = (&store, &done);
            scope.spawn(move || {
                let mut least = 0;
                let mut round = reader;
                while !done.load(std::sync::atomic::Ordering::SeqCst) {
                    round += 1;
                    let index = format!("{:05}", mix(round) % 100);
                    let Some(found) = select(store, &[(MatchOp::Equal, "index", &index)], 0, i64::MAX).pop() else {
                        continue;
                    };
                    let columns = read(&found);
                    for (step, (t, v)) in columns.timestamps.iter().zip(&columns.values).enumerate() {
                        assert_eq!((*t, *v), (DAY0 + step as i64 * 1000, step as f64), "a hole");
                    }
                    assert!(columns.len() + 1 >= least, "samples went away");
                    least = columns.len();
                }
            });
        }
        for step in 0..400i64 {
            append(&store, row(&series, DAY0 + step * 1000, |_| step as f64));
            if step % 40 == 39 {
                store.flush().unwrap();
            }
        }
        done.store(true, std::sync::atomic::Ordering::SeqCst);
    });
    assert_eq!(store.stats().flushes, 10);
    let _ = Durability::Now;
}
