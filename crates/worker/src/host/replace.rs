//! Everything at once: collecting it for a backup, and replacing it by one or by nothing.
//!
//! A backup is replayed whole before anything is replaced; the replacement itself is one commit.

use std::collections::BTreeMap;

use leadline_model::ordered::Ordered;
use leadline_protocol::{Notice, Problem, ProblemCode, Reply, SaveState};
use leadline_sim::{Session, SessionConfig, SessionInput};
use leadline_store::archive::note_write;
use leadline_store::backup::Backup;
use leadline_store::journal::{batch_writes, parts};
use leadline_store::{Archive, Entry, Meta, Record, Snapshot, Store, StoreError, Table, Write};

use super::load::Loaded;
use super::snapshots::Snapshots;
use super::{Host, Moment, Recent, Waiter, Who, Writer};
use crate::parts::Part;

/// Entries in one stored batch of an imported journal.
const BATCH: usize = 500;

/// What is to be in the place of everything.
#[derive(Debug, Clone)]
pub struct Replacement {
    session: Session,
    config: Vec<u8>,
    journal: Vec<Entry>,
    notes: BTreeMap<String, String>,
}

impl PartialEq for Replacement {
    fn eq(&self, other: &Self) -> bool {
        (&self.config, &self.journal, &self.notes) == (&other.config, &other.journal, &other.notes)
    }
}

fn bad(message: String) -> Problem {
    Problem {
        code: ProblemCode::BadFile,
        message,
        findings: Vec::new(),
    }
}

/// Reads a backup and replays it; nothing is changed by that.
pub fn read_backup(json: &str) -> Result<Replacement, Problem> {
    let backup =
        Backup::read(json).map_err(|error| bad(format!("{error}. Nothing was changed.")))?;
    let config: SessionConfig = serde_json::from_slice(backup.session.as_bytes())
        .map_err(|error| bad(format!("This backup's beginning cannot be read: {error}.")))?;
    let mut session = Session::new(config);
    for entry in &backup.journal {
        let refused = |why: String| {
            bad(format!(
                "Entry {} of this backup cannot be replayed: {why}. Nothing was changed.",
                entry.seq
            ))
        };
        let input: SessionInput =
            serde_json::from_slice(&entry.input).map_err(|error| refused(error.to_string()))?;
        session
            .apply(&input)
            .map_err(|error| refused(error.to_string()))?;
    }
    let (config, journal, notes) = (backup.session.into_bytes(), backup.journal, backup.notes);
    Ok(Replacement {
        session,
        config,
        journal,
        notes,
    })
}

impl Replacement {
    /// An organization in which nothing happened yet.
    pub fn empty(config: SessionConfig) -> Result<Replacement, Problem> {
        let json = serde_json::to_vec(&config).map_err(|error| Problem {
            code: ProblemCode::Internal,
            message: format!("A beginning cannot be kept: {error}"),
            findings: Vec::new(),
        })?;
        Ok(Replacement {
            session: Session::new(config),
            config: json,
            journal: Vec::new(),
            notes: BTreeMap::new(),
        })
    }

    /// The one commit that does it.
    pub fn writes(&self) -> Result<Vec<Write>, StoreError> {
        let mut writes: Vec<Write> = Table::ALL.map(Write::Clear).into();
        writes.push(Meta::Session.write(&self.config));
        for batch in self.journal.chunks(BATCH) {
            writes.extend(batch_writes(batch, false)?);
        }
        writes.extend(
            self.notes
                .iter()
                .map(|(key, text)| note_write(key, Some(text))),
        );
        Ok(writes)
    }
}

impl Host {
    /// A replacement was stored: it is what there is now. Those who waited for a change that is gone
    /// are told so.
    pub fn replaced(&mut self, who: Who, by: Replacement, state: SaveState, at: Moment) {
        let gone = Problem {
            code: ProblemCode::Conflict,
            message: "Everything was replaced in the meantime; this change is gone.".to_owned(),
            findings: Vec::new(),
        };
        for waiter in self.writer.abandon() {
            match waiter {
                Waiter::Page(who, ..) | Waiter::Edit(who, ..) => {
                    self.reply(who, Err(gone.clone()));
                }
                Waiter::Exchange(..) => {}
            }
        }
        for who in self.parts.abandon() {
            self.reply(who, Err(gone.clone()));
        }
        let mut recent = Recent::default();
        for entry in &by.journal {
            if let Some(request) = &entry.request {
                recent.put(request.clone(), None);
            }
        }
        let entries = by.journal.len() as u64;
        let bytes = by.journal.iter().map(Entry::weight).sum::<usize>() as u64;
        let writer: Writer<Waiter> = Writer::new(entries, entries, bytes, state);
        let (out, jobs, parts) = (
            std::mem::take(&mut self.out),
            std::mem::take(&mut self.jobs),
            std::mem::take(&mut self.parts),
        );
        *self = Host::new(Loaded {
            session: by.session,
            recent,
            writer,
            config: by.config,
            first_writes: Vec::new(),
            snapshots: Snapshots::replayed(entries, 0.0, 0),
            part: None,
            remotes: self.remotes.emptied(),
            upgraded_from: None,
        });
        (self.out, self.jobs, self.parts) = (out, jobs, parts);
        self.frames.forget();
        self.tell(Notice::Replaced);
        self.tell(Notice::Save(self.told_save.clone()));
        self.pulse(at, true);
        self.reply(who, Ok(Reply::Done));
    }

