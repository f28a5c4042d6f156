//! How much is stored, how safely, and how to delete all of it.

use leadline_protocol::{Notice, Request, StorageReport};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen_futures::JsFuture;

use crate::boxed::{closes, effect, handler, opens};
use crate::components::dialog::Dialog;
use crate::components::field::TextField;
use crate::components::live::{LiveProblem, use_live};
use crate::dom;
use crate::format;
use crate::pages::forget_folders;
use crate::state::{AppState, use_app};

/// What has to be typed before everything is deleted.
const WORD: &str = "delete everything";

fn fact(what: &'static str, value: String) -> impl IntoView {
    view! { <div class="fact"><dt>{what}</dt><dd>{value}</dd></div> }
}

/// Asks the browser to promise not to clear the data by itself.
async fn ask_to_keep() -> Result<bool, String> {
    let storage = window().navigator().storage();
    if storage.is_undefined() {
        return Err("over a connection that is not secure, browsers promise nothing".to_owned());
    }
    let promise = storage.persist().map_err(|error| dom::error_text(&error))?;
    let answer = JsFuture::from(promise)
        .await
        .map_err(|error| dom::error_text(&error))?;
    Ok(answer.is_truthy())
}

fn keep(app: AppState, then: impl FnOnce() + 'static) {
    spawn_local(async move {
        match ask_to_keep().await {
            Ok(true) => app
                .toasts
                .info("The browser will not clear the data by itself."),
            Ok(false) => app.toasts.error(
                "The browser did not agree. Many agree once the page is installed or bookmarked; \
                 until then, keep a backup.",
            ),
            Err(error) => app
                .toasts
                .error(format!("The browser could not be asked: {error}")),
        }
        then();
    });
}

/// The storage report.
#[component]
pub fn StorageCard() -> impl IntoView {
    let app = use_app();
    let live = use_live::<StorageReport>(
        || Some(Request::StorageReport),
        |notice| matches!(notice, Notice::Save(_)),
    );
    let shown = move |report: StorageReport| {
        let StorageReport {
            usage,
            quota,
            persisted,
            journal_entries,
            journal_bytes,
            snapshot_bytes,
            schema,
        } = report;
        let unknown = || "Unknown".to_owned();
        let kept = match persisted {
            Some(true) => "Yes",
            Some(false) => "Not promised",
            None => "Unknown",
        };
        view! {
            {usage.zip(quota).filter(|(_, quota)| *quota > 0).map(|(usage, quota)| view! {
                <progress class="progress" max=quota.to_string() value=usage.to_string()
                    aria-label="Share of the storage in use"></progress>
            })}
            <dl class="facts">
                {fact("Used", usage.map_or_else(unknown, format::bytes))}
                {fact("Allowed", quota.map_or_else(unknown, format::bytes))}
                {fact("Kept by the browser", kept.to_owned())}
                {fact("Journal", format!("{} in {}", format::bytes(journal_bytes),
                    format::count(journal_entries, "entry", "entries")))}
                {fact("Snapshot", format::bytes(snapshot_bytes))}
                {fact("Schema", schema.to_string())}
            </dl>
            {(persisted != Some(true)).then(|| view! {
                <div class="note note-warning stack">
                    <p>
                        "Everything is stored in this browser only. Short of space, or after weeks without a visit, \
                         some browsers clear such data by themselves."
                    </p>
                    <div><button type="button" class="button"
                        on:click=handler(move |_| keep(app, move || live.refresh()))>
                        "Ask the browser to keep the data"
                    </button></div>
                </div>
            })}
        }
    };
    view! {
        <section class="card stack" aria-labelledby="storage-title">
            <h2 id="storage-title">"Storage"</h2>
            <LiveProblem live />
            {move || live.data.get().map(shown)}
        </section>
    }
}

/// Deleting everything, far from all else.
#[component]
pub fn ClearCard() -> impl IntoView {
    let app = use_app();
    let open = RwSignal::new(false);
    let typed = RwSignal::new(String::new());
    effect(move || {
        if open.get() {
            typed.set(String::new());
        }
    });
    let agreed = move || typed.with(|typed| typed.trim().eq_ignore_ascii_case(WORD));
    let clear = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if !untrack(agreed) {
            return;
        }
        app.run(Request::ClearEverything, move |()| {
            open.set(false);
            forget_folders(app);
            app.toasts.info("Everything was deleted.");
        });
    };
    view! {
        <section class="card stack card-danger" aria-labelledby="clear-title">
            <h2 id="clear-title">"Clear everything"</h2>
            <p class="muted">"Deletes all workflows, leads, calls, agents and numbers from this browser."</p>
            <div><button type="button" class="button button-danger" on:click=opens(open)>
                "Clear everything…"
            </button></div>
        </section>
        <Dialog open title="Clear everything?">
            <form class="stack" on:submit=handler(clear)>
                <p>
                    "All workflows, leads, calls, agents and numbers are deleted, and remotes are forgotten with their keys and \
                     what waits to be sent to them. This cannot be undone; export a backup first."
                </p>
                <TextField label=format!("Type “{WORD}” to confirm") value=typed autofocus=true />
                <div class="dialog-foot">
                    <button type="button" class="button" on:click=closes(open)>"Cancel"</button>
                    <button type="submit" class="button button-danger" disabled=move || !agreed()>
                        "Clear everything"
                    </button>
                </div>
            </form>
        </Dialog>
    }
}
