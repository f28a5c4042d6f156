//! Labelled inputs with help and a live error, wired for screen readers.

use std::sync::atomic::{AtomicU32, Ordering};

use leptos::ev;
use leptos::prelude::*;

use crate::boxed::{handler, memo};

/// A number no other element of the page has, for ids.
pub fn unique_id(prefix: &str) -> String {
    static LAST: AtomicU32 = AtomicU32::new(0);
    format!("{prefix}-{}", LAST.fetch_add(1, Ordering::Relaxed))
}

/// A line of text.
#[component]
pub fn TextField(
    /// Its name.
    #[prop(into)]
    label: String,
    /// Its text.
    value: RwSignal<String>,
    /// What helps to fill it in.
    #[prop(optional, into)]
    help: Option<String>,
    /// What is wrong with it; shown once something was typed.
    #[prop(optional, into)]
    error: Option<Signal<Option<String>>>,
    /// The type of the input: `text` unless told.
    #[prop(default = "text")]
    kind: &'static str,
    /// Whether it takes the focus when its dialog opens.
    #[prop(optional)]
    autofocus: bool,
    /// An example.
    #[prop(optional)]
    placeholder: &'static str,
) -> impl IntoView {
    let id = unique_id("input");
    let note = format!("{id}-note");
    let touched = RwSignal::new(false);
    let shown_error = memo(move || {
        if touched.get() {
            error.and_then(|error| error.get())
        } else {
            None
        }
    });
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <input id=id type=kind placeholder=placeholder autocomplete="off" autofocus=autofocus
                prop:value=value aria-describedby=note.clone()
                aria-invalid=move || shown_error.with(Option::is_some).to_string()
                on:input=handler(move |event: ev::Event| {
                    touched.set(true);
                    value.set(event_target_value(&event));
                }) />
            <p id=note class=move || if shown_error.with(Option::is_some) { "error" } else { "help" }
                aria-live="polite">
                {move || shown_error.get().or_else(|| help.clone())}
            </p>
        </div>
    }
}

/// A choice among a few.
#[component]
pub fn SelectField(
    /// Its name.
    #[prop(into)]
    label: String,
    /// The chosen value.
    #[prop(into)]
    value: Signal<String>,
    /// (value, text) of each choice.
    #[prop(into)]
    options: Signal<Vec<(String, String)>>,
    /// Hears the new choice.
    #[prop(into)]
    on_change: Callback<String>,
    /// Whether the name is for screen readers only.
    #[prop(optional)]
    quiet: bool,
) -> impl IntoView {
    let id = unique_id("choice");
    let option = move |(key, text): (String, String)| {
        let selected = {
            let key = key.clone();
            move || value.with(|value| *value == key)
        };
        view! { <option value=key prop:selected=selected>{text}</option> }
    };
    view! {
        <div class="field">
            <label for=id.clone() class:visually-hidden=quiet>{label}</label>
            <select id=id on:change=handler(move |event: ev::Event| on_change.run(event_target_value(&event)))>
                {move || options.get().into_iter().map(option).collect_view()}
            </select>
        </div>
    }
}

/// A box for searching, named for screen readers.
#[component]
pub fn SearchField(
    /// Its name.
    label: &'static str,
    /// Its text.
    #[prop(into)]
    value: Signal<String>,
    /// Hears each new text.
    #[prop(into)]
    on_input: Callback<String>,
) -> impl IntoView {
    view! {
        <div class="search-field">
            {super::icon::Icon::Search.draw()}
            <input type="search" aria-label=label placeholder=label prop:value=move || value.get()
                on:input=handler(move |event: ev::Event| on_input.run(event_target_value(&event))) />
        </div>
    }
}
