//! The prompt of a call's agent, with the variable keys it may use; unknown ones are marked.

use leadline_model::ordered;
use leadline_model::{Agent, AgentId};
use leadline_protocol::{Request, Written};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::bound::Bound;
use super::controls::{CheckField, TextArea};
use super::surroundings::Surroundings;
use super::variables::{Piece, pieces};
use crate::boxed::{handler, memo};
use crate::components::control_flow::Show;

/// Shows the agent's prompt and lets it be changed.
#[component]
pub fn PromptEditor(
    /// Whose.
    agent: Signal<Option<AgentId>>,
) -> impl IntoView {
    let around = Surroundings::here();
    let found = memo(move || {
        let id = agent.get()?;
        around
            .library
            .with(|library| library.agents.iter().find(|a| a.id == id).cloned())
    });
    view! {
        {move || match found.get() {
            None => view! { <p class="d-note">"Choose an agent to see its prompt."</p> }.into_any(),
            Some(agent) => view! { <Prompt agent /> }.into_any(),
        }}
    }
}

#[component]
fn Prompt(agent: Agent) -> impl IntoView {
    let app = Surroundings::here().app;
    let saved = agent.prompt.clone();
    let text = Bound::local(agent.prompt.clone());
    let preview = Bound::local(false);
    let refused = RwSignal::new(None::<String>);
    let agent = StoredValue::new(agent);
    let changed = memo(move || text.get() != saved);
    let save = move |_| {
        let Agent {
            id,
            name,
            workflow,
            active,
            ..
        } = agent.get_value();
        let request = Request::PutAgent {
            id: Some(id),
            name,
            prompt: text.peek(),
            workflow: workflow.as_ref().map(Written::of),
            active,
        };
        spawn_local(async move {
            let answer = app.client.ask::<Agent>(request).await;
            refused.set(answer.err().map(|problem| problem.message));
        });
    };
    view! {
        <TextArea
            label=move || agent.with_value(|agent| format!("Prompt of {}", agent.name))
            value=text
            error=refused
            rows=6
            help="Shared by every call that uses this agent."
        />
        <UnknownKeys text=Signal::derive(move || text.get()) />
        <VariableKeys pick=move |key: String| text.update(|t| t.push_str(&format!("{{{{ {key} }}}}"))) />
        <div class="d-row">
            <CheckField label="Show with marks" value=preview />
            <button type="button" class="d-button" disabled=move || !changed.get() on:click=handler(save)>
                "Save prompt"
            </button>
        </div>
        <Show when=move || preview.get()>
            <MarkedText text=Signal::derive(move || text.get()) />
        </Show>
    }
}

/// The variable keys of the leads, as buttons that put one in.
#[component]
pub fn VariableKeys(
    /// Puts a key in.
    pick: impl Fn(String) + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let keys = Surroundings::here().keys;
    view! {
        <div class="d-keys" role="group" aria-label="Variable keys">
            {move || {
                let keys = keys.get();
                if keys.is_empty() {
                    return view! {
                        <p class="d-note">"No leads yet, so no variable keys are known."</p>
                    }.into_any();
                }
                keys.into_iter().map(|key| {
                    let (name, shown) = (format!("Insert variable {key}"), key.clone());
                    view! {
                        <button type="button" class="d-key" aria-label=name
                            on:click=handler(move |_| pick(key.clone()))>{shown}</button>
                    }
                }).collect_view().into_any()
            }}
        </div>
    }
}

/// Names the variables a text uses that no lead has.
#[component]
pub fn UnknownKeys(
    /// The text.
    text: Signal<String>,
) -> impl IntoView {
    let around = Surroundings::here();
    let unknown = memo(move || {
        let keys = around.keys.get();
        // Without leads nothing can be said about their variables.
        if keys.is_empty() {
            return Vec::new();
        }
        let set = around.graph.get().set;
        let mut unknown: Vec<String> = text.with(|text| {
            pieces(text)
                .filter_map(|piece| match piece {
                    Piece::Variable { key, .. } if !keys.contains(&key) && !set.contains(&key) => {
                        Some(key)
                    }
                    _ => None,
                })
                .collect()
        });
        ordered::sort(&mut unknown);
        unknown.dedup();
        unknown
    });
    view! {
        <Show when=move || !unknown.get().is_empty()>
            <p class="d-note" role="status">
                <span class="d-warning">
                    {move || format!("No lead has: {}.", unknown.get().join(", "))}
                </span>
            </p>
        </Show>
    }
}

/// A text with its variables marked: known ones calm, unknown ones loud.
#[component]
fn MarkedText(text: Signal<String>) -> impl IntoView {
    let around = Surroundings::here();
    view! {
        <div class="d-preview" aria-label="Prompt with variables marked">
            {move || {
                let keys = around.keys.get();
                let set = around.graph.get().set;
                text.with(|text| pieces(text).map(|piece| match piece {
                    Piece::Text(text) => view! { <span>{text}</span> }.into_any(),
                    Piece::Variable { key, source } => {
                        let known = keys.is_empty() || keys.contains(&key) || set.contains(&key);
                        view! { <mark class:unknown=!known>{source}</mark> }.into_any()
                    }
                }).collect_view())
            }}
        </div>
    }
}
