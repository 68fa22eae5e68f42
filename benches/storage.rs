//! What the store costs: bytes a sample, time a sample, memory a series, time to start. `cargo bench --bench storage`
//! runs all parts; a word selects one (`disk`, `append`, `start`, `read`). With METERBOX_RECORDING set to a folder of text
//! expositions, one a scrape, `disk` also stores those.

// A benchmark may stop at the first surprise.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use redb::{ReadableDatabase, ReadableTableMetadata};

use meterbox::model::{Labels, MatchOp, Matcher};
use meterbox::storage::{Batch, Columns, Durability, Hints, Options, Point, Select, SeriesRef, Source, Store};

const DAY: i64 = 86_400_000;
const DAY0: i64 = 1_795_219_200_000;

fn main() {
    let only = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let wants = |part: &str| only.as_deref().is_none_or(|only| only == part);
    if wants("append") {
        append();
    }
    if wants("disk") {
        disk_mix();
        if let Ok(folder) = std::env::var("METERBOX_RECORDING") {
            for every in [1, 15] {
                disk_recording(Path::new(&folder), every);
            }
        }
    }
    if wants("start") {
        start();
    }
}

struct Clock(Arc<AtomicI64>);

fn open(dir: &Path, clock: &Clock, change: impl FnOnce(&mut Options)) -> Store {
    let now = clock.0.clone();
    let mut options = Options::new(dir);
    options.now = Arc::new(move || now.load(Ordering::SeqCst));
    change(&mut options);
    Store::open(options).unwrap()
}

