//! Ways to begin: a blank workflow, a template, an import, a sample run. What templates,
//! import and sample take is fetched when one of them is chosen.

use std::sync::Arc;

use leadline_model::WorkflowId;
use leadline_model::view::WorkflowSummary;
use leadline_protocol::{Request, Written};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_navigate;

use crate::boxed::handler;
use crate::components::icon::Icon;
use crate::lazy;
use crate::state::use_app;

/// Goes to the designer of a workflow. It does not belong to the page it was made on: the list may show
/// something else by the time a workflow is made.
pub type Opener = Arc<dyn Fn(WorkflowId) + Send + std::marker::Sync>;

/// What opens the designer.
pub fn opener() -> Opener {
    let navigate = use_navigate();
    Arc::new(move |id| navigate(&format!("/workflows/{id}"), Default::default()))
}

/// Creates a blank workflow and opens its designer.
pub fn blank() -> Callback<()> {
    let app = use_app();
    let opened = opener();
    Callback::new(move |()| {
        let definition = Written::blank("Untitled workflow");
        let opened = Arc::clone(&opened);
        app.run(
            Request::CreateWorkflow { definition },
            move |made: WorkflowSummary| opened(made.workflow.id),
        );
    })
}

/// A button's worth of sample run.
#[derive(Clone, Copy)]
pub struct Watch {
    /// Prepares it and goes there.
    pub start: Callback<()>,
    /// Whether it is being prepared.
    pub running: RwSignal<bool>,
}

/// What the button "Watch a sample run" needs.
pub fn watch() -> Watch {
    let app = use_app();
    let navigate = use_navigate();
    let running = RwSignal::new(false);
    let making = lazy::begin();
    let start = Callback::new(move |()| {
        if running.get_untracked() {
            return;
        }
        running.set(true);
        let navigate = navigate.clone();
        spawn_local(async move {
            let made = match making.get().await {
                Some(begin) => (begin.sample)(app.client).await,
                None => Err(lazy::unfetched()),
            };
            match made {
                Ok(id) => navigate(&format!("/workflows/{id}/simulate"), Default::default()),
                Err(problem) => app.report(&problem),
            }
            running.set(false);
        });
    });
    Watch { start, running }
}

/// What stands where there is no workflow yet.
#[component]
pub fn EmptyState(
    /// Opens the import dialog.
    importing: RwSignal<bool>,
    /// Opens the templates.
    choosing: RwSignal<bool>,
) -> impl IntoView {
    let begin = blank();
    let watch = watch();
    let choice = |icon: Icon, title: &'static str, text: &'static str, act: Callback<()>| {
        view! {
            <li>
                <button type="button" class="choice-card" on:click=handler(move |_| act.run(()))>
                    <span class="choice-icon">{icon.draw()}</span>
                    <span class="choice-title">{title}</span>
                    <span class="muted">{text}</span>
                </button>
            </li>
        }
    };
    let running = watch.running;
    view! {
        <div class="empty">
            <div class="empty-hero">
                <h2>"Design a calling workflow, then watch it run"</h2>
                <p>
                    "Draw calls, delays and conditions; enrol leads; let simulated days pass in seconds. Everything \
                     happens in this browser and stays in it: no account, no server, no network needed."
                </p>
                <button type="button" class="button button-primary button-large" disabled=running
                    on:click=handler(move |_| watch.start.run(()))>
                    {Icon::Play.draw()}
                    {move || if running.get() { "Preparing the sample…" } else { "Watch a sample run" }}
                </button>
                <p class="small muted">"200 generated leads go through a nurture sequence, one hour each second."</p>
            </div>
            <h2 class="empty-or">"Or begin with your own"</h2>
            <ul class="choice-grid">
                {choice(Icon::Template, "Start from a template",
                    "Lead nurture, re-engagement, conditional follow-up.",
                    Callback::new(move |()| choosing.set(true)))}
                {choice(Icon::Plus, "Blank workflow", "An empty canvas, and you.", begin)}
                {choice(Icon::Upload, "Import a workflow", "A JSON file exported from Leadline, or a definition.",
                    Callback::new(move |()| importing.set(true)))}
            </ul>
        </div>
    }
}
