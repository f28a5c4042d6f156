//! The head of every page of one workflow: its title, status, the tabs between its pages, and room
//! for the page's own tools.

use leadline_model::{WorkflowId, WorkflowStatus};
use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::hooks::use_params_map;

use crate::boxed::{memo, pressed};
use crate::components::control_flow::Show;
use crate::format;
use crate::remotes::mark::LinkMark;
use crate::state::use_app;
use crate::there::{SideSwitch, Sides, Strip};

/// The workflow named in the address; `None` when the text there cannot be an id.
pub fn use_workflow_id() -> Memo<Option<WorkflowId>> {
    let params = use_params_map();
    memo(move || params.with(|params| WorkflowId::parse(&params.get("id")?).ok()))
}

/// A status as a coloured word.
#[component]
pub fn StatusBadge(
    /// Which.
    status: WorkflowStatus,
) -> impl IntoView {
    let class = format!("badge badge-{}", status.as_str());
    view! { <span class=class>{format::words(status.as_str())}</span> }
}

/// The head of a workflow's page. Children are the page's own tools, at the right end.
#[component]
pub fn WorkflowBar(
    /// Which workflow.
    #[prop(into)]
    id: Signal<Option<WorkflowId>>,
    /// The title as it is being edited; without it the title cannot be edited here.
    #[prop(optional, into)]
    editing: Option<Signal<String>>,
    /// Hears the title as it is typed.
    #[prop(optional, into)]
    rename: Option<Callback<String>>,
    /// Both sides of the workflow, on a page that can show either.
    #[prop(optional)]
    sides: Option<Sides>,
    /// The page's own tools at the remote, in the strip that says so.
    #[prop(optional)]
    there_tools: Option<ChildrenFn>,
    /// The page's own tools.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let app = use_app();
    let summary = app.workflow(memo(move || id.get()));
    let title = move || summary.with(|s| s.as_ref().map(|s| s.workflow.title.clone()));
    let status = move || summary.with(|s| s.as_ref().map(|s| s.workflow.status));
    // The strip shows the one of the remote.
    let shown_status = move || status().filter(|_| !sides.is_some_and(Sides::is_there));
    let over = memo(move || status().is_some_and(WorkflowStatus::is_final));
    let missing =
        memo(move || app.workflows.with(Option::is_some) && summary.with(Option::is_none));
    let tab = move |page: &'static str, name: &'static str| {
        let href = move || {
            let id = id.get().map(|id| id.to_string()).unwrap_or_default();
            let side = sides.filter(|_| !page.is_empty()).map_or("", Sides::query);
            format!("/workflows/{id}{page}{side}")
        };
        view! { <A href=href exact=page.is_empty() {..} class="tab">{name}</A> }
    };
    view! {
        <header class="workflow-bar">
            <div class="workflow-name">
                <A href="/" {..} class="back-link">"Workflows"</A>
                <span class="muted" aria-hidden="true">"/"</span>
                <h1>{match editing.zip(rename) {
                    None => title.into_any(),
                    Some((title, rename)) => view! { <TitleField title rename over /> }.into_any(),
                }}</h1>
                {move || shown_status().map(|status| view! { <StatusBadge status /> })}
                <LinkMark id />
            </div>
            <nav class="tabs" aria-label="Pages of this workflow">
                {tab("", "Design")}
                {tab("/simulate", "Simulate")}
                {tab("/leads", "Leads")}
                {tab("/calls", "Calls")}
                {tab("/events", "History")}
            </nav>
            {sides.map(|sides| view! { <SideSwitch sides /> })}
            <div class="workflow-tools">{children.map(|children| children())}</div>
        </header>
        {sides.map(|sides| view! { <Strip sides tools=there_tools /> })}
        <Show when=move || missing.get()>
            <p class="note note-warning missing" role="alert">
                "There is no workflow at this address: it may have been deleted. "
                <A href="/">"See all workflows"</A>
            </p>
        </Show>
    }
}

/// The title as a field, saved as it is typed. An empty one cannot be: it goes back to what it was.
#[component]
fn TitleField(title: Signal<String>, rename: Callback<String>, over: Memo<bool>) -> impl IntoView {
    view! {
        <input class="title-field" type="text" aria-label="Workflow title" maxlength="200" autocomplete="off"
            prop:value=title prop:readOnly=over
            on:input:target=move |event| {
                let text = event.target().value();
                if !text.trim().is_empty() {
                    rename.run(text);
                }
            }
            on:change:target=move |event| {
                let text = event.target().value();
                if text.trim().is_empty() {
                    event.target().set_value(&title.get_untracked());
                } else if text.trim() != text {
                    rename.run(text.trim().to_owned());
                }
            }
            on:keydown=pressed(move |event| if event.key() == "Enter" {
                // The title is done: keys go to the page again.
                drop(event_target::<web_sys::HtmlElement>(&event).blur());
            }) />
    }
}
