//! The server killed again and again under load.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::thread;

use common::{Client, Folder, Running, key};

/// A dialer that takes every call, and keeps what it was given: the key of each request and its call.
struct Dialer {
    url: String,
    heard: Arc<Mutex<Vec<(String, String)>>>,
}

impl Dialer {
    fn start() -> Dialer {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let heard: Arc<Mutex<Vec<(String, String)>>> = Arc::default();
        let keep = Arc::clone(&heard);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let keep = Arc::clone(&keep);
                thread::spawn(move || {
                    // A server that is killed while it sends breaks off.
                    let _broken = take_calls(stream.unwrap(), &keep);
                });
            }
        });
        Dialer { url, heard }
    }

    /// The calls it was given so far.
    fn calls(&self) -> Vec<(String, String)> {
        self.heard.lock().unwrap().clone()
    }
}

/// Takes calls from one connection until it ends.
fn take_calls(stream: TcpStream, heard: &Mutex<Vec<(String, String)>>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let (mut length, mut key) = (0, String::new());
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            match line.trim_end().to_lowercase().split_once(": ") {
                Some(("content-length", value)) => length = value.parse().unwrap(),
                Some(("idempotency-key", value)) => key = value.to_owned(),
                None if line.trim().is_empty() => break,
                _ => {}
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let order: serde_json::Value = serde_json::from_slice(&body).unwrap();
        let call = order["call_id"].as_str().unwrap().to_owned();
        heard.lock().unwrap().push((key, call));
        let answer = b"HTTP/1.1 202 X\r\ncontent-length: 0\r\n\r\n";
        reader.get_mut().write_all(answer)?;
    }
}

/// A real clock and a dialer; snapshots every few writes, so that kills come between, before and after
/// them.
fn calling(folder: &Folder, dialer: &Dialer) -> Running {
    let arguments = [
        "--tick-ms",
        "10",
        "--calls",
        "http",
        "--dialer-url",
        &dialer.url,
        "--snapshot-work",
        "50",
    ];
    Running::start(&folder.0, &arguments)
}

/// An active workflow that calls every lead once; its path.
fn calls_everybody(client: &Client) -> String {
    let agent = client.ask("POST /v1/agents", r#"{"name": "sales"}"#)["id"].clone();
    let number = r#"{"phone_number": "+14155550100"}"#;
    client.ask("POST /v1/phone-numbers", number);
    client.ask("PATCH /v1/account", r#"{"max_concurrent_calls": 1000000}"#);
    let made = client.ask("POST /v1/workflows", r#"{"title": "Call"}"#);
    let at = format!("/v1/workflows/{}", made["id"].as_str().unwrap());
    let graph = format!(
        r#"{{"title": "Call", "settings": {{"auto_complete": false}}, "nodes": [
            {{"id": "c", "node_type": "VOICE_CALL", "config": {{"agent_id": {agent}, "from_phone_number": "+14155550100"}}}},
            {{"id": "d", "node_type": "CONVERTED"}}], "edges": [{{"id": "e", "from_node_id": "c", "to_node_id": "d"}}]}}"#
    );
    client.ask(&format!("PUT {at}/definition"), &graph);
    client.ask(&format!("POST {at}/activate"), "");
    at
}

/// Numbers that look random, the same in every run.
fn spread(round: usize) -> usize {
    (round * 2_654_435_761) >> 7 & 0x3f
}

