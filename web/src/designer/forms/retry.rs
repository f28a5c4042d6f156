//! A retry policy: how an unanswered call is dialled again.

use leadline_model::{CallStatus, RetryPolicy};
use leptos::prelude::*;

use super::bound::Bound;
use super::controls::{CheckField, Limits, NumberField, OptionalNumber};
use crate::components::control_flow::Show;

/// The statuses a call can be dialled again after, in words.
pub const RETRIED: [(CallStatus, &str); 4] = [
    (CallStatus::DidNotPick, "Not picked up"),
    (CallStatus::Busy, "Busy"),
    (CallStatus::NoAnswer, "No answer"),
    (CallStatus::Failed, "Failed"),
];

/// The policy a form begins with when retries are switched on.
fn usual() -> RetryPolicy {
    RetryPolicy {
        max_retries: 2,
        wait_minutes: 30,
        retry_on: vec![
            CallStatus::DidNotPick,
            CallStatus::Busy,
            CallStatus::NoAnswer,
        ],
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
            <NumberField
                label="Wait between attempts"
                value=some.part(|p| p.wait_minutes, |p, n| p.wait_minutes = n)
                limits=Limits { min: 0, max: 527_040 }
                unit="minutes"
            />
            <fieldset class="d-field">
                <legend>"Dial again after"</legend>
                {RETRIED.map(|(status, words)| {
                    let value = some.part(
                        move |p| p.retry_on.contains(&status),
                        move |p, on| {
                            p.retry_on.retain(|s| *s != status);
                            if on {
                                p.retry_on.push(status);
                            }
                        },
                    );
                    view! { <CheckField label=words value /> }
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
