//! What people do to leads and to what belongs to the organization (SPEC 3).

use std::collections::BTreeSet;

use leadline_model::lead::parse_phone;
use leadline_model::ordered::Ordered;
use leadline_model::{
    Account, Agent, AgentId, AgentWorkflow, Application, CallStatus, LeadId, NodeConfig, NodeId,
    PhoneNumber, Time, Value, Variables, WorkflowId, WorkflowStatus, limits, validate,
};

use crate::compile::{Kind, label_number};
use crate::dialling::waits_for_dial;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::flow::{Asked, Counters, Flow, LeadRef, Traffic, label};
use crate::input::{CallReport, LeadBatch, Output};
use crate::machines::lead::{LeadEvent, Step};
use crate::report::end_attempt;
use crate::state::history::Fact;
use crate::state::leads::NONE;

/// Leads of a batch after which more such batches are to be expected.
const FEW: usize = 1_000;

impl Engine {
    pub(crate) fn enrol(
        &mut self,
        id: &WorkflowId,
        batch: &LeadBatch,
    ) -> Result<Output, EngineError> {
        let ordinal = self.ordinal(id)?;
        let status = self.flow(ordinal).workflow.status;
        if status.is_final() {
            return Err(EngineError::NotPossibleNow {
                status,
                what: "given new leads",
            });
        }
        let phones = check_batch(batch, &self.flow(ordinal).traffic)?;
        let now = self.now;
        let traffic = &mut self.flows[ordinal as usize].traffic;
        let known = traffic.enrolled.take();
        let mut known = known.unwrap_or_else(|| enrolled_numbers(traffic));
        let columns: Vec<usize> = batch
            .keys
            .iter()
            .map(|key| traffic.leads.cells.column_or_new(key))
            .collect();
        traffic.leads.reserve(phones.len());
        let first = traffic.leads.len();
        let mut skipped = 0;
        for (phone, (_, values)) in phones.into_iter().zip(&batch.rows) {
            if !known.insert(phone) {
                skipped += 1;
                continue;
            }
            let lead = traffic.leads.push(phone);
            for (column, value) in columns.iter().zip(values) {
                traffic.leads.cells.set(*column, lead, value);
            }
        }
        // Whoever enrols one by one should not wait for all the others to be gone through each time.
        traffic.enrolled = (batch.rows.len() <= FEW).then_some(known);
        let enrolled = traffic.leads.len() - first;
        if enrolled > 0 {
            traffic.counts.pending += u64::from(enrolled);
            traffic.leads.enrolments.push((first, now));
            traffic.history.push(now, first, Fact::Enrolled(enrolled));
        }
        let ids = (first..first + enrolled.min(1_000))
            .map(|lead| {
                self.lead_id(LeadRef {
                    flow: ordinal,
                    lead,
                })
            })
            .collect();
        Ok(Output::Enrolled {
            enrolled: u64::from(enrolled),
            skipped,
            ids,
        })
    }

    /// Puts leads on a node; what their steps were doing is over, and the next tick starts the new
    /// ones. O(leads that are ready or queued), however many are moved.
    pub(crate) fn place(
        &mut self,
        ordinal: u32,
        leads: &[u32],
        node: u32,
    ) -> Result<(), EngineError> {
        for lead in leads {
            self.end_step(ordinal, *lead)?;
        }
        let moved: BTreeSet<u32> = leads.iter().copied().into_set();
        let traffic = &mut self.flows[ordinal as usize].traffic;
        traffic.ready.retain(|lead| !moved.contains(lead));
        traffic.drop_from_queue(|_, lead| moved.contains(&lead));
        leads
            .iter()
            .try_for_each(|lead| self.place_one(ordinal, *lead, node))
    }

    fn place_one(&mut self, ordinal: u32, lead: u32, node: u32) -> Result<(), EngineError> {
        let now = self.now;
        let Flow { traffic, plan, .. } = &mut self.flows[ordinal as usize];
        match traffic.leads.step(lead) {
            Step::Pending => {
                traffic.counts.pending -= 1;
                traffic.counts.active += 1;
            }
            _ => traffic.tallies[traffic.leads[lead].node as usize].here -= 1,
        }
        traffic.change(lead, LeadEvent::Arrive)?;
        traffic.arrive(plan, lead, node);
        traffic.history.push(now, lead, Fact::Placed(node));
        traffic.outcome(lead, label::ENTER)?;
        Ok(())
    }

