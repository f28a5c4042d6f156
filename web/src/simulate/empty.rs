//! What to do next, while there is nothing to see yet.

use leadline_model::WorkflowStatus;
use leadline_model::view::WorkflowSummary;
use leptos::prelude::*;
use leptos_router::components::A;

use super::controls::activate;
use crate::boxed::{handler, memo, opens};
use crate::canvas::desk::Desk;

/// The next step of somebody who came here too early.
#[component]
pub fn NextStep(
    /// Of which desk.
    desk: Desk,
    /// The workflow, live.
    summary: Memo<Option<WorkflowSummary>>,
    /// Opens the dialog that makes leads.
    generating: RwSignal<bool>,
) -> impl IntoView {
    let state = memo(move || {
        let summary = summary.get()?;
        Some((
            summary.node_count == 0,
            summary.lead_counts.total() == 0,
            summary.workflow.status,
        ))
    });
    let id = desk.id();
    move || {
        let leads = format!("/workflows/{id}/leads");
        match state.get() {
            Some((true, ..)) => Some(view! {
                <div class="s-next">
                    <p><strong>"There is nothing to run yet."</strong></p>
                    <A href=format!("/workflows/{id}")>"Draw the workflow first"</A>
                </div>
            }.into_any()),
            Some((false, true, _)) => Some(view! {
                <div class="s-next">
                    <p><strong>"No leads yet."</strong>" Enrol some to see them move."</p>
                    <div class="d-row">
                        <button type="button" class="button button-primary"
                            on:click=opens(generating)>"Generate leads"</button>
                        <A href=leads>"Upload a list"</A>
                    </div>
                </div>
            }.into_any()),
            Some((false, false, WorkflowStatus::Draft)) => Some(view! {
                <div class="s-next">
                    <p><strong>"Leads are waiting."</strong>" They start on the first tick after activation."</p>
                    <button type="button" class="button" on:click=handler(move |_| activate(desk))>"Activate now"</button>
                </div>
            }.into_any()),
            _ => None,
        }
    }
}
