//! One query while it runs: what each kind of node does.

use std::sync::Arc;

use crate::model::Labels;
use crate::promql::annotations::{Annotation, Annotations};
use crate::promql::limits::Limits;
use crate::promql::plan::{RangeSource, ScalarNode, Selector, StagePlan, VectorNode};
use crate::promql::pool::Pool;
use crate::promql::query_error::QueryError;
use crate::storage::{Hints, Select, Series, Source};

use super::column::{ABSENT, Grid, Row, Steps, count_present, is_present, without_reserved};
use super::labels;
use super::math::{self, Stage};
use super::over_time::Windows;
use super::pipeline::{Leaf, Pipeline};
use super::rows::{drop_empty, one_row, unique_without_names};

/// One query while it runs. Shared by the threads that work on it.
pub(crate) struct Evaluation {
    pub source: Arc<dyn Source>,
    pub pool: Pool,
    pub limits: Limits,
    pub annotations: Annotations,
    /// How far back an instant vector selector looks, in ms.
    pub lookback: i64,
    /// Metric names that are to go stay until the end.
    pub delayed_names: bool,
    /// `__type__` tells what a counter is, not the name.
    pub type_labels: bool,
    /// The query as a whole is a range query.
    pub is_range: bool,
}

/// Takes the rows of a node one by one.
pub(crate) type Sink<'a> = dyn FnMut(Row) -> Result<(), QueryError> + 'a;

impl Evaluation {
    /// Evaluates a scalar at each step.
    pub(crate) fn scalar(self: &Arc<Self>, node: &ScalarNode, grid: Grid) -> Result<Steps, QueryError> {
        Ok(match node {
            ScalarNode::Constant(value) => Steps::Constant(*value),
            ScalarNode::Time => Steps::Each(grid.times().map(|time| time as f64 / 1000.0).collect()),
            ScalarNode::Clock(function) => {
                Steps::Each(grid.times().map(|time| function((time / 1000) as f64)).collect())
            }
            ScalarNode::Map(child, function) => self.scalar(child, grid)?.map(function),
            ScalarNode::Zip(left, right, function) => self.scalar(left, grid)?.zip(self.scalar(right, grid)?, function),
            ScalarNode::Binary(op, left, right) => self
                .scalar(left, grid)?
                .zip(self.scalar(right, grid)?, |left, right| math::between_scalars(*op, left, right)),
            ScalarNode::Once(child) => match self.once(grid, || self.scalar(child, grid.first()))? {
                Steps::Each(values) => Steps::Constant(values.first().copied().unwrap_or(f64::NAN)),
                constant @ Steps::Constant(_) => constant,
            },
            ScalarNode::OfVector(child) => {
                let mut found = vec![ABSENT; grid.count];
                self.each(child, grid, &mut |row| {
                    for (slot, value) in found.iter_mut().zip(row.values) {
                        if is_present(value) {
                            *slot = if is_present(*slot) { f64::NAN } else { value };
                        }
                    }
                    Ok(())
                })?;
                // A second value makes NaN of the first, and a third one keeps it: NaN is present.
                found.iter_mut().filter(|value| !is_present(**value)).for_each(|value| *value = f64::NAN);
                Steps::Each(found)
            }
        })
    }

    /// Evaluates a vector: its rows, each label set once unless names are still to be dropped.
    pub(crate) fn vector(self: &Arc<Self>, node: &VectorNode, grid: Grid) -> Result<Vec<Row>, QueryError> {
        let before = self.limits.held();
        let rows = self.rows(node, grid)?;
        self.limits.settle(before, rows.iter().map(|row| count_present(&row.values)).sum())?;
        Ok(rows)
    }

    /// Hands the rows of a vector to `sink`, without ever holding all of them where the node permits.
    pub(crate) fn each(self: &Arc<Self>, node: &VectorNode, grid: Grid, sink: &mut Sink<'_>) -> Result<(), QueryError> {
        if let Some(pipeline) = self.pipeline(node, grid)? {
            return pipeline.run(self, sink);
        }
        self.vector(node, grid)?.into_iter().try_for_each(sink)
    }

