//! The one thread that writes: everything that is waiting goes into one transaction.
//!
//! A commit that fails is tried again with what it held, before anything that came later, so what is
//! stored is always a gapless beginning of what happened. Whoever waited for it is told that it
//! failed: their change is in memory, and asking again with the same key waits for it to be stored.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context, Result};
use leadline_api::{Delivery, Row};
use leadline_model::SubscriptionId;
use rusqlite::{Connection, params};
use tokio::sync::{oneshot, watch};

use crate::database::checksum;
use crate::events::kept;
use crate::metrics::Metrics;

/// What may wait; whoever brings more has to wait too.
const QUEUE: usize = 16_384;
/// The most that goes into one transaction.
const MOST_ROWS: usize = 4_096;
const MOST_BYTES: usize = 32 << 20;
/// The pause after a commit that failed; doubled up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Something for the writer.
enum Job {
    /// Stores a row, and what subscribers are to be told of it.
    Row(i64, Box<Row>, Option<News>, Option<oneshot::Sender<()>>),
    /// Stores how far a subscription is; `None`: it has ended.
    Delivery(i64, SubscriptionId, Option<(u64, Delivery)>),
    /// Forgets what every subscription is past.
    Forget(i64, u64),
    /// Stores a snapshot: the state before a row.
    Snapshot(i64, u64, Vec<u8>),
    /// Stores an organization's epoch.
    Epoch(i64, String, Option<oneshot::Sender<()>>),
    /// Says when everything that came before is stored.
    Sync(oneshot::Sender<()>),
}

/// What subscribers are to be told, and who waits for the number of the last of it.
pub type News = (Vec<leadline_sim::News>, watch::Sender<u64>);

/// Resolves when something is stored; an error when it could not be.
pub type Ticket = oneshot::Receiver<()>;

/// The number of the last entry of each organization that is durable.
#[derive(Debug, Default)]
pub struct Stored(Mutex<BTreeMap<i64, u64>>);

impl Stored {
    /// Everything up to an entry is durable.
    pub fn note(&self, organization: i64, seq: u64) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let last = all.entry(organization).or_default();
        *last = seq.max(*last);
    }

    /// The last entry that is durable.
    pub fn of(&self, organization: i64) -> u64 {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(&organization).copied().unwrap_or_default()
    }
}

/// Hands things to the writer.
#[derive(Clone)]
pub struct Writer {
    jobs: SyncSender<Job>,
    stored: Arc<Stored>,
    trouble: Arc<Trouble>,
}

/// Why nothing can be stored just now.
#[derive(Debug, Default)]
struct Trouble(Mutex<Option<String>>);

impl Trouble {
    fn set(&self, trouble: Option<String>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
    }
}

impl Writer {
    /// Starts the thread; it ends when every handle is gone and everything is stored.
    pub fn start(
        connection: Connection,
        metrics: Arc<Metrics>,
    ) -> Result<(Writer, JoinHandle<()>)> {
        let (jobs, inbox) = sync_channel(QUEUE);
        let stored = Arc::new(Stored::default());
        let told = Arc::clone(&stored);
        let trouble = Arc::new(Trouble::default());
        let troubled = Arc::clone(&trouble);
        let thread = thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || {
                run(connection, &inbox, &metrics, &told, &troubled);
            })
            .context("the writer's thread cannot be started")?;
        let writer = Writer {
            jobs,
            stored,
            trouble,
        };
        Ok((writer, thread))
    }

    /// Why nothing can be stored just now; `None` while all is well.
    pub fn trouble(&self) -> Option<String> {
        let trouble = self.trouble.0.lock();
        trouble.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What is durable.
    pub fn stored(&self) -> &Arc<Stored> {
        &self.stored
    }

    /// Stores an organization's epoch.
    pub fn epoch(&self, organization: i64, epoch: String) -> Ticket {
        let (done, ticket) = oneshot::channel();
        self.send(Job::Epoch(organization, epoch, Some(done)));
        ticket
    }

    /// Stores a row of an organization. To be called in the order of the rows.
    pub fn append(&self, organization: i64, row: Row, news: Option<News>) -> Ticket {
        let (done, ticket) = oneshot::channel();
        self.send(Job::Row(organization, Box::new(row), news, Some(done)));
        ticket
    }

    /// Stores how far a subscription is; `None`: it has ended.
    pub fn delivery(&self, organization: i64, id: SubscriptionId, at: Option<(u64, Delivery)>) {
        self.send(Job::Delivery(organization, id, at));
    }

    /// Forgets announcements up to a number.
    pub fn forget(&self, organization: i64, up_to: u64) {
        self.send(Job::Forget(organization, up_to));
    }

    /// Stores the state before the row of a number, after that row's predecessors.
    pub fn snapshot(&self, organization: i64, seq: u64, state: Vec<u8>) {
        self.send(Job::Snapshot(organization, seq, state));
    }

    /// Resolves when everything handed over by now is stored.
    pub fn sync(&self) -> Ticket {
        let (done, ticket) = oneshot::channel();
        self.send(Job::Sync(done));
        ticket
    }

    fn send(&self, job: Job) {
        // The thread only ends after the last handle: a job that is lost here drops its ticket's
        // sender, and whoever waits is told.
        if self.jobs.send(job).is_err() {
            tracing::error!("the writer is gone; nothing is stored any more");
        }
    }
}

