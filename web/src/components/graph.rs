//! The graph of a workflow as the tables need it: names of nodes, choices for filters.

use leadline_model::{Node, NodeId, WorkflowId};
use leadline_protocol::{Document, Notice, Request};
use leptos::prelude::*;

use super::live::{Live, use_live};

/// The document of a workflow, live.
pub fn use_document(id: Memo<Option<WorkflowId>>) -> Live<Document> {
    use_live(
        move || {
            Some(Request::GetDocument {
                workflow_id: id.get()?,
            })
        },
        move |notice| match notice {
            Notice::Edited { workflow_id, .. } => id.get_untracked().as_ref() == Some(workflow_id),
            _ => false,
        },
    )
}

/// What people call a node: its label, or its type where it has none.
pub fn node_name(node: &Node) -> String {
    if node.label.trim().is_empty() {
        node.config.node_type().words().to_owned()
    } else {
        node.label.clone()
    }
}

/// The name of a node by its id; the id itself when the node is gone.
pub fn name_of(document: &Option<Document>, id: &NodeId) -> String {
    document
        .as_ref()
        .and_then(|document| document.definition.node(id))
        .map_or_else(|| id.to_string(), node_name)
}

/// (id, name) of all nodes, as choices.
pub fn node_choices(document: &Option<Document>) -> Vec<(String, String)> {
    let nodes = document
        .as_ref()
        .map(|document| document.definition.nodes.as_slice());
    nodes
        .unwrap_or_default()
        .iter()
        .map(|node| (node.id.to_string(), node_name(node)))
        .collect()
}
