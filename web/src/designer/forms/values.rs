//! Values as people type them: a text as it is, everything else as JSON.

use std::collections::BTreeMap;

use leadline_model::ordered::Ordered;
use leadline_model::{Value, Variables, json};
use leptos::prelude::*;

use super::bound::Bound;
use super::controls::{RemoveButton, TextField};
use crate::boxed::{handler, memo, pressed, typed_into};
use crate::components::control_flow::For;

/// A value as it is typed; [`read`] gives it back.
pub fn shown(value: &Value) -> String {
    let json = || serde_json::to_string(value).unwrap_or_default();
    match value {
        // A text that would be read as something else stands in quotes.
        Value::Text(text) if read(text) == *value => text.clone(),
        _ => json(),
    }
}

/// What was typed: JSON where it is JSON, otherwise the text itself.
pub fn read(text: &str) -> Value {
    let begins = |first: char| matches!(first, '{' | '[' | '"');
    if text == "null" {
        return Value::Null;
    }
    if text.trim_start().starts_with(begins)
        && let Ok(value) = json::from_text(text)
    {
        return value;
    }
    Value::from_text(text)
}

/// Values as texts.
pub fn as_texts(values: Bound<Variables>) -> Bound<BTreeMap<String, String>> {
    values.part(
        |values| {
            let texts = values
                .iter()
                .map(|(key, value)| (key.clone(), shown(value)));
            texts.into_map()
        },
        |values, texts: BTreeMap<String, String>| {
            let read = texts.into_iter().map(|(key, text)| (key, read(&text)));
            *values = read.into_map();
        },
    )
}

/// Named texts.
#[component]
pub fn TextPairs(
    /// What each is, such as "header".
    what: &'static str,
    /// The texts.
    map: Bound<BTreeMap<String, String>>,
) -> impl IntoView {
    let keys = memo(move || map.get().into_keys().collect::<Vec<_>>());
    let new_key = RwSignal::new(String::new());
    let add = move || {
        let key = new_key.get_untracked().trim().to_owned();
        if !key.is_empty() {
            map.update(|m| {
                m.entry(key).or_default();
            });
            new_key.set(String::new());
        }
    };
    view! {
        <For each=move || keys.get() key=Clone::clone children=move |key| {
            let (read, write, gone) = (key.clone(), key.clone(), key.clone());
            let text = map.part(
                move |m| m.get(&read).cloned().unwrap_or_default(),
                move |m, text| { m.insert(write.clone(), text); },
            );
            view! {
                <div class="d-row">
                    <TextField label=key.clone() value=text />
                    <RemoveButton name=format!("Remove {what} {key}")
                        on_press=move || map.update(|m| { m.remove(&gone); }) />
                </div>
            }
        } />
        <div class="d-row">
            <input type="text" aria-label=format!("New {what}") placeholder="name"
                prop:value=move || new_key.get()
                on:input=typed_into(new_key)
                on:keydown=pressed(move |event| if event.key() == "Enter" {
                    // It adds the row and does not submit the form around it.
                    event.prevent_default();
                    add();
                }) />
            <button type="button" class="d-button" on:click=handler(move |_| add())>{format!("Add {what}")}</button>
        </div>
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_is_typed_comes_back() {
        for text in [
            "",
            "x",
            "5",
            "1.50",
            "true",
            "null",
            "{{ task }}",
            "{\"a\":1}",
            "[1,2]",
            "\"5\"",
        ] {
            let value = read(text);
            assert_eq!(read(&shown(&value)), value, "{text}");
        }
        assert_eq!(read("{{ task }}"), Value::from("{{ task }}"));
        assert_eq!(read("\"5\""), Value::from("5"));
        assert_eq!(read("5"), Value::from(5));
        assert_eq!(shown(&Value::from("true")), "\"true\"");
        assert_eq!(shown(&Value::Null), "null");
    }
}
