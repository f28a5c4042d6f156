//! The one thread that writes: everything that is waiting goes into one transaction.
//!
//! A commit that fails is tried again with what it held, before anything that came later, so what is
//! stored is always a gapless beginning of what happened. Whoever waited for it is told that it
//! failed: their change is in memory, and asking again with the same key waits for it to be stored.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context, Result};
use leadline_api::Row;
use rusqlite::{Connection, params};
use tokio::sync::oneshot;

use crate::database::checksum;
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
    /// Stores a row.
    Row(i64, Box<Row>, Option<oneshot::Sender<()>>),
    /// Stores a snapshot: the state before a row.
    Snapshot(i64, u64, Vec<u8>),
    /// Says when everything that came before is stored.
    Sync(oneshot::Sender<()>),
}

/// Resolves when something is stored; an error when it could not be.
pub type Ticket = oneshot::Receiver<()>;

/// Hands things to the writer.
#[derive(Clone)]
pub struct Writer {
    jobs: SyncSender<Job>,
}

impl Writer {
    /// Starts the thread; it ends when every handle is gone and everything is stored.
    pub fn start(
        connection: Connection,
        metrics: Arc<Metrics>,
    ) -> Result<(Writer, JoinHandle<()>)> {
        let (jobs, inbox) = sync_channel(QUEUE);
        let thread = thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || run(connection, &inbox, &metrics))
            .context("the writer's thread cannot be started")?;
        Ok((Writer { jobs }, thread))
    }

    /// Stores a row of an organization. To be called in the order of the rows.
    pub fn append(&self, organization: i64, row: Row) -> Ticket {
        let (done, ticket) = oneshot::channel();
        self.send(Job::Row(organization, Box::new(row), Some(done)));
        ticket
    }

    /// As [`Writer::append`], and nobody waits.
    pub fn append_unheard(&self, organization: i64, row: Row) {
        self.send(Job::Row(organization, Box::new(row), None));
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

fn run(mut connection: Connection, inbox: &Receiver<Job>, metrics: &Metrics) {
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
        store(&mut connection, batch, metrics);
    }
}

fn weight(job: &Job) -> usize {
    match job {
        Job::Row(_, row, _) => {
            row.input.len() + row.stamp.as_ref().map_or(0, |stamp| stamp.reply.body.len())
        }
        Job::Snapshot(_, _, state) => state.len(),
        Job::Sync(_) => 0,
    }
}

/// Stores a batch, however often it takes.
fn store(connection: &mut Connection, mut batch: Vec<Job>, metrics: &Metrics) {
    let mut pause = FIRST_PAUSE;
    while let Err(error) = commit(connection, &batch) {
        metrics.failed();
        tracing::error!("a commit failed and is tried again: {error}");
        for job in &mut batch {
            // Dropping the sender tells whoever waits.
            if let Job::Row(_, _, done) = job {
                *done = None;
            }
        }
        batch.retain(|job| !matches!(job, Job::Sync(_)));
        thread::sleep(pause);
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
    let rows = batch
        .iter()
        .filter(|job| matches!(job, Job::Row(..)))
        .count();
    if rows > 0 {
        metrics.stored(rows as u64);
    }
    for job in batch {
        let (Job::Row(_, _, Some(done)) | Job::Sync(done)) = job else {
            continue;
        };
        // Who waited may have gone.
        let _gone = done.send(());
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
            Job::Row(organization, row, _) => insert(&transaction, *organization, row)?,
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
