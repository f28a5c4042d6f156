//! Lines and labels that keep clear of what is in their way: an edge that leads back takes a free
//! lane, a label a place on its edge where it covers neither a box nor another label.
//!
//! All edges are looked at after each change, in the order they were created, so that the picture
//! depends on the graph alone. Graphs larger than anybody reads keep the plain curves.

use crate::graph::Graph;
use crate::route::{CLEARANCE, lane};
use crate::{EdgePath, Point, Rect};

/// Edges up to which lines and labels are arranged.
const MAX_EDGES: usize = 400;
/// Space between two lanes.
const LANE_GAP: f64 = 16.0;
/// Lanes tried in each direction.
const TRIES: usize = 50;
/// The room a label takes at least: a simulation writes counts below the outcome.
const LABEL: Rect = Rect::new(0.0, 0.0, 92.0, 34.0);
/// Where on an edge a label may stand, the best place first.
const PLACES: [f64; 9] = [0.5, 0.44, 0.56, 0.38, 0.62, 0.32, 0.68, 0.26, 0.74];

/// The straight part of an edge that leads back.
struct Lane {
    left: f64,
    right: f64,
    y: f64,
}

impl Graph {
    /// Arranges lines and labels. O(edges × what is near them).
    pub(super) fn settle(&mut self) {
        let count = self.edges().len();
        if count > MAX_EDGES {
            return;
        }
        let mut lanes = Vec::new();
        for index in 0..count {
            if let Some(path) = self.way_back(index, &mut lanes) {
                self.replace_path(index, path);
            }
        }
        let mut labels: Vec<Rect> = Vec::with_capacity(count);
        for index in 0..count {
            let at = self.label_place(index, &labels);
            labels.push(self.label_box(index, at));
            self.set_label_place(index, at);
        }
    }

    /// The curve of an edge that leads back, along a free lane.
    fn way_back(&self, index: usize, lanes: &mut Vec<Lane>) -> Option<EdgePath> {
        let edge = &self.edges()[index];
        let (from, to) = (
            self.box_of(&edge.from_node_id)?,
            self.box_of(&edge.to_node_id)?,
        );
        let (start, end) = (from.source(edge.label.as_deref()), to.target());
        if end.x >= start.x {
            return None;
        }
        let wanted = Lane {
            left: end.x - CLEARANCE,
            right: start.x + CLEARANCE,
            y: lane(start, from.rect, end, to.rect),
        };
        let way = |y: &f64| (start.y - y).abs() + (end.y - y).abs();
        let found = [-1.0, 1.0].map(|down| self.free_lane(&wanted, lanes, down));
        let y = found
            .into_iter()
            .flatten()
            .min_by(|a, b| way(a).total_cmp(&way(b)))
            .unwrap_or(wanted.y);
        lanes.push(Lane { y, ..wanted });
        Some(EdgePath::back(start, y, end))
    }

    /// The first height from the wanted one on, downwards or upwards, at which nothing is in the way.
    fn free_lane(&self, wanted: &Lane, taken: &[Lane], down: f64) -> Option<f64> {
        let mut y = wanted.y;
        for _ in 0..TRIES {
            let strip = Rect::new(
                wanted.left,
                y - LANE_GAP / 2.0,
                wanted.right - wanted.left,
                LANE_GAP,
            );
            let boxes = self.nodes_in(&strip).into_iter();
            let rims = boxes.map(|node| {
                let rect = self.node_box(node as usize).rect;
                let rim = if down > 0.0 { rect.bottom() } else { rect.y };
                rim + down * CLEARANCE
            });
            let near = taken.iter().filter(|lane| {
                (lane.y - y).abs() < LANE_GAP
                    && lane.left < wanted.right
                    && wanted.left < lane.right
            });
            let next = rims.chain(near.map(|lane| lane.y + down * LANE_GAP));
            match next.max_by(|a, b| (down * a).total_cmp(&(down * b))) {
                None => return Some(y),
                Some(next) => y = next,
            }
        }
        None
    }

    fn label_place(&self, index: usize, labels: &[Rect]) -> Point {
        let path = self.path(index);
        let mut best = (f64::INFINITY, path.label_at);
        for t in PLACES {
            let at = path.at(t);
            let own = self.label_box(index, at);
            let boxes = self
                .nodes_in(&own)
                .into_iter()
                .map(|node| 2.0 * overlap(&own, &self.node_box(node as usize).rect));
            let others = labels.iter().map(|other| overlap(&own, other));
            let covered: f64 = boxes.chain(others).sum();
            if covered < best.0 {
                best = (covered, at);
            }
            if covered == 0.0 {
                break;
            }
        }
        best.1
    }

    fn label_box(&self, index: usize, at: Point) -> Rect {
        let text = self.edges()[index].label.as_deref().unwrap_or_default();
        let w = self.path(index).label_rect(text).w.max(LABEL.w);
        Rect::new(at.x - w / 2.0, at.y - LABEL.h / 2.0, w, LABEL.h)
    }
}

/// The area that two rectangles share.
fn overlap(a: &Rect, b: &Rect) -> f64 {
    let w = a.right().min(b.right()) - a.x.max(b.x);
    let h = a.bottom().min(b.bottom()) - a.y.max(b.y);
    w.max(0.0) * h.max(0.0)
}
