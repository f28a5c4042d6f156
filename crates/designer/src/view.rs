//! The view: pan and zoom by wheel, fingers, keys and buttons, and scrolling at the rim of the canvas
//! while something is dragged there.

use crate::gesture::Gesture;
use crate::viewport::ZOOM_STEP;
use crate::{Command, Editor, Effect, Modifiers, Point};

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
            Command::ZoomFit => {
                if let Some(bounds) = self.graph.bounds() {
                    self.viewport.fit(bounds);
                }
            }
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
            if let Some(bounds) = self.graph.bounds() {
                self.viewport.fit(bounds);
            }
        }
        self.view_changed();
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
