//! Connections. Routing takes the first edge of an outcome, so a handle has one: connecting a
//! handle that is connected moves its edge.

use leadline_model::{Change, Edge, EdgeId, NodeId};

use super::add::fresh_edge;
use super::{Plan, Planned};
use crate::graph::Graph;
use crate::rules::{called, cannot_leave, output_words, refusal};
use crate::{HandleRef, Ids, Selection};

const GONE: &str = "That edge is gone.";

/// Leads a handle to a node.
pub(crate) fn connect(graph: &Graph, ids: &mut Ids, from: &HandleRef, to: &NodeId) -> Planned {
    let old = graph
        .node_index(&from.node)
        .and_then(|i| graph.edge_of(i, from.label.as_deref()));
    if let Some(reason) = refusal(graph, from, to, old.map(|edge| &edge.id)) {
        return Err(reason);
    }
    if old.is_some_and(|edge| edge.to_node_id == *to) {
        return Err("It already leads there.".to_owned());
    }
    let edge = edge_for(graph, ids, from, to, old);
    let verb = if old.is_some() {
        "Move the connection"
    } else {
        "Connect"
    };
    Ok(plan(graph, verb, edge))
}

fn edge_for(
    graph: &Graph,
    ids: &mut Ids,
    from: &HandleRef,
    to: &NodeId,
    old: Option<&Edge>,
) -> Edge {
    Edge {
        id: old.map_or_else(|| fresh_edge(graph, ids), |edge| edge.id.clone()),
        from_node_id: from.node.clone(),
        to_node_id: to.clone(),
        label: from.label.clone(),
    }
}

fn plan(graph: &Graph, verb: &str, edge: Edge) -> Plan {
    let label = match (graph.node(&edge.from_node_id), graph.node(&edge.to_node_id)) {
        (Some(from), Some(to)) => {
            let output = output_words(from, edge.label.as_deref());
            format!("{verb}: {output} of {} to {}", called(from), called(to))
        }
        _ => verb.to_owned(),
    };
    let select = Some(Selection::of_edge(&edge.id));
    Plan {
        select,
        ..Plan::new(label, vec![Change::PutEdge { edge, at: None }])
    }
}

/// The edge from a handle to a node that is about to be added.
pub(super) fn edge_to_new(
    graph: &Graph,
    ids: &mut Ids,
    from: &HandleRef,
    to: &NodeId,
) -> Result<Change, String> {
    let index = graph.node_index(&from.node).ok_or("That node is gone.")?;
    if let Some(reason) = cannot_leave(&graph.nodes()[index], from.label.as_deref()) {
        return Err(reason);
    }
    let old = graph.edge_of(index, from.label.as_deref());
    Ok(Change::PutEdge {
        edge: edge_for(graph, ids, from, to, old),
        at: None,
    })
}

/// Makes an edge begin at another handle, which must be free.
pub(crate) fn reconnect_from(graph: &Graph, edge: &EdgeId, from: &HandleRef) -> Planned {
    let old = graph.edge(edge).ok_or(GONE)?;
    if let Some(reason) = refusal(graph, from, &old.to_node_id, Some(edge)) {
        return Err(reason);
    }
    let index = graph.node_index(&from.node).ok_or("That node is gone.")?;
    if let Some(other) = graph
        .edge_of(index, from.label.as_deref())
        .filter(|e| e.id != *edge)
    {
        let target = graph
            .node(&other.to_node_id)
            .map(called)
            .unwrap_or_default();
        let source = &graph.nodes()[index];
        let output = output_words(source, from.label.as_deref());
        return Err(format!(
            "{output} of {} already leads to {target}.",
            called(source)
        ));
    }
    let edge = Edge {
        from_node_id: from.node.clone(),
        label: from.label.clone(),
        ..old.clone()
    };
    Ok(plan(graph, "Reconnect", edge))
}

/// Makes an edge lead to another node.
pub(crate) fn reconnect_to(graph: &Graph, edge: &EdgeId, to: &NodeId) -> Planned {
    let old = graph.edge(edge).ok_or(GONE)?;
    let from = HandleRef {
        node: old.from_node_id.clone(),
        label: old.label.clone(),
    };
    if let Some(reason) = refusal(graph, &from, to, Some(edge)) {
        return Err(reason);
    }
    Ok(plan(
        graph,
        "Reconnect",
        Edge {
            to_node_id: to.clone(),
            ..old.clone()
        },
    ))
}

/// Puts a node into an edge: the edge leads to it, its first free output to the old target.
pub(crate) fn splice(graph: &Graph, ids: &mut Ids, node: &NodeId, edge: &EdgeId) -> Planned {
    let old = graph.edge(edge).ok_or(GONE)?;
    let index = graph.node_index(node).ok_or("That node is gone.")?;
    if let Some(reason) = splice_refusal(graph, index, old) {
        return Err(reason);
    }
    let middle = &graph.nodes()[index];
    let outputs = middle.config.outputs();
    let free = outputs
        .iter()
        .find(|o| graph.edge_of(index, o.label.as_deref()).is_none());
    let Some(output) = free else {
        return Err(format!("{} has no free output.", called(middle)));
    };
    let changes = through(graph, ids, node, output.label.clone(), old);
    let select = Some(Selection::of_node(node));
    Ok(Plan {
        select,
        ..Plan::new(format!("Insert {}", called(middle)), changes.into())
    })
}

/// The edge leads to the node, and this output of the node to where the edge led.
pub(super) fn through(
    graph: &Graph,
    ids: &mut Ids,
    middle: &NodeId,
    output: Option<String>,
    old: &Edge,
) -> [Change; 2] {
    let first = Edge {
        to_node_id: middle.clone(),
        ..old.clone()
    };
    let onward = Edge {
        id: fresh_edge(graph, ids),
        from_node_id: middle.clone(),
        to_node_id: old.to_node_id.clone(),
        label: output,
    };
    [first, onward].map(|edge| Change::PutEdge { edge, at: None })
}

/// Why a node can not be put into an edge.
pub(crate) fn splice_refusal(graph: &Graph, node: usize, edge: &Edge) -> Option<String> {
    let middle = &graph.nodes()[node];
    if middle.id == edge.from_node_id || middle.id == edge.to_node_id {
        return Some(format!(
            "{} is already an end of this edge.",
            called(middle)
        ));
    }
    let outputs = middle.config.outputs();
    if outputs.is_empty() {
        return Some(match middle.config.node_type().is_terminal() {
            true => format!(
                "Leads end at {}; it can not stand in between.",
                called(middle)
            ),
            false => format!("{} has no output yet.", called(middle)),
        });
    }
    let repeats = graph.outgoing(graph.node_index(&edge.from_node_id)?);
    let repeats = repeats
        .into_iter()
        .any(|e| e.to_node_id == middle.id && e.label == edge.label);
    repeats.then(|| format!("The same outcome already leads to {}.", called(middle)))
}
