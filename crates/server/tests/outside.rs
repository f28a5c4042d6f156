//! What the server asks of the outside: webhooks and calls.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::thread;

use common::{Client, Folder, Running, key};

/// A receiver of webhooks and calls: answers with what it is told to, one after the other, and hands
/// over what it was sent.
struct Receiver {
    address: String,
    requests: std::sync::mpsc::Receiver<String>,
}

impl Receiver {
    fn start(answers: &'static [(u16, &'static str)]) -> Receiver {
        use std::io::{Read, Write};
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (sender, requests) = std::sync::mpsc::channel();
        thread::spawn(move || {
            for (status, body) in answers {
                let (mut stream, _) = listener.accept().unwrap();
                let (mut request, mut bytes) = (Vec::new(), [0; 4096]);
                while !is_whole(&request) {
                    let read = stream.read(&mut bytes).unwrap();
                    assert!(read > 0, "the request breaks off");
                    request.extend(&bytes[..read]);
                }
                write!(
                    stream,
                    "HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
                    body.len()
                )
                .unwrap();
                sender.send(String::from_utf8(request).unwrap()).unwrap();
            }
        });
        Receiver { address, requests }
    }

    fn next(&self) -> String {
        self.requests
            .recv_timeout(std::time::Duration::from_secs(30))
            .unwrap()
    }
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request).to_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    length.is_none_or(|length| body.len() >= length.parse().unwrap())
}

/// What changes from now on, line by line.
fn from_now_on(client: &Client) -> impl Iterator<Item = String> + use<> {
    let known = client.ask("GET /v1/changes?limit=100", "");
    let cursor = known["cursor"].as_str().unwrap();
    client.listen(&format!("/v1/changes?after={cursor}"))
}

/// Sends one lead into a graph; the path of its workflow.
fn send_in(client: &Client, graph: &str) -> String {
    let id = client.ask("POST /v1/workflows", r#"{"title": "T"}"#)["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let at = format!("/v1/workflows/{id}");
    client.ask(&format!("PUT {at}/definition"), graph);
    client.ask(
        &format!("POST {at}/leads"),
        r#"{"phone_number": "+14155550101"}"#,
    );
    client.ask(&format!("POST {at}/activate"), "");
    at
}

/// Waits until a workflow is completed; how its leads ended.
fn completed(
    client: &Client,
    at: &str,
    mut lines: impl Iterator<Item = String>,
) -> serde_json::Value {
    loop {
        assert!(
            lines.any(|line| line.contains("workflow.status")),
            "the stream ended"
        );
        let workflow = client.ask(&format!("GET {at}"), "");
        if workflow["status"] == "completed" {
            return workflow["lead_counts"].clone();
        }
    }
}

#[test]
fn webhooks_are_delivered_signed_and_tried_again() {
    let folder = Folder::new();
    let key = key(&folder.0, "A", &[]);
    let receiver = Receiver::start(&[(503, "busy"), (200, r#"{"segment": "gold"}"#)]);
    let arguments = [
        "--tick-ms",
        "10",
        "--private-webhooks",
        "--webhook-secret",
        "key",
    ];
    let server = Running::start(&folder.0, &arguments);
    let client = server.client(&key);
    let graph = format!(
        r#"{{"title": "Hook", "nodes": [
            {{"id": "h", "node_type": "APPLICATION", "config": {{"action": "webhook", "url": "http://{}/hook", "body": "{{\"phone\": \"{{{{ lead.phone_number }}}}\"}}"}}}},
            {{"id": "c", "node_type": "CONDITIONAL", "config": {{"branches": [{{"label": "gold", "all": [{{"field": "application.body.segment", "operator": "equals", "value": "gold"}}]}}], "otherwise": "other"}}}},
            {{"id": "won", "node_type": "CONVERTED"}}, {{"id": "lost", "node_type": "DROPPED"}}],
            "edges": [{{"id": "1", "from_node_id": "h", "to_node_id": "c", "label": "SUCCESS"}},
            {{"id": "2", "from_node_id": "h", "to_node_id": "lost", "label": "FAILURE"}},
            {{"id": "3", "from_node_id": "c", "to_node_id": "won", "label": "gold"}},
            {{"id": "4", "from_node_id": "c", "to_node_id": "lost", "label": "other"}}]}}"#,
        receiver.address
    );
    let lines = from_now_on(&client);
    let at = send_in(&client, &graph);
    let (first, second) = (receiver.next(), receiver.next());
    assert!(
        first.starts_with("POST /hook ") && first.ends_with(r#"{"phone": "+14155550101"}"#),
        "{first}"
    );
    let header = |request: &str, name: &str| {
        let lines = request.lines().filter_map(|line| line.split_once(": "));
        let mut found = lines
            .filter(|(own, _)| own.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.to_owned());
        found
            .next()
            .unwrap_or_else(|| panic!("no {name} in {request}"))
    };
    assert_eq!(
        header(&first, "idempotency-key"),
        header(&second, "idempotency-key")
    );
    assert!(header(&first, "leadline-signature").contains(",v1="));
    assert_eq!(completed(&client, &at, lines)["completed"], 1);
}

#[test]
fn webhooks_do_not_reach_into_the_own_network() {
    let folder = Folder::new();
    let key = key(&folder.0, "A", &[]);
    let receiver = Receiver::start(&[(200, "")]);
    let server = Running::start(&folder.0, &["--tick-ms", "10"]);
    let client = server.client(&key);
    let graph = format!(
        r#"{{"title": "Hook", "nodes": [
            {{"id": "h", "node_type": "APPLICATION", "config": {{"action": "webhook", "url": "http://{}/hook", "max_retries": 0}}}},
            {{"id": "won", "node_type": "CONVERTED"}}, {{"id": "lost", "node_type": "DROPPED"}}],
            "edges": [{{"id": "1", "from_node_id": "h", "to_node_id": "won", "label": "SUCCESS"}},
            {{"id": "2", "from_node_id": "h", "to_node_id": "lost", "label": "FAILURE"}}]}}"#,
        receiver.address
    );
    let lines = from_now_on(&client);
    let at = send_in(&client, &graph);
    assert_eq!(completed(&client, &at, lines)["dropped"], 1);
    assert!(receiver.requests.try_recv().is_err(), "nothing was sent");
}

