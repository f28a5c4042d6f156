//! What a merge of two sides of a workflow leaves to a person: the places that both changed.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{EdgeId, NodeId};

/// Both sides changed the same place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    /// Where.
    pub place: Place,
    /// What it was; `None`: it was not there.
    pub base: Option<Value>,
    /// What it is here; `None`: it was deleted here.
    pub mine: Option<Value>,
    /// What it is there; `None`: it was deleted there.
    pub theirs: Option<Value>,
    /// Which of the two the merge kept.
    pub kept: Side,
}

/// One of two sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// This one.
    Mine,
    /// The remote.
    Theirs,
}

/// A place in a definition.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// What it belongs to.
    pub of: Subject,
    /// The field; `None`: the whole.
    pub field: Option<String>,
}

/// What a field belongs to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// Title and description.
    Workflow,
    /// The settings, by key.
    Settings,
    /// A node; fields of its config begin with `config.`, and `config` is all of it.
    Node(NodeId),
    /// An edge.
    Edge(EdgeId),
}
