//! JSON schemas, as far as Leadline needs them: bodies of the API are checked against the published
//! ones, what a person answers against the one its question names (SPEC 6, 7).
//!
//! Only [`KEYWORDS`] are judged, and in published schemas `allOf`, `$ref`, `discriminator`, and `if` with `then`
//! and `else`. `pattern` and `format` are for readers and tools where they occur in published schemas: the
//! types judge texts themselves and say what is wrong in words.

use std::fmt::{self, Write as _};
use std::sync::LazyLock;

use serde_json::{Map, Value};

/// The keywords that are judged.
pub const KEYWORDS: [&str; 18] = [
    "type",
    "enum",
    "const",
    "properties",
    "required",
    "additionalProperties",
    "propertyNames",
    "minProperties",
    "maxProperties",
    "items",
    "minItems",
    "maxItems",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "anyOf",
    "oneOf",
];

/// The keywords that say something to people alone.
const ANNOTATIONS: [&str; 5] = ["title", "description", "default", "examples", "$schema"];

/// Schemas that `$ref` can name, as `#/components/schemas/NAME`.
pub type Named = Map<String, Value>;

/// At most so many problems of one value are told.
const MOST: usize = 100;
/// Characters of a field's name that are told.
const LONGEST_NAME: usize = 80;
/// The deepest schema somebody may write.
const DEEPEST: usize = 16;

/// What is wrong with a value that lies at a path, naming each field; empty when nothing is.
pub fn problems(named: &Named, schema: &Value, value: &Value, path: &str) -> Vec<String> {
    let mut found = Vec::new();
    check(named, schema, value, &Path::Root(path), &mut found);
    // What several rules say of one field is said once.
    found.dedup();
    found.truncate(MOST);
    found
}

/// What of a schema that somebody wrote would not be judged, in words; empty when all of it is.
pub fn unknown(schema: &Value) -> Vec<String> {
    let mut found = Vec::new();
    unknown_in(schema, "", 0, &mut found);
    found.truncate(MOST);
    found
}

fn unknown_in(schema: &Value, path: &str, depth: usize, found: &mut Vec<String>) {
    let at = if path.is_empty() { "the schema" } else { path };
    if depth > DEEPEST {
        return found.push(format!("{at} is nested more than {DEEPEST} deep"));
    }
    let Some(rules) = schema.as_object() else {
        return found.push(format!("{at} must be an object"));
    };
    for (word, rule) in rules {
        let inner = join(path, word);
        match word.as_str() {
            "type" if !names(rule).all(is_type) || names(rule).next().is_none() => {
                found.push(format!("`{inner}` names no type of JSON"));
            }
            "properties" => match rule.as_object() {
                Some(fields) => {
                    for (name, rule) in fields {
                        unknown_in(rule, &join(&inner, name), depth + 1, found);
                    }
                }
                None => found.push(format!("`{inner}` must be an object")),
            },
            "anyOf" | "oneOf" | "enum" | "required" if !rule.is_array() => {
                found.push(format!("`{inner}` must be a list"));
            }
            "anyOf" | "oneOf" => {
                for (index, way) in list(rules, word).iter().enumerate() {
                    unknown_in(way, &format!("{inner}[{index}]"), depth + 1, found);
                }
            }
            "items" | "propertyNames" => unknown_in(rule, &inner, depth + 1, found),
            "additionalProperties" if rule.is_object() => {
                unknown_in(rule, &inner, depth + 1, found);
            }
            "additionalProperties" if !rule.is_boolean() => {
                found.push(format!("`{inner}` must be an object, true or false"));
            }
            "required" if !list(rules, word).iter().all(Value::is_string) => {
                found.push(format!("`{inner}` must be a list of names"));
            }
            "minimum" | "maximum" if !rule.is_number() => {
                found.push(format!("`{inner}` must be a number"));
            }
            "minLength" | "maxLength" | "minItems" | "maxItems" | "minProperties"
            | "maxProperties"
                if !rule.is_u64() =>
            {
                found.push(format!("`{inner}` must be a whole number of at least 0"));
            }
            word if KEYWORDS.contains(&word) || ANNOTATIONS.contains(&word) => {}
            _ => found.push(format!("`{inner}` is not supported in a schema")),
        }
    }
}

fn is_type(name: &str) -> bool {
    in_words(name) != name || name == "null"
}

fn resolve<'a>(named: &'a Named, schema: &'a Value) -> &'a Value {
    let name = schema.get("$ref").and_then(Value::as_str);
    let name = name.and_then(|path| path.strip_prefix("#/components/schemas/"));
    name.and_then(|name| named.get(name)).unwrap_or(schema)
}

