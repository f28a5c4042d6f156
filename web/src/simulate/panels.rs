//! What a run shows in numbers: leads by status, calls against the limit, calls per hour, the funnel.

use std::collections::{BTreeSet, HashMap};

use leadline_model::ordered::{self, Ordered};
use leadline_model::{NodeId, NodeType};
use leadline_protocol::Frame;
use leptos::prelude::*;

use super::watch::Watch;
use crate::boxed::{handler, memo};
use crate::canvas::desk::Desk;
use crate::components::control_flow::For;
use crate::components::lead_bar::LeadBar;
use crate::format;
use crate::there::Numbers;

/// Rows of the funnel; of a larger graph those that most leads entered.
const MAX_ROWS: usize = 60;

/// Leads by status.
#[component]
pub fn LeadsPanel(
    /// What is watched.
    watch: Watch,
) -> impl IntoView {
    let counts = memo(move || watch.numbers.with(|n| n.as_ref().map(|n| n.leads)));
    view! {
        <section aria-label="Leads by status">
            <h3>"Leads"</h3>
            {move || counts.get().map(|counts| view! { <LeadBar counts /> })}
        </section>
    }
}

/// Calls in progress against the limit, the queue, calls per hour.
#[component]
pub fn CallsPanel(
    /// What is watched.
    watch: Watch,
) -> impl IntoView {
    let read =
        move |part: fn(&Frame) -> u64| watch.frame.with(|frame| frame.as_ref().map_or(0, part));
    let live = memo(move || read(|frame| frame.calls_live));
    let limit = memo(move || read(|frame| frame.calls_limit));
    let part = move || (live.get() as f64 * 100.0 / limit.get().max(1) as f64).min(100.0);
    let words = move || {
        format!(
            "{} of {} lines in use",
            format::number(live.get()),
            format::number(limit.get())
        )
    };
    view! {
        <section aria-label="Calls">
            <h3>"Calls"</h3>
            <p>{words}</p>
            <div class="s-meter" role="meter" aria-label="Calls in progress" aria-valuemin="0"
                aria-valuemax=move || limit.get().to_string() aria-valuenow=move || live.get().to_string()>
                <span style:width=move || format!("{}%", part())></span>
            </div>
            <dl class="s-facts">
                <dt>"In the queue"</dt><dd>{move || format::number(read(|f| f.queued))}</dd>
                <dt>"Calls so far"</dt><dd>{move || format::number(read(|f| f.calls_total))}</dd>
            </dl>
            <HoursChart watch />
        </section>
    }
}

/// Calls in each of the last 24 simulated hours.
#[component]
fn HoursChart(watch: Watch) -> impl IntoView {
    let hours = memo(move || {
        watch
            .frame
            .get()
            .map(|frame| frame.calls_per_hour)
            .unwrap_or_default()
    });
    let most = move || hours.with(|h| h.iter().copied().max().unwrap_or(0));
    let name = move || {
        let total: u64 = hours.with(|h| h.iter().sum());
        format!(
            "Calls per hour, last 24 hours: {} in all, at most {} in one hour",
            format::number(total),
            format::number(most())
        )
    };
    view! {
        <figure class="s-hours">
            <figcaption>"Calls per hour, last 24 h"</figcaption>
            <div class="s-bars" role="img" aria-label=name>
                {move || {
                    let most = most().max(1) as f64;
                    hours.get().into_iter().enumerate().map(|(at, n)| {
                        let height = format!("{:.1}%", n as f64 * 100.0 / most);
                        let title = format!("{} h ago: {}", 23usize.saturating_sub(at), format::number(n));
                        view! { <span title=title style:height=height></span> }
                    }).collect_view()
                }}
            </div>
        </figure>
    }
}

/// One row of the funnel.
#[derive(Debug, Clone, PartialEq)]
struct Row {
    id: NodeId,
    name: String,
    entered: u64,
    left: u64,
    here: u64,
    /// Visits that led straight to a DROPPED node, in tenths of a percent; `None` where nobody left.
    dropped: Option<u64>,
}

