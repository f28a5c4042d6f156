//! One workflow inside the engine: its definition, the plan compiled from it, and its traffic.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use leadline_model::view::LeadCounts;
use leadline_model::{
    CallSimulation, Definition, DelayOnPause, EdgeId, NodeId, NodeType, RetryPolicy, Time,
    Variables, Workflow, WorkflowStatus,
};
use serde::{Deserialize, Serialize};

use crate::compile::Plan;
use crate::dialling::Bar;
use crate::input::ActionResult;
use crate::machines::IllegalTransition;
use crate::machines::circuit::Breaker;
use crate::machines::lead::{self, LeadEvent, Step};
use crate::state::calls::Calls;
use crate::state::history::{Fact, History};
use crate::state::json;
use crate::state::leads::Leads;
use crate::state::packed;
use crate::state::timers::Timers;
use crate::window::WindowCache;

/// A call by its rows: the workflow's ordinal, then the call's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CallRef {
    /// The workflow's ordinal.
    pub flow: u32,
    /// The call's row.
    pub call: u32,
}

/// A lead by its rows: the workflow's ordinal, then the lead's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LeadRef {
    /// The workflow's ordinal.
    pub flow: u32,
    /// The lead's row.
    pub lead: u32,
}

/// Labels that every flow has, by index.
pub mod label {
    /// The one unlabelled output of a delay.
    pub const NONE: u16 = 0;
    /// Somebody answered and the call came to its end.
    pub const COMPLETED: u16 = 1;
    /// Nobody picked up.
    pub const DNP: u16 = 2;
    /// The call failed.
    pub const FAILED: u16 = 3;
    /// The call was cancelled.
    pub const CANCELLED: u16 = 4;
    /// The retry policy's expiry passed.
    pub const RETRY_EXPIRED: u16 = 5;
    /// An action succeeded.
    pub const SUCCESS: u16 = 6;
    /// An action failed.
    pub const FAILURE: u16 = 7;
    /// The calls to this person are at their bound. The last number there is, so that those of outcomes
    /// that people name are what they were before it.
    pub const LIMIT: u16 = crate::state::history::MAX_LABEL;
    /// Its text.
    pub const LIMIT_TEXT: &str = "LIMIT";
    /// Not an outcome: an operator put the lead on its node, and its step is still to start.
    pub const ENTER: u16 = u16::MAX - 1;
    /// Not an outcome: the lead is stuck in a step that came to none, so no edge can free it.
    pub const UNDECIDED: u16 = u16::MAX;
    /// Their texts.
    pub const FIXED: [&str; 8] = [
        "",
        "COMPLETED",
        "DNP",
        "FAILED",
        "CANCELLED",
        "RETRY_EXPIRED",
        "SUCCESS",
        "FAILURE",
    ];
}

/// Texts by number: what is said of many leads is kept once.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Texts {
    texts: Vec<String>,
    numbers: BTreeMap<String, u32>,
}

impl Texts {
    /// The number of a text.
    pub fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = self.texts.len() as u32;
        self.texts.push(text.to_owned());
        self.numbers.insert(text.to_owned(), number);
        number
    }

    /// How many texts there are.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether a text has a number.
    pub fn has(&self, text: &str) -> bool {
        self.numbers.contains_key(text)
    }

    /// The text of a number.
    pub fn text(&self, number: u32) -> &str {
        self.texts.get(number as usize).map_or("", String::as_str)
    }
}

/// A node that exists or existed. Its slot number never changes, so history can name it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NodeSlot {
    /// Its id.
    pub id: NodeId,
    /// Its type.
    pub node_type: NodeType,
    /// Its label, now or when it was deleted.
    pub label: String,
    /// Whether it is in the definition.
    pub alive: bool,
}

/// An edge as it is or was: a change of its ends or label makes a new slot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EdgeSlot {
    /// Its id.
    pub id: EdgeId,
    /// The slot of the node it begins at.
    pub from: u32,
    /// The slot of the node it ends at.
    pub to: u32,
    /// Its label, by number; 0 for none.
    pub label: u16,
}

