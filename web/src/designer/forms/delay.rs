//! The settings of a delay: so long, until a local time, or until an instant found in a variable.

use leadline_model::node::{From, FromSource, Until};
use leadline_model::{Delay, DelayUnit, TimeConfig, TimeOfDay, Weekday, limits};
use leptos::prelude::*;

use super::bound::Bound;
use super::controls::{Limits, NumberField, SelectField, TextField, pairs};
use super::surroundings::Surroundings;
use super::window::{time_zones, weekday_words};

const KINDS: [(&str, &str); 3] = [
    ("delay", "For a length of time"),
    ("until", "Until a time of day"),
    ("from", "Until a time in a variable"),
];

fn two_days() -> Delay {
    Delay {
        value: 2,
        unit: DelayUnit::Days,
    }
}

fn morning() -> Until {
    Until {
        time: TimeOfDay::parse("09:00").unwrap_or_else(|| unreachable!("09:00 is a time of day")),
        timezone: "lead".to_owned(),
        weekday: None,
    }
}

fn callback() -> From {
    From {
        source: FromSource::Lead,
        key: String::new(),
    }
}

fn kind_of(config: &TimeConfig) -> String {
    let kind = match config {
        TimeConfig { until: Some(_), .. } => "until",
        TimeConfig { from: Some(_), .. } => "from",
        TimeConfig { delay: Some(_), .. } => "delay",
        _ => "",
    };
    kind.to_owned()
}

fn config_of(kind: &str) -> TimeConfig {
    TimeConfig {
        delay: (kind == "delay").then(two_days),
        until: (kind == "until").then(morning),
        from: (kind == "from").then(callback),
    }
}

/// The settings of a delay.
#[component]
pub fn DelayForm(
    /// Its config.
    config: Bound<TimeConfig>,
) -> impl IntoView {
    let kind = config.part(kind_of, |c, kind| *c = config_of(&kind));
    let choices = Signal::derive(move || {
        let mut list = pairs(KINDS);
        if kind.get().is_empty() {
            list.insert(0, (String::new(), "Choose how to wait".to_owned()));
        }
        list
    });
    let error = Signal::derive(move || {
        kind.get()
            .is_empty()
            .then(|| "A delay needs to know how long.".to_owned())
    });
    view! {
        <SelectField label="Wait" value=kind choices error />
        {move || match kind.get().as_str() {
            "delay" => view! { <LengthForm config /> }.into_any(),
            "until" => view! { <UntilForm config /> }.into_any(),
            "from" => view! { <FromForm config /> }.into_any(),
            _ => ().into_any(),
        }}
    }
}

#[component]
fn LengthForm(config: Bound<TimeConfig>) -> impl IntoView {
    let delay = config.part(
        |c| c.delay.unwrap_or_else(two_days),
        |c, new| c.delay = Some(new),
    );
    let unit = delay.part(
        |d| d.unit.as_str().to_owned(),
        |d, unit| {
            d.unit = match unit.as_str() {
                "minutes" => DelayUnit::Minutes,
                "hours" => DelayUnit::Hours,
                _ => DelayUnit::Days,
            }
        },
    );
    let most = u32::try_from(limits::MAX_DELAY_MINUTES).unwrap_or(u32::MAX);
    view! {
        <div class="d-row">
            <NumberField
                label="Length"
                value=delay.part(|d| d.value, |d, n| d.value = n)
                limits=Limits { min: 0, max: most }
            />
            <SelectField
                label="Unit"
                value=unit
                choices=pairs([("minutes", "minutes"), ("hours", "hours"), ("days", "days of 24 hours")])
            />
        </div>
    }
}

#[component]
fn UntilForm(config: Bound<TimeConfig>) -> impl IntoView {
    let until = config.part(
        |c| c.until.clone().unwrap_or_else(morning),
        |c, new| c.until = Some(new),
    );
    let time = until.part(
        |u| u.time.to_string(),
        |u, text| {
            if let Some(time) = TimeOfDay::parse(&text) {
                u.time = time;
            }
        },
    );
    let weekday = until.part(
        |u| {
            u.weekday
                .map(|day| day.index().to_string())
                .unwrap_or_default()
        },
        |u, key| {
            u.weekday = key
                .parse::<usize>()
                .ok()
                .and_then(|i| Weekday::ALL.get(i).copied())
        },
    );
    let mut days = pairs([("", "Any day")]);
    days.extend(pairs(
        Weekday::ALL.map(|day| (day.index(), weekday_words(day))),
    ));
    let mut zones = pairs([("lead", "The lead's own (variable timezone)")]);
    zones.extend(time_zones().into_iter().map(|zone| (zone.clone(), zone)));
    view! {
        <TextField label="Local time" value=time kind="time" />
        <SelectField label="On" value=weekday choices=days />
        <SelectField
            label="Time zone"
            value=until.part(|u| u.timezone.clone(), |u, zone| u.timezone = zone)
            choices=zones
            help="The lead leaves the next time a clock there shows this."
        />
    }
}

#[component]
fn FromForm(config: Bound<TimeConfig>) -> impl IntoView {
    let around = Surroundings::here();
    let from = config.part(
        |c| c.from.clone().unwrap_or_else(callback),
        |c, new| c.from = Some(new),
    );
    let source = from.part(
        |f| {
            if f.source == FromSource::Lead {
                "lead"
            } else {
                "call"
            }
            .to_owned()
        },
        |f, key| {
            f.source = if key == "call" {
                FromSource::Call
            } else {
                FromSource::Lead
            }
        },
    );
    let key = from.part(|f| f.key.clone(), |f, key| f.key = key);
    let offers = Signal::derive(move || match from.get().source {
        FromSource::Lead => around.keys.get(),
        FromSource::Call => around.graph.get().analysis.into_keys().collect(),
    });
    let error = Signal::derive(move || {
        key.get()
            .trim()
            .is_empty()
            .then(|| "Name the variable that holds the time.".to_owned())
    });
    view! {
        <SelectField
            label="Look in"
            value=source
            choices=pairs([("lead", "The lead's variables"), ("call", "The last call's analysis")])
        />
        <TextField
            label="Key"
            value=key
            offers
            error
            placeholder="callback_at"
            help="It holds a time such as 2026-03-01T16:00:00Z; a lead without one is flagged for review."
        />
    }
}
