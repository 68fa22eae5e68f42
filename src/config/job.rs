//! What a configuration says, typed.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::model::Labels;

use super::client::HttpClientOptions;
use super::relabel::RelabelRule;

/// A whole configuration. Everything in it has been checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// The file it came from; `None` for the built-in one.
    pub path: Option<PathBuf>,
    /// The text as it was read.
    pub source_text: Arc<str>,
    /// What holds for all jobs.
    pub global: Global,
    /// The jobs, in the order of the file; names are unique.
    pub scrape: Vec<Arc<ScrapeJob>>,
    /// Things worth a line in the log that are no errors.
    pub notes: Vec<String>,
}

/// What holds for all jobs.
#[derive(Clone, Debug, PartialEq)]
pub struct Global {
    /// How often targets are scraped, unless their job says otherwise.
    pub scrape_interval: Duration,
    /// How long a scrape may take, unless the job says otherwise; at most the interval.
    pub scrape_timeout: Duration,
    /// How often rules are evaluated.
    pub evaluation_interval: Duration,
    /// Labels for what leaves this box; not added to what is stored here.
    pub external_labels: Labels,
    /// The formats to ask for, the best first.
    pub scrape_protocols: Vec<ScrapeProtocol>,
    /// Bounds on a scrape, unless the job says otherwise.
    pub limits: Limits,
}

/// One entry of `scrape_configs`, defaults filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct ScrapeJob {
    /// The job's name: the value of the `job` label unless discovery or relabelling changes it.
    pub name: String,
    /// From one scrape of a target to the next.
    pub scrape_interval: Duration,
    /// How long a scrape may take; at most the interval.
    pub scrape_timeout: Duration,
    /// The path to ask for; `/metrics` unless given.
    pub metrics_path: String,
    /// The scheme to ask with.
    pub scheme: Scheme,
    /// URL parameters, sorted by name, each with its values in order.
    pub params: Vec<(String, Vec<String>)>,
    /// Whether labels of the scraped page win over the target's.
    pub honor_labels: bool,
    /// Whether timestamps of the scraped page count.
    pub honor_timestamps: bool,
    /// Whether series with timestamps of their own get stale markers too.
    pub track_timestamps_staleness: bool,
    /// Whether to ask for a compressed page.
    pub enable_compression: bool,
    /// The formats to ask for, the best first; not empty.
    pub scrape_protocols: Vec<ScrapeProtocol>,
    /// The format of a page whose Content-Type is missing or unknown; without it such a scrape fails.
    pub fallback_scrape_protocol: Option<ScrapeProtocol>,
    /// Bounds on a scrape.
    pub limits: Limits,
    /// Applied to targets before they are scraped.
    pub relabel: Vec<RelabelRule>,
    /// Applied to samples before they are stored.
    pub metric_relabel: Arc<[RelabelRule]>,
    /// How to speak to the targets.
    pub client: HttpClientOptions,
    /// Targets named in the file itself.
    pub static_groups: Vec<StaticGroup>,
    /// Targets listed in other files.
    pub file_sd: Vec<FileSd>,
    /// Targets listed by HTTP services.
    pub http_sd: Vec<HttpSd>,
}

/// Bounds on one scrape; `None` where there is none. A scrape that exceeds one fails as a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of an uncompressed page.
    pub body_size: Option<u64>,
    /// Samples after metric relabelling.
    pub samples: Option<u64>,
    /// Targets of the job after relabelling.
    pub targets: Option<u64>,
    /// Labels of a sample.
    pub labels: Option<u64>,
    /// Bytes of a label's name.
    pub label_name_length: Option<u64>,
    /// Bytes of a label's value.
    pub label_value_length: Option<u64>,
    /// Dropped targets to remember per job, for the targets page.
    pub keep_dropped_targets: Option<u64>,
}

/// The scheme of a scrape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// `http`
    Http,
    /// `https`
    Https,
}

impl Scheme {
    /// The scheme as a URL writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

/// A text format of exposition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ScrapeProtocol {
    /// `OpenMetricsText1.0.0`
    OpenMetricsText1_0_0,
    /// `OpenMetricsText0.0.1`
    OpenMetricsText0_0_1,
    /// `PrometheusText1.0.0`
    PrometheusText1_0_0,
    /// `PrometheusText0.0.4`
    PrometheusText0_0_4,
}

impl ScrapeProtocol {
    /// Every format, in the order in which they are asked for by default.
    pub const ALL: [Self; 4] =
        [Self::OpenMetricsText1_0_0, Self::OpenMetricsText0_0_1, Self::PrometheusText1_0_0, Self::PrometheusText0_0_4];

    /// The format as a configuration writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OpenMetricsText1_0_0 => "OpenMetricsText1.0.0",
            Self::OpenMetricsText0_0_1 => "OpenMetricsText0.0.1",
            Self::PrometheusText1_0_0 => "PrometheusText1.0.0",
            Self::PrometheusText0_0_4 => "PrometheusText0.0.4",
        }
    }

    /// The format as an `Accept` header writes it, without a quality.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::OpenMetricsText1_0_0 => "application/openmetrics-text;version=1.0.0",
            Self::OpenMetricsText0_0_1 => "application/openmetrics-text;version=0.0.1",
            Self::PrometheusText1_0_0 => "text/plain;version=1.0.0",
            Self::PrometheusText0_0_4 => "text/plain;version=0.0.4",
        }
    }
}

/// Targets and the labels they share.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StaticGroup {
    /// Addresses, `host:port` or `host`.
    pub targets: Vec<String>,
    /// Labels of all of them.
    pub labels: Labels,
}

/// Files that list targets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileSd {
    /// Paths with a star in the last part at most; relative ones have been joined to the configuration's folder.
    pub files: Vec<PathBuf>,
    /// How often the files are looked at even if nothing seems to have changed.
    pub refresh_interval: Duration,
}

/// A service that lists targets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpSd {
    /// Where to ask.
    pub url: String,
    /// How often to ask.
    pub refresh_interval: Duration,
    /// How to speak to the service.
    pub client: HttpClientOptions,
}
