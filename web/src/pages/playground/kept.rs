//! What this tab keeps of the playground over a reload, in its session storage.

use leptos::prelude::window;
use web_sys::Storage;

use crate::dom;

/// The name of the engine among what is kept.
pub const ENGINE: &str = "engine";

fn place(name: &str) -> String {
    format!("leadline-playground {name}")
}

fn storage() -> Option<Storage> {
    window().session_storage().ok()?
}

/// What is kept under a name.
pub fn read(name: &str) -> Option<String> {
    dom::tab_memory(&place(name))
}

/// Keeps a text, or what cannot be kept not at all: what was kept before would be older than the rest.
pub fn write(name: &str, text: Option<&str>) {
    let Some(storage) = storage() else { return };
    let place = place(name);
    let kept = text.is_some_and(|text| storage.set_item(&place, text).is_ok());
    if !kept {
        // A browser that lets us keep nothing has nothing to be removed.
        drop(storage.remove_item(&place));
    }
}

/// Bytes as a text that can be kept.
pub fn text_of(bytes: &[u8]) -> Option<String> {
    let letters: String = bytes.iter().copied().map(char::from).collect();
    window().btoa(&letters).ok()
}

/// The bytes of such a text; none when it is another.
pub fn bytes_of(text: &str) -> Vec<u8> {
    let letters = window().atob(text).unwrap_or_default();
    letters.chars().map(|letter| letter as u8).collect()
}
