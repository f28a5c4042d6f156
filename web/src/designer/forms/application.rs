//! The settings of an application action: a webhook, or variables to set on the lead.

use std::collections::BTreeMap;

use leadline_model::{Application, SetVariables, Value, Webhook};
use leptos::prelude::*;

use super::bound::Bound;
use super::controls::{
    Limits, OptionalNumber, RemoveButton, SelectField, TextArea, TextField, pairs,
};
use super::prompt::{UnknownKeys, VariableKeys};
use super::simulation::ActionSimulationForm;

const KINDS: [(&str, &str); 2] = [
    ("webhook", "Call a webhook"),
    ("set", "Set variables of the lead"),
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
                view! { <WebhookForm hook /> }.into_any()
            }
            "set" => {
                let set = config.part(
                    |c| match c { Application::SetVariables(set) => set.clone(), _ => SetVariables::default() },
                    |c, set| *c = Application::SetVariables(set),
                );
                view! { <SetForm set /> }.into_any()
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

#[component]
fn WebhookForm(hook: Bound<Webhook>) -> impl IntoView {
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
        <TextArea label="Body" value=body rows=5
            help="A template: {{ lead.phone_number }} or {{ call.analysis.interested }}." />
        <UnknownKeys text=Signal::derive(move || body.get()) />
        <VariableKeys pick=move |key: String| body.update(|t| t.push_str(&format!("{{{{ lead.{key} }}}}"))) />
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
    let map = set.part(
        |s| {
            s.variables
                .iter()
                .map(|(key, value)| (key.clone(), value.to_string()))
                .collect::<BTreeMap<_, _>>()
        },
        |s, map| {
            s.variables = map
                .into_iter()
                .map(|(k, v)| (k, Value::from_text(&v)))
                .collect()
        },
    );
    view! {
        <p class="d-note">"Values may be templates, such as {{ call.analysis.segment }}."</p>
        <TextPairs what="variable" map />
        <Show when=move || map.get().is_empty()>
            <p class="d-error">"Add at least one variable."</p>
        </Show>
    }
}

/// Named texts.
#[component]
fn TextPairs(what: &'static str, map: Bound<BTreeMap<String, String>>) -> impl IntoView {
    let keys = Memo::new(move |_| map.get().into_keys().collect::<Vec<_>>());
    let new_key = RwSignal::new(String::new());
    let add = move || {
        let key = new_key.get_untracked().trim().to_owned();
        if !key.is_empty() {
            map.update(|m| {
                m.entry(key).or_default();
            });
            new_key.set(String::new());
        }
    };
    view! {
        <For each=move || keys.get() key=Clone::clone children=move |key| {
            let (read, write, gone) = (key.clone(), key.clone(), key.clone());
            let text = map.part(
                move |m| m.get(&read).cloned().unwrap_or_default(),
                move |m, text| { m.insert(write.clone(), text); },
            );
            view! {
                <div class="d-row">
                    <TextField label=key.clone() value=text />
                    <RemoveButton name=format!("Remove {what} {key}")
                        on_press=move || map.update(|m| { m.remove(&gone); }) />
                </div>
            }
        } />
        <div class="d-row">
            <input type="text" aria-label=format!("New {what}") placeholder="name"
                prop:value=move || new_key.get()
                on:input:target=move |event| new_key.set(event.target().value())
                on:keydown=move |event| if event.key() == "Enter" { add() } />
            <button type="button" class="d-button" on:click=move |_| add()>{format!("Add {what}")}</button>
        </div>
    }
}
