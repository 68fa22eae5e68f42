//! The series at the front of a sample's line: `name{label="value",...}` or `{"name",label="value",...}`.

use std::borrow::Cow;
use std::fmt;

use crate::model::{METRIC_NAME, MetricType};

use super::error::{Fault, ParseErrorKind};
use super::format::Format;
use super::line::{skip_blanks, token_end};
use super::number::format_bucket_bound;

/// The labels of one series, decoded from the page.
#[derive(Clone, Debug, Default)]
pub struct DecodedSeries {
    /// Name and value pairs in the order of the page, the metric's name first under `__name__`. Values may be empty,
    /// names are unique.
    pub labels: Vec<(String, String)>,
    /// Whether the labels depend on the type of the family: `le` of a histogram and `quantile` of a summary are
    /// brought into one form.
    pub depends_on_type: bool,
}

/// Decodes the raw slice of a series that [`super::Parser`] gave, in the light of the type declared last.
///
/// # Errors
/// A name is not UTF-8 or stands twice: Prometheus then refuses the whole page.
pub fn decode_series(raw: &[u8], format: Format, kind: MetricType) -> Result<DecodedSeries, SeriesError> {
    let mut decoder = Decoder { name: None, decoded: DecodedSeries::default(), kind, error: None };
    let (name, at) = bare_name(raw, skip_blanks(raw, 0));
    if !name.is_empty() {
        decoder.metric_name(name);
    }
    let brace = if format == Format::Prometheus { skip_blanks(raw, at) } else { at };
    if raw.get(brace) == Some(&b'{') && scan_labels(raw, brace, format, &mut decoder).is_err() {
        return Err(SeriesError::Malformed);
    }
    if let Some(error) = decoder.error {
        return Err(error);
    }
    let name = decoder.name.filter(|name| !name.is_empty()).ok_or(SeriesError::NoMetricName)?;
    let mut decoded = decoder.decoded;
    decoded.labels.insert(0, (METRIC_NAME.to_owned(), name));
    for (index, (name, _)) in decoded.labels.iter().enumerate() {
        if name.is_empty() {
            return Err(SeriesError::EmptyLabelName);
        }
        if decoded.labels.iter().take(index).any(|(earlier, _)| earlier == name) {
            return Err(SeriesError::Duplicate(name.clone()));
        }
    }
    Ok(decoded)
}

/// A series that is well-formed but means nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SeriesError {
    /// The slice is not one that a parser gave.
    Malformed,
    /// The metric's name is empty.
    NoMetricName,
    /// A label's name is empty.
    EmptyLabelName,
    /// A name is not UTF-8.
    NameEncoding(String),
    /// A label's name stands twice.
    Duplicate(String),
}

impl fmt::Display for SeriesError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed => formatter.write_str("the series is malformed"),
            Self::NoMetricName => formatter.write_str("missing metric name (__name__ label)"),
            Self::EmptyLabelName => formatter.write_str("invalid metric name or label names: a label name is empty"),
            Self::NameEncoding(name) => write!(formatter, "invalid metric name or label names: {name:?} is not UTF-8"),
            Self::Duplicate(name) => write!(formatter, "label name {name:?} is not unique: invalid sample"),
        }
    }
}

impl std::error::Error for SeriesError {}

/// Who wants to know what stands between the braces.
pub(super) trait Visitor {
    /// A quoted metric name, without its quotes; false when there already is one.
    fn metric_name(&mut self, raw: &[u8]) -> bool;
    /// A label: name without quotes, value without quotes.
    fn label(&mut self, name: &[u8], value: &[u8]);
    /// Whether a metric name may stand between the braces at all.
    const TAKES_NAME: bool = true;
}

/// Only checks, and sees whether there is a metric name.
pub(super) struct Checker {
    /// Whether the metric's name has been met.
    pub named: bool,
}

impl Visitor for Checker {
    fn metric_name(&mut self, _: &[u8]) -> bool {
        !std::mem::replace(&mut self.named, true)
    }

    fn label(&mut self, _: &[u8], _: &[u8]) {}
}

/// Walks over the labels of an exemplar.
pub(super) struct Exemplar;

impl Visitor for Exemplar {
    fn metric_name(&mut self, _: &[u8]) -> bool {
        false
    }

    fn label(&mut self, _: &[u8], _: &[u8]) {}

    const TAKES_NAME: bool = false;
}

struct Decoder {
    name: Option<String>,
    decoded: DecodedSeries,
    kind: MetricType,
    error: Option<SeriesError>,
}

impl Visitor for Decoder {
    fn metric_name(&mut self, raw: &[u8]) -> bool {
        if self.name.is_some() {
            return false;
        }
        match std::str::from_utf8(raw) {
            Ok(name) => self.name = Some(unescape(name).into_owned()),
            Err(_) => self.refuse(raw),
        }
        true
    }

    fn label(&mut self, name: &[u8], value: &[u8]) {
        let Ok(name) = std::str::from_utf8(name) else { return self.refuse(name) };
        // Checked while scanning.
        let Ok(value) = std::str::from_utf8(value) else { return };
        let (name, mut value) = (unescape(name).into_owned(), unescape(value).into_owned());
        let is_bound = matches!(name.as_str(), "le" | "quantile");
        if is_bound {
            self.decoded.depends_on_type = true;
            let applies = match self.kind {
                MetricType::Histogram => name == "le",
                MetricType::Summary => name == "quantile",
                _ => false,
            };
            if applies && let Some(bound) = format_bucket_bound(&value) {
                value = bound;
            }
        }
        self.decoded.labels.push((name, value));
    }
}

