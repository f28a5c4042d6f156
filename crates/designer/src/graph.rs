//! The definition with everything derived from it: lookups by id, edges by node, boxes, curves and
//! the spatial index. Edits of existing entities update only what they touch; adding and removing
//! rebuilds, which is rare and takes milliseconds for the largest graph.

use std::cell::Cell;
use std::collections::HashMap;

use leadline_model::ordered;
use leadline_model::{Definition, Edge, EdgeId, Node, NodeId};

use crate::grid::Grid;
use crate::shape::{NodeBox, position};
use crate::{EdgePath, Point, Rect};

#[derive(Debug, Clone, Default)]
pub(crate) struct Graph {
    pub(super) definition: Definition,
    pub(super) node_at: HashMap<NodeId, usize>,
    pub(super) edge_at: HashMap<EdgeId, usize>,
    boxes: Vec<NodeBox>,
    paths: Vec<EdgePath>,
    outgoing: Vec<Vec<usize>>,
    incoming: Vec<Vec<usize>>,
    node_grid: Grid,
    edge_grid: Grid,
    expanded: Option<NodeId>,
    pub(super) entry: Option<usize>,
    looked_at: Cell<u64>,
}

impl Graph {
    pub fn new(definition: Definition) -> Graph {
        let mut graph = Graph {
            definition,
            ..Graph::default()
        };
        graph.rebuild();
        graph
    }

    /// Nodes, edges and entries of the index that were looked at so far, for whatever reason.
    pub fn looked_at(&self) -> u64 {
        self.looked_at.get() + self.node_grid.looked_at() + self.edge_grid.looked_at()
    }

    pub(super) fn look(&self, at: usize) {
        self.looked_at.set(self.looked_at.get() + at as u64);
    }

    pub fn definition(&self) -> &Definition {
        &self.definition
    }

    pub fn nodes(&self) -> &[Node] {
        &self.definition.nodes
    }

    pub fn edges(&self) -> &[Edge] {
        &self.definition.edges
    }

    pub fn node_index(&self, id: &NodeId) -> Option<usize> {
        self.node_at.get(id).copied()
    }

    pub fn edge_index(&self, id: &EdgeId) -> Option<usize> {
        self.edge_at.get(id).copied()
    }

    pub fn node(&self, id: &NodeId) -> Option<&Node> {
        self.node_index(id).map(|i| &self.definition.nodes[i])
    }

    pub fn edge(&self, id: &EdgeId) -> Option<&Edge> {
        self.edge_index(id).map(|i| &self.definition.edges[i])
    }

    pub fn node_box(&self, index: usize) -> &NodeBox {
        &self.boxes[index]
    }

    pub fn box_of(&self, id: &NodeId) -> Option<&NodeBox> {
        self.node_index(id).map(|i| &self.boxes[i])
    }

    pub fn path(&self, index: usize) -> &EdgePath {
        &self.paths[index]
    }

    /// Edges that begin at the node, in the order they were created.
    pub fn outgoing(&self, node: usize) -> impl Iterator<Item = &Edge> {
        self.outgoing[node]
            .iter()
            .map(|&e| &self.definition.edges[e])
    }

    /// Edges that lead to the node, in the order they were created.
    pub fn incoming(&self, node: usize) -> impl Iterator<Item = &Edge> {
        self.incoming[node]
            .iter()
            .map(|&e| &self.definition.edges[e])
    }

    /// The first created edge of a handle: the one that routing takes.
    pub fn edge_of(&self, node: usize, label: Option<&str>) -> Option<&Edge> {
        self.outgoing(node)
            .find(|edge| edge.label.as_deref() == label)
    }

    pub fn entry(&self) -> Option<usize> {
        self.entry
    }

    /// Indices of nodes whose boxes touch the rectangle.
    pub fn nodes_in(&self, rect: &Rect) -> Vec<u32> {
        let mut found = self.node_grid.near(rect);
        found.retain(|&i| self.boxes[i as usize].rect.touches(rect));
        found
    }

    /// Indices of edges whose bounds touch the rectangle.
    pub fn edges_in(&self, rect: &Rect) -> Vec<u32> {
        let mut found = self.edge_grid.near(rect);
        found.retain(|&i| self.paths[i as usize].bounds.touches(rect));
        found
    }

    /// A rectangle around all nodes.
    pub fn bounds(&self) -> Option<Rect> {
        Rect::around(self.boxes.iter().map(|b| b.rect))
    }

    /// A rectangle around all nodes and edges.
    pub fn extent(&self) -> Option<Rect> {
        let boxes = self.boxes.iter().map(|b| b.rect);
        Rect::around(boxes.chain(self.paths.iter().map(|path| path.bounds)))
    }

    /// Shows the optional outputs of this node, and of no other.
    pub fn expand(&mut self, node: Option<&NodeId>) {
        if self.expanded.as_ref() == node {
            return;
        }
        let old = std::mem::replace(&mut self.expanded, node.cloned());
        for id in old.iter().chain(node) {
            if let Some(index) = self.node_index(id) {
                self.refresh_node(index);
            }
        }
        self.settle();
    }

