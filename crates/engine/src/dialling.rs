//! Who is dialled when (SPEC 4): free lines go to queued leads, oldest first, unless something keeps a
//! lead from being called: the calling window, an agent or a number that is switched off, a bound on
//! the calls to one person, or a dialer that cannot be reached.

use leadline_model::{Agent, AgentId, CallStatus, Circuit, Duration, PhoneNumber, Time};
use std::collections::BTreeMap;

use crate::compile::Kind;
use crate::effect::Effect;
use crate::flow::{CallRef, Flow, Traffic, VoiceConfig, label};
use crate::input::CallReport;
use crate::machines::IllegalTransition;
use crate::machines::circuit::Breaker;
use crate::machines::lead::{LeadEvent, Step};
use crate::nodes;
use crate::people::Free;
use crate::report::{end_attempt, end_call};
use crate::scheduler::{AtBound, Cx, MAX_HOPS};
use crate::state::leads::NONE;
use crate::window::LEAD_TIMEZONE;

/// The pause before a call that could not be placed is tried again; doubled up to the longest.
const FIRST_PAUSE: Duration = Duration::seconds(5);
const LONGEST_PAUSE: Duration = Duration::minutes(5);
/// The longest pause that a dialer can ask for.
const LONGEST_ASKED: Duration = Duration::hours(24);

/// How the placing of calls goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Dialling {
    /// Calls that could not be placed so far, each as often as it was tried.
    pub not_placed: u64,
    /// Calls that could not be placed and are tried again.
    pub unplaced: u64,
    /// Workflows whose new calls stop because of it.
    pub open: u64,
}

impl Dialling {
    /// Both together.
    pub fn and(self, other: Dialling) -> Dialling {
        Dialling {
            not_placed: self.not_placed + other.not_placed,
            unplaced: self.unplaced + other.unplaced,
            open: self.open + other.open,
        }
    }
}

impl crate::Engine {
    /// How the placing of calls goes, in all workflows. O(workflows).
    pub fn dialling(&self) -> Dialling {
        let each = self.flows.iter().map(|flow| {
            let breaker = flow.traffic.breaker.as_ref();
            Dialling {
                not_placed: flow.traffic.counters.not_placed,
                unplaced: flow.traffic.unplaced.len() as u64,
                open: breaker
                    .is_some_and(|breaker| breaker.opens_at().is_some())
                    .into(),
            }
        });
        each.fold(Dialling::default(), Dialling::and)
    }

    /// Whether some calls of a call's workflow could not be placed lately, so that it matters to be
    /// told of one that was.
    pub fn wants_placed(&self, call: CallRef) -> bool {
        let traffic = &self.flow(call.flow).traffic;
        traffic.breaker.is_some() || traffic.unplaced.contains_key(&call.call)
    }
}

/// What keeps calls from being made with what a node names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bar {
    /// The agent is switched off.
    AgentInactive,
    /// There is no such agent.
    AgentGone,
    /// The number is switched off.
    NumberInactive,
    /// There is no such number.
    NumberGone,
}

impl Bar {
    /// What keeps a call from being made so, if anything does.
    pub fn of(
        config: &VoiceConfig,
        agents: &BTreeMap<AgentId, Agent>,
        numbers: &BTreeMap<String, PhoneNumber>,
    ) -> Option<Bar> {
        let agent = config.agent_id.as_ref().and_then(|id| agents.get(id));
        let number = config.from_phone_number.as_ref();
        match (agent, number.and_then(|number| numbers.get(number))) {
            (None, _) => Some(Bar::AgentGone),
            (Some(agent), _) if !agent.active => Some(Bar::AgentInactive),
            (_, None) => Some(Bar::NumberGone),
            (_, Some(number)) if !number.active => Some(Bar::NumberInactive),
            _ => None,
        }
    }
}

/// Whether a lead's last call waits to be dialled again.
pub fn waits_for_dial(traffic: &Traffic, lead: u32) -> bool {
    let call = traffic.leads[lead].last_call;
    call != NONE && traffic.calls.status(call) == CallStatus::Waiting
}

