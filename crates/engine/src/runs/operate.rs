//! What starts runs, moves them on and ends them.

use leadline_model::run::RunStatus;
use leadline_model::{RunId, Time, Value, Variables, limits};

use super::{LeadRun, Run, RunRef, Wait, Waits};
use crate::effect::Effect;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::flow::{Asked, LeadRef, label};
use crate::input::{ActionResult, Output};
use crate::machines::IllegalTransition;
use crate::machines::run::RunEvent;
use crate::report;
use crate::scheduler::MAX_MOVES;

impl Engine {
    pub(crate) fn start_run(
        &mut self,
        agent: &str,
        task: &str,
        state: &Variables,
        effects: &mut Vec<Effect>,
    ) -> Result<Output, EngineError> {
        if task.len() > limits::MAX_TEXT {
            let (what, limit) = ("bytes of a task", limits::MAX_TEXT);
            return Err(EngineError::Limit { what, limit });
        }
        let row = self.begin_run(agent, task, state, None)?;
        self.go_on(row, effects)?;
        Ok(Output::Run(self.run_id(row)))
    }

    fn begin_run(
        &mut self,
        name: &str,
        task: &str,
        state: &Variables,
        lead: Option<LeadRef>,
    ) -> Result<u32, EngineError> {
        let agent = self.agents.values().find(|agent| agent.name == name);
        let agent =
            agent.ok_or_else(|| EngineError::UnknownAgent(name.chars().take(64).collect()))?;
        let not_ready = |why| EngineError::AgentNotReady {
            name: agent.name.clone(),
            why,
        };
        let Some(workflow) = &agent.workflow else {
            return Err(not_ready("it has no workflow; give it one"));
        };
        if !agent.active {
            return Err(not_ready("it is not active; switch it on"));
        }
        let weight: usize = state
            .iter()
            .map(|(key, value)| key.len() + value.weight())
            .sum();
        if weight > limits::MAX_RUN_WEIGHT {
            let (what, limit) = ("bytes of a run's state", limits::MAX_RUN_WEIGHT);
            return Err(EngineError::Limit { what, limit });
        }
        let (row, steps) = self.runs.keep(&agent.id, &workflow.steps);
        let run = Run {
            agent_id: agent.id.clone(),
            agent_name: agent.name.clone(),
            task: task.to_owned(),
            state: state.clone(),
            timeout: workflow
                .timeout_seconds
                .unwrap_or(self.account.run_timeout_seconds),
            workflow: row,
            steps,
            begun: Vec::new(),
            status: RunStatus::Running,
            wait: None,
            lead,
            frozen: None,
            error: None,
            created: self.now,
            updated: self.now,
        };
        Ok(self.runs.push(run))
    }

    /// Does the steps of a run until one has to wait; its lead hears when it is over.
    fn go_on(&mut self, row: u32, effects: &mut Vec<Effect>) -> Result<(), IllegalTransition> {
        let now = self.now;
        let went = self
            .runs
            .change(row, |run| (run.go_on(now), run.begun.len()));
        let Some((waits, begun)) = went else {
            return Ok(());
        };
        let at = RunRef {
            run: row,
            step: begun.saturating_sub(1) as u32,
        };
        match waits {
            Waits::Answer => {
                let lead = self.runs.get(row).and_then(|run| run.lead);
                if lead.is_some_and(|lead| self.flow(lead.flow).stands_still()) {
                    self.runs.change(row, |run| run.freeze(now));
                }
                effects.push(Effect::AskPerson { at });
            }
            Waits::Result => effects.push(Effect::PerformStep { at }),
            Waits::Over => self.hand_over(row)?,
        }
        Ok(())
    }

    /// Tells the lead that waits for a run what came of it: its variables take the result, its step
    /// an outcome (SPEC 6).
    fn hand_over(&mut self, row: u32) -> Result<(), IllegalTransition> {
        let now = self.now;
        let Some(run) = self.runs.get(row).filter(|run| run.status.is_final()) else {
            return Ok(());
        };
        let Some(LeadRef { flow, lead }) = run.lead else {
            return Ok(());
        };
        let flow = &mut self.flows[flow as usize];
        let action = flow.traffic.actions.get(&lead);
        if action.is_none_or(|action| action.asked != Asked::Run(Some(row))) {
            return Ok(());
        }
        let mut result = ActionResult {
            success: run.status == RunStatus::Completed,
            status: None,
            body: run.result(),
            error: None,
        };
        if result.success && report::check_result(&result).is_err() {
            result.success = false;
            result.error = Some("the run's result is too large for a lead".to_owned());
            result.body = Value::Null;
        } else if result.success {
            let values = match result.body.clone() {
                Value::Map(values) => values.into_iter().collect(),
                Value::Null => Vec::new(),
                other => vec![("result".to_owned(), other)],
            };
            if let Err(reason) = flow.traffic.set_variables(lead, &values) {
                (result.success, result.error) = (false, Some(reason.to_owned()));
            }
        } else {
            let reason = run.error.as_deref().unwrap_or("somebody ended it");
            let status = run.status.as_str();
            result.body = Value::Null;
            result.error = Some(format!("the run of {} {status}: {reason}", run.agent_name));
        }
        report::end_action(flow, lead, result, now).map(|_| ())
    }

