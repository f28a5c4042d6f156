//! What a lead is doing (SPEC 3, 5).
//!
//! | from \ event | arrive | queue | wait | act | outcome | stuck | end | remove |
//! |---|---|---|---|---|---|---|---|---|
//! | Pending | Moving | - | - | - | - | - | - | Removed |
//! | Moving | - | Queued | Waiting | Acting | Ready | Review | Ended | - |
//! | Queued | Moving | - | Waiting | Acting | Ready | Review | - | Removed |
//! | Waiting | Moving | Queued | Waiting | - | Ready | Review | - | Removed |
//! | Acting | Moving | Queued | Waiting | - | Ready | Review | - | Removed |
//! | Ready | Moving | - | - | - | Ready | Review | - | Removed |
//! | Review | Moving | - | - | - | Ready | Review | - | Removed |
//! | Ended, Removed | - | - | - | - | - | - | - | - |
//!
//! `arrive`: it starts, leaves its node, or an operator moves it. `queue`: it needs a line. `wait`: for
//! a delay, a retry or the calling window. `act`: a call or an action of its step is under way.
//! `outcome`: its step has one, to be acted on by a tick. `stuck`: nothing can move it but a person.

use serde::{Deserialize, Serialize};

use super::IllegalTransition;

/// What a lead is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[repr(u8)]
pub enum Step {
    /// No execution record yet.
    Pending,
    /// On its way to a node; never seen from outside.
    Moving,
    /// At a voice call, waiting for a line.
    Queued,
    /// Waiting for an instant.
    Waiting,
    /// A call or an action is under way.
    Acting,
    /// Its step has an outcome; the next tick moves it.
    Ready,
    /// Somebody has to look at it.
    Review,
    /// Reached a terminal.
    Ended,
    /// Taken out by an operator.
    Removed,
}

/// What can happen to a lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum LeadEvent {
    Arrive,
    Queue,
    Wait,
    Act,
    Outcome,
    Stuck,
    End,
    Remove,
}

impl Step {
    /// All steps.
    pub const ALL: [Step; 9] = [
        Step::Pending,
        Step::Moving,
        Step::Queued,
        Step::Waiting,
        Step::Acting,
        Step::Ready,
        Step::Review,
        Step::Ended,
        Step::Removed,
    ];

    /// Whether the lead is at a node of a running path.
    pub fn is_inside(self) -> bool {
        !matches!(self, Step::Pending | Step::Ended | Step::Removed)
    }
}

/// The step that follows.
#[inline]
pub fn next(step: Step, event: LeadEvent) -> Result<Step, IllegalTransition> {
    use LeadEvent::{Act, Arrive, End, Outcome, Queue, Remove, Stuck, Wait};
    use Step::{Acting, Ended, Moving, Pending, Queued, Ready, Removed, Review, Waiting};
    Ok(match (step, event) {
        (Pending | Queued | Waiting | Acting | Ready | Review, Arrive) => Moving,
        (Moving | Waiting | Acting, Queue) => Queued,
        (Moving | Queued | Waiting | Acting, Wait) => Waiting,
        (Moving | Queued, Act) => Acting,
        (Moving | Queued | Waiting | Acting | Ready | Review, Outcome) => Ready,
        (Moving | Queued | Waiting | Acting | Ready | Review, Stuck) => Review,
        (Moving, End) => Ended,
        (Pending | Queued | Waiting | Acting | Ready | Review, Remove) => Removed,
        _ => return Err(IllegalTransition { step, event }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of the module's documentation, row by row.
    const TABLE: [&str; 9] = [
        "Moving - - - - - - Removed",
        "- Queued Waiting Acting Ready Review Ended -",
        "Moving - Waiting Acting Ready Review - Removed",
        "Moving Queued Waiting - Ready Review - Removed",
        "Moving Queued Waiting - Ready Review - Removed",
        "Moving - - - Ready Review - Removed",
        "Moving - - - Ready Review - Removed",
        "- - - - - - - -",
        "- - - - - - - -",
    ];

    #[test]
    fn every_pair_follows_the_table() {
        use LeadEvent::{Act, Arrive, End, Outcome, Queue, Remove, Stuck, Wait};
        let events = [Arrive, Queue, Wait, Act, Outcome, Stuck, End, Remove];
        for (step, row) in Step::ALL.into_iter().zip(TABLE) {
            for (event, expected) in events.into_iter().zip(row.split(' ')) {
                let got = next(step, event).map_or("-".into(), |next| format!("{next:?}"));
                assert_eq!(got, expected, "{step:?} {event:?}");
            }
        }
    }
}
