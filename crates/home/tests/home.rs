//! A home by itself: keys, streams, snapshots, who answers calls.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use leadline_home::{Answer, Home, Next, Options, Request, RestoreError};
use serde_json::{Value, json};

fn home(options: Value) -> Home {
    Home::new(&Options::parse(&options.to_string()).unwrap()).unwrap()
}

fn send(home: &Home, request: &str, body: &Value, headers: &[(&str, &str)]) -> Answer {
    let (method, target) = request.split_once(' ').unwrap();
    let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let body = match body {
        Value::Null => Vec::new(),
        body => body.to_string().into_bytes(),
    };
    let request = Request {
        method: method.to_owned(),
        target: target.to_owned(),
        headers: headers.iter().map(pair).collect(),
        body,
    };
    home.send(request).unwrap()
}

fn ask(home: &Home, request: &str, body: &Value) -> Value {
    let answer = send(home, request, body, &[]);
    let shown: Value = serde_json::from_slice(&answer.body).unwrap();
    assert!(answer.status < 300, "{request}: {shown}");
    shown
}

/// A workflow that calls everybody again until they pick up, with some leads; its path.
fn workflow(home: &Home) -> String {
    let agent = ask(home, "POST /v1/agents", &json!({"name": "sales"}));
    let number = json!({"phone_number": "+14155550100"});
    ask(home, "POST /v1/phone-numbers", &number);
    let made = ask(home, "POST /v1/workflows", &json!({"title": "Call"}));
    let path = format!("/v1/workflows/{}", made["id"].as_str().unwrap());
    let call = json!({"agent_id": agent["id"], "from_phone_number": "+14155550100"});
    let graph = json!({
        "title": "Call",
        "nodes": [
            {"id": "call", "node_type": "VOICE_CALL", "is_entry": true, "config": call},
            {"id": "later", "node_type": "TIME", "config": {"delay": {"value": 1, "unit": "hours"}}},
            {"id": "won", "node_type": "CONVERTED"},
        ],
        "edges": [
            {"id": "a", "from_node_id": "call", "to_node_id": "won", "label": "COMPLETED"},
            {"id": "b", "from_node_id": "call", "to_node_id": "later"},
            {"id": "c", "from_node_id": "later", "to_node_id": "call"},
        ],
    });
    ask(home, &format!("PUT {path}/definition"), &graph);
    let leads: Vec<Value> = (0..20)
        .map(|n| json!({"phone_number": format!("+1415555020{n:02}")}))
        .collect();
    ask(
        home,
        &format!("POST {path}/leads"),
        &json!({"leads": leads}),
    );
    ask(home, &format!("POST {path}/activate"), &Value::Null);
    path
}

fn advance(home: &Home, by_ms: u64) -> Value {
    ask(
        home,
        "POST /v1/simulation/advance",
        &json!({"by_ms": by_ms}),
    )
}

const HOUR: u64 = 3_600_000;

#[test]
fn a_snapshot_goes_on_as_what_it_was_taken_of() {
    let first = home(json!({"seed": 7, "key": "k"}));
    let path = workflow(&first);
    advance(&first, HOUR / 2);
    let key = [("idempotency-key", "one")];
    let body = json!({"title": "Once"});
    let once = send(&first, "POST /v1/workflows", &body, &key);
    let second = Home::restore(&first.snapshot()).unwrap();
    assert_eq!(first.digest(), second.digest());
    // They differ in which life it is, and in the seal that follows from it.
    let (bytes, own) = (first.snapshot(), second.snapshot());
    let same = bytes.iter().zip(&own).filter(|(one, other)| one == other);
    assert_eq!(bytes.len(), own.len());
    assert!(bytes.len() - same.count() <= 1 + 16 && bytes != own);
    assert_eq!(first.next_due(), second.next_due());

    for home in [&first, &second] {
        let again = send(home, "POST /v1/workflows", &body, &key);
        assert_eq!((again.status, &again.body), (201, &once.body));
    }
    let before = first.digest();
    assert_eq!(advance(&first, 24 * HOUR), advance(&second, 24 * HOUR));
    assert_ne!(first.digest(), before);
    assert_eq!(first.digest(), second.digest());
    let shown = ask(&second, &format!("GET {path}"), &Value::Null);
    assert_eq!(shown["status"], "completed");
    assert_eq!(shown, ask(&first, &format!("GET {path}"), &Value::Null));
}

