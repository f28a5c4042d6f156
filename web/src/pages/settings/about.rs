//! What this program is, which tab runs the engine, and the digest of all that happened.

use leadline_protocol::{Request, Role};
use leptos::prelude::*;

use crate::boxed::handler;
use crate::state::use_app;

/// Whether the page starts without network, as web/shell/register-sw.js tells it.
fn use_offline() -> Signal<&'static str> {
    let told = || {
        document()
            .document_element()
            .and_then(|root| root.get_attribute("data-offline"))
    };
    let state = RwSignal::new(told());
    for event in ["leadline:offline-ready", "leadline:offline-unavailable"] {
        let handle = window_event_listener_untyped(event, move |_| state.set(told()));
        on_cleanup(move || handle.remove());
    }
    Signal::derive(move || match state.get().as_deref() {
        Some("ready") => "Starts and works",
        Some(_) => "Needs the network to start",
        None => "Being prepared",
    })
}

/// About.
#[component]
pub fn AboutCard() -> impl IntoView {
    let app = use_app();
    let digest = RwSignal::new(None::<String>);
    let show = move |_| app.run(Request::Digest, move |text: String| digest.set(Some(text)));
    let role = move || match app.role.get() {
        Role::Starting => "Not known yet",
        Role::Leading => "This tab runs the engine",
        Role::Following => "Another tab runs the engine; this one follows and can take over",
    };
    let build = crate::dom::meta("leadline-build").unwrap_or_else(|| "unknown".to_owned());
    let offline = use_offline();
    view! {
        <section class="card stack" aria-labelledby="about-title">
            <h2 id="about-title">"About"</h2>
            <dl class="facts">
                <div class="fact"><dt>"Version"</dt><dd>{move || app.version.get().unwrap_or_else(|| "–".to_owned())}</dd></div>
                <div class="fact"><dt>"Build"</dt><dd class="mono">{build}</dd></div>
                <div class="fact"><dt>"Without network"</dt><dd>{offline}</dd></div>
                <div class="fact"><dt>"This tab"</dt><dd>{role}</dd></div>
            </dl>
            <h3>"Same result everywhere"</h3>
            <p class="muted">
                "The same inputs give the same history on every platform. The digest over the whole history proves it: \
                 compare it with another browser's or a server's."
            </p>
            <div class="row">
                <button type="button" class="button" on:click=handler(show)>"Show digest"</button>
                {move || digest.get().map(|text| view! { <code class="wrap-anywhere" role="status">{text}</code> })}
            </div>
        </section>
    }
}
