//! The playground's examples, provocations and tours against the API itself, so that they cannot rot.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "../../api/tests/common/memory.rs"]
mod memory;
#[path = "../../api/tests/common/script.rs"]
#[allow(dead_code)]
mod script;

use std::sync::Arc;

use leadline_api::Clock;
use leadline_playground::document::{Document, Operation, Place};
use leadline_playground::known::Known;
use leadline_playground::request::{Content, Draft, Key};
use leadline_playground::tour::{self, Call, Names, Seen};
use leadline_playground::{json, provoke};
use memory::Memory;
use script::{Got, Sent};
use serde_json::Value;

/// The API with what the playground knows of it.
struct Api {
    host: Arc<Memory>,
    document: Document,
    known: Known,
}

impl Api {
    fn new() -> Api {
        let host = Memory::new(Clock::Simulated);
        let sent = Sent {
            method: "GET".into(),
            path: "/openapi.json".into(),
            key: "none".into(),
            headers: Vec::new(),
            body: Vec::new(),
        };
        let text = String::from_utf8(memory::send(&host, &sent).body).unwrap();
        let document = Document::read(&text).unwrap();
        let known = Known::default();
        Api {
            host,
            document,
            known,
        }
    }

    fn operation(&self, id: &str) -> Operation {
        self.document
            .operation(id)
            .unwrap_or_else(|| panic!("no operation {id}"))
            .clone()
    }

    fn send(&mut self, draft: &Draft) -> Seen {
        let operation = self.operation(&draft.operation);
        let built = draft.build(&operation);
        let Got {
            status, etag, body, ..
        } = memory::send(
            &self.host,
            &Sent {
                method: built.method.clone(),
                path: built.path.clone(),
                key: if built.key == Key::Own {
                    "a".into()
                } else {
                    "none".into()
                },
                headers: built.headers.clone(),
                body: built.bytes(),
            },
        );
        let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
        if status < 300 {
            self.known.learn(&operation, draft, &body);
        }
        Seen { status, etag, body }
    }

    fn call(&mut self, call: &Call, names: &mut Names) -> Seen {
        let draft = call.draft(&self.operation(&call.operation), names);
        let seen = self.send(&draft);
        call.keep(&seen, names)
            .unwrap_or_else(|problem| panic!("{draft:?}: {problem} {}", seen.body));
        seen
    }
}

fn names(run: &str) -> Names {
    Names::from([("run".to_owned(), run.to_owned())])
}

