//! The log of requests.

use leadline_boxed::control_flow::{For, Show};
use leadline_boxed::handler;
use leptos::prelude::*;

use super::answer::status_class;
use super::desk::{Desk, Entry};
use super::keep;

/// Requests sent, the latest first.
#[component]
pub fn Journal(desk: Desk) -> impl IntoView {
    let clear = move |_| {
        desk.log.set(Vec::new());
        keep::write(desk);
        desk.say("The log is empty.");
    };
    let empty = move || desk.log.with(Vec::is_empty);
    view! {
        <section class="log" aria-label="Log of requests">
            <header class="row spread">
                <h2>"Log"</h2>
                <Show when=move || !empty()><button type="button" class="plain" on:click=handler(clear)>"Clear"</button></Show>
            </header>
            <Show when=empty><p class="muted small">"Requests you send are listed here."</p></Show>
            <ol>
                <For each=move || desk.log.get() key=|entry| entry.number children=move |entry| line(desk, entry) />
            </ol>
        </section>
    }
}

fn line(desk: Desk, entry: Entry) -> impl IntoView {
    let Entry {
        asked,
        status,
        took_ms,
        ..
    } = entry.clone();
    let again = move |_| {
        desk.tour.set(None);
        desk.draft.set(entry.draft.clone());
        desk.answer.set(entry.answer.clone());
        desk.say("The request is in the editor.");
    };
    let shown = if status == 0 {
        "–".to_owned()
    } else {
        status.to_string()
    };
    view! {
        <li>
            <button type="button" class="item" title="Put it into the editor again" on:click=handler(again)>
                <span class=status_class(status)>{shown}</span>
                <code>{asked}</code>
                <span class="muted small">{format!("{took_ms:.0} ms")}</span>
            </button>
        </li>
    }
}
