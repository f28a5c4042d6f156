//! The API in memory: every recorded request, the document, the journal, precision of refusals.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, Response, header};
use common::memory::{Memory, config, send};
use common::script::{self, Sent};
use futures::executor::block_on;
use http_body_util::BodyExt;
use leadline_api::operations::{OPERATIONS, Verb};
use leadline_api::{Clock, Desk, document, respond, router};
use tower::ServiceExt;

fn sent(request: &str, body: &str) -> Sent {
    let (method, path) = request.split_once(' ').unwrap();
    Sent {
        method: method.into(),
        path: path.into(),
        key: "a".into(),
        headers: Vec::new(),
        body: body.into(),
    }
}

#[test]
fn every_recorded_request_is_answered_as_recorded() {
    for file in script::files() {
        let host = Memory::new(Clock::Simulated);
        script::run(&file, |sent| send(&host, sent));
    }
}

/// All of an answer.
fn whole(response: Response<Body>) -> (u16, Vec<(String, String)>, Vec<u8>) {
    let headers = response.headers().iter();
    let mut headers: Vec<_> = headers
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    headers.sort();
    let status = response.status().as_u16();
    let body = block_on(response.into_body().collect()).unwrap().to_bytes();
    (status, headers, body.to_vec())
}

#[test]
fn answers_without_a_router_are_those_of_the_router() {
    let hosts = [(); 2].map(|()| Memory::new(Clock::Simulated));
    let create = sent("POST /v1/workflows", "{\"title\": \"A\"}");
    let [location, other] = [0, 1].map(|host| send(&hosts[host], &create).location.unwrap());
    assert_eq!(location, other);
    let paths = OPERATIONS.iter().flat_map(|operation| {
        let path = operation
            .path
            .replace("{workflow_id}", &location[location.len() - 16..]);
        let path = path.replace(['{', '}'], "");
        [format!("/v1{path}"), path]
    });
    let odd = [
        "/",
        "/v1",
        "/v1/",
        "/v1//",
        "/v2/workflows",
        "/v1/workflows/",
        "/v1/workflows//leads",
        "/v1/workflows/%77fl",
        "/v1/workflows/%ff",
        "/v1/workflows/%zz",
        "/v1/workflows/a%2Fb",
        "/v1/workflows/a+b%",
        "/v1/workflows/x/leads/y/z",
        "/v1/v1/health",
        "/health/",
        "/v1/workflows?limit=1",
        "/v1/workflows?limit=0",
        "/llms.txt",
        "/openapi.md",
        "/v1/llms.txt",
    ];
    let paths: BTreeSet<String> = paths.chain(odd.map(str::to_owned)).collect();
    let mut statuses = BTreeSet::new();
    for path in paths {
        for method in ["GET", "HEAD", "DELETE", "PUT", "OPTIONS", "get"] {
            let request = || {
                let request = Request::builder().method(method).uri(&path);
                let request = request.header(header::AUTHORIZATION, "Bearer a");
                request.body(Body::empty()).unwrap()
            };
            let routed = block_on(router(Arc::clone(&hosts[0])).oneshot(request())).unwrap();
            let direct = block_on(respond(Arc::clone(&hosts[1]), request()));
            let routed = whole(routed);
            statuses.insert(routed.0);
            assert_eq!(whole(direct), routed, "{method} {path}");
        }
    }
    assert!(
        [200, 400, 404, 405]
            .iter()
            .all(|status| statuses.contains(status)),
        "{statuses:?}"
    );
}

#[test]
fn the_journal_leads_back_to_the_same_desks() {
    for file in script::files() {
        let host = Memory::new(Clock::Simulated);
        script::run(&file, |sent| send(&host, sent));
        for (seed, name) in [(1, "a"), (2, "b")] {
            let kept = host.organizations[name].lock().unwrap();
            let mut again = Desk::new(config(seed));
            for row in &kept.rows {
                again.replay(row).unwrap();
            }
            again.begin();
            assert_eq!(
                again.session().digest(),
                kept.desk.session().digest(),
                "{file}"
            );
            assert_eq!(again.snapshot(), kept.desk.snapshot(), "{file}");
            assert_eq!(again.next_seq(), kept.desk.next_seq());
            let restored = Desk::restore(&again.snapshot(), again.next_seq()).unwrap();
            assert_eq!(
                restored.session().digest(),
                again.session().digest(),
                "{file}"
            );
        }
    }
}

