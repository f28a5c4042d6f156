//! Runs of agents against the real server: one answer wins, nothing is lost or done twice.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use common::{Client, Folder, Running, key};
use serde_json::Value;

const ROUTER: &str = r#"{"name": "lead-router", "workflow": {"steps": [
    {"name": "classify", "type": "classify", "otherwise": "other", "rules": [
        {"category": "enterprise", "all": [{"field": "state.leadId", "operator": "exists"}]}]},
    {"name": "approval", "type": "approval", "message": "Route to {{ steps.classify.output.category }} sales team?",
        "options": ["approve", "reject", "escalate"]}]}}"#;
const START: &str = r#"{"input": {"task": "Route this lead", "state": {"leadId": "lead-123"}}}"#;

fn resume(step: &str, input: &str) -> String {
    format!(r#"{{"input": {{"resume": {{"step": "{step}", "input": "{input}"}}}}}}"#)
}

/// Says yes to a confirmation.
fn confirm(step: &str) -> String {
    format!(r#"{{"input": {{"resume": {{"step": "{step}", "input": true}}}}}}"#)
}

fn run_of(answer: &Value) -> String {
    format!("/v1/workflow-runs/{}", answer["run_id"].as_str().unwrap())
}

#[test]
fn of_a_hundred_answers_one_wins() {
    let folder = Folder::new();
    let key = key(&folder.0, "A", &[]);
    let server = Running::simulated(&folder.0);
    let client = server.client(&key);
    client.ask("POST /v1/agents", ROUTER);
    let run = run_of(&client.ask("POST /v1/agents/lead-router/workflow", START));
    let threads: Vec<_> = (0..20)
        .map(|_| {
            let (client, path) = (client.clone(), format!("POST {run}/resume"));
            let body = resume("approval", "approve");
            thread::spawn(move || [0; 5].map(|_| client.status(&path, &body)))
        })
        .collect();
    let statuses: Vec<u16> = threads
        .into_iter()
        .flat_map(|thread| thread.join().unwrap())
        .collect();
    let with = |status| statuses.iter().filter(|got| **got == status).count();
    assert_eq!((with(200), with(409)), (1, 99));
}

#[test]
fn a_killed_server_goes_on_with_a_paused_run() {
    let folder = Folder::new();
    let key = key(&folder.0, "A", &[]);
    let mut server = Running::simulated(&folder.0);
    let client = server.client(&key);
    client.ask("POST /v1/agents", ROUTER);
    let run = run_of(&client.ask("POST /v1/agents/lead-router/workflow", START));
    let before = client.ask(&format!("GET {run}"), "");
    server.kill();
    let server = Running::simulated(&folder.0);
    let client = server.client(&key);
    assert_eq!(client.ask(&format!("GET {run}"), ""), before);
    let resumed = client.ask(
        &format!("POST {run}/resume"),
        &resume("approval", "approve"),
    );
    assert_eq!(resumed["output"]["status"], "completed");
}

/// Answers every request with 200 and a body, and hands it over.
fn receiver(body: String) -> (String, Receiver<String>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (sender, requests) = channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, mut request, mut bytes) = (stream.unwrap(), Vec::new(), [0; 4096]);
            while !request.ends_with(b"}") {
                let read = stream.read(&mut bytes).unwrap();
                assert!(read > 0, "the request breaks off");
                request.extend(&bytes[..read]);
            }
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
            stream.write_all((head + &body).as_bytes()).unwrap();
            // Nobody listens any more once the test is over.
            if sender.send(String::from_utf8(request).unwrap()).is_err() {
                return;
            }
        }
    });
    (address, requests)
}

