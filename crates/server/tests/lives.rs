//! Which life the data is in: it goes on through ends and kills, and another one begins when something
//! that was told of is gone.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::path::Path;

use common::{Client, Folder, Running, key, output};
use serde_json::Value;

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(to).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if name.starts_with("leadline.sqlite") {
            std::fs::remove_file(&path).unwrap();
        }
    }
    std::fs::copy(from.join("leadline.sqlite"), to.join("leadline.sqlite")).unwrap();
}

/// A server that ended well leaves everything in the one file.
fn backup(folder: &Folder) -> Folder {
    let kept = Folder::new();
    copy(&folder.0, &kept.0);
    kept
}

fn known(folder: &Folder) -> Option<Value> {
    let bytes = std::fs::read(folder.0.join("epochs.json")).ok()?;
    Some(serde_json::from_slice(&bytes).expect("one that is half written is never met"))
}

/// The last entry that the file beside the database tells of.
fn entry(folder: &Folder) -> u64 {
    let entry = |known: Value| known.as_object()?.values().next()?["entry"].as_u64();
    known(folder).and_then(entry).unwrap_or_default()
}

fn create(client: &Client, name: &str) -> (u16, Value) {
    let body = format!(r#"{{"title": "{name}"}}"#);
    let headers = [("idempotency-key", name)];
    let sent = client.send("POST /v1/workflows", &body, &headers).unwrap();
    assert_eq!(sent.0, 201, "{}", sent.1);
    sent
}

/// The status and the code of a request that means a life.
fn meaning(client: &Client, request: &str, epoch: &str) -> (u16, Value) {
    let headers = [("leadline-epoch", epoch)];
    let (status, answer) = client.send(request, "", &headers).unwrap();
    (status, answer["code"].clone())
}

#[test]
fn ends_and_kills_are_in_one_life() {
    let folder = Folder::new();
    let key = key(&folder.0, "A", &[]);
    let arguments = ["--clock", "simulated", "--calls", "simulated"];
    let start = || Running::logging("leadline::epochs=debug", &folder.0, &arguments);
    let (mut server, mut log) = start();
    let mut client = server.client(&key);
    let epoch = client.epoch();
    assert!(epoch.len() >= 16, "{epoch}");
    let mut made = 0;
    for round in 0..6 {
        create(&client, &format!("round-{round}"));
        made += 1;
        match round % 3 {
            // Right after an answer, of which the file does not tell yet.
            0 => server.kill(),
            // When the file tells of everything.
            1 => {
                while entry(&folder) < made {
                    log.hear("epochs.json is written");
                }
                server.kill();
            }
            _ => {
                assert!(server.end());
                assert_eq!(entry(&folder), made, "an end leaves nothing untold");
            }
        }
        (server, log) = start();
        client = server.client(&key);
        assert_eq!(client.epoch(), epoch, "round {round}");
    }
    // Nothing is concluded from what is not there.
    assert!(server.end());
    std::fs::remove_file(folder.0.join("epochs.json")).unwrap();
    let server = Running::simulated(&folder.0);
    assert_eq!(server.client(&key).epoch(), epoch);
    assert!(server.end());
    std::fs::write(folder.0.join("epochs.json"), "{").unwrap();
    let server = Running::simulated(&folder.0);
    let next = server.client(&key).epoch();
    assert_ne!(next, epoch, "in doubt another one begins");
    assert!(server.end());
    assert_eq!(Running::simulated(&folder.0).client(&key).epoch(), next);
}

#[test]
fn a_database_that_was_put_back_lives_anew() {
    let folder = Folder::new();
    let key = key(&folder.0, "A", &[]);
    let server = Running::simulated(&folder.0);
    let client = server.client(&key);
    let (first, early) = (client.epoch(), create(&client, "early"));
    assert!(server.end());
    let old = backup(&folder);
    let server = Running::simulated(&folder.0);
    let client = server.client(&key);
    create(&client, "late");
    let cursor = client.ask("GET /v1/changes", "")["cursor"].clone();
    assert!(server.end());
    let new = backup(&folder);

    copy(&old.0, &folder.0);
    let mut server = Running::simulated(&folder.0);
    let client = server.client(&key);
    let second = client.epoch();
    assert_ne!(second, first);
    let gone = (412, Value::from("other_epoch"));
    assert_eq!(meaning(&client, "GET /v1/workflows", &first), gone);
    let after = format!("GET /v1/changes?after={}", cursor.as_str().unwrap());
    assert_eq!(meaning(&client, &after, &first), gone, "before the cursor");
    assert_eq!(meaning(&client, "GET /v1/workflows", &second).0, 200);
    // What was carried out is known; what is lost is not done by somebody who knows nothing of it.
    let both = |name: &'static str| [("idempotency-key", name), ("leadline-epoch", &*first)];
    let send = |name: &'static str| {
        let body = format!(r#"{{"title": "{name}"}}"#);
        client
            .send("POST /v1/workflows", &body, &both(name))
            .unwrap()
    };
    assert_eq!(send("early"), early);
    assert_eq!(send("late").0, 412);
    let all = client.ask("GET /v1/workflows", "");
    assert_eq!(all["meta"]["total"], 1, "{all}");
    // It goes on in that life.
    server.kill();
    let server = Running::simulated(&folder.0);
    assert_eq!(server.client(&key).epoch(), second);
    assert!(server.end());

    // One that is ahead is another one all the same.
    copy(&new.0, &folder.0);
    let server = Running::simulated(&folder.0);
    let third = server.client(&key).epoch();
    assert!(third != first && third != second);
}

#[test]
fn an_operator_begins_another_life() {
    let folder = Folder::new();
    let data = folder.0.to_str().unwrap();
    let keys = ["A", "B"].map(|name| key(&folder.0, name, &[]));
    let server = Running::simulated(&folder.0);
    let clients = [&keys[0], &keys[1]].map(|key| server.client(key));
    let first = clients.each_ref().map(Client::epoch);
    assert_ne!(first[0], first[1], "each organization has its own");
    let mut listeners = clients
        .each_ref()
        .map(|client| client.listen("/v1/changes"));
    for listener in &mut listeners {
        assert!(listener.next().unwrap().contains("200"));
    }
    output(&["epoch", "renew", "--data", data]);
    for mut listener in listeners {
        // The last part of a body in parts is an empty one.
        assert!(
            listener.any(|line| line == "0"),
            "whoever listens is let go"
        );
    }
    let second = clients.each_ref().map(Client::epoch);
    for number in 0..2 {
        assert_ne!(second[number], first[number], "another life has begun");
    }
    let mut server = server;
    server.kill();
    let server = Running::simulated(&folder.0);
    let again = [&keys[0], &keys[1]].map(|key| server.client(key).epoch());
    assert_eq!(again, second, "a life that was told of goes on");
    assert!(server.end());
    output(&["epoch", "renew", "--data", data]);
    let server = Running::simulated(&folder.0);
    assert_ne!(server.client(&keys[0]).epoch(), second[0]);
}

#[test]
fn a_cursor_of_changes_that_are_not_there_begins_another_life() {
    let folder = Folder::new();
    let keys = ["A", "B"].map(|name| key(&folder.0, name, &[]));
    let mut server = Running::simulated(&folder.0);
    let [client, other] = [&keys[0], &keys[1]].map(|key| server.client(key));
    let (first, others) = (client.epoch(), other.epoch());
    create(&client, "one");
    let last = client.ask("GET /v1/changes", "")["cursor"].clone();
    let last: u64 = last.as_str().unwrap().parse().unwrap();
    assert_eq!(
        client.status(&format!("GET /v1/changes?after={last}"), ""),
        200
    );
    assert_eq!(client.epoch(), first);
    let ahead = format!("GET /v1/changes?after={}", last + 1);
    let got = client
        .got(&ahead, "", &[("leadline-epoch", &first)])
        .unwrap();
    let answer: Value = serde_json::from_slice(&got.body).unwrap();
    assert_eq!((got.status, &answer["code"]), (410, &"cursor_ahead".into()));
    let second = got.epoch.unwrap();
    assert_ne!(second, first, "the answer names the life that began");
    server.kill();
    let mut server = Running::simulated(&folder.0);
    let [client, other] = [&keys[0], &keys[1]].map(|key| server.client(key));
    assert_eq!((client.epoch(), other.epoch()), (second.clone(), others));
    // Many who come from the life before do it no harm, and those who mean none see one life begin.
    let old = [("leadline-epoch", first.as_str())];
    assert_eq!(client.send(&ahead, "", &old).unwrap().0, 412);
    assert_eq!(client.epoch(), second);
    let lines: Vec<String> = client
        .listen(&format!(
            "/v1/changes?after={}",
            999_999_999_999_999_999_u64
        ))
        .take_while(|line| !line.is_empty())
        .collect();
    assert!(lines[0].contains("410"), "{lines:?}");
    let third = client.epoch();
    assert_ne!(third, second);
    let old = client.ask("GET /v1/changes", "")["cursor"].clone();
    server.kill();
    let server = Running::simulated(&folder.0);
    let client = server.client(&keys[0]);
    create(&client, "two");
    let asked = format!("GET /v1/changes?after={last}");
    let answer = client.send(&asked, "", &[]).unwrap();
    assert_eq!(
        (answer.0, &answer.1["code"]),
        (410, &"cursor_too_old".into()),
        "{old}"
    );
    assert_eq!(client.epoch(), third, "an old cursor shows no loss");
}