/// What a call is made with. In-flight calls keep the one they started with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoiceConfig {
    /// The node's slot.
    pub node: u32,
    /// The agent.
    pub agent_id: Option<leadline_model::AgentId>,
    /// The number shown.
    pub from_phone_number: Option<String>,
    /// The retry policy that applies: the node's, else the workflow's.
    pub retry: Option<RetryPolicy>,
    /// How long it rings.
    pub ring_timeout_seconds: u32,
    /// How people answer in the simulated world.
    pub simulation: CallSimulation,
}

/// What happened at a node so far.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct Tally {
    /// Leads there now.
    pub here: u64,
    /// Visits so far.
    pub entered: u64,
    /// Leads there that need review.
    pub review: u64,
}

/// How often each lead visited a node that a condition counts.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct VisitColumn {
    /// The node's slot.
    pub node: u32,
    /// Visits of each lead; stays at its maximum.
    #[serde(with = "packed")]
    pub visits: Vec<u16>,
}

/// What an application action asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    /// A request, rendered when the node was entered.
    Request(crate::ActionRequest),
    /// A run of an agent, which keeps its own deadlines; `None` until this tick starts it.
    Run(Option<u32>),
}

/// An application action under way.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Action {
    /// What was asked for.
    pub asked: Asked,
    /// When it started.
    pub started: Time,
    /// When it is given up.
    pub deadline: Time,
    /// Which action of the lead it is, from 1.
    pub ordinal: u32,
}

/// Numbers of things that happened, for reports and benchmarks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counters {
    /// Leads started.
    pub started: u64,
    /// Calls created.
    pub calls: u64,
    /// Call statuses, `created` among them.
    pub call_events: u64,
    /// Delays that ended.
    pub timers: u64,
    /// Calls that could not be placed, each as often as it was tried.
    pub not_placed: u64,
}

impl Counters {
    /// Everything that happened.
    pub fn events(&self) -> u64 {
        self.started + self.call_events + self.timers
    }
}

/// One workflow.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Flow {
    /// Its row in the engine.
    pub ordinal: u32,
    /// Id, title, status, settings, times.
    #[serde(with = "json")]
    pub workflow: Workflow,
    /// The graph as its author sees it.
    #[serde(with = "json")]
    pub definition: Definition,
    /// Grows with each edit.
    pub revision: u64,
    /// The seed of its simulated luck.
    pub seed: u64,
    /// What the definition compiles to; not stored, compiled again.
    #[serde(skip)]
    pub plan: Plan,
    /// All that moves.
    pub traffic: Traffic,
}

/// All that moves in a workflow.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Traffic {
    /// Nodes by slot.
    pub node_slots: Vec<NodeSlot>,
    /// The slot of a node.
    pub node_by_id: BTreeMap<NodeId, u32>,
    /// Edges by slot.
    pub edge_slots: Vec<EdgeSlot>,
    /// The present slot of an edge.
    pub edge_by_id: BTreeMap<EdgeId, u32>,
    /// Outcomes by number.
    pub labels: Texts,
    /// Reasons and remarks by number.
    pub notes: Texts,
    /// Planned releases that were left late.
    #[serde(with = "packed")]
    pub instants: Vec<i64>,
    /// The leads.
    pub leads: Leads,
    /// The calls.
    pub calls: Calls,
    /// What happened.
    pub history: History,
    /// Leads that wait for an instant.
    pub timers: Timers<u32>,
    /// Leads whose step has an outcome.
    pub ready: VecDeque<u32>,
    /// Leads that wait for a line, oldest first.
    pub queue: VecDeque<u32>,
    /// Leads that wait for a line and cannot be called with what their node names, or whose calls are
    /// at a bound that no time lifts; oldest first.
    pub held: VecDeque<u32>,
    /// How often in a row each call could not be placed.
    pub unplaced: BTreeMap<u32, u8>,
    /// The circuit, while some calls could not be placed lately.
    pub breaker: Option<Box<Breaker>>,
    /// When what the workflow does was edited last.
    pub edited: Option<Time>,
    /// Times for which delays stood still.
    pub frozen: Vec<(Time, Time)>,
    /// No lead before this one is pending.
    pub next_pending: u32,
    /// Dials, oldest first, as (call, attempt); those that are over are dropped from the front.
    pub dialled: VecDeque<(u32, u8)>,
    /// Actions under way, by lead.
    #[serde(with = "json")]
    pub actions: BTreeMap<u32, Action>,
    /// Deadlines of actions.
    pub action_deadlines: Timers<u32>,
    /// The last action result of each lead that had one.
    #[serde(with = "json")]
    pub results: BTreeMap<u32, ActionResult>,
    /// How many actions each lead has had.
    pub action_counts: BTreeMap<u32, u32>,
    /// Calls that hold a line.
    pub live: u32,
    /// Leads by status.
    pub counts: LeadCounts,
    /// By node slot.
    pub tallies: Vec<Tally>,
    /// How often each edge slot was taken.
    #[serde(with = "packed")]
    pub taken: Vec<u64>,
    /// Visit counts that conditions ask for.
    pub visits: Vec<VisitColumn>,
    /// What calls were made with.
    #[serde(with = "json")]
    pub voice_configs: Vec<VoiceConfig>,
    /// Numbers of things that happened.
    pub counters: Counters,
    /// Where a tick that ran out of budget goes on.
    pub cut_at: u8,
    /// When the workflow was paused.
    pub paused_at: Option<Time>,
    /// Numbers that are enrolled, once somebody has enrolled a few leads to many; derived.
    #[serde(skip)]
    pub enrolled: Option<BTreeSet<u64>>,
    /// What keeps calls from being made, for each of `voice_configs`; derived.
    #[serde(skip)]
    pub barred: Vec<Option<Bar>>,
    /// Opening times by time zone; derived.
    #[serde(skip)]
    pub windows: WindowCache,
}

