//! What lies under the pointer: handle before node before an edge's end, label and curve; the one
//! drawn last before those below it.

use crate::geometry::Point;
use crate::scene::Detail;
use crate::{EdgeEnd, Editor, HandleRef, PointerKind, Rect, Target};

/// Screen pixels around a handle's dot; a circle of 24 across for a mouse.
fn handle_reach(kind: PointerKind) -> f64 {
    if kind == PointerKind::Mouse {
        12.0
    } else {
        20.0
    }
}

/// Screen pixels beside an edge.
fn edge_reach(kind: PointerKind) -> f64 {
    if kind == PointerKind::Mouse {
        7.0
    } else {
        14.0
    }
}

impl Editor {
    pub(crate) fn target_at(&self, at: Point, kind: PointerKind) -> Target {
        let world = self.viewport.to_world(at.sane());
        let zoom = self.viewport.zoom;
        self.handle_at(world, handle_reach(kind) / zoom)
            .map(Target::Handle)
            .or_else(|| {
                self.node_at(world)
                    .map(|i| Target::Node(self.graph.nodes()[i].id.clone()))
            })
            .or_else(|| self.edge_target(world, edge_reach(kind) / zoom))
            .unwrap_or_default()
    }

    /// The nearest handle within reach; none where handles are too small to be drawn.
    pub(crate) fn handle_at(&self, world: Point, reach: f64) -> Option<HandleRef> {
        if self.detail() == Detail::Shapes {
            return None;
        }
        let mut nearest: Option<(f64, HandleRef)> = None;
        for index in self.graph.nodes_in(&around(world, reach)) {
            for handle in &self.graph.node_box(index as usize).handles {
                let distance = handle.at.distance(world);
                let nearer = nearest.as_ref().is_none_or(|(least, _)| distance <= *least);
                if distance <= reach && nearer {
                    let node = self.graph.nodes()[index as usize].id.clone();
                    nearest = Some((
                        distance,
                        HandleRef {
                            node,
                            label: handle.label.clone(),
                        },
                    ));
                }
            }
        }
        nearest.map(|(_, handle)| handle)
    }

    /// The uppermost node at a point: a selected one, else the one created last.
    pub(crate) fn node_at(&self, world: Point) -> Option<usize> {
        let found = self.graph.nodes_in(&around(world, 0.0));
        let selected = |&&i: &&u32| {
            self.selection
                .nodes
                .contains(&self.graph.nodes()[i as usize].id)
        };
        found
            .iter()
            .rev()
            .find(selected)
            .or(found.last())
            .map(|&i| i as usize)
    }

    fn edge_target(&self, world: Point, reach: f64) -> Option<Target> {
        // Grips and labels reach farther than curves.
        let found = self.graph.edges_in(&around(world, reach + 20.0));
        let mut nearest: Option<(f64, u32)> = None;
        for &index in found.iter().rev() {
            let path = self.graph.path(index as usize);
            let edge = &self.graph.edges()[index as usize];
            for end in [EdgeEnd::From, EdgeEnd::To] {
                if path.grip(end).distance(world) <= reach.max(8.0) {
                    return Some(Target::EdgeEnd(edge.id.clone(), end));
                }
            }
            let label = edge.label.as_deref().map(|label| path.label_rect(label));
            let on_label = label.is_some_and(|rect| rect.contains(world));
            let distance = if on_label { 0.0 } else { path.distance(world) };
            if distance <= reach && nearest.is_none_or(|(least, _)| distance < least) {
                nearest = Some((distance, index));
            }
        }
        nearest.map(|(_, i)| Target::Edge(self.graph.edges()[i as usize].id.clone()))
    }
}

fn around(p: Point, reach: f64) -> Rect {
    Rect::new(p.x, p.y, 0.0, 0.0).grown(reach)
}
