//! An engine behind a port of this tab's worker: see `leadline_protocol::ApiAsk`.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use futures::channel::oneshot;
use js_sys::{Array, ArrayBuffer, Uint8Array};
use leadline_model::json;
use leadline_playground::request::Sent;
use leadline_playground::screen::{ENGINE_KEY, Engine, Later, STOPPED};
use leadline_protocol::{ApiAsk, ApiTell};
use leptos::task::spawn_local;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortSignal, Headers, MessageEvent, MessagePort, Response, ResponseInit, TransformStream,
    WritableStreamDefaultWriter,
};

use super::kept;
use crate::dom;

/// An engine. It is given up when this is dropped.
pub struct PageEngine {
    port: Rc<Port>,
    _hear: Closure<dyn FnMut(MessageEvent)>,
}

/// What has come and what is waited for over its port.
pub struct Port {
    port: MessagePort,
    /// The last request's number.
    last: Cell<u32>,
    waiting: RefCell<Vec<(u32, Waiting)>>,
    now: RefCell<Option<String>>,
    /// What is to be kept of the engine, as a text.
    kept: RefCell<Option<String>>,
    number: usize,
    answering: Rc<Cell<usize>>,
    failure: RefCell<Option<String>>,
}

/// Who waits for what carries a request's number. The number 0 is the opening's.
enum Waiting {
    Opened(oneshot::Sender<Result<bool, String>>),
    Answer(oneshot::Sender<Result<Response, String>>),
    /// A body that goes on.
    Body(WritableStreamDefaultWriter),
}

impl Waiting {
    /// There is nothing to wait for any more.
    fn end(self, reason: &str) {
        // Whoever waited may have left meanwhile.
        match self {
            Waiting::Opened(told) => drop(told.send(Err(reason.to_owned()))),
            Waiting::Answer(told) => drop(told.send(Err(reason.to_owned()))),
            Waiting::Body(writer) => {
                settle(writer.abort_with_reason(&js_sys::Error::new(reason)));
            }
        }
    }
}

/// Lets a promise come to its end; what it says concerns nobody.
fn settle(promise: js_sys::Promise) {
    spawn_local(async move {
        drop(JsFuture::from(promise).await);
    });
}

impl PageEngine {
    /// The engine behind a port, which has a number of its own among those of the page.
    pub fn new(port: MessagePort, number: usize, answering: Rc<Cell<usize>>) -> PageEngine {
        let port = Rc::new(Port {
            port,
            last: Cell::new(0),
            waiting: RefCell::default(),
            now: RefCell::default(),
            kept: RefCell::default(),
            number,
            answering,
            failure: RefCell::default(),
        });
        let heard = Rc::clone(&port);
        let hear = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            heard.hear(&event.data());
        });
        port.port.set_onmessage(Some(hear.as_ref().unchecked_ref()));
        PageEngine { port, _hear: hear }
    }

    /// Its port, as long as the engine is there.
    pub fn port(&self) -> Weak<Port> {
        Rc::downgrade(&self.port)
    }

    /// Opens it: the one that was kept, if there was one, else an empty one of the seed. Whether it is the
    /// one that was kept.
    pub async fn open(&self, seed: u64, kept: &[u8]) -> Result<bool, String> {
        let (told, heard) = oneshot::channel();
        self.port.wait(0, Waiting::Opened(told));
        self.port.post(0, &ApiAsk::Open { seed }, kept);
        heard.await.unwrap_or_else(|_| Err(STOPPED.to_owned()))
    }
}

impl Engine for PageEngine {
    fn send<'a>(
        &'a self,
        sent: &'a Sent,
        signal: &'a AbortSignal,
    ) -> Later<'a, Result<Response, String>> {
        Box::pin(async move {
            if signal.aborted() {
                return Err(STOPPED.to_owned());
            }
            let id = self.port.last.get() + 1;
            self.port.last.set(id);
            let (told, heard) = oneshot::channel();
            self.port.wait(id, Waiting::Answer(told));
            let port = Rc::downgrade(&self.port);
            let stop = move || {
                if let Some(port) = port.upgrade() {
                    port.stop(id);
                }
            };
            signal.set_onabort(Some(
                Closure::<dyn FnMut()>::new(stop)
                    .into_js_value()
                    .unchecked_ref(),
            ));
            let body = match sent.has_body() {
                true => sent.bytes(),
                false => Vec::new(),
            };
            let send = ApiAsk::Send {
                id,
                method: sent.method.clone(),
                target: sent.path.clone(),
                headers: sent.with_key(ENGINE_KEY),
            };
            self.port.post(id, &send, &body);
            heard.await.unwrap_or_else(|_| Err(STOPPED.to_owned()))
        })
    }

    fn now(&self) -> Option<String> {
        self.port.now.borrow().clone()
    }

    fn take_up(&self) {
        self.port.answering.set(self.port.number);
        self.port.keep();
    }
}

impl Drop for PageEngine {
    fn drop(&mut self) {
        self.port.post(0, &ApiAsk::Close, &[]);
        // The worker closes the port once it has heard that.
        self.port.port.set_onmessage(None);
    }
}

