//! What a query gives: a value, what there is to say about it, and what it cost.

use std::sync::Arc;
use std::time::Duration;

use crate::model::Labels;
use crate::storage::Columns;

use super::eval::Evaluation;
use super::eval::column::{Grid, Row, Steps, count_present, is_present, without_reserved};
use super::plan::Plan;
use super::query_error::QueryError;

/// The result of a query and what there is to say about it.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The result.
    pub value: Value,
    /// Warnings with their place in the text, at most ten and then how many more.
    pub warnings: Vec<String>,
    /// Remarks, likewise.
    pub infos: Vec<String>,
    /// What it cost.
    pub stats: QueryStats,
}

/// The result of a query.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A time in ms and a float.
    Scalar(i64, f64),
    /// A time in ms and a text.
    String(i64, String),
    /// One sample a series; sorted by labels unless the query asked for an order.
    Vector(Vec<VectorSample>),
    /// Any number of samples a series, at least one; sorted by labels.
    Matrix(Vec<MatrixSeries>),
}

/// A sample of an instant vector.
#[derive(Clone, Debug, PartialEq)]
pub struct VectorSample {
    /// The series.
    pub labels: Labels,
    /// The time of evaluation in ms.
    pub t: i64,
    /// The value.
    pub v: f64,
}

/// A series of a range query's result.
#[derive(Clone, Debug, PartialEq)]
pub struct MatrixSeries {
    /// The series.
    pub labels: Labels,
    /// Its samples in growing time, at least one.
    pub points: Columns,
}

/// What a query cost.
#[derive(Clone, Debug, Default)]
pub struct QueryStats {
    /// Waiting for a thread.
    pub queue_time: Duration,
    /// Parsing and planning.
    pub preparation_time: Duration,
    /// Reading and computing.
    pub evaluation_time: Duration,
    /// Sorting and copying the result.
    pub result_time: Duration,
    /// All of it.
    pub total_time: Duration,
    /// The samples that selectors looked at, summed over all steps.
    pub total_queryable_samples: u64,
    /// The same for each step: its time in ms and the samples. Empty unless [`QueryOptions`](super::QueryOptions) asked.
    pub queryable_samples_per_step: Vec<(i64, u64)>,
    /// The most samples held at a time.
    pub peak_samples: u64,
}

/// The outcome of evaluation, still column by column.
pub(crate) enum Evaluated {
    Scalar(Steps),
    Rows(Vec<Row>),
    Matrix(Vec<MatrixSeries>),
    Text(String),
}

impl Evaluated {
    pub(crate) fn new(evaluation: &Arc<Evaluation>, plan: &Plan, grid: Grid) -> Result<Self, QueryError> {
        Ok(match plan {
            Plan::Scalar(node) => Self::Scalar(evaluation.scalar(node, grid)?),
            Plan::Vector(node) => Self::Rows(evaluation.finish_names(evaluation.vector(node, grid)?)?),
            Plan::Matrix(source) => {
                let series = evaluation.matrix(source, grid.start)?.into_iter().map(|(labels, drops_name, points)| {
                    let labels = if drops_name { without_reserved(&labels) } else { labels };
                    MatrixSeries { labels, points }
                });
                Self::Matrix(series.collect())
            }
            Plan::Text(text) => Self::Text(text.clone()),
        })
    }

    /// The value, and whether `limit` cut any series off.
    pub(crate) fn into_value(self, grid: Grid, is_range: bool, limit: usize) -> (Value, bool) {
        let at = grid.start;
        match self {
            Self::Text(text) => (Value::String(at, text), false),
            Self::Scalar(steps) if is_range => {
                let points = Columns { timestamps: grid.times().collect(), values: steps.into_values(grid.count) };
                (Value::Matrix(vec![MatrixSeries { labels: Labels::empty(), points }]), false)
            }
            Self::Scalar(steps) => (Value::Scalar(at, steps.at(0)), false),
            Self::Matrix(mut series) => {
                series.sort_by(|a, b| a.labels.cmp(&b.labels));
                let truncated = truncate(&mut series, limit);
                (Value::Matrix(series), truncated)
            }
            Self::Rows(rows) if is_range => {
                let mut series: Vec<MatrixSeries> =
                    rows.into_iter().filter_map(|row| matrix_series(row, grid)).collect();
                series.sort_by(|a, b| a.labels.cmp(&b.labels));
                let truncated = truncate(&mut series, limit);
                (Value::Matrix(series), truncated)
            }
            Self::Rows(rows) => {
                let mut samples: Vec<VectorSample> = rows
                    .into_iter()
                    .filter_map(|row| {
                        let v = *row.values.first().filter(|value| is_present(**value))?;
                        Some(VectorSample { labels: row.labels, t: at, v })
                    })
                    .collect();
                let truncated = truncate(&mut samples, limit);
                (Value::Vector(samples), truncated)
            }
        }
    }
}

fn matrix_series(row: Row, grid: Grid) -> Option<MatrixSeries> {
    let present = count_present(&row.values);
    if present == 0 {
        return None;
    }
    let points = if present == row.values.len() {
        Columns { timestamps: grid.times().collect(), values: row.values }
    } else {
        let mut points = Columns::default();
        points.timestamps.reserve_exact(present);
        points.values.reserve_exact(present);
        for (time, value) in grid.times().zip(&row.values).filter(|(_, value)| is_present(**value)) {
            points.push(time, *value);
        }
        points
    };
    Some(MatrixSeries { labels: row.labels, points })
}

fn truncate<T>(series: &mut Vec<T>, limit: usize) -> bool {
    let truncated = limit > 0 && series.len() > limit;
    if truncated {
        series.truncate(limit);
    }
    truncated
}
