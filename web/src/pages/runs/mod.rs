//! Runs of agents' workflows, newest first, and starting one.

mod start;

use leadline_model::RunStatus;
use leadline_model::run::RunDetail;
use leadline_protocol::{Notice, Request, RunQuery, Runs};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::A;

use crate::boxed::{effect, handler, memo, opens};
use crate::components::address::Param;
use crate::components::control_flow::{For, Show};
use crate::components::field::SelectField;
use crate::components::icon::Icon;
use crate::components::live::{Live, LiveProblem, use_live};
use crate::components::run::{Expires, LeadLink, RunBadge, reason, words_of};
use crate::format;
use crate::state::use_app;
pub use start::StartDialog;

const ROWS: u64 = 50;

/// Whether runs may have changed.
pub fn moves_runs(notice: &Notice) -> bool {
    matches!(notice, Notice::Runs { .. })
}

/// The runs of all agents.
#[component]
pub fn RunsPage() -> impl IntoView {
    crate::dom::use_title(|| "Runs".to_owned());
    let app = use_app();
    let (status, agent) = (Param::new("status"), Param::new("agent"));
    let starting = RwSignal::new(false);
    let query = memo(move || {
        let wanted = status.get();
        RunQuery {
            status: RunStatus::ALL
                .into_iter()
                .find(|known| known.as_str() == wanted),
            agent: Some(agent.get()).filter(|name| !name.is_empty()),
            limit: ROWS,
            ..RunQuery::default()
        }
    });
    let latest = use_live::<Runs>(
        move || Some(Request::ListRuns { query: query.get() }),
        moves_runs,
    );
    let older = use_older(latest, query);
    let all = memo(move || {
        let mut all = latest.data.get().map(|runs| runs.runs).unwrap_or_default();
        all.extend(older.runs.get());
        all
    });
    let more = move || match older.pages.get() {
        0 => latest
            .data
            .with(|runs| runs.as_ref().is_some_and(|r| r.more)),
        _ => older.more.get(),
    };
    let mut statuses = vec![(String::new(), "All statuses".to_owned())];
    statuses.extend(RunStatus::ALL.map(|s| (s.as_str().to_owned(), words_of(s).to_owned())));
    let agents = memo(move || {
        let mut list = vec![(String::new(), "All agents".to_owned())];
        let known = app.library().get().map(|l| l.agents).unwrap_or_default();
        let known = known.into_iter().filter(|a| a.workflow.is_some());
        let mut names: Vec<String> = known.map(|agent| agent.name).collect();
        // An agent that was renamed or deleted since still has runs.
        let chosen = agent.get();
        if !chosen.is_empty() && !names.contains(&chosen) {
            names.push(chosen);
        }
        list.extend(names.into_iter().map(|name| (name.clone(), name)));
        list
    });
    let empty = memo(move || {
        latest
            .data
            .with(|runs| runs.as_ref().map(|r| r.runs.is_empty()))
    });
    let narrowed = move || !status.get().is_empty() || !agent.get().is_empty();
    view! {
        <section class="page page-wide">
            <header class="page-head">
                <div>
                    <h1>"Runs"</h1>
                    <p class="muted">"What agents did step by step, newest first. A run may pause until a person answers."</p>
                </div>
                <button type="button" class="button button-primary" on:click=opens(starting)>
                    {Icon::Play.draw()}"Start a run"
                </button>
            </header>
            <div class="toolbar">
                <SelectField quiet=true label="Status" value=status.signal() options=Signal::stored(statuses)
                    on_change=status.setter(None) />
                <SelectField quiet=true label="Agent" value=agent.signal() options=agents
                    on_change=agent.setter(None) />
            </div>
            <LiveProblem live=latest />
            {move || match empty.get() {
                None => view! { <p class="muted opening" role="status">"Reading runs…"</p> }.into_any(),
                Some(true) if narrowed() => view! {
                    <div class="nothing"><p class="muted">"No run fits these filters."</p></div>
                }.into_any(),
                Some(true) => view! { <NoRuns /> }.into_any(),
                Some(false) => view! { <RunTable all /> }.into_any(),
            }}
            <Show when=more>
                <div class="row"><button type="button" class="button" disabled=move || older.busy.get()
                    on:click=handler(move |_| older.pages.update(|pages| *pages += 1))>"Load more"</button></div>
            </Show>
        </section>
        <StartDialog open=starting agent=agent.signal() />
    }
}

#[component]
fn NoRuns() -> impl IntoView {
    view! {
        <div class="nothing">
            <h2>"No run yet"</h2>
            <p class="muted">
                "An agent with a workflow of steps is started here, by an application step of a calling \
                 workflow, or by the API. "
                <A href="/agents">"See the agents"</A>
            </p>
        </div>
    }
}

