//! What it takes to begin a workflow: fetched when somebody does (see [`crate::lazy`]).

mod import;
mod sample;
mod templates;

use std::future::Future;
use std::pin::Pin;

use leadline_model::view::WorkflowSummary;
use leadline_model::{Definition, WorkflowId};
use leadline_protocol::{Problem, Request, Written};
use leptos::prelude::*;

use self::import::ImportDialog;
use self::templates::TemplatesDialog;
use super::choices::Opener;
use crate::client::Client;
use crate::state::AppState;

/// A workflow that is being made.
type Making = Pin<Box<dyn Future<Output = Result<WorkflowId, Problem>>>>;

/// Makes workflows. Nothing but [`Begin::here`] may reach what is in this folder.
#[derive(Clone, Copy)]
pub struct Begin {
    /// Makes the sample, with agent, number and leads, and lets its clock play.
    pub sample: fn(Client) -> Making,
    /// The dialog that offers the templates.
    pub templates: fn(RwSignal<bool>) -> AnyView,
    /// The dialog that imports a workflow.
    pub import: fn(RwSignal<bool>) -> AnyView,
}

impl Begin {
    /// The chunk itself.
    pub fn here() -> Begin {
        Begin {
            sample: |client| Box::pin(sample::prepare(client)),
            templates: |open| view! { <TemplatesDialog open /> }.into_any(),
            import: |open| view! { <ImportDialog open /> }.into_any(),
        }
    }
}

/// Creates a workflow from this definition and opens it.
fn create(app: AppState, definition: &Definition, opened: Opener) {
    let definition = Written::of(definition);
    app.run(
        Request::CreateWorkflow { definition },
        move |summary: WorkflowSummary| opened(summary.workflow.id),
    );
}
