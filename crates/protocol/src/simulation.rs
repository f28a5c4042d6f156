//! The clock and the live picture of a running workflow.

use leadline_model::view::LeadCounts;
use leadline_model::{EdgeId, LeadId, NodeId, Time, WorkflowId, WorkflowStatus};
use serde::{Deserialize, Serialize};

/// The engine's clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// The simulated instant.
    pub now: Time,
    /// What the clock is doing.
    pub state: PlayState,
    /// The next instant at which something is due; `None`: nothing is.
    pub next_due: Option<Time>,
    /// Ticks so far in this session.
    pub ticks: u64,
}

/// What the clock is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlayState {
    /// It stands still.
    Stopped,
    /// It runs.
    Playing {
        /// How fast.
        speed: Speed,
    },
    /// It hurries to an instant, `None`: to the end; the work is done in slices.
    Running {
        /// Where it started.
        from: Time,
        /// Where to.
        to: Option<Time>,
    },
}

/// How fast simulated time passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Speed {
    /// So many simulated milliseconds for each real second.
    PerSecond(i64),
    /// As fast as it goes.
    Unlimited,
}

/// The picture of a watched workflow at one instant. Lists are in the definition's order; a node or
/// edge that is missing has only zeros.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    /// Which workflow.
    pub workflow_id: WorkflowId,
    /// Its status.
    pub status: WorkflowStatus,
    /// The seed of its simulated luck.
    pub seed: u64,
    /// The clock.
    pub clock: Clock,
    /// Leads by status.
    pub leads: LeadCounts,
    /// (node, here now, entered so far, flagged for review).
    pub nodes: Vec<(NodeId, u64, u64, u64)>,
    /// (edge, taken so far).
    pub edges: Vec<(EdgeId, u64)>,
    /// Calls that hold a line.
    pub calls_live: u64,
    /// The limit that applies: the smaller of the workflow's and the account's.
    pub calls_limit: u64,
    /// Leads queued for a line.
    pub queued: u64,
    /// Calls created so far.
    pub calls_total: u64,
    /// Calls created in each of the last 24 simulated hours, oldest first.
    pub calls_per_hour: Vec<u64>,
    /// Whether the calling window is open; `None`: there is none.
    pub window_open: Option<bool>,
    /// Leads that took an edge since the last frame, at most 64 of them, to be drawn moving.
    pub travellers: Vec<Traveller>,
}

/// A lead that took an edge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traveller {
    /// Who.
    pub lead_id: LeadId,
    /// Along which edge.
    pub edge_id: EdgeId,
}

/// What a scenario came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScenarioOutcome {
    /// What it is called.
    pub title: String,
    /// What was not as expected, in words; none: it passed.
    pub failures: Vec<String>,
    /// The digest over everything that happened, the same wherever it runs.
    pub digest: String,
    /// Nodes that leads came by.
    pub nodes: Reach,
    /// Edges that leads took.
    pub edges: Reach,
}

/// How much of a scenario's graphs its leads came by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reach {
    /// How many there are.
    pub all: u64,
    /// How many were reached.
    pub reached: u64,
    /// The first 50 that were not, as `workflow/id`.
    pub missed: Vec<String>,
}
