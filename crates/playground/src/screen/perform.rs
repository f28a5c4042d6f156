//! Sending: the answer is shown as it comes, logged and learned from.

use leptos::prelude::*;
use serde_json::Value;
use web_sys::AbortController;

use super::act::operation;
use super::desk::{Answer, Desk, Entry};
use super::{keep, transport};
use crate::document::Operation;
use crate::meaning;
use crate::request::Draft;
use crate::tour::Seen;

/// Stops what is under way.
pub fn stop(desk: Desk) {
    if let Some(sending) = desk.sending.get_untracked() {
        sending.abort();
    }
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
    let body: Value = serde_json::from_slice(answer.body.as_bytes()).unwrap_or(Value::Null);
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
        log.insert(
            0,
            Entry {
                number,
                draft: keep::short(draft, MOST_LOGGED_BODY),
                asked: answer.asked.clone(),
                status: answer.status,
                took_ms: answer.took_ms,
                answer: Some(answer.clone()),
            },
        );
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

/// Bytes of a body in the log.
const MOST_LOGGED_BODY: usize = 1 << 20;
/// Requests in the log.
const MOST_LOGGED: usize = 200;
