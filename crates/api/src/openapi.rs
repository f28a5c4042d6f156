//! The OpenAPI document, made from the table of operations and the schemas that bodies are checked
//! against.

use std::sync::LazyLock;

use axum::http::StatusCode;
use leadline_model::ordered;
use serde_json::{Map, Value, json};

use crate::operations::{Body, Kind, OPERATIONS, Operation, Parameter, Verb, Work};
use crate::schema::SCHEMAS;

/// The document (OpenAPI 3.1).
pub fn document() -> &'static Value {
    static DOCUMENT: LazyLock<Value> = LazyLock::new(build);
    &DOCUMENT
}

impl Verb {
    /// As a key of the document.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Verb::Get => "get",
            Verb::Post => "post",
            Verb::Put => "put",
            Verb::Patch => "patch",
            Verb::Delete => "delete",
        }
    }
}

fn build() -> Value {
    let mut paths = Map::new();
    for operation in OPERATIONS {
        let path = paths
            .entry(format!("/v1{}", operation.path))
            .or_insert_with(|| json!({}));
        path[operation.verb.key()] = describe(operation);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Leadline",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Designs, simulates and runs multi-step calling workflows. The same API is answered by the server and by the page's own engine. How workflows are built is said under the tags Workflows and Graph; `/llms.txt` holds all of this in words.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"bearer": []}],
        "tags": tags(),
        "paths": paths,
        "components": {
            "schemas": &*SCHEMAS,
            "headers": {"LeadlineEpoch": {
                "description": "Names the present life of the organization's data: it is another one once something was lost here, such as when a backup was put back.",
                "schema": {"type": "string"},
            }},
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    })
}

fn tags() -> Vec<Value> {
    let mut names: Vec<&str> = Vec::new();
    for operation in OPERATIONS {
        if !names.contains(&operation.tag) {
            names.push(operation.tag);
        }
    }
    let described = |name: &&str| json!({"name": name, "description": chapter(name)});
    names.iter().map(described).collect()
}

/// What the guide says under a heading.
fn chapter(name: &str) -> &'static str {
    let guide = include_str!("../openapi/guide.md").trim_start_matches("# ");
    let mut chapters = guide.split("\n# ");
    let found = chapters.find_map(|chapter| chapter.strip_prefix(name)?.strip_prefix('\n'));
    found.unwrap_or_default().trim()
}

fn describe(operation: &Operation) -> Value {
    let mut described = json!({
        "operationId": operation.id,
        "tags": [operation.tag],
        "summary": operation.summary,
        "parameters": parameters(operation),
        "responses": responses(operation),
    });
    if !operation.description.is_empty() {
        described["description"] = operation.description.into();
    }
    if !operation.needs_key() {
        described["security"] = json!([]);
    }
    if let Some(mut body) = request_body(operation.body) {
        body["x-most-bytes"] = operation.body_limit().into();
        described["requestBody"] = body;
    }
    if operation.id == "createEventSubscription" {
        described["callbacks"] = json!({"event": {"{$request.body#/url}": {"post": delivery()}}});
    }
    described
}

/// What a server posts to those who subscribed.
fn delivery() -> Value {
    json!({
        "summary": "What a server posts to subscribers",
        "description": "Posted again, with the same `id` and `Idempotency-Key`, until it is answered with 2xx.",
        "security": [],
        "requestBody": {"required": true, "content": content("EventMessage")},
        "responses": {"2XX": {"description": "It arrived."}},
    })
}

fn parameters(operation: &Operation) -> Vec<Value> {
    let in_path = operation.path_parameters().map(|name| {
        let schema = if name == "phone_number" {
            "PhoneText"
        } else {
            "Id"
        };
        json!({"name": name, "in": "path", "required": true, "schema": reference(schema)})
    });
    let in_query = operation.query.iter().map(query);
    let mut all: Vec<Value> = in_path.chain(in_query).collect();
    if operation.is_write() {
        all.push(json!({
            "name": "Idempotency-Key", "in": "header",
            "description": "The same key and request are answered the same once more; nothing is done twice.",
            "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
        }));
    }
    if operation.errors.contains(&412) {
        all.push(json!({
            "name": "If-Match", "in": "header",
            "description": "An ETag: the write is refused when the object has changed since. An empty one says nothing.",
            "schema": {"type": "string", "pattern": IF_MATCH},
        }));
    }
    if operation.needs_key() {
        all.push(json!({
            "name": "Leadline-Epoch", "in": "header",
            "description": "The life of the organization's data that is meant, as an answer named it: in any other the request is refused. An empty one says nothing.",
            "schema": {"type": "string", "pattern": "^[!-~]*$"},
        }));
    }
    all
}

/// Nothing, `*`, or quoted tags.
const IF_MATCH: &str = r#"^(|\*|(W/)?"[!#-~]*"( *, *(W/)?"[!#-~]*")*)$"#;

