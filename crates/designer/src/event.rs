//! What happens on the canvas, as plain data: the page translates DOM events into these.
//!
//! Time is passed in (`now_ms`, any monotonic clock such as `performance.now()`); the designer has
//! no clock. Points are screen coordinates.

use leadline_model::NodeId;

use crate::{HandleRef, Point};

/// Something that happened on the canvas.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A button, finger or pen went down.
    PointerDown(Pointer),
    /// It moved, pressed or not.
    PointerMove(Pointer),
    /// It went up.
    PointerUp(Pointer),
    /// The browser took the pointer away: the gesture is undone.
    PointerCancel {
        /// Which pointer.
        id: i32,
    },
    /// The wheel turned, or two fingers scrolled on a trackpad.
    Wheel {
        /// Where.
        at: Point,
        /// `WheelEvent.deltaX`.
        dx: f64,
        /// `WheelEvent.deltaY`.
        dy: f64,
        /// Keys held; browsers report a trackpad pinch as Ctrl+wheel.
        modifiers: Modifiers,
        /// `WheelEvent.deltaMode`.
        mode: WheelMode,
    },
    /// A pinch that the browser recognised itself (Safari's gesture events). Touch screens need
    /// not send it: two fingers are recognised from pointer events.
    Pinch {
        /// Its middle.
        at: Point,
        /// By how much it zooms since the last such event.
        factor: f64,
    },
    /// A key went down on the canvas or one of its nodes; never from an input field.
    Key(KeyPress),
    /// The canvas changed its size.
    Resize {
        /// Width in CSS pixels.
        width: f64,
        /// Height in CSS pixels.
        height: f64,
        /// `devicePixelRatio`.
        dpr: f64,
    },
    /// Keyboard focus moved to this node. Selects it, unless a pointer is down.
    FocusNode(NodeId),
    /// Keyboard focus moved to this handle.
    FocusHandle(HandleRef),
    /// Keyboard focus left nodes and handles.
    Blur,
    /// One animation frame passed. Needed only while [`crate::Editor::wants_frames`].
    Frame {
        /// Now.
        now_ms: f64,
    },
    /// The clipboard's text, in answer to [`crate::Effect::ReadClipboard`] or a DOM paste event.
    Paste {
        /// What was in it.
        text: String,
        /// Where it lands; `None`: where the pointer last was, else the middle of the canvas.
        at: Option<Point>,
    },
}

/// A pointer at an instant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pointer {
    /// `PointerEvent.pointerId`.
    pub id: i32,
    /// Where.
    pub at: Point,
    /// The button that changed; [`Button::None`] for a move.
    pub button: Button,
    /// Mouse, finger or pen.
    pub kind: PointerKind,
    /// Keys held.
    pub modifiers: Modifiers,
    /// 1 for a click, 2 for a double click; 0 where not known.
    pub clicks: u32,
    /// Now.
    pub now_ms: f64,
}

/// A mouse button.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(missing_docs)]
pub enum Button {
    #[default]
    None,
    Left,
    Middle,
    Right,
}

impl Button {
    /// From `PointerEvent.button`.
    pub fn from_dom(button: i16) -> Button {
        match button {
            0 => Button::Left,
            1 => Button::Middle,
            2 => Button::Right,
            _ => Button::None,
        }
    }
}

/// What kind of pointer it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(missing_docs)]
pub enum PointerKind {
    #[default]
    Mouse,
    Touch,
    Pen,
}

impl PointerKind {
    /// From `PointerEvent.pointerType`.
    pub fn from_dom(kind: &str) -> PointerKind {
        match kind {
            "touch" => PointerKind::Touch,
            "pen" => PointerKind::Pen,
            _ => PointerKind::Mouse,
        }
    }

    /// How many screen pixels it may move and still be a click.
    pub(crate) fn threshold(self) -> f64 {
        match self {
            PointerKind::Mouse => 1.0,
            PointerKind::Pen => 4.0,
            PointerKind::Touch => 8.0,
        }
    }
}

/// Keys held during an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Modifiers {
    /// Shift.
    pub shift: bool,
    /// Ctrl, or Cmd on a Mac.
    pub ctrl: bool,
    /// Alt.
    pub alt: bool,
    /// The space bar is down: dragging pans.
    pub space: bool,
}

/// The unit of a wheel's deltas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(missing_docs)]
pub enum WheelMode {
    #[default]
    Pixels,
    Lines,
    Pages,
}

impl WheelMode {
    /// From `WheelEvent.deltaMode`.
    pub fn from_dom(mode: u32) -> WheelMode {
        match mode {
            1 => WheelMode::Lines,
            2 => WheelMode::Pages,
            _ => WheelMode::Pixels,
        }
    }

    /// Pixels per unit.
    pub(crate) fn pixels(self) -> f64 {
        match self {
            WheelMode::Pixels => 1.0,
            WheelMode::Lines => 16.0,
            WheelMode::Pages => 400.0,
        }
    }
}

/// A key that went down.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct KeyPress {
    /// `KeyboardEvent.key`.
    pub key: String,
    /// `KeyboardEvent.code`: the same on every keyboard layout.
    pub code: String,
    /// Keys held.
    pub modifiers: Modifiers,
    /// Now.
    pub now_ms: f64,
}
