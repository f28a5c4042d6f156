//! What is selected. Sets in the order of ids, so that everything made from them is deterministic.

use std::collections::BTreeSet;

use leadline_model::{EdgeId, NodeId};

use crate::{Command, Editor, Effect, Rect};

/// How much around the middle of an edge has to be in view for it to be seen.
const MARGIN: f64 = 20.0;

/// The selected nodes and edges.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selection {
    /// Nodes.
    pub nodes: BTreeSet<NodeId>,
    /// Edges.
    pub edges: BTreeSet<EdgeId>,
}

impl Selection {
    /// Whether nothing is selected.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty() && self.edges.is_empty()
    }

    /// The selected node, when it is one node and nothing else.
    pub fn single_node(&self) -> Option<&NodeId> {
        if self.nodes.len() == 1 && self.edges.is_empty() {
            self.nodes.first()
        } else {
            None
        }
    }

    /// The selected edge, when it is one edge and nothing else.
    pub fn single_edge(&self) -> Option<&EdgeId> {
        if self.edges.len() == 1 && self.nodes.is_empty() {
            self.edges.first()
        } else {
            None
        }
    }

    pub(crate) fn of_node(id: &NodeId) -> Selection {
        Selection {
            nodes: BTreeSet::from([id.clone()]),
            ..Selection::default()
        }
    }

    pub(crate) fn of_edge(id: &EdgeId) -> Selection {
        Selection {
            edges: BTreeSet::from([id.clone()]),
            ..Selection::default()
        }
    }
}

impl Editor {
    pub(crate) fn select(&mut self, selection: Selection) {
        if self.selection != selection {
            self.selection = selection;
            self.emit(Effect::SelectionChanged);
        }
        self.show_selection();
    }

    /// A node that alone is selected shows its optional outputs.
    pub(crate) fn show_selection(&mut self) {
        let single = if self.locked {
            None
        } else {
            self.selection.single_node()
        };
        self.graph.expand(single);
        self.emit(Effect::Redraw);
    }

    pub(crate) fn select_by(&mut self, command: Command) {
        let graph = &self.graph;
        let all_nodes = || graph.nodes().iter().map(|node| node.id.clone());
        let all_edges = || graph.edges().iter().map(|edge| edge.id.clone());
        let selection = match &command {
            Command::SelectAll => Selection {
                nodes: all_nodes().collect(),
                edges: all_edges().collect(),
            },
            Command::Select { nodes, edges } => Selection {
                nodes: nodes
                    .iter()
                    .filter(|id| graph.node(id).is_some())
                    .cloned()
                    .collect(),
                edges: edges
                    .iter()
                    .filter(|id| graph.edge(id).is_some())
                    .cloned()
                    .collect(),
            },
            Command::RevealNode(id) if graph.node(id).is_some() => Selection::of_node(id),
            Command::RevealEdge(id) if graph.edge(id).is_some() => Selection::of_edge(id),
            _ => return self.emit(Effect::Refused("That is gone.".to_owned())),
        };
        self.select(selection);
        let place = match &command {
            Command::RevealNode(id) => self.node_rect(id),
            Command::RevealEdge(id) => self.middle_of_edge(id),
            _ => None,
        };
        // What is in view already stays where the reader has seen it.
        let seen = self.viewport.world_rect();
        if let Some(place) = place.filter(|place| seen.union(place) != seen) {
            self.viewport.center_on(place.center());
            self.opened = true;
            self.view_changed();
        }
    }

    fn middle_of_edge(&self, id: &EdgeId) -> Option<Rect> {
        let path = self.graph.path(self.graph.edge_index(id)?);
        Some(Rect::new(path.label_at.x, path.label_at.y, 0.0, 0.0).grown(MARGIN))
    }
}
