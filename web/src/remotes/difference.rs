//! What differs between two forms of a workflow, in words.

use std::collections::BTreeMap;

use leadline_model::ordered::Ordered;
use leadline_model::{Definition, Edge, EdgeId, Node, NodeId};

/// What became of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It is another.
    Changed,
}

impl Fate {
    /// In a word.
    pub fn words(self) -> &'static str {
        match self {
            Fate::Added => "Added",
            Fate::Removed => "Removed",
            Fate::Changed => "Changed",
        }
    }
}

/// What a node is called: its label and its type.
fn node_name(node: &Node) -> String {
    let kind = node.config.node_type().words();
    match node.label.trim() {
        "" => kind.to_owned(),
        label => format!("{label} ({})", kind.to_lowercase()),
    }
}

/// What became of each thing between two forms, in the order title, settings, nodes, edges. Nodes that
/// only moved share one line. O(n log n).
pub fn difference(from: &Definition, to: &Definition) -> Vec<(Fate, String)> {
    let mut lines = Vec::new();
    if from.title != to.title {
        let text = format!("the title, from “{}” to “{}”", from.title, to.title);
        lines.push((Fate::Changed, text));
    }
    if from.description != to.description {
        lines.push((Fate::Changed, "the description".to_owned()));
    }
    if from.settings != to.settings {
        lines.push((Fate::Changed, "the workflow's settings".to_owned()));
    }
    nodes(from, to, &mut lines);
    edges(from, to, &mut lines);
    lines
}

fn nodes(from: &Definition, to: &Definition, lines: &mut Vec<(Fate, String)>) {
    let old: BTreeMap<&NodeId, &Node> = from.nodes.iter().map(|node| (&node.id, node)).into_map();
    let new: BTreeMap<&NodeId, &Node> = to.nodes.iter().map(|node| (&node.id, node)).into_map();
    let added = to.nodes.iter().filter(|node| !old.contains_key(&node.id));
    lines.extend(added.map(|node| (Fate::Added, node_name(node))));
    let removed = from.nodes.iter().filter(|node| !new.contains_key(&node.id));
    lines.extend(removed.map(|node| (Fate::Removed, node_name(node))));
    let mut moved = 0;
    for node in &to.nodes {
        let Some(before) = old.get(&node.id).filter(|before| **before != node) else {
            continue;
        };
        let mut what = Vec::new();
        if before.label != node.label {
            what.push(format!("was called {}", node_name(before)));
        }
        if before.config != node.config {
            what.push("its settings".to_owned());
        }
        if before.is_entry != node.is_entry {
            what.push(
                if node.is_entry {
                    "leads start here"
                } else {
                    "leads no longer start here"
                }
                .to_owned(),
            );
        }
        if what.is_empty() {
            moved += 1;
        } else {
            let text = format!("{}: {}", node_name(node), what.join(", "));
            lines.push((Fate::Changed, text));
        }
    }
    match moved {
        0 => {}
        1 => lines.push((Fate::Changed, "the place of one node".to_owned())),
        n => lines.push((Fate::Changed, format!("the places of {n} nodes"))),
    }
}

fn edges(from: &Definition, to: &Definition, lines: &mut Vec<(Fate, String)>) {
    let old: BTreeMap<&EdgeId, &Edge> = from.edges.iter().map(|edge| (&edge.id, edge)).into_map();
    let new: BTreeMap<&EdgeId, &Edge> = to.edges.iter().map(|edge| (&edge.id, edge)).into_map();
    for edge in &to.edges {
        match old.get(&edge.id) {
            None => lines.push((Fate::Added, edge_name(to, edge))),
            Some(before) if *before != edge => {
                let text = format!("{}, was {}", edge_name(to, edge), edge_name(from, before));
                lines.push((Fate::Changed, text));
            }
            Some(_) => {}
        }
    }
    let removed = from.edges.iter().filter(|edge| !new.contains_key(&edge.id));
    lines.extend(removed.map(|edge| (Fate::Removed, edge_name(from, edge))));
}

fn edge_name(definition: &Definition, edge: &Edge) -> String {
    let name = |id| definition.node(id).map(node_name).unwrap_or_default();
    let outcome = edge.label.as_deref().unwrap_or("any outcome");
    format!(
        "the connection {outcome} from {} to {}",
        name(&edge.from_node_id),
        name(&edge.to_node_id)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use leadline_model::{NodeType, Position};

    fn node(id: u64, node_type: NodeType, label: &str) -> Node {
        Node {
            id: NodeId::parse(&format!("node_{id:016x}")).expect("an id"),
            config: node_type.empty_config(),
            label: label.to_owned(),
            position_x: Position::default(),
            position_y: Position::default(),
            is_entry: false,
        }
    }

    fn edge(id: u64, from: &Node, to: &Node) -> Edge {
        Edge {
            id: EdgeId::parse(&format!("edge_{id:016x}")).expect("an id"),
            from_node_id: from.id.clone(),
            to_node_id: to.id.clone(),
            label: Some("DNP".to_owned()),
        }
    }

    #[test]
    fn forms_differ_by_title_nodes_and_edges() {
        let call = node(1, NodeType::VoiceCall, "First call");
        let wait = node(2, NodeType::Time, "");
        let end = node(3, NodeType::Dropped, "Given up");
        let from = Definition {
            title: "A".to_owned(),
            nodes: vec![call.clone(), wait.clone(), end.clone()],
            edges: vec![edge(1, &call, &wait)],
            ..Definition::default()
        };
        assert_eq!(difference(&from, &from), []);
        let renamed = Node {
            label: "Opening call".to_owned(),
            ..call.clone()
        };
        let moved = Node {
            position_x: Position::px(40),
            ..end.clone()
        };
        let won = node(4, NodeType::Converted, "");
        let to = Definition {
            title: "B".to_owned(),
            nodes: vec![renamed, moved, won],
            edges: vec![edge(2, &call, &end)],
            ..Definition::default()
        };
        let expected = [
            (Fate::Changed, "the title, from “A” to “B”"),
            (Fate::Added, "Converted"),
            (Fate::Removed, "Delay"),
            (
                Fate::Changed,
                "Opening call (voice call): was called First call (voice call)",
            ),
            (Fate::Changed, "the place of one node"),
            (
                Fate::Added,
                "the connection DNP from Opening call (voice call) to Given up (dropped)",
            ),
            (
                Fate::Removed,
                "the connection DNP from First call (voice call) to Delay",
            ),
        ]
        .map(|(fate, text)| (fate, text.to_owned()));
        assert_eq!(difference(&from, &to), expected);
    }
}
