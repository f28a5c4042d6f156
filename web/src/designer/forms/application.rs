//! The settings of an application action: a webhook, variables to set on the lead, or a run of an
//! agent's workflow.

use leadline_model::{Application, SetVariables, StartAgent, Webhook};
use leptos::prelude::*;
use leptos_router::components::A;

use super::bound::Bound;
use super::controls::{Limits, OptionalNumber, SelectField, TextArea, TextField, pairs};
use super::prompt::{UnknownKeys, VariableKeys};
use super::simulation::ActionSimulationForm;
use super::surroundings::Surroundings;
use super::values::{TextPairs, as_texts};
use crate::components::control_flow::Show;

const KINDS: [(&str, &str); 3] = [
    ("webhook", "Call a webhook"),
    ("set", "Set variables of the lead"),
    ("agent", "Start an agent run"),
];
const METHODS: [&str; 5] = ["POST", "GET", "PUT", "PATCH", "DELETE"];

fn kind_of(config: &Application) -> String {
    match config {
        Application::Webhook(_) => "webhook",
        Application::SetVariables(_) => "set",
        Application::AgentWorkflow(_) => "agent",
        Application::None => "",
    }
    .to_owned()
}

/// The settings of an application action.
#[component]
pub fn ApplicationForm(
    /// Its config.
    config: Bound<Application>,
) -> impl IntoView {
    let kind = config.part(kind_of, |c, kind| {
        *c = match kind.as_str() {
            "webhook" => Application::Webhook(Webhook::default()),
            "set" => Application::SetVariables(SetVariables::default()),
            "agent" => Application::AgentWorkflow(StartAgent::default()),
            _ => Application::None,
        }
    });
    let choices = Signal::derive(move || {
        let mut list = pairs(KINDS);
        if kind.get().is_empty() {
            list.insert(0, (String::new(), "Choose an action".to_owned()));
        }
        list
    });
    let error = Signal::derive(move || {
        kind.get()
            .is_empty()
            .then(|| "The node needs an action.".to_owned())
    });
    view! {
        <SelectField label="Action" value=kind choices error />
        {move || match kind.get().as_str() {
            "webhook" => {
                let hook = config.part(
                    |c| match c { Application::Webhook(hook) => hook.clone(), _ => Webhook::default() },
                    |c, hook| *c = Application::Webhook(hook),
                );
                let aids = |body: Bound<String>| view! {
                    <UnknownKeys text=Signal::derive(move || body.get()) />
                    <VariableKeys pick=move |key: String| put_in(body, &format!("lead.{key}")) />
                };
                view! {
                    <WebhookForm hook aids
                        body_help="A template: {{ lead.phone_number }} or {{ call.analysis.interested }}." />
                }.into_any()
            }
            "set" => {
                let set = config.part(
                    |c| match c { Application::SetVariables(set) => set.clone(), _ => SetVariables::default() },
                    |c, set| *c = Application::SetVariables(set),
                );
                view! { <SetForm set /> }.into_any()
            }
            "agent" => {
                let start = config.part(
                    |c| match c { Application::AgentWorkflow(start) => start.clone(), _ => StartAgent::default() },
                    |c, start| *c = Application::AgentWorkflow(start),
                );
                view! { <StartForm start /> }.into_any()
            }
            _ => ().into_any(),
        }}
    }
}

/// What is wrong with the address of a webhook, as far as a form can tell.
fn url_error(url: &str) -> Option<String> {
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"));
    match rest {
        None if url.is_empty() => Some("Where should it go?".to_owned()),
        None => Some("Begin with https:// or http://.".to_owned()),
        Some("") => Some("Name the host.".to_owned()),
        Some(_) => None,
    }
}

/// Puts a variable at the end of a template.
pub fn put_in(template: Bound<String>, variable: &str) {
    template.update(|text| text.push_str(&format!("{{{{ {variable} }}}}")));
}

