//! What was acknowledged stays: kills, races, ends, damage.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use common::{Client, Folder, Running, key, leadline, workflow};

/// Snapshots every few writes, so that kills come between, before and after them.
fn with_snapshots(folder: &Folder) -> Running {
    let arguments = [
        "--clock",
        "simulated",
        "--calls",
        "simulated",
        "--snapshot-work",
        "13",
    ];
    Running::start(&folder.0, &arguments)
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
        let server = with_snapshots(&folder);
        workflow(&server.client(&key))
    };
    for round in 0..6 {
        let mut server = with_snapshots(&folder);
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
    let server = with_snapshots(&folder);
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
