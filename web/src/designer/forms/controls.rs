//! The controls forms are made of: each with a label, help, its unit and what is wrong with it.
//!
//! A control never applies what cannot be read: it says what is wrong below itself and keeps the
//! text that was typed, while the value stays as it was.

use leptos::prelude::*;

use super::bound::{Bound, Shown};
use crate::boxed::{handler, pressed};
use crate::components::control_flow::For;

/// Makes ids that tie labels, help and errors to their control.
pub fn next_id() -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    format!("field-{}", COUNTER.fetch_add(1, Ordering::Relaxed))
}

/// A labelled place for one control, with help and an error below it.
#[component]
pub fn Field(
    /// Id of the control inside.
    id: String,
    /// What it is.
    #[prop(into)]
    label: Signal<String>,
    /// How to fill it in.
    #[prop(into, optional)]
    help: Signal<String>,
    /// What is wrong.
    #[prop(into, optional)]
    error: Signal<Option<String>>,
    children: Children,
) -> impl IntoView {
    let note = format!("{id}-note");
    view! {
        <div class="d-field" class:invalid=move || error.get().is_some()>
            <label for=id>{label}</label>
            {children()}
            <p class="d-note" id=note aria-live="polite">
                {move || match error.get() {
                    Some(error) => view! { <span class="d-error">{error}</span> }.into_any(),
                    None => view! { <span>{help.get()}</span> }.into_any(),
                }}
            </p>
        </div>
    }
}

/// One line of text.
#[component]
pub fn TextField(
    /// What it is.
    #[prop(into)]
    label: Signal<String>,
    /// The text.
    value: Bound<String>,
    /// How to fill it in.
    #[prop(into, optional)]
    help: Signal<String>,
    /// What is wrong with the text as it is.
    #[prop(into, optional)]
    error: Signal<Option<String>>,
    /// Shown while it is empty.
    #[prop(into, optional)]
    placeholder: String,
    /// Texts to offer.
    #[prop(into, optional)]
    offers: Signal<Vec<String>>,
    /// The kind of the input.
    #[prop(into, default = "text".to_owned())]
    kind: String,
) -> impl IntoView {
    let id = next_id();
    let list = format!("{id}-offers");
    let note = format!("{id}-note");
    // With a list the field is announced as one that offers choices: only when it does.
    let listed = {
        let list = list.clone();
        move || {
            offers
                .with(|offers| !offers.is_empty())
                .then(|| list.clone())
        }
    };
    view! {
        <Field id=id.clone() label help error>
            <input
                id=id
                type=kind
                autocomplete="off"
                placeholder=placeholder
                list=listed
                aria-describedby=note
                aria-invalid=move || error.get().is_some().then_some("true")
                prop:value=move || value.get()
                on:input:target=move |event| value.set(event.target().value())
            />
            <datalist id=list>
                {move || offers.get().into_iter().map(|offer| view! { <option value=offer></option> })
                    .collect_view()}
            </datalist>
        </Field>
    }
}

/// Several lines of text.
#[component]
pub fn TextArea(
    /// What it is.
    #[prop(into)]
    label: Signal<String>,
    /// The text.
    value: Bound<String>,
    /// How to fill it in.
    #[prop(into, optional)]
    help: Signal<String>,
    /// What is wrong with the text as it is.
    #[prop(into, optional)]
    error: Signal<Option<String>>,
    /// Lines shown.
    #[prop(default = 4)]
    rows: u32,
) -> impl IntoView {
    let id = next_id();
    let note = format!("{id}-note");
    view! {
        <Field id=id.clone() label help error>
            <textarea
                id=id
                rows=rows
                spellcheck="true"
                aria-describedby=note
                prop:value=move || value.get()
                on:input:target=move |event| value.set(event.target().value())
            ></textarea>
        </Field>
    }
}

/// What a whole number may be.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The least.
    pub min: u32,
    /// The most.
    pub max: u32,
}