fn run(
    mut connection: Connection,
    inbox: &Receiver<Job>,
    metrics: &Metrics,
    told: &Stored,
    trouble: &Trouble,
) {
    let mut pause = FIRST_PAUSE;
    while let Ok(first) = inbox.recv() {
        let mut batch = vec![first];
        let mut bytes = weight(&batch[0]);
        while batch.len() < MOST_ROWS
            && bytes < MOST_BYTES
            && let Ok(job) = inbox.try_recv()
        {
            bytes += weight(&job);
            batch.push(job);
        }
        while let Err(error) = commit(&mut connection, &batch) {
            metrics.failed();
            tracing::error!("a commit failed and is tried again: {error}");
            trouble.set(Some(error.to_string()));
            batch = fail(batch, inbox, &mut pause);
        }
        pause = FIRST_PAUSE;
        trouble.set(None);
        store(batch, metrics, told);
    }
}

fn weight(job: &Job) -> usize {
    match job {
        Job::Row(_, row, news, _) => {
            let reply = row.stamp.as_ref().map_or(0, |stamp| stamp.reply.body.len());
            let news = news.as_ref().map_or(0, |(news, _)| news.len() * 32);
            row.input.len() + reply + news
        }
        Job::Snapshot(_, _, state) => state.len(),
        Job::Delivery(..) | Job::Forget(..) | Job::Epoch(..) | Job::Sync(_) => 0,
    }
}

/// A batch that could not be stored: whoever waits is told, also who came meanwhile, and after a pause
/// it is tried again.
fn fail(mut batch: Vec<Job>, inbox: &Receiver<Job>, pause: &mut Duration) -> Vec<Job> {
    give_up(&mut batch);
    thread::sleep(*pause);
    *pause = (*pause * 2).min(LONGEST_PAUSE);
    batch.extend(inbox.try_iter());
    give_up(&mut batch);
    batch
}

/// Tells whoever waits for a batch that it is not stored, by dropping what they would be told with.
fn give_up(batch: &mut Vec<Job>) {
    for job in batch.iter_mut() {
        if let Job::Row(.., done) | Job::Epoch(.., done) = job {
            *done = None;
        }
    }
    batch.retain(|job| !matches!(job, Job::Sync(_)));
}

/// A batch is stored: tells whoever waits.
fn store(batch: Vec<Job>, metrics: &Metrics, told: &Stored) {
    let rows = batch
        .iter()
        .filter(|job| matches!(job, Job::Row(..)))
        .count();
    if rows > 0 {
        metrics.stored(rows as u64);
    }
    for job in batch {
        let done = match job {
            Job::Row(organization, row, news, done) => {
                told.note(organization, row.seq);
                if let Some((news, announced)) = news
                    && let Some(last) = news.last()
                {
                    announced.send_replace(last.number);
                }
                done
            }
            Job::Epoch(.., done) => done,
            Job::Sync(done) => Some(done),
            _ => None,
        };
        if let Some(done) = done {
            // Who waited may have gone.
            let _gone = done.send(());
        }
    }
}

fn commit(connection: &mut Connection, batch: &[Job]) -> rusqlite::Result<()> {
    if batch.iter().all(|job| matches!(job, Job::Sync(_))) {
        return Ok(());
    }
    let transaction =
        connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    for job in batch {
        match job {
            Job::Row(organization, row, news, _) => {
                insert(&transaction, *organization, row)?;
                if let Some((news, _)) = news {
                    kept::store(&transaction, *organization, news)?;
                }
            }
            Job::Delivery(organization, id, at) => {
                kept::store_delivery(&transaction, *organization, id, at.as_ref())?;
            }
            Job::Forget(organization, up_to) => {
                kept::forget(&transaction, *organization, *up_to)?;
            }
            Job::Snapshot(organization, seq, state) => {
                transaction.execute(
                    "INSERT OR REPLACE INTO snapshots (organization, seq, state, checksum) VALUES (?, ?, ?, ?)",
                    params![organization, *seq as i64, state, checksum(&[state])],
                )?;
                // The newest and the one before it.
                transaction.execute(
                    "DELETE FROM snapshots WHERE organization = ?1 AND seq NOT IN
                     (SELECT seq FROM snapshots WHERE organization = ?1 ORDER BY seq DESC LIMIT 2)",
                    [organization],
                )?;
            }
            Job::Epoch(organization, epoch, _) => {
                transaction.execute(
                    "UPDATE organizations SET epoch = ? WHERE id = ?",
                    params![epoch, organization],
                )?;
            }
            Job::Sync(_) => {}
        }
    }
    transaction.commit()
}

fn insert(connection: &Connection, organization: i64, row: &Row) -> rusqlite::Result<()> {
    let failed = |error: serde_json::Error| rusqlite::Error::ToSqlConversionFailure(error.into());
    let reply = row
        .stamp
        .as_ref()
        .map(|stamp| serde_json::to_string(&stamp.reply))
        .transpose()
        .map_err(failed)?;
    let request = row.stamp.as_ref().map(|stamp| &stamp.request);
    let fingerprint = request.map(|request| request.fingerprint.to_le_bytes());
    let sum = row_checksum(row, reply.as_deref());
    connection
        .prepare_cached(
            "INSERT INTO journal (organization, seq, now, input, request_key, fingerprint, reply, checksum)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        )?
        .execute(params![
            organization,
            row.seq as i64,
            row.now.0,
            row.input,
            request.map(|request| &request.key),
            fingerprint,
            reply,
            sum,
        ])?;
    Ok(())
}

/// The checksum over all that a row holds.
pub fn row_checksum(row: &Row, reply: Option<&str>) -> i64 {
    let request = row.stamp.as_ref().map(|stamp| &stamp.request);
    checksum(&[
        &row.seq.to_le_bytes(),
        &row.now.0.to_le_bytes(),
        &row.input,
        request.map_or(&[], |request| request.key.as_bytes()),
        &request
            .map_or(0, |request| request.fingerprint)
            .to_le_bytes(),
        reply.unwrap_or_default().as_bytes(),
    ])
}
