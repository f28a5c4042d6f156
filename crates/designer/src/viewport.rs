//! Pan and zoom.

use serde::{Deserialize, Serialize};

use crate::{Point, Rect};

/// The smallest zoom that wheel, fingers and buttons lead to.
pub const MIN_ZOOM: f64 = 0.2;
/// The smallest zoom at which all of a graph is shown, however large it is.
pub const LEAST_ZOOM: f64 = 0.000_1;
/// The largest zoom.
pub const MAX_ZOOM: f64 = 4.0;
/// One press of `+` or `-`.
pub(crate) const ZOOM_STEP: f64 = 1.25;
/// Space left beside what is brought into view, in screen pixels.
const SHOW_MARGIN: f64 = 20.0;
/// Space left around the graph when all of it is shown, in screen pixels.
const FIT_MARGIN: f64 = 40.0;

/// Which part of the world the canvas shows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Viewport {
    /// Screen pixels per world unit.
    pub zoom: f64,
    /// Where the world's origin is on the screen.
    pub offset: Point,
    /// Width of the canvas in CSS pixels.
    pub width: f64,
    /// Height of the canvas in CSS pixels.
    pub height: f64,
    /// Device pixels per CSS pixel.
    pub dpr: f64,
}

impl Default for Viewport {
    fn default() -> Self {
        Viewport {
            zoom: 1.0,
            offset: Point::new(40.0, 40.0),
            width: 1000.0,
            height: 700.0,
            dpr: 1.0,
        }
    }
}

impl Viewport {
    /// A screen point in the world.
    pub fn to_world(&self, p: Point) -> Point {
        Point::new(
            (p.x - self.offset.x) / self.zoom,
            (p.y - self.offset.y) / self.zoom,
        )
    }

    /// A world point on the screen.
    pub fn to_screen(&self, p: Point) -> Point {
        Point::new(
            p.x * self.zoom + self.offset.x,
            p.y * self.zoom + self.offset.y,
        )
    }

    /// The middle of the canvas on the screen.
    pub fn middle(&self) -> Point {
        Point::new(self.width / 2.0, self.height / 2.0)
    }

    /// The part of the world that is visible.
    pub fn world_rect(&self) -> Rect {
        let corner = self.to_world(Point::default());
        Rect::new(
            corner.x,
            corner.y,
            self.width / self.zoom,
            self.height / self.zoom,
        )
    }

    pub(crate) fn resize(&mut self, width: f64, height: f64, dpr: f64) {
        let fix = |v: f64, least: f64, most: f64| {
            if v.is_nan() {
                least
            } else {
                v.clamp(least, most)
            }
        };
        self.width = fix(width, 1.0, 100_000.0);
        self.height = fix(height, 1.0, 100_000.0);
        self.dpr = fix(dpr, 0.1, 16.0);
    }

    pub(crate) fn pan(&mut self, by: Point) {
        self.offset = self.offset.plus(by.sane()).sane();
    }

    /// Zooms so that the world point under `at` stays under it.
    pub(crate) fn zoom_at(&mut self, at: Point, factor: f64) {
        let factor = if factor.is_finite() && factor > 0.0 {
            factor
        } else {
            1.0
        };
        self.zoom_to(at, self.zoom * factor);
    }

    pub(crate) fn zoom_to(&mut self, at: Point, zoom: f64) {
        let (at, world) = (at.sane(), self.to_world(at.sane()));
        // What was made smaller to show all of the graph does not jump.
        self.zoom = zoom.clamp(self.zoom.min(MIN_ZOOM), MAX_ZOOM);
        self.offset = Point::new(at.x - world.x * self.zoom, at.y - world.y * self.zoom).sane();
    }

    pub(crate) fn center_on(&mut self, world: Point) {
        let (middle, world) = (self.middle(), world.sane());
        self.offset = Point::new(
            middle.x - world.x * self.zoom,
            middle.y - world.y * self.zoom,
        )
        .sane();
    }

    /// Shows the rectangle as large as fits, at most at 100 %, with `spare` pixels left free at the
    /// right and below.
    pub(crate) fn fit(&mut self, rect: Rect, spare: Point) {
        let room = |size: f64| (size - 2.0 * FIT_MARGIN).max(1.0);
        let width = room(self.width - spare.x) / rect.w.max(1.0);
        let height = room(self.height - spare.y) / rect.h.max(1.0);
        self.zoom = width.min(height).clamp(LEAST_ZOOM, 1.0);
        self.center_on(rect.center());
        self.pan(Point::new(-spare.x / 2.0, -spare.y / 2.0));
    }

    /// Brings the rectangle into view by the shortest way; one that does not fit, its top left corner.
    /// Returns whether anything moved.
    pub(crate) fn pan_to(&mut self, rect: Rect) -> bool {
        let least = |from: f64, to: f64, room: f64| {
            let over = (to + SHOW_MARGIN - room).max(0.0);
            let under = (SHOW_MARGIN - from + over).max(0.0);
            if from >= 0.0 && to <= room {
                0.0
            } else {
                under - over
            }
        };
        let start = self.to_screen(Point::new(rect.x, rect.y));
        let end = self.to_screen(Point::new(rect.right(), rect.bottom()));
        let by = Point::new(
            least(start.x, end.x, self.width),
            least(start.y, end.y, self.height),
        );
        self.pan(by);
        by != Point::default()
    }

    /// Takes over what was saved, where it makes sense; the canvas keeps its size.
    pub(crate) fn restore(&mut self, saved: Viewport) {
        if saved.zoom.is_finite() {
            self.zoom = saved.zoom.clamp(LEAST_ZOOM, MAX_ZOOM);
            self.offset = saved.offset.sane();
        }
    }
}