fn query(parameter: &Parameter) -> Value {
    let schema = match parameter.kind {
        Kind::Text => json!({"type": "string"}),
        Kind::Id => reference("Id"),
        Kind::Bool => json!({"type": "boolean"}),
        Kind::OneOf(all) => json!({"type": "string", "enum": all}),
        Kind::Number { least, most } => {
            json!({"type": "integer", "minimum": least, "maximum": most})
        }
        Kind::Cursor => json!({"type": "string", "pattern": "^[0-9]{1,18}$"}),
    };
    let (name, description) = (parameter.name, parameter.description);
    json!({"name": name, "in": "query", "description": description, "schema": schema})
}

fn reference(schema: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{schema}") })
}

fn content(schema: &str) -> Value {
    json!({"application/json": {"schema": reference(schema)}})
}

fn request_body(body: Body) -> Option<Value> {
    let mut content = content(match body {
        Body::None => return None,
        Body::Json(schema) | Body::JsonOrFile(schema) => schema,
    });
    if let Body::JsonOrFile(_) = body {
        content["multipart/form-data"] = json!({"schema": reference("LeadFile")});
    }
    Some(json!({"required": true, "content": content}))
}

/// Every status an operation can answer with: the table's, and what the kind of operation implies.
pub(crate) fn errors(operation: &Operation) -> Vec<u16> {
    let mut errors = operation.errors.to_vec();
    if operation.needs_key() {
        // No good key; another life than the one that is meant.
        errors.extend([401, 412]);
    }
    if let Work::ReadStored(_) | Work::Changes = operation.work {
        // What is told waits for a store that fails.
        errors.push(503);
    }
    if !operation.query.is_empty() {
        errors.push(400);
    }
    if operation.is_write() {
        // A bad key for the write, one used for another write, and a store that fails.
        errors.extend([400, 409, 503]);
    }
    if operation.body != Body::None {
        errors.extend([400, 413]);
    }
    ordered::sort(&mut errors);
    errors.dedup();
    errors
}

/// Where ids come from: (operation, place in its answer, parameter).
const SOURCES: &[(&str, &str, &str)] = &[
    ("createWorkflow", "#/id", "workflow_id"),
    ("createNode", "#/id", "node_id"),
    ("createEdge", "#/id", "edge_id"),
    ("enrolLeads", "#/data/0", "lead_id"),
    ("listCallLogs", "#/data/0/id", "call_id"),
    ("createAgent", "#/id", "agent_id"),
    ("createPhoneNumber", "#/phone_number", "phone_number"),
    ("createEventSubscription", "#/id", "subscription_id"),
];

/// What can be asked next of what an answer shows.
fn links(operation: &Operation) -> Map<String, Value> {
    let mut links = Map::new();
    let source = SOURCES.iter().find(|(id, ..)| *id == operation.id);
    let Some((_, pointer, parameter)) = source else {
        return links;
    };
    for next in OPERATIONS {
        if next.path_parameters().last() != Some(parameter) {
            continue;
        }
        let given = next.path_parameters().map(|name| {
            let from = match name == *parameter {
                true => format!("$response.body{pointer}"),
                false => format!("$request.path.{name}"),
            };
            (name.to_owned(), Value::from(from))
        });
        let mut parameters = Map::new();
        for (name, from) in given {
            parameters.insert(name, from);
        }
        let link = json!({"operationId": next.id, "parameters": parameters});
        links.insert(next.id.to_owned(), link);
    }
    links
}

fn text_header() -> Value {
    json!({"schema": {"type": "string"}})
}

fn responses(operation: &Operation) -> Value {
    let (status, schema) = operation.answer;
    let mut headers = Map::new();
    if operation.needs_key() {
        let epoch = json!({"$ref": "#/components/headers/LeadlineEpoch"});
        headers.insert("Leadline-Epoch".to_owned(), epoch);
    }
    let mut success = json!({"description": operation.summary, "content": content(schema)});
    if let Work::Changes | Work::Run(_) = operation.work {
        success["content"]["text/event-stream"] = json!({"schema": {"type": "string"}});
    }
    let mut of_success = headers.clone();
    if status == 201 && schema != "Enrolment" {
        of_success.insert("Location".to_owned(), text_header());
    }
    if !of_success.is_empty() {
        success["headers"] = of_success.into();
    }
    let links = links(operation);
    if !links.is_empty() {
        success["links"] = links.into();
    }
    let mut all = Map::new();
    all.insert(status.to_string(), success);
    for error in errors(operation) {
        let reason = StatusCode::from_u16(error)
            .ok()
            .and_then(|status| status.canonical_reason());
        let mut described =
            json!({"description": reason.unwrap_or("Error"), "content": content("Error")});
        let mut headers = headers.clone();
        if error == 401 {
            headers.clear();
        }
        if error == 412 && ["putDefinition", "patchDefinition"].contains(&operation.id) {
            headers.insert("ETag".to_owned(), text_header());
        }
        if !headers.is_empty() {
            described["headers"] = headers.into();
        }
        all.insert(error.to_string(), described);
    }
    Value::Object(all)
}
