//! Runs the commands of a script against an engine.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use meterbox::model::{Labels, METRIC_NAME, is_stale};
use meterbox::promql::{
    Answer, Engine, EngineOptions, EvaluationError, Expr, ParseOptions, QueryError, QueryOptions, Value, parse,
};
use meterbox::storage::{Batch, Durability, Options, Point, Source, Store};

use crate::memory::{Memory, matches};
use crate::script::{self, Action, Eval, Expected, Text, Time};
use crate::series::Description;

/// What an engine may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The stable language.
    Default,
    /// The stable language, for scripts that were not written for it; cases that need more are skipped.
    DefaultOfShared,
    /// As Prometheus runs these scripts itself: all features, names removed late.
    EveryFeature,
}

/// Where the samples are while a script runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backing {
    /// Sorted maps.
    Memory,
    /// A store on disk: the first half of each series in the file of a day, the second half in the head.
    Store,
}

/// What came of the cases of scripts.
#[derive(Default)]
pub struct Outcome {
    pub passed: usize,
    pub skipped: BTreeMap<&'static str, usize>,
    pub failures: Vec<String>,
}

impl Outcome {
    pub fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failures.extend(other.failures);
        for (reason, count) in other.skipped {
            *self.skipped.entry(reason).or_default() += count;
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:4} passed, {:3} failed", self.passed, self.failures.len())?;
        for (reason, count) in &self.skipped {
            write!(formatter, ", {count:3} skipped ({reason})")?;
        }
        Ok(())
    }
}

/// Runs one script.
pub fn run(name: &str, text: &str, mode: Mode, backing: Backing) -> Outcome {
    let mut outcome = Outcome::default();
    let commands = match script::parse(text) {
        Ok(commands) => commands,
        Err(error) => {
            outcome.failures.push(format!("{name}: {error}"));
            return outcome;
        }
    };
    let mut options = EngineOptions::default();
    if mode == Mode::EveryFeature {
        options.language = ParseOptions::all();
        options.delayed_name_removal = true;
    }
    let engine = Engine::new(options);
    let mut loaded = Loaded::new(backing);
    for command in commands {
        match command.action {
            Action::Clear => loaded = Loaded::new(backing),
            Action::Load { step, series, with_histograms } => loaded.load(step, &series, with_histograms),
            Action::Eval(eval) => {
                if let Some(reason) = skip_reason(&eval, &loaded, mode) {
                    *outcome.skipped.entry(reason).or_default() += 1;
                    continue;
                }
                match check(&engine, &loaded, &eval) {
                    Ok(()) => outcome.passed += 1,
                    Err(Failure::Unsupported) if needs_flag(&eval.query) => {
                        *outcome.skipped.entry("feature flag").or_default() += 1;
                    }
                    Err(Failure::Unsupported) => {
                        outcome.failures.push(format!("{name}:{}: {}\n    not supported", command.line, eval.query));
                    }
                    Err(Failure::Mismatch(error)) => {
                        outcome.failures.push(format!("{name}:{}: {}\n    {error}", command.line, eval.query));
                    }
                }
            }
        }
    }
    outcome
}

/// The samples loaded so far.
struct Loaded {
    memory: Arc<Memory>,
    backing: Backing,
    /// Opened for the first case behind a `load`.
    store: OnceCell<Stored>,
    /// Series that would hold native histograms.
    histograms: Vec<Labels>,
    start_timestamps: bool,
}

impl Loaded {
    fn new(backing: Backing) -> Self {
        Self {
            memory: Arc::default(),
            backing,
            store: OnceCell::new(),
            histograms: Vec::new(),
            start_timestamps: false,
        }
    }

    fn source(&self) -> Arc<dyn Source> {
        match self.backing {
            Backing::Memory => self.memory.clone(),
            Backing::Store => Arc::new(self.store.get_or_init(|| Stored::new(&self.memory)).store.clone()),
        }
    }

