//! What the tests of the store share.
#![allow(dead_code)]

pub mod disk;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use meterbox::model::{Labels, MatchOp, Matcher};
use meterbox::storage::{
    Appended, Batch, Columns, Durability, Hints, Options, Point, Select, Series, SeriesRef, Source, Store,
};

/// 2026-11-21 00:00 UTC in ms: where the tests' time begins.
pub const DAY0: i64 = 1_795_219_200_000;
pub const DAY: i64 = 86_400_000;

/// A clock that the test sets.
#[derive(Clone)]
pub struct Clock(Arc<AtomicI64>);

impl Clock {
    pub fn at(t: i64) -> Self {
        Self(Arc::new(AtomicI64::new(t)))
    }
    pub fn set(&self, t: i64) {
        self.0.store(t, Ordering::SeqCst);
    }
    pub fn options(&self, dir: &Path) -> Options {
        let clock = self.0.clone();
        let mut options = Options::new(dir);
        options.now = Arc::new(move || clock.load(Ordering::SeqCst));
        options
    }
}

pub fn labels(metric: &str, index: usize) -> Labels {
    Labels::from_pairs([
        ("__name__", metric.to_owned()),
        ("job", "test".to_owned()),
        ("instance", format!("host{}:9100", index / 50)),
        ("index", format!("{index:05}")),
    ])
}

pub fn resolve(store: &Store, metric: &str, count: usize) -> Vec<SeriesRef> {
    (0..count).map(|index| store.resolve(&labels(metric, index))).collect()
}

pub fn append(store: &Store, points: Vec<Point>) -> Appended {
    store.append(Batch { points, durability: Durability::Group }).wait().unwrap()
}

pub fn append_now(store: &Store, points: Vec<Point>) -> Appended {
    store.append(Batch { points, durability: Durability::Now }).wait().unwrap()
}

/// One scrape: a value of each series.
pub fn row(series: &[SeriesRef], t: i64, value: impl Fn(usize) -> f64) -> Vec<Point> {
    series.iter().enumerate().map(|(index, series)| Point { series: *series, t, v: value(index) }).collect()
}

pub fn select(store: &Store, matchers: &[(MatchOp, &str, &str)], start: i64, end: i64) -> Vec<Series> {
    let matchers: Vec<Matcher> =
        matchers.iter().map(|(op, name, value)| Matcher::new(*op, *name, *value).unwrap()).collect();
    store.select(&Select { matchers: &matchers, start, end, hints: Hints::default() }).unwrap()
}

pub fn all(store: &Store) -> Vec<(Labels, Columns)> {
    select(store, &[], i64::MIN, i64::MAX).iter().map(|series| (series.labels().clone(), read(series))).collect()
}

pub fn read(series: &Series) -> Columns {
    read_range(series, i64::MIN, i64::MAX)
}

pub fn read_range(series: &Series, start: i64, end: i64) -> Columns {
    let mut out = Columns::default();
    series.read(start, end, &mut out).unwrap();
    assert!(out.timestamps.windows(2).all(|pair| pair[0] < pair[1]), "time does not grow");
    assert_eq!(out.timestamps.len(), out.values.len());
    out
}

/// A number that looks random and is the same in every run.
pub fn mix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
