//! The server's side of the outside: which tasks there are, what each is about, what came of it.

use std::sync::Arc;

use leadline_engine::{ActionResult, CallFilter, CallRef, CallReport, Effect, Engine, Input};
use leadline_model::{CallStatus, Webhook};
use leadline_sim::SessionInput;

use super::{Organization, Server, State, lock};
use crate::outside::{Asker, Task};
use crate::writer::Ticket;

impl Server {
    /// Passes on what the engine asks of the outside.
    pub(super) fn ask_outside(
        &self,
        organization: &Arc<Organization>,
        effects: Vec<Effect>,
        engine: &Engine,
    ) {
        for effect in effects {
            let organization = Arc::clone(organization);
            match effect {
                Effect::PlaceCall { call, attempt } => {
                    self.task(Task::Dial(organization, call, attempt.into()));
                }
                // These were stored with the row.
                Effect::Announce(_) => {}
                Effect::PerformAction { lead } => {
                    if let Some((.., ordinal)) = engine.action_request(lead) {
                        self.task(Task::Webhook(organization, Asker::Lead(lead, ordinal)));
                    }
                }
                Effect::PerformStep { at } => {
                    self.task(Task::Webhook(organization, Asker::Run(at)));
                }
                // Whoever is asked answers through the API.
                Effect::AskPerson { .. } => {}
            }
        }
    }

    /// Takes up what was asked of the outside and is not answered: webhooks are delivered again, and
    /// calls that nobody began to dial are dialled.
    pub(super) fn take_up(&self, organization: &Arc<Organization>) {
        let state = lock(&organization.state);
        let engine = state.desk.engine();
        for (lead, _) in engine.actions_under_way() {
            if let Some((.., ordinal)) = engine.action_request(lead) {
                let asker = Asker::Lead(lead, ordinal);
                self.task(Task::Webhook(Arc::clone(organization), asker));
            }
        }
        for at in engine.steps_under_way() {
            self.task(Task::Webhook(Arc::clone(organization), Asker::Run(at)));
        }
        let created = CallFilter {
            status: Some(CallStatus::Created),
            ..CallFilter::default()
        };
        // Without a filter by workflow nothing can be unknown.
        let calls = engine.calls(&created, 1, u64::MAX).map(|page| page.data);
        for log in calls.unwrap_or_default() {
            if let Ok(call) = engine.find_call(&log.id) {
                self.task(Task::Dial(Arc::clone(organization), call, log.attempt));
            }
        }
    }

    fn task(&self, task: Task) {
        if self.tasks.send(task).is_err() {
            tracing::error!("nobody performs what is asked of the outside");
        }
    }

    /// The request of a step, once everything up to it is stored, and what its receiver knows it by
    /// however often it comes; `None` when that step is over. Waits for the store.
    pub fn delivery(&self, organization: &Organization, asker: Asker) -> Option<(Webhook, String)> {
        self.writer.sync().blocking_recv().ok()?;
        let state = lock(&organization.state);
        let engine = state.desk.engine();
        match asker {
            Asker::Lead(lead, ordinal) => {
                let (request, .., now) = engine.action_request(lead)?;
                let key = format!("{}-{ordinal}", engine.lead_id(lead));
                (now == ordinal).then(|| (request.webhook.clone(), key))
            }
            Asker::Run(at) => {
                let request = engine.step_request(at)?;
                let key = format!("{}-{}", engine.run_id(at.run), at.step);
                Some((request.webhook.clone(), key))
            }
        }
    }

    /// Reports what came of the request of a step, unless that step is over.
    pub fn report_delivery(
        &self,
        organization: &Arc<Organization>,
        asker: Asker,
        result: ActionResult,
    ) {
        let mut state = lock(&organization.state);
        self.pass(&mut state.desk);
        if let Some(input) = report(state.desk.engine(), asker, result) {
            self.put(organization, &mut state, input);
        }
    }

