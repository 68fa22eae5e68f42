//! Aggregations: rows come one by one and go into one accumulator per group and step.

use std::sync::Arc;

use hashbrown::HashMap;

use crate::model::{Labels, METRIC_NAME, format_float};
use crate::promql::AggregateOp;
use crate::promql::annotations::Annotation;
use crate::promql::plan::Aggregation;
use crate::promql::query_error::QueryError;

use super::column::{ABSENT, Grid, Row, Steps, is_present};
use super::evaluation::Evaluation;
use super::kahan::{Kahan, Mean};
use super::pipeline::is_invalid_quantile;
use super::quantile::{quantile_of_sorted, sort_nan_first};
use super::rows::{drop_empty, merge};

impl Evaluation {
    /// Evaluates an aggregation.
    pub(super) fn aggregate(self: &Arc<Self>, aggregation: &Aggregation, grid: Grid) -> Result<Vec<Row>, QueryError> {
        match aggregation.op {
            AggregateOp::TopK | AggregateOp::BottomK | AggregateOp::LimitK | AggregateOp::LimitRatio => {
                self.select_k(aggregation, grid)
            }
            AggregateOp::CountValues => self.count_values(aggregation, grid),
            op => {
                let parameter = self.parameter(aggregation, grid)?;
                if op == AggregateOp::Quantile {
                    self.check_quantiles(&parameter, aggregation);
                }
                let mut groups = Groups::new(aggregation);
                let mut cells: Vec<Cells> = Vec::new();
                self.each(&aggregation.child, grid, &mut |row| {
                    let group = groups.of(&row);
                    if group == cells.len() {
                        cells.push(Cells::new(op, grid.count));
                    }
                    if let Some(cells) = cells.get_mut(group) {
                        cells.add(row.values);
                    }
                    self.limits.check_evaluation()
                })?;
                let mut rows: Vec<Row> = groups
                    .labels
                    .into_iter()
                    .zip(cells)
                    .map(|((labels, drops_name), cells)| Row { labels, drops_name, values: cells.finish(&parameter) })
                    .collect();
                drop_empty(&mut rows);
                Ok(rows)
            }
        }
    }

    /// The parameter at each step; NaN where the aggregation has none.
    pub(super) fn parameter(self: &Arc<Self>, aggregation: &Aggregation, grid: Grid) -> Result<Steps, QueryError> {
        aggregation.parameter.as_ref().map_or(Ok(Steps::Constant(f64::NAN)), |node| self.scalar(node, grid))
    }

    fn check_quantiles(&self, parameter: &Steps, aggregation: &Aggregation) {
        let values = parameter.values();
        let worst = [
            values.iter().copied().find(|value| value.is_nan()),
            values.iter().copied().filter(|value| *value > 1.0).max_by(f64::total_cmp),
            values.iter().copied().filter(|value| *value < 0.0).min_by(f64::total_cmp),
        ];
        for value in worst.into_iter().flatten().filter(|value| is_invalid_quantile(*value)) {
            self.annotations.add(Annotation::InvalidQuantile(value), aggregation.parameter_span);
        }
    }

    /// `count_values`: a row for each value that was seen, named by it.
    fn count_values(self: &Arc<Self>, aggregation: &Aggregation, grid: Grid) -> Result<Vec<Row>, QueryError> {
        let mut index: HashMap<Labels, usize> = HashMap::new();
        let mut rows: Vec<Row> = Vec::new();
        self.each(&aggregation.child, grid, &mut |row| {
            // Values mostly stay: their labels are built once a row.
            let mut known: HashMap<u64, usize> = HashMap::new();
            for (step, value) in row.values.iter().enumerate().filter(|(_, value)| is_present(**value)) {
                let position = *known.entry(value.to_bits()).or_insert_with(|| {
                    let mut builder = row.labels.to_builder();
                    builder.set(aggregation.value_label.as_str(), format_float(*value));
                    let mut grouping = aggregation.grouping.clone();
                    if !aggregation.without {
                        grouping.push(aggregation.value_label.clone());
                    }
                    let labels = group_labels(&builder.build(), &grouping, aggregation.without);
                    *index.entry(labels.clone()).or_insert_with(|| {
                        rows.push(Row { labels, drops_name: false, values: vec![ABSENT; grid.count] });
                        rows.len() - 1
                    })
                });
                if let Some(slot) = rows.get_mut(position).and_then(|row| row.values.get_mut(step)) {
                    *slot = if is_present(*slot) { *slot + 1.0 } else { 1.0 };
                }
            }
            self.limits.check_evaluation()
        })?;
        merge(rows)
    }
}

/// The groups of an aggregation, in the order in which they are first seen.
pub(super) struct Groups<'a> {
    aggregation: &'a Aggregation,
    index: HashMap<Labels, usize>,
    /// The labels of each, and whether a name is to be dropped from it in the end.
    pub labels: Vec<(Labels, bool)>,
}

impl<'a> Groups<'a> {
    pub(super) fn new(aggregation: &'a Aggregation) -> Self {
        Self { aggregation, index: HashMap::new(), labels: Vec::new() }
    }

    /// The group of a row; a new one has the number that was the count of groups so far.
    pub(super) fn of(&mut self, row: &Row) -> usize {
        let labels = group_labels(&row.labels, &self.aggregation.grouping, self.aggregation.without);
        let next = self.labels.len();
        let group = *self.index.entry(labels.clone()).or_insert(next);
        if group == next {
            self.labels.push((labels, row.drops_name));
        } else if let Some((_, drops_name)) = self.labels.get_mut(group) {
            *drops_name |= row.drops_name;
        }
        group
    }
}