fn seal_all(dir: &Path, clock: &Clock, days: u64) {
    for _ in 0..days {
        let store = open(dir, clock, |options| options.seal_delay = Duration::ZERO);
        let begin = Instant::now();
        while store.stats().seals == 0 && begin.elapsed() < Duration::from_secs(300) {
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

/// Appends as remote write does: batches of 2,000 points of many series, each synced.
fn append() {
    for (name, shape) in [("scrape rows of 500 series", 500), ("requests of 2000 points", 2000)] {
        let dir = tempfile::tempdir().unwrap();
        let clock = Clock(Arc::new(AtomicI64::new(DAY0 + DAY)));
        let store = open(dir.path(), &clock, |_| {});
        let mut world = World::new(20);
        let series = world.resolve(&store);
        let rss = resident();
        let steps = 400;
        let batches: Vec<Vec<Batch>> = (0..steps)
            .map(|step| {
                let values = world.step(step);
                let t = DAY0 + step * 15_000;
                let points: Vec<Point> =
                    series.iter().zip(&values).map(|(series, v)| Point { series: *series, t, v: *v }).collect();
                points
                    .chunks(shape)
                    .map(|points| Batch { points: points.to_vec(), durability: Durability::Group })
                    .collect()
            })
            .collect();
        let cpu = cpu_time();
        let begin = Instant::now();
        let mut count = 0;
        for step in batches {
            let pendings: Vec<_> = step.into_iter().map(|batch| store.append(batch)).collect();
            for pending in pendings {
                count += pending.wait().unwrap().stored;
            }
        }
        let (wall, cpu) = (begin.elapsed(), cpu_time() - cpu);
        let stats = store.stats();
        println!(
            "append, {name}: {count} samples, {:.2} M/s wall, {:.0} ns CPU a sample ({:.2} M/s a core, flushes included), \
             log {:.2} B a sample (first use of its files included), head {:.0} B a series at {:.0} samples, {} flushes, rss +{} kB",
            count as f64 / wall.as_secs_f64() / 1e6,
            cpu * 1e9 / count as f64,
            count as f64 / cpu / 1e6,
            stats.wal_bytes_written as f64 / count as f64,
            stats.head_bytes as f64 / stats.head_series as f64,
            stats.head_samples as f64 / stats.head_series as f64,
            stats.flushes,
            resident() as i64 - rss as i64,
        );
    }
}

/// One day of a serving mix at 15 s.
fn disk_mix() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Clock(Arc::new(AtomicI64::new(DAY0 + DAY / 2)));
    let store = open(dir.path(), &clock, |_| {});
    let mut world = World::new(8);
    let series = world.resolve(&store);
    let mut count = 0;
    for step in 0..DAY / 15_000 {
        clock.0.store(DAY0 + step * 15_000, Ordering::SeqCst);
        let values = world.step(step);
        let points =
            series.iter().zip(&values).map(|(series, v)| Point { series: *series, t: DAY0 + step * 15_000, v: *v });
        count += store.append(Batch { points: points.collect(), durability: Durability::Group }).wait().unwrap().stored;
        if step % 120 == 119 {
            store.flush().unwrap();
        }
    }
    store.flush().unwrap();
    report("serving mix at 15 s", &store, count, dir.path(), &clock);
}

fn report(name: &str, store: &Store, count: usize, dir: &Path, clock: &Clock) {
    let stats = store.stats();
    println!(
        "disk, {name}: {} series, {count} samples, {} flushes: {:.3} B a sample as flushed, log {:.2} B a sample",
        stats.series,
        stats.flushes,
        stats.day_bytes as f64 / count as f64,
        stats.wal_bytes_written as f64 / count as f64,
    );
    read_all(store, "flushed");
    store.shutdown().unwrap();
    clock.0.store(DAY0 + 3 * DAY, Ordering::SeqCst);
    let begin = Instant::now();
    seal_all(dir, clock, stats.days as u64);
    let wall = begin.elapsed();
    let store = open(dir, clock, |_| {});
    let stats = store.stats();
    println!(
        "disk, {name}: sealed in {:.2} s: {:.3} B a sample, {} days, {} samples",
        wall.as_secs_f64(),
        stats.day_bytes as f64 / count as f64,
        stats.days,
        stats.day_samples,
    );
    read_all(&store, "sealed");
    store.shutdown().unwrap();
    for entry in std::fs::read_dir(dir.join("days")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "redb") {
            tables(&path, count);
        }
    }
}

/// Where the bytes of a day file are.
fn tables(path: &Path, count: usize) {
    let database = redb::Database::open(path).unwrap();
    let read = database.begin_read().unwrap();
    for handle in read.list_tables().unwrap() {
        let name = redb::TableHandle::name(&handle).to_owned();
        let stats = read.open_untyped_table(handle).unwrap().stats().unwrap();
        println!(
            "  {name}: stored {} ({:.3} B a sample), metadata {}, fragmented {}",
            stats.stored_bytes(),
            stats.stored_bytes() as f64 / count as f64,
            stats.metadata_bytes(),
            stats.fragmented_bytes()
        );
    }
    println!("  file: {} long", std::fs::metadata(path).unwrap().len());
}

fn read_all(store: &Store, what: &str) {
    for range in [i64::MAX, 3_600_000] {
        let end = store.stats().max_time;
        let start = if range == i64::MAX { i64::MIN } else { end - range };
        for matcher in
            [Matcher::new(MatchOp::Regex, "__name__", ".+").unwrap(), Matcher::equal("__name__", "metric_80")]
        {
            let begin = Instant::now();
            let cpu = cpu_time();
            let matchers = [matcher];
            let found = store.select(&Select { matchers: &matchers, start, end, hints: Hints::default() }).unwrap();
            let selected = begin.elapsed();
            let mut samples = 0;
            let mut out = Columns::default();
            for series in &found {
                out.clear();
                series.read(start, end, &mut out).unwrap();
                samples += out.len();
            }
            println!(
                "read, {what}, {} of {}: {} series, {samples} samples: select {:.2} ms, all {:.1} ms wall, {:.1} ns CPU a sample",
                if range == i64::MAX { "all" } else { "the last hour" },
                matchers[0],
                found.len(),
                selected.as_secs_f64() * 1e3,
                begin.elapsed().as_secs_f64() * 1e3,
                (cpu_time() - cpu) * 1e9 / samples.max(1) as f64,
            );
        }
    }
}

fn disk_recording(folder: &Path, every: usize) {
    let mut names: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.retain(|path| path.extension().is_some_and(|extension| extension == "prom"));
    names.sort();
    let dir = tempfile::tempdir().unwrap();
    let clock = Clock(Arc::new(AtomicI64::new(DAY0 + DAY / 2)));
    let store = open(dir.path(), &clock, |_| {});
    let mut known: HashMap<String, SeriesRef> = HashMap::new();
    let mut count = 0;
    for (step, path) in names.iter().step_by(every).enumerate() {
        let text = std::fs::read_to_string(path).unwrap();
        let t = DAY0 + (step * every) as i64 * 1000;
        let mut points = Vec::new();
        for line in text.lines() {
            let Some((key, value)) = line.rsplit_once(' ') else { continue };
            let v: f64 = value.parse().unwrap_or(f64::NAN);
            let series = *known.entry(key.to_owned()).or_insert_with(|| store.resolve(&labels_of(key)));
            points.push(Point { series, t, v });
        }
        count += store.append(Batch { points, durability: Durability::Group }).wait().unwrap().stored;
    }
    store.flush().unwrap();
    report(&format!("recording, every {every} s"), &store, count, dir.path(), &clock);
}

fn labels_of(key: &str) -> Labels {
    let (name, rest) = key.split_once('{').unwrap_or((key, ""));
    let mut pairs = vec![
        ("__name__".to_owned(), name.to_owned()),
        ("job".to_owned(), "node".to_owned()),
        ("instance".to_owned(), "localhost:9100".to_owned()),
    ];
    let mut rest = rest.trim_end_matches('}');
    while let Some((label, after)) = rest.split_once("=\"") {
        let end = after.find('"').unwrap_or(after.len());
        pairs.push((label.trim_start_matches(',').to_owned(), after[..end].to_owned()));
        rest = after.get(end + 1..).unwrap_or("");
    }
    Labels::from_pairs(pairs)
}

/// Ten thousand series, thirty days (thinned: four hours a day are filled), a head of half an hour, no shutdown.
fn start() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Clock(Arc::new(AtomicI64::new(DAY0)));
    let mut world = World::new(20);
    {
        let store = open(dir.path(), &clock, |_| {});
        let series = world.resolve(&store);
        let mut step = 0;
        for day in 0..30 {
            let steps = if day == 29 { 960 } else { 240 };
            for inner in 0..steps {
                let t = DAY0 + day * DAY + inner * 15_000;
                clock.0.store(t, Ordering::SeqCst);
                let values = world.step(step);
                step += 1;
                let points = series.iter().zip(&values).map(|(series, v)| Point { series: *series, t, v: *v });
                let _ = store.append(Batch { points: points.collect(), durability: Durability::Group }).wait().unwrap();
            }
            if day < 29 {
                store.flush().unwrap();
            }
        }
        store.flush().unwrap();
        for inner in 0..119 {
            let t = DAY0 + 29 * DAY + (1000 + inner) * 15_000;
            clock.0.store(t, Ordering::SeqCst);
            let values = world.step(step);
            step += 1;
            let points = series.iter().zip(&values).map(|(series, v)| Point { series: *series, t, v: *v });
            let _ = store.append(Batch { points: points.collect(), durability: Durability::Group }).wait().unwrap();
        }
    }
    seal_all(dir.path(), &clock, 29);
    let rounds = std::env::var("METERBOX_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(3);
    for _ in 0..rounds {
        let before = resident();
        let cpu = cpu_time();
        let begin = Instant::now();
        let store = open(dir.path(), &clock, |_| {});
        let wall = begin.elapsed();
        let stats = store.stats();
        println!(
            "start after a kill: {:.1} ms wall, {:.1} ms CPU: {} series, {} days, {} MB of days, {} samples replayed, rss +{} kB",
            wall.as_secs_f64() * 1e3,
            (cpu_time() - cpu) * 1e3,
            stats.series,
            stats.days,
            stats.day_bytes >> 20,
            stats.replayed_samples,
            resident() as i64 - before as i64,
        );
    }
}

/// Targets of 500 series each, in the proportions of an engine's exposition: 14 histograms of 20 buckets with count
/// and sum (308 series), 134 constants, 32 counters and gauges of integers, 21 decimals, 5 of full mantissa.
struct World {
    targets: usize,
    seed: u64,
    state: Vec<f64>,
}

impl World {
    fn new(targets: usize) -> Self {
        Self { targets, seed: 1, state: vec![0.0; targets * 500] }
    }

    fn resolve(&self, store: &Store) -> Vec<SeriesRef> {
        (0..self.targets * 500)
            .map(|place| {
                let (target, index) = (place / 500, place % 500);
                let mut pairs = vec![
                    ("job".to_owned(), "vllm".to_owned()),
                    ("instance".to_owned(), format!("10.0.0.{target}:8000")),
                    ("model_name".to_owned(), "meta-llama/Llama-3.1-70B-Instruct".to_owned()),
                    ("engine".to_owned(), "0".to_owned()),
                ];
                if index < HISTOGRAMS * 22 {
                    let (family, bucket) = (index / 22, index % 22);
                    let suffix = match bucket {
                        20 => "count",
                        21 => "sum",
                        _ => "bucket",
                    };
                    pairs.push(("__name__".to_owned(), format!("histogram_{family}_{suffix}")));
                    if bucket < 20 {
                        let le = if bucket == 19 { "+Inf".to_owned() } else { format!("{}", 1 << bucket) };
                        pairs.push(("le".to_owned(), le));
                    }
                } else {
                    pairs.push(("__name__".to_owned(), format!("metric_{}", index / 4)));
                    pairs.push(("kind".to_owned(), format!("kind{}", index % 4)));
                }
                store.resolve(&Labels::from_pairs(pairs))
            })
            .collect()
    }

    fn random(&mut self) -> f64 {
        self.seed = self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.seed >> 11) as f64 / (1u64 << 53) as f64
    }

    /// How many things happened that happen so often in a step.
    fn events(&mut self, rate: f64) -> f64 {
        let whole = rate.floor();
        let more = if self.random() < rate - whole { 1.0 } else { 0.0 };
        let wobble = if whole > 0.0 { (self.random() * whole).floor() - (whole / 2.0).floor() } else { 0.0 };
        (whole + more + wobble).max(0.0)
    }

    fn step(&mut self, step: i64) -> Vec<f64> {
        let mut values = Vec::with_capacity(self.state.len());
        for target in 0..self.targets {
            let base = target * 500;
            for family in 0..HISTOGRAMS {
                let rate = [0.0, 0.05, 0.3, 2.0, 0.1, 10.0, 0.02][family % 7] * 15.0;
                let count = self.events(rate);
                let mut fell = [0.0f64; 20];
                let start = base + family * 22;
                for _ in 0..count as usize {
                    let place = ((self.random() + self.random() + self.random()) / 3.0 * 20.0) as usize;
                    fell[place.min(19)] += 1.0;
                    // A clock's grain: 2^-20 s.
                    self.state[start + 21] += (self.random() * 1_048_576.0).floor() / 1_048_576.0 + place as f64;
                }
                let mut cumulative = 0.0;
                for (bucket, count) in fell.iter().enumerate() {
                    cumulative += count;
                    self.state[start + bucket] += cumulative;
                }
                self.state[start + 20] += cumulative;
            }
            for index in HISTOGRAMS * 22..500 {
                let place = base + index;
                match index - HISTOGRAMS * 22 {
                    0..=133 => self.state[place] = (index * 3) as f64,
                    134..=155 => {
                        let rate = [0.02, 0.5, 20.0, 300.0][index % 4];
                        self.state[place] += self.events(rate);
                    }
                    156..=159 => self.state[place] += self.events(1.0) * (self.random() * 100_000.0).floor(),
                    160..=165 => self.state[place] = (self.random() * 20.0).floor(),
                    166..=180 => {
                        let drift = (self.random() - 0.5) * 2.0;
                        self.state[place] = ((self.state[place] + drift).clamp(0.0, 100.0) * 100.0).round() / 100.0;
                    }
                    181..=186 => self.state[place] += (self.random() * 1500.0).floor() / 100.0,
                    _ => {
                        if step % 2 == 0 {
                            self.state[place] = self.random();
                        }
                    }
                }
            }
            values.extend_from_slice(&self.state[base..base + 500]);
        }
        values
    }
}

const HISTOGRAMS: usize = 14;

/// CPU seconds of the process.
fn cpu_time() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = text.rsplit_once(") ").map_or(Vec::new(), |(_, rest)| rest.split(' ').collect());
    let ticks = |place: usize| fields.get(place).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}

/// Resident kB of the process.
fn resident() -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or("");
    line.split_whitespace().nth(1).and_then(|kb| kb.parse().ok()).unwrap_or(0)
}
