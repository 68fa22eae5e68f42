//! What follows the series on a sample's line: value, timestamp, exemplar.

use super::error::{Fault, ParseErrorKind};
use super::format::Format;
use super::number::{NumberError, read_number};
use super::series::{Exemplar, scan_labels};

/// The rest of a sample's line behind its series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Suffix {
    /// The value; every NaN is the ordinary one.
    pub value: f64,
    /// The timestamp in ms, where the line has one.
    pub timestamp: Option<i64>,
    /// Where the next line starts, in bytes from the start of the page.
    pub next: usize,
}

/// Reads the rest of a line whose series ends at byte `at` of `page`. `None` when it is not well-formed, or when the
/// series goes on at `at`: parse the line anew with [`super::Parser`] to learn more.
///
/// `braced` says that the series ends in a brace, behind which a value may follow at once.
#[must_use]
pub fn read_suffix(page: &[u8], at: usize, format: Format, braced: bool) -> Option<Suffix> {
    if !braced && !matches!(page.get(at), Some(b' ' | b'\t')) {
        return None;
    }
    scan_suffix(page, at, format).ok()
}

/// As [`read_suffix`], with the reason of a failure.
pub(super) fn scan_suffix(page: &[u8], at: usize, format: Format) -> Result<Suffix, Fault> {
    match format {
        Format::Prometheus => scan_prometheus(page, at),
        Format::OpenMetrics => scan_open_metrics(page, at),
    }
}

/// Blanks, the value, optionally blanks and a whole number of milliseconds.
fn scan_prometheus(page: &[u8], at: usize) -> Result<Suffix, Fault> {
    let start = skip_blanks(page, at);
    let end = token_end(page, start, |byte| matches!(byte, b'{' | b' ' | b'\t' | b'\n'));
    let value = value(page, start, end)?;
    let start = skip_blanks(page, end);
    if let Some(next) = line_end(page, start) {
        return Ok(Suffix { value, timestamp: None, next });
    }
    let end = token_end(page, start, |byte| !byte.is_ascii_digit());
    if end == start {
        return Err(Fault { at: start, kind: ParseErrorKind::TimestampOrEnd });
    }
    let text = text(page, start, end);
    let Ok(timestamp) = text.parse::<i64>() else {
        return Err(Fault { at: start, kind: ParseErrorKind::Timestamp(text) });
    };
    let after = skip_blanks(page, end);
    let next = line_end(page, after).ok_or(Fault { at: after, kind: ParseErrorKind::EndOfLine })?;
    Ok(Suffix { value, timestamp: Some(timestamp), next })
}

/// One blank and the value, optionally one blank and a float of seconds, optionally ` # {..} value timestamp`.
fn scan_open_metrics(page: &[u8], at: usize) -> Result<Suffix, Fault> {
    let (value, end) = open_metrics_value(page, at)?;
    let mut after = end;
    let mut timestamp = None;
    if page.get(after) == Some(&b' ') && !starts_exemplar(page, after) {
        let (time, end) = open_metrics_time(page, after)?;
        timestamp = Some(time);
        after = end;
    }
    if starts_exemplar(page, after) {
        let braces = after + EXEMPLAR.len() - 1;
        let labels_end = scan_labels(page, braces, Format::OpenMetrics, &mut Exemplar)?;
        let (_, end) = open_metrics_value(page, labels_end)?;
        after = end;
        if page.get(after) == Some(&b' ') {
            let (_, end) = open_metrics_time(page, after)?;
            after = end;
        }
    }
    match page.get(after) {
        Some(b'\n') => Ok(Suffix { value, timestamp, next: after + 1 }),
        None => Err(Fault { at: after, kind: ParseErrorKind::NoEof }),
        Some(_) if timestamp.is_some() => Err(Fault { at: after, kind: ParseErrorKind::EndOfLine }),
        Some(_) => Err(Fault { at: after, kind: ParseErrorKind::TimestampOrEnd }),
    }
}

fn open_metrics_value(page: &[u8], at: usize) -> Result<(f64, usize), Fault> {
    if page.get(at) != Some(&b' ') {
        return Err(Fault { at, kind: ParseErrorKind::Value });
    }
    let end = token_end(page, at + 1, |byte| matches!(byte, b' ' | b'\n'));
    Ok((value(page, at + 1, end)?, end))
}

/// A timestamp in seconds, cut to milliseconds.
fn open_metrics_time(page: &[u8], at: usize) -> Result<(i64, usize), Fault> {
    let end = token_end(page, at + 1, |byte| matches!(byte, b' ' | b'\n'));
    let seconds = read_number(page.get(at + 1..end).unwrap_or(&[])).ok().filter(|seconds| seconds.is_finite());
    match seconds {
        #[expect(clippy::cast_possible_truncation, reason = "an absurd time saturates and is refused by the store")]
        Some(seconds) => Ok(((seconds * 1000.0) as i64, end)),
        None => Err(Fault { at: at + 1, kind: ParseErrorKind::Timestamp(text(page, at + 1, end)) }),
    }
}

fn starts_exemplar(page: &[u8], at: usize) -> bool {
    page.get(at..).is_some_and(|rest| rest.starts_with(EXEMPLAR))
}

fn value(page: &[u8], start: usize, end: usize) -> Result<f64, Fault> {
    if start == end {
        return Err(Fault { at: start, kind: ParseErrorKind::Value });
    }
    read_number(page.get(start..end).unwrap_or(&[])).map_err(|error| {
        let text = text(page, start, end);
        let kind = match error {
            NumberError::Syntax => ParseErrorKind::Number(text),
            NumberError::Range => ParseErrorKind::NumberRange(text),
        };
        Fault { at: start, kind }
    })
}

/// The start of the next line, if a line ends at `at`. The end of the page ends a line too.
fn line_end(page: &[u8], at: usize) -> Option<usize> {
    match page.get(at) {
        Some(b'\n') => Some(at + 1),
        None => Some(at),
        Some(_) => None,
    }
}

/// A piece of the page for a message, shortened.
fn text(page: &[u8], start: usize, end: usize) -> String {
    String::from_utf8_lossy(page.get(start..end.min(start + LONGEST_SHOWN)).unwrap_or(&[])).into_owned()
}

pub(super) fn skip_blanks(page: &[u8], at: usize) -> usize {
    token_end(page, at, |byte| !matches!(byte, b' ' | b'\t'))
}

/// The first byte from `at` on for which `stop` holds, or the end of the page.
#[inline]
pub(super) fn token_end(page: &[u8], at: usize, stop: impl Fn(u8) -> bool) -> usize {
    let rest = page.get(at..).unwrap_or(&[]);
    at + rest.iter().position(|byte| stop(*byte)).unwrap_or(rest.len())
}

const EXEMPLAR: &[u8] = b" # {";

/// Longer than any number that makes sense.
const LONGEST_SHOWN: usize = 64;
