//! Why a page was refused, and where.

use std::fmt;

/// A page that does not follow its format. The whole page counts as refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// Line in the page, counted from 1.
    pub line: usize,
    /// Byte in the line, counted from 1.
    pub column: usize,
    /// What is wrong there.
    pub kind: ParseErrorKind,
    /// The line's text up to a little behind the place, shortened; invalid UTF-8 is replaced.
    pub text: String,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParseErrorKind {
    /// A line starts with something that no line starts with.
    StartOfLine,
    /// A HELP, TYPE or UNIT line without a metric name.
    MetadataName,
    /// A HELP, TYPE or UNIT line that ends before its text.
    MetadataText,
    /// A type that the format does not know.
    MetricType(String),
    /// A help text that is not UTF-8.
    HelpEncoding,
    /// A unit that the family's name does not end in (OpenMetrics).
    Unit {
        /// The unit.
        unit: String,
        /// The family.
        family: String,
    },
    /// Something else than a label's name.
    LabelName,
    /// No `=` behind a label's name.
    Equal,
    /// No quoted value behind `=`.
    LabelValue,
    /// A label's value that is not UTF-8.
    LabelEncoding,
    /// Neither a comma nor a closing brace behind a label (OpenMetrics).
    CommaOrBrace,
    /// Two metric names in one sample.
    SecondMetricName,
    /// A sample without a metric name.
    NoMetricName,
    /// No value behind the metric.
    Value,
    /// A value that is no number.
    Number(String),
    /// A number that a float cannot hold.
    NumberRange(String),
    /// Something else than a timestamp or the line's end behind the value.
    TimestampOrEnd,
    /// A timestamp that is no time.
    Timestamp(String),
    /// Something behind the timestamp.
    EndOfLine,
    /// The page ends without `# EOF` (OpenMetrics).
    NoEof,
    /// Something follows `# EOF` (OpenMetrics).
    AfterEof,
}

impl fmt::Display for ParseErrorKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::StartOfLine => "expected a metric name, a brace or a comment",
            Self::MetadataName => "expected a metric name in a HELP, TYPE or UNIT line",
            Self::MetadataText => "expected a text behind the metric name",
            Self::MetricType(kind) => return write!(formatter, "invalid metric type {kind:?}"),
            Self::HelpEncoding => "the help text is not valid UTF-8",
            Self::Unit { unit, family } => {
                return write!(formatter, "unit {unit:?} is not a suffix of metric {family:?}");
            }
            Self::LabelName => "expected a label name",
            Self::Equal => "expected an equal sign behind the label name",
            Self::LabelValue => "expected a quoted label value",
            Self::LabelEncoding => "the label value is not valid UTF-8",
            Self::CommaOrBrace => "expected a comma or a closing brace",
            Self::SecondMetricName => "the metric name is already set",
            Self::NoMetricName => "the metric name is not set",
            Self::Value => "expected a value behind the metric",
            Self::Number(number) => return write!(formatter, "{number:?} is not a number"),
            Self::NumberRange(number) => return write!(formatter, "{number:?} is out of a float's range"),
            Self::TimestampOrEnd => "expected a timestamp or the end of the line behind the value",
            Self::Timestamp(time) => return write!(formatter, "{time:?} is not a timestamp"),
            Self::EndOfLine => "expected the end of the line",
            Self::NoEof => "data does not end with # EOF",
            Self::AfterEof => "unexpected data after # EOF",
        };
        formatter.write_str(text)
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}, column {}: {} while parsing: {:?}", self.line, self.column, self.kind, self.text)
    }
}

impl std::error::Error for ParseError {}

/// An error at a byte of the page, before its line has been counted.
#[derive(Debug)]
pub(super) struct Fault {
    /// Where, in bytes from the start of the page.
    pub at: usize,
    /// What is wrong there.
    pub kind: ParseErrorKind,
}

impl Fault {
    /// Counts lines and cuts the text out of the page.
    pub fn locate(self, page: &[u8]) -> ParseError {
        let at = self.at.min(page.len());
        let (before, after) = page.split_at_checked(at).unwrap_or((page, &[]));
        let line_start = memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1);
        let line = memchr::memchr_iter(b'\n', before).count() + 1;
        let end = memchr::memchr(b'\n', after).unwrap_or(after.len()).min(SHOWN_BEHIND);
        let start = line_start.max(at.saturating_sub(SHOWN_BEFORE));
        let shown = page.get(start..at + end).unwrap_or(&[]);
        ParseError {
            line,
            column: at - line_start + 1,
            kind: self.kind,
            text: String::from_utf8_lossy(shown).into_owned(),
        }
    }
}

/// How much of the line is shown in front of the place: a long label set still fits a log line.
const SHOWN_BEFORE: usize = 160;

/// How much of the line is shown behind the place: enough to see what was met there.
const SHOWN_BEHIND: usize = 24;
