//! Everything that can be done to a workflow or its view, by key, menu, panel or gesture.
//!
//! A command that changes the definition is one step of undo. Points are world coordinates.

use leadline_model::{EdgeId, NodeConfig, NodeId, NodeType, Settings};

use crate::{HandleRef, Point};

/// Something the user wants done; run with [`crate::Editor::run`].
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Adds a node and selects it.
    AddNode {
        /// Of this type, with an empty config.
        node_type: NodeType,
        /// Where its middle comes to lie, or its incoming handle when `from` is given; `None`: the
        /// middle of the canvas, or to the right of `from`.
        at: Option<Point>,
        /// Connects this handle to it.
        from: Option<HandleRef>,
    },
    /// Deletes what is selected, and the edges of deleted nodes.
    Delete,
    /// Deletes what is selected and leads incoming edges on to where the deleted node led.
    DeleteHealing,
    /// Deletes one edge.
    DeleteEdge(EdgeId),
    /// Moves the selected nodes.
    MoveBy {
        /// How far.
        by: Point,
    },
    /// Moves the selected nodes one grid step, or four.
    Nudge {
        /// Which way.
        direction: Direction,
        /// Four steps.
        big: bool,
    },
    /// Copies the selected nodes beside themselves.
    Duplicate,
    /// Copies the selection to the clipboard and deletes it.
    Cut,
    /// Copies the selection to the clipboard.
    Copy,
    /// Adds what a clipboard text holds and selects it.
    Paste {
        /// The text.
        text: String,
        /// Where its middle comes to lie; `None`: the middle of the canvas.
        at: Option<Point>,
    },
    /// Leads this handle to the node. An edge that the handle already has is moved there.
    Connect {
        /// The output.
        from: HandleRef,
        /// The target.
        to: NodeId,
    },
    /// Makes the edge begin at another handle.
    ReconnectFrom {
        /// Which edge.
        edge: EdgeId,
        /// Its new beginning.
        from: HandleRef,
    },
    /// Makes the edge lead to another node.
    ReconnectTo {
        /// Which edge.
        edge: EdgeId,
        /// Its new target.
        to: NodeId,
    },
    /// Puts the node into the middle of the edge.
    Splice {
        /// The node.
        node: NodeId,
        /// The edge.
        edge: EdgeId,
    },
    /// Replaces the config of a node. Edges of a renamed CONDITIONAL branch follow it.
    SetConfig {
        /// Which node.
        node: NodeId,
        /// Its config, of the same type.
        config: NodeConfig,
    },
    /// Renames a node.
    SetLabel {
        /// Which node.
        node: NodeId,
        /// Its name.
        label: String,
    },
    /// Gives an edge another label.
    SetEdgeLabel {
        /// Which edge.
        edge: EdgeId,
        /// Its outcome; `None`: any other.
        label: Option<String>,
    },
    /// Makes leads start at this node.
    SetEntry(NodeId),
    /// Sets the workflow's title.
    SetTitle(String),
    /// Sets the workflow's description.
    SetDescription(String),
    /// Sets the workflow's settings.
    SetSettings(Settings),
    /// Lays the whole graph out anew.
    Tidy,
    /// Selects everything.
    SelectAll,
    /// Selects exactly these.
    Select {
        /// Nodes.
        nodes: Vec<NodeId>,
        /// Edges.
        edges: Vec<EdgeId>,
    },
    /// Selects the node and scrolls it into the middle.
    RevealNode(NodeId),
    /// Selects the edge and scrolls it into the middle.
    RevealEdge(EdgeId),
    /// Takes the last step back.
    Undo,
    /// Does it again.
    Redo,
    /// Zooms in at the middle.
    ZoomIn,
    /// Zooms out at the middle.
    ZoomOut,
    /// Zooms to 100 %.
    ZoomReset,
    /// Shows everything.
    ZoomFit,
    /// Shows this point in the middle (a click on the minimap).
    CenterOn(Point),
    /// Moves the view by screen pixels.
    PanBy(Point),
    /// Locks the graph against edits, or unlocks it.
    ToggleLock,
}

/// A way to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Direction {
    Left,
    Right,
    Up,
    Down,
}

impl Direction {
    /// One pixel that way.
    pub fn unit(self) -> Point {
        match self {
            Direction::Left => Point::new(-1.0, 0.0),
            Direction::Right => Point::new(1.0, 0.0),
            Direction::Up => Point::new(0.0, -1.0),
            Direction::Down => Point::new(0.0, 1.0),
        }
    }
}
