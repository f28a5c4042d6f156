//! Examples of bodies: the document's own, or made from the schema where it gives none.

use serde_json::{Map, Value};

use crate::json;

/// How deep schemas are followed: they may refer to themselves.
const DEEPEST: usize = 8;

/// What a `$ref` leads to; anything else is itself.
pub fn resolve<'a>(root: &'a Value, value: &'a Value) -> &'a Value {
    let pointer = value["$ref"]
        .as_str()
        .and_then(|reference| reference.strip_prefix('#'));
    pointer
        .and_then(|pointer| root.pointer(pointer))
        .unwrap_or(value)
}

/// An example of a media type, indented, what is required first.
pub fn of_content(root: &Value, content: &Value) -> String {
    let schema = resolve(root, &content["schema"]);
    let given = [&content["example"], &content["examples"][0]]
        .into_iter()
        .find(|given| !given.is_null());
    let value = given.cloned().unwrap_or_else(|| of_schema(root, schema, 0));
    let mut text = String::new();
    write(root, schema, &value, &mut text);
    json::pretty(&text)
}

/// A value that fits a schema: its example, its default, or what its type and limits allow.
fn of_schema(root: &Value, schema: &Value, depth: usize) -> Value {
    let schema = resolve(root, schema);
    let fixed = ["example", "default", "const"]
        .iter()
        .find_map(|name| schema.get(name));
    let listed = ["examples", "enum"]
        .iter()
        .find_map(|name| schema[name].get(0));
    if let Some(value) = fixed.or(listed) {
        return value.clone();
    }
    let choice = ["oneOf", "anyOf", "allOf"]
        .iter()
        .find_map(|name| schema[name].get(0));
    let kind = schema["type"]
        .as_str()
        .or_else(|| schema["type"][0].as_str());
    match kind {
        _ if depth > DEEPEST => Value::Null,
        Some("object") => object(root, schema, depth),
        Some("array") => Value::Array(vec![of_schema(root, &schema["items"], depth + 1)]),
        Some("string") => text(schema),
        Some("integer" | "number") => schema.get("minimum").cloned().unwrap_or(Value::from(0)),
        Some("boolean") => Value::Bool(true),
        _ => choice.map_or(Value::Null, |choice| of_schema(root, choice, depth + 1)),
    }
}

/// The required properties, or all when none is.
fn object(root: &Value, schema: &Value, depth: usize) -> Value {
    let Some(properties) = schema["properties"].as_object() else {
        return Value::Object(Map::new());
    };
    let required = names(&schema["required"]);
    let wanted = properties
        .iter()
        .filter(|(name, _)| required.is_empty() || required.contains(&name.as_str()));
    let mut given = Map::new();
    for (name, property) in wanted {
        given.insert(name.clone(), of_schema(root, property, depth + 1));
    }
    Value::Object(given)
}

fn text(schema: &Value) -> Value {
    Value::from(match schema["format"].as_str() {
        Some("date-time") => "2026-03-02T09:00:00.000Z",
        Some("uri") => "https://example.com/",
        _ => "text",
    })
}

/// Writes a value with the properties that are required first: documents sort theirs by name.
fn write(root: &Value, schema: &Value, value: &Value, out: &mut String) {
    let schema = form(root, resolve(root, schema), value);
    match value {
        Value::Object(fields) => {
            let required = names(&schema["required"]);
            let first = required
                .iter()
                .filter_map(|name| fields.get_key_value(*name));
            let others = fields
                .iter()
                .filter(|(name, _)| !required.contains(&name.as_str()));
            out.push('{');
            for (index, (name, field)) in first.chain(others).enumerate() {
                separate(index, out);
                out.push_str(&Value::from(name.as_str()).to_string());
                out.push(':');
                write(root, &schema["properties"][name.as_str()], field, out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                separate(index, out);
                write(root, &schema["items"], item, out);
            }
            out.push(']');
        }
        plain => out.push_str(&plain.to_string()),
    }
}

/// Of the forms of a schema the one that a value has.
fn form<'a>(root: &'a Value, schema: &'a Value, value: &Value) -> &'a Value {
    let discriminator = &schema["discriminator"];
    let by = discriminator["propertyName"].as_str();
    let name = by.and_then(|by| value[by].as_str());
    let place = name.and_then(|name| discriminator["mapping"][name].as_str());
    let found = place.and_then(|place| root.pointer(place.strip_prefix('#')?));
    found.unwrap_or(schema)
}

fn separate(index: usize, out: &mut String) {
    if index > 0 {
        out.push(',');
    }
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}
