//! The journal, snapshots, notes and meta over any [`Store`], sealed when written and checked when
//! read. Commits are read back before they count.

use crate::envelope::{self, Kind};
use crate::journal::{self, Entry, parse_part_key, part_key};
use crate::{Snapshot, Store, StoreError, Table, Write};

/// Records read at once.
const PAGE: u32 = 64;

/// The keys of the meta table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meta {
    /// What the session is created from, as JSON.
    Session,
    /// Damaged stretches of the journal that were left behind, as JSON: see [`Cut`].
    Cuts,
}

impl Meta {
    fn key(self) -> &'static str {
        match self {
            Meta::Session => "session",
            Meta::Cuts => "cuts",
        }
    }

    /// The write that sets it.
    pub fn write(self, json: &[u8]) -> Write {
        Write::Put(
            Table::Meta,
            self.key().to_owned(),
            envelope::seal(Kind::Meta, json),
        )
    }
}

/// A damaged stretch of the journal: entries from the first number up to the second are untouched
/// and passed over; the journal goes on at the second.
pub type Cut = (u64, u64);

/// How reading the journal ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JournalEnd {
    /// All of it was read.
    Whole {
        /// The number of the next entry.
        next: u64,
    },
    /// A value is damaged or missing; nothing from there on was read.
    Damaged {
        /// The number of the first entry that cannot be read.
        next: u64,
        /// A number above all that are stored.
        beyond: u64,
        /// What is wrong.
        error: StoreError,
    },
}

/// The records of Leadline in a store.
#[derive(Debug)]
pub struct Archive<S> {
    store: S,
}

impl<S: Store> Archive<S> {
    /// Over a store of the newest schema.
    pub fn new(store: S) -> Self {
        Archive { store }
    }

    /// The store underneath.
    pub fn store(&self) -> &S {
        &self.store
    }

    /// Commits, then reads every value back and compares it.
    pub async fn commit(&self, writes: &[Write]) -> Result<(), StoreError> {
        self.store.commit(writes).await?;
        for (i, write) in writes.iter().enumerate() {
            let (Write::Add(table, key, value) | Write::Put(table, key, value)) = write else {
                continue;
            };
            let later = &writes[i + 1..];
            if later.iter().any(|w| changes(w, *table, key)) {
                continue;
            }
            if self.store.get(*table, key).await?.as_ref() != Some(value) {
                return Err(StoreError::NotVerified {
                    key: format!("{} {key}", table.name()),
                });
            }
        }
        Ok(())
    }

    /// Appends a batch; see [`journal::batch_writes`].
    pub async fn append(&self, batch: &[Entry], replace: bool) -> Result<(), StoreError> {
        self.commit(&journal::batch_writes(batch, replace)?).await
    }

    /// Hands over every entry from a batch's first number on, in order, passing over the cuts. An
    /// entry that `visit` refuses ends the reading as a damaged one does.
    pub async fn read_journal(
        &self,
        from: u64,
        cuts: &[Cut],
        mut visit: impl FnMut(Entry) -> Result<(), StoreError>,
    ) -> Result<JournalEnd, StoreError> {
        let mut next = skip(from, cuts);
        let mut key = part_key(next, 0);
        let mut value: Option<(u64, Vec<u8>)> = None;
        loop {
            let page = self.store.range(Table::Journal, &key, PAGE).await?;
            let last = page.len() < PAGE as usize;
            if let Some((last_key, _)) = page.last() {
                // The least key after this one.
                key = format!("{last_key}\0");
            }
            for (key, bytes) in page {
                match (parse_part_key(&key), &mut value) {
                    (Some((seq, part)), Some((open, sealed))) if seq == *open && part > 0 => {
                        sealed.extend(bytes);
                    }
                    (Some((seq, _)), _) => {
                        if let Err(error) = finish(value.take(), &mut next, cuts, &mut visit) {
                            return self.damaged(next, error).await;
                        }
                        if seq > next {
                            let what = format!("journal entries {next} to {}", seq - 1);
                            let why = "they are missing".to_owned();
                            return self.damaged(next, StoreError::Damaged { what, why }).await;
                        }
                        value = (seq == next).then_some((seq, bytes));
                    }
                    (None, _) => {
                        let what = format!("the journal's record {key}");
                        let why = "its key is not of ours".to_owned();
                        return self.damaged(next, StoreError::Damaged { what, why }).await;
                    }
                }
            }
            if last {
                break;
            }
        }
        match finish(value.take(), &mut next, cuts, &mut visit) {
            Ok(()) => Ok(JournalEnd::Whole { next }),
            Err(error) => self.damaged(next, error).await,
        }
    }

