//! The numbers of a run as canvas and panels show them, from a frame of here or counts of there.

use std::collections::HashMap;

use leadline_model::view::{LeadCounts, NodeCounts};
use leadline_model::{Definition, Edge, EdgeId, NodeId};
use leadline_protocol::Frame;

/// How many leads are and were where.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Numbers {
    /// Leads by status.
    pub leads: LeadCounts,
    /// (node, here now, entered so far, flagged for review).
    pub nodes: Vec<(NodeId, u64, u64, u64)>,
    /// (edge, taken so far).
    pub edges: Vec<(EdgeId, u64)>,
}

impl Numbers {
    /// Those of a frame.
    pub fn of(frame: &Frame) -> Numbers {
        Numbers {
            leads: frame.leads,
            nodes: frame.nodes.clone(),
            edges: frame.edges.clone(),
        }
    }
}

/// The numbers of a remote's counts. It counts outcomes, not edges: an outcome is that of the edge which
/// routing takes for it in this graph, the first with its label or else the first without one.
/// O(nodes + edges × outcomes of a node).
pub fn numbers_of(definition: &Definition, counts: &[NodeCounts], leads: LeadCounts) -> Numbers {
    let mut from: HashMap<&NodeId, Vec<&Edge>> = HashMap::new();
    for edge in &definition.edges {
        from.entry(&edge.from_node_id).or_default().push(edge);
    }
    let mut taken: HashMap<&EdgeId, u64> = HashMap::new();
    for at in counts {
        let edges = from.get(&at.node_id).map_or(&[][..], Vec::as_slice);
        for (outcome, count) in &at.left {
            let labelled = edges.iter().find(|e| e.label.as_ref() == Some(outcome));
            let edge = labelled.or_else(|| edges.iter().find(|e| e.label.is_none()));
            if let Some(edge) = edge {
                *taken.entry(&edge.id).or_default() += count;
            }
        }
    }
    let edges = definition.edges.iter();
    Numbers {
        leads,
        nodes: counts
            .iter()
            .map(|at| (at.node_id.clone(), at.here, at.entered, at.review_required))
            .collect(),
        edges: edges
            .filter_map(|edge| Some((edge.id.clone(), *taken.get(&edge.id)?)))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_outcome_counts_for_the_edge_that_routing_takes() {
        let definition: Definition = serde_json::from_str(
            r#"{"title": "A",
                "nodes": [{"id": "call", "node_type": "VOICE_CALL", "config": {}},
                          {"id": "won", "node_type": "CONVERTED", "config": {}},
                          {"id": "lost", "node_type": "DROPPED", "config": {}}],
                "edges": [{"id": "any", "from_node_id": "call", "to_node_id": "lost"},
                          {"id": "good", "from_node_id": "call", "to_node_id": "won", "label": "COMPLETED"},
                          {"id": "again", "from_node_id": "call", "to_node_id": "lost", "label": "COMPLETED"}]}"#,
        )
        .unwrap();
        let counts: Vec<NodeCounts> = serde_json::from_str(
            r#"[{"node_id": "call", "here": 4, "entered": 14, "review_required": 1,
                 "left": {"COMPLETED": 7, "DNP": 2, "FAILED": 1}},
                {"node_id": "gone", "here": 1, "entered": 2, "review_required": 0, "left": {"SUCCESS": 1}}]"#,
        )
        .unwrap();
        let leads = LeadCounts {
            active: 4,
            ..LeadCounts::default()
        };
        let numbers = numbers_of(&definition, &counts, leads);
        let edges: Vec<_> = numbers
            .edges
            .iter()
            .map(|(id, n)| (id.as_str(), *n))
            .collect();
        assert_eq!(edges, [("any", 3), ("good", 7)]);
        let call = NodeId::parse("call").unwrap();
        assert_eq!(numbers.nodes[0], (call, 4, 14, 1));
        assert_eq!(numbers.leads.active, 4);
    }
}
