//! One lead: why it is here, its path, its variables, and what an operator can do with it.

mod actions;
mod timeline;

use leadline_model::view::{CallLog, LeadHistory, Page, WhyCode};
use leadline_model::{LeadId, Variables};
use leadline_protocol::{AskThere, Document, Request, RunQuery, Runs};
use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::hooks::use_params_map;

use super::leads::moves_leads;
use super::runs::moves_runs;
use crate::boxed::memo;
use crate::components::badge::LeadBadge;
use crate::components::control_flow::Show;
use crate::components::graph::{name_of, use_document};
use crate::components::live::{Live, LiveProblem, use_live};
use crate::components::workflow_bar::{WorkflowBar, use_workflow_id};
use crate::format;
use crate::there::{Sides, use_sides};
use actions::Actions;
use timeline::Timeline;

/// Calls of one lead that are looked up; a lead with more shows the newest ones in full.
const CALLS: u64 = 100;

/// One lead.
#[component]
pub fn LeadPage() -> impl IntoView {
    let id = use_workflow_id();
    let params = use_params_map();
    let lead_id = memo(move || params.with(|params| LeadId::parse(&params.get("lead")?).ok()));
    let document = use_document(id);
    let sides = use_sides(id);
    let wakes = move |notice: &leadline_protocol::Notice| {
        id.with_untracked(|id| moves_leads(notice, id.as_ref()))
    };
    let history = sides.use_live::<Box<LeadHistory>>(
        move || {
            Some(Request::GetLead {
                workflow_id: id.get()?,
                lead_id: lead_id.get()?,
            })
        },
        move || Some(AskThere::Lead(lead_id.get()?)),
        wakes,
    );
    let calls = sides.use_live::<Page<CallLog>>(
        move || {
            Some(Request::ListCalls {
                workflow_id: Some(id.get()?),
                lead_id: Some(lead_id.get()?),
                status: None,
                page: 1,
                limit: CALLS,
            })
        },
        move || {
            Some(AskThere::Calls {
                page: 1,
                limit: CALLS,
                lead: Some(lead_id.get()?),
            })
        },
        wakes,
    );
    let runs = use_live::<Runs>(
        move || {
            // A remote does not tell of runs.
            if !sides.is_here() {
                return None;
            }
            let query = RunQuery {
                lead_id: Some(lead_id.get()?),
                limit: CALLS,
                ..RunQuery::default()
            };
            Some(Request::ListRuns { query })
        },
        moves_runs,
    );
    crate::dom::use_title(move || {
        history.data.with(|h| {
            h.as_ref().map_or("Lead".to_owned(), |h| {
                format!("Lead {}", h.lead.phone_number)
            })
        })
    });
    let back = move || {
        format!(
            "/workflows/{}/leads{}",
            id.get().map(|id| id.to_string()).unwrap_or_default(),
            sides.query()
        )
    };
    view! {
        <WorkflowBar id sides />
        <section class="page">
            <p><A href={back} {..} class="back-link">"← All leads"</A></p>
            <Show when=move || !sides.is_cut_off()><LiveProblem live=history /></Show>
            {move || match history.data.get() {
                None => history.problem.get().is_none().then(|| view! {
                    <p class="muted opening" role="status">"Reading the lead…"</p>
                }).into_any(),
                Some(shown) => view! { <Shown history=*shown live=history document calls runs sides /> }.into_any(),
            }}
        </section>
    }
}

#[component]
fn Shown(
    /// The lead with its path.
    history: LeadHistory,
    /// To be asked again after an action.
    live: Live<Box<LeadHistory>>,
    /// The graph.
    document: Live<Document>,
    /// Its calls.
    calls: Live<Page<CallLog>>,
    /// Runs of agents that were started for it.
    runs: Live<Runs>,
    /// Where it is.
    sides: Sides,
) -> impl IntoView {
    let lead = history.lead.clone();
    let execution = history.execution.clone();
    let node = execution
        .as_ref()
        .and_then(|execution| execution.current_node_id.clone());
    let at = move || {
        node.as_ref()
            .map(|id| document.data.with(|document| name_of(document, id)))
    };
    let since = execution
        .as_ref()
        .and_then(|execution| execution.entered_at)
        .map(format::date_time);
    let release = execution
        .as_ref()
        .and_then(|execution| execution.release_at)
        .map(format::date_time);
    let waits_for_run = matches!(
        history.why.code,
        WhyCode::RunInProgress | WhyCode::WaitingForPerson
    );
    let over = lead.status.is_final() || lead.removed;
    // Nothing but enrolling and the workflow's status is changed there from here.
    let there = untrack(|| sides.is_there());
    view! {
        <header class="lead-head">
            <h2 class="lead-number mono">{lead.phone_number.clone()}</h2>
            <LeadBadge lead=lead.clone() />
        </header>
        <section class="why" class:why-review=lead.review_required aria-label="Why is this lead here?">
            <h3>"Why is this lead here?"</h3>
            <p class="why-text">{format::localized(&history.why.message)}</p>
            {(waits_for_run && !there).then(|| view! { <CurrentRun runs /> })}
            <dl class="why-facts">
                {move || at().map(|name| view! {
                    <div><dt>{if over { "Ended at" } else { "Stands at" }}</dt><dd>{name}</dd></div>
                })}
                {since.map(|since| view! { <div><dt>"Since"</dt><dd>{since}</dd></div> })}
                {(!over).then_some(release).flatten().map(|at| view! {
                    <div><dt>"Planned to leave"</dt><dd>{at}</dd></div>
                })}
                <div><dt>"Enrolled"</dt><dd>{format::date_time(lead.created_at)}</dd></div>
            </dl>
            {(!over && !there).then(|| view! { <Actions history=history.clone() live document /> })}
        </section>
        <div class="lead-columns">
            <section aria-labelledby="lead-path">
                <h2 id="lead-path">"Path"</h2>
                <Timeline visits=history.history.clone() document calls runs />
            </section>
            <section aria-labelledby="lead-variables">
                <h2 id="lead-variables">"Variables"</h2>
                <VariableList variables=lead.dynamic_variables />
            </section>
        </div>
    }
}

/// The way to the run a lead waits for, and what to do there.
#[component]
fn CurrentRun(runs: Live<Runs>) -> impl IntoView {
    let current = memo(move || {
        runs.data.with(|runs| {
            let mut runs = runs.as_ref()?.runs.iter();
            let open = runs.find(|run| !run.answer.output.status.is_final())?;
            let asks = open.answer.output.pending_action.is_some();
            Some((open.answer.run_id.to_string(), asks))
        })
    });
    move || {
        current.get().map(|(id, asks)| {
            let words = if asks { "Answer it" } else { "See the run" };
            let href = format!("/runs/{id}");
            view! { <p><A href {..} class="button">{words}</A></p> }
        })
    }
}

/// Keys and values.
#[component]
pub fn VariableList(
    /// What to list.
    variables: Variables,
) -> impl IntoView {
    if variables.is_empty() {
        return view! { <p class="muted small">"None"</p> }.into_any();
    }
    let row = |(key, value): (String, leadline_model::Value)| {
        view! { <div><dt class="mono">{key}</dt><dd class="wrap-anywhere">{value.to_string()}</dd></div> }
    };
    view! { <dl class="variables">{variables.into_iter().map(row).collect_view()}</dl> }.into_any()
}