    fn rows(self: &Arc<Self>, node: &VectorNode, grid: Grid) -> Result<Vec<Row>, QueryError> {
        if grid.count == 0 {
            return Ok(Vec::new());
        }
        if let Some(pipeline) = self.pipeline(node, grid)? {
            let mut rows = Vec::new();
            pipeline.run(self, &mut |row| {
                self.limits.hold(count_present(&row.values))?;
                rows.push(row);
                Ok(())
            })?;
            return Ok(rows);
        }
        match node {
            VectorNode::Select(_) | VectorNode::SampleTime(_) => Ok(Vec::new()),
            VectorNode::OverTime { function, source, parameters, .. } => {
                self.over_time_rows(*function, source, parameters, node, grid)
            }
            VectorNode::AbsentOverTime { source, labels } => self.absent_over_time(source, labels, grid),
            VectorNode::Map { child, stage: plan, drops_name } => {
                let stage = self.stage(plan, grid)?;
                let mut rows = self.vector(child, grid)?;
                if let StagePlan::WithScalar { op, span, .. } = plan
                    && math::is_meaningless(*op)
                    && !rows.is_empty()
                {
                    self.annotations.add(Annotation::IncompatibleTypes(op.as_str()), *span);
                }
                rows.iter_mut().for_each(|row| stage.apply(&mut row.values));
                drop_empty(&mut rows);
                if *drops_name { self.drop_names(rows) } else { Ok(rows) }
            }
            VectorNode::EvaluationTime(child) => {
                let times: Vec<f64> = grid.times().map(|time| time as f64 / 1000.0).collect();
                let mut rows = self.vector(child, grid)?;
                for row in &mut rows {
                    for (value, time) in row.values.iter_mut().zip(&times) {
                        if is_present(*value) {
                            *value = *time;
                        }
                    }
                }
                self.drop_names(rows)
            }
            VectorNode::OfScalar(child) => {
                let values = self.scalar(child, grid)?.into_values(grid.count);
                Ok(vec![Row { labels: Labels::empty(), drops_name: false, values }])
            }
            VectorNode::Absent { child, labels } => {
                let mut found = vec![1.0; grid.count];
                self.each(child, grid, &mut |row| {
                    for (slot, value) in found.iter_mut().zip(row.values) {
                        if is_present(value) {
                            *slot = ABSENT;
                        }
                    }
                    Ok(())
                })?;
                Ok(one_row(labels.clone(), found))
            }
            VectorNode::Sort { child, by, span } => {
                let rows = self.vector(child, grid)?;
                if self.is_range {
                    self.annotations.add(Annotation::IneffectiveSort, *span);
                    return Ok(rows);
                }
                Ok(labels::sort(rows, by))
            }
            VectorNode::Relabel { child, change } => labels::relabel(self.vector(child, grid)?, change),
            VectorNode::BucketQuantile { child, fractions, label, span } => {
                self.bucket_quantiles(child, fractions, label.as_deref(), *span, grid)
            }
            VectorNode::BucketFraction { child, lower, upper, span } => {
                self.bucket_fractions(child, lower, upper, *span, grid)
            }
            VectorNode::NoFloats(child) => {
                self.each(child, grid, &mut |_| Ok(()))?;
                Ok(Vec::new())
            }
            VectorNode::Aggregate(aggregation) => self.aggregate(aggregation, grid),
            VectorNode::Match(operation) => self.match_vectors(operation, grid),
            VectorNode::Once(child) => {
                let mut rows = self.once(grid, || self.vector(child, grid.first()))?;
                for row in &mut rows {
                    let value = row.values.first().copied().unwrap_or(ABSENT);
                    row.values.resize(grid.count, value);
                }
                Ok(rows)
            }
        }
    }

