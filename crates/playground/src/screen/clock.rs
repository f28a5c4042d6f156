//! The clock: where time is, how it is advanced, and what happened meanwhile.

use leadline_boxed::control_flow::Show;
use leadline_boxed::{handler, typed_into};
use leptos::prelude::*;
use serde_json::Value;
use wasm_bindgen::JsValue;

use super::desk::Desk;
use super::perform;
use crate::request::{Content, Draft};
use crate::tour::one;

/// What the clock did.
#[derive(Debug, Clone, PartialEq)]
pub struct Passed {
    /// In a sentence.
    says: String,
    /// What happened in the latest workflow, oldest first.
    events: Vec<(String, String)>,
}

const MINUTE: i64 = 60_000;
const STEPS: [(&str, &str, i64); 3] = [
    ("+1 min", "Advance by a minute", MINUTE),
    ("+1 h", "Advance by an hour", 60 * MINUTE),
    ("+1 day", "Advance by a day", 1_440 * MINUTE),
];
const UNITS: [(&str, i64); 4] = [
    ("seconds", 1_000),
    ("minutes", MINUTE),
    ("hours", 60 * MINUTE),
    ("days", 1_440 * MINUTE),
];

/// The clock of whoever answers.
#[component]
pub fn Clock(desk: Desk) -> impl IntoView {
    let face = move || match desk.now.get() {
        _ if desk.real_clock.get() => "is the real one; nobody advances it".to_owned(),
        Some(now) => readable(&now),
        None if desk.server.with(Option::is_some) => "known once it is advanced".to_owned(),
        None => "starting…".to_owned(),
    };
    view! {
        <div class="row clock" role="group" aria-label="Clock">
            <span class="now"><span class="muted">"Clock "</span><time>{face}</time></span>
            <Show when=move || !desk.real_clock.get()><Advance desk /></Show>
        </div>
    }
}

#[component]
fn Advance(desk: Desk) -> impl IntoView {
    let (amount, unit) = (RwSignal::new("10".to_owned()), RwSignal::new(MINUTE));
    let custom = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        match amount.with_untracked(|amount| amount.trim().parse::<i64>()) {
            Ok(count) if count >= 0 => advance(desk, count.saturating_mul(unit.get_untracked())),
            _ => desk.say("The clock takes a whole number."),
        }
    };
    let steps = STEPS.map(|(name, label, by)| {
        view! { <button type="button" title=label on:click=handler(move |_| advance(desk, by))>{name}</button> }
    });
    let units = UNITS.map(
        |(name, ms)| view! { <option value=ms.to_string() selected=ms == MINUTE>{name}</option> },
    );
    view! {
        {steps.into_iter().collect_view()}
        <form class="row" on:submit=handler(custom)>
            <input class="short" type="number" min="0" step="1" required aria-label="Advance by" prop:value=amount
                on:input=typed_into(amount) />
            <select aria-label="Unit" on:change=handler(move |event: leptos::ev::Event| unit.set(event_target_value(&event).parse().unwrap_or(MINUTE)))>
                {units.into_iter().collect_view()}
            </select>
            <button type="submit">"Advance"</button>
        </form>
    }
}

/// What the clock did last.
#[component]
pub fn Meanwhile(desk: Desk) -> impl IntoView {
    move || {
        desk.passed.get().map(|Passed { says, events }| {
            let lines = events.into_iter().map(|(at, what)| view! { <li><time>{at}</time>" "{what}</li> });
            view! {
                <div class="passed">
                    <p>{says}
                        <button type="button" class="plain" on:click=handler(move |_| desk.passed.set(None))>"Hide"</button>
                    </p>
                    <ol class="events">{lines.collect_view()}</ol>
                </div>
            }
        })
    }
}

/// Advances the clock and tells what happened in the latest workflow.
fn advance(desk: Desk, by_ms: i64) {
    desk.spawn(async move {
        let before = desk.now.get_untracked();
        let body = Content::Text(format!("{{\"by_ms\": {by_ms}}}"));
        let draft = Draft {
            operation: "advance".to_owned(),
            body,
            ..Draft::default()
        };
        let seen = perform::perform(desk, draft).await;
        if seen.status != 200 {
            let why = seen.body["message"]
                .as_str()
                .unwrap_or("It could not be advanced.");
            desk.passed.set(Some(Passed {
                says: why.to_owned(),
                events: Vec::new(),
            }));
            return;
        }
        let number = |name: &str| seen.body[name].as_i64().unwrap_or(0);
        let now = seen.body["now"].as_str().map(readable).unwrap_or_default();
        let says = format!(
            "It is {now}. {}, {}.",
            many(number("ticks"), "tick"),
            many(number("events"), "event")
        );
        let events = if number("events") > 0 {
            events(desk, before).await
        } else {
            Vec::new()
        };
        desk.passed.set(Some(Passed { says, events }));
    });
}

/// What happened in the latest workflow since a time.
async fn events(desk: Desk, since: Option<String>) -> Vec<(String, String)> {
    let workflow = desk.known.with_untracked(|known| {
        known
            .offered("workflow_id", "")
            .first()
            .map(|item| item.value.clone())
    });
    let Some(workflow) = workflow else {
        return Vec::new();
    };
    let mut values = one("workflow_id", workflow);
    values.insert("limit".to_owned(), "50".to_owned());
    let seen = perform::ask(
        desk,
        Draft {
            operation: "listEvents".to_owned(),
            values,
            ..Draft::default()
        },
    )
    .await;
    let all = seen.body["data"].as_array().cloned().unwrap_or_default();
    let text = |event: &Value, name: &str| event[name].as_str().unwrap_or_default().to_owned();
    let new = all
        .iter()
        .map(|event| (text(event, "at"), text(event, "message")));
    // Times of the API sort as texts.
    let new = new.filter(|(at, _)| since.as_ref().is_none_or(|since| at >= since));
    let mut new: Vec<_> = new.map(|(at, what)| (readable(&at), what)).collect();
    new.reverse();
    new
}

fn many(count: i64, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    }
}

/// `2026-03-02T09:00:00.000Z` as `Mon 2026-03-02 09:00:00 UTC`.
fn readable(time: &str) -> String {
    let date = js_sys::Date::new(&JsValue::from_str(time));
    let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
    let (Some(day), Some((date, clock))) =
        (days.get(date.get_utc_day() as usize), time.split_once('T'))
    else {
        return time.to_owned();
    };
    format!("{day} {date} {} UTC", clock.get(..8).unwrap_or(clock))
}
