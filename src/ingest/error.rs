//! Why a page was refused.

use std::fmt;

use crate::exposition::{ParseError, SeriesError};

/// A page of which nothing was stored.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PageError {
    /// It does not follow its format.
    Parse(ParseError),
    /// A series means nothing: a name stands twice or is no text.
    Series {
        /// Line of the page, counted from 1.
        line: usize,
        /// The series as the page writes it, shortened.
        series: String,
        /// What is wrong with it.
        error: SeriesError,
    },
    /// Relabelling took the metric's name away.
    NoName {
        /// The series as the page writes it, shortened.
        series: String,
    },
    /// More samples than `sample_limit`.
    SampleLimit,
    /// More labels than `label_limit`.
    LabelLimit {
        /// The metric.
        metric: String,
        /// How many labels there are, the metric's name included.
        labels: usize,
        /// How many there may be.
        limit: u64,
    },
    /// A label's name longer than `label_name_length_limit`.
    LabelNameLength {
        /// The metric.
        metric: String,
        /// The label.
        label: String,
        /// Bytes in its name.
        length: usize,
        /// How many there may be.
        limit: u64,
    },
    /// A label's value longer than `label_value_length_limit`.
    LabelValueLength {
        /// The metric.
        metric: String,
        /// The label.
        label: String,
        /// Its value, shortened.
        value: String,
        /// Bytes in the value.
        length: usize,
        /// How many there may be.
        limit: u64,
    },
    /// More bytes than one page may have.
    TooLarge,
    /// Reading it ended by a defect of this program.
    Aborted,
}

impl fmt::Display for PageError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Parse(error) => error.fmt(formatter),
            Self::Series { line, series, error } => write!(formatter, "line {line}: {error} while parsing: {series:?}"),
            Self::NoName { series } => write!(formatter, "missing metric name (__name__ label) of {series:?}"),
            Self::SampleLimit => formatter.write_str("sample limit exceeded"),
            Self::LabelLimit { metric, labels, limit } => write!(
                formatter,
                "label_limit exceeded (metric: {metric:.50}, number of labels: {labels}, limit: {limit})"
            ),
            Self::LabelNameLength { metric, label, length, limit } => write!(
                formatter,
                "label_name_length_limit exceeded (metric: {metric:.50}, label name: {label:.50}, length: {length}, \
                 limit: {limit})"
            ),
            Self::LabelValueLength { metric, label, value, length, limit } => write!(
                formatter,
                "label_value_length_limit exceeded (metric: {metric:.50}, label name: {label:.50}, value: \
                 {value:.50?}, length: {length}, limit: {limit})"
            ),
            Self::TooLarge => formatter.write_str("the page is too large to be read at once (4 GiB)"),
            Self::Aborted => formatter.write_str("reading the page broke off; please report this"),
        }
    }
}

impl std::error::Error for PageError {}
