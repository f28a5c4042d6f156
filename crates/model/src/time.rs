//! Instants and durations in whole milliseconds, and their RFC 3339 spelling.
//!
//! Calendars and time zones belong to the engine; here is only what every wire shape needs.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A length of time in milliseconds.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Duration(pub i64);

impl Duration {
    /// No time at all.
    pub const ZERO: Duration = Duration(0);

    /// So many seconds; saturates.
    pub const fn seconds(n: i64) -> Self {
        Duration(n.saturating_mul(1_000))
    }

    /// So many minutes; saturates.
    pub const fn minutes(n: i64) -> Self {
        Duration::seconds(n.saturating_mul(60))
    }

    /// So many hours; saturates.
    pub const fn hours(n: i64) -> Self {
        Duration::minutes(n.saturating_mul(60))
    }

    /// So many days of 24 hours; saturates.
    pub const fn days(n: i64) -> Self {
        Duration::hours(n.saturating_mul(24))
    }
}

/// An instant: milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Time(pub i64);

impl Time {
    /// The earliest instant accepted: 1970-01-01T00:00:00.000Z.
    pub const MIN: Time = Time(0);
    /// The latest instant accepted: 9999-12-31T23:59:59.999Z.
    pub const MAX: Time = Time(253_402_300_799_999);

    /// This instant moved by a duration, kept within [`Time::MIN`] and [`Time::MAX`].
    #[must_use]
    pub fn plus(self, duration: Duration) -> Time {
        Time(
            self.0
                .saturating_add(duration.0)
                .clamp(Time::MIN.0, Time::MAX.0),
        )
    }

    /// The time from `earlier` to this instant; negative when `earlier` is later.
    pub fn since(self, earlier: Time) -> Duration {
        Duration(self.0.saturating_sub(earlier.0))
    }

    /// Reads an RFC 3339 timestamp with any offset; fractions finer than a millisecond are cut.
    pub fn parse(text: &str) -> Result<Time, BadTime> {
        parse(text).ok_or_else(|| BadTime(text.chars().take(64).collect()))
    }
}

/// A text that is not a timestamp.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an RFC 3339 timestamp between 1970 and 9999, such as 2026-03-01T09:00:00Z")]
pub struct BadTime(String);

const DAY_MS: i64 = 86_400_000;

/// Days since 1970-01-01 of a civil date in the proleptic Gregorian calendar. Years start in March
/// here, so that the leap day is the last of its year.
pub fn days_from_civil(year: i64, month: u32, day: u32) -> i64 {
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let year_of_era = shifted.rem_euclid(400);
    let month_of_year = i64::from((month + 9) % 12);
    let day_of_year = (153 * month_of_year + 2) / 5 + i64::from(day) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The civil date (year, month, day) of a day counted from 1970-01-01.
pub fn civil_from_days(days: i64) -> (i64, u32, u32) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_of_year = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * month_of_year + 2) / 5 + 1) as u32;
    let month = if month_of_year < 10 {
        month_of_year + 3
    } else {
        month_of_year - 9
    } as u32;
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

/// The number of days in a month.
pub fn days_in_month(year: i64, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

fn digits(bytes: &[u8]) -> Option<i64> {
    bytes.iter().try_fold(0i64, |sum, b| {
        b.is_ascii_digit().then(|| sum * 10 + i64::from(b - b'0'))
    })
}

fn parse(text: &str) -> Option<Time> {
    let b = text.as_bytes();
    if b.len() < 20 || b[4] != b'-' || b[7] != b'-' || b[13] != b':' || b[16] != b':' {
        return None;
    }
    if !matches!(b[10], b'T' | b't' | b' ') {
        return None;
    }
    let (year, month, day) = (digits(&b[..4])?, digits(&b[5..7])?, digits(&b[8..10])?);
    let (hour, minute, second) = (
        digits(&b[11..13])?,
        digits(&b[14..16])?,
        digits(&b[17..19])?,
    );
    let date_fits = (1..=12).contains(&month)
        && day >= 1
        && day <= i64::from(days_in_month(year, month as u32));
    if !date_fits || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let mut rest = &b[19..];
    let mut millis = 0;
    if rest.first() == Some(&b'.') {
        let len = rest[1..].iter().take_while(|c| c.is_ascii_digit()).count();
        if len == 0 {
            return None;
        }
        for i in 0..3 {
            millis = millis * 10
                + if i < len {
                    i64::from(rest[1 + i] - b'0')
                } else {
                    0
                };
        }
        rest = &rest[1 + len..];
    }
    let offset = match rest {
        [b'Z' | b'z'] => 0,
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let (hours, minutes) = (digits(&[*h1, *h2])?, digits(&[*m1, *m2])?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            (hours * 60 + minutes) * if *sign == b'-' { -1 } else { 1 }
        }
        _ => return None,
    };
    let day_ms = days_from_civil(year, month as u32, day as u32) * DAY_MS;
    let time = day_ms + ((hour * 60 + minute - offset) * 60 + second) * 1_000 + millis;
    (Time::MIN.0..=Time::MAX.0)
        .contains(&time)
        .then_some(Time(time))
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil_from_days(self.0.div_euclid(DAY_MS));
        let ms = self.0.rem_euclid(DAY_MS);
        let (hour, minute, second) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1_000 % 60);
        let millis = ms % 1_000;
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z"
        )
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Time::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn timestamps_read_and_write() {
        for (text, ms, written) in [
            ("1970-01-01T00:00:00Z", 0, "1970-01-01T00:00:00.000Z"),
            (
                "2024-02-29T23:59:59.9995Z",
                1_709_251_199_999,
                "2024-02-29T23:59:59.999Z",
            ),
            (
                "2026-03-01T09:00:00+02:00",
                1_772_348_400_000,
                "2026-03-01T07:00:00.000Z",
            ),
            (
                "9999-12-31T23:59:59.999Z",
                Time::MAX.0,
                "9999-12-31T23:59:59.999Z",
            ),
        ] {
            let time = Time::parse(text).unwrap();
            assert_eq!((time.0, time.to_string().as_str()), (ms, written), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_timestamp_is_refused() {
        for text in [
            "",
            "2024-02-30T00:00:00Z",
            "2024-01-01",
            "2024-01-01T24:00:00Z",
            "2024-01-01T00:00:00",
            "2024-01-01T00:00:00.Z",
            "1969-12-31T23:59:59Z",
            "2024-01-01T00:00:00+2:00",
            "２０２４-01-01T00:00:00Z",
        ] {
            assert!(Time::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn every_day_of_four_centuries_leads_back_to_itself() {
        for days in 0..146_097 {
            let (year, month, day) = civil_from_days(days);
            assert_eq!(days_from_civil(year, month, day), days);
        }
    }
}