    pub(crate) fn resume_run(
        &mut self,
        id: &RunId,
        step: &str,
        answer: &Value,
        effects: &mut Vec<Effect>,
    ) -> Result<Output, EngineError> {
        let row = self.run_row(id)?;
        let now = self.now;
        let (known, refused) = match self.runs.get(row) {
            Some(run) => (run, run.as_of(now)),
            None => return Err(EngineError::UnknownRun(id.clone())),
        };
        let waiting = known.current().map(|step| step.name.as_str());
        match (refused.status, waiting) {
            (RunStatus::Failed, Some(_)) => {
                let reason = match known.wait {
                    Some(Wait::Result { .. }) => "no result arrived in time",
                    _ => "nobody answered in time",
                };
                return Err(EngineError::RunNotWaiting {
                    status: RunStatus::Failed,
                    reason,
                });
            }
            (RunStatus::Paused, Some(waiting)) if waiting != step => {
                return Err(EngineError::RunAtOtherStep {
                    waiting: waiting.to_owned(),
                    got: step.chars().take(80).collect(),
                });
            }
            (RunStatus::Paused, _) => {}
            (status, _) => {
                let reason = match status {
                    RunStatus::Running => "a step is in progress",
                    _ => "that is final",
                };
                return Err(EngineError::RunNotWaiting { status, reason });
            }
        }
        if answer.weight() > limits::MAX_VARIABLES_WEIGHT {
            let (what, limit) = ("bytes of an answer", limits::MAX_VARIABLES_WEIGHT);
            return Err(EngineError::Limit { what, limit });
        }
        let problems = known
            .approval()
            .map(|approval| approval.answer_problems(answer))
            .unwrap_or_default();
        if !problems.is_empty() {
            return Err(EngineError::BadAnswer(problems));
        }
        self.take_answer(row, answer.clone(), effects)?;
        Ok(Output::Run(id.clone()))
    }

    fn take_answer(
        &mut self,
        row: u32,
        answer: Value,
        effects: &mut Vec<Effect>,
    ) -> Result<(), IllegalTransition> {
        let now = self.now;
        self.runs.change(row, |run| {
            run.frozen = None;
            run.answered(answer, now);
        });
        // A workflow that is over starts nothing new: the step that was under way is recorded.
        let lead = self.runs.get(row).and_then(|run| run.lead);
        if lead.is_some_and(|lead| self.flow(lead.flow).workflow.status.is_final()) {
            return self.end_run(row, "its workflow was ended");
        }
        self.go_on(row, effects)
    }

    pub(crate) fn cancel_run(&mut self, id: &RunId) -> Result<Output, EngineError> {
        let row = self.run_row(id)?;
        let status = self.runs.get(row).map(|run| run.as_of(self.now).status);
        if let Some(status) = status.filter(|status| status.is_final()) {
            let reason = "that is final";
            return Err(EngineError::RunNotWaiting { status, reason });
        }
        self.end_run(row, "somebody cancelled it")?;
        Ok(Output::Run(id.clone()))
    }

    /// Cancels a run, unless it is over.
    pub(crate) fn end_run(&mut self, row: u32, reason: &str) -> Result<(), IllegalTransition> {
        let now = self.now;
        self.runs.change(row, |run| {
            run.end(RunEvent::Cancel, Some(reason.to_owned()), now)
        });
        self.hand_over(row)
    }

    /// Cancels the runs of a workflow's leads: nobody waits for them any more.
    pub(crate) fn end_runs_of(&mut self, flow: u32, reason: &str) -> Result<(), IllegalTransition> {
        let rows = self.runs_of(flow);
        let under_way = rows.into_iter().filter(|row| {
            let run = self.runs.get(*row);
            run.is_some_and(|run| !run.status.is_final())
        });
        let under_way: Vec<u32> = under_way.collect();
        under_way
            .into_iter()
            .try_for_each(|row| self.end_run(row, reason))
    }

    /// Cancels the runs of a workflow's leads that wait for a person: what is asked for a workflow that
    /// is over needs no answer. A request that is under way is still recorded.
    pub(crate) fn end_questions_of(&mut self, flow: u32) -> Result<(), IllegalTransition> {
        for row in self.runs_of(flow) {
            let asks = |run: &Run| matches!(run.wait, Some(Wait::Answer { .. }));
            if self.runs.get(row).is_some_and(asks) {
                self.end_run(row, "its workflow was ended")?;
            }
        }
        Ok(())
    }

