//! What can go wrong when something is stored or read back.

use crate::envelope::EnvelopeError;

/// Why something could not be stored or read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// There is no more room; nothing of the commit was written.
    #[error("there is no more room in this browser's storage")]
    Full,
    /// The connection was lost or closed; opening it again may help.
    #[error("the connection to the storage was lost")]
    Closed,
    /// There is no storage here at all, as in some private modes.
    #[error("this browser offers no storage here: {0}")]
    Unavailable(String),
    /// The storage was asked and never answered.
    #[error("this browser's storage does not answer")]
    Silent,
    /// An older tab keeps the database open and stands in the way of its upgrade.
    #[error("another tab with an older Leadline is open; close it to go on")]
    Blocked,
    /// The data was written by a newer Leadline.
    #[error(
        "the stored data was written by a newer Leadline (form {found}, this one knows {known}); \
         reload to update, or open it where the newer one runs"
    )]
    TooNew {
        /// The version found.
        found: u32,
        /// The newest version known.
        known: u32,
    },
    /// A record that was to be added exists: somebody else writes here too.
    #[error("the record {key} exists already: another tab writes to the same storage")]
    Exists {
        /// Its key.
        key: String,
    },
    /// A stored value is not what was written.
    #[error("{what} is damaged: {why}")]
    Damaged {
        /// Which value.
        what: String,
        /// What is wrong with it.
        why: String,
    },
    /// What was just written reads back differently.
    #[error("{key} reads back differently from how it was written")]
    NotVerified {
        /// Its key.
        key: String,
    },
    /// Any other failure, in the platform's words.
    #[error("the storage failed: {0}")]
    Failed(String),
}

impl StoreError {
    /// Names the value whose envelope could not be opened.
    pub fn sealed(what: impl Into<String>, error: EnvelopeError) -> StoreError {
        match error {
            EnvelopeError::TooNew { found, known } => StoreError::TooNew {
                found: found.into(),
                known: known.into(),
            },
            damage => StoreError::Damaged {
                what: what.into(),
                why: damage.to_string(),
            },
        }
    }
}
