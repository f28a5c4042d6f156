//! The shape of the graph: entry, outputs without edges, what cannot be reached, cycles.

use std::collections::BTreeSet;

use super::{Check, name_of};
use crate::condition::ConditionGroup;
use crate::{Condition, FindingCode, Node, NodeConfig};

impl Check<'_> {
    pub(super) fn graph(&mut self) {
        let next = self.successors();
        self.entry(&next);
        self.outputs();
        self.ends(&next);
        self.cycles(&next);
    }

    fn successors(&self) -> Vec<Vec<usize>> {
        self.out
            .iter()
            .map(|edges| {
                edges
                    .iter()
                    .map(|edge| self.index[&edge.to_node_id])
                    .collect()
            })
            .collect()
    }

    fn entry(&mut self, next: &[Vec<usize>]) {
        let definition = self.definition;
        let flagged: Vec<&Node> = definition
            .nodes
            .iter()
            .filter(|node| node.is_entry)
            .collect();
        for other in flagged.iter().skip(1) {
            let message = format!("{} is flagged as entry too.", name_of(other));
            self.node_finding(
                FindingCode::SeveralEntryNodes,
                other,
                message,
                "Keep one entry: `is_entry` of one node.",
            );
        }
        let Some(entry) = flagged.first().copied().or_else(|| definition.entry()) else {
            let message = "It is not clear where leads start: not exactly one node is without incoming edges, and none is flagged as entry.";
            let fix = "Flag one node as the entry (`is_entry`).";
            return self.finding(FindingCode::NoEntryNode, None, None, message.into(), fix);
        };
        if entry.config.node_type().is_terminal() {
            let message = format!("Leads would start at {} and end at once.", name_of(entry));
            let fix = "Let another node be the entry.";
            self.node_finding(FindingCode::EntryIsTerminal, entry, message, fix);
        }
        let reached = reach(next, [self.index[&entry.id]]);
        for (i, node) in definition.nodes.iter().enumerate() {
            if !reached[i] {
                let message = format!("No lead can ever reach {}.", name_of(node));
                let fix = "Connect it, or delete it.";
                self.node_finding(FindingCode::UnreachableNode, node, message, fix);
            }
        }
    }

    fn outputs(&mut self) {
        let definition = self.definition;
        for (i, node) in definition.nodes.iter().enumerate() {
            let out = self.out[i].clone();
            let name = name_of(node);
            if node.config.node_type().is_terminal() {
                for edge in &out {
                    let message = format!("{name} ends a lead's path, yet an edge leaves it.");
                    self.edge_finding(
                        FindingCode::EdgeFromTerminal,
                        edge,
                        message,
                        "Delete the edge.",
                    );
                }
                continue;
            }
            if out.is_empty() {
                let message = format!("{name} has no outgoing edge: leads would stay there.");
                let fix = "Connect it to the next step.";
                self.node_finding(FindingCode::NoOutgoingEdge, node, message, fix);
                continue;
            }
            let outputs = node.config.outputs();
            let mut taken: BTreeSet<Option<&str>> = BTreeSet::new();
            for edge in &out {
                let label = edge.label.as_deref();
                let possible = label.is_none()
                    || outputs
                        .iter()
                        .any(|output| output.label.as_deref() == label);
                if !possible {
                    let shown = label.unwrap_or_default();
                    let message =
                        format!("{name} never produces the outcome “{shown}” of this edge.");
                    let fix = labels_of(node);
                    self.edge_finding(FindingCode::ImpossibleLabel, edge, message, &fix);
                } else if !taken.insert(label) {
                    let shown = label.unwrap_or("unlabelled");
                    let message = format!(
                        "{name} has an earlier edge for “{shown}”; this one is never taken."
                    );
                    self.edge_finding(
                        FindingCode::ShadowedEdge,
                        edge,
                        message,
                        "Delete one of them.",
                    );
                }
            }
            if taken.contains(&None) {
                continue;
            }
            for output in outputs.iter().filter(|output| !output.optional) {
                if let Some(label) = &output.label
                    && !taken.contains(&Some(label.as_str()))
                {
                    let message = format!(
                        "{name}: the outcome “{label}” has no edge; leads would stay there."
                    );
                    let fix = format!(
                        "Connect the output: an edge labelled `{label}`, or one without a label."
                    );
                    self.node_finding(FindingCode::UnconnectedOutcome, node, message, &fix);
                }
            }
        }
    }

    /// Nodes from which no terminal can be reached.
    fn ends(&mut self, next: &[Vec<usize>]) {
        let definition = self.definition;
        let mut before = vec![Vec::new(); next.len()];
        for (from, targets) in next.iter().enumerate() {
            for &to in targets {
                before[to].push(from);
            }
        }
        let terminals = definition.nodes.iter().enumerate();
        let terminals = terminals
            .filter(|(_, n)| n.config.node_type().is_terminal())
            .map(|(i, _)| i);
        let ends = reach(&before, terminals);
        for (i, node) in definition.nodes.iter().enumerate() {
            if !ends[i] && !next[i].is_empty() {
                let message = format!("From {} no lead can ever reach the end.", name_of(node));
                let fix = "Lead the path to a Converted or Dropped node (`CONVERTED`, `DROPPED`).";
                self.node_finding(FindingCode::NoTerminalReachable, node, message, fix);
            }
        }
    }

    fn cycles(&mut self, next: &[Vec<usize>]) {
        let definition = self.definition;
        let nodes = &definition.nodes;
        let instant = |i: &usize| !takes_time(&nodes[*i]);
        if let Some(i) = first_on_cycle(next, instant) {
            let message = format!("{} lies on a cycle that takes no time.", name_of(&nodes[i]));
            let fix = "Put a delay or a call (`TIME`, `VOICE_CALL`) on the cycle.";
            self.node_finding(FindingCode::ZeroTimeCycle, &nodes[i], message, fix);
        }
        let settings = self.definition.settings.calls_per_person;
        if settings.or(self.context.account.calls_per_person).is_some() {
            return;
        }
        let counts_visits = |i: &usize| match &nodes[*i].config {
            NodeConfig::Conditional(config) => config
                .branches
                .iter()
                .any(|branch| mentions_visits(&branch.when)),
            _ => false,
        };
        let unbounded = components(next, |i| !counts_visits(i))
            .into_iter()
            .find_map(|component| {
                let calls = |i: &usize| matches!(nodes[*i].config, NodeConfig::VoiceCall(_));
                component.into_iter().find(calls)
            });
        if let Some(i) = unbounded {
            let message = format!(
                "Nothing bounds how often {} can call one lead.",
                name_of(&nodes[i])
            );
            let fix = "Put a condition on the number of visits into the loop: its field is `visits.<node id>`. Or \
                       bound the calls to one person (`calls_per_person`) in the settings.";
            self.node_finding(FindingCode::UnboundedCalls, &nodes[i], message, fix);
        }
    }
}

