//! Deleting. Entities go last created first, so that undo puts each back where it was.

use std::collections::BTreeSet;

use leadline_model::ordered::{self, Ordered};
use leadline_model::{Change, Edge, EdgeId, NodeId};

use super::{Plan, Planned, count};
use crate::graph::Graph;
use crate::rules::{called, refusal};
use crate::{HandleRef, Selection};

/// Deletes nodes, their edges and further edges. `healing` leads edges that arrive from outside on
/// to where the deleted nodes led.
pub(crate) fn delete(graph: &Graph, selection: &Selection, healing: bool) -> Planned {
    let mut edges: BTreeSet<usize> = selection
        .edges
        .iter()
        .filter_map(|id| graph.edge_index(id))
        .into_set();
    let mut nodes: Vec<usize> = selection
        .nodes
        .iter()
        .filter_map(|id| graph.node_index(id))
        .collect();
    ordered::sort(&mut nodes);
    let label = match (nodes.as_slice(), edges.len()) {
        ([], 0) => return Err("Nothing is selected.".to_owned()),
        ([only], 0) => format!("Delete {}", called(&graph.nodes()[*only])),
        ([], n) => format!("Delete {}", count(n, "edge")),
        (nodes, 0) => format!("Delete {}", count(nodes.len(), "node")),
        (nodes, n) => format!(
            "Delete {} and {}",
            count(nodes.len(), "node"),
            count(n, "edge")
        ),
    };
    let gone: BTreeSet<&NodeId> = nodes.iter().map(|&i| &graph.nodes()[i].id).into_set();
    for &node in &nodes {
        let ends = graph.outgoing(node).chain(graph.incoming(node));
        edges.extend(ends.filter_map(|edge| graph.edge_index(&edge.id)));
    }
    let mut plan = Plan::new(label, Vec::new());
    if healing {
        for edge in healed(graph, &edges, &gone) {
            edges.retain(|&index| graph.edges()[index].id != edge.id);
            plan.changes.push(Change::PutEdge { edge, at: None });
        }
    }
    let deleted = edges.iter().rev().map(|&i| Change::DeleteEdge {
        id: graph.edges()[i].id.clone(),
    });
    plan.changes.extend(deleted);
    let deleted = nodes.iter().rev().map(|&i| Change::DeleteNode {
        id: graph.nodes()[i].id.clone(),
    });
    plan.changes.extend(deleted);
    plan.select = Some(Selection::default());
    Ok(plan)
}

/// Deletes one edge.
pub(crate) fn delete_edge(graph: &Graph, edge: &EdgeId) -> Planned {
    delete(graph, &Selection::of_edge(edge), false)
}

/// Edges from outside to deleted nodes, as they lead on; those that can not are left out.
fn healed(graph: &Graph, doomed: &BTreeSet<usize>, gone: &BTreeSet<&NodeId>) -> Vec<Edge> {
    let mut healed: Vec<Edge> = Vec::new();
    for edge in doomed.iter().map(|&index| &graph.edges()[index]) {
        if gone.contains(&edge.from_node_id) || !gone.contains(&edge.to_node_id) {
            continue;
        }
        let Some(to) = successor(graph, &edge.to_node_id, gone) else {
            continue;
        };
        let from = HandleRef {
            node: edge.from_node_id.clone(),
            label: edge.label.clone(),
        };
        let repeats = healed.iter().any(|other| {
            other.from_node_id == from.node && other.to_node_id == to && other.label == from.label
        });
        if !repeats && refusal(graph, &from, &to, Some(&edge.id)).is_none() {
            healed.push(Edge {
                to_node_id: to,
                ..edge.clone()
            });
        }
    }
    healed
}

/// The first node that stays, going along the first connected output of those that go.
fn successor(graph: &Graph, start: &NodeId, gone: &BTreeSet<&NodeId>) -> Option<NodeId> {
    let mut seen = BTreeSet::new();
    let mut at = start.clone();
    while gone.contains(&at) {
        if !seen.insert(at.clone()) {
            return None;
        }
        let index = graph.node_index(&at)?;
        let outputs = graph.nodes()[index].config.outputs();
        let named = outputs
            .iter()
            .find_map(|o| graph.edge_of(index, o.label.as_deref()));
        at = named
            .or_else(|| graph.outgoing(index).next())?
            .to_node_id
            .clone();
    }
    Some(at)
}