    fn load(&mut self, step: i64, series: &[Description], with_histograms: bool) {
        let mut memory = Memory::clone(&self.memory);
        self.start_timestamps |= series.iter().any(|one| one.start_timestamps);
        // Of two lines for one series, the second counts.
        let lines = series.iter().filter(|one| !one.start_timestamps);
        let last: BTreeMap<&Labels, &Description> = lines.map(|one| (&one.labels, one)).collect();
        for description in last.into_values() {
            if description.histograms {
                self.histograms.push(description.labels.clone());
            }
            for (index, value) in description.values.iter().enumerate() {
                if let Some(value) = value {
                    memory.append(&description.labels, step * index as i64, *value);
                }
            }
            if with_histograms {
                let name = description.labels.metric_name();
                let base = ["_bucket", "_sum", "_count"].iter().find_map(|suffix| name.strip_suffix(suffix));
                let mut builder = description.labels.to_builder();
                builder.remove("le").set(METRIC_NAME, base.unwrap_or(name));
                self.histograms.push(builder.build());
            }
        }
        self.memory = Arc::new(memory);
        self.store = OnceCell::new();
    }
}

/// A store in a folder of its own.
struct Stored {
    store: Store,
    _folder: tempfile::TempDir,
}

impl Stored {
    fn new(memory: &Memory) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(Options::new(folder.path())).unwrap();
        for half in 0..2 {
            let mut points = Vec::new();
            for (labels, samples) in memory.series() {
                let series = store.resolve(labels);
                let middle = samples.len() / 2;
                let (skip, take) = if half == 0 { (0, middle) } else { (middle, samples.len() - middle) };
                points.extend(samples.iter().skip(skip).take(take).map(|(t, v)| Point { series, t: *t, v: *v }));
            }
            let count = points.len();
            let appended = store.append(Batch { points, durability: Durability::Group }).wait().unwrap();
            assert_eq!(appended.stored, count, "{appended:?}");
            if half == 0 {
                store.flush().unwrap();
            }
        }
        Self { store, _folder: folder }
    }
}

/// Why a case cannot be run, told from the text of the script alone.
fn skip_reason(eval: &Eval, loaded: &Loaded, mode: Mode) -> Option<&'static str> {
    if eval.expected.series.iter().any(|series| series.histograms) {
        return Some("native histogram");
    }
    let expr = match parse(&eval.query, &ParseOptions::all()) {
        Ok(expr) => expr,
        Err(_) => return None,
    };
    let mut facts = Facts::default();
    facts.gather(&expr, loaded);
    if facts.selects_histograms {
        return Some("native histogram");
    }
    if loaded.start_timestamps {
        return Some("feature flag");
    }
    if mode == Mode::DefaultOfShared {
        let annotates_names =
            |text: &Text| matches!(text, Text::Exactly(message) if message.contains("for metric name"));
        // Without late removal, series that only differ in what their metric is cannot be aggregated as one, or match
        // what has lost it already.
        let early_names = facts.names_collide && matches!(expr, Expr::Aggregate(_)) || facts.typed && facts.matches;
        let named = eval.expected.warn.iter().chain(&eval.expected.info).any(annotates_names);
        if needs_flag(&eval.query) || facts.reads_names || early_names || named {
            return Some("feature flag");
        }
    }
    None
}

/// Whether a query is only understood with features enabled.
fn needs_flag(query: &str) -> bool {
    parse(query, &ParseOptions::default()).is_err() && parse(query, &ParseOptions::all()).is_ok()
}

/// What a query touches.
#[derive(Default)]
struct Facts {
    selects_histograms: bool,
    /// It groups by, matches on or rewrites the metric's name, which is there or not depending on when names go.
    reads_names: bool,
    /// A selector takes series that are equal but for the labels that say what the metric is.
    names_collide: bool,
    /// A selector takes series with `__type__` or `__unit__`.
    typed: bool,
    /// A binary operator matches two vectors.
    matches: bool,
}

