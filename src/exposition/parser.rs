//! From the bytes of a page to its entries.

use std::borrow::Cow;

use crate::model::MetricType;

use super::error::{Fault, ParseError, ParseErrorKind};
use super::format::Format;
use super::line::{scan_suffix, skip_blanks};
use super::series::{Checker, Visitor as _, bare_name, quoted_end, scan_labels, unescape};

/// Walks over one page. Yields entries until the page ends or turns out malformed; after an error nothing more comes.
pub struct Parser<'a> {
    page: &'a [u8],
    at: usize,
    format: Format,
    kind: MetricType,
}

/// One thing that a page says.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry<'a> {
    /// A value of a series.
    Sample(Sample<'a>),
    /// The type of a family.
    Type {
        /// The family.
        family: Cow<'a, str>,
        /// Its type.
        kind: MetricType,
    },
    /// The help text of a family.
    Help {
        /// The family.
        family: Cow<'a, str>,
        /// The text, unescaped.
        help: Cow<'a, str>,
    },
    /// The unit of a family.
    Unit {
        /// The family.
        family: Cow<'a, str>,
        /// The unit; may be empty.
        unit: Cow<'a, str>,
    },
    /// A comment.
    Comment,
}

/// A value of a series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample<'a> {
    /// The series as the page writes it; see [`super::decode_series`].
    pub series: &'a [u8],
    /// The value; every NaN is the ordinary one.
    pub value: f64,
    /// The timestamp in ms, where there is one.
    pub timestamp: Option<i64>,
}

impl<'a> Parser<'a> {
    /// A parser at the start of a page.
    #[must_use]
    pub fn new(page: &'a [u8], format: Format) -> Self {
        Self { page, at: 0, format, kind: MetricType::Unknown }
    }

    /// A parser in the middle of a page: at the start of the line at byte `at`, where `kind` was declared last.
    #[must_use]
    pub fn resume(page: &'a [u8], at: usize, format: Format, kind: MetricType) -> Self {
        Self { page, at, format, kind }
    }

    /// Where the next line starts, in bytes from the start of the page.
    #[must_use]
    pub fn position(&self) -> usize {
        self.at
    }

    /// The type that was declared last, for whichever family.
    #[must_use]
    pub fn kind(&self) -> MetricType {
        self.kind
    }

    fn step(&mut self) -> Result<Option<Entry<'a>>, Fault> {
        match self.format {
            Format::Prometheus => self.step_prometheus(),
            Format::OpenMetrics => self.step_open_metrics(),
        }
    }

    fn step_prometheus(&mut self) -> Result<Option<Entry<'a>>, Fault> {
        loop {
            let start = skip_blanks(self.page, self.at);
            match self.page.get(start) {
                // A NUL between lines ends the page for Prometheus.
                None | Some(0) => return Ok(None),
                Some(b'\n') => self.at = start + 1,
                Some(b'#') => return self.comment_prometheus(start).map(Some),
                Some(_) => return self.sample(start).map(Some),
            }
        }
    }

    fn step_open_metrics(&mut self) -> Result<Option<Entry<'a>>, Fault> {
        let rest = self.page.get(self.at..).unwrap_or(&[]);
        if rest.is_empty() {
            return Err(Fault { at: self.at, kind: ParseErrorKind::NoEof });
        }
        if let Some(after) = rest.strip_prefix(b"# EOF") {
            let after = after.strip_prefix(b"\n").unwrap_or(after);
            if after.is_empty() {
                return Ok(None);
            }
            return Err(Fault { at: self.page.len() - after.len(), kind: ParseErrorKind::AfterEof });
        }
        if rest.first() != Some(&b'#') {
            return self.sample(self.at).map(Some);
        }
        let keyword = rest.get(2..7).and_then(Keyword::exact).filter(|_| rest.get(1) == Some(&b' '));
        let Some(keyword) = keyword else {
            return Err(Fault { at: self.at, kind: ParseErrorKind::StartOfLine });
        };
        let (family, name_end) = self.family(self.at + 7)?;
        let newline = self.newline(name_end).ok_or(Fault { at: name_end, kind: ParseErrorKind::MetadataText })?;
        if self.page.get(name_end) != Some(&b' ') {
            return Err(Fault { at: name_end, kind: ParseErrorKind::MetadataText });
        }
        self.metadata(keyword, family, name_end + 1, newline, newline + 1).map(Some)
    }

    /// A line that starts with `#`: HELP and TYPE count, everything else is talk.
    fn comment_prometheus(&mut self, start: usize) -> Result<Entry<'a>, Fault> {
        let word = skip_blanks(self.page, start + 1);
        let newline = self.newline(word);
        let (end, next) = newline.map_or((self.page.len(), self.page.len()), |newline| (newline, newline + 1));
        let keyword = self.page.get(word..word + 5).filter(|_| word > start + 1).and_then(Keyword::loose);
        let Some(keyword) = keyword else {
            self.at = next;
            return Ok(Entry::Comment);
        };
        let (family, name_end) = self.family(skip_blanks(self.page, word + 5))?;
        // One byte, whatever it is, stands between name and text.
        let text = (name_end + 1).min(end);
        self.metadata(keyword, family, text, end, next)
    }

    /// The family's name in a metadata line, quoted or not.
    fn family(&self, at: usize) -> Result<(Cow<'a, str>, usize), Fault> {
        let fault = || Fault { at, kind: ParseErrorKind::MetadataName };
        if self.page.get(at) == Some(&b'"') {
            let end = quoted_end(self.page, at, true).ok_or_else(fault)?;
            let name = self.page.get(at + 1..end - 1).unwrap_or(&[]);
            let name = std::str::from_utf8(name).map_err(|_| fault())?;
            return Ok((unescape(name), end));
        }
        let (name, end) = bare_name(self.page, at);
        if name.is_empty() {
            return Err(fault());
        }
        Ok((String::from_utf8_lossy(name), end))
    }

    fn metadata(
        &mut self,
        keyword: Keyword,
        family: Cow<'a, str>,
        start: usize,
        end: usize,
        next: usize,
    ) -> Result<Entry<'a>, Fault> {
        let raw = self.page.get(start..end).unwrap_or(&[]);
        let text = String::from_utf8_lossy(raw);
        let entry = match keyword {
            Keyword::Type => {
                let kind = metric_type(raw, self.format)
                    .ok_or_else(|| Fault { at: start, kind: ParseErrorKind::MetricType(text.into_owned()) })?;
                self.kind = kind;
                Entry::Type { family, kind }
            }
            Keyword::Help => {
                let Ok(text) = std::str::from_utf8(raw) else {
                    return Err(Fault { at: start, kind: ParseErrorKind::HelpEncoding });
                };
                Entry::Help { family, help: unescape_help(text, self.format) }
            }
            Keyword::Unit => {
                let suffix = family.strip_suffix(&*text).is_some_and(|stem| stem.ends_with('_'));
                if !text.is_empty() && !suffix {
                    let kind = ParseErrorKind::Unit { unit: text.into_owned(), family: family.into_owned() };
                    return Err(Fault { at: start, kind });
                }
                Entry::Unit { family, unit: text }
            }
        };
        self.at = next;
        Ok(entry)
    }

    fn sample(&mut self, start: usize) -> Result<Entry<'a>, Fault> {
        let mut checker = Checker { named: false };
        let (name, mut end) = bare_name(self.page, start);
        if !name.is_empty() {
            checker.metric_name(name);
        }
        let blanks = if self.format == Format::Prometheus { skip_blanks(self.page, end) } else { end };
        if self.page.get(blanks) == Some(&b'{') {
            end = scan_labels(self.page, blanks, self.format, &mut checker)?;
            if !checker.named {
                return Err(Fault { at: start, kind: ParseErrorKind::NoMetricName });
            }
        } else if name.is_empty() {
            return Err(Fault { at: start, kind: ParseErrorKind::StartOfLine });
        }
        let suffix = scan_suffix(self.page, end, self.format)?;
        let series = self.page.get(start..end).unwrap_or(&[]);
        self.at = suffix.next;
        Ok(Entry::Sample(Sample { series, value: suffix.value, timestamp: suffix.timestamp }))
    }

    fn newline(&self, from: usize) -> Option<usize> {
        let rest = self.page.get(from..)?;
        memchr::memchr(b'\n', rest).map(|offset| from + offset)
    }
}