    /// Begins to dial a call that nobody has begun to dial: what the dialer has to know, and when it
    /// is stored that the dialing began.
    pub fn begin_dial(
        &self,
        organization: &Arc<Organization>,
        call: CallRef,
        attempt: u32,
    ) -> Option<(serde_json::Value, Ticket)> {
        let mut state = lock(&organization.state);
        self.pass(&mut state.desk);
        let engine = state.desk.engine();
        let log = engine.call_log(call);
        if log.status != CallStatus::Created || log.attempt != attempt {
            return None;
        }
        let agent = log.agent_id.as_ref().and_then(|id| engine.agents().get(id));
        let lead = engine.lead(&log.workflow_id, &log.lead_id).ok();
        let (shown, rings) = engine.dialled_with(call);
        let order = serde_json::json!({
            "call_id": log.id,
            "attempt": attempt,
            "phone_number": log.phone_number,
            "from_phone_number": shown,
            "ring_timeout_seconds": rings,
            // What its steps hold is nobody's business but theirs.
            "agent": agent.map(|agent| serde_json::json!({
                "id": agent.id,
                "name": agent.name,
                "prompt": agent.prompt,
            })),
            "workflow_id": log.workflow_id,
            "node_id": log.node_id,
            "lead": lead,
        });
        let report = CallReport::of(CallStatus::Initiated);
        let input = Input::ReportCall {
            call_id: log.id,
            report,
        };
        self.put(organization, &mut state, input)?;
        Some((order, self.writer.sync()))
    }

    /// The dialer has a call: told where it matters, since some could not be placed lately.
    pub fn call_placed(&self, organization: &Arc<Organization>, call: CallRef) {
        let state = lock(&organization.state);
        if state.desk.engine().wants_placed(call) {
            drop(state);
            self.report_call(organization, call, CallReport::of(CallStatus::Sent));
        }
    }

    /// A call could not be placed: it is tried again.
    pub fn call_not_placed(
        &self,
        organization: &Arc<Organization>,
        call: CallRef,
        attempt: u32,
        reason: String,
        retry_after_seconds: Option<u32>,
    ) {
        let mut state = lock(&organization.state);
        self.pass(&mut state.desk);
        let input = Input::CallNotPlaced {
            call_id: state.desk.engine().call_id(call),
            attempt: u16::try_from(attempt).unwrap_or(u16::MAX),
            reason,
            retry_after_seconds,
        };
        self.put(organization, &mut state, input);
    }

    /// Reports the status of a call.
    pub fn report_call(&self, organization: &Arc<Organization>, call: CallRef, report: CallReport) {
        let mut state = lock(&organization.state);
        self.pass(&mut state.desk);
        let call_id = state.desk.engine().call_id(call);
        self.put(
            organization,
            &mut state,
            Input::ReportCall { call_id, report },
        );
    }

    fn put(&self, organization: &Arc<Organization>, state: &mut State, input: Input) -> Option<()> {
        if organization.is_broken() {
            return None;
        }
        match state.desk.put(SessionInput::Apply { input }) {
            Ok(row) => {
                self.keep(organization, state, row);
                Some(())
            }
            Err(error) => {
                // The call or the step ended in the meantime.
                tracing::debug!("a report came too late: {error}");
                None
            }
        }
    }
}

/// The input that reports what came of a request; `None` when its step is over.
fn report(engine: &Engine, asker: Asker, result: ActionResult) -> Option<Input> {
    match asker {
        Asker::Lead(lead, ordinal) => {
            let (.., now) = engine.action_request(lead)?;
            let (workflow_id, _) = engine.mark(lead.flow).filter(|_| now == ordinal)?;
            Some(Input::ReportAction {
                workflow_id: workflow_id.clone(),
                lead_id: engine.lead_id(lead),
                result,
            })
        }
        Asker::Run(at) => {
            engine.step_request(at)?;
            Some(Input::ReportRun {
                run_id: engine.run_id(at.run),
                step: engine.step_name(at)?.to_owned(),
                result,
            })
        }
    }
}
