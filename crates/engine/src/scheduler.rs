//! What a tick does (SPEC 5): everything due at or before its time, in one deterministic order, with
//! bounded work; what is left over comes first in the next tick.
//!
//! The order: workflows by creation; in each, leads whose step has an outcome (in the order the
//! outcomes arrived), then delays by due time, then leads that have not started (in the order they
//! were enrolled); a tick that ran out of budget goes on where it stopped. Last, free lines are
//! given to queued leads, oldest first, workflows in turn.

use leadline_model::{CallBounds, CallStatus, Duration, Time};

use crate::compile::{Kind, Plan};
use crate::dialling::waits_for_dial;
use crate::effect::{Announcement, Effect};
use crate::flow::{Flow, Traffic, label};
use crate::machines::IllegalTransition;
use crate::machines::lead::{LeadEvent, Step};
use crate::nodes::{self, Arrival, Entering};
use crate::people::People;
use crate::report::{end_action, end_attempt};
use crate::runs::LeadRun;
use crate::state::history::{Fact, NO_LEAD};
use crate::{ActionResult, CallReport};

/// Moves of leads in one tick, over all workflows.
pub const MAX_MOVES: u32 = 250_000;
/// Nodes one lead may go through without any time passing.
pub const MAX_HOPS: u32 = 1_000;

/// What a flow needs to move its leads.
pub struct Cx<'a> {
    pub now: Time,
    pub key: u64,
    pub call_deadline: Duration,
    /// Moves left in this tick; 0 ends it.
    pub budget: u32,
    /// Runs that leads ask for, to be started after everybody has moved.
    pub runs: Vec<LeadRun>,
    /// Whether anybody wants to be told.
    pub announce: bool,
    /// When people were called, where that is bounded, and the account's bounds.
    pub people: Option<(&'a mut People, CallBounds)>,
    /// Whether somebody goes on because of such a bound.
    pub at_bound: AtBound,
    pub effects: &'a mut Vec<Effect>,
}

/// What came of giving lines to leads whose calls are at a bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AtBound {
    /// Nobody goes on because of it.
    None,
    /// Somebody does, in this tick.
    Some,
    /// Who would has gone round for too long.
    TooOften,
}

impl AtBound {
    /// What to begin a round of a tick with.
    pub fn from_round(round: u32) -> AtBound {
        match round {
            MAX_HOPS.. => AtBound::TooOften,
            _ => AtBound::None,
        }
    }
}

/// Moves everything due in one workflow. Returns how many lines calls gave back.
pub fn advance(flow: &mut Flow, cx: &mut Cx<'_>) -> Result<u32, IllegalTransition> {
    let freed = deadlines(flow, cx)?;
    if !flow.workflow.status.is_active() {
        return Ok(freed);
    }
    let first = std::mem::take(&mut flow.traffic.cut_at);
    for turn in 0..3 {
        let phase = (first + turn) % 3;
        match phase {
            0 if !flow.traffic.ready.is_empty() => ready(flow, cx)?,
            1 if flow.traffic.timers.is_due(cx.now) => timers(flow, cx)?,
            2 if flow.traffic.counts.pending > 0 => starts(flow, cx)?,
            _ => {}
        }
        if cx.budget == 0 {
            flow.traffic.cut_at = phase;
            return Ok(freed);
        }
    }
    // Retries that expired have outcomes now: a second tick must find nothing left to do.
    if !flow.traffic.ready.is_empty() {
        ready(flow, cx)?;
    }
    Ok(freed)
}

fn ready(flow: &mut Flow, cx: &mut Cx<'_>) -> Result<(), IllegalTransition> {
    while cx.budget > 0 {
        let Some(lead) = flow.traffic.ready.pop_front() else {
            break;
        };
        if flow.traffic.leads.step(lead) != Step::Ready {
            continue;
        }
        match flow.traffic.leads[lead].outcome {
            label::ENTER => enter_placed(flow, lead, cx)?,
            outcome => leave(flow, lead, outcome, cx)?,
        }
    }
    Ok(())
}

/// A lead that an operator put on a node enters it now.
fn enter_placed(flow: &mut Flow, lead: u32, cx: &mut Cx<'_>) -> Result<(), IllegalTransition> {
    cx.budget = cx.budget.saturating_sub(1);
    let node = flow.traffic.leads[lead].node;
    flow.traffic.change(lead, LeadEvent::Arrive)?;
    go_on(flow, lead, node, cx)
}

