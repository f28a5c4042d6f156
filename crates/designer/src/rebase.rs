//! Taking a step back, or doing it again, on a graph that others may have changed since.
//!
//! Only the fields that the step changed go back, so that what another tab changed meanwhile stays;
//! what it would change of entities that are gone is left out and counted. A node that comes back
//! is the newest of the list; the order of nodes means nothing, that of edges is kept.

use std::collections::{BTreeSet, HashMap};

use leadline_model::ordered::Ordered;
use leadline_model::{Change, Edge, EdgeId, Node, NodeId};

use crate::edits;
use crate::graph::Graph;
use crate::history::News;
use crate::{Editor, Effect};

/// A direction through history.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Turn {
    Undo,
    Redo,
}

impl Editor {
    pub(crate) fn turn(&mut self, turn: Turn) {
        if self.refuse_when_locked() {
            return;
        }
        self.cancel_gesture();
        self.history.seal();
        let step = match turn {
            Turn::Undo => self.history.undo.pop(),
            Turn::Redo => self.history.redo.pop(),
        };
        let Some(step) = step else {
            let nothing = if turn == Turn::Undo {
                "Nothing to undo"
            } else {
                "Nothing to redo"
            };
            return self.emit(Effect::Announce(nothing.to_owned()));
        };
        let (wanted, opposite) = match turn {
            Turn::Undo => (&step.backward, &step.forward),
            Turn::Redo => (&step.forward, &step.backward),
        };
        let rebased = rebase(&self.graph, wanted, opposite);
        let seen = self.sees_nodes();
        let laid_out = moves_all(&self.graph, &rebased.changes);
        let verb = if turn == Turn::Undo {
            "Undone"
        } else {
            "Done again"
        };
        if rebased.changes.is_empty() {
            self.history.news = News::All;
            let text = format!("{}: what it changed is gone", step.label);
            return self.emit(Effect::Announce(text));
        }
        if let Err(error) = self.graph.apply(&rebased.changes) {
            self.history.news = News::All;
            let text = format!("{} can not be taken up any more: {error}.", step.label);
            return self.emit(Effect::Refused(text));
        }
        self.emit(Effect::Changed {
            changes: rebased.changes,
        });
        let left_out = match rebased.skipped {
            0 => String::new(),
            n => format!(
                "; {} left out, what they were about is gone",
                edits::count(n, "change")
            ),
        };
        self.emit(Effect::Announce(format!(
            "{verb}: {}{left_out}",
            step.label
        )));
        self.history.turned(turn, step);
        self.after_change();
        // The view was made for where the nodes were.
        if laid_out || (seen && !self.sees_nodes()) {
            self.keep_in_view();
        }
    }
}

/// Whether changes put every node somewhere else, as laying out a graph of several does.
fn moves_all(graph: &Graph, changes: &[Change]) -> bool {
    let moved = changes.iter().filter(|change| match change {
        Change::PutNode { node } => graph.node(&node.id).is_some_and(|now| {
            (now.position_x, now.position_y) != (node.position_x, node.position_y)
        }),
        _ => false,
    });
    // The first of a layout may stay where it was.
    let moved = moved.count();
    moved > 1 && moved + 1 >= graph.nodes().len()
}

/// What of a step is still possible.
struct Rebased {
    changes: Vec<Change>,
    /// Changes left out because what they are about is gone.
    skipped: usize,
}

