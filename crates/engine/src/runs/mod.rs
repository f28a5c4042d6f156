//! Runs of agents' workflows (SPEC 6): their state, and the indices ticks and inboxes use.
//!
//! A run does its steps at once, one after the other, until one has to wait: for a person
//! (`approval`) or for an answer (`http`). Every wait has a deadline, judged on a tick and on a read
//! alike: what is read is the run as it stands at the time of the reading.

mod operate;
mod query;
mod steps;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use leadline_model::run::{Approval, PendingAction, RunStatus, StepStatus};
use leadline_model::{AgentId, Step, Time, Value, Variables, limits};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::ActionRequest;
use crate::flow::LeadRef;
use crate::machines::run::{RunEvent, next};
use crate::state::json;

pub use query::{RunFilter, StepPlace};
pub(crate) use steps::Waits;

/// A step of a run: the run's row, then the step's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RunRef {
    /// The run's row.
    pub run: u32,
    /// The step's row.
    pub step: u32,
}

/// The start of a run that a lead asks for; done by the tick in which the lead came to its node.
#[derive(Debug, Clone)]
pub struct LeadRun {
    /// Who waits for it.
    pub lead: LeadRef,
    /// Whose workflow.
    pub agent_name: String,
    /// What for.
    pub task: String,
    /// What the steps begin with.
    pub state: Variables,
}

/// A step that was begun.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Begun {
    pub status: StepStatus,
    pub input: Value,
    pub output: Value,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    pub started: Time,
    pub ended: Option<Time>,
}

/// What a run waits for, and until when.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Wait {
    /// A person's answer.
    Answer {
        action: PendingAction,
        seconds: u32,
        until: Time,
    },
    /// The result of a request.
    Result { request: ActionRequest, until: Time },
}

impl Wait {
    fn until(&self) -> Time {
        match self {
            Wait::Answer { until, .. } | Wait::Result { until, .. } => *until,
        }
    }
}

/// The steps of a workflow as it was when a run of it was started.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Steps(Arc<[Step]>);

impl std::ops::Deref for Steps {
    type Target = [Step];

    fn deref(&self) -> &[Step] {
        &self.0
    }
}

impl Serialize for Steps {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Steps {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(|steps| Steps(steps.into()))
    }
}

/// A version of an agent's steps. It names its agent, for all runs that did it may be forgotten: which
/// version the next run does must not depend on whether the state was read back since.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(from = "Kept")]
struct Version {
    agent: Option<AgentId>,
    steps: Steps,
}

/// What snapshots hold of a version: older ones its steps alone.
#[derive(Deserialize)]
#[serde(untagged)]
enum Kept {
    Version {
        agent: Option<AgentId>,
        steps: Steps,
    },
    Steps(Steps),
}

impl From<Kept> for Version {
    fn from(kept: Kept) -> Version {
        match kept {
            Kept::Version { agent, steps } => Version { agent, steps },
            Kept::Steps(steps) => Version { agent: None, steps },
        }
    }
}

/// One run. It keeps the steps it was started with, whatever becomes of its agent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Run {
    pub agent_id: AgentId,
    pub agent_name: String,
    pub task: String,
    pub state: Variables,
    /// How long it waits for a person where a step does not say, in seconds.
    pub timeout: u32,
    /// Which of the kept workflows it does.
    pub workflow: u32,
    /// Its steps, shared by all runs that do them.
    #[serde(skip)]
    pub steps: Steps,
    /// Those that were begun, in order; only the last one can be under way.
    pub begun: Vec<Begun>,
    pub status: RunStatus,
    pub wait: Option<Wait>,
    pub lead: Option<LeadRef>,
    /// Since when the person it waits for has time that stands still.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frozen: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    pub created: Time,
    pub updated: Time,
}

impl Run {
    /// The step that waits.
    pub fn current(&self) -> Option<&Step> {
        let last = self.begun.len().checked_sub(1)?;
        self.wait.as_ref().and(self.steps.get(last))
    }

    /// What the step that waits asks a person.
    pub fn approval(&self) -> Option<&Approval> {
        match &self.current()?.action {
            leadline_model::StepAction::Approval(approval) => Some(approval),
            _ => None,
        }
    }

    /// The output of the last step that was not skipped.
    pub fn result(&self) -> Value {
        let mut done = self.begun.iter().rev();
        let last = done.find(|begun| begun.status == StepStatus::Completed);
        last.map_or(Value::Null, |begun| begun.output.clone())
    }

