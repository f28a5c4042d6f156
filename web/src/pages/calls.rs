//! Call logs, of one workflow or of all, and reporting a call's status by hand.

use leadline_model::view::{CallLog, Page, PageMeta};
use leadline_model::{CallStatus, Duration, Value, Variables};
use leadline_protocol::{AskThere, Notice, Request};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::A;

use super::lead::VariableList;
use crate::boxed::{closes, effect, handler, memo};
use crate::components::address::Param;
use crate::components::badge::CallBadge;
use crate::components::control_flow::{For, Show};
use crate::components::dialog::Dialog;
use crate::components::field::{SelectField, TextField};
use crate::components::live::{Live, LiveProblem};
use crate::components::pager::Pager;
use crate::components::workflow_bar::{WorkflowBar, use_workflow_id};
use crate::format;
use crate::state::use_app;
use crate::there::{Sides, use_sides};

const ROWS: u64 = 50;

/// The calls of one workflow.
#[component]
pub fn WorkflowCallsPage() -> impl IntoView {
    let app = use_app();
    let id = use_workflow_id();
    let summary = app.workflow(id);
    let sides = use_sides(id);
    crate::dom::use_title(move || {
        format!(
            "Calls · {}",
            summary.with(|s| s
                .as_ref()
                .map(|s| s.workflow.title.clone())
                .unwrap_or_default())
        )
    });
    view! {
        <WorkflowBar id sides />
        <section class="page page-wide"><Calls sides of_workflow=true /></section>
    }
}

/// The calls of all workflows, deleted ones too.
#[component]
pub fn CallsPage() -> impl IntoView {
    crate::dom::use_title(|| "Calls".to_owned());
    let sides = use_sides(memo(|| None));
    view! {
        <section class="page page-wide">
            <header class="page-head"><div>
                <h1>"Calls"</h1>
                <p class="muted">"Every call of every workflow, newest first."</p>
            </div></header>
            <Calls sides of_workflow=false />
        </section>
    }
}

#[component]
fn Calls(
    /// Where the calls were made.
    sides: Sides,
    /// Only of the workflow in the address.
    of_workflow: bool,
) -> impl IntoView {
    let id = use_workflow_id();
    let (status, page) = (Param::new("status"), Param::new("page"));
    let calls = sides.use_live::<Page<CallLog>>(
        move || {
            let workflow_id = if of_workflow { Some(id.get()?) } else { None };
            let wanted = status.get();
            let status = CallStatus::ALL
                .into_iter()
                .find(|known| known.as_str() == wanted);
            Some(Request::ListCalls {
                workflow_id,
                lead_id: None,
                status,
                page: page.page(),
                limit: ROWS,
            })
        },
        move || {
            Some(AskThere::Calls {
                page: page.page(),
                limit: ROWS,
                lead: None,
            })
        },
        |notice| {
            matches!(
                notice,
                Notice::Clock(_) | Notice::Leads { .. } | Notice::Workflow(_) | Notice::Workflows
            )
        },
    );
    let reported = RwSignal::new(None::<CallLog>);
    let meta = memo(move || calls.data.with(|page| page.as_ref().map(|page| page.meta)));
    let mut statuses = vec![(String::new(), "All statuses".to_owned())];
    statuses.extend(CallStatus::ALL.map(|s| (s.as_str().to_owned(), format::words(s.as_str()))));
    let statuses = Signal::stored(statuses);
    let total = move || {
        meta.get()
            .map(|PageMeta { total, .. }| format::count(total, "call", "calls"))
    };
    view! {
        <div class="toolbar">
            <Show when=move || !sides.is_there()>
                <SelectField quiet=true label="Status" value=status.signal() options=statuses
                    on_change=status.setter(Some(page)) />
            </Show>
            <p class="muted small">{total}</p>
        </div>
        <Show when=move || !sides.is_cut_off()><LiveProblem live=calls /></Show>
        {move || match meta.get().map(|meta| meta.total) {
            None if calls.problem.with(Option::is_some) => ().into_any(),
            None => view! { <p class="muted opening" role="status">"Reading calls…"</p> }.into_any(),
            Some(0) => view! {
                <div class="nothing"><p class="muted">
                    {if status.get().is_empty() || sides.is_there() { "No call was made yet." } else { "No call has this status." }}
                </p></div>
            }.into_any(),
            Some(_) => view! { <CallTable calls reported sides of_workflow /> }.into_any(),
        }}
        <Pager meta on_page=move |to: u64| page.set(to.to_string()) />
        <ReportDialog reported calls />
    }
}

#[component]
fn CallTable(
    /// The calls.
    calls: Live<Page<CallLog>>,
    /// The call whose status is being reported.
    reported: RwSignal<Option<CallLog>>,
    /// Where the calls were made.
    sides: Sides,
    /// Whether the workflow is known from the page.
    of_workflow: bool,
) -> impl IntoView {
    let rows = move || {
        calls.data.with(|page| {
            page.as_ref()
                .map(|page| page.data.clone())
                .unwrap_or_default()
        })
    };
    let key = |call: &CallLog| format!("{} {} {}", call.id, call.status, call.attempt);
    view! {
        <div class="table-frame">
            <table class="table table-cards">
                <thead><tr>
                    <th scope="col">"Created"</th>
                    <th scope="col">"Lead"</th>
                    {(!of_workflow).then(|| view! { <th scope="col">"Workflow"</th> })}
                    <th scope="col">"Status"</th>
                    <th scope="col">"Attempt"</th>
                    <th scope="col">"Duration"</th>
                    <th scope="col">"Analysis"</th>
                    <th scope="col"><span class="visually-hidden">"Actions"</span></th>
                </tr></thead>
                <tbody>
                    <For each=rows key=key
                        children=move |call| view! { <CallRow call reported sides of_workflow /> } />
                </tbody>
            </table>
        </div>
    }
}

