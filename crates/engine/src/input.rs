//! What enters the engine: the journal is a list of these.

use leadline_model::{
    Account, AgentId, AgentWorkflow, AnsweredBy, CallId, CallStatus, Change, Definition, EventKind,
    Findings, LeadId, NodeId, RunId, SubscriptionId, Value, Variables, WorkflowAction, WorkflowId,
};
use serde::{Deserialize, Serialize};

/// One input. Everything that ever changes the state is one of these.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "input", rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Input {
    /// Creates a draft.
    CreateWorkflow { definition: Definition },
    /// Applies all changes or none. Leads that wait at a delay keep theirs, unless what changes is
    /// applied to them too: they wait then as if it had been so when they entered.
    Edit {
        workflow_id: WorkflowId,
        changes: Vec<Change>,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        apply_to_waiting: bool,
    },
    /// Replaces title, description, settings and graph as one.
    ReplaceDefinition {
        workflow_id: WorkflowId,
        definition: Definition,
    },
    /// Deletes a node with its edges after moving the leads that stand on it.
    DeleteNodeMovingLeads {
        workflow_id: WorkflowId,
        node_id: NodeId,
        to_node_id: NodeId,
    },
    /// Activate, pause, resume, cancel, draft, complete.
    Act {
        workflow_id: WorkflowId,
        action: WorkflowAction,
    },
    /// A new draft with the same graph.
    Duplicate { workflow_id: WorkflowId },
    /// Deletes a workflow; its call logs stay.
    DeleteWorkflow { workflow_id: WorkflowId },
    /// Creates or changes an agent.
    PutAgent {
        id: Option<AgentId>,
        name: String,
        prompt: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        workflow: Option<AgentWorkflow>,
        active: bool,
    },
    /// Deletes an agent that no workflow uses.
    DeleteAgent { id: AgentId },
    /// Creates or changes a number.
    PutPhoneNumber {
        phone_number: String,
        label: String,
        active: bool,
    },
    /// Deletes a number that no workflow uses.
    DeletePhoneNumber { phone_number: String },
    /// Creates or changes a subscription to events. Without a secret one that exists keeps its own.
    PutSubscription {
        id: Option<SubscriptionId>,
        url: String,
        description: String,
        events: Vec<EventKind>,
        active: bool,
        secret: Option<String>,
    },
    /// Ends a subscription.
    DeleteSubscription { id: SubscriptionId },
    /// Changes the account's limits.
    PutAccount { account: Account },
    /// Enrols leads: all, or none when one is bad.
    Enrol {
        workflow_id: WorkflowId,
        leads: LeadBatch,
    },
    /// Moves a lead to a node.
    MoveLead {
        workflow_id: WorkflowId,
        lead_id: LeadId,
        to_node_id: NodeId,
    },
    /// Gives a lead's step an outcome.
    ResolveLead {
        workflow_id: WorkflowId,
        lead_id: LeadId,
        outcome: String,
    },
    /// Takes a lead out; its history stays.
    RemoveLead {
        workflow_id: WorkflowId,
        lead_id: LeadId,
    },
    /// What the call provider says of a call.
    ReportCall { call_id: CallId, report: CallReport },
    /// The provider could not be reached, or takes no calls: nobody was called. The attempt is made
    /// again after a pause, of `retry_after_seconds` at least. Nothing happens when it is over.
    CallNotPlaced {
        call_id: CallId,
        attempt: u16,
        reason: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after_seconds: Option<u32>,
    },
    /// Changes variables of a lead; `null` takes one away.
    ChangeLead {
        workflow_id: WorkflowId,
        lead_id: LeadId,
        variables: Variables,
    },
    /// What came of the request of a lead's step. Nothing happens when its step is over, or is a run.
    ReportAction {
        workflow_id: WorkflowId,
        lead_id: LeadId,
        result: ActionResult,
    },
    /// Starts a run of an agent's workflow (SPEC 6).
    StartRun {
        agent_name: String,
        task: String,
        #[serde(default)]
        state: Variables,
    },
    /// Answers what a paused run waits for: of several only the first one counts.
    ResumeRun {
        run_id: RunId,
        step: String,
        answer: Value,
    },
    /// Ends a run that runs or waits.
    CancelRun { run_id: RunId },
    /// What came of the request of a run's step; of no effect when the step is over.
    ReportRun {
        run_id: RunId,
        step: String,
        result: ActionResult,
    },
    /// Puts leads back to pending and the workflow to draft; only on simulated hosts.
    Reset {
        workflow_id: WorkflowId,
        seed: Option<u64>,
    },
    /// Does everything due.
    Tick,
}

/// Leads to enrol, by column: `phone_number` beside the values of each key. A `null` cell means that
/// the lead does not have the variable.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LeadBatch {
    /// Variable keys, one for each column of `rows`.
    pub keys: Vec<String>,
    /// Phone number and values of each lead.
    pub rows: Vec<(String, Vec<Value>)>,
}

/// A call provider's word about a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallReport {
    /// The new status.
    pub status: CallStatus,
    /// Length of the conversation, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_seconds: Option<u32>,
    /// Why it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_reason: Option<String>,
    /// Who or what answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_by: Option<AnsweredBy>,
    /// What the conversation was found to contain.
    #[serde(default, skip_serializing_if = "Variables::is_empty")]
    pub analysis: Variables,
}

impl CallReport {
    /// A report of a status and nothing else.
    pub fn of(status: CallStatus) -> CallReport {
        CallReport {
            status,
            duration_seconds: None,
            end_reason: None,
            answered_by: None,
            analysis: Variables::new(),
        }
    }
}

/// What came of an application action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionResult {
    /// Whether the action succeeded.
    pub success: bool,
    /// The HTTP status, where there was one.
    #[serde(default)]
    pub status: Option<u16>,
    /// The answered body.
    #[serde(default)]
    pub body: Value,
    /// What went wrong.
    #[serde(default)]
    pub error: Option<String>,
}

/// What an input answers.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Output {
    /// Nothing beyond having been done.
    Done,
    /// The workflow that was created.
    Workflow(WorkflowId),
    /// The agent that was created or changed.
    Agent(AgentId),
    /// The run that was started, resumed or cancelled.
    Run(RunId),
    /// The subscription that was created or changed.
    Subscription(SubscriptionId),
    /// The new revision of an edited definition, what is wrong with it, and how many leads wait at delays
    /// whose length changed.
    Edited {
        revision: u64,
        changes: Vec<Change>,
        findings: Findings,
        waiting: u64,
    },
    /// How many leads were enrolled, how many skipped, and the number of the first new one.
    Enrolled {
        enrolled: u64,
        skipped: u64,
        ids: Vec<LeadId>,
    },
}
