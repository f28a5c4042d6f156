//! Mistakes of whoever runs it, and of the machine: each is said, and none makes things worse.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::process::{Output, Stdio};

use common::{Folder, Running, key, leadline, workflow};

fn run(arguments: &[&str]) -> (Option<i32>, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = leadline(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&stdout).into_owned() + &String::from_utf8_lossy(&stderr);
    (status.code(), said)
}

/// A mistyped folder is not made into a new one.
#[test]
fn what_only_reads_makes_no_data() {
    let folder = Folder::new();
    let never = folder.0.join("neverwas");
    let data = never.to_str().unwrap();
    for command in [
        &["keys", "list", "--data", data][..],
        &["keys", "revoke", "--data", data, "ldl_x"],
        &["export", "--data", data, "--organization", "A"],
        &["import", "--data", data, "--organization", "A", "x.json"],
        &["epoch", "renew", "--data", data],
    ] {
        let (code, said) = run(command);
        assert_eq!(code, Some(1), "{command:?}: {said}");
        assert!(!never.exists(), "{command:?} made {data}");
    }
}

/// What cannot work is refused at the start, with what would.
#[test]
fn addresses_that_are_none_are_refused_at_the_start() {
    let folder = Folder::new();
    let data = folder.0.to_str().unwrap();
    for (more, words) in [
        (
            &["--calls", "http", "--dialer-url", "nonsense"][..],
            "is no address such as",
        ),
        (
            &["--calls", "http", "--dialer-url", "ftp://x/"],
            "is no address such as",
        ),
        (&["--calls", "http"], "is needed (--dialer-url)"),
        (&["--cors-origin", "not a url"], "is no origin such as"),
        (
            &["--cors-origin", "https://example.com/page"],
            "is no origin such as",
        ),
    ] {
        let start = ["serve", "--data", data, "--listen", "127.0.0.1:0"];
        let (code, said) = run(&[&start, more].concat());
        assert_eq!(code, Some(1), "{more:?}");
        assert!(said.contains(words), "{more:?}: {said}");
    }
}

/// A key table that is damaged is the server's fault, not the key's.
#[test]
fn keys_that_cannot_be_read_are_no_wrong_keys() {
    let folder = Folder::new();
    let key = key(&folder.0, "A", &[]);
    let server = Running::simulated(&folder.0);
    let client = server.client(&key);
    assert_eq!(client.status("GET /v1/account", ""), 200);
    let database = rusqlite::Connection::open(folder.0.join("leadline.sqlite")).unwrap();
    database
        .execute_batch("ALTER TABLE api_keys RENAME TO was_keys")
        .unwrap();
    // Whoever changes keys tells the server, which reads them anew then.
    std::fs::write(folder.0.join("keys.changed"), "..").unwrap();
    let (status, answer) = client.send("GET /v1/account", "", &[]).unwrap();
    assert_eq!(
        (status, &answer["code"]),
        (503, &"keys_unreadable".into()),
        "{answer}"
    );
    let (status, health) = client.send("GET /health", "", &[]).unwrap();
    assert_eq!(
        (status, &health["status"]),
        (503, &"failing".into()),
        "{health}"
    );
    database
        .execute_batch("ALTER TABLE was_keys RENAME TO api_keys")
        .unwrap();
    std::fs::write(folder.0.join("keys.changed"), "...").unwrap();
    assert_eq!(client.status("GET /v1/account", ""), 200);
    assert_eq!(client.ask("GET /health", "")["status"], "ok");
}

