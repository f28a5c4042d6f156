//! The engine of one organization, and the choke point through which everything goes.

use std::collections::BTreeMap;
use std::sync::Arc;

use leadline_model::{
    Account, Agent, AgentId, CallBounds, CallId, DelayOnPause, Duration, LeadId, PhoneNumber,
    Subscription, SubscriptionId, Time, WorkflowAction, WorkflowId,
};
use serde::{Deserialize, Serialize};

use crate::compile::Kind;
use crate::effect::Effect;
use crate::error::EngineError;
use crate::flow::{CallRef, Counters, Flow, LeadRef};
use crate::input::{ActionResult, CallReport, Input, Output};
use crate::machines::lead::Step;
use crate::machines::workflow;
use crate::people::People;
use crate::runs::Runs;
use crate::scheduler::{self, AtBound, Cx, MAX_HOPS, MAX_MOVES};
use crate::state::history::{Fact, NO_LEAD};
use crate::state::json;
use crate::{dialling, report, templates};

/// What an engine starts with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngineConfig {
    /// The organization, shown in workflows.
    pub organization_id: Arc<str>,
    /// The time before the first input.
    pub now: Time,
    /// The key ids are made with; two organizations should not share one.
    pub key: u64,
}

/// The state of one organization.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Engine {
    pub(crate) config: EngineConfig,
    pub(crate) now: Time,
    #[serde(with = "json")]
    pub(crate) account: Account,
    #[serde(with = "json")]
    pub(crate) agents: BTreeMap<AgentId, Agent>,
    #[serde(with = "json")]
    pub(crate) phone_numbers: BTreeMap<String, PhoneNumber>,
    /// Shared with whoever delivers.
    #[serde(with = "json")]
    pub(crate) subscriptions: Arc<BTreeMap<SubscriptionId, Subscription>>,
    /// Counts what subscribers were to be told.
    pub(crate) announced: u64,
    /// By ordinal; a deleted workflow keeps its place, and its call logs.
    pub(crate) flows: Vec<Flow>,
    pub(crate) deleted: Vec<bool>,
    pub(crate) by_id: BTreeMap<WorkflowId, u32>,
    /// Calls that hold a line, over all workflows.
    pub(crate) live: u32,
    /// The workflow whose turn it is to get a line, or the next one that is awake.
    turn: u32,
    /// Runs of agents' workflows.
    pub(crate) runs: Runs,
    /// Counts what ids were made for, beside workflows, leads and calls.
    pub(crate) made: u64,
    /// When people were called, while somebody bounds it; derived.
    #[serde(skip)]
    pub(crate) people: Option<People>,
    /// Workflows a tick has to look at; derived.
    #[serde(skip)]
    awake: Vec<u32>,
}

/// The last time an engine can have. Delays end at most ten years later, which still is a time.
pub const LAST_NOW: Time = Time(Time::MAX.0 - 20 * 366 * 86_400_000);

/// The counter of a lead or call: the workflow's ordinal, then the row.
pub fn counter(flow: u32, row: u32) -> u64 {
    (u64::from(flow) << 32) | u64::from(row)
}

impl Engine {
    /// An empty organization.
    pub fn new(config: EngineConfig) -> Engine {
        Engine {
            now: config.now,
            config,
            account: Account::default(),
            agents: BTreeMap::new(),
            phone_numbers: BTreeMap::new(),
            subscriptions: Arc::default(),
            announced: 0,
            flows: Vec::new(),
            deleted: Vec::new(),
            by_id: BTreeMap::new(),
            live: 0,
            turn: 0,
            runs: Runs::default(),
            made: 0,
            people: None,
            awake: Vec::new(),
        }
    }

    /// The time of the last input.
    pub fn now(&self) -> Time {
        self.now
    }

    /// Takes one input. On an error nothing has changed. Effects are appended.
    pub fn apply(
        &mut self,
        now: Time,
        input: &Input,
        effects: &mut Vec<Effect>,
    ) -> Result<Output, EngineError> {
        if *input == Input::Tick {
            return self.tick(now, effects).map(|()| Output::Done);
        }
        let before = self.now;
        self.pass_time(now)?;
        let status = self.status_to_announce(input);
        let output = self.apply_command(input, effects);
        match output {
            Ok(_) => {
                self.wake();
                self.announce_status(status, effects);
            }
            Err(_) => self.now = before,
        }
        output
    }