/// The labels of the group that a series belongs to.
fn group_labels(labels: &Labels, grouping: &[String], without: bool) -> Labels {
    if without {
        Labels::from_sorted(
            labels.iter().filter(|(name, _)| *name != METRIC_NAME && !grouping.iter().any(|listed| listed == name)),
        )
    } else if grouping.is_empty() {
        Labels::empty()
    } else {
        labels.keep(grouping)
    }
}

/// What a group has gathered at each step.
enum Cells {
    Sum(Vec<(f64, f64)>),
    Avg(Vec<Option<Mean>>),
    Min(Vec<f64>),
    Max(Vec<f64>),
    Count(Vec<f64>),
    Group(Vec<f64>),
    Deviation { cells: Vec<Deviation>, root: bool },
    Quantile { columns: Vec<Vec<f64>>, count: usize },
}

/// A running variance.
#[derive(Clone, Copy, Default)]
struct Deviation {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Cells {
    fn new(op: AggregateOp, count: usize) -> Self {
        match op {
            AggregateOp::Avg => Self::Avg(vec![None; count]),
            AggregateOp::Min => Self::Min(vec![ABSENT; count]),
            AggregateOp::Max => Self::Max(vec![ABSENT; count]),
            AggregateOp::Count => Self::Count(vec![ABSENT; count]),
            AggregateOp::Group => Self::Group(vec![ABSENT; count]),
            AggregateOp::StdDev => Self::Deviation { cells: vec![Deviation::default(); count], root: true },
            AggregateOp::StdVar => Self::Deviation { cells: vec![Deviation::default(); count], root: false },
            AggregateOp::Quantile => Self::Quantile { columns: Vec::new(), count },
            _ => Self::Sum(vec![(ABSENT, 0.0); count]),
        }
    }

    /// Takes a row in.
    fn add(&mut self, values: Vec<f64>) {
        match self {
            Self::Sum(cells) => {
                for ((sum, compensation), value) in cells.iter_mut().zip(values) {
                    if !is_present(value) {
                        continue;
                    }
                    if is_present(*sum) {
                        let next = Kahan { sum: *sum, compensation: *compensation }.plus(value);
                        (*sum, *compensation) = (next.sum, next.compensation);
                    } else {
                        *sum = value;
                    }
                }
            }
            Self::Avg(cells) => {
                for (cell, value) in cells.iter_mut().zip(values).filter(|(_, value)| is_present(*value)) {
                    match cell {
                        Some(mean) => mean.add(value),
                        None => *cell = Some(Mean::new(value)),
                    }
                }
            }
            Self::Min(cells) => keep_extreme(cells, values, |value, best| value < best),
            Self::Max(cells) => keep_extreme(cells, values, |value, best| value > best),
            Self::Count(cells) => {
                for (cell, _) in cells.iter_mut().zip(values).filter(|(_, value)| is_present(*value)) {
                    *cell = if is_present(*cell) { *cell + 1.0 } else { 1.0 };
                }
            }
            Self::Group(cells) => {
                for (cell, _) in cells.iter_mut().zip(values).filter(|(_, value)| is_present(*value)) {
                    *cell = 1.0;
                }
            }
            Self::Deviation { cells, .. } => {
                for (cell, value) in cells.iter_mut().zip(values).filter(|(_, value)| is_present(*value)) {
                    cell.add(value);
                }
            }
            Self::Quantile { columns, .. } => columns.push(values),
        }
    }

    /// The result at each step.
    fn finish(self, parameter: &Steps) -> Vec<f64> {
        match self {
            Self::Sum(cells) => cells
                .into_iter()
                .map(|(sum, compensation)| if is_present(sum) { sum + compensation } else { ABSENT })
                .collect(),
            Self::Avg(cells) => cells.into_iter().map(|cell| cell.map_or(ABSENT, Mean::value)).collect(),
            Self::Min(cells) | Self::Max(cells) | Self::Count(cells) | Self::Group(cells) => cells,
            Self::Deviation { cells, root } => cells.into_iter().map(|cell| cell.value(root)).collect(),
            Self::Quantile { columns, count } => {
                let mut sorted = Vec::with_capacity(columns.len());
                (0..count)
                    .map(|step| {
                        sorted.clear();
                        sorted.extend(
                            columns.iter().filter_map(|column| column.get(step)).filter(|value| is_present(**value)),
                        );
                        if sorted.is_empty() {
                            return ABSENT;
                        }
                        sort_nan_first(&mut sorted);
                        quantile_of_sorted(parameter.at(step), &sorted)
                    })
                    .collect()
            }
        }
    }
}

impl Deviation {
    fn add(&mut self, value: f64) {
        self.count += 1.0;
        if self.count == 1.0 {
            // A single value that is not finite makes the whole NaN.
            self.mean = value;
            self.squares = if value.is_finite() { 0.0 } else { f64::NAN };
            return;
        }
        let delta = value - self.mean;
        self.mean += delta / self.count;
        self.squares += delta * (value - self.mean);
    }

    fn value(self, root: bool) -> f64 {
        if self.count == 0.0 {
            return ABSENT;
        }
        let variance = self.squares / self.count;
        if root { variance.sqrt() } else { variance }
    }
}

/// Keeps the value that beats the others; NaN is beaten by anything.
fn keep_extreme(cells: &mut [f64], values: Vec<f64>, beats: impl Fn(f64, f64) -> bool) {
    for (cell, value) in cells.iter_mut().zip(values).filter(|(_, value)| is_present(*value)) {
        // What is absent is a NaN too.
        if beats(value, *cell) || cell.is_nan() {
            *cell = value;
        }
    }
}
