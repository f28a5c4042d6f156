//! Drawing a connection: from a handle to a node, or one end of an edge to another place.

use leadline_model::{EdgeId, NodeId};

use crate::edits;
use crate::gesture::Gesture;
use crate::rules::{called, output_words, refusal};
use crate::{
    ConnectionPreview, Cursor, EdgeEnd, EdgePath, Editor, Effect, HandleRef, Point, Verdict,
};

/// Screen pixels within which a handle or target attracts.
const SNAP_RADIUS: f64 = 20.0;
/// A drop this near to the handle it began at is a mistake, in screen pixels.
const SELF_RADIUS: f64 = 10.0;

/// A connection being drawn.
#[derive(Debug, Clone)]
pub(crate) struct Linking {
    pub origin: Origin,
    /// The pointer that is down; `None` between two clicks, taps or keys.
    pub pointer: Option<i32>,
    /// Where its loose end is, on the screen.
    at: Point,
    /// What it would be dropped on.
    pub aim: Option<Aim>,
    /// Why that would be refused.
    refused: Option<String>,
}

/// What is being connected.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Origin {
    /// An output.
    Handle(HandleRef),
    /// The end of an edge that was lifted.
    End(EdgeId, EdgeEnd),
}

/// What a connection is dropped on.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Aim {
    Node(NodeId),
    Handle(HandleRef),
}

impl Aim {
    pub fn node(&self) -> &NodeId {
        match self {
            Aim::Node(node) => node,
            Aim::Handle(handle) => &handle.node,
        }
    }
}

impl Linking {
    /// Whether moves of this pointer count: those of the one that is down, or of any.
    pub fn follows(&self, pointer: i32) -> bool {
        self.pointer.is_none_or(|own| own == pointer)
    }

    pub fn verdict(&self) -> Option<Verdict> {
        let refused = self.refused.is_some();
        self.aim.as_ref().map(|_| {
            if refused {
                Verdict::Refused
            } else {
                Verdict::Accepted
            }
        })
    }

    /// The output it begins at, unless it is an edge's end.
    pub fn handle(&self) -> Option<HandleRef> {
        match &self.origin {
            Origin::Handle(from) => Some(from.clone()),
            Origin::End(..) => None,
        }
    }

    pub fn lifts(&self, edge: &EdgeId) -> bool {
        matches!(&self.origin, Origin::End(lifted, _) if lifted == edge)
    }
}

impl Editor {
    /// Whether a connection is being drawn, by drag, tap or key.
    pub fn is_connecting(&self) -> bool {
        matches!(self.gesture, Gesture::Linking(_))
    }

    pub(crate) fn start_linking(&mut self, from: HandleRef, pointer: Option<i32>) {
        let Some(node) = self.graph.node(&from.node) else {
            return;
        };
        if pointer.is_none() {
            let output = output_words(node, from.label.as_deref());
            let text = format!("Connecting {output} of {}: choose a target.", called(node));
            self.emit(Effect::Announce(text));
        }
        let start = self
            .graph
            .box_of(&from.node)
            .map(|b| b.source(from.label.as_deref()));
        let at = self.viewport.to_screen(start.unwrap_or_default());
        self.link(Origin::Handle(from), pointer, at);
    }

    pub(crate) fn start_relinking(&mut self, edge: EdgeId, end: EdgeEnd, pointer: i32) {
        let at = self.pointer.unwrap_or_default();
        self.link(Origin::End(edge, end), Some(pointer), at);
    }

    fn link(&mut self, origin: Origin, pointer: Option<i32>, at: Point) {
        self.gesture = Gesture::Linking(Linking {
            origin,
            pointer,
            at,
            aim: None,
            refused: None,
        });
        self.show_cursor(Cursor::Crosshair);
        self.emit(Effect::Redraw);
    }

