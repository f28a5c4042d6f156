//! Ways to begin: a blank workflow, a template, an import, a sample run.

use leadline_designer::{Ids, Template, templates};
use leadline_model::view::WorkflowSummary;
use leadline_model::{Definition, NodeConfig};
use leadline_protocol::{Library, Request};
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;

use super::sample;
use crate::boxed::handler;
use crate::client::random_key;
use crate::components::dialog::Dialog;
use crate::components::icon::Icon;
use crate::format;
use crate::state::use_app;

/// Creates a workflow from this definition and opens its designer.
fn create() -> Callback<Definition> {
    let app = use_app();
    let navigate = use_navigate();
    Callback::new(move |definition| {
        let navigate = navigate.clone();
        app.run(
            Request::CreateWorkflow { definition },
            move |made: WorkflowSummary| {
                navigate(
                    &format!("/workflows/{}", made.workflow.id),
                    Default::default(),
                );
            },
        );
    })
}

/// Creates a blank workflow and opens its designer.
pub fn blank() -> Callback<()> {
    let create = create();
    Callback::new(move |()| {
        create.run(Definition {
            title: "Untitled workflow".to_owned(),
            ..Definition::default()
        });
    })
}

/// Puts the only active agent and number into the calls that have none; where there are several, the
/// choice is left to the author.
pub fn fill_in(definition: &mut Definition, library: &Library) {
    let mut agents = library.agents.iter().filter(|agent| agent.active);
    let mut numbers = library.phone_numbers.iter().filter(|number| number.active);
    let agent = agents.next().filter(|_| agents.next().is_none());
    let number = numbers.next().filter(|_| numbers.next().is_none());
    for node in &mut definition.nodes {
        if let NodeConfig::VoiceCall(call) = &mut node.config {
            call.agent_id = call
                .agent_id
                .take()
                .or_else(|| agent.map(|agent| agent.id.clone()));
            call.from_phone_number = call
                .from_phone_number
                .take()
                .or_else(|| number.map(|number| number.phone_number.clone()));
        }
    }
}

/// The dialog that offers the templates.
#[component]
pub fn TemplatesDialog(
    /// Whether it is open.
    open: RwSignal<bool>,
) -> impl IntoView {
    let create = create();
    let watch = sample::watch();
    view! {
        <Dialog open title="Templates" wide=true>
            <p class="muted">"A copy opens in the designer: change whatever you like."</p>
            <TemplateCards on_choose=Callback::new(move |definition| {
                open.set(false);
                create.run(definition);
            }) />
            <div class="dialog-foot">
                <p class="muted small grow">"Or see one at work first."</p>
                <button type="button" class="button" disabled=watch.running
                    on:click=handler(move |_| watch.start.run(()))>{Icon::Play.draw()}"Watch a sample run"</button>
            </div>
        </Dialog>
    }
}

#[component]
fn TemplateCards(
    /// Hears the chosen workflow.
    on_choose: Callback<Definition>,
) -> impl IntoView {
    let app = use_app();
    let card = move |template: Template| {
        let Template {
            title,
            description,
            definition,
            ..
        } = template;
        let steps = format::count(definition.nodes.len() as u64, "step", "steps");
        let choose = move |_| {
            let mut definition = definition.clone();
            if let Some(library) = app.library.get_untracked() {
                fill_in(&mut definition, &library);
            }
            on_choose.run(definition);
        };
        view! {
            <li>
                <button type="button" class="choice-card" on:click=handler(choose)>
                    <span class="choice-title">{title}</span>
                    <span class="muted">{description}</span>
                    <span class="small muted">{steps}</span>
                </button>
            </li>
        }
    };
    let cards = templates(&mut Ids::new(random_key()))
        .into_iter()
        .map(card)
        .collect_view();
    view! { <ul class="choice-grid">{cards}</ul> }
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
    let watch = sample::watch();
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