/// Which labels the edges of a node can have.
fn labels_of(node: &Node) -> String {
    let outputs = node.config.outputs();
    let labels = outputs.iter().filter_map(|output| output.label.as_deref());
    let labels: Vec<String> = labels.take(20).map(|label| format!("`{label}`")).collect();
    match labels.is_empty() {
        true => "Take the label away: the node has one output, without a label.".into(),
        false => format!(
            "Draw the edge from one of the node's outputs: {}, or without a label.",
            labels.join(", ")
        ),
    }
}

fn takes_time(node: &Node) -> bool {
    match &node.config {
        NodeConfig::VoiceCall(_) => true,
        NodeConfig::Time(config) => config.delay.is_none_or(|delay| delay.value > 0),
        _ => false,
    }
}

fn mentions_visits(group: &ConditionGroup) -> bool {
    group
        .all
        .iter()
        .chain(&group.any)
        .flatten()
        .any(|condition| match condition {
            Condition::Rule(rule) => rule.field.starts_with("visits."),
            Condition::Group(inner) => mentions_visits(inner),
        })
}

/// Which nodes can be reached from the given ones.
fn reach(next: &[Vec<usize>], from: impl IntoIterator<Item = usize>) -> Vec<bool> {
    let mut reached = vec![false; next.len()];
    let mut stack: Vec<usize> = from.into_iter().collect();
    while let Some(i) = stack.pop() {
        if !std::mem::replace(&mut reached[i], true) {
            stack.extend(next[i].iter().filter(|to| !reached[**to]));
        }
    }
    reached
}

/// The first node, in the definition's order, on a cycle through nodes that all satisfy `within`.
fn first_on_cycle(next: &[Vec<usize>], within: impl Fn(&usize) -> bool) -> Option<usize> {
    components(next, within)
        .into_iter()
        .map(|c| c.into_iter().min())
        .min()
        .flatten()
}

/// The strongly connected components that hold a cycle, among the nodes that satisfy `within`.
/// Tarjan's algorithm (SIAM J. Comput. 1972) with an explicit stack, so that depth is no danger.
fn components(next: &[Vec<usize>], within: impl Fn(&usize) -> bool) -> Vec<Vec<usize>> {
    const UNSEEN: usize = usize::MAX;
    let mut order = vec![UNSEEN; next.len()];
    let mut low = vec![0; next.len()];
    let mut on_stack = vec![false; next.len()];
    let (mut stack, mut found, mut counter) = (Vec::new(), Vec::new(), 0);
    for root in (0..next.len()).filter(|i| within(i)) {
        if order[root] != UNSEEN {
            continue;
        }
        let mut work = vec![(root, 0)];
        while let Some((node, edge)) = work.pop() {
            if edge == 0 {
                (order[node], low[node]) = (counter, counter);
                counter += 1;
                stack.push(node);
                on_stack[node] = true;
            } else {
                let child = next[node][edge - 1];
                if on_stack[child] {
                    low[node] = low[node].min(low[child]);
                }
            }
            let mut descended = false;
            for (i, &to) in next[node].iter().enumerate().skip(edge) {
                if !within(&to) {
                    continue;
                }
                if order[to] == UNSEEN {
                    work.push((node, i + 1));
                    work.push((to, 0));
                    descended = true;
                    break;
                }
                if on_stack[to] {
                    low[node] = low[node].min(order[to]);
                }
            }
            if descended || low[node] != order[node] {
                continue;
            }
            let mut component = Vec::new();
            while let Some(member) = stack.pop() {
                on_stack[member] = false;
                component.push(member);
                if member == node {
                    break;
                }
            }
            if component.len() > 1 || next[node].contains(&node) {
                found.push(component);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cycles_are_found_within_a_subset() {
        let next = vec![vec![1], vec![2, 3], vec![0], vec![3], vec![]];
        let mut all = components(&next, |_| true);
        all.iter_mut()
            .for_each(|component| crate::ordered::sort(component));
        crate::ordered::sort(&mut all);
        assert_eq!(all, [vec![0, 1, 2], vec![3]]);
        assert_eq!(first_on_cycle(&next, |i| *i != 1), Some(3));
        assert_eq!(first_on_cycle(&next, |i| *i != 1 && *i != 3), None);
    }
}
