//! Strict reading, for who asks for it (`Leadline-Strict: true`): a field or a parameter that nobody
//! reads is refused, with the name that was probably meant.

use axum::http::{HeaderMap, HeaderName};
use serde_json::{Map, Value};

use crate::ApiError;
use crate::ask::Ask;
use crate::schema::SCHEMAS;

/// The header that asks for it.
pub const STRICT: HeaderName = HeaderName::from_static("leadline-strict");

/// At most so many are told.
const MOST: usize = 100;

/// Whether a request is to be read strictly.
pub(crate) fn is_asked(headers: &HeaderMap) -> bool {
    let said = headers.get(STRICT).and_then(|said| said.to_str().ok());
    said.is_some_and(|said| ["true", "1"].contains(&said.trim()))
}

/// Refuses what nobody reads of a request.
pub(crate) fn check(ask: &Ask) -> Result<(), ApiError> {
    let parameters = ask.operation.query.iter().map(|parameter| parameter.name);
    let parameters: Vec<&str> = parameters.collect();
    let mut odd: Vec<String> = ask
        .query
        .iter()
        .filter(|(name, _)| !parameters.contains(&name.as_str()))
        .map(|(name, _)| {
            let known = parameters.iter().copied();
            format!(
                "The parameter `{}` is not known{}.",
                short(name),
                meant(name, known)
            )
        })
        .collect();
    let schema = ask.operation.body.schema();
    if !schema.is_empty() && ask.upload.is_none() {
        odd.extend(odd_fields(schema, &ask.json()?));
    }
    match odd.is_empty() {
        true => Ok(()),
        false => Err(ApiError {
            code: "unknown_field",
            ..ApiError::invalid(odd)
        }),
    }
}

/// The fields of a value that its published schema does not name, in words; empty when it names all.
pub fn odd_fields(schema: &str, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(schema) = SCHEMAS.get(schema) {
        look(&[schema], value, "", &mut found);
    }
    found.truncate(MOST);
    found
}

/// What several schemas together say of the fields of one object.
#[derive(Default)]
struct Fields<'s> {
    named: Vec<(&'s str, &'s Value)>,
    others: Vec<&'s Value>,
    /// Any field is good.
    open: bool,
    items: Vec<&'s Value>,
}

fn look(schemas: &[&Value], value: &Value, path: &str, found: &mut Vec<String>) {
    let mut fields = Fields::default();
    for schema in schemas {
        collect(schema, value, &mut fields, 0);
    }
    match value {
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                look(&fields.items, item, &format!("{path}[{at}]"), found);
            }
        }
        Value::Object(own) if !fields.named.is_empty() || !fields.others.is_empty() => {
            look_into(&fields, own, path, found);
        }
        _ => {}
    }
}

fn look_into(fields: &Fields<'_>, own: &Map<String, Value>, path: &str, found: &mut Vec<String>) {
    for (name, value) in own {
        let whole = match path.is_empty() {
            true => short(name),
            false => format!("{path}.{}", short(name)),
        };
        let named = fields.named.iter().filter(|(known, _)| known == name);
        let mut fitting: Vec<&Value> = named.map(|(_, schema)| *schema).collect();
        if fitting.is_empty() {
            fitting.clone_from(&fields.others);
        }
        if fitting.is_empty() && !fields.open {
            let known = fields.named.iter().map(|(known, _)| *known);
            found.push(format!("`{whole}` is not known{}.", meant(name, known)));
        } else {
            look(&fitting, value, &whole, found);
        }
    }
}

/// Gathers what a schema says of a value's fields, through references and alternatives. Of alternatives
/// told apart by a constant field only the one that fits counts.
fn collect<'s>(schema: &'s Value, value: &Value, fields: &mut Fields<'s>, depth: usize) {
    const DEEPEST: usize = 32;
    let Some(rules) = schema.as_object().filter(|_| depth < DEEPEST) else {
        return;
    };
    if let Some(name) = rules.get("$ref").and_then(Value::as_str) {
        let name = name.rsplit('/').next().unwrap_or_default();
        if let Some(schema) = SCHEMAS.get(name) {
            collect(schema, value, fields, depth + 1);
        }
    }
    for word in ["allOf", "anyOf", "oneOf"] {
        let parts = rules.get(word).and_then(Value::as_array);
        for part in parts.into_iter().flatten() {
            if may_be(part, value, depth + 1) {
                collect(part, value, fields, depth + 1);
            }
        }
    }
    let named = rules.get("properties").and_then(Value::as_object);
    let named = named.into_iter().flatten();
    fields
        .named
        .extend(named.map(|(name, schema)| (name.as_str(), schema)));
    match rules.get("additionalProperties") {
        Some(Value::Bool(open)) => fields.open |= open,
        Some(schema) => fields.others.push(schema),
        None => {}
    }
    fields.items.extend(rules.get("items"));
}