/// The dialer hears of each call once, even when the server is killed in between.
#[test]
fn calls_are_handed_to_a_dialer_once() {
    let folder = Folder::new();
    let key = key(&folder.0, "A", &[]);
    let receiver = Receiver::start(&[(202, ""), (202, "")]);
    let url = format!("http://{}/dial", receiver.address);
    let arguments = ["--calls", "http", "--dialer-url", &url, "--tick-ms", "10"];
    let mut server = Running::start(&folder.0, &arguments);
    let client = server.client(&key);
    let agent = client.ask("POST /v1/agents", r#"{"name": "sales", "prompt": "Hello"}"#)["id"]
        .as_str()
        .unwrap()
        .to_owned();
    client.ask(
        "POST /v1/phone-numbers",
        r#"{"phone_number": "+14155550100"}"#,
    );
    let graph = format!(
        r#"{{"title": "Call", "nodes": [{{"id": "c", "node_type": "VOICE_CALL", "config": {{"agent_id": "{agent}", "from_phone_number": "+14155550100"}}}},
            {{"id": "d", "node_type": "CONVERTED"}}], "edges": [{{"id": "e", "from_node_id": "c", "to_node_id": "d"}}]}}"#
    );
    let at = send_in(&client, &graph);
    let order = receiver.next();
    let order: serde_json::Value =
        serde_json::from_str(order.split_once("\r\n\r\n").unwrap().1).unwrap();
    assert_eq!(order["phone_number"], "+14155550101", "{order}");
    assert_eq!(
        (&order["from_phone_number"], &order["agent"]["prompt"]),
        (&"+14155550100".into(), &"Hello".into())
    );
    server.kill();
    let server = Running::start(&folder.0, &arguments);
    let client = server.client(&key);
    let lines = from_now_on(&client);
    let call = order["call_id"].as_str().unwrap();
    assert_eq!(
        client.ask(&format!("GET /v1/call-logs/{call}"), "")["status"],
        "initiated"
    );
    client.ask(
        &format!("POST /v1/call-logs/{call}/status"),
        r#"{"status": "completed"}"#,
    );
    assert_eq!(completed(&client, &at, lines)["completed"], 1);
    send_in(&client, &graph);
    let second = receiver.next();
    assert!(
        !second.contains(call),
        "the second call is another one: {second}"
    );
}

