//! Dates in UTC from seconds since the epoch, in the proleptic Gregorian calendar.
//!
//! The days are counted by the civil-from-days method: years begin in March, so that the leap day comes last.

/// Seconds of a day.
const DAY: i64 = 86_400;

/// A date: year, month 1 to 12, day 1 to 31.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Date {
    year: i64,
    month: i64,
    day: i64,
}

impl Date {
    fn from_days(days: i64) -> Self {
        let shifted = days.saturating_add(719_468);
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        Self { year, month, day }
    }

    fn is_leap(self) -> bool {
        self.year % 4 == 0 && (self.year % 100 != 0 || self.year % 400 == 0)
    }

    fn days_in_month(self) -> i64 {
        match self.month {
            2 => 28 + i64::from(self.is_leap()),
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        }
    }

    fn day_of_year(self) -> i64 {
        let before: i64 = (1..self.month).map(|month| Self { month, ..self }.days_in_month()).sum();
        before + self.day
    }
}

/// Whole seconds of a value, towards zero; what does not fit counts as the least number, as on amd64.
#[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
fn whole_seconds(value: f64) -> i64 {
    if value.is_nan() || value.abs() >= 9.2e18 { i64::MIN } else { value as i64 }
}

fn date(value: f64) -> Date {
    Date::from_days(whole_seconds(value).div_euclid(DAY))
}

pub(crate) fn days_in_month(value: f64) -> f64 {
    date(value).days_in_month() as f64
}

pub(crate) fn day_of_month(value: f64) -> f64 {
    date(value).day as f64
}

/// 0 for Sunday.
pub(crate) fn day_of_week(value: f64) -> f64 {
    (whole_seconds(value).div_euclid(DAY) + 4).rem_euclid(7) as f64
}

pub(crate) fn day_of_year(value: f64) -> f64 {
    date(value).day_of_year() as f64
}

pub(crate) fn hour(value: f64) -> f64 {
    (whole_seconds(value).rem_euclid(DAY) / 3600) as f64
}

pub(crate) fn minute(value: f64) -> f64 {
    (whole_seconds(value).rem_euclid(3600) / 60) as f64
}

pub(crate) fn month(value: f64) -> f64 {
    date(value).month as f64
}

pub(crate) fn year(value: f64) -> f64 {
    date(value).year as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_two_centuries_follows_the_one_before() {
        let mut before = Date { year: 1899, month: 12, day: 31 };
        for days in -25_567..50_000 {
            let date = Date::from_days(days);
            let new_month = before.day == before.days_in_month();
            let expected = match (new_month, before.month) {
                (true, 12) => Date { year: before.year + 1, month: 1, day: 1 },
                (true, month) => Date { month: month + 1, day: 1, ..before },
                (false, _) => Date { day: before.day + 1, ..before },
            };
            assert_eq!(date, expected);
            let ordinal = if date.month == 1 && date.day == 1 { 1 } else { before.day_of_year() + 1 };
            assert_eq!(date.day_of_year(), ordinal, "{date:?}");
            before = date;
        }
        assert_eq!((day_of_week(0.0), hour(1_136_239_445.0), minute(1_136_239_445.0)), (4.0, 22.0, 4.0));
    }
}
