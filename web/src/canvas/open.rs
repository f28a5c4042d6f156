//! Opens a workflow for a page with a canvas: reads its document, puts it on a desk, and keeps what
//! the engine tells of it coming.

use leadline_model::WorkflowId;
use leadline_protocol::{Document, Notice, Problem, Request};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::desk::Desk;
use crate::state::{AppState, use_app};

/// A workflow on its desk.
#[derive(Clone)]
pub struct Opened {
    /// The desk.
    pub desk: Desk,
    /// The seed of its simulated luck when it was opened.
    pub seed: u64,
}

/// Reads the workflow and shows it with `page`; meanwhile, and when it cannot be read, says so.
#[component]
pub fn OpenWorkflow<V: IntoView + 'static>(
    /// Which workflow.
    id: Memo<Option<WorkflowId>>,
    /// The page on its desk.
    page: fn(Opened) -> V,
) -> impl IntoView {
    let app = use_app();
    move || {
        app.replaced.track();
        match id.get() {
            None => {
                view! { <p class="c-empty">"This is not the address of a workflow."</p> }.into_any()
            }
            Some(id) => view! { <One id page /> }.into_any(),
        }
    }
}

/// One workflow, until another is asked for.
#[component]
fn One<V: IntoView + 'static>(id: WorkflowId, page: fn(Opened) -> V) -> impl IntoView {
    let app = use_app();
    let opened = RwSignal::new_local(None::<Result<Opened, Problem>>);
    let deleted = RwSignal::new(false);
    // What is made after the answer belongs to this component all the same.
    let owner = Owner::current();
    let wanted = id.clone();
    spawn_local(async move {
        let answer = app
            .client
            .ask::<Document>(Request::GetDocument {
                workflow_id: wanted,
            })
            .await;
        let open = || {
            opened
                .try_update(|slot| *slot = Some(answer.map(|document| put_on_desk(app, document))))
        };
        match owner {
            Some(owner) => owner.with(open),
            None => open(),
        };
    });
    app.client.listen(move |notice| {
        if matches!(notice, Notice::Deleted { workflow_id } if *workflow_id == id) {
            deleted.set(true);
        }
    });
    view! {
        {move || deleted.get().then(|| view! {
            <p class="c-empty" role="alert">"This workflow was deleted. Nothing here is saved any more."</p>
        })}
        {move || match opened.get() {
            None => view! { <p class="c-empty" role="status">"Opening…"</p> }.into_any(),
            Some(Ok(opened)) => page(opened).into_any(),
            Some(Err(problem)) => view! { <p class="c-empty" role="alert">{problem.message}</p> }.into_any(),
        }}
    }
}

fn put_on_desk(app: AppState, document: Document) -> Opened {
    let id = document.summary.workflow.id;
    let desk = Desk::open(app, id, document.definition, document.findings);
    Opened {
        desk,
        seed: document.seed,
    }
}
