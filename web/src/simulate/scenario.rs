//! The workflow of the page as a scenario file.

use leadline_protocol::{ExportedFile, Request};
use leptos::prelude::*;
use leptos_router::components::A;

use crate::boxed::handler;
use crate::canvas::desk::Desk;

/// Saves the workflow, its leads and what a run of them comes to.
#[component]
pub fn SaveScenario(
    /// Of which desk.
    desk: Desk,
) -> impl IntoView {
    let app = desk.app;
    let save = move |_| {
        let workflow_id = desk.id();
        app.run(
            Request::SaveScenario { workflow_id },
            move |file: ExportedFile| app.save_file(&file),
        );
    };
    view! {
        <section aria-label="Scenario">
            <h3>"Scenario"</h3>
            <p class="small muted">
                "The workflow, its leads with their numbers, the seed and what a run from activation comes \
                to, as a file that can be run again " <A href="/scenarios">"here"</A> " and in tests."
            </p>
            <button type="button" class="button button-small" on:click=handler(save)>"Save as scenario"</button>
        </section>
    }
}
