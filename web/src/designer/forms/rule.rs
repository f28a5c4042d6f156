//! One rule of a condition: a field picked from what is known, an operator in words, a typed value.

use leadline_model::{Operator, Rule, Value};
use leptos::prelude::*;

use super::bound::Bound;
use super::controls::{Choices, RemoveButton, pairs};
use super::fields::{Fields, Kind, KnownFields};
use crate::boxed::memo;
use crate::components::control_flow::Show;

/// What is wrong with a rule.
fn error_of(rule: &Rule, fields: &Fields) -> Option<&'static str> {
    if rule.field.is_empty() {
        return Some("Choose a field.");
    }
    if fields.lacks_key(&rule.field) {
        return Some("Name the key.");
    }
    if !rule.operator.takes_value() {
        return None;
    }
    match (&rule.value, fields.kind(&rule.field)) {
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
    let KnownFields(fields) = KnownFields::here();
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
    let choices = Signal::derive(move || fields.with(Fields::choices));
    let asks_key = memo(move || {
        let field = field.get();
        fields
            .with(|fields| fields.asks_key(&field))
            .map(str::to_owned)
    });
    let kind = memo(move || {
        let field = field.get();
        fields.with(|fields| fields.kind(&field))
    });
    let error = move || fields.with(|fields| error_of(&rule.get(), fields));
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
    let shown = memo(move || asks_key.get().is_some());
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
    let takes = memo(move || rule.get().operator.takes_value());
    let many = memo(move || rule.get().operator == Operator::In);
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