/// Reads a whole number within limits; `None` for an empty text where that is allowed.
pub fn read_number(text: &str, limits: Limits, optional: bool) -> Result<Option<u32>, String> {
    let text = text.trim();
    if text.is_empty() {
        return if optional {
            Ok(None)
        } else {
            Err("Enter a number.".to_owned())
        };
    }
    match text.parse::<u32>() {
        Ok(n) if (limits.min..=limits.max).contains(&n) => Ok(Some(n)),
        _ => Err(format!(
            "Enter a whole number from {} to {}.",
            limits.min, limits.max
        )),
    }
}

/// A whole number that may be left empty.
#[component]
pub fn OptionalNumber(
    /// What it is.
    #[prop(into)]
    label: Signal<String>,
    /// The number.
    value: Bound<Option<u32>>,
    /// What it may be.
    limits: Limits,
    /// Of what.
    #[prop(into, optional)]
    unit: String,
    /// How to fill it in.
    #[prop(into, optional)]
    help: Signal<String>,
    /// What holds while it is empty.
    #[prop(into, optional)]
    placeholder: String,
) -> impl IntoView {
    view! { <NumberInput label value limits unit help placeholder optional=true /> }
}

/// A whole number.
#[component]
pub fn NumberField(
    /// What it is.
    #[prop(into)]
    label: Signal<String>,
    /// The number.
    value: Bound<u32>,
    /// What it may be.
    limits: Limits,
    /// Of what.
    #[prop(into, optional)]
    unit: String,
    /// How to fill it in.
    #[prop(into, optional)]
    help: Signal<String>,
) -> impl IntoView {
    let value = value.part(|n| Some(*n), |whole, part| *whole = part.unwrap_or(*whole));
    view! { <NumberInput label value limits unit help placeholder=String::new() optional=false /> }
}

#[component]
fn NumberInput(
    label: Signal<String>,
    value: Bound<Option<u32>>,
    limits: Limits,
    unit: String,
    help: Signal<String>,
    placeholder: String,
    optional: bool,
) -> impl IntoView {
    let shown = move || value.get().map(|n| n.to_string()).unwrap_or_default();
    let take =
        move |text: &str| read_number(text, limits, optional).map(|number| value.set(number));
    view! {
        <ReadField label unit help placeholder shown=Signal::derive(shown) take=Box::new(take) />
    }
}

/// Takes what was typed, or says what is wrong with it.
pub type Take = Box<dyn Fn(&str) -> Result<(), String> + Send>;

/// One line that is applied while it can be read.
#[component]
pub fn ReadField(
    /// What it is.
    #[prop(into)]
    label: Signal<String>,
    /// Of what.
    #[prop(into)]
    unit: String,
    /// How to fill it in.
    #[prop(into)]
    help: Signal<String>,
    /// What holds while it is empty.
    #[prop(into)]
    placeholder: String,
    /// The value as it is.
    shown: Signal<String>,
    /// What happens with what is typed.
    take: Take,
) -> impl IntoView {
    let id = next_id();
    let note = format!("{id}-note");
    let error = RwSignal::new(None::<String>);
    view! {
        <Field id=id.clone() label help error>
            <span class="d-number">
                <input
                    id=id
                    type="text"
                    inputmode="numeric"
                    autocomplete="off"
                    placeholder=placeholder
                    aria-describedby=note
                    aria-invalid=move || error.get().is_some().then_some("true")
                    prop:value=move || shown.get()
                    on:input:target=move |event| error.set(take(&event.target().value()).err())
                    on:blur:target=move |event| {
                        error.set(None);
                        event.target().set_value(&shown.get_untracked());
                    }
                />
                <span class="d-unit">{unit}</span>
            </span>
        </Field>
    }
}

/// One of several choices; the empty key stands for none.
#[component]
pub fn SelectField(
    /// What it is.
    #[prop(into)]
    label: Signal<String>,
    /// The key of the choice.
    value: Bound<String>,
    /// Keys and words; a value that is not among them is shown as it is.
    #[prop(into)]
    choices: Signal<Vec<(String, String)>>,
    /// How to choose.
    #[prop(into, optional)]
    help: Signal<String>,
    /// What is wrong with the choice.
    #[prop(into, optional)]
    error: Signal<Option<String>>,
) -> impl IntoView {
    let id = next_id();
    view! {
        <Field id=id.clone() label help error>
            <Choices id value choices />
        </Field>
    }
}

