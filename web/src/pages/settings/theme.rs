//! Light, dark, or as the system is. Kept in this browser; web/shell/theme.js applies it before the
//! first paint.

use leptos::prelude::*;

use crate::boxed::handler;
use crate::dom;
use crate::state::use_app;

const KEY: &str = "leadline.theme";
const CHOICES: [(&str, &str); 3] = [("", "As the system"), ("light", "Light"), ("dark", "Dark")];

fn apply(theme: &str) -> bool {
    if let Some(root) = document().document_element() {
        let applied = match theme {
            "" => root.remove_attribute("data-theme"),
            theme => root.set_attribute("data-theme", theme),
        };
        if applied.is_err() {
            return false;
        }
    }
    dom::set_preference(KEY, (!theme.is_empty()).then_some(theme))
}

/// The choice of theme.
#[component]
pub fn ThemeCard() -> impl IntoView {
    let app = use_app();
    let chosen = RwSignal::new(dom::preference(KEY).unwrap_or_default());
    let choose = move |theme: &'static str| {
        chosen.set(theme.to_owned());
        if !apply(theme) {
            app.toasts.error(
                "This browser does not keep preferences here; the theme lasts until you leave.",
            );
        }
    };
    let choice = move |(key, name): (&'static str, &'static str)| {
        view! {
            <label class="segment">
                <input type="radio" name="theme" value=key prop:checked=move || chosen.get() == key
                    on:change=handler(move |_| choose(key)) />
                <span>{name}</span>
            </label>
        }
    };
    view! {
        <section class="card stack">
            <fieldset class="stack">
                <legend><h2>"Theme"</h2></legend>
                <div class="segments">{CHOICES.map(choice).collect_view()}</div>
            </fieldset>
        </section>
    }
}
