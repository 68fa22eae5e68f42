//! The counters that this process increments, and the page they are shown on.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use parking_lot::RwLock;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::readings::{Reading, ReadingsCollector};

/// Labels of the HTTP metrics.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct HttpLabels {
    /// The route, not the path: its number of values is bounded.
    pub handler: String,
    /// The status code.
    pub code: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct HandlerLabels {
    handler: String,
}

type SecondsHistogram = Family<HandlerLabels, Histogram, fn() -> Histogram>;

/// All metrics of the process. Cheap to clone.
#[derive(Clone)]
pub struct Metrics {
    registry: Arc<RwLock<Registry>>,
    http_requests: Family<HttpLabels, Counter>,
    http_seconds: SecondsHistogram,
    /// 1 after a configuration was taken, 0 after one was refused.
    pub config_last_reload_successful: Gauge,
    /// When a configuration was last taken, in seconds since the epoch.
    pub config_last_reload_success_timestamp: Gauge,
}

impl Metrics {
    /// A registry with the families that this module owns.
    #[must_use]
    pub fn new() -> Self {
        let mut registry = Registry::default();
        let http_requests = Family::<HttpLabels, Counter>::default();
        registry.register("prometheus_http_requests", "Counter of HTTP requests", http_requests.clone());
        let http_seconds: SecondsHistogram = Family::new_with_constructor(latency_histogram);
        registry.register(
            "prometheus_http_request_duration_seconds",
            "Histogram of latencies for HTTP requests",
            http_seconds.clone(),
        );
        let config_last_reload_successful = Gauge::default();
        registry.register(
            "prometheus_config_last_reload_successful",
            "Whether the last configuration reload attempt was successful",
            config_last_reload_successful.clone(),
        );
        let config_last_reload_success_timestamp = Gauge::default();
        registry.register(
            "prometheus_config_last_reload_success_timestamp_seconds",
            "Timestamp of the last successful configuration reload",
            config_last_reload_success_timestamp.clone(),
        );
        Self {
            registry: Arc::new(RwLock::new(registry)),
            http_requests,
            http_seconds,
            config_last_reload_successful,
            config_last_reload_success_timestamp,
        }
    }

    /// Adds a source that is asked at every scrape of the page. It must not block for long.
    pub fn add_source(&self, source: impl Fn() -> Vec<Reading> + Send + Sync + 'static) {
        self.registry.write().register_collector(Box::new(ReadingsCollector { source: Box::new(source) }));
    }

    /// Counts one answered request.
    pub fn http_request(&self, handler: &str, code: u16, seconds: f64) {
        self.http_requests.get_or_create(&HttpLabels { handler: handler.to_owned(), code }).inc();
        self.http_seconds.get_or_create(&HandlerLabels { handler: handler.to_owned() }).observe(seconds);
    }

    /// The page in OpenMetrics 1.0.
    ///
    /// # Errors
    /// A metric could not be written, which is a bug of its definition.
    pub fn openmetrics(&self) -> Result<String, fmt::Error> {
        let mut page = String::with_capacity(16 << 10);
        prometheus_client::encoding::text::encode(&mut page, &self.registry.read())?;
        Ok(page)
    }

    /// The page in the Prometheus text format 0.0.4.
    ///
    /// # Errors
    /// As [`Metrics::openmetrics`].
    pub fn text(&self) -> Result<String, fmt::Error> {
        Ok(to_text_format(&self.openmetrics()?))
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Metrics")
    }
}

/// Whether an `Accept` header wants OpenMetrics rather than plain text. Quality values are compared; a tie, as
/// in a header that names both alike, goes to OpenMetrics.
#[must_use]
pub fn negotiate(accept: &str) -> bool {
    let mut openmetrics: Option<f64> = None;
    let mut text: Option<f64> = None;
    for item in accept.split(',') {
        let mut parts = item.split(';').map(str::trim);
        let media = parts.next().unwrap_or("");
        let quality = parts.filter_map(|part| part.strip_prefix("q=")).find_map(|q| q.parse().ok()).unwrap_or(1.0);
        let slot = match media {
            "application/openmetrics-text" => &mut openmetrics,
            "text/plain" | "text/*" | "*/*" => &mut text,
            _ => continue,
        };
        *slot = Some(slot.map_or(quality, |known: f64| known.max(quality)));
    }
    openmetrics.is_some_and(|wanted| wanted > 0.0 && text.is_none_or(|plain| wanted >= plain))
}

/// Rewrites OpenMetrics as text 0.0.4: a counter family carries `_total` in its TYPE and HELP lines, types that
/// 0.0.4 does not know become gauges, UNIT and EOF lines go.
fn to_text_format(openmetrics: &str) -> String {
    let mut counters: Vec<&str> =
        openmetrics.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.strip_suffix(" counter")).collect();
    counters.sort_unstable();
    let mut page = String::with_capacity(openmetrics.len() + 1024);
    for line in openmetrics.lines() {
        let Some(comment) = line.strip_prefix("# ") else {
            page.push_str(line);
            page.push('\n');
            continue;
        };
        let mut words = comment.splitn(3, ' ');
        let (Some(keyword @ ("HELP" | "TYPE")), Some(family), Some(rest)) = (words.next(), words.next(), words.next())
        else {
            continue;
        };
        let suffix = if counters.binary_search(&family).is_ok() { "_total" } else { "" };
        let rest: Cow<'_, str> = match (keyword, rest) {
            ("TYPE", "unknown") => Cow::Borrowed("untyped"),
            ("TYPE", "info" | "stateset") => Cow::Borrowed("gauge"),
            (_, rest) => Cow::Borrowed(rest),
        };
        page.push_str(&format!("# {keyword} {family}{suffix} {rest}\n"));
    }
    page
}

fn latency_histogram() -> Histogram {
    // Prometheus's own bounds for this metric, so that its dashboards show the same rows.
    Histogram::new([0.1, 0.2, 0.4, 1.0, 3.0, 8.0, 20.0, 60.0, 120.0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_page_names_counters_in_full() {
        let metrics = Metrics::new();
        metrics.http_request("/api/v1/query", 200, 0.05);
        metrics.add_source(|| vec![Reading::gauge("boxes", "How many", 2.0).with("kind", "edge")]);
        let page = metrics.text().unwrap();
        assert!(page.contains("# TYPE prometheus_http_requests_total counter\n"), "{page}");
        assert!(page.contains("prometheus_http_requests_total{handler=\"/api/v1/query\",code=\"200\"} 1\n"), "{page}");
        assert!(page.contains("boxes{kind=\"edge\"} 2"), "{page}");
        assert!(!page.contains("# EOF"), "{page}");
        assert!(metrics.openmetrics().unwrap().ends_with("# EOF\n"));
    }

    #[test]
    fn openmetrics_is_given_to_those_who_ask_for_it() {
        assert!(negotiate("application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"));
        assert!(!negotiate("text/plain;version=0.0.4"));
        assert!(!negotiate("*/*"));
        assert!(!negotiate(""));
    }
}
