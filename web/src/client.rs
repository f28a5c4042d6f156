//! The page's side of the engine worker: starts it, sends requests, hands each answer to whoever
//! asked and each notice to whoever listens.
//!
//! Requests are numbered with a random number of this tab and a counter, so that the leading tab
//! can tell a repeated request from a new one. Nothing here knows what a request means.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use futures::channel::oneshot;
use leadline_model::json;
use leadline_protocol::{
    Envelope, Notice, Problem, ProblemCode, Reply, Request, Response, Written, inside,
};
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{ErrorEvent, Event as DomEvent, MessageEvent, Worker, WorkerOptions, WorkerType};

pub use crate::answer::Answer;

/// What came of a request, read by whoever asked.
pub type Outcome = Result<Written<Reply>, Problem>;
type Pending = HashMap<String, oneshot::Sender<Outcome>>;
type Listener = Rc<dyn Fn(&Notice)>;
/// What is handed over beside a request, not copied: a buffer of bytes or a port.
pub type Beside = Option<js_sys::Object>;
/// An envelope's text and what goes beside it.
type Message = (String, Beside);

/// The engine as the page sees it. Cheap to copy into every closure.
#[derive(Clone, Copy)]
pub struct Client(StoredValue<Rc<Inner>, LocalStorage>);

struct Inner {
    worker: RefCell<Option<Worker>>,
    /// What was asked before the worker first spoke; `None` since then. A worker whose program is
    /// still loading listens to nobody, and what it is sent then is lost.
    held: RefCell<Option<Vec<Message>>>,
    tab: String,
    counter: Cell<u64>,
    pending: RefCell<Pending>,
    listeners: RefCell<BTreeMap<u64, Listener>>,
    failure: RwSignal<Option<Failure>>,
}

/// Why the engine cannot go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// In words.
    pub reason: String,
    /// Whether the worker still answers, so that a backup can be tried.
    pub answers: bool,
}

impl Client {
    /// Starts the worker whose address index.html names. A worker that cannot start or dies is told
    /// through `failure`, in words; every open and later request is then answered with a problem.
    pub fn start(failure: RwSignal<Option<Failure>>) -> Client {
        let client = Client(StoredValue::new_local(Rc::new(Inner {
            worker: RefCell::default(),
            held: RefCell::new(Some(Vec::new())),
            tab: format!("{:016x}", random_key()),
            counter: Cell::new(0),
            pending: RefCell::default(),
            listeners: RefCell::default(),
            failure,
        })));
        match client.start_worker() {
            Ok(worker) => *client.inner().worker.borrow_mut() = Some(worker),
            Err(error) => client
                .inner()
                .fail(format!("The engine could not be started: {error}")),
        }
        client
    }

    /// Asks and waits for the answer.
    pub async fn ask<T: Answer>(self, request: Request) -> Result<T, Problem> {
        self.ask_with(request, None).await
    }

    /// Asks with something that is handed over, not copied.
    pub async fn ask_with<T: Answer>(self, request: Request, beside: Beside) -> Result<T, Problem> {
        content(self.reply(request, beside).await)
    }

    /// Asks and waits for the reply, whatever it holds.
    pub async fn reply(self, request: Request, beside: Beside) -> Outcome {
        let (_, answer) = self.send(request, beside);
        answer
            .await
            .unwrap_or_else(|_| Err(internal("The request was given up.")))
    }

    /// Sends at once, without waiting for the executor, and gives the request's number: what the
    /// page sends while it is being hidden must not wait for a turn that may never come.
    pub fn send(self, request: Request, beside: Beside) -> (String, oneshot::Receiver<Outcome>) {
        let inner = self.inner();
        let (sender, receiver) = oneshot::channel();
        let count = inner.counter.get() + 1;
        inner.counter.set(count);
        let id = format!("{}-{count}", inner.tab);
        match inner.post(
            &Envelope {
                id: id.clone(),
                request,
            },
            beside,
        ) {
            Ok(()) => {
                inner.pending.borrow_mut().insert(id.clone(), sender);
            }
            // A receiver that is gone has nobody to tell.
            Err(problem) => drop(sender.send(Err(problem))),
        }
        (id, receiver)
    }

    /// Whether an answer is waited for.
    pub fn waits(self) -> bool {
        !self.inner().pending.borrow().is_empty()
    }

    /// Hears every notice until the owner (component, effect) that called this is gone.
    pub fn listen(self, listener: impl Fn(&Notice) + 'static) {
        self.add_listener(Rc::new(listener));
    }

    fn add_listener(self, listener: Listener) {
        let inner = self.inner();
        let number = inner.counter.get() + 1;
        inner.counter.set(number);
        inner.listeners.borrow_mut().insert(number, listener);
        on_cleanup(move || {
            if let Some(inner) = self.0.try_get_value() {
                inner.listeners.borrow_mut().remove(&number);
            }
        });
    }

    /// Tells everybody on this page what the worker tells all tabs but this one.
    pub fn tell(self, notice: &Notice) {
        if let Some(inner) = self.0.try_get_value() {
            inner.tell(notice);
        }
    }

    fn inner(self) -> Rc<Inner> {
        self.0.get_value()
    }

