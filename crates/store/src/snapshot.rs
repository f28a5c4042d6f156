//! Snapshots: a session's state between two entries, to shorten the replay.
//!
//! A snapshot is never needed, the journal is whole without it; a damaged one is passed over.

use serde::{Deserialize, Serialize};

use crate::StoreError;
use crate::envelope::{self, Kind};

/// A request that was carried out: its id, and its reply where that is short.
pub type Remembered = (String, Option<serde_bytes::ByteBuf>);

/// The state after all entries before `seq`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The number of the first entry that is not in it.
    pub seq: u64,
    /// Entries of the journal up to here.
    pub entries: u64,
    /// Bytes of the journal up to here.
    pub journal_bytes: u64,
    /// The requests carried out last, oldest first.
    pub recent: Vec<Remembered>,
    /// The packed session.
    #[serde(with = "serde_bytes")]
    pub state: Vec<u8>,
}

impl Snapshot {
    /// As a sealed value.
    pub fn seal(&self) -> Result<Vec<u8>, StoreError> {
        let payload = postcard::to_allocvec(self)
            .map_err(|error| StoreError::Failed(format!("a snapshot cannot be packed: {error}")))?;
        Ok(envelope::seal(Kind::Snapshot, &payload))
    }

    /// From a sealed value stored under a number.
    pub fn open(seq: u64, sealed: &[u8]) -> Result<Snapshot, StoreError> {
        let what = || format!("the snapshot before entry {seq}");
        let payload = envelope::open(Kind::Snapshot, sealed)
            .map_err(|error| StoreError::sealed(what(), error))?;
        let snapshot: Snapshot =
            postcard::from_bytes(payload).map_err(|error| StoreError::Damaged {
                what: what(),
                why: error.to_string(),
            })?;
        if snapshot.seq != seq {
            let why = format!("it is the one before entry {}", snapshot.seq);
            return Err(StoreError::Damaged { what: what(), why });
        }
        Ok(snapshot)
    }
}
