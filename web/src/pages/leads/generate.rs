//! Enrolling generated leads, to try a workflow without a list.

use leadline_model::{Value, WorkflowId};
use leadline_protocol::{Enrolment, Request, VariablePlan};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::tell_enrolment;
use crate::boxed::{closes, handler};
use crate::components::dialog::Dialog;
use crate::components::field::TextField;
use crate::components::pairs::{PairRows, Pairs};
use crate::state::use_app;

const MOST: u32 = 1_000_000;

fn read_count(text: &str) -> Result<u32, String> {
    match text.trim().replace([',', ' ', '\u{a0}'], "").parse::<u32>() {
        Ok(n) if (1..=MOST).contains(&n) => Ok(n),
        _ => Err("A whole number from 1 to 1,000,000".to_owned()),
    }
}

fn read_seed(text: &str) -> Result<u64, String> {
    text.trim()
        .parse()
        .map_err(|_| "A whole number; the same seed gives the same leads".to_owned())
}

fn plans(rows: Vec<(String, String)>) -> Vec<VariablePlan> {
    let values = |text: &str| {
        text.split(',')
            .map(|part| Value::from_text(part.trim()))
            .collect()
    };
    rows.into_iter()
        .map(|(key, text)| VariablePlan {
            values: values(&text),
            key,
        })
        .collect()
}

/// The dialog that generates leads.
#[component]
pub fn GenerateDialog(
    /// Whether it is open.
    open: RwSignal<bool>,
    /// Where the leads go.
    workflow: Memo<Option<WorkflowId>>,
) -> impl IntoView {
    let app = use_app();
    let count = RwSignal::new("100".to_owned());
    let seed = RwSignal::new("1".to_owned());
    let variables = Pairs::new(&[
        ("first_name", "Ada, Ben, Chiara, Dmitri, Elif"),
        ("company", "Company {n}"),
    ]);
    let problem = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let count_error = Signal::derive(move || count.with(|text| read_count(text)).err());
    let seed_error = Signal::derive(move || seed.with(|text| read_seed(text)).err());
    let generate = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let (Ok(count), Ok(seed)) = (
            read_count(&count.get_untracked()),
            read_seed(&seed.get_untracked()),
        ) else {
            return;
        };
        let Some(workflow_id) = workflow.get_untracked() else {
            return;
        };
        let variables = untrack(|| plans(variables.filled()));
        busy.set(true);
        problem.set(None);
        spawn_local(async move {
            let request = Request::GenerateLeads {
                workflow_id,
                count,
                variables,
                seed,
            };
            match app.client.ask::<Enrolment>(request).await {
                Ok(done) => {
                    open.set(false);
                    tell_enrolment(app, &done);
                }
                Err(refused) => problem.set(Some(refused.message)),
            }
            busy.set(false);
        });
    };
    view! {
        <Dialog open title="Generate leads">
            <form class="stack" on:submit=handler(generate)>
                <div class="field-pair">
                    <TextField label="How many" value=count error=count_error autofocus=true />
                    <TextField label="Seed" value=seed error=seed_error
                        help="The same seed gives the same leads." />
                </div>
                <PairRows pairs=variables key_name="Variable" value_name="Values" placeholder="one, two, three" />
                <p class="small muted">
                    "Each lead gets one of the values, separated by commas; {n} becomes the lead's number."
                </p>
                {move || problem.get().map(|text| view! { <p class="error-text" role="alert">{text}</p> })}
                <div class="dialog-foot">
                    <button type="button" class="button" on:click=closes(open)>"Cancel"</button>
                    <button type="submit" class="button button-primary"
                        disabled=move || busy.get() || count_error.get().is_some() || seed_error.get().is_some()>
                        {move || if busy.get() { "Generating…" } else { "Generate" }}
                    </button>
                </div>
            </form>
        </Dialog>
    }
}
