//! What an operation can answer, and how to see each refusal.

use leadline_boxed::handler;
use leptos::prelude::*;

use super::act;
use super::answer::status_class;
use super::desk::Desk;
use super::words::words;
use crate::document::Operation;
use crate::meaning;
use crate::provoke;

/// Every status the document names, with a button for those that can be brought about.
#[component]
pub fn Errors(desk: Desk, operation: Operation) -> impl IntoView {
    let operation = StoredValue::new(operation);
    let lines = move || {
        let operation = operation.get_value();
        let ways = desk.known.with(|known| provoke::all(&operation, known));
        let lines = operation.responses.into_iter().map(|response| {
            let status = response.status;
            let way = ways.iter().find(|way| way.status == status).cloned();
            let button = way.map(|way| {
                let (label, says) = (format!("Provoke {status}"), way.says.clone());
                view! {
                    <p class="small muted">{says}
                        <button type="button" class="plain" on:click=handler(move |_| act::provoke(desk, way.clone()))>{label}</button>
                    </p>
                }
            });
            view! {
                <li>
                    <strong class=status_class(status)>{status} " " {meaning::name(status)}</strong>
                    <div><p class="small">{words(meaning::of_status(status))}</p>{button}</div>
                </li>
            }
        });
        lines.collect_view()
    };
    view! {
        <details class="errors">
            <summary>"Possible answers, and how to provoke the errors"</summary>
            <p class="small muted">"Provoking sends real requests, also those that set the stage; all are in the log."</p>
            <ul>{lines}</ul>
        </details>
    }
}
