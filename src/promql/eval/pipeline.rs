//! What works on each series alone, from reading to the last arithmetic, on several threads.
//!
//! Series are dealt out in chunks. Idle threads of the pool help; the thread of the query hands finished chunks on in the
//! order of the series, so that sums do not depend on who was faster, and works on chunks itself where it would wait.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::{Condvar, Mutex};

use crate::model::{Labels, is_stale};
use crate::promql::Span;
use crate::promql::annotations::Annotation;
use crate::promql::query_error::{EvaluationError, QueryError};
use crate::storage::{Columns, Series};

use super::column::{ABSENT, Grid, Row, Steps, is_present};
use super::evaluation::{Evaluation, Sink};
use super::math::Stage;
use super::over_time::{OverTime, Windows, over_time};

/// What turns the samples of a series into a column.
#[derive(Debug)]
pub(crate) enum Leaf {
    /// The last sample of each window.
    Instant { windows: Windows },
    /// The time of the last sample of each window.
    SampleTime { windows: Windows },
    /// A function over each window.
    OverTime { function: OverTime, windows: Windows, parameters: Vec<Steps>, parameter_span: Span, span: Span },
}

/// Series, and what happens to each of them.
pub(crate) struct Pipeline {
    pub series: Vec<Series>,
    /// The labels of the results, one for each series, no two equal unless names are still to be dropped.
    pub labels: Vec<Labels>,
    pub drops_name: bool,
    pub leaf: Leaf,
    pub stages: Vec<Stage>,
    pub grid: Grid,
}

impl Leaf {
    /// The first and the last time it looks at.
    pub(crate) fn bounds(&self) -> (i64, i64) {
        match self {
            Self::Instant { windows } | Self::SampleTime { windows } | Self::OverTime { windows, .. } => {
                windows.bounds()
            }
        }
    }

    /// Computes the column of one series; false where it has no value at any step.
    pub(crate) fn evaluate(
        &self,
        evaluation: &Evaluation,
        labels: &Labels,
        samples: &mut Columns,
        out: &mut Vec<f64>,
    ) -> Result<bool, QueryError> {
        match self {
            Self::Instant { windows } => last_samples(windows, samples, out, |_, value| value),
            Self::SampleTime { windows } => last_samples(windows, samples, out, |time, _| time as f64 / 1000.0),
            Self::OverTime { function, windows, parameters, parameter_span, span } => {
                drop_stale(samples);
                if *function == OverTime::DoubleExponentialSmoothing && !samples.is_empty() {
                    check_factors(parameters)?;
                }
                let seen = over_time(*function, windows, parameters, samples, out);
                evaluation.limits.count_read(seen.samples);
                if evaluation.limits.wants_steps() {
                    evaluation.limits.count_steps(&windows.sizes(samples));
                }
                evaluation.limits.hold(seen.largest)?;
                evaluation.limits.release(seen.largest);
                let found = out.iter().any(|value| is_present(*value));
                if found {
                    annotate(evaluation, *function, labels, parameters, out, *parameter_span, *span);
                }
                return Ok(found);
            }
        }
        let found = out.iter().filter(|value| is_present(**value)).count();
        evaluation.limits.count_read(found as u64);
        if evaluation.limits.wants_steps() {
            let found: Vec<u64> = out.iter().map(|value| u64::from(is_present(*value))).collect();
            evaluation.limits.count_steps(&found);
        }
        Ok(found > 0)
    }
}

impl Pipeline {
    /// Hands all rows to `sink` in the order of the series.
    pub(crate) fn run(self: Arc<Self>, evaluation: &Arc<Evaluation>, sink: &mut Sink<'_>) -> Result<(), QueryError> {
        let chunks = self.series.len().div_ceil(CHUNK);
        let helpers = if chunks > 1 { evaluation.pool.idle().min(chunks - 1) } else { 0 };
        if helpers == 0 {
            let mut scratch = Columns::default();
            for index in 0..self.series.len() {
                if let Some(row) = self.row(index, evaluation, &mut scratch)? {
                    sink(row)?;
                }
            }
            return Ok(());
        }
        let work = Arc::new(Work { state: Mutex::new(State::default()), changed: Condvar::new(), chunks });
        for _ in 0..helpers {
            let (pipeline, evaluation, work) = (Arc::clone(&self), Arc::clone(evaluation), Arc::clone(&work));
            evaluation.pool.clone().offer_help(move || work.help(&pipeline, &evaluation));
        }
        let result = work.drive(&self, evaluation, sink);
        work.stop();
        result
    }