    /// The backup of what was collected, with what is not stored yet in its place.
    pub fn backup(&self, mut collected: Collected, at: Moment) -> Result<String, Problem> {
        for entry in self.writer.unsaved() {
            match collected
                .journal
                .iter()
                .rposition(|stored| stored.seq == entry.seq)
            {
                Some(place) => collected.journal[place] = entry.clone(),
                None => collected.journal.push(entry.clone()),
            }
        }
        for (key, text) in self.writer.unsaved_notes() {
            match text {
                Some(text) => collected.notes.insert(key, text),
                None => collected.notes.remove(&key),
            };
        }
        for (place, entry) in collected.journal.iter_mut().enumerate() {
            entry.seq = place as u64;
            entry.reply = None;
        }
        let session =
            String::from_utf8(self.config.clone()).map_err(|error| bad(error.to_string()))?;
        let backup = Backup {
            session,
            journal: collected.journal,
            notes: collected.notes,
        };
        backup
            .write(env!("CARGO_PKG_VERSION"), at.wall, &collected.damaged)
            .map_err(|error| Problem {
                code: ProblemCode::Internal,
                message: format!("The backup cannot be written: {error}"),
                findings: Vec::new(),
            })
    }

    /// Answers a request whose job failed.
    pub fn job_failed(&mut self, who: Who, error: &StoreError) {
        let message = super::in_words(error);
        let code = ProblemCode::NotSaved;
        self.reply(
            who,
            Err(Problem {
                code,
                message,
                findings: Vec::new(),
            }),
        );
    }

    /// The writes that make an empty store a beginning again, after all that was stored is gone: the
    /// present state as a snapshot, and the journal from here on.
    pub fn beginning_again(&mut self) -> Result<Vec<Write>, StoreError> {
        let Some(part) = self.parts.snapshots else {
            // Nothing is lost: what could not be written is tried again, by then with it.
            self.fetch(Part::Snapshots);
            return Err(StoreError::Failed(Part::Snapshots.missing().message));
        };
        self.writer.seal_tail();
        let seq = self.writer.next_seq();
        let snapshot = Snapshot {
            seq,
            entries: 0,
            journal_bytes: 0,
            recent: Vec::new(),
            state: (part.write)(&self.session),
        };
        let cuts = serde_json::to_vec(&[(0, seq)])
            .map_err(|error| StoreError::Failed(error.to_string()))?;
        let mut writes = vec![Meta::Session.write(&self.config), Meta::Cuts.write(&cuts)];
        writes.extend(parts(Table::Snapshots, seq, snapshot.seal()?, true));
        writes.extend(self.remotes.all_writes());
        Ok(writes)
    }
}

/// Everything stored, for a backup.
#[derive(Debug, Default)]
pub struct Collected {
    journal: Vec<Entry>,
    notes: BTreeMap<String, String>,
    damaged: Vec<(Table, Record)>,
}

impl Collected {
    /// Takes along what could not be read elsewhere.
    pub fn add_damaged(&mut self, other: Collected) {
        self.damaged.extend(other.damaged);
    }
}

/// Reads everything that is stored. What cannot be read is collected as it is.
pub async fn collect<S: Store>(archive: &Archive<S>) -> Result<Collected, StoreError> {
    let mut all = Collected::default();
    let cuts: Vec<(u64, u64)> = match archive.meta(Meta::Cuts).await {
        Ok(Some(json)) => serde_json::from_slice(&json).unwrap_or_default(),
        Ok(None) | Err(StoreError::Damaged { .. }) => Vec::new(),
        Err(error) => return Err(error),
    };
    let journal = &mut all.journal;
    let end = archive
        .read_journal(0, &cuts, |entry| {
            journal.push(entry);
            Ok(())
        })
        .await?;
    let unread = match end {
        leadline_store::JournalEnd::Damaged { next, .. } => Some(next),
        leadline_store::JournalEnd::Whole { .. } => None,
    };
    if !cuts.is_empty() || unread.is_some() {
        let lost = |seq: u64| {
            cuts.iter().any(|(from, to)| (*from..*to).contains(&seq))
                || unread.is_some_and(|n| seq >= n)
        };
        for (key, bytes) in archive.raw(Table::Journal).await? {
            if leadline_store::journal::parse_part_key(&key).is_none_or(|(seq, _)| lost(seq)) {
                all.damaged.push((Table::Journal, (key, bytes)));
            }
        }
    }
    match archive.notes().await {
        Ok(notes) => all.notes = notes.into_iter().into_map(),
        Err(StoreError::Damaged { .. }) => {
            let raw = archive.raw(Table::Notes).await?;
            all.damaged
                .extend(raw.into_iter().map(|record| (Table::Notes, record)));
        }
        Err(error) => return Err(error),
    }
    Ok(all)
}

/// Everything as it is stored, where a start could not read it at all.
pub async fn collect_raw<S: Store>(archive: &Archive<S>) -> Result<Collected, StoreError> {
    let mut all = Collected::default();
    // Remotes hold keys: those go into no file.
    for table in Table::ALL
        .into_iter()
        .filter(|table| *table != Table::Remotes)
    {
        let raw = archive.raw(table).await?;
        all.damaged
            .extend(raw.into_iter().map(|record| (table, record)));
    }
    Ok(all)
}