    async fn damaged(&self, next: u64, error: StoreError) -> Result<JournalEnd, StoreError> {
        if let StoreError::TooNew { .. } = error {
            return Err(error);
        }
        let keys = self.store.keys(Table::Journal).await?;
        let highest = keys
            .iter()
            .filter_map(|key| parse_part_key(key))
            .map(|(seq, _)| seq)
            .max();
        // The last batch holds an unknown number of entries, all below this.
        let beyond = highest.unwrap_or(next).max(next).saturating_add(1 << 20);
        Ok(JournalEnd::Damaged {
            next,
            beyond,
            error,
        })
    }

    /// The numbers of all snapshots, newest first.
    pub async fn snapshots(&self) -> Result<Vec<u64>, StoreError> {
        let keys = self.store.keys(Table::Snapshots).await?;
        let mut found: Vec<u64> = keys
            .iter()
            .filter_map(|key| parse_part_key(key))
            .map(|(seq, _)| seq)
            .collect();
        found.dedup();
        found.reverse();
        Ok(found)
    }

    /// One snapshot; an error when it is damaged.
    pub async fn snapshot(&self, seq: u64) -> Result<Snapshot, StoreError> {
        let mut sealed = Vec::new();
        for part in 0.. {
            match self
                .store
                .get(Table::Snapshots, &part_key(seq, part))
                .await?
            {
                Some(bytes) => sealed.extend(bytes),
                None => break,
            }
        }
        Snapshot::open(seq, &sealed)
    }

    /// Stores a snapshot, and only when it has been read back lets go of all but the newest before.
    pub async fn put_snapshot(&self, snapshot: &Snapshot) -> Result<u64, StoreError> {
        let sealed = snapshot.seal()?;
        let bytes = sealed.len() as u64;
        let before = self.snapshots().await?;
        self.commit(&journal::parts(
            Table::Snapshots,
            snapshot.seq,
            sealed,
            true,
        ))
        .await?;
        let kept = before.iter().find(|&&seq| seq < snapshot.seq);
        let keys = self.store.keys(Table::Snapshots).await?;
        let old: Vec<Write> = keys
            .into_iter()
            .filter(|key| match parse_part_key(key) {
                Some((seq, _)) => seq != snapshot.seq && Some(&seq) != kept,
                None => false,
            })
            .map(|key| Write::Delete(Table::Snapshots, key))
            .collect();
        if !old.is_empty() {
            self.store.commit(&old).await?;
        }
        Ok(bytes)
    }

