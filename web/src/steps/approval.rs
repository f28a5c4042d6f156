//! The form of a step that asks a person.

use leadline_model::limits::MAX_OPTIONS;
use leadline_model::run::{ActionType, Approval};
use leptos::prelude::*;

use super::PATIENCE;
use super::known::StepVariables;
use super::person::PersonForm;
use super::schema::SchemaForm;
use crate::boxed::{handler, memo};
use crate::components::control_flow::Show;
use crate::designer::forms::bound::Bound;
use crate::designer::forms::controls::{
    RemoveButton, SelectField, TextArea, TextField, pairs, rows,
};
use crate::designer::forms::length::LengthField;

/// The sorts of answers in words.
const SORTS: [(ActionType, &str, &str); 3] = [
    (
        ActionType::Confirmation,
        "confirmation",
        "A confirmation: yes or no to something",
    ),
    (
        ActionType::Decision,
        "decision",
        "A decision: one of several",
    ),
    (ActionType::Input, "input", "Input: something to type in"),
];

/// What is asked, whom, and how the answer may look.
#[component]
pub fn ApprovalForm(
    /// The action.
    action: Bound<Approval>,
) -> impl IntoView {
    let sort = action.part(
        |a| {
            let found = SORTS.iter().find(|(sort, ..)| *sort == a.action_type);
            found.map_or("", |(_, key, _)| *key).to_owned()
        },
        |a, key| {
            if let Some((sort, ..)) = SORTS.iter().find(|(_, known, _)| *known == key) {
                a.action_type = *sort;
                // What was offered before anybody chose is no wish of the author's.
                if *sort == ActionType::Input && a.options == ["approve", "reject"] {
                    a.options.clear();
                }
            }
        },
    );
    let message = action.part(|a| a.message.clone(), |a, text| a.message = text);
    let assignee = action.part(
        |a| a.assignee.clone().unwrap_or_default(),
        |a, text| a.assignee = (!text.is_empty()).then_some(text),
    );
    let options = action.part(|a| a.options.clone(), |a, list| a.options = list);
    let schema = action.part(
        |a| a.input_schema.clone(),
        |a, schema| a.input_schema = schema,
    );
    let timeout = action.part(|a| a.timeout_seconds, |a, n| a.timeout_seconds = n);
    let simulation = action.part(|a| a.simulation.clone(), |a, s| a.simulation = s);
    let by_schema = memo(move || options.get().is_empty() || schema.get().is_some());
    view! {
        <SelectField label="What is asked for" value=sort choices=pairs(SORTS.map(|(_, key, words)| (key, words))) />
        <TextArea label="Message" value=message rows=2
            help="The question as the person reads it; a template." />
        <StepVariables template=message />
        <OptionsForm options />
        <Show when=move || by_schema.get()><SchemaForm schema /></Show>
        <div class="d-row">
            <TextField label="Assignee" value=assignee placeholder="sales-lead@example.com"
                help="Who is asked; a name, an address or a template. Optional." />
            <LengthField label="Waits at most" value=timeout limits=PATIENCE
                placeholder="as the workflow says" help="The run fails when nobody answers by then." />
        </div>
        <details class="d-section">
            <summary>"How people answer (simulation)"</summary>
            <PersonForm simulation options />
        </details>
    }
}

#[component]
fn OptionsForm(options: Bound<Vec<String>>) -> impl IntoView {
    let full = move || options.get().len() >= MAX_OPTIONS;
    let swap = move |at: usize, other: usize| {
        options.update(|list| {
            if at < list.len() && other < list.len() {
                list.swap(at, other);
            }
        });
    };
    view! {
        <fieldset class="d-field">
            <legend>"Options"</legend>
            <p class="d-note">
                {move || match options.get().is_empty() {
                    true => "None: any answer is taken, or what fits the fields below.",
                    false => "A button each; the answer is one of them.",
                }}
            </p>
            {rows(options, move |at| {
                let option = options.item(at, String::new());
                let name = move |verb: &str| format!("{verb} option {}", option.get());
                let is_last = move || at + 1 == options.get().len();
                view! {
                    <div class="option-row">
                        <input type="text" autocomplete="off" aria-label=format!("Option {}", at + 1)
                            prop:value=move || option.get()
                            on:input:target=move |event| option.set(event.target().value()) />
                        <button type="button" class="d-icon" disabled=at == 0
                            aria-label=move || format!("{} up", name("Move"))
                            on:click=handler(move |_| swap(at, at.saturating_sub(1)))>"↑"</button>
                        <button type="button" class="d-icon" disabled=is_last
                            aria-label=move || format!("{} down", name("Move"))
                            on:click=handler(move |_| swap(at, at + 1))>"↓"</button>
                        <RemoveButton name=Signal::derive(move || name("Remove"))
                            on_press=move || options.update(|l| if at < l.len() { l.remove(at); }) />
                    </div>
                }
            })}
            <div><button type="button" class="d-button" disabled=full
                on:click=handler(move |_| options.update(|list| list.push(String::new())))>"Add option"</button></div>
        </fieldset>
    }
}
