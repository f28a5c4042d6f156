//! Makes leads: how many, with which variables.

use leadline_model::Value;
use leadline_protocol::{Enrolment, Request, VariablePlan};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::boxed::handler;
use crate::canvas::desk::Desk;
use crate::designer::dialog::FormDialog;
use crate::designer::forms::bound::Bound;
use crate::designer::forms::controls::{Limits, NumberField, RemoveButton, TextField, rows};

/// A variable as the form holds it: its key, and its values with commas between them.
type Row = (String, String);

/// Leads made at once.
const MOST: u32 = 1_000_000;

fn plan(rows: Vec<Row>) -> Vec<VariablePlan> {
    rows.into_iter()
        .filter(|(key, _)| !key.trim().is_empty())
        .map(|(key, values)| VariablePlan {
            key: key.trim().to_owned(),
            values: values
                .split(',')
                .map(|value| Value::from_text(value.trim()))
                .collect(),
        })
        .collect()
}

/// Makes leads.
#[component]
pub fn GenerateDialog(
    /// Of which desk.
    desk: Desk,
    /// Whether it is open.
    open: RwSignal<bool>,
) -> impl IntoView {
    let count = Bound::local(100u32);
    let seed = Bound::local(1u32);
    let first: Row = ("first_name".to_owned(), "Ann, Ben, Cleo, Dan".to_owned());
    let variables = Bound::local(vec![first]);
    let refused = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let submit = move || {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        let request = Request::GenerateLeads {
            workflow_id: desk.id(),
            count: count.peek(),
            variables: plan(variables.peek()),
            seed: u64::from(seed.peek()),
        };
        spawn_local(async move {
            let answer = desk.app.client.ask::<Enrolment>(request).await;
            busy.set(false);
            match answer {
                Ok(enrolment) => {
                    refused.set(None);
                    open.set(false);
                    desk.app.toasts.info(enrolment.message);
                }
                Err(problem) => refused.set(Some(problem.message)),
            }
        });
    };
    view! {
        <FormDialog open title="Generate leads" verb="Generate" submit>
            <NumberField label="How many" value=count limits=Limits { min: 1, max: MOST } unit="leads" />
            <fieldset class="d-field">
                <legend>"Variables"</legend>
                <p class="d-note">"Values with commas between them, one drawn for each lead; {n} becomes its number."</p>
                {rows(variables, move |at| {
                    let row = variables.item(at, Row::default());
                    view! {
                        <div class="d-row">
                            <TextField label="Key" value=row.part(|r| r.0.clone(), |r, key| r.0 = key) />
                            <TextField label="Values" value=row.part(|r| r.1.clone(), |r, values| r.1 = values) />
                            <RemoveButton name=format!("Remove variable {}", at + 1)
                                on_press=move || variables.update(|v| if at < v.len() { v.remove(at); }) />
                        </div>
                    }
                })}
                <button type="button" class="d-button"
                    on:click=handler(move |_| variables.update(|v| v.push(Row::default())))>"Add variable"</button>
            </fieldset>
            <NumberField label="Seed" value=seed limits=Limits { min: 0, max: u32::MAX }
                help="The same seed makes the same leads." />
            {move || busy.get().then(|| view! { <p role="status">"Generating…"</p> })}
            {move || refused.get().map(|reason| view! { <p class="d-error" role="alert">{reason}</p> })}
        </FormDialog>
    }
}
