//! What each request does: one file per group. A handler reads the session and answers, or hands an
//! input to [`Host::change`] with how to describe what came of it.

mod calls;
mod leads;
mod library;
mod problems;
mod runs;
mod scenarios;
mod storage;
mod workflows;

use leadline_engine::{EngineError, Input, Output};
use leadline_model::WorkflowId;
use leadline_protocol::{Hello, Note, Notice, Problem, Reply, Request, Role, Written};
use leadline_sim::{Session, SessionInput};
use serde::de::DeserializeOwned;

use crate::host::{Host, Look, Moment, Who};
use crate::tabs::Ask;

pub(crate) use problems::{invalid, problem};
pub(crate) use scenarios::{run as run_scenario, save as save_scenario};
pub(crate) use workflows::edited_alone as edited_notices;

/// What came of an input.
pub(crate) struct Outcome {
    /// For whoever asked.
    pub reply: Reply,
    /// For everybody, or for everybody else where the input is an edit.
    pub notices: Vec<Notice>,
    /// The workflow that whoever asked has edited: they are answered what it is now.
    pub edited: Option<WorkflowId>,
    /// Kept with the input.
    pub notes: Vec<Note>,
}

impl Outcome {
    fn new(reply: Reply, notices: Vec<Notice>) -> Outcome {
        Outcome {
            reply,
            notices,
            edited: None,
            notes: Vec::new(),
        }
    }
}

pub(crate) type Told = Result<Outcome, EngineError>;

/// Pages of lists are at most this long.
const MOST_ROWS: u64 = 100;
/// Events in one answer.
const MOST_EVENTS: u64 = 500;

/// Does what is asked.
pub(crate) fn handle(host: &mut Host, who: Who, ask: Ask, at: Moment) {
    let request = match ask {
        Ask::Enrol { workflow_id, leads } => {
            return leads::enrol(host, who, workflow_id, leads, at);
        }
        Ask::Request(request) => request,
    };
    match request {
        Request::Hello => {
            let hello = hello(host);
            host.reply(who, Ok(Reply::Hello(hello)));
        }
        Request::Play { speed } => host.play(who, speed, at),
        Request::Stop => host.stop(who, at),
        Request::Tick => host.tick(who, at),
        Request::NextEvent => host.next_event(who, at),
        Request::RunTo { to } => host.run(who, Some(to), at),
        Request::RunToEnd => host.run(who, None, at),
        Request::Watch { workflow_id } => host.watch(who, workflow_id),
        Request::Digest => {
            let digest = host.session().digest();
            host.reply(who, Ok(Reply::Digest(digest)));
        }
        request @ (Request::ListWorkflows
        | Request::CreateWorkflow { .. }
        | Request::ImportWorkflow { .. }
        | Request::ExportWorkflow { .. }
        | Request::GetDocument { .. }
        | Request::Edit { .. }
        | Request::Validate { .. }
        | Request::Act { .. }
        | Request::Duplicate { .. }
        | Request::DeleteWorkflow { .. }
        | Request::DeleteNodeMovingLeads { .. }
        | Request::NodeCounts { .. }
        | Request::ListEvents { .. }
        | Request::Reset { .. }) => workflows::handle(host, who, request, at),
        request @ (Request::GetLibrary
        | Request::PutAgent { .. }
        | Request::DeleteAgent { .. }
        | Request::PutPhoneNumber { .. }
        | Request::DeletePhoneNumber { .. }
        | Request::PutAccount { .. }) => library::handle(host, who, request, at),
        request @ (Request::GenerateLeads { .. }
        | Request::EnrolLead { .. }
        | Request::ListLeads { .. }
        | Request::GetLead { .. }
        | Request::MoveLead { .. }
        | Request::ResolveLead { .. }
        | Request::RemoveLead { .. }
        | Request::VariableKeys { .. }) => leads::handle(host, who, request, at),
        request @ (Request::RunScenario { .. } | Request::SaveScenario { .. }) => {
            scenarios::handle(host, who, request);
        }
        request @ (Request::StartRun { .. }
        | Request::ResumeRun { .. }
        | Request::CancelRun { .. }
        | Request::GetRun { .. }
        | Request::ListRuns { .. }
        | Request::Inbox) => runs::handle(host, who, request, at),
        request @ (Request::ListCalls { .. } | Request::ReportCall { .. }) => {
            calls::handle(host, who, request, at);
        }
        request @ (Request::StorageReport
        | Request::ExportBackup
        | Request::ImportBackup { .. }
        | Request::ClearEverything
        | Request::PutNote { .. }
        | Request::GetNote { .. }
        | Request::GetNotes { .. }
        | Request::Flush) => storage::handle(host, who, request, at),
        Request::Remotes => host.look_at_remotes(who, Look::Remotes),
        Request::Linked { workflow_id } => host.look_at_remotes(who, Look::Link(workflow_id)),
        Request::Sync(request) => host.ask_remotes(who, request, at),
        Request::ReadLeadFile { .. }
        | Request::ForgetLeadFile { .. }
        | Request::CorrectLeadFile { .. }
        | Request::EnrolLeadFile { .. }
        | Request::EnrolLeadFileThere { .. } => {
            let message = "lists are read by the worker of the tab that opened them";
            host.reply(who, Err(invalid(message)));
        }
        Request::ServeApi => {
            let message = "an API is served by the worker of the tab that asks for it";
            host.reply(who, Err(invalid(message)));
        }
    }
}

/// What a message holds as a text of its own.
fn read_part<T: DeserializeOwned>(part: &Written<T>) -> Result<T, Problem> {
    part.read()
        .map_err(|error| invalid(&format!("this cannot be read: {error}")))
}

/// Hands an input of the engine to the host.
fn change(
    host: &mut Host,
    who: Who,
    input: Input,
    at: Moment,
    told: impl FnOnce(&Session, Output) -> Told,
) {
    host.change(who, SessionInput::Apply { input }, at, told);
}

fn hello(host: &Host) -> Hello {
    Hello {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        clock: host.clock(),
        role: Role::Leading,
        save: host.save_state().clone(),
        pending_actions: host.session().engine().pending_actions() as u64,
        upgraded_from: host.upgraded_from(),
    }
}
