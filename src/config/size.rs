//! Sizes in bytes as Prometheus writes them: `512MB`, `10GiB`.

use std::fmt;

/// Reads a size: a number, fractions allowed, and a unit. All units are powers of 1024, with or without the `i`, as
/// with Prometheus; `0` needs none.
///
/// # Errors
/// Anything else, or more than fits 63 bits.
pub fn parse_size(text: &str) -> Result<u64, SizeError> {
    let error = || SizeError { text: text.to_owned() };
    let digits = text.trim_end_matches(|character: char| character.is_ascii_alphabetic());
    let unit = text.get(digits.len()..).unwrap_or("");
    let number: f64 = match digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        true => digits.parse().map_err(|_| error())?,
        false => return Err(error()),
    };
    let letter = unit.strip_suffix("iB").or_else(|| unit.strip_suffix('B')).ok_or_else(error);
    let power = match letter {
        Err(_) if unit.is_empty() && number == 0.0 => 0,
        letter => {
            UNITS.iter().position(|known| letter.as_ref().is_ok_and(|letter| letter == known)).ok_or_else(error)?
        }
    };
    let bytes = number * 1024_f64.powi(i32::try_from(power).unwrap_or(0));
    if bytes > LARGEST {
        return Err(error());
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked right here")]
    Ok(bytes.round() as u64)
}

/// Writes a size with the largest unit that leaves a whole number: `512MiB`.
#[must_use]
pub fn format_size(bytes: u64) -> String {
    if bytes == 0 {
        return "0".to_owned();
    }
    let power = (bytes.trailing_zeros() / 10).min(6);
    let unit = UNITS.get(power as usize).copied().unwrap_or("");
    format!("{}{unit}{}", bytes >> (power * 10), if power == 0 { "B" } else { "iB" })
}

/// A text that is not a size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SizeError {
    text: String,
}

impl fmt::Display for SizeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "not a valid size: {:?}; write a number and a unit, such as 512MB or 10GiB", self.text)
    }
}

impl std::error::Error for SizeError {}

const UNITS: [&str; 7] = ["", "K", "M", "G", "T", "P", "E"];

/// Sizes are counted in 63 bits everywhere they meet other programs.
const LARGEST: f64 = 9.2e18;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_powers_of_1024() {
        for (text, bytes) in [
            ("0", 0),
            ("0B", 0),
            ("1B", 1),
            ("512MB", 512 << 20),
            ("10GiB", 10 << 30),
            ("1.5KB", 1536),
            ("2TiB", 2 << 40),
        ] {
            assert_eq!(parse_size(text), Ok(bytes), "{text}");
        }
        for text in ["", "5", "MB", "1XB", "-1MB", "1e3MB", "1 MB", "1gb", "100EB", "5M"] {
            assert!(parse_size(text).is_err(), "{text}");
        }
        for bytes in [0, 1, 1000, 1024, 512 << 20, 10 << 30, (1 << 40) + 1] {
            assert_eq!(parse_size(&format_size(bytes)), Ok(bytes));
        }
    }
}