/// Fits one direction of a step, `wanted`, to the graph as it is now; `opposite` is the other
/// direction, and so tells what the step had left behind.
fn rebase(graph: &Graph, wanted: &[Change], opposite: &[Change]) -> Rebased {
    let mut rebased = Rebased {
        changes: Vec::with_capacity(wanted.len()),
        skipped: 0,
    };
    let mut there = Presence::new(graph, wanted);
    let left = Left::new(opposite);
    for change in wanted {
        match change {
            Change::PutNode { node } => match (graph.node(&node.id), left.nodes.get(&node.id)) {
                (Some(now), Some(left)) => rebased.push(node_change(now, left, node)),
                (Some(_), None) => rebased.push(change.clone()),
                (None, None) => {
                    there.nodes.insert(node.id.clone());
                    rebased.push(change.clone());
                }
                (None, Some(_)) => rebased.skipped += 1,
            },
            Change::DeleteNode { id } => match graph.node_index(id) {
                Some(index) => {
                    for edge in graph.outgoing(index).chain(graph.incoming(index)) {
                        if there.settled_edges.insert(edge.id.clone()) {
                            rebased.push(Change::DeleteEdge {
                                id: edge.id.clone(),
                            });
                        }
                    }
                    rebased.push(change.clone());
                }
                None => rebased.skipped += 1,
            },
            Change::PutEdge { edge, at } => {
                let new = match (graph.edge(&edge.id), left.edges.get(&edge.id)) {
                    (Some(now), Some(left)) => Some(merged_edge(now, left, edge)),
                    (None, Some(_)) => None,
                    _ => Some(edge.clone()),
                };
                match new.filter(|e| there.has(&e.from_node_id) && there.has(&e.to_node_id)) {
                    Some(edge) => {
                        there.settled_edges.insert(edge.id.clone());
                        rebased.push(Change::PutEdge { edge, at: *at });
                    }
                    None => rebased.skipped += 1,
                }
            }
            Change::DeleteEdge { id } => {
                let twice = !there.settled_edges.insert(id.clone());
                if graph.edge(id).is_some() && !twice {
                    rebased.push(change.clone());
                } else if !twice {
                    rebased.skipped += 1;
                }
            }
            other => rebased.push(other.clone()),
        }
    }
    rebased
}

impl Rebased {
    fn push(&mut self, change: Change) {
        self.changes.push(change);
    }
}

/// Which nodes there will be, while the changes are gone through.
struct Presence<'a> {
    graph: &'a Graph,
    nodes: BTreeSet<NodeId>,
    deleted_nodes: BTreeSet<&'a NodeId>,
    /// Edges that a change so far has put or deleted.
    settled_edges: BTreeSet<EdgeId>,
}

impl<'a> Presence<'a> {
    fn new(graph: &'a Graph, wanted: &'a [Change]) -> Presence<'a> {
        let deleted_nodes = wanted.iter().filter_map(|change| match change {
            Change::DeleteNode { id } => Some(id),
            _ => None,
        });
        Presence {
            graph,
            nodes: BTreeSet::new(),
            deleted_nodes: deleted_nodes.into_set(),
            settled_edges: BTreeSet::new(),
        }
    }

    fn has(&self, node: &NodeId) -> bool {
        let stays = self.graph.node(node).is_some() && !self.deleted_nodes.contains(node);
        stays || self.nodes.contains(node)
    }
}

/// Entities as the step left them.
struct Left<'a> {
    nodes: HashMap<&'a NodeId, &'a Node>,
    edges: HashMap<&'a EdgeId, &'a Edge>,
}

impl<'a> Left<'a> {
    fn new(changes: &'a [Change]) -> Left<'a> {
        let mut left = Left {
            nodes: HashMap::new(),
            edges: HashMap::new(),
        };
        for change in changes {
            match change {
                Change::PutNode { node } => drop(left.nodes.insert(&node.id, node)),
                Change::PutEdge { edge, .. } => drop(left.edges.insert(&edge.id, edge)),
                _ => {}
            }
        }
        left
    }
}

/// `wanted` where the step changed the field, else as it is now.
fn field<T: PartialEq + Clone>(now: &T, left: &T, wanted: &T) -> T {
    if left == wanted {
        now.clone()
    } else {
        wanted.clone()
    }
}

fn node_change(now: &Node, left: &Node, wanted: &Node) -> Change {
    let node = Node {
        id: now.id.clone(),
        config: field(&now.config, &left.config, &wanted.config),
        label: field(&now.label, &left.label, &wanted.label),
        position_x: field(&now.position_x, &left.position_x, &wanted.position_x),
        position_y: field(&now.position_y, &left.position_y, &wanted.position_y),
        is_entry: field(&now.is_entry, &left.is_entry, &wanted.is_entry),
    };
    Change::PutNode { node }
}

fn merged_edge(now: &Edge, left: &Edge, wanted: &Edge) -> Edge {
    Edge {
        id: now.id.clone(),
        from_node_id: field(&now.from_node_id, &left.from_node_id, &wanted.from_node_id),
        to_node_id: field(&now.to_node_id, &left.to_node_id, &wanted.to_node_id),
        label: field(&now.label, &left.label, &wanted.label),
    }
}
