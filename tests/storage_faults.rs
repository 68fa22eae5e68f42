//! Disks that fail, fill up, and lose their power at any moment.
// Helpers of a test may stop at the first surprise, as tests do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod storage_support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use meterbox::storage::{AppendError, Batch, Durability, Options, SeriesRef, Store};
use storage_support::disk::MemoryDisk;
use storage_support::*;

fn options(disk: &MemoryDisk, clock: &Clock) -> Options {
    let mut options = clock.options(Path::new("/data"));
    options.disk = Arc::new(disk.clone());
    options
}

fn wal_files(disk: &MemoryDisk) -> Vec<PathBuf> {
    disk.paths().into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "wal")).collect()
}

/// What the test sent, by series and time, and whether it was acknowledged as durable.
type Sent = BTreeMap<(String, i64), (u64, bool)>;

/// Everything acknowledged is there, nothing is there that was not sent.
#[track_caller]
fn check(store: &Store, sent: &Sent, context: &str) {
    let mut found = BTreeMap::new();
    for (labels, columns) in all(store) {
        for (t, v) in columns.timestamps.iter().zip(&columns.values) {
            let key = (labels.to_string(), *t);
            match sent.get(&key) {
                Some((bits, _)) => assert_eq!(*bits, v.to_bits(), "{context}: another value at {key:?}"),
                None => panic!("{context}: {key:?} was never sent"),
            }
            found.insert(key, ());
        }
    }
    for (key, (_, acknowledged)) in sent {
        assert!(!acknowledged || found.contains_key(key), "{context}: {key:?} was acknowledged and is gone");
    }
}

#[test]
fn power_cuts_at_any_moment_lose_nothing_that_was_acknowledged() {
    // More seeds on request: METERBOX_SEEDS=0..200.
    let seeds = std::env::var("METERBOX_SEEDS").unwrap_or_else(|_| "12..15".to_owned());
    let (from, to) = seeds.split_once("..").unwrap();
    for seed in from.parse::<u64>().unwrap()..to.parse().unwrap() {
        let disk = MemoryDisk::default();
        let clock = Clock::at(DAY0 + 3 * DAY);
        let mut sent = Sent::new();
        let mut t = DAY0 + DAY - 500_000;
        for life in 0..6u64 {
            let dice = mix(seed * 100 + life);
            let context = format!("seed {seed}, life {life}");
            let mut options = options(&disk, &clock);
            options.seal_delay = Duration::ZERO;
            let store = Store::open(options).expect(&context);
            check(&store, &sent, &context);
            disk.freeze_after(10 + dice % 220);
            for step in 0..60u64 {
                let count = 3 + (mix(dice + step) % 40) as usize;
                t += 10_000;
                let series: Vec<SeriesRef> = resolve(&store, "m", count);
                let points = row(&series, t, |index| f64::from_bits(mix(step + index as u64)) * 1.0);
                for (index, point) in points.iter().enumerate() {
                    sent.insert((labels("m", index).to_string(), t), (point.v.to_bits(), false));
                }
                let durability = if dice.is_multiple_of(3) { Durability::Group } else { Durability::Now };
                let outcome = store.append(Batch { points, durability }).wait();
                match outcome {
                    Ok(appended) if durability == Durability::Now => {
                        assert_eq!(appended.stored, count);
                        for index in 0..count {
                            sent.insert(
                                (labels("m", index).to_string(), t),
                                (sent[&(labels("m", index).to_string(), t)].0, true),
                            );
                        }
                    }
                    Ok(_) => {}
                    Err(_) => break,
                }
                if mix(dice ^ step).is_multiple_of(9) {
                    let _ = store.flush();
                }
            }
            drop(store);
            disk.power_cut(dice);
        }
        let store = Store::open(options(&disk, &clock)).unwrap();
        check(&store, &sent, &format!("seed {seed}, the end"));
        assert_eq!(store.stats().damaged_days, 0, "seed {seed}: a power cut is no damage");
    }
}

#[test]
fn a_failed_sync_poisons_writes_and_leaves_reads() {
    let disk = MemoryDisk::default();
    let clock = Clock::at(DAY0);
    let store = Store::open(options(&disk, &clock)).unwrap();
    let series = resolve(&store, "m", 5);
    append_now(&store, row(&series, DAY0, |_| 1.0));
    disk.fail_syncs_of(Some(".wal"));
    let send = |t: i64| store.append(Batch { points: row(&series, t, |_| 2.0), durability: Durability::Now }).wait();
    let error = send(DAY0 + 1000).unwrap_err();
    assert!(matches!(error, AppendError::Poisoned { .. }), "{error}");
    disk.fail_syncs_of(None);
    let error = send(DAY0 + 2000).unwrap_err();
    assert!(error.to_string().contains("restart"), "{error}");
    assert_eq!(all(&store).len(), 5);
    drop(store);
    let store = Store::open(options(&disk, &clock)).unwrap();
    assert_eq!(append_now(&store, row(&series, DAY0 + 3000, |_| 3.0)).stored, 5);
}

