//! The list of workflows: search, filter, sort, what can be done with each, and ways to begin.

pub mod begin;
mod choices;
mod list;

use std::cmp::Ordering;

use leadline_model::WorkflowStatus;
use leadline_model::ordered;
use leadline_model::view::WorkflowSummary;
use leptos::prelude::*;

use crate::boxed::{handler, memo, opens};
use crate::components::address::Param;
use crate::components::control_flow::Show;
use crate::components::field::{SearchField, SelectField};
use crate::components::icon::Icon;
use crate::format;
use crate::lazy;
use crate::state::use_app;
use choices::{EmptyState, blank};
use list::WorkflowList;

/// After this long without an answer the page says what may help.
const LATE_MS: u32 = 10_000;

/// What the list shows.
#[derive(Clone, Copy)]
struct View {
    search: Param,
    status: Param,
    sort: Param,
}

impl View {
    fn from_address() -> View {
        View {
            search: Param::new("search"),
            status: Param::new("status"),
            sort: Param::new("sort"),
        }
    }

    fn apply(self, all: &[WorkflowSummary]) -> Vec<WorkflowSummary> {
        let search = self.search.get().to_lowercase();
        let status = self.status.get();
        let fits = |summary: &&WorkflowSummary| {
            let workflow = &summary.workflow;
            let text = format!("{} {}", workflow.title, workflow.description).to_lowercase();
            (status.is_empty() || has_status(workflow.status, &status)) && text.contains(&search)
        };
        let mut shown: Vec<WorkflowSummary> = all.iter().filter(fits).cloned().collect();
        // One sort for all orders: each closure given to it would bring a sort of its own.
        let order: fn(&WorkflowSummary, &WorkflowSummary) -> Ordering =
            match self.sort.get().as_str() {
                "title" => |a, b| {
                    let title = |summary: &WorkflowSummary| summary.workflow.title.to_lowercase();
                    title(a).cmp(&title(b))
                },
                "created" => |a, b| b.workflow.created_at.cmp(&a.workflow.created_at),
                "leads" => |a, b| b.lead_counts.total().cmp(&a.lead_counts.total()),
                _ => |a, b| b.workflow.updated_at.cmp(&a.workflow.updated_at),
            };
        ordered::sort_by(&mut shown, order);
        shown
    }
}

/// `running` is a legacy spelling of active and is found under it.
fn has_status(status: WorkflowStatus, wanted: &str) -> bool {
    status.as_str() == wanted || (wanted == "active" && status.is_active())
}

/// The list of workflows.
#[component]
pub fn WorkflowsPage() -> impl IntoView {
    crate::dom::use_title(|| "Workflows".to_owned());
    let app = use_app();
    let view = View::from_address();
    let importing = RwSignal::new(false);
    let choosing = RwSignal::new(false);
    let count = memo(move || app.workflows.with(|all| all.as_ref().map(Vec::len)));
    let shown = memo(move || {
        app.workflows
            .with(|all| all.as_ref().map(|all| view.apply(all)).unwrap_or_default())
    });
    let begin = blank();
    let making = lazy::begin();
    view! {
        <section class="page">
            <header class="page-head">
                <div>
                    <h1>"Workflows"</h1>
                    <p class="muted">
                        {move || count.get().filter(|n| *n > 0).map(|n| format::count(n as u64, "workflow", "workflows"))}
                    </p>
                </div>
                <div class="row row-tight">
                    <button type="button" class="button" on:click=opens(importing)>
                        {Icon::Upload.draw()}"Import"
                    </button>
                    <button type="button" class="button" on:click=opens(choosing)>
                        {Icon::Template.draw()}"Templates"
                    </button>
                    <button type="button" class="button button-primary" on:click=handler(move |_| begin.run(()))>
                        {Icon::Plus.draw()}"New workflow"
                    </button>
                </div>
            </header>
            {move || match count.get() {
                None => view! { <Opening /> }.into_any(),
                Some(0) => view! { <EmptyState importing choosing /> }.into_any(),
                Some(_) => view! {
                    <Toolbar view />
                    <WorkflowList shown />
                }.into_any(),
            }}
        </section>
        {lazy::dialog(importing, making, move |begin| (begin.import)(importing))}
        {lazy::dialog(choosing, making, move |begin| (begin.templates)(choosing))}
    }
}

/// Shown until the engine answered; after a while with what may help.
#[component]
fn Opening() -> impl IntoView {
    let late = RwSignal::new(false);
    gloo_timers::callback::Timeout::new(LATE_MS, move || late.set(true)).forget();
    view! {
        <p class="muted opening" role="status">"Opening your workflows…"</p>
        <Show when=move || late.get()>
            <p class="note note-warning" role="status">
                "This takes longer than usual. The browser's storage or another Leadline tab may be hard at \
                 work. If nothing happens, close the other tabs and reload this one; nothing is lost."
            </p>
        </Show>
    }
}

#[component]
fn Toolbar(
    /// What is shown.
    view: View,
) -> impl IntoView {
    let pairs = |list: &[(&str, &str)]| -> Vec<(String, String)> {
        list.iter()
            .map(|(key, words)| ((*key).to_owned(), (*words).to_owned()))
            .collect()
    };
    let mut statuses = pairs(&[("", "All statuses")]);
    let listed = WorkflowStatus::ALL
        .into_iter()
        .filter(|status| *status != WorkflowStatus::Running);
    statuses.extend(listed.map(|s| (s.as_str().to_owned(), format::words(s.as_str()))));
    let sorts = pairs(&[
        ("", "Last changed first"),
        ("created", "Newest first"),
        ("title", "By title"),
        ("leads", "Most leads first"),
    ]);
    view! {
        <div class="toolbar">
            <SearchField label="Search workflows" value=view.search.signal() on_input=view.search.setter(None) />
            <SelectField quiet=true label="Status" value=view.status.signal() options=Signal::stored(statuses)
                on_change=view.status.setter(None) />
            <SelectField quiet=true label="Sort" value=view.sort.signal() options=Signal::stored(sorts)
                on_change=view.sort.setter(None) />
        </div>
    }
}
