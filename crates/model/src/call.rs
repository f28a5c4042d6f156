//! Call statuses and the branches they take (SPEC 4).

use serde::{Deserialize, Serialize};

/// The status of a call log. The order is the one a call goes through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum CallStatus {
    /// The call log exists; nobody was dialled yet.
    Created,
    /// An unanswered call waits to be dialled again.
    Waiting,
    /// The provider took the call.
    Initiated,
    /// The provider sent it on.
    Sent,
    /// The far end was reached.
    Received,
    /// Somebody talks.
    Connected,
    /// Final: a conversation took place and ended.
    Completed,
    /// Final: nobody picked up.
    DidNotPick,
    /// Final: the line was busy.
    Busy,
    /// Final: the call failed.
    Failed,
    /// Final: the provider returned no answer.
    NoAnswer,
    /// Final: the call was cancelled.
    Cancelled,
    /// Final: the retry policy's expiry passed before an attempt succeeded.
    RetryExpired,
}

/// What a final call status means for the lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Branch {
    /// A default output of a voice call; an unlabelled edge takes it too.
    Output(&'static str),
    /// Not a default output: only an edge labelled exactly so takes it, else review is required.
    OnlyLabelled(&'static str),
}

impl Branch {
    /// The label an edge needs to be taken.
    pub fn label(self) -> &'static str {
        match self {
            Branch::Output(label) | Branch::OnlyLabelled(label) => label,
        }
    }
}

impl CallStatus {
    /// All statuses, in their order.
    pub const ALL: [CallStatus; 13] = [
        CallStatus::Created,
        CallStatus::Waiting,
        CallStatus::Initiated,
        CallStatus::Sent,
        CallStatus::Received,
        CallStatus::Connected,
        CallStatus::Completed,
        CallStatus::DidNotPick,
        CallStatus::Busy,
        CallStatus::Failed,
        CallStatus::NoAnswer,
        CallStatus::Cancelled,
        CallStatus::RetryExpired,
    ];

    /// The status behind its number in [`CallStatus::ALL`].
    pub fn from_index(index: u8) -> Option<CallStatus> {
        CallStatus::ALL.get(usize::from(index)).copied()
    }

    /// Whether no further status can follow.
    pub fn is_final(self) -> bool {
        self >= CallStatus::Completed
    }

    /// Whether the call holds a line: every status but `waiting` and the final ones.
    pub fn holds_line(self) -> bool {
        !self.is_final() && self != CallStatus::Waiting
    }

    /// The branch of a final status, `None` while the call is in progress.
    pub fn branch(self) -> Option<Branch> {
        Some(match self {
            CallStatus::Completed => Branch::Output("COMPLETED"),
            CallStatus::DidNotPick | CallStatus::Busy => Branch::Output("DNP"),
            CallStatus::Failed | CallStatus::NoAnswer => Branch::Output("FAILED"),
            CallStatus::Cancelled => Branch::OnlyLabelled("CANCELLED"),
            CallStatus::RetryExpired => Branch::OnlyLabelled("RETRY_EXPIRED"),
            _ => return None,
        })
    }

    /// The wire spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            CallStatus::Created => "created",
            CallStatus::Waiting => "waiting",
            CallStatus::Initiated => "initiated",
            CallStatus::Sent => "sent",
            CallStatus::Received => "received",
            CallStatus::Connected => "connected",
            CallStatus::Completed => "completed",
            CallStatus::DidNotPick => "did_not_pick",
            CallStatus::Busy => "busy",
            CallStatus::Failed => "failed",
            CallStatus::NoAnswer => "no_answer",
            CallStatus::Cancelled => "cancelled",
            CallStatus::RetryExpired => "retry_expired",
        }
    }
}

/// Who or what answered a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AnsweredBy {
    /// A human being.
    Person,
    /// A voicemail or another machine.
    Machine,
    /// It could not be told.
    Unknown,
}

impl AnsweredBy {
    /// All of them.
    pub const ALL: [AnsweredBy; 3] = [AnsweredBy::Person, AnsweredBy::Machine, AnsweredBy::Unknown];

    /// The wire spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            AnsweredBy::Person => "person",
            AnsweredBy::Machine => "machine",
            AnsweredBy::Unknown => "unknown",
        }
    }
}

impl std::fmt::Display for CallStatus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