    /// Lets the time of people who are asked for a workflow's leads stand still, or run on.
    pub(crate) fn freeze_questions_of(&mut self, flow: u32, frozen: bool) {
        let now = self.now;
        for row in self.runs_of(flow) {
            if self.runs.get(row).is_some_and(|run| !run.status.is_final()) {
                self.runs.change(row, |run| match frozen {
                    true => run.freeze(now),
                    false => run.thaw(now),
                });
            }
        }
    }

    /// Forgets the runs of a workflow's leads, which start anew.
    pub(crate) fn forget_runs_of(&mut self, flow: u32) {
        for row in self.runs_of(flow) {
            self.runs.forget(row);
        }
    }

    fn runs_of(&self, flow: u32) -> Vec<u32> {
        let of_flow = |run: &Run| run.lead.is_some_and(|lead| lead.flow == flow);
        let runs = self.runs.iter().filter(|(_, run)| of_flow(run));
        runs.map(|(row, _)| row).collect()
    }

    /// What came of the request of a run's step. A result for a step that is over changes nothing.
    pub fn report_step(
        &mut self,
        now: Time,
        at: RunRef,
        result: ActionResult,
        effects: &mut Vec<Effect>,
    ) -> Result<(), EngineError> {
        report::check_result(&result)?;
        self.pass_time(now)?;
        let waits = |run: &&Run| matches!(run.wait, Some(Wait::Result { .. }));
        let run = self.runs.get(at.run).filter(waits);
        if run.is_none_or(|run| run.begun.len() != at.step as usize + 1 || run.is_due(now)) {
            return Ok(());
        }
        if result.success {
            let status = result
                .status
                .map_or(Value::Null, |s| Value::from(i64::from(s)));
            let output = [("status", status), ("body", result.body)];
            let output = output.map(|(key, value)| (key.to_owned(), value));
            self.take_answer(at.run, Value::Map(output.into()), effects)?;
        } else {
            let reason = result.error.unwrap_or_else(|| "the request failed".into());
            self.runs.change(at.run, |run| run.fail_last(reason, now));
            self.hand_over(at.run)?;
        }
        Ok(())
    }

    /// A simulated person answers a question; nothing happens when it is answered already.
    pub fn answer(
        &mut self,
        now: Time,
        at: RunRef,
        answer: Value,
        effects: &mut Vec<Effect>,
    ) -> Result<(), EngineError> {
        self.pass_time(now)?;
        let fits = self
            .question(at)
            .is_some_and(|approval| approval.answer_problems(&answer).is_empty());
        let in_time = self.runs.get(at.run).is_some_and(|run| !run.is_due(now));
        if fits && in_time {
            self.take_answer(at.run, answer, effects)?;
        }
        Ok(())
    }

    /// Fails the runs whose deadline has passed, as many as a tick may move; the others are failed
    /// already for whoever reads them, and come first in the next tick.
    pub(crate) fn expire_runs(&mut self) -> Result<(), IllegalTransition> {
        for _ in 0..MAX_MOVES {
            let Some(row) = self.runs.first_due(self.now) else {
                break;
            };
            self.runs.change(row, Run::expire);
            self.hand_over(row)?;
        }
        Ok(())
    }

    /// Starts the runs that leads asked for in this tick. `flagged`: they asked too often without
    /// any time passing, and need somebody to look at them.
    pub(crate) fn start_lead_runs(
        &mut self,
        asked: Vec<LeadRun>,
        flagged: Option<&str>,
        effects: &mut Vec<Effect>,
    ) -> Result<(), IllegalTransition> {
        let now = self.now;
        for LeadRun {
            lead,
            agent_name,
            task,
            state,
        } in asked
        {
            if let Some(reason) = flagged {
                let traffic = &mut self.flows[lead.flow as usize].traffic;
                traffic.actions.remove(&lead.lead);
                traffic.stuck(now, lead.lead, label::UNDECIDED, reason)?;
                continue;
            }
            match self.begin_run(&agent_name, &task, &state, Some(lead)) {
                Ok(row) => {
                    let traffic = &mut self.flows[lead.flow as usize].traffic;
                    if let Some(action) = traffic.actions.get_mut(&lead.lead) {
                        action.asked = Asked::Run(Some(row));
                    }
                    self.go_on(row, effects)?;
                }
                Err(problem) => {
                    let result = ActionResult {
                        success: false,
                        status: None,
                        body: Value::Null,
                        error: Some(format!("no run could be started: {problem}")),
                    };
                    let flow = &mut self.flows[lead.flow as usize];
                    report::end_action(flow, lead.lead, result, now)?;
                }
            }
        }
        Ok(())
    }
}