    fn apply_command(
        &mut self,
        input: &Input,
        effects: &mut Vec<Effect>,
    ) -> Result<Output, EngineError> {
        match input {
            Input::CreateWorkflow { definition } => self.create_workflow(definition),
            Input::Edit {
                workflow_id,
                changes,
                apply_to_waiting,
            } => self.edit(workflow_id, changes, *apply_to_waiting),
            Input::ReplaceDefinition {
                workflow_id,
                definition,
            } => self.replace_definition(workflow_id, definition),
            Input::DeleteNodeMovingLeads {
                workflow_id,
                node_id,
                to_node_id,
            } => self.delete_node_moving_leads(workflow_id, node_id, to_node_id),
            Input::Act {
                workflow_id,
                action,
            } => self.act(workflow_id, *action),
            Input::Duplicate { workflow_id } => self.duplicate(workflow_id),
            Input::DeleteWorkflow { workflow_id } => self.delete_workflow(workflow_id),
            Input::PutAgent {
                id,
                name,
                prompt,
                workflow,
                active,
            } => self.put_agent(id.as_ref(), name, prompt, workflow.as_ref(), *active),
            Input::StartRun {
                agent_name,
                task,
                state,
            } => self.start_run(agent_name, task, state, effects),
            Input::ResumeRun {
                run_id,
                step,
                answer,
            } => self.resume_run(run_id, step, answer, effects),
            Input::CancelRun { run_id } => self.cancel_run(run_id),
            Input::ReportRun {
                run_id,
                step,
                result,
            } => {
                let run = self.run_row(run_id)?;
                if let Some(at) = self.step_named(run, step) {
                    self.report_step(self.now, at, result.clone(), effects)?;
                }
                Ok(Output::Done)
            }
            Input::DeleteAgent { id } => self.delete_agent(id),
            Input::PutPhoneNumber {
                phone_number,
                label,
                active,
            } => self.put_phone_number(phone_number, label, *active),
            Input::DeletePhoneNumber { phone_number } => self.delete_phone_number(phone_number),
            Input::PutSubscription {
                id,
                url,
                description,
                events,
                active,
                secret,
            } => self.put_subscription(
                id.as_ref(),
                url,
                description,
                events,
                *active,
                secret.as_deref(),
            ),
            Input::DeleteSubscription { id } => self.delete_subscription(id),
            Input::PutAccount { account } => self.put_account(account),
            Input::Enrol { workflow_id, leads } => self.enrol(workflow_id, leads),
            Input::MoveLead {
                workflow_id,
                lead_id,
                to_node_id,
            } => self.move_lead(workflow_id, lead_id, to_node_id),
            Input::ResolveLead {
                workflow_id,
                lead_id,
                outcome,
            } => self.resolve_lead(workflow_id, lead_id, outcome),
            Input::RemoveLead {
                workflow_id,
                lead_id,
            } => self.remove_lead(workflow_id, lead_id),
            Input::ReportAction {
                workflow_id,
                lead_id,
                result,
            } => {
                let flow = self.ordinal(workflow_id)?;
                let lead = self.lead_row(flow, lead_id)?;
                self.report_action(self.now, LeadRef { flow, lead }, result.clone())?;
                Ok(Output::Done)
            }
            Input::ReportCall { call_id, report } => {
                let call = self.call_ref(call_id)?;
                report::check_weight(report)?;
                self.report_call(self.now, call, report)?;
                Ok(Output::Done)
            }
            Input::CallNotPlaced {
                call_id,
                attempt,
                reason,
                retry_after_seconds,
            } => {
                let call = self.call_ref(call_id)?;
                report::check_reason(reason)?;
                self.call_not_placed(self.now, call, *attempt, reason, *retry_after_seconds)?;
                Ok(Output::Done)
            }
            Input::ChangeLead {
                workflow_id,
                lead_id,
                variables,
            } => self.change_lead(workflow_id, lead_id, variables),
            Input::Reset { workflow_id, seed } => self.reset(workflow_id, *seed),
            Input::Tick => Ok(Output::Done),
        }
    }