impl Flow {
    /// Whether there is anything a tick could ever do.
    pub fn is_awake(&self) -> bool {
        self.workflow.status.is_active()
            || self.traffic.live > 0
            || !self.traffic.actions.is_empty()
    }

    /// Whether it is paused, and waiting times stand still meanwhile.
    pub fn stands_still(&self) -> bool {
        self.workflow.status == WorkflowStatus::Paused
            && self.workflow.settings.delay_on_pause == DelayOnPause::Freeze
    }

    /// The limit of simultaneous calls of the workflow.
    pub fn call_limit(&self) -> u32 {
        self.workflow
            .settings
            .max_concurrent_calls
            .unwrap_or(u32::MAX)
    }

    /// Whether every enrolled lead is final and the engine should complete the workflow.
    pub fn is_done(&self) -> bool {
        let counts = &self.traffic.counts;
        self.workflow.status.is_active()
            && self.workflow.settings.auto_complete
            && counts.pending + counts.active == 0
            && counts.completed + counts.dropped > 0
    }

    /// How many leads ended at a node. O(leads).
    pub fn ended_at(&self, node: u32) -> u64 {
        let leads = &self.traffic.leads;
        let ended = |lead: &u32| leads[*lead].node == node && leads.step(*lead) == Step::Ended;
        (0..leads.len()).filter(ended).count() as u64
    }

    /// When something is due: `now` when it already is. `room`: whether the account has a free line.
    pub fn next_due(
        &self,
        now: Time,
        room: bool,
        call_deadline: leadline_model::Duration,
    ) -> Option<Time> {
        let traffic = &self.traffic;
        let active = self.workflow.status.is_active();
        let mut trial = None;
        if active {
            if !traffic.ready.is_empty() {
                return Some(now);
            }
            let can_start = traffic.counts.pending > 0 && self.plan.entry.is_some();
            let can_call = room && !traffic.queue.is_empty() && traffic.live < self.call_limit();
            let breaker = traffic.breaker.as_ref();
            trial = breaker
                .and_then(|breaker| breaker.opens_at())
                .filter(|_| can_call);
            let calls = can_call && trial.is_none();
            if can_start || calls || self.is_done() {
                return Some(now);
            }
        }
        let dialled = traffic.dialled.front();
        let given_up = dialled.map(|(call, _)| traffic.calls.dialled_at(*call).plus(call_deadline));
        let released = traffic.timers.next_due().filter(|_| active);
        let due = [
            given_up,
            released,
            trial,
            traffic.action_deadlines.next_due(),
        ];
        due.into_iter().flatten().min().map(|at| at.max(now))
    }
}

