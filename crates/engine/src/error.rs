//! Refusals. Each has a stable code; the state is as before. HTTP statuses belong to the API.

use leadline_model::{
    CallId, CallStatus, ChangeError, EdgeId, Finding, LeadId, NodeId, RunId, RunStatus,
    SubscriptionId, Time, WorkflowAction, WorkflowId, WorkflowStatus,
};

use crate::machines::IllegalTransition;

/// Why an input was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum EngineError {
    #[error("the workflow {0} does not exist")]
    UnknownWorkflow(WorkflowId),
    #[error("the node {0} does not exist in this workflow")]
    UnknownNode(NodeId),
    #[error("the edge {0} does not exist in this workflow")]
    UnknownEdge(EdgeId),
    #[error("the lead {0} does not exist in this workflow")]
    UnknownLead(LeadId),
    #[error("the call {0} does not exist")]
    UnknownCall(CallId),
    #[error("the agent `{0}` does not exist")]
    UnknownAgent(String),
    #[error("the phone number {0} is not one of yours")]
    UnknownPhoneNumber(String),
    #[error("the run {0} does not exist")]
    UnknownRun(RunId),
    #[error("no run of {name} can be started: {why}")]
    AgentNotReady { name: String, why: &'static str },
    #[error("the run is {} and waits for nobody: {reason}", .status.as_str())]
    RunNotWaiting {
        status: RunStatus,
        reason: &'static str,
    },
    #[error("the run waits at the step `{waiting}`, not at `{got}`")]
    RunAtOtherStep { waiting: String, got: String },
    #[error("the answer does not fit: {}", .0.join("; "))]
    BadAnswer(Vec<String>),
    #[error("the steps cannot run: {}", .0.join("; "))]
    BadSteps(Vec<String>),
    #[error("the subscription {0} does not exist")]
    UnknownSubscription(SubscriptionId),
    #[error("a workflow that is {status} cannot be {}; {hint}", done(*.action))]
    WrongStatus {
        action: WorkflowAction,
        status: WorkflowStatus,
        hint: &'static str,
    },
    #[error("a workflow that is {status} cannot be {what}")]
    NotPossibleNow {
        status: WorkflowStatus,
        what: &'static str,
    },
    #[error("the graph has {} that must be fixed first", problems(.0.len()))]
    InvalidGraph(Vec<Finding>),
    #[error("{0}")]
    Change(#[from] ChangeError),
    #[error("{count} lead(s) stand on node {node}; say where they move to")]
    LeadsOnNode { node: NodeId, count: u64 },
    #[error("the call ended as {was}; it cannot become {got}")]
    CallEnded { was: CallStatus, got: CallStatus },
    #[error("{0}")]
    Illegal(#[from] IllegalTransition),
    #[error("the lead is {0}; only a lead that is in the workflow can be moved")]
    LeadNotInside(&'static str),
    #[error("node {node} cannot produce the outcome `{outcome}`")]
    ImpossibleOutcome { node: NodeId, outcome: String },
    #[error("{what} is used by {by}; replace it there first")]
    InUse { what: String, by: String },
    #[error("{0}")]
    Invalid(String),
    #[error("{} of the leads cannot be enrolled: {}", .0.len(), rows(.0))]
    BadLeads(Vec<(usize, String)>),
    #[error("at most {limit} {what} are possible")]
    Limit { what: &'static str, limit: usize },
    #[error("time never goes back: it is {now}, and {got} was asked for")]
    TimeWentBack { now: Time, got: Time },
    #[error("the engine does not get past {at}; this is a fault of Leadline's, please report it")]
    Stalled { at: Time },
}

/// What an action makes of a workflow, in words.
fn done(action: WorkflowAction) -> &'static str {
    match action {
        WorkflowAction::Activate => "activated",
        WorkflowAction::Pause => "paused",
        WorkflowAction::Resume => "resumed",
        WorkflowAction::Cancel => "cancelled",
        WorkflowAction::Draft => "taken back to draft",
        WorkflowAction::Complete => "completed",
    }
}

fn problems(n: usize) -> String {
    if n == 1 {
        "1 problem".into()
    } else {
        format!("{n} problems")
    }
}

fn rows(rows: &[(usize, String)]) -> String {
    let shown: Vec<String> = rows
        .iter()
        .take(3)
        .map(|(row, message)| format!("lead {row}: {message}"))
        .collect();
    shown.join("; ")
}

/// What sort of refusal an error is: what hosts choose their own codes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// Something does not exist.
    Unknown,
    /// It is not possible in the state things are in.
    NotNow,
    /// The graph has errors.
    Graph,
    /// The input is wrong in itself.
    Invalid,
    /// The engine is at fault.
    Fault,
}

impl EngineError {
    /// What sort of refusal it is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            EngineError::UnknownWorkflow(_)
            | EngineError::UnknownNode(_)
            | EngineError::UnknownEdge(_)
            | EngineError::UnknownLead(_)
            | EngineError::UnknownCall(_)
            | EngineError::UnknownAgent(_)
            | EngineError::UnknownPhoneNumber(_)
            | EngineError::UnknownRun(_)
            | EngineError::UnknownSubscription(_) => ErrorKind::Unknown,
            EngineError::WrongStatus { .. }
            | EngineError::NotPossibleNow { .. }
            | EngineError::LeadsOnNode { .. }
            | EngineError::CallEnded { .. }
            | EngineError::Illegal(_)
            | EngineError::LeadNotInside(_)
            | EngineError::AgentNotReady { .. }
            | EngineError::RunNotWaiting { .. }
            | EngineError::RunAtOtherStep { .. }
            | EngineError::InUse { .. } => ErrorKind::NotNow,
            EngineError::InvalidGraph(_) => ErrorKind::Graph,
            EngineError::Change(_)
            | EngineError::ImpossibleOutcome { .. }
            | EngineError::Invalid(_)
            | EngineError::BadLeads(_)
            | EngineError::BadAnswer(_)
            | EngineError::BadSteps(_)
            | EngineError::Limit { .. }
            | EngineError::TimeWentBack { .. } => ErrorKind::Invalid,
            EngineError::Stalled { .. } => ErrorKind::Fault,
        }
    }

    /// A stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            EngineError::UnknownWorkflow(_) => "unknown_workflow",
            EngineError::UnknownNode(_) => "unknown_node",
            EngineError::UnknownEdge(_) => "unknown_edge",
            EngineError::UnknownLead(_) => "unknown_lead",
            EngineError::UnknownCall(_) => "unknown_call",
            EngineError::UnknownAgent(_) => "unknown_agent",
            EngineError::UnknownPhoneNumber(_) => "unknown_phone_number",
            EngineError::UnknownRun(_) => "unknown_run",
            EngineError::AgentNotReady { .. } => "agent_not_ready",
            EngineError::RunNotWaiting { .. } => "run_not_waiting",
            EngineError::RunAtOtherStep { .. } => "run_at_other_step",
            EngineError::BadAnswer(_) => "bad_answer",
            EngineError::BadSteps(_) => "bad_steps",
            EngineError::UnknownSubscription(_) => "unknown_subscription",
            EngineError::WrongStatus { .. } => "wrong_status",
            EngineError::NotPossibleNow { .. } => "not_possible_now",
            EngineError::InvalidGraph(_) => "invalid_graph",
            EngineError::Change(_) => "invalid_change",
            EngineError::LeadsOnNode { .. } => "leads_on_node",
            EngineError::CallEnded { .. } => "call_ended",
            EngineError::Illegal(_) => "illegal_transition",
            EngineError::LeadNotInside(_) => "lead_not_inside",
            EngineError::ImpossibleOutcome { .. } => "impossible_outcome",
            EngineError::InUse { .. } => "in_use",
            EngineError::Invalid(_) => "invalid",
            EngineError::BadLeads(_) => "bad_leads",
            EngineError::Limit { .. } => "limit",
            EngineError::TimeWentBack { .. } => "time_went_back",
            EngineError::Stalled { .. } => "stalled",
        }
    }
}
