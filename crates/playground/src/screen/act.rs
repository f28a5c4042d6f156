//! What the reader can do.

use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::Value;
use wasm_bindgen::JsCast;
use web_sys::AbortController;

use super::desk::{Answer, Before, Desk, Entry, Running};
use super::transport::{self, Engine, text_of};
use super::{keep, tours};
use crate::document::{Document, Operation};
use crate::meaning;
use crate::provoke::Provocation;
use crate::request::{Draft, Sent};
use crate::tour::{Call, Names, Seen};

/// Opens the engine and reads its document, or the server's where one is named.
pub fn begin(desk: Desk) {
    spawn_local(async move {
        let kept = keep::read(desk);
        desk.run.set_value(match kept.run {
            0 => (js_sys::Math::random() * 9_000.0) as u32,
            run => run,
        });
        desk.log.set(kept.entries);
        let attribute = |name: &str| desk.host.with_value(|host| host.attribute(name));
        desk.seed
            .set(attribute("seed").and_then(|seed| seed.trim().parse().ok()));
        let restored = open_engine(desk, false).await;
        let server = kept
            .server
            .or_else(|| attribute("server"))
            .and_then(|given| address(&given));
        desk.key.set(
            desk.host
                .with_value(|host| host.kept("key"))
                .unwrap_or_default(),
        );
        if restored || server.is_some() {
            desk.known.set(kept.known);
        }
        desk.server.set(server);
        read_document(desk).await;
        let usable = restored || desk.server.get_untracked().is_some();
        let kept_tour = kept.tour.filter(|_| usable);
        match (attribute("tour"), attribute("operation")) {
            (Some(id), _) if kept_tour.as_ref().is_none_or(|tour| tour.id != id) => {
                start_tour(desk, &id);
            }
            (None, Some(id)) if kept.draft.operation != id => choose(desk, &id),
            _ => go_on(desk, kept.draft, kept_tour),
        }
    });
}

/// Shows what was shown before a reload.
fn go_on(desk: Desk, draft: Draft, tour: Option<keep::KeptTour>) {
    if draft.operation.is_empty() {
        return;
    }
    desk.menu.set(false);
    desk.draft.set(draft);
    let Some(keep::KeptTour { id, names, shown }) = tour else {
        return;
    };
    let found = desk
        .tours
        .with_value(|tours| tours.iter().find(|tour| tour.id == id).cloned());
    desk.tour
        .set(found.map(|tour| Running { tour, names, shown }));
}

/// An attribute of the element was changed.
pub fn attribute(desk: Desk, name: &str, value: Option<String>) {
    match (name, value) {
        ("operation", Some(id)) => choose(desk, &id),
        ("tour", Some(id)) => start_tour(desk, &id),
        ("server", value) => connect(desk, value.as_deref().and_then(address), None),
        ("seed", Some(seed)) => reset(desk, seed.trim().parse().ok()),
        _ => {}
    }
}

/// An address without a slash at its end, or nothing for none.
pub fn address(text: &str) -> Option<String> {
    let text = text.trim().trim_end_matches('/');
    let text = text.strip_suffix("/v1").unwrap_or(text);
    (!text.is_empty()).then(|| text.to_owned())
}

/// Whether it is one that was kept.
async fn open_engine(desk: Desk, fresh: bool) -> bool {
    let host = desk.host.get_value();
    match host.open(desk.seed.get_untracked(), fresh).await {
        Ok(opened) => {
            let field =
                |name: &str| js_sys::Reflect::get(&opened, &name.into()).unwrap_or_default();
            let engine: Engine = field("engine").unchecked_into();
            desk.now.set(engine.now());
            desk.engine.set(Some(engine));
            field("restored").is_truthy()
        }
        Err(error) => {
            desk.trouble.set(Some(format!(
                "The engine could not be loaded: {}",
                text_of(&error)
            )));
            false
        }
    }
}

