//! The steps of a run: what each was given, what came of it, and when.

use leadline_model::run::{StepStatus, TimedStep};
use leadline_model::{Value, Variables};
use leptos::prelude::*;

use crate::components::run::reason;
use crate::format;
use crate::pages::lead::VariableList;
use crate::steps::type_words;

fn class_of(status: Option<StepStatus>) -> &'static str {
    match status {
        None | Some(StepStatus::Skipped) => "visit visit-to-come",
        Some(StepStatus::Running) => "visit visit-voice",
        Some(StepStatus::Paused) => "visit visit-time",
        Some(StepStatus::Completed) => "visit visit-converted",
        Some(StepStatus::Failed | StepStatus::Cancelled) => "visit visit-dropped",
    }
}

fn words(status: Option<StepStatus>) -> &'static str {
    match status {
        None => "Not reached",
        Some(StepStatus::Running) => "Running",
        Some(StepStatus::Paused) => "Waits for a person",
        Some(StepStatus::Completed) => "Completed",
        Some(StepStatus::Skipped) => "Skipped",
        Some(StepStatus::Failed) => "Failed",
        Some(StepStatus::Cancelled) => "Cancelled",
    }
}

/// The steps, those to come too.
#[component]
pub fn Timeline(
    /// In order.
    steps: Vec<TimedStep>,
) -> impl IntoView {
    let steps = steps.into_iter().map(|step| view! { <Step step /> });
    view! { <ol class="timeline">{steps.collect_view()}</ol> }
}

#[component]
fn Step(step: TimedStep) -> impl IntoView {
    let took = step.started_at.zip(step.ended_at);
    let took = took.map(|(from, to)| format::duration(to.since(from)));
    view! {
        <li class=class_of(step.status)>
            <div class="visit-head">
                <h3>{step.name}</h3>
                <span class="small muted">{type_words(&step.step_type)}</span>
                <span class="outcome">{words(step.status)}</span>
            </div>
            {step.error.map(|error| view! { <p class="error-text">{reason(&error)}</p> })}
            <dl class="visit-facts small">
                {step.started_at.map(|at| view! { <div><dt>"Begun"</dt><dd>{format::date_time_seconds(at)}</dd></div> })}
                {step.ended_at.map(|at| view! { <div><dt>"Ended"</dt><dd>{format::date_time_seconds(at)}</dd></div> })}
                {took.map(|took| view! { <div><dt>"Took"</dt><dd>{took}</dd></div> })}
            </dl>
            <Data name="Given" value=step.input />
            <Data name="Put out" value=step.output />
        </li>
    }
}

/// What a step was given or put out; nothing where there is none.
#[component]
fn Data(name: &'static str, value: Value) -> impl IntoView {
    let shown = match value {
        Value::Null => return ().into_any(),
        Value::Map(fields) => {
            let fields: Variables = fields
                .into_iter()
                .filter(|(_, v)| *v != Value::Null)
                .collect();
            view! { <VariableList variables=fields /> }.into_any()
        }
        other => view! { <p class="wrap-anywhere">{other.to_string()}</p> }.into_any(),
    };
    view! {
        <div class="step-data">
            <p class="label muted">{name}</p>
            {shown}
        </div>
    }
    .into_any()
}
