//! What happened in a workflow, newest first. Older events are added below on request.

use leadline_model::ordered;
use leadline_model::view::Event;
use leadline_protocol::{AskThere, Request};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::A;

use super::leads::moves_leads;
use crate::boxed::{effect, handler, memo};
use crate::components::control_flow::{For, Show};
use crate::components::live::LiveProblem;
use crate::components::workflow_bar::{WorkflowBar, use_workflow_id};
use crate::format;
use crate::state::use_app;
use crate::there::{Sides, use_sides};

const ROWS: u64 = 200;
/// A remote answers fewer at once.
const ROWS_THERE: u64 = 100;

/// The history of a workflow.
#[component]
pub fn EventsPage() -> impl IntoView {
    let app = use_app();
    let id = use_workflow_id();
    let summary = app.workflow(id);
    crate::dom::use_title(move || {
        format!(
            "History · {}",
            summary.with(|s| s
                .as_ref()
                .map(|s| s.workflow.title.clone())
                .unwrap_or_default())
        )
    });
    let sides = use_sides(id);
    let there = |before| AskThere::Events {
        before,
        limit: ROWS_THERE,
    };
    let latest = sides.use_live::<Vec<Event>>(
        move || {
            Some(Request::ListEvents {
                workflow_id: id.get()?,
                before: None,
                limit: ROWS,
            })
        },
        move || Some(there(None)),
        move |notice| id.with_untracked(|id| moves_leads(notice, id.as_ref())),
    );
    // What was asked for beyond the latest; it never changes, so it is kept as it came.
    let older = RwSignal::new(Vec::<Event>::new());
    effect(move || {
        id.track();
        sides.now.track();
        app.replaced.track();
        older.set(Vec::new());
    });
    let all = memo(move || merged(latest.data.get().unwrap_or_default(), older.get()));
    let more = move |_| {
        let Some(workflow_id) = id.get_untracked() else {
            return;
        };
        let before = all.with_untracked(|all| all.last().map(|event| event.seq));
        let here = Request::ListEvents {
            workflow_id,
            before,
            limit: ROWS,
        };
        let side = sides.now.get_untracked();
        let Some(request) = untrack(|| sides.turn(here, there(before))) else {
            return;
        };
        spawn_local(async move {
            match app.client.ask::<Vec<Event>>(request).await {
                // The other side is shown by now: these are not its events.
                Ok(_) if sides.now.try_get_untracked() != Some(side) => {}
                Ok(found) => {
                    older.set(merged(all.get_untracked(), found));
                }
                Err(problem) => app.report(&problem),
            }
        });
    };
    let can_more = move || all.with(|all| all.last().is_some_and(|event| event.seq > 0));
    view! {
        <WorkflowBar id sides />
        <section class="page">
            <Show when=move || !sides.is_cut_off()><LiveProblem live=latest /></Show>
            <Show when=move || all.with(|all| !all.is_empty())
                fallback=move || latest.data.with(Option::is_some).then(|| view! {
                    <div class="nothing"><p class="muted">"Nothing happened yet."</p></div>
                })>
                <ol class="events">
                    <For each=move || all.get() key=|event| event.seq
                        children=move |event| view! { <EventRow event sides /> } />
                </ol>
                <Show when=can_more>
                    <button type="button" class="button" on:click=handler(more)>"Show older"</button>
                </Show>
            </Show>
        </section>
    }
}

/// Both lists as one, newest first, each event once. Events are numbered without holes: behind a hole
/// (more happened at once than one answer holds) the rest is left to be asked for again.
fn merged(mut first: Vec<Event>, second: Vec<Event>) -> Vec<Event> {
    first.extend(second);
    ordered::sort_by_key(&mut first, |event| std::cmp::Reverse(event.seq));
    first.dedup_by_key(|event| event.seq);
    let whole = first
        .windows(2)
        .take_while(|pair| pair[0].seq == pair[1].seq + 1)
        .count()
        + 1;
    first.truncate(whole);
    first
}

#[component]
fn EventRow(
    /// What happened.
    event: Event,
    /// Where.
    sides: Sides,
) -> impl IntoView {
    let lead = event.lead_id.map(|lead| {
        let href = move || {
            let id = sides
                .workflow
                .get()
                .map(|id| id.to_string())
                .unwrap_or_default();
            format!("/workflows/{id}/leads/{lead}{}", sides.query())
        };
        view! { <A href={href} {..} class="small">"Lead"</A> }
    });
    view! {
        <li class="event">
            <time class="small muted" datetime=event.at.to_string()>{format::date_time_seconds(event.at)}</time>
            <p>{format::localized(&event.message)}</p>
            <span class="event-kind small muted">{format::words(&event.kind)}</span>
            {lead}
        </li>
    }
}
