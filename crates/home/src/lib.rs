//! The API's home inside a page or a Node program: organizations in memory, a simulated clock.
//!
//! [`Home`] keeps one desk for each organization and answers requests through
//! [`leadline_api::respond`], by the same operations as the server, so the same requests get the same
//! bytes. It can be written to bytes and read back. What JavaScript sees of it in the npm package is in
//! `leadline-wasm`; the app's worker serves one over a port.

mod exchange;
mod home;
mod options;
mod snapshot;

pub use exchange::{Answer, Next, Request, Stream};
pub use home::{Home, Organization};
pub use options::{Answers, Options};
pub use snapshot::RestoreError;

/// Why something asked for cannot be done: a stable code, and words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refused {
    /// For programs: `invalid_option`, `invalid_request`, `fault`.
    pub code: &'static str,
    /// For people.
    pub message: String,
}

impl Refused {
    pub(crate) fn option(message: impl Into<String>) -> Refused {
        let (code, message) = ("invalid_option", message.into());
        Refused { code, message }
    }

    pub(crate) fn request(message: impl Into<String>) -> Refused {
        let (code, message) = ("invalid_request", message.into());
        Refused { code, message }
    }

    /// Every answer is there at once: everything is in memory.
    pub(crate) fn fault() -> Refused {
        Refused {
            code: "fault",
            message: "This is a fault of Leadline's; please report it.".to_owned(),
        }
    }
}
