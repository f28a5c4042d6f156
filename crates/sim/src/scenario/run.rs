//! Running a script.

use std::collections::BTreeMap;
use std::sync::Arc;

use leadline_engine::{ActionResult, CallReport, EngineError, Input, LeadBatch, LeadRef, Output};
use leadline_model::{
    ActionSimulation, AgentId, CallSimulation, Definition, Duration, Time, Value, Variables,
    WorkflowId, json,
};

use super::file::{AgentEntry, LeadList, Script, Step, WorldKind};
use super::{Coverage, MAX_INSTANTS, ScenarioReport, expect, refs};
use crate::luck::{ActionPlan, CallPlan, Draw, Luck};
use crate::{Session, SessionConfig, SessionInput};

const KEY: u64 = 0x6C65_6164;

/// A world in which nobody answers.
struct Silence;

/// Longer than any script.
const NEVER: Duration = Duration(Time::MAX.0 * 2);

impl Luck for Silence {
    fn call(&self, _: &Draw, _: u32, _: &CallSimulation) -> CallPlan {
        CallPlan {
            initiated_after: NEVER,
            connected_after: None,
            ended_after: NEVER,
        }
    }

    fn ending(&self, _: &Draw, _: &CallSimulation, _: &CallPlan, _: &mut CallReport) {}

    fn action(&self, _: &Draw, _: &ActionSimulation) -> ActionPlan {
        let result = ActionResult {
            success: true,
            status: None,
            body: Value::Null,
            error: None,
        };
        ActionPlan {
            after: NEVER,
            result,
        }
    }
}

/// A script under way.
pub struct Run {
    session: Session,
    workflows: BTreeMap<String, WorkflowId>,
    agents: BTreeMap<String, AgentId>,
    /// Agent and number of voice calls that do not say.
    defaults: (String, String),
    /// The most calls at one time: of each workflow, and of all.
    most: (BTreeMap<WorkflowId, u64>, u64),
    instants: u64,
    /// What was not as expected so far, in words.
    pub failures: Vec<String>,
}

/// Runs a script to its end.
pub fn run(script: &Script) -> ScenarioReport {
    let mut run = Run::new(script);
    run.play(script);
    ScenarioReport {
        passed: run.failures.is_empty(),
        coverage: run.coverage(),
        digest: run.session.digest(),
        failures: run.failures,
    }
}

impl refs::Names for Run {
    fn find(&self, reference: &str) -> Result<String, String> {
        let unknown = || format!("`${reference}` names nothing");
        let parts: Vec<&str> = reference.split(':').collect();
        let number = |text: &str| text.parse::<u32>().map_err(|_| unknown());
        let workflow = |name: &str| self.workflows.get(name).ok_or_else(unknown);
        Ok(match parts.as_slice() {
            ["agent", name] => self.agents.get(*name).ok_or_else(unknown)?.to_string(),
            ["lead", lead] => self.lead_id(workflow("main")?, number(lead)?)?,
            ["lead", name, lead] => self.lead_id(workflow(name)?, number(lead)?)?,
            ["call", lead] => self.call_id(workflow("main")?, number(lead)?, None)?,
            ["call", name, lead] => self.call_id(workflow(name)?, number(lead)?, None)?,
            ["call", name, lead, nth] => {
                self.call_id(workflow(name)?, number(lead)?, Some(number(nth)?))?
            }
            ["run", run] => {
                let row = number(run)?.checked_sub(1).ok_or_else(unknown)?;
                self.session.engine().run_id(row).to_string()
            }
            [name] => workflow(name)?.to_string(),
            _ => return Err(unknown()),
        })
    }

    fn defaults(&self) -> (String, String) {
        self.defaults.clone()
    }
}

impl Run {
    /// An empty organization at the script's start.
    pub fn new(script: &Script) -> Run {
        let config = SessionConfig {
            organization_id: "org_scenario".into(),
            now: script.start,
            key: KEY,
            tick_ms: script.tick_ms,
        };
        let session = match script.world {
            WorldKind::Simulated => Session::new(config),
            WorldKind::Manual => Session::with_luck(config, Arc::new(Silence)),
        };
        Run {
            session,
            workflows: BTreeMap::new(),
            agents: BTreeMap::new(),
            defaults: Default::default(),
            most: Default::default(),
            instants: 0,
            failures: Vec::new(),
        }
    }

    /// Plays the script, whatever fails on the way.
    pub fn play(&mut self, script: &Script) {
        if let Err(problem) = self.set_up(script) {
            let failure = format!("before the first step: {problem}");
            return self.failures.push(failure);
        }
        for (index, step) in script.steps.iter().enumerate() {
            let before = self.failures.len();
            if let Err(problem) = self.step(step) {
                self.failures.push(problem);
            }
            for failure in &mut self.failures[before..] {
                *failure = format!("step {}: {failure}", index + 1);
            }
        }
    }

    /// The session, to ask.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// What the script calls so.
    pub fn workflow(&self, name: &str) -> Option<&WorkflowId> {
        self.workflows.get(name)
    }