/// What a queued lead is called with; `None` when its node calls nobody any more.
pub fn config_of(flow: &Flow, lead: u32) -> Option<u16> {
    if waits_for_dial(&flow.traffic, lead) {
        return Some(flow.traffic.calls[flow.traffic.leads[lead].last_call].config);
    }
    match nodes::kind_of(&flow.plan, flow.traffic.leads[lead].node) {
        Kind::Voice { config } => Some(*config),
        _ => None,
    }
}

/// Gives one free line to the lead that waits longest, if the workflow may call.
pub fn grant_one(flow: &mut Flow, cx: &mut Cx<'_>) -> Result<bool, IllegalTransition> {
    if !flow.workflow.status.is_active() || flow.traffic.live >= flow.call_limit() {
        return Ok(false);
    }
    if let Some(breaker) = &flow.traffic.breaker
        && breaker.opens_at().is_some_and(|at| at > cx.now)
    {
        return Ok(false);
    }
    while cx.budget > 0 {
        let Some(lead) = flow.traffic.queue.pop_front() else {
            break;
        };
        if flow.traffic.leads.step(lead) != Step::Queued {
            continue;
        }
        cx.budget -= 1;
        if flow.traffic.barred.iter().any(Option::is_some)
            && let Some(config) = config_of(flow, lead)
            && flow.traffic.bar(config).is_some()
        {
            flow.traffic.held.push_back(lead);
            continue;
        }
        if let Some(opens) = closed_until(flow, lead, cx.now) {
            wait_for_dial(&mut flow.traffic, lead, opens)?;
            continue;
        }
        if let Some((people, account)) = &mut cx.people {
            let phone = flow.traffic.leads[lead].phone;
            let bounds = flow.workflow.settings.calls_per_person.unwrap_or_default();
            match people.free(phone, account.and(bounds), cx.now) {
                Free::Now => people.called(phone, cx.now),
                at => {
                    at_bound(flow, lead, at, cx.now, &mut cx.at_bound)?;
                    continue;
                }
            }
        }
        dial(flow, lead, cx)?;
        return Ok(true);
    }
    Ok(false)
}

/// A lead whose calls are at their bound takes the edge drawn for that, or waits.
fn at_bound(
    flow: &mut Flow,
    lead: u32,
    free: Free,
    now: Time,
    goes_on: &mut AtBound,
) -> Result<(), IllegalTransition> {
    let traffic = &mut flow.traffic;
    let node = traffic.leads[lead].node as usize;
    let routed = flow.plan.nodes.get(node);
    if routed.is_some_and(|node| node.route(label::LIMIT).is_some()) {
        if *goes_on == AtBound::TooOften {
            let reason = format!(
                "it went round {MAX_HOPS} times at its bound of calls without any time passing"
            );
            return traffic.stuck(now, lead, label::UNDECIDED, &reason);
        }
        *goes_on = AtBound::Some;
        let call = traffic.leads[lead].last_call;
        if waits_for_dial(traffic, lead) {
            let mut report = traffic.calls.last_attempt(call);
            report.end_reason = Some("the bound on calls to this person was reached".into());
            return end_call(traffic, call, &report, Some(label::LIMIT), now);
        }
        return traffic.outcome(lead, label::LIMIT);
    }
    match free {
        Free::At(at) => wait_for_dial(traffic, lead, at),
        _ => {
            traffic.held.push_back(lead);
            Ok(())
        }
    }
}

/// Lets a queued lead wait until it may be dialled, or until the expiry of its retries.
fn wait_for_dial(traffic: &mut Traffic, lead: u32, until: Time) -> Result<(), IllegalTransition> {
    let expiry = if waits_for_dial(traffic, lead) {
        traffic.expiry(traffic.leads[lead].last_call)
    } else {
        None
    };
    traffic.wait(lead, expiry.map_or(until, |expiry| expiry.min(until)))
}

