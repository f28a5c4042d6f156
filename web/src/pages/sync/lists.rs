//! What is linked with a remote, what waits for it or was set aside, and its log.

use leadline_model::{Time, WorkflowId};
use leadline_protocol::{Link, LogLine, QueueState, Queued, Remote, RemoteId, SyncRequest};
use leptos::prelude::*;
use leptos_router::components::A;

use super::remote::change;
use crate::boxed::{handler, memo};
use crate::components::control_flow::{For, Show};
use crate::components::icon::Icon;
use crate::format;
use crate::remotes::link::ask_to_unlink;
use crate::remotes::mark::timed;
use crate::remotes::revisions::RevisionsDialog;
use crate::remotes::standing;
use crate::state::use_app;

/// Requests shown of a long outbox.
const MOST_SHOWN: usize = 50;

/// The linked workflows.
#[component]
pub fn LinkList(
    /// Of which remote.
    remote: Memo<Option<Remote>>,
) -> impl IntoView {
    let forms = RwSignal::new(None::<(WorkflowId, String)>);
    let ids = move || -> Vec<WorkflowId> {
        remote.with(|remote| {
            let links = remote.iter().flat_map(|remote| &remote.workflows);
            links.map(|link| link.workflow_id.clone()).collect()
        })
    };
    let count = memo(move || remote.with(|r| r.as_ref().map_or(0, |r| r.workflows.len())));
    let row = move |id: WorkflowId| {
        let link = memo(move || {
            remote.with(|remote| {
                let mut links = remote.as_ref()?.workflows.iter();
                links.find(|link| link.workflow_id == id).cloned()
            })
        });
        view! { <LinkRow remote link forms /> }
    };
    view! {
        <section class="stack remote-part">
            <h3>{move || match count.get() {
                0 => "No workflow is linked yet".to_owned(),
                n => format::count(n as u64, "linked workflow", "linked workflows"),
            }}</h3>
            <Show when=move || { count.get() > 0 }>
                <ul class="sync-list">
                    <For each=ids key=|id| id.clone() children=row />
                </ul>
            </Show>
        </section>
        <RevisionsDialog of=forms />
    }
}

#[component]
fn LinkRow(
    remote: Memo<Option<Remote>>,
    link: Memo<Option<Link>>,
    forms: RwSignal<Option<(WorkflowId, String)>>,
) -> impl IntoView {
    let app = use_app();
    let title =
        memo(move || link.with(|l| l.as_ref().map(|l| l.title.clone()).unwrap_or_default()));
    let address = move || {
        link.with(|link| {
            link.as_ref()
                .map(|link| format!("/workflows/{}", link.workflow_id))
        })
        .unwrap_or_default()
    };
    // What holds for the whole remote is said above.
    let stands = memo(move || {
        remote.with(|remote| {
            link.with(|link| {
                let (link, remote) = link.as_ref().zip(remote.as_ref())?;
                let stands = standing::of_link(link, remote);
                let own = stands.detail != standing::of_remote(remote).detail;
                Some((stands, own))
            })
        })
    });
    let conflicts = memo(move || link.with(|l| l.as_ref().map_or(0, |l| l.conflicts.len())));
    let unlink = move |_| {
        if let Some((link, remote)) = link.get_untracked().zip(remote.get_untracked()) {
            ask_to_unlink(app, &link, &remote);
        }
    };
    let earlier = move |_| {
        if let Some(link) = link.get_untracked() {
            forms.set(Some((link.workflow_id, link.title)));
        }
    };
    view! {
        <li class="sync-row">
            <div class="grow">
                <A href={address} {..} class="strong wrap-anywhere">{title}</A>
                {move || stands.get().map(|(stands, own)| {
                    let class = format!("link-words {}", stands.tone.class());
                    view! {
                        <p class=class>{stands.icon.draw()}<span>{timed(&stands)}</span></p>
                        {(own && !stands.detail.is_empty()).then(|| view! { <p class="small muted wrap-anywhere">{stands.detail.clone()}</p> })}
                    }
                })}
            </div>
            <Show when=move || { conflicts.get() > 0 }>
                <A href={address} {..} class="button button-small">{move || match conflicts.get() {
                    1 => "Settle it".to_owned(),
                    n => format!("Settle {n}"),
                }}</A>
            </Show>
            <button type="button" class="button button-small" aria-label=move || format!("Earlier forms of {}", title.get())
                on:click=handler(earlier)>"Earlier forms…"</button>
            <button type="button" class="button button-small" aria-label=move || format!("Unlink {}", title.get())
                on:click=handler(unlink)>"Unlink…"</button>
        </li>
    }
}

