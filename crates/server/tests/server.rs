//! The server as people run it: the binary, a folder, requests, and rude ends.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use common::{Client, Folder, Running, exchange, key, leadline, output, script};

const START: &[&str] = &["--start", "2026-03-02T09:00:00Z"];

/// The second home: every recorded request gets the answer the first home gives, byte for byte.
#[test]
fn the_server_answers_recorded_requests_as_they_are_recorded() {
    for file in script::files() {
        let folder = Folder::new();
        let a = key(&folder.0, "A", &[START, &["--seed", "1"]].concat());
        let b = key(&folder.0, "B", &[START, &["--seed", "2"]].concat());
        let server = Running::simulated(&folder.0);
        script::run(&file, |sent| {
            let mut sent = sent.clone();
            sent.key = match sent.key.as_str() {
                "a" => a.clone(),
                "b" => b.clone(),
                other => other.to_owned(),
            };
            exchange(&server.address, &sent).unwrap()
        });
    }
}

const GRAPH: &str = r#"{"title": "Wait", "settings": {"auto_complete": false},
    "nodes": [{"id": "w", "node_type": "TIME", "config": {"delay": {"value": 1, "unit": "days"}}}, {"id": "d", "node_type": "CONVERTED"}],
    "edges": [{"id": "e", "from_node_id": "w", "to_node_id": "d"}]}"#;