/// When the calling window opens for a lead; `None` when it is open.
fn closed_until(flow: &mut Flow, lead: u32, now: Time) -> Option<Time> {
    let window = flow.workflow.settings.calling_window.as_ref()?;
    let cells = &flow.traffic.leads.cells;
    let own = cells
        .column(LEAD_TIMEZONE)
        .and_then(|c| cells.text_of(cells.cell(c, lead)));
    let opening = flow.traffic.windows.opening(window, own, now);
    (!opening.open).then_some(opening.until)
}

fn dial(flow: &mut Flow, lead: u32, cx: &mut Cx<'_>) -> Result<(), IllegalTransition> {
    let traffic = &mut flow.traffic;
    let node = traffic.leads[lead].node;
    let last = traffic.leads[lead].last_call;
    let call = if waits_for_dial(traffic, lead) {
        // What could not be placed is the same attempt again.
        let again = !traffic.unplaced.contains_key(&last);
        traffic.calls.dial_again(last, again, cx.now);
        last
    } else {
        let Kind::Voice { config } = nodes::kind_of(&flow.plan, node) else {
            return traffic.stuck(cx.now, lead, label::UNDECIDED, "the node was deleted");
        };
        let visit = visit_of(traffic, last, *config);
        let call = traffic.calls.push(lead, last, *config, visit, cx.now);
        traffic.leads[lead].last_call = call;
        traffic.counters.calls += 1;
        call
    };
    traffic.change(lead, LeadEvent::Act)?;
    traffic.counters.call_events += 1;
    let attempt = traffic.calls[call].attempt;
    traffic.dialled.push_back((call, attempt));
    traffic.live += 1;
    if let Some(breaker) = &mut traffic.breaker {
        breaker.dialled(call, cx.now);
    }
    let attempt = u16::from(attempt);
    let call = CallRef {
        flow: flow.ordinal,
        call,
    };
    cx.effects.push(Effect::PlaceCall { call, attempt });
    Ok(())
}

/// Which of a lead's calls from a node the next one is, after its last one.
#[inline]
fn visit_of(traffic: &Traffic, last: u32, config: u16) -> u16 {
    let node = |config: u16| traffic.voice_configs[usize::from(config)].node;
    let from_node = |call: &u32| {
        let row = &traffic.calls[*call];
        row.config == config || node(row.config) == node(config)
    };
    // Nearly always the last one: a lead is called again from where it was called before.
    let before = traffic.calls.of_lead(last).find(from_node);
    before.map_or(1, |call| traffic.calls[call].visit.saturating_add(1))
}

/// The provider could not be reached, or took no calls: nobody was called, which is no outcome of the
/// lead's. It is tried again after a pause, and after many such calls the others wait too. Returns
/// whether a line is free again; what is said of an attempt that is over changes nothing.
pub fn not_placed(
    flow: &mut Flow,
    call: u32,
    attempt: u16,
    reason: &str,
    retry_after: Option<u32>,
    now: Time,
) -> Result<bool, IllegalTransition> {
    let policy = circuit_of(flow);
    let traffic = &mut flow.traffic;
    let row = &traffic.calls[call];
    let early = matches!(row.status, CallStatus::Created | CallStatus::Initiated);
    if !early || u16::from(row.attempt) != attempt {
        return Ok(false);
    }
    traffic.counters.not_placed += 1;
    if !traffic.is_current(call) || flow.workflow.status.is_final() {
        let mut report = CallReport::of(CallStatus::Cancelled);
        report.end_reason = Some(format!("it could not be placed: {reason}"));
        traffic.unplaced.insert(call, 1);
        end_attempt(traffic, call, &report, true, now)?;
        return Ok(true);
    }
    let lead = traffic.calls[call].lead;
    traffic.live -= 1;
    traffic.counters.call_events += 1;
    traffic.calls.set_status(call, CallStatus::Waiting);
    traffic.dialled.retain(|(dialled, _)| *dialled != call);
    traffic.drop_dials();
    let times = traffic.unplaced.entry(call).or_insert(0);
    *times = times.saturating_add(1);
    let doubled = FIRST_PAUSE.0 << (*times - 1).min(10);
    let pause = Duration(doubled.min(LONGEST_PAUSE.0));
    let asked = retry_after.map_or(0, |seconds| Duration::seconds(i64::from(seconds)).0);
    let pause = Duration(pause.0.max(asked.min(LONGEST_ASKED.0)));
    if traffic.breaker.is_none() {
        let since = now.0 - Duration::seconds(i64::from(policy.window_seconds)).0;
        let dialled = traffic.calls.created_since(since);
        traffic.breaker = Some(Box::new(Breaker::new(dialled, now)));
    }
    if let Some(breaker) = &mut traffic.breaker {
        breaker.failed(call, &policy, now);
    }
    traffic.note(
        now,
        lead,
        &format!("the call could not be placed: {reason}"),
    );
    let until = now.plus(pause);
    let expiry = traffic.expiry(call).map(|expiry| expiry.max(now));
    traffic.wait(lead, expiry.map_or(until, |expiry| expiry.min(until)))?;
    Ok(true)
}

