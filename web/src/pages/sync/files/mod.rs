//! The exchange with a remote of files: read them, let the worker compare, write what is to be written,
//! and only then tell the worker that it is done.

mod folder;
pub mod kept;

use leadline_protocol::{FileWrites, Problem, RemoteId, SyncRequest};
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::boxed::{handler, memo};
use crate::components::field::unique_id;
use crate::components::icon::Icon;
use crate::dom;
use crate::format;
use crate::state::{AppState, use_app};
use folder::Folder;

/// How the exchange stands.
#[derive(Debug, Clone, PartialEq)]
enum Step {
    Idle,
    Working(&'static str),
    /// Files are handed over; nothing counts before the user has put them into their place.
    Carry(FileWrites),
    Done(String, Vec<(String, String)>),
    Failed(String),
}

#[derive(Clone, Copy)]
struct Exchange {
    app: AppState,
    remote: RemoteId,
    step: RwSignal<Step>,
}

impl Exchange {
    fn show(self, step: Step) {
        // The card may be gone meanwhile.
        drop(self.step.try_set(step));
    }

    async fn compare(self, files: Vec<(String, String)>) -> Result<FileWrites, String> {
        self.show(Step::Working("Comparing…"));
        let request = SyncRequest::ReadFiles {
            remote: self.remote,
            files,
        };
        let answer: Result<FileWrites, Problem> = self.app.client.ask(request.into()).await;
        answer.map_err(|problem| problem.message)
    }

    async fn finish(self, writes: FileWrites) -> Result<(), String> {
        let request = SyncRequest::FilesWritten {
            remote: self.remote,
            exchange: writes.exchange,
        };
        self.app
            .remotes
            .change(request)
            .await
            .map_err(|problem| problem.message)?;
        self.show(Step::Done(summary(&writes), writes.skipped));
        Ok(())
    }

    fn run(self, work: impl Future<Output = Result<(), String>> + 'static) {
        spawn_local(async move {
            if let Err(reason) = work.await {
                self.show(Step::Failed(reason));
            }
        });
    }

    async fn with_folder(self, folder: Folder) -> Result<(), String> {
        self.show(Step::Working("Reading the folder…"));
        folder::allow(&folder).await?;
        let files = folder::read(&folder).await?;
        let writes = self.compare(files.clone()).await?;
        self.show(Step::Working("Writing…"));
        folder::write(&folder, &writes, &files).await?;
        self.finish(writes).await
    }

