//! What each command changes: pure functions from the graph to a [`Plan`], or to the reason for a
//! refusal. Nothing is changed here.

mod add;
mod connect;
mod delete;
mod text;

pub(crate) use add::{COPY_STEP, Spot, add_node, beside, edges_below, insert_clip};
pub(crate) use connect::{connect, reconnect_from, reconnect_to, splice, splice_refusal};
pub(crate) use delete::{delete, delete_edge};
pub(crate) use text::{
    set_config, set_description, set_edge_label, set_entry, set_label, set_settings, set_title,
};

use leadline_model::{Change, Node, NodeId, Position};

use crate::graph::Graph;
use crate::{Point, Selection};

/// The distance between the lines that positions snap to.
pub(crate) const GRID: f64 = 10.0;

/// An edit, not yet made.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// The step in words, such as "Move 2 nodes".
    pub label: String,
    pub changes: Vec<Change>,
    /// What is selected afterwards; `None`: what was.
    pub select: Option<Selection>,
    /// The field, when typing in it goes on as one step.
    pub burst: Option<String>,
}

/// A plan, or why there is none.
pub(crate) type Planned = Result<Plan, String>;

impl Plan {
    fn new(label: impl Into<String>, changes: Vec<Change>) -> Plan {
        Plan {
            label: label.into(),
            changes,
            ..Plan::default()
        }
    }
}

/// "1 node", "2 nodes".
pub(crate) fn count(n: usize, what: &str) -> String {
    if n == 1 {
        format!("1 {what}")
    } else {
        format!("{n} {what}s")
    }
}

pub(crate) fn snap(v: f64) -> f64 {
    (v / GRID).round() * GRID
}

/// A position in hundredths, kept within what the model accepts.
fn hundredths(pixels: f64) -> Position {
    Position((pixels * 100.0).round().clamp(-1e9, 1e9) as i32)
}

/// The node at another place.
pub(crate) fn placed(node: &Node, at: Point) -> Node {
    Node {
        position_x: hundredths(at.x),
        position_y: hundredths(at.y),
        ..node.clone()
    }
}

/// Moves nodes by a distance.
pub(crate) fn move_by(graph: &Graph, nodes: &[NodeId], by: Point) -> Plan {
    let moved = nodes
        .iter()
        .filter_map(|id| graph.node(id))
        .map(|node| Change::PutNode {
            node: placed(node, crate::shape::position(node).plus(by)),
        });
    let changes: Vec<Change> = moved.collect();
    Plan::new(format!("Move {}", count(changes.len(), "node")), changes)
}

/// Lays the whole graph out anew, its top left corner where it was.
pub(crate) fn tidy(graph: &Graph) -> Plan {
    let Some(bounds) = graph.bounds() else {
        return Plan::default();
    };
    let corner = Point::new(snap(bounds.x), snap(bounds.y));
    let places = crate::layout::arrange(graph);
    let moved = graph.nodes().iter().zip(places);
    let changes = moved.map(|(node, at)| Change::PutNode {
        node: placed(node, at.plus(corner)),
    });
    Plan::new("Tidy the layout", changes.collect())
}