/// Every operation, and every refusal the table gives it, is met by some recorded request.
#[test]
fn the_recorded_requests_meet_every_operation_and_its_refusals() {
    let mut met: BTreeSet<(String, u16)> = BTreeSet::new();
    for step in script::files().iter().flat_map(|file| script::read(file)) {
        let (method, path) = step.request.split_once(' ').unwrap();
        let path = path.split('?').next().unwrap();
        if let Some(operation) = OPERATIONS
            .iter()
            .find(|operation| fits(operation.verb, operation.path, method, path))
        {
            met.insert((operation.id.to_owned(), step.status));
        }
    }
    // Of a host with a real clock, and too long to record: both have tests of their own.
    met.extend([("advance".to_owned(), 404), ("getOpenapi".to_owned(), 200)]);
    met.extend(["listOutages", "putOutages", "resetSimulation"].map(|id| (id.to_owned(), 404)));
    let mut missing = Vec::new();
    for operation in OPERATIONS {
        for status in operation.errors.iter().chain([&operation.answer.0]) {
            if !met.contains(&(operation.id.to_owned(), *status)) {
                missing.push(format!("{} {status}", operation.id));
            }
        }
    }
    assert!(missing.is_empty(), "no request for: {}", missing.join(", "));
}

fn fits(verb: Verb, pattern: &str, method: &str, path: &str) -> bool {
    let pattern: Vec<&str> = pattern.split('/').collect();
    let path: Vec<&str> = path.trim_start_matches("/v1").split('/').collect();
    let same_method = format!("{verb:?}").eq_ignore_ascii_case(method);
    let fixed = |part: &&str| !part.starts_with('{');
    same_method
        && pattern.len() == path.len()
        && pattern
            .iter()
            .zip(&path)
            .all(|(want, have)| !fixed(want) && *have != "variable-keys" || want == have)
}

/// The document names exactly the operations the router answers.
#[test]
fn the_document_and_the_router_agree() {
    let host = Memory::new(Clock::Simulated);
    for path in ["/openapi.json", "/v1/openapi.json"] {
        let got = send(&host, &sent(&format!("GET {path}"), ""));
        let answered: serde_json::Value = serde_json::from_slice(&got.body).unwrap();
        assert_eq!((got.status, &answered), (200, document()));
    }
    let paths = document()["paths"].as_object().unwrap();
    let mut described = 0;
    for (path, methods) in paths {
        let at = path
            .replace("{workflow_id}", "wfl_x")
            .replace("{node_id}", "nod_x")
            .replace("{edge_id}", "edg_x")
            .replace("{lead_id}", "wld_x")
            .replace("{call_id}", "call_x")
            .replace("{agent_id}", "agt_x")
            .replace("{subscription_id}", "sub_x")
            .replace("{phone_number}", "+14155550100");
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            let got = send(&host, &sent(&format!("{method} {at}"), ""));
            let known = methods.get(method.to_lowercase()).is_some();
            described += u32::from(known);
            assert_eq!(got.status != 405, known, "{method} {path}: {}", got.status);
            let text = String::from_utf8(got.body).unwrap();
            assert!(!text.contains("unknown_path"), "{method} {path}");
        }
    }
    assert_eq!(described as usize, OPERATIONS.len());
}

/// What is answered has the form that the document says.
#[test]
fn recorded_answers_fit_their_schemas() {
    for file in script::files() {
        for step in script::read(&file) {
            let (method, path) = step.request.split_once(' ').unwrap();
            let path = path.split('?').next().unwrap();
            let operation = OPERATIONS
                .iter()
                .find(|operation| fits(operation.verb, operation.path, method, path));
            let schema = match operation {
                Some(operation) if operation.answer.0 == step.status => operation.answer.1,
                _ => "Error",
            };
            let answer = serde_json::from_str(step.answer.unwrap().get()).unwrap();
            let found = leadline_api::problems(schema, &answer);
            assert!(
                found.is_empty(),
                "{file}: {}: {schema}: {found:?}",
                step.name
            );
        }
    }
}

