//! The answer's fields as a simple list, and as a JSON schema for what goes beyond it.

use leadline_model::ordered::Ordered;
use leadline_model::{Value, Variables, json};
use leptos::prelude::*;

use crate::boxed::{handler, memo};
use crate::components::control_flow::Show;
use crate::designer::forms::bound::Bound;
use crate::designer::forms::controls::{CheckField, Choices, RemoveButton, TextArea, pairs, rows};

const KINDS: [(&str, &str); 4] = [
    ("string", "Text"),
    ("number", "Number"),
    ("boolean", "Yes or no"),
    ("choice", "Choice"),
];

/// One field of the answer.
#[derive(Debug, Clone, PartialEq, Default)]
struct Row {
    name: String,
    /// A key of [`KINDS`].
    kind: String,
    /// What can be chosen, between commas.
    choices: String,
    required: bool,
}

/// The rows of a schema; `None` when it says more than rows can.
fn rows_of(schema: &Value) -> Option<Vec<Row>> {
    let Value::Map(rules) = schema else {
        return None;
    };
    let simple = |key: &String| matches!(key.as_str(), "type" | "properties" | "required");
    if rules.get("type") != Some(&Value::from("object")) || !rules.keys().all(simple) {
        return None;
    }
    let empty = Variables::new();
    let fields = match rules.get("properties") {
        Some(Value::Map(fields)) => fields,
        None => &empty,
        Some(_) => return None,
    };
    let required: Vec<String> = match rules.get("required") {
        Some(Value::List(names)) => names.iter().map(ToString::to_string).collect(),
        None => Vec::new(),
        Some(_) => return None,
    };
    if !required.iter().all(|name| fields.contains_key(name)) {
        return None;
    }
    // The object has no order; `required` has one.
    let optional = fields.keys().filter(|name| !required.contains(name));
    let names = required.iter().chain(optional);
    names
        .map(|name| row_of(name, fields.get(name)?, required.contains(name)))
        .collect()
}

fn row_of(name: &str, rule: &Value, required: bool) -> Option<Row> {
    let Value::Map(rule) = rule else { return None };
    let Some(Value::Text(kind)) = rule.get("type") else {
        return None;
    };
    let (kind, choices) = match (rule.len(), kind.as_str(), rule.get("enum")) {
        (1, "string" | "number" | "boolean", None) => (kind.clone(), String::new()),
        (2, "string", Some(Value::List(list))) => {
            let simple = |v: &Value| matches!(v, Value::Text(text) if !text.contains(','));
            if !list.iter().all(simple) {
                return None;
            }
            let texts: Vec<String> = list.iter().map(ToString::to_string).collect();
            ("choice".to_owned(), texts.join(", "))
        }
        _ => return None,
    };
    Some(Row {
        name: name.to_owned(),
        kind,
        choices,
        required,
    })
}

/// The schema of rows; `None` for no rows.
fn schema_of(rows: &[Row]) -> Option<Value> {
    if rows.is_empty() {
        return None;
    }
    let field = |row: &Row| {
        let mut rule = Variables::new();
        let choice = row.kind == "choice";
        let kind = if choice { "string" } else { row.kind.as_str() };
        rule.insert("type".to_owned(), Value::from(kind));
        if choice {
            let texts = row.choices.split(',').map(str::trim);
            let list = texts.filter(|text| !text.is_empty()).map(Value::from);
            rule.insert("enum".to_owned(), Value::List(list.collect()));
        }
        (row.name.trim().to_owned(), Value::Map(rule))
    };
    let required = rows.iter().filter(|row| row.required);
    let required = required.map(|row| Value::from(row.name.trim())).collect();
    let schema = [
        ("type", Value::from("object")),
        ("properties", Value::Map(rows.iter().map(field).into_map())),
        ("required", Value::List(required)),
    ];
    let schema = schema.map(|(key, value)| (key.to_owned(), value));
    Some(Value::Map(schema.into_iter().into_map()))
}

/// What is wrong with a row.
fn row_error(rows: &[Row], at: usize) -> Option<&'static str> {
    let row = rows.get(at)?;
    let same = rows
        .iter()
        .filter(|other| other.name.trim() == row.name.trim());
    if row.name.trim().is_empty() {
        Some("Name the field.")
    } else if same.count() > 1 {
        Some("Another field has this name.")
    } else if row.kind == "choice" && row.choices.split(',').all(|text| text.trim().is_empty()) {
        Some("Say what can be chosen.")
    } else {
        None
    }
}

/// The fields of the answer.
#[component]
pub fn SchemaForm(
    /// The schema; `None`: any answer.
    schema: Bound<Option<Value>>,
) -> impl IntoView {
    let known = schema.peek().map_or(Some(Vec::new()), |s| rows_of(&s));
    let raw = Bound::local(known.is_none());
    let list = RwSignal::new(known.unwrap_or_default());
    let fields = Bound::new(memo(move || list.get()), move |rows: Vec<Row>| {
        schema.set(schema_of(&rows));
        list.set(rows);
    });
    let as_json = Bound::new(memo(move || raw.get()), move |on: bool| {
        let rows = schema.peek().map_or(Some(Vec::new()), |s| rows_of(&s));
        if let (false, Some(rows)) = (on, &rows) {
            list.set(rows.clone());
        }
        // What rows cannot say stays JSON.
        raw.set(on || rows.is_none());
    });
    let stuck = memo(move || {
        raw.get()
            && schema
                .get()
                .is_some_and(|schema| rows_of(&schema).is_none())
    });
    let help = Signal::derive(move || match stuck.get() {
        true => "This schema says more than a list of fields can.".to_owned(),
        false => "For what a list of fields cannot say.".to_owned(),
    });
    view! {
        <fieldset class="d-field answer-fields">
            <legend>"Fields of the answer"</legend>
            <Show when=move || raw.get() fallback=move || view! { <FieldRows fields /> }>
                <JsonForm schema />
            </Show>
            <CheckField label="As JSON schema" value=as_json help />
        </fieldset>
    }
}