    /// The loose end moved.
    pub(crate) fn aim(&mut self, at: Point) {
        let Gesture::Linking(linking) = &self.gesture else {
            return;
        };
        let aim = self.aim_at(&linking.origin, at);
        self.aim_for(aim, at);
    }

    /// The loose end is at a node by key.
    pub(crate) fn aim_at_node(&mut self, node: &NodeId) {
        let Some(target) = self.graph.box_of(node).map(|b| b.target()) else {
            return;
        };
        let at = self.viewport.to_screen(target);
        self.aim_for(Some(Aim::Node(node.clone())), at);
    }

    fn aim_for(&mut self, aim: Option<Aim>, at: Point) {
        let Gesture::Linking(mut linking) = std::mem::take(&mut self.gesture) else {
            return;
        };
        linking.refused = aim
            .as_ref()
            .and_then(|aim| self.refusal(&linking.origin, aim));
        linking.at = at;
        linking.aim = aim;
        let cursor = if linking.refused.is_some() {
            Cursor::NotAllowed
        } else {
            Cursor::Crosshair
        };
        self.gesture = Gesture::Linking(linking);
        self.show_cursor(cursor);
        self.emit(Effect::Redraw);
    }

    fn aim_at(&self, origin: &Origin, at: Point) -> Option<Aim> {
        let world = self.viewport.to_world(at);
        let reach = SNAP_RADIUS / self.viewport.zoom;
        if matches!(origin, Origin::End(_, EdgeEnd::From)) {
            let handle = self.handle_at(world, reach);
            return handle
                .map(Aim::Handle)
                .or_else(|| self.node_at(world).map(|i| self.any_output(i)));
        }
        let near = crate::Rect::new(world.x, world.y, 0.0, 0.0).grown(reach);
        let distance = |i: u32| self.graph.node_box(i as usize).target().distance(world);
        let targets = self.graph.nodes_in(&near).into_iter();
        let nearest = targets
            .map(|i| (distance(i), i as usize))
            .filter(|(distance, _)| *distance <= reach)
            .min_by(|a, b| a.0.total_cmp(&b.0));
        let index = nearest.map(|(_, i)| i).or_else(|| self.node_at(world))?;
        Some(Aim::Node(self.graph.nodes()[index].id.clone()))
    }

    /// The first free output of a node, where there is one.
    fn any_output(&self, index: usize) -> Aim {
        let node = &self.graph.nodes()[index];
        let outputs = node.config.outputs();
        let free = outputs
            .iter()
            .find(|o| self.graph.edge_of(index, o.label.as_deref()).is_none());
        match free {
            Some(output) => Aim::Handle(HandleRef::new(&node.id, output.label.as_deref())),
            None => Aim::Node(node.id.clone()),
        }
    }

    fn refusal(&self, origin: &Origin, aim: &Aim) -> Option<String> {
        let graph = &self.graph;
        match (origin, aim) {
            (Origin::Handle(from), Aim::Node(to)) => {
                let old = graph.edge_of(graph.node_index(&from.node)?, from.label.as_deref());
                refusal(graph, from, to, old.map(|edge| &edge.id))
            }
            (Origin::End(edge, EdgeEnd::To), Aim::Node(to)) => {
                edits::reconnect_to(graph, edge, to).err()
            }
            (Origin::End(edge, EdgeEnd::From), Aim::Handle(from)) => {
                edits::reconnect_from(graph, edge, from).err()
            }
            (_, aim) => {
                let node = graph.node(aim.node()).map(called).unwrap_or_default();
                Some(format!("{node} has no free output."))
            }
        }
    }

