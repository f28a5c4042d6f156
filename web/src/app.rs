//! The app's frame and its addresses: each page has its own, so reload and Back bring it back.

use leptos::prelude::*;
use leptos_router::components::{Route, Router, Routes};
use leptos_router::path;

use crate::designer::DesignerPage;
use crate::pages;
use crate::shell::Shell;
use crate::simulate::SimulatePage;
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
                    <Route path=path!("/workflows/:id") view=DesignerPage />
                    <Route path=path!("/workflows/:id/simulate") view=SimulatePage />
                    <Route path=path!("/workflows/:id/leads") view=pages::LeadsPage />
                    <Route path=path!("/workflows/:id/leads/:lead") view=pages::LeadPage />
                    <Route path=path!("/workflows/:id/calls") view=pages::WorkflowCallsPage />
                    <Route path=path!("/workflows/:id/events") view=pages::EventsPage />
                    <Route path=path!("/calls") view=pages::CallsPage />
                    <Route path=path!("/agents") view=pages::LibraryPage />
                    <Route path=path!("/agents/:id") view=pages::AgentPage />
                    <Route path=path!("/inbox") view=pages::InboxPage />
                    <Route path=path!("/runs") view=pages::RunsPage />
                    <Route path=path!("/runs/:id") view=pages::RunPage />
                    <Route path=path!("/scenarios") view=pages::ScenariosPage />
                    <Route path=path!("/playground") view=pages::PlaygroundPage />
                    <Route path=path!("/sync") view=pages::SyncPage />
                    <Route path=path!("/settings") view=pages::SettingsPage />
                </Routes>
            </Shell>
        </Router>
    }
}
