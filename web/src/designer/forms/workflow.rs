//! The settings of the workflow itself, shown while nothing is selected.

use leadline_model::{CallBounds, Definition, DelayOnPause, Settings};
use leptos::prelude::*;

use super::bound::Bound;
use super::controls::{
    CheckField, Limits, OptionalNumber, SelectField, TextArea, TextField, pairs,
};
use super::retry::RetryForm;
use super::surroundings::Surroundings;
use super::voice_call::CONCURRENCY;
use super::window::WindowForm;

/// What the author says about a workflow beside its graph.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct About {
    /// The title.
    pub title: String,
    /// What it is for.
    pub description: String,
    /// Its settings.
    pub settings: Settings,
}

impl About {
    /// Of this definition.
    pub fn of(definition: &Definition) -> About {
        let Definition {
            title,
            description,
            settings,
            ..
        } = definition;
        About {
            title: title.clone(),
            description: description.clone(),
            settings: settings.clone(),
        }
    }
}

/// The settings of the workflow.
#[component]
pub fn WorkflowForm(
    /// What its author says about it.
    about: Bound<About>,
) -> impl IntoView {
    let library = Surroundings::here().library;
    let settings = about.part(|a| a.settings.clone(), |a, s| a.settings = s);
    let title = about.part(|a| a.title.clone(), |a, text| a.title = text);
    let limit = settings.part(
        |s| s.max_concurrent_calls,
        |s, n| s.max_concurrent_calls = n,
    );
    let pause = settings.part(
        |s| {
            if s.delay_on_pause == DelayOnPause::Freeze {
                "freeze"
            } else {
                "elapse"
            }
            .to_owned()
        },
        |s, key| {
            s.delay_on_pause = if key == "freeze" {
                DelayOnPause::Freeze
            } else {
                DelayOnPause::Elapse
            };
        },
    );
    let account = move || library.get().account.max_concurrent_calls;
    let limit_help = Signal::derive(move || match limit.get() {
        Some(n) if n > account() => format!("The account allows only {} calls at once.", account()),
        _ => "Calls of this workflow at the same time, ringing ones counted.".to_owned(),
    });
    view! {
        <TextField label="Title" value=title
            error=Signal::derive(move || {
                title.get().trim().is_empty().then(|| "A workflow needs a title.".to_owned())
            }) />
        <TextArea
            label="Description"
            value=about.part(|a| a.description.clone(), |a, text| a.description = text)
        />
        <OptionalNumber label="Calls at once" value=limit limits=CONCURRENCY
            placeholder="only the account's limit" help=limit_help />
        <CheckField label="Complete by itself"
            value=settings.part(|s| s.auto_complete, |s, on| s.auto_complete = on)
            help="The workflow becomes completed when every lead has reached an end." />
        <SelectField label="Delays while paused" value=pause
            choices=pairs([("elapse", "go on counting"), ("freeze", "stand still")])
            help="Whether delays, waits between attempts and the time of people who are asked run while the workflow is paused." />
        <details class="d-section">
            <summary>"Default retry policy"</summary>
            <RetryForm policy=settings.part(|s| s.retry.clone(), |s, retry| s.retry = retry)
                when_off="Unanswered calls are not dialled again"
                when_on="For calls that have no policy of their own" />
        </details>
        <details class="d-section" open>
            <summary>"Calling window"</summary>
            <WindowForm window=settings.part(|s| s.calling_window.clone(), |s, w| s.calling_window = w) />
        </details>
        <details class="d-section">
            <summary>"Calls to one person"</summary>
            <BoundsForm bounds=settings.part(|s| s.calls_per_person, |s, b| s.calls_per_person = b) />
        </details>
    }
}

/// What a bound on calls may be.
const BOUND: Limits = Limits {
    min: 1,
    max: 10_000,
};

/// Bounds on the calls to one person.
#[component]
pub fn BoundsForm(
    /// The bounds.
    bounds: Bound<Option<CallBounds>>,
) -> impl IntoView {
    let some = bounds.part(
        |b| b.unwrap_or_default(),
        |b, new| *b = (new != CallBounds::default()).then_some(new),
    );
    view! {
        <OptionalNumber label="In 24 hours" limits=BOUND placeholder="no bound" unit="calls"
            value=some.part(|b| b.per_day, |b, n| b.per_day = n) />
        <OptionalNumber label="In 7 days" limits=BOUND placeholder="no bound" unit="calls"
            value=some.part(|b| b.per_week, |b, n| b.per_week = n) />
        <OptionalNumber label="In all" limits=BOUND placeholder="no bound" unit="calls"
            value=some.part(|b| b.total, |b, n| b.total = n)
            help="Counted by phone number, over all workflows. A call beyond a bound waits, or its lead takes the edge labelled LIMIT." />
    }
}