    /// When it fails unless something comes before.
    pub fn deadline(&self) -> Option<Time> {
        let wait = self.wait.as_ref()?;
        Some(match self.frozen {
            Some(_) => Time::MAX,
            None => wait.until(),
        })
    }

    /// Whether its deadline has passed.
    pub fn is_due(&self, now: Time) -> bool {
        self.deadline().is_some_and(|until| until <= now)
    }

    /// The time of the person it waits for stands still.
    pub fn freeze(&mut self, now: Time) {
        if matches!(self.wait, Some(Wait::Answer { .. })) {
            self.frozen = Some(now);
        }
    }

    /// That time runs on, where it stood still.
    pub fn thaw(&mut self, now: Time) {
        if let Some(since) = self.frozen.take()
            && let Some(Wait::Answer { until, .. }) = &mut self.wait
        {
            *until = until.plus(now.since(since));
        }
    }

    /// The run as it stands at an instant: failed when nobody answered in time, whether or not a
    /// tick has come since.
    pub fn as_of(&self, now: Time) -> Cow<'_, Run> {
        if !self.is_due(now) {
            return Cow::Borrowed(self);
        }
        let mut run = self.clone();
        run.expire();
        Cow::Owned(run)
    }

    /// Its deadline has passed: it fails, at that instant.
    pub fn expire(&mut self) {
        let Some(wait) = &self.wait else { return };
        let (at, reason) = match wait {
            Wait::Answer { seconds, until, .. } => {
                (*until, format!("nobody answered within {seconds} seconds"))
            }
            Wait::Result { until, .. } => (*until, "no result arrived in time".to_owned()),
        };
        self.end(RunEvent::Fail, Some(reason), at);
    }

    /// Ends the run, and with it the step under way.
    pub fn end(&mut self, event: RunEvent, reason: Option<String>, now: Time) {
        let Some(status) = next(self.status, event) else {
            return;
        };
        let step = match event {
            RunEvent::Cancel => StepStatus::Cancelled,
            _ => StepStatus::Failed,
        };
        let last = self.begun.last_mut().filter(|begun| begun.ended.is_none());
        if let Some(begun) = last {
            (begun.status, begun.ended) = (step, Some(now));
            begun.error = reason.clone();
        }
        self.status = status;
        self.wait = None;
        self.frozen = None;
        self.error = reason;
        self.updated = now;
    }
}

/// All runs, oldest first, and what is asked of them most.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Runs {
    /// `None`: forgotten.
    #[serde(with = "json")]
    all: Vec<Option<Run>>,
    /// The steps that runs were started with, each version of them once.
    #[serde(with = "json")]
    workflows: Vec<Version>,
    /// No run before this one is over and still kept.
    oldest: u32,
    /// How many are kept.
    kept: u32,
    /// The newest version of each agent; derived.
    #[serde(skip)]
    latest: BTreeMap<AgentId, u32>,
    /// How often a run began or changed since this program started; derived.
    #[serde(skip)]
    changes: u64,
    /// Deadlines, soonest first; derived.
    #[serde(skip)]
    due: BTreeSet<(Time, u32)>,
    /// Those that wait for a person, by what expires first; derived.
    #[serde(skip)]
    paused: BTreeSet<(Time, u32)>,
}

impl Runs {
    /// A run by its row; `None` when there is none or it was forgotten.
    pub fn get(&self, row: u32) -> Option<&Run> {
        self.all.get(row as usize)?.as_ref()
    }

    /// Keeps the steps of an agent, once for all runs that do them.
    pub fn keep(&mut self, agent: &AgentId, steps: &[Step]) -> (u32, Steps) {
        let latest = self.latest.get(agent).copied();
        let known = latest.and_then(|row| Some((row, &self.workflows.get(row as usize)?.steps)));
        if let Some((row, kept)) = known.filter(|(_, kept)| ***kept == *steps) {
            return (row, kept.clone());
        }
        let (row, kept) = (self.workflows.len() as u32, Steps(steps.into()));
        self.workflows.push(Version {
            agent: Some(agent.clone()),
            steps: kept.clone(),
        });
        self.latest.insert(agent.clone(), row);
        (row, kept)
    }