#[test]
fn an_old_cursor_leads_on_after_a_restore() {
    let first = home(json!({"key": "k"}));
    let start = first.latest_change().unwrap();
    workflow(&first);
    let after = first.latest_change().unwrap();
    let second = Home::restore(&first.snapshot()).unwrap();
    let changes = |home: &Home, cursor: u64| {
        let request = format!("GET /v1/changes?after={cursor}");
        ask(home, &request, &Value::Null)["data"].clone()
    };
    assert_eq!(changes(&first, start), changes(&second, start));
    assert_ne!(changes(&second, start), json!([]));
    assert_eq!(changes(&second, after), json!([]));
    let now = second.latest_change().unwrap();
    assert!(now >= after);
}

/// Whoever was told of more than there is, or of another life, has to read again.
#[test]
fn a_restore_begins_another_life() {
    let epoch = |answer: &Answer| {
        let mut headers = answer.headers.iter();
        let found = headers.find(|(name, _)| name == "leadline-epoch");
        found.map(|(_, value)| value.clone())
    };
    let first = home(json!({"key": "k"}));
    let old = first.snapshot();
    let key = ("idempotency-key", "one");
    let made = json!({"title": "Once"});
    let once = send(&first, "POST /v1/workflows", &made, &[key]);
    let life = epoch(&once).unwrap();
    let told = first.latest_change().unwrap();
    for home in [
        Home::restore(&first.snapshot()).unwrap(),
        Home::restore(&old).unwrap(),
    ] {
        let here = send(&home, "GET /v1/account", &Value::Null, &[]);
        assert!(here.status == 200 && epoch(&here).is_some_and(|here| here != life));
        let meant = [("leadline-epoch", life.as_str())];
        let other = send(&home, "GET /v1/nothing", &Value::Null, &meant);
        assert_eq!((other.status, epoch(&other)), (404, None), "of nobody");
        let other = send(&home, "GET /v1/account", &Value::Null, &meant);
        assert_eq!((other.status, epoch(&other)), (412, epoch(&here)));
    }
    // What was carried out before is known where it was, and only there.
    let meant = [key, ("leadline-epoch", life.as_str())];
    let kept = Home::restore(&first.snapshot()).unwrap();
    let again = send(&kept, "POST /v1/workflows", &made, &meant);
    assert_eq!((again.status, &again.body), (201, &once.body));
    let gone = Home::restore(&old).unwrap();
    assert_eq!(send(&gone, "POST /v1/workflows", &made, &meant).status, 412);
    assert_eq!(
        ask(&gone, "GET /v1/workflows", &Value::Null)["meta"]["total"],
        0
    );

    // A cursor of changes that are gone shows the loss by itself.
    let before = epoch(&send(&gone, "GET /v1/account", &Value::Null, &[]));
    let ahead = send(
        &gone,
        &format!("GET /v1/changes?after={told}0"),
        &Value::Null,
        &[],
    );
    let shown: Value = serde_json::from_slice(&ahead.body).unwrap();
    assert_eq!(
        (ahead.status, shown["code"].as_str()),
        (410, Some("cursor_ahead"))
    );
    assert_ne!(epoch(&ahead), before);
}

#[test]
fn damage_is_found() {
    let kept = home(json!({})).snapshot();
    assert!(Home::restore(&kept).is_ok());
    for at in 0..kept.len() {
        let mut torn = kept.clone();
        torn[at] ^= 1;
        let error = Home::restore(&torn).unwrap_err();
        assert!(matches!(error, RestoreError::Envelope(_)), "{error}");
        assert!(Home::restore(&kept[..at]).is_err());
    }
}

#[test]
fn keys_are_as_the_options_say() {
    let status = |home: &Home, key: Option<&str>| {
        let value = key.map(|key| format!("Bearer {key}"));
        let header = value.iter().map(|value| ("authorization", value.as_str()));
        let headers: Vec<_> = header.collect();
        send(home, "GET /v1/account", &Value::Null, &headers).status
    };
    let open = home(json!({}));
    assert_eq!(status(&open, None), 401);
    assert_eq!(status(&open, Some("")), 401);
    assert_eq!(status(&open, Some("whatever")), 200);
    let given = home(json!({"key": "k"}));
    assert_eq!(status(&given, None), 200);
    assert_eq!(status(&given, Some("other")), 200);
    let known = home(json!({"organizations": [["a", 1], ["b", 2]], "key": "b"}));
    assert_eq!(status(&known, None), 200);
    assert_eq!(status(&known, Some("a")), 200);
    assert_eq!(status(&known, Some("c")), 401);

    // Everybody's organization is one; those of two keys are two.
    let mine = ask(&known, "POST /v1/workflows", &json!({"title": "T"}));
    let request = format!("GET /v1/workflows/{}", mine["id"].as_str().unwrap());
    let other = [("authorization", "Bearer a")];
    assert_eq!(send(&known, &request, &Value::Null, &other).status, 404);
    assert_eq!(send(&known, &request, &Value::Null, &[]).status, 200);
}

