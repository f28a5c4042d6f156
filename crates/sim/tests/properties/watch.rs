//! What must hold between one step and the next.

use std::collections::BTreeMap;

use leadline_engine::{CallFilter, Input, LeadRef};
use leadline_model::view::{CallLog, LeadHistory};
use leadline_model::{
    CallId, DelayOnPause, Lead, LeadId, LeadStatus, NodeType, WorkflowAction, WorkflowId,
    WorkflowStatus,
};
use leadline_sim::{Session, SessionInput};

/// What was seen of a workflow.
struct Seen {
    status: WorkflowStatus,
    frozen: bool,
    limit: u64,
    live: u64,
    started: u64,
    entered: u64,
    dials: u64,
    leads: BTreeMap<LeadId, LeadHistory>,
}

/// What was seen of everything.
pub struct Watch {
    flows: BTreeMap<WorkflowId, Seen>,
    calls: BTreeMap<CallId, CallLog>,
    live: u64,
    limit: u64,
}

impl Watch {
    /// Looks at everything; asking never panics, and every lead has an answer.
    pub fn look(session: &Session) -> Watch {
        let engine = session.engine();
        let all = engine
            .calls(&CallFilter::default(), 1, u64::MAX)
            .unwrap()
            .data;
        let mut flows = BTreeMap::new();
        for summary in engine.workflows() {
            let id = summary.workflow.id.clone();
            let flow = engine.flow_of(&id).unwrap();
            let leads = (0..engine.lead_count(&id).unwrap()).map(|lead| {
                let lead = engine.lead_id(LeadRef { flow, lead });
                (lead.clone(), engine.lead_history(&id, &lead).unwrap())
            });
            let leads: BTreeMap<_, _> = leads.collect();
            assert!(leads.values().all(|lead| !lead.why.message.is_empty()));
            let live = engine.live_view(&id).unwrap();
            let calls = all.iter().filter(|call| call.workflow_id == id);
            engine.events(&id, None, 1_000).unwrap();
            let seen = Seen {
                status: summary.workflow.status,
                frozen: summary.workflow.settings.delay_on_pause == DelayOnPause::Freeze,
                limit: live.calls_limit,
                live: live.calls_live,
                started: engine.counters(&id).unwrap().started,
                entered: engine
                    .node_counts(&id)
                    .unwrap()
                    .iter()
                    .map(|node| node.entered)
                    .sum(),
                dials: calls.map(|call| u64::from(call.attempt)).sum(),
                leads,
            };
            flows.insert(id, seen);
        }
        let calls = all
            .into_iter()
            .map(|call| (call.id.clone(), call))
            .collect();
        let limit = engine.account().max_concurrent_calls.into();
        Watch {
            flows,
            calls,
            live: engine.live_calls(),
            limit,
        }
    }

    /// Compares with what was seen before an accepted input.
    pub fn compare(&self, before: &Watch, input: &SessionInput) {
        assert!(
            self.live <= before.live.max(self.limit),
            "the account's limit"
        );
        for (id, now) in &self.flows {
            let Some(was) = before.flows.get(id) else {
                continue;
            };
            assert!(now.live <= was.live.max(now.limit), "the limit of {id}");
            let reset = matches!(input, SessionInput::Apply { input: Input::Reset { workflow_id, .. } } if workflow_id == id);
            if reset {
                continue;
            }
            if was.status.is_final() {
                assert_eq!(now.status, was.status, "a final status of {id}");
            }
            if matches!(input, SessionInput::Advance { .. }) && !was.status.is_active() {
                let (then, since) = (
                    (was.started, was.entered, was.dials),
                    (now.started, now.entered, now.dials),
                );
                assert_eq!(
                    then, since,
                    "nothing new starts in {id} while {}",
                    was.status
                );
            }
            for (lead, then) in &was.leads {
                self.compare_lead(&now.leads[lead], then, was.frozen, input);
            }
        }
        self.final_calls_stay(before, input);
    }

    fn compare_lead(
        &self,
        now: &LeadHistory,
        then: &LeadHistory,
        frozen: bool,
        input: &SessionInput,
    ) {
        if then.lead.status.is_final() {
            let place = |lead: &Lead| (lead.status, lead.current_node_id.clone());
            assert_eq!(place(&now.lead), place(&then.lead), "a path that ended");
            assert_eq!(now.history.len(), then.history.len(), "a path that ended");
        }
        if then.lead.status != LeadStatus::Pending {
            assert_ne!(now.lead.status, LeadStatus::Pending, "a lead starts once");
        }
        assert!(now.history.len() >= then.history.len(), "history is kept");
        for (new, old) in now.history.iter().zip(&then.history) {
            if old.exited_at.is_some() {
                assert_eq!(new.exited_at, old.exited_at, "a visit that ended");
                assert_eq!(
                    (&new.node_id, &new.outcome, &new.edge_id, new.release_at),
                    (&old.node_id, &old.outcome, &old.edge_id, old.release_at)
                );
            }
        }
        let (Some(old), Some(new)) = (
            then.history.last(),
            now.history.get(then.history.len().wrapping_sub(1)),
        ) else {
            return;
        };
        let continues = matches!(
            input,
            SessionInput::Apply {
                input: Input::Act {
                    action: WorkflowAction::Resume | WorkflowAction::Activate,
                    ..
                }
            }
        );
        let applied = matches!(
            input,
            SessionInput::Apply {
                input: Input::Edit {
                    apply_to_waiting: true,
                    ..
                }
            }
        );
        if applied {
            return;
        }
        let delay = old.node_type == NodeType::Time && old.release_at.is_some();
        let left = new.exited_at.is_some() && new.release_at.is_none();
        let waits = now
            .execution
            .as_ref()
            .is_some_and(|execution| execution.release_at.is_some());
        if delay && !(frozen && continues) && !left && (new.exited_at.is_some() || waits) {
            assert_eq!(new.release_at, old.release_at, "a planned release moves");
        }
    }

    fn final_calls_stay(&self, before: &Watch, input: &SessionInput) {
        for (id, then) in before
            .calls
            .iter()
            .filter(|(_, call)| call.status.is_final())
        {
            let reset = matches!(input, SessionInput::Apply { input: Input::Reset { workflow_id, .. } } if *workflow_id == then.workflow_id);
            if !reset {
                assert_eq!(self.calls.get(id), Some(then), "a call that ended");
            }
        }
    }
}
