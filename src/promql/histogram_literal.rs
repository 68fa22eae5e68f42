//! Native histograms as test scripts write them: `{{schema:0 sum:5 count:4 buckets:[1 2 1]}}`.

use super::error::ParseError;
use super::series::Cursor;

/// A native histogram by its parts; what was not written is zero or empty.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HistogramLiteral {
    /// The resolution: bucket borders grow by 2^(2^-schema); -53 means borders of its own.
    pub schema: i32,
    /// The sum of all observations.
    pub sum: f64,
    /// The number of observations.
    pub count: f64,
    /// Observations in the zero bucket.
    pub zero_count: f64,
    /// How far from zero the zero bucket reaches.
    pub zero_threshold: f64,
    /// The borders of its own, where the schema is -53.
    pub custom_values: Vec<f64>,
    /// Observations in the positive buckets, counted each for itself.
    pub positive: Vec<f64>,
    /// Index of the first positive bucket.
    pub positive_offset: i32,
    /// Observations in the negative buckets.
    pub negative: Vec<f64>,
    /// Index of the first negative bucket.
    pub negative_offset: i32,
    /// What is known about a reset of the counter, where anything was written.
    pub counter_reset_hint: Option<CounterResetHint>,
}

/// What is known about a reset of the counter just before a histogram.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CounterResetHint {
    /// Nothing.
    Unknown,
    /// There was one.
    Reset,
    /// There was none.
    NotReset,
    /// It is no counter.
    Gauge,
}

/// The rest of a histogram, its opening braces being read.
pub(super) fn histogram(cursor: &mut Cursor<'_>) -> Result<HistogramLiteral, ParseError> {
    let mut literal = HistogramLiteral::default();
    let mut seen: Vec<&str> = Vec::new();
    loop {
        let spaces = cursor.skip_space();
        if cursor.accept("}}") {
            return Ok(literal);
        }
        if spaces == 0 && !seen.is_empty() {
            return Err(cursor.error("unexpected character in histogram description, expected a space or \"}}\""));
        }
        let key = cursor.take_while(|byte| byte.is_ascii_alphabetic() || byte == b'_');
        if seen.contains(&key) {
            return Err(cursor.error(format!("duplicate key \"{key}\" in histogram")));
        }
        seen.push(key);
        if !cursor.accept(":") {
            return Err(cursor.error("missing `:` for histogram descriptor"));
        }
        match key {
            "schema" => literal.schema = integer(cursor)?,
            "sum" => literal.sum = cursor.value()?,
            "count" => literal.count = cursor.value()?,
            "z_bucket" => literal.zero_count = cursor.value()?,
            "z_bucket_w" => literal.zero_threshold = cursor.value()?,
            "custom_values" => literal.custom_values = list(cursor)?,
            "buckets" => literal.positive = list(cursor)?,
            "n_buckets" => literal.negative = list(cursor)?,
            "offset" => literal.positive_offset = integer(cursor)?,
            "n_offset" => literal.negative_offset = integer(cursor)?,
            "counter_reset_hint" => {
                let word = cursor.take_while(|byte| byte.is_ascii_alphabetic() || byte == b'_');
                literal.counter_reset_hint = Some(match word {
                    "unknown" => CounterResetHint::Unknown,
                    "reset" => CounterResetHint::Reset,
                    "not_reset" => CounterResetHint::NotReset,
                    "gauge" => CounterResetHint::Gauge,
                    _ => return Err(cursor.error(format!("bad histogram descriptor found: \"{word}\""))),
                });
            }
            _ => return Err(cursor.error(format!("bad histogram descriptor found: \"{key}\""))),
        }
    }
}

fn integer(cursor: &mut Cursor<'_>) -> Result<i32, ParseError> {
    let text = cursor.take_while(|byte| byte.is_ascii_digit() || byte == b'-');
    text.parse().map_err(|_| cursor.error(format!("not a whole number: \"{text}\"")))
}

fn list(cursor: &mut Cursor<'_>) -> Result<Vec<f64>, ParseError> {
    if !cursor.accept("[") {
        return Err(cursor.error("unexpected character in buckets description, expected \"[\""));
    }
    let mut values = Vec::new();
    loop {
        let spaces = cursor.skip_space();
        if cursor.accept("]") {
            return Ok(values);
        }
        if spaces == 0 && !values.is_empty() {
            return Err(cursor.error("unexpected character in buckets description, expected a space or \"]\""));
        }
        values.push(cursor.value()?);
    }
}
