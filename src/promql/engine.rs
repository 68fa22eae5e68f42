//! The front of evaluation: takes a query's text, runs it on the pool within its limits, and hands out the answer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::storage::Source;

use super::annotations::Annotations;
use super::answer::{Answer, Evaluated, QueryStats};
use super::ast::{Expr, ValueType};
use super::eval::Evaluation;
use super::eval::column::Grid;
use super::limits::{CancelToken, Limits};
use super::plan::Plan;
use super::planner::Planner;
use super::pool::Pool;
use super::query_error::QueryError;
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
    /// Count samples for each step too.
    pub per_step_stats: bool,
    /// Stops the query from outside.
    pub cancel: CancelToken,
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
        self.block(source, query, Times { grid: Grid::instant(at), end: at, is_range: false }, options)
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
        self.block(source, query, Times::range(start, end, step), options)
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
        self.wait(source, query, Times { grid: Grid::instant(at), end: at, is_range: false }, options).await
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
        self.wait(source, query, Times::range(start, end, step), options).await
    }

    fn block(
        &self,
        source: Arc<dyn Source>,
        query: &str,
        times: Times,
        options: QueryOptions,
    ) -> Result<Answer, QueryError> {
        let (sender, receiver) = std::sync::mpsc::sync_channel(1);
        let job = self.job(source, query, times, options);
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
        times: Times,
        options: QueryOptions,
    ) -> Result<Answer, QueryError> {
        let mut guard = CancelOnDrop(Some(options.cancel.clone()));
        let (sender, receiver) = oneshot::channel();
        let job = self.job(source, query, times, options);
        self.pool.run_query(move || {
            let _ = sender.send(job.run());
        });
        let result = receiver.await;
        guard.0 = None;
        result.unwrap_or(Err(QueryError::Canceled { during: "query queue" }))
    }

    fn job(&self, source: Arc<dyn Source>, query: &str, times: Times, options: QueryOptions) -> QueryJob {
        QueryJob { engine: self.clone(), source, query: query.to_owned(), times, options, asked: Instant::now() }
    }
}

/// When a query is evaluated.
#[derive(Clone, Copy)]
struct Times {
    grid: Grid,
    /// The end as it was asked for, which the last step may not reach.
    end: i64,
    is_range: bool,
}

impl Times {
    fn range(start: i64, end: i64, step: i64) -> Self {
        let end = end.max(start);
        Self { grid: Grid::range(start, end, step), end, is_range: true }
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
    times: Times,
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
        let steps = if self.options.per_step_stats { self.times.grid.count } else { 0 };
        let limits = Limits::new(self.options.cancel.clone(), deadline, engine.max_samples, steps);
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
            is_range: self.times.is_range,
        });
        let started = Instant::now();
        let result = Evaluated::new(&evaluation, &plan, self.times.grid)?;
        stats.evaluation_time = started.elapsed();

        let started = Instant::now();
        let (value, truncated) = result.into_value(self.times.grid, self.times.is_range, self.options.limit);
        stats.result_time = started.elapsed();
        stats.total_queryable_samples = evaluation.limits.read_samples();
        stats.queryable_samples_per_step = self.times.grid.times().zip(evaluation.limits.read_by_step()).collect();
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
        if self.times.is_range && matches!(value_type, ValueType::Matrix | ValueType::String) {
            return Err(QueryError::NotForRange { found: value_type.documented() });
        }
        let planner = Planner {
            query: &self.query,
            start: self.times.grid.start,
            end: self.times.end,
            step: if self.times.is_range { self.times.grid.step } else { 0 },
            subquery_step: millis(self.engine.options.subquery_step),
        };
        planner.plan(expr)
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX / 4)
}

/// Annotations of each kind that an answer carries, as in Prometheus's HTTP API.
const ANNOTATIONS: usize = 10;
