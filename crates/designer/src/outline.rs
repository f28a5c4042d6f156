//! The graph as a list, for people who do not see the canvas.

use leadline_model::ordered;
use leadline_model::{Edge, EdgeId, NodeId};

use crate::Editor;
use crate::rules::output_words;

/// One line of the outline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutlineItem {
    /// The node.
    pub node: NodeId,
    /// How deep it stands; 0 for the entry and for nodes that are not reached from it.
    pub depth: usize,
    /// The edge that leads here from the line above it at `depth - 1`.
    pub via: Option<EdgeId>,
    /// The node has a line of its own elsewhere, with what follows it: this is a way back to it.
    pub repeated: bool,
    /// Whether leads can get here from the entry.
    pub reached: bool,
    /// The line in words, such as "DNP: Delay Two days, 1 output".
    pub text: String,
}

impl Editor {
    /// The graph as a list, from the entry on: what follows a node stands one deeper below it, in
    /// the order of its handles. Each node has one line with what follows it; further ways to it
    /// are lines marked `repeated`. Nodes that the entry does not reach come at the end.
    pub fn outline(&self) -> Vec<OutlineItem> {
        let mut walk = Walk {
            editor: self,
            seen: vec![false; self.graph.nodes().len()],
            items: Vec::new(),
        };
        if let Some(entry) = self.graph.entry() {
            walk.from(entry, true);
        }
        // Beginnings first, so that what follows them stands below them.
        let beginnings = |i: &usize| self.graph.incoming(*i).next().is_none();
        let all = 0..self.graph.nodes().len();
        for start in all.clone().filter(beginnings).chain(all) {
            walk.from(start, false);
        }
        walk.items
    }
}

struct Walk<'a> {
    editor: &'a Editor,
    seen: Vec<bool>,
    items: Vec<OutlineItem>,
}

/// A line that is still to be written.
struct Pending<'a> {
    node: usize,
    depth: usize,
    via: Option<&'a Edge>,
}

impl<'a> Walk<'a> {
    /// Writes all that is reached from a node, with a stack of its own: graphs can be very deep.
    fn from(&mut self, start: usize, reached: bool) {
        if self.seen[start] {
            return;
        }
        let mut stack = vec![Pending {
            node: start,
            depth: 0,
            via: None,
        }];
        while let Some(Pending { node, depth, via }) = stack.pop() {
            let repeated = std::mem::replace(&mut self.seen[node], true);
            self.items
                .push(self.item(node, depth, via, repeated, reached));
            if repeated {
                continue;
            }
            let graph = &self.editor.graph;
            let mut onward: Vec<(f64, &'a Edge)> = graph
                .outgoing(node)
                .map(|edge| (graph.node_box(node).source(edge.label.as_deref()).y, edge))
                .collect();
            ordered::sort_by(&mut onward, |a, b| a.0.total_cmp(&b.0));
            for (_, edge) in onward.into_iter().rev() {
                if let Some(node) = graph.node_index(&edge.to_node_id) {
                    stack.push(Pending {
                        node,
                        depth: depth + 1,
                        via: Some(edge),
                    });
                }
            }
        }
    }

    fn item(
        &self,
        node: usize,
        depth: usize,
        via: Option<&Edge>,
        repeated: bool,
        reached: bool,
    ) -> OutlineItem {
        let nodes = self.editor.graph.nodes();
        let name = self.editor.outline_name(node);
        let output = via.and_then(|edge| {
            let from = self.editor.graph.node(&edge.from_node_id)?;
            edge.label
                .as_ref()
                .map(|label| output_words(from, Some(label)))
        });
        let mut text = output.map_or_else(|| name.clone(), |output| format!("{output}: {name}"));
        if repeated {
            text.push_str(" (see there)");
        }
        let via = via.map(|edge| edge.id.clone());
        OutlineItem {
            node: nodes[node].id.clone(),
            depth,
            via,
            repeated,
            reached,
            text,
        }
    }
}
