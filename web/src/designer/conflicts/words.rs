//! A conflict in words: what it is about, what each side has, what was before, and which is in force.

use leadline_model::ordered;
use leadline_model::{Definition, Edge, Node, json};
use leadline_protocol::{Choice, Conflict, OpenConflict, Place, Side, Subject};
use serde_json::{Map, Value};

use super::names::Names;
use super::values::{field_words, line, value_words};

/// What one of the two sides has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Whose.
    pub side: Side,
    /// In words, of several lines where it has several parts.
    pub words: String,
    /// Whether it is what the workflow has now.
    pub in_force: bool,
}

/// A conflict in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// What it is about.
    pub what: String,
    /// Mine, then theirs.
    pub sides: [Told; 2],
    /// What it was.
    pub before: String,
    /// What the workflow has now where that is neither.
    pub now: Option<String>,
    /// Whether both can be kept.
    pub both: bool,
}

/// What the conflicts of a place on the canvas are about.
pub fn subject_words(definition: &Definition, names: &Names, subject: &Subject) -> String {
    match subject {
        Subject::Workflow => "Workflow".to_owned(),
        Subject::Settings => "Workflow settings".to_owned(),
        Subject::Node(id) => match definition.node(id) {
            Some(node) => node_words(node),
            None => format!("{}, which is not here", names.node(id.as_str())),
        },
        Subject::Edge(id) => match definition.edge(id) {
            Some(edge) => edge_words(names, edge),
            None => "A connection that is not here".to_owned(),
        },
    }
}

fn node_words(node: &Node) -> String {
    let (words, label) = (node.config.node_type().words(), node.label.trim());
    match label.is_empty() || label.starts_with(words) {
        true => crate::components::graph::node_name(node),
        false => format!("{words} {label}"),
    }
}

fn edge_words(names: &Names, edge: &Edge) -> String {
    let (from, to) = (
        names.node(edge.from_node_id.as_str()),
        names.node(edge.to_node_id.as_str()),
    );
    match &edge.label {
        Some(label) => format!("{label}, from {from} to {to}"),
        None => format!("Connection from {from} to {to}"),
    }
}

/// A conflict in words, beside the definition as it is now.
pub fn words(definition: &Definition, names: &Names, conflict: &Conflict) -> Words {
    let now = present(definition, &conflict.place);
    let both_here = conflict.mine.is_some() && conflict.theirs.is_some();
    let is_node = matches!(conflict.place.of, Subject::Node(_));
    let field = conflict.place.field.as_deref();
    let same = |value: &Option<Value>| match field {
        // Whether something is there at all says more than each of its fields.
        None if !both_here => value.is_some() == now.is_some(),
        None => value
            .as_ref()
            .zip(now.as_ref())
            .is_some_and(|(value, now)| type_of(value) == type_of(now)),
        Some(_) => without_null(value) == without_null(&now),
    };
    let tell = |side, value: &Option<Value>| Told {
        side,
        words: side_words(names, conflict, value.as_ref()),
        in_force: same(value),
    };
    let sides = [
        tell(Side::Mine, &conflict.mine),
        tell(Side::Theirs, &conflict.theirs),
    ];
    let neither = sides.iter().all(|told| !told.in_force);
    Words {
        what: what(conflict),
        before: before(names, conflict),
        now: neither.then(|| side_words(names, conflict, now.as_ref())),
        both: is_node
            && field != Some("is_entry")
            && (field.is_some() || both_here)
            && present(
                definition,
                &Place {
                    of: conflict.place.of.clone(),
                    field: None,
                },
            )
            .is_some(),
        sides,
    }
}

/// No value and `null` are the same to whoever reads a field.
fn without_null(value: &Option<Value>) -> Option<&Value> {
    value.as_ref().filter(|value| !value.is_null())
}

fn type_of(node: &Value) -> Option<&Value> {
    node.get("node_type")
}

/// The name under which the values of a field are told: an edge's label is an outcome.
fn field_key<'a>(subject: &Subject, field: &'a str) -> &'a str {
    match (subject, field) {
        (Subject::Edge(_), "label") => "outcome",
        _ => field,
    }
}

fn what(conflict: &Conflict) -> String {
    let Place { of, field } = &conflict.place;
    match (field, &conflict.mine, &conflict.theirs) {
        (Some(field), ..) => field_words(field_key(of, field)),
        (None, None, Some(_)) => "Deleted here, changed there".to_owned(),
        (None, Some(_), None) => "Changed here, deleted there".to_owned(),
        (None, None, None) => "Deleted on both sides, still needed".to_owned(),
        (None, Some(_), Some(_)) => "Two different nodes in one place".to_owned(),
    }
}

fn before(names: &Names, conflict: &Conflict) -> String {
    match (&conflict.place.field, &conflict.base) {
        (Some(field), base) => {
            value_words(names, field_key(&conflict.place.of, field), base.as_ref())
        }
        (None, None) => "It was not there.".to_owned(),
        (None, Some(base)) => whole(names, &conflict.place.of, base, None),
    }
}

