//! The curves of edges: one cubic to the right, three around the boxes for an edge that leads back.

use std::fmt::Write;

use crate::geometry::{cubic_at, distance_to_line};
use crate::{EdgeEnd, Point, Rect};

/// How far a loop bulges out beside its nodes.
const BULGE: f64 = 80.0;
/// How far a loop stays clear of the boxes it goes around.
pub(crate) const CLEARANCE: f64 = 30.0;
/// How far from its ends an edge is gripped.
const GRIP: f64 = 24.0;
/// Straight pieces that stand for one cubic in distance and bounds.
const PIECES: usize = 12;

/// The curve of an edge, in world coordinates.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EdgePath {
    /// The start, then three points for each cubic: two controls and its end.
    pub points: Vec<Point>,
    /// The middle of its label.
    pub label_at: Point,
    /// A rectangle around the curve.
    pub bounds: Rect,
}

impl EdgePath {
    /// The curve from a handle of the box `from` to the target of the box `to`.
    pub fn between(start: Point, from: Rect, end: Point, to: Rect) -> EdgePath {
        if end.x >= start.x {
            EdgePath::forward(start, end)
        } else {
            EdgePath::back(start, lane(start, from, end, to), end)
        }
    }

    /// Around the boxes: out to the right, along a lane at this height, in from the left.
    pub(crate) fn back(start: Point, lane: f64, end: Point) -> EdgePath {
        let (turn, arrive) = (Point::new(start.x, lane), Point::new(end.x, lane));
        finish(vec![
            start,
            Point::new(start.x + BULGE, start.y),
            Point::new(start.x + BULGE, lane),
            turn,
            turn.towards(arrive, 1.0 / 3.0),
            turn.towards(arrive, 2.0 / 3.0),
            arrive,
            Point::new(end.x - BULGE, lane),
            Point::new(end.x - BULGE, end.y),
            end,
        ])
    }

    /// One cubic that leaves to the right and arrives from the left.
    pub fn forward(start: Point, end: Point) -> EdgePath {
        let reach = ((end.x - start.x).abs() / 2.0).max(40.0);
        let points = vec![
            start,
            Point::new(start.x + reach, start.y),
            Point::new(end.x - reach, end.y),
            end,
        ];
        finish(points)
    }

    /// Its first point.
    pub fn start(&self) -> Point {
        self.points.first().copied().unwrap_or_default()
    }

    /// Its last point.
    pub fn end(&self) -> Point {
        self.points.last().copied().unwrap_or_default()
    }

    /// Where the grip is by which an end of the edge is dragged: a little along the curve, clear of
    /// handle and target.
    pub fn grip(&self, end: EdgeEnd) -> Point {
        match end {
            EdgeEnd::From => self.start().plus(Point::new(GRIP, 0.0)),
            EdgeEnd::To => self.end().minus(Point::new(GRIP, 0.0)),
        }
    }

    /// The box of its label, if it is drawn with this text.
    pub fn label_rect(&self, text: &str) -> Rect {
        let w = text.chars().count() as f64 * 7.0 + 16.0;
        Rect::new(self.label_at.x - w / 2.0, self.label_at.y - 11.0, w, 22.0)
    }

    /// Its cubics, each with its start.
    pub fn cubics(&self) -> impl Iterator<Item = [Point; 4]> + '_ {
        self.points
            .windows(4)
            .step_by(3)
            .map(|w| [w[0], w[1], w[2], w[3]])
    }

    /// The point at `t` from 0 to 1 along the curve, for what moves on it.
    pub fn at(&self, t: f64) -> Point {
        let count = (self.points.len().saturating_sub(1) / 3).max(1);
        let scaled = t.clamp(0.0, 1.0) * count as f64;
        let index = (scaled as usize).min(count - 1);
        self.cubics()
            .nth(index)
            .map_or(self.start(), |c| cubic_at(c, scaled - index as f64))
    }

    /// The distance of a point from the curve.
    pub fn distance(&self, p: Point) -> f64 {
        let mut nearest = f64::INFINITY;
        for cubic in self.cubics() {
            let mut last = cubic[0];
            for piece in 1..=PIECES {
                let next = cubic_at(cubic, piece as f64 / PIECES as f64);
                nearest = nearest.min(distance_to_line(p, last, next));
                last = next;
            }
        }
        nearest
    }

    /// The curve as the `d` of an SVG path.
    pub fn svg(&self) -> String {
        let mut d = String::with_capacity(self.points.len() * 16);
        for (i, p) in self.points.iter().enumerate() {
            let letter = match i {
                0 => "M",
                i if i % 3 == 1 => " C",
                _ => " ",
            };
            // Writing to a String cannot fail.
            let _ = write!(d, "{letter}{:.1} {:.1}", p.x, p.y);
        }
        d
    }
}

/// Between the boxes when one lies clear above the other, else the shorter way around them.
pub(crate) fn lane(start: Point, from: Rect, end: Point, to: Rect) -> f64 {
    if to.y - from.bottom() >= CLEARANCE {
        return (from.bottom() + to.y) / 2.0;
    }
    if from.y - to.bottom() >= CLEARANCE {
        return (to.bottom() + from.y) / 2.0;
    }
    let below = from.bottom().max(to.bottom()) + CLEARANCE;
    let above = from.y.min(to.y) - CLEARANCE;
    let way = |lane: f64| (start.y - lane).abs() + (end.y - lane).abs();
    if way(above) < way(below) {
        above
    } else {
        below
    }
}

fn finish(points: Vec<Point>) -> EdgePath {
    let mut path = EdgePath {
        points,
        ..EdgePath::default()
    };
    path.label_at = path.at(0.5);
    // A cubic never leaves the hull of its points.
    let corners = path.points.iter().map(|p| Rect::new(p.x, p.y, 0.0, 0.0));
    path.bounds = Rect::around(corners).unwrap_or_default();
    path
}
