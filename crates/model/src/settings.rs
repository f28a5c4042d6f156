//! The settings of a workflow: limits, retries, calling window, what a pause does to delays.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{CallStatus, Duration};

fn yes() -> bool {
    true
}

/// Settings of one workflow (SPEC 9).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Simultaneous calls of this workflow, ringing ones counted; `None`: only the account limits.
    #[serde(default)]
    pub max_concurrent_calls: Option<u32>,
    /// Whether the workflow becomes `completed` by itself when every lead is final.
    #[serde(default = "yes")]
    pub auto_complete: bool,
    /// What a pause does to running delays.
    #[serde(default)]
    pub delay_on_pause: DelayOnPause,
    /// The retry policy of voice calls that have none of their own.
    #[serde(default)]
    pub retry: Option<RetryPolicy>,
    /// When calls may start; `None`: always.
    #[serde(default)]
    pub calling_window: Option<CallingWindow>,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            max_concurrent_calls: None,
            auto_complete: true,
            delay_on_pause: DelayOnPause::Elapse,
            retry: None,
            calling_window: None,
        }
    }
}

/// What a pause does to running delays (SPEC 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DelayOnPause {
    /// The countdown goes on; an overdue lead leaves on the first tick after resume.
    #[default]
    Elapse,
    /// The remaining time is kept and runs again after resume.
    Freeze,
}

/// How an unanswered call is dialled again (SPEC 4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetryPolicy {
    /// Further attempts after the first.
    pub max_retries: u32,
    /// Minutes between the end of one attempt and the next.
    #[serde(default)]
    pub wait_minutes: u32,
    /// The call statuses that are dialled again.
    #[serde(default)]
    pub retry_on: Vec<CallStatus>,
    /// Minutes after the call was created at which it becomes `retry_expired`; `None`: never.
    #[serde(default)]
    pub expires_after_minutes: Option<u32>,
}

impl RetryPolicy {
    /// The wait between two attempts.
    pub fn wait(&self) -> Duration {
        Duration::minutes(i64::from(self.wait_minutes))
    }
}

/// When calls may start (SPEC 4). One that is in progress is never cut.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallingWindow {
    /// IANA time zone, such as `Europe/Berlin`; a lead's own `timezone` variable comes first.
    pub timezone: String,
    /// Days on which calls may start; empty: every day.
    #[serde(default)]
    pub days: Vec<Weekday>,
    /// Local time at which the window opens.
    pub start: TimeOfDay,
    /// Local time at which it closes; at or before `start`: on the next day.
    pub end: TimeOfDay,
    /// Dates `YYYY-MM-DD` on which no call starts.
    #[serde(default)]
    pub holidays: Vec<String>,
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
            serde::de::Error::custom(format!("`{shown}` is not a time of day such as 09:00"))
        })
    }
}
