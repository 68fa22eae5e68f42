//! The figures of the parts, as metrics: under Prometheus's names where its dashboards and alerts ask for them, under
//! meterbox_* where the thing is ours.

use crate::ingest::Ingest;
use crate::promql::Engine;
use crate::scrape::Manager;
use crate::storage::Store;
use crate::telemetry::{Metrics, Reading, process_readings};

/// Connects every part to the metrics page.
pub(super) fn connect(metrics: &Metrics, store: &Store, engine: &Engine, scrape: &Manager, ingest: &Ingest) {
    metrics.add_source(process_readings);
    metrics.add_source(|| {
        vec![
            Reading::gauge("meterbox_build_info", "What this binary was built from; always 1", 1.0)
                .with("version", env!("CARGO_PKG_VERSION"))
                .with("revision", env!("METERBOX_REVISION")),
        ]
    });
    metrics.add_source({
        let store = store.clone();
        move || store_readings(&store)
    });
    metrics.add_source({
        let engine = engine.clone();
        move || engine_readings(&engine)
    });
    metrics.add_source({
        let scrape = scrape.clone();
        move || scrape_readings(&scrape)
    });
    metrics.add_source({
        let ingest = ingest.clone();
        move || ingest_readings(&ingest)
    });
}

fn store_readings(store: &Store) -> Vec<Reading> {
    let stats = store.stats();
    let mut readings = vec![
        Reading::gauge(
            "prometheus_tsdb_head_series",
            "Total number of series in the head block",
            count(stats.head_series),
        ),
        Reading::gauge(
            "prometheus_tsdb_head_chunks",
            "Total number of chunks in the head block",
            count(stats.head_chunks),
        ),
        Reading::counter(
            "prometheus_tsdb_head_samples_appended",
            "Total number of appended samples",
            float(stats.samples_appended),
        ),
        Reading::counter(
            "prometheus_tsdb_head_series_created",
            "Total number of series created",
            float(stats.series_created),
        ),
        Reading::counter(
            "prometheus_tsdb_head_series_removed",
            "Total number of series removed",
            float(stats.series_removed),
        ),
        Reading::counter(
            "prometheus_tsdb_out_of_order_samples",
            "Total number of out of order samples that were refused",
            float(stats.out_of_order),
        ),
        Reading::counter(
            "prometheus_tsdb_wal_corruptions",
            "Total number of log segments with a torn end",
            float(stats.wal_torn),
        ),
        Reading::counter("prometheus_tsdb_compactions", "Total number of flushes into day files", float(stats.flushes)),
        Reading::counter(
            "prometheus_tsdb_compactions_failed",
            "Total number of flushes that failed",
            float(stats.failed_flushes),
        ),
        Reading::gauge("prometheus_tsdb_storage_blocks_bytes", "Bytes of the day files", float(stats.day_bytes)),
        Reading::gauge("prometheus_tsdb_wal_storage_size_bytes", "Bytes of the log", float(stats.wal_bytes)),
        Reading::gauge("prometheus_tsdb_blocks_loaded", "Number of day files", count(stats.days)),
        Reading::gauge("meterbox_store_series", "Series that the store remembers", count(stats.series)),
        Reading::gauge("meterbox_store_label_pairs", "Distinct label pairs", count(stats.label_pairs)),
        Reading::gauge(
            "meterbox_store_head_samples",
            "Samples in memory that are in no day file yet",
            float(stats.head_samples),
        ),
        Reading::gauge("meterbox_store_head_bytes", "Bytes of samples in memory", count(stats.head_bytes)),
        Reading::gauge("meterbox_store_day_samples", "Samples in the day files", float(stats.day_samples)),
        Reading::counter(
            "meterbox_store_duplicate_samples",
            "Samples refused as another value for a taken time",
            float(stats.duplicates),
        ),
        Reading::counter(
            "meterbox_store_out_of_bounds_samples",
            "Samples refused as too old or too new",
            float(stats.out_of_bounds),
        ),
        Reading::counter(
            "meterbox_store_replayed_samples",
            "Samples read back from the log at start",
            float(stats.replayed_samples),
        ),
        Reading::counter(
            "meterbox_store_wal_written_bytes",
            "Bytes written to the log",
            float(stats.wal_bytes_written),
        ),
        Reading::counter("meterbox_store_wal_syncs", "Syncs of the log", float(stats.wal_syncs)),
        Reading::counter("meterbox_store_damaged_days", "Day files set aside as damaged", float(stats.damaged_days)),
        Reading::counter("meterbox_store_damaged_pages", "Pages skipped as damaged", float(stats.damaged_pages)),
    ];
    for (name, help, time) in [
        ("prometheus_tsdb_head_min_time_seconds", "Minimum time of the head block", stats.head_min_time),
        ("prometheus_tsdb_head_max_time_seconds", "Maximum time of the head block", stats.head_max_time),
        ("prometheus_tsdb_lowest_timestamp_seconds", "Lowest timestamp stored", stats.min_time),
    ] {
        if time != i64::MAX && time != i64::MIN {
            readings.push(Reading::gauge(name, help, seconds(time)));
        }
    }
    readings
}

