//! How an unanswered call is dialled again (SPEC 4).

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{AnsweredBy, CallStatus, Duration};

/// How an unanswered call is dialled again (SPEC 4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetryPolicy {
    /// Further attempts after the first.
    pub max_retries: u32,
    /// The pauses between the end of one attempt and the next.
    #[serde(default)]
    pub wait_minutes: Waits,
    /// What is dialled again; absent: whatever is [not answered](RetryOn::UNANSWERED).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_on: Option<Vec<RetryOn>>,
    /// Minutes after the call was created at which it becomes `retry_expired`; `None`: never.
    #[serde(default)]
    pub expires_after_minutes: Option<u32>,
}

impl RetryPolicy {
    /// The pause after an attempt, counted from 1.
    pub fn wait(&self, attempt: u32) -> Duration {
        let waits = &self.wait_minutes.0;
        let at = (attempt.max(1) - 1) as usize;
        let minutes = waits.get(at).or(waits.last()).copied().unwrap_or(0);
        Duration::minutes(i64::from(minutes))
    }

    /// What is dialled again.
    pub fn retries(&self) -> &[RetryOn] {
        self.retry_on.as_deref().unwrap_or(&RetryOn::UNANSWERED)
    }

    /// Whether an attempt that ended so is dialled again, as far as its number allows.
    pub fn covers(&self, status: CallStatus, answered_by: Option<AnsweredBy>) -> bool {
        self.retries().iter().any(|on| match on {
            RetryOn::Status(wanted) => *wanted == status,
            RetryOn::Machine => {
                status == CallStatus::Completed && answered_by == Some(AnsweredBy::Machine)
            }
        })
    }
}

/// Minutes after the first attempt, the second and so on; the last one repeats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waits(pub Vec<u32>);

impl Default for Waits {
    fn default() -> Waits {
        Waits::always(0)
    }
}

impl Waits {
    /// The same pause after each attempt.
    pub fn always(minutes: u32) -> Waits {
        Waits(vec![minutes])
    }
}

impl Serialize for Waits {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [only] => serializer.serialize_u32(*only),
            each => serializer.collect_seq(each),
        }
    }
}

impl<'de> Deserialize<'de> for Waits {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> serde::de::Visitor<'de> for Read {
            type Value = Waits;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number of minutes, or a list of them")
            }

            fn visit_u64<E: serde::de::Error>(self, minutes: u64) -> Result<Waits, E> {
                let minutes = u32::try_from(minutes).map_err(|_| E::custom("too many minutes"))?;
                Ok(Waits::always(minutes))
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(
                self,
                mut list: A,
            ) -> Result<Waits, A::Error> {
                let mut waits = Vec::new();
                while let Some(minutes) = list.next_element()? {
                    waits.push(minutes);
                }
                Ok(if waits.is_empty() {
                    Waits::default()
                } else {
                    Waits(waits)
                })
            }
        }
        deserializer.deserialize_any(Read)
    }
}

/// What a policy dials again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RetryOn {
    /// An attempt that ended with this status.
    Status(CallStatus),
    /// A call that a machine answered, such as a voicemail.
    Machine,
}

impl RetryOn {
    /// What counts as not answered: nobody picked up, the line was busy, no answer came.
    pub const UNANSWERED: [RetryOn; 3] = [
        RetryOn::Status(CallStatus::DidNotPick),
        RetryOn::Status(CallStatus::Busy),
        RetryOn::Status(CallStatus::NoAnswer),
    ];

    /// All that can be dialled again, in the order a form shows them.
    pub const ALL: [RetryOn; 5] = [
        RetryOn::Status(CallStatus::DidNotPick),
        RetryOn::Status(CallStatus::Busy),
        RetryOn::Status(CallStatus::NoAnswer),
        RetryOn::Status(CallStatus::Failed),
        RetryOn::Machine,
    ];

    /// The wire spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            RetryOn::Status(status) => status.as_str(),
            RetryOn::Machine => "machine",
        }
    }
}

impl Serialize for RetryOn {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for RetryOn {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let known = CallStatus::ALL.map(RetryOn::Status);
        let mut known = known.into_iter().chain([RetryOn::Machine]);
        known
            .find(|on| on.as_str() == text)
            .ok_or_else(|| serde::de::Error::custom("no status of a call, nor `machine`"))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn waits_are_a_number_or_a_list_whose_last_repeats() {
        for (text, waits) in [
            (r#"{"max_retries":3}"#, [0, 0, 0]),
            (r#"{"max_retries":3,"wait_minutes":5}"#, [5, 5, 5]),
            (r#"{"max_retries":3,"wait_minutes":[5,30]}"#, [5, 30, 30]),
            (r#"{"max_retries":3,"wait_minutes":[]}"#, [0, 0, 0]),
        ] {
            let policy: RetryPolicy = serde_json::from_str(text).unwrap();
            for (attempt, minutes) in (1..).zip(waits) {
                assert_eq!(policy.wait(attempt), Duration::minutes(minutes), "{text}");
            }
            let again = serde_json::to_string(&policy).unwrap();
            assert_eq!(serde_json::from_str::<RetryPolicy>(&again).unwrap(), policy);
        }
    }

    #[test]
    fn absent_means_every_unanswered_status_and_empty_none() {
        let policy = |text: &str| serde_json::from_str::<RetryPolicy>(text).unwrap();
        let absent = policy(r#"{"max_retries":1}"#);
        let none = policy(r#"{"max_retries":1,"retry_on":[]}"#);
        let machine = policy(r#"{"max_retries":1,"retry_on":["machine"]}"#);
        for (status, answered_by, expected) in [
            (CallStatus::Busy, None, [true, false, false]),
            (CallStatus::DidNotPick, None, [true, false, false]),
            (CallStatus::NoAnswer, None, [true, false, false]),
            (CallStatus::Failed, None, [false, false, false]),
            (CallStatus::Completed, None, [false, false, false]),
            (
                CallStatus::Completed,
                Some(AnsweredBy::Person),
                [false, false, false],
            ),
            (
                CallStatus::Completed,
                Some(AnsweredBy::Machine),
                [false, false, true],
            ),
        ] {
            let got = [&absent, &none, &machine].map(|policy| policy.covers(status, answered_by));
            assert_eq!(got, expected, "{status} {answered_by:?}");
        }
    }
}
