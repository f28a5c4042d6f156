//! Agent workflows and their runs (SPEC 6): steps in order, pauses for a person, what is shown.

use serde::{Deserialize, Serialize};

use crate::condition::ConditionGroup;
use crate::{AgentId, DurationRange, LeadId, RunId, Time, Value, Variables, Webhook, WorkflowId};

/// What an agent does when a run of it is started.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct AgentWorkflow {
    /// How long a run may wait for a person, in seconds; `None`: the account's run timeout.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<u32>,
    /// Done in this order.
    pub steps: Vec<Step>,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// `^[a-zA-Z0-9_-]+$`, unique in the workflow.
    pub name: String,
    /// Skipped unless this holds; `None`: never skipped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<ConditionGroup>,
    /// What it does.
    #[serde(flatten)]
    pub action: StepAction,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum StepAction {
    /// Puts out values, made by expressions.
    Set(SetStep),
    /// Puts out `{"category": …}`.
    Classify(Classify),
    /// Delivers an HTTP request; puts out `{"status": …, "body": …}`.
    Http(Webhook),
    /// Pauses the run until a person answers; puts out the answer.
    Approval(Approval),
}

impl StepAction {
    /// The wire spelling of its type.
    pub fn name(&self) -> &'static str {
        match self {
            StepAction::Set(_) => "set",
            StepAction::Classify(_) => "classify",
            StepAction::Http(_) => "http",
            StepAction::Approval(_) => "approval",
        }
    }
}

/// The values a `set` step puts out. A text is a template; one that is a single `{{ expression }}`
/// gives the expression's value, whatever its type.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SetStep {
    /// Keys and values.
    #[serde(default)]
    pub values: Variables,
}

/// The rules of a `classify` step.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Classify {
    /// Tried in order; the first that holds gives the category.
    #[serde(default)]
    pub rules: Vec<CategoryRule>,
    /// The category when no rule holds; `None`: the step fails then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otherwise: Option<String>,
}

/// One rule of a `classify` step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CategoryRule {
    /// The category it gives.
    pub category: String,
    /// When.
    #[serde(flatten)]
    pub when: ConditionGroup,
}

/// What an `approval` step asks a person.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Approval {
    /// What sort of answer is asked for.
    #[serde(default)]
    pub action_type: ActionType,
    /// The question; a template.
    #[serde(default)]
    pub message: String,
    /// The possible answers; empty: any, or what fits the schema.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
    /// A JSON schema of the answer, of the keywords [`crate::schema::KEYWORDS`] names.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        alias = "inputSchema"
    )]
    pub input_schema: Option<Value>,
    /// Who is asked; a template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignee: Option<String>,
    /// How long the run waits here, in seconds; `None`: as the workflow says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<u32>,
    /// Who answers in the simulated world; `None`: nobody does, it waits for whoever answers by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub simulation: Option<PersonSimulation>,
}

/// What sort of answer a person is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ActionType {
    /// Yes or no to something.
    #[default]
    Confirmation,
    /// One of several.
    Decision,
    /// Something to type in.
    Input,
}

/// How the simulated world answers a pending action. Probabilities are integer weights.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PersonSimulation {
    /// What is answered; empty: each option alike.
    #[serde(default)]
    pub answers: Vec<SimulatedAnswer>,
    /// The weight of nobody answering at all.
    #[serde(default)]
    pub unanswered: u32,
    /// How long the answer takes; `None`: 60 to 3,600.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after_seconds: Option<DurationRange>,
}

/// One answer a simulated person may give.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SimulatedAnswer {
    /// The answer.
    pub input: Value,
    /// Its weight.
    pub weight: u32,
}

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunStatus {
    /// A step is in progress.
    Running,
    /// It waits for a person.
    Paused,
    /// Every step is done.
    Completed,
    /// A step failed, or nobody answered in time.
    Failed,
    /// Somebody ended it.
    Cancelled,
}

impl RunStatus {
    /// All of them.
    pub const ALL: [RunStatus; 5] = [
        RunStatus::Running,
        RunStatus::Paused,
        RunStatus::Completed,
        RunStatus::Failed,
        RunStatus::Cancelled,
    ];

