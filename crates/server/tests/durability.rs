//! What was acknowledged stays: races, ends, damage. Kills have a file of their own.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::thread;

use common::{Folder, Running, key, leadline, workflow};

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
    let after = client.ask(&format!("GET /v1/changes?after={cursor}"), "");
    let told = after["data"].as_array().unwrap().iter();
    let told: Vec<&serde_json::Value> = told.map(|change| &change["type"]).collect();
    assert_eq!(told, ["workflow.progress"], "a cursor outlives a restart");
    let before = client.ask("GET /v1/changes?limit=100", "");
    assert!(
        before["data"].as_array().is_some_and(|list| list.len() > 2),
        "so does what it leads on from"
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
    // A clock that is behind the data's time, by a day as by a year: it is served, and says so.
    let server = Running::start(&folder.0, &["--clock", "real"]);
    let client = server.client(&key);
    let health = client.ask("GET /health", "");
    assert_eq!(health["status"], "degraded", "{health}");
    assert_eq!(health["problems"][0]["code"], "clock_behind", "{health}");
    let at = workflow(&client);
    assert_eq!(client.status(&format!("POST {at}/activate"), ""), 200);
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