/// A workflow with a graph that can be activated; its path.
fn workflow(client: &Client) -> String {
    let id = client.ask("POST /v1/workflows", r#"{"title": "Wait"}"#)["id"]
        .as_str()
        .unwrap()
        .to_owned();
    client.ask(&format!("PUT /v1/workflows/{id}/definition"), GRAPH);
    format!("/v1/workflows/{id}")
}

/// Killed under load, again and again: what was acknowledged is there, what was not is there once or
/// not at all, and a request sent again takes effect once.
#[test]
fn what_was_acknowledged_survives_being_killed() {
    let folder = Folder::new();
    let key = key(&folder.0, "A", &[]);
    let acknowledged: Mutex<BTreeMap<String, String>> = Mutex::default();
    let mut unanswered: BTreeSet<String> = BTreeSet::new();
    let mut phone = 14_155_550_000_u64;
    let at = {
        let server = Running::simulated(&folder.0);
        workflow(&server.client(&key))
    };
    for round in 0..6 {
        let mut server = Running::simulated(&folder.0);
        let client = server.client(&key);
        check(&client, &at, &acknowledged.lock().unwrap(), &mut unanswered);
        let (done, lost) = (AtomicUsize::new(0), Mutex::new(BTreeSet::new()));
        thread::scope(|scope| {
            for worker in 0..4_u64 {
                let (client, at, acknowledged, done, lost) =
                    (client.clone(), &at, &acknowledged, &done, &lost);
                let first = phone + worker * 10_000;
                scope.spawn(move || {
                    for number in first.. {
                        let body = format!(r#"{{"phone_number": "+{number}"}}"#);
                        let name = number.to_string();
                        match client.send(
                            &format!("POST {at}/leads"),
                            &body,
                            &[("idempotency-key", &name)],
                        ) {
                            Ok((201, answer)) => {
                                let id = answer["data"][0].as_str().unwrap().to_owned();
                                acknowledged.lock().unwrap().insert(name, id);
                                done.fetch_add(1, Ordering::SeqCst);
                            }
                            Ok((status, answer)) => panic!("{status} {answer}"),
                            Err(_) => {
                                lost.lock().unwrap().insert(name);
                                return;
                            }
                        }
                    }
                });
            }
            while done.load(Ordering::SeqCst) < 20 + round * 37 {
                thread::yield_now();
            }
            server.kill();
        });
        unanswered.extend(lost.into_inner().unwrap());
        phone += 100_000;
    }
    let server = Running::simulated(&folder.0);
    check(
        &server.client(&key),
        &at,
        &acknowledged.lock().unwrap(),
        &mut unanswered,
    );
}

/// Everything acknowledged is there under its id; what was unanswered is sent again, and is there once.
fn check(
    client: &Client,
    at: &str,
    acknowledged: &BTreeMap<String, String>,
    unanswered: &mut BTreeSet<String>,
) {
    for name in std::mem::take(unanswered) {
        let body = format!(r#"{{"phone_number": "+{name}"}}"#);
        let send = || {
            client
                .send(
                    &format!("POST {at}/leads"),
                    &body,
                    &[("idempotency-key", &name)],
                )
                .unwrap()
        };
        let (status, answer) = send();
        assert_eq!(
            (status, answer["leads_enrolled"].as_u64()),
            (201, Some(1)),
            "{answer}"
        );
        assert_eq!(send(), (status, answer), "the same once more");
    }
    let mut leads: BTreeMap<String, String> = BTreeMap::new();
    for page in 1.. {
        let answer = client.ask(&format!("GET {at}/leads?limit=100&page={page}"), "");
        let data = answer["data"].as_array().unwrap();
        for lead in data {
            let number = lead["phone_number"]
                .as_str()
                .unwrap()
                .trim_start_matches('+')
                .to_owned();
            let twice = leads.insert(number, lead["id"].as_str().unwrap().to_owned());
            assert_eq!(twice, None, "{lead}");
        }
        if data.len() < 100 {
            break;
        }
    }
    for (number, id) in acknowledged {
        assert_eq!(leads.get(number), Some(id), "{number}");
    }
}

#[test]
fn of_two_who_act_at_once_exactly_one_wins() {
    let folder = Folder::new();
    let key = key(&folder.0, "A", &[]);
    let server = Running::simulated(&folder.0);
    let client = server.client(&key);
    let at = workflow(&client);
    for round in 0..30 {
        let action = match round {
            0 => "activate",
            n if n % 2 == 1 => "pause",
            _ => "resume",
        };
        let mut statuses: Vec<u16> = thread::scope(|scope| {
            let both =
                [(); 2].map(|()| scope.spawn(|| client.status(&format!("POST {at}/{action}"), "")));
            both.into_iter().map(|one| one.join().unwrap()).collect()
        });
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409], "{action}");
    }
}

#[test]
fn keys_are_made_while_the_server_runs_listed_and_revoked() {
    let folder = Folder::new();
    let data = folder.0.to_str().unwrap();
    let server = Running::simulated(&folder.0);
    let first = key(&folder.0, "Shop", &[]);
    let second = key(&folder.0, "Shop", &[]);
    let other = key(&folder.0, "Other", &[]);
    let at = workflow(&server.client(&first));
    assert_eq!(
        server.client(&second).status(&format!("GET {at}"), ""),
        200,
        "the same organization"
    );
    assert_eq!(server.client(&other).status(&format!("GET {at}"), ""), 404);
    let wrong = format!("{}x", &first[..first.len() - 1]);
    assert_eq!(server.client(&wrong).status(&format!("GET {at}"), ""), 401);
    let listed = output(&["keys", "list", "--data", data]);
    let id = first.rsplit_once('_').unwrap().0;
    assert!(
        listed.lines().count() == 3 && listed.contains(id),
        "{listed}"
    );
    for entry in std::fs::read_dir(&folder.0).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        let secret = first.rsplit_once('_').unwrap().1.as_bytes();
        assert!(
            !bytes.windows(secret.len()).any(|window| window == secret),
            "the secret is kept"
        );
    }
    output(&["keys", "revoke", "--data", data, id]);
    assert_eq!(server.client(&first).status(&format!("GET {at}"), ""), 401);
    assert_eq!(server.client(&second).status(&format!("GET {at}"), ""), 200);
    assert!(
        !leadline(&["keys", "revoke", "--data", data, id])
            .output()
            .unwrap()
            .status
            .success()
    );
}

