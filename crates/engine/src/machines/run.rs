//! A run of an agent's workflow (SPEC 6).
//!
//! | from | pause | resume | complete | fail | cancel |
//! |---|---|---|---|---|---|
//! | running | paused | - | completed | failed | cancelled |
//! | paused | - | running | - | failed | cancelled |
//! | completed, failed, cancelled | - | - | - | - | - |
//!
//! `resume` is the claim: who comes second finds the run running, or paused at another step.

use leadline_model::RunStatus::{self, Cancelled, Completed, Failed, Paused, Running};

/// What can happen to a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum RunEvent {
    Pause,
    Resume,
    Complete,
    Fail,
    Cancel,
}

/// The status that follows; `None` when it is not possible.
pub fn next(status: RunStatus, event: RunEvent) -> Option<RunStatus> {
    Some(match (status, event) {
        (Running, RunEvent::Pause) => Paused,
        (Paused, RunEvent::Resume) => Running,
        (Running, RunEvent::Complete) => Completed,
        (Running | Paused, RunEvent::Fail) => Failed,
        (Running | Paused, RunEvent::Cancel) => Cancelled,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_follows_the_table() {
        use RunEvent::{Cancel, Complete, Fail, Pause, Resume};
        let rows = [
            (Running, "paused - completed failed cancelled"),
            (Paused, "- running - failed cancelled"),
            (Completed, "- - - - -"),
            (Failed, "- - - - -"),
            (Cancelled, "- - - - -"),
        ];
        for (status, row) in rows {
            let events = [Pause, Resume, Complete, Fail, Cancel];
            for (event, expected) in events.into_iter().zip(row.split(' ')) {
                let got = next(status, event).map_or("-", RunStatus::as_str);
                assert_eq!(got, expected, "{status:?} {event:?}");
            }
        }
    }
}
