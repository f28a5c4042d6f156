//! Uploading a list of leads: choose, read, look, correct, enrol. Nothing is enrolled before the
//! last step, and nothing while a row is bad.

use leadline_protocol::{Enrolment, FileProgress, LeadFilePreview, Notice, Request};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::tell_enrolment;
use super::upload_preview::Preview;
use crate::boxed::handler;
use crate::components::dialog::Dialog;
use crate::components::file_drop::{FileDrop, read_bytes};
use crate::format;
use crate::state::{AppState, use_app};
use crate::there::{Sides, tell_waiting};

/// Far above 100,000 rows, far below what a browser cannot hold.
const MAX_BYTES: u64 = 256_000_000;

/// No list has this number: forgetting it stops the reading of one that has none yet.
const NO_LIST: u32 = 0;

/// Where the upload stands.
#[derive(Debug, Clone, PartialEq)]
enum Step {
    Choose,
    Reading(String),
    Look(LeadFilePreview),
}

#[derive(Clone, Copy)]
struct Upload {
    app: AppState,
    sides: Sides,
    open: RwSignal<bool>,
    step: RwSignal<Step>,
    progress: RwSignal<Option<FileProgress>>,
    problem: RwSignal<Option<String>>,
    busy: RwSignal<bool>,
    /// Grows with each file, so that one that was given up does not come back.
    turn: RwSignal<u64>,
}

impl Upload {
    fn begin(self, file: web_sys::File) {
        let turn = self.turn.get_untracked() + 1;
        self.turn.set(turn);
        self.problem.set(None);
        self.progress.set(None);
        self.step.set(Step::Reading(file.name()));
        spawn_local(async move {
            let read = self.read(&file).await;
            if self.turn.try_get_untracked() != Some(turn) {
                if let Ok(preview) = read {
                    self.forget(preview.file);
                }
                return;
            }
            match read {
                Ok(preview) => self.step.set(Step::Look(preview)),
                Err(problem) => {
                    self.step.set(Step::Choose);
                    self.problem.set(Some(problem));
                }
            }
        });
    }

    async fn read(self, file: &web_sys::File) -> Result<LeadFilePreview, String> {
        let bytes = read_bytes(file, MAX_BYTES).await?;
        let request = Request::ReadLeadFile { name: file.name() };
        self.app
            .client
            .ask_with(request, Some(bytes.into()))
            .await
            .map_err(|problem| problem.message)
    }

    /// Starts anew; a list that was read is dropped in the engine too, one that is being read is
    /// read no further.
    fn reset(self) {
        self.turn.update(|turn| *turn += 1);
        match self.step.get_untracked() {
            Step::Choose => {}
            Step::Reading(_) => self.forget(NO_LIST),
            Step::Look(preview) => self.forget(preview.file),
        }
        self.step.set(Step::Choose);
        self.problem.set(None);
        self.busy.set(false);
    }

    fn forget(self, file: u32) {
        self.app.run(Request::ForgetLeadFile { file }, |()| {});
    }

    fn correct(self, cells: Vec<(u64, String, String)>, leave_out: Vec<u64>) {
        let Step::Look(LeadFilePreview { file, .. }) = self.step.get_untracked() else {
            return;
        };
        self.work(
            Request::CorrectLeadFile {
                file,
                cells,
                leave_out,
            },
            move |preview| {
                self.step.set(Step::Look(preview));
            },
        );
    }

    fn enrol(self) {
        let (Step::Look(LeadFilePreview { file, .. }), Some(workflow_id)) = (
            self.step.get_untracked(),
            self.sides.workflow.get_untracked(),
        ) else {
            return;
        };
        if let Some(name) = untrack(|| self.sides.there_name()) {
            let request = Request::EnrolLeadFileThere { workflow_id, file };
            return self.work(request, move |waiting: u64| {
                tell_waiting(self.app, waiting, &name);
                self.open.set(false);
            });
        }
        self.work(
            Request::EnrolLeadFile { workflow_id, file },
            move |done: Enrolment| {
                tell_enrolment(self.app, &done);
                self.open.set(false);
            },
        );
    }

    fn work<T: crate::client::Answer>(self, request: Request, then: impl FnOnce(T) + 'static) {
        self.busy.set(true);
        self.problem.set(None);
        spawn_local(async move {
            match self.app.client.ask(request).await {
                Ok(answer) => then(answer),
                Err(refused) => self.problem.set(Some(refused.message)),
            }
            self.busy.set(false);
        });
    }
}