    /// Ends what the lead's step was doing: a call that waits to be dialled again is cancelled, a
    /// live one runs on and moves nobody; an action's result will move nobody, and a run is cancelled.
    fn end_step(&mut self, ordinal: u32, lead: u32) -> Result<(), EngineError> {
        let now = self.now;
        let traffic = &mut self.flows[ordinal as usize].traffic;
        let action = traffic.actions.remove(&lead);
        if let Some(Asked::Run(Some(run))) = action.map(|action| action.asked) {
            self.end_run(
                run,
                "its lead was taken away from the step that waited for it",
            )?;
        }
        let traffic = &mut self.flows[ordinal as usize].traffic;
        let call = traffic.leads[lead].last_call;
        if call != NONE && traffic.calls.status(call) == CallStatus::Waiting {
            let mut report = CallReport::of(CallStatus::Cancelled);
            report.end_reason = Some("an operator moved the lead".into());
            end_attempt(traffic, call, &report, true, now)?;
        }
        Ok(())
    }

    pub(crate) fn move_lead(
        &mut self,
        id: &WorkflowId,
        lead_id: &LeadId,
        to: &NodeId,
    ) -> Result<Output, EngineError> {
        let (ordinal, lead) = self.lead_inside(id, lead_id, true)?;
        let flow = self.flow(ordinal);
        flow.definition
            .node(to)
            .ok_or_else(|| EngineError::UnknownNode(to.clone()))?;
        let slot = flow.traffic.node_by_id[to];
        self.place(ordinal, &[lead], slot)?;
        Ok(Output::Done)
    }

    pub(crate) fn resolve_lead(
        &mut self,
        id: &WorkflowId,
        lead_id: &LeadId,
        outcome: &str,
    ) -> Result<Output, EngineError> {
        let (ordinal, lead) = self.lead_inside(id, lead_id, false)?;
        let flow = self.flow(ordinal);
        let slot = &flow.traffic.node_slots[flow.traffic.leads[lead].node as usize];
        let outputs = flow
            .definition
            .node(&slot.id)
            .map(|node| node.config.outputs())
            .unwrap_or_default();
        if !outputs
            .iter()
            .any(|output| output.label.as_deref().unwrap_or("") == outcome)
        {
            let (node, outcome) = (slot.id.clone(), outcome.chars().take(80).collect());
            return Err(EngineError::ImpossibleOutcome { node, outcome });
        }
        let now = self.now;
        self.end_step(ordinal, lead)?;
        let traffic = &mut self.flows[ordinal as usize].traffic;
        let number = label_number(traffic, outcome);
        traffic.history.push(now, lead, Fact::Resolved(number));
        traffic.ready.retain(|ready| *ready != lead);
        traffic.drop_from_queue(|_, queued| queued == lead);
        traffic.outcome(lead, number)?;
        Ok(Output::Done)
    }

    pub(crate) fn remove_lead(
        &mut self,
        id: &WorkflowId,
        lead_id: &LeadId,
    ) -> Result<Output, EngineError> {
        let ordinal = self.ordinal(id)?;
        let lead = self.lead_row(ordinal, lead_id)?;
        let now = self.now;
        match self.flow(ordinal).traffic.leads.step(lead) {
            Step::Removed => return Err(EngineError::LeadNotInside("removed already")),
            Step::Ended => return Err(EngineError::LeadNotInside("at the end of its path")),
            _ => {}
        }
        self.end_step(ordinal, lead)?;
        let traffic = &mut self.flows[ordinal as usize].traffic;
        if traffic.leads.step(lead) == Step::Pending {
            traffic.counts.pending -= 1;
        } else {
            traffic.counts.active -= 1;
            traffic.tallies[traffic.leads[lead].node as usize].here -= 1;
        }
        traffic.counts.removed += 1;
        let phone = traffic.leads[lead].phone;
        if let Some(enrolled) = &mut traffic.enrolled {
            enrolled.remove(&phone);
        }
        traffic.ready.retain(|ready| *ready != lead);
        traffic.drop_from_queue(|_, queued| queued == lead);
        traffic.change(lead, LeadEvent::Remove)?;
        traffic.history.push(now, lead, Fact::Removed);
        Ok(Output::Done)
    }

    /// The rows of a lead that an operator can act on.
    fn lead_inside(
        &self,
        id: &WorkflowId,
        lead_id: &LeadId,
        pending_too: bool,
    ) -> Result<(u32, u32), EngineError> {
        let ordinal = self.ordinal(id)?;
        let lead = self.lead_row(ordinal, lead_id)?;
        let status = self.flow(ordinal).workflow.status;
        if status.is_final() {
            return Err(EngineError::NotPossibleNow {
                status,
                what: "changed any more",
            });
        }
        match self.flow(ordinal).traffic.leads.step(lead) {
            Step::Removed => Err(EngineError::LeadNotInside("removed")),
            Step::Ended => Err(EngineError::LeadNotInside("at the end of its path")),
            Step::Pending if !pending_too => Err(EngineError::LeadNotInside("not started yet")),
            _ => Ok((ordinal, lead)),
        }
    }

