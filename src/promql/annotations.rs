//! What a query's answer has to say besides its values: warnings and infos, with their place in the text.

use std::collections::BTreeMap;
use std::fmt;

use parking_lot::Mutex;

use crate::model::{format_float, quote};

use super::ast::Span;
use super::eval::gofloat;

/// Something worth saying about an evaluation that went through.
#[derive(Clone, Debug)]
pub(crate) enum Annotation {
    /// φ outside 0..=1.
    InvalidQuantile(f64),
    /// A ratio outside -1..=1, and what it was capped to.
    InvalidRatio(f64, f64),
    /// A classic bucket without a readable bound: the metric's name where it is known, and the label's value.
    BadBucketLabel(String, String),
    /// `rate` or `increase` over something whose name does not look like a counter's.
    PossibleNonCounter(String),
    /// The same, told from its `__type__` label: that label's value, and the metric's name.
    PossibleNonCounterType(String, String),
    /// Classic buckets whose counts had to be raised.
    ForcedMonotonicity(Forced),
    /// An operator that has no meaning for floats.
    IncompatibleTypes(&'static str),
    /// `sort` in a range query.
    IneffectiveSort,
}

/// How often and by how much bucket counts were raised.
#[derive(Clone, Debug)]
pub(crate) struct Forced {
    /// The metric's name where it is known.
    pub metric: String,
    /// The first and the last time in ms.
    pub times: (i64, i64),
    /// The lowest and the highest bound.
    pub buckets: (f64, f64),
    /// The largest raise.
    pub largest_difference: f64,
    /// How many histograms at one step.
    pub count: u64,
}

impl Annotation {
    fn is_info(&self) -> bool {
        matches!(
            self,
            Self::PossibleNonCounter(_)
                | Self::PossibleNonCounterType(..)
                | Self::ForcedMonotonicity(_)
                | Self::IncompatibleTypes(_)
        )
    }

    /// What makes two of them one: the message without what may vary.
    fn key(&self) -> String {
        match self {
            Self::ForcedMonotonicity(forced) => format!("forced monotonicity {}", forced.metric),
            other => other.to_string(),
        }
    }

    fn merge(&mut self, other: &Self) {
        if let (Self::ForcedMonotonicity(known), Self::ForcedMonotonicity(more)) = (self, other) {
            known.times = (known.times.0.min(more.times.0), known.times.1.max(more.times.1));
            known.buckets = (known.buckets.0.min(more.buckets.0), known.buckets.1.max(more.buckets.1));
            known.largest_difference = known.largest_difference.max(more.largest_difference);
            known.count += more.count;
        }
    }
}

impl fmt::Display for Annotation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if self.is_info() { "PromQL info: " } else { "PromQL warning: " })?;
        match self {
            Self::InvalidQuantile(value) => {
                write!(formatter, "quantile value should be between 0 and 1, got {}", gofloat::general(*value))
            }
            Self::InvalidRatio(value, capped) => write!(
                formatter,
                "ratio value should be between -1 and 1, got {}, capping to {}",
                gofloat::general(*value),
                gofloat::general(*capped)
            ),
            Self::BadBucketLabel(metric, value) => {
                write!(formatter, "bucket label \"le\" is missing or has a malformed value of {}", quote(value))?;
                for_metric(formatter, metric)
            }
            Self::PossibleNonCounter(metric) => write!(
                formatter,
                "metric might not be a counter, name does not end in _total/_sum/_count/_bucket: {}",
                quote(metric)
            ),
            Self::PossibleNonCounterType(kind, metric) => write!(
                formatter,
                "metric might not be a counter, __type__ label is not set to \"counter\" or \"histogram\", got {}: {}",
                quote(kind),
                quote(metric)
            ),
            Self::ForcedMonotonicity(forced) => {
                formatter.write_str(
                    "input to histogram_quantile needed to be fixed for monotonicity (see \
                     https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)",
                )?;
                for_metric(formatter, &forced.metric)?;
                write!(
                    formatter,
                    ", from buckets {} to {}, with a max diff of {}, over {} samples from {} to {}",
                    gofloat::general(forced.buckets.0),
                    gofloat::general(forced.buckets.1),
                    gofloat::two_digits(forced.largest_difference),
                    forced.count,
                    whole_second(forced.times.0),
                    whole_second(forced.times.1)
                )
            }
            Self::IncompatibleTypes(operator) => write!(
                formatter,
                "incompatible sample types encountered for binary operator {}: float {operator} float",
                quote(operator)
            ),
            Self::IneffectiveSort => {
                formatter.write_str("sort is ineffective for range queries since results are always ordered by labels")
            }
        }
    }
}

fn for_metric(formatter: &mut fmt::Formatter<'_>, metric: &str) -> fmt::Result {
    if metric.is_empty() { Ok(()) } else { write!(formatter, " for metric name {}", quote(metric)) }
}

/// RFC 3339 without a fraction.
fn whole_second(ms: i64) -> String {
    jiff::Timestamp::from_second(ms / 1000)
        .map_or_else(|_| format_float(ms as f64 / 1000.0), |time| format!("{time:.0}"))
}

/// The annotations of one evaluation, each message once. Shared by the threads of a query.
#[derive(Debug, Default)]
pub(crate) struct Annotations {
    found: Mutex<BTreeMap<String, (Annotation, Span)>>,
}

impl Annotations {
    /// Adds one that was caused by the text at `span`.
    pub(crate) fn add(&self, annotation: Annotation, span: Span) {
        let mut found = self.found.lock();
        match found.entry(annotation.key()) {
            std::collections::btree_map::Entry::Vacant(vacant) => {
                vacant.insert((annotation, span));
            }
            std::collections::btree_map::Entry::Occupied(mut occupied) => {
                let (known, first) = occupied.get_mut();
                known.merge(&annotation);
                if span.start < first.start {
                    *first = span;
                }
            }
        }
    }

    /// The warnings and the infos as texts with line and column, at most `limit` of each and then how many more.
    pub(crate) fn to_texts(&self, query: &str, limit: usize) -> (Vec<String>, Vec<String>) {
        let (mut warnings, mut infos) = (Vec::new(), Vec::new());
        for (annotation, span) in self.found.lock().values() {
            let (line, column) = super::position(query, span.start).unwrap_or((1, 1));
            let text = format!("{annotation} ({line}:{column})");
            if annotation.is_info() { infos.push(text) } else { warnings.push(text) }
        }
        for (texts, kind) in [(&mut warnings, "warning"), (&mut infos, "info")] {
            if limit > 0 && texts.len() > limit {
                let more = texts.len() - limit;
                texts.truncate(limit);
                texts.push(format!("{more} more {kind} annotations omitted"));
            }
        }
        (warnings, infos)
    }
}