/// When new calls of a workflow stop.
pub fn circuit_of(flow: &Flow) -> Circuit {
    flow.workflow.settings.circuit.unwrap_or_default()
}

/// Takes up what an edit changed about calls that wait to be dialled again (SPEC 4): the policy in
/// force decides, as of the end of their last attempt. O(leads).
pub fn follow_policies(flow: &mut Flow, now: Time) -> Result<(), IllegalTransition> {
    for lead in 0..flow.traffic.leads.len() {
        if !waits_for_dial(&flow.traffic, lead)
            || !matches!(flow.traffic.leads.step(lead), Step::Waiting | Step::Queued)
        {
            continue;
        }
        let node = flow.traffic.leads[lead].node;
        let Kind::Voice { config } = nodes::kind_of(&flow.plan, node) else {
            continue;
        };
        let (config, traffic) = (*config, &mut flow.traffic);
        let call = traffic.leads[lead].last_call;
        let old = traffic.calls[call].config;
        if !traffic.is_current(call) || old == config {
            continue;
        }
        traffic.calls[call].config = config;
        let configs = &traffic.voice_configs;
        let same_policy = configs[usize::from(old)].retry == configs[usize::from(config)].retry;
        if same_policy || traffic.unplaced.contains_key(&call) {
            continue;
        }
        let report = traffic.calls.last_attempt(call);
        let ended = traffic.calls.last_ended(call).unwrap_or(now);
        match traffic.retry_at(call, &report, ended) {
            None => {
                end_attempt(traffic, call, &report, true, now)?;
                traffic.drop_from_queue(|_, queued| queued == lead);
            }
            Some(at) if traffic.leads.step(lead) == Step::Waiting => {
                traffic.wait(lead, at.max(now))?;
            }
            Some(_) => {}
        }
    }
    Ok(())
}

impl Traffic {
    /// What keeps calls with a config from being made.
    pub fn bar(&self, config: u16) -> Option<Bar> {
        self.barred.get(usize::from(config)).copied().flatten()
    }

    /// Judges anew what calls are made with, and whether anybody who was held may go on.
    pub fn judge_bars(
        &mut self,
        agents: &BTreeMap<AgentId, Agent>,
        numbers: &BTreeMap<String, PhoneNumber>,
    ) {
        let configs = self.voice_configs.iter();
        let bars = configs.map(|config| Bar::of(config, agents, numbers));
        self.barred = bars.collect();
    }

    /// Lets everybody who was held try again, before those that came later.
    pub fn let_go(&mut self) {
        while let Some(lead) = self.held.pop_back() {
            self.queue.push_front(lead);
        }
    }

    /// Takes leads out of the queue, and out of those that are held.
    pub fn drop_from_queue(&mut self, gone: impl Fn(&Traffic, u32) -> bool) {
        for line in [Line::Queue, Line::Held] {
            let mut leads = std::mem::take(self.line(line));
            leads.retain(|lead| !gone(self, *lead));
            *self.line(line) = leads;
        }
    }

    fn line(&mut self, line: Line) -> &mut std::collections::VecDeque<u32> {
        match line {
            Line::Queue => &mut self.queue,
            Line::Held => &mut self.held,
        }
    }
}

#[derive(Clone, Copy)]
enum Line {
    Queue,
    Held,
}
