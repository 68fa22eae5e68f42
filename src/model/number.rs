//! Floats as Prometheus's text formats and JSON write them.

use std::fmt;

/// Writes the shortest decimal that reads back to the same float, without an exponent: `0.1`, `100000`, `+Inf`,
/// `-Inf`, `NaN`.
#[must_use]
pub fn format_float(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    format!("{value}")
}

/// Reads a float as an exposition or a bucket label writes it: decimal, exponent, `Inf`, `+Inf`, `-Inf`,
/// `Infinity`, `NaN` in any case, and Go's hexadecimal floats (`0x1p-2`) and underscores are not.
///
/// # Errors
/// Anything else.
pub fn parse_float(text: &str) -> Result<f64, ParseFloatError> {
    if let Ok(value) = lexical_core::parse::<f64>(text.as_bytes()) {
        return Ok(value);
    }
    let (sign, body) = match text.as_bytes().first() {
        Some(b'+') => (1.0, text.get(1..).unwrap_or("")),
        Some(b'-') => (-1.0, text.get(1..).unwrap_or("")),
        _ => (1.0, text),
    };
    if body.eq_ignore_ascii_case("inf") || body.eq_ignore_ascii_case("infinity") {
        return Ok(sign * f64::INFINITY);
    }
    if body.eq_ignore_ascii_case("nan") {
        return Ok(f64::NAN);
    }
    // `5.` and `.5` are floats to Prometheus.
    let digits = body.bytes().any(|byte| byte.is_ascii_digit());
    let plain = body.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-'));
    if digits
        && plain
        && let Ok(value) = text.parse::<f64>()
    {
        return Ok(value);
    }
    Err(ParseFloatError { text: text.to_owned() })
}

/// A text that is not a float.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseFloatError {
    text: String,
}

impl fmt::Display for ParseFloatError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "not a number: {:?}", self.text)
    }
}

impl std::error::Error for ParseFloatError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_written_without_exponent() {
        for (value, text) in [
            (0.1, "0.1"),
            (1e6, "1000000"),
            (f64::INFINITY, "+Inf"),
            (f64::NAN, "NaN"),
            (-0.0, "-0"),
            (1e-7, "0.0000001"),
        ] {
            assert_eq!(format_float(value), text);
        }
    }

    #[test]
    fn the_forms_of_expositions_are_read() {
        for (text, value) in
            [("1", 1.0), ("1e+002", 100.0), ("+Inf", f64::INFINITY), ("5.", 5.0), (".5", 0.5), ("-1.5E3", -1500.0)]
        {
            assert_eq!(parse_float(text), Ok(value), "{text}");
        }
        assert!(parse_float("nan").unwrap().is_nan());
        for text in ["", "x", "1_0", "0x1", "1 ", "--1"] {
            assert!(parse_float(text).is_err(), "{text}");
        }
    }
}
