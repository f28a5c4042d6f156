//! Remotes over the browser's `fetch`: requests, their answers, and streams of changes.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use leadline_model::ordered::Ordered;
use leadline_protocol::RemoteId;
use leadline_sync::Answer;
use leadline_sync::adapter::{Outcome, Refusal};
use leadline_sync::http::{Http, HttpRequest, HttpResponse, Unreachable};
use serde::Deserialize;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    AbortController, AbortSignal, Headers, ReadableStreamDefaultReader, RequestCache,
    RequestCredentials, RequestInit, Response,
};

use super::online::scope;
use super::shell::Shell;
use super::time;
use crate::host::{Question, Who};

/// Milliseconds after which nobody is going to answer: long enough for a large workflow on a slow line.
const PATIENCE: u32 = 60_000;
/// Milliseconds before a stream that ended is opened again.
const AGAIN: f64 = 5_000.0;
/// The headers an adapter reads.
const HEADERS: [&str; 6] = [
    "content-type",
    "date",
    "etag",
    "leadline-epoch",
    "location",
    "retry-after",
];

/// A remote's address and key.
struct Fetch {
    address: String,
    key: String,
}

impl Fetch {
    async fn open(
        &self,
        request: &HttpRequest,
        accept: &str,
        signal: &AbortSignal,
    ) -> Result<Response, JsValue> {
        let headers = Headers::new()?;
        headers.set("Accept", accept)?;
        if !self.key.is_empty() {
            headers.set("Authorization", &format!("Bearer {}", self.key))?;
        }
        if request.body.is_some() {
            headers.set("Content-Type", "application/json")?;
        }
        for (name, value) in &request.headers {
            headers.set(name, value)?;
        }
        let init = RequestInit::new();
        init.set_method(request.method);
        init.set_headers(&headers);
        init.set_signal(Some(signal));
        init.set_credentials(RequestCredentials::Omit);
        init.set_cache(RequestCache::NoStore);
        if let Some(body) = &request.body {
            init.set_body(&JsValue::from_str(body));
        }
        let url = format!("{}{}", self.address, request.path);
        let answer = JsFuture::from(scope()?.fetch_with_str_and_init(&url, &init)).await?;
        answer.dyn_into()
    }

    async fn whole(&self, request: &HttpRequest) -> Result<HttpResponse, JsValue> {
        // A large body takes its time on a slow line: 16 KiB a second are enough.
        let length = request.body.as_ref().map_or(0, String::len) as u32;
        let signal = AbortSignal::timeout_with_u32(PATIENCE + length / 16);
        let response = self.open(request, "application/json", &signal).await?;
        let headers = HEADERS.into_iter().filter_map(|name| {
            let value = response.headers().get(name).ok().flatten()?;
            Some((name.to_owned(), value))
        });
        let headers: BTreeMap<String, String> = headers.into_map();
        let body = JsFuture::from(response.text()?).await?;
        Ok(HttpResponse {
            status: response.status(),
            headers,
            body: body.as_string().unwrap_or_default(),
        })
    }

    /// What may be wrong when the browser says no more than that it failed.
    fn in_words(&self, error: &JsValue) -> String {
        let name = error
            .dyn_ref::<web_sys::DomException>()
            .map(web_sys::DomException::name);
        if name.as_deref() == Some("TimeoutError") {
            return format!("{} did not answer in time.", self.address);
        }
        let page = scope()
            .map(|scope| scope.location().origin())
            .unwrap_or_default();
        let host = self.address.strip_prefix("http://").map(|rest| {
            let end = rest.find([':', '/']).unwrap_or(rest.len());
            &rest[..end]
        });
        let local = |host: &str| ["localhost", "127.0.0.1", "[::1]"].contains(&host);
        match host {
            Some(host) if page.starts_with("https://") && !local(host) => format!(
                "This page was loaded over https, and the browser lets it speak to {} over https only. \
                 Give the server an https address.",
                self.address
            ),
            _ => format!(
                "{} does not answer this page. It may be down, or its address may be wrong, or it does not \
                 allow pages of {page} to speak to it: a Leadline server is told so with --cors-origin {page}.",
                self.address
            ),
        }
    }
}

