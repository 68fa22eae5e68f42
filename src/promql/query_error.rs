//! Why a query has no answer.

use std::fmt;

use crate::model::Labels;
use crate::storage::ReadError;

use super::{DurationError, ParseError};

/// Why a query has no answer. [`QueryError::kind`] tells whose fault it is.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum QueryError {
    /// The text is not a query, or asks for what is not enabled.
    Parse(ParseError),
    /// A range query of something that is not a scalar or an instant vector.
    NotForRange {
        /// The type it has: `range vector` or `string`.
        found: &'static str,
    },
    /// A computed range, step or offset has no usable value.
    Duration(DurationError),
    /// It ran longer than it may.
    Timeout {
        /// What it was doing: `query queue` or `expression evaluation`.
        during: &'static str,
    },
    /// Whoever asked has gone or said stop.
    Canceled {
        /// What it was doing.
        during: &'static str,
    },
    /// It would hold more samples in memory than it may.
    TooManySamples,
    /// The data could not be read.
    Read(ReadError),
    /// The data and the query do not fit each other.
    Evaluation(EvaluationError),
}

/// The classes of errors of the HTTP API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The question is wrong: `bad_data`.
    BadData,
    /// The question and the data do not fit: `execution`.
    Execution,
    /// It took too long: `timeout`.
    Timeout,
    /// Nobody waits for the answer any more: `canceled`.
    Canceled,
    /// It is this process's fault: `internal`.
    Internal,
}

impl QueryError {
    /// Whose fault it is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Parse(_) | Self::NotForRange { .. } => ErrorKind::BadData,
            Self::Duration(_) | Self::TooManySamples | Self::Evaluation(_) => ErrorKind::Execution,
            Self::Timeout { .. } => ErrorKind::Timeout,
            Self::Canceled { .. } => ErrorKind::Canceled,
            Self::Read(_) => ErrorKind::Internal,
        }
    }
}

impl fmt::Display for QueryError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Parse(error) => fmt::Display::fmt(error, formatter),
            Self::NotForRange { found } => write!(
                formatter,
                "invalid expression type \"{found}\" for range query, must be Scalar or instant Vector"
            ),
            Self::Duration(error) => fmt::Display::fmt(error, formatter),
            Self::Timeout { during } => write!(formatter, "query timed out in {during}"),
            Self::Canceled { during } => write!(formatter, "query was canceled in {during}"),
            Self::TooManySamples => {
                formatter.write_str("query processing would load too many samples into memory in query execution")
            }
            Self::Read(error) => write!(formatter, "expanding series: {error}"),
            Self::Evaluation(error) => fmt::Display::fmt(error, formatter),
        }
    }
}

impl std::error::Error for QueryError {}

impl From<EvaluationError> for QueryError {
    fn from(error: EvaluationError) -> Self {
        Self::Evaluation(error)
    }
}

impl From<DurationError> for QueryError {
    fn from(error: DurationError) -> Self {
        Self::Duration(error)
    }
}

impl From<ReadError> for QueryError {
    fn from(error: ReadError) -> Self {
        Self::Read(error)
    }
}

/// How data and query do not fit.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum EvaluationError {
    /// Two series of a result have the same labels at the same time.
    SameLabels,
    /// Several samples on the "one" side of a binary operator.
    DuplicateMatch {
        /// The labels on which they match.
        group: Labels,
        /// `left` or `right`.
        side: &'static str,
        /// Two of the series.
        series: [Labels; 2],
    },
    /// Several samples on a side of a one-to-one operator.
    ManyToOne,
    /// The labels of a many-to-one operator do not tell its results apart.
    GroupingNotUnique,
    /// `k` or a ratio that is no number.
    ParameterNaN {
        /// `Parameter` or `Ratio`.
        what: &'static str,
    },
    /// `k` beyond what 64 bits hold.
    ParameterRange {
        /// The number as written in messages.
        value: String,
        /// `overflows` or `underflows`.
        how: &'static str,
    },
    /// `count_values` with something that is no label name.
    LabelName {
        /// The text, quoted.
        name: String,
    },
    /// `label_replace` or `label_join` with something that is no label name.
    FunctionLabelName {
        /// `source` or `destination`.
        role: &'static str,
        /// The function's name.
        function: &'static str,
        /// The text.
        name: String,
    },
    /// `label_replace` with something that is no regular expression.
    Regex {
        /// The text.
        pattern: String,
    },
    /// A factor of `double_exponential_smoothing` outside of 0..1.
    SmoothingFactor {
        /// `smoothing` or `trend`.
        which: &'static str,
        /// Its short form.
        short: &'static str,
        /// The value.
        value: f64,
    },
    /// A part of the language that this version does not evaluate.
    Unsupported {
        /// What it is.
        what: &'static str,
    },
    /// `anchored` or `smoothed` with a function that does not know it.
    Extension {
        /// The modifier.
        modifier: &'static str,
        /// The functions that know it.
        allowed: &'static str,
        /// The function's name.
        function: &'static str,
    },
}

impl fmt::Display for EvaluationError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SameLabels => formatter.write_str("vector cannot contain metrics with the same labelset"),
            Self::DuplicateMatch { group, side, series: [first, second] } => write!(
                formatter,
                "found duplicate series for the match group {group} on the {side} hand-side of the operation: \
                 [{first}, {second}];many-to-many matching not allowed: matching labels must be unique on one side"
            ),
            Self::ManyToOne => formatter.write_str(
                "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)",
            ),
            Self::GroupingNotUnique => {
                formatter.write_str("multiple matches for labels: grouping labels must ensure unique matches")
            }
            Self::ParameterNaN { what } => write!(formatter, "{what} value is NaN"),
            Self::ParameterRange { value, how } => write!(formatter, "Scalar value {value} {how} int64"),
            Self::LabelName { name } => write!(formatter, "invalid label name {name}"),
            Self::FunctionLabelName { role, function, name } => {
                write!(formatter, "invalid {role} label name in {function}(): {name}")
            }
            Self::Regex { pattern } => {
                write!(formatter, "invalid regular expression in label_replace(): {pattern}")
            }
            Self::SmoothingFactor { which, short, value } => {
                write!(formatter, "invalid {which} factor. Expected: 0 < {short} < 1, got: {value:.6}")
            }
            Self::Unsupported { what } => write!(formatter, "{what} is not supported yet"),
            Self::Extension { modifier, allowed, function } => {
                write!(formatter, "{modifier} modifier can only be used with: {allowed} - not with {function}")
            }
        }
    }
}

impl std::error::Error for EvaluationError {}