    /// Lets time pass without doing anything. It never goes back (SPEC 5), and it ends some years
    /// before the last instant there is: what is planned for that instant never comes.
    pub fn pass_time(&mut self, now: Time) -> Result<(), EngineError> {
        if now < self.now {
            return Err(EngineError::TimeWentBack {
                now: self.now,
                got: now,
            });
        }
        if now > LAST_NOW {
            return Err(EngineError::Invalid(format!(
                "time ends at {LAST_NOW} here"
            )));
        }
        self.now = now;
        Ok(())
    }

    /// Does everything due at or before `now` (SPEC 5). O(what is due).
    pub fn tick(&mut self, now: Time, effects: &mut Vec<Effect>) -> Result<(), EngineError> {
        self.pass_time(now)?;
        self.expire_runs()?;
        let call_deadline = self.call_deadline();
        let key = self.config.key;
        let bounds = self.call_bounds();
        let mut people = bounds.map(|_| {
            let people = self.people.take();
            people.unwrap_or_else(|| People::of(&self.flows))
        });
        let mut cx = Cx {
            now,
            key,
            call_deadline,
            budget: MAX_MOVES,
            runs: Vec::new(),
            announce: self.announces(),
            people: people.as_mut().zip(bounds),
            at_bound: AtBound::None,
            effects,
        };
        let first_effect = cx.effects.len();
        // A run that is over at once, or a bound that is reached, lets its lead go on in the same tick.
        for round in 0.. {
            cx.at_bound = AtBound::from_round(round);
            for ordinal in &self.awake {
                let flow = &mut self.flows[*ordinal as usize];
                self.live -= scheduler::advance(flow, &mut cx)?;
            }
            if cx.runs.is_empty() {
                // Lines are given even when moving has used the budget up, or they would lie idle.
                let left = std::mem::replace(&mut cx.budget, MAX_MOVES);
                self.grant_lines(&mut cx)?;
                cx.budget = left;
                if cx.at_bound != AtBound::Some || left == 0 {
                    break;
                }
                continue;
            }
            let reason =
                format!("leads start runs here {MAX_HOPS} times over without any time passing");
            let flagged = (round >= MAX_HOPS).then_some(reason.as_str());
            let asked = std::mem::take(&mut cx.runs);
            self.start_lead_runs(asked, flagged, cx.effects)?;
        }
        for ordinal in &self.awake {
            scheduler::complete_if_done(&mut self.flows[*ordinal as usize], &mut cx);
        }
        if cx.announce {
            let asked = cx.effects[first_effect..].iter();
            let told = asked.filter(|effect| matches!(effect, Effect::Announce(_)));
            self.announced += told.count() as u64;
        }
        self.people = people;
        Ok(())
    }

    /// The account's bounds on calls to one person; `None` when neither it nor any workflow that may
    /// call has some.
    fn call_bounds(&self) -> Option<CallBounds> {
        let bounded = |ordinal: &u32| {
            let settings = &self.flows[*ordinal as usize].workflow.settings;
            settings.calls_per_person.is_some()
        };
        let account = self.account.calls_per_person;
        (account.is_some() || self.awake.iter().any(bounded)).then(|| account.unwrap_or_default())
    }

    /// Gives free lines to queued leads, workflow by workflow in turn.
    fn grant_lines(&mut self, cx: &mut Cx<'_>) -> Result<(), EngineError> {
        // Whose turn it is must not depend on who else is awake: that differs after a replay.
        let mut at = self.awake.partition_point(|ordinal| *ordinal < self.turn);
        let mut idle = 0;
        while idle < self.awake.len() && self.live < self.account.max_concurrent_calls {
            if at >= self.awake.len() {
                at = 0;
            }
            let ordinal = self.awake[at];
            if dialling::grant_one(&mut self.flows[ordinal as usize], cx)? {
                self.live += 1;
                self.turn = ordinal + 1;
                idle = 0;
            } else {
                idle += 1;
            }
            at += 1;
        }
        Ok(())
    }

    /// Takes a report about a call by its rows: what [`Input::ReportCall`] does, without the id.
    pub fn report_call(
        &mut self,
        now: Time,
        call: CallRef,
        report: &CallReport,
    ) -> Result<(), EngineError> {
        let before = self.now;
        self.pass_time(now)?;
        let flow = &mut self.flows[call.flow as usize];
        let was_unplaced = flow.traffic.unplaced.contains_key(&call.call);
        let reported = report::call_reported(flow, call.call, report, now);
        if reported.is_err() {
            self.now = before;
        }
        if was_unplaced {
            // Somebody may have been called after all.
            self.people = None;
        }
        if reported? {
            self.live -= 1;
        }
        Ok(())
    }

