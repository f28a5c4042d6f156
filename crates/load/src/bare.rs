//! The least a server could be: axum that answers a text, and axum that stores a row in SQLite as
//! durably as the server does, one commit for each or one for all that wait.

use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use anyhow::Result;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::routing::{get, post};
use axum::{Json, Router};
use rusqlite::Connection;
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

type Job = (Vec<u8>, oneshot::Sender<()>);

/// A server that runs until it is dropped.
pub struct Bare {
    /// Where it listens.
    pub address: String,
    _runtime: Runtime,
}

/// Serves a text at `/get`, and stores what is posted to `/post`; `group`: one commit for all that
/// wait, instead of one for each.
pub fn serve(text: Vec<u8>, folder: &Path, group: bool) -> Result<Bare> {
    let connection = Connection::open(folder.join(format!("bare-{group}.sqlite")))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, body BLOB)", [])?;
    let (jobs, inbox) = channel();
    thread::spawn(move || {
        if let Err(error) = write(connection, &inbox, group) {
            eprintln!("api-bench: {error}");
        }
    });
    let text = Bytes::from(text);
    let read = move || async move { ([(header::CONTENT_TYPE, "application/json")], text) };
    let app = Router::new().route("/get", get(read));
    let app = app.route("/post", post(store)).with_state(jobs);
    let runtime = Runtime::new()?;
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))?;
    let address = listener.local_addr()?.to_string();
    runtime.spawn(async move { axum::serve(listener, app).await });
    Ok(Bare {
        address,
        _runtime: runtime,
    })
}

async fn store(
    State(jobs): State<Sender<Job>>,
    Json(body): Json<Value>,
) -> (StatusCode, Json<Value>) {
    let (done, stored) = oneshot::channel();
    let sent = jobs.send((body.to_string().into_bytes(), done)).is_ok();
    match sent && stored.await.is_ok() {
        true => (StatusCode::CREATED, Json(json!({ "stored": body }))),
        false => (StatusCode::SERVICE_UNAVAILABLE, Json(Value::Null)),
    }
}

fn write(mut connection: Connection, inbox: &Receiver<Job>, group: bool) -> Result<()> {
    while let Ok(first) = inbox.recv() {
        let mut batch = vec![first];
        while group
            && batch.len() < 4_096
            && let Ok(job) = inbox.try_recv()
        {
            batch.push(job);
        }
        let transaction = connection.transaction()?;
        for (body, _) in &batch {
            transaction
                .prepare_cached("INSERT INTO rows (body) VALUES (?)")?
                .execute([body])?;
        }
        transaction.commit()?;
        for (_, done) in batch {
            // Who waited may have gone.
            let _gone = done.send(());
        }
    }
    Ok(())
}
