//! The settings of the workflow itself, shown while nothing is selected.

use leadline_model::ordered;
use leadline_model::{CallingWindow, Definition, DelayOnPause, Settings, TimeOfDay, Weekday};
use leptos::prelude::*;
use wasm_bindgen::prelude::*;

use super::bound::Bound;
use super::controls::{
    CheckField, OptionalNumber, RemoveButton, SelectField, TextArea, TextField, pairs, rows,
};
use super::retry::RetryForm;
use super::surroundings::Surroundings;
use super::voice_call::CONCURRENCY;
use crate::boxed::{handler, typed_into};
use crate::components::control_flow::Show;

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

/// A day in words.
pub fn weekday_words(day: Weekday) -> &'static str {
    [
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
    ][day.index()]
}

/// The time zones this browser knows.
pub fn time_zones() -> Vec<String> {
    #[wasm_bindgen]
    extern "C" {
        #[wasm_bindgen(catch, js_namespace = Intl, js_name = supportedValuesOf)]
        fn supported_values_of(key: &str) -> Result<js_sys::Array, JsValue>;
    }
    let mut zones: Vec<String> = supported_values_of("timeZone")
        .map(|list| list.iter().filter_map(|zone| zone.as_string()).collect())
        .unwrap_or_default();
    // An older browser lists none: the zone can still be typed on import, and UTC is always there.
    if !zones.iter().any(|zone| zone == "UTC") {
        zones.insert(0, "UTC".to_owned());
    }
    zones
}

/// The time zone this browser is set to.
fn own_zone() -> String {
    let options = js_sys::Intl::DateTimeFormat::new(&js_sys::Array::new(), &js_sys::Object::new())
        .resolved_options();
    js_sys::Reflect::get(&options, &JsValue::from_str("timeZone"))
        .ok()
        .and_then(|zone| zone.as_string())
        .unwrap_or_else(|| "UTC".to_owned())
}

fn time_of_day(text: &str) -> TimeOfDay {
    TimeOfDay::parse(text).unwrap_or_else(|| unreachable!("{text} is a time of day"))
}

fn office_hours() -> CallingWindow {
    use Weekday::{Fri, Mon, Thu, Tue, Wed};
    CallingWindow {
        timezone: own_zone(),
        days: vec![Mon, Tue, Wed, Thu, Fri],
        start: time_of_day("09:00"),
        end: time_of_day("18:00"),
        holidays: Vec::new(),
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
            help="Whether a waiting lead's time runs while the workflow is paused." />
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
    }
}

#[component]
fn WindowForm(window: Bound<Option<CallingWindow>>) -> impl IntoView {
    let on = window.part(Option::is_some, |w, on| *w = on.then(office_hours));
    let some = window.part(
        |w| w.clone().unwrap_or_else(office_hours),
        |w, new| *w = Some(new),
    );
    let set_time = |slot: &mut TimeOfDay, text: &str| {
        if let Some(time) = TimeOfDay::parse(text) {
            *slot = time;
        }
    };
    let zones = pairs(time_zones().into_iter().map(|zone| (zone.clone(), zone)));
    let zones = StoredValue::new(zones);
    view! {
        <CheckField label="Only call at certain times" value=on
            help="No call starts outside the window; one in progress is not cut." />
        <Show when=move || on.get()>
            <SelectField label="Time zone" choices=zones.get_value()
                value=some.part(|w| w.timezone.clone(), |w, zone| w.timezone = zone)
                help="A lead's own variable timezone comes first." />
            <div class="d-row">
                <TextField label="Opens" kind="time"
                    value=some.part(|w| w.start.to_string(), move |w, t: String| set_time(&mut w.start, &t)) />
                <TextField label="Closes" kind="time"
                    value=some.part(|w| w.end.to_string(), move |w, t: String| set_time(&mut w.end, &t)) />
            </div>
            <Days days=some.part(|w| w.days.clone(), |w, days| w.days = days) />
            <Holidays list=some.part(|w| w.holidays.clone(), |w, list| w.holidays = list) />
        </Show>
    }
}

#[component]
fn Days(days: Bound<Vec<Weekday>>) -> impl IntoView {
    view! {
        <fieldset class="d-field d-days">
            <legend>"Days"</legend>
            {Weekday::ALL.map(|day| {
                // An empty list means every day, so the first box that is cleared leaves the other six.
                let value = days.part(
                    move |days| days.is_empty() || days.contains(&day),
                    move |days, on| {
                        if days.is_empty() {
                            *days = Weekday::ALL.to_vec();
                        }
                        days.retain(|d| *d != day);
                        if on {
                            days.push(day);
                        }
                        ordered::sort(days);
                    },
                );
                let words = weekday_words(day);
                view! { <CheckField label=&words[..3] value /> }
            })}
        </fieldset>
        <p class="d-note">"With no day chosen, calls may start every day."</p>
    }
}

#[component]
fn Holidays(list: Bound<Vec<String>>) -> impl IntoView {
    let new = RwSignal::new(String::new());
    let add = move |_| {
        let date = new.get_untracked();
        if !date.is_empty() {
            list.update(|l| {
                if !l.contains(&date) {
                    l.push(date);
                    ordered::sort(l);
                }
            });
            new.set(String::new());
        }
    };
    view! {
        <fieldset class="d-field">
            <legend>"Holidays"</legend>
            {rows(list, move |at| {
                let date = list.item(at, String::new());
                view! {
                    <div class="d-row">
                        <span class="d-grow">{move || date.get()}</span>
                        <RemoveButton name=Signal::derive(move || format!("Remove holiday {}", date.get()))
                            on_press=move || list.update(|l| if at < l.len() { l.remove(at); }) />
                    </div>
                }
            })}
            <div class="d-row">
                <input type="date" aria-label="New holiday" prop:value=move || new.get()
                    on:input=typed_into(new) />
                <button type="button" class="d-button" on:click=handler(add)>"Add holiday"</button>
            </div>
        </fieldset>
    }
}