/// A dialer that is down, that cannot be found, or that takes no calls has called nobody: no lead ends, it
/// is said wherever one looks, and calls go on once it is back.
#[test]
fn a_dialer_that_takes_no_calls_loses_nobody() {
    for (answers, reason) in [
        (&[][..], "could not be reached"),
        (
            &[(503, ""), (429, ""), (500, ""), (302, ""), (401, "")][..],
            "answered",
        ),
    ] {
        let folder = Folder::new();
        let key = key(&folder.0, "A", &[]);
        let receiver = Receiver::start(answers);
        let url = match answers.is_empty() {
            // Nobody listens there.
            true => "http://127.0.0.1:1/".to_owned(),
            false => format!("http://{}/dial", receiver.address),
        };
        let arguments = [
            "--calls",
            "http",
            "--dialer-url",
            &url,
            "--tick-ms",
            "10",
            "--metrics",
        ];
        let (server, log) = Running::logging("leadline=warn", &folder.0, &arguments);
        let client = server.client(&key);
        let at = calls_of(&client, 5);
        log.hear("a call could not be placed");
        let why = loop {
            let leads = client.ask(&format!("GET {at}/leads"), "");
            assert_eq!(leads["meta"]["total"], 5);
            let lead = leads["data"][0]["id"].as_str().unwrap().to_owned();
            let history = client.ask(&format!("GET {at}/leads/{lead}/history"), "");
            if history["why"]["code"] == "call_not_placed" {
                break history;
            }
        };
        assert!(
            why["history"][0]["reason"]
                .as_str()
                .unwrap()
                .contains(reason),
            "{why}"
        );
        let health = client.ask("GET /health", "");
        assert_eq!(health["status"], "degraded", "{health}");
        assert_eq!(
            health["problems"][0]["code"], "calls_not_placed",
            "{health}"
        );
        assert!(
            !client
                .text("/metrics")
                .contains("leadline_calls_not_placed_total 0")
        );
        let counts = client.ask(&format!("GET {at}"), "")["lead_counts"].clone();
        assert_eq!(
            (&counts["active"], &counts["dropped"]),
            (&5.into(), &0.into()),
            "{counts}"
        );
    }
}

/// What the dialer says of a call itself is what the call came to.
#[test]
fn a_call_that_the_dialer_refuses_has_failed() {
    let folder = Folder::new();
    let key = key(&folder.0, "A", &[]);
    let receiver = Receiver::start(&[(422, "no such number")]);
    let url = format!("http://{}/dial", receiver.address);
    let arguments = ["--calls", "http", "--dialer-url", &url, "--tick-ms", "10"];
    let server = Running::start(&folder.0, &arguments);
    let client = server.client(&key);
    let lines = from_now_on(&client);
    let at = calls_of(&client, 1);
    assert_eq!(completed(&client, &at, lines)["dropped"], 1);
    let log = client.ask("GET /v1/call-logs", "")["data"][0].clone();
    let reason = log["end_reason"].as_str().unwrap();
    assert!(
        reason.contains("422") && reason.contains("no such number"),
        "{reason}"
    );
}

/// An active workflow that calls leads and drops whom nobody reached; its path.
fn calls_of(client: &Client, leads: usize) -> String {
    let agent =
        client.ask("POST /v1/agents", r#"{"name": "sales", "prompt": "Hello"}"#)["id"].clone();
    client.ask(
        "POST /v1/phone-numbers",
        r#"{"phone_number": "+14155550100"}"#,
    );
    let graph = serde_json::json!({"title": "Call",
        "nodes": [
            {"id": "c", "node_type": "VOICE_CALL", "config": {"agent_id": agent, "from_phone_number": "+14155550100"}},
            {"id": "d", "node_type": "CONVERTED"}, {"id": "x", "node_type": "DROPPED"}],
        "edges": [{"id": "e", "from_node_id": "c", "to_node_id": "d", "label": "COMPLETED"},
            {"id": "f", "from_node_id": "c", "to_node_id": "x"}]});
    let made = client.ask("POST /v1/workflows", r#"{"title": "Call"}"#);
    let at = format!("/v1/workflows/{}", made["id"].as_str().unwrap());
    client.ask(&format!("PUT {at}/definition"), &graph.to_string());
    let list: Vec<serde_json::Value> = (0..leads)
        .map(|n| serde_json::json!({"phone_number": format!("+1415555{n:04}")}))
        .collect();
    client.ask(
        &format!("POST {at}/leads"),
        &serde_json::json!({"leads": list}).to_string(),
    );
    client.ask(&format!("POST {at}/activate"), "");
    at
}
