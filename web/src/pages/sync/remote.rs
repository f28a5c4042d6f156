//! One remote: how it stands, what needs a person, and what can be done.

use leadline_protocol::{Remote, RemoteId, RemoteKind, RemoteState, SyncRequest};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::change::{ChangeKey, ChangeRemote, KeyForm};
use super::files::{FilesPanel, kept};
use super::lists::{LinkList, LogList, OutboxList};
use super::pick::PickWorkflows;
use crate::boxed::{handler, memo, opens};
use crate::components::control_flow::Show;
use crate::components::icon::Icon;
use crate::format;
use crate::remotes::keep_focus;
use crate::remotes::mark::timed;
use crate::remotes::standing::{self, Tone, kind_words};
use crate::state::{AppState, use_app};

/// Asks for something, and says `done` when it was taken.
pub fn change(app: AppState, request: SyncRequest, done: &'static str) {
    spawn_local(async move {
        match app.remotes.change(request).await {
            Ok(()) if done.is_empty() => {}
            Ok(()) => app.toasts.info(done),
            Err(problem) => app.report(&problem),
        }
        keep_focus();
    });
}

/// One remote.
#[component]
pub fn RemoteCard(
    /// Which.
    id: RemoteId,
) -> impl IntoView {
    let remote = use_app().remotes.remote(id);
    let title = crate::components::field::unique_id("remote");
    let labelled = title.clone();
    let name = move || remote.with(|r| r.as_ref().map(|r| r.name.clone()).unwrap_or_default());
    let place = move || {
        remote.with(|remote| {
            remote.as_ref().map(|remote| match remote.kind {
                RemoteKind::Files => kind_words(remote.kind).to_owned(),
                kind => format!("{} · {}", kind_words(kind), remote.address),
            })
        })
    };
    view! {
        <section class="card stack remote" aria-labelledby=labelled>
            <header class="remote-head">
                <div class="grow">
                    <h2 id=title class="wrap-anywhere">{name}</h2>
                    <p class="small muted wrap-anywhere">{place}</p>
                </div>
                <State remote />
            </header>
            <Trouble id remote />
            <Tools id remote />
            <LinkList remote />
            <OutboxList id remote />
            <LogList remote />
        </section>
    }
}

/// How it stands; who cannot see the page hears what does not pass by itself.
#[component]
fn State(remote: Memo<Option<Remote>>) -> impl IntoView {
    let stands = memo(move || remote.with(|remote| remote.as_ref().map(standing::of_remote)));
    let said = Memo::new(move |before: Option<&Option<String>>| {
        let now = stands.with(|stands| {
            let stands = stands.as_ref().filter(|stands| stands.tone != Tone::Busy)?;
            let name = remote.with(|r| r.as_ref().map(|r| r.name.clone()))?;
            Some(format!("{name}: {}", stands.words))
        });
        match (before, now) {
            (None, _) => None,
            (Some(before), None) => before.clone(),
            (Some(_), now) => now,
        }
    });
    view! {
        {move || stands.get().map(|stands| {
            let class = format!("remote-state {}", stands.tone.class());
            view! { <p class=class>{stands.icon.draw()}<span>{timed(&stands)}</span></p> }
        })}
        <p class="visually-hidden" role="status">{move || said.get()}</p>
    }
}

/// What stands in the way, with the way out.
#[component]
fn Trouble(id: RemoteId, remote: Memo<Option<Remote>>) -> impl IntoView {
    let state = memo(move || remote.with(|r| r.as_ref().map(|r| r.state.clone())));
    let files =
        memo(move || remote.with(|r| r.as_ref().is_some_and(|r| r.kind == RemoteKind::Files)));
    let trouble = move || {
        match state.get()? {
        RemoteState::Unauthorized => Some(view! { <NeedsKey id /> }.into_any()),
        RemoteState::Empty => Some(view! { <SaysEmpty id remote /> }.into_any()),
        RemoteState::Unreachable {
            reason,
            retry_at_ms,
        } => {
            let at = (retry_at_ms > 0).then(|| format::time_of_day_seconds(retry_at_ms));
            let again = at.map_or("Tried again by itself.".to_owned(), |at| {
                format!("Tried again by itself at {at}.")
            });
            Some(
                view! {
                    <div class="note note-warning">
                        <p class="wrap-anywhere">{reason}</p>
                        <p class="small">{again}</p>
                    </div>
                }
                .into_any(),
            )
        }
        RemoteState::Offline => Some(
            view! {
                <p class="note note-warning">
                    "The browser says that there is no network. What you edit is kept here and sent when there is."
                </p>
            }
            .into_any(),
        ),
        RemoteState::Synced { .. } | RemoteState::Syncing | RemoteState::NeedsFiles => None,
    }
    };
    view! {
        {trouble}
        <Show when=move || files.get()><FilesPanel remote=id /></Show>
    }
}

