//! Fields: labels, configs, title, description, settings, entry. Typing in one field is one step.

use std::collections::BTreeSet;

use leadline_model::ordered::Ordered;
use leadline_model::{Branches, Change, Edge, EdgeId, Node, NodeConfig, NodeId, Settings, limits};

use super::{Plan, Planned};
use crate::HandleRef;
use crate::graph::Graph;
use crate::rules::{called, refusal};

fn node<'a>(graph: &'a Graph, id: &NodeId) -> Result<&'a Node, String> {
    graph
        .node(id)
        .ok_or_else(|| "That node is gone.".to_owned())
}

fn typing(label: String, changes: Vec<Change>, field: String) -> Plan {
    Plan {
        burst: Some(field),
        ..Plan::new(label, changes)
    }
}

/// Renames a node. Too long a name is cut.
pub(crate) fn set_label(graph: &Graph, id: &NodeId, label: &str) -> Planned {
    let old = node(graph, id)?;
    let label: String = label.chars().take(limits::MAX_LABEL).collect();
    let changed = Change::PutNode {
        node: Node {
            label,
            ..old.clone()
        },
    };
    Ok(typing(
        format!("Rename {}", called(old)),
        vec![changed],
        format!("label {id}"),
    ))
}

/// Gives an edge another label.
pub(crate) fn set_edge_label(graph: &Graph, id: &EdgeId, label: Option<&str>) -> Planned {
    let old = graph.edge(id).ok_or("That edge is gone.")?;
    let label = label.map(str::trim).filter(|label| !label.is_empty());
    let from = HandleRef::new(&old.from_node_id, label);
    if let Some(reason) = refusal(graph, &from, &old.to_node_id, Some(id)) {
        return Err(reason);
    }
    let edge = Edge {
        label: from.label,
        ..old.clone()
    };
    let changed = Change::PutEdge { edge, at: None };
    Ok(typing(
        "Rename an edge".to_owned(),
        vec![changed],
        format!("edge {id}"),
    ))
}

/// Replaces a config; the edges of branches that were renamed follow them.
pub(crate) fn set_config(graph: &Graph, id: &NodeId, config: NodeConfig) -> Planned {
    let old = node(graph, id)?;
    let mut changes = Vec::new();
    if let (NodeConfig::Conditional(was), NodeConfig::Conditional(is)) = (&old.config, &config) {
        changes = follow(graph, id, &renamed(was, is));
    }
    let label = format!("Change {}", called(old));
    changes.insert(
        0,
        Change::PutNode {
            node: Node {
                config,
                ..old.clone()
            },
        },
    );
    Ok(typing(label, changes, format!("config {id}")))
}

/// Branch labels that were typed over: old and new. Branches moved, added or removed rename none.
fn renamed(was: &Branches, is: &Branches) -> Vec<(String, String)> {
    fn labels(config: &Branches) -> impl Iterator<Item = &String> {
        config.branches.iter().map(|branch| &branch.label)
    }
    fn all(config: &Branches) -> BTreeSet<&String> {
        labels(config).chain(&config.otherwise).into_set()
    }
    let (before, after) = (all(was), all(is));
    let mut pairs: Vec<(&String, &String)> = Vec::new();
    if was.branches.len() == is.branches.len() {
        pairs.extend(labels(was).zip(labels(is)));
    }
    pairs.extend(was.otherwise.iter().zip(&is.otherwise));
    let typed_over = |(old, new): &(&String, &String)| {
        old != new && !after.contains(*old) && !before.contains(*new)
    };
    pairs
        .into_iter()
        .filter(typed_over)
        .map(|(o, n)| (o.clone(), n.clone()))
        .collect()
}

fn follow(graph: &Graph, id: &NodeId, renamed: &[(String, String)]) -> Vec<Change> {
    let Some(index) = graph.node_index(id) else {
        return Vec::new();
    };
    let taken: BTreeSet<(&NodeId, Option<&str>)> = graph
        .outgoing(index)
        .map(|edge| (&edge.to_node_id, edge.label.as_deref()))
        .into_set();
    let mut changes = Vec::new();
    for edge in graph.outgoing(index) {
        let new = renamed
            .iter()
            .find(|(old, _)| edge.label.as_deref() == Some(old.as_str()));
        let Some((_, new)) = new else { continue };
        if !taken.contains(&(&edge.to_node_id, Some(new.as_str()))) {
            let edge = Edge {
                label: Some(new.clone()),
                ..edge.clone()
            };
            changes.push(Change::PutEdge { edge, at: None });
        }
    }
    changes
}

/// Makes leads start at a node, and at no other.
pub(crate) fn set_entry(graph: &Graph, id: &NodeId) -> Planned {
    let entry = node(graph, id)?;
    if entry.config.node_type().is_terminal() {
        return Err(format!(
            "Leads end at {}; they can not start there.",
            called(entry)
        ));
    }
    let others = graph
        .nodes()
        .iter()
        .filter(|node| node.is_entry && node.id != *id);
    let mut changes: Vec<Change> = others
        .map(|n| Change::PutNode {
            node: Node {
                is_entry: false,
                ..n.clone()
            },
        })
        .collect();
    changes.push(Change::PutNode {
        node: Node {
            is_entry: true,
            ..entry.clone()
        },
    });
    Ok(Plan::new(format!("Start at {}", called(entry)), changes))
}

/// Sets the title.
pub(crate) fn set_title(title: String) -> Plan {
    typing(
        "Rename the workflow".to_owned(),
        vec![Change::SetTitle { title }],
        "title".to_owned(),
    )
}

/// Sets the description.
pub(crate) fn set_description(description: String) -> Plan {
    let changes = vec![Change::SetDescription { description }];
    typing(
        "Change the description".to_owned(),
        changes,
        "description".to_owned(),
    )
}

/// Sets the settings.
pub(crate) fn set_settings(settings: Settings) -> Plan {
    let changes = vec![Change::SetSettings { settings }];
    typing(
        "Change the settings".to_owned(),
        changes,
        "settings".to_owned(),
    )
}
