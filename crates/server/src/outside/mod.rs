//! What the engine asks of the outside, where the simulated world does not answer: webhooks to
//! deliver, and calls to hand to a dialer.
//!
//! A few threads share one queue of small tasks; what a task is about is read from the engine when
//! its turn comes, so one that is over by then is passed over. Nothing is sent before the input that
//! asked for it is stored. **Webhooks are delivered at least once**: one under way when the server
//! is killed is delivered again after its start, under the same `Idempotency-Key`. **Calls** become
//! `initiated`, durably, before the dialer hears of them, and are handed over again only when it has said, or
//! when nothing shows, that it has them, under the same `Idempotency-Key`.

mod dialer;
mod http;
mod webhook;

pub use http::Client;
pub use webhook::sign;

use std::net::SocketAddr;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use axum::http::Request;
use leadline_engine::{CallRef, LeadRef, RunRef};

use crate::host::{Organization, Server};
/// Deliveries under way at once.
const THREADS: usize = 16;

/// Whose step a request is delivered for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asker {
    /// A lead's, and which action of the lead it is.
    Lead(LeadRef, u32),
    /// A run's.
    Run(RunRef),
}

/// One thing to do.
pub enum Task {
    /// Deliver the request of a step.
    Webhook(Arc<Organization>, Asker),
    /// Place a call: which attempt it is.
    Dial(Arc<Organization>, CallRef, u32),
}

/// How the outside is reached.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where calls are placed; `None`: people dial.
    pub dialer: Option<String>,
    /// Whether webhooks may go to addresses that are not public.
    pub private: bool,
    /// What webhooks are signed with.
    pub secret: Option<String>,
}

/// The queue that tasks go into; it is made before the server, the threads after it.
pub fn queue() -> (Sender<Task>, Receiver<Task>) {
    channel()
}

/// Starts the threads. They end with the program: what they had begun goes on after the next start.
pub fn start(server: &Arc<Server>, settings: Settings, tasks: Receiver<Task>) -> Result<()> {
    let tasks = Arc::new(Mutex::new(tasks));
    let shared = Arc::new((Client::new(settings.private), Client::new(true), settings));
    for number in 0..THREADS {
        let (tasks, shared, server) = (
            Arc::clone(&tasks),
            Arc::clone(&shared),
            Arc::downgrade(server),
        );
        thread::Builder::new()
            .name(format!("outside-{number}"))
            .spawn(move || run(&server, &shared, &tasks))
            .context("a thread cannot be started")?;
    }
    Ok(())
}

fn run(server: &Weak<Server>, shared: &(Client, Client, Settings), tasks: &Mutex<Receiver<Task>>) {
    let (public, trusted, settings) = shared;
    loop {
        let task = tasks.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match task {
            Err(_) => return,
            Ok(Task::Webhook(organization, asker)) => {
                let secret = settings.secret.as_deref();
                webhook::deliver(server, public, secret, &organization, asker);
            }
            Ok(Task::Dial(organization, call, attempt)) => {
                if let Some(url) = &settings.dialer {
                    dialer::place(server, trusted, url, &organization, call, attempt);
                }
            }
        }
    }
}

/// Asks the server at an address whether it is well.
pub fn health(address: SocketAddr) -> Result<()> {
    let uri = format!("http://{address}/health");
    let request = Request::get(uri.as_str()).body(Vec::new())?;
    match Client::new(true).send(request, Duration::from_secs(5)) {
        Ok(answer) if answer.status == 200 => Ok(()),
        Ok(answer) => bail!("{uri} answered {}", answer.status),
        Err(error) => bail!("{uri}: {error}"),
    }
}
