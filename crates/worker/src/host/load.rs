//! Loading: the newest snapshot that is whole, then the journal from there.
//!
//! A start writes nothing. Where a part of the journal is damaged, everything before it is loaded,
//! it is said, and the first change from then on is written behind the damaged part, which stays as
//! it is. Where the beginning itself cannot be read, nothing is loaded and nothing may be written.

use std::sync::Arc;

use leadline_model::Time;
use leadline_protocol::SaveState;
use leadline_sim::{Session, SessionConfig, SessionInput};
use leadline_store::archive::Cut;
use leadline_store::{Archive, Entry, JournalEnd, Meta, Snapshot, Store, StoreError, Table, Write};

use super::snapshots::Snapshots;
use super::syncing::{Remotes, StoredRemotes};
use super::{Recent, Waiter, Writer};
use crate::parts::{Fetch, Part, SnapshotsPart, Unfetched};

/// What a host goes on from.
#[derive(Debug)]
pub struct Loaded {
    pub(super) session: Session,
    pub(super) recent: Recent,
    pub(super) writer: Writer<Waiter>,
    pub(super) config: Vec<u8>,
    pub(super) first_writes: Vec<Write>,
    pub(super) snapshots: Snapshots,
    /// What read the snapshot, where there was one.
    pub(super) part: Option<SnapshotsPart>,
    pub(super) remotes: Remotes,
    pub(super) upgraded_from: Option<u32>,
}

/// What a start is given from outside.
#[derive(Debug, Clone)]
pub struct Start {
    /// What fetches what reads snapshots.
    pub snapshots: Fetch<SnapshotsPart>,
    /// What a session is created from when there is none yet.
    pub config: SessionConfig,
    /// What is told of saving when all is well.
    pub state: SaveState,
    /// What the database was upgraded from, when it was just now.
    pub upgraded_from: Option<u32>,
}

/// What a new organization in this browser starts with.
pub fn fresh_config(key: u64, wall_ms: i64) -> SessionConfig {
    // Whole minutes look better on a clock.
    let now = Time(wall_ms.clamp(Time::MIN.0, Time::MAX.0) / 60_000 * 60_000);
    SessionConfig {
        organization_id: Arc::from("org_local"),
        now,
        key,
        tick_ms: None,
    }
}

/// Loads what is stored, or begins anew when nothing is. `clock` is a steady clock.
pub async fn load<S: Store>(
    archive: &Archive<S>,
    start: Start,
    clock: impl Fn() -> f64,
) -> Result<Loaded, StoreError> {
    let began = clock();
    let (config, config_json, mut first_writes) = stored_config(archive, &start).await?;
    let mut cuts: Vec<Cut> = match archive.meta(Meta::Cuts).await? {
        Some(json) => {
            serde_json::from_slice(&json).map_err(|error| damaged("the list of cuts", error))?
        }
        None => Vec::new(),
    };
    let (mut session, mut recent) = (Session::new(config), Recent::default());
    let (mut from, mut entries, mut bytes, mut snapshot_bytes) = (0, 0, 0, 0);
    let (part, newest) = newest_snapshot(archive, start.snapshots, &cuts).await?;
    if let Some((snapshot, restored)) = newest {
        (from, entries, bytes) = (snapshot.seq, snapshot.entries, snapshot.journal_bytes);
        snapshot_bytes = snapshot.state.len() as u64;
        for (id, reply) in snapshot.recent {
            recent.put(id, reply.map(serde_bytes::ByteBuf::into_vec));
        }
        session = restored;
    }
    let mut replayed = 0;
    let visit = |entry: Entry| {
        replayed += 1;
        bytes += entry.weight() as u64;
        replay(&mut session, &mut recent, entry)
    };
    let end = archive.read_journal(from, &cuts, visit).await?;
    let (next, state) = match end {
        JournalEnd::Whole { next } => (next, start.state),
        JournalEnd::Damaged {
            next,
            beyond,
            error,
        } => {
            cuts.push((next, beyond));
            let json =
                serde_json::to_vec(&cuts).map_err(|error| damaged("the list of cuts", error))?;
            first_writes.push(Meta::Cuts.write(&json));
            let reason = format!(
                "A part of what was stored cannot be read: {error}. Everything up to {} of the \
                 simulated time is here; the rest is kept as it is and goes into a backup's \
                 `damaged` part. The next change is stored behind it.",
                session.now()
            );
            (beyond, SaveState::NotSaved { reason })
        }
    };
    entries += replayed;
    let remotes = Remotes::stored(stored_remotes(archive).await?);
    let took = clock() - began;
    Ok(Loaded {
        session,
        recent,
        writer: Writer::new(next, entries, bytes, state),
        config: config_json,
        first_writes,
        snapshots: Snapshots::replayed(replayed, took, snapshot_bytes),
        part,
        remotes,
        upgraded_from: start.upgraded_from.filter(|&from| from > 0),
    })
}

