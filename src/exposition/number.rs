//! Numbers as expositions write them.

/// Why bytes are not a sample's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberError {
    /// Not a number at all.
    Syntax,
    /// A number that only infinity could stand for.
    Range,
}

/// Reads a value as Prometheus does: decimal with optional sign, point and exponent; `inf` and `infinity` with
/// optional sign and `nan` without, in any case. Every NaN comes out as the one ordinary NaN.
///
/// # Errors
/// Anything else, hexadecimal floats and underscores included, or a finite number beyond a float's range.
pub fn read_number(text: &[u8]) -> Result<f64, NumberError> {
    let (negative, body) = match text.split_first() {
        Some((b'-', body)) => (true, body),
        Some((b'+', body)) => (false, body),
        _ => (false, text),
    };
    if is_decimal(body) {
        let value: f64 =
            std::str::from_utf8(text).ok().and_then(|text| text.parse().ok()).ok_or(NumberError::Syntax)?;
        return if value.is_finite() { Ok(value) } else { Err(NumberError::Range) };
    }
    if body.eq_ignore_ascii_case(b"inf") || body.eq_ignore_ascii_case(b"infinity") {
        return Ok(if negative { f64::NEG_INFINITY } else { f64::INFINITY });
    }
    if text.eq_ignore_ascii_case(b"nan") {
        return Ok(f64::from_bits(ORDINARY_NAN));
    }
    Err(NumberError::Syntax)
}

/// Reads the common case at the front of `text`: an optional minus, at most 19 digits with or without a point, an
/// optional exponent, and a newline right behind. Gives the value and how many bytes stand before the newline;
/// `None` means "read it the slow way", not "wrong".
///
/// Mantissas below 2^53 and powers of ten up to 22 are exact in a float, so one multiplication or division rounds
/// correctly (Clinger's fast path).
#[inline]
#[must_use]
pub fn read_short_number(text: &[u8]) -> Option<(f64, usize)> {
    let negative = text.first() == Some(&b'-');
    let start = usize::from(negative);
    let mut mantissa: u64 = 0;
    let mut digits = 0_usize;
    let mut exponent = 0_i32;
    let mut point: Option<usize> = None;
    let mut used = start;
    let mut newline = false;
    for &byte in text.get(start..)? {
        let digit = byte.wrapping_sub(b'0');
        if digit < 10 {
            mantissa = mantissa.wrapping_mul(10).wrapping_add(u64::from(digit));
            digits += 1;
        } else if byte == b'\n' {
            newline = true;
            break;
        } else if byte == b'.' && point.is_none() {
            point = Some(digits);
        } else {
            break;
        }
        used += 1;
    }
    if digits == 0 || digits > 19 {
        return None;
    }
    if let Some(point) = point {
        exponent = i32::try_from(point).ok()? - i32::try_from(digits).ok()?;
    }
    if !newline {
        let rest = text.get(used..)?;
        let (written, length) = read_exponent(rest)?;
        if rest.get(length) != Some(&b'\n') {
            return None;
        }
        exponent += written;
        used += length;
    }
    if mantissa > LARGEST_EXACT {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "below 2^53, checked above")]
    let mantissa = mantissa as f64;
    let power = POWERS.get(usize::try_from(exponent.unsigned_abs()).ok()?)?;
    let value = if exponent < 0 { mantissa / power } else { mantissa * power };
    Some((if negative { -value } else { value }, used))
}

