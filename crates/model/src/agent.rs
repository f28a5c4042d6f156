//! What belongs to an organization: agents, phone numbers and the account's limits.

use serde::{Deserialize, Serialize};

use crate::{AgentId, AgentWorkflow, CallBounds, Time};

fn yes() -> bool {
    true
}

/// An agent: somebody who talks, with a prompt that may use lead variables, or who works through the
/// steps of a workflow, or both (SPEC 9).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agent {
    /// Its id.
    pub id: AgentId,
    /// Its name, `^[a-zA-Z0-9_-]+$`.
    pub name: String,
    /// The prompt template, such as `Hello {{ first_name }}`.
    #[serde(default)]
    pub prompt: String,
    /// The steps of its runs; an agent without any only talks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow: Option<AgentWorkflow>,
    /// Whether it can be used.
    #[serde(default = "yes")]
    pub active: bool,
    /// When it was created.
    pub created_at: Time,
}

/// A number calls are made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhoneNumber {
    /// E.164; also its key.
    pub phone_number: String,
    /// What people call it.
    #[serde(default)]
    pub label: String,
    /// Whether it can be used.
    #[serde(default = "yes")]
    pub active: bool,
    /// When it was created.
    pub created_at: Time,
}

/// The limits of an organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Simultaneous calls of all workflows together, ringing ones counted.
    pub max_concurrent_calls: u32,
    /// Minutes without a final status after which a call is given up as failed.
    pub call_deadline_minutes: u32,
    /// Seconds that a run waits for a person when neither its step nor its agent says (SPEC 6).
    #[serde(default = "week")]
    pub run_timeout_seconds: u32,
    /// Bounds on the calls to one person, over all workflows (SPEC 4).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calls_per_person: Option<CallBounds>,
}

fn week() -> u32 {
    7 * 86_400
}

impl Default for Account {
    fn default() -> Self {
        Account {
            max_concurrent_calls: 10,
            call_deadline_minutes: 240,
            run_timeout_seconds: week(),
            calls_per_person: None,
        }
    }
}
