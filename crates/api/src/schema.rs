//! The published JSON schemas, and the check of bodies against them.
//!
//! Only what the schemas in `openapi/schemas.json` use is known; a test sees to it that they use
//! nothing else. `pattern` and `format` are for readers and tools: the types judge texts themselves
//! and say what is wrong with them in words.

use std::sync::LazyLock;

use serde_json::{Map, Value};

/// All named schemas.
pub(crate) static SCHEMAS: LazyLock<Map<String, Value>> = LazyLock::new(|| {
    // The file is part of the program, and a test reads it.
    serde_json::from_str(include_str!("../openapi/schemas.json")).unwrap_or_default()
});

/// At most so many problems of one body are told.
const MOST: usize = 100;

/// What is wrong with a body, naming each field; empty when nothing is.
pub fn problems(schema: &str, body: &Value) -> Vec<String> {
    problems_at(schema, body, "")
}

/// As [`problems`], for a part of a body that lies at a path.
pub(crate) fn problems_at(schema: &str, body: &Value, path: &str) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(schema) = SCHEMAS.get(schema) {
        check(schema, body, path, &mut found);
    }
    // What several rules say of one field is said once.
    found.dedup();
    found.truncate(MOST);
    found
}

fn resolve(schema: &Value) -> &Value {
    let name = schema.get("$ref").and_then(Value::as_str);
    let name = name.and_then(|path| path.strip_prefix("#/components/schemas/"));
    name.and_then(|name| SCHEMAS.get(name)).unwrap_or(schema)
}

fn check(schema: &Value, value: &Value, path: &str, found: &mut Vec<String>) {
    if found.len() >= MOST {
        return;
    }
    let schema = resolve(schema);
    let Some(rules) = schema.as_object() else {
        return;
    };
    if let Some(expected) = rules.get("type")
        && !names(expected).any(|name| is_a(name, value))
    {
        let expected: Vec<&str> = names(expected).map(in_words).collect();
        found.push(format!("{} must be {}", shown(path), expected.join(" or ")));
        return;
    }
    if let Some(allowed) = rules.get("enum").and_then(Value::as_array)
        && !allowed.contains(value)
    {
        let allowed: Vec<&str> = allowed.iter().filter_map(Value::as_str).collect();
        found.push(format!(
            "{} must be one of {}",
            shown(path),
            allowed.join(", ")
        ));
    }
    match value {
        Value::Object(fields) => object(rules, fields, path, found),
        Value::Array(items) => array(rules, items, path, found),
        Value::String(text) => {
            let length = text.chars().count() as u64;
            bounds(
                rules,
                "minLength",
                "maxLength",
                length,
                "characters",
                path,
                found,
            );
        }
        Value::Number(number) => range(rules, number, path, found),
        _ => {}
    }
    for part in list(rules, "allOf") {
        check(part, value, path, found);
    }
    alternatives(rules, value, path, found);
}

fn object(
    rules: &Map<String, Value>,
    fields: &Map<String, Value>,
    path: &str,
    found: &mut Vec<String>,
) {
    for name in list(rules, "required").iter().filter_map(Value::as_str) {
        if !fields.contains_key(name) {
            found.push(format!("{} is missing", shown(&join(path, name))));
        }
    }
    let known = rules.get("properties").and_then(Value::as_object);
    let other = rules
        .get("additionalProperties")
        .filter(|rule| rule.is_object());
    for (name, value) in fields {
        let rule = known.and_then(|known| known.get(name)).or(other);
        if let Some(rule) = rule {
            check(rule, value, &join(path, name), found);
        }
        if let Some(rule) = rules.get("propertyNames") {
            check(rule, &Value::String(name.clone()), &join(path, name), found);
        }
    }
    let count = fields.len() as u64;
    bounds(
        rules,
        "minProperties",
        "maxProperties",
        count,
        "fields",
        path,
        found,
    );
}

fn array(rules: &Map<String, Value>, items: &[Value], path: &str, found: &mut Vec<String>) {
    if let Some(rule) = rules.get("items") {
        for (index, item) in items.iter().enumerate() {
            check(rule, item, &format!("{path}[{index}]"), found);
        }
    }
    bounds(
        rules,
        "minItems",
        "maxItems",
        items.len() as u64,
        "items",
        path,
        found,
    );
}

