//! The workflow container and its lifecycle statuses (SPEC 1).

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{Settings, Time, WorkflowId};

/// A workflow without its graph.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workflow {
    /// Its id.
    pub id: WorkflowId,
    /// The organization it belongs to.
    pub organization_id: Arc<str>,
    /// Its title.
    pub title: String,
    /// What it is for.
    #[serde(default)]
    pub description: String,
    /// Its lifecycle status.
    pub status: WorkflowStatus,
    /// When it was created.
    pub created_at: Time,
    /// When title, description, settings, graph or status last changed.
    pub updated_at: Time,
    /// Its settings.
    #[serde(default)]
    pub settings: Settings,
}

/// Lifecycle status of a workflow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WorkflowStatus {
    /// Being built; processes no lead.
    Draft,
    /// Processes leads.
    Active,
    /// Legacy spelling of active: imported and shown, never produced.
    Running,
    /// Stopped for now.
    Paused,
    /// Final: has finished.
    Completed,
    /// Final: was stopped for good.
    Cancelled,
}

impl WorkflowStatus {
    /// All statuses.
    pub const ALL: [WorkflowStatus; 6] = [
        WorkflowStatus::Draft,
        WorkflowStatus::Active,
        WorkflowStatus::Running,
        WorkflowStatus::Paused,
        WorkflowStatus::Completed,
        WorkflowStatus::Cancelled,
    ];

    /// Whether leads are processed; `running` counts as active everywhere.
    pub fn is_active(self) -> bool {
        matches!(self, WorkflowStatus::Active | WorkflowStatus::Running)
    }

    /// Whether nothing can change any more.
    pub fn is_final(self) -> bool {
        matches!(self, WorkflowStatus::Completed | WorkflowStatus::Cancelled)
    }

    /// The wire spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            WorkflowStatus::Draft => "draft",
            WorkflowStatus::Active => "active",
            WorkflowStatus::Running => "running",
            WorkflowStatus::Paused => "paused",
            WorkflowStatus::Completed => "completed",
            WorkflowStatus::Cancelled => "cancelled",
        }
    }
}

impl std::fmt::Display for WorkflowStatus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What can be asked of a workflow's status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WorkflowAction {
    /// draft → active.
    Activate,
    /// active → paused.
    Pause,
    /// paused → active.
    Resume,
    /// Any non-final status → cancelled.
    Cancel,
    /// paused → draft.
    Draft,
    /// active or paused → completed.
    Complete,
}

impl WorkflowAction {
    /// All actions.
    pub const ALL: [WorkflowAction; 6] = [
        WorkflowAction::Activate,
        WorkflowAction::Pause,
        WorkflowAction::Resume,
        WorkflowAction::Cancel,
        WorkflowAction::Draft,
        WorkflowAction::Complete,
    ];

    /// The verb as it stands in the path of the REST API.
    pub fn as_str(self) -> &'static str {
        match self {
            WorkflowAction::Activate => "activate",
            WorkflowAction::Pause => "pause",
            WorkflowAction::Resume => "resume",
            WorkflowAction::Cancel => "cancel",
            WorkflowAction::Draft => "draft",
            WorkflowAction::Complete => "complete",
        }
    }
}
