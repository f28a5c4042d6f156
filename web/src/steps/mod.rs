//! The editor of an agent's steps: what a run of it does, in order.

mod actions;
mod approval;
pub mod example;
pub mod known;
mod person;
pub mod problems;
mod schema;
mod step;

use std::collections::BTreeSet;

use leadline_model::run::{Approval, Classify, SetStep};
use leadline_model::{AgentWorkflow, Step, StepAction, Webhook, limits};
use leptos::prelude::*;

use crate::boxed::{effect, handler, memo};
use crate::components::control_flow::{For, Show};
use crate::designer::forms::bound::Bound;
use crate::designer::forms::controls::Limits;
use crate::designer::forms::length::LengthField;
use crate::dom;
use step::StepCard;

/// The types of steps in words.
pub const TYPES: [(&str, &str); 4] = [
    ("set", "Set values"),
    ("classify", "Classify"),
    ("http", "Call a webhook"),
    ("approval", "Ask a person"),
];

/// How long a wait for a person may be set to, in seconds.
pub const PATIENCE: Limits = Limits {
    min: 1,
    max: limits::MAX_RUN_TIMEOUT,
};

/// A type in words.
pub fn type_words(name: &str) -> &'static str {
    let found = TYPES.iter().find(|(key, _)| *key == name);
    found.map_or("Step", |(_, words)| words)
}

/// An action of a type, to be filled in.
fn action_of(name: &str) -> StepAction {
    match name {
        "classify" => StepAction::Classify(Classify::default()),
        "http" => StepAction::Http(Webhook::default()),
        "approval" => StepAction::Approval(Approval {
            options: ["approve", "reject"].map(str::to_owned).to_vec(),
            ..Approval::default()
        }),
        _ => StepAction::Set(SetStep::default()),
    }
}

/// The steps being edited. Each has a key that stays with it when it is moved.
#[derive(Clone, Copy)]
struct Steps {
    list: Bound<Vec<Step>>,
    keys: RwSignal<Vec<u64>>,
    open: RwSignal<BTreeSet<u64>>,
    last: StoredValue<u64>,
    /// What was done, for screen readers.
    said: RwSignal<String>,
    /// What was removed last, and where it stood.
    removed: RwSignal<Option<(usize, Step)>>,
}

impl Steps {
    fn new(list: Bound<Vec<Step>>) -> Steps {
        let steps = Steps {
            list,
            keys: RwSignal::new(Vec::new()),
            open: RwSignal::new(BTreeSet::new()),
            last: StoredValue::new(0),
            said: RwSignal::new(String::new()),
            removed: RwSignal::new(None),
        };
        // Steps that were put in as a whole, such as the example, are new ones.
        effect(move || {
            let count = list.get().len();
            if steps.keys.with_untracked(Vec::len) != count {
                let keys = (0..count).map(|_| steps.new_key()).collect();
                steps.keys.set(keys);
            }
        });
        steps
    }

    fn new_key(self) -> u64 {
        self.last.update_value(|last| *last += 1);
        self.last.get_value()
    }

    fn place(self, key: u64) -> Option<usize> {
        self.keys
            .with(|keys| keys.iter().position(|known| *known == key))
    }

    fn place_now(self, key: u64) -> Option<usize> {
        untrack(|| self.place(key))
    }

    /// The step of a key; what is written to one that is gone goes nowhere.
    fn step(self, key: u64) -> Bound<Step> {
        let gone = Step {
            name: String::new(),
            when: None,
            action: action_of(""),
        };
        self.list.part(
            move |list| {
                let step = self.place(key).and_then(|at| list.get(at));
                step.unwrap_or(&gone).clone()
            },
            move |list, step| {
                if let Some(slot) = self.place_now(key).and_then(|at| list.get_mut(at)) {
                    *slot = step;
                }
            },
        )
    }

    fn insert(self, at: usize, step: Step) {
        let key = self.new_key();
        let at = at.min(self.list.peek().len());
        self.open.update(|open| {
            open.insert(key);
        });
        self.keys.update(|keys| keys.insert(at, key));
        self.list.update(|list| list.insert(at, step));
        focus_later(key, "input");
    }