    /// Computes one row; `None` where it has no value at any step.
    fn row(&self, index: usize, evaluation: &Evaluation, scratch: &mut Columns) -> Result<Option<Row>, QueryError> {
        let (Some(series), Some(labels)) = (self.series.get(index), self.labels.get(index)) else { return Ok(None) };
        evaluation.limits.check_evaluation()?;
        scratch.clear();
        let (start, end) = self.leaf.bounds();
        series.read(start, end, scratch)?;
        if scratch.is_empty() {
            return Ok(None);
        }
        let mut values = Vec::with_capacity(self.grid.count);
        if !self.leaf.evaluate(evaluation, series.labels(), scratch, &mut values)? {
            return Ok(None);
        }
        if !self.stages.is_empty() {
            self.stages.iter().for_each(|stage| stage.apply(&mut values));
            if !values.iter().any(|value| is_present(*value)) {
                return Ok(None);
            }
        }
        Ok(Some(Row { labels: labels.clone(), drops_name: self.drops_name, values }))
    }

    fn chunk(&self, chunk: usize, evaluation: &Evaluation, scratch: &mut Columns) -> Result<Vec<Row>, QueryError> {
        let first = chunk * CHUNK;
        let mut rows = Vec::with_capacity(CHUNK);
        for index in first..(first + CHUNK).min(self.series.len()) {
            rows.extend(self.row(index, evaluation, scratch)?);
        }
        Ok(rows)
    }
}

/// The chunks of a pipeline while several threads work on them.
struct Work {
    state: Mutex<State>,
    changed: Condvar,
    chunks: usize,
}

#[derive(Default)]
struct State {
    /// The first chunk that nobody works on yet.
    next: usize,
    /// The first chunk that was not handed on yet.
    wanted: usize,
    done: BTreeMap<usize, Vec<Row>>,
    /// How many threads are within a chunk.
    active: usize,
    failed: Option<QueryError>,
    stopped: bool,
}

impl State {
    /// The next chunk to work on, unless too many wait to be handed on.
    fn claim(&mut self, chunks: usize) -> Option<usize> {
        (self.next < chunks && self.next < self.wanted + AHEAD).then(|| {
            self.active += 1;
            self.next += 1;
            self.next - 1
        })
    }
}

impl Work {
    /// What a helping thread does until nothing is left.
    fn help(&self, pipeline: &Pipeline, evaluation: &Evaluation) {
        let mut scratch = Columns::default();
        loop {
            let mut state = self.state.lock();
            let chunk = loop {
                if state.stopped || state.next >= self.chunks {
                    return;
                }
                if let Some(chunk) = state.claim(self.chunks) {
                    break chunk;
                }
                self.changed.wait(&mut state);
            };
            drop(state);
            self.finish(chunk, pipeline.chunk(chunk, evaluation, &mut scratch));
        }
    }

    fn finish(&self, chunk: usize, result: Result<Vec<Row>, QueryError>) {
        let mut state = self.state.lock();
        state.active -= 1;
        match result {
            Ok(rows) => {
                state.done.insert(chunk, rows);
            }
            Err(error) => {
                state.failed.get_or_insert(error);
                state.stopped = true;
            }
        }
        drop(state);
        self.changed.notify_all();
    }

    /// What the query's own thread does: hand on what is next, else work.
    fn drive(&self, pipeline: &Pipeline, evaluation: &Evaluation, sink: &mut Sink<'_>) -> Result<(), QueryError> {
        let mut scratch = Columns::default();
        loop {
            let mut state = self.state.lock();
            if let Some(error) = state.failed.take() {
                return Err(error);
            }
            let wanted = state.wanted;
            if wanted == self.chunks {
                return Ok(());
            }
            if let Some(rows) = state.done.remove(&wanted) {
                state.wanted += 1;
                drop(state);
                self.changed.notify_all();
                rows.into_iter().try_for_each(&mut *sink)?;
            } else if let Some(chunk) = state.claim(self.chunks) {
                drop(state);
                self.finish(chunk, pipeline.chunk(chunk, evaluation, &mut scratch));
            } else {
                self.changed.wait(&mut state);
            }
        }
    }

