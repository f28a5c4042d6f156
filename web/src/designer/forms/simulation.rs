//! How the simulated world answers: weights with the chances they give, durations, found values.

use std::collections::BTreeMap;

use leadline_model::simulation::ValueWeights;
use leadline_model::{ActionSimulation, CallSimulation, CallStatus, DurationRange};
use leptos::prelude::*;

use super::bound::Bound;
use super::controls::{Limits, NumberField, RemoveButton};
use crate::boxed::{handler, memo, pressed, typed_into};
use crate::components::control_flow::{For, Show};

/// The largest weight a slider reaches.
const MOST: u32 = 10_000;

/// The statuses a simulated call can end with, in words, and the weights of the form's start.
const STATUSES: [(CallStatus, &str, u32); 5] = [
    (CallStatus::Completed, "Completed", 5_500),
    (CallStatus::DidNotPick, "Not picked up", 2_500),
    (CallStatus::Busy, "Busy", 1_000),
    (CallStatus::NoAnswer, "No answer", 500),
    (CallStatus::Failed, "Failed", 500),
];

/// How people answer the calls of a node.
#[component]
pub fn CallSimulationForm(
    /// What the node says.
    simulation: Bound<CallSimulation>,
) -> impl IntoView {
    let weights = simulation.part(
        |s| {
            if s.outcomes.is_empty() {
                STATUSES.map(|(_, _, weight)| weight).to_vec()
            } else {
                STATUSES
                    .map(|(status, ..)| s.outcomes.get(&status).copied().unwrap_or(0))
                    .to_vec()
            }
        },
        |s, weights: Vec<u32>| {
            for ((status, ..), weight) in STATUSES.iter().zip(weights) {
                s.outcomes.insert(*status, weight);
            }
        },
    );
    let untouched = move || simulation.get().outcomes.is_empty();
    view! {
        <p class="d-note">
            {move || if untouched() {
                "Nothing is set: the built-in mixture answers. Move a slider to set your own."
            } else {
                "The weights of how a call ends; beside each the chance it gives."
            }}
        </p>
        <Weights names=STATUSES.map(|(_, words, _)| words.to_owned()).to_vec() weights />
        <DurationForm
            name="Conversation"
            range=simulation.part(|s| s.duration_seconds, |s, range| s.duration_seconds = range)
        />
        <h4>"What the call's analysis says"</h4>
        <ValuesForm
            what="analysis key"
            values=simulation.part(|s| s.analysis.clone(), |s, values| s.analysis = values)
        />
    }
}

/// How an action is answered.
#[component]
pub fn ActionSimulationForm(
    /// What the node says.
    simulation: Bound<ActionSimulation>,
) -> impl IntoView {
    let weights = simulation.part(
        |s| {
            if s.outcomes.is_empty() {
                return vec![MOST, 0];
            }
            ["success", "failure"]
                .map(|key| s.outcomes.get(key).copied().unwrap_or(0))
                .to_vec()
        },
        |s, weights: Vec<u32>| {
            for (key, weight) in ["success", "failure"].iter().zip(weights) {
                s.outcomes.insert((*key).to_owned(), weight);
            }
        },
    );
    view! {
        <Weights names=vec!["Success".to_owned(), "Failure".to_owned()] weights />
        <DurationForm
            name="Delivery"
            range=simulation.part(|s| s.duration_seconds, |s, range| s.duration_seconds = range)
        />
        <h4>"What the answer's body says"</h4>
        <ValuesForm
            what="body key"
            values=simulation.part(|s| s.body.clone(), |s, values| s.body = values)
        />
    }
}

/// The chance a weight gives among all, in percent.
pub fn chance(weights: &[u32], at: usize) -> String {
    let total: u64 = weights.iter().map(|w| u64::from(*w)).sum();
    let part = u64::from(weights.get(at).copied().unwrap_or(0));
    if total == 0 {
        return "–".to_owned();
    }
    let tenths = (part * 1_000 + total / 2) / total;
    format!("{}.{} %", tenths / 10, tenths % 10)
}

/// Weights as sliders and numbers, each with the chance it gives.
#[component]
fn Weights(names: Vec<String>, weights: Bound<Vec<u32>>) -> impl IntoView {
    let sum = move || weights.get().iter().map(|w| u64::from(*w)).sum::<u64>();
    view! {
        <div class="d-weights">
            {names.into_iter().enumerate().map(|(at, name)| {
                let weight = weights.item(at, 0);
                let read = move |text: String| {
                    if let Ok(number) = text.trim().parse::<u32>() {
                        weight.set(number.min(1_000_000));
                    }
                };
                view! {
                    <div class="d-weight">
                        <span>{name.clone()}</span>
                        <input type="range" min="0" max=MOST step="100" aria-label=format!("{name}, weight slider")
                            prop:value=move || weight.get().to_string()
                            on:input:target=move |event| read(event.target().value()) />
                        <input type="text" inputmode="numeric" aria-label=format!("{name}, weight")
                            prop:value=move || weight.get().to_string()
                            on:input:target=move |event| read(event.target().value()) />
                        <output>{move || chance(&weights.get(), at)}</output>
                    </div>
                }
            }).collect_view()}
            <Show when=move || sum() == 0>
                <p class="d-error">"At least one weight must be above 0."</p>
            </Show>
        </div>
    }
}

