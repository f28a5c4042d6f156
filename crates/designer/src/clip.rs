//! The clipboard's text: `{"leadline_clip": 1, "nodes": [...], "edges": [...]}`. A workflow file
//! and a bare definition can be pasted too.

use std::collections::BTreeMap;

use leadline_model::{
    Condition, ConditionGroup, Definition, Edge, Node, NodeConfig, NodeId, json, limits,
};
use serde::{Deserialize, Serialize};

use crate::Selection;
use crate::graph::Graph;

const VERSION: u64 = 1;
/// The longest text that is read: more than the largest workflow needs.
const MAX_BYTES: usize = 64 * 1024 * 1024;

/// Nodes and the edges between them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub(crate) struct Clip {
    pub leadline_clip: u64,
    #[serde(default)]
    pub nodes: Vec<Node>,
    #[serde(default)]
    pub edges: Vec<Edge>,
}

/// The selected nodes and the edges between them; `None` when no node is selected.
pub(crate) fn of_selection(graph: &Graph, selection: &Selection) -> Option<Clip> {
    let picked = |id: &NodeId| selection.nodes.contains(id);
    let nodes: Vec<Node> = graph
        .nodes()
        .iter()
        .filter(|n| picked(&n.id))
        .cloned()
        .collect();
    let within = |edge: &&Edge| picked(&edge.from_node_id) && picked(&edge.to_node_id);
    let edges = graph.edges().iter().filter(within).cloned().collect();
    (!nodes.is_empty()).then_some(Clip {
        leadline_clip: VERSION,
        nodes,
        edges,
    })
}

/// Reads a clipboard text; the error is for the user.
pub(crate) fn read(text: &str) -> Result<Clip, String> {
    const FOREIGN: &str = "The clipboard holds no nodes of a workflow.";
    if text.len() > MAX_BYTES {
        return Err("The clipboard holds too much to be nodes of a workflow.".to_owned());
    }
    let found: serde_json::Value = json::from_text(text).map_err(|_| FOREIGN.to_owned())?;
    let (version, body) = if let Some(version) = found.get("leadline_clip") {
        (version.as_u64(), &found)
    } else if let (Some(version), Some(workflow)) = (found.get("leadline"), found.get("workflow")) {
        (version.as_u64(), workflow)
    } else if found.get("nodes").is_some_and(serde_json::Value::is_array) {
        (Some(VERSION), &found)
    } else {
        return Err(FOREIGN.to_owned());
    };
    if version != Some(VERSION) {
        return Err("The clipboard's nodes come from another version of Leadline.".to_owned());
    }
    #[derive(Deserialize)]
    struct Parts {
        #[serde(default)]
        nodes: Vec<Node>,
        #[serde(default)]
        edges: Vec<Edge>,
    }
    let parts = Parts::deserialize(body)
        .map_err(|error| format!("The clipboard's nodes can not be read: {error}."))?;
    if parts.nodes.is_empty() {
        return Err(FOREIGN.to_owned());
    }
    check_conditions(body, &parts.nodes)?;
    let whole = Definition {
        title: "clip".to_owned(),
        nodes: parts.nodes,
        edges: parts.edges,
        ..Definition::default()
    };
    whole
        .check()
        .map_err(|error| format!("The clipboard's nodes do not fit together: {error}."))?;
    Ok(Clip {
        leadline_clip: VERSION,
        nodes: whole.nodes,
        edges: whole.edges,
    })
}

/// Of a condition nothing may be lost on the way: leads would go another one.
fn check_conditions(body: &serde_json::Value, nodes: &[Node]) -> Result<(), String> {
    let kept = json::to_value(&nodes)?;
    let lost = json::lost(&body["nodes"], &kept);
    match lost
        .iter()
        .find(|way| way.iter().any(|part| part == "branches"))
    {
        None => Ok(()),
        Some(way) => Err(format!(
            "The clipboard's nodes hold a condition that Leadline does not know: “{}”.",
            way.join(".")
        )),
    }
}

/// Conditions on visits of a copied node look at the copy.
pub(crate) fn rename_visits(config: &mut NodeConfig, names: &BTreeMap<NodeId, NodeId>) {
    if let NodeConfig::Conditional(branches) = config {
        for branch in &mut branches.branches {
            rename_in(&mut branch.when, names, limits::MAX_CONDITION_DEPTH);
        }
    }
}

fn rename_in(group: &mut ConditionGroup, names: &BTreeMap<NodeId, NodeId>, depth: usize) {
    for condition in group.all.iter_mut().chain(&mut group.any).flatten() {
        match condition {
            Condition::Rule(rule) => {
                let new = rule
                    .field
                    .strip_prefix("visits.")
                    .and_then(|id| NodeId::parse(id).ok());
                if let Some(new) = new.and_then(|id| names.get(&id)) {
                    rule.field = format!("visits.{new}");
                }
            }
            Condition::Group(inner) if depth > 0 => rename_in(inner, names, depth - 1),
            Condition::Group(_) => {}
        }
    }
}