/// Twice on the same engine: a tour must not meet what an earlier run left.
#[test]
fn every_tour_shows_what_it_says() {
    let mut api = Api::new();
    let tours = tour::all().unwrap();
    let mut wrong = Vec::new();
    for run in ["0001", "0002"] {
        for tour in &tours {
            let mut names = names(run);
            for step in &tour.steps {
                for call in &step.before {
                    let seen = api.call(call, &mut names);
                    assert!(
                        seen.status < 300,
                        "{}: {}: {call:?}: {}",
                        tour.id,
                        step.title,
                        seen.body
                    );
                }
                let seen = api.call(&step.call, &mut names);
                let failed = step
                    .check(&seen, &names)
                    .into_iter()
                    .filter(|checked| !checked.ok);
                wrong.extend(failed.map(|checked| {
                    format!(
                        "{}: {}: {}\n{}",
                        tour.id, step.title, checked.says, seen.body
                    )
                }));
                assert!(
                    !step.shows.is_empty(),
                    "{}: {} shows nothing",
                    tour.id,
                    step.title
                );
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_tour_step_that_shows_something_else_is_told_apart() {
    let tours = tour::all().unwrap();
    let step = &tours[0].steps[3];
    let seen = Seen {
        status: 409,
        etag: None,
        body: serde_json::json!({"status": "draft"}),
    };
    let checked = step.check(&seen, &Names::new());
    assert_eq!(checked[0].says, "The status should be 200 and is 409.");
    assert_eq!(
        checked[1].says,
        "At /status there should be \"paused\"; there is \"draft\"."
    );
    assert!(checked.iter().all(|checked| !checked.ok));
}

/// Errors that nobody can bring about by a request alone.
fn beyond_reach(operation: &Operation, status: u16) -> bool {
    match (operation.id.as_str(), status) {
        // The store fails; the clock is a real one.
        (_, 503) | ("advance" | "listOutages" | "putOutages", 404) => true,
        // 256 MiB are not sent for show.
        ("enrolLeads", 413) => true,
        // A graph that is invalid when it is resumed was edited during the pause; a key is enough.
        _ => false,
    }
}

#[test]
fn every_error_of_the_document_is_provoked_and_comes() {
    let mut api = Api::new();
    // A call that exists, for what needs one.
    let tours = tour::all().unwrap();
    let mut pause = names("9999");
    for step in &tours[0].steps[..5] {
        for call in step.before.iter().chain([&step.call]) {
            api.call(call, &mut pause);
        }
    }
    let mut wrong = Vec::new();
    for (number, operation) in api.document.operations.clone().iter().enumerate() {
        let ways = provoke::all(operation, &api.known);
        let errors = operation
            .responses
            .iter()
            .map(|response| response.status)
            .filter(|status| *status >= 400);
        for status in errors.filter(|status| !beyond_reach(operation, *status)) {
            let Some(way) = ways.iter().find(|way| way.status == status) else {
                wrong.push(format!("{}: nothing provokes {status}", operation.id));
                continue;
            };
            let mut names = names(&format!(
                "{:04}",
                1000 + number * 10 + usize::from(status % 10)
            ));
            let (last, before) = way.calls.split_last().unwrap();
            for call in before {
                let seen = api.call(call, &mut names);
                if seen.status >= 300 {
                    wrong.push(format!(
                        "{} {status}: {call:?}: {}",
                        operation.id, seen.body
                    ));
                }
            }
            let seen = api.call(last, &mut names);
            if seen.status != status || last.operation != operation.id {
                wrong.push(format!(
                    "{} {status}: {} {}",
                    operation.id, seen.status, seen.body
                ));
            }
        }
        for way in &ways {
            assert!(
                operation.answers(way.status),
                "{} does not answer {}",
                operation.id,
                way.status
            );
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whoever opens an operation and sends what is there is not told that the example is wrong.
#[test]
fn examples_with_known_ids_are_accepted() {
    let mut api = Api::new();
    let order = [
        "createAgent",
        "createPhoneNumber",
        "createWorkflow",
        "createNode",
        "createNode",
        "createEdge",
        "enrolLeads",
        "startRun",
    ];
    for id in order {
        let operation = api.operation(id);
        let mut draft = Draft::example(&operation);
        api.known.fill(&operation, &mut draft);
        if id == "createNode" {
            assert!(matches!(draft.body, Content::Text(_)));
        }
        assert_eq!(draft.lacking(&operation), [""; 0], "{id}");
        let seen = api.send(&draft);
        let made = operation.responses[0].status;
        assert_eq!(seen.status, made, "{id}: {draft:?} {}", seen.body);
    }
    for operation in api.document.operations.clone() {
        if operation.method == "DELETE" {
            continue;
        }
        let mut draft = Draft::example(&operation);
        api.known.fill(&operation, &mut draft);
        // What has no example of its own, or whose example needs a secret.
        let unknown = ["call_id", "subscription_id"];
        let mut named = operation.at(Place::Path);
        if named.all(|parameter| !unknown.contains(&parameter.name.as_str())) {
            assert_eq!(draft.lacking(&operation), [""; 0], "{}", operation.id);
            let seen = api.send(&draft);
            let code = seen.body["code"].as_str().unwrap_or_default();
            assert_ne!(seen.status, 404, "{}: {}", operation.id, seen.body);
            // A server makes the secret that this host wants to be given.
            let lacks_secret = operation.id == "createEventSubscription";
            assert!(
                lacks_secret || !["invalid", "malformed_json"].contains(&code),
                "{}: {}",
                operation.id,
                seen.body
            );
        }
        if let Content::Text(text) = &draft.body {
            assert_eq!(json::problem(text), None, "{}", operation.id);
        }
    }
}

#[test]
fn everything_the_document_offers_is_listed() {
    let api = Api::new();
    assert_eq!(
        api.document.operations.len(),
        leadline_api::operations::OPERATIONS.len()
    );
    for given in leadline_api::operations::OPERATIONS {
        let operation = api.operation(given.id);
        assert_eq!(operation.path, format!("/v1{}", given.path));
        assert_eq!(operation.needs_key, given.needs_key(), "{}", given.id);
        assert_eq!(
            operation
                .body
                .as_ref()
                .and_then(|body| body.most_bytes)
                .is_some(),
            operation.body.is_some()
        );
        assert!(operation.answers(given.answer.0));
    }
    let ids = |words: &str| {
        api.document
            .search(words)
            .iter()
            .map(|found| found.id.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(ids("/v1 finish; PAUSE"), ["pauseWorkflow"]);
    assert_eq!(ids("nothing like it"), Vec::<String>::new());
    assert!(api.operation("listChanges").streams);
    assert_eq!(
        api.operation("enrolLeads").body.unwrap().file.as_deref(),
        Some("file")
    );
}
