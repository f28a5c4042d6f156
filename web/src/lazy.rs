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
use crate::state::use_app;
use crate::{designer, pages, simulate};

/// Draws a page.
type Draw = fn() -> AnyView;
/// Draws a dialog.
pub type Drawn = Box<dyn Fn() -> AnyView + Send + std::marker::Sync>;
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
                    Err(_) => missing(|| Box::pin($load())),
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

/// What it takes to begin a workflow.
#[wasm_split(begin, wasm_split_path = ::leptos::wasm_split, fallible)]
pub fn load_begin() -> Result<Begin, SplitLoaderError> {
    Ok(Begin::here())
}

/// What stands beside and over the canvas.
#[wasm_split(panels, wasm_split_path = ::leptos::wasm_split, fallible)]
pub fn load_panels() -> Result<Panels, SplitLoaderError> {
    Ok(Panels::here())
}

/// What stands beside a running workflow.
#[wasm_split(run_panels, wasm_split_path = ::leptos::wasm_split, fallible)]
pub fn load_run_panels() -> Result<RunPanels, SplitLoaderError> {
    Ok(RunPanels::here())
}

/// The dialogs about a linked workflow.
#[wasm_split(rest, wasm_split_path = ::leptos::wasm_split, fallible)]
pub fn load_remote_dialogs() -> Result<Dialogs, SplitLoaderError> {
    Ok(Dialogs::here())
}

/// Asks for the chunk with a dialog.
type LoadedDialog = Fetching<Drawn>;

/// A dialog that is fetched when it is first opened. One that cannot be fetched is said and stays closed.
pub fn dialog(open: RwSignal<bool>, load: Box<dyn Fn() -> LoadedDialog>) -> AnyView {
    let app = use_app();
    let drawn = StoredValue::new(None::<Drawn>);
    let here = RwSignal::new(false);
    effect(move || {
        if !open.get() || here.get_untracked() {
            return;
        }
        let asked = load();
        spawn_local(async move {
            match asked.await {
                // The page with the dialog may have been left meanwhile.
                Ok(draw) => {
                    drop(drawn.try_set_value(Some(draw)));
                    here.try_set(true);
                }
                Err(_) => {
                    app.report(&unfetched());
                    open.try_set(false);
                }
            }
        });
    });
    (move || {
        here.get()
            .then(|| drawn.with_value(|drawn| drawn.as_ref().map(|draw| draw())))
    })
    .into_any()
}

/// Fetches what a chunk brings.
type Fetch<T> = fn() -> Fetching<T>;
/// What is on its way.
type Fetching<T> = Pin<Box<dyn Future<Output = Result<T, SplitLoaderError>>>>;

/// What a chunk brings, once it is here.
pub struct Later<T: Copy + Send + std::marker::Sync + 'static> {
    /// It is here.
    pub here: RwSignal<Option<T>>,
    /// It could not be fetched, and was not asked for since.
    pub missing: RwSignal<bool>,
    asked: RwSignal<bool>,
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
    pub fn new(load: Fetch<T>) -> Later<T> {
        Later {
            here: RwSignal::new(None),
            missing: RwSignal::new(false),
            asked: RwSignal::new(false),
            load,
        }
    }

    /// Asks for it, unless it is here or on its way.
    pub fn fetch(self) {
        if self.asked.get_untracked() {
            return;
        }
        self.asked.set(true);
        self.missing.set(false);
        spawn_local(async move {
            // The page may have been left meanwhile.
            match (self.load)().await {
                Ok(part) => drop(self.here.try_set(Some(part))),
                Err(_) => {
                    self.missing.try_set(true);
                    self.asked.try_set(false);
                }
            }
        });
    }

    /// Draws with it; until it is here, says that it is on its way, or how to ask for it again.
    pub fn draw(self, draw: impl Fn(T) -> AnyView) -> AnyView {
        match self.here.get() {
            Some(part) => draw(part),
            None => waiting(self.missing, Callback::new(move |()| self.fetch())),
        }
    }
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

/// What is said where a chunk cannot be fetched.
pub fn unfetched() -> Problem {
    Problem {
        code: ProblemCode::Unfetched,
        message: "This part of Leadline could not be fetched. There may be no network, or a new version may have \
                  taken the place of this one. Nothing was changed: try again, or reload the page."
            .to_owned(),
        findings: Vec::new(),
    }
}

/// Asks for a page's chunk.
type Load = Fetch<Draw>;

/// What stands in for a page whose chunk could not be fetched.
fn missing(load: Load) -> AnyView {
    let (arrived, busy, tries) = (
        RwSignal::new(None::<Draw>),
        RwSignal::new(false),
        RwSignal::new(1),
    );
    let again = move |_| {
        busy.set(true);
        spawn_local(async move {
            match load().await {
                Ok(draw) => arrived.set(Some(draw)),
                Err(_) => tries.update(|tries| *tries += 1),
            }
            busy.set(false);
        });
    };
    let apology = move || {
        view! {
            <section class="page page-narrow" role="alert">
                <h1>"This part of Leadline could not be fetched"</h1>
                <p class="muted">
                    "There may be no network, or a new version may have taken the place of this one. What you \
                     made is kept in this browser and is not affected."
                </p>
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
    (move || match arrived.get() {
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
