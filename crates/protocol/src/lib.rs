//! The messages between the page and its engine worker.
//!
//! The page asks ([`Request`]), the worker answers each request once ([`Reply`]) and tells what
//! changed ([`Notice`]). All cross the boundary as JSON text: small, and the same in every tab,
//! whether the engine runs in this tab's worker or in another tab's. What is large or only used in some
//! places is [`Written`] into a message, so that whoever passes it on need not read it. File bytes and other bulk go
//! beside the text as transferred buffers, see [`Request::ReadLeadFile`].

mod api;
mod leads;
mod runs;
mod simulation;
mod storage;
mod sync;
mod written;

use std::collections::BTreeMap;

use leadline_model::run::RunDetail;
use leadline_model::view::{CallLog, Event, LeadHistory, NodeCounts, Page, WorkflowSummary};
use leadline_model::{
    Account, Agent, AgentId, AgentWorkflow, CallId, CallStatus, Change, Definition, Finding,
    Findings, LeadId, NodeId, PhoneNumber, RunId, Time, Value, Variables, Workflow, WorkflowAction,
    WorkflowId,
};
use serde::{Deserialize, Serialize};

pub use api::{ApiAsk, ApiTell};
pub use leads::{
    BadRow, Enrolment, FileProgress, LeadFilePreview, LeadPage, LeadQuery, LeadSort, VariablePlan,
};
pub use runs::{Inbox, RunQuery, Runs};
pub use simulation::{Clock, Frame, PlayState, Reach, ScenarioOutcome, Speed, Traveller};
pub use storage::{Role, SaveState, StorageReport};
pub use sync::{
    AskThere, Choice, Conflict, FileWrites, Link, LinkState, LogLine, OpenConflict, Place,
    QueueState, Queued, Remote, RemoteId, RemoteKind, RemoteState, Revision, Side, Subject,
    SyncNotice, SyncReply, SyncRequest, There,
};
pub use written::{Written, inside};

/// A request with the number its reply will carry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Envelope {
    /// Unique among all tabs: the tab's random number, then a counter. A request that is sent again
    /// under the same number, because the leading tab died, takes effect once.
    pub id: String,
    /// What is asked.
    pub request: Request,
}

