//! Which connections may be made, and why not.

use leadline_model::{EdgeId, Node, NodeId, NodeType};

use crate::HandleRef;
use crate::graph::Graph;

/// What a node is called in messages.
pub(crate) fn called(node: &Node) -> String {
    let label = node.label.trim();
    if label.is_empty() {
        node.config.node_type().words().to_owned()
    } else {
        label.to_owned()
    }
}

/// What an output is called in messages.
pub(crate) fn output_words(node: &Node, label: Option<&str>) -> String {
    match label {
        Some(label) => label.to_owned(),
        None if node.config.node_type() == NodeType::Time => "Next".to_owned(),
        None => "Any other outcome".to_owned(),
    }
}

/// Why the handle may not lead to the node; `moved` is the edge that would be changed.
pub(crate) fn refusal(
    graph: &Graph,
    from: &HandleRef,
    to: &NodeId,
    moved: Option<&EdgeId>,
) -> Option<String> {
    let (Some(index), Some(target)) = (graph.node_index(&from.node), graph.node(to)) else {
        return Some("That node is gone.".to_owned());
    };
    let source = &graph.nodes()[index];
    if let Some(reason) = cannot_leave(source, from.label.as_deref()) {
        return Some(reason);
    }
    if from.node == *to {
        match source.config.node_type() {
            NodeType::Time => {
                return Some("A delay that leads to itself would hold leads forever.".to_owned());
            }
            NodeType::Conditional => {
                return Some(
                    "A condition that leads to itself would go round without taking time."
                        .to_owned(),
                );
            }
            _ => {}
        }
    }
    let repeats = graph
        .outgoing(index)
        .any(|edge| edge.to_node_id == *to && edge.label == from.label && Some(&edge.id) != moved);
    repeats.then(|| {
        let output = output_words(source, from.label.as_deref());
        format!(
            "{output} of {} already leads to {}.",
            called(source),
            called(target)
        )
    })
}

/// Why no edge with this label may begin at the node.
pub(crate) fn cannot_leave(node: &Node, label: Option<&str>) -> Option<String> {
    let node_type = node.config.node_type();
    if node_type.is_terminal() {
        return Some(format!(
            "Leads end at {}; nothing leads on from there.",
            called(node)
        ));
    }
    let possible = match label {
        None => true,
        Some(_) => node
            .config
            .outputs()
            .iter()
            .any(|output| output.label.as_deref() == label),
    };
    (!possible).then(|| {
        let label = label.unwrap_or_default();
        format!("{} can not come out with {label} (any more).", called(node))
    })
}