    fn add(self, kind: &str) {
        let taken = |name: &str| self.list.peek().iter().any(|step| step.name == name);
        let numbered = (2..).map(|n| format!("{kind}_{n}"));
        let name = std::iter::once(kind.to_owned())
            .chain(numbered)
            .find(|name| !taken(name));
        let step = Step {
            name: name.unwrap_or_default(),
            when: None,
            action: action_of(kind),
        };
        self.removed.set(None);
        self.insert(usize::MAX, step);
    }

    fn remove(self, key: u64) {
        let Some(at) = self.place_now(key) else {
            return;
        };
        let mut list = self.list.peek();
        let step = list.remove(at);
        self.said.set(format!("Step {} was removed.", step.name));
        self.removed.set(Some((at, step)));
        self.keys.update(|keys| {
            keys.remove(at);
        });
        self.list.set(list);
        request_animation_frame(|| dom::focus("[data-undo]"));
    }

    fn put_back(self) {
        if let Some((at, step)) = self.removed.get_untracked() {
            self.removed.set(None);
            self.said.set(format!("Step {} is back.", step.name));
            self.insert(at, step);
        }
    }

    fn shift(self, key: u64, up: bool) {
        let Some(at) = self.place_now(key) else {
            return;
        };
        let mut list = self.list.peek();
        let to = if up { at.wrapping_sub(1) } else { at + 1 };
        if to >= list.len() {
            return;
        }
        list.swap(at, to);
        let (name, count) = (list[to].name.clone(), list.len());
        self.said
            .set(format!("Step {name} is now step {} of {count}.", to + 1));
        self.keys.update(|keys| keys.swap(at, to));
        self.list.set(list);
        let direction = if up { "up" } else { "down" };
        let wanted = format!("[data-move='{direction}']:not(:disabled)");
        focus_later(key, &format!("{wanted}, [data-move]:not(:disabled)"));
    }
}

/// Moves the focus into a step once it stands: to the first of these that is there.
fn focus_later(key: u64, wanted: &str) {
    let wanted: Vec<String> = wanted
        .split(", ")
        .map(|part| format!("[data-step='{key}'] {part}"))
        .collect();
    request_animation_frame(move || {
        let there =
            |selector: &&String| document().query_selector(selector).ok().flatten().is_some();
        if let Some(selector) = wanted.iter().find(there) {
            dom::focus(selector);
        }
    });
}

/// The editor of a workflow's steps.
#[component]
pub fn StepsEditor(
    /// The workflow.
    workflow: Bound<AgentWorkflow>,
    /// What is wrong with it, each problem naming its step.
    #[prop(into)]
    problems: Signal<Vec<String>>,
) -> impl IntoView {
    let steps = Steps::new(workflow.part(|w| w.steps.clone(), |w, list| w.steps = list));
    let none = memo(move || steps.list.get().is_empty());
    let full = move || steps.list.get().len() >= limits::MAX_STEPS;
    let timeout = workflow.part(|w| w.timeout_seconds, |w, n| w.timeout_seconds = n);
    view! {
        <div class="steps-editor d-form">
            <Show when=move || !none.get()>
                <ol class="steps">
                    <For each=move || steps.keys.get() key=|key| *key
                        children=move |key| view! { <StepCard steps key problems /> } />
                </ol>
            </Show>
            {move || steps.removed.get().map(|(_, step)| view! {
                <p class="note row spread">
                    <span>{format!("Step {} was removed.", step.name)}</span>
                    <button type="button" class="button button-small" data-undo=""
                        on:click=handler(move |_| steps.put_back())>"Undo"</button>
                </p>
            })}
            <div class="row row-tight" role="group" aria-label="Add a step">
                <span class="label" aria-hidden="true">"Add a step:"</span>
                {TYPES.map(|(kind, words)| view! {
                    <button type="button" class="button button-small" disabled=full
                        on:click=handler(move |_| steps.add(kind))>{words}</button>
                })}
            </div>
            <Show when=move || !none.get()>
                <div class="field-narrow-wide">
                    <LengthField label="A run waits for a person at most" value=timeout limits=PATIENCE
                        placeholder="as the account says"
                        help="It fails when nobody answers by then. A step that asks may say otherwise." />
                </div>
            </Show>
            <p class="visually-hidden" role="status">{move || steps.said.get()}</p>
        </div>
    }
}