/// What waits to be sent, in order, and what was set aside.
#[component]
pub fn OutboxList(
    /// Its number.
    id: RemoteId,
    /// Of which remote.
    remote: Memo<Option<Remote>>,
) -> impl IntoView {
    let outbox =
        memo(move || remote.with(|r| r.as_ref().map(|r| r.outbox.clone()).unwrap_or_default()));
    let count = move || outbox.with(Vec::len);
    let shown = move || {
        let (aside, waits): (Vec<Queued>, Vec<Queued>) = outbox
            .get()
            .into_iter()
            .partition(|queued| matches!(queued.state, QueueState::SetAside { .. }));
        aside
            .into_iter()
            .chain(waits)
            .take(MOST_SHOWN)
            .enumerate()
            .collect::<Vec<_>>()
    };
    // The whole request is the key: a row is drawn anew when anything in it changes.
    let key = |(at, queued): &(usize, Queued)| match &queued.key {
        Some(key) => format!("{key} {} {:?}", queued.what, queued.state),
        None => format!("{at} {queued:?}"),
    };
    view! {
        <Show when=move || { count() > 0 }>
            <section class="stack remote-part">
                <h3>{move || format::count(count() as u64, "request in the outbox", "requests in the outbox")}</h3>
                <ul class="sync-list">
                    <For each=shown key=key children=move |(_, queued)| view! { <OutboxRow id queued /> } />
                </ul>
                {move || (count() > MOST_SHOWN).then(|| view! {
                    <p class="small muted">{format!("And {} more.", count() - MOST_SHOWN)}</p>
                })}
            </section>
        </Show>
    }
}

#[component]
fn OutboxRow(id: RemoteId, queued: Queued) -> impl IntoView {
    let app = use_app();
    let Queued {
        key,
        title,
        what,
        state,
        ..
    } = queued;
    let (class, icon, words) = match &state {
        QueueState::Waiting => ("mark-plain", Icon::Clock, "Waits".to_owned()),
        QueueState::Sent => (
            "mark-plain",
            Icon::Sync,
            "Under way; its outcome is not known yet".to_owned(),
        ),
        QueueState::SetAside { reason } => (
            "mark-bad",
            Icon::Alert,
            match key {
                Some(_) => format!("Set aside: {reason} The others go on."),
                None => format!("Refused: {reason} It is tried again after the next edit."),
            },
        ),
    };
    let class = format!("link-words {class}");
    let aside = matches!(state, QueueState::SetAside { .. });
    let named = if title.is_empty() {
        what.clone()
    } else {
        format!("{what}, {title}")
    };
    let retry = key.clone().filter(|_| aside).map(|key| {
        let name = format!("Try again: {named}");
        let send = move |_| {
            let request = SyncRequest::Retry {
                remote: id,
                key: key.clone(),
            };
            change(app, request, "It is tried again.");
        };
        view! { <button type="button" class="button button-small" aria-label=name on:click=handler(send)>"Try again"</button> }
    });
    let give_up = key.filter(|_| state != QueueState::Sent).map(|key| {
        let name = format!("Give up: {named}");
        let asked = format!("Give up “{named}”?");
        let ask = move |_| {
            let key = key.clone();
            app.confirm(
                asked.clone(),
                "It is taken out of the outbox and will not be sent. This cannot be undone.",
                "Give up",
                move || {
                    let request = SyncRequest::GiveUp {
                        remote: id,
                        key: key.clone(),
                    };
                    change(app, request, "It was given up.");
                },
            );
        };
        view! { <button type="button" class="button button-small" aria-label=name on:click=handler(ask)>"Give up…"</button> }
    });
    view! {
        <li class="sync-row">
            <div class="grow">
                <p class="wrap-anywhere"><strong>{what}</strong>{(!title.is_empty()).then(|| format!(" · {title}"))}</p>
                <p class=class>{icon.draw()}<span class="wrap-anywhere">{words}</span></p>
            </div>
            {retry}
            {give_up}
        </li>
    }
}

/// What happened, newest first.
#[component]
pub fn LogList(
    /// Of which remote.
    remote: Memo<Option<Remote>>,
) -> impl IntoView {
    let log = memo(move || remote.with(|r| r.as_ref().map(|r| r.log.clone()).unwrap_or_default()));
    let line = |line: LogLine| {
        let class = if line.bad {
            "log-line log-bad"
        } else {
            "log-line"
        };
        view! {
            <li class=class>
                <span class="small muted">{format::date_time_seconds(Time(line.at_ms))}</span>
                <span class="wrap-anywhere">{line.bad.then_some("Failed: ")}{line.text}</span>
            </li>
        }
    };
    view! {
        <Show when=move || log.with(|log| !log.is_empty())>
            <details class="remote-part remote-log">
                <summary>{move || format!("Log ({})", log.with(Vec::len))}</summary>
                <ol class="log-lines">{move || log.get().into_iter().map(line).collect_view()}</ol>
            </details>
        </Show>
    }
}
