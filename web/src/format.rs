//! Instants, numbers and sizes as the reader's own locale writes them, through the browser's `Intl`.
//!
//! Formatters are made once: making one takes longer than using it a thousand times.

use js_sys::{Array, Date, Function, Intl, Object, Reflect};
use leadline_model::{Duration, Time};
use wasm_bindgen::prelude::*;

thread_local! {
    static DATE_TIME: Function = date_format(&[("dateStyle", "medium"), ("timeStyle", "short")]);
    static DATE_TIME_SECONDS: Function = date_format(&[("dateStyle", "medium"), ("timeStyle", "medium")]);
    static WEEKDAY: Function = date_format(&[("weekday", "short")]);
    static CLOCK_SECONDS: Function = date_format(&[("timeStyle", "medium")]);
    static CLOCK: Function = date_format(&[("timeStyle", "short")]);
    static NUMBER: Function = Intl::NumberFormat::new(&Array::new(), &Object::new()).format();
}

fn date_format(options: &[(&str, &str)]) -> Function {
    let object = Object::new();
    for (key, value) in options {
        // A plain object takes every property.
        drop(Reflect::set(
            &object,
            &JsValue::from_str(key),
            &JsValue::from_str(value),
        ));
    }
    Intl::DateTimeFormat::new(&Array::new(), &object).format()
}

fn formatted(format: &'static std::thread::LocalKey<Function>, value: &JsValue) -> String {
    format
        .with(|format| format.call1(&JsValue::NULL, value))
        .ok()
        .and_then(|text| text.as_string())
        .unwrap_or_default()
}

fn date(time: Time) -> JsValue {
    Date::new(&JsValue::from_f64(time.0 as f64)).into()
}

/// Date and time of day to the minute: "3 Mar 2026, 10:00".
pub fn date_time(time: Time) -> String {
    formatted(&DATE_TIME, &date(time))
}

/// Date and time of day to the second, for histories.
pub fn date_time_seconds(time: Time) -> String {
    formatted(&DATE_TIME_SECONDS, &date(time))
}

/// A text of the engine with its timestamps as the reader writes them.
pub fn localized(text: &str) -> String {
    const STAMP: usize = "2026-03-01T09:00:00.000Z".len();
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let stamp = rest.get(..STAMP).filter(|_| first.is_ascii_digit());
        match stamp.and_then(|stamp| Time::parse(stamp).ok()) {
            Some(time) => {
                out.push_str(&date_time(time));
                rest = &rest[STAMP..];
            }
            None => {
                out.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
    }
    out
}

/// The short name of the day of the week.
pub fn weekday(time: Time) -> String {
    formatted(&WEEKDAY, &date(time))
}

/// Wall-clock time of day, for what happened just now.
pub fn time_of_day(ms: i64) -> String {
    formatted(&CLOCK, &date(Time(ms)))
}

/// Wall-clock time of day to the second, for what happens soon.
pub fn time_of_day_seconds(ms: i64) -> String {
    formatted(&CLOCK_SECONDS, &date(Time(ms)))
}

/// The name of the time zone in which all of this is shown, such as `Europe/Berlin`.
pub fn time_zone() -> String {
    let options = Intl::DateTimeFormat::new(&Array::new(), &Object::new()).resolved_options();
    Reflect::get(&options, &JsValue::from_str("timeZone"))
        .ok()
        .and_then(|zone| zone.as_string())
        .unwrap_or_default()
}

/// A whole number with the locale's separators.
pub fn number(n: u64) -> String {
    formatted(&NUMBER, &JsValue::from_f64(n as f64))
}

/// A count with its noun: "1 lead", "1,000 leads".
pub fn count(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", number(n), if n == 1 { one } else { many })
}

/// A length of time in its two largest units: "2 d 3 h", "45 s".
pub fn duration(length: Duration) -> String {
    let seconds = length.0.max(0) / 1_000;
    let (days, hours) = (seconds / 86_400, seconds / 3_600 % 24);
    let (minutes, seconds) = (seconds / 60 % 60, seconds % 60);
    let pair = |a: i64, unit_a: &str, b: i64, unit_b: &str| {
        if b == 0 {
            format!("{a} {unit_a}")
        } else {
            format!("{a} {unit_a} {b} {unit_b}")
        }
    };
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => pair(minutes, "min", seconds, "s"),
        (0, _, _) => pair(hours, "h", minutes, "min"),
        _ => pair(days, "d", hours, "h"),
    }
}

/// A size in bytes, in the unit that keeps it readable: "1.4 MB".
pub fn bytes(n: u64) -> String {
    let units = ["kB", "MB", "GB", "TB"];
    if n < 1_000 {
        return format!("{n} bytes");
    }
    let mut value = n as f64 / 1_000.0;
    let mut unit = 0;
    while value >= 1_000.0 && unit + 1 < units.len() {
        value /= 1_000.0;
        unit += 1;
    }
    let places = usize::from(value < 100.0);
    format!("{value:.places$} {}", units[unit])
}

/// A wire spelling such as `did_not_pick` in words: "Did not pick".
pub fn words(wire: &str) -> String {
    let text = wire.replace('_', " ").to_lowercase();
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => text,
    }
}