fn rows(desk: Desk, numbers: &Numbers) -> Vec<Row> {
    let at: HashMap<&NodeId, (u64, u64)> = numbers
        .nodes
        .iter()
        .map(|(id, here, entered, _)| (id, (*here, *entered)))
        .collect();
    let taken: HashMap<_, u64> = numbers.edges.iter().map(|(id, n)| (id, *n)).collect();
    desk.read(|editor| {
        let definition = editor.definition();
        let ends: BTreeSet<&NodeId> = definition
            .nodes
            .iter()
            .filter(|node| node.config.node_type() == NodeType::Dropped)
            .map(|node| &node.id)
            .into_set();
        let mut dropped: HashMap<&NodeId, u64> = HashMap::new();
        for edge in definition
            .edges
            .iter()
            .filter(|edge| ends.contains(&edge.to_node_id))
        {
            *dropped.entry(&edge.from_node_id).or_default() +=
                taken.get(&edge.id).copied().unwrap_or(0);
        }
        let mut rows: Vec<Row> = definition
            .nodes
            .iter()
            .map(|node| {
                let (here, entered) = at.get(&node.id).copied().unwrap_or_default();
                let node_type = node.config.node_type();
                let left = if node_type.is_terminal() {
                    0
                } else {
                    entered.saturating_sub(here)
                };
                let lost = dropped.get(&node.id).copied().unwrap_or(0);
                let name = if node.label.is_empty() {
                    node_type.words()
                } else {
                    &node.label
                };
                let dropped = (left > 0).then(|| lost.saturating_mul(1_000) / left);
                Row {
                    id: node.id.clone(),
                    name: name.to_owned(),
                    entered,
                    left,
                    here,
                    dropped,
                }
            })
            .collect();
        if rows.len() > MAX_ROWS {
            ordered::sort_by_key(&mut rows, |row| std::cmp::Reverse(row.entered));
            rows.truncate(MAX_ROWS);
        }
        rows
    })
}

/// How many leads entered and left each node, and how many were lost there.
#[component]
pub fn FunnelPanel(
    /// Of which desk.
    desk: Desk,
    /// What is watched.
    watch: Watch,
) -> impl IntoView {
    let rows = memo(move || {
        desk.revision.track();
        let rows = |numbers: &Numbers| rows(desk, numbers);
        watch
            .numbers
            .with(|numbers| numbers.as_ref().map(rows).unwrap_or_default())
    });
    let ids =
        memo(move || rows.with(|rows| rows.iter().map(|row| row.id.clone()).collect::<Vec<_>>()));
    view! {
        <section aria-label="Funnel">
            <h3>"Funnel"</h3>
            <table class="s-funnel">
                <thead><tr>
                    <th scope="col">"Step"</th><th scope="col">"Entered"</th><th scope="col">"Left"</th>
                    <th scope="col">"Here"</th><th scope="col" title="Of those who left, how many went to Dropped">"Drop-off"</th>
                </tr></thead>
                <tbody>
                    <For each=move || ids.get() key=Clone::clone children=move |id| {
                        view! { <FunnelRow desk rows id /> }
                    } />
                </tbody>
            </table>
        </section>
    }
}

/// A row keeps its place and focus while its numbers change.
#[component]
fn FunnelRow(desk: Desk, rows: Memo<Vec<Row>>, id: NodeId) -> impl IntoView {
    let wanted = id.clone();
    let row = memo(move || rows.with(|rows| rows.iter().find(|row| row.id == wanted).cloned()));
    let number =
        move |part: fn(&Row) -> u64| format::number(row.with(|row| row.as_ref().map_or(0, part)));
    let width = move || {
        let most = rows.with(|rows| rows.iter().map(|row| row.entered).max().unwrap_or(0).max(1));
        let entered = row.with(|row| row.as_ref().map_or(0, |row| row.entered));
        format!("{:.1}%", entered as f64 * 100.0 / most as f64)
    };
    let dropped = move || {
        let share = row.with(|row| row.as_ref().and_then(|row| row.dropped));
        share.map_or("–".to_owned(), |d| format!("{}.{} %", d / 10, d % 10))
    };
    view! {
        <tr>
            <th scope="row">
                <button type="button" class="s-step" on:click=handler(move |_| desk.reveal(id.clone()))>
                    {move || row.with(|row| row.as_ref().map(|row| row.name.clone()))}
                </button>
                <span class="s-bar" aria-hidden="true" style:width=width></span>
            </th>
            <td>{move || number(|row| row.entered)}</td>
            <td>{move || number(|row| row.left)}</td>
            <td>{move || number(|row| row.here)}</td>
            <td>{dropped}</td>
        </tr>
    }
}
