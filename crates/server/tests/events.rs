//! Events to subscribers: signed, at least once, whatever ends in between.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use common::{Client, Folder, Log, PATIENCE, Running, key, workflow};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

/// An event as it arrived.
struct Arrived {
    signature: String,
    key: String,
    body: String,
}

impl Arrived {
    fn event(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// A subscriber's server: answers each event with the status it is told to.
struct Hook {
    url: String,
    arrived: Receiver<Arrived>,
}

impl Hook {
    fn start(answer: impl Fn(usize) -> u16 + Send + 'static) -> Hook {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let (sender, arrived) = channel();
        thread::spawn(move || {
            for (number, stream) in listener.incoming().enumerate() {
                take(stream.unwrap(), answer(number), &sender);
            }
        });
        Hook { url, arrived }
    }

    fn next(&self) -> Arrived {
        self.arrived.recv_timeout(PATIENCE).unwrap()
    }
}

fn take(mut stream: TcpStream, status: u16, arrived: &Sender<Arrived>) {
    let mut reader = BufReader::new(&mut stream);
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        match line.trim().split_once(": ") {
            Some((name, value)) => headers.push((name.to_lowercase(), value.to_owned())),
            None if line.trim().is_empty() => break,
            None => {}
        }
    }
    let header = |name: &str| {
        let found = headers.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    };
    let mut body = vec![0; header("content-length").parse().unwrap()];
    if reader.read_exact(&mut body).is_err() {
        return;
    }
    let (signature, key) = (header("leadline-signature"), header("idempotency-key"));
    let body = String::from_utf8(body).unwrap();
    // The test may have seen enough.
    let _ended = arrived.send(Arrived {
        signature,
        key,
        body,
    });
    let answer = format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
    let _gone = stream.write_all(answer.as_bytes());
}

const SIMULATED: &[&str] = &[
    "--clock",
    "simulated",
    "--calls",
    "simulated",
    "--private-webhooks",
];

fn subscribe(client: &Client, url: &str, events: &[&str]) -> Value {
    let body = json!({"url": url, "events": events});
    client.ask("POST /v1/event-subscriptions", &body.to_string())
}

/// A server that logs each answer to an event.
fn start(folder: &Folder, arguments: &[&str]) -> (Running, Log) {
    Running::logging("leadline::events=debug", &folder.0, arguments)
}

/// The delivery of a subscription, once it is as it should be.
fn delivery(
    client: &Client,
    log: &Log,
    subscription: &Value,
    fits: impl Fn(&Value) -> bool,
) -> Value {
    let request = format!(
        "GET /v1/event-subscriptions/{}",
        subscription["id"].as_str().unwrap()
    );
    loop {
        let delivery = client.ask(&request, "")["delivery"].clone();
        if fits(&delivery) {
            return delivery;
        }
        log.hear("an event was answered");
    }
}

/// Sends leads through a workflow, to its end.
fn send_through(client: &Client, leads: u64) -> String {
    let at = workflow(client);
    let complete = r#"{"settings": {"auto_complete": true}}"#;
    client.ask(&format!("PATCH {at}"), complete);
    let leads: Vec<Value> = (0..leads)
        .map(|number| json!({"phone_number": format!("+1415555{:04}", number)}))
        .collect();
    client.ask(
        &format!("POST {at}/leads"),
        &json!({ "leads": leads }).to_string(),
    );
    client.ask(&format!("POST {at}/activate"), "");
    client.ask("POST /v1/simulation/advance", r#"{"by_ms": 172800000}"#);
    at
}

#[test]
fn events_are_signed_and_tried_until_they_are_accepted() {
    let folder = Folder::new();
    let key = key(&folder.0, "A", &[]);
    let hook = Hook::start(|number| if number == 0 { 503 } else { 204 });
    let (server, log) = start(&folder, SIMULATED);
    let client = server.client(&key);
    let made = subscribe(
        &client,
        &hook.url,
        &["lead.completed", "workflow.status_changed"],
    );
    let secret = made["secret"].as_str().unwrap();
    assert!(
        secret.starts_with("whsec_") && secret.len() > 40,
        "{secret}"
    );
    let at = workflow(&client);
    client.ask(&format!("POST {at}/activate"), "");
    let (first, again) = (hook.next(), hook.next());
    assert_eq!(
        (&first.key, &first.body),
        (&again.key, &again.body),
        "503 is no acceptance"
    );
    let event = first.event();
    assert_eq!(event["id"], first.key.as_str());
    assert_eq!(event["type"], "workflow.status_changed");
    let change = &event["data"]["workflow"];
    assert_eq!(
        (&change["previous_status"], &change["status"]),
        (&"draft".into(), &"active".into())
    );
    let (time, code) = again.signature.split_once(",v1=").unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{}.{}", time.strip_prefix("t=").unwrap(), again.body).as_bytes());
    let expected: String = mac
        .finalize()
        .into_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(code, expected);
    let shown = delivery(&client, &log, &made, |delivery| delivery["delivered"] == 1);
    assert_eq!(shown["last_error"], "it answered 503");
    assert!(
        shown["failing_since"].is_null() && shown["last_delivered_at"].is_string(),
        "{shown}"
    );
    let listed = client.ask("GET /v1/event-subscriptions", "");
    assert_eq!(listed["data"][0]["delivery"], shown);
    assert!(
        !listed.to_string().contains(secret),
        "the secret is shown once"
    );
    client.ask(
        &format!("POST {at}/leads"),
        r#"{"phone_number": "+14155550101", "first_name": "Ann"}"#,
    );
    client.ask("POST /v1/simulation/advance", r#"{"by_ms": 172800000}"#);
    let lead = hook.next().event();
    assert_eq!(
        (&lead["type"], &lead["data"]["lead"]["status"]),
        (&"lead.completed".into(), &"completed".into())
    );
    assert_eq!(lead["data"]["lead"]["phone_number"], "+14155550101");
    assert_eq!(lead["data"]["workflow"]["title"], "Wait");
    assert!(
        leadline_api::problems("EventMessage", &lead).is_empty(),
        "{lead}"
    );
}

#[test]
fn only_what_was_subscribed_to_from_then_on_is_told() {
    let folder = Folder::new();
    let key = key(&folder.0, "A", &[]);
    let (hook, other) = (Hook::start(|_| 200), Hook::start(|_| 200));
    let server = Running::start(&folder.0, SIMULATED);
    let client = server.client(&key);
    send_through(&client, 3);
    let made = subscribe(&client, &hook.url, &["lead.completed"]);
    let at = format!("/v1/event-subscriptions/{}", made["id"].as_str().unwrap());
    subscribe(
        &client,
        &other.url,
        &["lead.dropped", "workflow.status_changed"],
    );
    send_through(&client, 2);
    let told: BTreeSet<String> = (0..2)
        .map(|_| hook.next().event()["type"].to_string())
        .collect();
    assert_eq!(told.into_iter().collect::<Vec<_>>(), ["\"lead.completed\""]);
    // Some are on their way at once, so their order is not certain.
    let statuses = |events: usize| {
        let told = (0..events).map(|_| other.next().event()["data"]["workflow"]["status"].clone());
        let mut told: Vec<String> = told.map(|status| status.to_string()).collect();
        told.sort();
        told.join(" ").replace('"', "")
    };
    assert_eq!(statuses(2), "active completed");
    // What happens while it is not active is not told later.
    client.ask(&format!("PATCH {at}"), r#"{"active": false}"#);
    send_through(&client, 1);
    assert_eq!(statuses(2), "active completed");
    client.ask(&format!("PATCH {at}"), r#"{"active": true}"#);
    let last = send_through(&client, 1);
    let event = hook.next().event();
    assert!(
        last.ends_with(event["data"]["workflow"]["id"].as_str().unwrap()),
        "{event}"
    );
    client.ask(&format!("DELETE {at}"), "");
    send_through(&client, 1);
    assert_eq!(statuses(4), "active active completed completed");
    assert!(hook.arrived.try_recv().is_err());
}

/// A receiver that is down holds up nobody; it gets everything once it is there, though the server was
/// killed in between.
#[test]
fn events_survive_a_killed_server_and_a_receiver_that_is_down() {
    const LEADS: usize = 300;
    let folder = Folder::new();
    let key = key(&folder.0, "A", &[]);
    let (down, fine) = (Hook::start(|_| 500), Hook::start(|_| 200));
    let arguments = [SIMULATED, &["--snapshot-work", "1", "--metrics"]].concat();
    let (mut server, log) = start(&folder, &arguments);
    let client = server.client(&key);
    let made = subscribe(&client, &down.url, &["lead.completed"]);
    subscribe(&client, &fine.url, &["lead.completed"]);
    send_through(&client, LEADS as u64);
    down.next();
    let failing = delivery(&client, &log, &made, |delivery| {
        delivery["failing_since"].is_string()
    });
    assert_eq!(failing["last_error"], "it answered 500");
    let metrics = client.text("/metrics");
    assert!(
        metrics.contains("leadline_failing_subscriptions 1\n"),
        "{metrics}"
    );
    let all = |hook: &Hook, mut known: BTreeSet<String>| {
        while known.len() < LEADS {
            let event = hook.next().event();
            let lead = event["data"]["lead"]["id"].to_string();
            known.insert(lead);
        }
        known
    };
    let mut early = BTreeSet::new();
    for _ in 0..LEADS / 2 {
        let event = fine.next().event();
        early.insert(event["data"]["lead"]["id"].to_string());
    }
    server.kill();
    let up = Hook::start(|_| 200);
    let (server, log) = start(&folder, &arguments);
    let client = server.client(&key);
    let shown = delivery(&client, &log, &made, |_| true);
    assert!(shown["failing_since"].is_string(), "{shown}");
    let at = format!(
        "PATCH /v1/event-subscriptions/{}",
        made["id"].as_str().unwrap()
    );
    client.ask(&at, &json!({"url": up.url}).to_string());
    assert_eq!(all(&fine, early).len(), LEADS);
    assert_eq!(all(&up, BTreeSet::new()).len(), LEADS);
    let shown = delivery(&client, &log, &made, |delivery| {
        delivery["failing_since"].is_null()
    });
    assert_eq!(shown["given_up"], 0);
}

#[test]
fn events_do_not_reach_into_the_own_network() {
    let folder = Folder::new();
    let key = key(&folder.0, "A", &[]);
    let hook = Hook::start(|_| 200);
    let (server, log) = start(&folder, &["--clock", "simulated", "--calls", "simulated"]);
    let client = server.client(&key);
    let made = subscribe(&client, &hook.url, &["workflow.status_changed"]);
    let at = workflow(&client);
    client.ask(&format!("POST {at}/activate"), "");
    let shown = delivery(&client, &log, &made, |delivery| {
        delivery["failing_since"].is_string()
    });
    assert!(
        shown["last_error"]
            .as_str()
            .unwrap()
            .contains("not on a public address"),
        "{shown}"
    );
    assert!(hook.arrived.try_recv().is_err(), "nothing was sent");
}