/// The key of the choice that opens a dialog.
pub const NEW: &str = "+new";

/// A bare select, for rows that have no room for a label: it is named for assistive technology only.
#[component]
pub fn Choices(
    /// The key of the choice.
    value: Bound<String>,
    /// Keys and words.
    #[prop(into)]
    choices: Signal<Vec<(String, String)>>,
    /// Its id.
    #[prop(into, optional)]
    id: String,
    /// Its name for assistive technology, where no label stands beside it.
    #[prop(into, optional)]
    name: Option<String>,
) -> impl IntoView {
    let options = move || {
        let now = value.get();
        let mut all = choices.get();
        if !all.iter().any(|(key, _)| *key == now) {
            all.push((now.clone(), now.clone()));
        }
        all.into_iter()
            .map(|(key, words)| {
                let selected = key == now;
                view! { <option value=key prop:selected=selected>{words}</option> }
            })
            .collect_view()
    };
    let id = if id.is_empty() { next_id() } else { id };
    // Arrow keys go over every choice: one that opens a dialog is taken by Enter.
    let walks = StoredValue::new(false);
    let take = move |select: web_sys::HtmlSelectElement| {
        value.set(select.value());
        // A choice that opens a dialog changes nothing yet: what holds is shown.
        select.set_value(&value.peek());
    };
    let key = move |event: leptos::ev::KeyboardEvent| {
        let taken = matches!(event.key().as_str(), "Enter" | " ");
        walks.set_value(!taken);
        let select: web_sys::HtmlSelectElement = event_target(&event);
        if taken && select.value() == NEW {
            event.prevent_default();
            take(select);
        }
    };
    view! {
        <select
            id=id
            aria-label=name
            on:keydown=pressed(key)
            on:pointerdown=handler(move |_: leptos::ev::PointerEvent| walks.set_value(false))
            on:change:target=move |event| {
                let select = event.target();
                if !(walks.get_value() && select.value() == NEW) {
                    take(select);
                }
            }
            on:blur:target=move |event| event.target().set_value(&value.peek())
        >
            {options}
        </select>
    }
}

/// Yes or no.
#[component]
pub fn CheckField(
    /// What it is.
    #[prop(into)]
    label: Signal<String>,
    /// Whether.
    value: Bound<bool>,
    /// What it does.
    #[prop(into, optional)]
    help: Signal<String>,
) -> impl IntoView {
    view! {
        <div class="d-field">
            <label class="d-check">
                <input
                    type="checkbox"
                    prop:checked=move || value.get()
                    on:change:target=move |event| value.set(event.target().checked())
                />
                <span>{label}</span>
            </label>
            <p class="d-note">{help}</p>
        </div>
    }
}

/// Choices as pairs of texts.
pub fn pairs<K: ToString, W: ToString>(
    list: impl IntoIterator<Item = (K, W)>,
) -> Vec<(String, String)> {
    list.into_iter()
        .map(|(key, words)| (key.to_string(), words.to_string()))
        .collect()
}

/// A button that removes a row.
#[component]
pub fn RemoveButton(
    /// "Remove branch yes".
    #[prop(into)]
    name: Signal<String>,
    /// What it does.
    on_press: impl Fn() + 'static,
) -> impl IntoView {
    view! {
        <button type="button" class="d-remove" aria-label=name title=name on:click=handler(move |_| on_press())>
            "×"
        </button>
    }
}

/// A list of rows, one for each item.
pub fn rows<T: Shown, V: IntoView + 'static>(
    list: Bound<Vec<T>>,
    row: impl Fn(usize) -> V + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let places = list.places();
    view! { <For each=move || places.get() key=|at| *at children=row /> }
}