/// What the page asks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// Who are you, what time is it: answered by [`Reply::Hello`].
    Hello,
    /// All workflows, newest first: [`Reply::Workflows`].
    ListWorkflows,
    /// Creates a draft with this definition (ids inside are kept): [`Reply::Workflow`].
    CreateWorkflow {
        /// Title, graph and settings.
        definition: Written<Definition>,
    },
    /// Creates a draft from an exported file (see [`Request::ExportWorkflow`]) or a bare definition;
    /// ids are made anew: [`Reply::Imported`], or [`ProblemCode::BadFile`].
    ImportWorkflow {
        /// The file's text.
        json: String,
    },
    /// The workflow as a file's text: [`Reply::File`].
    ExportWorkflow {
        /// Which.
        workflow_id: WorkflowId,
    },
    /// The workflow, its graph and its findings: [`Reply::Document`].
    GetDocument {
        /// Which.
        workflow_id: WorkflowId,
    },
    /// Applies all changes or none, durably: [`Reply::Edited`]. The others hear of it by
    /// [`Notice::Edited`] and [`Notice::Workflow`], the tab that asks by its answer alone, and it knows
    /// without being told that saving goes on until then.
    Edit {
        /// Which.
        workflow_id: WorkflowId,
        /// What changes.
        changes: Written<Vec<Change>>,
        /// What is kept beside the workflow and belongs to the edit, such as its step of undo: stored with
        /// it, in one commit, and not at all when it is refused.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        notes: Vec<Note>,
    },
    /// What edits to an active workflow would be refused for, and all else that is wrong with this
    /// definition: [`Reply::Findings`].
    Validate {
        /// Whose leads and status to consider.
        workflow_id: WorkflowId,
        /// The definition as it would be.
        definition: Written<Definition>,
    },
    /// Activate, pause, resume, cancel, draft, complete: [`Reply::Workflow`].
    Act {
        /// Which.
        workflow_id: WorkflowId,
        /// What.
        action: WorkflowAction,
    },
    /// A new draft with the same graph: [`Reply::Workflow`].
    Duplicate {
        /// Which.
        workflow_id: WorkflowId,
    },
    /// Deletes the workflow; its call logs stay: [`Reply::Done`].
    DeleteWorkflow {
        /// Which.
        workflow_id: WorkflowId,
    },
    /// Deletes a node on which leads stand, moving them: [`Reply::Edited`].
    DeleteNodeMovingLeads {
        /// Which workflow.
        workflow_id: WorkflowId,
        /// Which node.
        node_id: NodeId,
        /// Where its leads go.
        to_node_id: NodeId,
    },
    /// Agents and numbers and account limits: [`Reply::Library`].
    GetLibrary,
    /// Creates (`id` `None`) or changes an agent: [`Reply::Agent`].
    PutAgent {
        /// Which, or a new one.
        id: Option<AgentId>,
        /// `^[a-zA-Z0-9_-]+$`, unique.
        name: String,
        /// The prompt template.
        prompt: String,
        /// The steps of its runs; `None`: it only talks.
        #[serde(default)]
        workflow: Option<Written<AgentWorkflow>>,
        /// Whether it can be used.
        active: bool,
    },
    /// Deletes an agent no workflow uses: [`Reply::Done`].
    DeleteAgent {
        /// Which.
        id: AgentId,
    },
    /// Creates or changes a number: [`Reply::PhoneNumber`].
    PutPhoneNumber {
        /// E.164.
        phone_number: String,
        /// What people call it.
        label: String,
        /// Whether it can be used.
        active: bool,
    },
    /// Deletes a number no workflow uses: [`Reply::Done`].
    DeletePhoneNumber {
        /// E.164.
        phone_number: String,
    },
    /// Starts a run of an agent's workflow: [`Reply::Run`].
    StartRun {
        /// The agent's name.
        agent: String,
        /// What the run is for.
        task: String,
        /// What its steps begin with.
        state: Variables,
    },
    /// Answers what a paused run waits for: [`Reply::Run`].
    ResumeRun {
        /// Which.
        run_id: RunId,
        /// The step that waits; another one is refused, since somebody else was faster.
        step: String,
        /// The answer.
        answer: Value,
    },
    /// Ends a run that runs or waits: [`Reply::Run`].
    CancelRun {
        /// Which.
        run_id: RunId,
    },
    /// One run: [`Reply::Run`].
    GetRun {
        /// Which.
        run_id: RunId,
    },
    /// Runs, newest first: [`Reply::Runs`].
    ListRuns {
        /// Which.
        query: RunQuery,
    },
    /// Everything that waits for a person, what expires first first: [`Reply::Inbox`].
    Inbox,
    /// Changes the account's limits: [`Reply::Library`].
    PutAccount {
        /// The limits.
        account: Account,
    },
    /// Reads an uploaded list; the file's bytes are transferred beside this message. Progress comes
    /// as [`Notice::File`]. Nothing is enrolled: [`Reply::LeadFile`].
    ReadLeadFile {
        /// The file's name, shown in messages.
        name: String,
    },
    /// Serves the REST API of an engine of its own over the port that is transferred beside this message,
    /// for the playground: see [`ApiAsk`]. [`Reply::Done`], or [`ProblemCode::Unfetched`].
    ServeApi,
    /// Drops a list that was read, or stops reading it: [`Reply::Done`].
    ForgetLeadFile {
        /// The number [`Reply::LeadFile`] gave.
        file: u32,
    },
    /// Corrects cells of a list that was read, or leaves rows out, and judges it anew:
    /// [`Reply::LeadFile`].
    CorrectLeadFile {
        /// The number [`Reply::LeadFile`] gave.
        file: u32,
        /// (row number, column name, new text).
        cells: Vec<(u64, String, String)>,
        /// Row numbers to leave out.
        leave_out: Vec<u64>,
    },
    /// Enrols a list that was read; refused while it has bad rows: [`Reply::Enrolled`].
    EnrolLeadFile {
        /// Where to.
        workflow_id: WorkflowId,
        /// The number [`Reply::LeadFile`] gave.
        file: u32,
    },
    /// Enrols generated leads: [`Reply::Enrolled`].
    GenerateLeads {
        /// Where to.
        workflow_id: WorkflowId,
        /// How many, at most 1,000,000.
        count: u32,
        /// Which variables they have.
        variables: Vec<VariablePlan>,
        /// The seed of their values.
        seed: u64,
    },
    /// Enrols one lead: [`Reply::Enrolled`].
    EnrolLead {
        /// Where to.
        workflow_id: WorkflowId,
        /// E.164.
        phone_number: String,
        /// Its variables.
        variables: Variables,
    },
    /// A page of leads: [`Reply::Leads`].
    ListLeads {
        /// Which and how sorted.
        query: LeadQuery,
    },
    /// One lead's path and why it is here: [`Reply::Lead`].
    GetLead {
        /// Its workflow.
        workflow_id: WorkflowId,
        /// Which.
        lead_id: LeadId,
    },
    /// Moves a lead to a node: [`Reply::Lead`].
    MoveLead {
        /// Its workflow.
        workflow_id: WorkflowId,
        /// Which.
        lead_id: LeadId,
        /// Where to.
        to_node_id: NodeId,
    },
    /// Gives a lead's step an outcome: [`Reply::Lead`].
    ResolveLead {
        /// Its workflow.
        workflow_id: WorkflowId,
        /// Which.
        lead_id: LeadId,
        /// An outcome its node can produce.
        outcome: String,
    },
    /// Takes a lead out; its history stays: [`Reply::Done`].
    RemoveLead {
        /// Its workflow.
        workflow_id: WorkflowId,
        /// Which.
        lead_id: LeadId,
    },
    /// Variable keys of the workflow's leads: [`Reply::VariableKeys`].
    VariableKeys {
        /// Which.
        workflow_id: WorkflowId,
    },
    /// Call logs, newest first: [`Reply::Calls`].
    ListCalls {
        /// Only of this workflow.
        workflow_id: Option<WorkflowId>,
        /// Only of this lead.
        lead_id: Option<LeadId>,
        /// Only with this status.
        status: Option<CallStatus>,
        /// From 1.
        page: u64,
        /// At most 100.
        limit: u64,
    },
    /// Reports a call's status by hand, as its provider would: [`Reply::Call`].
    ReportCall {
        /// Which.
        call_id: CallId,
        /// Its status.
        status: CallStatus,
        /// What the conversation contained.
        analysis: Variables,
    },
    /// Events of a workflow, newest first: [`Reply::Events`].
    ListEvents {
        /// Which.
        workflow_id: WorkflowId,
        /// Only older than this number.
        before: Option<u64>,
        /// At most 500.
        limit: u64,
    },
    /// Counts at each node: [`Reply::Counts`].
    NodeCounts {
        /// Which.
        workflow_id: WorkflowId,
    },
    /// From now on frames of this workflow are sent to this tab, at most 60 a second; `None` stops
    /// them: [`Reply::Done`].
    Watch {
        /// Which.
        workflow_id: Option<WorkflowId>,
    },
    /// Lets the simulated clock run: [`Reply::Clock`].
    Play {
        /// How fast.
        speed: Speed,
    },
    /// Stops the simulated clock: [`Reply::Clock`].
    Stop,
    /// Moves to the next instant a tick of the configured grid would fall on (one second where there
    /// is none) and ticks: [`Reply::Clock`].
    Tick,
    /// Moves to the next instant at which something is due and ticks: [`Reply::Clock`].
    NextEvent,
    /// Runs to an instant, with progress as [`Notice::Clock`]; [`Request::Stop`] ends it early:
    /// [`Reply::Clock`] at once, playing.
    RunTo {
        /// Where to.
        to: Time,
    },
    /// Runs until nothing is due any more, as [`Request::RunTo`] does.
    RunToEnd,
    /// Puts the workflow's leads back to `pending` and the workflow to draft; calls, history and
    /// luck start anew with the seed: [`Reply::Workflow`].
    Reset {
        /// Which.
        workflow_id: WorkflowId,
        /// The new seed; `None` keeps it.
        seed: Option<u64>,
    },
    /// The digest over the history of everything: [`Reply::Digest`].
    Digest,
    /// Runs a scenario apart from everything stored: [`Reply::Scenario`].
    RunScenario {
        /// The file's text.
        json: String,
    },
    /// A workflow, its leads and what a run of them comes to, as a scenario file: [`Reply::File`].
    SaveScenario {
        /// Which.
        workflow_id: WorkflowId,
    },
    /// How much is stored and whether the browser may clear it: [`Reply::Storage`].
    StorageReport,
    /// Everything as one file's text: [`Reply::File`].
    ExportBackup,
    /// Replaces everything with a backup, after checking it whole: [`Reply::Done`].
    ImportBackup {
        /// The file's text.
        json: String,
    },
    /// Deletes everything: [`Reply::Done`].
    ClearEverything,
    /// Keeps a small text (undo history, view, preferences) under a key: [`Reply::Done`].
    PutNote {
        /// At most 200 characters.
        key: String,
        /// At most 16 MiB; `None` deletes it.
        text: Option<String>,
    },
    /// The text under a key: [`Reply::Note`].
    GetNote {
        /// The key.
        key: String,
    },
    /// The texts under all keys that begin so: [`Reply::Notes`].
    GetNotes {
        /// The beginning of the keys.
        prefix: String,
    },
    /// Writes everything now: the page is about to hide. [`Reply::Done`] when durable.
    Flush,
    /// The remotes of this browser and how they stand: [`Reply::Remotes`].
    Remotes,
    /// How a workflow is linked and what both sides changed in it: [`Reply::Linked`].
    Linked {
        /// Which.
        workflow_id: WorkflowId,
    },
    /// Does something about remotes. Answered by [`Reply::Remotes`] where [`SyncRequest`] says nothing
    /// else.
    Sync(Written<SyncRequest>),
    /// Queues a list of leads that was read for the workflow's remote: [`SyncReply::Queued`].
    EnrolLeadFileThere {
        /// Which.
        workflow_id: WorkflowId,
        /// The number [`Reply::LeadFile`] gave.
        file: u32,
    },
}

