#![allow(clippy::unwrap_used, clippy::panic)]

use serde_json::{Value, json};

use super::*;

fn opened(seed: u64, kept: Vec<u8>) -> (Serving, Vec<Told>) {
    let mut serving = Serving::default();
    let told = serving.hear(ApiAsk::Open { seed }, kept);
    (serving, told)
}

fn ask(serving: &mut Serving, id: u32, method: &str, target: &str, body: &Value) -> Vec<Told> {
    let (key, kind) = ("Bearer any".to_owned(), "application/json".to_owned());
    let headers = vec![
        ("authorization".to_owned(), key),
        ("content-type".to_owned(), kind),
    ];
    let send = ApiAsk::Send {
        id,
        method: method.to_owned(),
        target: target.to_owned(),
        headers,
    };
    let body = match body {
        Value::Null => Vec::new(),
        body => body.to_string().into_bytes(),
    };
    serving.hear(send, body)
}

fn restored(told: &[Told]) -> bool {
    told.iter()
        .any(|(tell, _)| matches!(tell, ApiTell::Opened { restored: true, .. }))
}

/// What the messages are, in their order.
fn kinds(told: &[Told]) -> Vec<&'static str> {
    let kind = |(tell, _): &Told| match tell {
        ApiTell::Opened { .. } => "opened",
        ApiTell::Keep => "keep",
        ApiTell::Answer { .. } => "answer",
        ApiTell::Refused { .. } => "refused",
        ApiTell::More { .. } => "more",
        ApiTell::End { .. } => "end",
    };
    told.iter().map(kind).collect()
}

/// Status and body of the one answer among the messages.
fn answer(told: &[Told]) -> (u16, Value) {
    let answers = told.iter().filter_map(|(tell, body)| match tell {
        ApiTell::Answer { status, .. } => {
            Some((*status, serde_json::from_slice(body).unwrap_or_default()))
        }
        _ => None,
    });
    let answers: Vec<_> = answers.collect();
    assert_eq!(answers.len(), 1, "{told:?}");
    answers.into_iter().next().unwrap()
}

fn kept(told: &[Told]) -> Vec<u8> {
    let kept = told.iter().find(|(tell, _)| *tell == ApiTell::Keep);
    kept.unwrap().1.clone()
}

fn create(serving: &mut Serving, id: u32) -> Vec<Told> {
    let told = ask(serving, id, "POST", "/v1/workflows", &json!({"title": "A"}));
    assert_eq!(answer(&told).0, 201, "{told:?}");
    told
}

fn total(serving: &mut Serving) -> Value {
    answer(&ask(serving, 99, "GET", "/v1/workflows", &Value::Null)).1["meta"]["total"].clone()
}

#[test]
fn what_is_to_be_kept_comes_before_the_answer_and_only_after_writes() {
    let (mut serving, told) = opened(1, Vec::new());
    assert_eq!(kinds(&told), ["keep", "opened"]);
    assert_eq!(kinds(&create(&mut serving, 1)), ["keep", "answer"]);
    let read = ask(&mut serving, 2, "GET", "/v1/workflows", &Value::Null);
    assert_eq!(kinds(&read), ["answer"]);
}

#[test]
fn an_engine_that_was_kept_goes_on_and_one_that_cannot_be_read_begins_anew() {
    let (mut serving, _) = opened(7, Vec::new());
    create(&mut serving, 1);
    let body = json!({"by_ms": 90_000});
    ask(&mut serving, 2, "POST", "/v1/simulation/advance", &body);
    let journal = kept(&create(&mut serving, 3));
    let before = serving.home.as_ref().unwrap().digest();
    let (mut again, told) = opened(1, journal.clone());
    assert!(restored(&told));
    assert_eq!(kept(&told), journal);
    assert_eq!(total(&mut again), 2);
    assert_eq!(again.home.as_ref().unwrap().digest(), before);
    let cut = journal[..journal.len() - 1].to_vec();
    let refused = [
        &journal[..],
        b"{\"method\":\"POST\",\"target\":\"/v1/gone\",\"headers\":[],\"body\":0}\n",
    ];
    for other in [b"of another version".to_vec(), cut, refused.concat()] {
        let (mut anew, told) = opened(7, other);
        assert!(!restored(&told));
        assert_eq!(kept(&told), b"7\n");
        assert_eq!(total(&mut anew), 0);
    }
}

#[test]
fn what_was_refused_is_not_kept() {
    let (mut serving, _) = opened(1, Vec::new());
    let told = ask(
        &mut serving,
        1,
        "POST",
        "/v1/workflows",
        &json!({"titel": "A"}),
    );
    assert_eq!(kinds(&told), ["answer"]);
    assert_eq!(answer(&told).0, 400);
}