impl Http for Fetch {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, Unreachable> {
        let answer = self.whole(&request).await;
        answer.map_err(|error| Unreachable(self.in_words(&error)))
    }
}

/// What the shell asks of the part that syncs; none of it lasts.
pub trait Network {
    /// Sends what a machine asked for, and hands it the answer.
    fn exchange(&self, remote: RemoteId, number: u64);
    /// A machine hears that its request was not sent.
    fn unsent(&self, remote: RemoteId, number: u64, reason: String);
    /// Puts a question to a remote.
    fn ask(&self, who: Who, question: Question);
    /// Sees that machines go on when they want to, and that changes are listened to.
    fn wake(&self);
}

/// Gives a shell's host the network.
pub type Connect = fn(&Rc<Shell>) -> Rc<dyn Network>;

/// See [`Connect`].
pub fn connect(shell: &Rc<Shell>) -> Rc<dyn Network> {
    Rc::new(Connections(Rc::new(Connected {
        shell: shell.clone(),
        listeners: RefCell::default(),
        due_at: Cell::new(f64::INFINITY),
    })))
}

struct Connected {
    shell: Rc<Shell>,
    /// Streams of changes that are listened to.
    listeners: RefCell<BTreeMap<RemoteId, Listener>>,
    /// When the remotes are looked at next, by the steady clock.
    due_at: Cell<f64>,
}

struct Listener {
    address: String,
    key: String,
    abort: AbortController,
}

struct Connections(Rc<Connected>);

impl Network for Connections {
    fn exchange(&self, remote: RemoteId, number: u64) {
        spawn_local(exchange(self.0.shell.clone(), remote, number));
    }

    fn unsent(&self, remote: RemoteId, number: u64, reason: String) {
        let shell = self.0.shell.clone();
        let outcome = Outcome {
            answer: Answer::Lost(reason),
            names: None,
        };
        spawn_local(async move { answered(&shell, remote, number, outcome) });
    }

    fn ask(&self, who: Who, question: Question) {
        spawn_local(ask(self.0.shell.clone(), who, question));
    }

    fn wake(&self) {
        wake(&self.0);
    }
}

async fn exchange(shell: Rc<Shell>, remote: RemoteId, number: u64) {
    let exchange = shell
        .host
        .borrow()
        .as_ref()
        .and_then(|host| host.exchange(remote));
    let Some(exchange) = exchange else { return };
    let http = Fetch {
        address: exchange.address,
        key: exchange.api_key,
    };
    let (doc, epoch) = (exchange.doc.as_ref(), exchange.epoch.as_deref());
    let outcome = exchange
        .adapter
        .perform(&http, &exchange.request, doc, epoch)
        .await;
    answered(&shell, remote, number, outcome);
}

fn answered(shell: &Rc<Shell>, remote: RemoteId, number: u64, outcome: Outcome) {
    if let Some(host) = &mut *shell.host.borrow_mut() {
        host.remote_answered(remote, number, outcome, time::moment());
    }
    shell.drain();
}

async fn ask(shell: Rc<Shell>, who: Who, question: Question) {
    let to = shell
        .host
        .borrow()
        .as_ref()
        .and_then(|host| host.addressee(question.remote));
    let answer = match to {
        Some((adapter, address, key)) => {
            let http = Fetch { address, key };
            adapter
                .ask(&http, &question.id, &question.names, &question.ask)
                .await
        }
        None => Err(Refusal {
            status: Some(404),
            message: "This remote is not known here any more.".to_owned(),
        }),
    };
    if let Some(host) = &mut *shell.host.borrow_mut() {
        host.question_answered(who, answer);
    }
    shell.drain();
}

fn wake(connected: &Rc<Connected>) {
    let due = match &*connected.shell.host.borrow() {
        Some(host) => host.remotes_due(time::moment()),
        None => return,
    };
    listen(connected);
    let Some(ms) = due else { return };
    let at = time::real() + ms;
    if at >= connected.due_at.get() {
        return;
    }
    connected.due_at.set(at);
    let connected = connected.clone();
    spawn_local(async move {
        time::sleep(ms.max(1.0)).await;
        if connected.due_at.get() != at {
            // An earlier one is on its way, and looks at all of them.
            return;
        }
        connected.due_at.set(f64::INFINITY);
        if let Some(host) = &mut *connected.shell.host.borrow_mut() {
            host.drive_remotes(time::moment());
        }
        connected.shell.drain();
    });
}

