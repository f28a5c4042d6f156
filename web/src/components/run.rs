//! What every page shows of a run: its status, when it expires, the lead it is for.

use leadline_model::run::{RunLead, RunStatus};
use leadline_model::{Time, words};
use leptos::prelude::*;
use leptos_router::components::A;

use crate::boxed::memo;
use crate::format;
use crate::state::use_app;

/// The status of a run.
#[component]
pub fn RunBadge(
    /// Which.
    status: RunStatus,
) -> impl IntoView {
    let class = format!("badge badge-{}", status.as_str());
    view! { <span class=class>{words_of(status)}</span> }
}

/// A status in words.
pub fn words_of(status: RunStatus) -> &'static str {
    match status {
        RunStatus::Running => "Running",
        RunStatus::Paused => "Waits for a person",
        RunStatus::Completed => "Completed",
        RunStatus::Failed => "Failed",
        RunStatus::Cancelled => "Cancelled",
    }
}

/// When something expires: how far off on the simulated clock, and the instant.
#[component]
pub fn Expires(
    /// When.
    at: Time,
) -> impl IntoView {
    let app = use_app();
    let left = move || {
        let now = app.clock.with(|clock| clock.as_ref().map(|c| c.now))?;
        Some(match at > now {
            true => format!("in {}", format::duration(at.since(now))),
            false => "now".to_owned(),
        })
    };
    view! {
        <time datetime=at.to_string()>
            {move || left().map(|left| view! { <span class="strong">{left}</span>", " })}
            {format::date_time(at)}
        </time>
    }
}

/// A link to the lead a run was started for.
#[component]
pub fn LeadLink(
    /// The lead.
    lead: RunLead,
) -> impl IntoView {
    let href = format!("/workflows/{}/leads/{}", lead.workflow_id, lead.lead_id);
    view! { <A href {..} class="mono">{lead.phone_number}</A> }
}

/// The title of the workflow a run's lead is in, as a link; "a deleted workflow" when it is gone.
#[component]
pub fn WorkflowLink(
    /// The lead.
    lead: RunLead,
) -> impl IntoView {
    let app = use_app();
    let id = lead.workflow_id.clone();
    let title = memo(move || {
        app.workflows.with(|all| {
            let all = all.as_ref()?;
            let found = all.iter().find(|summary| summary.workflow.id == id)?;
            Some(found.workflow.title.clone())
        })
    });
    let href = format!("/workflows/{}", lead.workflow_id);
    move || match title.get() {
        Some(title) => view! { <A href=href.clone()>{title}</A> }.into_any(),
        None => view! { <span class="muted">"A deleted workflow"</span> }.into_any(),
    }
}

/// A reason of the engine as a sentence in the reader's own time.
pub fn reason(text: &str) -> String {
    words::sentence(&format::localized(text))
}
