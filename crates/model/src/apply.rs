//! Applying changes to a definition in place, and taking them back.

use crate::{Change, ChangeError, Definition, Edge, Node};

/// Changes that were applied, and what takes them back.
#[derive(Debug)]
pub struct Applied {
    /// What undoes each change, and where the node stood that it deleted: the inverse of a deletion
    /// alone would put the node at the end. In the order of the changes.
    steps: Vec<(Change, Option<usize>)>,
}

impl Applied {
    /// The changes that undo them, in the order to apply them.
    pub fn into_inverse(self) -> Vec<Change> {
        self.steps.into_iter().rev().map(|(undo, _)| undo).collect()
    }

    /// Whether they changed nothing of `now`, the definition they made, but its words and where its
    /// nodes are drawn: nothing that a lead's way depends on.
    pub fn leave_behaviour(&self, now: &Definition) -> bool {
        self.steps.iter().all(|(undo, _)| match undo {
            Change::SetTitle { .. } | Change::SetDescription { .. } => true,
            Change::SetSettings { settings: old } => *old == now.settings,
            Change::PutNode { node: old } => now.node(&old.id).is_some_and(|new| {
                (&old.config, &old.label, old.is_entry) == (&new.config, &new.label, new.is_entry)
            }),
            _ => false,
        })
    }
}

impl Definition {
    /// Whether two differ in their words and where their nodes are drawn at most: in nothing that a
    /// lead's way depends on.
    pub fn behaves_as(&self, other: &Definition) -> bool {
        let alike = |(one, other): (&Node, &Node)| {
            (&one.id, &one.config, &one.label, one.is_entry)
                == (&other.id, &other.config, &other.label, other.is_entry)
        };
        self.settings == other.settings
            && self.edges == other.edges
            && self.nodes.len() == other.nodes.len()
            && self.nodes.iter().zip(&other.nodes).all(alike)
    }

    /// Applies all changes or none, then checks the result with [`Definition::check`]. Returns the
    /// changes that undo them, in the order to apply them. O(n + changes).
    pub fn apply(&mut self, changes: &[Change]) -> Result<Vec<Change>, ChangeError> {
        let applied = self.apply_in_place(changes)?;
        if let Err(error) = self.check() {
            self.take_back(applied);
            return Err(error);
        }
        Ok(applied.into_inverse())
    }

    /// Applies all changes or none without looking at the whole graph: for callers that check it
    /// themselves and may have to take the changes back.
    pub fn apply_in_place(&mut self, changes: &[Change]) -> Result<Applied, ChangeError> {
        let mut applied = Applied {
            steps: Vec::with_capacity(changes.len()),
        };
        for change in changes {
            let node_at = match change {
                Change::DeleteNode { id } => self.nodes.iter().position(|node| node.id == *id),
                _ => None,
            };
            match self.apply_one(change) {
                Ok(undo) => applied.steps.extend(undo.map(|undo| (undo, node_at))),
                Err(error) => {
                    self.take_back(applied);
                    return Err(error);
                }
            }
        }
        Ok(applied)
    }

    /// Makes the definition what it was before changes that were just applied, to the order of nodes.
    pub fn take_back(&mut self, applied: Applied) {
        for (undo, node_at) in applied.steps.into_iter().rev() {
            match (undo, node_at) {
                (Change::PutNode { node }, Some(at)) => self.nodes.insert(at, node),
                // Only a change of a node's type is refused, and what was there had its type.
                (undo, _) => drop(self.apply_one(&undo)),
            }
        }
    }

    /// Applies changes without looking at the whole graph: for callers that know it stays well
    /// formed, such as the designer's own commands. A type change is refused all the same.
    pub fn apply_unchecked(&mut self, changes: &[Change]) -> Result<Vec<Change>, ChangeError> {
        self.apply_in_place(changes).map(Applied::into_inverse)
    }

