//! How long queries take over samples that are decoded already: what evaluation alone costs.
//!
//! `cargo bench --bench promql` prints one line a query: the best of several runs, and the samples looked at a second.

#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use meterbox::model::{Labels, Matcher};
use meterbox::promql::{Engine, EngineOptions, QueryOptions};
use meterbox::storage::{Columns, ReadError, Select, Series, SeriesColumns, Source};

/// A day of samples, one in 15 s.
const SAMPLES: i64 = 5760;
const STEP: i64 = 15_000;

const QUERIES: [&str; 12] = [
    "requests_total",
    "sum(requests_total)",
    "rate(requests_total[5m])",
    "sum by (job) (rate(requests_total[5m]))",
    "sum by (job) (increase(requests_total[1h]))",
    "avg_over_time(requests_total[5m])",
    "max_over_time(requests_total[5m])",
    "quantile_over_time(0.9, requests_total[5m])",
    "topk(5, rate(requests_total[5m]))",
    "histogram_quantile(0.99, sum by (le) (rate(latency_bucket[5m])))",
    "requests_total / on (instance) group_left sum by (instance) (requests_total)",
    "max_over_time(rate(requests_total{job=\"0\"}[1m])[5m:30s])",
];

fn main() {
    let source: Arc<dyn Source> = Arc::new(Memory::new(1000));
    for threads in [1, 2] {
        println!("{threads} threads, 1000 series, 24 h of 15 s, a step of 60 s");
        let engine = Engine::new(EngineOptions { threads, max_samples: 0, ..EngineOptions::default() });
        for query in QUERIES {
            let mut best = Duration::MAX;
            let mut samples = 0;
            for _ in 0..5 {
                let started = Instant::now();
                let source = Arc::clone(&source);
                let answer =
                    engine.range(source, query, STEP * 40, STEP * SAMPLES, 60_000, QueryOptions::default()).unwrap();
                best = best.min(started.elapsed());
                samples = answer.stats.total_queryable_samples;
            }
            let rate = samples as f64 / best.as_secs_f64() / 1e6;
            println!("{:>9.2} ms {rate:>9.1} M samples/s  {query}", best.as_secs_f64() * 1e3);
        }
    }
}

struct Memory {
    series: Vec<Series>,
}

impl Memory {
    fn new(count: usize) -> Self {
        let mut series: Vec<Series> = (0..count)
            .map(|index| {
                let labels = [
                    ("__name__", "requests_total".to_owned()),
                    ("job", (index % 10).to_string()),
                    ("instance", format!("host-{}:9100", index / 10)),
                ];
                one(&labels, 1.0 + index as f64)
            })
            .collect();
        for (index, le) in ["0.1", "0.25", "0.5", "1", "2.5", "5", "10", "+Inf"].into_iter().enumerate() {
            series.extend((0..count / 10).map(|host| {
                let labels = [
                    ("__name__", "latency_bucket".to_owned()),
                    ("le", le.to_owned()),
                    ("instance", format!("host-{host}:9100")),
                ];
                one(&labels, (index + 1) as f64)
            }));
        }
        series.sort_by(|a, b| a.labels().cmp(b.labels()));
        Self { series }
    }
}

fn one(labels: &[(&str, String)], slope: f64) -> Series {
    let mut columns = Columns::default();
    (0..SAMPLES).for_each(|index| columns.push(index * STEP, (index as f64 * slope).floor()));
    let labels = Labels::from_pairs(labels.iter().map(|(name, value)| (*name, value.as_str())));
    Series::new(labels, Arc::new(Decoded(columns)))
}

struct Decoded(Columns);

impl SeriesColumns for Decoded {
    fn read(&self, start: i64, end: i64, out: &mut Columns) -> Result<(), ReadError> {
        let from = self.0.timestamps.partition_point(|time| *time < start);
        let to = self.0.timestamps.partition_point(|time| *time <= end);
        out.timestamps.extend_from_slice(&self.0.timestamps[from..to]);
        out.values.extend_from_slice(&self.0.values[from..to]);
        Ok(())
    }
}

impl Source for Memory {
    fn select(&self, select: &Select<'_>) -> Result<Vec<Series>, ReadError> {
        let matches = |series: &&Series| {
            select.matchers.iter().all(|matcher| matcher.matches(series.labels().value_or_empty(&matcher.name)))
        };
        Ok(self.series.iter().filter(matches).cloned().collect())
    }

    fn label_names(&self, _: &[Vec<Matcher>], _: i64, _: i64) -> Result<Vec<String>, ReadError> {
        Ok(Vec::new())
    }

    fn label_values(&self, _: &str, _: &[Vec<Matcher>], _: i64, _: i64) -> Result<Vec<String>, ReadError> {
        Ok(Vec::new())
    }
}
