//! What a host shows: the wire shapes of SPEC 9 that are composed from several things.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    AgentId, AnsweredBy, CallId, CallStatus, EdgeId, Lead, LeadId, LeadStatus, NodeId, NodeType,
    Time, Variables, Workflow, WorkflowId,
};

/// A workflow with the sizes of what it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkflowSummary {
    /// The workflow.
    #[serde(flatten)]
    pub workflow: Workflow,
    /// Nodes in its graph.
    pub node_count: usize,
    /// Edges in its graph.
    pub edge_count: usize,
    /// Leads by status.
    pub lead_counts: LeadCounts,
}

/// Leads of a workflow by status; removed leads are counted only as such.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LeadCounts {
    /// Without execution record.
    pub pending: u64,
    /// At a node.
    pub active: u64,
    /// Reached CONVERTED.
    pub completed: u64,
    /// Reached DROPPED.
    pub dropped: u64,
    /// Flagged for review; these are among the active ones.
    pub review_required: u64,
    /// Taken out by an operator.
    pub removed: u64,
}

impl LeadCounts {
    /// All leads still enrolled.
    pub fn total(&self) -> u64 {
        self.pending + self.active + self.completed + self.dropped
    }
}

/// Counts at one node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeCounts {
    /// The node.
    pub node_id: NodeId,
    /// Leads that stand here now; at a terminal, those that ended here.
    pub here: u64,
    /// Visits so far.
    pub entered: u64,
    /// Visits ended so far, by outcome.
    pub left: BTreeMap<String, u64>,
    /// Leads here that are flagged for review.
    pub review_required: u64,
}

/// Why a lead is where it is: a stable code and an answer in words (SPEC 3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Why {
    /// A stable code such as `waiting_until`.
    pub code: WhyCode,
    /// The answer in words.
    pub message: String,
}

/// The stable codes of [`Why`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum WhyCode {
    WorkflowDraft,
    WorkflowPaused,
    WorkflowCancelled,
    WorkflowCompleted,
    StartsOnNextTick,
    NoEntryNode,
    WaitingUntil,
    MovesOnNextTick,
    CallInProgress,
    RetryWaiting,
    QueuedForLine,
    /// The agent or the number its node calls with is switched off, or gone.
    CannotCall,
    /// Calls to this person are at their bound.
    AtCallBound,
    /// Its call could not be placed, and is tried again.
    CallNotPlaced,
    /// New calls stop, because too many could not be placed.
    CircuitOpen,
    OutsideCallingWindow,
    ActionInProgress,
    /// A step of its agent run is under way.
    RunInProgress,
    /// Its agent run waits for a person's answer.
    WaitingForPerson,
    ReviewRequired,
    Converted,
    Dropped,
    Removed,
}

/// A lead with its path and the reason it is where it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeadHistory {
    /// The lead's id.
    pub id: LeadId,
    /// Its workflow.
    pub workflow_id: WorkflowId,
    /// The lead.
    pub lead: Lead,
    /// Why it is here.
    pub why: Why,
    /// Where it stands; `None` before it has started.
    pub execution: Option<Execution>,
    /// Its visits, oldest first.
    pub history: Vec<Visit>,
}

/// Where a lead's execution stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Execution {
    /// The lead's status.
    pub status: LeadStatus,
    /// The node it is at, or ended at.
    pub current_node_id: Option<NodeId>,
    /// When it entered that node.
    pub entered_at: Option<Time>,
    /// When it is planned to leave it, where that is known.
    pub release_at: Option<Time>,
    /// The call of this visit.
    pub call_id: Option<CallId>,
}

/// One visit of a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// The node.
    pub node_id: NodeId,
    /// Its label, as it is now or was when the node was deleted.
    pub node_label: String,
    /// Its type.
    pub node_type: NodeType,
    /// When the lead entered.
    pub entered_at: Time,
    /// When it left; `None` while it is here.
    pub exited_at: Option<Time>,
    /// When it was planned to leave, for delays.
    pub release_at: Option<Time>,
    /// The outcome that chose the edge.
    pub outcome: Option<String>,
    /// The edge taken.
    pub edge_id: Option<EdgeId>,
    /// Why: which condition matched, which call status it was, who moved it.
    pub reason: String,
    /// The call of this visit.
    pub call_id: Option<CallId>,
}

/// A call log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallLog {
    /// Its id.
    pub id: CallId,
    /// The workflow it was made for.
    pub workflow_id: WorkflowId,
    /// The lead that was called.
    pub lead_id: LeadId,
    /// The number that was called.
    pub phone_number: String,
    /// The node that called.
    pub node_id: NodeId,
    /// The agent that talks.
    pub agent_id: Option<AgentId>,
    /// Its status.
    pub status: CallStatus,
    /// 1 for the first dial.
    pub attempt: u32,
    /// Length of the conversation, in seconds.
    pub duration_seconds: Option<u32>,
    /// Why it ended, in the provider's words.
    pub end_reason: Option<String>,
    /// Who or what answered, where the provider says.
    pub answered_by: Option<AnsweredBy>,
    /// Its attempts, oldest first; one that could not be placed is none.
    pub attempts: Vec<Attempt>,
    /// What the conversation was found to contain.
    pub analysis: Variables,
    /// When it was created.
    pub created_at: Time,
    /// When it ended.
    pub ended_at: Option<Time>,
}

/// One attempt of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Its number, from 1.
    pub attempt: u32,
    /// Its status.
    pub status: CallStatus,
    /// Who or what answered, where the provider says.
    pub answered_by: Option<AnsweredBy>,
    /// When it was dialled.
    pub created_at: Time,
    /// When it ended.
    pub ended_at: Option<Time>,
    /// Why it ended, in the provider's words.
    pub end_reason: Option<String>,
}

/// A recorded fact about a workflow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its number in the workflow's history, from 0.
    pub seq: u64,
    /// When it happened.
    pub at: Time,
    /// What happened, a stable code such as `lead_moved`.
    pub kind: String,
    /// In words.
    pub message: String,
    /// The lead it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead_id: Option<LeadId>,
    /// The node it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node_id: Option<NodeId>,
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T> {
    /// The items of this page.
    pub data: Vec<T>,
    /// Which page it is, and of how many.
    pub meta: PageMeta,
}

/// Which page of how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PageMeta {
    /// From 1.
    pub page: u64,
    /// Items a page.
    pub limit: u64,
    /// Items in all.
    pub total: u64,
    /// Pages in all.
    pub total_pages: u64,
}

impl PageMeta {
    /// The meta of a page of a list with `total` items.
    pub fn new(page: u64, limit: u64, total: u64) -> PageMeta {
        PageMeta {
            page,
            limit,
            total,
            total_pages: total.div_ceil(limit.max(1)),
        }
    }
}