    fn apply_one(&mut self, change: &Change) -> Result<Option<Change>, ChangeError> {
        Ok(match change {
            Change::PutNode { node } => match self.nodes.iter_mut().find(|n| n.id == node.id) {
                Some(old) if old.config.node_type() != node.config.node_type() => {
                    return Err(ChangeError::TypeChange(node.id.clone()));
                }
                Some(old) => Some(Change::PutNode {
                    node: std::mem::replace(old, node.clone()),
                }),
                None => {
                    self.nodes.push(node.clone());
                    Some(Change::DeleteNode {
                        id: node.id.clone(),
                    })
                }
            },
            Change::DeleteNode { id } => {
                self.nodes
                    .iter()
                    .position(|node| node.id == *id)
                    .map(|at| Change::PutNode {
                        node: self.nodes.remove(at),
                    })
            }
            Change::PutEdge { edge, at } => self.put_edge(edge, *at),
            Change::DeleteEdge { id } => {
                self.edges
                    .iter()
                    .position(|edge| edge.id == *id)
                    .map(|at| Change::PutEdge {
                        edge: self.edges.remove(at),
                        at: Some(at),
                    })
            }
            Change::SetTitle { title } => Some(Change::SetTitle {
                title: std::mem::replace(&mut self.title, title.clone()),
            }),
            Change::SetDescription { description } => Some(Change::SetDescription {
                description: std::mem::replace(&mut self.description, description.clone()),
            }),
            Change::SetSettings { settings } => Some(Change::SetSettings {
                settings: std::mem::replace(&mut self.settings, settings.clone()),
            }),
        })
    }

    fn put_edge(&mut self, edge: &Edge, at: Option<usize>) -> Option<Change> {
        match self.edges.iter_mut().find(|e| e.id == edge.id) {
            Some(old) => Some(Change::PutEdge {
                edge: std::mem::replace(old, edge.clone()),
                at: None,
            }),
            None => {
                let at = at.unwrap_or(self.edges.len()).min(self.edges.len());
                self.edges.insert(at, edge.clone());
                Some(Change::DeleteEdge {
                    id: edge.id.clone(),
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn sample() -> Definition {
        let node = |id: &str| serde_json::json!({"id": id, "node_type": "TIME", "label": id, "config": {}});
        let edge = |id: &str, from: &str, to: &str| serde_json::json!({"id": id, "from_node_id": from, "to_node_id": to});
        let json = serde_json::json!({
            "title": "T",
            "nodes": [node("a"), node("b"), node("c")],
            "edges": [edge("e1", "a", "b"), edge("e2", "b", "c")],
        });
        serde_json::from_value(json).unwrap()
    }

    fn changes(json: serde_json::Value) -> Vec<Change> {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn what_is_refused_leaves_no_trace() {
        let delete = |kind: &str, id: &str| serde_json::json!({"change": kind, "id": id});
        let put = |id: &str, node_type: &str| serde_json::json!({"change": "put_node", "node": {"id": id, "node_type": node_type, "config": {}}});
        let title = serde_json::json!({"change": "set_title", "title": ""});
        for refused in [
            // A deleted node has to come back where it was, and an edge too.
            serde_json::json!([
                delete("delete_edge", "e1"),
                delete("delete_node", "a"),
                put("b", "DROPPED")
            ]),
            serde_json::json!([delete("delete_node", "b")]),
            serde_json::json!([put("new", "TIME"), put("a", "TIME"), title]),
            serde_json::json!([
                delete("delete_edge", "e1"),
                delete("delete_edge", "e2"),
                delete("delete_node", "b"),
                delete("delete_node", "a"),
                put("a", "TIME"),
                title
            ]),
        ] {
            let mut definition = sample();
            definition.apply(&changes(refused.clone())).unwrap_err();
            assert_eq!(definition, sample(), "{refused}");
        }
    }

    #[test]
    fn words_and_places_are_no_behaviour() {
        let put = |more: serde_json::Value| {
            let mut node =
                serde_json::json!({"id": "b", "node_type": "TIME", "label": "b", "config": {}});
            let fields = more.as_object().unwrap().clone();
            node.as_object_mut().unwrap().extend(fields);
            serde_json::json!([{"change": "put_node", "node": node}])
        };
        for (json, leaves) in [
            (serde_json::json!([]), true),
            (put(serde_json::json!({"position_x": 7})), true),
            (
                serde_json::json!([{"change": "set_title", "title": "New"}]),
                true,
            ),
            (
                serde_json::json!([{"change": "set_description", "description": "New"}]),
                true,
            ),
            (put(serde_json::json!({"label": "new"})), false),
            (put(serde_json::json!({"is_entry": true})), false),
            (
                put(serde_json::json!({"config": {"delay": {"value": 1, "unit": "days"}}})),
                false,
            ),
            (put(serde_json::json!({"id": "new"})), false),
            (
                serde_json::json!([{"change": "delete_edge", "id": "e1"}]),
                false,
            ),
            (
                serde_json::json!([{"change": "set_settings", "settings": {}}]),
                true,
            ),
            (
                serde_json::json!([{"change": "set_settings", "settings": {"auto_complete": false}}]),
                false,
            ),
        ] {
            let mut definition = sample();
            let applied = definition.apply_in_place(&changes(json.clone())).unwrap();
            assert_eq!(applied.leave_behaviour(&definition), leaves, "{json}");
        }
    }
}
