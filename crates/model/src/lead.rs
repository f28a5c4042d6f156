//! Leads: people enrolled in one workflow (SPEC 3).

use serde::{Deserialize, Serialize};

use crate::{LeadId, NodeId, Time, Variables, WorkflowId};

/// Where a lead's execution stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum LeadStatus {
    /// No execution record yet.
    Pending,
    /// At a node.
    Active,
    /// Reached CONVERTED.
    Completed,
    /// Reached DROPPED.
    Dropped,
}

impl LeadStatus {
    /// All statuses.
    pub const ALL: [LeadStatus; 4] = [
        LeadStatus::Pending,
        LeadStatus::Active,
        LeadStatus::Completed,
        LeadStatus::Dropped,
    ];

    /// Whether the lead's path has ended.
    pub fn is_final(self) -> bool {
        matches!(self, LeadStatus::Completed | LeadStatus::Dropped)
    }

    /// The wire spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            LeadStatus::Pending => "pending",
            LeadStatus::Active => "active",
            LeadStatus::Completed => "completed",
            LeadStatus::Dropped => "dropped",
        }
    }
}

impl std::fmt::Display for LeadStatus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A lead as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lead {
    /// Its id.
    pub id: LeadId,
    /// The workflow it is enrolled in.
    pub workflow_id: WorkflowId,
    /// E.164.
    pub phone_number: String,
    /// The other columns it was enrolled with, and what the workflow set.
    pub dynamic_variables: Variables,
    /// Where its execution stands.
    pub status: LeadStatus,
    /// The node it is at, while active.
    pub current_node_id: Option<NodeId>,
    /// Whether somebody has to look at it before it can move.
    pub review_required: bool,
    /// Whether an operator took it out of the workflow.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub removed: bool,
    /// When it was enrolled.
    pub created_at: Time,
}

/// A lead to enrol.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewLead {
    /// E.164: `+` and 7 to 15 digits, the first not 0.
    pub phone_number: String,
    /// Values for the placeholders of prompts and templates, and for conditions.
    #[serde(default)]
    pub dynamic_variables: Variables,
}

/// Reads an E.164 number into its digits: `+` and 7 to 15 digits, the first not 0. Blanks, dashes,
/// dots and brackets that people write for reading are passed over.
pub fn parse_phone(text: &str) -> Option<u64> {
    let mut digits = 0u64;
    let mut count = 0;
    let rest = text.trim().strip_prefix('+')?;
    for c in rest.chars() {
        match c {
            '0'..='9' => {
                if (count == 0 && c == '0') || count == 15 {
                    return None;
                }
                digits = digits * 10 + u64::from(c as u8 - b'0');
                count += 1;
            }
            ' ' | '-' | '.' | '(' | ')' | '\u{a0}' => {}
            _ => return None,
        }
    }
    (count >= 7).then_some(digits)
}

/// Writes the digits of [`parse_phone`] as E.164.
pub fn format_phone(digits: u64) -> String {
    format!("+{digits}")
}
