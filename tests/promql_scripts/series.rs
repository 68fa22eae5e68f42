//! A line of a script that describes a series: `name{label="value"} 1 2+3x4 _ stale`.

use meterbox::model::Labels;
use meterbox::promql::{SequenceValue, parse_series};

/// A described series.
#[derive(Debug)]
pub struct Description {
    pub labels: Labels,
    /// One entry a step; `None` where the line leaves one out.
    pub values: Vec<Option<f64>>,
    /// The line speaks of native histograms, whose values are not kept.
    pub histograms: bool,
    /// The line gives start timestamps, not values.
    pub start_timestamps: bool,
}

impl Description {
    pub fn parse(line: &str) -> Result<Self, String> {
        if line.contains("@st ") {
            return Ok(Self { labels: Labels::empty(), values: Vec::new(), histograms: false, start_timestamps: true });
        }
        let series = parse_series(line).map_err(|error| error.to_string())?;
        let histograms = series.values.iter().any(|value| matches!(value, SequenceValue::Histogram { .. }));
        let values = series.values.iter().map(|value| match value {
            SequenceValue::Float(value) => Some(*value),
            SequenceValue::Omitted | SequenceValue::Histogram { .. } => None,
        });
        Ok(Self { labels: series.labels, values: values.collect(), histograms, start_timestamps: false })
    }
}
