//! What is worked out from texts alone: JSON, examples, requests, samples, known ids.

#![allow(clippy::unwrap_used)]

use leadline_playground::document::{Document, Operation};
use leadline_playground::json;
use leadline_playground::known::Known;
use leadline_playground::request::{Content, Draft, Key, Sent, encode};
use leadline_playground::samples::Language;
use serde_json::json;

fn document() -> Document {
    let document = json!({
        "info": {"title": "Shop", "version": "2"},
        "security": [{"bearer": []}],
        "tags": [{"name": "Orders"}, {"name": "Files"}],
        "paths": {
            "/files": {"post": {
                "operationId": "upload", "tags": ["Files"], "summary": "Upload",
                "requestBody": {"x-most-bytes": 10, "content": {
                    "application/json": {"schema": {"$ref": "#/components/schemas/Tree"}},
                    "multipart/form-data": {"schema": {"required": ["list"], "properties": {"list": {"format": "binary"}}}}}},
                "responses": {"201": {"description": "Made"}}}},
            "/orders/{order id}": {"get": {
                "operationId": "read", "tags": ["Orders"], "summary": "Read", "security": [],
                "parameters": [
                    {"name": "order id", "in": "path", "required": true, "schema": {"type": "string"}},
                    {"name": "page", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 5}},
                    {"name": "open", "in": "query", "schema": {"type": "boolean"}},
                    {"name": "If-Match", "in": "header", "schema": {"type": "string"}}],
                "responses": {"200": {"description": "Read", "links": {
                    "next": {"parameters": {"order id": "$response.body#/next"}}}}}}}
        },
        "components": {"schemas": {
            "Tree": {"type": "object", "required": ["name", "kind"], "properties": {
                "kind": {"enum": ["a", "b"]}, "name": {"type": "string"},
                "left": {"$ref": "#/components/schemas/Tree"}}}
        }}
    });
    Document::read(&document.to_string()).unwrap()
}

fn operation(id: &str) -> Operation {
    document().operation(id).unwrap().clone()
}

fn draft(id: &str, values: &[(&str, &str)]) -> Draft {
    let values = values
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Draft {
        values: values.collect(),
        ..Draft::example(&operation(id))
    }
}

#[test]
fn json_is_indented_and_nothing_in_it_changes() {
    for (text, pretty) in [
        ("{}", "{}"),
        (" [ ] ", "[]"),
        (
            "{\"b\":1.0,\"a\":12345678901234567890}",
            "{\n  \"b\": 1.0,\n  \"a\": 12345678901234567890\n}",
        ),
        (
            "[{\"a\":\"x, {y}: \\\"z\\\\\"},null]",
            "[\n  {\n    \"a\": \"x, {y}: \\\"z\\\\\"\n  },\n  null\n]",
        ),
        ("\"é\"", "\"é\""),
        ("{\"a\":", "{\"a\":"),
    ] {
        assert_eq!(json::pretty(text), pretty);
        assert_eq!(json::pretty(pretty), pretty, "once is enough");
    }
    assert_eq!(json::problem(" "), Some("It is empty.".to_owned()));
    assert_eq!(
        json::problem("{\"a\" 1}"),
        Some("expected `:` at line 1 column 6.".to_owned())
    );
}

#[test]
fn a_document_is_read_by_chapter() {
    let document = document();
    let ids: Vec<_> = document
        .operations
        .iter()
        .map(|operation| operation.id.as_str())
        .collect();
    assert_eq!(ids, ["read", "upload"]);
    let read = operation("read");
    assert!(!read.needs_key && operation("upload").needs_key);
    assert_eq!(read.parameters[1].limits, "1 to 5");
    assert_eq!(read.parameters[2].options, ["true", "false"]);
    assert_eq!(read.links[0].pointer, "/next");
    let body = operation("upload").body.unwrap();
    assert_eq!(
        (body.file.as_deref(), body.most_bytes),
        (Some("list"), Some(10))
    );
    assert_eq!(
        body.example,
        "{\n  \"name\": \"text\",\n  \"kind\": \"a\"\n}"
    );
    assert!(
        Document::read("[]")
            .unwrap_err()
            .contains("no OpenAPI document")
    );
    assert!(Document::read("{").unwrap_err().contains("not JSON"));
}

#[test]
fn a_request_is_put_together() {
    let full = draft(
        "read",
        &[
            ("order id", " ä/1 "),
            ("page", "2"),
            ("open", ""),
            ("If-Match", "\"x\""),
        ],
    );
    let sent = full.build(&operation("read"));
    assert_eq!(sent.path, "/orders/%C3%A4%2F1?page=2");
    assert_eq!(sent.headers, [("If-Match".to_owned(), "\"x\"".to_owned())]);
    assert_eq!(sent.key, Key::None, "an open operation gets no key");
    let empty = draft("read", &[("order id", " ")]);
    assert_eq!(empty.lacking(&operation("read")), ["order id"]);
    assert_eq!(encode("a b+c~"), "a%20b%2Bc~");
}