const SECONDS: Limits = Limits {
    min: 0,
    max: 86_400,
};

/// A range of whole seconds.
#[component]
fn DurationForm(#[prop(into)] name: String, range: Bound<Option<DurationRange>>) -> impl IntoView {
    let range = range.part(
        |r| r.unwrap_or(DurationRange { min: 30, max: 300 }),
        |r, new: DurationRange| *r = Some(new),
    );
    let wrong = move || range.get().min > range.get().max;
    view! {
        <div class="d-row">
            <NumberField label=format!("{name} at least") unit="s" limits=SECONDS
                value=range.part(|r| r.min, |r, n| r.min = n) />
            <NumberField label=format!("{name} at most") unit="s" limits=SECONDS
                value=range.part(|r| r.max, |r, n| r.max = n) />
        </div>
        <Show when=wrong>
            <p class="d-error">"The shortest must not be longer than the longest."</p>
        </Show>
    }
}

type Values = BTreeMap<String, ValueWeights>;

/// Keys with weighted values.
#[component]
fn ValuesForm(#[prop(into)] what: String, values: Bound<Values>) -> impl IntoView {
    let keys = memo(move || values.get().into_keys().collect::<Vec<_>>());
    let new_key = RwSignal::new(String::new());
    let add = move || {
        let key = new_key.get_untracked().trim().to_owned();
        if !key.is_empty() {
            values.update(|v| {
                v.entry(key)
                    .or_insert_with(|| [("true".to_owned(), 1), ("false".to_owned(), 1)].into());
            });
            new_key.set(String::new());
        }
    };
    let name = format!("New {what}");
    view! {
        <For each=move || keys.get() key=Clone::clone children=move |key| {
            let (read, write) = (key.clone(), key.clone());
            let part = values.part(
                move |v| v.get(&read).cloned().unwrap_or_default(),
                move |v, weights| { v.insert(write.clone(), weights); },
            );
            let gone = key.clone();
            let remove = move || values.update(|v| { v.remove(&gone); });
            view! { <ValueForm key_name=key part remove /> }
        } />
        <div class="d-row">
            <input type="text" aria-label=name.clone() placeholder="interested"
                prop:value=move || new_key.get()
                on:input=typed_into(new_key)
                on:keydown=pressed(move |event| if event.key() == "Enter" { add() }) />
            <button type="button" class="d-button" on:click=handler(move |_| add())>{format!("Add {what}")}</button>
        </div>
    }
}

#[component]
fn ValueForm(
    key_name: String,
    part: Bound<ValueWeights>,
    remove: impl Fn() + 'static,
) -> impl IntoView {
    let values = memo(move || part.get().into_keys().collect::<Vec<_>>());
    let new_value = RwSignal::new(String::new());
    let add = move || {
        let value = new_value.get_untracked().trim().to_owned();
        if !value.is_empty() {
            part.update(|v| {
                v.entry(value).or_insert(1);
            });
            new_value.set(String::new());
        }
    };
    let share = move |value: &str| {
        let all = part.get();
        let at = all.keys().position(|v| v == value).unwrap_or(0);
        chance(&all.into_values().collect::<Vec<_>>(), at)
    };
    let label = key_name.clone();
    view! {
        <fieldset class="d-values">
            <legend>{key_name.clone()}</legend>
            <For each=move || values.get() key=Clone::clone children=move |value| {
                let (read, write, shown, gone) = (value.clone(), value.clone(), value.clone(), value.clone());
                let weight = part.part(
                    move |v| v.get(&read).copied().unwrap_or(0),
                    move |v, n| { v.insert(write.clone(), n); },
                );
                view! {
                    <div class="d-weight narrow">
                        <span>{value.clone()}</span>
                        <input type="text" inputmode="numeric" aria-label=format!("{value}, weight")
                            prop:value=move || weight.get().to_string()
                            on:input:target=move |event| {
                                if let Ok(n) = event.target().value().trim().parse::<u32>() { weight.set(n); }
                            } />
                        <output>{move || share(&shown)}</output>
                        <RemoveButton name=format!("Remove value {value}")
                            on_press=move || part.update(|v| { v.remove(&gone); }) />
                    </div>
                }
            } />
            <div class="d-row">
                <input type="text" aria-label=format!("New value of {label}") placeholder="value"
                    prop:value=move || new_value.get()
                    on:input=typed_into(new_value)
                    on:keydown=pressed(move |event| if event.key() == "Enter" { add() }) />
                <button type="button" class="d-button" on:click=handler(move |_| add())>"Add value"</button>
                <RemoveButton name=format!("Remove {label}") on_press=remove />
            </div>
        </fieldset>
    }
}
