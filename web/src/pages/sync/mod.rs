//! Sync: the remotes, what is linked with each, what waits for it, and what needs a person.

mod address;
mod change;
mod files;
mod lists;
mod pick;
mod remote;

use leptos::prelude::*;

use crate::boxed::{handler, memo, opens};
use crate::components::control_flow::{For, Show};
use crate::components::icon::Icon;
use crate::dom;
use crate::state::{AppState, use_app};
use change::AddRemote;
use remote::RemoteCard;

/// Sync.
#[component]
pub fn SyncPage() -> impl IntoView {
    dom::use_title(|| "Sync".to_owned());
    let app = use_app();
    let remotes = app.remotes;
    let adding = RwSignal::new(false);
    let count = memo(move || remotes.list.with(|list| list.as_ref().map(Vec::len)));
    let ids = move || -> Vec<_> {
        remotes
            .list
            .with(|list| list.iter().flatten().map(|remote| remote.id).collect())
    };
    // What was kept of another remote must never serve a new one.
    let added = Callback::new(move |id| {
        leptos::task::spawn_local(async move {
            if let Err(reason) = files::kept::forget(id).await {
                app.toasts
                    .error(format!("The browser's database: {reason}"));
            }
        });
    });
    view! {
        <section class="page">
            <header class="page-head">
                <h1>"Sync"</h1>
                <Show when=move || count.get().is_some_and(|n| n > 0)>
                    <button type="button" class="button button-primary" on:click=opens(adding)>
                        {Icon::Plus.draw()}"Add a remote"
                    </button>
                </Show>
            </header>
            {move || remotes.problem.get().map(|problem| view! {
                <div class="note note-danger row spread" role="alert">
                    <p class="wrap-anywhere">{format!("The remotes could not be read: {}", problem.message)}</p>
                    <button type="button" class="button button-small" on:click=handler(move |_| remotes.read())>"Try again"</button>
                </div>
            })}
            {move || match count.get() {
                None => remotes.problem.with(Option::is_none).then(|| view! {
                    <p class="muted opening" role="status">"Reading…"</p>
                }.into_any()),
                Some(0) => Some(view! { <NoRemote adding /> }.into_any()),
                Some(_) => None,
            }}
            <For each=ids key=|id| *id children=|id| view! { <RemoteCard id /> } />
        </section>
        <AddRemote open=adding added />
    }
}

/// Forgets the folders of all remotes; the files stay.
pub fn forget_folders(app: AppState) {
    leptos::task::spawn_local(async move {
        if let Err(reason) = files::kept::forget_all().await {
            app.toasts
                .error(format!("The browser's database: {reason}"));
        }
    });
}

#[component]
fn NoRemote(adding: RwSignal<bool>) -> impl IntoView {
    view! {
        <div class="empty-hero">
            <h2>"Run workflows on a server"</h2>
            <p>
                "Add a Leadline server, another workflow API or a folder of files, and link workflows with it: what you \
                 edit here is sent there, and what is edited there arrives here."
            </p>
            <p>
                "A server runs a workflow with real calls, and you watch it in these same pages; without a connection \
                 you go on working, and everything is sent later."
            </p>
            <button type="button" class="button button-primary button-large" on:click=opens(adding)>
                {Icon::Plus.draw()}"Add a remote"
            </button>
        </div>
    }
}
