//! Moving nodes: snapping to what is near, else to the grid, and dropping one on an edge.

use leadline_model::{EdgeId, NodeId};

use crate::edits::{self, Plan, snap};
use crate::gesture::Gesture;
use crate::shape::position;
use crate::{Cursor, Editor, Effect, Guide, Point, Pointer, Rect};

/// Screen pixels within which a line attracts.
const GUIDE_REACH: f64 = 5.0;
/// Nodes that are looked at for guides; with more in view nobody aligns by eye.
const MAX_GUIDED: usize = 1_000;

/// Nodes on their way.
#[derive(Debug, Clone)]
pub(crate) struct Moving {
    pub pointer: i32,
    pub nodes: Vec<NodeId>,
    /// Where the drag began, in the world.
    from: Point,
    /// The node under the pointer: the one that snaps to the grid.
    primary: Point,
    /// Around all of them, where they were.
    bounds: Rect,
    /// How far they are away from there.
    pub by: Point,
    pub snaps: bool,
    pub guides: Vec<Guide>,
    /// The edge that the node would be spliced into.
    pub splice: Option<EdgeId>,
}

impl Editor {
    pub(crate) fn start_moving(&mut self, pointer: &Pointer, node: NodeId) {
        let Some(primary) = self.graph.node(&node).map(position) else {
            self.gesture = Gesture::Idle;
            return;
        };
        if !self.selection.nodes.contains(&node) {
            self.select(crate::Selection::of_node(&node));
        }
        let nodes: Vec<NodeId> = self.selection.nodes.iter().cloned().collect();
        let boxes = nodes
            .iter()
            .filter_map(|id| self.graph.box_of(id))
            .map(|b| b.rect);
        self.gesture = Gesture::Moving(Moving {
            pointer: pointer.id,
            bounds: Rect::around(boxes).unwrap_or_default(),
            nodes,
            from: self.viewport.to_world(pointer.at),
            primary,
            by: Point::default(),
            snaps: true,
            guides: Vec::new(),
            splice: None,
        });
        self.show_cursor(Cursor::Grabbing);
    }

    /// Moves the nodes so that they follow the pointer.
    pub(crate) fn move_to(&mut self, at: Point, snaps: bool) {
        let world = self.viewport.to_world(at);
        let Gesture::Moving(mut moving) = std::mem::take(&mut self.gesture) else {
            return;
        };
        moving.snaps = snaps;
        let free = world.minus(moving.from);
        moving.guides.clear();
        moving.by = Point::new(free.x.round(), free.y.round());
        if snaps {
            let on_grid = |start: f64, by: f64| snap(start + by) - start;
            moving.by = Point::new(
                on_grid(moving.primary.x, free.x),
                on_grid(moving.primary.y, free.y),
            );
            self.align(&mut moving, free);
        }
        self.graph.displace(&moving.nodes, moving.by);
        moving.splice = self.edge_below(&moving);
        self.gesture = Gesture::Moving(moving);
        self.emit(Effect::Redraw);
    }

    /// Lets the sides and middles of resting nodes attract those of the moving ones.
    fn align(&self, moving: &mut Moving, free: Point) {
        let resting = self.graph.nodes_in(&self.viewport.world_rect());
        if resting.len() > MAX_GUIDED {
            return;
        }
        let is_moving = |i: u32| {
            moving
                .nodes
                .binary_search(&self.graph.nodes()[i as usize].id)
                .is_ok()
        };
        let resting: Vec<Rect> = resting
            .into_iter()
            .filter(|&i| !is_moving(i))
            .map(|i| self.graph.node_box(i as usize).rect)
            .collect();
        let reach = GUIDE_REACH / self.viewport.zoom;
        let wanted = moving.bounds.moved(free);
        let by_x = nearest(&resting, wanted, reach, columns);
        let by_y = nearest(&resting, wanted, reach, rows);
        if let Some(by) = by_x {
            moving.by.x = (free.x + by).round();
        }
        if let Some(by) = by_y {
            moving.by.y = (free.y + by).round();
        }
        let now = moving.bounds.moved(moving.by);
        for rect in &resting {
            if by_x.is_some()
                && let Some(x) = shared(columns(rect), columns(&now))
            {
                let all = rect.union(&now);
                let (from, to) = (Point::new(x, all.y), Point::new(x, all.bottom()));
                moving.guides.push(Guide { from, to });
            }
            if by_y.is_some()
                && let Some(y) = shared(rows(rect), rows(&now))
            {
                let all = rect.union(&now);
                let (from, to) = (Point::new(all.x, y), Point::new(all.right(), y));
                moving.guides.push(Guide { from, to });
            }
        }
    }