/// Killed fifty times under load: what was acknowledged is there, what was not is there once or not at
/// all, a request sent again takes effect once; no lead starts twice and nobody is called twice.
#[test]
fn fifty_kills_lose_nothing_and_call_nobody_twice() {
    const KILLS: usize = 50;
    let (folder, dialer) = (Folder::new(), Dialer::start());
    let key = key(&folder.0, "A", &[]);
    let acknowledged: Mutex<BTreeMap<String, String>> = Mutex::default();
    let completed: Mutex<BTreeSet<String>> = Mutex::default();
    let mut unanswered: BTreeSet<String> = BTreeSet::new();
    let (at, epoch) = {
        let server = calling(&folder, &dialer);
        let client = server.client(&key);
        (calls_everybody(&client), client.epoch())
    };
    // The last cursor that was told of changes.
    let told = AtomicU64::new(0);
    for round in 0..KILLS {
        let mut server = calling(&folder, &dialer);
        let client = server.client(&key);
        let known = format!("GET /v1/changes?after={}", told.load(Ordering::SeqCst));
        let (status, answer) = client.send(&known, "", &[]).unwrap();
        assert_eq!(
            status,
            if known.ends_with("=0") { 410 } else { 200 },
            "a cursor outlives a crash: {known} {answer}"
        );
        assert_eq!(client.epoch(), epoch, "a crash begins no other life");
        check(&client, &at, &acknowledged.lock().unwrap(), &mut unanswered);
        let lost = Mutex::new(BTreeSet::new());
        let (enrolled, done) = channel();
        thread::scope(|scope| {
            for worker in 0..4_usize {
                let (client, at, acknowledged, enrolled, lost) =
                    (client.clone(), &at, &acknowledged, enrolled.clone(), &lost);
                scope.spawn(move || {
                    for number in 14_155_000_000_u64 + ((round * 4 + worker) * 10_000) as u64.. {
                        let body = format!(r#"{{"phone_number": "+{number}"}}"#);
                        let name = number.to_string();
                        let enrol = format!("POST {at}/leads");
                        match client.send(&enrol, &body, &[("idempotency-key", &name)]) {
                            Ok((201, answer)) => {
                                let id = answer["data"][0].as_str().unwrap().to_owned();
                                acknowledged.lock().unwrap().insert(name, id);
                                // Once enough are there nobody counts them any more.
                                let _counted = enrolled.send(());
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
            let (asking, told) = (client.clone(), &told);
            scope.spawn(move || {
                while let Ok((200, answer)) = asking.send("GET /v1/changes?limit=100", "", &[]) {
                    let cursor = answer["cursor"].as_str().unwrap().parse().unwrap();
                    let request = format!("GET /v1/changes?after={cursor}");
                    told.store(cursor, Ordering::SeqCst);
                    let Ok((200, answer)) = asking.send(&request, "", &[]) else {
                        return;
                    };
                    let cursor = answer["cursor"].as_str().unwrap().parse().unwrap();
                    told.store(cursor, Ordering::SeqCst);
                }
            });
            // Some calls come to their end meanwhile.
            let (client, calls, completed) = (client.clone(), dialer.calls(), &completed);
            scope.spawn(move || {
                for (_, call) in calls.iter().rev().step_by(2) {
                    let report = format!("POST /v1/call-logs/{call}/status");
                    match client.send(&report, r#"{"status": "completed"}"#, &[]) {
                        Ok((200, _)) => drop(completed.lock().unwrap().insert(call.clone())),
                        Ok((status, answer)) => panic!("{status} {answer}"),
                        Err(_) => return,
                    }
                }
            });
            for _ in 0..spread(round) {
                done.recv().expect("somebody still enrols");
            }
            server.kill();
        });
        unanswered.extend(lost.into_inner().unwrap());
    }
    let server = calling(&folder, &dialer);
    let client = server.client(&key);
    let leads = check(&client, &at, &acknowledged.lock().unwrap(), &mut unanswered);
    assert!(leads.len() > KILLS * 20, "{}", leads.len());
    // Every lead starts, and every call is begun, within the next ticks.
    let under_way = |status: &str| {
        let request = format!("GET /v1/call-logs?status={status}&limit=1");
        client.ask(&request, "")["meta"]["total"].as_u64().unwrap()
    };
    let counts = format!("GET {at}");
    let known = client.ask("GET /v1/changes?limit=100", "")["cursor"].clone();
    let mut changes = client.listen(&format!("/v1/changes?after={}", known.as_str().unwrap()));
    while client.ask(&counts, "")["lead_counts"]["pending"] != 0 || under_way("created") > 0 {
        let change = changes.find(|line| line.starts_with("data:"));
        assert!(change.is_some(), "the stream of changes ended");
    }
    let calls = all(&client, "/v1/call-logs");
    let called: BTreeSet<&str> = calls
        .iter()
        .map(|call| call["lead_id"].as_str().unwrap())
        .collect();
    assert_eq!(
        (calls.len(), called.len()),
        (leads.len(), leads.len()),
        "one call for each lead"
    );
    let ended = calls.iter().filter(|call| call["status"] == "completed");
    let ended: BTreeSet<String> = ended
        .map(|call| call["id"].as_str().unwrap().to_owned())
        .collect();
    let completed = completed.into_inner().unwrap();
    assert!(
        completed.len() > KILLS && completed.is_subset(&ended),
        "a status was lost"
    );
    let heard = dialer.calls();
    let (keys, dialled): (BTreeSet<String>, BTreeSet<String>) = heard.iter().cloned().unzip();
    assert_eq!(
        (keys.len(), dialled.len()),
        (heard.len(), heard.len()),
        "somebody was called twice"
    );
    let known: BTreeSet<String> = calls
        .iter()
        .map(|call| call["id"].as_str().unwrap().to_owned())
        .collect();
    assert!(
        dialled.is_subset(&known),
        "a call that was placed is not known any more"
    );
    let mut started: BTreeMap<String, u32> = BTreeMap::new();
    for event in events(&client, &at) {
        if event["kind"] == "lead_started" {
            *started
                .entry(event["lead_id"].as_str().unwrap().to_owned())
                .or_default() += 1;
        }
    }
    assert_eq!(started.len(), leads.len());
    assert!(
        started.values().all(|times| *times == 1),
        "a lead started twice"
    );
}

/// Every item of a list.
fn all(client: &Client, path: &str) -> Vec<serde_json::Value> {
    let mut items = Vec::new();
    for page in 1.. {
        let answer = client.ask(&format!("GET {path}?limit=100&page={page}"), "");
        let data = answer["data"].as_array().unwrap();
        items.extend(data.iter().cloned());
        if data.len() < 100 {
            break;
        }
    }
    items
}

/// Everything that happened in a workflow.
fn events(client: &Client, at: &str) -> Vec<serde_json::Value> {
    let (mut items, mut from) = (Vec::new(), String::new());
    loop {
        let answer = client.ask(&format!("GET {at}/events?limit=100{from}"), "");
        items.extend(answer["data"].as_array().unwrap().iter().cloned());
        match answer["cursor"].as_str() {
            Some(cursor) => from = format!("&cursor={cursor}"),
            None => return items,
        }
    }
}

/// Everything acknowledged is there under its id; what was unanswered is sent again, and is there once.
/// The leads by number.
fn check(
    client: &Client,
    at: &str,
    acknowledged: &BTreeMap<String, String>,
    unanswered: &mut BTreeSet<String>,
) -> BTreeMap<String, String> {
    for name in std::mem::take(unanswered) {
        let body = format!(r#"{{"phone_number": "+{name}"}}"#);
        let enrol = format!("POST {at}/leads");
        let send = || {
            client
                .send(&enrol, &body, &[("idempotency-key", &name)])
                .unwrap()
        };
        let (status, answer) = send();
        let enrolled = answer["leads_enrolled"].as_u64();
        assert_eq!((status, enrolled), (201, Some(1)), "{answer}");
        assert_eq!(send(), (status, answer), "the same once more");
    }
    let mut leads: BTreeMap<String, String> = BTreeMap::new();
    for lead in all(client, &format!("{at}/leads")) {
        let number = lead["phone_number"]
            .as_str()
            .unwrap()
            .trim_start_matches('+');
        let id = lead["id"].as_str().unwrap().to_owned();
        assert_eq!(leads.insert(number.to_owned(), id), None, "{lead}");
    }
    for (number, id) in acknowledged {
        assert_eq!(leads.get(number), Some(id), "{number}");
    }
    leads
}
