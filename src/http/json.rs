//! JSON as Prometheus writes it: timestamps in seconds, values as strings.
//!
//! Answers to range queries are large and regular, so they are written straight into a buffer instead of through
//! a tree of values.

use std::fmt::Write;

use crate::model::{Labels, is_stale};
use crate::storage::Columns;

/// Appends a string with quotes and escapes. `<`, `>` and `&` are escaped as Go does, so that an answer shown inside a
/// page cannot become markup.
pub(super) fn push_string(out: &mut String, text: &str) {
    out.push('"');
    let mut clean_from = 0;
    for (index, byte) in text.bytes().enumerate() {
        let plain = byte >= 0x20 && !matches!(byte, b'"' | b'\\' | b'<' | b'>' | b'&');
        if plain {
            continue;
        }
        out.push_str(text.get(clean_from..index).unwrap_or(""));
        clean_from = index + 1;
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            other => push_fmt(out, format_args!("\\u{other:04x}")),
        }
    }
    out.push_str(text.get(clean_from..).unwrap_or(""));
    out.push('"');
}

/// Appends a list of strings.
pub(super) fn push_strings<S: AsRef<str>>(out: &mut String, texts: impl IntoIterator<Item = S>) {
    out.push('[');
    for (index, text) in texts.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        push_string(out, text.as_ref());
    }
    out.push(']');
}

/// Appends a label set as an object.
pub(super) fn push_labels(out: &mut String, labels: &Labels) {
    out.push('{');
    for (index, (name, value)) in labels.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        push_string(out, name);
        out.push(':');
        push_string(out, value);
    }
    out.push('}');
}

/// Appends milliseconds as seconds with up to three decimals: all three, or none.
pub(super) fn push_time(out: &mut String, ms: i64) {
    if ms < 0 {
        out.push('-');
    }
    let ms = ms.unsigned_abs();
    push_integer(out, ms / 1000);
    let fraction = ms % 1000;
    if fraction != 0 {
        push_fmt(out, format_args!(".{fraction:03}"));
    }
}

/// Appends a sample's value in quotes: the shortest decimal, with an exponent below 1e-6 and from 1e21 on.
pub(super) fn push_value(out: &mut String, value: f64) {
    out.push('"');
    let size = value.abs();
    if value.is_nan() {
        out.push_str("NaN");
    } else if value.is_infinite() {
        out.push_str(if value > 0.0 { "+Inf" } else { "-Inf" });
    } else if size != 0.0 && !(1e-6..1e21).contains(&size) {
        push_exponent(out, value);
    } else if size < 9e15 && value.fract() == 0.0 && !(value == 0.0 && value.is_sign_negative()) {
        #[expect(clippy::cast_possible_truncation, reason = "a whole number below 2^53")]
        let whole = value as i64;
        if whole < 0 {
            out.push('-');
        }
        push_integer(out, whole.unsigned_abs());
    } else {
        push_fmt(out, format_args!("{value}"));
    }
    out.push('"');
}

/// Appends `[time,"value"]`.
pub(super) fn push_point(out: &mut String, ms: i64, value: f64) {
    out.push('[');
    push_time(out, ms);
    out.push(',');
    push_value(out, value);
    out.push(']');
}

/// Appends a list of points; staleness markers never leave the engine, and would be left out here.
pub(super) fn push_points(out: &mut String, columns: &Columns) {
    out.push('[');
    let mut first = true;
    for (time, value) in columns.timestamps.iter().zip(&columns.values) {
        if is_stale(*value) {
            continue;
        }
        if !first {
            out.push(',');
        }
        first = false;
        push_point(out, *time, *value);
    }
    out.push(']');
}

fn push_exponent(out: &mut String, value: f64) {
    let text = format!("{value:e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text.as_str(), "0"));
    let (sign, digits) = exponent.strip_prefix('-').map_or(('+', exponent), |digits| ('-', digits));
    push_fmt(out, format_args!("{mantissa}e{sign}{digits:0>2}"));
}

fn push_integer(out: &mut String, mut value: u64) {
    let mut digits = [0_u8; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        if let (Some(slot), Ok(digit)) = (digits.get_mut(at), u8::try_from(value % 10)) {
            *slot = b'0' + digit;
        }
        value /= 10;
        if value == 0 {
            break;
        }
    }
    out.extend(digits.get(at..).unwrap_or(&[]).iter().map(|digit| char::from(*digit)));
}

fn push_fmt(out: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = out.write_fmt(arguments);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(push: impl FnOnce(&mut String)) -> String {
        let mut out = String::new();
        push(&mut out);
        out
    }

    #[test]
    fn values_are_written_as_prometheus_does() {
        for (value, text) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (1.5, "1.5"),
            (-3.0, "-3"),
            (1e15, "1000000000000000"),
            (1e20, "100000000000000000000"),
            (1e21, "1e+21"),
            (1.25e-7, "1.25e-07"),
            (1e-6, "0.000001"),
            (f64::NEG_INFINITY, "-Inf"),
            (f64::NAN, "NaN"),
            (9_007_199_254_740_993.0, "9007199254740992"),
        ] {
            assert_eq!(written(|out| push_value(out, value)), format!("\"{text}\""));
        }
    }

    #[test]
    fn times_have_three_decimals_or_none() {
        for (ms, text) in [(0, "0"), (1_435_781_430_781, "1435781430.781"), (1_050, "1.050"), (-1_500, "-1.500")] {
            assert_eq!(written(|out| push_time(out, ms)), text);
        }
    }

    #[test]
    fn strings_are_escaped() {
        assert_eq!(written(|out| push_string(out, "a\"\\\n\u{1}<é>")), r#""a\"\\\n\u0001\u003cé\u003e""#);
        assert!(serde_json::from_str::<String>(&written(|out| push_string(out, "a\"\\\n\u{1}<é>"))).is_ok());
    }
}
