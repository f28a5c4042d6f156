//! The designer page: the canvas with its palette, tools and panels.

mod actions;
mod conflicts;
pub mod dialog;
pub mod forms;
pub mod glyph;
pub mod lifecycle;
mod menu;
mod move_leads;
mod outline;
mod palette;
pub mod panels;
mod popup;
mod problems;
mod saver;
mod search;
mod settings;
mod toolbar;

use gloo_timers::callback::Timeout;
use leadline_designer::{Command, key_of};
use leadline_protocol::{Library, Notice, Request};
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

use crate::boxed::{effect, handler, is_composing, memo, pressed};
use crate::canvas::desk::Desk;
use crate::canvas::open::{OpenWorkflow, Opened};
use crate::canvas::view::{Canvas, ViewControls};
use crate::components::control_flow::Show;
use crate::components::workflow_bar::{WorkflowBar, use_workflow_id};
use crate::dom;
use crate::lazy;
use crate::remotes::link::LinkButton;
use forms::surroundings::{GraphFacts, Surroundings};
use lifecycle::{DuplicateButton, LifecycleButtons, RefusalDialog};
use palette::Palette;
use panels::{Beside, Popups};
use saver::{Mark, Saver};
use toolbar::{Panel, Toolbar};

/// The designer page.
#[component]
pub fn DesignerPage() -> impl IntoView {
    let id = use_workflow_id();
    view! {
        <div class="canvas-page">
            <OpenWorkflow id page=designer />
        </div>
    }
}

/// Below this width panels lie over the canvas and begin closed.
const NARROW: f64 = 900.0;

fn is_narrow() -> bool {
    window()
        .inner_width()
        .ok()
        .and_then(|width| width.as_f64())
        .is_some_and(|width| width < NARROW)
}

fn designer(opened: Opened) -> impl IntoView {
    let desk = opened.desk;
    let app = desk.app;
    let saver = Saver::start(desk);
    let id = desk.id();
    let id = memo(move || Some(id.clone()));
    let summary = app.workflow(id);
    let before = move || saver.send();
    let panel = RwSignal::new((!is_narrow()).then_some(Panel::Settings));
    open_panels(desk, panel);
    lock_when_final(desk, summary);
    let panels = lazy::panels();
    let beside = Beside::start(desk, saver, panels);
    toggle_by_key(desk, "/simulate");
    dom::use_title(move || summary.get().map(|s| s.workflow.title).unwrap_or_default());
    view! {
        <WorkflowBar id editing=desk.follow(|editor| editor.definition().title.clone())
            rename=move |title: String| desk.run(Command::SetTitle(title))>
            <RefusedMark saver />
            <LifecycleButtons desk summary before refused=saver.refused />
            <DuplicateButton desk before />
            <LinkButton id title=desk.follow(|editor| editor.definition().title.clone()) />
        </WorkflowBar>
        <div class="d-page">
            <Palette desk />
            <div class="d-middle">
                <Toolbar desk panel before conflicts=beside.open_conflicts />
                <div class="d-stage">
                    <Canvas desk name="Workflow canvas" />
                    <ViewControls desk />
                    <Popups desk locked=false panels at_once=popup::draw_at_once />
                    <EmptyHint desk />
                    {move || beside.layer()}
                </div>
            </div>
            <SidePanel desk panel beside />
        </div>
        <RefusalDialog problem=saver.refused desk />
        {move || beside.dialogs()}
        <LiveRegion desk />
    }
}

/// Says what happens on the canvas.
#[component]
pub fn LiveRegion(
    /// Of which desk.
    desk: Desk,
) -> impl IntoView {
    view! { <p class="visually-hidden" role="status" aria-live="polite">{move || desk.said.get()}</p> }
}

/// The last edit that was not taken, until the next one.
#[component]
fn RefusedMark(saver: Saver) -> impl IntoView {
    move || match saver.mark.get() {
        Mark::Refused(reason) => {
            Some(view! { <p class="d-not-saved" role="alert">{format!("Not saved: {reason}")}</p> })
        }
        Mark::Quiet | Mark::Pending => None,
    }
}

#[component]
fn EmptyHint(desk: Desk) -> impl IntoView {
    let empty = desk.follow(|editor| editor.definition().nodes.is_empty());
    view! {
        <Show when=move || empty.get()>
            <div class="d-hint">
                <p><strong>"An empty workflow"</strong></p>
                <p>"Add the first step from the palette, or press N."</p>
            </div>
        </Show>
    }
}

#[component]
fn SidePanel(desk: Desk, panel: RwSignal<Option<Panel>>, beside: Beside) -> impl IntoView {
    let name = move || match panel.get() {
        Some(Panel::Settings) => "Settings",
        Some(Panel::Problems) => "Problems",
        Some(Panel::Outline) => "Outline",
        None => "",
    };
    let content = move || panel.get().map(|panel| beside.panel(panel));
    view! {
        <Show when=move || panel.get().is_some()>
            <aside class="d-side" aria-label=name on:keydown=pressed(move |event| leave_panel(desk, &event))>
                <button type="button" class="icon-button d-close" aria-label="Close panel"
                    on:click=handler(move |_| panel.set(None))>"×"</button>
                {content}
            </aside>
        </Show>
    }
}