    fn lead_id(&self, workflow: &WorkflowId, lead: u32) -> Result<String, String> {
        let engine = self.session.engine();
        let flow = engine
            .flow_of(workflow)
            .map_err(|error| error.to_string())?;
        let lead = lead.checked_sub(1).ok_or("leads are counted from 1")?;
        Ok(engine.lead_id(LeadRef { flow, lead }).to_string())
    }

    fn call_id(&self, id: &WorkflowId, lead: u32, nth: Option<u32>) -> Result<String, String> {
        let engine = self.session.engine();
        expect::call_of(engine, id, lead, nth.map(|nth| nth as usize))
            .map(|call| engine.call_id(call).to_string())
            .ok_or_else(|| format!("lead {lead} has no such call"))
    }

    fn apply(&mut self, input: Input) -> Result<Output, String> {
        let input = SessionInput::Apply { input };
        self.session
            .apply(&input)
            .map_err(|error| error.to_string())
    }

    fn set_up(&mut self, script: &Script) -> Result<(), String> {
        let one = [AgentEntry {
            name: "agent".into(),
            prompt: String::new(),
            workflow: None,
            active: true,
        }];
        let agents = if script.agents.is_empty() {
            &one[..]
        } else {
            &script.agents
        };
        for AgentEntry {
            name,
            prompt,
            workflow,
            active,
        } in agents
        {
            let (name, prompt, active) = (name.clone(), prompt.clone(), *active);
            let input = Input::PutAgent {
                id: None,
                name: name.clone(),
                prompt,
                workflow: workflow.clone(),
                active,
            };
            if let Output::Agent(id) = self.apply(input)? {
                if self.agents.is_empty() {
                    self.defaults.0 = id.to_string();
                }
                self.agents.insert(name, id);
            }
        }
        let one = ["+14155550100".to_owned()];
        let numbers = if script.phone_numbers.is_empty() {
            &one[..]
        } else {
            &script.phone_numbers
        };
        for number in numbers {
            let (phone_number, label) = (number.clone(), String::new());
            self.apply(Input::PutPhoneNumber {
                phone_number,
                label,
                active: true,
            })?;
        }
        self.defaults.1 = numbers.first().cloned().unwrap_or_default();
        if let Some(account) = script.account.clone() {
            self.apply(Input::PutAccount { account })?;
        }
        for (name, value) in &script.workflows {
            let value = refs::definition(value, self)?;
            let definition: Definition =
                json::from_value(&value).map_err(|error| format!("{name}: {error}"))?;
            let output = self.apply(Input::CreateWorkflow { definition })?;
            self.name_workflow(name, &output)?;
            if let (Some(seed), Some(id)) = (script.seed, self.workflows.get(name)) {
                let input = Input::Reset {
                    workflow_id: id.clone(),
                    seed: Some(seed),
                };
                self.apply(input)?;
            }
        }
        script
            .leads
            .iter()
            .try_for_each(|(name, list)| self.enrol(name, list))
    }

    fn name_workflow(&mut self, name: &str, output: &Output) -> Result<(), String> {
        match output {
            Output::Workflow(id) => {
                self.workflows.insert(name.to_owned(), id.clone());
                Ok(())
            }
            _ => Err(format!("no workflow was made that could be called {name}")),
        }
    }

    fn enrol(&mut self, name: &str, list: &LeadList) -> Result<(), String> {
        let id = self.workflows.get(name);
        let workflow_id = id
            .ok_or_else(|| format!("there is no workflow {name}"))?
            .clone();
        let input = match list {
            LeadList::Listed(leads) => {
                let leads = batch(leads)?;
                SessionInput::Apply {
                    input: Input::Enrol { workflow_id, leads },
                }
            }
            LeadList::Generated {
                generate,
                variables,
                seed,
            } => SessionInput::Generate {
                workflow_id,
                count: *generate,
                variables: variables.clone(),
                seed: *seed,
            },
        };
        self.session
            .apply(&input)
            .map(|_| ())
            .map_err(|error| error.to_string())
    }

    fn step(&mut self, step: &Step) -> Result<(), String> {
        if let Some(to) = step.begins(self.session.now())? {
            let advanced = self.advance(to);
            if step.apply.is_none() && step.refused.is_none() {
                advanced.map_err(|error| error.to_string())?;
            } else if let Err(error) = advanced {
                return Err(error.to_string());
            }
        }
        if let Some(value) = &step.apply {
            self.give(step, value)?;
        }
        if step.restore {
            let restored = Session::restore(&self.session.snapshot());
            let session = restored.map_err(|error| error.to_string())?;
            if session.digest() != self.session.digest() {
                self.failures.push("the state read back is another".into());
            }
            self.session = session;
        }
        self.look();
        for expected in step.expect.as_slice() {
            let name = expected.workflow.as_deref().unwrap_or("main");
            let id = self.workflows.get(name).cloned();
            let id = id.ok_or_else(|| format!("there is no workflow {name}"))?;
            let most = (self.most.0.get(&id).copied().unwrap_or(0), self.most.1);
            match expected.compare(self.session.engine(), &id, most) {
                Ok(differences) => self.failures.extend(differences),
                Err(error) => self.failures.push(error.to_string()),
            }
        }
        Ok(())
    }

