//! A workflow's graph as its author sees it, and the changes made to it.
//!
//! A [`Change`] replaces or removes one whole entity, so a list of them is at once what the
//! designer's undo keeps, what is sent, and what the journal stores.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::ordered::Ordered;
use crate::{
    Application, EdgeId, NodeConfig, NodeId, NodeType, Number, Settings, Variables, limits,
};

/// A coordinate on the canvas in hundredths of a pixel; on the wire a number of pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Position(pub i32);

impl Position {
    const LIMIT: i32 = 1_000_000_000;

    /// Whole pixels.
    pub fn px(pixels: i32) -> Position {
        Position(pixels.saturating_mul(100).clamp(-Self::LIMIT, Self::LIMIT))
    }

    /// Pixels, cut to whole ones.
    pub fn pixels(self) -> i32 {
        self.0.div_euclid(100)
    }
}

impl Serialize for Position {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (sign, magnitude) = (if self.0 < 0 { "-" } else { "" }, self.0.unsigned_abs());
        let text = format!("{sign}{}.{:02}", magnitude / 100, magnitude % 100);
        Number::parse(&text)
            .map_err(serde::ser::Error::custom)?
            .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Position {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let limit = Number::from(i64::from(Self::LIMIT / 100));
        let number = Number::deserialize(deserializer)?;
        if number > limit || number < Number::from(-i64::from(Self::LIMIT / 100)) {
            return Err(serde::de::Error::custom(
                "a position lies within ±10,000,000 pixels",
            ));
        }
        let text = number.to_string();
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let hundredths: i32 = format!("{fraction:0<2.2}")
            .parse()
            .map_err(serde::de::Error::custom)?;
        let magnitude: i32 = whole
            .trim_start_matches('-')
            .parse()
            .map_err(serde::de::Error::custom)?;
        let value = magnitude * 100 + hundredths;
        Ok(Position(if text.starts_with('-') { -value } else { value }))
    }
}

/// A node of the graph. Its workflow is the one that holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "AnyNode")]
pub struct Node {
    /// Its id.
    pub id: NodeId,
    /// Type and config.
    #[serde(flatten)]
    pub config: NodeConfig,
    /// What people call it.
    #[serde(default)]
    pub label: String,
    /// Where it is drawn.
    #[serde(default)]
    pub position_x: Position,
    /// Where it is drawn.
    #[serde(default)]
    pub position_y: Position,
    /// Whether leads start here.
    #[serde(default)]
    pub is_entry: bool,
}

/// A node as it is read, its config before its type is known.
#[derive(Deserialize)]
struct AnyNode {
    id: NodeId,
    node_type: NodeType,
    config: serde_json::Value,
    #[serde(default)]
    label: String,
    #[serde(default)]
    position_x: Position,
    #[serde(default)]
    position_y: Position,
    #[serde(default)]
    is_entry: bool,
}

impl TryFrom<AnyNode> for Node {
    type Error = String;

    fn try_from(any: AnyNode) -> Result<Node, String> {
        Ok(Node {
            id: any.id,
            config: NodeConfig::read(any.node_type, any.config)?,
            label: any.label,
            position_x: any.position_x,
            position_y: any.position_y,
            is_entry: any.is_entry,
        })
    }
}

/// An edge of the graph.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edge {
    /// Its id.
    pub id: EdgeId,
    /// Where it begins.
    pub from_node_id: NodeId,
    /// Where it ends.
    pub to_node_id: NodeId,
    /// The outcome it is taken for; `None`: any.
    #[serde(default)]
    pub label: Option<String>,
}

/// Title, description, settings and graph of a workflow: all that its author edits. Nodes and edges
/// are in the order they were created, which routing depends on.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Definition {
    /// The workflow's title.
    pub title: String,
    /// What it is for.
    #[serde(default)]
    pub description: String,
    /// Its settings.
    #[serde(default)]
    pub settings: Settings,
    /// Its nodes.
    #[serde(default)]
    pub nodes: Vec<Node>,
    /// Its edges.
    #[serde(default)]
    pub edges: Vec<Edge>,
}

/// One edit: an entity as it is now, or gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Change {
    /// Adds the node or replaces the one with its id.
    PutNode {
        /// The node as it is now.
        node: Node,
    },
    /// Removes the node; its edges have to go in the same list of changes.
    DeleteNode {
        /// Which.
        id: NodeId,
    },
    /// Adds the edge or replaces the one with its id.
    PutEdge {
        /// The edge as it is now.
        edge: Edge,
        /// Where in the order it stands: `None` appends a new edge, keeps the place of an old one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<usize>,
    },
    /// Removes the edge.
    DeleteEdge {
        /// Which.
        id: EdgeId,
    },
    /// Changes the title.
    SetTitle {
        /// The new title.
        title: String,
    },
    /// Changes the description.
    SetDescription {
        /// The new description.
        description: String,
    },
    /// Replaces the settings.
    SetSettings {
        /// The new settings.
        settings: Settings,
    },
}