/// Opens streams of changes where there should be one, and ends the others.
fn listen(connected: &Rc<Connected>) {
    let shell = &connected.shell;
    let wanted = shell.host.borrow().as_ref().map(|host| host.listening());
    let wanted = wanted.unwrap_or_default();
    let mut listeners = connected.listeners.borrow_mut();
    let known = |remote: &RemoteId, listener: &Listener| {
        let same = |(id, address, key, _): &(RemoteId, String, String, u64)| {
            id == remote && (address, key) == (&listener.address, &listener.key)
        };
        wanted.iter().any(same)
    };
    listeners.retain(|remote, listener| {
        let wanted = known(remote, listener);
        if !wanted {
            listener.abort.abort();
        }
        wanted
    });
    for (remote, address, key, cursor) in wanted {
        if listeners.contains_key(&remote) {
            continue;
        }
        let Ok(abort) = AbortController::new() else {
            // Changes are asked for now and then instead.
            return;
        };
        let signal = abort.signal();
        let listener = Listener {
            address: address.clone(),
            key: key.clone(),
            abort,
        };
        listeners.insert(remote, listener);
        let connected = connected.clone();
        let http = Fetch { address, key };
        spawn_local(async move {
            // Whatever ends it: changes are asked for now and then meanwhile.
            let _ended = stream(&connected.shell, remote, &http, cursor, &signal).await;
            if signal.aborted() {
                return;
            }
            time::sleep(AGAIN).await;
            if !signal.aborted() {
                connected.listeners.borrow_mut().remove(&remote);
                connected.shell.drain();
            }
        });
    }
}

/// What a change of a stream says.
#[derive(Deserialize)]
struct Change {
    #[serde(rename = "type")]
    kind: String,
    workflow_id: Option<String>,
}

async fn stream(
    shell: &Rc<Shell>,
    remote: RemoteId,
    http: &Fetch,
    cursor: u64,
    signal: &AbortSignal,
) -> Result<(), JsValue> {
    let request = HttpRequest {
        method: "GET",
        path: format!("/v1/changes?after={cursor}"),
        headers: Vec::new(),
        body: None,
    };
    let response = http.open(&request, "text/event-stream", signal).await?;
    let kind = response.headers().get("content-type")?.unwrap_or_default();
    let Some(body) = response
        .body()
        .filter(|_| kind.starts_with("text/event-stream"))
    else {
        return Ok(());
    };
    let reader: ReadableStreamDefaultReader = body.get_reader().dyn_into()?;
    let mut unread = Vec::new();
    loop {
        let chunk = JsFuture::from(reader.read()).await?;
        let value = js_sys::Reflect::get(&chunk, &JsValue::from_str("value"))?;
        let Ok(bytes) = value.dyn_into::<js_sys::Uint8Array>() else {
            return Ok(());
        };
        unread.extend(bytes.to_vec());
        let Some(end) = unread.iter().rposition(|byte| *byte == b'\n') else {
            continue;
        };
        let lines: Vec<u8> = unread.drain(..=end).collect();
        let text = String::from_utf8_lossy(&lines);
        let changes = text.lines().filter_map(|line| line.strip_prefix("data:"));
        let changes: Vec<Change> = changes
            .filter_map(|json| serde_json::from_str(json.trim()).ok())
            .collect();
        if changes.is_empty() {
            continue;
        }
        if let Some(host) = &mut *shell.host.borrow_mut() {
            // Of many changes of one workflow one is told.
            let mut told: BTreeMap<Option<String>, bool> = BTreeMap::new();
            for Change { kind, workflow_id } in changes {
                let edited = matches!(
                    kind.as_str(),
                    "workflow.created" | "workflow.updated" | "workflow.deleted"
                );
                *told.entry(workflow_id).or_default() |= edited;
            }
            for (workflow, edited) in told {
                host.remote_stirred(remote, workflow.as_deref(), edited, time::moment());
            }
        }
        shell.drain();
    }
}