/// Asks whoever answers for its document.
async fn read_document(desk: Desk) {
    let Some(target) = desk.target() else { return };
    let sent = Sent {
        method: "GET".to_owned(),
        path: "/openapi.json".to_owned(),
        headers: Vec::new(),
        body: crate::request::Content::None,
        key: crate::request::Key::None,
    };
    let read = async {
        let stop = AbortController::new().map_err(|error| text_of(&error))?;
        let response = target.send(&sent, &stop.signal()).await?;
        let mut bytes = Vec::new();
        transport::read(&response, |piece| bytes.extend(piece)).await?;
        if response.status() != 200 {
            return Err(format!(
                "/openapi.json was answered with {}.",
                response.status()
            ));
        }
        Document::read(&String::from_utf8_lossy(&bytes))
            .map_err(|why| format!("/openapi.json: {why}"))
    };
    match read.await {
        Ok(document) => {
            desk.document.set(Arc::new(document));
            desk.trouble.set(None);
        }
        Err(problem) => {
            desk.say(problem.clone());
            desk.trouble.set(Some(problem));
        }
    }
}

/// Lets a server answer from now on, or the engine again.
pub fn connect(desk: Desk, server: Option<String>, key: Option<String>) {
    if let Some(key) = key {
        desk.host.with_value(|host| host.keep("key", &key));
        desk.key.set(key);
    }
    let changed = desk.server.get_untracked() != server;
    desk.server.set(server);
    if changed {
        desk.known.set(Default::default());
        desk.tour.set(None);
        desk.answer.set(None);
        desk.passed.set(None);
        let engine = desk
            .engine
            .get_untracked()
            .filter(|_| desk.server.get_untracked().is_none());
        desk.now.set(engine.and_then(|engine| engine.now()));
    }
    spawn_local(async move {
        read_document(desk).await;
        if desk.trouble.get_untracked().is_none() {
            let who = desk.server.get_untracked();
            desk.say(
                who.map_or("The engine in this page answers.".to_owned(), |who| {
                    format!("Connected to {who}.")
                }),
            );
        }
        keep::write(desk);
    });
}

/// A new engine; the one before can be had back.
pub fn reset(desk: Desk, seed: Option<f64>) {
    let engine = desk.engine.get_untracked();
    let (known, old_seed) = (desk.known.get_untracked(), desk.seed.get_untracked());
    desk.seed.set(seed);
    spawn_local(async move {
        open_engine(desk, true).await;
        desk.before.set(engine.map(|engine| Before {
            engine,
            known,
            seed: old_seed,
        }));
        forget(desk);
        desk.say("A new, empty engine answers.");
    });
}

/// Takes back the last reset.
pub fn undo_reset(desk: Desk) {
    let Some(Before {
        engine,
        known,
        seed,
    }) = desk.before.get_untracked()
    else {
        return;
    };
    desk.before.set(None);
    desk.now.set(engine.now());
    desk.engine.set(Some(engine));
    desk.seed.set(seed);
    forget(desk);
    desk.known.set(known);
    desk.say("The engine from before the reset answers again.");
}

fn forget(desk: Desk) {
    desk.known.set(Default::default());
    desk.tour.set(None);
    desk.answer.set(None);
    desk.passed.set(None);
    let id = desk.draft.with_untracked(|draft| draft.operation.clone());
    if !id.is_empty() {
        choose(desk, &id);
    }
    keep::write(desk);
}

/// Shows an operation with its example.
pub fn choose(desk: Desk, id: &str) {
    let Some(operation) = operation(desk, id) else {
        return;
    };
    let mut draft = Draft::example(&operation);
    desk.known
        .with_untracked(|known| known.fill(&operation, &mut draft));
    desk.draft.set(draft);
    desk.menu.set(false);
    moved(desk);
}

/// The operation of a name.
pub fn operation(desk: Desk, id: &str) -> Option<Operation> {
    desk.document
        .with_untracked(|document| document.operation(id).cloned())
}