fn check(named: &Named, schema: &Value, value: &Value, path: &Path<'_>, found: &mut Vec<String>) {
    if found.len() >= MOST {
        return;
    }
    let schema = resolve(named, schema);
    let Some(rules) = schema.as_object() else {
        return;
    };
    if let Some(expected) = rules.get("type")
        && !names(expected).any(|name| is_a(name, value))
    {
        let expected: Vec<&str> = names(expected).map(in_words).collect();
        found.push(format!("{} must be {}", path, expected.join(" or ")));
        return;
    }
    if let Some(constant) = rules.get("const")
        && constant != value
    {
        found.push(format!("{} must be {constant}", path));
    }
    if let Some(allowed) = rules.get("enum").and_then(Value::as_array)
        && !allowed.contains(value)
    {
        let allowed: Vec<&str> = allowed.iter().filter_map(Value::as_str).collect();
        found.push(format!("{} must be one of {}", path, allowed.join(", ")));
    }
    match value {
        Value::Object(fields) => object(named, rules, fields, path, found),
        Value::Array(items) => array(named, rules, items, path, found),
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
        check(named, part, value, path, found);
    }
    if let Some(when) = rules.get("if") {
        let mut against = Vec::new();
        check(named, when, value, path, &mut against);
        let word = if against.is_empty() { "then" } else { "else" };
        if let Some(rule) = rules.get(word) {
            check(named, rule, value, path, found);
        }
    }
    match rules.get("discriminator").map(|by| &by["propertyName"]) {
        Some(Value::String(by)) => form(named, list(rules, "oneOf"), by, value, path, found),
        _ => alternatives(named, rules, value, path, found),
    }
}

/// Of several forms the one that a field names.
fn form(
    named: &Named,
    forms: &[Value],
    by: &str,
    value: &Value,
    path: &Path<'_>,
    found: &mut Vec<String>,
) {
    let constant = |form| resolve(named, form)["properties"][by]["const"].as_str();
    let place = Path::Field(path, by);
    match value {
        Value::Object(fields) => match fields.get(by) {
            None => found.push(format!("{place} is missing")),
            Some(name) => {
                let meant = forms.iter().find(|form| constant(form) == name.as_str());
                match meant.filter(|_| name.is_string()) {
                    Some(form) => check(named, form, value, path, found),
                    None => {
                        let all: Vec<&str> = forms.iter().filter_map(constant).collect();
                        found.push(format!("{place} must be one of {}", all.join(", ")));
                    }
                }
            }
        },
        _ => found.push(format!("{path} must be an object")),
    }
}

