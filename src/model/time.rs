//! Points in time: milliseconds since the Unix epoch, UTC.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use jiff::Timestamp;

/// Now, in milliseconds since the epoch.
#[must_use]
pub fn now_ms() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |elapsed| i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX))
}

/// Reads a time as the HTTP API takes it: seconds since the epoch (fractions allowed) or RFC 3339.
///
/// # Errors
/// Anything else, or a number of seconds that does not fit.
pub fn parse_time(text: &str) -> Result<i64, TimeError> {
    let error = || TimeError { text: text.to_owned() };
    if let Ok(seconds) = text.parse::<f64>() {
        let ms = (seconds * 1000.0).round();
        #[expect(clippy::cast_possible_truncation, reason = "the range is checked right here")]
        return if ms.is_finite() && ms.abs() <= LARGEST_MS { Ok(ms as i64) } else { Err(error()) };
    }
    text.parse::<Timestamp>().map(Timestamp::as_millisecond).map_err(|_| error())
}

/// Writes a time as RFC 3339 in UTC with milliseconds: `2026-01-02T03:04:05.678Z`.
#[must_use]
pub fn format_rfc3339(ms: i64) -> String {
    Timestamp::from_millisecond(ms).map_or_else(|_| format!("{ms} ms"), |time| format!("{time:.3}"))
}

/// A text that is not a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeError {
    text: String,
}

impl fmt::Display for TimeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "cannot parse {} to a valid timestamp", super::quote::quote(&self.text))
    }
}

impl std::error::Error for TimeError {}

/// Half of what an i64 of milliseconds holds: lookback and offsets may be added without overflow.
const LARGEST_MS: f64 = 4.6e18;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_rfc3339_are_times() {
        assert_eq!(parse_time("1435781430.781"), Ok(1_435_781_430_781));
        assert_eq!(parse_time("2015-07-01T20:10:30.781Z"), Ok(1_435_781_430_781));
        assert_eq!(parse_time("2015-07-01T22:10:30+02:00"), Ok(1_435_781_430_000));
        assert!(parse_time("yesterday").is_err() && parse_time("1e300").is_err() && parse_time("NaN").is_err());
        assert_eq!(format_rfc3339(1_435_781_430_781), "2015-07-01T20:10:30.781Z");
    }
}
