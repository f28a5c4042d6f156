//! Leaving: whoever closes or reloads the page while something is not saved is asked first, and nobody
//! else is.

use leadline_protocol::{Role, SaveState};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{BeforeUnloadEvent, HtmlInputElement, HtmlTextAreaElement};

use crate::state::AppState;

/// Asks from now on.
pub fn ask_when_unsaved(app: AppState) {
    let handle = window_event_listener(leptos::ev::beforeunload, move |event| {
        if is_unsaved(app) {
            ask(&event);
        }
    });
    on_cleanup(move || handle.remove());
}

/// Has the browser ask, in words of its own.
pub fn ask(event: &BeforeUnloadEvent) {
    event.prevent_default();
    // Older browsers ask only where a text is given, and show their own all the same.
    event.set_return_value("Something is not saved yet.");
}

/// Whether this tab alone holds something that its end would lose.
fn is_unsaved(app: AppState) -> bool {
    let leads = app.role.get_untracked() != Role::Following;
    match app.save.get_untracked() {
        None | Some(SaveState::Saved { .. }) => false,
        // The clock is saved now and then as it plays; only what somebody asked for is waited for.
        Some(SaveState::Saving) => app.client.waits(),
        Some(SaveState::NotSaved { .. } | SaveState::Full { .. }) => leads,
        Some(SaveState::MemoryOnly { .. }) => leads && app.holds_something(),
    }
}

/// What is typed in a field that applies it only when it is left: it is left, though the focus stays.
pub fn finish_typing() {
    let Some(element) = document().active_element() else {
        return;
    };
    let input = element.dyn_ref::<HtmlInputElement>();
    let typed = input.is_some_and(|input| {
        !matches!(
            input.type_().as_str(),
            "file" | "checkbox" | "radio" | "button" | "submit"
        )
    });
    if !typed && element.dyn_ref::<HtmlTextAreaElement>().is_none() {
        return;
    }
    let options = web_sys::EventInit::new();
    options.set_bubbles(true);
    if let Ok(event) = web_sys::Event::new_with_event_init_dict("change", &options) {
        // Whether a handler prevents what the browser would do means nothing here.
        let _ = element.dispatch_event(&event);
    }
}