/// A small text under a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// At most 200 characters.
    pub key: String,
    /// At most 16 MiB; `None` deletes it.
    pub text: Option<String>,
}

/// The answer to a request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Response {
    /// The number of the request.
    pub id: String,
    /// What came of it.
    pub result: Result<Written<Reply>, Problem>,
}

/// What the worker answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Reply {
    Done,
    Hello(Hello),
    Workflows(Vec<WorkflowSummary>),
    Workflow(WorkflowSummary),
    Imported(Imported),
    File(ExportedFile),
    Document(Document),
    Edited(Edited),
    Findings(Findings),
    Library(Library),
    Agent(Agent),
    PhoneNumber(PhoneNumber),
    LeadFile(LeadFilePreview),
    Enrolled(Enrolment),
    Leads(LeadPage),
    Lead(Box<LeadHistory>),
    VariableKeys(Vec<String>),
    Calls(Page<CallLog>),
    Call(CallLog),
    Run(Box<RunDetail>),
    Runs(Runs),
    Inbox(Inbox),
    Events(Vec<Event>),
    Counts(Vec<NodeCounts>),
    Clock(Clock),
    Digest(String),
    Scenario(ScenarioOutcome),
    Storage(StorageReport),
    Note(Option<String>),
    Notes(BTreeMap<String, String>),
    Remotes(Vec<Remote>),
    Linked(Option<Link>),
    Sync(Written<SyncReply>),
}

