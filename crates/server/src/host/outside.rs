//! The server's side of the outside: which tasks there are, what each is about, what came of it.

use std::sync::Arc;

use leadline_engine::{
    ActionResult, CallFilter, CallRef, CallReport, Effect, Engine, Input, LeadRef,
};
use leadline_model::{CallStatus, LeadId, Webhook};
use leadline_sim::SessionInput;

use super::{Organization, Server, State, lock};
use crate::outside::Task;
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
                        self.task(Task::Webhook(organization, lead, ordinal));
                    }
                }
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
                self.task(Task::Webhook(Arc::clone(organization), lead, ordinal));
            }
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

    /// The webhook of a lead's action, once everything up to it is stored; `None` when that action is
    /// over. Waits for the store.
    pub fn webhook(
        &self,
        organization: &Organization,
        lead: LeadRef,
        ordinal: u32,
    ) -> Option<Webhook> {
        self.writer.sync().blocking_recv().ok()?;
        let state = lock(&organization.state);
        let (request, .., now) = state.desk.engine().action_request(lead)?;
        (now == ordinal).then(|| request.webhook.clone())
    }

    /// The id of a lead.
    pub fn lead_id(&self, organization: &Organization, lead: LeadRef) -> LeadId {
        lock(&organization.state).desk.engine().lead_id(lead)
    }

    /// Reports what came of a lead's action, unless that is over.
    pub fn report_action(
        &self,
        organization: &Arc<Organization>,
        lead: LeadRef,
        ordinal: u32,
        result: ActionResult,
    ) {
        let mut state = lock(&organization.state);
        self.pass(&mut state.desk);
        let engine = state.desk.engine();
        let current = engine
            .action_request(lead)
            .is_some_and(|(.., now)| now == ordinal);
        if let Some((workflow_id, _)) = engine.mark(lead.flow).filter(|_| current) {
            let (workflow_id, lead_id) = (workflow_id.clone(), engine.lead_id(lead));
            let input = Input::ReportAction {
                workflow_id,
                lead_id,
                result,
            };
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
            "agent": agent,
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
