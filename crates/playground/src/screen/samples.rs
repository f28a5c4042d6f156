//! The request as code.

use std::time::Duration;

use leadline_boxed::{clipboard, handler, memo};
use leptos::prelude::*;

use super::desk::Desk;
use crate::document::Operation;
use crate::request::Content;
use crate::samples::Language;

/// Where the samples send to when the engine in the page answers: the server's own default.
const DEFAULT_SERVER: &str = "http://127.0.0.1:8080";
/// More of a body is not written into a sample.
const MOST: usize = 64 * 1024;

/// The request in the editor as code.
#[component]
pub fn Samples(desk: Desk, operation: Operation) -> impl IntoView {
    let language = RwSignal::new(Language::Curl);
    let operation = StoredValue::new(operation);
    let code = memo(move || {
        let server = desk
            .server
            .get()
            .unwrap_or_else(|| DEFAULT_SERVER.to_owned());
        let sent = desk
            .draft
            .with(|draft| operation.with_value(|operation| draft.build(operation)));
        match &sent.body {
            Content::Text(text) if text.len() > MOST => {
                format!("# A body of {} bytes is left out of samples.", text.len())
            }
            _ => language.get().code(&server, &sent),
        }
    });
    let tabs = Language::ALL.map(|one| {
        let here = move || (language.get() == one).to_string();
        view! { <button type="button" aria-pressed=here on:click=handler(move |_| language.set(one))>{one.name()}</button> }
    });
    view! {
        <section class="samples" aria-label="The request as code">
            <div class="row spread">
                <div class="row tabs" role="group" aria-label="Language">{tabs.into_iter().collect_view()}</div>
                <Copy desk label="Copy code" text=move || code.get_untracked() />
            </div>
            <pre tabindex="0" role="region" aria-label="Code"><code>{code}</code></pre>
        </section>
    }
}

/// A button that puts a text on the clipboard, and says so.
#[component]
pub fn Copy(desk: Desk, label: &'static str, text: impl Fn() -> String + 'static) -> impl IntoView {
    let said = RwSignal::new(label);
    let copy = move |_| {
        let text = text();
        desk.spawn(async move {
            let words = if clipboard::copy(&text).await {
                "Copied"
            } else {
                "Not allowed here"
            };
            said.set(words);
            desk.say(words);
            // By then the button may be gone.
            let back = move || {
                said.try_set(label);
            };
            set_timeout(back, Duration::from_secs(2));
        });
    };
    view! { <button type="button" class="plain" on:click=handler(copy)>{said}</button> }
}
