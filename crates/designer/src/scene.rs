//! What is to be drawn, in world coordinates: only what is visible, borrowed from the editor.

use leadline_model::ordered;
use leadline_model::{Edge, Node};

use crate::editor::Focus;
use crate::gesture::Gesture;
use crate::{
    EdgeMarks, EdgePath, Editor, Handle, HandleKind, HandleRef, NodeMarks, Point, Rect, Viewport,
};

/// Everything visible. Draw edges, then nodes, then the rest.
#[derive(Debug)]
pub struct Scene<'a> {
    /// Where world coordinates are on the screen.
    pub viewport: Viewport,
    /// How much to draw.
    pub detail: Detail,
    /// Visible edges, in the order they were created.
    pub edges: Vec<SceneEdge<'a>>,
    /// Visible nodes, in the order they were created; dragged ones last.
    pub nodes: Vec<SceneNode<'a>>,
    /// Lines that show what the dragged nodes are aligned with.
    pub guides: &'a [Guide],
    /// The selection box being drawn.
    pub selection_box: Option<Rect>,
    /// The connection being drawn.
    pub connection: Option<ConnectionPreview<'a>>,
}

/// How much to draw, by zoom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// Zoom below 0.5: shapes only, no text, no handles.
    Shapes,
    /// Everything.
    Full,
}

/// A node to draw.
#[derive(Debug, Clone, Copy)]
pub struct SceneNode<'a> {
    /// The node.
    pub node: &'a Node,
    /// Its box; while dragged not yet the one of its position.
    pub rect: Rect,
    /// Where edges arrive; terminals and all others have one.
    pub target: Point,
    /// Its outputs that are shown, top to bottom.
    pub handles: &'a [Handle],
    /// Selected.
    pub selected: bool,
    /// It or one of its handles has keyboard focus.
    pub focused: bool,
    /// Leads start here (flagged, or the only node without incoming edges).
    pub entry: bool,
    /// Being dragged.
    pub dragged: bool,
    /// What the connection being drawn would do here, when the pointer is over it.
    pub drop: Option<Verdict>,
    /// Findings about it.
    pub marks: NodeMarks,
}

/// An edge to draw.
#[derive(Debug, Clone, Copy)]
pub struct SceneEdge<'a> {
    /// The edge.
    pub edge: &'a Edge,
    /// Its curve.
    pub path: &'a EdgePath,
    /// Selected: also draw its two ends as grips.
    pub selected: bool,
    /// The dragged node would be spliced into it.
    pub splice: bool,
    /// One of its ends is being dragged: draw it faintly.
    pub lifted: bool,
    /// Its label is one its node cannot produce.
    pub impossible: bool,
    /// Findings about it.
    pub marks: EdgeMarks,
}

/// Whether a connection may end where the pointer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It may.
    Accepted,
    /// It may not; dropping says why.
    Refused,
}

/// The connection being drawn.
#[derive(Debug)]
pub struct ConnectionPreview<'a> {
    /// Its curve, from the handle to the pointer or the target it snaps to.
    pub path: EdgePath,
    /// The handle it starts at; `None` while the beginning of an edge is dragged.
    pub from: Option<&'a HandleRef>,
    /// Whether it may end here; `None` over the empty canvas.
    pub verdict: Option<Verdict>,
}

/// A line that dragged and resting nodes have in common.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Guide {
    /// One end.
    pub from: Point,
    /// The other end.
    pub to: Point,
}

/// Below this zoom only shapes are drawn.
pub(crate) const FULL_DETAIL: f64 = 0.5;
/// World pixels around the canvas that are drawn too: handles and strokes reach out of boxes.
const MARGIN: f64 = 30.0;

impl Editor {
    /// What to draw. Costs what is visible, not what there is.
    pub fn scene(&self) -> Scene<'_> {
        let visible = self.viewport.world_rect().grown(MARGIN);
        let (guides, selection_box, connection) = match &self.gesture {
            Gesture::Moving(moving) => (moving.guides.as_slice(), None, None),
            Gesture::Boxing { from, to, .. } => {
                (Default::default(), Some(Rect::spanning(*from, *to)), None)
            }
            Gesture::Linking(linking) => (Default::default(), None, self.connection(linking)),
            _ => (Default::default(), None, None),
        };
        Scene {
            viewport: self.viewport,
            detail: self.detail(),
            edges: self.scene_edges(&visible),
            nodes: self.scene_nodes(&visible),
            guides,
            selection_box,
            connection,
        }
    }

    pub(crate) fn detail(&self) -> Detail {
        if self.viewport.zoom < FULL_DETAIL {
            Detail::Shapes
        } else {
            Detail::Full
        }
    }

    fn scene_nodes(&self, visible: &Rect) -> Vec<SceneNode<'_>> {
        let focused = self.focus.as_ref().map(Focus::node);
        let (moving, aim) = match &self.gesture {
            Gesture::Moving(moving) => (moving.nodes.as_slice(), None),
            Gesture::Linking(linking) => (
                Default::default(),
                linking
                    .aim
                    .as_ref()
                    .map(|aim| aim.node())
                    .zip(linking.verdict()),
            ),
            _ => (Default::default(), None),
        };
        let mut nodes: Vec<SceneNode<'_>> = Vec::new();
        for index in self.graph.nodes_in(visible) {
            let (index, node_box) = (index as usize, self.graph.node_box(index as usize));
            let node = &self.graph.nodes()[index];
            nodes.push(SceneNode {
                node,
                rect: node_box.rect,
                target: node_box.target(),
                handles: &node_box.handles,
                selected: self.selection.nodes.contains(&node.id),
                focused: focused == Some(&node.id),
                entry: self.graph.entry() == Some(index),
                dragged: moving.binary_search(&node.id).is_ok(),
                drop: aim
                    .filter(|(id, _)| **id == node.id)
                    .map(|(_, verdict)| verdict),
                marks: self.node_marks.get(&node.id).copied().unwrap_or_default(),
            });
        }
        if !moving.is_empty() {
            ordered::sort_by_key(&mut nodes, |node| node.dragged);
        }
        nodes
    }

    fn scene_edges(&self, visible: &Rect) -> Vec<SceneEdge<'_>> {
        let (splice, linking) = match &self.gesture {
            Gesture::Moving(moving) => (moving.splice.as_ref(), None),
            Gesture::Linking(linking) => (None, Some(linking)),
            _ => (None, None),
        };
        let scene_edge = |index: u32| {
            let edge = &self.graph.edges()[index as usize];
            let handles = self
                .graph
                .box_of(&edge.from_node_id)
                .map(|b| b.handles.as_slice());
            let own = handles
                .unwrap_or_default()
                .iter()
                .find(|handle| handle.label == edge.label);
            SceneEdge {
                edge,
                path: self.graph.path(index as usize),
                selected: self.selection.edges.contains(&edge.id),
                splice: splice == Some(&edge.id),
                lifted: linking.is_some_and(|linking| linking.lifts(&edge.id)),
                impossible: own.is_some_and(|handle| handle.kind == HandleKind::Impossible),
                marks: self.edge_marks.get(&edge.id).copied().unwrap_or_default(),
            }
        };
        self.graph
            .edges_in(visible)
            .into_iter()
            .map(scene_edge)
            .collect()
    }
}
