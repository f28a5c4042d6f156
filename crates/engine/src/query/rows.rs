//! Small questions by rows, for scenarios and tests.

use leadline_model::WorkflowId;

use crate::engine::Engine;
use crate::error::EngineError;
use crate::flow::{CallRef, LeadRef};

impl Engine {
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
        let Some(last) = flow.traffic.leads.last_call.get(lead.lead as usize) else {
            return Vec::new();
        };
        let calls = flow.traffic.calls.of_lead(*last);
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