/// A host without luck makes no secrets.
#[test]
fn whoever_subscribes_in_memory_brings_a_secret() {
    let host = Memory::new(Clock::Simulated);
    let body = r#"{"url": "https://example.com/", "events": ["lead.dropped"]}"#;
    let got = send(&host, &sent("POST /v1/event-subscriptions", body));
    let answer = String::from_utf8(got.body).unwrap();
    assert!(got.status == 400 && answer.contains("`secret`"), "{answer}");
}

#[test]
fn only_a_simulated_clock_is_advanced() {
    let host = Memory::new(Clock::Real);
    let got = send(
        &host,
        &sent("POST /v1/simulation/advance", r#"{"by_ms": 1}"#),
    );
    assert_eq!(got.status, 404);
}

#[test]
fn bodies_that_are_too_large_are_refused() {
    let host = Memory::new(Clock::Simulated);
    let body = format!(r#"{{"title": "{}"}}"#, "x".repeat(1 << 20));
    let got = send(&host, &sent("POST /v1/workflows", &body));
    assert_eq!(got.status, 413, "{:?}", String::from_utf8(got.body));
}

/// No text, however odd, ends the program or is answered without a reason.
#[test]
fn odd_bodies_are_refused_in_words() {
    let host = Memory::new(Clock::Simulated);
    let made = send(&host, &sent("POST /v1/workflows", r#"{"title": "T"}"#));
    let made: serde_json::Value = serde_json::from_slice(&made.body).unwrap();
    let id = made["id"].as_str().unwrap();
    let deep = "[".repeat(10_000);
    let odd = [
        "",
        " ",
        "{",
        "null",
        "[]",
        "[{}]",
        "7",
        "\"text\"",
        "{\"\": 1}",
        "\u{feff}{}",
        &deep,
        "{\"title\": {}}",
    ];
    for operation in OPERATIONS
        .iter()
        .filter(|operation| operation.verb != Verb::Get && operation.verb != Verb::Delete)
    {
        if matches!(operation.body, leadline_api::operations::Body::None) {
            continue;
        }
        for body in odd {
            let path = operation.path.replace("{workflow_id}", id);
            let request = format!("{:?} /v1{path}", operation.verb)
                .to_uppercase()
                .replace("/V1", "/v1");
            let request = request
                .split_once(' ')
                .map(|(method, _)| format!("{method} /v1{path}"))
                .unwrap();
            let got = send(&host, &sent(&request, body));
            let answer: serde_json::Value = serde_json::from_slice(&got.body).unwrap();
            assert!(
                matches!(got.status, 400 | 404),
                "{request} {body}: {answer}"
            );
            assert!(
                !answer["message"].is_null() && answer["statusCode"] == got.status,
                "{answer}"
            );
        }
    }
}

/// The example of the document that SPEC 6 is read from, field for field and in its order.
#[test]
fn the_example_of_a_run_is_answered_as_it_is_printed() {
    let host = Memory::new(Clock::Simulated);
    let agent = r#"{"name": "lead-router", "workflow": {"steps": [
        {"name": "classify", "type": "classify", "otherwise": "other", "rules": [
            {"category": "enterprise", "all": [{"field": "state.leadId", "operator": "exists"}]}]},
        {"name": "approval", "type": "approval", "message": "Route to {{ steps.classify.output.category }} sales team?",
            "options": ["approve", "reject", "escalate"]}]}}"#;
    assert_eq!(send(&host, &sent("POST /v1/agents", agent)).status, 201);
    let start = r#"{"input": {"task": "Route this lead to the right team", "state": {"leadId": "lead-123"}}}"#;
    let started = send(&host, &sent("POST /v1/agents/lead-router/workflow", start));
    let printed = r#"{"output":{"status":"paused","steps":[{"name":"classify","status":"completed","output":{"category":"enterprise"}}],"result":null,"pendingAction":{"step":"approval","type":"confirmation","message":"Route to enterprise sales team?","options":["approve","reject","escalate"]}},"run_id":""#;
    let got = String::from_utf8(started.body).unwrap();
    let run = got
        .strip_prefix(printed)
        .unwrap()
        .strip_suffix("\"}")
        .unwrap();
    assert!(run.starts_with("wfr_"), "{run}");
    let resume = r#"{"input": {"resume": {"step": "approval", "input": "approve"}}}"#;
    let resumed = send(
        &host,
        &sent(&format!("POST /v1/workflow-runs/{run}/resume"), resume),
    );
    let resumed: serde_json::Value = serde_json::from_slice(&resumed.body).unwrap();
    assert_eq!(resumed["output"]["status"], "completed");
    assert_eq!(resumed["output"]["result"], "approve");
    assert_eq!(resumed["output"]["pendingAction"], serde_json::Value::Null);
}

#[test]
fn a_streamed_start_tells_each_step_and_then_the_whole() {
    let host = Memory::new(Clock::Simulated);
    let agent = r#"{"name": "a", "workflow": {"steps": [
        {"name": "one", "type": "set", "values": {"x": 1}},
        {"name": "two", "type": "set", "when": {"all": [{"field": "task", "operator": "equals", "value": "never"}]}, "values": {"x": 2}},
        {"name": "ask", "type": "approval", "message": "Go?"},
        {"name": "call", "type": "http", "url": "https://example.com/"}]}}"#;
    send(&host, &sent("POST /v1/agents", agent));
    let start = r#"{"input": {"task": "t"}, "stream": true}"#;
    let got = send(&host, &sent("POST /v1/agents/a/workflow", start));
    let text = String::from_utf8(got.body).unwrap();
    let (steps, whole) = text.split_once("event: run\ndata: ").unwrap();
    assert_eq!(
        steps,
        "event: step\ndata: {\"name\":\"one\",\"status\":\"completed\",\"output\":{\"x\":1}}\n\n\
         event: step\ndata: {\"name\":\"two\",\"status\":\"skipped\",\"output\":null}\n\n"
    );
    let whole: serde_json::Value = serde_json::from_str(whole.trim_end()).unwrap();
    assert_eq!(whole["output"]["status"], "paused");
    let path = format!(
        "POST /v1/workflow-runs/{}/resume",
        whole["run_id"].as_str().unwrap()
    );
    let resume = r#"{"input": {"resume": {"step": "ask", "input": true}}, "stream": true}"#;
    let text = String::from_utf8(send(&host, &sent(&path, resume)).body).unwrap();
    // This host cannot wait: it tells what there is, and that the run goes on.
    assert!(
        text.contains("\"name\":\"ask\",\"status\":\"completed\",\"output\":true"),
        "{text}"
    );
    assert!(
        text.contains("event: run\ndata: {\"output\":{\"status\":\"running\""),
        "{text}"
    );
    // What is refused is refused as ever.
    let again = send(&host, &sent(&path, resume));
    assert_eq!(again.status, 409);
}

