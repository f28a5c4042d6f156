//! The document in words: Markdown for people and for programs that read prose, made from the document itself.

use std::fmt::Write as _;
use std::sync::LazyLock;

use axum::body::Body;
use axum::http::{HeaderValue, Response, header};
use serde_json::Value;

/// Where it is served, beside the operations.
pub const PROSE_PATHS: [&str; 2] = ["/llms.txt", "/openapi.md"];

/// The answer at one of [`PROSE_PATHS`].
pub(crate) fn served(path: &str) -> Response<Body> {
    let mut response = Response::new(Body::from(prose()));
    let kind = match path.ends_with(".md") {
        true => "text/markdown; charset=utf-8",
        false => "text/plain; charset=utf-8",
    };
    let kind = HeaderValue::from_static(kind);
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

/// The whole of it.
pub fn prose() -> &'static str {
    static PROSE: LazyLock<String> = LazyLock::new(|| written(crate::document()));
    &PROSE
}

fn written(document: &Value) -> String {
    let info = &document["info"];
    let mut out = format!("# {} {}\n\n", text(&info["title"]), text(&info["version"]));
    let _ = writeln!(out, "> {}\n", text(&info["description"]));
    for tag in list(&document["tags"]) {
        let name = text(&tag["name"]);
        let _ = writeln!(out, "# {name}\n\n{}\n", text(&tag["description"]));
        for (path, methods) in fields(&document["paths"]) {
            for (method, operation) in fields(methods) {
                if operation["tags"][0] == *name {
                    tell(&mut out, &method.to_uppercase(), path, operation);
                }
            }
        }
    }
    out.push_str("# Schemas\n");
    for (name, schema) in fields(&document["components"]["schemas"]) {
        let _ = writeln!(out, "\n## {name}\n\n{}", shape(schema));
        parts(&mut out, schema, 0);
        for example in list(&schema["examples"]) {
            let _ = writeln!(out, "\nExample: `{example}`");
        }
    }
    out
}

fn tell(out: &mut String, method: &str, path: &str, operation: &Value) {
    let _ = writeln!(out, "### {method} {path}\n");
    let (id, summary) = (text(&operation["operationId"]), text(&operation["summary"]));
    let _ = writeln!(
        out,
        "`{id}`: {summary}. {}\n",
        text(&operation["description"])
    );
    for parameter in list(&operation["parameters"]) {
        let (name, place) = (text(&parameter["name"]), text(&parameter["in"]));
        let shape = shape(&parameter["schema"]);
        let said = text(&parameter["description"]);
        let _ = writeln!(out, "- `{name}` ({place}): {shape} {said}");
    }
    for (kind, content) in fields(&operation["requestBody"]["content"]) {
        let _ = writeln!(out, "- body, {kind}: {}", shape(&content["schema"]));
    }
    for (status, answer) in fields(&operation["responses"]) {
        let schema = &answer["content"]["application/json"]["schema"];
        let _ = writeln!(out, "- {status}: {}", shape(schema));
    }
    out.push('\n');
}

/// The fields of an object, one a line, and what is in them.
fn parts(out: &mut String, schema: &Value, depth: usize) {
    let required: Vec<&str> = list(&schema["required"]).map(text).collect();
    let blanks = "  ".repeat(depth);
    for (name, field) in fields(&schema["properties"]) {
        let needed = if required.contains(&name.as_str()) {
            ", needed"
        } else {
            ""
        };
        let _ = writeln!(out, "{blanks}- `{name}`{needed}: {}", shape(field));
        parts(out, field, depth + 1);
        parts(out, &field["items"], depth + 1);
    }
}

/// A schema in a line: its type, its bounds, and what is said of it.
fn shape(schema: &Value) -> String {
    let mut words: Vec<String> = Vec::new();
    if let Some(name) = text(&schema["$ref"])
        .rsplit('/')
        .next()
        .filter(|name| !name.is_empty())
    {
        words.push(name.to_owned());
    }
    match &schema["type"] {
        Value::String(name) => words.push(name.clone()),
        Value::Array(names) => {
            let names: Vec<&str> = names.iter().map(text).collect();
            words.push(names.join(" or "));
        }
        _ => {}
    }
    if schema["items"].is_object() {
        words.push(format!("of {}", shape(&schema["items"])));
    }
    if schema["additionalProperties"].is_object() {
        words.push(format!(
            "with any keys, each {}",
            shape(&schema["additionalProperties"])
        ));
    }
    for (word, glue) in [("oneOf", " or "), ("anyOf", " or "), ("allOf", " and ")] {
        let ways: Vec<String> = list(&schema[word]).map(shape).collect();
        if !ways.is_empty() {
            words.push(ways.join(glue));
        }
    }
    let values: Vec<String> = list(&schema["enum"])
        .map(|one| format!("`{one}`"))
        .collect();
    if !values.is_empty() {
        words.push(format!("one of {}", values.join(", ")));
    }
    if let Some(constant) = schema.get("const") {
        words.push(format!("`{constant}`"));
    }
    let bounds = [
        ("minimum", "at least"),
        ("maximum", "at most"),
        ("minLength", "characters, at least"),
        ("maxLength", "characters, at most"),
        ("minItems", "items, at least"),
        ("maxItems", "items, at most"),
        ("pattern", "like"),
    ];
    for (word, said) in bounds {
        if let Some(bound) = schema.get(word) {
            words.push(format!(
                "({said} {})",
                bound
                    .as_str()
                    .map_or(bound.to_string(), |text| format!("`{text}`"))
            ));
        }
    }
    for (word, said) in [("oneOf", "exactly one"), ("anyOf", "at least one")] {
        let ways = list(&schema["then"][word]).map(|way| {
            let names: Vec<&str> = list(&way["required"]).map(text).collect();
            format!("`{}`", names.join("` and `"))
        });
        let ways: Vec<String> = ways.collect();
        if !ways.is_empty() {
            words.push(format!("({said} of {} is needed)", ways.join(", ")));
        }
    }
    let said = text(&schema["description"]);
    match (words.is_empty(), said.is_empty()) {
        (true, _) => said.to_owned(),
        (false, true) => format!("{}.", words.join(" ")),
        (false, false) => format!("{}. {said}", words.join(" ")),
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn fields(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}