fn moved(desk: Desk) {
    let operation = desk.draft.with_untracked(|draft| draft.operation.clone());
    let tour = desk
        .tour
        .with_untracked(|tour| tour.as_ref().map(|tour| tour.tour.id.clone()));
    desk.host
        .with_value(|host| host.moved(Some(operation).filter(|id| !id.is_empty()), tour));
    keep::write(desk);
}

/// Begins a tour, from its first step.
pub fn start_tour(desk: Desk, id: &str) {
    let found = desk
        .tours
        .with_value(|tours| tours.iter().find(|tour| tour.id == id).cloned());
    let Some(tour) = found else { return };
    let names = Names::from([("run".to_owned(), format!("{:04}", desk.next_run()))]);
    desk.tour.set(Some(Running {
        tour,
        names,
        shown: Vec::new(),
    }));
    desk.answer.set(None);
    desk.menu.set(false);
    tours::prepare(desk);
    moved(desk);
}

/// Leaves the tour; what it made stays.
pub fn leave_tour(desk: Desk) {
    desk.tour.set(None);
    moved(desk);
}

/// Sends what is in the editor; in a tour, its step.
pub fn send(desk: Desk) {
    let draft = desk.draft.get_untracked();
    let Some(operation) = operation(desk, &draft.operation) else {
        return;
    };
    if desk.sending.with_untracked(Option::is_some) {
        return;
    }
    let lacking = draft.lacking(&operation);
    if !lacking.is_empty() {
        desk.say(format!("{} is needed.", lacking.join(", ")));
        return;
    }
    spawn_local(async move {
        let step = desk
            .tour
            .with_untracked(|tour| Some(tour.as_ref()?.step()?.call.operation.clone()));
        if step.as_ref() == Some(&draft.operation) {
            tours::send(desk, draft).await;
        } else {
            perform(desk, draft).await;
        }
    });
}

/// Stops what is under way.
pub fn stop(desk: Desk) {
    if let Some(sending) = desk.sending.get_untracked() {
        sending.abort();
    }
}

/// Sends requests that end with an error, and shows the last.
pub fn provoke(desk: Desk, provocation: Provocation) {
    spawn_local(async move {
        let mut names = Names::from([("run".to_owned(), format!("{:04}", desk.next_run()))]);
        for call in &provocation.calls {
            if let Err(problem) = perform_call(desk, call, &mut names).await {
                desk.say(problem);
                return;
            }
        }
    });
}

/// Sends a request of a tour. An error says what the answer lacks.
pub async fn perform_call(desk: Desk, call: &Call, names: &mut Names) -> Result<Seen, String> {
    let operation = operation(desk, &call.operation);
    let operation =
        operation.ok_or_else(|| format!("There is no operation {} here.", call.operation))?;
    let draft = call.draft(&operation, names);
    desk.draft.set(draft.clone());
    let seen = perform(desk, draft).await;
    call.keep(&seen, names)?;
    Ok(seen)
}

/// Asks something for the screen itself: neither shown nor logged.
pub async fn ask(desk: Desk, draft: Draft) -> Seen {
    let (Some(operation), Some(target)) = (operation(desk, &draft.operation), desk.target()) else {
        return Seen::default();
    };
    let Ok(stop) = AbortController::new() else {
        return Seen::default();
    };
    let Ok(response) = target.send(&draft.build(&operation), &stop.signal()).await else {
        return Seen::default();
    };
    let mut bytes = Vec::new();
    if transport::read(&response, |piece| bytes.extend(piece))
        .await
        .is_err()
    {
        return Seen::default();
    }
    let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
    Seen {
        status: response.status(),
        etag: None,
        body,
    }
}