#[test]
fn a_stream_says_what_changes_and_waits() {
    let home = home(json!({"key": "k"}));
    let accept = [("accept", "text/event-stream")];
    let mut answer = send(&home, "GET /v1/changes", &Value::Null, &accept);
    assert_eq!(answer.status, 200);
    let mut stream = answer.stream.take().unwrap();
    assert_eq!(stream.read(), Next::NotYet);
    ask(&home, "POST /v1/agents", &json!({"name": "sales"}));
    let Next::Bytes(bytes) = stream.read() else {
        panic!("nothing was said");
    };
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    assert!(text.contains("event: change\ndata: {"), "{text}");
    assert!(text.contains("agent.updated"), "{text}");
    assert_eq!(stream.read(), Next::NotYet);
}

#[test]
fn people_answer_calls_when_they_are_asked_to() {
    let home = home(json!({"calls": "manual", "key": "k"}));
    workflow(&home);
    advance(&home, 1);
    let calls = ask(&home, "GET /v1/call-logs?limit=1", &Value::Null);
    assert_eq!(calls["data"][0]["status"], "created");
    let id = calls["data"][0]["id"].as_str().unwrap();
    let home = Home::restore(&home.snapshot()).unwrap();
    advance(&home, HOUR);
    let request = format!("POST /v1/call-logs/{id}/status");
    let ended = ask(&home, &request, &json!({"status": "completed"}));
    assert_eq!(ended["status"], "completed");
    let health = ask(&home, "GET /health", &Value::Null);
    assert_eq!(health["calls"], "manual");
}

#[test]
fn webhooks_are_answered_by_the_world_while_people_answer_calls() {
    for calls in ["manual", "simulated"] {
        let home = home(json!({"calls": calls, "key": "k"}));
        let made = ask(&home, "POST /v1/workflows", &json!({"title": "Hook"}));
        let path = format!("/v1/workflows/{}", made["id"].as_str().unwrap());
        let hook = json!({"action": "webhook", "method": "POST", "url": "https://example.com/"});
        let graph = json!({
            "title": "Hook",
            "nodes": [
                {"id": "hook", "node_type": "APPLICATION", "is_entry": true, "config": hook},
                {"id": "won", "node_type": "CONVERTED"},
                {"id": "lost", "node_type": "DROPPED"},
            ],
            "edges": [
                {"id": "a", "from_node_id": "hook", "to_node_id": "won", "label": "SUCCESS"},
                {"id": "b", "from_node_id": "hook", "to_node_id": "lost", "label": "FAILURE"},
            ],
        });
        ask(&home, &format!("PUT {path}/definition"), &graph);
        let lead = json!({"phone_number": "+14155550101"});
        ask(&home, &format!("POST {path}/leads"), &lead);
        ask(&home, &format!("POST {path}/activate"), &Value::Null);
        advance(&home, HOUR);
        let counts = &ask(&home, &format!("GET {path}"), &Value::Null)["lead_counts"];
        assert_eq!(counts["completed"], 1, "{calls}: {counts}");
    }
}

#[test]
fn what_http_cannot_carry_is_refused() {
    let home = home(json!({}));
    let request = |method: &str, target: &str, header: (&str, &str)| Request {
        method: method.into(),
        target: target.into(),
        headers: vec![(header.0.into(), header.1.into())],
        body: Vec::new(),
    };
    let good = ("x", "y");
    for wrong in [
        request("G T", "/", good),
        request("GET", "/ /", good),
        request("GET", "/", ("x y", "")),
        request("GET", "/", ("x", "\n")),
        request("GET", "/", ("x", "→")),
    ] {
        assert_eq!(home.send(wrong).unwrap_err().code, "invalid_request");
    }
    // Latin-1, as a browser has it.
    assert_eq!(
        home.send(request("GET", "/health", ("x", "é")))
            .unwrap()
            .status,
        200
    );
}
