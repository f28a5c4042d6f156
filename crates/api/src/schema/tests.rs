//! The check, and the schemas themselves.

#![allow(clippy::unwrap_used)]
use super::*;

fn check_body(schema: &str, body: &str, expected: &[&str]) {
    let body = serde_json::from_str(body).unwrap();
    assert_eq!(problems(schema, &body), expected, "{schema}: {body}");
}

#[test]
fn every_field_that_is_wrong_is_named() {
    check_body("NewWorkflow", r#"{"title": "T", "odd": 1}"#, &[]);
    check_body("NewWorkflow", r#"[]"#, &["the body must be an object"]);
    check_body("NewWorkflow", r#"{}"#, &["`title` is missing"]);
    check_body(
        "NewWorkflow",
        r#"{"title": "", "settings": {"retry": {"max_retries": -1, "retry_on": ["lost"]}, "auto_complete": null}}"#,
        &[
            "`settings.auto_complete` must be true or false",
            "`settings.retry.max_retries` must be at least 0",
            "`settings.retry.retry_on[0]` must be one of created, waiting, initiated, sent, received, connected, \
             completed, did_not_pick, busy, failed, no_answer, cancelled, retry_expired, machine",
            "`title` must not be empty",
        ],
    );
    check_body(
        "NewWorkflow",
        r#"{"title": "T", "settings": {"retry": null}}"#,
        &[],
    );
    check_body(
        "NewWorkflow",
        r#"{"title": "T", "settings": {"retry": 7}}"#,
        &["`settings.retry` must be an object"],
    );
    check_body(
        "NewWorkflow",
        r#"{"title": 1.5}"#,
        &["`title` must be a text"],
    );
}

#[test]
fn alternatives_are_chosen_by_type_by_constant_and_by_field() {
    check_body(
        "WorkflowPatch",
        r#"{"name": 1}"#,
        &["at least one of title, description, settings is needed"],
    );
    check_body(
        "Advance",
        r#"{"by_ms": 1, "to": "x"}"#,
        &["exactly one of by_ms, to is needed"],
    );
    check_body(
        "Advance",
        r#"{"by_ms": 1.5}"#,
        &["`by_ms` must be a whole number"],
    );
    check_body(
        "NewNode",
        r#"{"node_type": "TIME", "config": {"delay": {"value": "two"}}}"#,
        &[
            "`config.delay.unit` is missing",
            "`config.delay.value` must be a whole number",
        ],
    );
    check_body(
        "NewNode",
        r#"{"node_type": "CONVERTED", "config": {"delay": 1}}"#,
        &[],
    );
    check_body(
        "NewNode",
        r#"{"node_type": "TEA"}"#,
        &[
            "`node_type` must be one of VOICE_CALL, TIME, CONDITIONAL, APPLICATION, CONVERTED, DROPPED",
        ],
    );
}

/// Walks every schema: known words only, and every reference leads somewhere.
#[test]
fn the_schemas_use_only_what_is_checked() {
    // Judged in published schemas alone, or said to readers.
    const OTHERS: [&str; 9] = [
        "$ref",
        "allOf",
        "discriminator",
        "if",
        "then",
        "else",
        "pattern",
        "format",
        "description",
    ];
    fn walk(schema: &Value) {
        let Some(rules) = schema.as_object() else {
            return;
        };
        for (word, rule) in rules {
            let word = word.as_str();
            assert!(
                schema::KEYWORDS.contains(&word) || OTHERS.contains(&word) || word == "examples",
                "{word}"
            );
            match word {
                "$ref" => {
                    let name = rule.as_str().unwrap();
                    let name = name.strip_prefix("#/components/schemas/").unwrap();
                    assert!(SCHEMAS.contains_key(name), "{rule}");
                }
                "properties" => rule.as_object().unwrap().values().for_each(walk),
                "items" | "additionalProperties" | "propertyNames" | "if" | "then" | "else" => {
                    walk(rule)
                }
                "allOf" | "oneOf" | "anyOf" => rule.as_array().unwrap().iter().for_each(walk),
                _ => {}
            }
        }
    }
    assert!(SCHEMAS.len() > 50);
    SCHEMAS.values().for_each(walk);
}

#[test]
fn the_examples_in_the_schemas_are_good() {
    let mut seen = 0;
    for (name, schema) in SCHEMAS.iter() {
        for example in schema["examples"].as_array().into_iter().flatten() {
            assert_eq!(problems(name, example), Vec::<String>::new(), "{name}");
            seen += 1;
        }
    }
    assert!(seen > 10);
}
