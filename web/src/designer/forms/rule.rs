//! One rule of a condition: a field picked from what is known, an operator in words, a typed value.

use leadline_model::{CallStatus, Operator, Rule, Value};
use leptos::prelude::*;

use super::bound::Bound;
use super::controls::{Choices, RemoveButton, pairs};
use super::surroundings::{GraphFacts, Surroundings};

/// Where the values of a field come from, to offer the right input.
#[derive(Debug, Clone, PartialEq)]
enum Kind {
    /// A whole number.
    Number,
    /// One of these.
    Choice(Vec<(String, String)>),
    /// Anything; these are offered.
    Free(Vec<String>),
}

const LEAD: &str = "lead.";
const ANALYSIS: &str = "call.analysis.";
const BODY: &str = "application.body.";
const VISITS: &str = "visits.";
/// Choices that ask for a key.
const OTHER: [(&str, &str); 3] = [
    (LEAD, "Another variable of the lead…"),
    (ANALYSIS, "Another key of the call's analysis…"),
    (BODY, "Another key of the action's answer…"),
];

fn kind_of(field: &str, facts: &GraphFacts) -> Kind {
    let known = |map: &std::collections::BTreeMap<String, _>, key: &str| {
        map.get(key)
            .map(|set: &std::collections::BTreeSet<String>| set.iter().cloned().collect())
    };
    if field == "call.status" {
        let finals = CallStatus::ALL.iter().filter(|s| s.is_final());
        Kind::Choice(pairs(
            finals.map(|s| (s.as_str(), s.as_str().replace('_', " "))),
        ))
    } else if field == "call.outcome" {
        let labels = ["COMPLETED", "DNP", "FAILED", "CANCELLED", "RETRY_EXPIRED"];
        Kind::Choice(pairs(labels.map(|label| (label, label))))
    } else if field == "application.status" {
        Kind::Choice(pairs([("success", "success"), ("failure", "failure")]))
    } else if field == "call.duration_seconds" || field.starts_with(VISITS) {
        Kind::Number
    } else if let Some(key) = field.strip_prefix(ANALYSIS) {
        Kind::Free(known(&facts.analysis, key).unwrap_or_default())
    } else if let Some(key) = field.strip_prefix(BODY) {
        Kind::Free(known(&facts.body, key).unwrap_or_default())
    } else {
        Kind::Free(Vec::new())
    }
}

/// The fields a rule can compare, each with its words.
fn fields(facts: &GraphFacts, keys: &[String]) -> Vec<(String, String)> {
    let mut list = pairs([("", "Choose a field")]);
    list.extend(
        facts
            .nodes
            .iter()
            .map(|(id, label)| (format!("{VISITS}{id}"), format!("Visits of {label}"))),
    );
    list.extend(pairs([
        ("call.outcome", "Last call: outcome"),
        ("call.status", "Last call: status"),
        ("call.duration_seconds", "Last call: duration in seconds"),
    ]));
    list.extend(facts.analysis.keys().map(|key| {
        (
            format!("{ANALYSIS}{key}"),
            format!("Last call's analysis: {key}"),
        )
    }));
    let mut variables: Vec<&String> = keys.iter().chain(&facts.set).collect();
    variables.sort();
    variables.dedup();
    list.extend(
        variables
            .iter()
            .map(|key| (format!("{LEAD}{key}"), format!("Lead: {key}"))),
    );
    list.extend(pairs([("application.status", "Last action: result")]));
    list.extend(facts.body.keys().map(|key| {
        (
            format!("{BODY}{key}"),
            format!("Last action's answer: {key}"),
        )
    }));
    list.extend(pairs(OTHER));
    list
}

/// What is wrong with a rule.
fn error_of(rule: &Rule, kind: &Kind) -> Option<&'static str> {
    if rule.field.is_empty() {
        return Some("Choose a field.");
    }
    if OTHER.iter().any(|(start, _)| rule.field == *start) {
        return Some("Name the key.");
    }
    if !rule.operator.takes_value() {
        return None;
    }
    match (&rule.value, kind) {
        (Value::Null, _) => Some("Enter a value."),
        (Value::Text(text), _) if text.is_empty() => Some("Enter a value."),
        (Value::Number(_) | Value::List(_), Kind::Number) => None,
        (_, Kind::Number) => Some("Enter a number."),
        _ => None,
    }
}

fn value_text(rule: &Rule) -> String {
    match &rule.value {
        Value::Null => String::new(),
        Value::List(items) => items
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(", "),
        value => value.to_string(),
    }
}

fn read_value(operator: Operator, text: &str) -> Value {
    if operator == Operator::In {
        let items = text
            .split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty());
        return Value::List(items.map(Value::from_text).collect());
    }
    if text.is_empty() {
        Value::Null
    } else {
        Value::from_text(text)
    }
}