    fn start_worker(self) -> Result<Worker, String> {
        let address = crate::dom::meta("leadline-worker")
            .ok_or("index.html names no worker; the page was not built completely")?;
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = Worker::new_with_options(&address, &options)
            .map_err(|error| crate::dom::error_text(&error))?;
        let inner = self.inner();
        let on_message = Closure::<dyn Fn(MessageEvent)>::new({
            let inner = inner.clone();
            move |event: MessageEvent| inner.receive(&event)
        });
        worker.set_onmessage(Some(on_message.into_js_value().unchecked_ref()));
        // A script that cannot be loaded is told by a plain event, a fault by one with a message.
        let on_error = Closure::<dyn Fn(DomEvent)>::new(move |event: DomEvent| {
            let message = event.dyn_ref::<ErrorEvent>().map(ErrorEvent::message);
            inner.fail(match message {
                Some(message) => format!("It met a fault: {message}."),
                None => "Its program could not be loaded.".to_owned(),
            });
        });
        worker.set_onerror(Some(on_error.into_js_value().unchecked_ref()));
        Ok(worker)
    }
}

impl Inner {
    fn post(&self, envelope: &Envelope, beside: Beside) -> Result<(), Problem> {
        if let Some(Failure {
            reason,
            answers: false,
        }) = self.failure.get_untracked()
        {
            return Err(internal(&reason));
        }
        let text = serde_json::to_string(envelope)
            .map_err(|error| internal(&format!("The request cannot be written: {error}.")))?;
        if let Some(held) = self.held.borrow_mut().as_mut() {
            held.push((text, beside));
            return Ok(());
        }
        self.hand_over((text, beside))
    }

    fn hand_over(&self, (text, beside): Message) -> Result<(), Problem> {
        let worker = self.worker.borrow();
        let worker = worker
            .as_ref()
            .ok_or_else(|| internal("The engine is not running."))?;
        let posted = match beside {
            None => worker.post_message(&JsValue::from_str(&text)),
            Some(beside) => {
                let message = js_sys::Array::of2(&JsValue::from_str(&text), &beside);
                worker.post_message_with_transfer(&message, &js_sys::Array::of1(&beside))
            }
        };
        posted.map_err(|error| internal(&crate::dom::error_text(&error)))
    }

    /// The worker spoke, so it listens: it gets what was held back.
    fn release(&self) {
        for message in self.held.take().into_iter().flatten() {
            if let Err(problem) = self.hand_over(message) {
                return self.fail(problem.message);
            }
        }
    }

    fn receive(&self, event: &MessageEvent) {
        self.release();
        let text = event.data().as_string().unwrap_or_default();
        // One pass over the text: a notice is read at once, an answer by whoever asked.
        let message = match inside(&text, "response") {
            Some(response) => serde_json::from_slice(response.as_bytes()).map(Heard::Answer),
            None => json::from_text(inside(&text, "notice").unwrap_or(&text)).map(Heard::Notice),
        };
        match message {
            Ok(Heard::Answer(response)) => {
                let waiting = self.pending.borrow_mut().remove(&response.id);
                if let Some(sender) = waiting {
                    // Whoever asked may have left the page meanwhile.
                    drop(sender.send(response.result));
                }
            }
            Ok(Heard::Notice(notice)) => {
                if let Notice::Failed(reason) = &notice {
                    self.failure.set(Some(Failure {
                        reason: reason.clone(),
                        answers: true,
                    }));
                }
                self.tell(&notice);
            }
            Err(error) => {
                self.fail(format!(
                    "The engine sent something this page cannot read: {error}."
                ));
            }
        }
    }

    fn tell(&self, notice: &Notice) {
        let listeners: Vec<Listener> = self.listeners.borrow().values().cloned().collect();
        for listener in listeners {
            listener(notice);
        }
    }

    fn fail(&self, reason: String) {
        let waiting: Pending = self.pending.take();
        for (_, sender) in waiting {
            drop(sender.send(Err(internal(&reason))));
        }
        self.failure.set(Some(Failure {
            reason,
            answers: false,
        }));
    }
}

/// What the worker posted, as `leadline_protocol::FromWorker` writes it.
enum Heard {
    Answer(Response),
    Notice(Notice),
}

/// What a reply holds, as the type the asker expects.
pub fn content<T: Answer>(reply: Outcome) -> Result<T, Problem> {
    T::from_reply(reply?.json()).ok_or_else(|| internal("The engine answered something else."))
}

fn internal(message: &str) -> Problem {
    Problem {
        code: ProblemCode::Internal,
        message: message.to_owned(),
        findings: Vec::new(),
    }
}

/// 64 random bits from the browser's generator.
pub fn random_key() -> u64 {
    let mut bytes = [0u8; 8];
    let filled = web_sys::window()
        .and_then(|window| window.crypto().ok())
        .is_some_and(|crypto| crypto.get_random_values_with_u8_array(&mut bytes).is_ok());
    // Every browser that runs WebAssembly has the generator; the clock is still unlike another tab's.
    if filled {
        u64::from_be_bytes(bytes)
    } else {
        js_sys::Date::now().to_bits()
    }
}
