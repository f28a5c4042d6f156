//! The one store of what the whole app shows: clock, saving, role, workflows, agents and numbers.
//!
//! Read through its signals; write by asking the engine with [`AppState::run`] or `client.ask`. The
//! engine's notices keep the signals live, so no page refreshes them by hand.

use leadline_model::view::WorkflowSummary;
use leadline_model::{AgentId, WorkflowId, json};
use leadline_protocol::{
    Clock, ExportedFile, Hello, Library, Notice, Problem, Request, Role, SaveState, Written,
};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::boxed::memo;
use crate::canvas::clipboard::Copied;
use crate::client::{Answer, Client, Failure, Outcome, content};
use crate::components::dialog::Question;
use crate::components::live::Turns;
use crate::components::toast::Toasts;
use crate::dom;
use crate::leaving;
use crate::remotes::Remotes;

/// The store. Cheap to copy into every closure; [`use_app`] finds it.
#[derive(Clone, Copy)]
pub struct AppState {
    /// The engine.
    pub client: Client,
    /// The engine's version, once it answered.
    pub version: RwSignal<Option<String>>,
    /// The simulated clock, once the engine answered.
    pub clock: RwSignal<Option<Clock>>,
    /// Whether this tab runs the engine.
    pub role: RwSignal<Role>,
    /// Whether another tab is open that this one cannot work together with.
    pub apart: RwSignal<bool>,
    /// How saving stands; `None` until the engine answered.
    pub save: RwSignal<Option<SaveState>>,
    /// All workflows, newest first; `None` until read.
    pub workflows: RwSignal<Option<Vec<WorkflowSummary>>>,
    /// How many runs wait for a person.
    pub pending: RwSignal<u64>,
    /// Agents, numbers, limits as they were written; `None` until told. See [`AppState::library`].
    written_library: RwSignal<Option<Written<Library>>>,
    /// The same, read, once somebody wanted to.
    library: Once<Option<Library>>,
    /// Of that, what stands on the canvas.
    agents: Once<Vec<AgentName>>,
    /// Grows when everything was replaced or deleted: what is shown must be read again.
    pub replaced: RwSignal<u64>,
    /// Why the engine cannot go on.
    pub failure: RwSignal<Option<Failure>>,
    /// What was copied last from a canvas.
    pub copied: StoredValue<Copied>,
    /// Short messages.
    pub toasts: Toasts,
    /// What is to be confirmed at present.
    pub question: RwSignal<Option<Question>>,
    /// Remotes, what is linked with them, what waits for them.
    pub remotes: Remotes,
    reading: Turns,
}

/// The name of an agent.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct AgentName {
    /// Its id.
    pub id: AgentId,
    /// What people call it.
    pub name: String,
}

/// A library of which only names are read.
#[derive(Deserialize)]
struct Named {
    agents: Vec<AgentName>,
}

/// A memo for the whole page, made when a page first wants it.
struct Once<T: Send + Sync + 'static> {
    memo: StoredValue<Option<Memo<T>>>,
    owner: StoredValue<Option<Owner>>,
}

impl<T: Send + Sync> Clone for Once<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync> Copy for Once<T> {}

impl<T: PartialEq + Send + Sync + 'static> Once<T> {
    fn new() -> Once<T> {
        Once {
            memo: StoredValue::new(None),
            owner: StoredValue::new(Owner::current()),
        }
    }

    fn get(self, compute: impl Fn() -> T + Send + Sync + 'static) -> Memo<T> {
        if let Some(made) = self.memo.get_value() {
            return made;
        }
        // It outlives the page that wants it first.
        let made = match self.owner.get_value() {
            Some(owner) => owner.with(|| memo(compute)),
            None => memo(compute),
        };
        self.memo.set_value(Some(made));
        made
    }
}

/// What is done with a reply; a problem is left to be shown.
type Take = Box<dyn FnOnce(Outcome) -> Result<(), Problem>>;

/// The store of this page.
pub fn use_app() -> AppState {
    expect_context()
}

impl AppState {
    /// Starts the engine and keeps the store live from now on.
    pub fn start() -> AppState {
        let failure = RwSignal::new(None);
        let client = Client::start(failure);
        let app = AppState {
            client,
            version: RwSignal::new(None),
            clock: RwSignal::new(None),
            role: RwSignal::new(Role::Starting),
            apart: RwSignal::new(false),
            save: RwSignal::new(None),
            workflows: RwSignal::new(None),
            pending: RwSignal::new(0),
            written_library: RwSignal::new(None),
            library: Once::new(),
            agents: Once::new(),
            replaced: RwSignal::new(0),
            failure,
            copied: StoredValue::default(),
            toasts: Toasts::default(),
            question: RwSignal::new(None),
            remotes: Remotes::new(client),
            reading: Turns::default(),
        };
        app.client.listen(move |notice| app.hear(notice));
        app.client.listen(move |notice| app.remotes.hear(notice));
        app.run(Request::Hello, move |hello: Hello| app.greet(hello));
        app.read_all();
        leaving::ask_when_unsaved(app);
        app
    }

    /// Asks the engine; the answer goes to `then`, a problem to the user.
    pub fn run<T: Answer>(self, request: Request, then: impl FnOnce(T) + 'static) {
        self.hand(request, Box::new(move |reply| content(reply).map(then)));
    }