    pub(crate) fn reset(
        &mut self,
        id: &WorkflowId,
        seed: Option<u64>,
    ) -> Result<Output, EngineError> {
        let ordinal = self.ordinal(id)?;
        self.forget_runs_of(ordinal);
        let now = self.now;
        let flow = &mut self.flows[ordinal as usize];
        self.live -= flow.traffic.live;
        self.people = None;
        flow.seed = seed.unwrap_or(flow.seed);
        flow.workflow.status = WorkflowStatus::Draft;
        flow.workflow.updated_at = now;
        let old = std::mem::replace(&mut flow.traffic, Traffic::new());
        let traffic = &mut flow.traffic;
        // Luck is drawn by node slots, so a run after edits needs the same slots again.
        (traffic.node_slots, traffic.node_by_id) = (old.node_slots, old.node_by_id);
        traffic.leads = old.leads;
        traffic.leads.reset();
        traffic.counts.removed = old.counts.removed;
        traffic.counts.pending = u64::from(traffic.leads.len()) - old.counts.removed;
        traffic.counters = Counters::default();
        // There is room: what a flow was ever called and connected by is forgotten.
        let definition = std::mem::take(&mut flow.definition);
        crate::compile::install(flow, definition);
        flow.traffic.judge_bars(&self.agents, &self.phone_numbers);
        Ok(Output::Done)
    }

    /// Changes variables of a lead (SPEC 3): conditions that are judged later see them, and a lead that
    /// waits for its calling window is judged by its new time zone.
    pub(crate) fn change_lead(
        &mut self,
        id: &WorkflowId,
        lead_id: &LeadId,
        variables: &Variables,
    ) -> Result<Output, EngineError> {
        let ordinal = self.ordinal(id)?;
        let lead = self.lead_row(ordinal, lead_id)?;
        let now = self.now;
        let traffic = &mut self.flows[ordinal as usize].traffic;
        if traffic.leads.step(lead) == Step::Removed {
            return Err(EngineError::LeadNotInside("removed"));
        }
        let mut after = traffic.leads.cells.variables(lead);
        for (key, value) in variables {
            match value {
                Value::Null => after.remove(key),
                value => after.insert(key.clone(), value.clone()),
            };
        }
        let row = (String::new(), after.values().cloned().collect());
        let keys = after.keys().cloned().collect();
        let whole = LeadBatch {
            keys,
            rows: vec![row],
        };
        let problems = check_variables(&whole, traffic)?;
        if let Some(problem) = problems.into_iter().flatten().next() {
            return Err(EngineError::Invalid(problem));
        }
        let mut changed = Vec::new();
        for (key, value) in variables {
            let column = traffic.leads.cells.column_or_new(key);
            let cell = traffic.leads.cells.cell(column, lead);
            let old = traffic.leads.cells.value_of(cell).unwrap_or(Value::Null);
            if old != *value {
                traffic.leads.cells.set(column, lead, value);
                changed.push(key.as_str());
            }
        }
        if changed.is_empty() {
            return Ok(Output::Done);
        }
        let note = traffic.notes.number(&changed.join(", "));
        traffic.history.push(now, lead, Fact::Changed(note));
        let waits_for_window =
            traffic.leads.step(lead) == Step::Waiting && !waits_for_dial(traffic, lead);
        let flow = &mut self.flows[ordinal as usize];
        let kind = crate::nodes::kind_of(&flow.plan, flow.traffic.leads[lead].node);
        if waits_for_window && matches!(kind, Kind::Voice { .. }) {
            flow.traffic.change(lead, LeadEvent::Queue)?;
            flow.traffic.queue.push_back(lead);
        }
        Ok(Output::Done)
    }