#[test]
fn engines_of_a_seed_give_the_same_and_each_its_own() {
    let id = |seed| {
        let (mut serving, _) = opened(seed, Vec::new());
        answer(&create(&mut serving, 1)).1["id"].clone()
    };
    assert_eq!(id(3), id(3));
    assert_ne!(id(3), id(4));
}

#[test]
fn the_time_goes_with_each_answer() {
    let (mut serving, _) = opened(1, Vec::new());
    let body = json!({"by_ms": 60_000});
    let told = ask(&mut serving, 1, "POST", "/v1/simulation/advance", &body);
    let at = told.iter().find_map(|(tell, _)| match tell {
        ApiTell::Answer { now, .. } => Some(now.as_str()),
        _ => None,
    });
    assert_eq!(at, Some("2026-03-02T09:01:00.000Z"));
    assert_eq!(answer(&told).1["now"], "2026-03-02T09:01:00.000Z");
}

#[test]
fn a_stream_is_read_after_each_write_until_it_is_stopped() {
    let (mut serving, _) = opened(1, Vec::new());
    let listen = ApiAsk::Send {
        id: 5,
        method: "GET".to_owned(),
        target: "/v1/changes".to_owned(),
        headers: vec![
            ("Authorization".to_owned(), "Bearer any".to_owned()),
            ("Accept".to_owned(), "text/event-stream".to_owned()),
        ],
    };
    let told = serving.hear(listen, Vec::new());
    assert!(matches!(
        told[0].0,
        ApiTell::Answer {
            id: 5,
            status: 200,
            goes_on: true,
            ..
        }
    ));
    let told = create(&mut serving, 6);
    assert_eq!(kinds(&told)[..2], ["keep", "answer"]);
    let more: Vec<u8> = told
        .iter()
        .filter(|(tell, _)| *tell == ApiTell::More { id: 5 })
        .flat_map(|(_, bytes)| bytes.clone())
        .collect();
    let more = String::from_utf8(more).unwrap();
    assert!(more.contains("workflow."), "{more}");
    let read = ask(&mut serving, 7, "GET", "/v1/workflows", &Value::Null);
    assert_eq!(kinds(&read), ["answer"]);
    assert!(serving.hear(ApiAsk::Stop { id: 5 }, Vec::new()).is_empty());
    assert_eq!(kinds(&create(&mut serving, 8)), ["keep", "answer"]);
}

#[test]
fn what_is_no_request_is_refused_in_words() {
    let (mut serving, _) = opened(1, Vec::new());
    let send = ApiAsk::Send {
        id: 1,
        method: "GET".to_owned(),
        target: "/v1/workflows".to_owned(),
        headers: vec![("X-Name".to_owned(), "Łódź".to_owned())],
    };
    let told = serving.hear(send, Vec::new());
    let (ApiTell::Refused { id: 1, message }, _) = &told[0] else {
        panic!("{told:?}");
    };
    assert!(message.contains("X-Name"), "{message}");
}

#[test]
fn a_journal_that_is_too_long_is_not_kept() {
    let (mut serving, _) = opened(1, Vec::new());
    let id = answer(&create(&mut serving, 1)).1["id"].clone();
    let target = format!("/v1/workflows/{}/leads", id.as_str().unwrap());
    let note = "x".repeat(1_000);
    let lead =
        |n| json!({"phone_number": format!("+1415555{n:04}"), "dynamic_variables": {"note": note}});
    let leads: Vec<_> = (0..1_500).map(lead).collect();
    let told = ask(&mut serving, 2, "POST", &target, &json!({ "leads": leads }));
    assert_eq!(answer(&told).0, 201, "{told:?}");
    assert!(kept(&told).is_empty());
    assert_eq!(kinds(&create(&mut serving, 3)), ["answer"]);
}

#[test]
fn a_closed_engine_answers_nothing() {
    let (mut serving, _) = opened(1, Vec::new());
    assert!(serving.hear(ApiAsk::Close, Vec::new()).is_empty());
    let told = ask(&mut serving, 1, "GET", "/v1/workflows", &Value::Null);
    assert_eq!(kinds(&told), ["refused"]);
}

#[test]
fn messages_are_read_as_they_were_written() {
    for ask in [
        ApiAsk::Open { seed: u64::MAX },
        ApiAsk::Stop { id: 3 },
        ApiAsk::Close,
    ] {
        let text = serde_json::to_string(&ask).unwrap();
        assert_eq!(serde_json::from_str::<ApiAsk>(&text).unwrap(), ask);
    }
    for tell in [
        ApiTell::Keep,
        ApiTell::More { id: 1 },
        ApiTell::End { id: 2 },
    ] {
        let text = serde_json::to_string(&tell).unwrap();
        assert_eq!(serde_json::from_str::<ApiTell>(&text).unwrap(), tell);
    }
}