    /// Asks the engine and gives the reply to `take`, whose problem goes to the user.
    fn hand(self, request: Request, take: Take) {
        spawn_local(async move {
            if let Err(problem) = take(self.client.reply(request, None).await) {
                self.report(&problem);
            }
        });
    }

    /// Shows a problem; once the engine has failed, the banner says it all.
    pub fn report(self, problem: &Problem) {
        if self.failure.get_untracked().is_none() {
            self.toasts.error(problem.message.clone());
        }
    }

    /// Hands a file of the engine to the user.
    pub fn save_file(self, file: &ExportedFile) {
        match dom::download(&file.name, &file.text, "application/json") {
            Ok(()) => self.toasts.info(format!("{} was exported.", file.name)),
            Err(error) => self
                .toasts
                .error(format!("{} could not be exported: {error}", file.name)),
        }
    }

    /// Does something only after the user agreed to it.
    pub fn confirm(
        self,
        title: String,
        text: &str,
        verb: &str,
        then: impl Fn() + Send + Sync + 'static,
    ) {
        let then = Callback::new(move |()| then());
        self.question.set(Some(Question {
            title,
            text: text.to_owned(),
            verb: verb.to_owned(),
            then,
        }));
    }

    /// The summary of one workflow, live.
    pub fn workflow(self, id: Memo<Option<WorkflowId>>) -> Memo<Option<WorkflowSummary>> {
        memo(move || {
            let id = id.get()?;
            self.workflows.with(|all| {
                all.as_ref()?
                    .iter()
                    .find(|summary| summary.workflow.id == id)
                    .cloned()
            })
        })
    }

    /// Agents, numbers and limits, live; `None` until they are here. What is told of them is read once for
    /// the whole page, and only where a page wants it: with the steps of agents comes a lot of code.
    pub fn library(self) -> Memo<Option<Library>> {
        self.library.get(move || self.read_library())
    }

    /// Ids and names of agents, live.
    pub fn agents(self) -> Memo<Vec<AgentName>> {
        self.agents.get(move || {
            let read: Option<Named> = self.read_library();
            read.map(|library| library.agents).unwrap_or_default()
        })
    }

    /// Whether there is anything that somebody made.
    pub fn holds_something(self) -> bool {
        let workflows = self.workflows;
        workflows.with_untracked(|all| all.as_ref().is_some_and(|all| !all.is_empty()))
            || self.written_library.with_untracked(|library| {
                let named = library
                    .as_ref()
                    .and_then(|library| json::from_text::<Named>(library.json()).ok());
                named.is_some_and(|named| !named.agents.is_empty())
            })
    }

    fn read_library<T: DeserializeOwned>(self) -> Option<T> {
        let written = self.written_library;
        written.with(|library| json::from_text(library.as_ref()?.json()).ok())
    }

    fn greet(self, hello: Hello) {
        self.version.set(Some(hello.version));
        self.clock.set(Some(hello.clock));
        self.role.set(hello.role);
        self.save.set(Some(hello.save));
        self.pending.set(hello.pending_actions);
        if let Some(from) = hello.upgraded_from {
            self.toasts.info(format!(
                "Your data was brought up to date from version {from}."
            ));
        }
    }

    fn read_all(self) {
        self.read_workflows();
        self.remotes.read();
        self.run(Request::GetLibrary, move |library| {
            self.written_library.set(Some(library))
        });
    }

    /// Reads the list, one question at a time: what changes meanwhile is asked for once more after.
    fn read_workflows(self) {
        if !self.reading.begin() {
            return;
        }
        spawn_local(async move {
            match self.client.ask(Request::ListWorkflows).await {
                Ok(list) => self.workflows.set(Some(list)),
                Err(problem) => self.report(&problem),
            }
            if self.reading.end() {
                self.read_workflows();
            }
        });
    }

    fn hear(self, notice: &Notice) {
        match notice {
            Notice::Workflows => self.read_workflows(),
            Notice::Workflow(summary) => self.put_workflow(summary),
            Notice::Deleted { workflow_id } => self.workflows.update(|all| {
                if let Some(all) = all {
                    all.retain(|summary| summary.workflow.id != *workflow_id);
                }
            }),
            Notice::Library(library) => self.written_library.set(Some(library.clone())),
            Notice::Runs { pending } => self.pending.set(*pending),
            Notice::Clock(clock) => self.clock.set(Some(clock.clone())),
            Notice::Save(save) => self.save.set(Some(save.clone())),
            Notice::Role(role) => self.role.set(*role),
            Notice::Apart => self.apart.set(true),
            Notice::Replaced => {
                self.read_all();
                self.run(Request::Hello, move |hello: Hello| {
                    self.pending.set(hello.pending_actions)
                });
                self.replaced.update(|count| *count += 1);
            }
            Notice::Sync(_)
            | Notice::Edited { .. }
            | Notice::Leads { .. }
            | Notice::Frame(_)
            | Notice::File(_)
            | Notice::Failed(_) => {}
        }
    }

    fn put_workflow(self, summary: &WorkflowSummary) {
        self.workflows.update(|all| {
            let Some(all) = all else { return };
            match all
                .iter_mut()
                .find(|known| known.workflow.id == summary.workflow.id)
            {
                Some(known) => *known = summary.clone(),
                None => all.insert(0, summary.clone()),
            }
        });
    }
}
