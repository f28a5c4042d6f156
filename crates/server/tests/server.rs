//! The server as people run it: recorded requests, keys, clocks, limits, the command line.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{Folder, Running, exchange, key, leadline, output, script, workflow};

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
    let other_end = if first.ends_with('x') { 'y' } else { 'x' };
    let wrong = format!("{}{other_end}", &first[..first.len() - 1]);
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
fn requests_beyond_the_rate_and_from_other_origins() {
    let folder = Folder::new();
    let key = key(&folder.0, "A", &[]);
    let server = Running::start(
        &folder.0,
        &["--rate-limit", "1", "--cors-origin", "https://example.com"],
    );
    let client = server.client(&key);
    assert_eq!(client.status("GET /v1/account", ""), 200);
    let refused = (0..100).find(|_| client.status("GET /v1/account", "") == 429);
    assert!(
        refused.is_some_and(|after| after > 0),
        "two at once are fine: {refused:?}"
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

/// A page of another origin may send what safe writes need, and read what they are answered.
#[test]
fn pages_of_other_origins_may_send_and_read_every_header_of_a_sync() {
    let folder = Folder::new();
    let key = key(&folder.0, "A", &[]);
    let server = Running::start(&folder.0, &["--cors-origin", "https://example.com"]);
    let head = |request: &str, headers: &str| -> Vec<String> {
        let head = format!(
            "{request} HTTP/1.1\r\nhost: test\r\norigin: https://example.com\r\nconnection: close\r\n{headers}\r\n"
        );
        let lines = raw(&server.address, &head);
        let lines = lines.lines().take_while(|line| !line.is_empty());
        lines.map(str::to_lowercase).collect()
    };
    let names = |lines: &[String], header: &str| -> Vec<String> {
        let mut found = lines.iter().filter_map(|line| line.strip_prefix(header));
        let found = found.next().unwrap_or_else(|| panic!("{header} {lines:?}"));
        found
            .split(',')
            .map(|name| name.trim().to_owned())
            .collect()
    };
    let sent = [
        "if-match",
        "idempotency-key",
        "leadline-epoch",
        "authorization",
        "content-type",
    ];
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
        let asked = format!(
            "access-control-request-method: {method}\r\naccess-control-request-headers: {}\r\n",
            sent.join(",")
        );
        let lines = head("OPTIONS /v1/workflows/x/definition", &asked);
        assert!(lines[0].contains("200"), "{lines:?}");
        assert_eq!(
            names(&lines, "access-control-allow-origin: "),
            ["https://example.com"]
        );
        let allowed = names(&lines, "access-control-allow-headers: ");
        assert!(
            sent.iter()
                .all(|name| allowed.contains(&(*name).to_owned())),
            "{lines:?}"
        );
        let methods = names(&lines, "access-control-allow-methods: ");
        assert!(methods.contains(&method.to_lowercase()), "{lines:?}");
    }
    let good = format!("authorization: Bearer {key}\r\n");
    for (credentials, status) in [(good.as_str(), "200"), ("", "401")] {
        let lines = head("GET /v1/account", credentials);
        assert!(lines[0].contains(status), "{lines:?}");
        assert_eq!(
            names(&lines, "access-control-allow-origin: "),
            ["https://example.com"]
        );
        let exposed = names(&lines, "access-control-expose-headers: ");
        for name in ["etag", "retry-after", "leadline-epoch", "location"] {
            assert!(exposed.contains(&name.to_owned()), "{lines:?}");
        }
    }
}

/// What a server answers to a request that is written by hand.
fn raw(address: &str, request: &str) -> String {
    use std::io::{Read, Write};
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
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

#[test]
fn a_server_is_asked_whether_it_is_well() {
    let folder = Folder::new();
    let server = Running::simulated(&folder.0);
    let asked = |address: &str| leadline(&["health", "--listen", address]).status().unwrap();
    assert!(asked(&server.address).success());
    let address = server.address.clone();
    assert!(server.end());
    assert_eq!(asked(&address).code(), Some(1));
}

#[test]
fn numbers_are_there_for_those_who_want_them() {
    let folder = Folder::new();
    let key = key(&folder.0, "A", &[]);
    let numbers = |server: &Running| {
        let sent = script::Sent {
            method: "GET".into(),
            path: "/metrics".into(),
            key: "none".into(),
            headers: Vec::new(),
            body: Vec::new(),
        };
        let got = exchange(&server.address, &sent).unwrap();
        (got.status, String::from_utf8(got.body).unwrap())
    };
    let server = Running::simulated(&folder.0);
    assert_eq!(numbers(&server).0, 404);
    assert!(server.end());
    let server = Running::start(
        &folder.0,
        &["--clock", "simulated", "--calls", "simulated", "--metrics"],
    );
    workflow(&server.client(&key));
    let (status, text) = numbers(&server);
    assert_eq!(status, 200);
    for line in [
        "leadline_requests_total{status=\"2xx\"} 2",
        "leadline_journal_rows_total 2",
        "leadline_organizations 1",
    ] {
        assert!(
            text.lines().any(|own| own == line),
            "{line} is not in\n{text}"
        );
    }
}

#[test]
fn what_people_made_goes_from_one_folder_to_another() {
    let (from, to) = (Folder::new(), Folder::new());
    let (here, there) = (from.0.to_str().unwrap(), to.0.to_str().unwrap());
    let file = from.0.join("export.json");
    let file = file.to_str().unwrap();
    let key_here = key(&from.0, "A", &[]);
    let server = Running::simulated(&from.0);
    let client = server.client(&key_here);
    let agent = client.ask("POST /v1/agents", r#"{"name": "sales", "prompt": "Hello"}"#);
    client.ask(
        "POST /v1/phone-numbers",
        r#"{"phone_number": "+14155550100"}"#,
    );
    workflow(&client);
    let second = workflow(&client);
    let node = format!(
        r#"{{"node_type": "VOICE_CALL", "config": {{"agent_id": {}, "from_phone_number": "+14155550100"}}}}"#,
        agent["id"]
    );
    client.ask(&format!("POST {second}/nodes"), &node);
    output(&["export", "--data", here, "--organization", "A", file]);
    let key_there = key(&to.0, "B", &[]);
    let import = ["import", "--data", there, "--organization", "B", file];
    output(&import);
    let server = Running::simulated(&to.0);
    let refused = leadline(&import).output().unwrap();
    assert!(String::from_utf8_lossy(&refused.stderr).contains("another server uses"));
    let client = server.client(&key_there);
    let found = client.ask("GET /v1/workflows?sort=created_at", "");
    assert_eq!(found["meta"]["total"], 2, "{found}");
    let at = format!("/v1/workflows/{}", found["data"][1]["id"].as_str().unwrap());
    let nodes = client.ask(&format!("GET {at}/nodes"), "");
    let call = nodes["data"]
        .as_array()
        .unwrap()
        .iter()
        .find(|node| node["node_type"] == "VOICE_CALL")
        .unwrap();
    let agents = client.ask("GET /v1/agents", "");
    assert_eq!(
        call["config"]["agent_id"], agents["data"][0]["id"],
        "the agent that is here"
    );
    assert_ne!(agents["data"][0]["id"], agent["id"]);
    assert!(server.end());
    output(&import);
    let client_again = Running::simulated(&to.0);
    let agents = client_again.client(&key_there).ask("GET /v1/agents", "");
    assert_eq!(
        agents["meta"]["total"], 1,
        "agents of the same name are the same"
    );
    let client = client_again.client(&key_there);
    let found = client.ask("GET /v1/workflows", "");
    assert_eq!(
        found["meta"]["total"], 2,
        "what is there already is passed over"
    );
    // One of the same name that says something else is another one.
    let own = agents["data"][0]["id"].as_str().unwrap();
    client.ask(
        &format!("PATCH /v1/agents/{own}"),
        r#"{"prompt": "Changed"}"#,
    );
    assert!(client_again.end());
    let told = output(&import);
    assert!(told.contains("added as sales-2"), "{told}");
    let client = Running::simulated(&to.0);
    let agents = client.client(&key_there).ask("GET /v1/agents", "");
    assert_eq!(agents["meta"]["total"], 2, "{agents}");
    let refused = leadline(&["export", "--data", here, "--organization", "A", file])
        .output()
        .unwrap();
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--force"));
}