fn timers(flow: &mut Flow, cx: &mut Cx<'_>) -> Result<(), IllegalTransition> {
    let mut expired = false;
    while cx.budget > 0 {
        let Some((at, lead)) = flow.traffic.timers.pop_due(cx.now) else {
            break;
        };
        let traffic = &mut flow.traffic;
        // An entry whose lead was moved away, or waits for another instant now, is out of date.
        let waits = match traffic.leads.step(lead) {
            Step::Waiting => true,
            Step::Queued => waits_for_dial(traffic, lead),
            _ => false,
        };
        if !waits || traffic.leads[lead].until != at.0 {
            continue;
        }
        let node = traffic.leads[lead].node;
        if matches!(nodes::kind_of(&flow.plan, node), Kind::Voice { .. })
            || waits_for_dial(traffic, lead)
        {
            cx.budget -= 1;
            expired |= traffic.leads.step(lead) == Step::Queued;
            dial_due(traffic, lead, cx)?;
            continue;
        }
        traffic.counters.timers += 1;
        if at < cx.now {
            let planned = traffic.instants.len() as u32;
            traffic.instants.push(at.0);
            traffic.history.push(cx.now, lead, Fact::Late(planned));
        }
        leave(flow, lead, label::NONE, cx)?;
    }
    if expired {
        flow.traffic
            .drop_from_queue(|traffic, lead| traffic.leads.step(lead) != Step::Queued);
    }
    Ok(())
}

/// A retry is due, its expiry has passed, or the calling window opens. A retry that has to queue
/// still expires at its time.
fn dial_due(traffic: &mut Traffic, lead: u32, cx: &mut Cx<'_>) -> Result<(), IllegalTransition> {
    if waits_for_dial(traffic, lead) {
        let call = traffic.leads[lead].last_call;
        if let Some(expiry) = traffic.expiry(call) {
            if expiry <= cx.now {
                let report = CallReport::of(CallStatus::RetryExpired);
                return end_attempt(traffic, call, &report, true, cx.now);
            }
            traffic.leads[lead].until = expiry.0;
            traffic.timers.push(expiry, lead);
        }
    }
    traffic.change(lead, LeadEvent::Queue)?;
    traffic.queue.push_back(lead);
    Ok(())
}

fn starts(flow: &mut Flow, cx: &mut Cx<'_>) -> Result<(), IllegalTransition> {
    let Some(entry) = flow.plan.entry else {
        return Ok(());
    };
    while cx.budget > 0 && flow.traffic.counts.pending > 0 {
        let traffic = &mut flow.traffic;
        let lead = traffic.next_pending;
        if lead >= traffic.leads.len() {
            break;
        }
        traffic.next_pending += 1;
        if traffic.leads.step(lead) != Step::Pending {
            continue;
        }
        cx.budget -= 1;
        traffic.counts.pending -= 1;
        traffic.counts.active += 1;
        traffic.counters.started += 1;
        traffic.change(lead, LeadEvent::Arrive)?;
        traffic.history.push(cx.now, lead, Fact::Started(entry));
        settle(flow, lead, entry, cx)?;
    }
    Ok(())
}

/// The lead leaves its node with an outcome, by the edge the outcome takes.
#[inline]
pub fn leave(
    flow: &mut Flow,
    lead: u32,
    outcome: u16,
    cx: &mut Cx<'_>,
) -> Result<(), IllegalTransition> {
    let node = flow.traffic.leads[lead].node;
    match take_edge(&flow.plan, &mut flow.traffic, lead, node, outcome, cx)? {
        Some(target) => settle(flow, lead, target, cx),
        None => Ok(()),
    }
}

/// Follows the edge of an outcome; `None` when there is none and the lead stays for review.
#[inline]
fn take_edge(
    plan: &Plan,
    traffic: &mut Traffic,
    lead: u32,
    node: u32,
    outcome: u16,
    cx: &mut Cx<'_>,
) -> Result<Option<u32>, IllegalTransition> {
    cx.budget = cx.budget.saturating_sub(1);
    let Some(edge) = plan
        .nodes
        .get(node as usize)
        .and_then(|node| node.route(outcome))
    else {
        let reason = no_edge(traffic, outcome);
        traffic.stuck(cx.now, lead, outcome, &reason)?;
        return Ok(None);
    };
    if traffic.leads.step(lead) != Step::Moving {
        traffic.change(lead, LeadEvent::Arrive)?;
    }
    traffic.tallies[node as usize].here -= 1;
    traffic.taken[edge as usize] += 1;
    traffic
        .history
        .push(cx.now, lead, Fact::Moved { edge, outcome });
    Ok(Some(plan.targets[edge as usize]))
}

