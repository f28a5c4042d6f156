//! Settling a conflict: making a place what one side had, or keeping both sides' nodes.

use leadline_model::{Definition, EdgeId, NodeId};
use serde_json::Value;

use super::{
    CONFIG, Conflict, Fields, MergeError, POSITION, Parts, Place, Side, Subject, WHOLE_CONFIG,
    put_together, take_apart,
};

/// How far beside a node its copy is put, in units of the canvas.
const BESIDE: i64 = 240;

/// The definition with one side's value in the place of a conflict. What hangs on a node that goes, goes
/// with it; an edge whose end is not there any more cannot come back.
///
/// # Errors
///
/// Together with what else was edited since, it would be no workflow.
pub fn take_side(
    definition: &Definition,
    conflict: &Conflict,
    side: Side,
) -> Result<Definition, MergeError> {
    let value = match side {
        Side::Mine => &conflict.mine,
        Side::Theirs => &conflict.theirs,
    };
    let mut parts = take_apart(definition)?;
    match (&conflict.place.field, value) {
        (Some(field), value) => set_field(&mut parts, &conflict.place.of, field, value.as_ref()),
        (None, Some(Value::Object(fields))) => {
            let fields = fields.clone().into_iter().collect();
            parts.insert(conflict.place.of.clone(), fields);
        }
        (None, _) => remove(&mut parts, &conflict.place.of),
    }
    finish(&parts, definition)
}

/// The definition with the side that was not kept beside the other, as a copy of the node under a new id.
/// `None` where there are no two nodes to keep.
///
/// # Errors
///
/// Together they exceed a limit of what a workflow can be.
pub fn keep_both(
    definition: &Definition,
    conflict: &Conflict,
    copy: NodeId,
) -> Result<Option<Definition>, MergeError> {
    let Place {
        of: Subject::Node(id),
        field,
    } = &conflict.place
    else {
        return Ok(None);
    };
    let other = match conflict.kept {
        Side::Mine => &conflict.theirs,
        Side::Theirs => &conflict.mine,
    };
    let mut parts = take_apart(definition)?;
    let Some(here) = parts.get(&Subject::Node(id.clone())).cloned() else {
        return Ok(None);
    };
    let subject = Subject::Node(copy);
    match (field, other) {
        (Some(field), other) => {
            parts.insert(subject.clone(), here);
            set_field(&mut parts, &subject, field, other.as_ref());
        }
        (None, Some(Value::Object(fields))) => {
            let fields = fields.clone().into_iter().collect();
            parts.insert(subject.clone(), fields);
        }
        (None, _) => return Ok(None),
    }
    if let Some(fields) = parts.get_mut(&subject) {
        fields.insert("is_entry".to_owned(), Value::Bool(false));
        move_aside(fields);
    }
    let mut order = definition.clone();
    if let (Subject::Node(copy), Some(node)) = (subject, definition.node(id)) {
        let mut node = node.clone();
        node.id = copy;
        order.nodes.push(node);
    }
    finish(&parts, &order).map(Some)
}

fn move_aside(fields: &mut Fields) {
    if let Some(Value::Object(place)) = fields.get_mut(POSITION) {
        let x = place.get("position_x").and_then(Value::as_i64).unwrap_or(0);
        place.insert(
            "position_x".to_owned(),
            Value::from(x.saturating_add(BESIDE)),
        );
    }
}

fn set_field(parts: &mut Parts, subject: &Subject, field: &str, value: Option<&Value>) {
    let Some(fields) = parts.get_mut(subject) else {
        return;
    };
    match (field, value) {
        (WHOLE_CONFIG, Some(Value::Object(config))) => {
            fields.retain(|name, _| !name.starts_with(CONFIG));
            let config = config.iter();
            fields.extend(config.map(|(key, value)| (format!("{CONFIG}{key}"), value.clone())));
        }
        (_, Some(value)) => {
            fields.insert(field.to_owned(), value.clone());
        }
        (_, None) => {
            fields.remove(field);
        }
    }
    // At most one entry.
    if field == "is_entry" && value == Some(&Value::Bool(true)) {
        let others = parts.iter_mut().filter(|(of, _)| *of != subject);
        for (_, fields) in others.filter(|(of, _)| matches!(of, Subject::Node(_))) {
            fields.insert(field.to_owned(), Value::Bool(false));
        }
    }
}

fn remove(parts: &mut Parts, subject: &Subject) {
    parts.remove(subject);
    if let Subject::Node(id) = subject {
        let touches = |fields: &Fields| {
            let ends = ["from_node_id", "to_node_id"].map(|end| fields.get(end));
            ends.into_iter().flatten().any(|end| end == id.as_str())
        };
        parts.retain(|of, fields| !matches!(of, Subject::Edge(_)) || !touches(fields));
    }
}

fn finish(parts: &Parts, order: &Definition) -> Result<Definition, MergeError> {
    let mut order = order.clone();
    // What comes back goes behind the rest.
    for subject in parts.keys() {
        match subject {
            Subject::Node(id) if order.node(id).is_none() => {
                if let Some(node) = super::one_node(id, parts)? {
                    order.nodes.push(node);
                }
            }
            Subject::Edge(id) if !order.edges.iter().any(|edge| edge.id == *id) => {
                if let Some(edge) = one_edge(id, parts)? {
                    order.edges.push(edge);
                }
            }
            _ => {}
        }
    }
    let definition = put_together(parts, [&order, &order, &order])?;
    definition.check()?;
    Ok(definition)
}

fn one_edge(id: &EdgeId, parts: &Parts) -> Result<Option<leadline_model::Edge>, MergeError> {
    let Some(fields) = parts.get(&Subject::Edge(id.clone())) else {
        return Ok(None);
    };
    let json = super::edge_of(id, fields);
    leadline_model::json::from_value(&json)
        .map(Some)
        .map_err(MergeError::Parts)
}
