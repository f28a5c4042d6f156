//! Rows of two texts, such as a variable and its value, that can be added and taken away.

use leptos::prelude::*;

use crate::boxed::{handler, typed_into};
use crate::components::control_flow::For;
use crate::components::field::unique_id;
use crate::components::icon::Icon;

/// One row; its signals live as long as the dialog that holds them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Pair {
    number: usize,
    /// The left text.
    pub key: RwSignal<String>,
    /// The right text.
    pub value: RwSignal<String>,
}

/// Rows of two texts.
#[derive(Clone, Copy)]
pub struct Pairs {
    rows: RwSignal<Vec<Pair>>,
    made: RwSignal<usize>,
}

impl Pairs {
    /// Rows with these texts.
    pub fn new(texts: &[(&str, &str)]) -> Pairs {
        let pairs = Pairs {
            rows: RwSignal::new(Vec::new()),
            made: RwSignal::new(0),
        };
        texts.iter().for_each(|(key, value)| pairs.add(key, value));
        pairs
    }

    /// Replaces all rows.
    pub fn reset(self, texts: &[(String, String)]) {
        self.rows.set(Vec::new());
        texts.iter().for_each(|(key, value)| self.add(key, value));
    }

    /// The rows whose left text is not empty, both texts trimmed.
    pub fn filled(self) -> Vec<(String, String)> {
        let trimmed = |text: RwSignal<String>| text.with(|text| text.trim().to_owned());
        let rows = self.rows.get();
        let texts = rows
            .into_iter()
            .map(|pair| (trimmed(pair.key), trimmed(pair.value)));
        texts.filter(|(key, _)| !key.is_empty()).collect()
    }

    fn add(self, key: &str, value: &str) {
        let number = self.made.get_untracked();
        self.made.set(number + 1);
        let pair = Pair {
            number,
            key: RwSignal::new(key.to_owned()),
            value: RwSignal::new(value.to_owned()),
        };
        self.rows.update(|rows| rows.push(pair));
    }

    fn remove(self, number: usize) {
        self.rows
            .update(|rows| rows.retain(|pair| pair.number != number));
    }
}

/// The rows as inputs.
#[component]
pub fn PairRows(
    /// The rows.
    pairs: Pairs,
    /// What the left texts are.
    key_name: &'static str,
    /// What the right texts are.
    value_name: &'static str,
    /// An example of the right text.
    #[prop(optional)]
    placeholder: &'static str,
    /// What the rows are together.
    #[prop(default = "Variables")]
    legend: &'static str,
    /// What one row is.
    #[prop(default = "variable")]
    one: &'static str,
) -> impl IntoView {
    let row = move |pair: Pair| {
        let (key_id, value_id) = (unique_id("key"), unique_id("value"));
        view! {
            <div class="pair-row">
                <label class="visually-hidden" for=key_id.clone()>{key_name}</label>
                <input id=key_id placeholder=key_name prop:value=pair.key
                    on:input=typed_into(pair.key) />
                <label class="visually-hidden" for=value_id.clone()>{value_name}</label>
                <input id=value_id placeholder=placeholder prop:value=pair.value
                    on:input=typed_into(pair.value) />
                <button type="button" class="icon-button" aria-label=format!("Remove this {one}")
                    on:click=handler(move |_| pairs.remove(pair.number))>{Icon::Trash.draw()}</button>
            </div>
        }
    };
    view! {
        <fieldset class="pairs">
            <legend class="label">{legend}</legend>
            <For each=move || pairs.rows.get() key=|pair| pair.number children=row />
            <button type="button" class="button button-small" on:click=handler(move |_| pairs.add("", ""))>
                {Icon::Plus.draw()}{format!("Add {one}")}
            </button>
        </fieldset>
    }
}