fn engine_readings(engine: &Engine) -> Vec<Reading> {
    let (running, waiting) = engine.load();
    vec![
        Reading::gauge(
            "prometheus_engine_queries",
            "The number of queries being executed or waiting",
            count(running + waiting),
        ),
        Reading::gauge(
            "prometheus_engine_queries_concurrent_max",
            "The most queries that run at a time",
            count(engine.options().max_concurrency),
        ),
    ]
}

fn scrape_readings(scrape: &Manager) -> Vec<Reading> {
    let targets = scrape.targets();
    let mut readings = Vec::new();
    for pool in scrape.pools() {
        let size = targets.iter().filter(|target| target.scrape_pool == pool).count();
        readings.push(
            Reading::gauge(
                "prometheus_target_scrape_pool_targets",
                "Current number of targets in this scrape pool",
                count(size),
            )
            .with("scrape_job", pool),
        );
    }
    readings
}

fn ingest_readings(ingest: &Ingest) -> Vec<Reading> {
    let counters = ingest.counters().snapshot();
    [
        (
            "prometheus_target_scrapes_sample_duplicate_timestamp",
            "Samples refused as duplicates in time with another value",
            counters.duplicate_timestamp,
        ),
        (
            "prometheus_target_scrapes_sample_out_of_order",
            "Samples refused as older than the newest of their series",
            counters.out_of_order,
        ),
        (
            "prometheus_target_scrapes_sample_out_of_bounds",
            "Samples refused as too far in the future",
            counters.out_of_bounds,
        ),
        (
            "prometheus_target_scrapes_exceeded_sample_limit",
            "Scrapes that hit the sample limit and were refused",
            counters.exceeded_sample_limit,
        ),
        (
            "prometheus_target_scrapes_exceeded_body_size_limit",
            "Scrapes that hit the body size limit and were refused",
            counters.exceeded_body_size_limit,
        ),
        (
            "prometheus_target_scrape_pool_exceeded_label_limits",
            "Scrapes that hit a label limit and were refused",
            counters.exceeded_label_limits,
        ),
        ("meterbox_scrapes", "Scrapes that ended, well or not", counters.scrapes),
        ("meterbox_scrapes_failed", "Scrapes that failed", counters.failed_scrapes),
        ("meterbox_scraped_samples", "Samples that scrapes handed to the store", counters.scraped_samples),
        ("meterbox_scraped_malformed_pages", "Pages that did not follow their format", counters.malformed_pages),
        ("meterbox_remote_write_requests", "Remote-write requests answered, well or not", counters.remote_requests),
        (
            "meterbox_remote_write_failed_requests",
            "Remote-write requests refused altogether",
            counters.remote_failed_requests,
        ),
        ("meterbox_remote_write_samples", "Samples accepted over remote write", counters.remote_samples),
        (
            "meterbox_remote_write_rejected_samples",
            "Samples refused over remote write",
            counters.remote_rejected_samples,
        ),
        (
            "meterbox_remote_write_native_histograms",
            "Native histograms received, which are not stored",
            counters.remote_native_histograms,
        ),
        ("meterbox_remote_write_exemplars", "Exemplars received, which are not stored", counters.remote_exemplars),
    ]
    .into_iter()
    .map(|(name, help, value)| Reading::counter(name, help, float(value)))
    .collect()
}

#[expect(clippy::cast_precision_loss, reason = "a metric is a float; these counts stay far below 2^53")]
fn float(value: u64) -> f64 {
    value as f64
}

fn count(value: usize) -> f64 {
    float(u64::try_from(value).unwrap_or(u64::MAX))
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds since the epoch stay far below 2^53")]
fn seconds(ms: i64) -> f64 {
    ms as f64 / 1000.0
}