    /// Takes that a call could not be placed, by its rows: what [`Input::CallNotPlaced`] does.
    pub fn call_not_placed(
        &mut self,
        now: Time,
        call: CallRef,
        attempt: u16,
        reason: &str,
        retry_after_seconds: Option<u32>,
    ) -> Result<(), EngineError> {
        self.pass_time(now)?;
        let flow = &mut self.flows[call.flow as usize];
        let row = &flow.traffic.calls[call.call];
        let phone = flow.traffic.leads[row.lead].phone;
        let dialled = flow.traffic.calls.dialled_at(call.call);
        if dialling::not_placed(flow, call.call, attempt, reason, retry_after_seconds, now)? {
            self.live -= 1;
            if let Some(people) = &mut self.people {
                people.not_called(phone, dialled);
            }
        }
        Ok(())
    }

    /// Takes the result of a lead's request; one for a step that is over changes nothing.
    pub fn report_action(
        &mut self,
        now: Time,
        lead: LeadRef,
        result: ActionResult,
    ) -> Result<(), EngineError> {
        report::check_result(&result)?;
        self.pass_time(now)?;
        report::action_reported(&mut self.flows[lead.flow as usize], lead.lead, result, now)?;
        Ok(())
    }

    /// When something is due; never before now. `None`: nothing ever is, without an input.
    pub fn next_due(&self) -> Option<Time> {
        let room = self.live < self.account.max_concurrent_calls;
        let deadline = self.call_deadline();
        let due = |ordinal: &u32| self.flows[*ordinal as usize].next_due(self.now, room, deadline);
        let runs = self.runs.next_due().map(|at| at.max(self.now));
        self.awake.iter().filter_map(due).chain(runs).min()
    }

    fn call_deadline(&self) -> Duration {
        Duration::minutes(i64::from(self.account.call_deadline_minutes))
    }

    /// Agents or numbers changed: who was held because of them may go on.
    pub(crate) fn judge_bars(&mut self) {
        for flow in &mut self.flows {
            if flow.workflow.status.is_final() {
                continue;
            }
            let before = std::mem::take(&mut flow.traffic.barred);
            flow.traffic.judge_bars(&self.agents, &self.phone_numbers);
            if flow.traffic.barred != before {
                flow.traffic.let_go();
            }
        }
    }

    /// Finds out which workflows ticks have to look at.
    pub(crate) fn wake(&mut self) {
        let awake = self.flows.iter().filter(|flow| flow.is_awake());
        self.awake = awake.map(|flow| flow.ordinal).collect();
    }

    fn act(&mut self, id: &WorkflowId, action: WorkflowAction) -> Result<Output, EngineError> {
        let ordinal = self.ordinal(id)?;
        let next = workflow::next(self.flow(ordinal).workflow.status, action)?;
        if matches!(action, WorkflowAction::Activate | WorkflowAction::Resume) {
            let findings = self.findings(ordinal);
            if !findings.valid {
                return Err(EngineError::InvalidGraph(findings.errors));
            }
        }
        let now = self.now;
        let flow = &mut self.flows[ordinal as usize];
        flow.workflow.status = next;
        flow.workflow.updated_at = now;
        flow.traffic.history.push(now, NO_LEAD, Fact::Acted(action));
        let frozen = flow.workflow.settings.delay_on_pause == DelayOnPause::Freeze;
        match action {
            WorkflowAction::Pause => {
                flow.traffic.paused_at = Some(now);
                if frozen {
                    self.freeze_questions_of(ordinal, true);
                }
            }
            WorkflowAction::Activate | WorkflowAction::Resume => {
                resume(flow, now)?;
                self.freeze_questions_of(ordinal, false);
            }
            WorkflowAction::Cancel | WorkflowAction::Complete => {
                stop(flow, now)?;
                self.end_questions_of(ordinal)?;
            }
            WorkflowAction::Draft => {}
        }
        Ok(Output::Done)
    }

    pub(crate) fn ordinal(&self, id: &WorkflowId) -> Result<u32, EngineError> {
        self.by_id
            .get(id)
            .copied()
            .ok_or_else(|| EngineError::UnknownWorkflow(id.clone()))
    }

