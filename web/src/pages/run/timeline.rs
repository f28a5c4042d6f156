//! The steps of a run: what each was given, what came of it, and when.

use leadline_model::ordered::Ordered;
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
    let times = match (step.started_at, step.ended_at) {
        (Some(from), Some(to)) if from == to => vec![("At", format::date_time_seconds(from))],
        (from, to) => {
            let took = from
                .zip(to)
                .map(|(from, to)| format::duration(to.since(from)));
            let times = [
                ("Begun", from.map(format::date_time_seconds)),
                ("Ended", to.map(format::date_time_seconds)),
                ("Took", took),
            ];
            let known = times.into_iter().filter_map(|(name, at)| Some((name, at?)));
            known.collect()
        }
    };
    view! {
        <li class=class_of(step.status)>
            <div class="visit-head">
                <h3>{step.name}</h3>
                <span class="small muted">{type_words(&step.step_type)}</span>
                <span class="outcome">{words(step.status)}</span>
            </div>
            {step.error.map(|error| view! { <p class="error-text">{reason(&error)}</p> })}
            <dl class="visit-facts small">
                {times.into_iter().map(|(name, words)| view! {
                    <div><dt>{name}</dt><dd>{words}</dd></div>
                }).collect_view()}
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
            // The step is named above; what was not given needs no line.
            let told = |(key, value): &(String, Value)| key != "step" && *value != Value::Null;
            let fields = fields.into_iter().filter(told);
            let fields: Variables = fields.map(|(key, value)| (key, plain(value))).into_map();
            view! { <VariableList variables=fields /> }.into_any()
        }
        other => view! { <p class="wrap-anywhere">{plain(other).to_string()}</p> }.into_any(),
    };
    view! {
        <div class="step-data">
            <p class="label muted">{name}</p>
            {shown}
        </div>
    }
    .into_any()
}

/// A list of single values as people write one; anything else as it is.
fn plain(value: Value) -> Value {
    let single = |value: &Value| !matches!(value, Value::List(_) | Value::Map(_));
    match value {
        Value::List(items) if !items.is_empty() && items.iter().all(single) => {
            let texts: Vec<String> = items.iter().map(ToString::to_string).collect();
            Value::Text(texts.join(", "))
        }
        other => other,
    }
}
