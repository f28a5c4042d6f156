//! One agent: its prompt, and the steps of its workflow.

mod draft;

use leadline_model::{Agent, AgentId};
use leadline_protocol::{ProblemCode, Request};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::A;
use leptos_router::hooks::use_params_map;

use super::library::{name_error, variables_of};
use super::runs::StartDialog;
use crate::boxed::{effect, handler, memo, opens};
use crate::components::control_flow::Show;
use crate::components::icon::Icon;
use crate::designer::forms::bound::Bound;
use crate::designer::forms::controls::{CheckField, TextArea, TextField};
use crate::dom;
use crate::state::use_app;
use crate::steps::StepsEditor;
use crate::steps::example::lead_router;
use crate::steps::problems::{of_step, refused, visible};
use draft::{Draft, Drafts};

/// One agent.
#[component]
pub fn AgentPage() -> impl IntoView {
    let app = use_app();
    let params = use_params_map();
    let id = memo(move || params.with(|params| AgentId::parse(&params.get("id")?).ok()));
    let saved = memo(move || {
        let id = id.get()?;
        let library = app.library().get()?;
        library.agents.into_iter().find(|agent| agent.id == id)
    });
    // The editor is made anew for another agent, not for each change of this one.
    let shown = memo(move || saved.get().map(|agent| agent.id));
    dom::use_title(move || {
        let name = saved.get().map(|agent| agent.name);
        name.map_or("Agent".to_owned(), |name| format!("Agent {name}"))
    });
    view! {
        <section class="page">
            <p><A href="/agents" {..} class="back-link">"← Agents and numbers"</A></p>
            {move || match shown.get() {
                Some(id) => view! { <AgentEditor id saved /> }.into_any(),
                None if app.library().with(Option::is_none) => view! {
                    <p class="muted opening" role="status">"Reading the agent…"</p>
                }.into_any(),
                None => view! {
                    <p class="note note-warning" role="alert">
                        "There is no agent at this address: it may have been deleted."
                    </p>
                }.into_any(),
            }}
        </section>
    }
}

#[component]
fn AgentEditor(id: AgentId, saved: Memo<Option<Agent>>) -> impl IntoView {
    let app = use_app();
    let Some(first) = saved.get_untracked() else {
        return ().into_any();
    };
    let drafts = Drafts::start(app, &id, Draft::of(&first));
    // What another tab saved: taken when nothing was changed here, told otherwise.
    let theirs = memo(move || {
        let saved = saved.get().map(|agent| Draft::of(&agent))?;
        (saved != drafts.base.get()).then_some(saved)
    });
    effect(move || {
        if let Some(theirs) = theirs.get()
            && !untrack(|| drafts.is_changed())
            && drafts.now.with_untracked(Option::is_some)
        {
            drafts.replace(theirs);
        }
    });
    let draft = Bound::new(memo(move || drafts.get()), move |draft| {
        drafts.change(draft);
    });
    let told = RwSignal::new(Vec::<String>::new());
    let starting = RwSignal::new(false);
    let can_start = move || {
        saved
            .get()
            .is_some_and(|a| a.workflow.is_some() && a.active)
    };
    let name = move || saved.get().map(|agent| agent.name).unwrap_or_default();
    let own = StoredValue::new(id);
    let runs = move || format!("/runs?agent={}", name());
    view! {
        <header class="page-head">
            <h1 class="wrap-anywhere">{name}</h1>
            <div class="row row-tight">
                <Show when=can_start>
                    <A href={runs} {..} class="button">"Its runs"</A>
                    <button type="button" class="button" on:click=opens(starting)>
                        {Icon::Play.draw()}"Start a run"
                    </button>
                </Show>
            </div>
        </header>
        <Show when=move || drafts.restored.get() && drafts.is_changed()>
            <p class="note" role="status">"What you had changed and not saved is back."</p>
        </Show>
        {move || theirs.get().filter(|_| drafts.is_changed()).map(|theirs| view! {
            <div class="note note-warning row spread" role="status">
                <p>"It was changed in another tab meanwhile. Saving puts your version in its place."</p>
                <button type="button" class="button button-small" on:click=handler(move |_| drafts.replace(theirs.clone()))>
                    "Take the other version"
                </button>
            </div>
        })}
        <Show when=move || drafts.now.with(Option::is_some)>
            {move || {
                drafts.version.track();
                view! { <Forms draft told own /> }
            }}
            <SaveBar drafts told own />
        </Show>
        <StartDialog open=starting agent=Signal::derive(name) />
    }
    .into_any()
}