fn bounds(
    rules: &Map<String, Value>,
    least: &str,
    most: &str,
    count: u64,
    what: &str,
    path: &str,
    found: &mut Vec<String>,
) {
    let bound = |name| rules.get(name).and_then(Value::as_u64);
    if let Some(least) = bound(least).filter(|least| count < *least) {
        match least {
            1 => found.push(format!("{} must not be empty", shown(path))),
            _ => found.push(format!("{} must have at least {least} {what}", shown(path))),
        }
    }
    if let Some(most) = bound(most).filter(|most| count > *most) {
        found.push(format!("{} can have at most {most} {what}", shown(path)));
    }
}

fn range(
    rules: &Map<String, Value>,
    number: &serde_json::Number,
    path: &str,
    found: &mut Vec<String>,
) {
    // float: JSON's numbers; only what lies far outside is told here, the types are exact.
    let (Some(number), bound) = (number.as_f64(), |name| {
        rules.get(name).and_then(Value::as_f64)
    }) else {
        return;
    };
    if let Some(least) = bound("minimum").filter(|least| number < *least) {
        found.push(format!("{} must be at least {least}", shown(path)));
    }
    if let Some(most) = bound("maximum").filter(|most| number > *most) {
        found.push(format!("{} must be at most {most}", shown(path)));
    }
}

/// `oneOf` and `anyOf`: alternatives by type, by the constant of a field, or by which field is there.
fn alternatives(rules: &Map<String, Value>, value: &Value, path: &str, found: &mut Vec<String>) {
    for (word, exactly) in [("oneOf", true), ("anyOf", false)] {
        let ways = list(rules, word);
        if ways.is_empty() {
            continue;
        }
        let mut nearest: Option<Vec<String>> = None;
        let mut fitting = 0;
        for way in ways.iter().filter(|way| applies(way, value)) {
            let mut problems = Vec::new();
            check(way, value, path, &mut problems);
            match problems.is_empty() {
                true => fitting += 1,
                false => nearest = nearest.or(Some(problems)),
            }
        }
        if fitting == 1 || (fitting > 1 && !exactly) {
            continue;
        }
        let fields: Vec<&str> = ways
            .iter()
            .flat_map(|way| list(way.as_object().unwrap_or(&EMPTY), "required"))
            .filter_map(Value::as_str)
            .collect();
        let number = if exactly {
            "exactly one"
        } else {
            "at least one"
        };
        match nearest {
            _ if fields.len() == ways.len() => {
                found.push(format!("{number} of {} is needed", fields.join(", ")))
            }
            Some(problems) => found.extend(problems),
            None if fitting == 0 && found.is_empty() => {
                found.push(format!("{} has none of its possible forms", shown(path)))
            }
            None => {}
        }
    }
}

static EMPTY: LazyLock<Map<String, Value>> = LazyLock::new(Map::new);

/// Whether an alternative is meant for this value at all: by its type, or by a constant field.
fn applies(way: &Value, value: &Value) -> bool {
    let way = resolve(way);
    let by_type = way.get("type").is_none_or(|expected| {
        names(expected).any(|name| is_a(name, value))
            || names(expected).all(|name| name != "null") && !value.is_null()
    });
    let constants = way.get("properties").and_then(Value::as_object);
    let by_constant = constants.is_none_or(|fields| {
        fields
            .iter()
            .all(|(name, rule)| match (rule.get("const"), value.get(name)) {
                (Some(constant), Some(value)) => constant == value,
                _ => true,
            })
    });
    by_type && by_constant
}

fn list<'a>(rules: &'a Map<String, Value>, word: &str) -> &'a [Value] {
    let list = rules.get(word).and_then(Value::as_array);
    list.map_or(&[], Vec::as_slice)
}

/// The names in a `type`: one, or a list.
fn names(expected: &Value) -> impl Iterator<Item = &str> {
    let one = expected.as_str();
    let several = expected.as_array().into_iter().flatten();
    one.into_iter().chain(several.filter_map(Value::as_str))
}

fn is_a(name: &str, value: &Value) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        "null" => value.is_null(),
        _ => false,
    }
}

fn in_words(name: &str) -> &str {
    match name {
        "object" => "an object",
        "array" => "a list",
        "string" => "a text",
        "boolean" => "true or false",
        "number" => "a number",
        "integer" => "a whole number",
        other => other,
    }
}

fn join(path: &str, name: &str) -> String {
    match path {
        "" => name.to_owned(),
        path => format!("{path}.{name}"),
    }
}

fn shown(path: &str) -> String {
    match path {
        "" => "the body".to_owned(),
        path => format!("`{path}`"),
    }
}

#[cfg(test)]
mod tests;
