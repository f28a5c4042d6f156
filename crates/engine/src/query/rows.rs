//! Small questions by rows, for scenarios and tests.

use leadline_model::{
    CallId, EdgeId, Lead, LeadId, NodeId, Time, Variables, WorkflowId, WorkflowStatus,
};

use crate::engine::Engine;
use crate::error::EngineError;

use crate::flow::{Asked, CallRef, LeadRef};
use crate::machines::lead::Step;

/// Separates the ids of nodes and edges that hosts make from those made by duplicating.
const HOST_NODE_KEY: u64 = 0x686F_6E6F;
const HOST_EDGE_KEY: u64 = 0x686F_6564;

/// How far a workflow has come: equal marks mean that nothing happened in between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// Records of its history.
    pub records: u64,
    /// Call statuses and everything else counted.
    pub events: u64,
    /// Its status.
    pub status: WorkflowStatus,
}

impl Engine {
    /// The organization this is the state of.
    pub fn organization_id(&self) -> &str {
        &self.config.organization_id
    }

    /// One lead.
    pub fn lead(&self, id: &WorkflowId, lead: &LeadId) -> Result<Lead, EngineError> {
        let ordinal = self.ordinal(id)?;
        let row = self.lead_row(ordinal, lead)?;
        Ok(self.lead_view(ordinal, row))
    }

    /// The rows of a call.
    pub fn find_call(&self, id: &CallId) -> Result<CallRef, EngineError> {
        self.call_ref(id)
    }

    /// What a call is dialled with: the number shown, and for how many seconds it rings.
    pub fn dialled_with(&self, call: CallRef) -> (Option<&str>, u32) {
        let config = self.voice_config(call);
        let shown = config.from_phone_number.as_deref();
        (shown, config.ring_timeout_seconds)
    }

    /// Ids for a node and an edge that are about to be added, the same for the same state.
    pub fn next_ids(&self, id: &WorkflowId) -> Result<(NodeId, EdgeId), EngineError> {
        let flow = self.flow(self.ordinal(id)?);
        // Each edit makes a new revision, so one number of each is enough for every edit.
        let counter = crate::engine::counter(flow.ordinal, flow.revision as u32);
        let key = self.config.key;
        let node = NodeId::from_counter(key ^ HOST_NODE_KEY, counter);
        Ok((node, EdgeId::from_counter(key ^ HOST_EDGE_KEY, counter)))
    }

    /// How far the workflow in a row has come, deleted ones too; `None` after the last row.
    pub fn mark(&self, flow: u32) -> Option<(&WorkflowId, Mark)> {
        let flow = self.flows.get(flow as usize)?;
        let mark = Mark {
            records: flow.traffic.history.len(),
            events: flow.traffic.counters.events(),
            status: flow.workflow.status,
        };
        Some((&flow.workflow.id, mark))
    }

    /// The row of a workflow that exists or was deleted; call logs outlive theirs (SPEC 1).
    pub(crate) fn ordinal_ever(&self, id: &WorkflowId) -> Result<u32, EngineError> {
        id.counter(self.config.key)
            .and_then(|counter| u32::try_from(counter).ok())
            .filter(|ordinal| (*ordinal as usize) < self.flows.len())
            .ok_or_else(|| EngineError::UnknownWorkflow(id.clone()))
    }

    /// Leads whose request is under way, oldest row first: what a host delivers again after a
    /// restart, with when each was asked for.
    pub fn actions_under_way(&self) -> impl Iterator<Item = (LeadRef, Time)> {
        self.flows.iter().flat_map(|flow| {
            let actions = flow.traffic.actions.iter();
            let asked = actions.filter(|(_, action)| matches!(action.asked, Asked::Request(_)));
            asked.map(|(lead, action)| {
                let (flow, lead) = (flow.ordinal, *lead);
                (LeadRef { flow, lead }, action.started)
            })
        })
    }

    /// Number and variables of every lead that was not removed, as they were enrolled. O(leads).
    pub fn enrolled(&self, id: &WorkflowId) -> Result<Vec<(String, Variables)>, EngineError> {
        let leads = &self.flow(self.ordinal(id)?).traffic.leads;
        let mut cells = leads.cells.clone();
        cells.reset();
        let rows = leads.rows().iter().zip(0..);
        let present = rows.filter(|(row, _)| row.step != Step::Removed);
        let lead = |(row, lead): (&crate::state::leads::Lead, u32)| {
            let phone = leadline_model::lead::format_phone(row.phone);
            (phone, cells.variables(lead))
        };
        Ok(present.map(lead).collect())
    }

    /// Calls that hold a line, over all workflows.
    pub fn live_calls(&self) -> u64 {
        u64::from(self.live)
    }

    /// Calls of one workflow that hold a line.
    pub fn live_calls_of(&self, id: &WorkflowId) -> Result<u64, EngineError> {
        Ok(u64::from(self.flow(self.ordinal(id)?).traffic.live))
    }

    /// A lead's calls, oldest first; none for a lead that does not exist.
    pub fn calls_of_lead(&self, lead: LeadRef) -> Vec<CallRef> {
        let Some(flow) = self.flows.get(lead.flow as usize) else {
            return Vec::new();
        };
        let Some(row) = flow.traffic.leads.get(lead.lead) else {
            return Vec::new();
        };
        let calls = flow.traffic.calls.of_lead(row.last_call);
        let mut calls: Vec<CallRef> = calls
            .map(|call| CallRef {
                flow: lead.flow,
                call,
            })
            .collect();
        calls.reverse();
        calls
    }
}
