//! Banners above the page: the engine cannot go on, a new version waits, a backup is due.

use leadline_protocol::{ExportedFile, Request};
use leptos::prelude::*;
use web_sys::CustomEvent;

use crate::boxed::handler;
use crate::client::Failure;
use crate::components::control_flow::Show;
use crate::dom;
use crate::pages::ReminderBanner;
use crate::state::{AppState, use_app};

/// All banners.
#[component]
pub fn Banners() -> impl IntoView {
    view! {
        <FailureBanner />
        <ApartBanner />
        <UpdateBanner />
        <ReminderBanner />
    }
}

#[component]
fn FailureBanner() -> impl IntoView {
    let app = use_app();
    move || {
        app.failure.get().map(|Failure { reason, answers }| {
            view! {
                <section class="banner banner-danger" role="alert">
                    <div class="grow">
                        <h2>"The engine has stopped"</h2>
                        <p>{reason}</p>
                        <p>
                            "What was shown as saved is kept in this browser. Reload the page to go on; if this \
                             comes again, reload with all other Leadline tabs closed."
                        </p>
                    </div>
                    <div class="row row-tight">
                        {answers.then(|| view! {
                            <button type="button" class="button" on:click=handler(move |_| export(app))>
                                "Export a backup"
                            </button>
                        })}
                        <button type="button" class="button button-primary" on:click=handler(move |_| reload(app))>
                            "Reload"
                        </button>
                    </div>
                </section>
            }
        })
    }
}

/// Over a plain connection browsers give tabs nothing to agree by.
#[component]
fn ApartBanner() -> impl IntoView {
    let app = use_app();
    view! {
        <Show when=move || app.apart.get()>
            <section class="banner banner-danger" role="alert">
                <div class="grow">
                    <h2>"Leadline is open in another tab too"</h2>
                    <p>
                        "Over a connection that is not secure, tabs cannot work together: what you change in both \
                         cannot be saved. Work in one of them, close the other, and reload this one if the \
                         other changed something. With https tabs follow each other."
                    </p>
                </div>
                <div class="row row-tight">
                    <button type="button" class="button" on:click=handler(move |_| reload(app))>"Reload"</button>
                </div>
            </section>
        </Show>
    }
}

fn export(app: AppState) {
    app.run(Request::ExportBackup, move |file: ExportedFile| {
        app.save_file(&file)
    });
}

/// Whether web/shell/register-sw.js has fetched a new version.
fn is_update_ready() -> bool {
    let root = document().document_element();
    root.is_some_and(|root| root.has_attribute("data-update"))
}

/// Takes the new version that register-sw.js has fetched.
fn take_update(app: AppState) {
    let told =
        CustomEvent::new("leadline:update-apply").and_then(|event| window().dispatch_event(&event));
    if let Err(error) = told {
        app.toasts.error(dom::error_text(&error));
    }
}

fn reload(app: AppState) {
    if is_update_ready() {
        return take_update(app);
    }
    if let Err(error) = window().location().reload() {
        app.toasts.error(format!(
            "The page could not be reloaded: {}",
            dom::error_text(&error)
        ));
    }
}

/// Offers a new version that web/shell/register-sw.js has fetched; never takes it by itself.
#[component]
fn UpdateBanner() -> impl IntoView {
    let app = use_app();
    let ready = RwSignal::new(is_update_ready());
    let handle = window_event_listener_untyped("leadline:update-ready", move |_| ready.set(true));
    on_cleanup(move || handle.remove());
    let apply = move |_| {
        leptos::task::spawn_local(async move {
            // The new version begins with what the old one has written: all of it.
            if let Err(problem) = app.client.ask::<()>(Request::Flush).await {
                app.report(&problem);
                return;
            }
            take_update(app);
        });
    };
    view! {
        // Where the engine has stopped, its banner reloads, and takes the new version with it.
        <Show when=move || ready.get() && app.failure.get().is_none()>
            <section class="banner" role="status">
                <p class="grow"><strong>"A new version is ready."</strong>" It starts when you reload; your work is kept."</p>
                <div class="row row-tight">
                    <button type="button" class="button button-quiet" on:click=handler(move |_| ready.set(false))>"Later"</button>
                    <button type="button" class="button button-primary" on:click=handler(apply)>"Reload"</button>
                </div>
            </section>
        </Show>
    }
}
