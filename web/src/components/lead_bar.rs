//! How far the leads of a workflow are, as one bar.

use leadline_model::view::LeadCounts;
use leptos::prelude::*;

use crate::format;

/// The shares of pending, active, converted and dropped leads as one bar, and in words.
#[component]
pub fn LeadBar(
    /// The counts.
    counts: LeadCounts,
) -> impl IntoView {
    let LeadCounts {
        pending,
        active,
        completed,
        dropped,
        review_required,
        ..
    } = counts;
    let total = counts.total();
    if total == 0 {
        return view! { <p class="muted small">"No leads yet"</p> }.into_any();
    }
    let parts = [
        (completed, "converted", "part-converted"),
        (dropped, "dropped", "part-dropped"),
        (active, "active", "part-active"),
        (pending, "pending", "part-pending"),
    ];
    let shown = || parts.into_iter().filter(|(n, ..)| *n > 0);
    let words: Vec<String> = shown()
        .map(|(n, name, _)| format!("{} {name}", format::number(n)))
        .collect();
    let bar = shown()
        .map(|(n, _, class)| view! { <span class=class style:flex-grow=n.to_string()></span> })
        .collect_view();
    view! {
        <div class="lead-bar">
            <p class="small"><span class="strong">{format::count(total, "lead", "leads")}</span></p>
            <div class="lead-bar-track" aria-hidden="true">{bar}</div>
            <p class="small muted">
                {words.join(" · ")}
                {(review_required > 0).then(|| view! {
                    <span class="warning-text">{format!(" · {} need review", format::number(review_required))}</span>
                })}
            </p>
        </div>
    }
    .into_any()
}
