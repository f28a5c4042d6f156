//! A retry policy: how an unanswered call is dialled again.

use leadline_model::{RetryOn, RetryPolicy, Waits};
use leptos::prelude::*;

use super::bound::Bound;
use super::controls::{CheckField, Limits, NumberField, OptionalNumber, ReadField, read_number};
use crate::components::control_flow::Show;
use crate::format;

/// The words for what a call can be dialled again after, in the order of [`RetryOn::ALL`].
const RETRIED: [&str; 5] = [
    "Not picked up",
    "Busy",
    "No answer",
    "Failed",
    "Answered by a machine",
];

/// What a call can be dialled again after, in words.
pub fn retried(on: RetryOn) -> String {
    let known = RetryOn::ALL.iter().position(|known| *known == on);
    known.map_or_else(|| format::words(on.as_str()), |at| RETRIED[at].to_owned())
}

/// What a wait may be, in minutes: at most a year.
const WAIT: Limits = Limits {
    min: 0,
    max: 527_040,
};

/// The policy a form begins with when retries are switched on.
fn usual() -> RetryPolicy {
    RetryPolicy {
        max_retries: 2,
        wait_minutes: Waits::always(30),
        retry_on: Some(RetryOn::UNANSWERED.to_vec()),
        expires_after_minutes: None,
    }
}

/// A retry policy that may be absent.
#[component]
pub fn RetryForm(
    /// The policy.
    policy: Bound<Option<RetryPolicy>>,
    /// What holds while there is none.
    #[prop(into)]
    when_off: String,
    /// What it means that there is one.
    #[prop(into)]
    when_on: String,
) -> impl IntoView {
    let some = policy.part(|p| p.clone().unwrap_or_else(usual), |p, new| *p = Some(new));
    let on = policy.part(Option::is_some, |p, on| *p = on.then(usual));
    let label = Signal::derive(move || {
        if on.get() {
            when_on.clone()
        } else {
            when_off.clone()
        }
    });
    view! {
        <CheckField label="Own retry policy" value=on help=label />
        <Show when=move || on.get()>
            <NumberField
                label="Retries"
                value=some.part(|p| p.max_retries, |p, n| p.max_retries = n)
                limits=Limits { min: 0, max: 100 }
                help="Further attempts after the first."
            />
            <WaitsField waits=some.part(|p| p.wait_minutes.clone(), |p, w| p.wait_minutes = w) />
            <fieldset class="d-field">
                <legend>"Dial again after"</legend>
                {RetryOn::ALL.map(|cause| {
                    let value = some.part(
                        move |p| p.retries().contains(&cause),
                        move |p, on| {
                            let mut causes = p.retries().to_vec();
                            causes.retain(|known| *known != cause);
                            if on {
                                causes.push(cause);
                            }
                            p.retry_on = Some(causes);
                        },
                    );
                    view! { <CheckField label=retried(cause) value /> }
                })}
            </fieldset>
            <OptionalNumber
                label="Give up after"
                value=some.part(|p| p.expires_after_minutes, |p, n| p.expires_after_minutes = n)
                limits=Limits { min: 1, max: 527_040 }
                unit="minutes"
                placeholder="never"
                help="A call that is still unanswered then ends as RETRY_EXPIRED."
            />
        </Show>
    }
}

/// The pauses between attempts: one number, or several with commas.
#[component]
fn WaitsField(waits: Bound<Waits>) -> impl IntoView {
    let shown = Signal::derive(move || {
        let Waits(waits) = waits.get();
        let each: Vec<String> = waits.iter().map(u32::to_string).collect();
        each.join(", ")
    });
    let take = move |text: &str| {
        let each = text.split(',').map(|one| read_number(one, WAIT, false));
        let each: Result<Vec<Option<u32>>, String> = each.collect();
        each.map(|minutes| waits.set(Waits(minutes.into_iter().flatten().collect())))
    };
    view! {
        <ReadField label="Wait between attempts" unit="minutes" placeholder="0" shown take=Box::new(take)
            help="One number, or one after each attempt: 5, 30, 120. The last one repeats." />
    }
}