    /// Draws the nodes `by` away from where the definition has them, without changing it.
    pub fn displace(&mut self, nodes: &[NodeId], by: Point) {
        let mut edges = Vec::new();
        for id in nodes {
            let Some(index) = self.node_index(id) else {
                continue;
            };
            let old = self.boxes[index].rect;
            let wanted = position(&self.definition.nodes[index]).plus(by);
            let shift = wanted.minus(Point::new(old.x, old.y));
            self.boxes[index].shift(shift);
            self.node_grid
                .update(index as u32, &old, &self.boxes[index].rect);
            edges.extend(
                self.outgoing[index]
                    .iter()
                    .chain(&self.incoming[index])
                    .copied(),
            );
        }
        ordered::sort(&mut edges);
        edges.dedup();
        for edge in edges {
            self.refresh_path(edge);
        }
        self.settle();
    }

    pub(super) fn rebuild(&mut self) {
        let Definition { nodes, edges, .. } = &self.definition;
        self.look(nodes.len() + edges.len());
        self.node_at = nodes
            .iter()
            .enumerate()
            .map(|(i, n)| (n.id.clone(), i))
            .collect();
        self.edge_at = edges
            .iter()
            .enumerate()
            .map(|(i, e)| (e.id.clone(), i))
            .collect();
        self.outgoing = vec![Vec::new(); nodes.len()];
        self.incoming = vec![Vec::new(); nodes.len()];
        for (index, edge) in edges.iter().enumerate() {
            if let Some(&from) = self.node_at.get(&edge.from_node_id) {
                self.outgoing[from].push(index);
            }
            if let Some(&to) = self.node_at.get(&edge.to_node_id) {
                self.incoming[to].push(index);
            }
        }
        self.node_grid.clear();
        self.edge_grid.clear();
        self.boxes = (0..self.definition.nodes.len())
            .map(|i| self.make_box(i))
            .collect();
        for (index, node_box) in self.boxes.iter().enumerate() {
            self.node_grid.insert(index as u32, &node_box.rect);
        }
        self.paths = (0..self.definition.edges.len())
            .map(|i| self.make_path(i))
            .collect();
        for (index, path) in self.paths.iter().enumerate() {
            self.edge_grid.insert(index as u32, &path.bounds);
        }
        self.settle();
        self.entry = self.find_entry();
    }

    fn make_box(&self, index: usize) -> NodeBox {
        let node = &self.definition.nodes[index];
        self.look(1 + self.outgoing[index].len());
        let carried = self
            .outgoing(index)
            .map(|edge| edge.label.as_deref())
            .collect();
        NodeBox::new(node, &carried, self.expanded.as_ref() == Some(&node.id))
    }

    /// An edge whose ends do not exist has an empty curve; a checked definition has none.
    fn make_path(&self, index: usize) -> EdgePath {
        let edge = &self.definition.edges[index];
        self.look(1);
        match (
            self.box_of(&edge.from_node_id),
            self.box_of(&edge.to_node_id),
        ) {
            (Some(from), Some(to)) => {
                let start = from.source(edge.label.as_deref());
                EdgePath::between(start, from.rect, to.target(), to.rect)
            }
            _ => EdgePath::default(),
        }
    }

    pub(super) fn refresh_node(&mut self, index: usize) {
        let new = self.make_box(index);
        self.node_grid
            .update(index as u32, &self.boxes[index].rect, &new.rect);
        self.boxes[index] = new;
        let touched: Vec<usize> = self.outgoing[index]
            .iter()
            .chain(&self.incoming[index])
            .copied()
            .collect();
        for edge in touched {
            self.refresh_path(edge);
        }
    }

    fn refresh_path(&mut self, index: usize) {
        let new = self.make_path(index);
        self.replace_path(index, new);
    }

    pub(super) fn set_label_place(&mut self, index: usize, at: Point) {
        self.paths[index].label_at = at;
    }

    pub(super) fn replace_path(&mut self, index: usize, new: EdgePath) {
        self.edge_grid
            .update(index as u32, &self.paths[index].bounds, &new.bounds);
        self.paths[index] = new;
    }

    /// As [`Definition::entry`], with what is known here.
    pub(super) fn find_entry(&self) -> Option<usize> {
        let only =
            |mut found: Box<dyn Iterator<Item = usize> + '_>| match (found.next(), found.next()) {
                (Some(index), None) => Some(index),
                _ => None,
            };
        let nodes = &self.definition.nodes;
        self.look(nodes.len());
        if nodes.iter().any(|node| node.is_entry) {
            return only(Box::new((0..nodes.len()).filter(|&i| nodes[i].is_entry)));
        }
        only(Box::new(
            (0..nodes.len()).filter(|&i| self.incoming[i].is_empty()),
        ))
    }
}