#[component]
fn Forms(
    draft: Bound<Draft>,
    /// What the engine refused when it was saved last.
    told: RwSignal<Vec<String>>,
    own: StoredValue<AgentId>,
) -> impl IntoView {
    let app = use_app();
    let name = draft.part(|d| d.name.clone(), |d, name| d.name = name);
    let prompt = draft.part(|d| d.prompt.clone(), |d, text| d.prompt = text);
    let active = draft.part(|d| d.active, |d, on| d.active = on);
    let workflow = draft.part(|d| d.workflow.clone(), |d, w| d.workflow = w);
    let error = Signal::derive(move || {
        let id = own.get_value();
        app.library()
            .with(|library| name_error(&name.get(), Some(&id), library))
    });
    let help = Signal::derive(move || {
        let used = variables_of(&prompt.get()).join(", ");
        match used.is_empty() {
            true => {
                "What it says in calls. {{ first_name }} stands for a lead's variable.".to_owned()
            }
            false => format!("Lead variables it uses: {used}."),
        }
    });
    let none = memo(move || workflow.get().steps.is_empty());
    let problems = Signal::derive(move || {
        let mut list = seen(&workflow.get());
        list.extend(told.get());
        list.dedup();
        list
    });
    view! {
        <section class="card d-form agent-basics">
            <div class="d-row">
                <TextField label="Name" value=name error help="Letters, digits, _ and -." />
                <CheckField label="Active" value=active help="Only an active agent is used." />
            </div>
            <TextArea label="Prompt" value=prompt rows=6 help />
        </section>
        <section class="card stack" aria-labelledby="agent-workflow">
            <div>
                <h2 id="agent-workflow">"Workflow"</h2>
                <p class="muted">
                    "The steps a run of this agent goes through, in order. A step that asks a person pauses \
                     the run until somebody answers in the inbox."
                </p>
            </div>
            <Show when=move || none.get()>
                <p class="row">
                    <span class="muted">"No steps: this agent only talks."</span>
                    <button type="button" class="button button-small"
                        on:click=handler(move |_| workflow.set(lead_router()))>
                        {Icon::Template.draw()}"Begin with the lead-router example"
                    </button>
                </p>
            </Show>
            <StepsEditor workflow problems />
        </section>
    }
}

/// What the page sees wrong with a workflow; one without steps is none.
fn seen(workflow: &leadline_model::AgentWorkflow) -> Vec<String> {
    match workflow.steps.is_empty() {
        true => Vec::new(),
        false => visible(workflow),
    }
}

#[component]
fn SaveBar(
    drafts: Drafts,
    told: RwSignal<Vec<String>>,
    own: StoredValue<AgentId>,
) -> impl IntoView {
    let app = use_app();
    let busy = RwSignal::new(false);
    let refusal = RwSignal::new(None::<String>);
    let changed = memo(move || drafts.is_changed());
    let wrong = memo(move || seen(&drafts.get().workflow).len());
    let words = move || match (changed.get(), wrong.get()) {
        (false, _) => "Everything is saved.".to_owned(),
        (true, 0) => "Not saved yet.".to_owned(),
        (true, 1) => "Not saved yet; one problem is told at its step.".to_owned(),
        (true, n) => format!("Not saved yet; {n} problems are told at their steps."),
    };
    let save = move |_| {
        let draft = untrack(|| drafts.get());
        if wrong.get_untracked() > 0 {
            return dom::focus(".step-wrong .step-toggle");
        }
        busy.set(true);
        refusal.set(None);
        told.set(Vec::new());
        spawn_local(async move {
            let request: Request = draft.clone().request(own.get_value());
            match app.client.ask::<Agent>(request).await {
                Ok(agent) => drafts.replace(Draft::of(&agent)),
                Err(problem) => {
                    let list = match problem.code {
                        ProblemCode::Invalid => refused(&problem.message),
                        _ => vec![problem.message.clone()],
                    };
                    let steps = &draft.workflow.steps;
                    let at_a_step = |text: &String| {
                        let mut steps = steps.iter().enumerate();
                        steps.any(|(at, step)| of_step(text, step, at).is_some())
                    };
                    let (at_steps, others): (Vec<_>, Vec<_>) =
                        list.into_iter().partition(at_a_step);
                    let count = at_steps.len();
                    told.set(at_steps);
                    refusal.set(Some(match (others.is_empty(), count) {
                        (false, _) => leadline_model::words::sentence(&others.join("; ")),
                        (true, 1) => {
                            "It was not saved: the problem is told at its step.".to_owned()
                        }
                        (true, n) => {
                            format!("It was not saved: {n} problems are told at their steps.")
                        }
                    }));
                    request_animation_frame(|| dom::focus(".step-wrong .step-toggle"));
                }
            }
            busy.set(false);
        });
    };
    let discard = move |_| {
        told.set(Vec::new());
        refusal.set(None);
        drafts.version.update(|version| *version += 1);
        drafts.replace(drafts.base.get_untracked());
    };
    view! {
        <div class="save-bar">
            <p class="grow" role="status">{words}</p>
            {move || refusal.get().map(|text| view! { <p class="error-text" role="alert">{text}</p> })}
            <Show when=move || changed.get()>
                <button type="button" class="button" on:click=handler(discard)>"Discard changes"</button>
            </Show>
            <button type="button" class="button button-primary" on:click=handler(save)
                disabled=move || busy.get() || !changed.get()>"Save agent"</button>
        </div>
    }
}
