//! Ids met in answers, to be offered where a request needs one.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::document::{Operation, Place};
use crate::request::{Content, Draft};

/// How ids of a kind begin (SPEC 7), and the parameter that takes them.
const PREFIXES: [(&str, &str); 8] = [
    ("wfl_", "workflow_id"),
    ("nod_", "node_id"),
    ("edg_", "edge_id"),
    ("wld_", "lead_id"),
    ("call_", "call_id"),
    ("agt_", "agent_id"),
    ("wfr_", "run_id"),
    ("sub_", "subscription_id"),
];

/// Ids of the author's own choosing, by the list they stand in.
const LISTS: [(&str, &str); 2] = [("nodes", "node_id"), ("edges", "edge_id")];

/// More are not offered.
const MOST: usize = 200;

/// A value that a parameter takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// The parameter.
    pub parameter: String,
    /// The value.
    pub value: String,
    /// What people call it; may be empty.
    pub name: String,
    /// The workflow it lies in; empty when that is not known.
    pub workflow: String,
}

/// What was met, the latest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    items: Vec<Item>,
}

impl Known {
    /// Learns from the answer to a request that succeeded.
    pub fn learn(&mut self, operation: &Operation, draft: &Draft, body: &Value) {
        let workflow = draft.value("workflow_id");
        if operation.method == "DELETE" {
            if let Some(last) = operation.at(Place::Path).last() {
                self.forget(&last.name, draft.value(&last.name));
            }
            return;
        }
        let mut met = Vec::new();
        for link in &operation.links {
            if let Some(value) = body.pointer(&link.pointer).and_then(Value::as_str) {
                let holder = link
                    .pointer
                    .rsplit_once('/')
                    .and_then(|(parent, _)| body.pointer(parent));
                met.push(item(
                    &link.parameter,
                    value,
                    holder.unwrap_or(&Value::Null),
                    workflow,
                ));
            }
        }
        gather(body, "", workflow, &mut met);
        let mut items: Vec<Item> = Vec::with_capacity(met.len() + self.items.len());
        for item in met.into_iter().chain(self.items.drain(..)) {
            match items
                .iter_mut()
                .find(|kept| kept.parameter == item.parameter && kept.value == item.value)
            {
                None => items.push(item),
                Some(kept) if kept.name.is_empty() => kept.name = item.name,
                Some(_) => {}
            }
        }
        items.truncate(MOST);
        self.items = items;
    }

    /// A value that leads nowhere any more.
    pub fn forget(&mut self, parameter: &str, value: &str) {
        self.items
            .retain(|item| item.parameter != parameter || item.value != value);
    }

    /// What a parameter can take, the likeliest first: what lies in the workflow, then the latest.
    pub fn offered(&self, parameter: &str, workflow: &str) -> Vec<&Item> {
        let (likely, others): (Vec<_>, Vec<_>) = self
            .items
            .iter()
            .filter(|item| item.parameter == parameter)
            .partition(|item| workflow.is_empty() || item.workflow == workflow);
        likely.into_iter().chain(others).collect()
    }

    /// Fills what a request's path lacks, and ids in an example body that stand for something.
    pub fn fill(&self, operation: &Operation, draft: &mut Draft) {
        for parameter in operation.at(Place::Path) {
            if draft.value(&parameter.name).is_empty() {
                let workflow = draft.value("workflow_id").to_owned();
                if let Some(item) = self.offered(&parameter.name, &workflow).first() {
                    draft
                        .values
                        .insert(parameter.name.clone(), item.value.clone());
                }
            }
        }
        let workflow = draft.value("workflow_id").to_owned();
        if let Content::Text(text) = &mut draft.body {
            self.replace_placeholders(&workflow, text);
        }
    }

    /// Ids of zeros, as examples have them, become the latest known ones; the last of them the last.
    fn replace_placeholders(&self, workflow: &str, text: &mut String) {
        for (prefix, parameter) in PREFIXES {
            let mut placeholders: Vec<String> = Vec::new();
            for (at, _) in text.match_indices(&format!("\"{prefix}0000")) {
                let id: String = text[at + 1..].chars().take_while(|c| *c != '"').collect();
                if !placeholders.contains(&id) {
                    placeholders.push(id);
                }
            }
            let offered = self.offered(parameter, workflow);
            for (placeholder, item) in placeholders.iter().rev().zip(offered) {
                *text = text.replace(placeholder.as_str(), &item.value);
            }
        }
    }
}

fn item(parameter: &str, value: &str, holder: &Value, workflow: &str) -> Item {
    let text = |name: &str| holder[name].as_str().filter(|text| !text.is_empty());
    let is_own = ["id", "phone_number"]
        .iter()
        .any(|name| text(name) == Some(value));
    let names = ["title", "label", "name", "phone_number", "status"];
    let name = names
        .iter()
        .find_map(|name| text(name))
        .filter(|name| is_own && *name != value);
    Item {
        parameter: parameter.to_owned(),
        value: value.to_owned(),
        name: name.unwrap_or_default().to_owned(),
        workflow: text("workflow_id").unwrap_or(workflow).to_owned(),
    }
}

/// Everything below a value that looks like an id, in its order; what an object is before what it names.
fn gather(value: &Value, list: &str, workflow: &str, met: &mut Vec<Item>) {
    match value {
        Value::Object(fields) => {
            let listed = LISTS
                .iter()
                .find(|(name, _)| *name == list)
                .map(|(_, parameter)| *parameter);
            if let Some(id) = fields.get("id").and_then(Value::as_str)
                && let Some(parameter) = listed.or_else(|| parameter_of(id))
            {
                met.push(item(parameter, id, value, workflow));
            }
            // Runs are started by the name of an agent that has steps.
            let runs = fields
                .get("id")
                .and_then(Value::as_str)
                .and_then(parameter_of);
            if runs == Some("agent_id")
                && value["workflow"].is_object()
                && let Some(name) = value["name"].as_str()
            {
                met.push(item("agent_name", name, value, ""));
            }
            let workflow = fields
                .get("workflow_id")
                .and_then(Value::as_str)
                .unwrap_or(workflow);
            for (name, field) in fields {
                gather(field, name, workflow, met);
            }
        }
        Value::Array(items) => items
            .iter()
            .for_each(|item| gather(item, list, workflow, met)),
        Value::String(text) => {
            if let Some(parameter) = parameter_of(text) {
                met.push(item(parameter, text, &Value::Null, workflow));
            }
        }
        _ => {}
    }
}

fn parameter_of(id: &str) -> Option<&'static str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
    let found = PREFIXES
        .iter()
        .find(|(prefix, _)| id.len() > prefix.len() && id.starts_with(prefix));
    found
        .filter(|_| id.chars().all(plain))
        .map(|(_, parameter)| *parameter)
}