    async fn with_picked(self, files: Vec<web_sys::File>) -> Result<(), String> {
        self.show(Step::Working("Reading the files…"));
        let files = folder::read_picked(files).await?;
        let writes = self.compare(files).await?;
        if writes.write.is_empty() && writes.remove.is_empty() {
            return self.finish(writes).await;
        }
        self.show(Step::Carry(writes));
        Ok(())
    }
}

/// What an exchange did to the files.
fn summary(writes: &FileWrites) -> String {
    let part = |n: usize, done: &str| {
        (n > 0).then(|| format!("{} {done}", format::count(n as u64, "file", "files")))
    };
    let parts = [
        part(writes.write.len(), "written"),
        part(writes.remove.len(), "removed"),
    ];
    let said: Vec<String> = parts.into_iter().flatten().collect();
    if said.is_empty() {
        "Exchanged. No file had to change.".to_owned()
    } else {
        format!("Exchanged: {}.", said.join(", "))
    }
}

/// The exchange with a remote's files.
#[component]
pub fn FilesPanel(
    /// Which remote.
    remote: RemoteId,
) -> impl IntoView {
    let exchange = Exchange {
        app: use_app(),
        remote,
        step: RwSignal::new(Step::Idle),
    };
    let busy = memo(move || matches!(exchange.step.get(), Step::Working(_)));
    view! {
        <div class="stack files-panel">
            {if folder::is_possible() {
                view! { <FolderChoice exchange busy /> }.into_any()
            } else {
                view! { <FileChoice exchange busy /> }.into_any()
            }}
            <div role="status">{move || match exchange.step.get() {
                Step::Working(what) => Some(view! { <p class="muted">{what}</p> }.into_any()),
                Step::Done(said, skipped) => Some(view! { <p class="note note-good">{said}</p><Skipped skipped /> }.into_any()),
                Step::Idle | Step::Carry(_) | Step::Failed(_) => None,
            }}</div>
            {move || match exchange.step.get() {
                Step::Carry(writes) => Some(view! { <Carry exchange writes /> }.into_any()),
                Step::Failed(reason) => Some(view! {
                    <p class="note note-danger wrap-anywhere" role="alert">{reason}</p>
                }.into_any()),
                Step::Idle | Step::Working(_) | Step::Done(..) => None,
            }}
        </div>
    }
}

/// The folder is chosen once, and exchanged with by a click: the browser wants one.
#[component]
fn FolderChoice(exchange: Exchange, busy: Memo<bool>) -> impl IntoView {
    let known = RwSignal::new_local(None::<Folder>);
    spawn_local(async move {
        // A browser that does not keep folders lets the user choose again.
        if let Ok(Some(folder)) = kept::get(exchange.remote).await {
            drop(known.try_set(Some(folder)));
        }
    });
    let choose = move |_| {
        exchange.run(async move {
            let Some(folder) = folder::choose().await? else {
                return Ok(());
            };
            if kept::put(exchange.remote, &folder).await.is_err() {
                exchange.app.toasts.error(
                    "This browser does not keep the folder: it has to be chosen again next time.",
                );
            }
            drop(known.try_set(Some(folder.clone())));
            exchange.with_folder(folder).await
        });
    };
    let again = move |_| {
        if let Some(folder) = known.get_untracked() {
            exchange.run(exchange.with_folder(folder));
        }
    };
    view! {
        <div class="row row-tight">
            {move || known.get().map(|folder| view! {
                <button type="button" class="button button-primary" disabled=move || busy.get() on:click=handler(again)>
                    {Icon::Sync.draw()}{format!("Exchange with “{}”", folder.name())}
                </button>
            })}
            <button type="button" class="button" disabled=move || busy.get() on:click=handler(choose)>
                {Icon::Folder.draw()}
                {move || if known.with(Option::is_some) { "Choose another folder…" } else { "Choose a folder…" }}
            </button>
        </div>
        <p class="small muted">
            "The page reads and writes the JSON files of this folder, nothing else in it and nothing below it. "
            "It asks the browser first."
        </p>
    }
}

/// Where the page cannot write: the files come in and go out by hand.
#[component]
fn FileChoice(exchange: Exchange, busy: Memo<bool>) -> impl IntoView {
    let id = unique_id("files");
    let input = NodeRef::<html::Input>::new();
    let take = move |_| {
        let Some(input) = input.get_untracked() else {
            return;
        };
        let files = folder::listed(input.files());
        // The same files chosen again are heard again.
        input.set_value("");
        if !files.is_empty() {
            exchange.run(exchange.with_picked(files));
        }
    };
    view! {
        <p class="small muted">
            "This browser does not let a page write into a folder. Choose all files of the remote; you get back those that changed."
        </p>
        <div class="row row-tight">
            <input id=id.clone() node_ref=input class="visually-hidden" type="file" multiple accept=".json,application/json"
                disabled=move || busy.get() on:change=handler(take) />
            <label class="button button-primary file-button" for=id>{Icon::Upload.draw()}"Choose all its files…"</label>
            <button type="button" class="button" disabled=move || busy.get()
                on:click=handler(move |_| exchange.run(exchange.with_picked(Vec::new())))>"There are no files yet"</button>
        </div>
    }
}

/// The files that changed, to be carried into their place by hand.
#[component]
fn Carry(exchange: Exchange, writes: FileWrites) -> impl IntoView {
    let taken = RwSignal::new(vec![false; writes.write.len()]);
    let app = exchange.app;
    let row = |(at, (name, text)): (usize, (String, String))| {
        let file = name.clone();
        let take = move |_| match dom::download(&file, &text, "application/json") {
            Ok(()) => taken.update(|taken| taken[at] = true),
            Err(reason) => app
                .toasts
                .error(format!("{file} could not be handed over: {reason}")),
        };
        view! {
            <li class="row">
                <button type="button" class="button button-small" on:click=handler(take)>
                    {Icon::Download.draw()}{format!("Download {name}")}
                </button>
                <span class="small muted">{move || taken.get()[at].then_some("Handed to the browser")}</span>
            </li>
        }
    };
    let all_taken = memo(move || taken.with(|taken| taken.iter().all(|taken| *taken)));
    let rows = writes
        .write
        .clone()
        .into_iter()
        .enumerate()
        .map(row)
        .collect_view();
    let gone = writes.remove.clone();
    let skipped = writes.skipped.clone();
    let finish = move |_| exchange.run(exchange.finish(writes.clone()));
    view! {
        <section class="note stack" aria-label="Files to put into their place">
            <p class="strong">"Put these files into the place of the old ones"</p>
            <ul class="carry">{rows}</ul>
            {(!gone.is_empty()).then(|| view! {
                <p>{format!("Delete there, since the workflow was deleted here: {}", gone.join(", "))}</p>
            })}
            <Skipped skipped />
            <div class="row row-tight">
                <button type="button" class="button button-primary" disabled=move || !all_taken.get() on:click=handler(finish)>
                    "They are in their place"
                </button>
                <button type="button" class="button" on:click=handler(move |_| exchange.show(Step::Idle))>"Not now"</button>
            </div>
        </section>
    }
}

#[component]
fn Skipped(skipped: Vec<(String, String)>) -> impl IntoView {
    (!skipped.is_empty()).then(|| {
        let rows = skipped.into_iter().map(
            |(name, why)| view! { <li class="wrap-anywhere"><strong>{name}</strong>": "{why}</li> },
        );
        view! {
            <div class="note note-warning">
                <p class="strong">"Not understood, and left as they are"</p>
                <ul class="plain-list">{rows.collect_view()}</ul>
            </div>
        }
    })
}
