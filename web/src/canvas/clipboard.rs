//! Copy, Cut and Paste: by the clipboard's own events, which follow the keys and need no permission, and
//! from menus, which have none. What was copied is kept on this page too, so nothing is lost where the
//! browser keeps its clipboard to itself.

use leadline_designer::{Command, Event};
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::ClipboardEvent;

use super::desk::Desk;
use crate::boxed::clipboard;

/// What was copied last on this page.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Copied {
    text: Option<String>,
    /// The browser's clipboard does not have it.
    only_here: bool,
}

/// Listens to the clipboard's events on the whole page, until the canvas is gone.
pub fn listen(desk: Desk) {
    let copy = window_event_listener(leptos::ev::copy, move |event| {
        take(desk, &event, Command::Copy);
    });
    let cut = window_event_listener(leptos::ev::cut, move |event| {
        take(desk, &event, Command::Cut);
    });
    let paste = window_event_listener(leptos::ev::paste, move |event| give(desk, &event));
    on_cleanup(move || {
        for handle in [copy, cut, paste] {
            handle.remove();
        }
    });
}

/// Whether the clipboard event is about the canvas: nothing that holds text has the focus, and no
/// text of the page is selected.
fn is_ours() -> bool {
    let in_text = document().active_element().is_some_and(|element| {
        element
            .closest("input, textarea, select, dialog")
            .ok()
            .flatten()
            .is_some()
    });
    let marked = window()
        .get_selection()
        .ok()
        .flatten()
        .is_some_and(|selection| !selection.is_collapsed());
    !in_text && !marked
}

fn take(desk: Desk, event: &ClipboardEvent, command: Command) {
    if !is_ours() {
        return;
    }
    let Some((text, done)) = desk.run_for_clipboard(command) else {
        return;
    };
    let data = event.clipboard_data();
    let taken = data.is_some_and(|data| data.set_data("text/plain", &text).is_ok());
    if taken {
        event.prevent_default();
    }
    keep(desk, text, done, taken);
}

fn give(desk: Desk, event: &ClipboardEvent) {
    let text = event
        .clipboard_data()
        .and_then(|data| data.get_data("text/plain").ok());
    if let Some(text) = text.filter(|text| is_ours() && !text.is_empty()) {
        event.prevent_default();
        desk.handle(Event::Paste { text, at: None });
    }
}

/// Keeps what was copied, and says so as it is.
fn keep(desk: Desk, text: String, done: String, taken: bool) {
    desk.app.copied.set_value(Copied {
        text: Some(text),
        only_here: !taken,
    });
    if taken {
        return desk.say(done);
    }
    let here = format!(
        "{done}, for this page only: the browser keeps its clipboard to itself. Paste it from the menu."
    );
    desk.app.toasts.info(here.clone());
    desk.say(here);
}

/// For menus.
pub fn copy(desk: Desk, text: String, done: String) {
    if clipboard::copy_now(&text) {
        return keep(desk, text, done, true);
    }
    spawn_local(async move {
        let taken = clipboard::copy_later(&text).await;
        keep(desk, text, done, taken);
    });
}

/// For menus.
pub fn paste(desk: Desk) {
    spawn_local(async move {
        let copied = desk.app.copied.get_value();
        let system = match copied.only_here {
            true => None,
            false => clipboard::read().await,
        };
        if let Some(text) = system.or(copied.text) {
            desk.handle(Event::Paste { text, at: None });
        } else {
            desk.app.toasts.error(
                "The browser does not let this page read its clipboard. Press Ctrl+V instead.",
            );
        }
    });
}
