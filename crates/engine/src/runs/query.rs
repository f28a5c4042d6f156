//! What can be asked about runs. Every answer is as of the engine's time.

use leadline_model::run::{
    Approval, RunAnswer, RunDetail, RunLead, RunOutput, RunStatus, StepResult, StepStatus,
    TimedStep,
};
use leadline_model::view::{Why, WhyCode};
use leadline_model::{Duration, LeadId, RunId, Value};

use super::{Run, RunRef, Wait};
use crate::ActionRequest;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::flow::LeadRef;

/// What the luck of a run's step is drawn by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepPlace {
    /// The workflow's seed, or the organization's key.
    pub seed: u64,
    /// The lead's number, or the run's row.
    pub lead: u64,
    /// The lead's row, or the run's.
    pub row: u32,
    /// The node's slot; the largest number where there is none.
    pub node: u32,
    /// Which action of the lead, and which step of it.
    pub visit: u32,
}

/// Which runs; everything that is given must fit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RunFilter {
    /// With this status.
    pub status: Option<RunStatus>,
    /// Of the agent of this name.
    pub agent: Option<String>,
    /// Started for this lead.
    pub lead: Option<LeadId>,
    /// Started before this one.
    pub before: Option<RunId>,
}

impl Engine {
    /// The id of a run.
    pub fn run_id(&self, row: u32) -> RunId {
        RunId::from_counter(self.config.key, u64::from(row))
    }

    pub(crate) fn run_row(&self, id: &RunId) -> Result<u32, EngineError> {
        id.counter(self.config.key)
            .and_then(|counter| u32::try_from(counter).ok())
            .filter(|row| self.runs.get(*row).is_some())
            .ok_or_else(|| EngineError::UnknownRun(id.clone()))
    }

    /// One run.
    pub fn run(&self, id: &RunId) -> Result<RunDetail, EngineError> {
        let row = self.run_row(id)?;
        let run = self.runs.get(row);
        run.map(|run| self.run_detail(row, run))
            .ok_or_else(|| EngineError::UnknownRun(id.clone()))
    }

    /// Runs, newest first, and whether there are more. O(runs that do not fit).
    pub fn runs(
        &self,
        filter: &RunFilter,
        limit: usize,
    ) -> Result<(Vec<RunDetail>, bool), EngineError> {
        let before = match &filter.before {
            Some(id) => self.run_row(id)?,
            None => u32::MAX,
        };
        let status = |run: &Run| {
            filter
                .status
                .is_none_or(|status| run.as_of(self.now).status == status)
        };
        let agent = |run: &Run| {
            filter
                .agent
                .as_ref()
                .is_none_or(|name| *name == run.agent_name)
        };
        let lead = |run: &Run| {
            let of = |id: &LeadId| run.lead.is_some_and(|lead| self.lead_id(lead) == *id);
            filter.lead.as_ref().is_none_or(of)
        };
        let mut found = self
            .runs
            .iter()
            .rev()
            .filter(|(row, run)| *row < before && agent(run) && status(run) && lead(run));
        let page = found.by_ref().take(limit);
        let page = page.map(|(row, run)| self.run_detail(row, run)).collect();
        Ok((page, found.next().is_some()))
    }

    /// A number that grows whenever a run begins or changes; of this engine in memory only.
    pub fn runs_mark(&self) -> u64 {
        self.runs.changes()
    }

    /// How many runs wait for a person. O(those that wait).
    pub fn pending_actions(&self) -> usize {
        self.runs.waiting(self.now).count()
    }

    /// The runs that wait for a person, what expires first first.
    pub fn inbox(&self, limit: usize) -> Vec<RunDetail> {
        let rows = self.runs.waiting(self.now).take(limit);
        rows.filter_map(|row| Some(self.run_detail(row, self.runs.get(row)?)))
            .collect()
    }

    /// The request that a run's step waits for.
    pub fn step_request(&self, at: RunRef) -> Option<&ActionRequest> {
        let run = self.runs.get(at.run)?;
        match &run.wait {
            Some(Wait::Result { request, .. }) if run.begun.len() == at.step as usize + 1 => {
                Some(request)
            }
            _ => None,
        }
    }

    /// Steps whose request is under way: what a host delivers again after a restart.
    pub fn steps_under_way(&self) -> impl Iterator<Item = RunRef> {
        let waiting = self
            .runs
            .iter()
            .filter(|(_, run)| matches!(run.wait, Some(Wait::Result { .. })));
        waiting.map(|(run, state)| RunRef {
            run,
            step: state.begun.len().saturating_sub(1) as u32,
        })
    }

    /// What a run's step asks a person; `None` once it is answered.
    pub fn question(&self, at: RunRef) -> Option<&Approval> {
        let run = self.runs.get(at.run)?;
        let here = run.begun.len() == at.step as usize + 1;
        run.approval().filter(|_| here)
    }