/// While nothing can be stored writes are refused at once, before they do anything; what was under way
/// says that its outcome is not known, and reads go on.
#[test]
fn a_store_that_takes_nothing_is_said_truly() {
    let folder = Folder::new();
    let key = key(&folder.0, "A", &[]);
    let server = Running::simulated(&folder.0);
    let client = server.client(&key);
    workflow(&client);
    let titles = |client: &common::Client| {
        let all = client.ask("GET /v1/workflows?limit=100", "");
        let all = all["data"].as_array().unwrap().iter();
        all.map(|one| one["title"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let before = titles(&client);
    let database = rusqlite::Connection::open(folder.0.join("leadline.sqlite")).unwrap();
    database
        .execute_batch(
            "CREATE TRIGGER full BEFORE INSERT ON journal BEGIN SELECT RAISE(ABORT, 'disk is full'); END",
        )
        .unwrap();
    let create = |title: &str, key: &str| {
        let body = format!(r#"{{"title": "{title}"}}"#);
        let sent = client.send("POST /v1/workflows", &body, &[("idempotency-key", key)]);
        let (status, answer) = sent.unwrap();
        (
            status,
            answer["code"].as_str().unwrap_or_default().to_owned(),
        )
    };
    assert_eq!(create("first", "k1"), (503, "outcome_unknown".into()));
    for n in 0..20 {
        let refused = create("later", &format!("later-{n}"));
        assert_eq!(refused, (503, "not_stored".into()), "nothing was done");
    }
    assert_eq!(create("first", "k1"), (503, "outcome_unknown".into()));
    let (status, health) = client.send("GET /health", "", &[]).unwrap();
    assert_eq!(
        (status, &health["problems"][0]["code"]),
        (503, &"storage_failing".into())
    );
    assert_eq!(
        client.status("GET /v1/account", ""),
        200,
        "what is there can be read"
    );
    database.execute_batch("DROP TRIGGER full").unwrap();
    // It is stored once there is room, and the same key tells.
    let stored = loop {
        let (status, code) = create("first", "k1");
        if status != 503 {
            break (status, code);
        }
    };
    assert_eq!(stored, (201, String::new()));
    let mut after = titles(&client);
    after.retain(|title| !before.contains(title));
    assert_eq!(after, ["first"], "what was refused was not done");
    assert_eq!(client.ask("GET /health", "")["status"], "ok");
}

/// Files as people have them: with a byte-order mark, through a pipe, and of another kind.
#[test]
fn files_are_read_as_people_have_them() {
    let folder = Folder::new();
    let file = |name: &str, text: &str| {
        let path = folder.0.join(name);
        std::fs::create_dir_all(&folder.0).unwrap();
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let graph = r#"{"title": "T", "nodes": [{"id": "w", "node_type": "TIME", "config": {"delay": {"value": 1, "unit": "days"}}},
        {"id": "d", "node_type": "CONVERTED"}], "edges": [{"id": "e", "from_node_id": "w", "to_node_id": "d"}]}"#;
    let good = file("bom.json", &format!("\u{feff}{graph}"));
    assert_eq!(run(&["validate", &good]).0, Some(0));
    let odd = file("odd.json", &graph.replace("\"delay\"", "\"dleay\""));
    let (code, said) = run(&["validate", &odd]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("`delay` is probably meant"), "{said}");
    let scenario = file("scenario.json", "\u{feff}{\"title\": 7}");
    let (code, said) = run(&["simulate", &scenario]);
    assert_eq!(code, Some(2), "{said}");
    assert!(
        !said.contains("expected value"),
        "the mark is no fault: {said}"
    );
    let export = file("export.json", r#"{"leadline_export": 1, "workflows": []}"#);
    let (code, said) = run(&["validate", &export]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("export of an organization"), "{said}");
    let mut piped = leadline(&["validate", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut piped.stdin.take().unwrap(), graph.as_bytes()).unwrap();
    assert_eq!(piped.wait().unwrap().code(), Some(0));
}

/// A request that is refused before its body was read leaves its connection usable, however the client
/// writes it.
#[test]
fn a_refusal_leaves_the_connection_usable() {
    use std::io::{BufRead, BufReader, Read, Write};
    let folder = Folder::new();
    let key = key(&folder.0, "A", &[]);
    let server = Running::simulated(&folder.0);
    let mut stream = std::net::TcpStream::connect(&server.address).unwrap();
    stream.set_nodelay(true).unwrap();
    let mut answers = BufReader::new(stream.try_clone().unwrap());
    let mut ask = |request: &str, body: &str, authorization: &str| {
        let head = format!(
            "{request} HTTP/1.1\r\nhost: x\r\n{authorization}content-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body.as_bytes()).unwrap();
        let (mut status, mut length) = (String::new(), 0);
        answers.read_line(&mut status).unwrap();
        loop {
            let mut line = String::new();
            answers.read_line(&mut line).unwrap();
            let line = line.trim().to_lowercase();
            assert_ne!(line, "connection: close", "{request}");
            if let Some(own) = line.strip_prefix("content-length: ") {
                length = own.parse().unwrap();
            }
            if line.is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        answers.read_exact(&mut body).unwrap();
        status.split(' ').nth(1).unwrap().to_owned()
    };
    let good = format!("authorization: Bearer {key}\r\n");
    let body = format!(r#"{{"title": "{}"}}"#, "x".repeat(30_000));
    for _ in 0..20 {
        assert_eq!(ask("PUT /v1/workflows", &body, &good), "405");
        assert_eq!(ask("POST /v1/nowhere", &body, &good), "404");
        assert_eq!(ask("POST /v1/workflows", &body, ""), "401");
        assert_eq!(ask("POST /v1/workflows/w/activate", &body, &good), "404");
        assert_eq!(ask("GET /v1/account", "", &good), "200");
    }
}