/// An HTTP request to deliver.
#[component]
pub fn WebhookForm<V: IntoView + 'static>(
    /// The request.
    hook: Bound<Webhook>,
    /// What helps to write the body, given its text.
    aids: impl Fn(Bound<String>) -> V + 'static,
    /// How to write the body.
    body_help: &'static str,
) -> impl IntoView {
    let url = hook.part(
        |h| h.url.clone().unwrap_or_default(),
        |h, text| h.url = (!text.is_empty()).then_some(text),
    );
    let body = hook.part(
        |h| h.body.clone().unwrap_or_default(),
        |h, text| h.body = (!text.is_empty()).then_some(text),
    );
    view! {
        <SelectField
            label="Method"
            value=hook.part(
                |h| h.method.clone().unwrap_or_else(|| "POST".to_owned()),
                |h, method| h.method = Some(method),
            )
            choices=pairs(METHODS.map(|method| (method, method)))
        />
        <TextField
            label="URL"
            value=url
            kind="url"
            placeholder="https://example.com/hook"
            error=Signal::derive(move || url_error(&url.get()))
        />
        <h4>"Headers"</h4>
        <TextPairs
            what="header"
            map=hook.part(|h| h.headers.clone(), |h, map| h.headers = map)
        />
        <TextArea label="Body" value=body rows=5 help=body_help />
        {aids(body)}
        <div class="d-row">
            <OptionalNumber label="Timeout" unit="seconds" placeholder="10"
                limits=Limits { min: 1, max: 300 }
                value=hook.part(|h| h.timeout_seconds, |h, n| h.timeout_seconds = n) />
            <OptionalNumber label="Retries" placeholder="3"
                limits=Limits { min: 0, max: 20 }
                value=hook.part(|h| h.max_retries, |h, n| h.max_retries = n) />
        </div>
        <details class="d-section">
            <summary>"How it is answered (simulation)"</summary>
            <ActionSimulationForm
                simulation=hook.part(
                    |h| h.simulation.clone().unwrap_or_default(),
                    |h, s| h.simulation = (s != Default::default()).then_some(s),
                )
            />
        </details>
    }
}

#[component]
fn SetForm(set: Bound<SetVariables>) -> impl IntoView {
    let map = as_texts(set.part(|s| s.variables.clone(), |s, values| s.variables = values));
    view! {
        <p class="d-note">"Values may be templates, such as {{ call.analysis.segment }}."</p>
        <TextPairs what="variable" map />
        <Show when=move || map.get().is_empty()>
            <p class="d-error">"Add at least one variable."</p>
        </Show>
    }
}

/// Starts a run of an agent's workflow.
#[component]
fn StartForm(start: Bound<StartAgent>) -> impl IntoView {
    let library = Surroundings::here().library;
    let agent = start.part(
        |s| s.agent_name.clone().unwrap_or_default(),
        |s, name| s.agent_name = (!name.is_empty()).then_some(name),
    );
    let task = start.part(
        |s| s.task.clone().unwrap_or_default(),
        |s, text| s.task = (!text.is_empty()).then_some(text),
    );
    let state = as_texts(start.part(|s| s.state.clone(), |s, values| s.state = values));
    let choices = Signal::derive(move || {
        let mut list = pairs([("", "Choose an agent")]);
        let agents = library.get().agents.into_iter();
        list.extend(
            agents
                .filter(|agent| agent.workflow.is_some())
                .map(|agent| {
                    let off = if agent.active { "" } else { " (inactive)" };
                    (agent.name.clone(), format!("{}{off}", agent.name))
                }),
        );
        list
    });
    let error = Signal::derive(move || {
        let name = agent.get();
        let found = library.get().agents.into_iter().find(|a| a.name == name);
        match found {
            _ if name.is_empty() => Some("Whose workflow should run?".to_owned()),
            None => Some("This agent does not exist.".to_owned()),
            Some(agent) if agent.workflow.is_none() => {
                Some("This agent has no workflow.".to_owned())
            }
            Some(agent) if !agent.active => Some("This agent is not active.".to_owned()),
            Some(_) => None,
        }
    });
    let href = move || {
        let name = agent.get();
        let agents = library.get().agents;
        let found = agents.into_iter().find(|agent| agent.name == name)?;
        Some(format!("/agents/{}", found.id))
    };
    view! {
        <p class="d-note">
            "The lead waits here until the run is over, then goes on by SUCCESS or FAILURE. \
             What the run comes to becomes variables of the lead."
        </p>
        <SelectField label="Agent" value=agent choices error help="Agents that have a workflow of steps." />
        {move || match href() {
            Some(href) => view! { <p class="d-note"><A href>"See its steps"</A></p> }.into_any(),
            None => view! { <p class="d-note"><A href="/agents">"Make an agent with steps"</A></p> }.into_any(),
        }}
        <TextArea label="Task" value=task rows=3
            help="What the run is for; a template such as Route {{ lead.company }}." />
        <UnknownKeys text=Signal::derive(move || task.get()) />
        <VariableKeys pick=move |key: String| put_in(task, &format!("lead.{key}")) />
        <h4>"State"</h4>
        <p class="d-note">
            "The steps find all variables of the lead in their state, and what is added here; values may be templates."
        </p>
        <TextPairs what="value" map=state />
    }
}
