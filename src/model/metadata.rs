//! What an exposition says about a metric family besides its samples.

use std::fmt;

/// The type of a metric family.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum MetricType {
    /// Only ever grows, but for resets.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Cumulative buckets with `_bucket`, `_sum` and `_count` series.
    Histogram,
    /// A histogram whose buckets go up and down (OpenMetrics).
    GaugeHistogram,
    /// Precomputed quantiles.
    Summary,
    /// Constant 1 with information in its labels (OpenMetrics).
    Info,
    /// One series a state, 0 or 1 (OpenMetrics).
    StateSet,
    /// Nothing was said, or something unheard of.
    #[default]
    Unknown,
}

impl MetricType {
    /// The name used in expositions and in the HTTP API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
            Self::GaugeHistogram => "gaugehistogram",
            Self::Summary => "summary",
            Self::Info => "info",
            Self::StateSet => "stateset",
            Self::Unknown => "unknown",
        }
    }

    /// Reads a name as expositions write it; `untyped` and anything unheard of is [`MetricType::Unknown`].
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        match name {
            "counter" => Self::Counter,
            "gauge" => Self::Gauge,
            "histogram" => Self::Histogram,
            "gaugehistogram" => Self::GaugeHistogram,
            "summary" => Self::Summary,
            "info" => Self::Info,
            "stateset" => Self::StateSet,
            _ => Self::Unknown,
        }
    }
}

impl fmt::Display for MetricType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// Type, help and unit of a metric family, as the last exposition that named it had them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Metadata {
    /// The declared type.
    pub kind: MetricType,
    /// The help text, unescaped; may be empty.
    pub help: String,
    /// The unit; may be empty.
    pub unit: String,
}