    /// What the luck of a step is drawn by. A run started for a lead has the luck of its lead at its
    /// node, so that it does not depend on what other runs there are.
    pub fn step_place(&self, at: RunRef) -> Option<StepPlace> {
        let run = self.runs.get(at.run)?;
        let place = match run.lead {
            Some(LeadRef { flow, lead }) => {
                let flow = self.flow(flow);
                let action = flow.traffic.actions.get(&lead)?;
                StepPlace {
                    seed: flow.seed,
                    lead: flow.traffic.leads[lead].phone,
                    row: lead,
                    node: flow.traffic.leads[lead].node,
                    visit: (action.ordinal << 8) | at.step,
                }
            }
            None => StepPlace {
                seed: self.config.key,
                lead: u64::from(at.run),
                row: at.run,
                node: u32::MAX,
                visit: at.step,
            },
        };
        Some(place)
    }

    pub(crate) fn step_named(&self, run: u32, name: &str) -> Option<RunRef> {
        let mut steps = self.runs.get(run)?.steps.iter();
        let step = steps.position(|step| step.name == name)? as u32;
        Some(RunRef { run, step })
    }

    /// The name of a run's step.
    pub fn step_name(&self, at: RunRef) -> Option<&str> {
        let step = self.runs.get(at.run)?.steps.get(at.step as usize)?;
        Some(&step.name)
    }

    /// What a lead whose step is a run waits for.
    pub(crate) fn why_run(&self, row: u32) -> Option<Why> {
        let run = self.runs.get(row)?.as_of(self.now);
        let (id, agent) = (self.run_id(row), &run.agent_name);
        Some(match &run.wait {
            Some(Wait::Answer { action, until, .. }) => {
                let whom = match &action.assignee {
                    Some(assignee) => format!("{assignee}’s answer"),
                    None => "a person’s answer".to_owned(),
                };
                let end = match run.frozen {
                    Some(_) => "its time stands still during the pause".to_owned(),
                    None => format!("until {until}"),
                };
                let message = format!(
                    "Waiting for {whom} to “{}” in the run {id} of {agent}, {end}.",
                    action.message
                );
                Why {
                    code: WhyCode::WaitingForPerson,
                    message,
                }
            }
            Some(Wait::Result { .. }) => {
                let step = run.current().map_or("", |step| step.name.as_str());
                let message = format!("The run {id} of {agent} does its step {step}.");
                Why {
                    code: WhyCode::RunInProgress,
                    message,
                }
            }
            None => {
                let message = format!(
                    "Its run {id} of {agent} is {}; it moves on with the next tick.",
                    run.status.as_str()
                );
                Why {
                    code: WhyCode::MovesOnNextTick,
                    message,
                }
            }
        })
    }

    fn run_detail(&self, row: u32, run: &Run) -> RunDetail {
        let run = &*run.as_of(self.now);
        let action = match &run.wait {
            // While time stands still: as if it ran on now.
            Some(Wait::Answer { action, until, .. }) => {
                let still = run
                    .frozen
                    .map_or(Duration::ZERO, |since| self.now.since(since));
                Some((action.clone(), until.plus(still)))
            }
            _ => None,
        };
        let (pending_action, expires_at) = action.unzip();
        let begun = run.steps.iter().zip(&run.begun);
        let steps = begun
            .filter(|(_, begun)| begun.status != StepStatus::Paused)
            .map(|(step, begun)| StepResult {
                name: step.name.clone(),
                status: begun.status,
                output: begun.output.clone(),
                error: begun.error.clone(),
            })
            .collect();
        let result = match run.status {
            RunStatus::Completed => run.result(),
            _ => Value::Null,
        };
        RunDetail {
            answer: RunAnswer {
                output: RunOutput {
                    status: run.status,
                    steps,
                    result,
                    pending_action,
                },
                run_id: self.run_id(row),
            },
            agent_id: run.agent_id.clone(),
            agent_name: run.agent_name.clone(),
            task: run.task.clone(),
            state: run.state.clone(),
            lead: run.lead.map(|lead| RunLead {
                workflow_id: self.flow(lead.flow).workflow.id.clone(),
                lead_id: self.lead_id(lead),
                phone_number: self.phone_text(lead),
            }),
            error: run.error.clone(),
            created_at: run.created,
            updated_at: run.updated,
            expires_at,
            timeline: timeline(run),
        }
    }

    fn phone_text(&self, lead: LeadRef) -> String {
        leadline_model::lead::format_phone(self.lead_phone(lead.flow, lead.lead))
    }
}

fn timeline(run: &Run) -> Vec<TimedStep> {
    let mut begun = run.begun.iter();
    run.steps
        .iter()
        .map(|step| {
            let begun = begun.next();
            TimedStep {
                name: step.name.clone(),
                step_type: step.action.name().to_owned(),
                status: begun.map(|begun| begun.status),
                input: begun.map_or(Value::Null, |begun| begun.input.clone()),
                output: begun.map_or(Value::Null, |begun| begun.output.clone()),
                error: begun.and_then(|begun| begun.error.clone()),
                started_at: begun.map(|begun| begun.started),
                ended_at: begun.and_then(|begun| begun.ended),
            }
        })
        .collect()
}
