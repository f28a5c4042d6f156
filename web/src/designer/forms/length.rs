//! A length of time that the engine counts in seconds and people in the unit that suits it.

use leptos::prelude::*;

use super::bound::Bound;
use super::controls::{Choices, Field, Limits, next_id, pairs, read_number};
use crate::boxed::memo;

/// Units with their seconds, the largest last.
const UNITS: [(&str, u32); 4] = [
    ("seconds", 1),
    ("minutes", 60),
    ("hours", 3_600),
    ("days", 86_400),
];

/// The largest unit that gives a whole number.
fn unit_of(seconds: u32) -> u32 {
    let fits = |unit: &&(&str, u32)| seconds != 0 && seconds.is_multiple_of(unit.1);
    UNITS.iter().rev().find(fits).map_or(1, |(_, unit)| *unit)
}

/// A length of time that may be left empty.
#[component]
pub fn LengthField(
    /// What it is.
    #[prop(into)]
    label: Signal<String>,
    /// How many seconds.
    value: Bound<Option<u32>>,
    /// What it may be, in seconds.
    limits: Limits,
    /// How to fill it in.
    #[prop(into, optional)]
    help: Signal<String>,
    /// What holds while it is empty; without it a number is needed.
    #[prop(into, optional)]
    placeholder: Option<String>,
) -> impl IntoView {
    let id = next_id();
    let note = format!("{id}-note");
    let optional = placeholder.is_some();
    let chosen = RwSignal::new(None::<u32>);
    // The chosen unit holds as long as it can show the value.
    let unit = memo(move || match (value.get(), chosen.get()) {
        (None, chosen) => chosen.unwrap_or(3_600),
        (Some(seconds), Some(unit)) if seconds.is_multiple_of(unit) => unit,
        (Some(seconds), _) => unit_of(seconds),
    });
    let error = RwSignal::new(None::<String>);
    let shown = move || {
        let unit = unit.get();
        value
            .get()
            .map(|seconds| (seconds / unit).to_string())
            .unwrap_or_default()
    };
    let type_in = move |text: &str| {
        let unit = unit.get_untracked();
        let within = Limits {
            min: limits.min.div_ceil(unit),
            max: limits.max / unit,
        };
        match read_number(text, within, optional) {
            Ok(number) => {
                error.set(None);
                chosen.set(Some(unit));
                value.set(number.map(|number| number * unit));
            }
            Err(message) => error.set(Some(message)),
        }
    };
    let unit_key = Bound::new(memo(move || unit.get().to_string()), move |key: String| {
        let Ok(new) = key.parse::<u32>() else { return };
        let number = value.peek().map(|seconds| seconds / unit.get_untracked());
        chosen.set(Some(new));
        if let Some(number) = number {
            let seconds = number.saturating_mul(new).clamp(limits.min, limits.max);
            value.set(Some(seconds));
        }
    });
    let unit_name = Signal::derive(move || format!("Unit of {}", label.get()));
    view! {
        <Field id=id.clone() label help error>
            <span class="d-length">
                <input
                    id=id
                    type="text"
                    inputmode="numeric"
                    autocomplete="off"
                    placeholder=placeholder
                    aria-describedby=note
                    aria-invalid=move || error.get().is_some().then_some("true")
                    prop:value=shown
                    on:input:target=move |event| type_in(&event.target().value())
                    on:blur:target=move |event| {
                        error.set(None);
                        event.target().set_value(&untrack(shown));
                    }
                />
                <Choices value=unit_key name=unit_name.get_untracked()
                    choices=pairs(UNITS.map(|(words, unit)| (unit, words))) />
            </span>
        </Field>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_whole_unit_is_shown() {
        for (seconds, unit) in [
            (0, 1),
            (59, 1),
            (60, 60),
            (5_400, 60),
            (7_200, 3_600),
            (604_800, 86_400),
        ] {
            assert_eq!(unit_of(seconds), unit, "{seconds}");
        }
    }
}
