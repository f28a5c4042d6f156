//! What the document must be for those who read it by program: generators of clients stumble over forms that
//! JSON Schema allows and few languages know. `cargo xtask test --long` runs the generators themselves.

#![allow(clippy::unwrap_used, clippy::panic)]

// To send requests, and nothing else of it.
#[allow(dead_code)]
mod common;

use std::collections::BTreeSet;

use common::memory::{Memory, send};
use common::script::Sent;
use leadline_api::operations::OPERATIONS;
use leadline_api::{Clock, document, prose};
use leadline_model::{CallStatus, NodeType, Operator};
use serde_json::{Value, json};

fn schemas() -> impl Iterator<Item = (&'static String, &'static Value)> {
    let schemas = document()["components"]["schemas"].as_object().unwrap();
    schemas.iter()
}

fn named(reference: &Value) -> Option<&'static str> {
    let name = reference["$ref"].as_str()?;
    let name = name.strip_prefix("#/components/schemas/")?;
    schemas()
        .find(|(known, _)| *known == name)
        .map(|(known, _)| known.as_str())
}

fn resolved(schema: &'static Value) -> &'static Value {
    let name = named(schema);
    name.map_or(schema, |name| &document()["components"]["schemas"][name])
}

fn list(value: &'static Value) -> &'static [Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// Every schema there is, however deep, with where it is.
fn all() -> Vec<(String, &'static Value)> {
    let mut found = Vec::new();
    let mut open: Vec<(String, &'static Value)> = Vec::new();
    open.extend(schemas().map(|(name, schema)| (name.clone(), schema)));
    while let Some((place, schema)) = open.pop() {
        let fields = schema["properties"].as_object().into_iter().flatten();
        open.extend(fields.map(|(name, inner)| (format!("{place}.{name}"), inner)));
        for word in ["items", "additionalProperties", "propertyNames"] {
            if schema[word].is_object() {
                open.push((format!("{place} {word}"), &schema[word]));
            }
        }
        for word in ["oneOf", "anyOf", "allOf"] {
            let inner = list(&schema[word]).iter();
            open.extend(inner.map(|inner| (format!("{place} {word}"), inner)));
        }
        found.push((place, schema));
    }
    assert!(found.len() > 500);
    found
}

/// Of a schema that is made of itself without a property between, most languages can make no type.
#[test]
fn nothing_is_made_of_itself_but_by_a_property() {
    fn within(schema: &'static Value, seen: &mut BTreeSet<&'static str>) {
        if let Some(name) = named(schema)
            && !seen.insert(name)
        {
            return;
        }
        let schema = resolved(schema);
        for word in ["items", "additionalProperties"] {
            within_one(&schema[word], seen);
        }
        for word in ["oneOf", "anyOf", "allOf"] {
            list(&schema[word])
                .iter()
                .for_each(|inner| within_one(inner, seen));
        }
    }
    fn within_one(schema: &'static Value, seen: &mut BTreeSet<&'static str>) {
        if schema.is_object() {
            within(schema, seen);
        }
    }
    for (name, schema) in schemas() {
        let mut seen = BTreeSet::new();
        within(schema, &mut seen);
        assert!(!seen.contains(name.as_str()), "{name}");
    }
}

/// Things of several forms: whole schemas, told apart by a field that each of them needs.
#[test]
fn forms_are_told_apart_by_a_field() {
    let mut told = 0;
    for (place, schema) in all() {
        let forms = list(&schema["oneOf"]).iter();
        let forms: Vec<&Value> = forms.filter(|form| form["type"] != "null").collect();
        if forms.len() < 2 {
            assert!(schema.get("discriminator").is_none(), "{place}");
            continue;
        }
        told += 1;
        let by = schema["discriminator"]["propertyName"].as_str().unwrap();
        let mapping = schema["discriminator"]["mapping"].as_object().unwrap();
        assert_eq!(mapping.len(), forms.len(), "{place}");
        for form in forms {
            let whole = resolved(form);
            let constant = whole["properties"][by]["const"].as_str().unwrap();
            assert_eq!(mapping[constant], form["$ref"], "{place}");
            assert!(list(&whole["required"]).contains(&by.into()), "{place}");
            assert_eq!(whole["type"], "object", "{place}");
        }
    }
    assert_eq!(told, 5, "nodes of three kinds, steps, changes");
}

/// A choice between lists of required fields is taken for a choice between types, of which nothing is known.
#[test]
fn every_alternative_is_a_type() {
    for (place, schema) in all() {
        for word in ["oneOf", "anyOf", "allOf"] {
            for way in list(&schema[word]) {
                let typed = way.get("$ref").is_some() || way.get("type").is_some();
                assert!(typed, "{place}: {way}");
            }
        }
    }
}

/// Java has no class for either a text or a list.
#[test]
fn a_list_is_never_one_of_several_types() {
    let is_list = |schema: &Value| schema["type"] == "array";
    for (place, schema) in all() {
        let names = list(&schema["type"]);
        let others = names.iter().filter(|name| **name != "null").count();
        assert!(others < 2, "{place}");
        for word in ["oneOf", "anyOf"] {
            let ways = list(&schema[word]);
            assert!(!ways.iter().any(|way| is_list(resolved(way))), "{place}");
        }
    }
}

/// An object of which nothing is said holds nothing, as some generators see it.
#[test]
fn what_an_object_holds_is_said() {
    for (place, schema) in all() {
        let said = ["properties", "additionalProperties", "allOf"];
        let object = schema["type"] == "object" || list(&schema["type"]).contains(&"object".into());
        let empty = ["TerminalConfig", "Document"].contains(&place.as_str());
        let good = !object || empty || said.iter().any(|word| schema.get(word).is_some());
        assert!(good, "{place}: {schema}");
    }
}

/// What a list answers to go on from is what the next request takes.
#[test]
fn cursors_are_asked_for_as_they_are_answered() {
    let mut seen = 0;
    for operation in OPERATIONS {
        let verb = format!("{:?}", operation.verb).to_lowercase();
        let described = &document()["paths"][format!("/v1{}", operation.path)][verb];
        let answer = &document()["components"]["schemas"][operation.answer.1];
        let Some(answered) = answer["properties"].get("cursor") else {
            continue;
        };
        let parameter = list(&described["parameters"])
            .iter()
            .find(|one| one["name"] == "cursor" || one["name"] == "after")
            .unwrap();
        let answered = match list(&answered["type"]) {
            [] => &answered["type"],
            several => several.iter().find(|name| **name != "null").unwrap(),
        };
        assert_eq!(&parameter["schema"]["type"], answered, "{operation:?}");
        seen += 1;
    }
    assert_eq!(seen, 3, "events, changes, runs");
}

/// Generators for servers and clients make broken code of webhooks; a callback of the subscription says the same.
#[test]
fn deliveries_are_a_callback_of_the_subscription() {
    assert!(document().get("webhooks").is_none());
    let callbacks = &document()["paths"]["/v1/event-subscriptions"]["post"]["callbacks"];
    let body = &callbacks["event"]["{$request.body#/url}"]["post"]["requestBody"];
    let schema = &body["content"]["application/json"]["schema"];
    assert_eq!(named(schema), Some("EventMessage"));
}

/// A form beside JSON is a map of files: fields of its own would be a body of another type.
#[test]
fn a_form_is_a_map_of_files() {
    let mut forms = 0;
    for operation in OPERATIONS {
        let verb = format!("{:?}", operation.verb).to_lowercase();
        let described = &document()["paths"][format!("/v1{}", operation.path)][verb];
        let content = &described["requestBody"]["content"];
        let Some(form) = content.get("multipart/form-data") else {
            continue;
        };
        let form = resolved(&form["schema"]);
        assert!(form.get("properties").is_none(), "{operation:?}");
        assert_eq!(form["additionalProperties"]["format"], "binary");
        assert_eq!(list(&form["required"]).len(), 1);
        forms += 1;
    }
    assert_eq!(forms, 1);
}

/// Whole numbers beyond 32 bits are said to be such.
#[test]
fn large_numbers_have_room() {
    for (place, schema) in all() {
        let most = schema["maximum"].as_u64().unwrap_or(0);
        let large = schema["type"] == "integer" && most > u64::from(u32::MAX);
        assert!(!large || schema["format"] == "int64", "{place}");
    }
}

/// Everything there is to build a workflow from is said of a field, not left to its name.
#[test]
fn what_a_workflow_is_built_from_is_described() {
    let parts = [
        "Settings",
        "RetryPolicy",
        "CallingWindow",
        "VoiceCallConfig",
        "CallSimulation",
        "TimeConfig",
        "Delay",
        "Until",
        "From",
        "Condition",
        "ConditionalConfig",
        "ApplicationConfig",
        "SetStep",
        "ClassifyStep",
        "HttpStep",
        "ApprovalStep",
        "CategoryRule",
    ];
    for name in parts {
        let fields = document()["components"]["schemas"][name]["properties"].as_object();
        for (field, schema) in fields.unwrap() {
            let said = schema["description"].is_string() || schema.get("const").is_some();
            assert!(said, "{name}.{field}");
        }
    }
    for tag in list(&document()["tags"]) {
        assert!(tag["description"].as_str().unwrap().len() > 20, "{tag}");
    }
}

/// The prose knows every word of the model: what it lacks nobody could use.
#[test]
fn every_word_of_the_model_is_in_the_prose() {
    let prose = prose();
    for status in CallStatus::ALL {
        let rows = prose.lines().filter(|line| line.starts_with("| `"));
        let row = rows.into_iter().find(|row| {
            let first = row.split('|').nth(1).unwrap_or_default();
            first.contains(&format!("`{status}`"))
        });
        let row = row.unwrap_or_else(|| panic!("{status}"));
        let said = row.split('|').nth(2).unwrap();
        match status.branch() {
            Some(branch) => assert!(said.contains(branch.label()), "{row}"),
            None => assert!(said.contains("none yet"), "{row}"),
        }
    }
    for node_type in NodeType::ALL {
        let name = serde_json::to_value(node_type).unwrap();
        let start = format!("| `{}` |", name.as_str().unwrap());
        let row = prose.lines().find(|line| line.starts_with(&start)).unwrap();
        for output in node_type.empty_config().outputs() {
            let said = output.label.as_deref().unwrap_or("no label");
            assert!(row.contains(said), "{row}: {said}");
        }
    }
    for operator in Operator::ALL {
        let name = serde_json::to_value(operator).unwrap();
        let name = format!("`{}`", name.as_str().unwrap());
        assert!(prose.contains(&name), "{name}");
    }
    let fields = [
        "lead.<key>",
        "lead.phone_number",
        "call.status",
        "call.outcome",
        "call.duration_seconds",
        "call.analysis.<key>",
        "visits.<node id>",
        "application.status",
        "application.body.<key>",
        "task",
        "state.<key>",
        "steps.<name>.output.<key>",
    ];
    for field in fields {
        assert!(prose.matches(&format!("`{field}`")).count() >= 2, "{field}");
    }
}

/// The prose is the document: each operation, each schema and each field is in it.
#[test]
fn the_prose_leaves_nothing_out() {
    let prose = prose();
    for operation in OPERATIONS {
        assert!(prose.contains(&format!("`{}`: {}", operation.id, operation.summary)));
        assert!(prose.contains(operation.description));
    }
    for (name, schema) in schemas() {
        let own = prose.split_once(&format!("\n## {name}\n")).unwrap().1;
        let own = own.split("\n## ").next().unwrap();
        for field in schema["properties"].as_object().into_iter().flatten() {
            assert!(
                own.contains(&format!("- `{}`", field.0)),
                "{name}.{}",
                field.0
            );
        }
    }
}

/// Findings are read on the page and in answers: what they ask for has the names that bodies have.
#[test]
fn findings_name_what_is_to_be_changed() {
    let host = Memory::new(Clock::Simulated);
    let ask = |request: &str, body: Value| {
        let (method, path) = request.split_once(' ').unwrap();
        let sent = Sent {
            method: method.into(),
            path: path.into(),
            key: "a".into(),
            headers: Vec::new(),
            body: body.to_string().into_bytes(),
        };
        let got = send(&host, &sent);
        assert!(got.status < 300, "{:?}", String::from_utf8(got.body));
        serde_json::from_slice::<Value>(&got.body).unwrap()
    };
    let made = ask("POST /v1/workflows", json!({"title": "T"}));
    let path = format!("/v1/workflows/{}", made["id"].as_str().unwrap());
    let rule = json!({"field": "score", "operator": "greater_than", "value": 50});
    let nodes = json!([
        {"id": "call", "node_type": "VOICE_CALL"},
        {"id": "wait", "node_type": "TIME"},
        {"id": "choose", "node_type": "CONDITIONAL", "config": {"branches": [{"label": "yes", "all": [rule]}]}},
        {"id": "act", "node_type": "APPLICATION"},
        {"id": "end", "node_type": "CONVERTED"}
    ]);
    let edge = |id: &str, from: &str, to: &str, label: &str| json!({"id": id, "from_node_id": from, "to_node_id": to, "label": label});
    let edges = json!([
        edge("a", "call", "wait", "ANSWERED"),
        edge("b", "wait", "choose", "DONE"),
        edge("c", "choose", "act", "maybe"),
        edge("d", "act", "end", "OK")
    ]);
    let definition = json!({"title": "T", "nodes": nodes, "edges": edges});
    ask(&format!("PUT {path}/definition"), definition);
    let findings = ask(&format!("GET {path}/validate"), Value::Null);
    let all: Vec<String> = ["errors", "warnings"]
        .iter()
        .flat_map(|kind| findings[kind].as_array().unwrap())
        .map(|finding| format!("{} {}", finding["message"], finding["fix"]))
        .collect();
    for name in [
        "agent_id",
        "from_phone_number",
        "delay",
        "until",
        "from",
        "lead.score",
        "visits.<node id>",
        "otherwise",
        "action",
        "set_variables",
        "COMPLETED",
        "DNP",
        "SUCCESS",
        "FAILURE",
        "without a label",
    ] {
        let named = all.iter().any(|finding| finding.contains(name));
        assert!(named, "{name}: {all:#?}");
    }
}