/// Why an outcome without an edge keeps the lead.
pub fn no_edge(traffic: &Traffic, outcome: u16) -> String {
    match outcome {
        label::NONE => "the node has no outgoing edge".into(),
        label::CANCELLED => "the call was cancelled, and no edge is labelled CANCELLED".into(),
        label::RETRY_EXPIRED => {
            "the call's retries expired, and no edge is labelled RETRY_EXPIRED".into()
        }
        label::LIMIT => "its calls are at their bound, and no edge is labelled LIMIT".into(),
        other => format!("the outcome {} has no edge", traffic.outcome_text(other)),
    }
}

/// Puts a lead, whose step is `Moving`, on a node and lets it go on until it rests.
pub fn settle(
    flow: &mut Flow,
    lead: u32,
    node: u32,
    cx: &mut Cx<'_>,
) -> Result<(), IllegalTransition> {
    flow.traffic.arrive(&flow.plan, lead, node);
    go_on(flow, lead, node, cx)
}

/// Starts the step of a lead at the node it stands on, and lets it go on until it rests.
fn go_on(
    flow: &mut Flow,
    lead: u32,
    mut node: u32,
    cx: &mut Cx<'_>,
) -> Result<(), IllegalTransition> {
    let (plan, traffic) = (&flow.plan, &mut flow.traffic);
    let window = flow.workflow.settings.calling_window.as_ref();
    for _ in 0..MAX_HOPS {
        let mut entering = Entering {
            flow: flow.ordinal,
            key: cx.key,
            now: cx.now,
            window,
            runs: &mut cx.runs,
            announce: cx.announce,
            effects: cx.effects,
        };
        match nodes::enter(
            &plan.nodes[node as usize].kind,
            traffic,
            lead,
            &mut entering,
        )? {
            Arrival::Rests => return Ok(()),
            Arrival::Stuck(reason) => {
                return traffic.stuck(cx.now, lead, label::UNDECIDED, &reason);
            }
            Arrival::Leaves(outcome) => match take_edge(plan, traffic, lead, node, outcome, cx)? {
                Some(target) => {
                    traffic.arrive(plan, lead, target);
                    node = target;
                }
                None => return Ok(()),
            },
        }
    }
    // The last edge led nowhere the lead could rest: it stands at its target, flagged.
    let reason = format!("it went through {MAX_HOPS} nodes without any time passing");
    traffic.stuck(cx.now, lead, label::UNDECIDED, &reason)
}

/// Gives up calls and actions from which nothing was heard for too long, paused or not.
fn deadlines(flow: &mut Flow, cx: &mut Cx<'_>) -> Result<u32, IllegalTransition> {
    let mut freed = 0;
    while let Some((call, _)) = flow.traffic.dialled.front().copied() {
        if cx.budget == 0 || flow.traffic.calls.dialled_at(call).plus(cx.call_deadline) > cx.now {
            break;
        }
        let final_status = flow.workflow.status.is_final();
        cx.budget -= 1;
        let mut report = CallReport::of(CallStatus::Failed);
        report.end_reason = Some("no final status arrived in time".into());
        end_attempt(&mut flow.traffic, call, &report, final_status, cx.now)?;
        freed += 1;
    }
    while cx.budget > 0 {
        let Some((at, lead)) = flow.traffic.action_deadlines.pop_due(cx.now) else {
            break;
        };
        cx.budget -= 1;
        if flow
            .traffic
            .actions
            .get(&lead)
            .is_some_and(|action| action.deadline == at)
        {
            let error = Some("no result arrived in time".to_owned());
            let result = ActionResult {
                success: false,
                status: None,
                body: Default::default(),
                error,
            };
            end_action(flow, lead, result, cx.now)?;
        }
    }
    Ok(freed)
}

/// Completes a workflow whose leads are all final.
pub fn complete_if_done(flow: &mut Flow, cx: &mut Cx<'_>) {
    if flow.is_done() {
        let to = leadline_model::WorkflowStatus::Completed;
        let from = std::mem::replace(&mut flow.workflow.status, to);
        flow.workflow.updated_at = cx.now;
        flow.traffic
            .history
            .push(cx.now, NO_LEAD, Fact::AutoCompleted);
        if cx.announce {
            let flow = flow.ordinal;
            let change = Announcement::StatusChanged { flow, from, to };
            cx.effects.push(Effect::Announce(change));
        }
    }
}