/// What was loaded beyond the newest runs. Runs change as time passes: whenever the newest are read
/// again, so are these.
#[derive(Clone, Copy)]
struct Older {
    runs: RwSignal<Vec<RunDetail>>,
    pages: RwSignal<usize>,
    more: RwSignal<bool>,
    busy: RwSignal<bool>,
}

fn use_older(latest: Live<Runs>, query: Memo<RunQuery>) -> Older {
    let app = use_app();
    let older = Older {
        runs: RwSignal::new(Vec::new()),
        pages: RwSignal::new(0),
        more: RwSignal::new(false),
        busy: RwSignal::new(false),
    };
    effect(move || {
        query.track();
        older.pages.set(0);
        older.runs.set(Vec::new());
    });
    let turn = StoredValue::new(0u64);
    effect(move || {
        let pages = older.pages.get();
        let last = latest.data.with(|runs| {
            let last = runs.as_ref().and_then(|runs| runs.runs.last());
            last.map(|run| run.answer.run_id.clone())
        });
        turn.update_value(|turn| *turn += 1);
        let number = turn.get_value();
        let (true, Some(mut before)) = (pages > 0, last) else {
            return;
        };
        older.busy.set(true);
        spawn_local(async move {
            let mut found = Vec::new();
            let mut more = true;
            for _ in 0..pages {
                if !more || turn.try_get_value() != Some(number) {
                    break;
                }
                let query = RunQuery {
                    before: Some(before.clone()),
                    ..query.get_untracked()
                };
                match app.client.ask::<Runs>(Request::ListRuns { query }).await {
                    Ok(page) => {
                        more = page.more;
                        found.extend(page.runs);
                    }
                    Err(problem) => {
                        app.report(&problem);
                        break;
                    }
                }
                match found.last() {
                    Some(run) => before = run.answer.run_id.clone(),
                    None => break,
                }
            }
            // Something newer was asked meanwhile, or the page was left.
            if turn.try_get_value() == Some(number) {
                older.runs.set(found);
                older.more.set(more);
                older.busy.set(false);
            }
        });
    });
    older
}

#[component]
fn RunTable(all: Memo<Vec<RunDetail>>) -> impl IntoView {
    let key = |run: &RunDetail| format!("{} {:?}", run.answer.run_id, run.updated_at);
    view! {
        <div class="table-frame">
            <table class="table table-cards">
                <thead><tr>
                    <th scope="col">"Started"</th>
                    <th scope="col">"Agent"</th>
                    <th scope="col">"Task"</th>
                    <th scope="col">"Status"</th>
                    <th scope="col">"Lead"</th>
                    <th scope="col">"What now"</th>
                </tr></thead>
                <tbody>
                    <For each=move || all.get() key=key children=|run| view! { <RunRow run /> } />
                </tbody>
            </table>
        </div>
    }
}

#[component]
fn RunRow(run: RunDetail) -> impl IntoView {
    let output = &run.answer.output;
    let href = format!("/runs/{}", run.answer.run_id);
    let name = format!(
        "Run of {}, {}",
        run.agent_name,
        format::date_time_seconds(run.created_at)
    );
    let now = match (&output.pending_action, run.error.as_deref()) {
        (Some(action), _) => view! {
            <div>
                <p class="clamp">{action.message.clone()}</p>
                {run.expires_at.map(|at| view! { <p class="small muted">"Expires "<Expires at /></p> })}
            </div>
        }
        .into_any(),
        (None, Some(error)) => view! { <p class="clamp">{reason(error)}</p> }.into_any(),
        (None, None) if output.status == RunStatus::Completed => {
            view! { <p class="clamp mono small">{output.result.to_string()}</p> }.into_any()
        }
        (None, None) => {
            let step = output.steps.last().map(|step| format!("At {}", step.name));
            view! { <p>{step}</p> }.into_any()
        }
    };
    let status = output.status;
    view! {
        <tr>
            <td data-label="Started">{format::date_time_seconds(run.created_at)}</td>
            <th scope="row" data-label="Agent"><A href {..} class="strong" aria-label=name>{run.agent_name.clone()}</A></th>
            <td data-label="Task" class="cell-words"><span class="clamp">{run.task.clone()}</span></td>
            <td data-label="Status"><RunBadge status /></td>
            <td data-label="Lead">{match run.lead {
                Some(lead) => view! { <LeadLink lead /> }.into_any(),
                None => view! { <span class="muted">"–"</span> }.into_any(),
            }}</td>
            <td data-label="What now" class="cell-words">{now}</td>
        </tr>
    }
}
