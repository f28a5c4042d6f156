//! Agents: a name and a prompt with variables.

use leadline_model::{Agent, AgentId};
use leadline_protocol::{Library, Request};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::components::dialog::Dialog;
use crate::components::field::{TextField, unique_id};
use crate::components::icon::Icon;
use crate::state::{AppState, use_app};

/// What is being edited: nothing, a new agent, or one that exists.
type Editing = RwSignal<Option<Option<Agent>>>;

/// The list of agents.
#[component]
pub fn AgentList() -> impl IntoView {
    let app = use_app();
    let editing: Editing = RwSignal::new(None);
    let agents = Memo::new(move |_| app.library.with(|l| l.as_ref().map(|l| l.agents.clone())));
    view! {
        <section class="card stack">
            <div class="row spread">
                <h2>"Agents"</h2>
                <button type="button" class="button button-primary" on:click=move |_| editing.set(Some(None))>
                    {Icon::Plus.draw()}"New agent"
                </button>
            </div>
            {move || match agents.get() {
                None => view! { <p class="muted opening">"Reading agents…"</p> }.into_any(),
                Some(list) if list.is_empty() => view! {
                    <p class="muted">"No agent yet. An agent has a name and a prompt that may use lead variables."</p>
                }.into_any(),
                Some(list) => view! {
                    <ul class="item-list">
                        {list.into_iter().map(|agent| view! { <AgentRow agent editing /> }).collect_view()}
                    </ul>
                }.into_any(),
            }}
        </section>
        <AgentDialog editing />
    }
}

#[component]
fn AgentRow(
    /// Which.
    agent: Agent,
    /// Opens the editor.
    editing: Editing,
) -> impl IntoView {
    let app = use_app();
    let Agent {
        id,
        name,
        prompt,
        active,
        ..
    } = agent.clone();
    let toggle = {
        let agent = agent.clone();
        move |event| {
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
                workflow,
                active: event_target_checked(&event),
            };
            app.run(request, |_: Agent| {});
        }
    };
    let delete = {
        let name = name.clone();
        move |_| ask_to_delete(app, id.clone(), &name)
    };
    let edit = move |_| editing.set(Some(Some(agent.clone())));
    view! {
        <li class="item">
            <div class="grow">
                <p class="strong wrap-anywhere">{name.clone()}</p>
                <p class="small muted clamp">{if prompt.is_empty() { "No prompt".to_owned() } else { prompt }}</p>
            </div>
            <label class="check">
                <input type="checkbox" prop:checked=active on:change=toggle aria-label=format!("{name} is active") />
                "Active"
            </label>
            <button type="button" class="icon-button" title="Edit" aria-label=format!("Edit {name}") on:click=edit>
                {Icon::Edit.draw()}
            </button>
            <button type="button" class="icon-button" title="Delete" aria-label=format!("Delete {name}") on:click=delete>
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

fn name_error(name: &str, own: Option<&AgentId>, library: &Option<Library>) -> Option<String> {
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
fn variables_of(prompt: &str) -> Vec<String> {
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

#[component]
fn AgentDialog(
    /// What is being edited.
    editing: Editing,
) -> impl IntoView {
    let app = use_app();
    let open = RwSignal::new(false);
    let (name, prompt) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let problem = RwSignal::new(None::<String>);
    let known = Memo::new(move |_| editing.get().flatten());
    Effect::new(move || {
        let Some(agent) = editing.get() else { return };
        name.set(
            agent
                .as_ref()
                .map(|agent| agent.name.clone())
                .unwrap_or_default(),
        );
        prompt.set(agent.map(|agent| agent.prompt).unwrap_or_default());
        problem.set(None);
        open.set(true);
    });
    let error = Signal::derive(move || {
        let own = known.get().map(|agent| agent.id);
        name.with(|name| {
            app.library
                .with(|library| name_error(name, own.as_ref(), library))
        })
    });
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if error.get_untracked().is_some() {
            return;
        }
        let known = known.get_untracked();
        let request = Request::PutAgent {
            active: known.as_ref().is_none_or(|agent| agent.active),
            workflow: known.as_ref().and_then(|agent| agent.workflow.clone()),
            id: known.map(|agent| agent.id),
            name: name.get_untracked(),
            prompt: prompt.get_untracked(),
        };
        problem.set(None);
        spawn_local(async move {
            match app.client.ask::<Agent>(request).await {
                Ok(_) => open.set(false),
                Err(refused) => problem.set(Some(refused.message)),
            }
        });
    };
    let title = move || {
        if known.with(Option::is_some) {
            "Edit agent"
        } else {
            "New agent"
        }
    };
    let used = move || prompt.with(|prompt| variables_of(prompt)).join(", ");
    let id = unique_id("prompt");
    view! {
        <Dialog open title=Signal::derive(move || title().to_owned()) wide=true>
            <form class="stack" on:submit=save>
                <TextField label="Name" value=name error autofocus=true placeholder="sales-agent"
                    help="Letters, digits, _ and -." />
                <div class="field">
                    <label for=id.clone()>"Prompt"</label>
                    <textarea id=id.clone() rows="8" prop:value=prompt
                        placeholder="Hello {{ first_name }}, …"
                        on:input=move |event| prompt.set(event_target_value(&event))></textarea>
                    <p class="help">
                        "Write lead variables as {{ first_name }}. "
                        {move || (!used().is_empty()).then(|| view! { "Used here: " <span class="mono">{used()}</span> })}
                    </p>
                </div>
                {move || problem.get().map(|text| view! { <p class="error-text" role="alert">{text}</p> })}
                <div class="dialog-foot">
                    <button type="button" class="button" on:click=move |_| open.set(false)>"Cancel"</button>
                    <button type="submit" class="button button-primary" disabled=move || error.get().is_some()>
                        "Save agent"
                    </button>
                </div>
            </form>
        </Dialog>
    }
}