/// A refused or failed request: what is wrong and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// A stable code for the page to act on.
    pub code: ProblemCode,
    /// In words.
    pub message: String,
    /// Where there are any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
}

/// The stable codes of [`Problem`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProblemCode {
    /// It does not exist.
    NotFound,
    /// Not possible in the present state.
    Conflict,
    /// The request itself is wrong.
    Invalid,
    /// The graph is invalid; `findings` says why.
    InvalidGraph,
    /// An imported file cannot be read; nothing changed.
    BadFile,
    /// It needs a connection to the remote, and there is none: nothing was asked.
    Offline,
    /// The remote was asked and did not answer: whether it did anything is not known.
    Unanswered,
    /// The remote refuses it, in its words.
    Remote,
    /// The part of the worker that does it could not be fetched; nothing was done.
    Unfetched,
    /// It could not be saved; it is kept in memory and the page should offer an export.
    NotSaved,
    /// A fault of ours.
    Internal,
}

/// The first answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hello {
    /// Version of the program.
    pub version: String,
    /// The engine's clock.
    pub clock: Clock,
    /// Whether this tab runs the engine or follows another.
    pub role: Role,
    /// How saving stands.
    pub save: SaveState,
    /// How many runs wait for a person.
    pub pending_actions: u64,
    /// What the database was upgraded from, when it was just now.
    pub upgraded_from: Option<u32>,
}

