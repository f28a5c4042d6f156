//! Layers: cycles cut, nodes put after their predecessors, long edges bent at each layer between.

use leadline_model::ordered;

use super::{Plain, PlainEdge, TARGET_PORT};

/// A piece of an edge between neighbouring layers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece {
    pub left: usize,
    pub right: usize,
    /// Where it touches `left`, below its top.
    pub left_port: f64,
    /// Where it touches `right`, below its top.
    pub right_port: f64,
}

/// The graph in layers. Items are the nodes, then the bends of long edges.
#[derive(Debug, Default)]
pub(super) struct Layered {
    /// The height of each item; bends have none.
    pub heights: Vec<f64>,
    /// The layer of each item.
    pub layer_of: Vec<usize>,
    /// The items of each layer, top to bottom.
    pub layers: Vec<Vec<usize>>,
    /// The pieces that arrive at each item from the left.
    pub into: Vec<Vec<Piece>>,
    /// The pieces that leave each item to the right.
    pub out_of: Vec<Vec<Piece>>,
}

impl Layered {
    pub fn new(plain: &Plain) -> Layered {
        let walk = Walk::new(plain);
        let layer_of = longest_paths(plain.heights.len(), &walk.forward);
        let mut layered = Layered {
            heights: plain.heights.clone(),
            layers: vec![Vec::new(); layer_of.iter().max().map_or(0, |last| last + 1)],
            layer_of,
            ..Layered::default()
        };
        for &node in &walk.order {
            layered.layers[layered.layer_of[node]].push(node);
        }
        layered.into = vec![Vec::new(); plain.heights.len()];
        layered.out_of = vec![Vec::new(); plain.heights.len()];
        layered.add_edges(&walk.forward);
        layered
    }

    /// Adds edges, short ones first; those that would need too many bends are left out.
    fn add_edges(&mut self, edges: &[Forward]) {
        let mut budget = 4 * (self.heights.len() + edges.len()) + 1_000;
        let span = |e: &Forward| self.layer_of[e.to] - self.layer_of[e.from];
        let mut by_span: Vec<(usize, Forward)> = edges.iter().map(|e| (span(e), *e)).collect();
        ordered::sort_by_key(&mut by_span, |(span, _)| *span);
        for (span, edge) in by_span {
            if span - 1 > budget {
                break;
            }
            budget -= span - 1;
            let (mut left, mut left_port) = (edge.from, edge.from_port);
            for layer in self.layer_of[edge.from] + 1..self.layer_of[edge.to] {
                let bend = self.add_bend(layer);
                self.add_piece(Piece {
                    left,
                    right: bend,
                    left_port,
                    right_port: 0.0,
                });
                (left, left_port) = (bend, 0.0);
            }
            self.add_piece(Piece {
                left,
                right: edge.to,
                left_port,
                right_port: edge.to_port,
            });
        }
    }

    fn add_bend(&mut self, layer: usize) -> usize {
        let bend = self.heights.len();
        self.heights.push(0.0);
        self.layer_of.push(layer);
        self.layers[layer].push(bend);
        self.into.push(Vec::new());
        self.out_of.push(Vec::new());
        bend
    }

    fn add_piece(&mut self, piece: Piece) {
        self.out_of[piece.left].push(piece);
        self.into[piece.right].push(piece);
    }
}

/// An edge that goes from an earlier to a later layer; one that led back is turned around.
#[derive(Debug, Clone, Copy)]
struct Forward {
    from: usize,
    to: usize,
    from_port: f64,
    to_port: f64,
}

impl Forward {
    fn of(edge: &PlainEdge, turned: bool) -> Forward {
        let (from, to) = if turned {
            (edge.to, edge.from)
        } else {
            (edge.from, edge.to)
        };
        let (from_port, to_port) = if turned {
            (TARGET_PORT, edge.port)
        } else {
            (edge.port, TARGET_PORT)
        };
        Forward {
            from,
            to,
            from_port,
            to_port,
        }
    }
}

/// A depth-first walk: which edges lead back, and in which order nodes are met.
struct Walk {
    order: Vec<usize>,
    forward: Vec<Forward>,
}

#[derive(Clone, Copy, PartialEq)]
enum Seen {
    Not,
    OnTheWay,
    Done,
}

impl Walk {
    fn new(plain: &Plain) -> Walk {
        let count = plain.heights.len();
        let mut after: Vec<Vec<PlainEdge>> = vec![Vec::new(); count];
        let mut has_before = vec![false; count];
        for edge in plain.edges.iter().filter(|edge| edge.from != edge.to) {
            after[edge.from].push(*edge);
            has_before[edge.to] = true;
        }
        for edges in &mut after {
            ordered::sort_by(edges, |a, b| a.port.total_cmp(&b.port));
        }
        let mut walk = Walk {
            order: Vec::with_capacity(count),
            forward: Vec::new(),
        };
        let mut seen = vec![Seen::Not; count];
        let without = (0..count).filter(|&node| !has_before[node]);
        for start in plain.root.into_iter().chain(without).chain(0..count) {
            walk.from(start, &after, &mut seen);
        }
        walk
    }

    /// Visits all that can be reached, with a stack of its own: graphs can be 10,000 deep.
    fn from(&mut self, start: usize, after: &[Vec<PlainEdge>], seen: &mut [Seen]) {
        if seen[start] != Seen::Not {
            return;
        }
        seen[start] = Seen::OnTheWay;
        self.order.push(start);
        let mut stack = vec![(start, 0)];
        while let Some((node, next)) = stack.last_mut() {
            let Some(edge) = after[*node].get(*next) else {
                seen[*node] = Seen::Done;
                stack.pop();
                continue;
            };
            *next += 1;
            self.forward
                .push(Forward::of(edge, seen[edge.to] == Seen::OnTheWay));
            if seen[edge.to] == Seen::Not {
                seen[edge.to] = Seen::OnTheWay;
                self.order.push(edge.to);
                stack.push((edge.to, 0));
            }
        }
    }
}

/// The layer of each node: one after its farthest predecessor.
fn longest_paths(count: usize, edges: &[Forward]) -> Vec<usize> {
    let mut after: Vec<Vec<usize>> = vec![Vec::new(); count];
    let mut waiting = vec![0usize; count];
    for edge in edges {
        after[edge.from].push(edge.to);
        waiting[edge.to] += 1;
    }
    let mut layer = vec![0; count];
    let mut ready: Vec<usize> = (0..count).filter(|&node| waiting[node] == 0).collect();
    while let Some(node) = ready.pop() {
        for &next in &after[node] {
            layer[next] = layer[next].max(layer[node] + 1);
            waiting[next] -= 1;
            if waiting[next] == 0 {
                ready.push(next);
            }
        }
    }
    layer
}
