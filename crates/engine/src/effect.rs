//! What the engine asks of the world. A host performs these and answers with inputs.

use leadline_model::{EventKind, Webhook, WorkflowStatus};

use crate::flow::{CallRef, LeadRef};
use crate::runs::RunRef;

/// One thing to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Dial a call; [`crate::Engine::call_log`] tells whom. Answer with reports of its status. A
    /// call is dialled once for each attempt: (call, attempt) is the key to do it at most once.
    PlaceCall {
        /// Which call.
        call: CallRef,
        /// 1 for the first dial.
        attempt: u16,
    },
    /// Perform the action of a lead's step; [`crate::Engine::action_request`] tells what. Answer with
    /// a report of its result.
    PerformAction {
        /// Whose.
        lead: LeadRef,
    },
    /// Deliver the request of a run's step; [`crate::Engine::step_request`] tells what. Answer with a
    /// report of its result.
    PerformStep {
        /// Which step of which run.
        at: RunRef,
    },
    /// A run waits for a person; [`crate::Engine::question`] tells what is asked. Whoever can may
    /// answer; a live host has nothing to do.
    AskPerson {
        /// Which step of which run.
        at: RunRef,
    },
    /// Tell subscribers; asked only while there are any.
    Announce(Announcement),
}

/// Something that subscribers are told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Announcement {
    /// A lead reached a terminal node.
    LeadEnded {
        /// Which.
        lead: LeadRef,
        /// CONVERTED rather than DROPPED.
        completed: bool,
    },
    /// A workflow has another status.
    StatusChanged {
        /// Which.
        flow: u32,
        /// The status it had.
        from: WorkflowStatus,
        /// The status it has.
        to: WorkflowStatus,
    },
}

impl Announcement {
    /// What subscribers know it as.
    pub fn kind(self) -> EventKind {
        match self {
            Announcement::LeadEnded {
                completed: true, ..
            } => EventKind::LeadCompleted,
            Announcement::LeadEnded { .. } => EventKind::LeadDropped,
            Announcement::StatusChanged { .. } => EventKind::WorkflowStatusChanged,
        }
    }
}

/// A rendered HTTP request to deliver.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ActionRequest {
    /// Method and URL as configured, headers and body rendered.
    pub webhook: Webhook,
}