fn side_words(names: &Names, conflict: &Conflict, value: Option<&Value>) -> String {
    let subject = &conflict.place.of;
    match (&conflict.place.field, value) {
        (Some(field), value) => value_words(names, field_key(subject, field), value),
        (None, None) => "deleted".to_owned(),
        (None, Some(value)) => whole(names, subject, value, conflict.base.as_ref()),
    }
}

/// A whole node or edge: what was changed in it, or all of it where it was not there before.
fn whole(names: &Names, subject: &Subject, value: &Value, base: Option<&Value>) -> String {
    let (Value::Object(fields), empty) = (value, Map::new()) else {
        return value_words(names, "", Some(value));
    };
    let before = base.and_then(Value::as_object);
    let old = before.unwrap_or(&empty);
    let mut lines = Vec::new();
    let gone = old.iter().filter(|(name, _)| !fields.contains_key(*name));
    let gone = gone.map(|(name, _)| (name, &Value::Null));
    for (name, value) in fields.iter().chain(gone) {
        // Where it is drawn is no conflict; false, none and nothing say nothing of a new one.
        let said = name != "position" && old.get(name).unwrap_or(&Value::Null) != value;
        let says = before.is_some() || !matches!(value, Value::Null | Value::Bool(false));
        if said && says {
            let key = field_key(subject, name);
            lines.push(line(
                &field_words(key),
                &value_words(names, key, Some(value)),
            ));
        }
    }
    match lines.is_empty() {
        true => "kept as it was".to_owned(),
        false => lines.join("\n"),
    }
}

/// What the definition has in a place now, as a merge would tell it.
fn present(definition: &Definition, place: &Place) -> Option<Value> {
    let fields = match &place.of {
        Subject::Workflow => {
            let mut map = Map::new();
            map.insert("title".to_owned(), definition.title.clone().into());
            map.insert(
                "description".to_owned(),
                definition.description.clone().into(),
            );
            map
        }
        Subject::Settings => object(json::to_value(&definition.settings).ok()?)?,
        Subject::Edge(id) => object(json::to_value(definition.edge(id)?).ok()?)?,
        Subject::Node(id) => {
            let mut node = object(json::to_value(definition.node(id)?).ok()?)?;
            let config = node.get("config").cloned();
            for (key, value) in config.and_then(object).into_iter().flatten() {
                node.insert(format!("config.{key}"), value);
            }
            node
        }
    };
    match &place.field {
        Some(field) => fields.get(field).cloned(),
        None => {
            let own = ["id", "config", "position_x", "position_y"];
            let mut rest = fields;
            rest.retain(|name, _| !own.contains(&name.as_str()));
            Some(Value::Object(rest))
        }
    }
}

fn object(value: Value) -> Option<Map<String, Value>> {
    match value {
        Value::Object(map) => Some(map),
        _ => None,
    }
}

/// What a choice does, as the label of its step of undo.
pub fn step_words(conflict: &Conflict, subject: &str, choice: Choice) -> String {
    let choice = match choice {
        Choice::Mine => "Keep mine",
        Choice::Theirs => "Take theirs",
        Choice::Both => "Keep both",
    };
    match &conflict.place.field {
        Some(_) => format!("{choice}: {} of {subject}", what(conflict)),
        None => format!("{choice}: {subject}"),
    }
}

/// The conflicts of one place.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// The place.
    pub subject: Subject,
    /// Its conflicts, oldest first.
    pub conflicts: Vec<OpenConflict>,
}

/// The conflicts by place: what is about all of the workflow first, then in the order in which they arose.
pub fn groups(conflicts: &[OpenConflict]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for open in conflicts {
        let subject = &open.conflict.place.of;
        match groups.iter_mut().find(|group| group.subject == *subject) {
            Some(group) => group.conflicts.push(open.clone()),
            None => groups.push(Group {
                subject: subject.clone(),
                conflicts: vec![open.clone()],
            }),
        }
    }
    ordered::sort_by_key(&mut groups, |group| {
        matches!(group.subject, Subject::Node(_) | Subject::Edge(_))
    });
    groups
}

/// The conflict after one that is settled: the next of its place, else the first of the next place,
/// beginning anew at the end.
pub fn next_after(groups: &[Group], number: u64) -> Option<(Subject, u64)> {
    let all: Vec<(Subject, u64)> = groups
        .iter()
        .flat_map(|group| {
            group
                .conflicts
                .iter()
                .map(|open| (group.subject.clone(), open.number))
        })
        .collect();
    let at = all.iter().position(|(_, known)| *known == number)?;
    let after = all.iter().cycle().skip(at + 1).take(all.len() - 1);
    after
        .map(|(subject, number)| (subject.clone(), *number))
        .next()
}

#[cfg(test)]
mod tests;
