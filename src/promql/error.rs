//! What is wrong with a query, and where.

use std::fmt;

use super::ast::Span;

/// A text that is not a query. Displays as Prometheus has it: `1:5: parse error: unexpected ...`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ParseError {
    /// The stretch of the text that is to blame.
    pub span: Span,
    /// What is wrong with it.
    pub message: String,
    /// Line and column of the span's start, counted from 1, the column in bytes; `None` where the text is empty.
    pub position: Option<(usize, usize)>,
}

impl ParseError {
    /// An error whose place in the text is still to be worked out: [`ParseError::located`].
    pub(super) fn new(span: Span, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), position: None }
    }

    /// Works out line and column.
    pub(super) fn located(mut self, text: &str) -> Self {
        self.position = position(text, self.span.start);
        self
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.position {
            Some((line, column)) => write!(formatter, "{line}:{column}")?,
            None => formatter.write_str("unknown position")?,
        }
        write!(formatter, ": parse error: {}", self.message)
    }
}

impl std::error::Error for ParseError {}

/// Line and column of a byte offset, counted from 1, the column in bytes; `None` in an empty text.
#[must_use]
pub fn position(text: &str, offset: usize) -> Option<(usize, usize)> {
    if text.is_empty() {
        return None;
    }
    let before = text.as_bytes().get(..offset)?;
    let line = memchr::memchr_iter(b'\n', before).count() + 1;
    let column = offset - memchr::memrchr(b'\n', before).map_or(0, |at| at + 1) + 1;
    Some((line, column))
}
