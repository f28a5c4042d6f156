//! A home as bytes, and back.
//!
//! What is kept is the state, the replies under `Idempotency-Key`s, the numbers that cursors are
//! made from, and which life it is: a restored home lives the next one. Changes are not: an old cursor is answered with 410 after a restore, as after a restart
//! of the server.

use std::sync::{Arc, Mutex};

use leadline_api::{Desk, Reply, RequestKey, Stamp};
use leadline_store::envelope::{self, EnvelopeError, Kind};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use crate::home::{Keeper, Work, lock};
use crate::{Answers, Home};

/// Why bytes are no home.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RestoreError {
    /// The bytes are not what was written.
    #[error("The snapshot cannot be read: {0}.")]
    Envelope(#[from] EnvelopeError),
    /// They are whole, and of another version.
    #[error("The snapshot cannot be read: {0}.")]
    Contents(String),
}

#[derive(Serialize, Deserialize)]
struct Kept {
    calls: Answers,
    key: Option<String>,
    organizations: Vec<KeptOrganization>,
}

#[derive(Serialize, Deserialize)]
struct KeptOrganization {
    key: String,
    life: u64,
    next_row: u64,
    state: ByteBuf,
    /// Keys, fingerprints, and replies as JSON.
    remembered: Vec<(String, u128, ByteBuf)>,
}

impl Home {
    /// The home as bytes. O(state).
    pub fn snapshot(&self) -> Vec<u8> {
        let organizations = self.keeper.organizations.iter().map(|(key, organization)| {
            let work = lock(organization);
            let desk = &work.desk;
            let remembered = desk.recent().all().map(|(key, fingerprint, reply)| {
                // Replies are numbers and texts: there is nothing JSON cannot hold.
                let reply = serde_json::to_vec(reply).unwrap_or_default();
                (key.to_owned(), fingerprint, ByteBuf::from(reply))
            });
            KeptOrganization {
                key: key.clone(),
                life: work.life,
                next_row: desk.next_seq(),
                state: desk.snapshot().into(),
                remembered: remembered.collect(),
            }
        });
        let kept = Kept {
            calls: self.keeper.calls,
            key: self.key.clone(),
            organizations: organizations.collect(),
        };
        // Writing to memory cannot fail, and every type in it has a form.
        envelope::seal(
            Kind::Home,
            &postcard::to_allocvec(&kept).unwrap_or_default(),
        )
    }

    /// The home that [`Home::snapshot`] wrote, in the life after that one. O(state).
    pub fn restore(bytes: &[u8]) -> Result<Home, RestoreError> {
        let contents = |error: &dyn ToString| RestoreError::Contents(error.to_string());
        let payload = envelope::open(Kind::Home, bytes)?;
        let kept: Kept = postcard::from_bytes(payload).map_err(|error| contents(&error))?;
        let mut organizations = Vec::with_capacity(kept.organizations.len());
        for one in kept.organizations {
            let mut desk =
                Desk::restore(&one.state, one.next_row).map_err(|error| contents(&error))?;
            for (key, fingerprint, reply) in one.remembered {
                let reply: Reply =
                    serde_json::from_slice(&reply).map_err(|error| contents(&error))?;
                let request = RequestKey { key, fingerprint };
                desk.remember(Stamp { request, reply });
            }
            let life = one.life + 1;
            organizations.push((one.key, Arc::new(Mutex::new(Work { desk, life }))));
        }
        let calls = kept.calls;
        let keeper = Keeper {
            calls,
            organizations,
        };
        Ok(Home::with(keeper, kept.key))
    }
}