    /// Evaluates what is the same at each step; the samples it reads count for each.
    fn once<T>(&self, grid: Grid, evaluate: impl FnOnce() -> Result<T, QueryError>) -> Result<T, QueryError> {
        let mark = self.limits.mark_read();
        let result = evaluate()?;
        self.limits.repeat_read(&mark, grid.count);
        Ok(result)
    }

    /// The pipeline behind a node, where it is one and no two of its series would end up with the same labels.
    fn pipeline(self: &Arc<Self>, node: &VectorNode, grid: Grid) -> Result<Option<Arc<Pipeline>>, QueryError> {
        let mut stages = Vec::new();
        let mut drops = false;
        let mut node = node;
        while let VectorNode::Map { child, stage, drops_name } = node {
            if let StagePlan::WithScalar { op, .. } = stage
                && math::is_meaningless(*op)
            {
                return Ok(None);
            }
            stages.push(stage);
            drops |= drops_name;
            node = child;
        }
        let (leaf, selector) = match node {
            VectorNode::Select(selector) => (self.leaf(selector, grid, false), selector),
            VectorNode::SampleTime(selector) => {
                drops = true;
                (self.leaf(selector, grid, true), selector)
            }
            VectorNode::OverTime {
                function,
                source: RangeSource::Selector { selector, range },
                parameters,
                parameter_span,
                span,
            } => {
                drops |= !function.keeps_name();
                let parameters = parameters.iter().map(|node| self.scalar(node, grid)).collect::<Result<_, _>>()?;
                let windows = Windows { grid, at: selector.at, offset: selector.offset, range: *range };
                let leaf = Leaf::OverTime {
                    function: *function,
                    windows,
                    parameters,
                    parameter_span: *parameter_span,
                    span: *span,
                };
                (leaf, selector)
            }
            _ => return Ok(None),
        };
        let stages = stages.into_iter().rev().map(|stage| self.stage(stage, grid)).collect::<Result<Vec<_>, _>>()?;
        let (start, end) = leaf.bounds();
        let series = self.select(selector, start, end)?;
        let labels: Vec<Labels> = if drops && !self.delayed_names {
            series.iter().map(|series| without_reserved(series.labels())).collect()
        } else {
            series.iter().map(|series| series.labels().clone()).collect()
        };
        if drops && !self.delayed_names && !unique_without_names(&series, &labels) {
            return Ok(None);
        }
        Ok(Some(Arc::new(Pipeline { series, labels, drops_name: drops, leaf, stages, grid })))
    }

    fn leaf(&self, selector: &Selector, grid: Grid, sample_time: bool) -> Leaf {
        // An instant vector selector is a window as long as the lookback, of which the last sample counts.
        let windows = Windows { grid, at: selector.at, offset: selector.offset, range: self.lookback };
        if sample_time { Leaf::SampleTime { windows } } else { Leaf::Instant { windows } }
    }

    /// The series of a selector that may have samples within `start..=end`.
    pub(crate) fn select(&self, selector: &Selector, start: i64, end: i64) -> Result<Vec<Series>, QueryError> {
        self.limits.check_evaluation()?;
        Ok(self.source.select(&Select { matchers: &selector.matchers, start, end, hints: Hints::default() })?)
    }

    fn stage(self: &Arc<Self>, plan: &StagePlan, grid: Grid) -> Result<Stage, QueryError> {
        Ok(match plan {
            StagePlan::Function(function) => Stage::Function(*function),
            StagePlan::WithScalar { op, scalar, swapped, return_bool, .. } => Stage::WithScalar {
                op: *op,
                scalar: self.scalar(scalar, grid)?,
                swapped: *swapped,
                return_bool: *return_bool,
            },
            StagePlan::Clamp { least, most } => {
                Stage::Clamp { least: self.scalar(least, grid)?, most: self.scalar(most, grid)? }
            }
            StagePlan::Round { multiple } => Stage::Round { multiple: self.scalar(multiple, grid)? },
        })
    }
}
