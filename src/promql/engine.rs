//! The front of evaluation: takes a query's text, runs it on the pool within its limits, and hands out the answer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::model::Labels;
use crate::storage::{Columns, Source};

use super::annotations::Annotations;
use super::ast::{Expr, ValueType};
use super::query_error::QueryError;
use super::eval::Evaluation;
use super::eval::column::{Grid, Row, Steps, count_present, is_present, without_reserved};
use super::limits::{CancelToken, Limits};
use super::plan::Plan;
use super::planner::Planner;
use super::pool::Pool;
use super::{ParseOptions, parse};

/// How an engine works. [`EngineOptions::default`] has Prometheus's defaults.
#[derive(Clone, Debug)]
pub struct EngineOptions {
    /// How far back an instant vector selector looks for a sample.
    pub lookback: Duration,
    /// The longest a query may take, waiting included; `None`: as long as it likes.
    pub timeout: Option<Duration>,
    /// The most samples a query may hold in memory; 0: no limit.
    pub max_samples: u64,
    /// The most queries that run at a time; further ones wait.
    pub max_concurrency: usize,
    /// The threads on which queries run; 0: as many as the machine has cores, at least two.
    pub threads: usize,
    /// The step of subqueries that name none.
    pub subquery_step: Duration,
    /// Which parts of the language are enabled.
    pub language: ParseOptions,
    /// Metric names that an operation takes away stay known until the end (`promql-delayed-name-removal`).
    pub delayed_name_removal: bool,
    /// The `__type__` label tells what a counter is (`type-and-unit-labels`).
    pub type_and_unit_labels: bool,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            lookback: Duration::from_secs(300),
            timeout: Some(Duration::from_secs(120)),
            max_samples: 50_000_000,
            max_concurrency: 20,
            threads: 0,
            subquery_step: Duration::from_secs(60),
            language: ParseOptions::default(),
            delayed_name_removal: false,
            type_and_unit_labels: false,
        }
    }
}

/// What one query may ask for besides its text. [`QueryOptions::default`] asks for nothing.
#[derive(Clone, Debug, Default)]
pub struct QueryOptions {
    /// Instead of the engine's lookback.
    pub lookback: Option<Duration>,
    /// Instead of the engine's timeout, where it is shorter.
    pub timeout: Option<Duration>,
    /// The most series of the result, 0: all. A warning tells when there were more.
    pub limit: usize,
    /// Stops the query from outside.
    pub cancel: CancelToken,
}

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
#[derive(Clone, Copy, Debug, Default)]
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
    /// The most samples held at a time.
    pub peak_samples: u64,
}

/// Evaluates queries on its own threads. Clones share them; they end with the last clone.
#[derive(Clone)]
pub struct Engine {
    options: Arc<EngineOptions>,
    pool: Pool,
}

impl Engine {
    /// Starts the threads.
    #[must_use]
    pub fn new(options: EngineOptions) -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from).max(2);
        let threads = if options.threads == 0 { cores } else { options.threads };
        let max_queries = if options.max_concurrency == 0 { usize::MAX } else { options.max_concurrency };
        Self { pool: Pool::new(threads, max_queries), options: Arc::new(options) }
    }

    /// How this engine works.
    #[must_use]
    pub fn options(&self) -> &EngineOptions {
        &self.options
    }

    /// How many queries run and how many wait for a thread.
    #[must_use]
    pub fn load(&self) -> (usize, usize) {
        self.pool.queries()
    }

    /// Evaluates a query at one time (ms). Blocks: for use outside the async runtime.
    ///
    /// # Errors
    /// See [`QueryError`].
    pub fn instant(
        &self,
        source: Arc<dyn Source>,
        query: &str,
        at: i64,
        options: QueryOptions,
    ) -> Result<Answer, QueryError> {
        self.block(source, query, Grid::instant(at), None, options)
    }

    /// Evaluates a query from `start` to `end`, both included, every `step` (all ms; `step` at least 1). Blocks.
    ///
    /// # Errors
    /// See [`QueryError`].
    pub fn range(
        &self,
        source: Arc<dyn Source>,
        query: &str,
        start: i64,
        end: i64,
        step: i64,
        options: QueryOptions,
    ) -> Result<Answer, QueryError> {
        self.block(source, query, Grid::range(start, end.max(start), step), Some(end), options)
    }

    /// As [`Engine::instant`], without blocking the caller's thread. The query is canceled when the future is dropped.
    ///
    /// # Errors
    /// See [`QueryError`].
    pub async fn instant_async(
        &self,
        source: Arc<dyn Source>,
        query: &str,
        at: i64,
        options: QueryOptions,
    ) -> Result<Answer, QueryError> {
        self.wait(source, query, Grid::instant(at), None, options).await
    }

    /// As [`Engine::range`], without blocking the caller's thread. The query is canceled when the future is dropped.
    ///
    /// # Errors
    /// See [`QueryError`].
    pub async fn range_async(
        &self,
        source: Arc<dyn Source>,
        query: &str,
        start: i64,
        end: i64,
        step: i64,
        options: QueryOptions,
    ) -> Result<Answer, QueryError> {
        self.wait(source, query, Grid::range(start, end.max(start), step), Some(end), options).await
    }

    fn block(
        &self,
        source: Arc<dyn Source>,
        query: &str,
        grid: Grid,
        range_end: Option<i64>,
        options: QueryOptions,
    ) -> Result<Answer, QueryError> {
        let (sender, receiver) = std::sync::mpsc::sync_channel(1);
        let job = self.job(source, query, grid, range_end, options);
        self.pool.run_query(move || {
            // Nobody may be waiting any more.
            let _ = sender.send(job.run());
        });
        receiver.recv().unwrap_or(Err(QueryError::Canceled { during: "query queue" }))
    }

    async fn wait(
        &self,
        source: Arc<dyn Source>,
        query: &str,
        grid: Grid,
        range_end: Option<i64>,
        options: QueryOptions,
    ) -> Result<Answer, QueryError> {
        let mut guard = CancelOnDrop(Some(options.cancel.clone()));
        let (sender, receiver) = oneshot::channel();
        let job = self.job(source, query, grid, range_end, options);
        self.pool.run_query(move || {
            let _ = sender.send(job.run());
        });
        let result = receiver.await;
        guard.0 = None;
        result.unwrap_or(Err(QueryError::Canceled { during: "query queue" }))
    }

    fn job(
        &self,
        source: Arc<dyn Source>,
        query: &str,
        grid: Grid,
        range_end: Option<i64>,
        options: QueryOptions,
    ) -> QueryJob {
        QueryJob { engine: self.clone(), source, query: query.to_owned(), grid, range_end, options, asked: Instant::now() }
    }
}

