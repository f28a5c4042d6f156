//! What changed in an organization, in order: what `GET /changes` answers.
//!
//! A change says what to read again, not what it is now. Only the last ten thousand are kept, in
//! snapshots too; whoever asks for older ones has to read everything again.

use std::borrow::Cow;
use std::collections::VecDeque;

use leadline_engine::{Engine, Input, Mark, Output};
use leadline_model::{Time, WorkflowId};
use leadline_sim::SessionInput;
use serde::{Deserialize, Serialize};

/// Changes kept.
const MOST: usize = 10_000;

/// Something that changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Its number; later changes have larger ones.
    #[serde(serialize_with = "as_text")]
    pub cursor: u64,
    /// When.
    pub at: Time,
    /// What happened, a stable code such as `workflow.updated`.
    #[serde(rename = "type")]
    pub kind: Cow<'static, str>,
    /// The workflow it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workflow_id: Option<WorkflowId>,
    /// The lead, call, agent or number it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The revision of the graph that it led to: of `workflow.created` and `workflow.updated`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<u64>,
}

fn as_text<S: serde::Serializer>(number: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(number)
}

/// A change as a snapshot holds it.
#[derive(Serialize, Deserialize)]
struct Kept(
    u64,
    Time,
    Cow<'static, str>,
    Option<WorkflowId>,
    Option<String>,
    Option<u64>,
);

impl From<Change> for Kept {
    fn from(change: Change) -> Kept {
        Kept(
            change.cursor,
            change.at,
            change.kind,
            change.workflow_id,
            change.id,
            change.revision,
        )
    }
}

impl From<Kept> for Change {
    fn from(Kept(cursor, at, kind, workflow_id, id, revision): Kept) -> Change {
        Change {
            cursor,
            at,
            kind,
            workflow_id,
            id,
            revision,
        }
    }
}

/// Changes one entry of the journal has room for: more than there can be workflows.
const ROOM: u32 = 20;

/// The last changes of an organization. Their numbers follow from the journal's: after a restart
/// they go on above all that were given before, whether or not those are still known.
#[derive(Debug)]
pub struct Changes {
    kept: VecDeque<Change>,
    next: u64,
    /// Changes up to this number are not kept.
    gone: u64,
    seen: Vec<Mark>,
    seen_runs: u64,
}

impl Changes {
    /// Goes on before the journal's entry of a number, in a state in which everything was seen.
    pub fn new(seq: u64, engine: &Engine) -> Changes {
        Changes {
            kept: VecDeque::new(),
            next: (seq << ROOM) + 1,
            gone: seq << ROOM,
            seen_runs: engine.runs_mark(),
            seen: (0..).map_while(|row| Some(engine.mark(row)?.1)).collect(),
        }
    }

    /// What a snapshot holds of them.
    pub(crate) fn snapshot(&self) -> Vec<u8> {
        let kept: Vec<Kept> = self.kept.iter().cloned().map(Kept::from).collect();
        // Texts and numbers: there is nothing JSON cannot hold.
        serde_json::to_vec(&(self.gone, kept)).unwrap_or_default()
    }

    /// Takes over what a snapshot held.
    pub(crate) fn take_over(&mut self, snapshot: &[u8]) -> Result<(), serde_json::Error> {
        let (gone, kept): (u64, Vec<Kept>) = serde_json::from_slice(snapshot)?;
        self.gone = gone;
        self.kept = kept.into_iter().map(Change::from).collect();
        let last = self.kept.back().map_or(0, |change| change.cursor);
        self.next = self.next.max(last + 1);
        Ok(())
    }

    /// Another life begins: what was told in the one before leads nowhere.
    pub(crate) fn forget(&mut self) {
        self.gone = self.latest();
        self.kept.clear();
    }

    /// What moved between the last entry and the end of the program was told to nobody: whoever shows a
    /// workflow that may have moved reads it again.
    pub(crate) fn after_restart(&mut self, engine: &Engine) {
        let now = engine.now();
        let active = engine
            .plain_workflows()
            .filter(|one| one.status.is_active());
        for workflow in active {
            let id = Some(workflow.id.clone());
            self.push(now, "workflow.progress", id, None, None);
        }
    }

    /// The number of the last change, from which on everything is new.
    pub fn latest(&self) -> u64 {
        self.next - 1
    }

    /// Up to `limit` changes after a number, `None`: from the oldest kept on. An error when changes
    /// after it are not kept any more.
    pub fn after(&self, after: Option<u64>, limit: usize) -> Result<Vec<Change>, TooOld> {
        let after = after.unwrap_or(self.gone);
        if after < self.gone {
            return Err(TooOld);
        }
        let skip = self.kept.partition_point(|change| change.cursor <= after);
        Ok(self.kept.iter().skip(skip).take(limit).cloned().collect())
    }

    /// The journal's entry of a number took effect.
    pub(crate) fn note(
        &mut self,
        seq: u64,
        input: &SessionInput,
        output: Option<&Output>,
        engine: &Engine,
    ) {
        self.next = self.next.max((seq << ROOM) + 1);
        let now = engine.now();
        match input {
            SessionInput::Apply { input } if *input != Input::Tick => {
                let (kind, workflow_id, id) = subject(input, output);
                if let Some(id) = &workflow_id {
                    self.see(engine, id);
                }
                if kind == "run.updated" {
                    self.seen_runs = engine.runs_mark();
                }
                let edited = ["workflow.created", "workflow.updated"].contains(&kind);
                let edited = workflow_id.as_ref().filter(|_| edited);
                let revision = edited.and_then(|id| Some(engine.definition(id).ok()?.1));
                self.push(now, kind, workflow_id, id, revision);
            }
            SessionInput::Generate { workflow_id, .. } => {
                self.see(engine, workflow_id);
                self.push(now, "leads.enrolled", Some(workflow_id.clone()), None, None);
            }
            SessionInput::AnsweredBy { .. } | SessionInput::Outages { .. } => {}
            SessionInput::Apply { .. } | SessionInput::Advance { .. } => self.moved(engine),
        }
        if std::mem::replace(&mut self.seen_runs, engine.runs_mark()) != engine.runs_mark() {
            self.push(now, "run.progress", None, None, None);
        }
    }

