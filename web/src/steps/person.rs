//! Who answers in the simulated world, what, and after how long.

use leadline_model::run::{PersonSimulation, SimulatedAnswer};
use leadline_model::{DurationRange, Value};
use leptos::prelude::*;

use super::PATIENCE;
use crate::boxed::{handler, memo};
use crate::components::control_flow::Show;
use crate::designer::forms::bound::Bound;
use crate::designer::forms::controls::{CheckField, Choices, Limits, RemoveButton, pairs, rows};
use crate::designer::forms::length::LengthField;
use crate::designer::forms::simulation::chance;
use crate::designer::forms::values;

/// How long an answer takes unless the step says so, in seconds.
const USUAL: DurationRange = DurationRange {
    min: 60,
    max: 3_600,
};

/// The mixture of answers.
#[component]
pub fn PersonForm(
    /// What the step says; `None`: nothing.
    simulation: Bound<Option<PersonSimulation>>,
    /// The options of the question.
    options: Bound<Vec<String>>,
) -> impl IntoView {
    let fresh = move || PersonSimulation {
        answers: answers_of(&options.peek()),
        unanswered: 0,
        after_seconds: Some(USUAL),
    };
    let on = simulation.part(Option::is_some, move |s, on| *s = on.then(fresh));
    let own = simulation.part(
        |s| s.clone().unwrap_or_default(),
        |s, new: PersonSimulation| *s = Some(new),
    );
    view! {
        <CheckField label="Simulated people answer" value=on
            help="Otherwise nobody does: in the simulation too, the run waits for whoever answers by hand." />
        <Show when=move || on.get()><Mixture own options /></Show>
    }
}

fn answers_of(options: &[String]) -> Vec<SimulatedAnswer> {
    let answer = |option: &String| SimulatedAnswer {
        input: Value::from(option.as_str()),
        weight: 1,
    };
    options.iter().map(answer).collect()
}

#[component]
fn Mixture(own: Bound<PersonSimulation>, options: Bound<Vec<String>>) -> impl IntoView {
    let answers = own.part(|s| s.answers.clone(), |s, list| s.answers = list);
    let unanswered = own.part(|s| s.unanswered, |s, n| s.unanswered = n);
    let range = own.part(
        |s| s.after_seconds.unwrap_or(USUAL),
        |s, range| s.after_seconds = Some(range),
    );
    // The weight of nobody stands last.
    let weights = memo(move || {
        let list = answers.get();
        let mut weights: Vec<u32> = list.iter().map(|answer| answer.weight).collect();
        weights.push(unanswered.get());
        weights
    });
    let add = move |_| {
        answers.update(|list| {
            let first = options.peek().into_iter().next().unwrap_or_default();
            list.push(SimulatedAnswer {
                input: Value::from(first),
                weight: 1,
            });
        });
    };
    let wrong = move || range.get().min > range.get().max;
    let least = range.part(|r| Some(r.min), |r, n| r.min = n.unwrap_or(r.min));
    let most = range.part(|r| Some(r.max), |r, n| r.max = n.unwrap_or(r.max));
    let from_none = Limits { min: 0, ..PATIENCE };
    view! {
        <p class="d-note">"The weights of the answers; beside each the chance it gives."</p>
        <div class="d-weights">
            {rows(answers, move |at| view! { <AnswerRow answers options weights at /> })}
            <div class="d-weight narrow">
                <span>"Nobody answers"</span>
                <Weight name="Nobody answers, weight".to_owned() weight=unanswered />
                <output>{move || weights.with(|w| chance(w, w.len() - 1))}</output>
                <span></span>
            </div>
        </div>
        <div><button type="button" class="d-button" on:click=handler(add)>"Add answer"</button></div>
        <div class="d-row">
            <LengthField label="Answers after at least" value=least limits=from_none />
            <LengthField label="Answers after at most" value=most limits=from_none />
        </div>
        <Show when=wrong>
            <p class="d-error">"The shortest must not be longer than the longest."</p>
        </Show>
    }
}

#[component]
fn AnswerRow(
    answers: Bound<Vec<SimulatedAnswer>>,
    options: Bound<Vec<String>>,
    weights: Memo<Vec<u32>>,
    at: usize,
) -> impl IntoView {
    let gone = SimulatedAnswer {
        input: Value::Null,
        weight: 0,
    };
    let answer = answers.item(at, gone);
    let name = format!("Answer {}", at + 1);
    let weight = answer.part(|a| a.weight, |a, n| a.weight = n);
    let text = answer.part(
        |a| values::shown(&a.input),
        |a, text| a.input = values::read(&text),
    );
    let option = answer.part(
        |a| a.input.to_string(),
        |a, text| a.input = Value::from(text),
    );
    let choosing = memo(move || !options.get().is_empty());
    let choices = Signal::derive(move || pairs(options.get().into_iter().map(|o| (o.clone(), o))));
    let label = name.clone();
    view! {
        <div class="d-weight narrow">
            {move || match choosing.get() {
                true => view! { <Choices value=option choices name=label.clone() /> }.into_any(),
                false => view! {
                    <input type="text" autocomplete="off" placeholder="text or JSON" aria-label=label.clone()
                        prop:value=move || text.get()
                        on:change:target=move |event| text.set(event.target().value()) />
                }.into_any(),
            }}
            <Weight name=format!("{name}, weight") weight />
            <output>{move || weights.with(|w| chance(w, at))}</output>
            <RemoveButton name=format!("Remove answer {}", at + 1)
                on_press=move || answers.update(|l| if at < l.len() { l.remove(at); }) />
        </div>
    }
}

#[component]
fn Weight(name: String, weight: Bound<u32>) -> impl IntoView {
    view! {
        <input type="text" inputmode="numeric" aria-label=name prop:value=move || weight.get().to_string()
            on:input:target=move |event| {
                if let Ok(n) = event.target().value().trim().parse::<u32>() {
                    weight.set(n.min(1_000_000));
                }
            } />
    }
}