/// Cancels a query whose asker went away.
struct CancelOnDrop(Option<CancelToken>);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        if let Some(cancel) = &self.0 {
            cancel.cancel();
        }
    }
}

/// A query on its way through the pool.
struct QueryJob {
    engine: Engine,
    source: Arc<dyn Source>,
    query: String,
    grid: Grid,
    /// The end that was asked for, which `end()` means; the last step may come before it. `None` for an instant query.
    range_end: Option<i64>,
    options: QueryOptions,
    asked: Instant,
}

impl QueryJob {
    fn run(self) -> Result<Answer, QueryError> {
        let engine = &self.engine.options;
        let mut stats = QueryStats { queue_time: self.asked.elapsed(), ..QueryStats::default() };
        let timeout = match (engine.timeout, self.options.timeout) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        let deadline = timeout.and_then(|timeout| self.asked.checked_add(timeout));
        let limits = Limits::new(self.options.cancel.clone(), deadline, engine.max_samples);
        limits.check("query queue")?;

        let started = Instant::now();
        let expr = parse(&self.query, &engine.language).map_err(QueryError::Parse)?;
        let plan = self.plan(&expr)?;
        drop(expr);
        stats.preparation_time = started.elapsed();

        let evaluation = Arc::new(Evaluation {
            source: Arc::clone(&self.source),
            pool: self.engine.pool.clone(),
            limits,
            annotations: Annotations::default(),
            lookback: millis(self.options.lookback.unwrap_or(engine.lookback)),
            delayed_names: engine.delayed_name_removal,
            type_labels: engine.type_and_unit_labels,
            is_range: self.range_end.is_some(),
        });
        let started = Instant::now();
        let result = Evaluated::new(&evaluation, &plan, self.grid)?;
        stats.evaluation_time = started.elapsed();

        let started = Instant::now();
        let (value, truncated) = result.into_value(self.grid, self.range_end.is_some(), self.options.limit);
        stats.result_time = started.elapsed();
        stats.total_queryable_samples = evaluation.limits.read_samples();
        stats.peak_samples = evaluation.limits.peak_samples();
        stats.total_time = self.asked.elapsed();
        let (mut warnings, infos) = evaluation.annotations.to_texts(&self.query, ANNOTATIONS);
        if truncated {
            warnings.push("results truncated due to limit".to_owned());
        }
        Ok(Answer { value, warnings, infos, stats })
    }

    fn plan(&self, expr: &Expr) -> Result<Plan, QueryError> {
        let value_type = expr.value_type();
        if self.range_end.is_some() && matches!(value_type, ValueType::Matrix | ValueType::String) {
            return Err(QueryError::NotForRange { found: value_type.documented() });
        }
        let planner = Planner {
            start: self.grid.start,
            end: self.range_end.unwrap_or(self.grid.start),
            step: if self.range_end.is_some() { self.grid.step } else { 0 },
            subquery_step: millis(self.engine.options.subquery_step),
        };
        planner.plan(expr)
    }
}

/// The outcome of evaluation, still column by column.
enum Evaluated {
    Scalar(Steps),
    Rows(Vec<Row>),
    Matrix(Vec<MatrixSeries>),
    Text(String),
}

impl Evaluated {
    fn new(evaluation: &Arc<Evaluation>, plan: &Plan, grid: Grid) -> Result<Self, QueryError> {
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
    fn into_value(self, grid: Grid, is_range: bool, limit: usize) -> (Value, bool) {
        let at = grid.start;
        match self {
            Self::Text(text) => (Value::String(at, text), false),
            Self::Scalar(steps) if is_range => {
                let points =
                    Columns { timestamps: grid.times().collect(), values: steps.into_values(grid.count) };
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

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX / 4)
}

/// Annotations of each kind that an answer carries, as in Prometheus's HTTP API.
const ANNOTATIONS: usize = 10;