    /// Ends the help and waits until nobody is within a chunk any more.
    fn stop(&self) {
        let mut state = self.state.lock();
        state.stopped = true;
        self.changed.notify_all();
        while state.active > 0 {
            self.changed.wait(&mut state);
        }
    }
}

/// The last sample of each window; where that is a staleness marker, there is none.
fn last_samples(windows: &Windows, samples: &Columns, out: &mut Vec<f64>, pick: impl Fn(i64, f64) -> f64) {
    let mut passed = 0_usize;
    let times = samples.timestamps.as_slice();
    for step in 0..windows.grid.count {
        let end = windows.end(step);
        while times.get(passed).is_some_and(|time| *time <= end) {
            passed += 1;
        }
        let last = passed.checked_sub(1).and_then(|index| times.get(index).zip(samples.values.get(index)));
        out.push(match last {
            Some((time, value)) if *time > end.saturating_sub(windows.range) && !is_stale(*value) => {
                pick(*time, *value)
            }
            _ => ABSENT,
        });
    }
}

/// Takes staleness markers away: windows do not see them.
pub(crate) fn drop_stale(samples: &mut Columns) {
    if !samples.values.iter().any(|value| is_stale(*value)) {
        return;
    }
    let kept = samples.timestamps.iter().zip(&samples.values).filter(|(_, value)| !is_stale(**value));
    let (timestamps, values) = kept.map(|(time, value)| (*time, *value)).unzip();
    *samples = Columns { timestamps, values };
}

/// What a range function over a series has to say.
fn annotate(
    evaluation: &Evaluation,
    function: OverTime,
    labels: &Labels,
    parameters: &[Steps],
    out: &[f64],
    parameter_span: Span,
    span: Span,
) {
    match function {
        OverTime::Rate | OverTime::Increase => {
            let name = labels.metric_name();
            if name.is_empty() {
                return;
            }
            if evaluation.type_labels {
                let kind = labels.value_or_empty("__type__");
                if !matches!(kind, "counter" | "histogram") {
                    let annotation = Annotation::PossibleNonCounterType(kind.to_owned(), name.to_owned());
                    evaluation.annotations.add(annotation, span);
                }
            } else if !COUNTER_SUFFIXES.iter().any(|suffix| name.ends_with(suffix)) {
                evaluation.annotations.add(Annotation::PossibleNonCounter(name.to_owned()), span);
            }
        }
        OverTime::Quantile => {
            let Some(fraction) = parameters.first() else { return };
            if !fraction.values().iter().any(|value| is_invalid_quantile(*value)) {
                return;
            }
            for (step, _) in out.iter().enumerate().filter(|(_, value)| is_present(**value)) {
                let fraction = fraction.at(step);
                if is_invalid_quantile(fraction) {
                    evaluation.annotations.add(Annotation::InvalidQuantile(fraction), parameter_span);
                }
            }
        }
        _ => {}
    }
}

pub(crate) fn is_invalid_quantile(fraction: f64) -> bool {
    !(0.0..=1.0).contains(&fraction)
}

fn check_factors(parameters: &[Steps]) -> Result<(), QueryError> {
    for (steps, which, short) in [(parameters.first(), "smoothing", "sf"), (parameters.get(1), "trend", "tf")] {
        for value in steps.map_or(&[] as &[f64], Steps::values) {
            if *value <= 0.0 || *value >= 1.0 {
                return Err(EvaluationError::SmoothingFactor { which, short, value: *value }.into());
            }
        }
    }
    Ok(())
}

/// Names of counters end like this.
const COUNTER_SUFFIXES: [&str; 4] = ["_total", "_sum", "_count", "_bucket"];

/// Series a thread takes at a time: enough to make the lock cheap, few enough to spread a dashboard's dozens.
const CHUNK: usize = 16;

/// How many chunks may be ahead of what was handed on: this bounds the memory.
const AHEAD: usize = 16;
