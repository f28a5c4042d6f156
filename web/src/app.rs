//! The app's frame and its addresses: each page has its own, so reload and Back bring it back.

use leptos::prelude::*;
use leptos_router::components::{Route, Router, Routes};
use leptos_router::{Lazy, path};

use crate::lazy;
use crate::pages;
use crate::shell::Shell;
use crate::state::AppState;

/// The whole app.
#[component]
pub fn App() -> impl IntoView {
    let app = AppState::start();
    provide_context(app);
    let base = crate::dom::base().trim_end_matches('/').to_owned();
    view! {
        <Router base>
            <Shell>
                <Routes fallback=pages::NotFoundPage>
                    <Route path=path!("/") view=pages::WorkflowsPage />
                    <Route path=path!("/workflows") view=pages::WorkflowsPage />
                    <Route path=path!("/workflows/:id") view={Lazy::<lazy::Designer>::new()} />
                    <Route path=path!("/workflows/:id/simulate") view={Lazy::<lazy::Simulate>::new()} />
                    <Route path=path!("/workflows/:id/leads") view={Lazy::<lazy::Leads>::new()} />
                    <Route path=path!("/workflows/:id/leads/:lead") view={Lazy::<lazy::Lead>::new()} />
                    <Route path=path!("/workflows/:id/calls") view={Lazy::<lazy::WorkflowCalls>::new()} />
                    <Route path=path!("/workflows/:id/events") view={Lazy::<lazy::Events>::new()} />
                    <Route path=path!("/calls") view={Lazy::<lazy::Calls>::new()} />
                    <Route path=path!("/agents") view={Lazy::<lazy::Library>::new()} />
                    <Route path=path!("/agents/:id") view={Lazy::<lazy::Agent>::new()} />
                    <Route path=path!("/inbox") view={Lazy::<lazy::Inbox>::new()} />
                    <Route path=path!("/runs") view={Lazy::<lazy::Runs>::new()} />
                    <Route path=path!("/runs/:id") view={Lazy::<lazy::Run>::new()} />
                    <Route path=path!("/scenarios") view={Lazy::<lazy::Scenarios>::new()} />
                    <Route path=path!("/playground") view={Lazy::<lazy::Playground>::new()} />
                    <Route path=path!("/sync") view={Lazy::<lazy::Sync>::new()} />
                    <Route path=path!("/settings") view={Lazy::<lazy::Settings>::new()} />
                </Routes>
            </Shell>
        </Router>
    }
}
