//! Linking a workflow: with which remote, and what can be done once it is linked.

use leadline_model::WorkflowId;
use leadline_protocol::{Link, Problem, Remote, RemoteId, SyncRequest};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::A;

use super::keep_focus;
use super::mark::timed;
use super::revisions::RevisionsDialog;
use super::standing::{self, kind_words};
use crate::boxed::{closes, handler, memo, opens};
use crate::components::control_flow::{For, Show};
use crate::components::dialog::Dialog;
use crate::components::icon::Icon;
use crate::format;
use crate::lazy;
use crate::state::{AppState, use_app};

/// Links workflows one after the other; ends with the first that is refused.
///
/// # Errors
///
/// Why a workflow was refused; those before it are linked.
pub async fn link_all(
    app: AppState,
    remote: RemoteId,
    workflows: Vec<WorkflowId>,
) -> Result<(), Problem> {
    for workflow_id in workflows {
        app.remotes
            .change(SyncRequest::Link {
                workflow_id,
                remote,
            })
            .await?;
    }
    Ok(())
}

/// Asks before a workflow and its remote go their own ways.
pub fn ask_to_unlink(app: AppState, link: &Link, remote: &Remote) {
    let waits = standing::waiting(remote, Some(&link.workflow_id));
    let lost = match waits {
        0 => String::new(),
        n => format!(
            " {} for it and will not be sent.",
            format::count(n as u64, "request waits", "requests wait")
        ),
    };
    let text = format!(
        "It stays here and on {} as it is on each side, and each goes its own way.{lost}",
        remote.name
    );
    let id = link.workflow_id.clone();
    app.confirm(
        format!("Unlink “{}”?", link.title),
        &text,
        "Unlink",
        move || {
            let request = SyncRequest::Unlink {
                workflow_id: id.clone(),
            };
            spawn_local(async move {
                match app.remotes.change(request).await {
                    Ok(()) => app.toasts.info("The workflow was unlinked."),
                    Err(problem) => app.report(&problem),
                }
                keep_focus();
            });
        },
    );
}

/// Opens the dialog for a workflow that is not linked; nothing while there is no remote or it is linked.
#[component]
pub fn LinkButton(
    /// Which workflow.
    #[prop(into)]
    id: Signal<Option<WorkflowId>>,
    /// Its title.
    #[prop(into)]
    title: Signal<String>,
    /// Whether there is only room for the sign.
    #[prop(optional)]
    small: bool,
) -> impl IntoView {
    let app = use_app();
    let linked = app.remotes.linked(move || id.get());
    let open = RwSignal::new(false);
    let offered = memo(move || {
        let any = app
            .remotes
            .list
            .with(|list| list.as_ref().is_some_and(|list| !list.is_empty()));
        any && linked.with(Option::is_none)
    });
    let class = if small { "icon-button" } else { "button" };
    view! {
        <Show when=move || offered.get()>
            <button type="button" class=class title="Link with a remote" aria-haspopup="dialog"
                aria-label=move || format!("Link {} with a remote", title.get())
                on:click=opens(open)>
                {Icon::Link.draw()}{(!small).then_some("Link")}
            </button>
        </Show>
        {dialog(id, open)}
    }
}

/// The dialog about a workflow, in its place.
pub fn dialog(id: Signal<Option<WorkflowId>>, open: RwSignal<bool>) -> AnyView {
    let part = lazy::remote_dialogs();
    lazy::dialog(open, part, move |dialogs| (dialogs.link)(id, open))
}

/// What there is to do: link, or all that a linked workflow offers.
#[component]
pub fn LinkDialog(
    /// Which workflow.
    #[prop(into)]
    id: Signal<Option<WorkflowId>>,
    /// Whether it is open.
    open: RwSignal<bool>,
) -> impl IntoView {
    let app = use_app();
    let linked = app.remotes.linked(move || id.get());
    let is_linked = memo(move || linked.with(Option::is_some));
    let forms = RwSignal::new(None::<(WorkflowId, String)>);
    let title = move || match linked.get() {
        Some((_, remote)) => format!("Linked with {}", remote.name),
        None => "Link with a remote".to_owned(),
    };
    view! {
        <Dialog open title=Signal::derive(title)>
            {move || match is_linked.get() {
                true => view! { <Linked linked open forms /> }.into_any(),
                false => view! { <Choose id open /> }.into_any(),
            }}
        </Dialog>
        <RevisionsDialog of=forms />
    }
}