/// Sends a request, shows the answer as it comes, logs both and learns from them.
pub async fn perform(desk: Desk, draft: Draft) -> Seen {
    let (Some(operation), Some(target)) = (operation(desk, &draft.operation), desk.target()) else {
        return Seen::default();
    };
    let Ok(stop) = AbortController::new() else {
        return Seen::default();
    };
    let sent = draft.build(&operation);
    let mut answer = Answer {
        asked: format!("{} {}", sent.method, sent.path),
        ..Answer::default()
    };
    let clock = window().performance();
    let now = || clock.as_ref().map_or(0.0, |clock| clock.now());
    let begun = now();
    desk.sending.set(Some(stop.clone()));
    let failure = match target.send(&sent, &stop.signal()).await {
        Ok(response) => {
            answer.status = response.status();
            answer.headers = transport::headers(&response);
            answer.took_ms = now() - begun;
            let kind = answer
                .headers
                .iter()
                .find(|(name, _)| name == "content-type");
            answer.open = kind.is_some_and(|(_, kind)| kind.starts_with("text/event-stream"));
            if answer.open {
                listen(desk, stop.clone(), &answer);
            }
            let mut bytes = Vec::new();
            let read = transport::read(&response, |piece| {
                bytes.extend(piece);
                if answer.open {
                    answer.body = String::from_utf8_lossy(&bytes).into_owned();
                    desk.stream.set(Some(answer.clone()));
                }
            });
            let ended = read.await.err();
            answer.body = String::from_utf8_lossy(&bytes).into_owned();
            ended.filter(|_| !(answer.open && stop.signal().aborted()))
        }
        Err(problem) => Some(problem),
    };
    answer.took_ms = now() - begun;
    answer.failure = failure;
    if !answer.open {
        desk.sending.set(None);
    }
    finish(desk, &operation, draft, answer)
}

/// An answer goes on beside other requests; the one listened to before ends.
fn listen(desk: Desk, stop: AbortController, answer: &Answer) {
    if let Some(before) = desk.listening.get_untracked() {
        before.abort();
    }
    desk.sending.set(None);
    desk.answer.set(None);
    desk.listening.set(Some(stop));
    desk.stream.set(Some(answer.clone()));
    desk.say("Listening.");
}

/// Stops listening, or puts what was heard away.
pub fn stop_listening(desk: Desk) {
    match desk.listening.get_untracked() {
        Some(listening) => listening.abort(),
        None => desk.stream.set(None),
    }
}

fn finish(desk: Desk, operation: &Operation, draft: Draft, answer: Answer) -> Seen {
    let body: Value = serde_json::from_str(&answer.body).unwrap_or(Value::Null);
    if (200..300).contains(&answer.status) {
        desk.known
            .update(|known| known.learn(operation, &draft, &body));
    }
    match desk.server.get_untracked() {
        None => desk
            .now
            .set(desk.engine.with_untracked(|engine| engine.as_ref()?.now())),
        Some(_) if operation.id == "advance" => {
            if let Some(now) = body["now"].as_str() {
                desk.now.set(Some(now.to_owned()));
            }
        }
        Some(_) => {}
    }
    let etag = answer
        .headers
        .iter()
        .find(|(name, _)| name == "etag")
        .map(|(_, value)| value.clone());
    let seen = Seen {
        status: answer.status,
        etag,
        body,
    };
    desk.log.update(|log| {
        let number = log.first().map_or(1, |entry| entry.number + 1);
        let Answer {
            asked,
            status,
            took_ms,
            ..
        } = answer.clone();
        let entry = Entry {
            number,
            draft,
            asked,
            status,
            took_ms,
            answer: Some(answer.clone()),
        };
        log.insert(0, entry);
        log.truncate(MOST_LOGGED);
    });
    desk.say(match &answer.failure {
        Some(failure) => format!("No answer. {failure}"),
        None => format!(
            "{} {}, {:.0} milliseconds",
            answer.status,
            meaning::name(answer.status),
            answer.took_ms
        ),
    });
    if answer.open {
        let own = desk
            .stream
            .with_untracked(|stream| stream.as_ref().is_some_and(|now| now.asked == answer.asked));
        if own {
            desk.listening.set(None);
            desk.stream.set(Some(Answer {
                open: false,
                ..answer
            }));
        }
    } else {
        desk.answer.set(Some(answer));
    }
    keep::write(desk);
    seen
}

/// Requests in the log.
const MOST_LOGGED: usize = 200;