/// The events of a streamed request, up to the last one: their kinds and data.
fn stream(client: &Client, request: &str, body: &str) -> Vec<(String, Value)> {
    let body = body.replacen('{', r#"{"stream": true, "#, 1);
    let mut stream = TcpStream::connect(&client.address).unwrap();
    let (key, length) = (&client.key, body.len());
    write!(
        stream,
        "{request} HTTP/1.1\r\nhost: test\r\nauthorization: Bearer {key}\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let (mut kind, mut events) = (String::new(), Vec::new());
    for line in BufReader::new(stream).lines().map(Result::unwrap) {
        if let Some(name) = line.strip_prefix("event: ") {
            name.clone_into(&mut kind);
        } else if let Some(data) = line.strip_prefix("data: ") {
            events.push((kind.clone(), serde_json::from_str(data).unwrap()));
            if kind == "run" {
                return events;
            }
        }
    }
    panic!("the stream of {request} breaks off after {events:?}");
}

#[test]
fn no_step_runs_twice_whatever_happens_in_between() {
    let folder = Folder::new();
    let key = key(&folder.0, "A", &[]);
    let (address, requests) = receiver(r#"{"tier": "gold"}"#.to_owned());
    let arguments = ["--tick-ms", "10", "--private-webhooks"];
    let mut server = Running::start(&folder.0, &arguments);
    let client = server.client(&key);
    let step = |name: &str| {
        format!(
            r#"{{"name": "{name}", "type": "http", "url": "http://{address}/{name}", "body": "{{\"for\": \"{{{{ state.id }}}}\"}}"}}"#
        )
    };
    let ask =
        |name: &str| format!(r#"{{"name": "{name}", "type": "approval", "message": "Go on?"}}"#);
    let steps = [
        step("first"),
        ask("one"),
        step("second"),
        ask("two"),
        step("third"),
    ]
    .join(", ");
    let agent = format!(r#"{{"name": "a", "workflow": {{"steps": [{steps}]}}}}"#);
    client.ask("POST /v1/agents", &agent);
    let start = r#"{"input": {"task": "t", "state": {"id": "7"}}}"#;
    let events = stream(&client, "POST /v1/agents/a/workflow", start);
    let kinds: Vec<&str> = events.iter().map(|(kind, _)| kind.as_str()).collect();
    assert_eq!(kinds, ["step", "run"]);
    assert_eq!(events[0].1["output"]["body"]["tier"], "gold");
    assert_eq!(events[1].1["output"]["status"], "paused");
    let run = run_of(&events[1].1);

    server.kill();
    let mut server = Running::start(&folder.0, &arguments);
    let client = server.client(&key);
    let path = format!("POST {run}/resume");
    let events = stream(&client, &path, &confirm("one"));
    assert_eq!(
        events.last().unwrap().1["output"]["pendingAction"]["step"],
        "two"
    );
    assert_eq!(client.status(&path, &confirm("one")), 409);

    server.kill();
    let server = Running::start(&folder.0, &arguments);
    let client = server.client(&key);
    let events = stream(&client, &path, &confirm("two"));
    let (kind, whole) = events.last().unwrap();
    assert_eq!(
        (kind.as_str(), &whole["output"]["status"]),
        ("run", &"completed".into())
    );
    assert!(server.end());

    let sent: Vec<String> = requests.try_iter().collect();
    let lines: Vec<&str> = sent
        .iter()
        .map(|request| request.lines().next().unwrap())
        .collect();
    let expected = ["first", "second", "third"].map(|name| format!("POST /{name} HTTP/1.1"));
    assert_eq!(lines, expected);
    let id = run.rsplit('/').next().unwrap();
    for (index, request) in [0, 2, 4].into_iter().zip(&sent) {
        let key = format!("idempotency-key: {id}-{index}");
        assert!(request.to_lowercase().contains(&key), "{request}");
        assert!(request.ends_with(r#"{"for": "7"}"#), "{request}");
    }
}

/// What somebody else answers must not keep the server from reading its own journal.
#[test]
fn an_answer_nested_too_deep_is_kept_as_text() {
    let folder = Folder::new();
    let key = key(&folder.0, "A", &[]);
    let (address, _requests) = receiver("[".repeat(120) + &"]".repeat(120));
    let arguments = ["--tick-ms", "10", "--private-webhooks"];
    let mut server = Running::start(&folder.0, &arguments);
    let client = server.client(&key);
    let step = format!(
        r#"{{"name": "call", "type": "http", "url": "http://{address}/", "body": "{{}}"}}"#
    );
    let agent = format!(r#"{{"name": "a", "workflow": {{"steps": [{step}]}}}}"#);
    client.ask("POST /v1/agents", &agent);
    let start = r#"{"input": {"task": "t"}}"#;
    let events = stream(&client, "POST /v1/agents/a/workflow", start);
    let (_, whole) = events.last().unwrap();
    let body = whole["output"]["result"]["body"].as_str().unwrap();
    assert!(body.starts_with("[[["), "{body}");
    let run = run_of(whole);
    server.kill();
    let server = Running::start(&folder.0, &arguments);
    let again = server.client(&key).ask(&format!("GET {run}"), "");
    assert_eq!(again["output"], whole["output"]);
}
