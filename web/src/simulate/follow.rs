//! Follows one lead: its path on the canvas, its history at the side, and why it is where it is.

use leadline_model::ordered::Ordered;
use leadline_model::view::{LeadHistory, Visit};
use leadline_model::{Lead, LeadId};
use leadline_protocol::{AskThere, LeadPage, LeadQuery, LeadSort, Notice, Request};
use leptos::prelude::*;
use leptos_router::components::A;

use crate::boxed::{effect, handler, typed_into};
use crate::canvas::desk::Desk;
use crate::components::control_flow::Show;
use crate::components::live::LiveProblem;
use crate::format;
use crate::there::Sides;

/// Leads offered at once.
const OFFERED: u64 = 20;

/// Follows one lead.
#[component]
pub fn Follow(
    /// Of which desk.
    desk: Desk,
    /// Where the lead is.
    sides: Sides,
) -> impl IntoView {
    let followed = RwSignal::new(None::<LeadId>);
    on_cleanup(move || desk.update_live(|live| live.path = None));
    view! {
        <section aria-label="Follow a lead">
            <h3>"Follow a lead"</h3>
            {move || match followed.get() {
                None => view! { <Picker desk followed sides /> }.into_any(),
                Some(lead) => view! { <Followed desk followed lead sides /> }.into_any(),
            }}
        </section>
    }
}

fn leads_changed(notice: &Notice) -> bool {
    matches!(
        notice,
        Notice::Leads { .. } | Notice::Clock(_) | Notice::Workflow(_)
    )
}

#[component]
fn Picker(desk: Desk, followed: RwSignal<Option<LeadId>>, sides: Sides) -> impl IntoView {
    let search = RwSignal::new(String::new());
    let id = desk.id();
    let found = sides.use_live::<LeadPage>(
        move || {
            Some(Request::ListLeads {
                query: LeadQuery {
                    workflow_id: id.clone(),
                    status: None,
                    current_node_id: None,
                    review_required: None,
                    search: search.get(),
                    sort: LeadSort::Enrolled,
                    page: 1,
                    limit: OFFERED,
                },
            })
        },
        move || {
            Some(AskThere::Leads {
                page: 1,
                limit: OFFERED,
                status: None,
                node: None,
                search: search.get(),
            })
        },
        leads_changed,
    );
    let row = move |(lead, doing): (Lead, String)| {
        let id = lead.id.clone();
        // A remote does not say what each lead is doing.
        let doing = match doing.is_empty() {
            true => format::words(lead.status.as_str()),
            false => doing,
        };
        view! {
            <li>
                <button type="button" class="d-problem" on:click=handler(move |_| followed.set(Some(id.clone())))>
                    <strong>{lead.phone_number}</strong>
                    <span class="muted">{format::localized(&doing)}</span>
                </button>
            </li>
        }
    };
    view! {
        <input type="search" aria-label="Search leads" placeholder="Number or variable"
            prop:value=move || search.get()
            on:input=typed_into(search) />
        <Show when=move || !sides.is_cut_off()><LiveProblem live=found /></Show>
        <ul class="d-list s-leads">
            {move || found.data.get().map(|page| page.data.into_iter().map(row).collect_view())}
        </ul>
    }
}

#[component]
fn Followed(
    desk: Desk,
    followed: RwSignal<Option<LeadId>>,
    lead: LeadId,
    sides: Sides,
) -> impl IntoView {
    let (workflow_id, lead_id) = (desk.id(), lead.clone());
    let side = untrack(|| sides.query());
    let page = format!("/workflows/{workflow_id}/leads/{lead}{side}");
    let history = sides.use_live::<Box<LeadHistory>>(
        move || {
            Some(Request::GetLead {
                workflow_id: workflow_id.clone(),
                lead_id: lead_id.clone(),
            })
        },
        move || Some(AskThere::Lead(lead.clone())),
        leads_changed,
    );
    effect(move || {
        history.data.with(|history| {
            let path = history.as_ref().map(|history| {
                let nodes = history
                    .history
                    .iter()
                    .map(|visit| visit.node_id.clone())
                    .into_set();
                let edges = history
                    .history
                    .iter()
                    .filter_map(|visit| visit.edge_id.clone())
                    .into_set();
                (nodes, edges)
            });
            desk.update_live(|live| live.path = path);
        });
    });
    on_cleanup(move || desk.update_live(|live| live.path = None));
    let why_open = RwSignal::new(false);
    view! {
        <Show when=move || !sides.is_cut_off()><LiveProblem live=history /></Show>
        {move || history.data.get().map(|history| {
            let why = format::localized(&history.why.message);
            let visits = history.history.into_iter().rev().map(|visit| view! { <Step desk visit /> }).collect_view();
            view! {
                <p><strong>{history.lead.phone_number}</strong>" "<span class="muted">{history.lead.status.as_str()}</span></p>
                <button type="button" class="button button-small" aria-expanded=move || why_open.get().to_string()
                    on:click=handler(move |_| why_open.update(|open| *open = !*open))>"Why is this lead here?"</button>
                {move || why_open.get().then(|| view! { <p class="s-why" role="status">{why.clone()}</p> })}
                <ol class="d-list s-history">{visits}</ol>
            }
        })}
        <div class="d-row">
            <button type="button" class="button button-small" on:click=handler(move |_| followed.set(None))>"Stop following"</button>
            <A href=page>"Whole history"</A>
        </div>
    }
}

/// One visit; newest first.
#[component]
fn Step(desk: Desk, visit: Visit) -> impl IntoView {
    let node = visit.node_id.clone();
    let name = if visit.node_label.is_empty() {
        visit.node_type.words().to_owned()
    } else {
        visit.node_label
    };
    let times = match visit.exited_at {
        Some(left) => format!(
            "{}, {}",
            format::date_time(visit.entered_at),
            format::duration(left.since(visit.entered_at))
        ),
        None => format!("since {}", format::date_time(visit.entered_at)),
    };
    view! {
        <li>
            <button type="button" class="d-problem" on:click=handler(move |_| desk.reveal(node.clone()))>
                <strong>{name}{visit.outcome.map(|outcome| format!(" → {outcome}"))}</strong>
                <span class="muted">{times}</span>
                <span>{format::localized(&visit.reason)}</span>
            </button>
        </li>
    }
}
