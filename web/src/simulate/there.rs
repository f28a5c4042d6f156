//! What the page shows in place of the simulation's panels while it looks at the remote.

use leadline_model::view::{CallLog, Page};
use leadline_protocol::AskThere;
use leptos::prelude::*;
use leptos_router::components::A;

use crate::boxed::handler;
use crate::components::badge::CallBadge;
use crate::components::control_flow::Show;
use crate::components::live::LiveProblem;
use crate::format;
use crate::there::Sides;

/// Calls shown; the page of the calls has all.
const SHOWN: u64 = 8;

/// The newest calls there.
#[component]
pub fn RecentCalls(
    /// Of which workflow.
    sides: Sides,
) -> impl IntoView {
    let calls = sides.use_there::<Page<CallLog>>(|| AskThere::Calls {
        page: 1,
        limit: SHOWN,
        lead: None,
    });
    let id = move || {
        sides
            .workflow
            .get()
            .map(|id| id.to_string())
            .unwrap_or_default()
    };
    let row = move |call: CallLog| {
        let href = format!(
            "/workflows/{}/leads/{}{}",
            id(),
            call.lead_id,
            sides.query()
        );
        view! {
            <li class="row row-tight spread">
                <A href {..} class="mono">{call.phone_number}</A>
                <CallBadge status=call.status />
                <span class="small muted">{format::date_time(call.created_at)}</span>
            </li>
        }
    };
    let all = move || format!("/workflows/{}/calls{}", id(), sides.query());
    view! {
        <section aria-label="Newest calls there">
            <h3>"Newest calls"</h3>
            <Show when=move || !sides.is_cut_off()><LiveProblem live=calls /></Show>
            {move || calls.data.get().map(|page| match page.data.is_empty() {
                true => view! { <p class="muted small">"No call was made yet."</p> }.into_any(),
                false => view! {
                    <p>{format::count(page.meta.total, "call so far", "calls so far")}</p>
                    <ul class="d-list">{page.data.into_iter().map(row).collect_view()}</ul>
                    <p class="small"><A href=all>"All calls"</A></p>
                }.into_any(),
            })}
        </section>
    }
}

/// Shows or hides the panels, as the simulation's own controls do.
#[component]
pub fn StripTools(
    /// Whether they are shown.
    panels: RwSignal<bool>,
) -> impl IntoView {
    view! {
        <button type="button" class="d-tool text" aria-pressed=move || panels.get().to_string()
            on:click=handler(move |_| panels.update(|on| *on = !*on))>"Panels"</button>
    }
}
