//! The pages and dialogs that are fetched when somebody first opens them. Each chunk is a file of its own, made by
//! `crates/bundle` of whatever only its pages reach; what begins with the app is the frame and the list
//! of workflows.
//!
//! A chunk that cannot be fetched (no network, or a newer version is at the address) is said, and can be
//! asked for again: nothing of a failed attempt is kept.

use std::future::Future;
use std::pin::Pin;

use leadline_protocol::{Problem, ProblemCode};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_split::{SplitLoaderError, wasm_split};
use leptos_router::LazyRoute;

use crate::boxed::{effect, handler};
use crate::designer::panels::Panels;
use crate::pages::Begin;
use crate::remotes::Dialogs;
use crate::simulate::beside::RunPanels;
use crate::state::{AppState, use_app};
use crate::{designer, pages, simulate};

/// Draws a page.
type Draw = fn() -> AnyView;
type Loaded = Result<Draw, SplitLoaderError>;

/// Declares pages: `Name: loader, chunk => what to show;`
macro_rules! pages {
    ($($page:ident: $load:ident, $chunk:ident => $view:expr;)*) => {$(
        #[doc = concat!("The page that the chunk `", stringify!($chunk), "` brings by `", stringify!($load), "`.")]
        pub struct $page;

        #[wasm_split($chunk, wasm_split_path = ::leptos::wasm_split, fallible)]
        fn $load() -> Loaded {
            Ok(|| $view.into_any())
        }

        impl LazyRoute for $page {
            fn data() -> Self {
                $page
            }

            async fn view(_page: Self) -> AnyView {
                match $load().await {
                    Ok(draw) => draw(),
                    Err(_) => missing(Later::new(|| Box::pin($load()))),
                }
            }
        }
    )*};
}

pages! {
    Designer: load_designer, designer => view! { <designer::DesignerPage /> };
    Simulate: load_simulate, simulate => view! { <simulate::SimulatePage /> };
    Leads: load_leads, leads => view! { <pages::LeadsPage /> };
    Lead: load_lead, leads => view! { <pages::LeadPage /> };
    WorkflowCalls: load_workflow_calls, leads => view! { <pages::WorkflowCallsPage /> };
    Calls: load_calls, leads => view! { <pages::CallsPage /> };
    Events: load_events, leads => view! { <pages::EventsPage /> };
    Library: load_library, runs => view! { <pages::LibraryPage /> };
    Agent: load_agent, runs => view! { <pages::AgentPage /> };
    Inbox: load_inbox, runs => view! { <pages::InboxPage /> };
    Runs: load_runs, runs => view! { <pages::RunsPage /> };
    Run: load_run, runs => view! { <pages::RunPage /> };
    Scenarios: load_scenarios, rest => view! { <pages::ScenariosPage /> };
    Playground: load_playground, playground => view! { <pages::PlaygroundPage /> };
    Sync: load_sync, rest => view! { <pages::SyncPage /> };
    Settings: load_settings, rest => view! { <pages::SettingsPage /> };
}