    /// Adds a run and gives its row. Where there are too many, the oldest that is over is forgotten.
    pub fn push(&mut self, run: Run) -> u32 {
        while self.kept as usize >= limits::MAX_RUNS && self.oldest < self.all.len() as u32 {
            let oldest = self.oldest;
            if self.get(oldest).is_some_and(|run| run.status.is_final()) {
                self.forget(oldest);
            }
            self.oldest += 1;
        }
        let row = self.all.len() as u32;
        self.all.push(Some(run));
        self.kept += 1;
        self.index(row);
        row
    }

    /// Forgets a run.
    pub fn forget(&mut self, row: u32) {
        self.take_from_indices(row);
        let slot = self.all.get_mut(row as usize);
        if slot.is_some_and(|slot| slot.take().is_some()) {
            self.kept -= 1;
            self.changes += 1;
        }
    }

    /// The one place where a run changes.
    pub fn change<T>(&mut self, row: u32, change: impl FnOnce(&mut Run) -> T) -> Option<T> {
        self.take_from_indices(row);
        let changed = change(self.all.get_mut(row as usize)?.as_mut()?);
        self.index(row);
        Some(changed)
    }

    /// How often a run began or changed since this program started.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    fn take_from_indices(&mut self, row: u32) {
        let run = self.all.get(row as usize).and_then(Option::as_ref);
        if let Some(until) = run.and_then(Run::deadline) {
            let key = (until, row);
            self.due.remove(&key);
            self.paused.remove(&key);
        }
    }

    fn index(&mut self, row: u32) {
        self.changes += 1;
        let Some(run) = self.all.get(row as usize).and_then(Option::as_ref) else {
            return;
        };
        if let Some(until) = run.deadline() {
            let key = (until, row);
            self.due.insert(key);
            if run.status == RunStatus::Paused {
                self.paused.insert(key);
            }
        }
    }

    /// Makes the indices, which snapshots leave out.
    pub fn rebuild(&mut self) {
        for run in self.all.iter_mut().flatten() {
            let version = self.workflows.get(run.workflow as usize);
            run.steps = version
                .map(|version| version.steps.clone())
                .unwrap_or_default();
            // Older snapshots do not say whose a version is.
            self.latest.insert(run.agent_id.clone(), run.workflow);
        }
        for (version, row) in self.workflows.iter().zip(0..) {
            if let Some(agent) = &version.agent {
                self.latest.insert(agent.clone(), row);
            }
        }
        (0..self.all.len() as u32).for_each(|row| self.index(row));
    }

    /// When the next deadline passes.
    pub fn next_due(&self) -> Option<Time> {
        self.due.first().map(|(until, _)| *until)
    }

    /// The first run whose deadline has passed.
    pub fn first_due(&self, now: Time) -> Option<u32> {
        let (until, row) = self.due.first()?;
        (*until <= now).then_some(*row)
    }

    /// Rows of the runs that wait for a person at an instant, by what expires first.
    pub fn waiting(&self, now: Time) -> impl Iterator<Item = u32> {
        let later = self.paused.range((now, u32::MAX)..);
        later
            .filter(move |(until, _)| *until > now)
            .map(|(_, row)| *row)
    }

    /// Rows with their runs.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (u32, &Run)> {
        let rows = self.all.iter().enumerate();
        rows.filter_map(|(row, run)| Some((row as u32, run.as_ref()?)))
    }

    /// Feeds everything that happened into a digest; nothing when there are no runs.
    pub fn digest_into(&self, hash: &mut dyn FnMut(&[u8])) {
        for run in self.all.iter().flatten() {
            // Every type in a run has a form in JSON, with ordered keys.
            hash(&serde_json::to_vec(run).unwrap_or_default());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_read_with_its_agent_and_from_older_snapshots_without() {
        let steps = r#"[{"name": "s", "type": "set", "values": {"n": 1}}]"#;
        let read = |text: &str| serde_json::from_str::<Version>(text).ok();
        let old = read(steps).map(|version| (version.agent, version.steps.len()));
        assert_eq!(old, Some((None, 1)));
        let agent = AgentId::from_counter(7, 1);
        let new = read(&format!(r#"{{"agent": "{agent}", "steps": {steps}}}"#));
        let text = new.and_then(|version| serde_json::to_string(&version).ok());
        let again = text.and_then(|text| read(&text));
        let again = again.map(|version| (version.agent, version.steps.len()));
        assert_eq!(again, Some((Some(agent), 1)));
    }
}
