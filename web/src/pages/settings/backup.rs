//! Everything as one file, and back; and a reminder when the last backup is long ago.

use leadline_protocol::{ExportedFile, Request};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::boxed::{handler, memo};
use crate::components::control_flow::Show;
use crate::components::field::SelectField;
use crate::components::file_drop::{FileDrop, read_text};
use crate::dom;
use crate::format;
use crate::state::{AppState, use_app};

/// The most a page can take in as one text.
const MAX_BYTES: u64 = 500_000_000;
const LAST: &str = "leadline.backup.last";
const EVERY: &str = "leadline.backup.every-days";
const DAY_MS: f64 = 86_400_000.0;

/// When the last backup was exported from this browser, in milliseconds since 1970.
fn last_backup() -> Option<f64> {
    dom::preference(LAST)?.parse().ok()
}

/// After how many days the reminder comes; `None`: never.
fn reminder_days() -> Option<u32> {
    match dom::preference(EVERY) {
        None => Some(7),
        Some(days) => days.parse().ok().filter(|days| *days > 0),
    }
}

fn export(app: AppState, then: impl FnOnce() + 'static) {
    app.run(Request::ExportBackup, move |file: ExportedFile| {
        app.save_file(&file);
        if !dom::set_preference(LAST, Some(&js_sys::Date::now().to_string())) {
            app.toasts.error(
                "This browser does not keep preferences here; the reminder will come again.",
            );
        }
        then();
    });
}

/// Backup, restore, reminder.
#[component]
pub fn BackupCard() -> impl IntoView {
    let app = use_app();
    let last = RwSignal::new(last_backup());
    let days = RwSignal::new(reminder_days().map_or("0".to_owned(), |days| days.to_string()));
    let words = move || match last.get() {
        None => "No backup was exported from this browser yet.".to_owned(),
        Some(ms) => format!(
            "Last backup: {}.",
            format::date_time(leadline_model::Time(ms as i64))
        ),
    };
    let remember = move |chosen: String| {
        if !dom::set_preference(EVERY, Some(&chosen)) {
            app.toasts
                .error("This browser does not keep preferences here.");
        }
        days.set(chosen);
    };
    let choices = [
        ("1", "Every day"),
        ("7", "Every week"),
        ("30", "Every month"),
        ("0", "Never"),
    ];
    let choices = choices
        .map(|(key, text)| (key.to_owned(), text.to_owned()))
        .to_vec();
    view! {
        <section class="card stack" aria-labelledby="backup-title">
            <h2 id="backup-title">"Backup"</h2>
            <p class="muted">"Everything in this browser as one file: workflows, leads, calls, history, agents, numbers."</p>
            <div class="row">
                <button type="button" class="button button-primary"
                    on:click=handler(move |_| export(app, move || last.set(last_backup())))>"Export a backup"</button>
                <p class="small muted">{words}</p>
            </div>
            <div class="field-narrow">
                <SelectField label="Remind me" value=days options=Signal::stored(choices)
                    on_change=remember />
            </div>
            <Restore />
        </section>
    }
}

#[component]
fn Restore() -> impl IntoView {
    let app = use_app();
    let problem = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let restore = Callback::new(move |json: String| {
        busy.set(true);
        spawn_local(async move {
            match app.client.ask::<()>(Request::ImportBackup { json }).await {
                Ok(()) => app.toasts.info("The backup was restored."),
                Err(refused) => problem.set(Some(refused.message)),
            }
            busy.set(false);
        });
    });
    let take = move |file: web_sys::File| {
        problem.set(None);
        spawn_local(async move {
            match read_text(&file, MAX_BYTES).await {
                Err(error) => problem.set(Some(error)),
                Ok(json) => {
                    let text = "Everything in this browser is replaced by what the file holds. Remotes are forgotten, with \
                                their keys and what waits to be sent to them. The file is checked whole before \
                                anything changes.";
                    app.confirm(
                        format!("Restore “{}”?", file.name()),
                        text,
                        "Replace everything",
                        move || {
                            restore.run(json.clone());
                        },
                    );
                }
            }
        });
    };
    view! {
        <div class="stack">
            <h3>"Restore a backup"</h3>
            <FileDrop what="a backup" accept=".json,application/json" on_file=take />
            <Show when=move || busy.get()><p class="muted" role="status">"Checking and restoring…"</p></Show>
            {move || problem.get().map(|problem| view! {
                <div class="note note-danger" role="alert">
                    <p class="strong">"Nothing was changed"</p>
                    <p class="wrap-anywhere">{problem}</p>
                </div>
            })}
        </div>
    }
}

/// Above every page: there is work here and the last backup is too long ago.
#[component]
pub fn ReminderBanner() -> impl IntoView {
    let app = use_app();
    let put_off = RwSignal::new(false);
    let since = RwSignal::new(last_backup());
    // Without any backup, time counts from the first visit.
    let began = last_backup().or_else(|| dom::preference("leadline.first-visit")?.parse().ok());
    if began.is_none() {
        // Where preferences are not kept there is no reminder either; the save mark says "Memory only".
        dom::set_preference(
            "leadline.first-visit",
            Some(&js_sys::Date::now().to_string()),
        );
    }
    let due = memo(move || {
        let work = app
            .workflows
            .with(|all| all.as_ref().is_some_and(|all| !all.is_empty()));
        let from = since.get().or(began);
        let days = reminder_days();
        let late = from
            .zip(days)
            .is_some_and(|(ms, days)| js_sys::Date::now() - ms > f64::from(days) * DAY_MS);
        work && late && !put_off.get()
    });
    view! {
        <Show when=move || due.get()>
            <section class="banner" role="status">
                <p class="grow">"Your work is stored in this browser only, and the last backup is a while ago."</p>
                <div class="row row-tight">
                    <button type="button" class="button button-quiet" on:click=handler(move |_| put_off.set(true))>"Later"</button>
                    <button type="button" class="button"
                        on:click=handler(move |_| export(app, move || since.set(last_backup())))>"Export a backup"</button>
                </div>
            </section>
        </Show>
    }
}
