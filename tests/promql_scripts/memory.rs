//! A store in memory: series by their labels.

use std::collections::BTreeMap;
use std::sync::Arc;

use meterbox::model::{Labels, Matcher};
use meterbox::storage::{Columns, ReadError, Select, Series, SeriesColumns, Source};

/// The samples of one test.
#[derive(Clone, Default)]
pub struct Memory {
    series: BTreeMap<Labels, BTreeMap<i64, f64>>,
}

impl Memory {
    /// Adds a sample; a later one for the same time takes its place.
    pub fn append(&mut self, labels: &Labels, time: i64, value: f64) {
        self.series.entry(labels.clone()).or_default().insert(time, value);
    }

    /// All series with their samples by time.
    pub fn series(&self) -> impl Iterator<Item = (&Labels, &BTreeMap<i64, f64>)> {
        self.series.iter()
    }

    /// The label sets of all series.
    pub fn labels(&self) -> impl Iterator<Item = &Labels> {
        self.series.keys()
    }
}

impl Source for Memory {
    fn select(&self, select: &Select<'_>) -> Result<Vec<Series>, ReadError> {
        Ok(self
            .series
            .iter()
            .filter(|(labels, _)| matches(labels, select.matchers))
            .filter(|(_, samples)| samples.range(select.start..=select.end).next().is_some())
            .map(|(labels, samples)| Series::new(labels.clone(), Arc::new(Samples(samples.clone()))))
            .collect())
    }

    fn label_names(&self, _: &[Vec<Matcher>], _: i64, _: i64) -> Result<Vec<String>, ReadError> {
        Ok(Vec::new())
    }

    fn label_values(&self, _: &str, _: &[Vec<Matcher>], _: i64, _: i64) -> Result<Vec<String>, ReadError> {
        Ok(Vec::new())
    }
}

/// Whether a label set satisfies all matchers.
pub fn matches(labels: &Labels, matchers: &[Matcher]) -> bool {
    matchers.iter().all(|matcher| matcher.matches(labels.value_or_empty(&matcher.name)))
}

struct Samples(BTreeMap<i64, f64>);

impl SeriesColumns for Samples {
    fn read(&self, start: i64, end: i64, out: &mut Columns) -> Result<(), ReadError> {
        if start <= end {
            self.0.range(start..=end).for_each(|(time, value)| out.push(*time, *value));
        }
        Ok(())
    }
}
