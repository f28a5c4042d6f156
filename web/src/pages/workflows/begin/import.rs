//! Importing a workflow from a file or from pasted text. The engine judges it; what it refuses
//! changes nothing and is explained in the dialog.

use leadline_protocol::{Imported, ProblemCode, Request};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_navigate;

use crate::boxed::{closes, effect, handler, typed_into};
use crate::components::dialog::Dialog;
use crate::components::field::unique_id;
use crate::components::file_drop::{FileDrop, read_text};
use crate::state::use_app;

/// No workflow within the limits of the model comes near this.
const MAX_BYTES: u64 = 64_000_000;

/// The dialog that imports a workflow.
#[component]
pub fn ImportDialog(
    /// Whether it is open.
    open: RwSignal<bool>,
) -> impl IntoView {
    let app = use_app();
    let navigate = use_navigate();
    let text = RwSignal::new(String::new());
    let problem = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    effect(move || {
        if open.get() {
            text.set(String::new());
            problem.set(None);
        }
    });
    let import = Callback::new(move |json: String| {
        let navigate = navigate.clone();
        busy.set(true);
        problem.set(None);
        spawn_local(async move {
            let made = app
                .client
                .ask::<Imported>(Request::ImportWorkflow { json })
                .await;
            busy.set(false);
            match made {
                Ok(Imported { summary, left_out }) => {
                    open.set(false);
                    let title = &summary.workflow.title;
                    // What is missing stays to be read.
                    match left_out.is_empty() {
                        true => app.toasts.info(format!("“{title}” was imported.")),
                        false => app.toasts.error(format!(
                            "“{title}” was imported without what Leadline does not know: {}.",
                            left_out.join(", ")
                        )),
                    }
                    navigate(
                        &format!("/workflows/{}", summary.workflow.id),
                        Default::default(),
                    );
                }
                // It is there, and the list shows it.
                Err(problem) if problem.code == ProblemCode::NotSaved => {
                    open.set(false);
                    app.report(&problem);
                }
                Err(refused) => problem.set(Some(refused.message)),
            }
        });
    });
    let take_file = move |file: web_sys::File| {
        problem.set(None);
        spawn_local(async move {
            match read_text(&file, MAX_BYTES).await {
                Ok(json) => import.run(json),
                Err(error) => problem.set(Some(error)),
            }
        });
    };
    let pasted = unique_id("pasted");
    view! {
        <Dialog open title="Import a workflow">
            <div class="stack">
                <FileDrop what="a workflow" accept=".json,application/json" on_file=take_file />
                <div class="field">
                    <label for=pasted.clone()>"Or paste JSON"</label>
                    <textarea id=pasted.clone() rows="6" class="mono" spellcheck="false" prop:value=text
                        on:input=typed_into(text)></textarea>
                </div>
                {move || problem.get().map(|problem| view! {
                    <div class="note note-danger" role="alert">
                        <p class="strong">"Nothing was imported"</p>
                        <p class="wrap-anywhere">{problem}</p>
                    </div>
                })}
            </div>
            <div class="dialog-foot">
                <button type="button" class="button" on:click=closes(open)>"Cancel"</button>
                <button type="button" class="button button-primary"
                    disabled=move || busy.get() || text.with(|text| text.trim().is_empty())
                    on:click=handler(move |_| import.run(text.get_untracked()))>
                    {move || if busy.get() { "Importing…" } else { "Import" }}
                </button>
            </div>
        </Dialog>
    }
}
