//! Which life an organization's data is in.
//!
//! The epoch is a random text in the database. Beside the database lies a small file with the epoch of
//! each organization and the number of its last entry, written when both are durable and before an epoch
//! is told to anybody. So the database is at or past what the file says, however the server ended; when
//! it is behind, or of another epoch, a backup was put back, and another epoch begins. Where nothing
//! is known of an organization, nothing is concluded.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};

use crate::args::Renew;
use crate::host::Server;
use crate::keys::{self, Organization};
use crate::writer::Stored;
use crate::{database, keys::random_letters};

/// The file beside the database.
const FILE: &str = "epochs.json";
/// How often it is written, when there is something new.
const EVERY: Duration = Duration::from_secs(1);
/// Letters of an epoch.
const LETTERS: usize = 16;

/// What is known of an organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Known {
    epoch: String,
    /// The number of its last entry that is durable.
    entry: u64,
}

/// By the organizations' public ids.
type All = BTreeMap<String, Known>;

/// An epoch that never was.
pub fn fresh() -> Result<String> {
    random_letters(LETTERS)
}

/// The epochs of a data folder, and the file that tells of them.
pub struct Epochs {
    folder: PathBuf,
    stored: Arc<Stored>,
    /// What the file said at the start; `None`: it cannot be read.
    before: Option<All>,
    /// The organizations at work by their rows: id and epoch.
    present: Mutex<BTreeMap<i64, (String, String)>>,
    /// What the file says now.
    written: Mutex<All>,
}

impl Epochs {
    /// Reads the file of a data folder.
    pub fn open(folder: &Path, stored: Arc<Stored>) -> Result<Epochs> {
        let path = folder.join(FILE);
        let before = match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .inspect_err(|error| {
                    tracing::error!(
                        "{} cannot be read, new epochs begin: {error}",
                        path.display()
                    );
                })
                .ok(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Some(All::new()),
            Err(error) => bail!("{} cannot be read: {error}", path.display()),
        };
        Ok(Epochs {
            folder: folder.to_owned(),
            stored,
            written: Mutex::new(before.clone().unwrap_or_default()),
            before,
            present: Mutex::default(),
        })
    }

    /// The epoch of an organization that was just loaded, up to an entry.
    pub fn admit(
        &self,
        connection: &Connection,
        organization: &Organization,
        entry: u64,
    ) -> Result<String> {
        let Organization {
            row,
            public_id,
            epoch,
            ..
        } = organization;
        let known = self.before.as_ref().map(|before| before.get(public_id));
        let goes_on = match known {
            Some(Some(known)) => known.epoch == *epoch && known.entry <= entry,
            Some(None) => true,
            None => false,
        };
        if goes_on {
            self.set(*row, public_id, epoch);
            return Ok(epoch.clone());
        }
        let fresh = fresh()?;
        tracing::warn!(
            organization = public_id,
            entry,
            "the database is not the one that was here before: a new epoch begins"
        );
        connection.execute(
            "UPDATE organizations SET epoch = ? WHERE id = ?",
            params![fresh, row],
        )?;
        self.set(*row, public_id, &fresh);
        self.write()?;
        Ok(fresh)
    }

    /// An epoch that is durable in the database; to be told to nobody before it is written here too.
    pub fn set(&self, row: i64, public_id: &str, epoch: &str) {
        let mut present = self.present.lock().unwrap_or_else(PoisonError::into_inner);
        present.insert(row, (public_id.to_owned(), epoch.to_owned()));
    }

    /// Writes the file, unless it says all of it already. It is durable then.
    pub fn write(&self) -> Result<()> {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        let present = self.present.lock().unwrap_or_else(PoisonError::into_inner);
        let known = present.iter().map(|(row, (public_id, epoch))| {
            let (epoch, entry) = (epoch.clone(), self.stored.of(*row));
            (public_id.clone(), Known { epoch, entry })
        });
        let all: All = known.collect();
        drop(present);
        if all != *written {
            replace(&self.folder, &serde_json::to_vec_pretty(&all)?)
                .with_context(|| format!("{FILE} cannot be written"))?;
            *written = all;
            tracing::debug!("{FILE} is written");
        }
        Ok(())
    }
}

/// Puts a whole new file in the place of the old one: whoever reads it meets one or the other.
fn replace(folder: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let new = folder.join(format!("{FILE}.new"));
    let mut file = File::create(&new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(new, folder.join(FILE))?;
    // Elsewhere a folder cannot be opened, and a rename is durable by itself.
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    Ok(())
}

/// Writes the file every second, and hears of epochs that somebody renewed.
pub struct Keeper {
    stop: SyncSender<()>,
    thread: JoinHandle<()>,
}

impl Keeper {
    /// Keeps until it is stopped.
    pub fn start(server: Arc<Server>, data: &Path) -> Result<Keeper> {
        let (stop, stopped) = sync_channel(1);
        let data = data.to_owned();
        let thread = thread::Builder::new()
            .name("epochs".to_owned())
            .spawn(move || keep(&server, &data, &stopped))
            .context("the thread that keeps epochs cannot be started")?;
        Ok(Keeper { stop, thread })
    }

    /// Lets what is under way finish.
    pub fn stop(self) {
        drop(self.stop);
        if self.thread.join().is_err() {
            tracing::error!("the thread that keeps epochs ended badly");
        }
    }
}

fn keep(server: &Server, data: &Path, stopped: &Receiver<()>) {
    // Something may have changed between the start and now.
    let mut seen = None;
    loop {
        let told = keys::told(data);
        let kept = match seen == Some(told) {
            true => server.keep_epochs(),
            false => server.adopt_epochs().and_then(|()| server.keep_epochs()),
        };
        match kept {
            Ok(()) => seen = Some(told),
            Err(error) => tracing::error!("epochs cannot be kept: {error:#}"),
        }
        match stopped.recv_timeout(EVERY) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(()) | Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// Begins new epochs: for an operator who put a whole folder back. A server that runs hears of it.
pub fn renew(renew: &Renew) -> Result<()> {
    let connection = database::open_existing(&renew.data)?;
    let all = keys::organizations(&connection, None)?;
    for organization in &all {
        connection.execute(
            "UPDATE organizations SET epoch = ? WHERE id = ?",
            params![fresh()?, organization.row],
        )?;
    }
    keys::tell(&renew.data)?;
    println!("new epochs: {}", all.len());
    Ok(())
}
