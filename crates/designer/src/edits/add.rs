//! New nodes: from the palette and from a clipboard text.

use std::collections::{BTreeMap, BTreeSet};

use leadline_model::{Change, Edge, Node, NodeType};

use super::{GRID, Plan, Planned, connect, count, placed, snap};
use crate::clip::{self, Clip};
use crate::graph::Graph;
use crate::shape::{HEAD_HEIGHT, NODE_WIDTH, NodeBox, position};
use crate::{HandleRef, Ids, Point, Rect, Selection};

/// How far right of its predecessor a node comes to lie.
const GAP: f64 = 100.0;
/// How often another place is tried before nodes may overlap.
const TRIES: usize = 200;

/// Where a new node goes.
pub(crate) enum Spot {
    /// Exactly here: the pointer says so.
    At(Point),
    /// Near here, where it covers no other.
    Near(Point),
}

/// Adds a node; `from` is connected to it.
pub(crate) fn add_node(
    graph: &Graph,
    ids: &mut Ids,
    node_type: NodeType,
    spot: Spot,
    from: Option<&HandleRef>,
) -> Planned {
    let node = Node {
        id: fresh_node(graph, ids),
        config: node_type.empty_config(),
        label: free_label(graph, node_type),
        position_x: Default::default(),
        position_y: Default::default(),
        is_entry: graph.nodes().is_empty() && !node_type.is_terminal(),
    };
    let size = NodeBox::new(&node, &BTreeSet::new(), false).rect;
    let corner = |p: Point| match from {
        Some(_) => Point::new(p.x, p.y - HEAD_HEIGHT / 2.0),
        None => Point::new(p.x - size.w / 2.0, p.y - size.h / 2.0),
    };
    let at = match spot {
        Spot::At(p) => snapped(corner(p.sane())),
        Spot::Near(p) => free_place(graph, snapped(corner(p.sane())), size),
    };
    let node = placed(&node, at);
    let label = format!("Add {}", node_type.words());
    let mut plan = Plan::new(label, vec![Change::PutNode { node: node.clone() }]);
    plan.select = Some(Selection::of_node(&node.id));
    if let Some(from) = from {
        plan.changes
            .push(connect::edge_to_new(graph, ids, from, &node.id)?);
    }
    Ok(plan)
}

/// The place to the right of a handle.
pub(crate) fn beside(graph: &Graph, from: &HandleRef) -> Option<Point> {
    let node_box = graph.box_of(&from.node)?;
    let at = node_box.source(from.label.as_deref());
    Some(Point::new(at.x + GAP, at.y))
}

fn snapped(p: Point) -> Point {
    Point::new(snap(p.x), snap(p.y))
}

/// The first place downwards where a box of this size covers no other.
fn free_place(graph: &Graph, mut at: Point, size: Rect) -> Point {
    for _ in 0..TRIES {
        let wanted = Rect::new(at.x, at.y, size.w, size.h).grown(GRID);
        let taken = graph.nodes_in(&wanted);
        let Some(&other) = taken.first() else { break };
        at.y = snap(graph.node_box(other as usize).rect.bottom() + 2.0 * GRID);
    }
    at
}

/// "Voice call", "Voice call 2", and so on.
fn free_label(graph: &Graph, node_type: NodeType) -> String {
    let taken: BTreeSet<&str> = graph
        .nodes()
        .iter()
        .map(|node| node.label.as_str())
        .collect();
    let words = node_type.words();
    if !taken.contains(words) {
        return words.to_owned();
    }
    let mut number = 2usize;
    loop {
        let label = format!("{words} {number}");
        if !taken.contains(label.as_str()) {
            return label;
        }
        number += 1;
    }
}

/// An id the graph does not have; the source may have been started with a key used before.
pub(super) fn fresh_node(graph: &Graph, ids: &mut Ids) -> leadline_model::NodeId {
    loop {
        let id = ids.node();
        if graph.node_index(&id).is_none() {
            return id;
        }
    }
}

/// An id the graph does not have.
pub(super) fn fresh_edge(graph: &Graph, ids: &mut Ids) -> leadline_model::EdgeId {
    loop {
        let id = ids.edge();
        if graph.edge_index(&id).is_none() {
            return id;
        }
    }
}

/// Adds copies of what a clip holds, the middle of their boxes at `middle`, or moved by `offset`.
pub(crate) fn insert_clip(
    graph: &Graph,
    ids: &mut Ids,
    clip: &Clip,
    middle: Option<Point>,
    offset: Point,
) -> Plan {
    let places = clip.nodes.iter().map(|node| {
        let at = position(node);
        Rect::new(at.x, at.y, NODE_WIDTH, HEAD_HEIGHT)
    });
    let around = Rect::around(places).unwrap_or_default();
    let by = snapped(middle.map_or(offset, |p| p.sane().minus(around.center())));
    let names: BTreeMap<_, _> = clip
        .nodes
        .iter()
        .map(|node| (node.id.clone(), fresh_node(graph, ids)))
        .collect();
    let has_entry = graph.nodes().iter().any(|node| node.is_entry);
    let mut plan = Plan {
        select: Some(Selection::default()),
        ..Plan::default()
    };
    for node in &clip.nodes {
        let mut copy = placed(node, position(node).plus(by));
        copy.id = names[&node.id].clone();
        copy.is_entry &= !has_entry;
        clip::rename_visits(&mut copy.config, &names);
        if let Some(select) = &mut plan.select {
            select.nodes.insert(copy.id.clone());
        }
        plan.changes.push(Change::PutNode { node: copy });
    }
    for edge in &clip.edges {
        let copy = Edge {
            id: fresh_edge(graph, ids),
            from_node_id: names[&edge.from_node_id].clone(),
            to_node_id: names[&edge.to_node_id].clone(),
            label: edge.label.clone(),
        };
        plan.changes.push(Change::PutEdge {
            edge: copy,
            at: None,
        });
    }
    plan.label = format!("Paste {}", count(clip.nodes.len(), "node"));
    plan
}
