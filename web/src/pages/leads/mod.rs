//! The leads of a workflow: a table with filters, and the ways to enrol more.

mod add;
mod generate;
mod table;
mod upload;
mod upload_preview;

use leadline_model::{LeadStatus, NodeId, WorkflowId};
use leadline_protocol::{Document, Enrolment, LeadPage, LeadQuery, LeadSort, Notice, Request};
use leptos::prelude::*;

use crate::components::address::Param;
use crate::components::field::{SearchField, SelectField};
use crate::components::graph::{node_choices, use_document};
use crate::components::icon::Icon;
use crate::components::live::{Live, LiveProblem, use_live};
use crate::components::pager::Pager;
use crate::components::workflow_bar::{WorkflowBar, use_workflow_id};
use crate::format;
use crate::state::{AppState, use_app};
use add::AddDialog;
pub use add::phone_error;
use generate::GenerateDialog;
use table::LeadTable;
use upload::UploadDialog;

const ROWS: u64 = 50;

/// What the table shows, kept in the address.
#[derive(Clone, Copy)]
struct Filter {
    search: Param,
    status: Param,
    node: Param,
    review: Param,
    sort: Param,
    page: Param,
}

impl Filter {
    fn from_address() -> Filter {
        Filter {
            search: Param::new("search"),
            status: Param::new("status"),
            node: Param::new("node"),
            review: Param::new("review"),
            sort: Param::new("sort"),
            page: Param::new("page"),
        }
    }

    fn query(self, workflow_id: WorkflowId) -> LeadQuery {
        let status = self.status.get();
        LeadQuery {
            workflow_id,
            status: LeadStatus::ALL
                .into_iter()
                .find(|known| known.as_str() == status),
            current_node_id: NodeId::parse(&self.node.get()).ok(),
            review_required: (self.review.get() == "yes").then_some(true),
            search: self.search.get(),
            sort: match self.sort.get().as_str() {
                "phone" => LeadSort::PhoneNumber,
                "status" => LeadSort::Status,
                "node" => LeadSort::Node,
                _ => LeadSort::Enrolled,
            },
            page: self.page.page(),
            limit: ROWS,
        }
    }

    fn narrows(self) -> bool {
        [self.search, self.status, self.node, self.review]
            .iter()
            .any(|param| !param.get().is_empty())
    }

    fn clear(self) {
        for param in [self.search, self.status, self.node, self.review, self.page] {
            param.set(String::new());
        }
    }
}

/// Whether leads of this workflow may have changed.
pub fn moves_leads(notice: &Notice, id: Option<&WorkflowId>) -> bool {
    match notice {
        Notice::Clock(_) => true,
        Notice::Leads { workflow_id } => Some(workflow_id) == id,
        Notice::Workflow(summary) => Some(&summary.workflow.id) == id,
        _ => false,
    }
}

/// Tells what an enrolment did.
pub fn tell_enrolment(app: AppState, done: &Enrolment) {
    let enrolled = format::count(
        done.leads_enrolled,
        "lead was enrolled",
        "leads were enrolled",
    );
    let skipped = match done.leads_skipped {
        0 => String::new(),
        1 => "; 1 was skipped, its number is enrolled already".to_owned(),
        n => format!(
            "; {} were skipped, their numbers are enrolled already",
            format::number(n)
        ),
    };
    app.toasts.info(format!("{enrolled}{skipped}."));
}