    pub(crate) fn put_agent(
        &mut self,
        id: Option<&AgentId>,
        name: &str,
        prompt: &str,
        workflow: Option<&AgentWorkflow>,
        active: bool,
    ) -> Result<Output, EngineError> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
        if name.is_empty() || name.len() > 64 || !name.bytes().all(allowed) {
            return Err(EngineError::Invalid(
                "an agent's name is 1 to 64 letters, digits, `_` or `-`".into(),
            ));
        }
        if prompt.len() > limits::MAX_TEXT {
            return Err(EngineError::Limit {
                what: "bytes of a prompt",
                limit: limits::MAX_TEXT,
            });
        }
        crate::templates::check_template(prompt)
            .map_err(|problem| EngineError::Invalid(format!("the prompt: {problem}")))?;
        let taken = self
            .agents
            .values()
            .any(|agent| agent.name == name && Some(&agent.id) != id);
        if taken {
            return Err(EngineError::InUse {
                what: format!("the name `{name}`"),
                by: "another agent".into(),
            });
        }
        if let Some(workflow) = workflow {
            let problems = validate::step_problems(workflow, Engine::tools());
            if !problems.is_empty() {
                return Err(EngineError::BadSteps(problems));
            }
        }
        let old = id.and_then(|id| self.agents.get(id));
        if let Some(old) = old.filter(|old| old.name != name) {
            self.refuse_if_used("the agent’s name", |config| starts(config, &old.name))?;
        }
        let (name, prompt) = (name.to_owned(), prompt.to_owned());
        let workflow = workflow.cloned();
        let agent = match id {
            Some(id) => {
                let old = self.agents.get(id);
                let old = old.ok_or_else(|| EngineError::UnknownAgent(id.to_string()))?;
                Agent {
                    id: id.clone(),
                    name,
                    prompt,
                    workflow,
                    active,
                    created_at: old.created_at,
                }
            }
            None => {
                let id = self.new_agent_id();
                Agent {
                    id,
                    name,
                    prompt,
                    workflow,
                    active,
                    created_at: self.now,
                }
            }
        };
        let id = agent.id.clone();
        self.agents.insert(id.clone(), agent);
        self.judge_bars();
        Ok(Output::Agent(id))
    }

    pub(crate) fn delete_agent(&mut self, id: &AgentId) -> Result<Output, EngineError> {
        let agent = self.agents.get(id);
        let agent = agent.ok_or_else(|| EngineError::UnknownAgent(id.to_string()))?;
        let uses = |config: &NodeConfig| match config {
            NodeConfig::VoiceCall(call) => call.agent_id.as_ref() == Some(id),
            other => starts(other, &agent.name),
        };
        self.refuse_if_used("the agent", uses)?;
        self.agents.remove(id);
        Ok(Output::Done)
    }

    pub(crate) fn put_phone_number(
        &mut self,
        number: &str,
        text: &str,
        active: bool,
    ) -> Result<Output, EngineError> {
        let digits = parse_phone(number).ok_or_else(|| {
            EngineError::Invalid(
                "a phone number is written as + and 7 to 15 digits, such as +14155550100".into(),
            )
        })?;
        if text.chars().count() > limits::MAX_LABEL {
            return Err(EngineError::Limit {
                what: "characters of a label",
                limit: limits::MAX_LABEL,
            });
        }
        let number = leadline_model::lead::format_phone(digits);
        let old = self.phone_numbers.get(&number).map(|old| old.created_at);
        let created_at: Time = old.unwrap_or(self.now);
        let label = text.to_owned();
        let entry = PhoneNumber {
            phone_number: number.clone(),
            label,
            active,
            created_at,
        };
        self.phone_numbers.insert(number, entry);
        self.judge_bars();
        Ok(Output::Done)
    }

    pub(crate) fn delete_phone_number(&mut self, number: &str) -> Result<Output, EngineError> {
        if !self.phone_numbers.contains_key(number) {
            return Err(EngineError::UnknownPhoneNumber(
                number.chars().take(32).collect(),
            ));
        }
        let uses = |config: &NodeConfig| {
            matches!(config, NodeConfig::VoiceCall(call)
                if call.from_phone_number.as_deref() == Some(number))
        };
        self.refuse_if_used("the phone number", uses)?;
        self.phone_numbers.remove(number);
        Ok(Output::Done)
    }

    fn refuse_if_used(
        &self,
        what: &str,
        uses: impl Fn(&NodeConfig) -> bool,
    ) -> Result<(), EngineError> {
        let user = self
            .by_id
            .values()
            .map(|ordinal| self.flow(*ordinal))
            .find(|flow| {
                !flow.workflow.status.is_final()
                    && flow.definition.nodes.iter().any(|node| uses(&node.config))
            });
        match user {
            None => Ok(()),
            Some(flow) => Err(EngineError::InUse {
                what: what.into(),
                by: format!("the workflow “{}”", flow.workflow.title),
            }),
        }
    }

    pub(crate) fn put_account(&mut self, account: &Account) -> Result<Output, EngineError> {
        let calls = account.max_concurrent_calls;
        if calls == 0 || calls > limits::MAX_CONCURRENT_CALLS {
            return Err(EngineError::Invalid(format!(
                "the limit of simultaneous calls lies between 1 and {}",
                limits::MAX_CONCURRENT_CALLS
            )));
        }
        if !(1..=10_080).contains(&account.call_deadline_minutes) {
            return Err(EngineError::Invalid(
                "the deadline of a call lies between 1 minute and 7 days (10080)".into(),
            ));
        }
        let most = limits::MAX_RUN_TIMEOUT;
        if !(1..=most).contains(&account.run_timeout_seconds) {
            return Err(EngineError::Invalid(format!(
                "the timeout of a run lies between 1 and {most} seconds"
            )));
        }
        if let Some(problem) = account.calls_per_person.and_then(|bounds| bounds.problem()) {
            return Err(EngineError::Invalid(problem.to_owned()));
        }
        if self.account.calls_per_person != account.calls_per_person {
            self.people = None;
            for flow in &mut self.flows {
                flow.traffic.let_go();
            }
        }
        self.account = account.clone();
        Ok(Output::Done)
    }
}