/// One rule.
#[component]
pub fn RuleRow(
    /// The rule.
    rule: Bound<Rule>,
    /// Its place in its group, from 1.
    number: usize,
    /// Takes it out.
    remove: impl Fn() + 'static,
) -> impl IntoView {
    let around = Surroundings::here();
    let field = rule.part(
        |r| r.field.clone(),
        |r, field| {
            if r.field != field {
                r.field = field;
                r.value = Value::Null;
            }
        },
    );
    let operator = rule.part(
        |r| word_of(r.operator),
        |r, key| {
            r.operator = Operator::ALL
                .into_iter()
                .find(|o| word_of(*o) == key)
                .unwrap_or(r.operator);
            let text = value_text(r);
            r.value = if r.operator.takes_value() {
                read_value(r.operator, &text)
            } else {
                Value::Null
            };
        },
    );
    let facts = around.graph;
    let choices = Signal::derive(move || fields(&facts.get(), &around.keys.get()));
    let listed = Memo::new(move |_| {
        let field = field.get();
        let own = OTHER.iter().any(|(start, _)| field == *start);
        own || choices.get().iter().any(|(key, _)| *key == field)
    });
    let asks_key = Memo::new(move |_| {
        let field = field.get();
        let start = OTHER
            .iter()
            .map(|(start, _)| *start)
            .find(|start| field.starts_with(start))?;
        (field == start || !listed.get()).then(|| start.to_owned())
    });
    let kind = Memo::new(move |_| kind_of(&field.get(), &facts.get()));
    let error = move || error_of(&rule.get(), &kind.get());
    view! {
        <div class="d-rule" role="group" aria-label=format!("Rule {number}")>
            <Choices value=field choices name=format!("Field of rule {number}") />
            // The key input stays while its text changes, so that the focus is not lost.
            <KeyInput field asks_key number />
            <Choices
                value=operator
                name=format!("Operator of rule {number}")
                choices=pairs(Operator::ALL.map(|o| (word_of(o), o.words())))
            />
            <ValueInput rule kind number />
            <RemoveButton name=format!("Remove rule {number}") on_press=remove />
            {move || error().map(|error| view! { <p class="d-error">{error}</p> })}
        </div>
    }
}

/// The key an operator has in a select: its wire spelling would do, its words are as unique.
fn word_of(operator: Operator) -> String {
    operator.words().to_owned()
}

/// Names a key that is not among the known ones.
#[component]
fn KeyInput(field: Bound<String>, asks_key: Memo<Option<String>>, number: usize) -> impl IntoView {
    let shown = Memo::new(move |_| asks_key.get().is_some());
    view! {
        <Show when=move || shown.get()>
            <input
                type="text"
                placeholder="key"
                autocomplete="off"
                aria-label=format!("Key of rule {number}")
                prop:value=move || {
                    let start = asks_key.get().unwrap_or_default();
                    field.get().strip_prefix(start.as_str()).unwrap_or_default().to_owned()
                }
                on:change:target=move |event| {
                    if let Some(start) = asks_key.get_untracked() {
                        field.set(format!("{start}{}", event.target().value().trim()));
                    }
                }
            />
        </Show>
    }
}

/// The value, in the input that fits its field.
#[component]
fn ValueInput(rule: Bound<Rule>, kind: Memo<Kind>, number: usize) -> impl IntoView {
    let takes = Memo::new(move |_| rule.get().operator.takes_value());
    let many = Memo::new(move |_| rule.get().operator == Operator::In);
    let text = rule.part(value_text, |r, text: String| {
        r.value = read_value(r.operator, &text)
    });
    let name = format!("Value of rule {number}");
    let list = format!("rule-values-{number}");
    view! {
        {move || {
            let (name, list) = (name.clone(), list.clone());
            if !takes.get() {
                return ().into_any();
            }
            match kind.get() {
                Kind::Choice(mut choices) if !many.get() => {
                    choices.insert(0, (String::new(), "Choose a value".to_owned()));
                    view! { <Choices value=text choices name /> }.into_any()
                }
                kind => {
                    let offers = match &kind {
                        Kind::Free(offers) => offers.clone(),
                        Kind::Choice(choices) => choices.iter().map(|(key, _)| key.clone()).collect(),
                        Kind::Number => Vec::new(),
                    };
                    let mode = if kind == Kind::Number { "decimal" } else { "text" };
                    let hint = if many.get() { "one, two, three" } else { "value" };
                    view! {
                        <input type="text" inputmode=mode placeholder=hint autocomplete="off"
                            aria-label=name list=list.clone()
                            prop:value=move || text.get()
                            on:change:target=move |event| text.set(event.target().value()) />
                        <datalist id=list>
                            {offers.into_iter().map(|offer| view! { <option value=offer></option> }).collect_view()}
                        </datalist>
                    }.into_any()
                }
            }
        }}
    }
}