/// Why changes were refused; the definition is as before.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum ChangeError {
    #[error("edge {edge} leads from or to node {node}, which does not exist")]
    DanglingEdge { edge: EdgeId, node: NodeId },
    #[error("node {0} cannot change its type")]
    TypeChange(NodeId),
    #[error("edge {edge} begins at {node}, a terminal node, where leads end")]
    EdgeFromTerminal { edge: EdgeId, node: NodeId },
    #[error("edge {edge} repeats edge {other}: same nodes, same label")]
    DuplicateEdge { edge: EdgeId, other: EdgeId },
    #[error("the id {0} is used twice")]
    DuplicateId(String),
    #[error("{what} has {got}; at most {limit} are possible")]
    TooMany {
        what: Subject,
        got: usize,
        limit: usize,
    },
    #[error("a title is needed")]
    EmptyTitle,
    #[error("the nodes {0} are both flagged as entry; only one can be")]
    SeveralEntries(String),
}

/// What a [`ChangeError::TooMany`] counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Subject {
    Nodes,
    Edges,
    TitleCharacters,
    LabelCharacters,
    TextBytes,
    Branches,
    ConditionLevels,
    Holidays,
    Spans,
    Entries,
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Subject::Nodes => "the workflow (nodes)",
            Subject::Edges => "the workflow (edges)",
            Subject::TitleCharacters => "the title (characters)",
            Subject::LabelCharacters => "a label (characters)",
            Subject::TextBytes => "a text (bytes)",
            Subject::Branches => "a condition (branches)",
            Subject::ConditionLevels => "a condition (levels)",
            Subject::Holidays => "the calling window (holidays)",
            Subject::Spans => "the calling window (spans)",
            Subject::Entries => "an action (headers or variables)",
        })
    }
}

impl Definition {
    /// The node with this id. O(n).
    pub fn node(&self, id: &NodeId) -> Option<&Node> {
        self.nodes.iter().find(|node| node.id == *id)
    }

    /// The edge with this id. O(n).
    pub fn edge(&self, id: &EdgeId) -> Option<&Edge> {
        self.edges.iter().find(|edge| edge.id == *id)
    }

    /// The entry: the node flagged so, else the only one without incoming edges (SPEC 1).
    pub fn entry(&self) -> Option<&Node> {
        let mut flagged = self.nodes.iter().filter(|node| node.is_entry);
        match (flagged.next(), flagged.next()) {
            (Some(node), None) => return Some(node),
            (Some(_), Some(_)) => return None,
            (None, _) => {}
        }
        let targets = self.edges.iter().map(|edge| &edge.to_node_id).into_set();
        let mut roots = self.nodes.iter().filter(|node| !targets.contains(&node.id));
        match (roots.next(), roots.next()) {
            (Some(node), None) => Some(node),
            _ => None,
        }
    }

    /// The changes that make `new` of this, to the order of nodes and edges, in an order in which they
    /// can be applied. O(n log n) unless the order changed.
    pub fn changes_to(&self, new: &Definition) -> Vec<Change> {
        let mut changes = Vec::new();
        if self.title != new.title {
            changes.push(Change::SetTitle {
                title: new.title.clone(),
            });
        }
        if self.description != new.description {
            changes.push(Change::SetDescription {
                description: new.description.clone(),
            });
        }
        if self.settings != new.settings {
            changes.push(Change::SetSettings {
                settings: new.settings.clone(),
            });
        }
        let old_nodes = self.nodes.iter().map(|node| (&node.id, node)).into_map();
        let old_edges = self.edges.iter().map(|edge| (&edge.id, edge)).into_map();
        let node_place: BTreeMap<_, usize> =
            new.nodes.iter().map(|node| &node.id).zip(0..).into_map();
        let edge_place: BTreeMap<_, usize> =
            new.edges.iter().map(|edge| &edge.id).zip(0..).into_map();

        // What stays where it is; from the first that does not on, all are taken out and put in again.
        let kind = |node: &'_ Node| (node.id.clone(), node.config.node_type());
        let there = |node: &&Node| node_place.contains_key(&node.id);
        let nodes_stay = same_beginning(
            self.nodes.iter().filter(there).map(kind),
            new.nodes.iter().map(kind),
        );
        let there = |id: &&EdgeId| edge_place.contains_key(id);
        let edges_stay = same_beginning(
            self.edges.iter().map(|edge| &edge.id).filter(there),
            new.edges.iter().map(|edge| &edge.id),
        );
        let leaves = |at: Option<&usize>, stay: usize| at.is_none_or(|at| *at >= stay);
        for edge in &self.edges {
            if leaves(edge_place.get(&edge.id), edges_stay) {
                let id = edge.id.clone();
                changes.push(Change::DeleteEdge { id });
            }
        }
        for node in &self.nodes {
            if leaves(node_place.get(&node.id), nodes_stay) {
                let id = node.id.clone();
                changes.push(Change::DeleteNode { id });
            }
        }
        for (at, node) in new.nodes.iter().enumerate() {
            if at >= nodes_stay || old_nodes.get(&node.id) != Some(&node) {
                changes.push(Change::PutNode { node: node.clone() });
            }
        }
        for (at, edge) in new.edges.iter().enumerate() {
            if at >= edges_stay || old_edges.get(&edge.id) != Some(&edge) {
                changes.push(Change::PutEdge {
                    edge: edge.clone(),
                    at: None,
                });
            }
        }
        changes
    }

