//! The view: pan and zoom by wheel, fingers, keys and buttons, and scrolling at the rim of the canvas
//! while something is dragged there.

use crate::gesture::Gesture;
use crate::scene::FULL_DETAIL;
use crate::viewport::ZOOM_STEP;
use crate::{Command, Editor, Effect, Modifiers, Point, Rect};

/// A canvas narrower than this is a small screen's.
const SMALL_WIDTH: f64 = 600.0;
/// The zoom from which on texts can be read.
const READABLE: f64 = 0.7;
/// How near the rim of the canvas it begins to scroll.
const RIM: f64 = 40.0;
/// How fast it scrolls at the very rim, in pixels per millisecond.
const RIM_SPEED: f64 = 0.9;
/// The longest time between two frames that counts, so that a pause does not jump.
const LONGEST_FRAME_MS: f64 = 50.0;

impl Editor {
    pub(crate) fn view_by(&mut self, command: &Command) {
        let middle = self.viewport.middle();
        match *command {
            Command::ZoomIn => self.viewport.zoom_at(middle, ZOOM_STEP),
            Command::ZoomOut => self.viewport.zoom_at(middle, 1.0 / ZOOM_STEP),
            Command::ZoomReset => self.viewport.zoom_to(middle, 1.0),
            Command::ZoomFit => self.fit(),
            Command::CenterOn(point) => self.viewport.center_on(point),
            Command::PanBy(by) => self.viewport.pan(by),
            _ => {}
        }
        self.opened = true;
        self.view_changed();
    }

    pub(crate) fn view_changed(&mut self) {
        self.emit(Effect::ViewChanged);
        self.emit(Effect::Redraw);
    }

    pub(crate) fn resize(&mut self, width: f64, height: f64, dpr: f64) {
        self.viewport.resize(width, height, dpr);
        if !self.opened {
            self.opened = true;
            self.fit();
            let least = if self.viewport.width < SMALL_WIDTH {
                READABLE
            } else {
                FULL_DETAIL
            };
            if self.viewport.zoom < least {
                self.begin_readably();
            }
        }
        self.view_changed();
    }

    /// What lies over the lower right corner of the canvas, in screen pixels: showing all of the
    /// graph leaves it free.
    pub fn set_corner(&mut self, size: Point) {
        self.corner = size.sane();
    }

    /// Shows all of the graph, with no node below what lies over the corner.
    fn fit(&mut self) {
        let Some(bounds) = self.graph.extent() else {
            return;
        };
        let none = Point::default();
        self.viewport.fit(bounds, none);
        if self.corner == none {
            return;
        }
        let view = self.viewport;
        let rim = Point::new(view.width, view.height);
        let covered = Rect::spanning(
            view.to_world(rim.minus(self.corner)),
            view.to_world(rim.plus(self.corner)),
        );
        if self.graph.nodes_in(&covered).is_empty() {
            return;
        }
        let beside = |spare: Point| {
            let mut view = view;
            view.fit(bounds, spare);
            view
        };
        let (left, above) = (
            beside(Point::new(self.corner.x, 0.0)),
            beside(Point::new(0.0, self.corner.y)),
        );
        self.viewport = if left.zoom > above.zoom { left } else { above };
    }

    /// Whether any node is in view.
    pub(crate) fn sees_nodes(&self) -> bool {
        !self.graph.nodes_in(&self.viewport.world_rect()).is_empty()
    }

    /// Shows all of the graph when a part of it has come to lie outside the view.
    pub(crate) fn keep_in_view(&mut self) {
        let seen = self.viewport.world_rect();
        let nodes = self.graph.bounds();
        if nodes.is_some_and(|nodes| seen.union(&nodes) != seen) {
            self.fit();
            self.view_changed();
        }
    }

    /// The whole graph would be too small to read: the view begins where leads do.
    fn begin_readably(&mut self) {
        let first = self
            .graph
            .entry()
            .or((!self.graph.nodes().is_empty()).then_some(0));
        let Some(rect) = first.map(|index| self.graph.node_box(index).rect) else {
            return;
        };
        let middle = self.viewport.middle();
        self.viewport.zoom_to(middle, READABLE);
        self.viewport.center_on(rect.center());
        let right = middle.x - rect.w * READABLE / 2.0 - RIM;
        self.viewport.pan(Point::new(-right.max(0.0), 0.0));
    }

    pub(crate) fn wheel(&mut self, at: Point, delta: Point, modifiers: Modifiers, unit: f64) {
        self.opened = true;
        self.emit(Effect::Consumed);
        let (dx, dy) = (delta.x * unit, delta.y * unit);
        if modifiers.ctrl {
            // A notch of a wheel is 100 pixels or more; a trackpad's pinch comes in small steps.
            let step = dy.clamp(-100.0, 100.0);
            self.viewport.zoom_at(at, (-step * 0.004).exp());
        } else if modifiers.shift && dx == 0.0 {
            self.viewport.pan(Point::new(-dy, 0.0));
        } else {
            self.viewport.pan(Point::new(-dx, -dy));
        }
        self.view_changed();
        self.follow_pointer();
    }

    pub(crate) fn pinch(&mut self, id: i32, old: Point, new: Point) {
        let other = self
            .fingers
            .iter()
            .find(|(other, _)| **other != id)
            .map(|(_, at)| *at);
        self.fingers.insert(id, new);
        let Some(other) = other else { return };
        let (before, after) = (old.towards(other, 0.5), new.towards(other, 0.5));
        self.viewport.pan(after.minus(before));
        let apart = old.distance(other);
        if apart > 1.0 {
            self.viewport.zoom_at(after, new.distance(other) / apart);
        }
        self.opened = true;
        self.view_changed();
    }

    pub(crate) fn frame(&mut self, now_ms: f64) {
        let passed = (now_ms - self.now_ms).clamp(0.0, LONGEST_FRAME_MS);
        self.tell_time(now_ms);
        if self.long_press() {
            return;
        }
        let pull = self.rim_pull();
        if pull != Point::default() && passed > 0.0 {
            self.viewport
                .pan(Point::new(pull.x * passed, pull.y * passed));
            self.view_changed();
            self.follow_pointer();
        }
    }

    /// The view moved under a resting pointer.
    pub(crate) fn follow_pointer(&mut self) {
        let Some(at) = self.pointer else { return };
        match &mut self.gesture {
            Gesture::Boxing { to, .. } => {
                *to = self.viewport.to_world(at);
                self.select_box();
            }
            Gesture::Moving(moving) => {
                let snaps = moving.snaps;
                self.move_to(at, snaps);
            }
            Gesture::Linking(linking) if linking.pointer.is_some() => self.aim(at),
            _ => {}
        }
    }

    /// How the view moves per millisecond because a drag is at the rim.
    pub(crate) fn rim_pull(&self) -> Point {
        let drags = match &self.gesture {
            Gesture::Moving(_) | Gesture::Boxing { .. } => true,
            Gesture::Linking(linking) => linking.pointer.is_some(),
            _ => false,
        };
        let Some(at) = self.pointer.filter(|_| drags) else {
            return Point::default();
        };
        let pull = |v: f64, size: f64| {
            let outside = (RIM - v).max(0.0) - (v - (size - RIM)).max(0.0);
            (outside / RIM).clamp(-1.0, 1.0) * RIM_SPEED
        };
        Point::new(
            pull(at.x, self.viewport.width),
            pull(at.y, self.viewport.height),
        )
    }
}
