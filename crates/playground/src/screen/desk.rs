//! What the screen shows and works with.

use std::future::{Future, poll_fn};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use leadline_boxed::memo;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};
use web_sys::AbortController;

use super::host::{Engine, Host, Later};
use super::transport::Target;
use crate::document::{Document, Operation};
use crate::known::Known;
use crate::request::Draft;
use crate::tour::{Checked, Names, Tour};

/// An answer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// What was asked: method and path.
    pub asked: String,
    /// Its status; 0 when none came.
    pub status: u16,
    /// Its headers.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: String,
    /// Milliseconds from the request to the end of the body.
    pub took_ms: f64,
    /// Why there is none, or why it broke off.
    pub failure: Option<String>,
    /// Whether more is to come.
    pub open: bool,
}

/// A request that was sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Its number; later ones have larger ones.
    pub number: u32,
    /// The request.
    pub draft: Draft,
    /// Method and path.
    pub asked: String,
    /// The answer's status.
    pub status: u16,
    /// How long it took.
    pub took_ms: f64,
    /// The answer, unless it is too long to be kept.
    pub answer: Option<Answer>,
}

/// A tour under way.
#[derive(Debug, Clone)]
pub struct Running {
    /// The tour.
    pub tour: Arc<Tour>,
    /// What its requests refer to.
    pub names: Names,
    /// What each step sent so far showed.
    pub shown: Vec<Vec<Checked>>,
}

impl Running {
    /// The step that comes next; nothing at the end.
    pub fn step(&self) -> Option<&crate::tour::Step> {
        self.tour.steps.get(self.position())
    }

    /// How many steps showed what they should.
    pub fn position(&self) -> usize {
        let passed = |checked: &&Vec<Checked>| checked.iter().all(|one| one.ok);
        self.shown.iter().take_while(passed).count()
    }
}

/// An engine that was given up, with what was known of it.
#[derive(Clone)]
pub struct Before {
    pub engine: Rc<dyn Engine>,
    pub known: Known,
    pub seed: Option<f64>,
}

/// All of it; cheap to copy.
#[derive(Clone, Copy)]
pub struct Desk {
    pub host: StoredValue<Rc<dyn Host>, LocalStorage>,
    pub engine: RwSignal<Option<Rc<dyn Engine>>, LocalStorage>,
    pub seed: RwSignal<Option<f64>>,
    pub before: RwSignal<Option<Before>, LocalStorage>,
    /// The server's address; none while the engine answers.
    pub server: RwSignal<Option<String>>,
    /// The server's key: kept apart from everything that is shown or logged.
    pub key: RwSignal<String>,
    pub document: RwSignal<Arc<Document>>,
    /// Why there is no document.
    pub trouble: RwSignal<Option<String>>,
    /// Whether nobody can advance the clock of whoever answers.
    pub real_clock: RwSignal<bool>,
    /// Whether calls are answered by the simulated world.
    pub simulated_calls: RwSignal<bool>,
    pub draft: RwSignal<Draft>,
    pub answer: RwSignal<Option<Answer>>,
    pub sending: RwSignal<Option<AbortController>, LocalStorage>,
    /// Server-sent events: they go on beside other requests.
    pub stream: RwSignal<Option<Answer>>,
    pub listening: RwSignal<Option<AbortController>, LocalStorage>,
    pub log: RwSignal<Vec<Entry>>,
    pub known: RwSignal<Known>,
    pub tour: RwSignal<Option<Running>>,
    pub tours: StoredValue<Vec<Arc<Tour>>>,
    pub run: StoredValue<u32>,
    pub now: RwSignal<Option<String>>,
    /// What the clock did last, and what happened meanwhile.
    pub passed: RwSignal<Option<super::clock::Passed>>,
    /// What a screen reader is told.
    pub said: RwSignal<String>,
    /// Whether the list of operations is open where it does not fit beside them.
    pub menu: RwSignal<bool>,
    /// Whether the reader has done anything here: before, nothing moves the focus or the page.
    pub touched: StoredValue<bool>,
    /// Whether the screen was taken out of the page.
    gone: StoredValue<Arc<AtomicBool>>,
}

impl Desk {
    /// A desk with nothing on it. It is there for as long as the present owner.
    pub fn new(host: Rc<dyn Host>) -> Desk {
        let (tours, trouble) = match crate::tour::all() {
            Ok(tours) => (tours.into_iter().map(Arc::new).collect(), None),
            Err(problem) => (Vec::new(), Some(problem)),
        };
        let gone = Arc::new(AtomicBool::new(false));
        let desk = Desk {
            host: StoredValue::new_local(host),
            engine: RwSignal::new_local(None),
            seed: RwSignal::new(None),
            before: RwSignal::new_local(None),
            server: RwSignal::new(None),
            key: RwSignal::new(String::new()),
            document: RwSignal::new(Arc::default()),
            trouble: RwSignal::new(trouble),
            real_clock: RwSignal::new(false),
            simulated_calls: RwSignal::new(true),
            draft: RwSignal::new(Draft::default()),
            answer: RwSignal::new(None),
            sending: RwSignal::new_local(None),
            stream: RwSignal::new(None),
            listening: RwSignal::new_local(None),
            log: RwSignal::new(Vec::new()),
            known: RwSignal::new(Known::default()),
            tour: RwSignal::new(None),
            tours: StoredValue::new(tours),
            touched: StoredValue::new(false),
            run: StoredValue::new(0),
            now: RwSignal::new(None),
            passed: RwSignal::new(None),
            said: RwSignal::new(String::new()),
            menu: RwSignal::new(true),
            gone: StoredValue::new(Arc::clone(&gone)),
        };
        on_cleanup(move || {
            gone.store(true, Ordering::Relaxed);
            for under_way in [desk.sending, desk.listening] {
                if let Some(stop) = under_way.get_untracked() {
                    stop.abort();
                }
            }
        });
        desk
    }

    /// Does something later, unless the screen is gone by then.
    pub fn spawn(self, task: impl Future<Output = ()> + 'static) {
        let gone = self.gone.get_value();
        let mut task: Later<'static, ()> = Box::pin(task);
        spawn_local(poll_fn(move |context| match gone.load(Ordering::Relaxed) {
            true => Poll::Ready(()),
            false => task.as_mut().poll(context),
        }));
    }

    /// Who answers; nobody before an engine is there.
    pub fn target(self) -> Option<Target> {
        match self.server.get_untracked() {
            Some(address) => Some(Target::Server(address, self.key.get_untracked())),
            None => self.engine.get_untracked().map(Target::Engine),
        }
    }

    /// The operation in the editor, live.
    pub fn operation(self) -> Memo<Option<Operation>> {
        memo(move || {
            let id = self.draft.with(|draft| draft.operation.clone());
            self.document
                .with(|document| document.operation(&id).cloned())
        })
    }

    /// A number that no request of this playground has used.
    pub fn next_run(self) -> u32 {
        let next = (self.run.get_value() + 1) % 10_000;
        self.run.set_value(next);
        next
    }

    /// Says something to whoever cannot see it.
    pub fn say(self, text: impl Into<String>) {
        self.said.set(text.into());
    }
}
