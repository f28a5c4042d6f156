//! Boxes of nodes and the places of their handles.
//!
//! A box is 200 wide and as high as its content: a head with type, label and summary, then one row
//! for each output that is shown. A box only ever grows downwards, so a handle that appears moves
//! none of the others.

use std::collections::BTreeSet;

use leadline_model::{Node, NodeId};

use crate::{Point, Rect};

/// Width of every node.
pub const NODE_WIDTH: f64 = 200.0;
/// Height of the head of a node: type, label, summary.
pub const HEAD_HEIGHT: f64 = 60.0;
/// Height of the row of one output; as high as a touch target has to be, and more.
pub const ROW_HEIGHT: f64 = 30.0;

/// An output of a node, by name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HandleRef {
    /// The node.
    pub node: NodeId,
    /// The label its edge carries; `None`: no label.
    pub label: Option<String>,
}

impl HandleRef {
    /// The output of a node with this label.
    pub fn new(node: &NodeId, label: Option<&str>) -> HandleRef {
        HandleRef {
            node: node.clone(),
            label: label.map(str::to_owned),
        }
    }
}

/// Why a handle is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HandleKind {
    /// An output that the node can produce.
    Output,
    /// One that is only shown when an edge carries it or its node alone is selected.
    Optional,
    /// The unlabelled edge of a node with named outputs: any other outcome.
    Otherwise,
    /// The label of an edge that the node cannot produce (any more).
    Impossible,
}

/// A handle as it is drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Handle {
    /// The label of its edge.
    pub label: Option<String>,
    /// Where its dot is.
    pub at: Point,
    /// Why it is shown.
    pub kind: HandleKind,
    /// Whether an edge begins here.
    pub connected: bool,
}

/// A node's box and handles, in world coordinates.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct NodeBox {
    pub rect: Rect,
    pub handles: Vec<Handle>,
}

/// Where a node's position lies in the world.
pub(crate) fn position(node: &Node) -> Point {
    Point::new(
        f64::from(node.position_x.0) / 100.0,
        f64::from(node.position_y.0) / 100.0,
    )
}

impl NodeBox {
    /// The box of a node from whose outputs edges with these labels begin. `expanded` shows the
    /// optional outputs too.
    pub fn new(node: &Node, carried: &BTreeSet<Option<&str>>, expanded: bool) -> NodeBox {
        let mut rows: Vec<(Option<String>, HandleKind)> = Vec::new();
        let outputs = node.config.outputs();
        for output in &outputs {
            let shown = !output.optional || expanded || carried.contains(&output.label.as_deref());
            let kind = if output.optional {
                HandleKind::Optional
            } else {
                HandleKind::Output
            };
            if shown {
                rows.push((output.label.clone(), kind));
            }
        }
        for &label in carried {
            if outputs
                .iter()
                .all(|output| output.label.as_deref() != label)
            {
                let kind = if label.is_none() {
                    HandleKind::Otherwise
                } else {
                    HandleKind::Impossible
                };
                rows.push((label.map(str::to_owned), kind));
            }
        }
        let at = position(node);
        let mut height = HEAD_HEIGHT;
        let mut handles = Vec::with_capacity(rows.len());
        for (label, kind) in rows {
            let in_head = label.is_none() && kind == HandleKind::Output;
            let y = if in_head {
                HEAD_HEIGHT / 2.0
            } else {
                height + ROW_HEIGHT / 2.0
            };
            if !in_head {
                height += ROW_HEIGHT;
            }
            let connected = carried.contains(&label.as_deref());
            let at = at.plus(Point::new(NODE_WIDTH, y));
            handles.push(Handle {
                label,
                at,
                kind,
                connected,
            });
        }
        NodeBox {
            rect: Rect::new(at.x, at.y, NODE_WIDTH, height),
            handles,
        }
    }

    /// Where edges arrive.
    pub fn target(&self) -> Point {
        Point::new(self.rect.x, self.rect.y + HEAD_HEIGHT / 2.0)
    }

    /// Where an edge with this label begins.
    pub fn source(&self, label: Option<&str>) -> Point {
        let handle = self
            .handles
            .iter()
            .find(|handle| handle.label.as_deref() == label);
        let head = Point::new(self.rect.right(), self.rect.y + HEAD_HEIGHT / 2.0);
        handle.map_or(head, |handle| handle.at)
    }

    /// Moves box and handles.
    pub fn shift(&mut self, by: Point) {
        self.rect = self.rect.moved(by);
        for handle in &mut self.handles {
            handle.at = handle.at.plus(by);
        }
    }
}
