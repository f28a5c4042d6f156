//! The settings of a workflow: limits, retries, calling window, what a pause does to delays.

use serde::{Deserialize, Serialize};

use crate::{CallingWindow, RetryPolicy};

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
    /// Bounds on the calls to one person, beside the account's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calls_per_person: Option<CallBounds>,
    /// When new calls stop because calls cannot be placed; `None`: [`Circuit::default`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub circuit: Option<Circuit>,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            max_concurrent_calls: None,
            auto_complete: true,
            delay_on_pause: DelayOnPause::Elapse,
            retry: None,
            calling_window: None,
            calls_per_person: None,
            circuit: None,
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

/// How often one person may be called (SPEC 4), counted by phone number over all workflows of the
/// organization. Days and weeks are the last 24 hours and the last 7 times 24.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CallBounds {
    /// In the last 24 hours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_day: Option<u32>,
    /// In the last 7 times 24 hours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_week: Option<u32>,
    /// In all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<u32>,
}

impl CallBounds {
    /// The smaller of each two bounds.
    pub fn and(self, other: CallBounds) -> CallBounds {
        let smaller = |one: Option<u32>, other: Option<u32>| match (one, other) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        CallBounds {
            per_day: smaller(self.per_day, other.per_day),
            per_week: smaller(self.per_week, other.per_week),
            total: smaller(self.total, other.total),
        }
    }

    /// The first thing wrong with them, in words.
    pub fn problem(&self) -> Option<&'static str> {
        let bounds = [self.per_day, self.per_week, self.total];
        if bounds.iter().flatten().next().is_none() {
            return Some("Bounds on the calls to a person need per_day, per_week or total.");
        }
        let outside = |n: &u32| !(1..=10_000).contains(n);
        bounds
            .iter()
            .flatten()
            .any(outside)
            .then_some("Bounds on the calls to a person lie between 1 and 10000.")
    }
}

/// When new calls stop because a share of them cannot be placed (SPEC 4): the dialer does not answer,
/// or refuses. After a while one call tries whether it is well again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Circuit {
    /// Percent of the calls of the window that could not be placed.
    pub failed_percent: u32,
    /// Seconds that the window is long.
    pub window_seconds: u32,
    /// Calls that could not be placed before anything stops.
    pub least: u32,
    /// Seconds after which one call tries.
    pub trial_after_seconds: u32,
}

impl Default for Circuit {
    fn default() -> Circuit {
        Circuit {
            failed_percent: 50,
            window_seconds: 120,
            least: 5,
            trial_after_seconds: 60,
        }
    }
}

impl Circuit {
    /// The first thing wrong with it, in words.
    pub fn problem(&self) -> Option<&'static str> {
        let seconds = |n: u32| (1..=86_400).contains(&n);
        Some(match self {
            Circuit { failed_percent, .. } if !(1..=100).contains(failed_percent) => {
                "The share of failures that stops calls lies between 1 and 100 percent."
            }
            Circuit { least, .. } if !(1..=10_000).contains(least) => {
                "The least number of failures that stops calls lies between 1 and 10000."
            }
            circuit
                if !seconds(circuit.window_seconds) || !seconds(circuit.trial_after_seconds) =>
            {
                "Window and trial of the circuit lie between 1 second and a day (86400)."
            }
            _ => return None,
        })
    }
}
