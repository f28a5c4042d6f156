//! Gestures: from a pointer that goes down to what it did. Nothing is changed before the end, so a
//! gesture can be left at any time.
//!
//! | gesture | begins | ends |
//! |---|---|---|
//! | pressed | pointer down | up: a click; moved past the threshold: one of the next |
//! | panning | middle button, space+drag, finger on the empty canvas, any drag when locked | up |
//! | boxing | drag on the empty canvas | up |
//! | moving | drag on a node | up: one step |
//! | linking | drag, click or Enter on a handle; drag on an edge's end | up, click or Enter |
//! | pinching | second finger | all fingers up |

use crate::linking::Linking;
use crate::moving::Moving;
use crate::{
    Cursor, EdgeEnd, Editor, Effect, Event, Point, Pointer, PointerKind, Selection, Target,
};

/// How long a finger rests before it opens the menu.
const LONG_PRESS_MS: f64 = 500.0;

/// What the pointer is doing.
#[derive(Debug, Clone, Default)]
pub(crate) enum Gesture {
    #[default]
    Idle,
    Pressed(Press),
    Panning {
        pointer: i32,
        last: Point,
    },
    Boxing {
        pointer: i32,
        /// In the world.
        from: Point,
        to: Point,
        /// What was selected and stays so.
        base: Selection,
    },
    Moving(Moving),
    Linking(Linking),
    /// Two fingers; also the rest of a touch that has done what it had to.
    Pinching,
}

/// A pointer that is down and has not moved yet.
#[derive(Debug, Clone)]
pub(crate) struct Press {
    pub pointer: Pointer,
    pub target: Target,
    /// A click changes the selection to this.
    pub on_click: Option<Selection>,
}

impl Editor {
    /// Whether [`Event::Frame`] is needed: a long press may come due or the rim scrolls.
    pub fn wants_frames(&self) -> bool {
        match &self.gesture {
            Gesture::Pressed(press) => press.pointer.kind == PointerKind::Touch,
            _ => self.rim_pull() != Point::default(),
        }
    }

    pub(crate) fn on_event(&mut self, event: Event) {
        match event {
            Event::PointerDown(pointer) => {
                let pointer = self.told(pointer);
                self.pointer_down(pointer);
            }
            Event::PointerMove(pointer) => {
                let pointer = self.told(pointer);
                self.pointer_move(pointer);
            }
            Event::PointerUp(pointer) => {
                let pointer = self.told(pointer);
                self.pointer_up(pointer);
            }
            Event::PointerCancel { id } => self.pointer_cancel(id),
            Event::Wheel {
                at,
                dx,
                dy,
                modifiers,
                mode,
            } => {
                self.wheel(
                    at.sane(),
                    Point::new(dx, dy).sane(),
                    modifiers,
                    mode.pixels(),
                );
            }
            Event::Pinch { at, factor } => {
                self.viewport.zoom_at(at, factor);
                self.opened = true;
                self.emit(Effect::Consumed);
                self.view_changed();
            }
            Event::Key(press) => self.key(&press),
            Event::Resize { width, height, dpr } => self.resize(width, height, dpr),
            Event::FocusNode(node) => self.focus_node(node),
            Event::FocusHandle(handle) => self.focus_handle(handle),
            Event::Blur => {
                self.focus = None;
                self.emit(Effect::Redraw);
            }
            Event::Frame { now_ms } => self.frame(now_ms),
            Event::Paste { text, at } => {
                let at = at
                    .or(self.pointer)
                    .map(|at| self.viewport.to_world(at.sane()));
                self.execute(crate::Command::Paste { text, at });
            }
        }
    }

    /// Notes the time and makes the place sane.
    fn told(&mut self, pointer: Pointer) -> Pointer {
        self.tell_time(pointer.now_ms);
        let pointer = Pointer {
            at: pointer.at.sane(),
            now_ms: self.now_ms,
            ..pointer
        };
        self.pointer = Some(pointer.at);
        self.by_key = false;
        pointer
    }

    /// Leaves the gesture as if it had not begun. Returns whether there was one.
    pub(crate) fn cancel_gesture(&mut self) -> bool {
        let gesture = std::mem::take(&mut self.gesture);
        match &gesture {
            Gesture::Idle => return false,
            Gesture::Moving(moving) => self.graph.displace(&moving.nodes, Point::default()),
            _ => {}
        }
        self.show_cursor(Cursor::Default);
        self.emit(Effect::Redraw);
        true
    }

    /// Opens the menu when a finger has rested long enough. Returns whether it did.
    pub(crate) fn long_press(&mut self) -> bool {
        let Gesture::Pressed(press) = &self.gesture else {
            return false;
        };
        let rested = self.now_ms - press.pointer.now_ms;
        if press.pointer.kind != PointerKind::Touch || rested < LONG_PRESS_MS {
            return false;
        }
        let (at, kind) = (press.pointer.at, press.pointer.kind);
        self.gesture = Gesture::Pinching;
        self.open_menu(at, kind);
        true
    }

    pub(crate) fn open_menu(&mut self, at: Point, kind: PointerKind) {
        let target = self.target_at(at, kind);
        let one = only(&target);
        let inside = one.nodes.is_subset(&self.selection.nodes)
            && one.edges.is_subset(&self.selection.edges);
        if !one.is_empty() && !inside {
            self.select(one);
        }
        self.emit(Effect::Consumed);
        self.emit(Effect::ContextMenu { at, target });
    }

    pub(crate) fn hover(&mut self, pointer: &Pointer) {
        let cursor = if pointer.modifiers.space {
            Cursor::Grab
        } else {
            match self.target_at(pointer.at, pointer.kind) {
                Target::Canvas => Cursor::Default,
                Target::Node(_) if self.locked => Cursor::Pointer,
                Target::Node(_) => Cursor::Move,
                Target::Handle(_) | Target::EdgeEnd(..) if !self.locked => Cursor::Crosshair,
                _ => Cursor::Pointer,
            }
        };
        self.show_cursor(cursor);
    }

    pub(crate) fn show_cursor(&mut self, cursor: Cursor) {
        if self.cursor != cursor {
            self.cursor = cursor;
            self.emit(Effect::CursorChanged(cursor));
        }
    }
}

/// The selection of what a pointer is on.
pub(crate) fn only(target: &Target) -> Selection {
    match target {
        Target::Canvas => Selection::default(),
        Target::Node(node) => Selection::of_node(node),
        Target::Handle(handle) => Selection::of_node(&handle.node),
        Target::Edge(edge) | Target::EdgeEnd(edge, EdgeEnd::From | EdgeEnd::To) => {
            Selection::of_edge(edge)
        }
    }
}
