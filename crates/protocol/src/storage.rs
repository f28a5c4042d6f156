//! How saving stands, and which tab runs the engine.

use serde::{Deserialize, Serialize};

/// How saving stands. `Saved` is only ever told after the browser confirmed a durable write that was
/// read back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SaveState {
    /// A write is under way.
    Saving,
    /// Everything is in this browser.
    Saved {
        /// Wall-clock milliseconds since 1970.
        at_ms: i64,
    },
    /// A write failed; it is kept in memory and tried again.
    NotSaved {
        /// Why, in words.
        reason: String,
    },
    /// There is no more room.
    Full {
        /// In words.
        reason: String,
    },
    /// There is no storage here (private mode): everything lives in memory only.
    MemoryOnly {
        /// Why, in words.
        reason: String,
    },
}

/// Which tab runs the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Not known yet.
    Starting,
    /// This tab.
    Leading,
    /// Another tab; this one shows the same and takes over when that one goes.
    Following,
}

/// How much is stored, and how safely.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StorageReport {
    /// Bytes used by this site.
    pub usage: Option<u64>,
    /// Bytes the browser allows.
    pub quota: Option<u64>,
    /// Whether the browser promised not to clear the data by itself.
    pub persisted: Option<bool>,
    /// Inputs in the journal.
    pub journal_entries: u64,
    /// Bytes of the journal.
    pub journal_bytes: u64,
    /// Bytes of the latest snapshot.
    pub snapshot_bytes: u64,
    /// The schema version of the database.
    pub schema: u32,
}