/// Declares what else is fetched: `name: loader, chunk => what it brings;`
macro_rules! parts {
    ($($(#[$about:meta])* $name:ident: $load:ident, $chunk:ident => $part:ty;)*) => {$(
        #[wasm_split($chunk, wasm_split_path = ::leptos::wasm_split, fallible)]
        fn $load() -> Result<$part, SplitLoaderError> {
            Ok(<$part>::here())
        }

        $(#[$about])*
        pub fn $name() -> Later<$part> {
            Later::new(|| Box::pin($load()))
        }
    )*};
}

parts! {
    /// What it takes to begin a workflow.
    begin: load_begin, begin => Begin;
    /// What stands beside and over the canvas.
    panels: load_panels, panels => Panels;
    /// What stands beside and over a running workflow.
    run_panels: load_run_panels, run_panels => RunPanels;
    /// The dialogs about a linked workflow.
    remote_dialogs: load_remote_dialogs, rest => Dialogs;
}

/// Asks for a chunk.
type Fetch<T> = fn() -> Pin<Box<dyn Future<Output = Result<T, SplitLoaderError>>>>;

/// What a chunk brings, once it is here.
pub struct Later<T: Copy + Send + std::marker::Sync + 'static> {
    /// It is here.
    pub here: RwSignal<Option<T>>,
    /// It could not be fetched, and was not asked for since.
    missing: RwSignal<bool>,
    load: Fetch<T>,
}

impl<T: Copy + Send + std::marker::Sync> Clone for Later<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Copy + Send + std::marker::Sync> Copy for Later<T> {}

impl<T: Copy + Send + std::marker::Sync> Later<T> {
    /// Nobody asked for it yet.
    fn new(load: Fetch<T>) -> Later<T> {
        Later {
            here: RwSignal::new(None),
            missing: RwSignal::new(false),
            load,
        }
    }

    /// It, fetched unless it is here; nothing when it cannot be. What is asked for twice is fetched once.
    pub async fn get(self) -> Option<T> {
        if let Some(part) = self.here.try_get_untracked().flatten() {
            return Some(part);
        }
        self.missing.try_set(false);
        let part = (self.load)().await.ok();
        // The page that wanted it may have been left meanwhile.
        match part {
            Some(part) => drop(self.here.try_set(Some(part))),
            None => drop(self.missing.try_set(true)),
        }
        part
    }

    /// Asks for it.
    pub fn fetch(self) {
        spawn_local(async move {
            self.get().await;
        });
    }

    /// Asks for it because somebody wants to see what it draws; when it cannot be fetched that is said, and
    /// what was opened is to be closed.
    pub fn open(self, app: AppState, close: impl FnOnce() + 'static) {
        let close: Box<dyn FnOnce()> = Box::new(close);
        spawn_local(async move {
            if self.get().await.is_none() {
                app.report(&unfetched());
                close();
            }
        });
    }

    /// Draws with it; until it is here, says that it is on its way, or how to ask for it again.
    pub fn draw(self, draw: impl Fn(T) -> AnyView) -> AnyView {
        match self.here.get() {
            Some(part) => draw(part),
            None => self.waiting(),
        }
    }

    /// What stands where it will draw.
    pub fn waiting(self) -> AnyView {
        waiting(self.missing, Callback::new(move |()| self.fetch()))
    }
}

/// A dialog that is fetched when it is first opened. One that cannot be fetched is said and stays closed.
pub fn dialog<T: Copy + Send + std::marker::Sync>(
    open: RwSignal<bool>,
    part: Later<T>,
    draw: impl Fn(T) -> AnyView + Send + 'static,
) -> AnyView {
    let app = use_app();
    effect(move || {
        if open.get() {
            part.open(app, move || {
                open.try_set(false);
            });
        }
    });
    (move || part.here.get().map(&draw)).into_any()
}

fn waiting(missing: RwSignal<bool>, again: Callback<()>) -> AnyView {
    let apology = move || {
        match missing.get() {
        false => view! { <p class="d-note" role="status">"Opening…"</p> }.into_any(),
        true => view! {
            <div role="alert">
                <p class="d-note">{unfetched().message}</p>
                <button type="button" class="button" on:click=handler(move |_| again.run(()))>"Try again"</button>
            </div>
        }
        .into_any(),
    }
    };
    apology.into_any()
}

const MISSING: &str = "This part of Leadline could not be fetched";
const WHY: &str = "There may be no network, or a new version may have taken the place of this one.";

/// What is said where a chunk cannot be fetched.
pub fn unfetched() -> Problem {
    Problem {
        code: ProblemCode::Unfetched,
        message: format!("{MISSING}. {WHY} Nothing was changed: try again, or reload the page."),
        findings: Vec::new(),
    }
}

/// What stands in for a page whose chunk could not be fetched.
fn missing(page: Later<Draw>) -> AnyView {
    let (busy, tries) = (RwSignal::new(false), RwSignal::new(1));
    let again = move |_| {
        busy.set(true);
        spawn_local(async move {
            if page.get().await.is_none() {
                tries.try_update(|tries| *tries += 1);
            }
            busy.try_set(false);
        });
    };
    let apology = move || {
        view! {
            <section class="page page-narrow" role="alert">
                <h1>{MISSING}</h1>
                <p class="muted">{WHY}" What you made is kept in this browser and is not affected."</p>
                <p class="muted">
                    {move || (tries.get() > 1).then(|| format!("Tried {} times.", tries.get()))}
                </p>
                <p class="button-row">
                    <button class="button button-primary" disabled=move || busy.get() on:click=handler(again)>"Try again"</button>
                    <button class="button" on:click=handler(move |_| reload())>"Reload the page"</button>
                </p>
            </section>
        }
    };
    (move || match page.here.get() {
        Some(draw) => draw(),
        None => apology().into_any(),
    })
    .into_any()
}

fn reload() {
    if window().location().reload().is_err() {
        leptos::logging::error!("the browser refused to reload the page");
    }
}