/// Escape in a panel goes back to the canvas, to the node the panel is about.
fn leave_panel(desk: Desk, event: &web_sys::KeyboardEvent) {
    use wasm_bindgen::JsCast;
    let in_dialog = event
        .target()
        .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
        .is_some_and(|element| element.closest("dialog").ok().flatten().is_some());
    let Some(stage) = desk
        .stage()
        .filter(|_| event.key() == "Escape" && !in_dialog)
    else {
        return;
    };
    event.prevent_default();
    match desk.selection.with_untracked(|s| s.single_node().cloned()) {
        Some(node) => stage.focus_node(desk, node),
        None => desk.focus_canvas(),
    }
}

/// Settings open when they are asked for, and close with Escape.
fn open_panels(desk: Desk, panel: RwSignal<Option<Panel>>) {
    Effect::new(move |before: Option<u64>| {
        let asked = desk.settings.get();
        let elsewhere = panel.get_untracked() != Some(Panel::Settings);
        if before.is_some_and(|before| before != asked) && elsewhere {
            panel.set(Some(Panel::Settings));
        }
        asked
    });
    Effect::new(move |before: Option<u64>| {
        let dismissed = desk.dismissed.get();
        if before.is_some_and(|before| before != dismissed) {
            panel.set(None);
        }
        dismissed
    });
}

/// A workflow that is over cannot be edited.
fn lock_when_final(desk: Desk, summary: Memo<Option<leadline_model::view::WorkflowSummary>>) {
    let over = memo(move || {
        let status = summary.get().map(|s| s.workflow.status);
        status.filter(|status| status.is_final())
    });
    effect(move || {
        let why = over.get().map(|status| {
            format!(
                "This workflow is {status}, so it cannot be changed any more. Duplicate it to go on with a copy."
            )
        });
        desk.with_editor(|editor| editor.set_locked(why));
    });
}

/// Before the library is read.
fn no_library() -> Library {
    Library {
        agents: Vec::new(),
        phone_numbers: Vec::new(),
        account: Default::default(),
    }
}

/// What forms offer choices from, kept live.
fn provide_surroundings(desk: Desk) {
    let app = desk.app;
    let library = memo(move || app.library().get().unwrap_or_else(no_library));
    let keys = RwSignal::new(Vec::new());
    let read = move || {
        let request = Request::VariableKeys {
            workflow_id: desk.id(),
        };
        app.run(request, move |list: Vec<String>| keys.set(list));
    };
    read();
    let id = desk.id();
    app.client.listen(move |notice| {
        if matches!(notice, Notice::Leads { workflow_id } if *workflow_id == id) {
            read();
        }
    });
    let facts = facts_at_rest(desk);
    let graph = memo(move || library.with(|library| facts.get().with_results(&library.agents)));
    provide_context(Surroundings {
        app,
        library,
        keys,
        graph,
    });
}

/// Rest after a letter before what forms offer is made anew.
const REST_MS: u32 = 1_000;

/// What the graph holds that forms can name. While somebody types, it is read once they rest or leave the
/// field: a list of thousands of names would be laid out anew with each letter of one of them.
fn facts_at_rest(desk: Desk) -> RwSignal<GraphFacts> {
    let read = move || desk.read(|editor| GraphFacts::of(editor.definition()));
    let facts = RwSignal::new(read());
    // It ends with the page, and what waits in it.
    let resting = StoredValue::new_local(None::<Timeout>);
    let left = window_event_listener(leptos::ev::focusout, move |_| {
        if resting.try_update_value(Option::take).flatten().is_some() {
            facts.set(read());
        }
    });
    on_cleanup(move || left.remove());
    Effect::new(move |before: Option<()>| {
        desk.revision.track();
        if before.is_none() {
            return;
        }
        let waits = dom::is_typing().then(|| {
            Timeout::new(REST_MS, move || {
                resting.set_value(None);
                facts.set(read());
            })
        });
        if waits.is_none() {
            facts.set(read());
        }
        // The one before is cancelled.
        resting.set_value(waits);
    });
    facts
}

/// `T` goes to the other page of the same canvas.
pub fn toggle_by_key(desk: Desk, page: &'static str) {
    let navigate = use_navigate();
    let handle = window_event_listener(leptos::ev::keydown, move |event| {
        let plain = !(event.ctrl_key() || event.meta_key() || event.alt_key() || event.shift_key());
        let ours = plain && !event.default_prevented() && !is_composing(&event);
        if ours && key_of(&event.key(), &event.code(), false) == "t" && !in_text(&event) {
            navigate(
                &format!("/workflows/{}{page}", desk.id()),
                NavigateOptions::default(),
            );
        }
    });
    on_cleanup(move || handle.remove());
}

/// Whether a key belongs to something that takes text or holds its own keys.
pub fn in_text(event: &web_sys::KeyboardEvent) -> bool {
    use wasm_bindgen::JsCast;
    let own = "input, textarea, select, dialog, [contenteditable=true], [role=dialog]";
    event
        .target()
        .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
        .is_some_and(|element| element.closest(own).ok().flatten().is_some())
}
