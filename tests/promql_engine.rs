//! What an engine promises besides right values: limits, timeouts, cancellation, and queries side by side.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use meterbox::model::{Labels, Matcher};
use meterbox::promql::{CancelToken, Engine, EngineOptions, ErrorKind, ParseOptions, QueryError, QueryOptions, Value};
use meterbox::storage::{Columns, ReadError, Select, Series, SeriesColumns, Source};

/// Any number of series with a sample every ten seconds, each slow to read.
struct Slow {
    series: usize,
    delay: Duration,
    reads: Arc<AtomicUsize>,
}

impl Slow {
    fn source(series: usize, delay: Duration) -> (Arc<dyn Source>, Arc<AtomicUsize>) {
        let reads = Arc::new(AtomicUsize::new(0));
        (Arc::new(Self { series, delay, reads: Arc::clone(&reads) }), reads)
    }
}

impl Source for Slow {
    fn select(&self, _: &Select<'_>) -> Result<Vec<Series>, ReadError> {
        Ok((0..self.series)
            .map(|index| {
                let labels = Labels::from_pairs([("__name__", "m_total".to_owned()), ("i", format!("{index:05}"))]);
                let data = SlowSeries { value: index as f64, delay: self.delay, reads: Arc::clone(&self.reads) };
                Series::new(labels, Arc::new(data))
            })
            .collect())
    }

    fn label_names(&self, _: &[Vec<Matcher>], _: i64, _: i64) -> Result<Vec<String>, ReadError> {
        Ok(Vec::new())
    }

    fn label_values(&self, _: &str, _: &[Vec<Matcher>], _: i64, _: i64) -> Result<Vec<String>, ReadError> {
        Ok(Vec::new())
    }
}

struct SlowSeries {
    value: f64,
    delay: Duration,
    reads: Arc<AtomicUsize>,
}

impl SeriesColumns for SlowSeries {
    fn read(&self, start: i64, end: i64, out: &mut Columns) -> Result<(), ReadError> {
        std::thread::sleep(self.delay);
        self.reads.fetch_add(1, Ordering::Relaxed);
        let mut time = start.div_euclid(10_000) * 10_000;
        while time <= end {
            if time >= start {
                out.push(time, self.value);
            }
            time += 10_000;
        }
        Ok(())
    }
}

fn failure(result: Result<meterbox::promql::Answer, QueryError>) -> (ErrorKind, String) {
    let error = result.map(|answer| answer.value).unwrap_err();
    (error.kind(), error.to_string())
}

#[test]
fn too_many_samples_are_refused() {
    let engine = Engine::new(EngineOptions { max_samples: 100, ..EngineOptions::default() });
    let ask = |query: &str| {
        engine.range(Slow::source(20, Duration::ZERO).0, query, 0, 90_000, 10_000, QueryOptions::default())
    };
    let message = "query processing would load too many samples into memory in query execution".to_owned();
    assert_eq!(failure(ask("m_total")), (ErrorKind::Execution, message.clone()));
    assert_eq!(failure(ask("m_total + m_total")), (ErrorKind::Execution, message));
    // An aggregation holds its groups alone.
    assert!(ask("sum(m_total)").is_ok());
}

#[test]
fn a_subquery_with_too_many_steps_is_refused_before_it_takes_memory() {
    let engine = Engine::new(EngineOptions { max_samples: 1_000_000, ..EngineOptions::default() });
    let (source, _) = Slow::source(1, Duration::ZERO);
    for query in
        ["max_over_time(vector(1)[250y:1ms])", "vector(1)[5000d:1ms]", "absent_over_time(absent(up)[5000d:1ms])"]
    {
        let answer = engine.instant(source.clone(), query, 0, QueryOptions::default());
        assert_eq!(failure(answer).0, ErrorKind::Execution, "{query}");
    }
}

#[test]
fn a_query_ends_in_time() {
    let engine = Engine::new(EngineOptions { threads: 2, ..EngineOptions::default() });
    let (source, _) = Slow::source(10_000, Duration::from_millis(2));
    let options = QueryOptions { timeout: Some(Duration::from_millis(100)), ..QueryOptions::default() };
    let started = Instant::now();
    let (kind, message) = failure(engine.instant(source, "sum(m_total)", 0, options));
    assert_eq!((kind, message.as_str()), (ErrorKind::Timeout, "query timed out in expression evaluation"));
    assert!(started.elapsed() < Duration::from_secs(2));
}

#[test]
fn a_query_can_be_canceled() {
    let engine = Engine::new(EngineOptions { threads: 2, ..EngineOptions::default() });
    let (source, _) = Slow::source(10_000, Duration::from_millis(2));
    let cancel = CancelToken::default();
    let options = QueryOptions { cancel: cancel.clone(), ..QueryOptions::default() };
    let stopper = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(50));
        cancel.cancel();
    });
    let (kind, message) = failure(engine.instant(source, "sum(m_total)", 0, options));
    stopper.join().unwrap();
    assert_eq!((kind, message.as_str()), (ErrorKind::Canceled, "query was canceled in expression evaluation"));
}

#[test]
fn a_dropped_future_stops_its_query() {
    let engine = Engine::new(EngineOptions { threads: 2, ..EngineOptions::default() });
    let (source, reads) = Slow::source(10_000, Duration::from_millis(2));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let query = engine.instant_async(source, "sum(m_total)", 0, QueryOptions::default());
        assert!(tokio::time::timeout(Duration::from_millis(50), query).await.is_err());
    });
    let deadline = Instant::now() + Duration::from_secs(5);
    while engine.load().0 > 0 {
        assert!(Instant::now() < deadline, "the query goes on");
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(reads.load(Ordering::Relaxed) < 5_000);
}

