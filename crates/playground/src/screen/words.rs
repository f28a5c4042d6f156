//! Texts of the document on the screen.

use leptos::prelude::*;

/// A text with what stands between backticks as code.
pub fn words(text: &str) -> impl IntoView + use<> {
    let parts = text.split('`').enumerate().map(|(number, part)| {
        let part = part.to_owned();
        match number % 2 {
            0 => part.into_any(),
            _ => view! { <code>{part}</code> }.into_any(),
        }
    });
    parts.collect_view()
}
