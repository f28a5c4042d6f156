//! Whoever answers: the engine of whoever shows the screen, or a server by `fetch`.

use std::rc::Rc;
use std::time::Duration;

use futures::channel::oneshot;
use js_sys::{Reflect, Uint8Array};
use leptos::prelude::{set_timeout, window};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortSignal, Headers, ReadableStreamDefaultReader, Request, RequestCredentials, RequestInit,
    RequestMode, Response,
};

use super::host::Engine;
use crate::request::Sent;

/// What is said of a request that somebody stopped.
pub const STOPPED: &str = "It was stopped.";

/// Who answers.
#[derive(Clone)]
pub enum Target {
    /// The engine in the page.
    Engine(Rc<dyn Engine>),
    /// A server: its address without a slash at its end, and the key.
    Server(String, String),
}

impl Target {
    /// Sends a request and waits for the head of the answer. An error says in words why there is none.
    pub async fn send(&self, sent: &Sent, signal: &AbortSignal) -> Result<Response, String> {
        let (address, key) = match self {
            Target::Engine(engine) => return engine.send(sent, signal).await,
            Target::Server(address, key) => (address, key),
        };
        let request = request(address, key, sent, signal).map_err(|error| text_of(&error))?;
        let blocked = Blocked::listen();
        match JsFuture::from(window().fetch_with_request(&request)).await {
            Ok(response) => Ok(response.unchecked_into()),
            Err(_) if signal.aborted() => Err(STOPPED.to_owned()),
            Err(error) => Err(explain(address, &error, &blocked).await),
        }
    }
}

/// A request to whoever is at this address, with this key where it carries one.
pub fn request(
    address: &str,
    key: &str,
    sent: &Sent,
    signal: &AbortSignal,
) -> Result<Request, JsValue> {
    let headers = Headers::new()?;
    for (name, value) in sent.with_key(key) {
        headers.set(&name, &value)?;
    }
    let init = RequestInit::new();
    init.set_method(&sent.method);
    init.set_headers(&headers);
    init.set_signal(Some(signal));
    init.set_mode(RequestMode::Cors);
    init.set_credentials(RequestCredentials::Omit);
    if sent.has_body() {
        init.set_body(&Uint8Array::from(sent.bytes().as_slice()));
    }
    Request::new_with_str_and_init(&format!("{address}{}", sent.path), &init)
}

/// The headers of an answer.
pub fn headers(response: &Response) -> Vec<(String, String)> {
    let entries = js_sys::try_iter(&response.headers()).ok().flatten();
    let pairs = entries.into_iter().flatten().filter_map(|entry| {
        let pair: js_sys::Array = entry.ok()?.dyn_into().ok()?;
        Some((pair.get(0).as_string()?, pair.get(1).as_string()?))
    });
    pairs.collect()
}

/// Reads a body as it comes; `hear` gets each piece of bytes.
pub async fn read(response: &Response, mut hear: impl FnMut(Vec<u8>)) -> Result<(), String> {
    let Some(body) = response.body() else {
        return Ok(());
    };
    let reader: ReadableStreamDefaultReader = body.get_reader().unchecked_into();
    loop {
        let piece = JsFuture::from(reader.read())
            .await
            .map_err(|error| text_of(&error))?;
        let field = |name: &str| Reflect::get(&piece, &name.into()).unwrap_or(JsValue::UNDEFINED);
        if field("done").is_truthy() {
            return Ok(());
        }
        hear(Uint8Array::new(&field("value")).to_vec());
    }
}

/// Whether the page's own policy forbade a connection.
struct Blocked {
    seen: std::rc::Rc<std::cell::Cell<bool>>,
    listener: Closure<dyn FnMut()>,
}

const VIOLATION: &str = "securitypolicyviolation";

impl Blocked {
    fn listen() -> Blocked {
        let seen = std::rc::Rc::new(std::cell::Cell::new(false));
        let heard = std::rc::Rc::clone(&seen);
        let listener = Closure::new(move || heard.set(true));
        let document = leptos::prelude::document();
        // A browser without this event only explains less.
        drop(
            document.add_event_listener_with_callback(VIOLATION, listener.as_ref().unchecked_ref()),
        );
        Blocked { seen, listener }
    }

    fn happened(&self) -> bool {
        self.seen.get()
    }
}

impl Drop for Blocked {
    fn drop(&mut self) {
        let document = leptos::prelude::document();
        drop(document.remove_event_listener_with_callback(
            VIOLATION,
            self.listener.as_ref().unchecked_ref(),
        ));
    }
}

/// Browsers say no more than that it failed; what can be found out is.
async fn explain(address: &str, error: &JsValue, blocked: &Blocked) -> String {
    // The browser tells of its policy in a later turn of its loop.
    let (told, heard) = oneshot::channel::<()>();
    set_timeout(move || drop(told), Duration::from_millis(20));
    let _turned = heard.await;
    let own = window().location();
    let origin = own.origin().unwrap_or_default();
    let secure = own.protocol().is_ok_and(|protocol| protocol == "https:");
    let local = ["http://localhost", "http://127.0.0.1"]
        .iter()
        .any(|local| address.starts_with(local));
    if blocked.happened() {
        return format!(
            "This page's Content-Security-Policy does not let it connect to {address}. Leadline's own page may connect \
             to any https address, and to http://localhost and http://127.0.0.1."
        );
    }
    if secure && address.starts_with("http:") && !local {
        return format!(
            "{address} has no TLS, and browsers let no https page talk to it (mixed content). Serve it over https, or \
             open this page over http."
        );
    }
    if !window().navigator().on_line() && !local {
        return "There is no network.".to_owned();
    }
    let init = RequestInit::new();
    init.set_mode(RequestMode::NoCors);
    init.set_credentials(RequestCredentials::Omit);
    let probe = window().fetch_with_str_and_init(&format!("{address}/health"), &init);
    match JsFuture::from(probe).await {
        Ok(_) => format!(
            "{address} answers, but does not allow pages of {origin} (CORS). Start it with `--cors-origin {origin}`."
        ),
        Err(_) => format!(
            "Nothing answers at {address}. Is it the right address, and is the server running? ({})",
            text_of(error)
        ),
    }
}

/// What a JavaScript error says.
pub fn text_of(error: &JsValue) -> String {
    let message = error
        .dyn_ref::<js_sys::Error>()
        .map(|error| String::from(error.message()));
    message
        .or_else(|| error.as_string())
        .unwrap_or_else(|| format!("{error:?}"))
}
