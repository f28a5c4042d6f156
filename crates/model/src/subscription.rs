//! Subscriptions: where an organization wants to be told of what happens in its workflows.

use serde::{Deserialize, Serialize};

use crate::{SubscriptionId, Time};

/// What a subscription can be about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum EventKind {
    /// A workflow has another status.
    #[serde(rename = "workflow.status_changed")]
    WorkflowStatusChanged,
    /// A lead reached CONVERTED.
    #[serde(rename = "lead.completed")]
    LeadCompleted,
    /// A lead reached DROPPED.
    #[serde(rename = "lead.dropped")]
    LeadDropped,
}

impl EventKind {
    /// The kind as it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            EventKind::WorkflowStatusChanged => "workflow.status_changed",
            EventKind::LeadCompleted => "lead.completed",
            EventKind::LeadDropped => "lead.dropped",
        }
    }
}

/// A URL that events are posted to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// Its id.
    pub id: SubscriptionId,
    /// Where events go: `http://` or `https://`.
    pub url: String,
    /// What people call it.
    #[serde(default)]
    pub description: String,
    /// Which events, each once, in their order.
    pub events: Vec<EventKind>,
    /// Whether events are sent; what happens meanwhile is not told later.
    pub active: bool,
    /// What deliveries are signed with.
    pub secret: String,
    /// Events up to this number came before it, or before it was made active again.
    pub since: u64,
    /// When it was created.
    pub created_at: Time,
}
