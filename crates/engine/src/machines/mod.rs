//! The state machines: one file each, its transition table at the top. A pair of state and event
//! that the table does not name is refused with [`IllegalTransition`]; nothing else changes a state.

pub mod call;
pub mod circuit;
pub mod lead;
pub mod run;
pub mod workflow;

/// A step of a lead and an event that do not go together. Two bytes, so that handing it up costs the
/// paths on which all is well nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a lead that is {step:?} cannot {event:?}")]
pub struct IllegalTransition {
    /// What the lead is doing.
    pub step: lead::Step,
    /// What was asked.
    pub event: lead::LeadEvent,
}