/// The leads of a workflow.
#[component]
pub fn LeadsPage() -> impl IntoView {
    let app = use_app();
    let id = use_workflow_id();
    let summary = app.workflow(id);
    crate::dom::use_title(move || {
        format!(
            "Leads · {}",
            summary.with(|s| s
                .as_ref()
                .map(|s| s.workflow.title.clone())
                .unwrap_or_default())
        )
    });
    let filter = Filter::from_address();
    let document = use_document(id);
    let leads = use_live::<LeadPage>(
        move || {
            Some(Request::ListLeads {
                query: filter.query(id.get()?),
            })
        },
        move |notice| id.with_untracked(|id| moves_leads(notice, id.as_ref())),
    );
    let (uploading, generating, adding) = (
        RwSignal::new(false),
        RwSignal::new(false),
        RwSignal::new(false),
    );
    let closed = Memo::new(move |_| {
        summary.with(|s| s.as_ref().is_some_and(|s| s.workflow.status.is_final()))
    });
    let tool = move |icon: Icon, name: &'static str, open: RwSignal<bool>, class: &'static str| {
        view! {
            <button type="button" class=class disabled=closed on:click=move |_| open.set(true)>
                {icon.draw()}{name}
            </button>
        }
    };
    view! {
        <WorkflowBar id>
            {tool(Icon::Plus, "Add lead", adding, "button")}
            {tool(Icon::Sparkle, "Generate leads", generating, "button")}
            {tool(Icon::Upload, "Upload leads", uploading, "button button-primary")}
        </WorkflowBar>
        <section class="page page-wide">
            <LiveProblem live=leads />
            <FilterBar filter document />
            <Found leads filter document uploading />
        </section>
        <UploadDialog open=uploading workflow=id />
        <GenerateDialog open=generating workflow=id />
        <AddDialog open=adding workflow=id />
    }
}

#[component]
fn Found(
    /// The page of leads.
    leads: Live<LeadPage>,
    /// What it was filtered by.
    filter: Filter,
    /// The graph.
    document: Live<Document>,
    /// Opens the upload dialog.
    uploading: RwSignal<bool>,
) -> impl IntoView {
    let meta = Memo::new(move |_| leads.data.with(|page| page.as_ref().map(|page| page.meta)));
    let empty = Memo::new(move |_| meta.get().map(|meta| meta.total == 0));
    move || {
        match empty.get() {
        None => view! { <p class="muted opening" role="status">"Reading leads…"</p> }.into_any(),
        Some(true) if filter.narrows() => view! {
            <div class="nothing">
                <p class="muted">"No lead fits these filters."</p>
                <button type="button" class="button" on:click=move |_| filter.clear()>"Clear filters"</button>
            </div>
        }
        .into_any(),
        Some(true) => view! {
            <div class="nothing">
                <h2>"No leads yet"</h2>
                <p class="muted">"Upload a list with a phone_number column, or generate some to try the workflow."</p>
                <button type="button" class="button button-primary" on:click=move |_| uploading.set(true)>
                    "Choose a list"
                </button>
            </div>
        }
        .into_any(),
        Some(false) => view! {
            <LeadTable leads document />
            <Pager meta on_page=move |page: u64| filter.page.set(page.to_string()) />
        }
        .into_any(),
    }
    }
}

#[component]
fn FilterBar(
    /// What the table shows.
    filter: Filter,
    /// The graph.
    document: Live<Document>,
) -> impl IntoView {
    let with_all = |all: &str, mut rest: Vec<(String, String)>| {
        rest.insert(0, (String::new(), all.to_owned()));
        rest
    };
    let pairs = |list: &[(&str, &str)]| -> Vec<(String, String)> {
        list.iter()
            .map(|(key, words)| ((*key).to_owned(), (*words).to_owned()))
            .collect()
    };
    let statuses = pairs(&[
        ("", "All statuses"),
        ("pending", "Pending"),
        ("active", "Active"),
        ("completed", "Converted"),
        ("dropped", "Dropped"),
    ]);
    let sorts = pairs(&[
        ("", "As enrolled"),
        ("phone", "By number"),
        ("status", "By status"),
        ("node", "By node"),
    ]);
    let nodes = Memo::new(move |_| {
        document
            .data
            .with(|d| with_all("All nodes", node_choices(d)))
    });
    let page = Some(filter.page);
    view! {
        <div class="toolbar">
            <SearchField label="Search leads" value=filter.search.signal() on_input=filter.search.setter(page) />
            <SelectField quiet=true label="Status" value=filter.status.signal() options=Signal::stored(statuses)
                on_change=filter.status.setter(page) />
            <SelectField quiet=true label="Node" value=filter.node.signal() options=nodes
                on_change=filter.node.setter(page) />
            <SelectField quiet=true label="Sort" value=filter.sort.signal() options=Signal::stored(sorts)
                on_change=filter.sort.setter(page) />
            <label class="check">
                <input type="checkbox" prop:checked=move || filter.review.get() == "yes"
                    on:change=move |event| {
                        filter.page.set(String::new());
                        filter.review.set(if event_target_checked(&event) { "yes".to_owned() } else { String::new() });
                    } />
                "Needs review"
            </label>
        </div>
    }
}
