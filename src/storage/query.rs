//! What readers ask of the store, and what they get.
//!
//! A [`Select`] names matchers and a closed time range; the answer is a list of [`Series`] sorted by labels, each
//! a handle from which columns of timestamps and values are decoded when they are asked for, and not before.

use std::fmt;
use std::sync::Arc;

use crate::model::{Labels, Matcher};

/// One question: the series that satisfy all matchers and may have samples within `start..=end` (ms).
#[derive(Clone, Debug)]
pub struct Select<'a> {
    /// All have to hold. May be empty, which selects every series.
    pub matchers: &'a [Matcher],
    /// First instant of interest, in ms.
    pub start: i64,
    /// Last instant of interest, in ms, included.
    pub end: i64,
    /// What the reader is going to do, for the store to use or to ignore.
    pub hints: Hints,
}

/// What the reader is going to do with the answer.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hints {
    /// At most so many series are wanted; 0 means all.
    pub limit: usize,
}

/// Whoever can answer a [`Select`]. Calls may block on disk and do CPU work: never call them on an async worker.
pub trait Source: Send + Sync {
    /// The series that match, sorted by labels, each label set once.
    ///
    /// # Errors
    /// The index or a file could not be read.
    fn select(&self, select: &Select<'_>) -> Result<Vec<Series>, ReadError>;

    /// The names of all labels of the series that match any of `sets` (all series when `sets` is empty) and may
    /// have samples in `start..=end`; sorted, unique.
    ///
    /// # Errors
    /// As [`Source::select`].
    fn label_names(&self, sets: &[Vec<Matcher>], start: i64, end: i64) -> Result<Vec<String>, ReadError>;

    /// The values of one label, likewise.
    ///
    /// # Errors
    /// As [`Source::select`].
    fn label_values(&self, name: &str, sets: &[Vec<Matcher>], start: i64, end: i64) -> Result<Vec<String>, ReadError>;
}

/// One series of an answer. Cloning shares the data.
#[derive(Clone)]
pub struct Series {
    labels: Labels,
    columns: Arc<dyn SeriesColumns>,
}

impl Series {
    /// Puts labels and their data together.
    #[must_use]
    pub fn new(labels: Labels, columns: Arc<dyn SeriesColumns>) -> Self {
        Self { labels, columns }
    }

    /// The label set.
    #[must_use]
    pub fn labels(&self) -> &Labels {
        &self.labels
    }

    /// Decodes the samples of `start..=end` (ms) and appends them to `out`, in strictly growing time.
    ///
    /// # Errors
    /// A file could not be read or a page is damaged; `out` may then hold a part.
    pub fn read(&self, start: i64, end: i64, out: &mut Columns) -> Result<(), ReadError> {
        self.columns.read(start, end, out)
    }
}

impl fmt::Debug for Series {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.labels, formatter)
    }
}

/// The data behind a [`Series`].
pub trait SeriesColumns: Send + Sync {
    /// See [`Series::read`].
    ///
    /// # Errors
    /// See [`Series::read`].
    fn read(&self, start: i64, end: i64, out: &mut Columns) -> Result<(), ReadError>;
}

/// The samples of one series: two columns of one length, in strictly growing time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Columns {
    /// Milliseconds since the epoch.
    pub timestamps: Vec<i64>,
    /// Values; staleness markers are in here as they were appended.
    pub values: Vec<f64>,
}

impl Columns {
    /// How many samples there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.timestamps.len()
    }

    /// True when there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.timestamps.is_empty()
    }

    /// Appends one sample. The caller keeps time growing.
    #[inline]
    pub fn push(&mut self, timestamp: i64, value: f64) {
        self.timestamps.push(timestamp);
        self.values.push(value);
    }

    /// Forgets the samples and keeps the memory.
    pub fn clear(&mut self) {
        self.timestamps.clear();
        self.values.clear();
    }
}

/// Why a question could not be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReadError {
    /// The disk or the file system said no.
    Io {
        /// The file.
        file: String,
        /// What the system said.
        reason: String,
    },
    /// A file holds what it should not.
    Corrupt {
        /// The file.
        file: String,
        /// Where in it, and what is wrong.
        reason: String,
    },
}

impl fmt::Display for ReadError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { file, reason } => write!(formatter, "reading {file}: {reason}"),
            Self::Corrupt { file, reason } => {
                write!(formatter, "{file} is damaged ({reason}); move it away or restore it from a copy")
            }
        }
    }
}

impl std::error::Error for ReadError {}