impl Decoder {
    fn refuse(&mut self, name: &[u8]) {
        self.error = Some(SeriesError::NameEncoding(String::from_utf8_lossy(name).into_owned()));
    }
}

/// The unquoted metric name at `at`, possibly empty, and where it ends.
pub(super) fn bare_name(page: &[u8], at: usize) -> (&[u8], usize) {
    let starts = page.get(at).is_some_and(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b':'));
    let end = if starts {
        token_end(page, at, |byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':')))
    } else {
        at
    };
    (page.get(at..end).unwrap_or(&[]), end)
}

/// Walks from the opening brace at `at` to behind the closing one.
///
/// Prometheus text allows blanks anywhere, line breaks in quoted texts, and labels without a comma between them;
/// OpenMetrics allows none of that. Both allow one comma at the end.
pub(super) fn scan_labels<V: Visitor>(page: &[u8], at: usize, format: Format, visitor: &mut V) -> Result<usize, Fault> {
    let blanks = |at| if format == Format::Prometheus { skip_blanks(page, at) } else { at };
    let mut at = blanks(at + 1);
    loop {
        let (name, end) = match page.get(at) {
            Some(b'}') => return Ok(at + 1),
            Some(b'"') => {
                let end = quoted_end(page, at, true).ok_or(Fault { at, kind: ParseErrorKind::LabelName })?;
                let name = page.get(at + 1..end - 1).unwrap_or(&[]);
                let after = blanks(end);
                let next = page.get(after);
                if matches!(next, Some(b',' | b'}')) {
                    if !V::TAKES_NAME {
                        return Err(Fault { at, kind: ParseErrorKind::LabelName });
                    }
                    if !visitor.metric_name(name) {
                        return Err(Fault { at, kind: ParseErrorKind::SecondMetricName });
                    }
                    if next == Some(&b'}') {
                        return Ok(after + 1);
                    }
                    at = blanks(after + 1);
                    continue;
                }
                (name, after)
            }
            Some(byte) if byte.is_ascii_alphabetic() || *byte == b'_' => {
                let end = token_end(page, at, |byte| !(byte.is_ascii_alphanumeric() || byte == b'_'));
                (page.get(at..end).unwrap_or(&[]), blanks(end))
            }
            _ => return Err(Fault { at, kind: ParseErrorKind::LabelName }),
        };
        if page.get(end) != Some(&b'=') {
            return Err(Fault { at: end, kind: ParseErrorKind::Equal });
        }
        let start = blanks(end + 1);
        let quoted = quoted_end(page, start, format == Format::Prometheus);
        let end = quoted.ok_or(Fault { at: start, kind: ParseErrorKind::LabelValue })?;
        let value = page.get(start + 1..end - 1).unwrap_or(&[]);
        if !value.is_ascii() && std::str::from_utf8(value).is_err() {
            return Err(Fault { at: start, kind: ParseErrorKind::LabelEncoding });
        }
        visitor.label(name, value);
        at = blanks(end);
        match page.get(at) {
            Some(b',') => at = blanks(at + 1),
            Some(b'}') => {}
            _ if format == Format::OpenMetrics => return Err(Fault { at, kind: ParseErrorKind::CommaOrBrace }),
            _ => {}
        }
    }
}

/// Behind the closing quote of the quoted text at `at`; `None` when there is no such text. A backslash takes any
/// byte but a line break with it.
pub(super) fn quoted_end(page: &[u8], at: usize, line_breaks: bool) -> Option<usize> {
    let mut at = match page.get(at) {
        Some(b'"') => at + 1,
        _ => return None,
    };
    loop {
        at += memchr::memchr3(b'"', b'\\', b'\n', page.get(at..)?)?;
        match page.get(at)? {
            b'"' => return Some(at + 1),
            b'\n' if line_breaks => at += 1,
            b'\\' if !matches!(page.get(at + 1), None | Some(b'\n')) => at += 2,
            _ => return None,
        }
    }
}

/// Resolves `\\`, `\"` and `\n`; any other backslash stands for itself.
pub(super) fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(character) = rest.next() {
        if character != '\\' {
            out.push(character);
            continue;
        }
        let escaped = rest.clone().next();
        let resolved = match escaped {
            Some('n') => '\n',
            Some(quoted @ ('"' | '\\')) => quoted,
            _ => {
                out.push('\\');
                continue;
            }
        };
        out.push(resolved);
        rest.next();
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(raw: &str) -> Vec<(String, String)> {
        let decoded = decode_series(raw.as_bytes(), Format::Prometheus, MetricType::Histogram).unwrap();
        decoded.labels
    }

    fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn names_and_values_are_decoded() {
        assert_eq!(
            pairs(r#"a{ b = "x\"\\\n\d" , le="1" c=""}"#),
            owned(&[("__name__", "a"), ("b", "x\"\\\n\\d"), ("le", "1.0"), ("c", ""),])
        );
        assert_eq!(pairs(r#"{"my.metric","a b"="é",}"#), owned(&[("__name__", "my.metric"), ("a b", "é")]));
        assert_eq!(pairs("plain"), owned(&[("__name__", "plain")]));
    }

    #[test]
    fn a_name_twice_is_refused() {
        for raw in [r#"a{b="1",b="2"}"#, r#"a{__name__="b"}"#] {
            assert!(matches!(
                decode_series(raw.as_bytes(), Format::Prometheus, MetricType::Unknown),
                Err(SeriesError::Duplicate(_))
            ));
        }
    }
}