impl Facts {
    fn gather(&mut self, expr: &Expr, loaded: &Loaded) {
        let selector = match expr {
            Expr::Vector(selector) => Some(&**selector),
            Expr::Matrix(matrix) => Some(&matrix.selector),
            _ => None,
        };
        if let Some(selector) = selector {
            let taken = |labels: &&Labels| matches(labels, &selector.matchers);
            self.selects_histograms |= loaded.histograms.iter().any(|labels| taken(&labels));
            let mut seen = BTreeSet::new();
            for labels in loaded.memory.labels().filter(taken) {
                let plain = labels.drop(&[METRIC_NAME, "__type__", "__unit__"]);
                self.typed |= plain.len() < labels.without_name().len();
                self.names_collide |= !seen.insert(plain);
            }
        }
        let is_name = |label: &String| label == METRIC_NAME;
        match expr {
            Expr::Aggregate(aggregate) => self.reads_names |= aggregate.grouping.iter().any(is_name),
            Expr::Binary(binary) => {
                self.matches |= binary.matching.is_some();
                self.reads_names |=
                    binary.matching.as_ref().is_some_and(|matching| matching.labels.iter().any(is_name));
            }
            Expr::String(text) => self.reads_names |= is_name(&text.value),
            _ => {}
        }
        expr.for_each_child(|child| self.gather(child, loaded));
    }
}

enum Failure {
    Unsupported,
    Mismatch(String),
}

impl From<String> for Failure {
    fn from(text: String) -> Self {
        Self::Mismatch(text)
    }
}

/// Runs a case and compares; an instant query also runs as a step of a range query.
fn check(engine: &Engine, loaded: &Loaded, eval: &Eval) -> Result<(), Failure> {
    let source = loaded.source();
    match eval.time {
        Time::Range { start, end, step } => {
            let result = engine.range(source, &eval.query, start, end, step, QueryOptions::default());
            let Some(answer) = check_outcome(result, &eval.expected)? else { return Ok(()) };
            Ok(check_matrix(&answer, &eval.expected, start, step)?)
        }
        Time::Instant(at) => {
            let result = engine.instant(source.clone(), &eval.query, at, QueryOptions::default());
            let Some(answer) = check_outcome(result, &eval.expected)? else { return Ok(()) };
            if let Some((start, step)) = eval.expected.range_vector {
                return Ok(check_matrix(&answer, &eval.expected, start, step)?);
            }
            check_instant(&answer.value, &eval.expected)?;
            if eval.expected.ordered
                || matches!(answer.value, Value::String(..) | Value::Matrix(_))
                || reads_query(&eval.query)
            {
                return Ok(());
            }
            let minute = 60_000;
            let result = engine.range(source, &eval.query, at - minute, at + minute, minute, QueryOptions::default());
            let answer = result.map_err(|error| format!("as a range query: {error}"))?;
            let Value::Matrix(series) = answer.value else {
                return Err("as a range query: no matrix".to_owned().into());
            };
            let samples: Vec<(Labels, f64)> = series
                .iter()
                .filter_map(|series| {
                    let index = series.points.timestamps.iter().position(|time| *time == at)?;
                    Some((series.labels.clone(), series.points.values[index]))
                })
                .collect();
            let result = match eval.expected.scalar {
                Some(expected) => check_vector(&samples, &[(Labels::empty(), expected)], false),
                None => check_vector(&samples, &expected_vector(&eval.expected), false),
            };
            Ok(result.map_err(|error| format!("as a range query: {error}"))?)
        }
    }
}

/// Whether the answer depends on the start, end or step of the query, so that a range query answers differently.
fn reads_query(query: &str) -> bool {
    let query = query.to_ascii_lowercase();
    ["start()", "end()", "step()", "range()"].iter().any(|function| query.contains(function))
}

