//! The account's limits.

use leadline_model::limits::{MAX_CONCURRENT_CALLS, MAX_RUN_TIMEOUT};
use leadline_model::{Account, CallBounds};
use leadline_protocol::{Library, Request, Written};
use leptos::prelude::*;

use crate::boxed::{effect, handler, memo};
use crate::components::field::TextField;
use crate::designer::forms::bound::Bound;
use crate::designer::forms::controls::Limits;
use crate::designer::forms::length::LengthField;
use crate::designer::forms::workflow::BoundsForm;
use crate::state::use_app;

/// A year: a call without an end by then has none.
const MAX_DEADLINE_MINUTES: u32 = 366 * 24 * 60;

fn read(text: &str, most: u32) -> Result<u32, String> {
    match text.trim().parse::<u32>() {
        Ok(n) if (1..=most).contains(&n) => Ok(n),
        _ => Err(format!(
            "A whole number from 1 to {}",
            crate::format::number(most.into())
        )),
    }
}

/// The account's limits.
#[component]
pub fn LimitsCard() -> impl IntoView {
    let app = use_app();
    let (calls, deadline) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let patience = Bound::local(None::<u32>);
    let bounds = Bound::local(None::<CallBounds>);
    let account = memo(move || {
        let library = app.library();
        library.with(|l| l.as_ref().map(|l| l.account.clone()))
    });
    effect(move || {
        if let Some(account) = account.get() {
            calls.set(account.max_concurrent_calls.to_string());
            deadline.set(account.call_deadline_minutes.to_string());
            patience.set(Some(account.run_timeout_seconds));
            bounds.set(account.calls_per_person);
        }
    });
    let calls_error =
        Signal::derive(move || calls.with(|text| read(text, MAX_CONCURRENT_CALLS)).err());
    let deadline_error =
        Signal::derive(move || deadline.with(|text| read(text, MAX_DEADLINE_MINUTES)).err());
    let wanted = memo(move || {
        Some(Account {
            max_concurrent_calls: calls.with(|text| read(text, MAX_CONCURRENT_CALLS)).ok()?,
            call_deadline_minutes: deadline
                .with(|text| read(text, MAX_DEADLINE_MINUTES))
                .ok()?,
            run_timeout_seconds: patience.get()?,
            calls_per_person: bounds.get(),
        })
    });
    let unchanged = move || wanted.get().is_none() || wanted.get() == account.get();
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Some(account) = wanted.get_untracked() else {
            return;
        };
        app.run(
            Request::PutAccount { account },
            move |_: Written<Library>| {
                app.toasts
                    .info("The limits were changed; they hold from the next tick.");
            },
        );
    };
    view! {
        <section class="card">
            <form class="stack" on:submit=handler(save)>
                <h2>"Account limits"</h2>
                <div class="field-pair">
                    <TextField label="Calls at the same time" value=calls error=calls_error
                        help="All workflows together, ringing ones counted." />
                    <TextField label="Give up a call after (minutes)" value=deadline error=deadline_error
                        help="A call without a final status by then counts as failed." />
                    <LengthField label="A run waits for a person" value=patience
                        limits=Limits { min: 1, max: MAX_RUN_TIMEOUT }
                        help="It fails when nobody answers by then. Steps and agents may say otherwise." />
                </div>
                <h3>"Calls to one person"</h3>
                <div class="field-pair"><BoundsForm bounds /></div>
                <div><button type="submit" class="button" disabled=unchanged>"Save limits"</button></div>
            </form>
        </section>
    }
}