/// Whether a value is of an alternative, as far as its type and fields with a constant value say.
fn may_be(schema: &Value, value: &Value, depth: usize) -> bool {
    let mut fields = Fields::default();
    collect_constants(schema, &mut fields, depth);
    fields.named.iter().all(|(name, constant)| {
        let own = value.get(*name);
        own.is_none() || own == Some(constant)
    })
}

fn collect_constants<'s>(schema: &'s Value, fields: &mut Fields<'s>, depth: usize) {
    const DEEPEST: usize = 32;
    let Some(rules) = schema.as_object().filter(|_| depth < DEEPEST) else {
        return;
    };
    if let Some(name) = rules.get("$ref").and_then(Value::as_str) {
        let name = name.rsplit('/').next().unwrap_or_default();
        if let Some(schema) = SCHEMAS.get(name) {
            collect_constants(schema, fields, depth + 1);
        }
    }
    let named = rules.get("properties").and_then(Value::as_object);
    for (name, rule) in named.into_iter().flatten() {
        let only = rule.get("enum").and_then(Value::as_array);
        let only = only
            .filter(|all| all.len() == 1)
            .and_then(|all| all.first());
        if let Some(constant) = rule.get("const").or(only) {
            fields.named.push((name, constant));
        }
    }
}

/// The name that was probably meant.
fn meant<'k>(name: &str, known: impl Iterator<Item = &'k str>) -> String {
    let distance = |known: &str| strsim::damerau_levenshtein(name, known);
    let nearest = known.min_by_key(|known| distance(known));
    let near = nearest.filter(|known| distance(known) <= 1 + known.len() / 4);
    near.map_or_else(String::new, |known| {
        format!("; `{known}` is probably meant")
    })
}

fn short(name: &str) -> String {
    name.chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_nobody_reads_is_named_with_what_was_meant() {
        for (schema, value, expected) in [
            (
                "WorkflowPatch",
                json!({"settings": {"max_concurrent_cals": 1}}),
                &[
                    "`settings.max_concurrent_cals` is not known; `max_concurrent_calls` is probably meant.",
                ][..],
            ),
            (
                "WorkflowPatch",
                json!({"settings": {"retry": {"max_retries": 1, "wait": 2}}}),
                &["`settings.retry.wait` is not known."],
            ),
            (
                "Definition",
                json!({"title": "T", "nodes": [{"id": "a", "node_type": "TIME",
                    "config": {"dleay": {"value": 1, "unit": "days"}}}]}),
                &["`nodes[0].config.dleay` is not known; `delay` is probably meant."],
            ),
            (
                "Definition",
                json!({"title": "T", "nodes": [{"id": "a", "node_type": "CONDITIONAL", "config": {"branches":
                    [{"label": "x", "all": [{"field": "lead.a", "operator": "exists", "vlaue": 1}]}]}}]}),
                &[
                    "`nodes[0].config.branches[0].all[0].vlaue` is not known; `value` is probably meant.",
                ],
            ),
            // What people may name as they like is not judged.
            (
                "NewLeads",
                json!({"phone_number": "+14155550101", "dynamic_variables": {"anything": {"at": "all"}}}),
                &[],
            ),
            (
                "CallReport",
                json!({"status": "busy", "analysis": {"x": 1}}),
                &[],
            ),
        ] {
            assert_eq!(odd_fields(schema, &value), expected, "{value}");
        }
    }

    #[test]
    fn every_example_of_the_document_is_good() {
        for (name, schema) in SCHEMAS.iter() {
            let examples = schema.get("examples").and_then(Value::as_array);
            for example in examples.into_iter().flatten().filter(|one| one.is_object()) {
                assert_eq!(odd_fields(name, example), [""; 0], "{name}");
            }
        }
    }
}
