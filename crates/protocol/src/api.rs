//! What crosses the port behind [`Request::ServeApi`](crate::Request::ServeApi): the page sends requests to
//! an engine of their own with the REST API around it, which keeps nothing and knows nothing of the session.
//!
//! Each message is JSON text, with a transferred buffer of bytes beside it where it says so.

use serde::{Deserialize, Serialize};

/// What the page asks. Everything is done in the order in which it was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApiAsk {
    /// Opens the engine that is beside, as [`ApiTell::Keep`] gave it; an empty one of this seed when there
    /// is none or it is not understood. The first message, answered by [`ApiTell::Opened`].
    Open {
        /// What ids and chance come from.
        seed: u64,
    },
    /// A request; its body is beside. Answered by [`ApiTell::Answer`] or [`ApiTell::Refused`].
    Send {
        /// The number its answer will carry.
        id: u32,
        /// The method.
        method: String,
        /// Path and query.
        target: String,
        /// Names and values.
        headers: Vec<(String, String)>,
    },
    /// Nobody listens to the answer of this number any more.
    Stop {
        /// Which.
        id: u32,
    },
    /// Gives the engine up. The last message.
    Close,
}

/// What the engine says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApiTell {
    /// It answers from now on.
    Opened {
        /// Whether it is the one that was beside.
        restored: bool,
        /// Its time.
        now: String,
    },
    /// What the engine can be made of again is beside, to be kept; it comes before the answer to what changed
    /// it. Nothing is beside when it is too long to be kept.
    Keep,
    /// An answer; its body is beside, unless it goes on.
    Answer {
        /// The request's number.
        id: u32,
        /// The HTTP status.
        status: u16,
        /// The status in words.
        reason: String,
        /// Names and values.
        headers: Vec<(String, String)>,
        /// The engine's time.
        now: String,
        /// Whether the body comes bit by bit, by [`ApiTell::More`].
        goes_on: bool,
    },
    /// The request is none that HTTP could carry.
    Refused {
        /// The request's number.
        id: u32,
        /// Why.
        message: String,
    },
    /// Some more of a body is beside.
    More {
        /// The request's number.
        id: u32,
    },
    /// A body is over.
    End {
        /// The request's number.
        id: u32,
    },
}
