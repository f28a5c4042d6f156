//! Writes that are sent again, by a client that did not hear what became of them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::script::Got;
use common::{Client, Folder, Running, key};
use serde_json::{Value, json};

/// A write: its key, request, body.
type Write = (&'static str, String, String);

fn send(client: &Client, (key, request, body): &Write) -> Got {
    let headers = [("idempotency-key", *key)];
    let got = client.got(request, body, &headers).unwrap();
    let text = String::from_utf8_lossy(&got.body);
    assert!((200..300).contains(&got.status), "{request}: {text}");
    got
}

fn json(got: &Got) -> Value {
    serde_json::from_slice(&got.body).unwrap()
}

/// What there is, for telling that nothing was done twice.
fn everything(client: &Client, at: &str) -> Vec<Value> {
    let parts = ["", "/definition", "/leads", "/events"];
    let parts = parts.map(|part| client.ask(&format!("GET {at}{part}"), ""));
    let list = client.ask("GET /v1/workflows?sort=id", "");
    parts.into_iter().chain([list]).collect()
}

#[test]
fn every_write_of_a_sync_is_answered_as_before_after_restarts_and_other_writes() {
    let folder = Folder::new();
    let key = key(&folder.0, "A", &[]);
    let mut server = Running::simulated(&folder.0);
    let client = server.client(&key);
    let create = |key, title: &str| -> Write {
        let body = json!({ "title": title }).to_string();
        (key, "POST /v1/workflows".into(), body)
    };
    let mut sent: Vec<(Write, Got)> = Vec::new();
    let mut first = |client: &Client, write: Write| {
        let got = send(client, &write);
        sent.push((write, got.clone()));
        got
    };
    let made = json(&first(&client, create("create", "Kept")));
    let at = format!("/v1/workflows/{}", made["id"].as_str().unwrap());
    let changes = json!({"changes": [
        {"change": "put_node", "node": {"id": "w", "node_type": "TIME", "config": {"delay": {"value": 1, "unit": "days"}}}},
        {"change": "put_node", "node": {"id": "d", "node_type": "CONVERTED"}},
        {"change": "put_edge", "edge": {"id": "e", "from_node_id": "w", "to_node_id": "d"}},
    ]});
    let patch = format!("PATCH {at}/definition");
    let patched = first(&client, ("patch", patch.clone(), changes.to_string()));
    assert_eq!(json(&patched)["revision"], 2);
    let leads =
        json!({"leads": [{"phone_number": "+14155550101"}, {"phone_number": "+14155550102"}]});
    let enrol = ("enrol", format!("POST {at}/leads"), leads.to_string());
    assert_eq!(json(&first(&client, enrol))["leads_enrolled"], 2);
    let other = json(&first(&client, create("other", "To be deleted")));
    let other = format!("/v1/workflows/{}", other["id"].as_str().unwrap());
    let delete = ("delete", format!("DELETE {other}"), String::new());
    assert_eq!(first(&client, delete).status, 200);

    // A later, different write to each.
    let title = json!({"changes": [{"change": "set_title", "title": "Later"}]});
    send(&client, &("later", patch, title.to_string()));
    let one = json!({"phone_number": "+14155550103"}).to_string();
    send(&client, &("another", format!("POST {at}/leads"), one));
    send(&client, &create("third", "Third"));
    let before = everything(&client, &at);
    for killed in [true, false] {
        match killed {
            true => server.kill(),
            false => assert!(server.end()),
        }
        server = Running::simulated(&folder.0);
        let client = server.client(&key);
        for (write, answered) in &sent {
            assert_eq!(send(&client, write), *answered, "{}", write.0);
        }
        assert_eq!(everything(&client, &at), before, "nothing was done twice");
        assert_eq!(client.status(&format!("GET {other}"), ""), 404);
        // The key of one write is no other's.
        let (status, answer) = client
            .send(
                &sent[0].0.1,
                r#"{"title": "B"}"#,
                &[("idempotency-key", "create")],
            )
            .unwrap();
        assert_eq!(
            (status, &answer["code"]),
            (409, &"idempotency_key_reused".into())
        );
    }
}

/// More than a server keeps in memory: the journal has it.
#[test]
fn a_write_of_long_ago_is_known() {
    let folder = Folder::new();
    let key = key(&folder.0, "A", &[]);
    let server = Running::simulated(&folder.0);
    let client = server.client(&key);
    let write: Write = (
        "first",
        "POST /v1/workflows".into(),
        r#"{"title": "T"}"#.into(),
    );
    let answered = send(&client, &write);
    let at = format!("/v1/workflows/{}", json(&answered)["id"].as_str().unwrap());
    // Two answers of 18 MB.
    let text = "x".repeat(15_000);
    let hook = |n: usize| json!({"id": n.to_string(), "node_type": "APPLICATION", "config": {"action": "webhook", "method": "POST", "body": text}});
    let nodes: Vec<Value> = (0..1_200).map(hook).collect();
    let graph = json!({"title": "Large", "nodes": nodes}).to_string();
    for name in ["second", "third"] {
        send(
            &client,
            &(name, format!("PUT {at}/definition"), graph.clone()),
        );
    }
    let count = |client: &Client| client.ask("GET /v1/workflows", "")["meta"]["total"].clone();
    assert_eq!(send(&client, &write), answered);
    assert_eq!(count(&client), 1);
    assert!(server.end());
    let server = Running::simulated(&folder.0);
    let client = server.client(&key);
    // Those who come from another life are answered too.
    let headers = [("idempotency-key", "first"), ("leadline-epoch", "another")];
    assert_eq!(client.got(&write.1, &write.2, &headers).unwrap(), answered);
    assert_eq!(send(&client, &write), answered);
    assert_eq!(count(&client), 1);
    let (status, _) = client
        .send(
            &write.1,
            r#"{"title": "U"}"#,
            &[("idempotency-key", "first")],
        )
        .unwrap();
    assert_eq!(status, 409);
}