    /// A fact of the meta table, as JSON.
    pub async fn meta(&self, meta: Meta) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(sealed) = self.store.get(Table::Meta, meta.key()).await? else {
            return Ok(None);
        };
        let payload = envelope::open(Kind::Meta, &sealed)
            .map_err(|error| StoreError::sealed(format!("the record {}", meta.key()), error))?;
        Ok(Some(payload.to_vec()))
    }

    /// The text under a key.
    pub async fn note(&self, key: &str) -> Result<Option<String>, StoreError> {
        let Some(sealed) = self.store.get(Table::Notes, key).await? else {
            return Ok(None);
        };
        open_note(key, &sealed).map(Some)
    }

    /// Keeps a text under a key; `None` removes it.
    pub async fn put_note(&self, key: &str, text: Option<&str>) -> Result<(), StoreError> {
        self.commit(&[note_write(key, text)]).await
    }

    /// All notes.
    pub async fn notes(&self) -> Result<Vec<(String, String)>, StoreError> {
        self.notes_from("").await
    }

    /// The notes whose keys begin with this, by key.
    pub async fn notes_from(&self, prefix: &str) -> Result<Vec<(String, String)>, StoreError> {
        let mut found = Vec::new();
        let mut from = prefix.to_owned();
        loop {
            let page = self.store.range(Table::Notes, &from, PAGE).await?;
            let Some((last, _)) = page.last() else {
                return Ok(found);
            };
            from = format!("{last}\0");
            for (key, sealed) in page {
                if !key.starts_with(prefix) {
                    return Ok(found);
                }
                let text = open_note(&key, &sealed)?;
                found.push((key, text));
            }
        }
    }

    /// All records about remotes, by key.
    pub async fn remotes(&self) -> Result<Vec<crate::Record>, StoreError> {
        let sealed = self.raw(Table::Remotes).await?;
        let open = |(key, sealed): crate::Record| {
            let payload = envelope::open(Kind::Remote, &sealed)
                .map_err(|error| StoreError::sealed(format!("the record {key}"), error))?
                .to_vec();
            Ok((key, payload))
        };
        sealed.into_iter().map(open).collect()
    }

    /// Every stored value as it is, for the export of what cannot be read.
    pub async fn raw(&self, table: Table) -> Result<Vec<crate::Record>, StoreError> {
        let mut found = Vec::new();
        let mut from = String::new();
        loop {
            let page = self.store.range(table, &from, PAGE).await?;
            let Some((last, _)) = page.last() else {
                return Ok(found);
            };
            from = format!("{last}\0");
            found.extend(page);
        }
    }
}

/// The write that keeps a text under a key, or removes it.
pub fn note_write(key: &str, text: Option<&str>) -> Write {
    match text {
        Some(text) => Write::Put(
            Table::Notes,
            key.to_owned(),
            envelope::seal(Kind::Note, text.as_bytes()),
        ),
        None => Write::Delete(Table::Notes, key.to_owned()),
    }
}

/// The write that keeps a record about a remote, or removes it.
pub fn remote_write(key: &str, record: Option<&[u8]>) -> Write {
    match record {
        Some(record) => Write::Put(
            Table::Remotes,
            key.to_owned(),
            envelope::seal(Kind::Remote, record),
        ),
        None => Write::Delete(Table::Remotes, key.to_owned()),
    }
}

fn open_note(key: &str, sealed: &[u8]) -> Result<String, StoreError> {
    let what = || format!("the note {key}");
    let payload =
        envelope::open(Kind::Note, sealed).map_err(|error| StoreError::sealed(what(), error))?;
    String::from_utf8(payload.to_vec()).map_err(|error| StoreError::Damaged {
        what: what(),
        why: error.to_string(),
    })
}

fn changes(write: &Write, table: Table, key: &str) -> bool {
    match write {
        Write::Add(of, k, _) | Write::Put(of, k, _) | Write::Delete(of, k) => {
            *of == table && k == key
        }
        Write::Clear(of) => *of == table,
    }
}

/// Opens a batch whose parts are all there and hands its entries over.
fn finish(
    value: Option<(u64, Vec<u8>)>,
    next: &mut u64,
    cuts: &[Cut],
    visit: &mut impl FnMut(Entry) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let Some((seq, sealed)) = value else {
        return Ok(());
    };
    let batch = journal::open_batch(seq, &sealed)?;
    for entry in batch {
        if skip(*next, cuts) != *next {
            break;
        }
        visit(entry)?;
        *next += 1;
    }
    *next = skip(*next, cuts);
    Ok(())
}

/// A number, or the end of the cut it is the beginning of.
fn skip(seq: u64, cuts: &[Cut]) -> u64 {
    cuts.iter()
        .find(|(from, _)| *from == seq)
        .map_or(seq, |&(_, to)| to)
}
