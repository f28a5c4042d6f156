//! What the reader can do.

use leptos::prelude::*;

use super::desk::{Desk, Running};
use super::perform::perform;
use super::{keep, tours};
use crate::document::Operation;
use crate::provoke::Provocation;
use crate::request::Draft;
use crate::tour::{Call, Names, Seen, one};

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
    let names = one("run", format!("{:04}", desk.next_run()));
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
    desk.spawn(async move {
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

/// Sends requests that end with an error, and shows the last.
pub fn provoke(desk: Desk, provocation: Provocation) {
    desk.spawn(async move {
        let mut names = one("run", format!("{:04}", desk.next_run()));
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
