//! Lists of leads: what was read from a file, what is shown in the table.

use leadline_model::view::{LeadCounts, PageMeta};
use leadline_model::{Lead, LeadStatus, NodeId, Value, WorkflowId};
use serde::{Deserialize, Serialize};

/// What was found in an uploaded list; nothing is enrolled yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LeadFilePreview {
    /// To name the list in later requests.
    pub file: u32,
    /// The file's name.
    pub name: String,
    /// How it was read, for people: "CSV, semicolons, UTF-16".
    pub format: String,
    /// All column names, in the file's order, `phone_number` among them.
    pub columns: Vec<String>,
    /// Data rows, good and bad, without those left out.
    pub rows: u64,
    /// Good rows: so many leads are enrolled.
    pub good: u64,
    /// Rows whose number stands earlier in the list, beside the good ones: they are skipped.
    pub repeated: u64,
    /// The first rows, to show; cells in the order of `columns`.
    pub sample: Vec<(u64, Vec<String>)>,
    /// Every bad row, up to 1,000 of them.
    pub bad: Vec<BadRow>,
    /// All bad rows counted.
    pub bad_count: u64,
}

/// A row that cannot be enrolled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BadRow {
    /// Its number as a spreadsheet shows it: the header is row 1.
    pub row: u64,
    /// The column that is wrong, where it is one.
    pub column: Option<String>,
    /// What is wrong.
    pub message: String,
    /// The row's cells, in the order of the columns.
    pub cells: Vec<String>,
}

/// How far a list was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileProgress {
    /// Bytes read.
    pub done: u64,
    /// Bytes in all.
    pub total: u64,
}

/// What enrolling did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolment {
    /// Where to.
    pub workflow_id: WorkflowId,
    /// New leads.
    pub leads_enrolled: u64,
    /// Numbers that were enrolled already.
    pub leads_skipped: u64,
    /// In words.
    pub message: String,
}

/// A variable of generated leads: one of these values each, drawn evenly. `{n}` in a text becomes
/// the lead's number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VariablePlan {
    /// The key.
    pub key: String,
    /// The values to draw from.
    pub values: Vec<Value>,
}

/// Which leads to show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeadQuery {
    /// Of this workflow.
    pub workflow_id: WorkflowId,
    /// Only with this status.
    #[serde(default)]
    pub status: Option<LeadStatus>,
    /// Only at this node.
    #[serde(default)]
    pub current_node_id: Option<NodeId>,
    /// Only flagged or unflagged ones.
    #[serde(default)]
    pub review_required: Option<bool>,
    /// Only those whose number or a variable contains this text.
    #[serde(default)]
    pub search: String,
    /// The order.
    #[serde(default)]
    pub sort: LeadSort,
    /// From 1.
    pub page: u64,
    /// At most 100.
    pub limit: u64,
}

/// The order of a list of leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeadSort {
    /// As they were enrolled.
    #[default]
    Enrolled,
    /// By phone number.
    PhoneNumber,
    /// By status, then as enrolled.
    Status,
    /// By node, then as enrolled.
    Node,
}

/// A page of leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeadPage {
    /// The leads, each with what it is doing in a few words ("Waiting until …").
    pub data: Vec<(Lead, String)>,
    /// Which page.
    pub meta: PageMeta,
    /// Counts over the whole workflow.
    pub counts: LeadCounts,
}