/// Whoever makes the same changes to its own copy holds the very same graph, and can tell.
#[test]
fn the_digest_of_a_change_is_that_of_the_graph_that_is_read() {
    use leadline_model::{Change, Definition};
    let host = Memory::new(Clock::Simulated);
    let made = send(&host, &sent("POST /v1/workflows", r#"{"title": "T"}"#));
    let made: serde_json::Value = serde_json::from_slice(&made.body).unwrap();
    let at = format!("/v1/workflows/{}/definition", made["id"].as_str().unwrap());
    let read = || send(&host, &sent(&format!("GET {at}"), "")).body;
    let mut own: Definition = serde_json::from_slice(&read()).unwrap();
    let graph = r#"{"title": "All of it", "description": "é \" \\", "settings": {"retry": {"max_retries": 2, "retry_on": ["busy"]}},
        "nodes": [
            {"id": "call", "node_type": "VOICE_CALL", "label": "Ring", "position_x": -0.25, "is_entry": true, "config": {"ring_timeout_seconds": 20, "odd": 1}},
            {"id": "if", "node_type": "CONDITIONAL", "config": {"branches": [{"label": "gold", "any": [{"field": "lead.tier", "operator": "in", "value": ["a", 1.5, true]}]}], "otherwise": "none"}},
            {"id": "set", "node_type": "APPLICATION", "config": {"action": "set_variables", "variables": {"x": {"y": [1, null]}}}},
            {"id": "hook", "node_type": "APPLICATION", "config": {"action": "webhook", "method": "POST", "url": "https://example.com/", "headers": {"a": "b"}}},
            {"id": "run", "node_type": "APPLICATION", "config": {"action": "agent_workflow", "agent_name": "a", "state": {"k": "v"}}},
            {"id": "late", "node_type": "TIME", "config": {"until": {"time": "09:00", "timezone": "Europe/Berlin"}}},
            {"id": "bare", "node_type": "TIME", "config": {}}, {"id": "won", "node_type": "CONVERTED", "config": {}}, {"id": "lost", "node_type": "DROPPED", "config": {}}],
        "edges": [{"id": "a", "from_node_id": "call", "to_node_id": "if", "label": "COMPLETED"}, {"id": "b", "from_node_id": "if", "to_node_id": "won"}]}"#;
    let goal: Definition = serde_json::from_str(graph).unwrap();
    let mut steps = vec![own.changes_to(&goal)];
    let edge = goal.edges[0].clone();
    steps.push(vec![
        Change::DeleteEdge {
            id: edge.id.clone(),
        },
        Change::PutEdge { edge, at: Some(1) },
        Change::SetTitle {
            title: "Then".into(),
        },
    ]);
    for changes in steps {
        own.apply(&changes).unwrap();
        let body = serde_json::json!({ "changes": changes }).to_string();
        let got = send(&host, &sent(&format!("PATCH {at}"), &body));
        let answer: serde_json::Value = serde_json::from_slice(&got.body).unwrap();
        assert_eq!(got.status, 200, "{answer}");
        assert_eq!(answer["digest"], own.digest());
        assert_eq!(got.etag, Some(format!("\"r{}\"", answer["revision"])));
        let bytes = read();
        let hash = xxhash_rust::xxh3::xxh3_64(&bytes);
        assert_eq!(answer["digest"], format!("{hash:016x}"));
        assert_eq!(serde_json::from_slice::<Definition>(&bytes).unwrap(), own);
        assert!(
            got.body.len() < 80,
            "the answer does not grow with the graph"
        );
    }
}

/// Nothing that is deleted while a list is read by ids hides another.
#[test]
fn a_list_by_ids_hides_nothing_when_something_is_deleted_meanwhile() {
    let host = Memory::new(Clock::Simulated);
    let ask = |request: &str, body: &str| -> serde_json::Value {
        let got = send(&host, &sent(request, body));
        serde_json::from_slice(&got.body).unwrap()
    };
    let id = |workflow: &serde_json::Value| workflow["id"].as_str().unwrap().to_owned();
    let mut all: BTreeSet<String> = (0..23)
        .map(|_| id(&ask("POST /v1/workflows", r#"{"title": "T"}"#)))
        .collect();
    let (mut seen, mut after) = (BTreeSet::new(), String::new());
    loop {
        let page = ask(&format!("GET /v1/workflows?sort=id&limit=5{after}"), "");
        let found: Vec<String> = page["data"].as_array().unwrap().iter().map(id).collect();
        let Some(last) = found.last() else { break };
        assert!(found.is_sorted());
        after = format!("&after={last}");
        // The first of those that were told goes, and the last, from which the next list goes on.
        for gone in [&found[0], last] {
            ask(&format!("DELETE /v1/workflows/{gone}"), "");
        }
        seen.extend(found);
    }
    all.retain(|id| !seen.contains(id));
    assert!(all.is_empty(), "not seen: {all:?}");
}