impl Port {
    /// The worker cannot go on.
    pub fn fail(&self, reason: &str) {
        self.failure.replace(Some(reason.to_owned()));
        for (_, waiting) in self.waiting.take() {
            waiting.end(reason);
        }
    }

    fn wait(&self, id: u32, waiting: Waiting) {
        self.waiting.borrow_mut().push((id, waiting));
    }

    fn waits(&self, id: u32) -> Option<Waiting> {
        let mut waiting = self.waiting.borrow_mut();
        let at = waiting.iter().position(|(waits, _)| *waits == id)?;
        Some(waiting.swap_remove(at).1)
    }

    fn stop(&self, id: u32) {
        if let Some(waiting) = self.waits(id) {
            waiting.end(STOPPED);
            self.post(id, &ApiAsk::Stop { id }, &[]);
        }
    }

    /// Posts a message; whoever waits under this number hears when it cannot be.
    fn post(&self, id: u32, ask: &ApiAsk, bytes: &[u8]) {
        let failure = self.failure.borrow().clone();
        let posted = match (failure, serde_json::to_string(ask)) {
            (Some(failure), _) => Err(failure),
            (None, Err(error)) => Err(error.to_string()),
            (None, Ok(json)) => {
                let buffer = Uint8Array::from(bytes).buffer();
                let message = Array::of2(&JsValue::from_str(&json), &buffer);
                let transferred = Array::of1(&buffer);
                let posted = self
                    .port
                    .post_message_with_transferable(&message, &transferred);
                posted.map_err(|error| dom::error_text(&error))
            }
        };
        if let Err(problem) = posted
            && let Some(waiting) = self.waits(id)
        {
            waiting.end(&problem);
        }
    }

    /// Keeps the engine over a reload, if it is the one that answers.
    fn keep(&self) {
        if self.answering.get() == self.number {
            kept::write(kept::ENGINE, self.kept.borrow().as_deref());
        }
    }

    fn hear(&self, data: &JsValue) {
        let pair: &Array = data.unchecked_ref();
        let text = pair.get(0).as_string().unwrap_or_default();
        let buffer: ArrayBuffer = pair.get(1).unchecked_into();
        match json::from_text(&text) {
            Ok(tell) => self.take(tell, &buffer),
            Err(error) => leptos::logging::error!("the engine says {text}: {error}"),
        }
    }

    fn take(&self, tell: ApiTell, buffer: &ArrayBuffer) {
        match tell {
            ApiTell::Opened { restored, now } => {
                self.now.replace(Some(now));
                if let Some(Waiting::Opened(told)) = self.waits(0) {
                    drop(told.send(Ok(restored)));
                }
            }
            ApiTell::Keep => {
                let bytes = Uint8Array::new(buffer).to_vec();
                let text = (!bytes.is_empty()).then(|| kept::text_of(&bytes));
                self.kept.replace(text.flatten());
                self.keep();
            }
            ApiTell::Answer {
                id,
                status,
                reason,
                headers,
                now,
                goes_on,
            } => {
                self.now.replace(Some(now));
                // Nobody waits for the answer to a request that was stopped.
                let Some(Waiting::Answer(told)) = self.waits(id) else {
                    return;
                };
                let response = response(status, &reason, &headers, buffer, goes_on);
                let response = response.map_err(|error| dom::error_text(&error));
                drop(told.send(response.map(|(response, writer)| {
                    if let Some(writer) = writer {
                        self.wait(id, Waiting::Body(writer));
                    }
                    response
                })));
            }
            ApiTell::Refused { id, message } => {
                if let Some(waiting) = self.waits(id) {
                    waiting.end(&message);
                }
            }
            ApiTell::More { id } => {
                let waiting = self.waiting.borrow();
                let found = waiting.iter().find(|(waits, _)| *waits == id);
                if let Some((_, Waiting::Body(writer))) = found {
                    settle(writer.write_with_chunk(&Uint8Array::new(buffer)));
                }
            }
            ApiTell::End { id } => {
                if let Some(Waiting::Body(writer)) = self.waits(id) {
                    settle(writer.close());
                }
            }
        }
    }
}

/// An answer as `fetch` gives it, with what writes its body if that goes on.
fn response(
    status: u16,
    reason: &str,
    pairs: &[(String, String)],
    body: &ArrayBuffer,
    goes_on: bool,
) -> Result<(Response, Option<WritableStreamDefaultWriter>), JsValue> {
    let headers = Headers::new()?;
    for (name, value) in pairs {
        headers.append(name, value)?;
    }
    let init = ResponseInit::new();
    init.set_status(status);
    init.set_status_text(reason);
    init.set_headers(&headers);
    if goes_on {
        let stream = TransformStream::new()?;
        let writer = stream.writable().get_writer()?;
        let body = stream.readable();
        let response = Response::new_with_opt_readable_stream_and_init(Some(&body), &init)?;
        return Ok((response, Some(writer)));
    }
    // An answer such as 204 may have no body, not even an empty one.
    let body = (body.byte_length() > 0).then_some(body.as_ref());
    let response = Response::new_with_opt_buffer_source_and_init(body, &init)?;
    Ok((response, None))
}