/// The records of remotes. What keeps them from being read does not keep the session from it.
async fn stored_remotes<S: Store>(archive: &Archive<S>) -> Result<StoredRemotes, StoreError> {
    let keys = archive.store().keys(Table::Remotes).await?;
    if keys.is_empty() {
        return Ok(StoredRemotes::default());
    }
    let (records, damage) = match archive.remotes().await {
        Ok(records) => (records, None),
        Err(error) => (Vec::new(), Some(error.to_string())),
    };
    Ok(StoredRemotes {
        keys,
        records,
        damage,
    })
}

async fn stored_config<S: Store>(
    archive: &Archive<S>,
    start: &Start,
) -> Result<(SessionConfig, Vec<u8>, Vec<Write>), StoreError> {
    if let Some(json) = archive.meta(Meta::Session).await? {
        let config = serde_json::from_slice(&json)
            .map_err(|error| damaged("the session's beginning", error))?;
        return Ok((config, json, Vec::new()));
    }
    // Nothing non-empty is ever taken for nothing.
    for table in [Table::Journal, Table::Snapshots] {
        if !archive.store().keys(table).await?.is_empty() {
            let what = "the session's beginning".to_owned();
            return Err(StoreError::Damaged {
                what,
                why: "it is missing".to_owned(),
            });
        }
    }
    let json = serde_json::to_vec(&start.config)
        .map_err(|error| StoreError::Failed(format!("a session's beginning: {error}")))?;
    let first = vec![Meta::Session.write(&json)];
    Ok((start.config.clone(), json, first))
}

/// The newest snapshot that is whole and known, with what read it; others are passed over, the journal has
/// it all.
async fn newest_snapshot<S: Store>(
    archive: &Archive<S>,
    fetch: Fetch<SnapshotsPart>,
    cuts: &[Cut],
) -> Result<(Option<SnapshotsPart>, Option<(Snapshot, Session)>), StoreError> {
    let stored = archive.snapshots().await?;
    if stored.is_empty() {
        return Ok((None, None));
    }
    let part = match fetch().await {
        Ok(part) => part,
        // Here the journal may begin with a snapshot, see `Host::beginning_again`.
        Err(Unfetched) if cuts.iter().any(|(from, _)| *from == 0) => {
            return Err(StoreError::Failed(Part::Snapshots.missing().message));
        }
        Err(Unfetched) => return Ok((None, None)),
    };
    for seq in stored {
        match archive.snapshot(seq).await {
            Ok(snapshot) => {
                if let Some(session) = (part.read)(&snapshot.state) {
                    return Ok((Some(part), Some((snapshot, session))));
                }
            }
            Err(StoreError::Damaged { .. } | StoreError::TooNew { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok((Some(part), None))
}

fn replay(session: &mut Session, recent: &mut Recent, entry: Entry) -> Result<(), StoreError> {
    let what = || format!("journal entry {}", entry.seq);
    let refused = |why: String| StoreError::Damaged { what: what(), why };
    let input: SessionInput =
        serde_json::from_slice(&entry.input).map_err(|error| refused(error.to_string()))?;
    session
        .apply(&input)
        .map_err(|error| refused(error.to_string()))?;
    if let Some(request) = entry.request {
        recent.put(request, entry.reply);
    }
    Ok(())
}

fn damaged(what: &str, error: impl std::fmt::Display) -> StoreError {
    StoreError::Damaged {
        what: what.to_owned(),
        why: error.to_string(),
    }
}
