//! Dates and instants in conditions (SPEC 2), read as people write them and judged by the clock on the
//! lead's wall.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use leadline_model::{Operator, Time, Value};

use crate::window::{local, zone};

/// What dates are judged by: the present, and whose wall the clock hangs on.
#[derive(Debug, Clone, Copy)]
pub struct Clock<'a> {
    /// The present.
    pub now: Time,
    /// The lead's own time zone.
    pub own: Option<&'a str>,
    /// The zone of those without one.
    pub fallback: &'a str,
}

/// A day, or an instant of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    Day(Date),
    At(Time),
}

impl Clock<'_> {
    /// Whether a date or an instant is before, after or on the day of another. `None` when one of
    /// them is neither. Where one is a day, days are compared.
    pub fn holds(&self, operator: Operator, found: &Value, value: &Value) -> Option<bool> {
        let zone = zone(self.own, self.fallback);
        let (found, value) = (self.read(found, &zone)?, self.read(value, &zone)?);
        let day = |moment: Moment| match moment {
            Moment::Day(date) => date,
            Moment::At(at) => local(&zone, at).date(),
        };
        Some(match (operator, found, value) {
            (Operator::Before, Moment::At(found), Moment::At(value)) => found < value,
            (Operator::After, Moment::At(found), Moment::At(value)) => found > value,
            (Operator::Before, ..) => day(found) < day(value),
            (Operator::After, ..) => day(found) > day(value),
            (Operator::OnDay, ..) => day(found) == day(value),
            _ => return None,
        })
    }

    fn read(&self, value: &Value, zone: &TimeZone) -> Option<Moment> {
        match value {
            Value::Text(text) => match text.trim() {
                "now" => Some(Moment::At(self.now)),
                "today" => Some(Moment::Day(local(zone, self.now).date())),
                text => read(text, zone),
            },
            _ => None,
        }
    }
}

/// `2027-02-10T02:30:00Z` and the like, or without a zone by the wall's clock, or only the day.
fn read(text: &str, zone: &TimeZone) -> Option<Moment> {
    if let Ok(at) = Time::parse(text) {
        return Some(Moment::At(at));
    }
    // Without a zone: what the wall shows is read as if it hung where no clock is ever changed.
    let (rest, is_day) = match text.len() {
        10 => ("T00:00:00Z", true),
        16 => (":00Z", false),
        _ => ("Z", false),
    };
    let shown = local(&TimeZone::UTC, Time::parse(&format!("{text}{rest}")).ok()?);
    match is_day {
        true => Some(Moment::Day(shown.date())),
        false => instant(zone.to_timestamp(shown).ok()?).map(Moment::At),
    }
}

fn instant(at: Timestamp) -> Option<Time> {
    let at = at.as_millisecond();
    (Time::MIN.0..=Time::MAX.0)
        .contains(&at)
        .then_some(Time(at))
}

/// The instant a text means: a day is its first one.
pub fn instant_of(text: &str, zone: &TimeZone) -> Option<Time> {
    match read(text.trim(), zone)? {
        Moment::At(at) => Some(at),
        Moment::Day(date) => instant(date.to_zoned(zone.clone()).ok()?.timestamp()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn days_and_instants_are_compared_by_the_wall() {
        use Operator::{After, Before, OnDay};
        // 23:30 in Berlin, 05:30 of the next day in Hong Kong.
        let now = Time::parse("2026-06-01T21:30:00Z").unwrap();
        let clock = |own| Clock {
            now,
            own,
            fallback: "Europe/Berlin",
        };
        for (own, found, operator, value, expected) in [
            (None, "2026-06-01", OnDay, "today", Some(true)),
            (
                Some("Asia/Hong_Kong"),
                "2026-06-01",
                OnDay,
                "today",
                Some(false),
            ),
            (
                Some("Asia/Hong_Kong"),
                "2026-06-02",
                OnDay,
                "today",
                Some(true),
            ),
            (None, "2026-06-01", Before, "today", Some(false)),
            (None, "2026-05-31", Before, "today", Some(true)),
            (None, "2026-06-02", After, "now", Some(true)),
            (None, "2026-06-01T23:29:00", Before, "now", Some(true)),
            (None, "2026-06-01T23:31", After, "now", Some(true)),
            (None, "2026-06-01T21:31:00Z", After, "now", Some(true)),
            (
                None,
                "2026-06-01T20:00:00+02:00",
                OnDay,
                "2026-06-01",
                Some(true),
            ),
            (None, "10.06.2026", OnDay, "today", None),
            (None, "2026-02-30", OnDay, "today", None),
            (None, "", Before, "now", None),
        ] {
            let (found, value) = (Value::from(found), Value::from(value));
            let got = clock(own).holds(operator, &found, &value);
            assert_eq!(got, expected, "{own:?} {found:?} {operator:?} {value:?}");
        }
        let number = Value::from(1_780_000_000i64);
        assert_eq!(clock(None).holds(Before, &number, &"now".into()), None);
    }

    #[test]
    fn a_day_begins_where_the_lead_is() {
        for (text, zone, expected) in [
            ("2027-02-10", "Europe/Berlin", Some("2027-02-09T23:00:00Z")),
            (
                " 2027-02-10T02:30 ",
                "Europe/Berlin",
                Some("2027-02-10T01:30:00Z"),
            ),
            (
                "2027-02-10T02:30:00Z",
                "Europe/Berlin",
                Some("2027-02-10T02:30:00Z"),
            ),
            // There is no midnight then.
            (
                "2026-09-06",
                "America/Santiago",
                Some("2026-09-06T04:00:00Z"),
            ),
            ("soon", "Europe/Berlin", None),
        ] {
            let expected = expected.map(|at| Time::parse(at).unwrap());
            assert_eq!(instant_of(text, &zone_of(zone)), expected, "{text}");
        }
    }

    fn zone_of(name: &str) -> TimeZone {
        zone(None, name)
    }
}
