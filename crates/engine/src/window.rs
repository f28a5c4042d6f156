//! Local time: calling windows (SPEC 4) and delays until a time of day (SPEC 2), in real time zones.

use std::collections::BTreeMap;

use jiff::civil::{Date, DateTime, Weekday as CivilWeekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use leadline_model::node::Until;
use leadline_model::{CallingWindow, Time, TimeOfDay, Weekday};

/// The variable in which a lead can carry its own time zone.
pub const LEAD_TIMEZONE: &str = "timezone";

/// Days looked ahead for an opening: a window can be closed for a long holiday list, not for years.
const LOOK_AHEAD_DAYS: i32 = 800;

/// Whether the window is open in some time zone, and until when that stays so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opening {
    /// Whether calls may start now.
    pub open: bool,
    /// When that changes; [`Time::MAX`] when it never does.
    pub until: Time,
}

/// Openings by time zone name, each good until its `until`.
#[derive(Debug, Clone, Default)]
pub struct WindowCache {
    openings: BTreeMap<String, Opening>,
}

impl WindowCache {
    /// Forgets everything: the window changed.
    pub fn clear(&mut self) {
        self.openings.clear();
    }

    /// The opening for a lead's time zone, or the window's own where that is unknown.
    pub fn opening(
        &mut self,
        window: &CallingWindow,
        lead_zone: Option<&str>,
        now: Time,
    ) -> Opening {
        let name = lead_zone.unwrap_or(&window.timezone);
        match self.openings.get(name) {
            Some(known) if now < known.until => return *known,
            _ => {}
        }
        let zone = zone(lead_zone, &window.timezone);
        let opening = opening(window, &zone, now);
        self.openings.insert(name.to_owned(), opening);
        opening
    }
}

/// The lead's time zone where it names a real one, else the fallback, else UTC.
pub fn zone(lead_zone: Option<&str>, fallback: &str) -> TimeZone {
    lead_zone
        .and_then(|name| TimeZone::get(name).ok())
        .or_else(|| TimeZone::get(fallback).ok())
        .unwrap_or(TimeZone::UTC)
}

fn local(zone: &TimeZone, now: Time) -> DateTime {
    let timestamp = Timestamp::from_millisecond(now.0).unwrap_or(Timestamp::UNIX_EPOCH);
    zone.to_datetime(timestamp)
}

/// The instant of a local date and time; a time that a clock change skips is taken after the gap.
fn instant(zone: &TimeZone, date: Date, time: TimeOfDay) -> Option<Time> {
    let at = date.at(time.hour() as i8, time.minute() as i8, 0, 0);
    let timestamp = zone.to_timestamp(at).ok()?;
    Some(Time(
        timestamp.as_millisecond().clamp(Time::MIN.0, Time::MAX.0),
    ))
}

fn weekday(date: Date) -> Weekday {
    match date.weekday() {
        CivilWeekday::Monday => Weekday::Mon,
        CivilWeekday::Tuesday => Weekday::Tue,
        CivilWeekday::Wednesday => Weekday::Wed,
        CivilWeekday::Thursday => Weekday::Thu,
        CivilWeekday::Friday => Weekday::Fri,
        CivilWeekday::Saturday => Weekday::Sat,
        CivilWeekday::Sunday => Weekday::Sun,
    }
}

/// The window that belongs to a date, when that day has one: it may end on the next day.
fn span(window: &CallingWindow, zone: &TimeZone, date: Date) -> Option<(Time, Time)> {
    let day_fits = window.days.is_empty() || window.days.contains(&weekday(date));
    if !day_fits || window.holidays.contains(&date.to_string()) {
        return None;
    }
    let start = instant(zone, date, window.start)?;
    let last_day = if window.end <= window.start {
        date.checked_add(1.day()).ok()?
    } else {
        date
    };
    let end = instant(zone, last_day, window.end)?;
    (start < end).then_some((start, end))
}

fn opening(window: &CallingWindow, zone: &TimeZone, now: Time) -> Opening {
    let today = local(zone, now).date();
    for ahead in -1..LOOK_AHEAD_DAYS {
        let Ok(date) = today.checked_add(ahead.days()) else {
            break;
        };
        let Some((start, end)) = span(window, zone, date) else {
            continue;
        };
        if now < start {
            return Opening {
                open: false,
                until: start,
            };
        }
        if now < end {
            return Opening {
                open: true,
                until: end,
            };
        }
    }
    Opening {
        open: false,
        until: Time::MAX,
    }
}