#[component]
fn Linked(
    linked: Memo<Option<(Link, Remote)>>,
    open: RwSignal<bool>,
    forms: RwSignal<Option<(WorkflowId, String)>>,
) -> impl IntoView {
    let app = use_app();
    let stands = move || {
        linked.get().map(|(link, remote)| {
            let stands = standing::of_link(&link, &remote);
            let class = format!("link-words {}", stands.tone.class());
            view! {
                <p class=class role="status">{stands.icon.draw()}<span>{timed(&stands)}</span></p>
                {(!stands.detail.is_empty()).then(|| view! { <p class="muted wrap-anywhere">{stands.detail.clone()}</p> })}
            }
        })
    };
    let sync = move |_| {
        let Some((_, remote)) = linked.get_untracked() else {
            return;
        };
        spawn_local(async move {
            let request = SyncRequest::SyncNow { remote: remote.id };
            if let Err(problem) = app.remotes.change(request).await {
                app.report(&problem);
            }
        });
    };
    let earlier = move |_| {
        if let Some((link, _)) = linked.get_untracked() {
            open.set(false);
            forms.set(Some((link.workflow_id, link.title)));
        }
    };
    let unlink = move |_| {
        if let Some((link, remote)) = linked.get_untracked() {
            open.set(false);
            ask_to_unlink(app, &link, &remote);
        }
    };
    let with_files = move || {
        linked.with(|linked| {
            linked
                .as_ref()
                .is_some_and(|(_, remote)| remote.kind == leadline_protocol::RemoteKind::Files)
        })
    };
    view! {
        {stands}
        <div class="row row-tight">
            {move || (!with_files()).then(|| view! {
                <button type="button" class="button button-primary" on:click=handler(sync)>"Sync now"</button>
            })}
            <button type="button" class="button" on:click=handler(earlier)>"Earlier forms…"</button>
            <A href="/sync" {..} class="button" on:click=closes(open)>"Sync page"</A>
            <button type="button" class="button" on:click=handler(unlink)>"Unlink…"</button>
        </div>
    }
}

#[component]
fn Choose(#[prop(into)] id: Signal<Option<WorkflowId>>, open: RwSignal<bool>) -> impl IntoView {
    let app = use_app();
    let problem = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let choose = move |remote: Remote| {
        let Some(id) = id.get_untracked().filter(|_| !busy.get_untracked()) else {
            return;
        };
        busy.set(true);
        spawn_local(async move {
            match link_all(app, remote.id, vec![id]).await {
                Ok(()) => {
                    app.toasts.info(format!("Linked with {}.", remote.name));
                    open.try_set(false);
                    keep_focus();
                }
                Err(refused) => drop(problem.try_set(Some(refused.message))),
            }
            busy.try_set(false);
        });
    };
    let choice = move |remote: Remote| {
        let (name, kind) = (remote.name.clone(), kind_words(remote.kind));
        view! {
            <li>
                <button type="button" class="button link-choice" disabled=move || busy.get()
                    on:click=handler(move |_| choose(remote.clone()))>
                    <span>{format!("Link with {name}")}</span><span class="muted small">{kind}</span>
                </button>
            </li>
        }
    };
    let remotes = memo(move || app.remotes.list.get().unwrap_or_default());
    view! {
        <p class="muted">"The workflow is sent there, and both sides are kept in step from then on."</p>
        <ul class="link-choices">
            <For each=move || remotes.get() key=|remote| remote.id children=choice />
        </ul>
        {move || problem.get().map(|text| view! { <p class="error-text" role="alert">{text}</p> })}
        {move || remotes.with(Vec::is_empty).then(|| view! {
            <p>"There is no remote yet. "<A href="/sync">"Add one on the Sync page"</A></p>
        })}
    }
}
