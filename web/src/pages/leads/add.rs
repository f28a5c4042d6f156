//! Enrolling one lead by hand.

use leadline_model::lead::{format_phone, parse_phone};
use leadline_model::ordered::Ordered;
use leadline_model::{Value, Variables};
use leadline_protocol::{Enrolment, Request, SyncRequest};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::tell_enrolment;
use crate::boxed::{closes, effect, handler};
use crate::components::dialog::Dialog;
use crate::components::field::TextField;
use crate::components::pairs::{PairRows, Pairs};
use crate::state::use_app;
use crate::there::{Sides, sync, tell_waiting};

/// What is wrong with a phone number, in words.
pub fn phone_error(text: &str) -> Option<String> {
    parse_phone(text).is_none().then(|| {
        "A number with its country code: + and 7 to 15 digits, such as +14155550101".to_owned()
    })
}

/// The dialog that enrols one lead.
#[component]
pub fn AddDialog(
    /// Whether it is open.
    open: RwSignal<bool>,
    /// Where the lead goes.
    sides: Sides,
) -> impl IntoView {
    let app = use_app();
    let workflow = sides.workflow;
    let phone = RwSignal::new(String::new());
    let variables = Pairs::new(&[]);
    let problem = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let error = Signal::derive(move || phone.with(|text| phone_error(text)));
    // Each time it opens it offers the variables the other leads have.
    effect(move || {
        let (true, Some(workflow_id)) = (open.get(), workflow.get()) else {
            return;
        };
        phone.set(String::new());
        problem.set(None);
        app.run(
            Request::VariableKeys { workflow_id },
            move |keys: Vec<String>| {
                let rows: Vec<_> = keys.into_iter().map(|key| (key, String::new())).collect();
                variables.reset(&rows);
            },
        );
    });
    let enrol = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Some(workflow_id) = workflow.get_untracked() else {
            return;
        };
        let filled = untrack(|| variables.filled())
            .into_iter()
            .filter(|(_, value)| !value.is_empty());
        let variables: Variables = filled
            .map(|(key, text)| (key, Value::from_text(&text)))
            .into_map();
        let number = phone.get_untracked().trim().to_owned();
        let there = untrack(|| sides.there_name());
        busy.set(true);
        problem.set(None);
        spawn_local(async move {
            let done = match there {
                None => {
                    let request = Request::EnrolLead {
                        workflow_id,
                        phone_number: number,
                        variables,
                    };
                    let done = app.client.ask::<Enrolment>(request).await;
                    done.map(|done| tell_enrolment(app, &done))
                }
                Some(name) => {
                    let number = parse_phone(&number).map_or(number, format_phone);
                    let request = sync(SyncRequest::Enrol {
                        workflow_id,
                        leads: vec![(number, variables)],
                    });
                    let waiting = app.client.ask::<u64>(request).await;
                    waiting.map(|waiting| tell_waiting(app, waiting, &name))
                }
            };
            match done {
                Ok(()) => open.set(false),
                Err(refused) => problem.set(Some(refused.message)),
            }
            busy.set(false);
        });
    };
    let title = Signal::derive(move || match sides.there_name() {
        None => "Add lead".to_owned(),
        Some(name) => format!("Add lead on {name}"),
    });
    view! {
        <Dialog open title>
            <form class="stack" on:submit=handler(enrol)>
                <TextField label="Phone number" kind="tel" value=phone error autofocus=true
                    placeholder="+14155550101" />
                <PairRows pairs=variables key_name="Variable" value_name="Value" />
                {move || problem.get().map(|text| view! { <p class="error-text" role="alert">{text}</p> })}
                <div class="dialog-foot">
                    <button type="button" class="button" on:click=closes(open)>"Cancel"</button>
                    <button type="submit" class="button button-primary"
                        class:button-there-first=move || sides.is_there()
                        disabled=move || busy.get() || error.get().is_some()>
                        {move || match sides.there_name() {
                            None => "Enrol lead".to_owned(),
                            Some(name) => format!("Enrol lead on {name}"),
                        }}
                    </button>
                </div>
            </form>
        </Dialog>
    }
}
