//! What the page has to do: everything that [`crate::Editor::handle`] and [`crate::Editor::run`]
//! cannot do themselves.

use leadline_model::{Change, EdgeId, NodeId};

use crate::{HandleRef, Point};

/// Something for the page to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// The definition changed: save these.
    Changed {
        /// What to send, in this order.
        changes: Vec<Change>,
    },
    /// Something on the canvas looks different: draw [`crate::Editor::scene`] again.
    Redraw,
    /// Pan or zoom changed (the world did not): move the picture.
    ViewChanged,
    /// Another set of nodes and edges is selected.
    SelectionChanged,
    /// The event was the canvas's: call `preventDefault`.
    Consumed,
    /// Show the palette of node types; answer with [`crate::Command::AddNode`].
    OpenPalette {
        /// Where on the screen.
        screen: Point,
        /// Where the node will be; `None`: in view, beside the handle where there is one.
        world: Option<Point>,
        /// The handle to connect it to.
        from: Option<HandleRef>,
    },
    /// Show the settings of the node.
    OpenSettings(NodeId),
    /// Let the user type a new label.
    Rename(Target),
    /// Close the panel that is open (the last meaning of Escape).
    ClosePanel,
    /// Show the list of keys.
    OpenHelp,
    /// Show the list of commands.
    OpenCommands,
    /// Show the search field.
    OpenFind,
    /// Show the menu for this place.
    ContextMenu {
        /// Where on the screen.
        at: Point,
        /// For what; the selection has been changed to it where it was not selected.
        target: Target,
    },
    /// Put this text into the clipboard.
    CopyToClipboard {
        /// What to put there.
        text: String,
        /// What to say in the live region once it is there.
        done: String,
    },
    /// Read the system clipboard and answer with [`crate::Event::Paste`].
    ReadClipboard,
    /// Move keyboard focus to this node: it was just added.
    Focus(NodeId),
    /// Say this in the live region.
    Announce(String),
    /// Show why something was refused (and say it in the live region).
    Refused(String),
    /// Show this mouse cursor.
    CursorChanged(Cursor),
}

/// What lies under the pointer, or what an action is about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Target {
    /// The empty canvas.
    #[default]
    Canvas,
    /// A node.
    Node(NodeId),
    /// An output of a node.
    Handle(HandleRef),
    /// An edge.
    Edge(EdgeId),
    /// One end of an edge, which can be dragged elsewhere.
    EdgeEnd(EdgeId, EdgeEnd),
}

/// An end of an edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EdgeEnd {
    /// Where it begins.
    From,
    /// Where it leads to.
    To,
}

/// A mouse cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(missing_docs)]
pub enum Cursor {
    #[default]
    Default,
    Grab,
    Grabbing,
    Move,
    Pointer,
    Crosshair,
    NotAllowed,
}

impl Cursor {
    /// Its CSS name.
    pub fn css(self) -> &'static str {
        match self {
            Cursor::Default => "default",
            Cursor::Grab => "grab",
            Cursor::Grabbing => "grabbing",
            Cursor::Move => "move",
            Cursor::Pointer => "pointer",
            Cursor::Crosshair => "crosshair",
            Cursor::NotAllowed => "not-allowed",
        }
    }
}