/// Compares success and annotations; `None` where a failure was expected and came.
fn check_outcome(result: Result<Answer, QueryError>, expected: &Expected) -> Result<Option<Answer>, Failure> {
    let answer = match (result, &expected.fail) {
        (Err(QueryError::Evaluation(EvaluationError::Unsupported { .. })), _) => return Err(Failure::Unsupported),
        (Err(error), Some(wanted)) if wanted.accepts(&error.to_string()) => return Ok(None),
        (Err(error), _) => return Err(format!("failed: {error}").into()),
        (Ok(_), Some(_)) => return Err("did not fail".to_owned().into()),
        (Ok(answer), None) => answer,
    };
    for (kind, wanted, none, found) in [
        ("warning", &expected.warn, expected.no_warn, &answer.warnings),
        ("info", &expected.info, expected.no_info, &answer.infos),
    ] {
        if none && !found.is_empty() {
            return Err(format!("unexpected {kind}: {found:?}").into());
        }
        if wanted.iter().any(|wanted| !found.iter().any(|text| wanted.accepts(text))) {
            return Err(format!("missing {kind}; there is {found:?}").into());
        }
    }
    Ok(Some(answer))
}

fn expected_vector(expected: &Expected) -> Vec<(Labels, f64)> {
    expected.series.iter().filter_map(|series| Some((series.labels.clone(), (*series.values.first()?)?))).collect()
}

fn check_instant(value: &Value, expected: &Expected) -> Result<(), String> {
    match (value, expected.scalar, &expected.string) {
        (Value::Scalar(_, found), Some(wanted), _) if almost_equal(*found, wanted) => Ok(()),
        (Value::String(_, found), _, Some(wanted)) if found == wanted => Ok(()),
        (Value::Vector(samples), None, None) => {
            let samples: Vec<(Labels, f64)> = samples.iter().map(|sample| (sample.labels.clone(), sample.v)).collect();
            check_vector(&samples, &expected_vector(expected), expected.ordered)
        }
        _ => Err(format!("found {value:?}")),
    }
}

fn check_vector(found: &[(Labels, f64)], expected: &[(Labels, f64)], ordered: bool) -> Result<(), String> {
    let error = || format!("found {found:?}\n    instead of {expected:?}");
    if found.len() != expected.len() {
        return Err(error());
    }
    for (index, (labels, value)) in found.iter().enumerate() {
        let wanted = expected.iter().position(|(wanted, _)| wanted == labels).ok_or_else(error)?;
        if !almost_equal(*value, expected[wanted].1) || ordered && wanted != index {
            return Err(error());
        }
    }
    Ok(())
}

fn check_matrix(answer: &Answer, expected: &Expected, start: i64, step: i64) -> Result<(), String> {
    let Value::Matrix(found) = &answer.value else { return Err(format!("found {:?}", answer.value)) };
    let expected: Vec<(&Labels, Vec<(i64, f64)>)> = expected
        .series
        .iter()
        .map(|series| {
            let points = series.values.iter().enumerate().filter_map(|(index, value)| {
                (*value).filter(|value| !is_stale(*value)).map(|value| (start + step * index as i64, value))
            });
            (&series.labels, points.collect::<Vec<_>>())
        })
        .filter(|(_, points)| !points.is_empty())
        .collect();
    let error = || format!("found {found:?}\n    instead of {expected:?}");
    if found.len() != expected.len() {
        return Err(error());
    }
    for series in found {
        let (_, wanted) = expected.iter().find(|(labels, _)| **labels == series.labels).ok_or_else(error)?;
        let points: Vec<(i64, f64)> =
            series.points.timestamps.iter().copied().zip(series.points.values.iter().copied()).collect();
        let same = points.len() == wanted.len()
            && points.iter().zip(wanted).all(|(a, b)| a.0 == b.0 && almost_equal(a.1, b.1));
        if !same {
            return Err(error());
        }
    }
    Ok(())
}

/// Equal but for a relative error of a millionth.
fn almost_equal(a: f64, b: f64) -> bool {
    if a.is_nan() || b.is_nan() {
        return a.is_nan() && b.is_nan();
    }
    if a == b {
        return true;
    }
    let sum = a.abs() + b.abs();
    if a == 0.0 || b == 0.0 || sum < f64::MIN_POSITIVE {
        return (a - b).abs() < 1e-6 * f64::MIN_POSITIVE;
    }
    (a - b).abs() / sum.min(f64::MAX) < 1e-6
}
