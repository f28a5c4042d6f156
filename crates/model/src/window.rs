//! When calls may start (SPEC 4): spans of the week in a time zone.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The time zone of a window that is judged by each lead's own.
pub const LEADS_OWN: &str = "lead";

/// When calls may start (SPEC 4). One that is in progress is never cut. A lead's own `timezone`
/// variable comes first wherever it names a zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "AnyWindow", into = "AnyWindow")]
pub struct CallingWindow {
    /// IANA time zone, such as `Europe/Berlin`, or `lead`.
    pub timezone: String,
    /// When calls may start; at least one.
    pub spans: Vec<Span>,
    /// Dates `YYYY-MM-DD` on which no span begins.
    pub holidays: Vec<String>,
    /// The zone of leads without one, where `timezone` is `lead`.
    pub fallback_timezone: Option<String>,
}

/// A part of some days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// Days on which it begins; empty: every day.
    #[serde(default)]
    pub days: Vec<Weekday>,
    /// Local time at which it begins.
    pub start: TimeOfDay,
    /// Local time at which it ends; at or before `start`: on the next day.
    pub end: TimeOfDay,
}

impl CallingWindow {
    /// The zone of leads that have none of their own.
    pub fn zone(&self) -> &str {
        match (&self.fallback_timezone, self.timezone.as_str()) {
            (Some(fallback), LEADS_OWN) => fallback,
            (None, LEADS_OWN) => "UTC",
            (_, zone) => zone,
        }
    }
}

/// A window as it is written: the one span of most beside the rest (SPEC 9), several as a list
/// (SPEC 12).
#[derive(Serialize, Deserialize)]
struct AnyWindow {
    timezone: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    spans: Option<Vec<Span>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    days: Option<Vec<Weekday>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    start: Option<TimeOfDay>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    end: Option<TimeOfDay>,
    #[serde(default)]
    holidays: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fallback_timezone: Option<String>,
}

impl TryFrom<AnyWindow> for CallingWindow {
    type Error = &'static str;

    fn try_from(read: AnyWindow) -> Result<CallingWindow, &'static str> {
        let spans = match (read.spans, read.start, read.end) {
            (Some(_), None, None) if read.days.is_some() => {
                return Err("a calling window has either spans or days, start and end");
            }
            (Some(spans), None, None) if !spans.is_empty() => spans,
            (Some(_), None, None) => return Err("a calling window needs at least one span"),
            (None, Some(start), Some(end)) => {
                let days = read.days.unwrap_or_default();
                vec![Span { days, start, end }]
            }
            (None, ..) => return Err("a calling window needs a start and an end, or spans"),
            (Some(_), ..) => return Err("a calling window has either spans or a start and an end"),
        };
        Ok(CallingWindow {
            timezone: read.timezone,
            spans,
            holidays: read.holidays,
            fallback_timezone: read.fallback_timezone,
        })
    }
}

impl From<CallingWindow> for AnyWindow {
    fn from(window: CallingWindow) -> AnyWindow {
        let mut written = AnyWindow {
            timezone: window.timezone,
            spans: None,
            days: None,
            start: None,
            end: None,
            holidays: window.holidays,
            fallback_timezone: window.fallback_timezone,
        };
        match <[Span; 1]>::try_from(window.spans) {
            Ok([only]) => {
                written.days = Some(only.days);
                (written.start, written.end) = (Some(only.start), Some(only.end));
            }
            Err(spans) => written.spans = Some(spans),
        }
        written
    }
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum Weekday {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

impl Weekday {
    /// All seven, Monday first.
    pub const ALL: [Weekday; 7] = [
        Weekday::Mon,
        Weekday::Tue,
        Weekday::Wed,
        Weekday::Thu,
        Weekday::Fri,
        Weekday::Sat,
        Weekday::Sun,
    ];

    /// 0 for Monday to 6 for Sunday.
    pub fn index(self) -> usize {
        self as usize
    }
}

/// A local time of day in whole minutes, written `HH:MM`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeOfDay {
    minutes: u16,
}

impl TimeOfDay {
    /// Reads `HH:MM`, 00:00 to 23:59.
    pub fn parse(text: &str) -> Option<TimeOfDay> {
        let (hours, minutes) = text.split_once(':')?;
        let two_digits = |t: &str| {
            (t.len() == 2 && t.bytes().all(|b| b.is_ascii_digit()))
                .then(|| t.parse::<u16>().ok())?
        };
        let (hours, minutes) = (two_digits(hours)?, two_digits(minutes)?);
        (hours < 24 && minutes < 60).then_some(TimeOfDay {
            minutes: hours * 60 + minutes,
        })
    }

    /// Hour, 0 to 23.
    pub fn hour(self) -> u16 {
        self.minutes / 60
    }

    /// Minute of the hour, 0 to 59.
    pub fn minute(self) -> u16 {
        self.minutes % 60
    }

    /// Minutes since midnight.
    pub fn minutes(self) -> u16 {
        self.minutes
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.hour(), self.minute())
    }
}

impl Serialize for TimeOfDay {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TimeOfDay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        TimeOfDay::parse(&text).ok_or_else(|| {
            let shown: String = text.chars().take(32).collect();
            let hint = if text == "24:00" {
                "; the end of a day is 00:00"
            } else {
                ""
            };
            serde::de::Error::custom(format!(
                "`{shown}` is not a time of day such as 09:00{hint}"
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn both_forms_are_read_and_written_as_they_came() {
        for text in [
            r#"{"timezone":"Europe/Berlin","days":["mon"],"start":"09:00","end":"18:00","holidays":["2026-12-25"]}"#,
            r#"{"timezone":"lead","spans":[{"days":["mon"],"start":"10:00","end":"13:00"},{"days":[],"start":"20:00","end":"02:00"}],"holidays":[],"fallback_timezone":"Europe/Berlin"}"#,
        ] {
            let window: CallingWindow = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&window).unwrap(), text);
        }
    }

    #[test]
    fn a_window_has_one_form_and_a_span() {
        for (text, problem) in [
            (
                r#"{"timezone":"UTC"}"#,
                "needs a start and an end, or spans",
            ),
            (r#"{"timezone":"UTC","spans":[]}"#, "at least one span"),
            (
                r#"{"timezone":"UTC","spans":[{"start":"09:00","end":"10:00"}],"start":"09:00"}"#,
                "either spans or a start",
            ),
            (
                r#"{"timezone":"UTC","spans":[{"start":"09:00","end":"10:00"}],"days":["mon"]}"#,
                "either spans or days",
            ),
            (
                r#"{"timezone":"UTC","start":"09:00","end":"24:00"}"#,
                "the end of a day is 00:00",
            ),
        ] {
            let refused = serde_json::from_str::<CallingWindow>(text).unwrap_err();
            assert!(refused.to_string().contains(problem), "{refused}");
        }
    }
}
