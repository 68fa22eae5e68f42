//! The values of numbers, durations and quoted texts, with the rules of Go's `strconv`.

use crate::model::{parse_duration, quote};

/// Reads a number: decimal, hexadecimal, octal by a leading zero, with underscores between digits, `Inf` or `NaN` in
/// any case.
///
/// # Errors
/// The message for people.
pub(super) fn number(text: &str) -> Result<f64, String> {
    if let Some(plain) = plain_integer(text) {
        return Ok(plain);
    }
    if let Some(integer) = prefixed_integer(text) {
        #[expect(clippy::cast_precision_loss, reason = "numbers of the language are floats")]
        return Ok(integer as f64);
    }
    let error = |what: &str| format!("error parsing number: strconv.ParseFloat: parsing {}: {what}", quote(text));
    if text.eq_ignore_ascii_case("inf") {
        return Ok(f64::INFINITY);
    }
    if text.eq_ignore_ascii_case("nan") {
        return Ok(f64::NAN);
    }
    if !underscores_separate_digits(text) || !text.starts_with(|first: char| first.is_ascii_digit() || first == '.') {
        return Err(error("invalid syntax"));
    }
    let parsed = if text.contains('_') { text.replace('_', "").parse() } else { text.parse::<f64>() };
    match parsed {
        Ok(value) if value.is_infinite() => Err(error("value out of range")),
        Ok(value) => Ok(value),
        Err(_) => Err(error("invalid syntax")),
    }
}

/// Reads a duration literal; the answer is in seconds.
///
/// # Errors
/// The message for people.
pub(super) fn duration_seconds(text: &str) -> Result<f64, String> {
    match parse_duration(text) {
        // Whole seconds and the rest apart, as rounding differs from dividing the milliseconds.
        Ok(duration) => {
            #[expect(clippy::cast_precision_loss, reason = "292 years of seconds fit a float")]
            let seconds = duration.as_secs() as f64;
            Ok(seconds + f64::from(duration.subsec_nanos()) / 1e9)
        }
        Err(error) => Err(error.to_string()),
    }
}

/// The text inside quotes that the lexer has accepted. Bytes that do not form text become replacement characters.
pub(super) fn unquote(quoted: &str) -> String {
    let inner = quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or("");
    if quoted.starts_with('`') || memchr::memchr(b'\\', inner.as_bytes()).is_none() {
        return inner.to_owned();
    }
    let mut bytes = Vec::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        let (before, escape) = rest.split_at(at);
        bytes.extend_from_slice(before.as_bytes());
        let kind = escape.as_bytes().get(1).copied().unwrap_or(b'\\');
        let (skip, digits, base) = match kind {
            b'0'..=b'7' => (1, 3, 8),
            b'x' => (2, 2, 16),
            b'u' => (2, 4, 16),
            b'U' => (2, 8, 16),
            _ => (2, 0, 10),
        };
        let code =
            escape.get(skip..skip + digits).and_then(|digits| u32::from_str_radix(digits, base).ok()).unwrap_or(0);
        match kind {
            b'a' => bytes.push(0x07),
            b'b' => bytes.push(0x08),
            b'f' => bytes.push(0x0c),
            b'n' => bytes.push(b'\n'),
            b'r' => bytes.push(b'\r'),
            b't' => bytes.push(b'\t'),
            b'v' => bytes.push(0x0b),
            b'0'..=b'7' | b'x' => bytes.push(u8::try_from(code).unwrap_or(0)),
            b'u' | b'U' => {
                let character = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
                bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            }
            itself => bytes.push(itself),
        }
        rest = escape.get(skip + digits..).unwrap_or("");
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// The everyday case: up to 15 decimal digits, exact in a float.
fn plain_integer(text: &str) -> Option<f64> {
    let bytes = text.as_bytes();
    if bytes.len() > 15 || (bytes.len() > 1 && bytes.first() == Some(&b'0')) {
        return None;
    }
    let mut value: i64 = 0;
    for byte in bytes {
        if !byte.is_ascii_digit() {
            return None;
        }
        value = value * 10 + i64::from(byte - b'0');
    }
    #[expect(clippy::cast_precision_loss, reason = "15 digits fit the 53 bits of a float")]
    Some(value as f64)
}

/// Whole numbers with or without a base in front, as far as they fit 63 bits.
fn prefixed_integer(text: &str) -> Option<i64> {
    if !underscores_separate_digits(text) {
        return None;
    }
    let (base, digits) = match text.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, text.get(2..)?),
        [b'0', _, ..] => (8, text.get(1..)?),
        _ => (10, text),
    };
    if digits.contains(['+', '-']) {
        return None;
    }
    if digits.contains('_') {
        return i64::from_str_radix(&digits.replace('_', ""), base).ok();
    }
    i64::from_str_radix(digits, base).ok()
}

/// Underscores may stand between digits, and between the base in front and the first digit.
fn underscores_separate_digits(text: &str) -> bool {
    if memchr::memchr(b'_', text.as_bytes()).is_none() {
        return true;
    }
    let hexadecimal = matches!(text.as_bytes(), [b'0', b'x' | b'X', ..]);
    let skip = if hexadecimal { 2 } else { 0 };
    let mut digit_before = hexadecimal;
    let mut underscore_before = false;
    for byte in text.bytes().skip(skip) {
        let is_digit = byte.is_ascii_digit() || (hexadecimal && byte.is_ascii_hexdigit());
        if (byte == b'_' && !digit_before) || (underscore_before && !is_digit) {
            return false;
        }
        underscore_before = byte == b'_';
        digit_before = is_digit;
    }
    !underscore_before
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_follow_the_rules_of_go() {
        for (text, value) in [
            ("1", 1.0),
            (".5", 0.5),
            ("5.", 5.0),
            ("0x1f", 31.0),
            ("0X_1F", 31.0),
            ("017", 15.0),
            ("08", 8.0),
            ("1_000.5", 1000.5),
            ("1e3", 1000.0),
            ("9223372036854775808", 9_223_372_036_854_775_808.0),
            ("iNf", f64::INFINITY),
        ] {
            assert_eq!(number(text), Ok(value), "{text}");
        }
        assert!(number("NaN").is_ok_and(f64::is_nan));
        for text in ["1e", "1__0", "0x", "0xe+1", "0x1ffffffffffffffff", "1e999"] {
            assert!(number(text).is_err(), "{text}");
        }
    }

    #[test]
    fn escapes_are_resolved() {
        assert_eq!(unquote(r#""a\n\x41\101\u00e9\U0001F600\"\\""#), "a\nAAé😀\"\\");
        assert_eq!(unquote(r"'\xc3\xa9'"), "é");
        assert_eq!(unquote(r"'\xff'"), "\u{fffd}");
        assert_eq!(unquote("`a\\n`"), "a\\n");
    }
}
