//! Scenarios: files that say what happens to a workflow and what must come of it, run here apart from
//! everything stored. The same file runs on the command line and in tests, with the same digest.

use leadline_protocol::{Reach, Request, ScenarioOutcome};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::components::control_flow::For;
use crate::components::file_drop::{FileDrop, read_text};
use crate::state::use_app;

/// As many bytes as a scenario may have.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// A file and what came of it.
#[derive(Clone)]
struct Done {
    number: usize,
    file: String,
    outcome: Result<ScenarioOutcome, String>,
}

/// Runs scenario files.
#[component]
pub fn ScenariosPage() -> impl IntoView {
    let app = use_app();
    crate::dom::use_title(|| "Scenarios".to_owned());
    let done = RwSignal::new(Vec::<Done>::new());
    let running = RwSignal::new(None::<String>);
    let take = move |file: web_sys::File| {
        let name = file.name();
        running.set(Some(name.clone()));
        spawn_local(async move {
            let outcome = match read_text(&file, MAX_BYTES).await {
                Ok(json) => {
                    let asked = app.client.ask(Request::RunScenario { json }).await;
                    asked.map_err(|problem| problem.message)
                }
                Err(reason) => Err(reason),
            };
            running.set(None);
            done.update(|done| {
                let number = done.len();
                let file = name;
                done.push(Done {
                    number,
                    file,
                    outcome,
                });
            });
        });
    };
    let newest_first = move || done.get().into_iter().rev().collect::<Vec<_>>();
    view! {
        <section class="page stack">
            <h1>"Scenarios"</h1>
            <p class="muted">
                "A scenario is a file: a workflow, its leads, a seed, what happens and what must come of it. \
                It runs apart from your workflows and changes none of them. Make one with “Save as scenario” \
                on a workflow\u{2019}s Simulate page."
            </p>
            <FileDrop what="a scenario" accept=".json,application/json" on_file=take />
            <div role="status">
                {move || running.get().map(|name| view! { <p class="muted">"Running “" {name} "”…"</p> })}
            </div>
            <For each=newest_first key=|done| done.number children=|done| view! { <Report done /> } />
        </section>
    }
}

#[component]
fn Report(
    /// What ran.
    done: Done,
) -> impl IntoView {
    let Done { file, outcome, .. } = done;
    match outcome {
        Err(reason) => view! {
            <article class="note note-danger" role="alert">
                <p class="strong wrap-anywhere">"“" {file} "” was not run"</p>
                <p class="wrap-anywhere">{reason}</p>
            </article>
        }
        .into_any(),
        Ok(outcome) => passed_or_not(file, outcome).into_any(),
    }
}

fn passed_or_not(file: String, outcome: ScenarioOutcome) -> impl IntoView {
    let passed = outcome.failures.is_empty();
    let class = if passed {
        "note note-good"
    } else {
        "note note-danger"
    };
    let verdict = match outcome.failures.len() {
        0 => "Passed".to_owned(),
        1 => "Failed: one thing is not as expected".to_owned(),
        many => format!("Failed: {many} things are not as expected"),
    };
    let name = format!("{file}: {verdict}");
    let failures = outcome.failures.into_iter();
    let failures = failures.map(|failure| view! { <li class="wrap-anywhere">{failure}</li> });
    view! {
        <article class=class aria-label=name>
            <p class="strong">{verdict}</p>
            <p class="wrap-anywhere">{outcome.title} " " <span class="small muted">{file}</span></p>
            <ul>{failures.collect_view()}</ul>
            <p class="small">{coverage("nodes", &outcome.nodes)}</p>
            <p class="small">{coverage("edges", &outcome.edges)}</p>
            <p class="small muted">"Digest " <code class="mono wrap-anywhere">{outcome.digest}</code></p>
        </article>
    }
}

fn coverage(what: &str, reach: &Reach) -> String {
    let Reach {
        all,
        reached,
        missed,
    } = reach;
    let names = missed.join(", ");
    let more = if *all - *reached > missed.len() as u64 {
        " and more"
    } else {
        ""
    };
    match missed.len() {
        0 => format!("All {all} {what} were reached."),
        _ => format!("{reached} of {all} {what} were reached. Not reached: {names}{more}."),
    }
}
