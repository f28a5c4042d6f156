//! The state machines: one file each, its transition table at the top. A pair of state and event
//! that the table does not name is refused with [`IllegalTransition`]; nothing else changes a state.

pub mod call;
pub mod lead;
pub mod workflow;

/// A state and an event that do not go together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a {machine} that is {state} cannot {event}")]
pub struct IllegalTransition {
    /// Which machine.
    pub machine: &'static str,
    /// The state it is in.
    pub state: String,
    /// What was asked.
    pub event: String,
}

fn illegal(
    machine: &'static str,
    state: impl std::fmt::Debug,
    event: impl std::fmt::Debug,
) -> IllegalTransition {
    IllegalTransition {
        machine,
        state: format!("{state:?}"),
        event: format!("{event:?}"),
    }
}
