//! One row for each workflow, with what can be done with it.

use leadline_model::view::WorkflowSummary;
use leadline_protocol::{ExportedFile, Request};
use leptos::prelude::*;
use leptos_router::components::A;

use crate::boxed::handler;
use crate::components::control_flow::{For, Show};
use crate::components::icon::Icon;
use crate::components::lead_bar::LeadBar;
use crate::components::workflow_bar::StatusBadge;
use crate::format;
use crate::remotes::link::LinkButton;
use crate::remotes::mark::LinkWords;
use crate::state::{AppState, use_app};

/// The rows.
#[component]
pub fn WorkflowList(
    /// The workflows to show, in this order.
    shown: Memo<Vec<WorkflowSummary>>,
) -> impl IntoView {
    view! {
        <Show when=move || shown.with(|shown| !shown.is_empty())
            fallback=|| view! { <p class="muted nothing">"No workflow fits this search."</p> }>
            <ul class="workflow-list">
                // The whole summary is the key: a row is drawn anew when anything in it changes.
                <For each=move || shown.get() key=row_key children=|summary| view! { <Row summary /> } />
            </ul>
        </Show>
    }
}

fn row_key(summary: &WorkflowSummary) -> String {
    let WorkflowSummary {
        workflow,
        lead_counts: counts,
        node_count,
        ..
    } = summary;
    format!(
        "{} {} {} {node_count} {counts:?}",
        workflow.id, workflow.updated_at, workflow.status
    )
}

#[component]
fn Row(
    /// Which workflow.
    summary: WorkflowSummary,
) -> impl IntoView {
    let workflow = summary.workflow.clone();
    let steps = format::count(summary.node_count as u64, "step", "steps");
    let page = |tail: &str| format!("/workflows/{}{tail}", workflow.id);
    let title = workflow.title.clone();
    view! {
        <li class="workflow-row">
            <div class="workflow-row-name">
                <h2><A href=page("") {..} class="workflow-link">{workflow.title.clone()}</A></h2>
                <p class="small muted clamp">
                    {if workflow.description.is_empty() { steps } else { workflow.description.clone() }}
                </p>
                <LinkWords id=workflow.id.clone() />
            </div>
            <div class="workflow-row-status"><StatusBadge status=workflow.status /></div>
            <div class="workflow-row-leads"><LeadBar counts=summary.lead_counts /></div>
            <p class="workflow-row-time small muted" title="Last changed, simulated time">
                {format::date_time(workflow.updated_at)}
            </p>
            <div class="workflow-row-tools">
                <A href=page("/simulate") {..} class="icon-button" title="Simulate"
                    aria-label=format!("Simulate {title}")>{Icon::Play.draw()}</A>
                <A href=page("/leads") {..} class="icon-button" title="Leads"
                    aria-label=format!("Leads of {title}")>{Icon::Leads.draw()}</A>
                <LinkButton id=Signal::stored(Some(workflow.id.clone())) title=title.clone() small=true />
                <RowTools summary />
            </div>
        </li>
    }
}

#[component]
fn RowTools(
    /// Which workflow.
    summary: WorkflowSummary,
) -> impl IntoView {
    let app = use_app();
    let id = summary.workflow.id;
    let title = summary.workflow.title;
    let active = summary.workflow.status.is_active();
    let leads = summary.lead_counts.total();
    let duplicate = {
        let id = id.clone();
        move |_| {
            app.run(
                Request::Duplicate {
                    workflow_id: id.clone(),
                },
                move |copy: WorkflowSummary| {
                    app.toasts
                        .info(format!("“{}” was created.", copy.workflow.title));
                },
            );
        }
    };
    let export = {
        let id = id.clone();
        move |_| {
            let request = Request::ExportWorkflow {
                workflow_id: id.clone(),
            };
            app.run(request, move |file: ExportedFile| app.save_file(&file));
        }
    };
    let delete = {
        let title = title.clone();
        move |_| ask_to_delete(app, &id, &title, leads)
    };
    let why_not = if active {
        "Pause or cancel the workflow before deleting it"
    } else {
        "Delete"
    };
    view! {
        <button type="button" class="icon-button" title="Duplicate" aria-label=format!("Duplicate {title}")
            on:click=handler(duplicate)>{Icon::Copy.draw()}</button>
        <button type="button" class="icon-button" title="Export" aria-label=format!("Export {title}")
            on:click=handler(export)>{Icon::Download.draw()}</button>
        <button type="button" class="icon-button" title=why_not aria-label=format!("Delete {title}")
            disabled=active on:click=handler(delete)>{Icon::Trash.draw()}</button>
    }
}

fn ask_to_delete(app: AppState, id: &leadline_model::WorkflowId, title: &str, leads: u64) {
    let text = if leads == 0 {
        "The workflow and its history go; its call logs stay. This cannot be undone.".to_owned()
    } else {
        let leads = format::count(leads, "lead", "leads");
        format!(
            "The workflow, its {leads} and their history go; its call logs stay. This cannot be undone."
        )
    };
    let (id, name) = (id.clone(), title.to_owned());
    app.confirm(
        format!("Delete “{title}”?"),
        &text,
        "Delete",
        move || {
            let name = name.clone();
            app.run(
                Request::DeleteWorkflow {
                    workflow_id: id.clone(),
                },
                move |()| {
                    app.toasts.info(format!("“{name}” was deleted."));
                },
            );
        },
    );
}
