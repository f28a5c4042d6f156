//! New nodes: from the palette and from a clipboard text.

use std::collections::{BTreeMap, BTreeSet};

use leadline_model::ordered::{self, Ordered};
use leadline_model::{Branches, Change, Edge, Node, NodeConfig, NodeType};

use super::{GRID, Plan, Planned, connect, count, placed, snap};
use crate::clip::{self, Clip};
use crate::graph::Graph;
use crate::shape::{HEAD_HEIGHT, NODE_WIDTH, NodeBox, position};
use crate::{HandleRef, Ids, Point, Rect, Selection};

/// How far right of its predecessor a node comes to lie.
const GAP: f64 = 100.0;
/// How far right of and below the original a copy comes to lie.
pub(crate) const COPY_STEP: f64 = 4.0 * GRID;
/// How often another place is tried before nodes may overlap.
const TRIES: usize = 200;

/// How near the middle of a node has to come to an edge to be put into it, in the world.
const SPLICE_REACH: f64 = 25.0;

/// Where a new node goes, or a little below, where it covers no other.
pub(crate) enum Spot {
    /// The pointer says so: dropped on an edge it is put into it.
    At(Point),
    /// Somewhere here.
    Near(Point),
}

/// What a new node does. A condition has an outcome for what no branch holds for, so that it has a
/// way on; everything else is asked for.
fn first_config(node_type: NodeType) -> NodeConfig {
    match node_type {
        NodeType::Conditional => NodeConfig::Conditional(Branches {
            branches: Vec::new(),
            otherwise: Some("otherwise".to_owned()),
        }),
        other => other.empty_config(),
    }
}

/// Adds a node; `from` is connected to it. Dropped on an edge it is put into it.
pub(crate) fn add_node(
    graph: &Graph,
    ids: &mut Ids,
    node_type: NodeType,
    spot: Spot,
    from: Option<&HandleRef>,
) -> Planned {
    let node = Node {
        id: fresh_node(graph, ids),
        config: first_config(node_type),
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
    let (Spot::At(p) | Spot::Near(p)) = spot;
    let at = snapped(corner(p.sane()));
    let here = Rect::new(at.x, at.y, size.w, size.h);
    let output = node.config.outputs().into_iter().next();
    // Where the pointer says it may lie close to others, never over them.
    let apart = match spot {
        Spot::At(_) => -1.0,
        Spot::Near(_) => GRID,
    };
    let below = match (&spot, from, output) {
        (Spot::At(_), None, Some(output)) => edges_below(graph, here).next().zip(Some(output)),
        _ => None,
    };
    let at = match below {
        Some(_) => at,
        None => free_place(graph, at, size, apart),
    };
    let node = placed(&node, at);
    let verb = if below.is_some() { "Insert" } else { "Add" };
    let label = format!("{verb} {}", node_type.words());
    let mut plan = Plan::new(label, vec![Change::PutNode { node: node.clone() }]);
    plan.select = Some(Selection::of_node(&node.id));
    if let Some((edge, output)) = below {
        let edge = &graph.edges()[edge];
        plan.changes
            .extend(connect::through(graph, ids, &node.id, output.label, edge));
    }
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

/// The edges that a box lies on, the nearest to its middle first.
pub(crate) fn edges_below(graph: &Graph, rect: Rect) -> impl Iterator<Item = usize> {
    let middle = rect.center();
    let mut found: Vec<(f64, usize)> = graph
        .edges_in(&rect)
        .into_iter()
        .map(|edge| (graph.path(edge as usize).distance(middle), edge as usize))
        .filter(|&(distance, _)| distance <= SPLICE_REACH)
        .collect();
    ordered::sort_by(&mut found, |a, b| a.0.total_cmp(&b.0));
    found.into_iter().map(|(_, edge)| edge)
}

/// The first place downwards where a box of this size is so far `apart` from every other.
fn free_place(graph: &Graph, mut at: Point, size: Rect, apart: f64) -> Point {
    for _ in 0..TRIES {
        let wanted = Rect::new(at.x, at.y, size.w, size.h).grown(apart);
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
        .into_set();
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

/// How far copies are moved so that none lies upon a node that is there: `by`, or further to the lower
/// right, one step for each copy that was pasted there before.
fn beside_others(graph: &Graph, clip: &Clip, mut by: Point) -> Point {
    let upon = |by: Point| {
        clip.nodes.iter().any(|node| {
            let at = position(node).plus(by);
            let near = Rect::new(at.x, at.y, 1.0, 1.0).grown(GRID);
            let mut nodes = graph.nodes_in(&near).into_iter();
            nodes.any(|other| {
                let other = graph.node_box(other as usize).rect;
                (other.x - at.x).abs() <= GRID && (other.y - at.y).abs() <= GRID
            })
        })
    };
    for _ in 0..TRIES {
        if !upon(by) {
            break;
        }
        by = by.plus(Point::new(COPY_STEP, COPY_STEP));
    }
    by
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
    let by = beside_others(graph, clip, by);
    let names: BTreeMap<_, _> = clip
        .nodes
        .iter()
        .map(|node| (node.id.clone(), fresh_node(graph, ids)))
        .into_map();
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