#[test]
fn many_threads_give_the_answer_of_one() {
    let answers: Vec<Value> = [1, 4]
        .into_iter()
        .map(|threads| {
            let engine = Engine::new(EngineOptions { threads, ..EngineOptions::default() });
            let (source, reads) = Slow::source(300, Duration::from_micros(50));
            let query = "sum by (i) (rate(m_total[1m])) + sum(m_total) / 3";
            let query = format!("{query} or on () avg(m_total * 0.1)");
            let answer = engine.range(source, &query, 0, 600_000, 10_000, QueryOptions::default()).unwrap();
            assert_eq!(reads.load(Ordering::Relaxed), 900);
            answer.value
        })
        .collect();
    assert_eq!(answers[0], answers[1]);
}

#[test]
fn queries_wait_for_their_turn() {
    let options = EngineOptions { threads: 4, max_concurrency: 1, ..EngineOptions::default() };
    let engine = Engine::new(options);
    let askers: Vec<_> = (0..4)
        .map(|_| {
            let engine = engine.clone();
            std::thread::spawn(move || {
                let (source, _) = Slow::source(5, Duration::from_millis(10));
                engine.instant(source, "m_total", 0, QueryOptions::default()).unwrap().stats
            })
        })
        .collect();
    let stats: Vec<_> = askers.into_iter().map(|asker| asker.join().unwrap()).collect();
    assert!(stats.iter().map(|stats| stats.queue_time).max().unwrap() >= Duration::from_millis(100));
    assert!(stats.iter().all(|stats| stats.total_queryable_samples == 5 && stats.peak_samples >= 5));
}

#[test]
fn what_is_not_enabled_is_refused() {
    let engine = Engine::new(EngineOptions::default());
    let (source, _) = Slow::source(1, Duration::ZERO);
    let (kind, message) =
        failure(engine.instant(source.clone(), "mad_over_time(m_total[1m])", 0, QueryOptions::default()));
    assert_eq!(
        (kind, message.as_str()),
        (ErrorKind::BadData, "1:1: parse error: function \"mad_over_time\" is not enabled")
    );
    let engine = Engine::new(EngineOptions { language: ParseOptions::all(), ..EngineOptions::default() });
    assert!(engine.instant(source, "mad_over_time(m_total[1m])", 60_000, QueryOptions::default()).is_ok());
}

#[test]
fn a_deep_query_does_not_overflow_the_stack() {
    let engine = Engine::new(EngineOptions::default());
    let (source, _) = Slow::source(1, Duration::ZERO);
    for (open, close) in [("-(", ")"), ("abs(", ")"), ("sum(", ")"), ("1 + (", ")"), ("m_total + (", ")")] {
        let query = format!("{}m_total{}", open.repeat(45), close.repeat(45));
        engine.instant(source.clone(), &query, 0, QueryOptions::default()).map_err(|error| error.to_string()).unwrap();
    }
    for link in [" + ", " or ", " and "] {
        let query = vec!["m_total"; 480].join(link);
        engine.instant(source.clone(), &query, 0, QueryOptions::default()).map_err(|error| error.to_string()).unwrap();
    }
}

#[test]
fn a_limit_cuts_the_result_and_says_so() {
    let engine = Engine::new(EngineOptions::default());
    let options = QueryOptions { limit: 3, ..QueryOptions::default() };
    let answer = engine.instant(Slow::source(5, Duration::ZERO).0, "m_total", 0, options).unwrap();
    assert!(matches!(&answer.value, Value::Vector(samples) if samples.len() == 3));
    assert_eq!(answer.warnings, ["results truncated due to limit"]);
}

/// Every query that the parser lets through ends in an answer or an error, whatever it asks for.
#[test]
fn whatever_parses_is_answered_or_refused() {
    let shared = std::env::var_os("METERBOX_SHARED")
        .map_or_else(|| std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"), std::path::PathBuf::from);
    let path = shared.join("promql/parser-golden.jsonl.gz");
    let Ok(file) = std::fs::File::open(&path) else {
        println!("SKIPPED: no queries in {} (METERBOX_SHARED names another place)", path.display());
        return;
    };
    let lines = std::io::BufRead::lines(std::io::BufReader::new(flate2::read::GzDecoder::new(file)));
    let engine = Engine::new(EngineOptions {
        language: ParseOptions::all(),
        delayed_name_removal: true,
        max_samples: 100_000,
        ..EngineOptions::default()
    });
    let (mut answered, mut refused) = (0, std::collections::BTreeMap::<String, usize>::new());
    // A part of them, so that it takes seconds.
    for line in lines.step_by(5) {
        let case: serde_json::Value = serde_json::from_str(&line.unwrap()).unwrap();
        let query = case["q"].as_str().unwrap();
        let (source, _) = Slow::source(40, Duration::ZERO);
        let options = QueryOptions { timeout: Some(Duration::from_secs(20)), ..QueryOptions::default() };
        let result = engine.range(source, query, 60_000, 120_000, 30_000, options);
        match result {
            Ok(_) => answered += 1,
            Err(QueryError::Parse(_)) => {}
            Err(error) => {
                assert!(!matches!(error.kind(), ErrorKind::Timeout | ErrorKind::Canceled), "{query}: {error}");
                *refused.entry(error.to_string()).or_default() += 1;
            }
        }
    }
    println!("{answered} answered; refused: {refused:#?}");
    assert!(answered > 500);
}