#[component]
fn NeedsKey(id: RemoteId) -> impl IntoView {
    view! {
        <div class="note note-danger stack">
            <p>
                "The server does not take the key: it may have been revoked. Nothing is sent before there is another one; \
                 what waits is kept."
            </p>
            <KeyForm remote=id label="Another key" open=RwSignal::new(true) />
        </div>
    }
}

#[component]
fn SaysEmpty(id: RemoteId, remote: Memo<Option<Remote>>) -> impl IntoView {
    let app = use_app();
    let go_on = move |_| {
        let Some(remote) = remote.get_untracked() else {
            return;
        };
        let count = format::count(remote.workflows.len() as u64, "workflow", "workflows");
        app.confirm(
            format!("Send everything to “{}” anew?", remote.name),
            &format!("{count} of this browser will be made there. Do this only if the remote really lost or never had them."),
            "Send mine there",
            move || change(app, SyncRequest::GoOn { remote: id }, "Everything is sent there."),
        );
    };
    let again = move |_| change(app, SyncRequest::SyncNow { remote: id }, "");
    view! {
        <div class="note note-danger stack">
            <p>
                "The remote says that it holds nothing, or is another one now, although it held your workflows. Nothing was \
                 deleted here, and nothing is sent before you say so. It may be the wrong address, another key's \
                 organization, or a server that lost its data."
            </p>
            <div class="row row-tight">
                <button type="button" class="button" on:click=handler(again)>"Look again"</button>
                <button type="button" class="button button-danger" on:click=handler(go_on)>
                    "It really is empty: send mine there"
                </button>
            </div>
        </div>
    }
}

#[component]
fn Tools(id: RemoteId, remote: Memo<Option<Remote>>) -> impl IntoView {
    let app = use_app();
    let (picking, changing, rekeying) = (
        RwSignal::new(false),
        RwSignal::new(false),
        RwSignal::new(false),
    );
    let server =
        memo(move || remote.with(|r| r.as_ref().is_some_and(|r| r.kind != RemoteKind::Files)));
    let sync = move |_| change(app, SyncRequest::SyncNow { remote: id }, "");
    let pull = move |_| {
        let done = "Everything is being compared.";
        change(app, SyncRequest::PullEverything { remote: id }, done);
    };
    let remove = move |_| {
        if let Some(remote) = remote.get_untracked() {
            ask_to_remove(app, &remote);
        }
    };
    view! {
        <div class="row row-tight">
            <Show when=move || server.get()>
                <button type="button" class="button button-primary" on:click=handler(sync)>
                    {Icon::Sync.draw()}"Sync now"
                </button>
            </Show>
            <button type="button" class="button" on:click=opens(picking)>
                {Icon::Link.draw()}"Link workflows…"
            </button>
            <Show when=move || server.get()>
                <button type="button" class="button" title="Compare everything with the remote, whatever is known of it"
                    on:click=handler(pull)>"Pull everything again"</button>
            </Show>
            <button type="button" class="button" on:click=opens(changing)>"Change…"</button>
            <Show when=move || server.get()>
                <button type="button" class="button" on:click=opens(rekeying)>"Change key…"</button>
            </Show>
            <button type="button" class="button button-danger" on:click=handler(remove)>"Remove…"</button>
        </div>
        <PickWorkflows remote=id open=picking />
        <ChangeRemote remote open=changing />
        <ChangeKey remote=id open=rekeying />
    }
}

fn ask_to_remove(app: AppState, remote: &Remote) {
    let lost = match standing::waiting(remote, None) {
        0 => String::new(),
        n => {
            let n = format::count(n as u64, "request waits", "requests wait");
            format!(" {n} for it and will not be sent.")
        }
    };
    let key = if remote.has_key {
        "Its key is forgotten. "
    } else {
        ""
    };
    let text = format!("{key}Workflows stay here and there, each as it is.{lost}");
    let id = remote.id;
    app.confirm(
        format!("Remove “{}”?", remote.name),
        &text,
        "Remove",
        move || {
            change(
                app,
                SyncRequest::RemoveRemote { remote: id },
                "The remote was removed.",
            );
            spawn_local(async move {
                if let Err(reason) = kept::forget(id).await {
                    app.toasts
                        .error(format!("The browser's database: {reason}"));
                }
            });
        },
    );
}
