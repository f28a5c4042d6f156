//! What each status and each kind of garbage comes to.

use std::cell::RefCell;

use futures::executor::block_on;
use leadline_model::{Definition, Duration, LeadId, Time, WorkflowAction};
use leadline_sync::http::{Http, HttpRequest, HttpResponse, Unreachable};
use leadline_sync::machine::{Doc, DocKey, Machine, Names, Next, Request, Version, What, Write};
use leadline_sync::there::AskThere;
use leadline_sync::{Adapter, Answer, adapter};
use serde_json::json;

use crate::bad_network::answer;

/// Answers whatever is asked with one answer.
pub struct Parrot {
    pub answer: HttpResponse,
    pub heard: RefCell<Vec<HttpRequest>>,
}

impl Parrot {
    pub fn new(answer: HttpResponse) -> Parrot {
        Parrot {
            answer,
            heard: RefCell::default(),
        }
    }
}

impl Http for Parrot {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, Unreachable> {
        self.heard.borrow_mut().push(request);
        match self.answer.status {
            0 => Err(Unreachable(self.answer.body.clone())),
            _ => Ok(self.answer.clone()),
        }
    }
}

fn write(what: What) -> Request {
    Request::Write(Write {
        key: "a-1".to_owned(),
        doc: DocKey(1),
        what,
    })
}

fn requests() -> Vec<Request> {
    let (remote, if_match) = ("wfl_1".to_owned(), "\"r1\"".to_owned());
    vec![
        write(What::Create {
            title: "T".to_owned(),
        }),
        write(What::Edit {
            remote: remote.clone(),
            if_match: if_match.clone(),
            changes: Vec::new(),
        }),
        write(What::Delete {
            remote: remote.clone(),
            if_match,
        }),
        write(What::Enrol {
            remote: remote.clone(),
            leads: json!([]),
        }),
        Request::Read(remote),
        Request::Changes { after: 5 },
        Request::List { after: None },
    ]
}

/// A document that was read as the requests say.
fn doc() -> Doc {
    let mut machine = Machine::new("a");
    let definition = Definition {
        title: "T".to_owned(),
        ..Definition::default()
    };
    let key = machine.add(definition.clone());
    let Next::Send(number, _) = machine.next(Time(0)) else {
        panic!("it is to be created");
    };
    let version = Version {
        epoch: "life-1".to_owned(),
        etag: "\"r1\"".to_owned(),
        definition,
    };
    let remote = "wfl_1".to_owned();
    machine.answered(number, Answer::Created { remote, version }, Time(0));
    machine.state().docs[&key].clone()
}

/// What every request of every adapter comes to.
fn each(adapters: &[Adapter], response: &HttpResponse, check: impl Fn(&Answer) -> bool) {
    let doc = doc();
    for adapter in adapters {
        for request in requests() {
            if matches!(
                (adapter, &request),
                (Adapter::Plain(_), Request::Changes { .. })
            ) {
                continue;
            }
            let parrot = Parrot::new(response.clone());
            let outcome = block_on(adapter.perform(&parrot, &request, Some(&doc), Some("life-1")));
            assert!(
                check(&outcome.answer),
                "{adapter:?} {request:?} {response:?}: {:?}",
                outcome.answer
            );
        }
    }
}

const LEADLINE: Adapter = Adapter::Leadline(adapter::Leadline);
const PLAIN: Adapter = Adapter::Plain(adapter::Plain);
const BOTH: [Adapter; 2] = [LEADLINE, PLAIN];

#[test]
fn what_means_nothing_is_nobodys_answer() {
    let html = ("content-type", "text/html");
    let headers = [("leadline-epoch", "life-1"), ("etag", "\"r1\""), html];
    for (status, body, words) in [
        (200, "<html>Log in</html>", "web page"),
        (200, "", "something else"),
        (200, "{}", "something else"),
        (200, "[]", ""),
        (200, "null", ""),
        (200, "{\"data\": null}", "something else"),
        (200, "{\"data\": [{}], \"meta\": {}}", ""),
        (302, "", "leads elsewhere"),
        (404, "<html>Not found</html>", "web page"),
        (404, "", "nothing that says why"),
        (403, "<html>Blocked</html>", "web page"),
        (400, "<html>Bad</html>", "web page"),
        (410, "gone", "nothing that says why"),
        (412, "no", "nothing that says why"),
        (0, "there is no network", "no network"),
    ] {
        let is_page = body.starts_with('<');
        let response = answer(status, &headers[..2 + usize::from(is_page)], body);
        each(&[LEADLINE], &response, |answer| match answer {
            Answer::Lost(said) => said.contains(words),
            _ => false,
        });
        // There a list may come without an envelope.
        if body != "[]" {
            let lost = |answer: &Answer| matches!(answer, Answer::Lost(said) if !said.is_empty());
            each(&[PLAIN], &response, lost);
        }
    }
}