/// A workflow with its graph.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// The workflow and its counts.
    pub summary: WorkflowSummary,
    /// Title, description, settings, nodes, edges.
    pub definition: Definition,
    /// Grows with each edit.
    pub revision: u64,
    /// What is wrong with it.
    pub findings: Findings,
    /// The seed of its simulated luck.
    pub seed: u64,
}

/// A durable edit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Edited {
    /// The revision it made.
    pub revision: u64,
    /// What is wrong with the definition now.
    pub findings: Findings,
    /// The workflow as it is now; all others are told it by [`Notice::Workflow`]. `None` where the
    /// edit was carried out before and this answer is repeated: what it was then may not be true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<WorkflowSummary>,
}

/// An edit as those hear of it who did not ask for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToldEdit {
    /// The revision it made.
    pub revision: u64,
    /// The number of the request that did it; empty: none did.
    pub request: String,
    /// What changed.
    pub changes: Vec<Change>,
    /// What is wrong with it now.
    pub findings: Findings,
}

/// A workflow that was made from a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Imported {
    /// The workflow.
    pub summary: WorkflowSummary,
    /// What stood in the file and is not in it, place by place in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<String>,
}

/// Agents, numbers and limits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Library {
    /// By name.
    pub agents: Vec<Agent>,
    /// By number.
    pub phone_numbers: Vec<PhoneNumber>,
    /// The limits.
    pub account: Account,
}

/// A file to hand to the user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportedFile {
    /// A file name with extension.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// What the worker tells without being asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// The list of workflows changed: read it again. What only changes one of them is told by
    /// [`Notice::Workflow`].
    Workflows,
    /// Status, title or counts of a workflow changed.
    Workflow(WorkflowSummary),
    /// A workflow was edited, by another tab or for this one, but not by its own [`Request::Edit`].
    Edited {
        /// Which.
        workflow_id: WorkflowId,
        /// How, for whoever has it open.
        edit: Written<ToldEdit>,
    },
    /// A workflow is gone.
    Deleted {
        /// Which.
        workflow_id: WorkflowId,
    },
    /// Agents, numbers or limits changed.
    Library(Written<Library>),
    /// Leads were enrolled, moved or removed by hand.
    Leads {
        /// In which workflow.
        workflow_id: WorkflowId,
    },
    /// A run was started, went on or ended, by hand or as time passed; at most 4 times a second while
    /// the clock plays.
    Runs {
        /// How many wait for a person now.
        pending: u64,
    },
    /// The clock moved, started or stopped.
    Clock(Clock),
    /// The picture of a watched workflow.
    Frame(Written<Frame>),
    /// How saving stands.
    Save(SaveState),
    /// This tab's role changed.
    Role(Role),
    /// Another tab is open, and the browser has no means here by which tabs could work together: what is
    /// changed in both cannot be stored.
    Apart,
    /// How far a list was read.
    File(FileProgress),
    /// Something about remotes changed.
    Sync(SyncNotice),
    /// Everything was replaced or deleted: read again what is shown.
    Replaced,
    /// The engine cannot go on; in words.
    Failed(String),
}

/// What the worker posts to the page, as JSON text: `{"response": …}` or `{"notice": …}`. The page
/// posts the JSON text of an [`Envelope`], or the pair of that text and an `ArrayBuffer`. The worker
/// speaks first ([`Notice::Role`]): the page holds its requests back until then.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FromWorker {
    /// The answer to a request.
    Response(Response),
    /// Told without being asked.
    Notice(Written<Notice>),
}

/// A workflow as a file: `{"leadline": 1, "workflow": …}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WorkflowFile {
    /// The version of the format, [`WorkflowFile::VERSION`].
    pub leadline: u32,
    /// The graph.
    pub workflow: Definition,
    /// Its status when it was exported, for the reader's information.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exported: Option<Workflow>,
}

impl WorkflowFile {
    /// The version written.
    pub const VERSION: u32 = 1;
}
