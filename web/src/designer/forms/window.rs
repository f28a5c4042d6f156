//! When calls may start: the spans of a week, in which time zone, and the days on which none begins.

use leadline_model::window::LEADS_OWN;
use leadline_model::{CallingWindow, Span, TimeOfDay, Weekday, ordered};
use leptos::prelude::*;
use wasm_bindgen::prelude::*;

use super::bound::Bound;
use super::controls::{CheckField, RemoveButton, SelectField, TextField, pairs, rows};
use crate::boxed::{handler, memo, typed_into};
use crate::components::control_flow::Show;

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
    CallingWindow {
        timezone: own_zone(),
        spans: vec![office_day()],
        holidays: Vec::new(),
        fallback_timezone: None,
    }
}

fn office_day() -> Span {
    use Weekday::{Fri, Mon, Thu, Tue, Wed};
    Span {
        days: vec![Mon, Tue, Wed, Thu, Fri],
        start: time_of_day("09:00"),
        end: time_of_day("18:00"),
    }
}

/// A calling window that may be absent.
#[component]
pub fn WindowForm(
    /// The window.
    window: Bound<Option<CallingWindow>>,
) -> impl IntoView {
    let on = window.part(Option::is_some, |w, on| *w = on.then(office_hours));
    let some = window.part(
        |w| w.clone().unwrap_or_else(office_hours),
        |w, new| *w = Some(new),
    );
    let zones = pairs(time_zones().into_iter().map(|zone| (zone.clone(), zone)));
    let mut all = pairs([(LEADS_OWN, "The lead's own")]);
    all.extend(zones.clone());
    let choices = StoredValue::new((zones, all));
    let zone = some.part(
        |w| w.timezone.clone(),
        |w, zone| {
            let leads = zone == LEADS_OWN;
            w.fallback_timezone = leads.then(|| w.zone().to_owned());
            w.timezone = zone;
        },
    );
    let fallback = some.part(
        |w| w.fallback_timezone.clone().unwrap_or_default(),
        |w, zone| w.fallback_timezone = Some(zone),
    );
    let by_lead = memo(move || zone.get() == LEADS_OWN);
    let spans = some.part(|w| w.spans.clone(), |w, spans| w.spans = spans);
    view! {
        <CheckField label="Only call at certain times" value=on
            help="No call starts outside the window; one in progress is not cut." />
        <Show when=move || on.get()>
            <SelectField label="Time zone" choices=choices.with_value(|(_, all)| all.clone()) value=zone
                help="A lead's own variable timezone comes first." />
            <Show when=move || by_lead.get()>
                <SelectField label="For leads without one" value=fallback
                    choices=choices.with_value(|(zones, _)| zones.clone()) />
            </Show>
            {rows(spans, move |at| view! { <SpanForm spans at /> }.into_any())}
            <button type="button" class="d-button"
                on:click=handler(move |_| spans.update(|list| list.push(office_day())))>
                "Add hours"
            </button>
            <Holidays list=some.part(|w| w.holidays.clone(), |w, list| w.holidays = list) />
        </Show>
    }
}

/// One span of the week.
#[component]
fn SpanForm(spans: Bound<Vec<Span>>, at: usize) -> impl IntoView {
    let span = spans.item(at, office_day());
    let set_time = |slot: &mut TimeOfDay, text: &str| {
        if let Some(time) = TimeOfDay::parse(text) {
            *slot = time;
        }
    };
    let several = memo(move || spans.get().len() > 1);
    view! {
        <div class="d-row">
            <TextField label="Opens" kind="time"
                value=span.part(|s| s.start.to_string(), move |s, t: String| set_time(&mut s.start, &t)) />
            <TextField label="Closes" kind="time"
                value=span.part(|s| s.end.to_string(), move |s, t: String| set_time(&mut s.end, &t)) />
            <Show when=move || several.get()>
                <RemoveButton name="Remove these hours"
                    on_press=move || spans.update(|list| if at < list.len() { list.remove(at); }) />
            </Show>
        </div>
        <Days days=span.part(|s| s.days.clone(), |s, days| s.days = days) />
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