/// The next instant strictly after `now` at which a clock in the zone shows this time of day.
pub fn next_time_of_day(until: &Until, zone: &TimeZone, now: Time) -> Option<Time> {
    let today = local(zone, now).date();
    (0..9).find_map(|ahead| {
        let date = today.checked_add(ahead.days()).ok()?;
        let fits = until.weekday.is_none_or(|day| day == weekday(date));
        instant(zone, date, until.time).filter(|at| fits && *at > now)
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn window(zone: &str, days: &[Weekday], start: &str, end: &str) -> CallingWindow {
        CallingWindow {
            timezone: zone.into(),
            days: days.to_vec(),
            start: TimeOfDay::parse(start).unwrap(),
            end: TimeOfDay::parse(end).unwrap(),
            holidays: vec!["2026-12-25".into()],
        }
    }

    #[test]
    fn openings_follow_days_holidays_and_clock_changes() {
        let weekdays = &Weekday::ALL[..5];
        let office = window("Europe/Berlin", weekdays, "09:00", "18:00");
        let night = window("Europe/Berlin", &[], "22:00", "06:00");
        for (window, now, open, until) in [
            // Friday evening: closed until Monday.
            (
                &office,
                "2026-03-06T18:00:00Z",
                false,
                "2026-03-09T08:00:00Z",
            ),
            // The clock goes forward on 2026-03-29: Monday opens an hour earlier in UTC.
            (
                &office,
                "2026-03-27T17:30:00Z",
                false,
                "2026-03-30T07:00:00Z",
            ),
            (
                &office,
                "2026-03-30T07:00:00Z",
                true,
                "2026-03-30T16:00:00Z",
            ),
            // Christmas is a holiday, the weekend follows.
            (
                &office,
                "2026-12-24T20:00:00Z",
                false,
                "2026-12-28T08:00:00Z",
            ),
            // A window over midnight.
            (&night, "2026-06-01T23:00:00Z", true, "2026-06-02T04:00:00Z"),
            (
                &night,
                "2026-06-02T04:00:00Z",
                false,
                "2026-06-02T20:00:00Z",
            ),
        ] {
            let now = Time::parse(now).unwrap();
            let expected = Opening {
                open,
                until: Time::parse(until).unwrap(),
            };
            assert_eq!(
                WindowCache::default().opening(window, None, now),
                expected,
                "{now}"
            );
        }
    }

    #[test]
    fn a_leads_own_zone_decides_and_a_wrong_one_does_not() {
        let office = window("Europe/Berlin", &[], "09:00", "18:00");
        let now = Time::parse("2026-06-01T08:00:00Z").unwrap();
        let mut cache = WindowCache::default();
        assert!(cache.opening(&office, None, now).open);
        assert!(!cache.opening(&office, Some("America/New_York"), now).open);
        assert!(cache.opening(&office, Some("Mars/Olympus"), now).open);
    }

    #[test]
    fn times_of_day_come_next() {
        let until = |weekday| Until {
            time: TimeOfDay::parse("02:30").unwrap(),
            timezone: "Europe/Berlin".into(),
            weekday,
        };
        for (now, weekday, expected) in [
            ("2026-06-01T00:30:00Z", None, "2026-06-02T00:30:00Z"),
            ("2026-06-01T00:29:59Z", None, "2026-06-01T00:30:00Z"),
            // 02:30 does not exist on 2026-03-29: an hour later by the clock on the wall.
            ("2026-03-28T12:00:00Z", None, "2026-03-29T01:30:00Z"),
            (
                "2026-06-01T12:00:00Z",
                Some(Weekday::Mon),
                "2026-06-08T00:30:00Z",
            ),
        ] {
            let zone = zone(None, "Europe/Berlin");
            let got = next_time_of_day(&until(weekday), &zone, Time::parse(now).unwrap());
            assert_eq!(got, Some(Time::parse(expected).unwrap()), "{now}");
        }
    }
}