    fn give(&mut self, step: &Step, value: &serde_json::Value) -> Result<(), String> {
        let value = refs::input(value, self)?;
        let input: SessionInput =
            json::from_value(&value).map_err(|error| format!("no such input: {error}"))?;
        let before = step.refused.is_some().then(|| self.session.snapshot());
        match (self.session.apply(&input), &step.refused) {
            (Ok(_), Some(code)) => Err(format!("should be refused with {code} and is accepted")),
            (Err(error), None) => Err(format!("refused with {}: {error}", error.code())),
            (Err(error), Some(code)) => {
                if error.code() != code {
                    let got = error.code();
                    self.failures
                        .push(format!("should be refused with {code}, not {got}: {error}"));
                }
                let words = error.to_string();
                if step
                    .says
                    .as_ref()
                    .is_some_and(|says| !words.contains(says.as_str()))
                {
                    self.failures.push(format!("the refusal says `{words}`"));
                }
                if before.is_some_and(|before| before != self.session.snapshot()) {
                    self.failures
                        .push("the refused input changed something".into());
                }
                Ok(())
            }
            (Ok(output), None) => self.judge(step, &output),
        }
    }

    fn judge(&mut self, step: &Step, output: &Output) -> Result<(), String> {
        if let Some(name) = &step.called {
            self.name_workflow(name, output)?;
        }
        let (mut enrolled, mut skipped) = (None, None);
        if let Output::Enrolled {
            enrolled: took,
            skipped: left,
            ..
        } = output
        {
            (enrolled, skipped) = (Some(*took), Some(*left));
        }
        for (what, expected, got) in [
            ("enrolled", step.enrolled, enrolled),
            ("skipped", step.skipped, skipped),
        ] {
            if expected.is_some() && expected != got {
                self.failures
                    .push(format!("{what} should be {expected:?} and is {got:?}"));
            }
        }
        Ok(())
    }

    /// Advances instant by instant, watching how many calls there are at each.
    fn advance(&mut self, to: Time) -> Result<(), EngineError> {
        loop {
            let advanced = self.session.advance(to, 1)?;
            self.look();
            if advanced.done {
                return Ok(());
            }
            self.instants += 1;
            if self.instants > MAX_INSTANTS {
                let what = "instants of a scenario";
                return Err(EngineError::Limit {
                    what,
                    limit: MAX_INSTANTS as usize,
                });
            }
        }
    }

    fn look(&mut self) {
        let engine = self.session.engine();
        self.most.1 = self.most.1.max(engine.live_calls());
        for id in self.workflows.values() {
            let live = engine.live_calls_of(id).unwrap_or(0);
            let most = self.most.0.entry(id.clone()).or_default();
            *most = live.max(*most);
        }
    }

    fn coverage(&self) -> Coverage {
        let engine = self.session.engine();
        let mut coverage = Coverage::default();
        for (name, id) in &self.workflows {
            let (Ok((definition, ..)), Ok(live), Ok(counts)) = (
                engine.definition(id),
                engine.live_view(id),
                engine.node_counts(id),
            ) else {
                continue;
            };
            let part = |part: &str| format!("{name}/{part}");
            let all = definition.nodes.iter().map(|node| part(node.id.as_str()));
            coverage.all_nodes.extend(all);
            let all = definition.edges.iter().map(|edge| part(edge.id.as_str()));
            coverage.all_edges.extend(all);
            let entered = live.nodes.iter().filter(|(_, _, entered, _)| *entered > 0);
            coverage
                .nodes
                .extend(entered.map(|(node, ..)| part(node.as_str())));
            coverage
                .edges
                .extend(live.edges.iter().map(|(edge, _)| part(edge.as_str())));
            for node in counts {
                let outcomes = node
                    .left
                    .keys()
                    .map(|label| format!("{name}/{}/{label}", node.node_id));
                coverage.outcomes.extend(outcomes);
            }
        }
        coverage
    }
}

fn batch(leads: &[Variables]) -> Result<LeadBatch, String> {
    let mut keys: Vec<String> = Vec::new();
    for lead in leads {
        for key in lead.keys().filter(|key| *key != "phone_number") {
            if !keys.contains(key) {
                keys.push(key.clone());
            }
        }
    }
    let row = |lead: &Variables| {
        let phone = match lead.get("phone_number") {
            Some(Value::Text(phone)) => phone.clone(),
            _ => return Err("a lead has no phone_number".to_owned()),
        };
        let values = keys
            .iter()
            .map(|key| lead.get(key).cloned().unwrap_or_default());
        Ok((phone, values.collect()))
    };
    let rows: Result<Vec<_>, String> = leads.iter().map(row).collect();
    Ok(LeadBatch { rows: rows?, keys })
}
