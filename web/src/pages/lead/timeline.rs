//! A lead's path: each visit with its times, its outcome, the edge taken and why, and its call.

use leadline_model::view::{CallLog, Page, Visit};
use leadline_model::{EdgeId, NodeType};
use leadline_protocol::{Document, Runs};
use leptos::prelude::*;
use leptos_router::components::A;

use super::VariableList;
use crate::boxed::memo;
use crate::components::badge::CallBadge;
use crate::components::graph::name_of;
use crate::components::live::Live;
use crate::components::run::RunBadge;
use crate::format;

fn type_class(node_type: NodeType) -> &'static str {
    match node_type {
        NodeType::VoiceCall => "visit visit-voice",
        NodeType::Time => "visit visit-time",
        NodeType::Conditional => "visit visit-condition",
        NodeType::Application => "visit visit-application",
        NodeType::Converted => "visit visit-converted",
        NodeType::Dropped => "visit visit-dropped",
    }
}

/// The edge in words: its label and where it leads.
fn edge_words(document: &Option<Document>, id: &EdgeId) -> String {
    let edge = document
        .as_ref()
        .and_then(|document| document.definition.edge(id));
    match edge {
        None => "an edge that was deleted since".to_owned(),
        Some(edge) => {
            let target = name_of(document, &edge.to_node_id);
            edge.label.as_ref().map_or_else(
                || format!("to {target}"),
                |label| format!("{label} to {target}"),
            )
        }
    }
}

/// The path.
#[component]
pub fn Timeline(
    /// The visits, oldest first.
    visits: Vec<Visit>,
    /// The graph.
    document: Live<Document>,
    /// The lead's calls.
    calls: Live<Page<CallLog>>,
    /// Runs started for it.
    runs: Live<Runs>,
) -> impl IntoView {
    if visits.is_empty() {
        return view! { <p class="muted">"It has not started yet."</p> }.into_any();
    }
    let steps = visits
        .into_iter()
        .map(|visit| view! { <Step visit document calls runs /> })
        .collect_view();
    view! { <ol class="timeline">{steps}</ol> }.into_any()
}

#[component]
fn Step(
    /// One visit.
    visit: Visit,
    /// The graph.
    document: Live<Document>,
    /// The lead's calls.
    calls: Live<Page<CallLog>>,
    /// Runs started for it.
    runs: Live<Runs>,
) -> impl IntoView {
    let Visit {
        node_label,
        node_type,
        entered_at,
        exited_at,
        release_at,
        outcome,
        edge_id,
        reason,
        call_id,
        ..
    } = visit;
    let name = if node_label.trim().is_empty() {
        node_type.words().to_owned()
    } else {
        node_label
    };
    let stay = exited_at.map(|left| format::duration(left.since(entered_at)));
    let call = move || {
        let id = call_id.as_ref()?;
        calls.data.with(|page| {
            page.as_ref()?
                .data
                .iter()
                .find(|call| call.id == *id)
                .cloned()
        })
    };
    let is_action = node_type == NodeType::Application;
    let run = memo(move || {
        runs.data.with(|runs| {
            // A run has no time of its own before it: it began while the lead stood here.
            let within = |at| at >= entered_at && exited_at.is_none_or(|left| at <= left);
            let mut runs = runs.as_ref()?.runs.iter();
            let found = runs.find(|run| is_action && within(run.created_at))?;
            let output = &found.answer.output;
            Some((
                found.answer.run_id.clone(),
                found.agent_name.clone(),
                output.status,
            ))
        })
    });
    let edge = move || {
        edge_id
            .as_ref()
            .map(|id| document.data.with(|document| edge_words(document, id)))
    };
    view! {
        <li class=type_class(node_type)>
            <div class="visit-head">
                <h3>{name}</h3>
                <span class="small muted">{node_type.words()}</span>
                {outcome.map(|outcome| view! { <span class="outcome">{outcome}</span> })}
            </div>
            <dl class="visit-facts small">
                <div><dt>"Entered"</dt><dd>{format::date_time_seconds(entered_at)}</dd></div>
                {exited_at.map(|at| view! { <div><dt>"Left"</dt><dd>{format::date_time_seconds(at)}</dd></div> })}
                {stay.map(|stay| view! { <div><dt>"Stayed"</dt><dd>{stay}</dd></div> })}
                {release_at.map(|at| view! {
                    <div><dt>"Planned to leave"</dt><dd>{format::date_time_seconds(at)}</dd></div>
                })}
                {move || edge().map(|edge| view! { <div><dt>"Edge taken"</dt><dd>{edge}</dd></div> })}
                {(!reason.is_empty()).then(|| view! {
                    <div><dt>"Why"</dt><dd>{format::localized(&reason)}</dd></div>
                })}
            </dl>
            {move || call().map(|call| view! { <CallCard call /> })}
            {move || run.get().map(|(id, agent, status)| view! {
                <p class="row row-tight">
                    <A href=format!("/runs/{id}")>{format!("Run of {agent}")}</A>
                    <RunBadge status />
                </p>
            })}
        </li>
    }
}

#[component]
fn CallCard(
    /// The call of the visit.
    call: CallLog,
) -> impl IntoView {
    view! {
        <details class="call-card">
            <summary>
                <span class="strong">"Call"</span>
                <CallBadge status=call.status />
                <span class="small muted">{format!("attempt {}", call.attempt)}</span>
                {call.duration_seconds.map(|seconds| view! {
                    <span class="small muted">{format::duration(leadline_model::Duration::seconds(seconds.into()))}</span>
                })}
            </summary>
            <div class="stack">
                {call.end_reason.map(|reason| view! { <p class="small">{reason}</p> })}
                <div><p class="label">"Analysis"</p><VariableList variables=call.analysis /></div>
                <p class="small muted mono">{call.id.to_string()}</p>
            </div>
        </details>
    }
}