    /// Checks that the graph is well formed: ids unique, no dangling edge, no edge from a terminal,
    /// no edge twice, at most one flagged entry, everything within its limits. A draft may still be
    /// incomplete; that is for validation. O((n + e) log n).
    pub fn check(&self) -> Result<(), ChangeError> {
        at_most(Subject::Nodes, self.nodes.len(), limits::MAX_NODES)?;
        at_most(Subject::Edges, self.edges.len(), limits::MAX_EDGES)?;
        at_most(
            Subject::TitleCharacters,
            self.title.chars().count(),
            limits::MAX_LABEL,
        )?;
        at_most(Subject::TextBytes, self.description.len(), limits::MAX_TEXT)?;
        if self.title.trim().is_empty() {
            return Err(ChangeError::EmptyTitle);
        }
        if let Some(window) = &self.settings.calling_window {
            at_most(
                Subject::Holidays,
                window.holidays.len(),
                limits::MAX_HOLIDAYS,
            )?;
            at_most(Subject::Spans, window.spans.len(), limits::MAX_SPANS)?;
        }
        let mut nodes = BTreeMap::new();
        let mut entry: Option<&Node> = None;
        for node in &self.nodes {
            check_config(&node.config)?;
            at_most(
                Subject::LabelCharacters,
                node.label.chars().count(),
                limits::MAX_LABEL,
            )?;
            if nodes.insert(&node.id, node).is_some() {
                return Err(ChangeError::DuplicateId(node.id.to_string()));
            }
            if node.is_entry
                && let Some(other) = entry.replace(node)
            {
                return Err(ChangeError::SeveralEntries(format!(
                    "{} and {}",
                    other.id, node.id
                )));
            }
        }
        self.check_edges(&nodes)
    }

    fn check_edges(&self, nodes: &BTreeMap<&NodeId, &Node>) -> Result<(), ChangeError> {
        let mut ids = std::collections::BTreeSet::new();
        let mut seen = BTreeMap::new();
        for edge in &self.edges {
            if !ids.insert(&edge.id) {
                return Err(ChangeError::DuplicateId(edge.id.to_string()));
            }
            let dangling = |node: &NodeId| ChangeError::DanglingEdge {
                edge: edge.id.clone(),
                node: node.clone(),
            };
            let from = nodes
                .get(&edge.from_node_id)
                .ok_or_else(|| dangling(&edge.from_node_id))?;
            nodes
                .get(&edge.to_node_id)
                .ok_or_else(|| dangling(&edge.to_node_id))?;
            if from.config.node_type().is_terminal() {
                let (edge, node) = (edge.id.clone(), from.id.clone());
                return Err(ChangeError::EdgeFromTerminal { edge, node });
            }
            if let Some(label) = &edge.label {
                let got = label.chars().count();
                if got > limits::MAX_LABEL {
                    let (what, limit) = (Subject::LabelCharacters, limits::MAX_LABEL);
                    return Err(ChangeError::TooMany { what, got, limit });
                }
            }
            let key = (&edge.from_node_id, &edge.to_node_id, &edge.label);
            if let Some(other) = seen.insert(key, &edge.id) {
                let (edge, other) = (edge.id.clone(), other.clone());
                return Err(ChangeError::DuplicateEdge { edge, other });
            }
        }
        Ok(())
    }
}

