//! From groups to targets.

use std::collections::HashSet;
use std::fmt;
use std::time::Duration;

use crate::config::ScrapeJob;
use crate::model::{Labels, LabelsBuilder, format_duration, parse_duration};
use crate::relabel::{self, Verdict};

use super::group::{ADDRESS, TargetGroup};

/// One thing to scrape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The labels of its series: `job`, `instance` and whatever discovery and relabelling gave.
    pub labels: Labels,
    /// The labels before relabelling, as the targets page shows them.
    pub discovered: Labels,
    /// Where to ask, parameters included.
    pub url: String,
    /// From one scrape to the next.
    pub interval: Duration,
    /// How long a scrape may take; at most the interval.
    pub timeout: Duration,
    /// Equal for targets that need not be told apart: the same labels, URL, interval and timeout.
    pub identity: u64,
}

/// What became of a job's groups.
#[derive(Clone, Debug, Default)]
pub struct Targets {
    /// To scrape; no two alike.
    pub active: Vec<Target>,
    /// Dropped by relabelling, as many as the job wants to remember.
    pub dropped: Vec<Dropped>,
    /// How many were dropped altogether.
    pub dropped_count: usize,
    /// Those of which relabelling made nothing that can be scraped.
    pub rejected: Vec<Rejected>,
    /// Whether there are more active targets than the job's `target_limit` allows; then all their scrapes have to fail.
    pub over_limit: bool,
}

/// A target that relabelling dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// The labels before relabelling.
    pub discovered: Labels,
}

/// A target that cannot be scraped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// The labels before relabelling.
    pub discovered: Labels,
    /// Why.
    pub reason: BuildError,
}

/// Makes the targets of a job from its groups.
#[must_use]
pub fn build(job: &ScrapeJob, groups: &[TargetGroup]) -> Targets {
    let keep_dropped = job.limits.keep_dropped_targets.map_or(usize::MAX, saturate);
    let mut targets = Targets::default();
    let mut known = HashSet::new();
    for group in groups {
        for own in &group.targets {
            let labels = discovered(job, own, &group.labels);
            let discovered = labels.clone().build();
            match target(job, labels, &discovered) {
                Ok(Some(target)) => {
                    if known.insert(target.identity) {
                        targets.active.push(target);
                    }
                }
                Ok(None) => {
                    targets.dropped_count += 1;
                    if targets.dropped.len() < keep_dropped {
                        targets.dropped.push(Dropped { discovered });
                    }
                }
                Err(reason) => targets.rejected.push(Rejected { discovered, reason }),
            }
        }
    }
    targets.over_limit = job.limits.targets.is_some_and(|limit| targets.active.len() > saturate(limit));
    targets
}

/// Why a target cannot be scraped.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BuildError {
    /// There is no `__address__`.
    NoAddress,
    /// `__address__` is no `host:port`.
    BadAddress(String),
    /// `__scheme__` is neither http nor https.
    BadScheme(String),
    /// `__scrape_interval__` or `__scrape_timeout__` is no duration above 0.
    BadDuration {
        /// The label.
        label: &'static str,
        /// Its value.
        value: String,
    },
    /// The timeout is longer than the interval.
    TimeoutTooLong {
        /// How long a scrape may take.
        timeout: Duration,
        /// From one scrape to the next.
        interval: Duration,
    },
}

impl fmt::Display for BuildError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAddress => formatter.write_str("no address"),
            Self::BadAddress(address) => write!(formatter, "{address:?} is not a valid hostname"),
            Self::BadScheme(scheme) => write!(formatter, "unsupported scheme {scheme:?}: use http or https"),
            Self::BadDuration { label, value } => {
                write!(formatter, "{label} is {value:?}, which is not a duration above 0")
            }
            Self::TimeoutTooLong { timeout, interval } => write!(
                formatter,
                "scrape timeout cannot be greater than scrape interval ({:?} > {:?})",
                format_duration(*timeout),
                format_duration(*interval)
            ),
        }
    }
}

impl std::error::Error for BuildError {}

/// The labels of a target before relabelling: its own, its group's, and the job's where neither says.
fn discovered(job: &ScrapeJob, own: &Labels, shared: &Labels) -> LabelsBuilder {
    let mut labels = shared.to_builder();
    for (name, value) in own {
        labels.set(name, value);
    }
    let mut default = |name: &str, value: &str| {
        if labels.value(name).is_empty() {
            labels.set(name, value);
        }
    };
    default(JOB, &job.name);
    default(INTERVAL, &format_duration(job.scrape_interval));
    default(TIMEOUT, &format_duration(job.scrape_timeout));
    default(METRICS_PATH, &job.metrics_path);
    default(SCHEME, job.scheme.as_str());
    for (name, values) in &job.params {
        if let Some(first) = values.first() {
            default(&format!("{PARAM_PREFIX}{name}"), first);
        }
    }
    labels
}