impl<'a> Iterator for Parser<'a> {
    type Item = Result<Entry<'a>, ParseError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.step() {
            Ok(entry) => entry.map(Ok),
            Err(fault) => {
                // Whatever follows an error is not looked at.
                let page = std::mem::take(&mut self.page);
                self.at = 0;
                self.format = Format::Prometheus;
                Some(Err(fault.locate(page)))
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Keyword {
    Help,
    Type,
    Unit,
}

impl Keyword {
    /// The keyword with the blank behind it.
    fn exact(word: &[u8]) -> Option<Self> {
        match word {
            b"HELP " => Some(Self::Help),
            b"TYPE " => Some(Self::Type),
            b"UNIT " => Some(Self::Unit),
            _ => None,
        }
    }

    /// The keyword with a blank or tab behind it; this format has no units.
    fn loose(word: &[u8]) -> Option<Self> {
        match word {
            [b'H', b'E', b'L', b'P', b' ' | b'\t'] => Some(Self::Help),
            [b'T', b'Y', b'P', b'E', b' ' | b'\t'] => Some(Self::Type),
            _ => None,
        }
    }
}

fn metric_type(text: &[u8], format: Format) -> Option<MetricType> {
    let name = std::str::from_utf8(text).ok()?;
    match (name, format) {
        ("counter" | "gauge" | "histogram" | "summary", _)
        | ("gaugehistogram" | "info" | "stateset", Format::OpenMetrics) => Some(MetricType::from_name(name)),
        ("untyped", Format::Prometheus) | ("unknown", Format::OpenMetrics) => Some(MetricType::Unknown),
        _ => None,
    }
}

/// In Prometheus text a help's quotes are not escaped, so a backslash in front of one stands for itself.
fn unescape_help(text: &str, format: Format) -> Cow<'_, str> {
    if format == Format::OpenMetrics || !text.contains("\\\"") {
        return unescape(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(backslash) = rest.find('\\') {
        let (before, from) = rest.split_at_checked(backslash).unwrap_or((rest, ""));
        out.push_str(before);
        let (resolved, used) = match from.as_bytes().get(1) {
            Some(b'n') => ("\n", 2),
            Some(b'\\') => ("\\", 2),
            _ => ("\\", 1),
        };
        out.push_str(resolved);
        rest = from.get(used..).unwrap_or("");
    }
    out.push_str(rest);
    Cow::Owned(out)
}