#[test]
fn each_status_has_its_meaning() {
    let error = |code: &str| {
        json!({"statusCode": 400, "message": ["Too hot.", "Too cold."], "code": code}).to_string()
    };
    let later = |seconds: Option<i64>| {
        let wait = seconds.map(Duration::seconds);
        move |answer: &Answer| matches!(answer, Answer::Later(after, _) if *after == wait)
    };
    for status in [401, 403] {
        each(
            &BOTH,
            &answer(status, &[], &error("unauthorized")),
            |answer| *answer == Answer::Unauthorized,
        );
        each(&BOTH, &answer(status, &[], ""), |answer| {
            *answer == Answer::Unauthorized
        });
    }
    for status in [408, 425, 429, 500, 502, 503, 504, 599] {
        each(&BOTH, &answer(status, &[], ""), later(None));
        each(
            &BOTH,
            &answer(status, &[("retry-after", "7")], "<html>"),
            later(Some(7)),
        );
    }
    for status in [400, 405, 409, 413, 418, 422] {
        let refused = |answer: &Answer| *answer == Answer::Refused("Too hot. Too cold.".to_owned());
        each(&BOTH, &answer(status, &[], &error("invalid")), refused);
    }
    each(
        &[LEADLINE],
        &answer(404, &[], &error("unknown_workflow")),
        |answer| *answer == Answer::Missing,
    );
    each(
        &[LEADLINE],
        &answer(404, &[], &error("unknown_path")),
        |answer| matches!(answer, Answer::Lost(_)),
    );
    // Who cannot list workflows either says nothing about one of them.
    each(&[PLAIN], &answer(404, &[], &error("any")), |answer| {
        matches!(answer, Answer::Lost(_))
    });
    each(
        &[LEADLINE],
        &answer(410, &[], &error("cursor_too_old")),
        |answer| *answer == Answer::TooOld,
    );
    each(&[LEADLINE], &answer(412, &[], &error("stale")), |answer| {
        *answer == Answer::Stale
    });
    let other = answer(412, &[("leadline-epoch", "life-2")], &error("other_epoch"));
    each(&[LEADLINE], &other, |answer| {
        *answer == Answer::OtherLife("life-2".to_owned())
    });
}

#[test]
fn findings_are_told_with_what_mends_them() {
    let finding = json!({"code": "missing_agent", "severity": "error", "node_id": "n", "edge_id": null,
        "message": "The call has no agent.", "fix": "Choose one."});
    let body = json!({"message": "The call has no agent.", "code": "invalid_graph", "findings": [finding]});
    let refused = Answer::Refused("The call has no agent. Choose one.".to_owned());
    each(&BOTH, &answer(400, &[], &body.to_string()), |answer| {
        *answer == refused
    });
}

#[test]
fn versions_are_read_through_whatever_lies_between() {
    let graph = json!({"title": "T"}).to_string();
    for (etag, read) in [
        ("\"r12\"", Some("\"r12\"")),
        ("W/\"r12\"", Some("\"r12\"")),
        ("\"r12-gzip\"", Some("\"r12\"")),
        ("\"abc\"", None),
        ("r12", None),
    ] {
        let response = answer(200, &[("etag", etag), ("leadline-epoch", "life-1")], &graph);
        let (parrot, request) = (Parrot::new(response), &requests()[4]);
        let outcome = block_on(LEADLINE.perform(&parrot, request, None, None));
        match (outcome.answer, read) {
            (Answer::Document(version), Some(read)) => assert_eq!(version.etag, read),
            (Answer::Lost(why), None) => assert!(why.contains("ETag"), "{why}"),
            (answer, _) => panic!("{etag}: {answer:?}"),
        }
    }
}

#[test]
fn questions_are_refused_in_words() {
    let asks = [
        AskThere::Workflow,
        AskThere::Act(WorkflowAction::Activate),
        AskThere::Counts,
        AskThere::Lead(LeadId::parse("wld_1").unwrap()),
        AskThere::Calls {
            page: 1,
            limit: 20,
            lead: None,
        },
    ];
    let refused = json!({"message": "It is paused."}).to_string();
    for adapter in BOTH {
        for ask in &asks {
            for (response, status, words) in [
                (answer(409, &[], &refused), Some(409), "It is paused."),
                (answer(200, &[], "<html>"), Some(200), "web page"),
                (
                    answer(0, &[], "there is no network"),
                    None,
                    "there is no network",
                ),
            ] {
                let parrot = Parrot::new(response);
                let answered = block_on(adapter.ask(&parrot, "wfl_1", &Names::new(), ask));
                let refusal = answered.expect_err("it is refused");
                assert_eq!(refusal.status, status, "{ask:?}");
                assert!(refusal.message.contains(words), "{refusal:?}");
            }
        }
    }
}