#[test]
fn a_file_goes_as_a_form() {
    let file = Content::File {
        field: "list".into(),
        name: "a\"b.csv".into(),
        bytes: vec![0, 255],
    };
    let sent = Draft {
        body: file,
        ..draft("upload", &[])
    }
    .build(&operation("upload"));
    let bytes = sent.bytes();
    let boundary = sent.headers[0].1.split_once("boundary=").unwrap().1;
    let (head, tail) = (
        format!("--{boundary}\r\n"),
        format!("\r\n--{boundary}--\r\n"),
    );
    assert!(bytes.starts_with(head.as_bytes()) && bytes.ends_with(tail.as_bytes()));
    let text = String::from_utf8_lossy(&bytes);
    assert!(
        text.contains("name=\"list\"; filename=\"a_b.csv\""),
        "{text}"
    );
    assert!(
        bytes
            .windows(6)
            .any(|part| part == [b'\r', b'\n', b'\r', b'\n', 0, 255])
    );
}

fn sent(body: Content) -> Sent {
    Sent {
        method: "POST".into(),
        path: "/orders?name=it%27s".into(),
        headers: vec![("Content-Type".into(), "application/json".into())],
        body,
        key: Key::Own,
    }
}

#[test]
fn samples_are_quoted_for_their_language() {
    let sent = sent(Content::Text("{\"a\": \"it's \\\"#\"}".into()));
    let code = |language: Language| language.code("http://h", &sent);
    assert_eq!(
        code(Language::Curl),
        "curl --request POST 'http://h/orders?name=it%27s' \\\n  --header \"Authorization: Bearer $LEADLINE_KEY\" \\\n  \
         --header 'Content-Type: application/json' \\\n  --data-raw '{\"a\": \"it'\\''s \\\"#\"}'"
    );
    assert!(
        code(Language::Rust).contains("r##\"{\"a\": \"it's \\\"#\"}\"##"),
        "{}",
        code(Language::Rust)
    );
    assert!(
        code(Language::JavaScript).contains("body: JSON.stringify({\n    \"a\""),
        "{}",
        code(Language::JavaScript)
    );
    assert!(
        code(Language::Package).contains("leadline.fetch(\"/orders"),
        "{}",
        code(Language::Package)
    );
}

#[test]
fn what_is_no_json_is_sent_as_the_text_it_is() {
    let code = Language::JavaScript.code("http://h", &sent(Content::Text("{\"a\"".into())));
    assert!(code.contains("body: \"{\\\"a\\\"\""), "{code}");
    let none = Language::JavaScript.code(
        "http://h",
        &Sent {
            method: "GET".into(),
            key: Key::None,
            headers: vec![],
            ..sent(Content::None)
        },
    );
    assert!(
        none.contains("fetch(\"http://h/orders?name=it%27s\");"),
        "{none}"
    );
}

#[test]
fn ids_are_learned_named_and_forgotten() {
    let operation = |id: &str, method: &str| Operation {
        id: id.into(),
        method: method.into(),
        ..operation("read")
    };
    let mut known = Known::default();
    let list = json!({"data": [
        {"id": "nod_b", "workflow_id": "wfl_2", "label": "Later"},
        {"id": "nod_a", "workflow_id": "wfl_1", "label": "First"}], "next": "7", "text": "wfl_ is no id"});
    known.learn(&operation("listNodes", "GET"), &Draft::default(), &list);
    let offered = |known: &Known, parameter: &str, workflow: &str| -> Vec<String> {
        known
            .offered(parameter, workflow)
            .iter()
            .map(|item| format!("{} {}", item.value, item.name))
            .collect()
    };
    assert_eq!(
        offered(&known, "node_id", ""),
        ["nod_b Later", "nod_a First"]
    );
    assert_eq!(
        offered(&known, "node_id", "wfl_1"),
        ["nod_a First", "nod_b Later"]
    );
    assert_eq!(offered(&known, "workflow_id", ""), ["wfl_2 ", "wfl_1 "]);
    assert_eq!(
        offered(&known, "order id", ""),
        ["7 "],
        "the document says so in a link"
    );
    let mut last = draft("read", &[]);
    known.fill(&self::operation("read"), &mut last);
    assert_eq!(last.value("order id"), "7");
    known.learn(&operation("delete", "DELETE"), &last, &json!({}));
    assert_eq!(offered(&known, "order id", ""), Vec::<String>::new());
}

/// What tells the forms of a thing apart comes first where that form says so.
#[test]
fn an_example_is_written_as_its_form_says() {
    let root = json!({"components": {"schemas": {
        "Put": {"required": ["kind", "id"], "properties": {"kind": {"const": "put"}}}
    }}});
    let schema = json!({
        "discriminator": {"propertyName": "kind", "mapping": {"put": "#/components/schemas/Put"}},
        "examples": [{"a": 1, "id": 2, "kind": "put"}]
    });
    let content = json!({ "schema": schema });
    let written = leadline_playground::example::of_content(&root, &content);
    let places = ["kind", "id", "\"a\""].map(|name| written.find(name).unwrap());
    assert!(places.is_sorted(), "{written}");
}
