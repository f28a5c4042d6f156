//! Statuses of leads and calls as coloured words.

use leadline_model::{CallStatus, Lead, LeadStatus};
use leptos::prelude::*;

use crate::format;

/// The status of a lead, and whether somebody has to look at it.
#[component]
pub fn LeadBadge(
    /// Whose.
    lead: Lead,
) -> impl IntoView {
    let (class, words) = match lead.status {
        _ if lead.removed => ("badge badge-cancelled", "Removed"),
        LeadStatus::Pending => ("badge", "Pending"),
        LeadStatus::Active => ("badge badge-active", "Active"),
        LeadStatus::Completed => ("badge badge-completed", "Converted"),
        LeadStatus::Dropped => ("badge badge-dropped", "Dropped"),
    };
    view! {
        <span class="row row-tight">
            <span class=class>{words}</span>
            {lead.review_required.then(|| view! { <span class="badge badge-review">"Needs review"</span> })}
        </span>
    }
}

/// The status of a call.
#[component]
pub fn CallBadge(
    /// Which.
    status: CallStatus,
) -> impl IntoView {
    let class = match status {
        CallStatus::Completed => "badge badge-completed",
        CallStatus::Waiting => "badge badge-waiting",
        CallStatus::Failed | CallStatus::Cancelled | CallStatus::RetryExpired => {
            "badge badge-failed"
        }
        CallStatus::DidNotPick | CallStatus::Busy | CallStatus::NoAnswer => "badge",
        _ => "badge badge-active",
    };
    view! { <span class=class>{format::words(status.as_str())}</span> }
}
