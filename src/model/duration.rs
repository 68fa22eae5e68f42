//! Durations as Prometheus writes them: `1h30m`, `500ms`.

use std::fmt;
use std::time::Duration;

use super::quote::quote;

/// Reads a duration such as `1d12h` or `0`: whole numbers with units y, w, d, h, m, s, ms in falling order, each
/// at most once.
///
/// # Errors
/// Anything else, or more than fits 64 bits of nanoseconds.
pub fn parse_duration(text: &str) -> Result<Duration, DurationError> {
    let error = |kind| DurationError { text: text.to_owned(), kind };
    if text.is_empty() {
        return Err(error(DurationErrorKind::Empty));
    }
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    let mut rest = text;
    let mut total_ms: u64 = 0;
    let mut allowed = UNITS.as_slice();
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, after) = rest.split_at_checked(digits).ok_or_else(|| error(DurationErrorKind::Invalid))?;
        let unit_length = after.len() - after.trim_start_matches(|c: char| !c.is_ascii_digit()).len();
        let (unit, tail) = after.split_at_checked(unit_length).ok_or_else(|| error(DurationErrorKind::Invalid))?;
        if number.is_empty() || unit.is_empty() {
            return Err(error(DurationErrorKind::Invalid));
        }
        if UNITS.iter().all(|(name, _)| *name != unit) {
            return Err(error(DurationErrorKind::UnknownUnit(unit.to_owned())));
        }
        let position =
            allowed.iter().position(|(name, _)| *name == unit).ok_or_else(|| error(DurationErrorKind::Invalid))?;
        let (_, unit_ms) = allowed.get(position).copied().ok_or_else(|| error(DurationErrorKind::Invalid))?;
        let number: u64 = number.parse().map_err(|_| error(DurationErrorKind::Invalid))?;
        total_ms = number
            .checked_mul(unit_ms)
            .and_then(|ms| total_ms.checked_add(ms))
            .filter(|ms| *ms <= LARGEST_MS)
            .ok_or_else(|| error(DurationErrorKind::TooLarge))?;
        allowed = allowed.get(position + 1..).unwrap_or(&[]);
        rest = tail;
    }
    Ok(Duration::from_millis(total_ms))
}

/// Writes a duration in the form that [`parse_duration`] reads, as Prometheus does: years and weeks only where
/// nothing is left over. Fractions of a millisecond are cut.
#[must_use]
pub fn format_duration(duration: Duration) -> String {
    let mut ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    if ms == 0 {
        return "0s".to_owned();
    }
    let mut out = String::new();
    for (unit, unit_ms) in UNITS {
        let exact_only = matches!(unit, "y" | "w");
        if exact_only && ms % unit_ms != 0 {
            continue;
        }
        let count = ms / unit_ms;
        if count > 0 {
            out.push_str(&format!("{count}{unit}"));
            ms -= count * unit_ms;
        }
    }
    out
}

/// A text that is not a duration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DurationError {
    text: String,
    kind: DurationErrorKind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum DurationErrorKind {
    Empty,
    Invalid,
    UnknownUnit(String),
    TooLarge,
}

impl fmt::Display for DurationError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            DurationErrorKind::Empty => formatter.write_str("empty duration string"),
            DurationErrorKind::Invalid => {
                write!(formatter, "not a valid duration string: {}", quote(&self.text))
            }
            DurationErrorKind::UnknownUnit(unit) => {
                write!(formatter, "unknown unit {} in duration {}", quote(unit), quote(&self.text))
            }
            DurationErrorKind::TooLarge => formatter.write_str("duration out of range"),
        }
    }
}

impl std::error::Error for DurationError {}

const UNITS: [(&str, u64); 7] = [
    ("y", 365 * 86_400_000),
    ("w", 7 * 86_400_000),
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

/// What 63 bits of nanoseconds hold: the range of the durations that Prometheus knows.
const LARGEST_MS: u64 = 9_223_372_036_854;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        for text in ["1y", "2w", "3d", "1d12h", "1h30m", "5m", "15s", "250ms", "1m1s1ms", "0s"] {
            assert_eq!(format_duration(parse_duration(text).unwrap()), text);
        }
        assert_eq!(format_duration(parse_duration("8d").unwrap()), "8d");
        assert_eq!(format_duration(parse_duration("90m").unwrap()), "1h30m");
    }

    #[test]
    fn what_is_not_a_duration_is_refused() {
        for text in ["", "1", "s", "1.5s", "-1s", "1s1m", "1m1m", "1 m", "300y", "1x"] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }
}
