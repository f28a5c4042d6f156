//! Agents: who talks with a prompt, who works through steps. The steps are edited on the agent's own page.

use leadline_model::{Agent, AgentId};
use leadline_protocol::{Library, Request, Written};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::components::A;
use leptos_router::hooks::use_navigate;

use crate::boxed::{closes, effect, handler, memo, opens, typed_into};
use crate::components::control_flow::Show;
use crate::components::dialog::Dialog;
use crate::components::field::{TextField, unique_id};
use crate::components::icon::Icon;
use crate::format;
use crate::pages::runs::StartDialog;
use crate::state::{AppState, use_app};
use crate::steps::example::{LEAD_ROUTER, lead_router};

/// The list of agents.
#[component]
pub fn AgentList() -> impl IntoView {
    let app = use_app();
    let (creating, starting) = (RwSignal::new(false), RwSignal::new(false));
    let started = RwSignal::new(String::new());
    let agents = memo(move || {
        let library = app.library();
        library.with(|l| l.as_ref().map(|l| l.agents.clone()))
    });
    view! {
        <section class="card stack">
            <div class="row spread">
                <h2>"Agents"</h2>
                <div class="row row-tight">
                    <ExampleButton agents />
                    <button type="button" class="button button-primary" on:click=opens(creating)>
                        {Icon::Plus.draw()}"New agent"
                    </button>
                </div>
            </div>
            {move || match agents.get() {
                None => view! { <p class="muted opening">"Reading agents…"</p> }.into_any(),
                Some(list) if list.is_empty() => view! {
                    <p class="muted">
                        "No agent yet. An agent talks with a prompt that may use lead variables, works through \
                         the steps of a workflow, or both."
                    </p>
                }.into_any(),
                Some(list) => view! {
                    <ul class="item-list">
                        {list.into_iter().map(|agent| view! {
                            <AgentRow agent start=move |name: String| {
                                started.set(name);
                                starting.set(true);
                            } />
                        }).collect_view()}
                    </ul>
                }.into_any(),
            }}
        </section>
        <AgentDialog open=creating />
        <StartDialog open=starting agent=started />
    }
}

/// Offers the lead-router, as long as there is none.
#[component]
fn ExampleButton(agents: Memo<Option<Vec<Agent>>>) -> impl IntoView {
    let app = use_app();
    let navigate = use_navigate();
    let missing = move || {
        agents.with(|list| {
            let list = list.as_ref();
            list.is_some_and(|list| list.iter().all(|agent| agent.name != LEAD_ROUTER))
        })
    };
    let make = Callback::new(move |()| {
        let request = Request::PutAgent {
            id: None,
            name: LEAD_ROUTER.to_owned(),
            prompt: String::new(),
            workflow: Some(Written::of(&lead_router())),
            active: true,
        };
        let navigate = navigate.clone();
        app.run(request, move |agent: Agent| {
            navigate(&page_of(&agent.id), NavigateOptions::default());
        });
    });
    view! {
        <Show when=missing>
            <button type="button" class="button" on:click=handler(move |_| make.run(()))>
                {Icon::Template.draw()}"Add the lead-router example"
            </button>
        </Show>
    }
}

fn page_of(id: &AgentId) -> String {
    format!("/agents/{id}")
}

#[component]
fn AgentRow(
    /// Which.
    agent: Agent,
    /// Starts a run of the agent of this name.
    #[prop(into)]
    start: Callback<String>,
) -> impl IntoView {
    let app = use_app();
    let navigate = use_navigate();
    let Agent {
        id,
        name,
        prompt,
        workflow,
        active,
        ..
    } = agent.clone();
    let toggle = move |event| {
        let Agent {
            id,
            name,
            prompt,
            workflow,
            ..
        } = agent.clone();
        let request = Request::PutAgent {
            id: Some(id),
            name,
            prompt,
            workflow: workflow.as_ref().map(Written::of),
            active: event_target_checked(&event),
        };
        app.run(request, |_: Agent| {});
    };
    let edit = {
        let page = page_of(&id);
        move |_| navigate(&page, NavigateOptions::default())
    };
    let delete = {
        let (id, name) = (id.clone(), name.clone());
        move |_| ask_to_delete(app, id.clone(), &name)
    };
    let steps = workflow.map(|workflow| workflow.steps);
    let about = match (&steps, prompt.is_empty()) {
        (None, true) => "No prompt and no steps".to_owned(),
        (None, false) => prompt,
        (Some(steps), _) => {
            let names: Vec<&str> = steps.iter().map(|step| step.name.as_str()).collect();
            let count = format::count(names.len() as u64, "step", "steps");
            format!("{count}: {}", names.join(", "))
        }
    };
    let shown = name.clone();
    let start_button = (steps.is_some() && active).then(|| {
        let (name, label) = (name.clone(), format!("Start a run of {name}"));
        view! {
            <button type="button" class="button button-small" aria-label=label
                on:click=handler(move |_| start.run(name.clone()))>{Icon::Play.draw()}"Start"</button>
        }
    });
    view! {
        <li class="item">
            <div class="grow">
                <p><A href=page_of(&id) {..} class="plain-link strong wrap-anywhere">{shown}</A></p>
                <p class="small muted clamp">{about}</p>
            </div>
            {start_button}
            <label class="check">
                <input type="checkbox" prop:checked=active on:change=handler(toggle) aria-label=format!("{name} is active") />
                "Active"
            </label>
            <button type="button" class="icon-button" title="Edit" aria-label=format!("Edit {name}") on:click=handler(edit)>
                {Icon::Edit.draw()}
            </button>
            <button type="button" class="icon-button" title="Delete" aria-label=format!("Delete {name}") on:click=handler(delete)>
                {Icon::Trash.draw()}
            </button>
        </li>
    }
}

