//! Evaluation, column by column.
//!
//! What comes in is a [`Plan`](super::plan::Plan) and a source of series; what goes out are rows: labels and one value a
//! step. A selector decodes each of its series once for all steps; what works on each series alone (range functions,
//! arithmetic with scalars, comparisons) runs as a [pipeline](pipeline) over them, on several threads; aggregations take
//! the rows one by one, in the order of their labels, and keep accumulators only. No function here sees a step as
//! such: steps are indices into columns.

mod aggregate;
mod buckets;
mod calendar;
pub(crate) mod column;
pub(crate) mod gofloat;
mod kahan;
mod labels;
mod matching;
pub(crate) mod math;
pub(crate) mod over_time;
mod pipeline;
pub(crate) mod quantile;
mod select_k;

use std::sync::Arc;

use hashbrown::HashMap;

use crate::model::Labels;
use crate::storage::{Columns, Hints, Select, Series, Source};

use self::column::{ABSENT, Grid, Row, Steps, count_present, is_present, without_reserved};
use self::math::Stage;
use self::over_time::{OverTime, Windows, over_time};
use self::pipeline::Pipeline;
use super::annotations::{Annotation, Annotations};
use super::query_error::{EvaluationError, QueryError};
use super::limits::Limits;
use super::plan::{RangeSource, ScalarNode, Selector, StagePlan, VectorNode};
use super::pool::Pool;

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
            ScalarNode::Zip(left, right, function) => {
                self.scalar(left, grid)?.zip(self.scalar(right, grid)?, function)
            }
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
    pub(crate) fn each(
        self: &Arc<Self>,
        node: &VectorNode,
        grid: Grid,
        sink: &mut Sink<'_>,
    ) -> Result<(), QueryError> {
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
            VectorNode::Map { child, stage, drops_name } => {
                let stage = self.stage(stage, grid)?;
                let mut rows = self.vector(child, grid)?;
                if let StagePlan::WithScalar { op, span, .. } = self.plan_of(node)
                    && math::arithmetic(*op).is_none()
                    && math::comparison(*op).is_none()
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
        let before = self.limits.read_samples();
        let result = evaluate()?;
        let read = self.limits.read_samples() - before;
        self.limits.count_read(read * grid.count.saturating_sub(1) as u64);
        Ok(result)
    }

    /// The pipeline behind a node, where it is one and no two of its series would end up with the same labels.
    fn pipeline(self: &Arc<Self>, node: &VectorNode, grid: Grid) -> Result<Option<Arc<Pipeline>>, QueryError> {
        let mut stages = Vec::new();
        let mut drops = false;
        let mut node = node;
        while let VectorNode::Map { child, stage, drops_name } = node {
            if let StagePlan::WithScalar { op, .. } = stage
                && math::arithmetic(*op).is_none()
                && math::comparison(*op).is_none()
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
                let leaf = pipeline::Leaf::OverTime {
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

    fn leaf(&self, selector: &Selector, grid: Grid, sample_time: bool) -> pipeline::Leaf {
        // An instant vector selector is a window as long as the lookback, of which the last sample counts.
        let windows = Windows { grid, at: selector.at, offset: selector.offset, range: self.lookback };
        if sample_time { pipeline::Leaf::SampleTime { windows } } else { pipeline::Leaf::Instant { windows } }
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

    fn plan_of<'a>(&self, node: &'a VectorNode) -> &'a StagePlan {
        match node {
            VectorNode::Map { stage, .. } => stage,
            _ => &StagePlan::Function(f64::abs),
        }
    }

    /// A range function where a pipeline would not do: over a subquery, or where dropping names makes series equal.
    fn over_time_rows(
        self: &Arc<Self>,
        function: OverTime,
        source: &RangeSource,
        parameters: &[ScalarNode],
        node: &VectorNode,
        grid: Grid,
    ) -> Result<Vec<Row>, QueryError> {
        let VectorNode::OverTime { parameter_span, span, .. } = node else { return Ok(Vec::new()) };
        let parameters = parameters.iter().map(|node| self.scalar(node, grid)).collect::<Result<Vec<_>, _>>()?;
        let windows = source.windows(grid);
        let leaf = pipeline::Leaf::OverTime {
            function,
            windows,
            parameters,
            parameter_span: *parameter_span,
            span: *span,
        };
        let mut rows = Vec::new();
        self.each_series(source, &windows, &mut |labels, drops_name, mut samples| {
            let mut values = Vec::new();
            if leaf.evaluate(self, labels, &mut samples, &mut values)? {
                self.limits.hold(count_present(&values))?;
                rows.push(Row { labels: labels.clone(), drops_name, values });
            }
            Ok(())
        })?;
        if function.keeps_name() {
            return Ok(rows);
        }
        let dropped = self.rename(rows);
        if !self.delayed_names && has_duplicates(&dropped) {
            return Err(EvaluationError::SameLabels.into());
        }
        Ok(dropped)
    }

    fn absent_over_time(
        self: &Arc<Self>,
        source: &RangeSource,
        labels: &Labels,
        grid: Grid,
    ) -> Result<Vec<Row>, QueryError> {
        let windows = source.windows(grid);
        let mut found = vec![1.0; grid.count];
        let mut values = Vec::new();
        self.each_series(source, &windows, &mut |_, _, mut samples| {
            pipeline::drop_stale(&mut samples);
            let read = over_time(OverTime::Present, &windows, &[], &samples, &mut values);
            self.limits.count_read(read);
            for (slot, value) in found.iter_mut().zip(&values) {
                if is_present(*value) {
                    *slot = ABSENT;
                }
            }
            Ok(())
        })?;
        Ok(one_row(labels.clone(), found))
    }

    /// Hands each series of a range vector with all samples of all windows to `sink`.
    fn each_series(
        self: &Arc<Self>,
        source: &RangeSource,
        windows: &Windows,
        sink: &mut dyn FnMut(&Labels, bool, Columns) -> Result<(), QueryError>,
    ) -> Result<(), QueryError> {
        let (start, end) = windows.bounds();
        match source {
            RangeSource::Selector { selector, .. } => {
                for series in self.select(selector, start, end)? {
                    self.limits.check_evaluation()?;
                    let mut samples = Columns::default();
                    series.read(start, end, &mut samples)?;
                    sink(series.labels(), false, samples)?;
                }
            }
            RangeSource::Subquery { node, step, .. } => {
                let inner = subquery_grid(start, end, *step);
                let rows = self.vector(node, inner)?;
                for row in rows {
                    self.limits.check_evaluation()?;
                    let mut samples = Columns::default();
                    for (time, value) in inner.times().zip(&row.values) {
                        if is_present(*value) {
                            samples.push(time, *value);
                        }
                    }
                    sink(&row.labels, row.drops_name, samples)?;
                }
            }
        }
        Ok(())
    }

    /// The samples of a range vector at one time, as they are stored: the answer to an instant query for one.
    pub(crate) fn matrix(
        self: &Arc<Self>,
        source: &RangeSource,
        at: i64,
    ) -> Result<Vec<(Labels, bool, Columns)>, QueryError> {
        let windows = source.windows(Grid::instant(at));
        let mut matrix = Vec::new();
        self.each_series(source, &windows, &mut |labels, drops_name, mut samples| {
            pipeline::drop_stale(&mut samples);
            if !samples.is_empty() {
                self.limits.hold(samples.len())?;
                self.limits.count_read(samples.len() as u64);
                matrix.push((labels.clone(), drops_name, samples));
            }
            Ok(())
        })?;
        Ok(matrix)
    }

    /// Drops the metric's name from each row, now or (delayed) in the end, and merges rows that become equal.
    pub(crate) fn drop_names(&self, rows: Vec<Row>) -> Result<Vec<Row>, QueryError> {
        let rows = self.rename(rows);
        if self.delayed_names { Ok(rows) } else { merge(rows) }
    }

    fn rename(&self, mut rows: Vec<Row>) -> Vec<Row> {
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

impl RangeSource {
    /// The windows at the steps of a grid.
    pub(crate) fn windows(&self, grid: Grid) -> Windows {
        match self {
            Self::Selector { selector, range } => {
                Windows { grid, at: selector.at, offset: selector.offset, range: *range }
            }
            Self::Subquery { range, at, offset, .. } => Windows { grid, at: *at, offset: *offset, range: *range },
        }
    }
}

/// The steps of a subquery: multiples of its step within `start..=end`.
fn subquery_grid(start: i64, end: i64, step: i64) -> Grid {
    let step = step.max(1);
    let aligned = start.div_euclid(step).saturating_mul(step);
    let first = if aligned < start { aligned.saturating_add(step) } else { aligned };
    Grid::range(first, end, step)
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
    let mut seen = hashbrown::HashSet::with_capacity(rows.len());
    rows.len() > 1 && !rows.iter().all(|row| seen.insert(&row.labels))
}

/// Takes away rows without any value.
pub(crate) fn drop_empty(rows: &mut Vec<Row>) {
    rows.retain(|row| row.values.iter().any(|value| is_present(*value)));
}

/// A vector of at most one row.
fn one_row(labels: Labels, values: Vec<f64>) -> Vec<Row> {
    let mut rows = vec![Row { labels, drops_name: false, values }];
    drop_empty(&mut rows);
    rows
}

/// Whether series stay apart without the labels that say what the metric is.
fn unique_without_names(series: &[Series], labels: &[Labels]) -> bool {
    let Some(first) = series.first() else { return true };
    let name = first.labels().metric_name();
    let plain = |labels: &Labels| labels.value("__type__").is_none() && labels.value("__unit__").is_none();
    if series.iter().all(|series| series.labels().metric_name() == name && plain(series.labels())) {
        return true;
    }
    let mut seen = hashbrown::HashSet::with_capacity(labels.len());
    labels.iter().all(|labels| seen.insert(labels))
}