fn object(
    named: &Named,
    rules: &Map<String, Value>,
    fields: &Map<String, Value>,
    path: &Path<'_>,
    found: &mut Vec<String>,
) {
    for name in list(rules, "required").iter().filter_map(Value::as_str) {
        if !fields.contains_key(name) {
            found.push(format!("{} is missing", Path::Field(path, name)));
        }
    }
    let known = rules.get("properties").and_then(Value::as_object);
    let other = rules
        .get("additionalProperties")
        .filter(|rule| rule.is_object());
    for (name, value) in fields {
        let rule = known.and_then(|known| known.get(name)).or(other);
        if rule.is_none() && rules.get("additionalProperties") == Some(&Value::Bool(false)) {
            found.push(format!("{} is not known here", Path::Field(path, name)));
        }
        if let Some(rule) = rule {
            check(named, rule, value, &Path::Field(path, name), found);
        }
        if let Some(rule) = rules.get("propertyNames") {
            check(
                named,
                rule,
                &Value::String(name.clone()),
                &Path::Field(path, name),
                found,
            );
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

fn array(
    named: &Named,
    rules: &Map<String, Value>,
    items: &[Value],
    path: &Path<'_>,
    found: &mut Vec<String>,
) {
    if let Some(rule) = rules.get("items") {
        for (index, item) in items.iter().enumerate() {
            check(named, rule, item, &Path::Item(path, index), found);
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
    path: &Path<'_>,
    found: &mut Vec<String>,
) {
    let bound = |name| rules.get(name).and_then(Value::as_u64);
    if let Some(least) = bound(least).filter(|least| count < *least) {
        match least {
            1 => found.push(format!("{} must not be empty", path)),
            _ => found.push(format!("{} must have at least {least} {what}", path)),
        }
    }
    if let Some(most) = bound(most).filter(|most| count > *most) {
        found.push(format!("{} can have at most {most} {what}", path));
    }
}

fn range(
    rules: &Map<String, Value>,
    number: &serde_json::Number,
    path: &Path<'_>,
    found: &mut Vec<String>,
) {
    // float: JSON's numbers; only what lies far outside is told here, the types are exact.
    let (Some(number), bound) = (number.as_f64(), |name| {
        rules.get(name).and_then(Value::as_f64)
    }) else {
        return;
    };
    if let Some(least) = bound("minimum").filter(|least| number < *least) {
        found.push(format!("{} must be at least {least}", path));
    }
    if let Some(most) = bound("maximum").filter(|most| number > *most) {
        found.push(format!("{} must be at most {most}", path));
    }
}

/// `oneOf` and `anyOf`: alternatives by type, by the constant of a field, or by which field is there.
fn alternatives(
    named: &Named,
    rules: &Map<String, Value>,
    value: &Value,
    path: &Path<'_>,
    found: &mut Vec<String>,
) {
    for (word, exactly) in [("oneOf", true), ("anyOf", false)] {
        let ways = list(rules, word);
        if ways.is_empty() {
            continue;
        }
        let mut nearest: Option<Vec<String>> = None;
        let mut fitting = 0;
        for way in ways.iter().filter(|way| applies(named, way, value)) {
            let mut problems = Vec::new();
            check(named, way, value, path, &mut problems);
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
                found.push(format!("{} has none of its possible forms", path))
            }
            None if fitting > 1 && found.is_empty() => {
                found.push(format!("{path} fits more than one of its forms"))
            }
            None => {}
        }
    }
}

static EMPTY: LazyLock<Map<String, Value>> = LazyLock::new(Map::new);

/// Whether an alternative is meant for this value at all: by its type, or by a constant field.
fn applies(named: &Named, way: &Value, value: &Value) -> bool {
    let way = resolve(named, way);
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

/// Where a value lies; written out only when there is something to say about it.
enum Path<'a> {
    Root(&'a str),
    Field(&'a Path<'a>, &'a str),
    Item(&'a Path<'a>, usize),
}

impl Path<'_> {
    fn is_empty(&self) -> bool {
        matches!(self, Path::Root(""))
    }

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Path::Root(text) => f.write_str(text),
            Path::Field(holder, name) => {
                holder.write(f)?;
                if !holder.is_empty() {
                    f.write_str(".")?;
                }
                name.chars()
                    .take(LONGEST_NAME)
                    .try_for_each(|c| f.write_char(c))
            }
            Path::Item(holder, index) => {
                holder.write(f)?;
                write!(f, "[{index}]")
            }
        }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("the body");
        }
        f.write_str("`")?;
        self.write(f)?;
        f.write_str("`")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn values_are_judged_by_every_keyword() {
        for (schema, value, told) in [
            (
                r#"{"properties": {"a": {}}, "additionalProperties": false}"#,
                r#"{"a": 1, "b": 2}"#,
                "`it.b` is not known here",
            ),
            (
                r#"{"oneOf": [{"type": "number"}, {"minimum": 5}]}"#,
                "6",
                "`it` fits more than one of its forms",
            ),
            (
                r#"{"oneOf": [{"type": "number"}, {"type": "string"}]}"#,
                "6",
                "",
            ),
            (
                r#"{"items": {"properties": {"n": {"maximum": 3}}}}"#,
                r#"[{"n": 1}, {"n": 4}]"#,
                "`it[1].n` must be at most 3",
            ),
            (r#"{"const": 1}"#, "2", "`it` must be 1"),
        ] {
            let [schema, value] = [schema, value].map(|text| serde_json::from_str(text).unwrap());
            assert_eq!(
                problems(&Named::new(), &schema, &value, "it").join("; "),
                told
            );
        }
    }

    #[test]
    fn schemas_that_say_more_than_is_judged_are_told_of() {
        for (schema, told) in [
            (
                r#"{"type": "object", "properties": {"a": {"type": "string", "title": "A"}}}"#,
                "",
            ),
            (
                r#"{"type": "object", "properties": {"a": {"pattern": "^x"}}}"#,
                "`properties.a.pattern` is not supported in a schema",
            ),
            (r#"{"type": "text"}"#, "`type` names no type of JSON"),
            (r#"[]"#, "the schema must be an object"),
            (r#"{"oneOf": 1}"#, "`oneOf` must be a list"),
            (
                r#"{"minLength": "3", "minimum": "x", "required": [1], "additionalProperties": 1}"#,
                "`additionalProperties` must be an object, true or false; `minLength` must be a whole number of at least 0; \
              `minimum` must be a number; `required` must be a list of names",
            ),
            (
                r#"{"items": {"not": {}}}"#,
                "`items.not` is not supported in a schema",
            ),
        ] {
            let schema = serde_json::from_str(schema).unwrap();
            assert_eq!(unknown(&schema).join("; "), told);
        }
    }
}
