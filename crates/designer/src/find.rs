//! Finding nodes by what is written in them.

use leadline_model::NodeId;
use leadline_model::ordered;

use crate::Editor;

impl Editor {
    /// Nodes whose label, type, id, outputs or config holds the text, best first: labels that begin
    /// with it, labels that hold it, the rest.
    pub fn find(&self, text: &str) -> Vec<NodeId> {
        let text = text.trim().to_lowercase();
        if text.is_empty() {
            return Vec::new();
        }
        let mut found: Vec<(u8, usize)> = Vec::new();
        for (index, node) in self.graph.nodes().iter().enumerate() {
            let label = node.label.to_lowercase();
            let rank = if label.starts_with(&text) {
                0
            } else if label.contains(&text) {
                1
            } else if node
                .config
                .node_type()
                .words()
                .to_lowercase()
                .contains(&text)
            {
                2
            } else if node.id.as_str().to_lowercase() == text {
                3
            } else if config_text(node).contains(&text) {
                4
            } else {
                continue;
            };
            found.push((rank, index));
        }
        ordered::sort(&mut found);
        found
            .into_iter()
            .map(|(_, index)| self.graph.nodes()[index].id.clone())
            .collect()
    }
}

/// All values of a config in lower case. Keys are left out: everybody's config has them.
fn config_text(node: &leadline_model::Node) -> String {
    fn collect(value: &serde_json::Value, text: &mut String) {
        match value {
            serde_json::Value::String(s) => {
                text.push_str(&s.to_lowercase());
                text.push('\n');
            }
            serde_json::Value::Array(items) => items.iter().for_each(|item| collect(item, text)),
            serde_json::Value::Object(map) => map.values().for_each(|item| collect(item, text)),
            serde_json::Value::Number(n) => text.push_str(&format!("{n}\n")),
            _ => {}
        }
    }
    let mut text = String::new();
    if let Ok(json) = leadline_model::json::to_value(&node.config) {
        collect(&json["config"], &mut text);
    }
    text
}
