//! Nodes, handles and edges in words, for people who hear the canvas.

use leadline_model::{EdgeId, Node, NodeId};

use crate::edits::count;
use crate::rules::{called, output_words};
use crate::{Editor, HandleKind, HandleRef};

/// Type and label, without saying the same twice.
fn full_name(node: &Node) -> String {
    let (words, label) = (node.config.node_type().words(), node.label.trim());
    if label.is_empty() || label.starts_with(words) {
        called(node)
    } else {
        format!("{words} {label}")
    }
}

impl Editor {
    /// A node in words, such as "Voice call First attempt, 3 outputs, 1 unconnected, 12 leads".
    pub fn node_name(&self, node: &NodeId, leads: Option<u64>) -> String {
        let Some(index) = self.graph.node_index(node) else {
            return String::new();
        };
        let node = &self.graph.nodes()[index];
        let handles = &self.graph.node_box(index).handles;
        let wanted = handles
            .iter()
            .filter(|handle| handle.kind == HandleKind::Output);
        let open = wanted.filter(|handle| !handle.connected).count();
        let mut name = full_name(node);
        let mut add = |text: &str| {
            name.push_str(", ");
            name.push_str(text);
        };
        if self.graph.entry() == Some(index) {
            add("leads start here");
        }
        if node.config.node_type().is_terminal() {
            add("leads end here");
        } else {
            add(&count(handles.len(), "output"));
            if open > 0 {
                add(&format!("{open} unconnected"));
            }
        }
        if let Some(leads) = leads {
            add(&count(usize::try_from(leads).unwrap_or(usize::MAX), "lead"));
        }
        let marks = self.node_marks.get(&node.id).copied().unwrap_or_default();
        if marks.errors > 0 {
            add(&count(marks.errors as usize, "error"));
        }
        if marks.warnings > 0 {
            add(&count(marks.warnings as usize, "warning"));
        }
        name
    }

    /// A handle in words, such as "DNP of First attempt, leads to Delay Two days".
    pub fn handle_name(&self, handle: &HandleRef) -> String {
        let Some(index) = self.graph.node_index(&handle.node) else {
            return String::new();
        };
        let node = &self.graph.nodes()[index];
        let output = output_words(node, handle.label.as_deref());
        let edge = self.graph.edge_of(index, handle.label.as_deref());
        let to = edge.and_then(|edge| self.graph.node(&edge.to_node_id));
        match to {
            Some(to) => format!("{output} of {}, leads to {}", called(node), full_name(to)),
            None => format!("{output} of {}, not connected", called(node)),
        }
    }

    /// An edge in words, such as "DNP, from First attempt to Two days".
    pub fn edge_name(&self, edge: &EdgeId) -> String {
        let Some(edge) = self.graph.edge(edge) else {
            return String::new();
        };
        let (from, to) = (
            self.graph.node(&edge.from_node_id),
            self.graph.node(&edge.to_node_id),
        );
        match (from, to) {
            (Some(from), Some(to)) => {
                let output = output_words(from, edge.label.as_deref());
                format!("{output}, from {} to {}", called(from), called(to))
            }
            _ => String::new(),
        }
    }

    /// A node's name in the outline: type, label, and how many outputs.
    pub(crate) fn outline_name(&self, index: usize) -> String {
        full_name(&self.graph.nodes()[index])
    }
}