/// Whether a node starts runs of the agent of this name.
fn starts(config: &NodeConfig, name: &str) -> bool {
    matches!(config, NodeConfig::Application(Application::AgentWorkflow(start))
        if start.agent_name.as_deref() == Some(name))
}

/// The numbers that are enrolled; those of removed leads may be enrolled again.
fn enrolled_numbers(traffic: &Traffic) -> BTreeSet<u64> {
    let leads = &traffic.leads;
    let enrolled = leads.rows().iter().filter(|row| row.step != Step::Removed);
    let mut numbers: Vec<u64> = enrolled.map(|row| row.phone).collect();
    numbers.sort_unstable();
    numbers.into_iter().collect()
}

/// Judges a batch whole; returns the numbers, or every bad lead's problem (the first is lead 1).
fn check_batch(batch: &LeadBatch, traffic: &Traffic) -> Result<Vec<u64>, EngineError> {
    let leads = traffic.leads.len() as usize + batch.rows.len();
    if leads > limits::MAX_LEADS {
        return Err(EngineError::Limit {
            what: "leads in a workflow",
            limit: limits::MAX_LEADS,
        });
    }
    let weights = check_variables(batch, traffic)?;
    let (mut phones, mut bad) = (Vec::with_capacity(batch.rows.len()), Vec::new());
    for (row, ((phone, _), problem)) in batch.rows.iter().zip(weights).enumerate() {
        match (problem, parse_phone(phone)) {
            (None, Some(digits)) => phones.push(digits),
            (Some(problem), _) => bad.push((row + 1, problem)),
            (None, None) => {
                let shown: String = phone.chars().take(32).collect();
                let problem = format!("`{shown}` is no phone number such as +14155550101");
                bad.push((row + 1, problem));
            }
        }
    }
    if !bad.is_empty() {
        return Err(EngineError::BadLeads(bad));
    }
    Ok(phones)
}

/// Judges the variables of a batch; what is wrong with each row's.
fn check_variables(
    batch: &LeadBatch,
    traffic: &Traffic,
) -> Result<Vec<Option<String>>, EngineError> {
    if batch.keys.len() > limits::MAX_VARIABLES {
        return Err(EngineError::Limit {
            what: "variables of a lead",
            limit: limits::MAX_VARIABLES,
        });
    }
    let known = traffic.leads.cells.keys();
    let new = batch.keys.iter().filter(|key| !known.contains(key)).count();
    if known.len() + new > limits::MAX_VARIABLE_KEYS {
        return Err(EngineError::Limit {
            what: "variable keys of a workflow",
            limit: limits::MAX_VARIABLE_KEYS,
        });
    }
    let bad_key = |key: &&String| key.trim().is_empty() || key.chars().count() > limits::MAX_LABEL;
    if let Some(key) = batch.keys.iter().find(bad_key) {
        let shown: String = key.chars().take(40).collect();
        return Err(EngineError::Invalid(format!(
            "`{shown}` cannot be the name of a variable"
        )));
    }
    let (mut problems, mut weight) = (Vec::with_capacity(batch.rows.len()), 0);
    for (_, values) in &batch.rows {
        let own: usize = values.iter().map(Value::weight).sum();
        weight += own;
        problems.push(if values.len() > batch.keys.len() {
            Some("more values than keys".to_owned())
        } else if own > limits::MAX_VARIABLES_WEIGHT {
            Some(format!(
                "its variables are larger than {} bytes",
                limits::MAX_VARIABLES_WEIGHT
            ))
        } else {
            None
        });
    }
    if !traffic.leads.cells.has_room_for(weight) {
        return Err(EngineError::Limit {
            what: "bytes of lead variables",
            limit: 2 << 30,
        });
    }
    Ok(problems)
}
