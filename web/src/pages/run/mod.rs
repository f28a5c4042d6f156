//! One run: where it stands, what it waits for, its steps on a timeline, what a client gets of it.

mod timeline;

use leadline_model::run::{RunDetail, RunStatus};
use leadline_model::{RunId, Variables};
use leadline_protocol::{Problem, ProblemCode, Request};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::A;
use leptos_router::hooks::use_params_map;

use super::lead::VariableList;
use super::runs::moves_runs;
use crate::boxed::{clipboard, handler, memo};
use crate::components::icon::Icon;
use crate::components::live::{Live, LiveProblem, use_live};
use crate::components::reply::Reply;
use crate::components::run::{Expires, LeadLink, RunBadge, WorkflowLink, reason};
use crate::state::{AppState, use_app};
use crate::{dom, format};
use timeline::Timeline;

/// One run.
#[component]
pub fn RunPage() -> impl IntoView {
    let params = use_params_map();
    let id = memo(move || params.with(|params| RunId::parse(&params.get("id")?).ok()));
    let run = use_live::<Box<RunDetail>>(
        move || Some(Request::GetRun { run_id: id.get()? }),
        moves_runs,
    );
    dom::use_title(move || {
        let agent = run
            .data
            .with(|run| run.as_ref().map(|run| run.agent_name.clone()));
        agent.map_or("Run".to_owned(), |agent| format!("Run of {agent}"))
    });
    let gone = memo(move || {
        let problem = run.problem.get();
        id.get().is_none() || problem.is_some_and(|p| p.code == ProblemCode::NotFound)
    });
    // An answer that is being typed must outlive what else happens to the run.
    let known = memo(move || run.data.with(Option::is_some));
    view! {
        <section class="page">
            <p><A href="/runs" {..} class="back-link">"← All runs"</A></p>
            {move || match gone.get() {
                true => view! {
                    <p class="note note-warning" role="alert">"There is no run at this address."</p>
                }.into_any(),
                false => view! { <LiveProblem live=run /> }.into_any(),
            }}
            {move || match known.get() {
                true => view! { <Shown run /> }.into_any(),
                false => (!gone.get() && run.problem.with(Option::is_none)).then(|| view! {
                    <p class="muted opening" role="status">"Reading the run…"</p>
                }).into_any(),
            }}
        </section>
    }
}

#[component]
fn Shown(run: Live<Box<RunDetail>>) -> impl IntoView {
    // The parts are drawn anew only when they change, so that what is being typed stays.
    macro_rules! part {
        ($run:ident => $read:expr) => {
            memo(move || run.data.with(|run| run.as_ref().map(|$run| $read)))
        };
    }
    let head = part!(run => (run.agent_name.clone(), run.answer.output.status));
    let waits = part!(run => (
        run.answer.run_id.clone(), run.answer.output.pending_action.clone(), run.expires_at
    ));
    let facts = part!(run => (
        run.agent_id.clone(), run.agent_name.clone(), run.answer.run_id.clone(), run.lead.clone(),
        run.created_at, run.updated_at, run.error.clone(), run.task.clone()
    ));
    let answered = move |_: Result<RunDetail, Problem>| run.refresh();
    let state = part!(run => run.state.clone());
    let steps = part!(run => run.timeline.clone());
    let result = part!(run => (run.answer.output.status == RunStatus::Completed)
        .then(|| run.answer.output.result.clone()));
    view! {
        {move || head.get().map(|(agent, status)| view! {
            <header class="lead-head">
                <h1 class="wrap-anywhere">{format!("Run of {agent}")}</h1>
                <RunBadge status />
                <span class="grow"></span>
                {(!status.is_final()).then(|| view! { <CancelButton run /> })}
            </header>
        })}
        {move || waits.get().and_then(|(id, action, expires)| {
            let action = action?;
            let assignee = action.assignee.clone();
            Some(view! {
                <section class="why why-review" aria-label="What it waits for">
                    <h2 class="label muted">"Waits for an answer"</h2>
                    <p class="why-text">{action.message.clone()}</p>
                    <dl class="why-facts">
                        {assignee.map(|who| view! { <div><dt>"Asked"</dt><dd>{who}</dd></div> })}
                        {expires.map(|at| view! { <div><dt>"Expires"</dt><dd><Expires at /></dd></div> })}
                    </dl>
                    <Reply run=id action done=answered />
                </section>
            })
        })}
        {move || facts.get().map(|(agent_id, agent, id, lead, created, updated, error, task)| view! {
            <section class="card stack">
                {error.map(|error| view! {
                    <p class="note note-danger">{reason(&error)}</p>
                })}
                <p class="run-task">{if task.is_empty() { "No task was given.".to_owned() } else { task }}</p>
                <dl class="why-facts">
                    <div><dt>"Agent"</dt><dd><A href=format!("/agents/{agent_id}")>{agent}</A></dd></div>
                    {lead.map(|lead| view! {
                        <div><dt>"Lead"</dt><dd><LeadLink lead=lead.clone() /></dd></div>
                        <div><dt>"Workflow"</dt><dd><WorkflowLink lead /></dd></div>
                    })}
                    <div><dt>"Started"</dt><dd>{format::date_time_seconds(created)}</dd></div>
                    <div><dt>"Last change"</dt><dd>{format::date_time_seconds(updated)}</dd></div>
                    <div><dt>"Run"</dt><dd class="mono">{id.to_string()}</dd></div>
                </dl>
            </section>
        })}
        <div class="lead-columns">
            <section aria-labelledby="run-steps">
                <h2 id="run-steps">"Steps"</h2>
                {move || steps.get().map(|steps| view! { <Timeline steps /> })}
            </section>
            <section aria-labelledby="run-state">
                {move || result.get().flatten().map(|value| {
                    let fields: Variables = match value {
                        leadline_model::Value::Map(fields) => fields,
                        other => [("result".to_owned(), other)].into(),
                    };
                    view! { <h2>"Result"</h2><VariableList variables=fields /> }
                })}
                <h2 id="run-state">"State"</h2>
                {move || state.get().map(|variables| view! { <VariableList variables /> })}
            </section>
        </div>
        <Raw run />
    }
}

