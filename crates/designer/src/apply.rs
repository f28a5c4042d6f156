//! Changing the graph: all changes or none, and what takes them back.

use leadline_model::{Change, ChangeError, Edge, Node, limits};

use crate::graph::Graph;

impl Graph {
    /// Applies all changes or none and checks the result. Returns what undoes them.
    pub(crate) fn apply(&mut self, changes: &[Change]) -> Result<Vec<Change>, ChangeError> {
        let structural = changes.iter().any(|change| self.is_structural(change));
        let mut inverse = Vec::with_capacity(changes.len());
        let mut result = Ok(());
        for change in changes {
            match self.apply_one(change, !structural) {
                Ok(undo) => inverse.extend(undo),
                Err(error) => {
                    result = Err(error);
                    break;
                }
            }
        }
        let harmless = result.is_ok() && changes.iter().zip(inverse.iter().rev()).all(is_harmless);
        inverse.reverse();
        if result.is_ok() && !(harmless && changes.len() == inverse.len()) {
            self.look(self.definition.nodes.len() + self.definition.edges.len());
            result = self.definition.check();
        }
        if let Err(error) = result {
            for change in &inverse {
                // What was just replaced can be put back.
                let _ = self.apply_one(change, false);
            }
            self.rebuild();
            return Err(error);
        }
        if structural {
            self.rebuild();
        } else {
            self.entry = self.find_entry();
            self.settle();
        }
        Ok(inverse)
    }

    fn is_structural(&self, change: &Change) -> bool {
        match change {
            Change::PutNode { node } => !self.node_at.contains_key(&node.id),
            Change::PutEdge { edge, .. } => match self.edge(&edge.id) {
                Some(old) => {
                    old.from_node_id != edge.from_node_id || old.to_node_id != edge.to_node_id
                }
                None => true,
            },
            Change::DeleteNode { .. } | Change::DeleteEdge { .. } => true,
            _ => false,
        }
    }

    /// The same as the model does, with lookups instead of searches.
    fn apply_one(&mut self, change: &Change, refresh: bool) -> Result<Option<Change>, ChangeError> {
        self.look(1);
        Ok(match change {
            Change::PutNode { node } => Some(self.put_node(node, refresh)?),
            Change::DeleteNode { id } => self.node_at.remove(id).map(|at| {
                let node = self.definition.nodes.remove(at);
                self.look(self.definition.nodes.len() - at);
                for later in &self.definition.nodes[at..] {
                    if let Some(index) = self.node_at.get_mut(&later.id) {
                        *index -= 1;
                    }
                }
                Change::PutNode { node }
            }),
            Change::PutEdge { edge, at } => Some(self.put_edge(edge, *at, refresh)),
            Change::DeleteEdge { id } => self.edge_at.remove(id).map(|at| {
                let edge = self.definition.edges.remove(at);
                self.renumber_edges(at);
                Change::PutEdge { edge, at: Some(at) }
            }),
            other => self
                .definition
                .apply_unchecked(std::slice::from_ref(other))?
                .pop(),
        })
    }

    fn put_node(&mut self, node: &Node, refresh: bool) -> Result<Change, ChangeError> {
        let Some(index) = self.node_index(&node.id) else {
            self.node_at
                .insert(node.id.clone(), self.definition.nodes.len());
            self.definition.nodes.push(node.clone());
            return Ok(Change::DeleteNode {
                id: node.id.clone(),
            });
        };
        let slot = &mut self.definition.nodes[index];
        if slot.config.node_type() != node.config.node_type() {
            return Err(ChangeError::TypeChange(node.id.clone()));
        }
        let old = std::mem::replace(slot, node.clone());
        if refresh {
            self.refresh_node(index);
        }
        Ok(Change::PutNode { node: old })
    }

    fn put_edge(&mut self, edge: &Edge, at: Option<usize>, refresh: bool) -> Change {
        let Some(index) = self.edge_index(&edge.id) else {
            let count = self.definition.edges.len();
            let at = at.unwrap_or(count).min(count);
            self.definition.edges.insert(at, edge.clone());
            self.renumber_edges(at);
            return Change::DeleteEdge {
                id: edge.id.clone(),
            };
        };
        let old = std::mem::replace(&mut self.definition.edges[index], edge.clone());
        if refresh && let Some(from) = self.node_index(&edge.from_node_id) {
            self.refresh_node(from);
        }
        Change::PutEdge {
            edge: old,
            at: None,
        }
    }

    fn renumber_edges(&mut self, from: usize) {
        self.look(self.definition.edges.len().saturating_sub(from));
        for (index, edge) in self.definition.edges.iter().enumerate().skip(from) {
            self.edge_at.insert(edge.id.clone(), index);
        }
    }
}

/// Whether the change, with what it replaced, can not make a well-formed graph ill-formed: a node
/// that stays and was moved, renamed or given another config. Spares looking at the whole graph
/// while somebody drags or types.
fn is_harmless((change, undo): (&Change, &Change)) -> bool {
    match (change, undo) {
        (Change::PutNode { node }, Change::PutNode { node: old }) => {
            node.id == old.id
                && node.is_entry == old.is_entry
                && node.label.chars().count() <= limits::MAX_LABEL
        }
        _ => false,
    }
}
