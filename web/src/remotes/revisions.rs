//! Earlier forms of a linked workflow: what replaced each, what is different since, and back to it.

use leadline_model::{Definition, WorkflowId};
use leadline_protocol::{Document, Link, Problem, Request, Revision, SyncRequest};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::difference::{Fate, difference};
use crate::boxed::{effect, handler, memo};
use crate::components::control_flow::For;
use crate::components::dialog::Dialog;
use crate::components::live::{LiveProblem, use_live};
use crate::format;
use crate::state::{AppState, use_app};

/// Differences shown of one form.
const MOST_SHOWN: usize = 100;

fn ask(request: SyncRequest) -> Request {
    request.into()
}

/// The earlier forms of a workflow (its id and title), in a dialog that is open while there is one.
#[component]
pub fn RevisionsDialog(
    /// Of which workflow; closing sets it to none.
    of: RwSignal<Option<(WorkflowId, String)>>,
) -> impl IntoView {
    let open = RwSignal::new(false);
    effect(move || open.set(of.with(Option::is_some)));
    effect(move || {
        if !open.get() && of.with_untracked(Option::is_some) {
            of.set(None);
        }
    });
    let title = move || match of.get() {
        Some((_, title)) => format!("Earlier forms of “{title}”"),
        None => "Earlier forms".to_owned(),
    };
    view! {
        <Dialog open wide=true title=Signal::derive(title)>
            {move || of.get().map(|(id, _)| view! { <Revisions id open /> })}
        </Dialog>
    }
}

#[component]
fn Revisions(id: WorkflowId, open: RwSignal<bool>) -> impl IntoView {
    let of = id.clone();
    let request = move || {
        Some(ask(SyncRequest::Revisions {
            workflow_id: of.clone(),
        }))
    };
    let changes = id.clone();
    let live = use_live::<Vec<Revision>>(
        request,
        move |notice| matches!(notice, leadline_protocol::Notice::Edited { workflow_id, .. } if *workflow_id == changes),
    );
    let chosen = RwSignal::new(None::<u64>);
    let row = {
        let id = id.clone();
        move |revision: Revision| view! { <Row id=id.clone() revision chosen open /> }
    };
    view! {
        <p class="muted">
            "A form is kept whenever the exchange with the remote replaced what was here. Restoring one is an edit like any other: "
            "it goes to the remote too, and what is here now becomes an earlier form."
        </p>
        <LiveProblem live />
        {move || (live.data.get().is_none() && live.problem.get().is_none())
            .then(|| view! { <p class="muted" role="status">"Reading…"</p> })}
        {move || live.data.get().is_some_and(|list| list.is_empty()).then(|| view! {
            <p class="nothing muted">"There is none yet: nothing here was replaced by the exchange."</p>
        })}
        <ul class="revisions">
            <For each=move || live.data.get().unwrap_or_default() key=|revision| revision.number children=row />
        </ul>
    }
}

#[component]
fn Row(
    id: WorkflowId,
    revision: Revision,
    chosen: RwSignal<Option<u64>>,
    open: RwSignal<bool>,
) -> impl IntoView {
    let number = revision.number;
    let shown = memo(move || chosen.get() == Some(number));
    let when = format::date_time_seconds(leadline_model::Time(revision.at_ms));
    let (nodes, edges) = revision.size;
    let size = format!(
        "{}, {}",
        format::count(nodes, "node", "nodes"),
        format::count(edges, "connection", "connections")
    );
    let toggle = move |_| {
        chosen.set(if shown.get_untracked() {
            None
        } else {
            Some(number)
        })
    };
    let details = crate::components::field::unique_id("revision");
    let controls = details.clone();
    view! {
        <li class="revision">
            <div class="row spread">
                <div class="grow">
                    <p class="strong">{format!("Until {when}")}</p>
                    <p class="small muted">{format!("{size}. Replaced by {}.", revision.replaced_by)}</p>
                </div>
                <button type="button" class="button button-small" aria-expanded=move || shown.get().to_string()
                    aria-controls=controls aria-label=format!("Look at the form until {when}") on:click=handler(toggle)>
                    {move || if shown.get() { "Close" } else { "Look at it" }}
                </button>
            </div>
            <div id=details>
                {move || shown.get().then(|| view! { <Differences id=id.clone() number open /> })}
            </div>
        </li>
    }
}

#[derive(Clone, PartialEq)]
enum Read {
    Reading,
    Failed(String),
    Both(Box<Definition>, Box<Definition>),
}

async fn read_both(app: AppState, workflow_id: WorkflowId, number: u64) -> Result<Read, Problem> {
    let document = Request::GetDocument {
        workflow_id: workflow_id.clone(),
    };
    let now: Document = app.client.ask(document).await?;
    let then: Definition = app
        .client
        .ask(ask(SyncRequest::Revision {
            workflow_id,
            number,
        }))
        .await?;
    Ok(Read::Both(Box::new(then), Box::new(now.definition)))
}

/// What is different since a form, and the way back to it.
#[component]
fn Differences(id: WorkflowId, number: u64, open: RwSignal<bool>) -> impl IntoView {
    let app = use_app();
    let read = RwSignal::new(Read::Reading);
    let busy = RwSignal::new(false);
    let refused = RwSignal::new(None::<String>);
    let of = id.clone();
    spawn_local(async move {
        let answer = read_both(app, of, number).await;
        drop(read.try_set(answer.unwrap_or_else(|problem| Read::Failed(problem.message))));
    });
    let restore = Callback::new(move |()| {
        let request = ask(SyncRequest::Restore {
            workflow_id: id.clone(),
            number,
        });
        busy.set(true);
        spawn_local(async move {
            match app.client.ask::<Option<Link>>(request).await {
                Ok(_) => {
                    app.toasts.info("The earlier form was restored.");
                    open.try_set(false);
                }
                Err(problem) => drop(refused.try_set(Some(problem.message))),
            }
            busy.try_set(false);
        });
    });
    let list = move |then: &Definition, now: &Definition| {
        let lines = difference(then, now);
        let rest = lines.len().saturating_sub(MOST_SHOWN);
        if lines.is_empty() {
            return view! { <p class="muted">"Nothing is different now."</p> }.into_any();
        }
        let line = |(fate, text): (Fate, String)| {
            let class = match fate {
                Fate::Added => "fate fate-added",
                Fate::Removed => "fate fate-removed",
                Fate::Changed => "fate",
            };
            view! { <li><span class=class>{fate.words()}</span><span class="wrap-anywhere">{text}</span></li> }
        };
        view! {
            <h3>"Different since then"</h3>
            <ul class="fates">{lines.into_iter().take(MOST_SHOWN).map(line).collect_view()}</ul>
            {(rest > 0).then(|| view! { <p class="muted">{format!("And {rest} more.")}</p> })}
            <div class="row">
                <button type="button" class="button button-primary" disabled=move || busy.get()
                    on:click=handler(move |_| restore.run(()))>"Restore"</button>
            </div>
        }
        .into_any()
    };
    view! {
        <div class="stack revision-body">
            {move || read.with(|read| match read {
                Read::Reading => view! { <p class="muted" role="status">"Reading…"</p> }.into_any(),
                Read::Failed(reason) => view! { <p class="error-text" role="alert">{reason.clone()}</p> }.into_any(),
                Read::Both(then, now) => list(then, now),
            })}
            {move || refused.get().map(|text| view! { <p class="error-text" role="alert">{text}</p> })}
        </div>
    }
}
