//! A form made of the schema of an answer.

use leadline_model::Value;
use leadline_model::run::Approval;
use leadline_model::words::sentence;
use leptos::prelude::*;

use super::Asked;
use super::schema::{Control, Field, answer, fields, place};
use crate::boxed::{handler, memo, typed_into};
use crate::components::field::unique_id;

/// A form made of a schema.
#[component]
pub fn SchemaReply(
    /// The question.
    asked: Asked,
    /// The schema of its answer.
    schema: Value,
) -> impl IntoView {
    let list = fields(&schema);
    let typed: Vec<RwSignal<String>> = list
        .iter()
        .map(|field| RwSignal::new(field.first.clone()))
        .collect();
    let wrong = RwSignal::new(Vec::<(usize, String)>::new());
    let other = RwSignal::new(None::<String>);
    let name = unique_id("reply");
    let rows = list
        .iter()
        .cloned()
        .zip(&typed)
        .enumerate()
        .map(|(at, (field, typed))| {
            view! { <FieldInput id=format!("{name}-{at}") field typed=*typed wrong at /> }
        })
        .collect_view();
    let form = StoredValue::new((list, typed, schema));
    let send = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let (found, rest, value) = form.with_value(|(list, typed, schema)| {
            let texts: Vec<String> = typed.iter().map(|text| text.get_untracked()).collect();
            let value = match answer(list, &texts) {
                Ok(value) => value,
                Err(found) => return (found, Vec::new(), None),
            };
            let asked = Approval {
                input_schema: Some(schema.clone()),
                ..Approval::default()
            };
            let problems = asked.answer_problems(&value);
            let placed = problems
                .iter()
                .map(|problem| place(list, problem).ok_or(problem));
            let (mut found, mut rest) = (Vec::new(), Vec::new());
            for problem in placed {
                match problem {
                    Ok(at) => found.push(at),
                    Err(words) => rest.push(words.clone()),
                }
            }
            (found, rest, problems.is_empty().then_some(value))
        });
        other.set((!rest.is_empty()).then(|| sentence(&rest.join("; "))));
        let first = found.first().map(|(at, _)| format!("{name}-{at}"));
        wrong.set(found);
        match (value, first) {
            (Some(value), _) => asked.answer(value),
            (None, Some(id)) => crate::dom::focus(&format!("#{id}")),
            (None, None) => {}
        }
    };
    view! {
        <form class="stack" on:submit=handler(send) novalidate>
            <div class="field-pair">{rows}</div>
            {move || other.get().map(|text| view! { <p class="error-text" role="alert">{text}</p> })}
            <div><button type="submit" class="button button-primary"
                disabled=move || asked.busy.get()>"Answer"</button></div>
        </form>
    }
}

#[component]
fn FieldInput(
    id: String,
    field: Field,
    typed: RwSignal<String>,
    wrong: RwSignal<Vec<(usize, String)>>,
    at: usize,
) -> impl IntoView {
    let error = memo(move || {
        let found = wrong.get().into_iter().filter(|(place, _)| *place == at);
        let words: Vec<String> = found.map(|(_, words)| words).collect();
        (!words.is_empty()).then(|| format!("It {}.", words.join(", ")))
    });
    let note = format!("{id}-note");
    let invalid = move || error.with(Option::is_some).to_string();
    let required = field.required.to_string();
    let choose = |list: Vec<(String, String)>| {
        let options = std::iter::once((String::new(), "Choose".to_owned())).chain(list);
        let option = move |(key, words): (String, String)| {
            let value = key.clone();
            view! { <option value=key prop:selected=move || typed.get() == value>{words}</option> }
        };
        view! {
            <select id=id.clone() aria-required=required.clone() aria-describedby=note.clone() aria-invalid=invalid
                on:change=typed_into(typed)>
                {options.map(option).collect_view()}
            </select>
        }
        .into_any()
    };
    let write = |rows: u32| {
        view! {
            <textarea id=id.clone() rows=rows aria-required=required.clone() aria-describedby=note.clone()
                aria-invalid=invalid prop:value=typed
                on:input=typed_into(typed)></textarea>
        }
        .into_any()
    };
    let control = match &field.control {
        Control::Choice(choices) => {
            let texts = choices.iter().map(ToString::to_string).enumerate();
            choose(texts.map(|(at, text)| (at.to_string(), text)).collect())
        }
        Control::YesNo => choose(
            [("true", "Yes"), ("false", "No")]
                .map(|(key, words)| (key.to_owned(), words.to_owned()))
                .to_vec(),
        ),
        Control::Text => write(3),
        Control::Json => write(2),
        Control::Line | Control::Number => {
            let mode = match field.control {
                Control::Number => "decimal",
                _ => "text",
            };
            view! {
                <input id=id.clone() type="text" inputmode=mode autocomplete="off" aria-required=required
                    aria-describedby=note.clone() aria-invalid=invalid prop:value=typed
                    on:input=typed_into(typed) />
            }
            .into_any()
        }
    };
    let optional = (!field.required).then_some(" (optional)");
    view! {
        <div class="field">
            <label for=id>{field.label.clone()}<span class="muted">{optional}</span></label>
            {control}
            <p id=note class=move || if error.with(Option::is_some) { "error" } else { "help" } aria-live="polite">
                {move || error.get().unwrap_or_else(|| field.help.clone())}
            </p>
        </div>
    }
}
