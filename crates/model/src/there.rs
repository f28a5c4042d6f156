//! What a remote is asked about a workflow that runs there: answered from there, as of now, and not kept.

use serde::{Deserialize, Serialize};

use crate::view::{CallLog, Event, LeadHistory, NodeCounts, Page, WorkflowSummary};
use crate::{Lead, LeadId, NodeId, WorkflowAction};

/// What is asked of a remote about one of its workflows. It is answered from there as of now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AskThere {
    /// Status and counts: [`There::Workflow`].
    Workflow,
    /// Activate, pause, resume, ...; acts at once or not at all: [`There::Workflow`].
    Act(WorkflowAction),
    /// Counts at each node: [`There::Counts`].
    Counts,
    /// A page of leads: [`There::Leads`].
    Leads {
        /// From 1.
        page: u64,
        /// At most 100.
        limit: u64,
        /// Only with this status.
        status: Option<String>,
        /// Only at this node.
        node: Option<NodeId>,
        /// Only those whose number or a variable contains this.
        search: String,
    },
    /// One lead's path: [`There::Lead`].
    Lead(LeadId),
    /// Call logs, newest first: [`There::Calls`].
    Calls {
        /// From 1.
        page: u64,
        /// At most 100.
        limit: u64,
        /// Only of this lead.
        lead: Option<LeadId>,
    },
    /// Events, newest first: [`There::Events`].
    Events {
        /// Only older than this number.
        before: Option<u64>,
        /// At most 100.
        limit: u64,
    },
}

/// What a remote answers, in the shapes of [`crate::view`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum There {
    Workflow(WorkflowSummary),
    Counts(Vec<NodeCounts>),
    Leads(Page<Lead>),
    Lead(Box<LeadHistory>),
    Calls(Page<CallLog>),
    Events(Vec<Event>),
}