    /// The edge that a lone node without edges has been dragged on.
    fn edge_below(&self, moving: &Moving) -> Option<EdgeId> {
        let [node] = moving.nodes.as_slice() else {
            return None;
        };
        let index = self.graph.node_index(node)?;
        let lone = self
            .graph
            .outgoing(index)
            .chain(self.graph.incoming(index))
            .next()
            .is_none();
        if !lone {
            return None;
        }
        let edges = self.graph.edges();
        edits::edges_below(&self.graph, self.graph.node_box(index).rect)
            .map(|edge| &edges[edge])
            .find(|edge| edits::splice_refusal(&self.graph, index, edge).is_none())
            .map(|edge| edge.id.clone())
    }

    /// The pointer went up: one step, whatever was moved.
    pub(crate) fn finish_moving(&mut self) {
        let Gesture::Moving(moving) = std::mem::take(&mut self.gesture) else {
            return;
        };
        self.graph.displace(&moving.nodes, Point::default());
        let mut plan = edits::move_by(&self.graph, &moving.nodes, moving.by);
        if let (Some(edge), [node]) = (&moving.splice, moving.nodes.as_slice()) {
            match edits::splice(&self.graph, &mut self.ids, node, edge) {
                Ok(spliced) => {
                    plan.changes.extend(spliced.changes);
                    plan = Plan {
                        label: spliced.label,
                        select: spliced.select,
                        ..plan
                    };
                }
                Err(reason) => self.emit(Effect::Refused(reason)),
            }
        }
        self.show_cursor(Cursor::Default);
        self.commit(Ok(plan));
    }

    /// The graph changed below a gesture: what it holds may be gone or lie elsewhere.
    pub(crate) fn resume_gesture(&mut self) {
        match std::mem::take(&mut self.gesture) {
            Gesture::Moving(mut moving) => {
                moving
                    .nodes
                    .retain(|id| self.graph.node_index(id).is_some());
                if moving.nodes.is_empty() {
                    return;
                }
                self.graph.displace(&moving.nodes, moving.by);
                moving.splice = None;
                self.gesture = Gesture::Moving(moving);
            }
            Gesture::Linking(linking) => self.resume_linking(linking),
            other => self.gesture = other,
        }
    }
}

fn columns(rect: &Rect) -> [f64; 3] {
    [rect.x, rect.center().x, rect.right()]
}

fn rows(rect: &Rect) -> [f64; 3] {
    [rect.y, rect.center().y, rect.bottom()]
}

/// The shortest way, within reach, on which a line of `wanted` meets one of `resting`.
fn nearest(
    resting: &[Rect],
    wanted: Rect,
    reach: f64,
    lines: fn(&Rect) -> [f64; 3],
) -> Option<f64> {
    let own = lines(&wanted);
    let ways = resting.iter().flat_map(|rect| {
        lines(rect)
            .into_iter()
            .flat_map(move |line| own.map(|moving| line - moving))
    });
    ways.filter(|way| way.abs() <= reach)
        .min_by(|a, b| a.abs().total_cmp(&b.abs()))
}

/// A line the two have in common.
fn shared(a: [f64; 3], b: [f64; 3]) -> Option<f64> {
    a.into_iter()
        .find(|line| b.iter().any(|other| (line - other).abs() < 0.5))
}
