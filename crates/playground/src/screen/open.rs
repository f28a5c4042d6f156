//! Who answers: the engine of the page or a server, its document, and a fresh start.

use std::sync::Arc;

use leptos::prelude::*;
use web_sys::AbortController;

use super::act::{choose, start_tour};
use super::desk::{Before, Desk, Running};
use super::host::Opened;
use super::transport::{self, text_of};
use super::{keep, perform};
use crate::document::Document;
use crate::request::{Content, Draft, Key, Sent};

/// Opens the engine and reads its document, or the server's where one is named.
pub fn begin(desk: Desk) {
    desk.spawn(async move {
        let kept = keep::read(desk);
        desk.run.set_value(match kept.run {
            0 => (js_sys::Math::random() * 9_000.0) as u32,
            run => run,
        });
        desk.log.set(kept.entries);
        let attribute = |name: &str| desk.host.with_value(|host| host.attribute(name));
        let seed = attribute("seed").and_then(|seed| seed.trim().parse().ok());
        desk.seed.set(kept.seed.or(seed));
        let opened = open_engine(desk, false).await;
        let server = kept
            .server
            .or_else(|| attribute("server"))
            .and_then(|given| address(&given));
        if opened.is_none() && server.is_none() {
            // Nobody answers: what was kept stays for when somebody does.
            return;
        }
        let restored = opened.unwrap_or(false);
        if restored || server.is_some() {
            desk.known.set(kept.known);
        }
        desk.key.set(kept_key(desk, server.as_deref()));
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

/// Opens an engine and lets it answer; whether it is one that was kept, unless there is none.
async fn open_engine(desk: Desk, fresh: bool) -> Option<bool> {
    let host = desk.host.get_value();
    match host.open(desk.seed.get_untracked(), fresh).await {
        Ok(Opened { engine, restored }) => {
            engine.take_up();
            desk.now.set(engine.now());
            desk.engine.set(Some(engine));
            desk.trouble.set(None);
            Some(restored)
        }
        Err(error) => {
            let problem = format!("The engine could not be loaded: {error}");
            desk.say(problem.clone());
            desk.trouble.set(Some(problem));
            None
        }
    }
}

/// Tries again what there was trouble with.
pub fn again(desk: Desk) {
    desk.trouble.set(None);
    if desk.target().is_none() {
        return begin(desk);
    }
    desk.spawn(async move {
        read_document(desk).await;
    });
}

/// Asks whoever answers for its document.
async fn read_document(desk: Desk) {
    let Some(target) = desk.target() else { return };
    let server = desk.server.get_untracked();
    let sent = Sent {
        method: "GET".to_owned(),
        path: "/openapi.json".to_owned(),
        headers: Vec::new(),
        body: Content::None,
        key: Key::None,
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
    let read = read.await;
    if desk.server.get_untracked() != server {
        // Somebody else has been chosen to answer meanwhile.
        return;
    }
    match read {
        Ok(document) => {
            desk.document.set(Arc::new(document));
            desk.trouble.set(None);
            read_health(desk).await;
        }
        Err(problem) => {
            desk.say(problem.clone());
            desk.trouble.set(Some(problem));
        }
    }
}

/// Asks how whoever answers is run; one that does not say is taken to be as the engine is.
async fn read_health(desk: Desk) {
    let asked = Draft {
        operation: "getHealth".to_owned(),
        ..Draft::default()
    };
    let health = perform::ask(desk, asked).await.body;
    desk.real_clock.set(health["clock"] == "real");
    desk.simulated_calls.set(
        health["calls"]
            .as_str()
            .is_none_or(|calls| calls == "simulated"),
    );
}

/// The key this tab was given for a server; none of another's.
fn kept_key(desk: Desk, server: Option<&str>) -> String {
    let kept = desk.host.with_value(|host| host.kept("key"));
    let own = kept.as_ref().and_then(|kept| kept.split_once(' '));
    let own = own.filter(|(address, _)| Some(*address) == server);
    own.map_or_else(String::new, |(_, key)| key.to_owned())
}

/// Lets a server answer from now on, or the engine again.
pub fn connect(desk: Desk, server: Option<String>, key: Option<String>) {
    match (&server, key) {
        (Some(address), Some(key)) => {
            desk.host
                .with_value(|host| host.keep("key", &format!("{address} {key}")));
            desk.key.set(key);
        }
        (server, _) => desk.key.set(kept_key(desk, server.as_deref())),
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
    desk.spawn(async move {
        if desk.target().is_none() {
            open_engine(desk, false).await;
        }
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
    desk.spawn(async move {
        if open_engine(desk, true).await.is_none() {
            desk.seed.set(old_seed);
            return;
        }
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
    engine.take_up();
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
