//! A line of a script that describes a series: `name{label="value"} 1 2+3x4 _ stale`.

use meterbox::model::{Labels, LabelsBuilder, METRIC_NAME, stale_marker};

/// A described series.
#[derive(Debug)]
pub struct Description {
    pub labels: Labels,
    /// One entry a step; `None` where the line leaves one out.
    pub values: Vec<Option<f64>>,
    /// The line speaks of native histograms, whose values are not kept.
    pub histograms: bool,
    /// The line gives start timestamps, not values.
    pub start_timestamps: bool,
}

impl Description {
    pub fn parse(line: &str) -> Result<Self, String> {
        let (labels, rest) = parse_metric(line)?;
        let start_timestamps = rest.trim_start().starts_with("@st");
        let histograms = rest.contains("{{");
        let values = if histograms || start_timestamps { Vec::new() } else { parse_values(rest)? };
        Ok(Self { labels, values, histograms, start_timestamps })
    }
}

/// Reads the labels at the start of a line, and gives back what is behind them.
pub fn parse_metric(line: &str) -> Result<(Labels, &str), String> {
    let line = line.trim_start();
    let end = line.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == ':')).unwrap_or(line.len());
    let mut builder = LabelsBuilder::default();
    if end > 0 {
        builder.set(METRIC_NAME, &line[..end]);
    }
    let mut rest = line[end..].trim_start();
    let Some(inside) = rest.strip_prefix('{').filter(|inside| !inside.starts_with('{')) else {
        return Ok((builder.build(), rest));
    };
    rest = inside.trim_start();
    loop {
        if let Some(after) = rest.strip_prefix('}') {
            return Ok((builder.build(), after));
        }
        let (name, after) = if rest.starts_with(['"', '\'']) {
            unquote(rest)?
        } else {
            let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == ':')).unwrap_or(rest.len());
            (rest[..end].to_owned(), &rest[end..])
        };
        rest = after.trim_start();
        if let Some(after) = rest.strip_prefix('=') {
            let (value, after) = unquote(after.trim_start())?;
            builder.set(name, value);
            rest = after.trim_start();
        } else {
            builder.set(METRIC_NAME, name);
        }
        rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
        if rest.is_empty() {
            return Err(format!("no end of the labels in {line:?}"));
        }
    }
}

/// Reads a quoted text with Go's escapes, and gives back what is behind it.
pub fn unquote(text: &str) -> Result<(String, &str), String> {
    let error = || format!("no quoted text at {text:?}");
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\'' | '`')).ok_or_else(error)?;
    let mut out = String::new();
    let mut characters = text.char_indices().skip(1);
    while let Some((index, character)) = characters.next() {
        match character {
            c if c == quote => return Ok((out, &text[index + 1..])),
            '\\' if quote != '`' => out.push(match characters.next().ok_or_else(error)?.1 {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                other => other,
            }),
            other => out.push(other),
        }
    }
    Err(error())
}

/// Reads the values of a series.
fn parse_values(text: &str) -> Result<Vec<Option<f64>>, String> {
    let mut values = Vec::new();
    for word in text.split_whitespace() {
        let error = || format!("no values: {word:?}");
        if let Some(rest) = word.strip_prefix('_') {
            let count = match rest.strip_prefix('x') {
                Some(count) => count.parse().map_err(|_| error())?,
                None if rest.is_empty() => 1,
                None => return Err(error()),
            };
            values.extend(std::iter::repeat_n(None, count));
            continue;
        }
        if let Some(rest) = word.strip_prefix("stale") {
            let count: usize = rest.strip_prefix('x').map_or(Ok(0), str::parse).map_err(|_| error())?;
            values.extend(std::iter::repeat_n(Some(stale_marker()), count + 1));
            continue;
        }
        let (first, rest) = take_number(word).ok_or_else(error)?;
        let (step, rest) =
            if rest.starts_with(['+', '-']) { take_number(rest).ok_or_else(error)? } else { (0.0, rest) };
        let repeats: usize = match rest.strip_prefix('x') {
            Some(count) => count.parse().map_err(|_| error())?,
            None if rest.is_empty() => 0,
            None => return Err(error()),
        };
        let mut value = first;
        for _ in 0..=repeats {
            values.push(Some(value));
            value += step;
        }
    }
    Ok(values)
}

/// Reads one number, as long as it goes.
pub fn take_number(text: &str) -> Option<(f64, &str)> {
    let (sign, body) = match text.as_bytes().first()? {
        b'-' => (-1.0, &text[1..]),
        b'+' => (1.0, &text[1..]),
        _ => (1.0, text),
    };
    for (word, value) in [("inf", f64::INFINITY), ("nan", f64::NAN)] {
        if body.get(..3).is_some_and(|start| start.eq_ignore_ascii_case(word)) {
            return Some((sign * value, &body[3..]));
        }
    }
    let bytes = body.as_bytes();
    let mut end = bytes.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let signed = end + 1 + usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let digits = bytes[signed.min(bytes.len())..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits > 0 {
            end = signed + digits;
        }
    }
    let number: f64 = body[..end].parse().ok()?;
    Some((sign * number, &body[end..]))
}
