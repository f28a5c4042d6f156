//! The form of a scenario file.

use std::collections::BTreeMap;

use leadline_model::{Account, AgentWorkflow, Duration, Time, Variables};
use serde::Deserialize;

use super::expect::Expect;
use crate::generate::GeneratedVariable;

fn yes() -> bool {
    true
}

/// A whole file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// What it is called.
    pub title: String,
    /// What it shows.
    #[serde(default)]
    #[allow(dead_code)]
    pub about: String,
    /// Sections of the specification.
    #[serde(default)]
    pub covers: Vec<String>,
    /// The time before the first input.
    pub start: Time,
    /// The seed of every workflow's luck; without one, each has the seed the engine gives it.
    #[serde(default)]
    pub seed: Option<u64>,
    /// The grid of ticks; without one, the host ticks when something is due.
    #[serde(default)]
    pub tick_ms: Option<u32>,
    /// Who answers calls and webhooks.
    #[serde(default)]
    pub world: WorldKind,
    /// The limits of the organization.
    #[serde(default)]
    pub account: Option<Account>,
    /// Its agents; without any, there is one called `agent`.
    #[serde(default)]
    pub agents: Vec<AgentEntry>,
    /// Its numbers; without any, there is `+14155550100`.
    #[serde(default)]
    pub phone_numbers: Vec<String>,
    /// Workflows by the name the script calls them, created in the order of their names.
    #[serde(default)]
    pub workflows: BTreeMap<String, serde_json::Value>,
    /// Leads enrolled before the first step, by workflow.
    #[serde(default)]
    pub leads: BTreeMap<String, LeadList>,
    /// What happens.
    pub steps: Vec<Step>,
}

/// Who answers calls and webhooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WorldKind {
    /// The simulated world, as each node's `simulation` says.
    #[default]
    Simulated,
    /// Nobody but the script.
    Manual,
}

/// An agent of the script.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentEntry {
    pub name: String,
    #[serde(default)]
    pub prompt: String,
    #[serde(default)]
    pub workflow: Option<AgentWorkflow>,
    #[serde(default = "yes")]
    pub active: bool,
}

/// Leads, listed or generated.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum LeadList {
    /// One by one: `phone_number` and variables.
    Listed(Vec<Variables>),
    /// So many.
    Generated {
        /// How many.
        generate: u32,
        /// With which variables.
        #[serde(default)]
        variables: Vec<GeneratedVariable>,
        /// The seed of their values.
        #[serde(default)]
        seed: u64,
    },
}

/// One step: let time pass, then give an input, then look.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// An instant to advance to.
    #[serde(default)]
    pub at: Option<String>,
    /// A time to let pass, such as `1d 2h 30m 5s 250ms`.
    #[serde(default)]
    pub after: Option<String>,
    /// An input in the form the journal has; see `refs.rs` for what may be left out.
    #[serde(default)]
    pub apply: Option<serde_json::Value>,
    /// What the script calls the workflow that the input creates.
    #[serde(default, rename = "as")]
    pub called: Option<String>,
    /// The code the input is refused with; nothing may have changed then.
    #[serde(default)]
    pub refused: Option<String>,
    /// A part of the refusal's words.
    #[serde(default)]
    pub says: Option<String>,
    /// How many leads an enrolment takes.
    #[serde(default)]
    pub enrolled: Option<u64>,
    /// How many leads an enrolment skips.
    #[serde(default)]
    pub skipped: Option<u64>,
    /// Write the state out, read it back and go on with that.
    #[serde(default)]
    pub restore: bool,
    /// What must hold then.
    #[serde(default)]
    pub expect: Vec1<Expect>,
}

/// One thing or a list of them.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Vec1<T> {
    Many(Vec<T>),
    One(Box<T>),
}

impl<T> Default for Vec1<T> {
    fn default() -> Self {
        Vec1::Many(Vec::new())
    }
}

impl<T> Vec1<T> {
    pub fn as_slice(&self) -> &[T] {
        match self {
            Vec1::Many(list) => list,
            Vec1::One(one) => std::slice::from_ref(one),
        }
    }
}

impl Step {
    /// When the step begins, for a script whose time is `now`.
    pub fn begins(&self, now: Time) -> Result<Option<Time>, String> {
        match (&self.at, &self.after) {
            (None, None) => Ok(None),
            (Some(at), None) => Time::parse(at).map(Some).map_err(|error| error.to_string()),
            (None, Some(after)) => Ok(Some(now.plus(parse_span(after)?))),
            (Some(_), Some(_)) => Err("has both `at` and `after`".into()),
        }
    }

    /// Refuses what could not mean anything.
    pub fn check(&self) -> Result<(), String> {
        self.begins(Time::MIN)?;
        let about_input = self.refused.is_some() || self.says.is_some() || self.called.is_some();
        let about_enrolment = self.enrolled.is_some() || self.skipped.is_some();
        if (about_input || about_enrolment) && self.apply.is_none() {
            return Err("says what comes of an input, but has none".into());
        }
        Ok(())
    }
}

/// Reads `1d 2h 30m 5s 250ms`.
pub fn parse_span(text: &str) -> Result<Duration, String> {
    let bad = || format!("`{text}` is no time such as `1d 2h 30m 5s 250ms`");
    let mut total = 0i64;
    for part in text.split_whitespace() {
        let digits = part.trim_end_matches(|c: char| c.is_ascii_lowercase());
        let unit = match &part[digits.len()..] {
            "d" => 86_400_000,
            "h" => 3_600_000,
            "m" => 60_000,
            "s" => 1_000,
            "ms" => 1,
            _ => return Err(bad()),
        };
        let count: i64 = digits.parse().map_err(|_| bad())?;
        total = count
            .checked_mul(unit)
            .and_then(|ms| total.checked_add(ms))
            .filter(|ms| (0..=Time::MAX.0).contains(ms))
            .ok_or_else(bad)?;
    }
    if text.trim().is_empty() {
        Err(bad())
    } else {
        Ok(Duration(total))
    }
}