impl Traffic {
    /// The traffic of a new workflow.
    pub fn new() -> Traffic {
        let mut traffic = Traffic::default();
        for text in label::FIXED {
            traffic.labels.number(text);
        }
        traffic
    }

    /// The text of an outcome or a label.
    pub fn outcome_text(&self, outcome: u16) -> &str {
        match outcome {
            label::LIMIT => label::LIMIT_TEXT,
            other => self.labels.text(u32::from(other)),
        }
    }

    /// The one place where a lead's step changes.
    #[inline]
    pub fn change(&mut self, lead: u32, event: LeadEvent) -> Result<(), IllegalTransition> {
        let row = &mut self.leads[lead];
        let from = row.step;
        let to = lead::next(from, event)?;
        row.step = to;
        if (from == Step::Review) != (to == Step::Review) {
            self.count_review(lead, to == Step::Review);
        }
        Ok(())
    }

    #[cold]
    fn count_review(&mut self, lead: u32, more: bool) {
        let node = self.leads[lead].node as usize;
        let change = if more { 1 } else { u64::MAX };
        self.counts.review_required = self.counts.review_required.wrapping_add(change);
        if let Some(tally) = self.tallies.get_mut(node) {
            tally.review = tally.review.wrapping_add(change);
        }
    }

    /// Flags a lead for review, with the reason in words. `outcome`: what its step came to, for an
    /// edge that an edit may draw, or [`label::UNDECIDED`].
    pub fn stuck(
        &mut self,
        now: Time,
        lead: u32,
        outcome: u16,
        reason: &str,
    ) -> Result<(), IllegalTransition> {
        self.change(lead, LeadEvent::Stuck)?;
        self.leads[lead].outcome = outcome;
        let note = self.notes.number(reason);
        self.history.push(now, lead, Fact::Stuck(note));
        Ok(())
    }

    /// Puts a lead on a node and counts the visit.
    #[inline]
    pub fn arrive(&mut self, plan: &Plan, lead: u32, node: u32) {
        self.leads[lead].node = node;
        let tally = &mut self.tallies[node as usize];
        tally.here += 1;
        tally.entered += 1;
        let column = plan.nodes[node as usize].visit_column;
        if column != crate::state::leads::NONE {
            let visits = &mut self.visits[column as usize].visits;
            if visits.len() <= lead as usize {
                visits.resize(self.leads.len() as usize, 0);
            }
            visits[lead as usize] = visits[lead as usize].saturating_add(1);
        }
    }

    /// Drops the dials that are over from the front: their calls ended or were dialled again.
    #[inline]
    pub fn drop_dials(&mut self) {
        while let Some((call, attempt)) = self.dialled.front().copied() {
            let row = &self.calls[call];
            if row.attempt == attempt && row.status.holds_line() {
                break;
            }
            self.dialled.pop_front();
        }
    }

    /// Records something worth knowing about a lead.
    pub fn note(&mut self, now: Time, lead: u32, remark: &str) {
        let note = self.notes.number(remark);
        self.history.push(now, lead, Fact::Noted(note));
    }

    /// Lets a lead wait for an instant.
    pub fn wait(&mut self, lead: u32, until: Time) -> Result<(), IllegalTransition> {
        self.change(lead, LeadEvent::Wait)?;
        self.leads[lead].until = until.0;
        self.timers.push(until, lead);
        Ok(())
    }

    /// Gives a lead's step an outcome; the next tick moves it.
    #[inline]
    pub fn outcome(&mut self, lead: u32, outcome: u16) -> Result<(), IllegalTransition> {
        self.change(lead, LeadEvent::Outcome)?;
        self.leads[lead].outcome = outcome;
        self.ready.push_back(lead);
        Ok(())
    }

    /// The analysis of a lead's last call.
    pub fn last_analysis(&self, lead: u32) -> Option<&Variables> {
        let call = self.leads[lead].last_call;
        if call == crate::state::leads::NONE {
            None
        } else {
            self.calls.analysis(call)
        }
    }

    /// Bytes in memory, roughly.
    pub fn bytes(&self) -> usize {
        self.leads.bytes() + self.calls.bytes() + self.history.bytes() + self.timers.len() * 24
    }
}
