//! Figures that are read at the moment of a scrape.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

/// Whether a figure only grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Only grows; `_total` is added to its name.
    Counter,
    /// Goes up and down.
    Gauge,
}

/// One figure at this moment.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The family's name, without `_total`.
    pub name: &'static str,
    /// One sentence without a full stop at its end.
    pub help: &'static str,
    /// Counter or gauge.
    pub kind: Kind,
    /// Label pairs; readings of one family follow each other.
    pub labels: Vec<(&'static str, String)>,
    /// The value.
    pub value: f64,
}

impl Reading {
    /// A counter without labels.
    #[must_use]
    pub fn counter(name: &'static str, help: &'static str, value: f64) -> Self {
        Self { name, help, kind: Kind::Counter, labels: Vec::new(), value }
    }

    /// A gauge without labels.
    #[must_use]
    pub fn gauge(name: &'static str, help: &'static str, value: f64) -> Self {
        Self { name, help, kind: Kind::Gauge, labels: Vec::new(), value }
    }

    /// The same reading with one more label.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.labels.push((name, value.into()));
        self
    }
}

/// Where readings come from.
pub(super) type ReadingsSource = Box<dyn Fn() -> Vec<Reading> + Send + Sync>;

/// Puts a source's readings onto the page.
pub(super) struct ReadingsCollector {
    pub(super) source: ReadingsSource,
}

impl fmt::Debug for ReadingsCollector {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ReadingsCollector")
    }
}

impl Collector for ReadingsCollector {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let readings = (self.source)();
        for family in readings.chunk_by(|one, next| one.name == next.name) {
            let Some(first) = family.first() else { continue };
            let metric_type = match first.kind {
                Kind::Counter => ConstCounter::new(first.value).metric_type(),
                Kind::Gauge => ConstGauge::new(first.value).metric_type(),
            };
            let mut metric = encoder.encode_descriptor(first.name, first.help, None, metric_type)?;
            for reading in family {
                let labels: Vec<(&str, &str)> =
                    reading.labels.iter().map(|(name, value)| (*name, value.as_str())).collect();
                match (reading.kind, labels.is_empty()) {
                    (Kind::Counter, true) => {
                        ConstCounter::new(reading.value).encode(metric.encode_family(&NO_LABELS)?)?
                    }
                    (Kind::Gauge, true) => ConstGauge::new(reading.value).encode(metric.encode_family(&NO_LABELS)?)?,
                    (Kind::Counter, false) => {
                        ConstCounter::new(reading.value).encode(metric.encode_family(&labels)?)?
                    }
                    (Kind::Gauge, false) => ConstGauge::new(reading.value).encode(metric.encode_family(&labels)?)?,
                }
            }
        }
        Ok(())
    }
}

const NO_LABELS: [(&str, &str); 0] = [];