#[test]
fn a_full_disk_refuses_and_recovers() {
    let disk = MemoryDisk::default();
    let clock = Clock::at(DAY0 + DAY);
    let store = Store::open(options(&disk, &clock)).unwrap();
    let series = resolve(&store, "m", 500);
    append_now(&store, row(&series, DAY0, |_| 0.0));
    disk.limit(Some(disk.used()));
    let mut refused = 0;
    let mut t = DAY0;
    for step in 0..400u64 {
        t += 1000;
        let points = row(&series, t, |index| f64::from_bits(mix(step * 500 + index as u64) >> 2));
        match store.append(Batch { points, durability: Durability::Now }).wait() {
            Ok(appended) => assert_eq!(appended.stored, 500),
            Err(AppendError::NoRoom { .. }) => refused += 1,
            Err(other) => panic!("{other}"),
        }
    }
    assert!(refused > 0);
    assert!(store.flush().is_err(), "there is no room for a day");
    assert!(all(&store)[0].1.len() > 1, "what was taken is read");
    disk.limit(None);
    assert_eq!(append_now(&store, row(&series, t + 1000, |_| 1.0)).stored, 500);
    store.flush().unwrap();
    let before = all(&store)[0].1.len();
    drop(store);
    let store = Store::open(options(&disk, &clock)).unwrap();
    assert_eq!(all(&store)[0].1.len(), before);
}

#[test]
fn the_registry_recovers_from_an_error_of_the_disk_without_a_restart() {
    let disk = MemoryDisk::default();
    let clock = Clock::at(DAY0 + DAY);
    let store = Store::open(options(&disk, &clock)).unwrap();
    append_now(&store, row(&resolve(&store, "m", 5), DAY0, |_| 1.0));
    disk.fail_syncs_of(Some("meta.redb"));
    let error = store.flush().unwrap_err().to_string();
    assert!(error.contains("meta.redb"), "{error}");
    disk.fail_syncs_of(None);
    store.flush().unwrap();
    drop(store);
    let store = Store::open(options(&disk, &clock)).unwrap();
    assert_eq!(all(&store).len(), 5);
}

#[test]
fn a_torn_or_damaged_log_is_cut_and_the_rest_is_kept() {
    for seed in 0..60u64 {
        let disk = MemoryDisk::default();
        let clock = Clock::at(DAY0 + DAY);
        let mut sent = Sent::new();
        for life in 0..2i64 {
            let store = Store::open(options(&disk, &clock)).unwrap();
            let series = resolve(&store, "m", 40);
            for step in 0..30i64 {
                let t = DAY0 + (life * 30 + step) * 1000;
                let points = row(&series, t, |index| (index as i64 * step) as f64);
                for (index, point) in points.iter().enumerate() {
                    sent.insert((labels("m", index).to_string(), t), (point.v.to_bits(), false));
                }
                let durability = if seed % 2 == 0 { Durability::Now } else { Durability::Group };
                store.append(Batch { points, durability }).wait().unwrap();
            }
        }
        let files = wal_files(&disk);
        let path = &files[0];
        let content = disk.content(path);
        let end = content.iter().rposition(|byte| *byte != 0).unwrap();
        let place = 4096 + (mix(seed) % (end as u64 - 4096)) as usize;
        disk.damage(path, place);
        let store = Store::open(options(&disk, &clock)).unwrap();
        check(&store, &sent, &format!("seed {seed}"));
        // The second life's segment does not depend on the first one's, unless the names of the series are lost.
        let read = all(&store);
        if let Some((_, columns)) = read.first() {
            assert!(columns.len() >= 30, "seed {seed}: {} samples", columns.len());
        }
        let series = resolve(&store, "m", 40);
        assert_eq!(append_now(&store, row(&series, DAY0 + 100_000, |_| 1.0)).stored, 40);
    }
}

#[test]
fn a_crash_between_flush_and_freeing_the_log_doubles_nothing() {
    let disk = MemoryDisk::default();
    let clock = Clock::at(DAY0 + DAY);
    let store = Store::open(options(&disk, &clock)).unwrap();
    let series = resolve(&store, "m", 50);
    for step in 0..100i64 {
        append_now(&store, row(&series, DAY0 + step * 1000, |index| (index as i64 + step) as f64));
    }
    let log: Vec<(PathBuf, Vec<u8>)> =
        wal_files(&disk).into_iter().map(|path| (path.clone(), disk.content(&path))).collect();
    store.shutdown().unwrap();
    // The log as it was before the flush: as if the freeing had never reached the plate.
    for (path, bytes) in &log {
        use meterbox::storage::{Disk, Mode};
        disk.open(path, Mode::Write).unwrap().write(0, bytes).unwrap();
    }
    let store = Store::open(options(&disk, &clock)).unwrap();
    assert_eq!(store.stats().replayed_samples, 0, "the position says that all of it is in the day");
    for (_, columns) in all(&store) {
        assert_eq!(columns.len(), 100);
    }
}
