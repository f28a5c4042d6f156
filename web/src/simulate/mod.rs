//! The simulation page: the same canvas, locked, with leads moving on it, the clock's controls and
//! what the run shows.

pub mod beside;
mod controls;
mod empty;
mod follow;
mod generate;
mod panels;
mod scenario;
mod there;
mod watch;

use std::sync::Arc;

use leptos::prelude::*;

use crate::boxed::memo;
use crate::canvas::open::{OpenWorkflow, Opened};
use crate::canvas::view::{Canvas, ViewControls};
use crate::components::control_flow::Show;
use crate::components::workflow_bar::{WorkflowBar, use_workflow_id};
use crate::designer::lifecycle::{LifecycleButtons, RefusalDialog};
use crate::designer::panels::Popups;
use crate::designer::{LiveRegion, toggle_by_key};
use crate::dom;
use crate::lazy;
use crate::there::use_sides;
use controls::Controls;
use empty::NextStep;
use there::StripTools;
use watch::Watch;

/// The simulation page.
#[component]
pub fn SimulatePage() -> impl IntoView {
    let id = use_workflow_id();
    view! {
        <div class="canvas-page">
            <OpenWorkflow id page=simulate />
        </div>
    }
}

fn simulate(opened: Opened) -> impl IntoView {
    let desk = opened.desk;
    let app = desk.app;
    let why = "The workflow is edited on the page Design.";
    desk.with_editor(|editor| editor.set_locked(Some(why.to_owned())));
    let id = desk.id();
    let id = memo(move || Some(id.clone()));
    let sides = use_sides(id);
    let there = memo(move || sides.is_there());
    let watch = Watch::start(desk, sides);
    let summary = app.workflow(id);
    let refused = RwSignal::new(None);
    let generating = RwSignal::new(false);
    let panels = RwSignal::new(true);
    let later = lazy::run_panels();
    later.fetch();
    toggle_by_key(desk, "");
    dom::use_title(move || {
        summary
            .get()
            .map(|s| format!("Simulate {}", s.workflow.title))
            .unwrap_or_default()
    });
    view! {
        <WorkflowBar id sides there_tools=Arc::new(move || view! { <StripTools panels /> }.into_any())>
            {move || match there.get() {
                true => later.draw(|run| (run.actions_there)(desk, sides, refused)),
                false => view! { <LifecycleButtons desk summary before=|| () refused /> }.into_any(),
            }}
        </WorkflowBar>
        <Show when=move || !there.get()>
            <Controls desk watch seed=opened.seed generating panels later />
        </Show>
        <div class="d-page simulate">
            <div class="d-middle">
                <div class="d-stage">
                    <Canvas desk name="Simulation canvas" />
                    <ViewControls desk />
                    <Popups desk locked=true panels=lazy::panels() />
                    <Show when=move || !there.get()>
                        <NextStep desk summary generating />
                    </Show>
                </div>
            </div>
            <Show when=move || panels.get()>
                <aside class="d-side s-side" aria-label="What the run shows">
                    {move || later.draw(|run| (run.side)(desk, sides, watch))}
                </aside>
            </Show>
        </div>
        {lazy::dialog(generating, later, move |run| (run.generate)(desk, generating))}
        <RefusalDialog problem=refused desk />
        <LiveRegion desk />
    }
}