    pub(crate) fn flow(&self, ordinal: u32) -> &Flow {
        &self.flows[ordinal as usize]
    }

    pub(crate) fn lead_row(&self, flow: u32, id: &LeadId) -> Result<u32, EngineError> {
        id.counter(self.config.key)
            .filter(|counter| counter >> 32 == u64::from(flow))
            .map(|counter| counter as u32)
            .filter(|row| *row < self.flow(flow).traffic.leads.len())
            .ok_or_else(|| EngineError::UnknownLead(id.clone()))
    }

    pub(crate) fn call_ref(&self, id: &CallId) -> Result<CallRef, EngineError> {
        let unknown = || EngineError::UnknownCall(id.clone());
        let counter = id.counter(self.config.key).ok_or_else(unknown)?;
        let (flow, call) = ((counter >> 32) as u32, counter as u32);
        let known = self
            .flows
            .get(flow as usize)
            .is_some_and(|f| call < f.traffic.calls.len());
        if known {
            Ok(CallRef { flow, call })
        } else {
            Err(unknown())
        }
    }

    /// The id of a call.
    pub fn call_id(&self, call: CallRef) -> CallId {
        CallId::from_counter(self.config.key, counter(call.flow, call.call))
    }

    /// The id of a lead.
    pub fn lead_id(&self, lead: LeadRef) -> LeadId {
        LeadId::from_counter(self.config.key, counter(lead.flow, lead.lead))
    }

    /// A number nothing was made of yet.
    pub(crate) fn make(&mut self) -> u64 {
        self.made += 1;
        self.made
    }

    /// Numbers of things that happened in a workflow.
    pub fn counters(&self, id: &WorkflowId) -> Result<Counters, EngineError> {
        Ok(self.flow(self.ordinal(id)?).traffic.counters)
    }

    /// Numbers of things that happened in all workflows.
    pub fn total_events(&self) -> u64 {
        self.flows
            .iter()
            .map(|flow| flow.traffic.counters.events())
            .sum()
    }

    /// Bytes in memory, roughly: leads, calls, history, timers.
    pub fn bytes(&self) -> usize {
        self.flows.iter().map(|flow| flow.traffic.bytes()).sum()
    }

    /// Templates and time zones, as validation sees them.
    pub(crate) fn tools() -> &'static templates::Tools {
        &templates::Tools
    }
}

/// Continues after a pause (or starts). Where delays stood still they run on: those of delays and of
/// calls that wait to be dialled again alike (SPEC 5).
fn resume(flow: &mut Flow, now: Time) -> Result<(), EngineError> {
    let frozen = flow.workflow.settings.delay_on_pause == DelayOnPause::Freeze;
    let paused = flow.traffic.paused_at.take();
    let (plan, traffic) = (&flow.plan, &mut flow.traffic);
    let Some(paused) = paused.filter(|_| frozen) else {
        return Ok(());
    };
    traffic.frozen.push((paused, now));
    for lead in 0..traffic.leads.len() {
        let until = Time(traffic.leads[lead].until);
        if traffic.leads.step(lead) != Step::Waiting || until <= paused {
            continue;
        }
        let kind = crate::nodes::kind_of(plan, traffic.leads[lead].node);
        if matches!(kind, Kind::Delay { .. }) || dialling::waits_for_dial(traffic, lead) {
            traffic.wait(lead, until.plus(now.since(paused)))?;
        }
    }
    Ok(())
}

/// Stops for good: queued calls are dropped, nothing is dialled again (SPEC 5).
pub(crate) fn stop(flow: &mut Flow, now: Time) -> Result<(), EngineError> {
    use leadline_model::CallStatus;
    let traffic = &mut flow.traffic;
    traffic.queue.clear();
    traffic.held.clear();
    for call in 0..traffic.calls.len() {
        if traffic.calls.status(call) == CallStatus::Waiting {
            let mut report = CallReport::of(CallStatus::Cancelled);
            report.end_reason = Some("the workflow was stopped".into());
            // The lead keeps its place: nothing moves any more, whatever its outcome.
            report::end_attempt(traffic, call, &report, true, now)?;
        }
    }
    traffic.ready.clear();
    traffic.timers.retain(|_| false);
    Ok(())
}
