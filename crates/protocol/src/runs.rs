//! Agent runs and what waits for a person (SPEC 6).

use leadline_model::run::RunDetail;
use leadline_model::{LeadId, RunId, RunStatus};
use serde::{Deserialize, Serialize};

/// Which runs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RunQuery {
    /// Only with this status.
    pub status: Option<RunStatus>,
    /// Only of the agent of this name.
    pub agent: Option<String>,
    /// Only those started for this lead.
    #[serde(default)]
    pub lead_id: Option<LeadId>,
    /// Only older ones than this.
    pub before: Option<RunId>,
    /// At most 100.
    pub limit: u64,
}

/// Some runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Runs {
    /// Newest first.
    pub runs: Vec<RunDetail>,
    /// Whether there are older ones.
    pub more: bool,
}

/// What waits for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inbox {
    /// The paused runs, what expires first first; at most 500.
    pub pending: Vec<RunDetail>,
    /// How many wait in all.
    pub total: u64,
}