    /// What a workflow has come to is known from the change itself.
    fn see(&mut self, engine: &Engine, id: &WorkflowId) {
        if let Ok(row) = engine.flow_of(id)
            && let Some((_, mark)) = engine.mark(row)
        {
            match self.seen.get_mut(row as usize) {
                Some(seen) => *seen = mark,
                None => self.seen.push(mark),
            }
        }
    }

    /// Time passed: what moved is told of each workflow. O(workflows).
    fn moved(&mut self, engine: &Engine) {
        let now = engine.now();
        for row in 0..self.seen.len() {
            let Some((id, mark)) = engine.mark(row as u32) else {
                break;
            };
            let before = std::mem::replace(&mut self.seen[row], mark);
            if before == mark {
                continue;
            }
            let kind = match before.status == mark.status {
                true => "workflow.progress",
                false => "workflow.status",
            };
            self.push(now, kind, Some(id.clone()), None, None);
        }
    }

    fn push(
        &mut self,
        at: Time,
        kind: &'static str,
        workflow_id: Option<WorkflowId>,
        id: Option<String>,
        revision: Option<u64>,
    ) {
        if self.kept.len() == MOST
            && let Some(oldest) = self.kept.pop_front()
        {
            self.gone = oldest.cursor;
        }
        self.kept.push_back(Change {
            cursor: self.next,
            at,
            kind: Cow::Borrowed(kind),
            workflow_id,
            id,
            revision,
        });
        self.next += 1;
    }
}

/// Changes that were asked for are not kept any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooOld;

type Subject = (&'static str, Option<WorkflowId>, Option<String>);

/// What an input is about.
fn subject(input: &Input, output: Option<&Output>) -> Subject {
    let about = |kind, id: &WorkflowId| (kind, Some(id.clone()), None);
    let lead = |kind, id: &WorkflowId, lead: &dyn ToString| {
        (kind, Some(id.clone()), Some(lead.to_string()))
    };
    match input {
        Input::CreateWorkflow { .. } | Input::Duplicate { .. } => {
            let id = match output {
                Some(Output::Workflow(id)) => Some(id.clone()),
                _ => None,
            };
            ("workflow.created", id, None)
        }
        Input::Edit { workflow_id, .. }
        | Input::ReplaceDefinition { workflow_id, .. }
        | Input::DeleteNodeMovingLeads { workflow_id, .. } => {
            about("workflow.updated", workflow_id)
        }
        Input::Act { workflow_id, .. } | Input::Reset { workflow_id, .. } => {
            about("workflow.status", workflow_id)
        }
        Input::DeleteWorkflow { workflow_id } => about("workflow.deleted", workflow_id),
        Input::Enrol { workflow_id, .. } => about("leads.enrolled", workflow_id),
        Input::MoveLead {
            workflow_id,
            lead_id,
            ..
        }
        | Input::ResolveLead {
            workflow_id,
            lead_id,
            ..
        }
        | Input::ReportAction {
            workflow_id,
            lead_id,
            ..
        }
        | Input::ChangeLead {
            workflow_id,
            lead_id,
            ..
        } => lead("lead.updated", workflow_id, lead_id),
        Input::RemoveLead {
            workflow_id,
            lead_id,
        } => lead("lead.removed", workflow_id, lead_id),
        Input::ReportCall { call_id, .. } | Input::CallNotPlaced { call_id, .. } => {
            ("call.updated", None, Some(call_id.to_string()))
        }
        Input::PutAgent { id, .. } => {
            let id = match (id, output) {
                (None, Some(Output::Agent(id))) => Some(id.to_string()),
                (id, _) => id.as_ref().map(ToString::to_string),
            };
            ("agent.updated", None, id)
        }
        Input::DeleteAgent { id } => ("agent.deleted", None, Some(id.to_string())),
        Input::PutPhoneNumber { phone_number, .. } => {
            ("phone_number.updated", None, Some(phone_number.clone()))
        }
        Input::DeletePhoneNumber { phone_number } => {
            ("phone_number.deleted", None, Some(phone_number.clone()))
        }
        Input::StartRun { .. } | Input::ResumeRun { .. } | Input::CancelRun { .. } => {
            let id = match output {
                Some(Output::Run(id)) => Some(id.to_string()),
                _ => None,
            };
            ("run.updated", None, id)
        }
        Input::ReportRun { run_id, .. } => ("run.updated", None, Some(run_id.to_string())),
        Input::PutSubscription { id, .. } => {
            let id = match (id, output) {
                (None, Some(Output::Subscription(id))) => Some(id.to_string()),
                (id, _) => id.as_ref().map(ToString::to_string),
            };
            ("event_subscription.updated", None, id)
        }
        Input::DeleteSubscription { id } => {
            ("event_subscription.deleted", None, Some(id.to_string()))
        }
        Input::PutAccount { .. } => ("account.updated", None, None),
        Input::Tick => ("workflow.progress", None, None),
    }
}