/// The dialog that uploads a list.
#[component]
pub fn UploadDialog(
    /// Whether it is open.
    open: RwSignal<bool>,
    /// Where the leads go.
    sides: Sides,
) -> impl IntoView {
    let upload = Upload {
        app: use_app(),
        sides,
        open,
        step: RwSignal::new(Step::Choose),
        progress: RwSignal::new(None),
        problem: RwSignal::new(None),
        busy: RwSignal::new(false),
        turn: RwSignal::new(0),
    };
    upload.app.client.listen(move |notice| {
        if let Notice::File(progress) = notice {
            upload.progress.set(Some(progress.clone()));
        }
    });
    Effect::new(move |was_open: Option<bool>| {
        let is_open = open.get();
        if was_open == Some(true) && !is_open {
            upload.reset();
        }
        is_open
    });
    let title = Signal::derive(move || match sides.there_name() {
        None => "Upload leads".to_owned(),
        Some(name) => format!("Upload leads to {name}"),
    });
    view! {
        <Dialog open title wide=true>
            {move || match upload.step.get() {
                Step::Choose => view! { <Choose upload /> }.into_any(),
                Step::Reading(name) => view! { <Reading upload name /> }.into_any(),
                Step::Look(preview) => view! { <Look upload preview /> }.into_any(),
            }}
            {move || upload.problem.get().map(|problem| view! {
                <div class="note note-danger" role="alert"><p class="wrap-anywhere">{problem}</p></div>
            })}
        </Dialog>
    }
}

#[component]
fn Choose(
    /// The upload.
    upload: Upload,
) -> impl IntoView {
    view! {
        <div class="stack">
            <FileDrop what="a CSV file" accept=".csv,.tsv,.txt,text/csv"
                on_file=move |file| upload.begin(file) />
            <p class="muted small">
                "One column is named phone_number and holds numbers with their country code, such as \
                 +14155550101. All other columns become variables. Nothing is enrolled before you have seen it."
            </p>
        </div>
    }
}

#[component]
fn Reading(
    /// The upload.
    upload: Upload,
    /// The file's name.
    name: String,
) -> impl IntoView {
    let share = move || {
        upload.progress.with(|progress| {
            progress
                .as_ref()
                .filter(|p| p.total > 0)
                .map(|p| p.done as f64 * 100.0 / p.total as f64)
        })
    };
    let words = move || {
        upload.progress.with(|progress| {
            progress
                .as_ref()
                .map(|p| format!("{} of {}", format::bytes(p.done), format::bytes(p.total)))
        })
    };
    view! {
        <div class="stack" role="status">
            <p>"Reading “" <span class="wrap-anywhere">{name}</span> "”…"</p>
            <progress class="progress" max="100" prop:value=move || share().unwrap_or(0.0)
                aria-label="Reading the list"></progress>
            <p class="small muted">{words}</p>
            <div class="dialog-foot">
                <button type="button" class="button" on:click=handler(move |_| upload.reset())>"Cancel"</button>
            </div>
        </div>
    }
}

#[component]
fn Look(
    /// The upload.
    upload: Upload,
    /// What was read.
    preview: LeadFilePreview,
) -> impl IntoView {
    let LeadFilePreview {
        good: enrols,
        bad_count,
        ..
    } = preview;
    let blocked = bad_count > 0 || enrols == 0;
    let why_not = match bad_count {
        0 if enrols == 0 => Some("There is no lead to enrol in this list.".to_owned()),
        0 => None,
        1 => Some("Correct the bad row or leave it out first.".to_owned()),
        n => Some(format!(
            "Correct the {} bad rows or leave them out first.",
            format::number(n)
        )),
    };
    let leads = format::count(enrols, "lead", "leads");
    let enrolling = RwSignal::new(false);
    let verb = move || match upload.sides.there_name() {
        _ if enrolling.get() && upload.busy.get() => format!("Enrolling {leads}…"),
        None => format!("Enrol {leads}"),
        Some(name) => format!("Enrol {leads} on {name}"),
    };
    let enrol = move |_| {
        enrolling.set(true);
        upload.enrol();
    };
    view! {
        <Preview preview busy=upload.busy
            on_correct=move |(cells, leave_out)| upload.correct(cells, leave_out) />
        <div class="dialog-foot">
            <p class="small muted grow" aria-live="polite">{why_not}</p>
            <button type="button" class="button" on:click=handler(move |_| upload.reset())>"Choose another file"</button>
            <button type="button" class="button button-primary"
                class:button-there-first=move || upload.sides.is_there()
                disabled=move || blocked || upload.busy.get()
                on:click=handler(enrol)>{verb}</button>
        </div>
    }
}