/// A real clock starts leads by itself, and a listener hears of it.
#[test]
fn a_real_clock_ticks() {
    let folder = Folder::new();
    let key = key(&folder.0, "A", &[]);
    let server = Running::start(
        &folder.0,
        &["--clock", "real", "--calls", "manual", "--tick-ms", "10"],
    );
    let client = server.client(&key);
    assert_eq!(
        client.status("POST /v1/simulation/advance", r#"{"by_ms": 1}"#),
        404
    );
    let at = workflow(&client);
    let mut lines = client.listen("/v1/changes?after=0");
    assert!(
        lines.next().unwrap().contains("410"),
        "older than what is kept"
    );
    let cursor = client.ask("GET /v1/changes?limit=100", "")["cursor"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut lines = client.listen(&format!("/v1/changes?after={cursor}"));
    client.ask(
        &format!("POST {at}/leads"),
        r#"{"phone_number": "+14155550101"}"#,
    );
    client.ask(&format!("POST {at}/activate"), "");
    for kind in ["leads.enrolled", "workflow.status", "workflow.progress"] {
        assert!(
            lines.any(|line| line.contains(&format!(r#""type":"{kind}""#))),
            "{kind}"
        );
    }
    let lead = client.ask(&format!("GET {at}/leads"), "")["data"][0].clone();
    assert_eq!(
        (lead["status"].as_str(), lead["current_node_id"].as_str()),
        (Some("active"), Some("w"))
    );
}

/// Calls of a real clock and people who dial: queued, dialled, reported, moved on.
#[test]
fn calls_are_reported_by_hand_and_survive_a_restart() {
    let folder = Folder::new();
    let key = key(&folder.0, "A", &[]);
    let arguments = ["--clock", "real", "--calls", "manual", "--tick-ms", "10"];
    let mut server = Running::start(&folder.0, &arguments);
    let client = server.client(&key);
    let agent = client.ask("POST /v1/agents", r#"{"name": "sales"}"#)["id"]
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
    let id = client.ask("POST /v1/workflows", r#"{"title": "Call"}"#)["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let at = format!("/v1/workflows/{id}");
    client.ask(&format!("PUT {at}/definition"), &graph);
    client.ask(
        &format!("POST {at}/leads"),
        r#"{"phone_number": "+14155550101"}"#,
    );
    let cursor = client.ask("GET /v1/changes?limit=100", "")["cursor"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut lines = client.listen(&format!("/v1/changes?after={cursor}"));
    client.ask(&format!("POST {at}/activate"), "");
    assert!(lines.any(|line| line.contains("workflow.progress")));
    let calls = client.ask("GET /v1/call-logs", "");
    assert_eq!(calls["meta"]["total"], 1, "{calls}");
    let call = calls["data"][0]["id"].as_str().unwrap().to_owned();
    server.kill();
    let server = Running::start(&folder.0, &arguments);
    let client = server.client(&key);
    assert_eq!(
        client.ask("GET /v1/call-logs", "")["meta"]["total"],
        1,
        "nobody is called twice"
    );
    let cursor = client.ask("GET /v1/changes", "")["cursor"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut lines = client.listen(&format!("/v1/changes?after={cursor}"));
    client.ask(
        &format!("POST /v1/call-logs/{call}/status"),
        r#"{"status": "completed", "duration_seconds": 5}"#,
    );
    assert!(
        lines.any(|line| line.contains(r#""type":"workflow.status""#)),
        "completed by itself"
    );
    assert_eq!(client.ask(&format!("GET {at}"), "")["status"], "completed");
}

#[test]
fn told_to_end_it_ends_well_and_goes_on_where_it_was() {
    let folder = Folder::new();
    let key = key(&folder.0, "A", &[]);
    let server = Running::simulated(&folder.0);
    let client = server.client(&key);
    let at = workflow(&client);
    client.ask(&format!("POST {at}/activate"), "");
    client.ask(
        &format!("POST {at}/leads"),
        r#"{"phone_number": "+14155550101"}"#,
    );
    client.ask("POST /v1/simulation/advance", r#"{"by_ms": 3600000}"#);
    let before = (
        client.ask(&format!("GET {at}"), ""),
        client.ask(&format!("GET {at}/events"), ""),
    );
    let cursor = client.ask("GET /v1/changes?limit=100", "")["cursor"]
        .as_str()
        .unwrap()
        .to_owned();
    let _listener = client.listen("/v1/changes");
    assert!(server.end(), "even while somebody listens");
    let server = Running::simulated(&folder.0);
    let client = server.client(&key);
    assert_eq!(
        (
            client.ask(&format!("GET {at}"), ""),
            client.ask(&format!("GET {at}/events"), "")
        ),
        before
    );
    assert_eq!(
        client.status(&format!("GET /v1/changes?after={cursor}"), ""),
        410,
        "read again after a restart"
    );
    client.ask("POST /v1/simulation/advance", r#"{"by_ms": 86400000}"#);
    assert_eq!(
        client.ask(&format!("GET {at}"), "")["lead_counts"]["completed"],
        1
    );
}

#[test]
fn a_folder_has_one_server_and_one_kind_of_clock() {
    let folder = Folder::new();
    let key = key(&folder.0, "A", &[]);
    let data = folder.0.to_str().unwrap();
    let server = Running::simulated(&folder.0);
    server
        .client(&key)
        .ask("POST /v1/simulation/advance", r#"{"by_ms": 864000000}"#);
    let refused = leadline(&["serve", "--data", data, "--listen", "127.0.0.1:0"])
        .output()
        .unwrap();
    assert!(String::from_utf8_lossy(&refused.stderr).contains("another server uses"));
    assert!(server.end());
    let refused = leadline(&[
        "serve",
        "--data",
        data,
        "--listen",
        "127.0.0.1:0",
        "--clock",
        "real",
    ])
    .output()
    .unwrap();
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--clock simulated"));
    assert!(!refused.status.success());
}

#[test]
fn a_damaged_journal_is_not_served() {
    let folder = Folder::new();
    let key = key(&folder.0, "A", &[]);
    {
        let mut server = Running::simulated(&folder.0);
        workflow(&server.client(&key));
        server.kill();
    }
    let database = rusqlite::Connection::open(folder.0.join("leadline.sqlite")).unwrap();
    database
        .execute("UPDATE journal SET now = now + 1 WHERE seq = 1", [])
        .unwrap();
    drop(database);
    let data = folder.0.to_str().unwrap();
    let refused = leadline(&["serve", "--data", data, "--clock", "simulated"])
        .output()
        .unwrap();
    assert!(String::from_utf8_lossy(&refused.stderr).contains("journal entry 1 is damaged"));
}

#[test]
fn requests_beyond_the_rate_and_from_other_origins() {
    let folder = Folder::new();
    let key = key(&folder.0, "A", &[]);
    let server = Running::start(
        &folder.0,
        &["--rate-limit", "1", "--cors-origin", "https://example.com"],
    );
    let client = server.client(&key);
    let statuses: Vec<u16> = (0..5)
        .map(|_| client.status("GET /v1/account", ""))
        .collect();
    assert!(
        statuses.starts_with(&[200, 200]) && statuses.contains(&429),
        "{statuses:?}"
    );
    let lines: Vec<String> = client
        .listen("/v1/changes")
        .take_while(|line| !line.is_empty())
        .collect();
    assert!(
        lines[0].contains("429") && lines.iter().any(|line| line.starts_with("retry-after: ")),
        "{lines:?}"
    );
    let preflight = script::Sent {
        method: "OPTIONS".into(),
        path: "/v1/workflows".into(),
        key: "none".into(),
        headers: vec![
            ("origin".into(), "https://example.com".into()),
            ("access-control-request-method".into(), "POST".into()),
        ],
        body: Vec::new(),
    };
    assert_eq!(exchange(&server.address, &preflight).unwrap().status, 200);
}

/// The exit code and the lines of JSON of a command.
fn judged(command: &str, files: &[&str]) -> (Option<i32>, Vec<serde_json::Value>) {
    let output = leadline(&[&[command, "--json"], files].concat())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
    (output.status.code(), lines.collect())
}

#[test]
fn scenarios_and_workflows_are_judged_without_a_server() {
    let folder = Folder::new();
    let scenarios = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/scenarios");
    let good = scenarios.join("auto-complete.json");
    let good = good.to_str().unwrap();
    let (code, told) = judged("simulate", &[good]);
    assert_eq!(
        (code, told[0]["passed"].as_bool()),
        (Some(0), Some(true)),
        "{told:?}"
    );
    let write = |name: &str, text: &str| {
        let path = folder.0.join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let other = std::fs::read_to_string(good)
        .unwrap()
        .replace("\"completed\"", "\"active\"");
    let (code, told) = judged("simulate", &[good, &write("other.json", &other)]);
    assert_eq!(
        (code, told[1]["passed"].as_bool()),
        (Some(1), Some(false)),
        "{told:?}"
    );
    let graph = r#"{"title": "Call", "nodes": [{"id": "c", "node_type": "VOICE_CALL", "config":
        {"agent_id": "agt_1", "from_phone_number": "+14155550100"}}, {"id": "d", "node_type": "CONVERTED"}],
        "edges": [{"id": "e", "from_node_id": "c", "to_node_id": "d"}]}"#;
    let bare = write("bare.json", graph);
    let exported = write(
        "exported.json",
        &format!(r#"{{"leadline": 1, "workflow": {graph}}}"#),
    );
    let (code, told) = judged("validate", &[&bare, &exported]);
    assert_eq!((code, told.len()), (Some(0), 2), "{told:?}");
    let cut = write(
        "cut.json",
        &graph.replace(
            r#""from_node_id": "c", "to_node_id": "d""#,
            r#""from_node_id": "c", "to_node_id": "c""#,
        ),
    );
    let (code, told) = judged("validate", &[&bare, &cut]);
    assert_eq!(code, Some(1), "{told:?}");
    assert!(!told[1]["errors"].as_array().unwrap().is_empty());
    let (code, told) = judged("validate", &[&bare, &write("none.json", "{")]);
    assert!(code == Some(2) && told[1]["error"].is_string(), "{told:?}");
}

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
