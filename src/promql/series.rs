//! Series written out with their values, the notation of test scripts: `metric{a="b"} 1+2x10 _ stale {{count:3}}`.
//!
//! Spaces separate here, and `x` repeats, so that the words differ from those of queries: values are read character by
//! character.

use std::sync::Arc;

use crate::model::{Labels, stale_marker};

use super::ast::Span;
use super::error::ParseError;
use super::features::ParseOptions;
use super::histogram_literal::{HistogramLiteral, histogram};
use super::literal;
use super::parser::Parser;

/// A series and its values, the first one at time zero, one for each step.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesDescription {
    /// The labels, the metric's name included.
    pub labels: Labels,
    /// The values, repetitions written out.
    pub values: Vec<SequenceValue>,
}

/// One value of a series description.
#[derive(Clone, Debug, PartialEq)]
pub enum SequenceValue {
    /// `_`: nothing at this time.
    Omitted,
    /// A float; `stale` is the staleness marker.
    Float(f64),
    /// A histogram: `base`, `times` times changed by `change`.
    Histogram {
        /// The histogram that was written.
        base: Arc<HistogramLiteral>,
        /// What is added with each step, or taken away where the flag is true.
        change: Option<(Arc<HistogramLiteral>, bool)>,
        /// How many steps stand between the base and this value.
        times: u64,
    },
}

/// Reads a series description.
///
/// # Errors
/// Where it is not one, or describes more than a million values.
pub fn parse_series(text: &str) -> Result<SeriesDescription, ParseError> {
    let parse = || {
        let (labels, end) = Parser::new(text, ParseOptions::all()).metric()?;
        let values = Cursor { text, at: end }.values()?;
        Ok(SeriesDescription { labels, values })
    };
    parse().map_err(|error: ParseError| error.located(text))
}

/// A place in the text behind the labels.
pub(super) struct Cursor<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
}

type Parsed<T> = Result<T, ParseError>;

impl<'a> Cursor<'a> {
    fn values(&mut self) -> Parsed<Vec<SequenceValue>> {
        let mut values = Vec::new();
        while self.peek().is_some() {
            if self.skip_space() == 0 {
                return Err(self.error("unexpected character in series values, expected a space"));
            }
            if self.peek().is_some() {
                self.item(&mut values)?;
            }
        }
        Ok(values)
    }

    fn item(&mut self, values: &mut Vec<SequenceValue>) -> Parsed<()> {
        if self.accept("_") {
            let count = self.repetition()?.unwrap_or(1);
            return self.push(values, count, |_| SequenceValue::Omitted);
        }
        if self.accept("{{") {
            let base = Arc::new(histogram(self)?);
            let change = match self.peek() {
                Some(sign @ (b'+' | b'-')) => {
                    self.at += 1;
                    if !self.accept("{{") {
                        return Err(self.error("unexpected character in series values, expected a histogram"));
                    }
                    Some((Arc::new(histogram(self)?), sign == b'-'))
                }
                _ => None,
            };
            let times = self.repetition()?;
            if change.is_some() && times.is_none() {
                return Err(self.error("unexpected end of histogram series, expected \"x\" and a number"));
            }
            return self.push(values, times.unwrap_or(0).saturating_add(1), |times| SequenceValue::Histogram {
                base: Arc::clone(&base),
                change: change.clone(),
                times,
            });
        }
        let mut value = self.value()?;
        let step = match self.peek() {
            Some(b'+' | b'-') => self.value()?,
            _ => 0.0,
        };
        let has_step = step != 0.0 || step.is_nan();
        let times = self.repetition()?;
        if has_step && times.is_none() {
            return Err(self.error("unexpected end of series values, expected \"x\" and a number"));
        }
        self.push(values, times.unwrap_or(0).saturating_add(1), |index| {
            if index > 0 && has_step {
                value += step;
            }
            SequenceValue::Float(value)
        })
    }

    fn push(
        &self,
        values: &mut Vec<SequenceValue>,
        count: u64,
        mut make: impl FnMut(u64) -> SequenceValue,
    ) -> Parsed<()> {
        if count.saturating_add(values.len() as u64) > MOST_VALUES {
            return Err(self.error(format!("series has more than {MOST_VALUES} values")));
        }
        values.extend((0..count).map(&mut make));
        Ok(())
    }

    /// `x` and a number, if they are there.
    fn repetition(&mut self) -> Parsed<Option<u64>> {
        if !self.accept("x") {
            return Ok(None);
        }
        let digits = self.take_while(|byte| byte.is_ascii_digit());
        digits
            .parse()
            .map(Some)
            .map_err(|_| self.error(format!("invalid repetition in series values: {}", crate::model::quote(digits))))
    }

    /// A number with or without a sign, or `stale`.
    pub(super) fn value(&mut self) -> Parsed<f64> {
        let negative = self.peek() == Some(b'-');
        if negative || self.peek() == Some(b'+') {
            self.at += 1;
        }
        let start = self.at;
        for (word, value) in [("stale", stale_marker()), ("nan", f64::NAN), ("inf", f64::INFINITY)] {
            if self.accept(word) {
                return Ok(if negative { -value } else { value });
            }
        }
        self.take_while(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'_'));
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.take_while(|byte| byte.is_ascii_digit());
        }
        let text = self.text.get(start..self.at).unwrap_or("");
        if text.is_empty() {
            return Err(self.error("unexpected character in series values, expected number or \"stale\""));
        }
        let value = literal::number(text).map_err(|message| ParseError::new(Span::new(start, self.at), message))?;
        Ok(if negative { -value } else { value })
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Takes `word` if it comes next, in any case.
    pub(super) fn accept(&mut self, word: &str) -> bool {
        let found = self
            .text
            .as_bytes()
            .get(self.at..self.at + word.len())
            .is_some_and(|next| next.eq_ignore_ascii_case(word.as_bytes()));
        if found {
            self.at += word.len();
        }
        found
    }

    pub(super) fn take_while(&mut self, wanted: impl Fn(u8) -> bool) -> &'a str {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let length = rest.iter().position(|byte| !wanted(*byte)).unwrap_or(rest.len());
        let taken = self.text.get(self.at..self.at + length).unwrap_or("");
        self.at += length;
        taken
    }

    /// Skips spaces and says how many there were.
    pub(super) fn skip_space(&mut self) -> usize {
        self.take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).len()
    }

    pub(super) fn error(&self, message: impl Into<String>) -> ParseError {
        ParseError::new(Span::new(self.at, self.text.len()), message)
    }
}

/// More would be a slip of the pen: a test of a day at 100 ms has fewer.
const MOST_VALUES: u64 = 1_000_000;
