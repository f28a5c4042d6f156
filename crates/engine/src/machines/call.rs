//! A call's status (SPEC 4).
//!
//! | from \ report | in progress | the same final | another final |
//! |---|---|---|---|
//! | in progress | forward only, else nothing | - | final, or `waiting` when it is retried |
//! | waiting | nothing | nothing (unanswered) | final (`completed`, `cancelled`, `retry_expired`) |
//! | final | nothing | nothing | refused |
//!
//! Reports arrive in any order and more than once. `created` and `waiting` are never reported: the
//! engine sets them. A call waiting to be dialled again has ended one attempt; reports that this
//! attempt was not answered are repetitions.

use leadline_model::CallStatus;

use crate::EngineError;

/// What a report does to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Nothing.
    Nothing,
    /// The status moves forward.
    Progress(CallStatus),
    /// The attempt has ended so; the retry policy decides whether the call has.
    AttemptEnded(CallStatus),
}

/// Judges a report.
#[inline]
pub fn next(status: CallStatus, reported: CallStatus) -> Result<Step, EngineError> {
    if status.is_final() {
        return if reported.is_final() && reported != status {
            Err(EngineError::CallEnded {
                was: status,
                got: reported,
            })
        } else {
            Ok(Step::Nothing)
        };
    }
    if status == CallStatus::Waiting {
        let counts = matches!(
            reported,
            CallStatus::Completed | CallStatus::Cancelled | CallStatus::RetryExpired
        );
        return Ok(if counts {
            Step::AttemptEnded(reported)
        } else {
            Step::Nothing
        });
    }
    Ok(if reported.is_final() {
        Step::AttemptEnded(reported)
    } else if reported > status && reported != CallStatus::Waiting {
        Step::Progress(reported)
    } else {
        Step::Nothing
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_follows_the_table() {
        for status in CallStatus::ALL {
            for reported in CallStatus::ALL {
                let answered = matches!(
                    reported,
                    CallStatus::Completed | CallStatus::Cancelled | CallStatus::RetryExpired
                );
                let expected = match (status, reported) {
                    (was, got) if was.is_final() && got.is_final() && was != got => None,
                    (was, _) if was.is_final() => Some(Step::Nothing),
                    (CallStatus::Waiting, got) if answered => Some(Step::AttemptEnded(got)),
                    (CallStatus::Waiting, _) | (_, CallStatus::Waiting) => Some(Step::Nothing),
                    (_, got) if got.is_final() => Some(Step::AttemptEnded(got)),
                    (was, got) if got > was => Some(Step::Progress(got)),
                    _ => Some(Step::Nothing),
                };
                assert_eq!(next(status, reported).ok(), expected, "{status} {reported}");
            }
        }
    }
}