/// Applies the job's rules; `None` where they drop the target.
fn target(job: &ScrapeJob, mut labels: LabelsBuilder, discovered: &Labels) -> Result<Option<Target>, BuildError> {
    if relabel::apply(&job.relabel, &mut labels) == Verdict::Drop {
        return Ok(None);
    }
    let address = labels.value(ADDRESS).to_owned();
    if address.is_empty() {
        return Err(BuildError::NoAddress);
    }
    let interval = duration(&labels, INTERVAL)?;
    let timeout = duration(&labels, TIMEOUT)?;
    if timeout > interval {
        return Err(BuildError::TimeoutTooLong { timeout, interval });
    }
    if labels.value(INSTANCE).is_empty() {
        labels.set(INSTANCE, address.as_str());
    }
    let url = url(job, &labels, &address)?;
    let public: Vec<(&str, &str)> = labels.pairs().filter(|(name, _)| !name.starts_with("__")).collect();
    let public = Labels::from_pairs(public);
    let mut identity = String::from(public.as_packed());
    for part in [url.as_str(), labels.value(INTERVAL), labels.value(TIMEOUT)] {
        identity.push('\0');
        identity.push_str(part);
    }
    Ok(Some(Target {
        labels: public,
        discovered: discovered.clone(),
        url,
        interval,
        timeout,
        identity: xxhash_rust::xxh3::xxh3_64(identity.as_bytes()),
    }))
}

fn duration(labels: &LabelsBuilder, label: &'static str) -> Result<Duration, BuildError> {
    let value = labels.value(label);
    parse_duration(value)
        .ok()
        .filter(|duration| !duration.is_zero())
        .ok_or_else(|| BuildError::BadDuration { label, value: value.to_owned() })
}

/// The URL as Go would write it. The address stays as it is: no port is added, none taken away.
fn url(job: &ScrapeJob, labels: &LabelsBuilder, address: &str) -> Result<String, BuildError> {
    let scheme = match labels.value(SCHEME) {
        "" => "http",
        scheme => scheme,
    };
    if !matches!(scheme, "http" | "https") {
        return Err(BuildError::BadScheme(scheme.to_owned()));
    }
    let is_plain = !address.contains(['/', '?', '#', '@', '\\']) && !address.contains(char::is_whitespace);
    if !is_plain || reqwest::Url::parse(&format!("{scheme}://{address}/")).is_err() {
        return Err(BuildError::BadAddress(address.to_owned()));
    }
    let mut params: Vec<(String, Vec<String>)> = job.params.clone();
    for (name, value) in labels.pairs().filter(|(_, value)| !value.is_empty()) {
        let Some(name) = name.strip_prefix(PARAM_PREFIX) else { continue };
        match params.iter_mut().find(|(known, _)| known == name) {
            Some((_, values)) => match values.first_mut() {
                Some(first) => *first = value.to_owned(),
                None => values.push(value.to_owned()),
            },
            None => params.push((name.to_owned(), vec![value.to_owned()])),
        }
    }
    params.sort();
    let path = labels.value(METRICS_PATH);
    let mut url = format!("{scheme}://{address}");
    if !path.is_empty() && !path.starts_with('/') {
        url.push('/');
    }
    escape(&mut url, path, b"$&+,/:;=@", false);
    let mut separator = '?';
    for (name, values) in &params {
        for value in values {
            url.push(separator);
            separator = '&';
            escape(&mut url, name, b"", true);
            url.push('=');
            escape(&mut url, value, b"", true);
        }
    }
    Ok(url)
}

/// Percent-encodes all but letters, digits, `-_.~` and the bytes of `also`.
fn escape(out: &mut String, text: &str, also: &[u8], plus_for_space: bool) {
    for byte in text.bytes() {
        match byte {
            b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            b' ' if plus_for_space => out.push('+'),
            byte if byte.is_ascii_alphanumeric() || also.contains(&byte) => out.push(char::from(byte)),
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
}

fn saturate(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

const JOB: &str = "job";
const INSTANCE: &str = "instance";
const INTERVAL: &str = "__scrape_interval__";
const TIMEOUT: &str = "__scrape_timeout__";
const METRICS_PATH: &str = "__metrics_path__";
const SCHEME: &str = "__scheme__";
const PARAM_PREFIX: &str = "__param_";
