//! The table of leads, and the quick answer to "why is this lead here?".

use leadline_model::Lead;
use leadline_model::view::LeadHistory;
use leadline_protocol::{AskThere, Document, LeadPage, Request};
use leptos::prelude::*;
use leptos_router::components::A;

use crate::boxed::{effect, handler};
use crate::components::badge::LeadBadge;
use crate::components::control_flow::{For, Show};
use crate::components::dialog::Dialog;
use crate::components::graph::name_of;
use crate::components::icon::Icon;
use crate::components::live::Live;
use crate::format;
use crate::state::use_app;
use crate::there::Sides;

/// Variables shown in a row; the lead's own page has all.
const VARIABLES_SHOWN: usize = 3;

/// The table of leads.
#[component]
pub fn LeadTable(
    /// The page of leads.
    leads: Live<LeadPage>,
    /// The graph, for the names of nodes.
    document: Live<Document>,
    /// Where the leads are.
    sides: Sides,
) -> impl IntoView {
    let asked = RwSignal::new(None::<Lead>);
    let rows = move || {
        leads.data.with(|page| {
            page.as_ref()
                .map(|page| page.data.clone())
                .unwrap_or_default()
        })
    };
    let key = |(lead, doing): &(Lead, String)| {
        format!(
            "{} {} {:?} {} {doing}",
            lead.id, lead.status, lead.current_node_id, lead.review_required
        )
    };
    view! {
        <div class="table-frame">
            <table class="table table-cards">
                <thead>
                    <tr>
                        <th scope="col">"Lead"</th>
                        <th scope="col">"Status"</th>
                        <th scope="col">"At node"</th>
                        <Show when=move || !sides.is_there()><th scope="col">"Doing"</th></Show>
                        <th scope="col">"Variables"</th>
                        <th scope="col"><span class="visually-hidden">"Actions"</span></th>
                    </tr>
                </thead>
                <tbody>
                    <For each=rows key=key
                        children=move |(lead, doing)| view! { <Row lead doing document asked sides /> } />
                </tbody>
            </table>
        </div>
        <WhyDialog asked sides />
    }
}

#[component]
fn Row(
    /// Who.
    lead: Lead,
    /// What it is doing, in a few words.
    doing: String,
    /// The graph.
    document: Live<Document>,
    /// The lead that is asked about.
    asked: RwSignal<Option<Lead>>,
    /// Where the lead is.
    sides: Sides,
) -> impl IntoView {
    let href = href(sides, &lead);
    let there = untrack(|| sides.is_there());
    let node = lead.current_node_id.clone();
    let at = move || {
        node.as_ref()
            .map(|id| document.data.with(|document| name_of(document, id)))
    };
    let variables = lead.dynamic_variables.iter().take(VARIABLES_SHOWN);
    let variables: Vec<String> = variables
        .map(|(key, value)| format!("{key}: {value}"))
        .collect();
    let name = format!("Why is {} here?", lead.phone_number);
    let phone = lead.phone_number.clone();
    let ask = {
        let lead = lead.clone();
        move |_| asked.set(Some(lead.clone()))
    };
    view! {
        <tr>
            <th scope="row" data-label="Lead"><A href={href} {..} class="mono">{phone}</A></th>
            <td data-label="Status"><LeadBadge lead /></td>
            <td data-label="At node">{at}</td>
            {(!there).then(|| view! {
                <td data-label="Doing" class="cell-words">{format::localized(&doing)}</td>
            })}
            <td data-label="Variables" class="cell-words small muted">{variables.join(", ")}</td>
            <td class="cell-tools">
                <button type="button" class="button button-small" aria-label=name on:click=handler(ask)>
                    {Icon::Question.draw()}"Why here?"
                </button>
            </td>
        </tr>
    }
}

/// The page of a lead, on the side it is on. What a remote calls the workflow is not its name here.
fn href(sides: Sides, lead: &Lead) -> String {
    let workflow = sides.workflow.get_untracked();
    let workflow = workflow.unwrap_or_else(|| lead.workflow_id.clone());
    format!(
        "/workflows/{workflow}/leads/{}{}",
        lead.id,
        untrack(|| sides.query())
    )
}

#[component]
fn WhyDialog(
    /// The lead that is asked about.
    asked: RwSignal<Option<Lead>>,
    /// Where the lead is.
    sides: Sides,
) -> impl IntoView {
    let app = use_app();
    let open = RwSignal::new(false);
    let answer = RwSignal::new(None::<Result<String, String>>);
    effect(move || {
        let Some(lead) = asked.get() else { return };
        answer.set(None);
        open.set(true);
        let there = AskThere::Lead(lead.id.clone());
        let here = Request::GetLead {
            workflow_id: lead.workflow_id,
            lead_id: lead.id,
        };
        let Some(request) = untrack(|| sides.turn(here, there)) else {
            return;
        };
        leptos::task::spawn_local(async move {
            let told = app.client.ask::<Box<LeadHistory>>(request).await;
            answer.set(Some(
                told.map(|history| history.why.message)
                    .map_err(|problem| problem.message),
            ));
        });
    });
    let href = move || {
        asked.with(|lead| {
            let lead = lead.as_ref();
            lead.map(|lead| href(sides, lead)).unwrap_or_default()
        })
    };
    let phone = move || {
        asked.with(|lead| {
            lead.as_ref()
                .map(|l| l.phone_number.clone())
                .unwrap_or_default()
        })
    };
    view! {
        <Dialog open title=Signal::derive(move || format!("Why is {} here?", phone()))>
            <div aria-live="polite">
                {move || match answer.get() {
                    None => view! { <p class="muted">"Asking…"</p> }.into_any(),
                    Some(Ok(why)) => view! { <p class="why-text">{format::localized(&why)}</p> }.into_any(),
                    Some(Err(problem)) => view! { <p class="error-text">{problem}</p> }.into_any(),
                }}
            </div>
            <div class="dialog-foot">
                <A href={href} {..} class="button">"See its whole path"</A>
            </div>
        </Dialog>
    }
}