fn at_most(what: Subject, got: usize, limit: usize) -> Result<(), ChangeError> {
    if got > limit {
        Err(ChangeError::TooMany { what, got, limit })
    } else {
        Ok(())
    }
}

/// Checks that everything in a config has a size one can work with.
fn check_config(config: &NodeConfig) -> Result<(), ChangeError> {
    let text = |text: &str| at_most(Subject::TextBytes, text.len(), limits::MAX_TEXT);
    let values = |values: &Variables| {
        at_most(Subject::Entries, values.len(), limits::MAX_ENTRIES)?;
        let weight = values.iter().map(|(key, value)| key.len() + value.weight());
        at_most(
            Subject::TextBytes,
            weight.sum(),
            limits::MAX_VARIABLES_WEIGHT,
        )
    };
    match config {
        NodeConfig::Conditional(config) => {
            let count = config.branches.len();
            at_most(Subject::Branches, count, limits::MAX_BRANCHES)?;
            let depths = config.branches.iter().map(|branch| branch.when.depth());
            let deepest = depths.max().unwrap_or(0);
            at_most(
                Subject::ConditionLevels,
                deepest,
                limits::MAX_CONDITION_DEPTH,
            )?;
            let labels = config.branches.iter().map(|branch| &branch.label);
            labels.chain(&config.otherwise).try_for_each(|label| {
                let got = label.chars().count();
                at_most(Subject::LabelCharacters, got, limits::MAX_LABEL)
            })
        }
        NodeConfig::Application(Application::Webhook(webhook)) => {
            at_most(Subject::Entries, webhook.headers.len(), limits::MAX_ENTRIES)?;
            let texts = webhook.url.iter().chain(&webhook.body);
            texts
                .chain(webhook.headers.values())
                .try_for_each(|t| text(t))
        }
        NodeConfig::Application(Application::SetVariables(set)) => values(&set.variables),
        NodeConfig::Application(Application::AgentWorkflow(start)) => {
            start.task.iter().try_for_each(|task| text(task))?;
            values(&start.state)
        }
        _ => Ok(()),
    }
}

/// How many items two sequences have in common at their beginning.
fn same_beginning<T: PartialEq>(
    one: impl Iterator<Item = T>,
    other: impl Iterator<Item = T>,
) -> usize {
    one.zip(other)
        .take_while(|(one, other)| one == other)
        .count()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn sizes_are_bounded() {
        let long = "x".repeat(limits::MAX_TEXT + 1);
        let days = vec!["2026-12-25"; limits::MAX_HOLIDAYS + 1];
        let many: BTreeMap<String, u8> = (0..=limits::MAX_ENTRIES)
            .map(|i| (i.to_string(), 1))
            .collect();
        let node = |node_type: &str, config: serde_json::Value| {
            let node = serde_json::json!({"id": "n", "node_type": node_type, "config": config});
            serde_json::json!({"title": "T", "nodes": [node]})
        };
        let branch = |label: &str| serde_json::json!({"label": label, "all": []});
        for (json, fits) in [
            (
                node(
                    "CONDITIONAL",
                    serde_json::json!({"otherwise": "no", "branches": [branch("yes")]}),
                ),
                true,
            ),
            (
                node(
                    "CONDITIONAL",
                    serde_json::json!({"branches": [branch(&long)]}),
                ),
                false,
            ),
            (
                node("CONDITIONAL", serde_json::json!({"otherwise": long})),
                false,
            ),
            (
                node(
                    "CONDITIONAL",
                    serde_json::json!({"branches": vec![branch("x"); 101]}),
                ),
                false,
            ),
            (
                node(
                    "APPLICATION",
                    serde_json::json!({"action": "webhook", "body": long}),
                ),
                false,
            ),
            (
                node(
                    "APPLICATION",
                    serde_json::json!({"action": "webhook", "url": long}),
                ),
                false,
            ),
            (
                node(
                    "APPLICATION",
                    serde_json::json!({"action": "webhook", "headers": {"a": long}}),
                ),
                false,
            ),
            (
                node(
                    "APPLICATION",
                    serde_json::json!({"action": "set_variables", "variables": {"a": long}}),
                ),
                false,
            ),
            (
                node(
                    "APPLICATION",
                    serde_json::json!({"action": "set_variables", "variables": many}),
                ),
                false,
            ),
            (
                serde_json::json!({"title": "T", "settings": {"calling_window":
                {"timezone": "UTC", "start": "09:00", "end": "10:00", "holidays": days}}}),
                false,
            ),
        ] {
            let definition: Definition = serde_json::from_value(json).unwrap();
            assert_eq!(definition.check().is_ok(), fits, "{:?}", definition.check());
        }
    }
}
