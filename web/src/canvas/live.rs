//! What the Simulate page shows on the canvas beside the graph: counts, shares, leads on their way,
//! the path of one lead.

use std::collections::{BTreeSet, HashMap};

use leadline_model::{Definition, EdgeId, NodeId};
use leadline_protocol::Traveller;

/// How long a lead takes along an edge, on the reader's clock.
pub const TRAVEL_MS: f64 = 700.0;
/// Dots drawn at once; further leads move unseen.
const MAX_DOTS: usize = 200;

/// Counts at a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AtNode {
    /// Leads here now.
    pub here: u64,
    /// Visits so far.
    pub entered: u64,
    /// Leads flagged for review.
    pub review: u64,
}

/// A dot on an edge.
#[derive(Debug, Clone, PartialEq)]
pub struct Dot {
    /// The edge.
    pub edge: EdgeId,
    /// When it began.
    pub started_ms: f64,
}

/// The live part of the picture.
#[derive(Debug, Clone, Default)]
pub struct Live {
    /// Counts by node.
    pub nodes: HashMap<NodeId, AtNode>,
    /// Leads that took each edge, and their share of all that left its node, in tenths of a percent.
    pub edges: HashMap<EdgeId, (u64, u64)>,
    /// Leads on their way.
    pub dots: Vec<Dot>,
    /// The path of the lead that is followed; all else is drawn faintly.
    pub path: Option<(BTreeSet<NodeId>, BTreeSet<EdgeId>)>,
    /// The picture is one of a simulation: nodes show their counts.
    pub on: bool,
}

impl Live {
    /// Takes over the counts at nodes, (node, here, entered, to review), and on edges, (edge, taken).
    pub fn take(
        &mut self,
        nodes: &[(NodeId, u64, u64, u64)],
        edges: &[(EdgeId, u64)],
        definition: &Definition,
    ) {
        self.on = true;
        self.nodes = nodes
            .iter()
            .map(|(id, here, entered, review)| {
                (
                    id.clone(),
                    AtNode {
                        here: *here,
                        entered: *entered,
                        review: *review,
                    },
                )
            })
            .collect();
        let taken: HashMap<&EdgeId, u64> = edges.iter().map(|(id, n)| (id, *n)).collect();
        let mut left: HashMap<&NodeId, u64> = HashMap::new();
        let count = |id: &EdgeId| taken.get(id).copied().unwrap_or(0);
        for edge in &definition.edges {
            *left.entry(&edge.from_node_id).or_default() += count(&edge.id);
        }
        self.edges.clear();
        for edge in &definition.edges {
            let n = count(&edge.id);
            let all = left.get(&edge.from_node_id).copied().unwrap_or(0).max(1);
            if n > 0 {
                self.edges
                    .insert(edge.id.clone(), (n, n.saturating_mul(1_000) / all));
            }
        }
    }

    /// Draws leads on their way.
    pub fn depart(&mut self, travellers: &[Traveller], now_ms: f64) {
        let room = MAX_DOTS.saturating_sub(self.dots.len());
        let spread = travellers.len().max(1) as f64;
        for (at, traveller) in travellers.iter().take(room).enumerate() {
            // Those of one frame start one after the other, so that they do not lie on one spot.
            let started_ms = now_ms + at as f64 * (200.0 / spread);
            self.dots.push(Dot {
                edge: traveller.edge_id.clone(),
                started_ms,
            });
        }
    }

    /// Forgets dots that have arrived.
    pub fn tidy(&mut self, now_ms: f64) {
        self.dots.retain(|dot| now_ms < dot.started_ms + TRAVEL_MS);
    }

    /// How strongly a node is drawn.
    pub fn strength_of_node(&self, id: &NodeId) -> f64 {
        match &self.path {
            Some((nodes, _)) if !nodes.contains(id) => 0.3,
            _ => 1.0,
        }
    }

    /// How strongly an edge is drawn.
    pub fn strength_of_edge(&self, id: &EdgeId) -> f64 {
        match &self.path {
            Some((_, edges)) if !edges.contains(id) => 0.2,
            _ => 1.0,
        }
    }

    /// Whether the edge is on the path that is followed.
    pub fn on_path(&self, id: &EdgeId) -> bool {
        self.path
            .as_ref()
            .is_some_and(|(_, edges)| edges.contains(id))
    }
}
