//! The leads of a workflow: a table with filters, and the ways to enrol more.

mod add;
mod generate;
mod table;
mod upload;
mod upload_preview;

use leadline_model::view::WorkflowSummary;
use leadline_model::{LeadStatus, NodeId, WorkflowId};
use leadline_protocol::{
    AskThere, Document, Enrolment, LeadPage, LeadQuery, LeadSort, Notice, Request,
};
use leptos::ev;
use leptos::prelude::*;

use crate::boxed::{handler, memo, opens};
use crate::components::address::Param;
use crate::components::control_flow::Show;
use crate::components::field::{SearchField, SelectField};
use crate::components::graph::{node_choices, use_document};
use crate::components::icon::Icon;
use crate::components::live::{Live, LiveProblem};
use crate::components::pager::Pager;
use crate::components::workflow_bar::{WorkflowBar, use_workflow_id};
use crate::format;
use crate::state::{AppState, use_app};
use crate::there::{Sides, Waiting, use_sides};
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

    /// A remote knows neither orders nor the filter for those to review.
    fn ask_there(self) -> AskThere {
        let status = self.status.get();
        AskThere::Leads {
            page: self.page.page(),
            limit: ROWS,
            status: (!status.is_empty()).then_some(status),
            node: NodeId::parse(&self.node.get()).ok(),
            search: self.search.get(),
        }
    }

    fn narrows(self, there: bool) -> bool {
        let review = !there && !self.review.get().is_empty();
        let set = |param: &Param| !param.get().is_empty();
        review || [self.search, self.status, self.node].iter().any(set)
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
    let sides = use_sides(id);
    let leads = sides.use_live::<LeadPage>(
        move || {
            Some(Request::ListLeads {
                query: filter.query(id.get()?),
            })
        },
        move || Some(filter.ask_there()),
        move |notice| id.with_untracked(|id| moves_leads(notice, id.as_ref())),
    );
    let (uploading, generating, adding) = (
        RwSignal::new(false),
        RwSignal::new(false),
        RwSignal::new(false),
    );
    let is_final =
        |s: &Option<WorkflowSummary>| s.as_ref().is_some_and(|s| s.workflow.status.is_final());
    let closed = memo(move || match sides.is_there() {
        true => sides.summary.data.with(is_final),
        false => summary.with(is_final),
    });
    let tool = move |icon: Icon, name: &'static str, open: RwSignal<bool>, class: &'static str| {
        view! {
            <button type="button" class=class disabled=closed on:click=opens(open)>
                {icon.draw()}{name}
            </button>
        }
    };
    let tools = move || {
        if sides.is_there() {
            view! {
                {tool(Icon::Plus, "Add lead there", adding, "button button-there")}
                {tool(Icon::Upload, "Upload leads there", uploading, "button button-there button-there-first")}
            }
            .into_any()
        } else {
            view! {
                {tool(Icon::Plus, "Add lead", adding, "button")}
                {tool(Icon::Sparkle, "Generate leads", generating, "button")}
                {tool(Icon::Upload, "Upload leads", uploading, "button button-primary")}
            }
            .into_any()
        }
    };
    view! {
        <WorkflowBar id sides>{tools}</WorkflowBar>
        <section class="page page-wide">
            <Show when=move || !sides.is_cut_off()><LiveProblem live=leads /></Show>
            <Show when=move || sides.is_there()><Waiting sides /></Show>
            <FilterBar filter document sides />
            <Found leads filter document uploading sides />
        </section>
        <UploadDialog open=uploading sides />
        <GenerateDialog open=generating workflow=id />
        <AddDialog open=adding sides />
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
    /// Where the leads are.
    sides: Sides,
) -> impl IntoView {
    let meta = memo(move || leads.data.with(|page| page.as_ref().map(|page| page.meta)));
    let empty = memo(move || meta.get().map(|meta| meta.total == 0));
    move || {
        match empty.get() {
        None if leads.problem.with(Option::is_some) => ().into_any(),
        None => view! { <p class="muted opening" role="status">"Reading leads…"</p> }.into_any(),
        Some(true) if filter.narrows(sides.is_there()) => view! {
            <div class="nothing">
                <p class="muted">"No lead fits these filters."</p>
                <button type="button" class="button" on:click=handler(move |_| filter.clear())>"Clear filters"</button>
            </div>
        }
        .into_any(),
        Some(true) => view! {
            <div class="nothing">
                <h2>{if sides.is_there() { "No leads there yet" } else { "No leads yet" }}</h2>
                <p class="muted">{if sides.is_there() {
                    "Upload a list with a phone_number column to enrol it there."
                } else {
                    "Upload a list with a phone_number column, or generate some to try the workflow."
                }}</p>
                <button type="button" class="button" class:button-primary=move || !sides.is_there()
                    class:button-there=move || sides.is_there() on:click=opens(uploading)>
                    "Choose a list"
                </button>
            </div>
        }
        .into_any(),
        Some(false) => view! {
            <LeadTable leads document sides />
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
    /// Where the leads are.
    sides: Sides,
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
    let sorts = Signal::stored(sorts);
    let nodes = memo(move || {
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
            <Show when=move || !sides.is_there()>
            <SelectField quiet=true label="Sort" value=filter.sort.signal() options=sorts
                on_change=filter.sort.setter(page) />
            <label class="check">
                <input type="checkbox" prop:checked=move || filter.review.get() == "yes"
                    on:change=handler(move |event: ev::Event| {
                        filter.page.set(String::new());
                        filter.review.set(if event_target_checked(&event) { "yes".to_owned() } else { String::new() });
                    }) />
                "Needs review"
            </label>
            </Show>
        </div>
    }
}
