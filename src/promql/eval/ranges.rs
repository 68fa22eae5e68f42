//! Range vectors where a pipeline would not do: over subqueries, where dropping names makes series equal, and as an answer
//! of their own.

use std::sync::Arc;

use crate::model::Labels;
use crate::promql::plan::{RangeSource, ScalarNode, VectorNode};
use crate::promql::query_error::{EvaluationError, QueryError};
use crate::storage::Columns;

use super::column::{ABSENT, Grid, Row, count_present, is_present};
use super::evaluation::Evaluation;
use super::over_time::{OverTime, Windows, over_time};
use super::pipeline::{Leaf, drop_stale};
use super::rows::{has_duplicates, one_row};

impl Evaluation {
    /// A range function where a pipeline would not do: over a subquery, or where dropping names makes series equal.
    pub(super) fn over_time_rows(
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
        let leaf = Leaf::OverTime { function, windows, parameters, parameter_span: *parameter_span, span: *span };
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

    pub(super) fn absent_over_time(
        self: &Arc<Self>,
        source: &RangeSource,
        labels: &Labels,
        grid: Grid,
    ) -> Result<Vec<Row>, QueryError> {
        let windows = source.windows(grid);
        let mut found = vec![1.0; grid.count];
        let mut values = Vec::new();
        self.each_series(source, &windows, &mut |_, _, mut samples| {
            drop_stale(&mut samples);
            let seen = over_time(OverTime::Present, &windows, &[], &samples, &mut values);
            self.limits.count_read(seen.samples);
            if self.limits.wants_steps() {
                self.limits.count_steps(&windows.sizes(&samples));
            }
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
                // A row has a place for each step, taken or not: the memory is asked for before any sample counts.
                self.limits.check_steps(inner.count)?;
                // What a subquery looks at counts once: as the samples of the windows over its result.
                let mark = self.limits.mark_read();
                let rows = self.vector(node, inner)?;
                self.limits.forget_read(mark);
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
            drop_stale(&mut samples);
            if !samples.is_empty() {
                self.limits.hold(samples.len())?;
                self.limits.count_read(samples.len() as u64);
                self.limits.count_steps(&[samples.len() as u64]);
                matrix.push((labels.clone(), drops_name, samples));
            }
            Ok(())
        })?;
        Ok(matrix)
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
