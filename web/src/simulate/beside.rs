//! What stands beside and over a running workflow: panels, dialogs, the remote's side. It is a chunk of its own
//! (see [`crate::lazy`]), asked for as soon as the canvas stands.

use leadline_protocol::Problem;
use leptos::prelude::*;

use super::controls::{ClockKeys, RunToDialog};
use super::follow::Follow;
use super::generate::GenerateDialog;
use super::panels::{CallsPanel, FunnelPanel, LeadsPanel};
use super::scenario::SaveScenario;
use super::there::RecentCalls;
use super::watch::Watch;
use crate::boxed::memo;
use crate::canvas::desk::Desk;
use crate::components::control_flow::Show;
use crate::there::{ActionsThere, Sides};

/// What the chunk brings. Nothing but [`RunPanels::here`] may reach the code behind it.
#[derive(Clone, Copy)]
pub struct RunPanels {
    /// The panels at the side.
    pub side: fn(Desk, Sides, Watch) -> AnyView,
    /// The dialog that makes leads.
    pub generate: fn(Desk, RwSignal<bool>) -> AnyView,
    /// The dialog that runs to a date.
    pub run_to: fn(ClockKeys, RwSignal<bool>) -> AnyView,
    /// The buttons that change a workflow's status on its remote.
    pub actions_there: fn(Desk, Sides, RwSignal<Option<Problem>>) -> AnyView,
}

impl RunPanels {
    /// The chunk itself.
    pub fn here() -> RunPanels {
        RunPanels {
            side: |desk, sides, watch| view! { <Side desk sides watch /> }.into_any(),
            generate: |desk, open| view! { <GenerateDialog desk open /> }.into_any(),
            run_to: |keys, open| view! { <RunToDialog keys open /> }.into_any(),
            actions_there: |desk, sides, refused| {
                view! { <ActionsThere desk sides refused /> }.into_any()
            },
        }
    }
}

#[component]
fn Side(desk: Desk, sides: Sides, watch: Watch) -> impl IntoView {
    let there = memo(move || sides.is_there());
    view! {
        <LeadsPanel watch />
        <Show when=move || !there.get() fallback=move || view! { <RecentCalls sides /> }>
            <CallsPanel watch />
        </Show>
        <FunnelPanel desk watch />
        // Who is followed is of one side.
        {move || {
            there.track();
            view! { <Follow desk sides /> }
        }}
        <Show when=move || !there.get()><SaveScenario desk /></Show>
    }
}