fn ask_to_delete(app: AppState, id: AgentId, name: &str) {
    let text = "An agent that a workflow uses cannot be deleted. This cannot be undone.";
    app.confirm(format!("Delete “{name}”?"), text, "Delete", move || {
        app.run(Request::DeleteAgent { id: id.clone() }, move |()| {
            app.toasts.info("The agent was deleted.")
        });
    });
}

/// What is wrong with the name of an agent, in words.
pub fn name_error(name: &str, own: Option<&AgentId>, library: &Option<Library>) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if name.is_empty() {
        return Some("A name is needed.".to_owned());
    }
    if !name.chars().all(plain) {
        return Some("Letters a–z, digits, _ and - only.".to_owned());
    }
    let agents = library
        .as_ref()
        .map(|library| library.agents.as_slice())
        .unwrap_or_default();
    let taken = agents
        .iter()
        .any(|agent| agent.name == name && Some(&agent.id) != own);
    taken.then(|| "Another agent has this name.".to_owned())
}

/// The `{{ variables }}` a prompt uses, to show what the leads should have.
pub fn variables_of(prompt: &str) -> Vec<String> {
    let mut found = Vec::new();
    for part in prompt.split("{{").skip(1) {
        let Some((inside, _)) = part.split_once("}}") else {
            continue;
        };
        let name: String = inside
            .trim()
            .chars()
            .take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '.'))
            .collect();
        if !name.is_empty() && !found.contains(&name) {
            found.push(name);
        }
    }
    found
}

/// The dialog that makes an agent.
#[component]
fn AgentDialog(
    /// Whether it is open.
    open: RwSignal<bool>,
) -> impl IntoView {
    let app = use_app();
    let navigate = use_navigate();
    let (name, prompt) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let problem = RwSignal::new(None::<String>);
    effect(move || {
        if open.get() {
            name.set(String::new());
            prompt.set(String::new());
            problem.set(None);
        }
    });
    let error = Signal::derive(move || {
        name.with(|name| {
            app.library()
                .with(|library| name_error(name, None, library))
        })
    });
    let create = Callback::new(move |then_steps: bool| {
        if error.get_untracked().is_some() {
            return;
        }
        let request = Request::PutAgent {
            id: None,
            name: name.get_untracked(),
            prompt: prompt.get_untracked(),
            workflow: None,
            active: true,
        };
        let navigate = navigate.clone();
        problem.set(None);
        spawn_local(async move {
            match app.client.ask::<Agent>(request).await {
                Ok(agent) => {
                    open.set(false);
                    if then_steps {
                        navigate(&page_of(&agent.id), NavigateOptions::default());
                    }
                }
                Err(refused) => problem.set(Some(refused.message)),
            }
        });
    });
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        create.run(false);
    };
    let used = move || prompt.with(|prompt| variables_of(prompt)).join(", ");
    let id = unique_id("prompt");
    view! {
        <Dialog open title="New agent" wide=true>
            <form class="stack" on:submit=handler(save)>
                <TextField label="Name" value=name error autofocus=true placeholder="sales-agent"
                    help="Letters, digits, _ and -." />
                <div class="field">
                    <label for=id.clone()>"Prompt"</label>
                    <textarea id=id.clone() rows="8" prop:value=prompt
                        placeholder="Hello {{ first_name }}, …"
                        on:input=typed_into(prompt)></textarea>
                    <p class="help">
                        "What the agent says in calls; write lead variables as {{ first_name }}. An agent that \
                         only works through steps needs none. "
                        {move || (!used().is_empty()).then(|| view! { "Used here: " <span class="mono">{used()}</span> })}
                    </p>
                </div>
                {move || problem.get().map(|text| view! { <p class="error-text" role="alert">{text}</p> })}
                <div class="dialog-foot">
                    <button type="button" class="button" on:click=closes(open)>"Cancel"</button>
                    <button type="button" class="button" disabled=move || error.get().is_some()
                        on:click=handler(move |_| create.run(true))>"Save and add steps"</button>
                    <button type="submit" class="button button-primary" disabled=move || error.get().is_some()>
                        "Save agent"
                    </button>
                </div>
            </form>
        </Dialog>
    }
}
