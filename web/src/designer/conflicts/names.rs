//! What nodes, agents and fields of rules are called, for words about a conflict.

use std::collections::BTreeMap;

use leadline_model::{Agent, Definition};
use leadline_protocol::{OpenConflict, Subject};
use serde_json::Value;

use super::values::agent_name;
use crate::components::graph::node_name;
use crate::designer::forms::fields::Fields;
use crate::designer::forms::surroundings::GraphFacts;

/// What things are called.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Names {
    nodes: BTreeMap<String, String>,
    agents: Vec<Agent>,
    /// What people call the remote.
    pub remote: String,
}

impl Names {
    /// The names in a definition, and those of nodes that are only in the conflicts about it.
    pub fn of(
        definition: &Definition,
        conflicts: &[OpenConflict],
        agents: &[Agent],
        remote: &str,
    ) -> Names {
        let mut names = Names {
            agents: agents.to_vec(),
            remote: remote.to_owned(),
            ..Names::default()
        };
        for open in conflicts {
            let (Subject::Node(id), None) = (&open.conflict.place.of, &open.conflict.place.field)
            else {
                continue;
            };
            let sides = [
                &open.conflict.theirs,
                &open.conflict.mine,
                &open.conflict.base,
            ];
            if let Some(name) = sides.into_iter().flatten().find_map(name_in) {
                names.nodes.insert(id.to_string(), name);
            }
        }
        let known = definition.nodes.iter();
        names
            .nodes
            .extend(known.map(|node| (node.id.to_string(), node_name(node))));
        names
    }

    /// What people call a node.
    pub fn node(&self, id: &str) -> String {
        let known = self.nodes.get(id).cloned();
        known.unwrap_or_else(|| "a node that is gone".to_owned())
    }

    /// What people call an agent; one that is only on the remote has no name here.
    pub fn agent(&self, id: &str) -> String {
        let known = agent_name(&self.agents, id).map(str::to_owned);
        known.unwrap_or_else(|| format!("an agent not known here ({id})"))
    }

    /// What a rule compares, in the words of its form.
    pub fn rule_field(&self, field: &str) -> String {
        if let Some(id) = field.strip_prefix("visits.") {
            return format!("Visits of {}", self.node(id));
        }
        let fields = Fields::of_lead(&GraphFacts::default(), &[]);
        if let Some((_, words)) = fields.list.into_iter().find(|(known, _)| known == field) {
            return words;
        }
        let open = [
            ("lead.", "Lead"),
            ("call.analysis.", "Last call's analysis"),
            ("application.body.", "Last action's answer"),
        ];
        let found = open
            .into_iter()
            .find_map(|(start, words)| Some(format!("{words}: {}", field.strip_prefix(start)?)));
        found.unwrap_or_else(|| field.to_owned())
    }
}

fn name_in(node: &Value) -> Option<String> {
    let label = node.get("label")?.as_str()?.trim();
    (!label.is_empty()).then(|| label.to_owned())
}