    /// The wire spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            RunStatus::Running => "running",
            RunStatus::Paused => "paused",
            RunStatus::Completed => "completed",
            RunStatus::Failed => "failed",
            RunStatus::Cancelled => "cancelled",
        }
    }

    /// Whether it never changes again.
    pub fn is_final(self) -> bool {
        !matches!(self, RunStatus::Running | RunStatus::Paused)
    }
}

/// Where a step of a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StepStatus {
    /// A request is under way.
    Running,
    /// It waits for a person.
    Paused,
    /// It is done.
    Completed,
    /// Its condition did not hold.
    Skipped,
    /// It failed.
    Failed,
    /// The run was cancelled during it.
    Cancelled,
}

impl StepStatus {
    /// The wire spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            StepStatus::Running => "running",
            StepStatus::Paused => "paused",
            StepStatus::Completed => "completed",
            StepStatus::Skipped => "skipped",
            StepStatus::Failed => "failed",
            StepStatus::Cancelled => "cancelled",
        }
    }
}

/// What a paused run waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingAction {
    /// The step that waits.
    pub step: String,
    /// What sort of answer is asked for.
    #[serde(rename = "type")]
    pub action_type: ActionType,
    /// The question.
    pub message: String,
    /// The possible answers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
    /// The schema of the answer.
    #[serde(
        default,
        rename = "inputSchema",
        skip_serializing_if = "Option::is_none"
    )]
    pub input_schema: Option<Value>,
    /// Who is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignee: Option<String>,
}

/// A step of a run as a client sees it: only those that were begun, and not the one that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepResult {
    /// The step.
    pub name: String,
    /// Where it stands.
    pub status: StepStatus,
    /// What it put out; `null` unless completed.
    pub output: Value,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// What came of a run so far (SPEC 6).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunOutput {
    /// Where the run stands.
    pub status: RunStatus,
    /// The steps so far.
    pub steps: Vec<StepResult>,
    /// The output of the last step that was not skipped; `null` until completed.
    pub result: Value,
    /// What it waits for; `null` unless paused.
    #[serde(rename = "pendingAction")]
    pub pending_action: Option<PendingAction>,
}

/// The answer to starting, resuming and reading a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunAnswer {
    /// What came of it so far.
    pub output: RunOutput,
    /// The run.
    pub run_id: RunId,
}

/// The lead a run was started for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunLead {
    /// Its workflow.
    pub workflow_id: WorkflowId,
    /// The lead.
    pub lead_id: LeadId,
    /// Its number.
    pub phone_number: String,
}

/// A step of a run with what it was given and when it happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimedStep {
    /// The step.
    pub name: String,
    /// `set`, `classify`, `http` or `approval`.
    #[serde(rename = "type")]
    pub step_type: String,
    /// Where it stands; `null` for a step that was not reached.
    pub status: Option<StepStatus>,
    /// What it was given: the request of an `http` step, the question of an `approval`.
    pub input: Value,
    /// What it put out.
    pub output: Value,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// When it was begun.
    pub started_at: Option<Time>,
    /// When it ended.
    pub ended_at: Option<Time>,
}

/// Everything known of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunDetail {
    /// What clients of SPEC 6 expect.
    #[serde(flatten)]
    pub answer: RunAnswer,
    /// The agent.
    pub agent_id: AgentId,
    /// Its name when the run was started.
    pub agent_name: String,
    /// What it was asked to do.
    pub task: String,
    /// The state it was given.
    pub state: Variables,
    /// The lead it was started for; `null` when a client started it.
    pub lead: Option<RunLead>,
    /// Why it failed or was cancelled.
    pub error: Option<String>,
    /// When it was started.
    pub created_at: Time,
    /// When something happened to it last.
    pub updated_at: Time,
    /// When it fails unless somebody answers; `null` unless paused.
    pub expires_at: Option<Time>,
    /// Every step, those to come too.
    pub timeline: Vec<TimedStep>,
}