/// Writes a bucket's bound or a quantile in the one form that Prometheus 3 stores, so that `le="1"` of one format and
/// `le="1.0"` of another are one series: `1.0`, `0.25`, `1e+06`, `+Inf`. `None` when the text is no float.
#[must_use]
pub fn format_bucket_bound(text: &str) -> Option<String> {
    let value = match read_number(text.as_bytes()) {
        Ok(value) => value,
        Err(NumberError::Range | NumberError::Syntax) => return None,
    };
    if value.is_nan() {
        return Some("NaN".to_owned());
    }
    if value.is_infinite() {
        return Some(if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned());
    }
    if value == 0.0 {
        return Some("0.0".to_owned());
    }
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e')?;
    let exponent: i32 = exponent.parse().ok()?;
    // Go's shortest %g: an exponent below 1e-4 and from a million on.
    if (-4..6).contains(&exponent) {
        let plain = format!("{value}");
        return Some(if plain.contains('.') { plain } else { plain + ".0" });
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    Some(format!("{mantissa}e{sign}{:02}", exponent.unsigned_abs()))
}

/// `e` or `E`, an optional sign, up to four digits. Gives the exponent and the bytes it takes.
fn read_exponent(text: &[u8]) -> Option<(i32, usize)> {
    if !matches!(text.first(), Some(b'e' | b'E')) {
        return None;
    }
    let (negative, start) = match text.get(1) {
        Some(b'-') => (true, 2),
        Some(b'+') => (false, 2),
        _ => (false, 1),
    };
    let mut exponent = 0_i32;
    let mut digits = 0_usize;
    for &byte in text.get(start..)? {
        let digit = byte.wrapping_sub(b'0');
        if digit >= 10 {
            break;
        }
        exponent = exponent * 10 + i32::from(digit);
        digits += 1;
        if digits > 4 {
            return None;
        }
    }
    if digits == 0 {
        return None;
    }
    Some((if negative { -exponent } else { exponent }, start + digits))
}

/// Digits with at most one point among them, and an optional exponent.
fn is_decimal(text: &[u8]) -> bool {
    let mantissa_end = text.iter().position(|byte| matches!(byte, b'e' | b'E')).unwrap_or(text.len());
    let (mantissa, exponent) = text.split_at_checked(mantissa_end).unwrap_or((text, &[]));
    let digits = mantissa.iter().filter(|byte| byte.is_ascii_digit()).count();
    let points = mantissa.iter().filter(|byte| **byte == b'.').count();
    if digits == 0 || points > 1 || digits + points != mantissa.len() {
        return false;
    }
    let Some((_, exponent)) = exponent.split_first() else { return true };
    let exponent = match exponent.split_first() {
        Some((b'+' | b'-', rest)) => rest,
        _ => exponent,
    };
    !exponent.is_empty() && exponent.iter().all(u8::is_ascii_digit)
}

/// What Prometheus calls the normal NaN.
const ORDINARY_NAN: u64 = 0x7ff8_0000_0000_0001;

/// The largest integer up to which a float holds all integers.
const LARGEST_EXACT: u64 = 1 << 53;

/// The powers of ten that a float holds exactly.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_short_way_reads_what_the_long_way_reads() {
        for text in [
            "0",
            "1",
            "-1",
            "12.0",
            "0.1",
            "8.5520809984e+010",
            "1e-3",
            "1E5",
            "5.",
            ".5",
            "-0",
            "9007199254740993",
            "123456789012345678",
            "1.7976931348623157e308",
            "4.9e-324",
            "0.30000000000000004",
            "1e22",
            "1e23",
        ] {
            let long = read_number(text.as_bytes()).unwrap();
            let page = format!("{text}\n");
            if let Some((short, used)) = read_short_number(page.as_bytes()) {
                assert_eq!(short.to_bits(), long.to_bits(), "{text}");
                assert_eq!(used, text.len(), "{text}");
            }
        }
        assert_eq!(read_short_number(b"12.50\nfoo"), Some((12.5, 5)));
        for text in
            ["", "\n", "-\n", ".\n", "1", "1 2\n", "1e\n", "1e+\n", "NaN\n", "1.2.3\n", "12345678901234567890\n"]
        {
            assert_eq!(read_short_number(text.as_bytes()), None, "{text:?}");
        }
    }

    #[test]
    fn only_what_prometheus_takes_is_a_number() {
        for text in ["", "+", "-", ".", "e5", "1e", "0x1", "0x1p2", "1_0", "-NaN", "+nan", "infinit", "1 ", "1\r", "١"]
        {
            assert_eq!(read_number(text.as_bytes()), Err(NumberError::Syntax), "{text:?}");
        }
        assert_eq!(read_number(b"1e400"), Err(NumberError::Range));
        assert_eq!(read_number(b"1e-400"), Ok(0.0));
        assert_eq!(read_number(b"-iNf"), Ok(f64::NEG_INFINITY));
        assert_eq!(read_number(b"nan").unwrap().to_bits(), ORDINARY_NAN);
    }

    #[test]
    fn bucket_bounds_have_one_form() {
        for (text, form) in [
            ("1", "1.0"),
            ("0.5", "0.5"),
            ("1e3", "1000.0"),
            ("+Inf", "+Inf"),
            ("inf", "+Inf"),
            ("1000000", "1e+06"),
            ("100000", "100000.0"),
            ("1234567", "1.234567e+06"),
            ("0.0001", "0.0001"),
            ("0.00001", "1e-05"),
            ("-1", "-1.0"),
            ("1.50", "1.5"),
            ("12345678.5", "1.23456785e+07"),
            ("-0", "0.0"),
        ] {
            assert_eq!(format_bucket_bound(text).as_deref(), Some(form), "{text}");
        }
        assert_eq!(format_bucket_bound("many"), None);
    }
}
