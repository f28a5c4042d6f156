//! Graphs to exchange.

use leadline_model::{Definition, Edge, Node, NodeId, json};
use serde_json::{Value, json};

pub fn node(id: &str, node_type: &str, label: &str, config: Value) -> Node {
    let node = json!({"id": id, "node_type": node_type, "label": label, "config": config,
        "position_x": 80.5, "position_y": 120});
    json::from_value(&node).unwrap()
}

pub fn edge(id: &str, from: &str, to: &str, label: Option<&str>) -> Edge {
    let edge = json!({"id": id, "from_node_id": from, "to_node_id": to, "label": label});
    json::from_value(&edge).unwrap()
}

/// Six nodes of all types but one, with edges.
pub fn six(title: &str) -> Definition {
    let mut call = node(
        "call",
        "VOICE_CALL",
        "First call",
        json!({"ring_timeout_seconds": 20}),
    );
    call.is_entry = true;
    Definition {
        title: title.to_owned(),
        description: "Calls until somebody answers.".to_owned(),
        nodes: vec![
            call,
            node(
                "wait",
                "TIME",
                "Wait",
                json!({"delay": {"value": 2, "unit": "days"}}),
            ),
            node(
                "often",
                "CONDITIONAL",
                "Often enough?",
                json!({"otherwise": "again", "branches": [
                {"label": "enough", "all": [{"field": "visits.call", "operator": "greater_than_or_equal", "value": 3}]}]}),
            ),
            node(
                "tell",
                "APPLICATION",
                "Tell",
                json!({"action": "webhook", "url": "https://example.com/"}),
            ),
            node("yes", "CONVERTED", "Yes", json!({})),
            node("no", "DROPPED", "No", json!({})),
        ],
        edges: vec![
            edge("e1", "call", "tell", Some("COMPLETED")),
            edge("e2", "call", "often", Some("DNP")),
            edge("e3", "call", "often", Some("FAILED")),
            edge("e4", "often", "no", Some("enough")),
            edge("e5", "often", "wait", Some("again")),
            edge("e6", "wait", "call", None),
            edge("e7", "tell", "yes", Some("SUCCESS")),
            edge("e8", "tell", "yes", Some("FAILURE")),
        ],
        ..Definition::default()
    }
}

/// Takes a node out with its edges.
pub fn without(definition: &mut Definition, id: &str) {
    let id = NodeId::parse(id).unwrap();
    definition.nodes.retain(|node| node.id != id);
    let touches = |edge: &Edge| edge.from_node_id == id || edge.to_node_id == id;
    definition.edges.retain(|edge| !touches(edge));
}

pub fn leads(numbers: &[u64]) -> Value {
    let lead = |number: &u64| json!({"phone_number": format!("+{number}"), "dynamic_variables": {"first_name": "Ann"}});
    numbers.iter().map(lead).collect()
}