#[component]
fn CancelButton(run: Live<Box<RunDetail>>) -> impl IntoView {
    let app = use_app();
    let ask = move |_| {
        let known = run.data.with_untracked(|run| {
            let run = run.as_ref()?;
            Some((
                run.answer.run_id.clone(),
                run.agent_name.clone(),
                run.lead.is_some(),
            ))
        });
        let Some((run_id, agent, has_lead)) = known else {
            return;
        };
        let text = match has_lead {
            true => {
                "No further step is done and nobody is asked any more. The lead that waits for it goes on by FAILURE. What was done stays on record. This cannot be undone."
            }
            false => {
                "No further step is done and nobody is asked any more. What was done stays on record. This cannot be undone."
            }
        };
        app.confirm(
            format!("Cancel this run of {agent}?"),
            text,
            "Cancel run",
            move || {
                let run_id = run_id.clone();
                app.run(Request::CancelRun { run_id }, move |_: Box<RunDetail>| {
                    app.toasts.info("The run was cancelled.");
                    run.refresh();
                });
            },
        );
    };
    view! { <button type="button" class="button button-danger" on:click=handler(ask)>"Cancel run"</button> }
}

/// What a client of the API gets.
#[component]
fn Raw(run: Live<Box<RunDetail>>) -> impl IntoView {
    let app = use_app();
    let text = memo(move || {
        run.data.with(|run| {
            let answer = run.as_ref().map(|run| &run.answer);
            answer.and_then(|answer| serde_json::to_string_pretty(answer).ok())
        })
    });
    let path = move || {
        run.data.with(|run| {
            let id = run.as_ref().map(|run| run.answer.run_id.to_string());
            format!("GET /v1/workflow-runs/{}", id.unwrap_or_default())
        })
    };
    view! {
        <details class="call-card">
            <summary><span class="strong">"As the API answers"</span></summary>
            <div class="stack">
                <div class="row spread">
                    <code class="wrap-anywhere">{path}</code>
                    <button type="button" class="button button-small"
                        on:click=handler(move |_| copy(app, text.get_untracked().unwrap_or_default()))>
                        {Icon::Copy.draw()}"Copy JSON"
                    </button>
                </div>
                <pre>{move || text.get()}</pre>
            </div>
        </details>
    }
}

fn copy(app: AppState, text: String) {
    spawn_local(async move {
        if clipboard::copy(&text).await {
            app.toasts.info("Copied.");
        } else {
            app.toasts
                .error("The browser keeps its clipboard to itself. Select the text and copy it.");
        }
    });
}
