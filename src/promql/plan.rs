//! What a query is evaluated by: its tree with every time, length and constant resolved.
//!
//! The plan knows which parts have one value for all steps (they stand under `Once`), which selectors look where, and what
//! is scalar and what is vector; evaluation decides nothing of that again.

use std::sync::Arc;

use crate::model::{Labels, Matcher};

use super::ast::{AggregateOp, BinaryOp, Span, VectorMatching};
use super::eval::over_time::OverTime;

/// A whole query.
#[derive(Debug)]
pub(crate) enum Plan {
    Scalar(ScalarNode),
    Vector(VectorNode),
    /// Samples as they are stored; only as a whole instant query.
    Matrix(RangeSource),
    Text(String),
}

/// Something with one float a step.
#[derive(Debug)]
pub(crate) enum ScalarNode {
    Constant(f64),
    /// The time of evaluation in seconds.
    Time,
    /// A function of the time of evaluation in whole seconds: `hour()` and its kin.
    Clock(fn(f64) -> f64),
    Map(Box<ScalarNode>, fn(f64) -> f64),
    Zip(Box<ScalarNode>, Box<ScalarNode>, fn(f64, f64) -> f64),
    Binary(BinaryOp, Box<ScalarNode>, Box<ScalarNode>),
    /// `scalar()`
    OfVector(Box<VectorNode>),
    /// One value for all steps.
    Once(Box<ScalarNode>),
}

/// Something with any number of series.
#[derive(Debug)]
pub(crate) enum VectorNode {
    /// An instant vector selector.
    Select(Arc<Selector>),
    /// `timestamp()` of a selector: when its samples were taken.
    SampleTime(Arc<Selector>),
    /// A function over a range vector.
    OverTime {
        function: OverTime,
        source: RangeSource,
        parameters: Vec<ScalarNode>,
        parameter_span: Span,
        span: Span,
    },
    /// `absent_over_time()`
    AbsentOverTime {
        source: RangeSource,
        labels: Labels,
    },
    /// A function of each value on its own.
    Map {
        child: Box<VectorNode>,
        stage: StagePlan,
        drops_name: bool,
    },
    /// `timestamp()` of anything else: the time of evaluation.
    EvaluationTime(Box<VectorNode>),
    /// `vector()`
    OfScalar(ScalarNode),
    /// `absent()`
    Absent {
        child: Box<VectorNode>,
        labels: Labels,
    },
    /// `sort()` and its kin.
    Sort {
        child: Box<VectorNode>,
        by: SortBy,
        span: Span,
    },
    /// `label_replace()` and `label_join()`
    Relabel {
        child: Box<VectorNode>,
        change: Relabel,
    },
    /// `histogram_quantile()` with one φ, `histogram_quantiles()` with several and a label for them.
    BucketQuantile {
        child: Box<VectorNode>,
        /// With the place of each, for warnings.
        fractions: Vec<(ScalarNode, Span)>,
        label: Option<String>,
        span: Span,
    },
    /// `histogram_fraction()`
    BucketFraction {
        child: Box<VectorNode>,
        lower: ScalarNode,
        upper: ScalarNode,
        span: Span,
    },
    /// A function that only concerns native histograms: floats have none of it.
    NoFloats(Box<VectorNode>),
    Aggregate(Box<Aggregation>),
    Match(Box<Match>),
    /// One value for all steps.
    Once(Box<VectorNode>),
}

/// Which series, and when to look at them.
#[derive(Debug)]
pub(crate) struct Selector {
    pub matchers: Vec<Matcher>,
    /// A fixed time in ms that stands for each step's own.
    pub at: Option<i64>,
    /// How far before that time to look, in ms.
    pub offset: i64,
}

/// Where the windows of a range vector come from.
#[derive(Debug)]
pub(crate) enum RangeSource {
    Selector { selector: Arc<Selector>, range: i64 },
    Subquery { node: Box<VectorNode>, range: i64, step: i64, at: Option<i64>, offset: i64 },
}

/// A stage of a [pipeline](super::eval) whose scalars are still to be evaluated.
#[derive(Debug)]
pub(crate) enum StagePlan {
    Function(fn(f64) -> f64),
    WithScalar { op: BinaryOp, scalar: ScalarNode, swapped: bool, return_bool: bool, span: Span },
    Clamp { least: ScalarNode, most: ScalarNode },
    Round { multiple: ScalarNode },
}

/// The order of an instant query's result.
#[derive(Clone, Debug)]
pub(crate) enum SortBy {
    Value { descending: bool },
    Labels { names: Vec<String>, descending: bool },
}

/// A change of each series' labels.
#[derive(Debug)]
pub(crate) enum Relabel {
    Replace { target: String, replacement: String, source: String, regex: regex::Regex },
    Join { target: String, separator: String, sources: Vec<String> },
}

/// An aggregation.
#[derive(Debug)]
pub(crate) struct Aggregation {
    pub op: AggregateOp,
    pub child: VectorNode,
    pub parameter: Option<ScalarNode>,
    /// The label that `count_values` writes to.
    pub value_label: String,
    pub grouping: Vec<String>,
    pub without: bool,
    pub parameter_span: Span,
}

/// A binary operator between two vectors.
#[derive(Debug)]
pub(crate) struct Match {
    pub op: BinaryOp,
    pub return_bool: bool,
    pub matching: VectorMatching,
    pub left: VectorNode,
    pub right: VectorNode,
    pub span: Span,
}