#[component]
fn CallRow(
    /// The call.
    call: CallLog,
    /// The call whose status is being reported.
    reported: RwSignal<Option<CallLog>>,
    /// Where the call was made.
    sides: Sides,
    /// Whether the workflow is known from the page.
    of_workflow: bool,
) -> impl IntoView {
    let app = use_app();
    let id = match sides.workflow.get_untracked() {
        Some(id) => id,
        None => call.workflow_id.clone(),
    };
    let side = if of_workflow {
        untrack(|| sides.query())
    } else {
        ""
    };
    let href = format!("/workflows/{id}/leads/{}{side}", call.lead_id);
    let workflow = move || {
        app.workflows.with(|all| {
            let found = all
                .as_ref()?
                .iter()
                .find(|summary| summary.workflow.id == id)?;
            Some(found.workflow.title.clone())
        })
    };
    let duration = call
        .duration_seconds
        .map(|s| format::duration(Duration::seconds(s.into())));
    let analysis: Vec<String> = call
        .analysis
        .iter()
        .map(|(key, value)| format!("{key}: {value}"))
        .collect();
    // What became of a call there, its own provider reports.
    let open = !call.status.is_final() && !untrack(|| sides.is_there());
    let name = format!("Report the status of the call to {}", call.phone_number);
    let report = {
        let call = call.clone();
        move |_| reported.set(Some(call.clone()))
    };
    view! {
        <tr>
            <td data-label="Created">{format::date_time_seconds(call.created_at)}</td>
            <th scope="row" data-label="Lead"><A href={href} {..} class="mono">{call.phone_number.clone()}</A></th>
            {(!of_workflow).then(|| view! {
                <td data-label="Workflow" class="cell-words">
                    {move || workflow().unwrap_or_else(|| "Deleted".to_owned())}
                </td>
            })}
            <td data-label="Status"><CallBadge status=call.status /></td>
            <td data-label="Attempt">{call.attempt}</td>
            <td data-label="Duration">{duration.unwrap_or_else(|| "–".to_owned())}</td>
            <td data-label="Analysis" class="cell-words small muted">{analysis.join(", ")}</td>
            <td class="cell-tools">
                {open.then(|| view! {
                    <button type="button" class="button button-small" aria-label=name on:click=handler(report)>
                        "Report status"
                    </button>
                })}
            </td>
        </tr>
    }
}

/// Reads lines of `key: value`.
fn read_analysis(text: &str) -> Result<Variables, String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines
        .map(|line| match line.split_once(':') {
            Some((key, value)) if !key.trim().is_empty() => {
                Ok((key.trim().to_owned(), Value::from_text(value.trim())))
            }
            _ => Err(format!("“{line}” is not of the form key: value")),
        })
        .collect()
}

#[component]
fn ReportDialog(
    /// The call whose status is being reported.
    reported: RwSignal<Option<CallLog>>,
    /// To be asked again afterwards.
    calls: Live<Page<CallLog>>,
) -> impl IntoView {
    let app = use_app();
    let open = RwSignal::new(false);
    let status = RwSignal::new(CallStatus::Completed.as_str().to_owned());
    let analysis = RwSignal::new(String::new());
    let problem = RwSignal::new(None::<String>);
    effect(move || {
        if reported.get().is_some() {
            problem.set(None);
            open.set(true);
        }
    });
    let error = Signal::derive(move || analysis.with(|text| read_analysis(text)).err());
    let act = move |_| {
        let chosen = status.get_untracked();
        let chosen = CallStatus::ALL
            .into_iter()
            .find(|known| known.as_str() == chosen);
        let (Some(call), Some(status)) = (reported.get_untracked(), chosen) else {
            return;
        };
        let Ok(analysis) = read_analysis(&analysis.get_untracked()) else {
            return;
        };
        problem.set(None);
        spawn_local(async move {
            let request = Request::ReportCall {
                call_id: call.id,
                status,
                analysis,
            };
            match app.client.ask::<CallLog>(request).await {
                Ok(_) => {
                    open.set(false);
                    calls.refresh();
                }
                Err(refused) => problem.set(Some(refused.message)),
            }
        });
    };
    let options: Vec<(String, String)> = CallStatus::ALL
        .map(|s| (s.as_str().to_owned(), format::words(s.as_str())))
        .to_vec();
    let options = Signal::stored(options);
    let known = move || {
        reported.with(|call| {
            call.as_ref()
                .map(|call| call.analysis.clone())
                .unwrap_or_default()
        })
    };
    view! {
        <Dialog open title="Report status">
            <div class="stack">
                <p class="muted">"Tells the engine what became of the call, as its provider would."</p>
                <SelectField label="Status" value=status options on_change=move |to: String| status.set(to) />
                <TextField label="Analysis" value=analysis error placeholder="interested: true"
                    help="key: value, one finding of the conversation" />
                {move || (!known().is_empty()).then(|| view! { <VariableList variables=known() /> })}
                {move || problem.get().map(|text| view! { <p class="error-text" role="alert">{text}</p> })}
            </div>
            <div class="dialog-foot">
                <button type="button" class="button" on:click=closes(open)>"Cancel"</button>
                <button type="button" class="button button-primary" on:click=handler(act)
                    disabled=move || error.get().is_some()>"Report"</button>
            </div>
        </Dialog>
    }
}
