//! Local time: calling windows (SPEC 4) and delays until a time of day (SPEC 2), in real time zones.

use std::collections::BTreeMap;

use jiff::civil::{Date, DateTime, Weekday as CivilWeekday};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Timestamp, ToSpan};
use leadline_model::node::Until;
use leadline_model::{CallingWindow, Span, Time, TimeOfDay, Weekday, ordered};

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
        let name = lead_zone.unwrap_or(window.zone());
        match self.openings.get(name) {
            Some(known) if now < known.until => return *known,
            _ => {}
        }
        let zone = zone(lead_zone, window.zone());
        let opening = opening(window, &zone, now);
        self.openings.insert(name.to_owned(), opening);
        opening
    }
}

/// The lead's time zone where it names a real one, else the fallback, else UTC.
pub fn zone(lead_zone: Option<&str>, fallback: &str) -> TimeZone {
    lead_zone
        .and_then(|name| TimeZone::get(name.trim()).ok())
        .or_else(|| TimeZone::get(fallback).ok())
        .unwrap_or(TimeZone::UTC)
}

/// The clock on the wall.
pub fn local(zone: &TimeZone, now: Time) -> DateTime {
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

/// Whether the wall clock stands within one of the window's spans. A span belongs to the day on
/// which it begins, and so do days and holidays.
fn is_open(window: &CallingWindow, at: DateTime) -> bool {
    let minutes = 60 * i32::from(at.hour()) + i32::from(at.minute());
    let begins = |span: &Span, date: Date| {
        (span.days.is_empty() || span.days.contains(&weekday(date)))
            && !window.holidays.contains(&date.to_string())
    };
    window.spans.iter().any(|span| {
        let (start, end) = (minute(span.start), minute(span.end));
        let today = minutes >= start && (minutes < end || end <= start);
        let since_yesterday = end <= start && minutes < end;
        let yesterday = || at.date().checked_sub(1.day()).ok();
        (today && begins(span, at.date()))
            || (since_yesterday && yesterday().is_some_and(|date| begins(span, date)))
    })
}

fn minute(time: TimeOfDay) -> i32 {
    i32::from(time.minutes())
}

/// The instants of a day at which the wall clock comes to the edge of a span: twice to one in an hour
/// that is repeated; to one in an hour that is skipped when the clock jumps over it.
fn edges(window: &CallingWindow, zone: &TimeZone, date: Date, found: &mut Vec<Timestamp>) {
    for time in window.spans.iter().flat_map(|span| [span.start, span.end]) {
        let at = date.at(time.hour() as i8, time.minute() as i8, 0, 0);
        match zone.to_ambiguous_timestamp(at).offset() {
            AmbiguousOffset::Unambiguous { offset } => found.extend(offset.to_timestamp(at)),
            AmbiguousOffset::Gap { before, .. } => {
                // Read by the clock as it was, this lies behind the jump.
                let behind = before.to_timestamp(at).ok();
                let jump = behind.and_then(|behind| {
                    let next = behind.checked_add(1.nanosecond()).ok()?;
                    zone.preceding(next).next()
                });
                found.extend(jump.map(|jump| jump.timestamp()));
            }
            AmbiguousOffset::Fold { before, after } => {
                found.extend(before.to_timestamp(at));
                found.extend(after.to_timestamp(at));
            }
        }
    }
}

/// Whether calls may start now, judged by the clock on the wall, and when that changes. An hour that
/// a change of clocks repeats is judged twice alike; of one that is skipped nothing is left.
fn opening(window: &CallingWindow, zone: &TimeZone, now: Time) -> Opening {
    let today = local(zone, now).date();
    let open = is_open(window, local(zone, now));
    let mut instants = Vec::new();
    for ahead in -1..LOOK_AHEAD_DAYS {
        let Ok(date) = today.checked_add(ahead.days()) else {
            break;
        };
        instants.clear();
        edges(window, zone, date, &mut instants);
        // A change of clocks can end a span or begin one as well.
        let start = |date: Date| date.to_zoned(zone.clone()).ok().map(|at| at.timestamp());
        let tomorrow = date.tomorrow().ok().and_then(start);
        if let (Some(today), Some(tomorrow)) = (start(date), tomorrow) {
            let changes = zone.following(today).map(|change| change.timestamp());
            instants.extend(changes.take_while(|at| *at <= tomorrow));
        }
        ordered::sort(&mut instants);
        let mut later = instants
            .iter()
            .map(|at| Time(at.as_millisecond().clamp(Time::MIN.0, Time::MAX.0)))
            .filter(|at| *at > now);
        if let Some(until) = later.find(|at| is_open(window, local(zone, *at)) != open) {
            return Opening { open, until };
        }
    }
    Opening {
        open,
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
            spans: vec![span(days, start, end)],
            holidays: vec!["2026-12-25".into()],
            fallback_timezone: None,
        }
    }

    fn span(days: &[Weekday], start: &str, end: &str) -> Span {
        Span {
            days: days.to_vec(),
            start: TimeOfDay::parse(start).unwrap(),
            end: TimeOfDay::parse(end).unwrap(),
        }
    }

    #[test]
    fn a_day_has_any_number_of_spans_and_days_differ() {
        use Weekday::{Fri, Mon, Sat, Tue};
        let mut shop = window("Europe/Berlin", &[Mon, Tue], "10:00", "13:00");
        shop.spans.push(span(&[Mon], "14:00", "20:00"));
        shop.spans.push(span(&[Mon], "20:00", "21:00"));
        shop.spans.push(span(&[Fri], "20:00", "02:00"));
        shop.spans.push(span(&[Sat], "01:00", "03:00"));
        for (now, open, until) in [
            ("2026-06-01T09:00:00Z", true, "2026-06-01T11:00:00Z"),
            ("2026-06-01T11:00:00Z", false, "2026-06-01T12:00:00Z"),
            // Spans that touch are one.
            ("2026-06-01T12:00:00Z", true, "2026-06-01T19:00:00Z"),
            ("2026-06-02T11:00:00Z", false, "2026-06-05T18:00:00Z"),
            // So are those that overlap, over midnight.
            ("2026-06-05T18:00:00Z", true, "2026-06-06T01:00:00Z"),
            ("2026-06-06T01:00:00Z", false, "2026-06-08T08:00:00Z"),
        ] {
            check(&shop, now, open, until);
        }
    }

    /// Whatever a span's edges are, calls start only while the clock on the wall shows its hours.
    #[test]
    fn edges_in_hours_that_clocks_skip_or_repeat_go_by_the_wall() {
        let london = |start, end| window("Europe/London", &[], start, end);
        let santiago = |start, end| window("America/Santiago", &[], start, end);
        for (window, now, open, until) in [
            // 01:00 to 02:00 does not exist on 2026-03-29.
            (
                london("20:00", "01:30"),
                "2026-03-29T00:59:00Z",
                true,
                "2026-03-29T01:00:00Z",
            ),
            (
                london("20:00", "01:30"),
                "2026-03-29T01:29:00Z",
                false,
                "2026-03-29T19:00:00Z",
            ),
            (
                london("01:30", "02:30"),
                "2026-03-29T00:30:00Z",
                false,
                "2026-03-29T01:00:00Z",
            ),
            (
                london("01:30", "02:30"),
                "2026-03-29T01:00:00Z",
                true,
                "2026-03-29T01:30:00Z",
            ),
            (
                london("01:30", "01:45"),
                "2026-03-29T00:30:00Z",
                false,
                "2026-03-30T00:30:00Z",
            ),
            // 01:00 to 02:00 comes twice on 2026-10-25.
            (
                london("01:30", "02:30"),
                "2026-10-25T00:30:00Z",
                true,
                "2026-10-25T01:00:00Z",
            ),
            (
                london("01:30", "02:30"),
                "2026-10-25T01:10:00Z",
                false,
                "2026-10-25T01:30:00Z",
            ),
            (
                london("01:30", "02:30"),
                "2026-10-25T01:30:00Z",
                true,
                "2026-10-25T02:30:00Z",
            ),
            // Midnight to 01:00 does not exist on 2026-09-06.
            (
                santiago("20:00", "00:30"),
                "2026-09-06T03:59:00Z",
                true,
                "2026-09-06T04:00:00Z",
            ),
            (
                santiago("20:00", "00:30"),
                "2026-09-06T04:10:00Z",
                false,
                "2026-09-06T23:00:00Z",
            ),
        ] {
            check(&window, now, open, until);
        }
    }

    fn check(window: &CallingWindow, now: &str, open: bool, until: &str) {
        let until = Time::parse(until).unwrap();
        let opening = WindowCache::default().opening(window, None, Time::parse(now).unwrap());
        assert_eq!(opening, Opening { open, until }, "{now}");
    }

    #[test]
    fn leads_without_a_zone_have_the_fallback_where_each_has_its_own() {
        let mut window = window("lead", &[], "09:00", "18:00");
        window.fallback_timezone = Some("America/New_York".into());
        let now = Time::parse("2026-06-01T08:00:00Z").unwrap();
        let mut cache = WindowCache::default();
        assert!(cache.opening(&window, Some("Europe/Berlin"), now).open);
        assert!(!cache.opening(&window, None, now).open);
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
            check(window, now, open, until);
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
