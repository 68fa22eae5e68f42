//! What happens to whole rows: names that go, rows that become one, rows that are empty.

use hashbrown::{HashMap, HashSet};

use crate::model::Labels;
use crate::promql::query_error::{EvaluationError, QueryError};
use crate::storage::Series;

use super::column::{Row, is_present, without_reserved};
use super::evaluation::Evaluation;

impl Evaluation {
    /// Drops the metric's name from each row, now or (delayed) in the end, and merges rows that become equal.
    pub(crate) fn drop_names(&self, rows: Vec<Row>) -> Result<Vec<Row>, QueryError> {
        let rows = self.rename(rows);
        if self.delayed_names { Ok(rows) } else { merge(rows) }
    }

    pub(super) fn rename(&self, mut rows: Vec<Row>) -> Vec<Row> {
        for row in &mut rows {
            if !self.delayed_names {
                row.labels = without_reserved(&row.labels);
            }
            row.drops_name = true;
        }
        rows
    }

    /// Drops the names that stayed until the end.
    pub(crate) fn finish_names(&self, mut rows: Vec<Row>) -> Result<Vec<Row>, QueryError> {
        if !self.delayed_names {
            return Ok(rows);
        }
        for row in &mut rows {
            if row.drops_name {
                row.labels = without_reserved(&row.labels);
            }
        }
        merge(rows)
    }
}

/// Joins rows with equal labels into one, where no two have a value at the same step.
pub(crate) fn merge(rows: Vec<Row>) -> Result<Vec<Row>, QueryError> {
    if !has_duplicates(&rows) {
        return Ok(rows);
    }
    let mut index: HashMap<Labels, usize> = HashMap::new();
    let mut merged: Vec<Row> = Vec::with_capacity(rows.len());
    for row in rows {
        let known = index.get(&row.labels).and_then(|position| merged.get_mut(*position));
        let Some(known) = known else {
            index.insert(row.labels.clone(), merged.len());
            merged.push(row);
            continue;
        };
        for (slot, value) in known.values.iter_mut().zip(row.values) {
            if is_present(value) {
                if is_present(*slot) {
                    return Err(EvaluationError::SameLabels.into());
                }
                *slot = value;
            }
        }
    }
    Ok(merged)
}

pub(crate) fn has_duplicates(rows: &[Row]) -> bool {
    let mut seen = HashSet::with_capacity(rows.len());
    rows.len() > 1 && !rows.iter().all(|row| seen.insert(&row.labels))
}

/// Takes away rows without any value.
pub(crate) fn drop_empty(rows: &mut Vec<Row>) {
    rows.retain(|row| row.values.iter().any(|value| is_present(*value)));
}

/// A vector of at most one row.
pub(super) fn one_row(labels: Labels, values: Vec<f64>) -> Vec<Row> {
    let mut rows = vec![Row { labels, drops_name: false, values }];
    drop_empty(&mut rows);
    rows
}

/// Whether series stay apart without the labels that say what the metric is.
pub(super) fn unique_without_names(series: &[Series], labels: &[Labels]) -> bool {
    let Some(first) = series.first() else { return true };
    let name = first.labels().metric_name();
    let plain = |labels: &Labels| labels.value("__type__").is_none() && labels.value("__unit__").is_none();
    if series.iter().all(|series| series.labels().metric_name() == name && plain(series.labels())) {
        return true;
    }
    let mut seen = HashSet::with_capacity(labels.len());
    labels.iter().all(|labels| seen.insert(labels))
}
