//! The workflow's lifecycle (SPEC 1).
//!
//! | from | activate | pause | resume | cancel | draft | complete |
//! |---|---|---|---|---|---|---|
//! | draft | active | - | - | cancelled | - | - |
//! | active, running | - | paused | - | cancelled | - | completed |
//! | paused | - | - | active | cancelled | draft | completed |
//! | completed, cancelled | - | - | - | - | - | - |
//!
//! The engine itself completes an active workflow whose leads are all final.

use leadline_model::WorkflowAction::{self, Activate, Cancel, Complete, Draft, Pause, Resume};
use leadline_model::WorkflowStatus::{self, Active, Cancelled, Completed, Paused, Running};

use crate::EngineError;

/// The status an action leads to, or a refusal that names the right verb.
pub fn next(status: WorkflowStatus, action: WorkflowAction) -> Result<WorkflowStatus, EngineError> {
    let next = match (status, action) {
        (WorkflowStatus::Draft, Activate) | (Paused, Resume) => Active,
        (Active | Running, Pause) => Paused,
        (WorkflowStatus::Draft | Active | Running | Paused, Cancel) => Cancelled,
        (Paused, Draft) => WorkflowStatus::Draft,
        (Active | Running | Paused, Complete) => Completed,
        _ => {
            return Err(EngineError::WrongStatus {
                action,
                status,
                hint: hint(status, action),
            });
        }
    };
    Ok(next)
}

/// What to do instead.
fn hint(status: WorkflowStatus, action: WorkflowAction) -> &'static str {
    match (status, action) {
        (Completed | Cancelled, _) => "that is final; duplicate it for another run",
        (Paused, Activate) => "use resume",
        (Active | Running, Activate | Resume) => "it is active already",
        (WorkflowStatus::Draft, Pause | Resume | Complete) => "activate it first",
        (Active | Running, Draft) => "pause it first",
        (WorkflowStatus::Draft, Draft) => "it is a draft already",
        (Paused, Pause) => "it is paused already",
        _ => "look at its status",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_follows_the_table() {
        use WorkflowStatus::Draft as DraftStatus;
        for status in WorkflowStatus::ALL {
            for action in WorkflowAction::ALL {
                let expected = match (status, action) {
                    (DraftStatus, Activate) => Some(Active),
                    (DraftStatus | Active | Running | Paused, Cancel) => Some(Cancelled),
                    (Active | Running, Pause) => Some(Paused),
                    (Active | Running | Paused, Complete) => Some(Completed),
                    (Paused, Resume) => Some(Active),
                    (Paused, Draft) => Some(DraftStatus),
                    _ => None,
                };
                let got = next(status, action);
                assert_eq!(got.clone().ok(), expected, "{status} {action:?}");
                if let Err(refusal) = got {
                    assert!(
                        !refusal.to_string().contains("look at its status"),
                        "{refusal}"
                    );
                }
            }
        }
    }
}
