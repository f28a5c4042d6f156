//! Agents and numbers: what calls are made with.

mod agents;
mod numbers;

use leptos::prelude::*;

use agents::AgentList;
pub use agents::{name_error, variables_of};
use numbers::NumberList;

/// Agents and numbers.
#[component]
pub fn LibraryPage() -> impl IntoView {
    crate::dom::use_title(|| "Agents and numbers".to_owned());
    view! {
        <section class="page">
            <header class="page-head"><div>
                <h1>"Agents and numbers"</h1>
                <p class="muted">"Who talks and who works through steps, and the numbers that are called from. Every voice call needs one of each."</p>
            </div></header>
            <AgentList />
            <NumberList />
        </section>
    }
}