#[component]
fn FieldRows(fields: Bound<Vec<Row>>) -> impl IntoView {
    let add = move |_| {
        fields.update(|rows| {
            rows.push(Row {
                kind: "string".to_owned(),
                required: true,
                ..Row::default()
            });
        });
    };
    view! {
        <p class="d-note">
            {move || match fields.get().is_empty() {
                true => "None: the answer is a text.",
                false => "The person fills in a form with these.",
            }}
        </p>
        {rows(fields, move |at| view! { <FieldRow fields at /> })}
        <div><button type="button" class="d-button" on:click=handler(add)>"Add field"</button></div>
    }
}

#[component]
fn FieldRow(fields: Bound<Vec<Row>>, at: usize) -> impl IntoView {
    let row = fields.item(at, Row::default());
    let name = row.part(|r| r.name.clone(), |r, name| r.name = name);
    let kind = row.part(|r| r.kind.clone(), |r, kind| r.kind = kind);
    let choices = row.part(|r| r.choices.clone(), |r, text| r.choices = text);
    let required = row.part(|r| r.required, |r, on| r.required = on);
    let is_choice = memo(move || kind.get() == "choice");
    let error = move || row_error(&fields.get(), at);
    view! {
        <div class="answer-field" role="group" aria-label=format!("Field {}", at + 1)>
            <input type="text" autocomplete="off" placeholder="name" aria-label=format!("Name of field {}", at + 1)
                prop:value=move || name.get()
                on:input:target=move |event| name.set(event.target().value()) />
            <Choices value=kind choices=pairs(KINDS) name=format!("Type of field {}", at + 1) />
            <label class="d-check">
                <input type="checkbox" prop:checked=move || required.get()
                    on:change:target=move |event| required.set(event.target().checked()) />
                <span>"Required"</span>
            </label>
            <RemoveButton name=Signal::derive(move || format!("Remove field {}", name.get()))
                on_press=move || fields.update(|l| if at < l.len() { l.remove(at); }) />
            <Show when=move || is_choice.get()>
                <input class="answer-choices" type="text" autocomplete="off" placeholder="small, medium, large"
                    aria-label=format!("Choices of field {}", at + 1)
                    prop:value=move || choices.get()
                    on:input:target=move |event| choices.set(event.target().value()) />
            </Show>
            {move || error().map(|error| view! { <p class="d-error">{error}</p> })}
        </div>
    }
}

/// The schema as JSON; what cannot be read stays in the field, and the schema as it was.
#[component]
fn JsonForm(schema: Bound<Option<Value>>) -> impl IntoView {
    let pretty = |schema: &Option<Value>| match schema {
        None => String::new(),
        Some(schema) => serde_json::to_string_pretty(schema).unwrap_or_default(),
    };
    let typed = RwSignal::new(pretty(&schema.peek()));
    let error = RwSignal::new(None::<String>);
    let text = Bound::new(memo(move || typed.get()), move |text: String| {
        typed.set(text.clone());
        if text.trim().is_empty() {
            error.set(None);
            return schema.set(None);
        }
        match json::from_text::<Value>(&text) {
            Ok(value) => {
                error.set(None);
                schema.set(Some(value));
            }
            Err(wrong) => error.set(Some(format!("This is no JSON: {wrong}."))),
        }
    });
    view! {
        <TextArea label="JSON schema" value=text error rows=8
            help="type, properties, required, enum, minimum, maximum, minLength, items and the like." />
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn rows_and_schema_say_the_same() {
        let row = |name: &str, kind: &str, choices: &str, required| Row {
            name: name.to_owned(),
            kind: kind.to_owned(),
            choices: choices.to_owned(),
            required,
        };
        let rows = vec![
            row("team", "choice", "east, west", true),
            row("amount", "number", "", true),
            row("note", "string", "", false),
            row("vip", "boolean", "", false),
        ];
        let schema = schema_of(&rows).unwrap();
        assert_eq!(rows_of(&schema), Some(rows));
        assert_eq!(schema_of(&[]), None);
    }

    #[test]
    fn what_rows_cannot_say_stays_json() {
        for schema in [
            r#"{"type": "string"}"#,
            r#"{"type": "object", "additionalProperties": false}"#,
            r#"{"type": "object", "properties": {"n": {"type": "number", "minimum": 1}}}"#,
            r#"{"type": "object", "properties": {"n": {"type": "string", "enum": ["a,b"]}}}"#,
            r#"{"type": "object", "required": ["n"]}"#,
        ] {
            let schema: Value = serde_json::from_str(schema).unwrap();
            assert_eq!(rows_of(&schema), None, "{schema}");
        }
    }
}
