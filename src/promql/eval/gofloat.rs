//! Floats in messages, as Go's `%g` writes them: the shortest digits, an exponent below -4 and from the sixth digit on.

/// `%g`.
pub(crate) fn general(value: f64) -> String {
    write(value, format!("{value:e}"), None)
}

/// `%.2g`: two digits.
pub(crate) fn two_digits(value: f64) -> String {
    write(value, format!("{value:.1e}"), Some(2))
}

fn write(value: f64, scientific: String, precision: Option<i64>) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i64 = exponent.parse().unwrap_or(0);
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |rest| ("-", rest));
    let mut digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    while digits.len() > 1 && digits.ends_with('0') {
        digits.pop();
    }
    let count = i64::try_from(digits.len()).unwrap_or(i64::MAX);
    // With the shortest digits, Go decides as if six had been asked for.
    let mut limit = precision.unwrap_or(6);
    if precision.is_some() && limit > count && count > exponent {
        limit = count;
    }
    if exponent < -4 || exponent >= limit {
        let (first, rest) = digits.split_at_checked(1).unwrap_or((&digits, ""));
        let point = if rest.is_empty() { "" } else { "." };
        let exponent_sign = if exponent < 0 { '-' } else { '+' };
        return format!("{sign}{first}{point}{rest}e{exponent_sign}{:02}", exponent.abs());
    }
    if exponent < 0 {
        let zeros = "0".repeat(usize::try_from(-exponent - 1).unwrap_or(0));
        return format!("{sign}0.{zeros}{digits}");
    }
    let whole = usize::try_from(exponent + 1).unwrap_or(1);
    if digits.len() <= whole {
        return format!("{sign}{digits}{}", "0".repeat(whole - digits.len()));
    }
    let (whole, fraction) = digits.split_at_checked(whole).unwrap_or((&digits, ""));
    format!("{sign}{whole}.{fraction}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_and_exponents_are_those_of_go() {
        for (value, text) in [
            (1.1, "1.1"),
            (-1.01, "-1.01"),
            (100_000.0, "100000"),
            (1e6, "1e+06"),
            (123_456_789.0, "1.23456789e+08"),
            (0.0001, "0.0001"),
            (0.000_01, "1e-05"),
            (0.0, "0"),
            (2.5, "2.5"),
            (f64::NAN, "NaN"),
            (1e21, "1e+21"),
        ] {
            assert_eq!(general(value), text);
        }
        for (value, text) in [(10.0, "10"), (0.011, "0.011"), (123.0, "1.2e+02"), (5.0, "5")] {
            assert_eq!(two_digits(value), text);
        }
    }
}