    /// Dropped: connects, or says why not; over the empty canvas a new node is offered.
    pub(crate) fn finish_linking(&mut self) {
        let Gesture::Linking(linking) = std::mem::take(&mut self.gesture) else {
            return;
        };
        self.show_cursor(Cursor::Default);
        self.emit(Effect::Redraw);
        let (graph, ids) = (&self.graph, &mut self.ids);
        let planned = match (linking.origin, linking.aim) {
            (Origin::Handle(from), None) => return self.offer_node(from, linking.at),
            (Origin::End(..), None) => {
                return self.emit(Effect::Announce("The edge stays as it was.".to_owned()));
            }
            (Origin::Handle(from), Some(aim)) => {
                if *aim.node() == from.node && near_start(graph, &self.viewport, &from, linking.at)
                {
                    return;
                }
                edits::connect(graph, ids, &from, aim.node())
            }
            (Origin::End(edge, EdgeEnd::To), Some(aim)) => {
                edits::reconnect_to(graph, &edge, aim.node())
            }
            (Origin::End(edge, EdgeEnd::From), Some(Aim::Handle(from))) => {
                if stays(graph, &edge, &from) {
                    return;
                }
                edits::reconnect_from(graph, &edge, &from)
            }
            (Origin::End(..), Some(Aim::Node(_))) => Err(linking.refused.unwrap_or_default()),
        };
        self.commit(planned);
    }

    fn offer_node(&mut self, from: HandleRef, at: Point) {
        if near_start(&self.graph, &self.viewport, &from, at) {
            return;
        }
        let world = self.viewport.to_world(at);
        self.emit(Effect::OpenPalette {
            screen: at,
            world: Some(world),
            from: Some(from),
        });
    }

    pub(crate) fn resume_linking(&mut self, linking: Linking) {
        let there = match &linking.origin {
            Origin::Handle(from) => self.graph.node(&from.node).is_some(),
            Origin::End(edge, _) => self.graph.edge(edge).is_some(),
        };
        if there {
            let at = linking.at;
            self.gesture = Gesture::Linking(linking);
            self.aim(at);
        } else {
            self.show_cursor(Cursor::Default);
        }
    }

    /// The curve to draw for it.
    pub(crate) fn connection<'a>(&'a self, linking: &'a Linking) -> Option<ConnectionPreview<'a>> {
        let loose = self.viewport.to_world(linking.at);
        let target = |aim: &Aim| self.graph.box_of(aim.node());
        let (start, end) = match &linking.origin {
            Origin::Handle(from) => {
                let start = self.graph.box_of(&from.node)?.source(from.label.as_deref());
                (
                    start,
                    linking
                        .aim
                        .as_ref()
                        .and_then(target)
                        .map_or(loose, |b| b.target()),
                )
            }
            Origin::End(edge, end) => {
                let path = self.graph.path(self.graph.edge_index(edge)?);
                let aimed = linking.aim.as_ref().and_then(|aim| {
                    let node_box = target(aim)?;
                    match aim {
                        Aim::Node(_) => Some(node_box.target()),
                        Aim::Handle(handle) => Some(node_box.source(handle.label.as_deref())),
                    }
                });
                match end {
                    EdgeEnd::To => (path.start(), aimed.unwrap_or(loose)),
                    EdgeEnd::From => (aimed.unwrap_or(loose), path.end()),
                }
            }
        };
        let from = match &linking.origin {
            Origin::Handle(from) => Some(from),
            Origin::End(..) => None,
        };
        let path = EdgePath::forward(start, end);
        Some(ConnectionPreview {
            path,
            from,
            verdict: linking.verdict(),
        })
    }
}

fn near_start(
    graph: &crate::graph::Graph,
    viewport: &crate::Viewport,
    from: &HandleRef,
    at: Point,
) -> bool {
    let start = graph
        .box_of(&from.node)
        .map(|b| b.source(from.label.as_deref()));
    start.is_some_and(|start| viewport.to_screen(start).distance(at) <= SELF_RADIUS)
}

/// Whether the edge begins at this handle already.
fn stays(graph: &crate::graph::Graph, edge: &EdgeId, from: &HandleRef) -> bool {
    graph
        .edge(edge)
        .is_some_and(|e| e.from_node_id == from.node && e.label == from.label)
}
