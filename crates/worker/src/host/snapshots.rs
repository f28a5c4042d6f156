//! When to take a snapshot: when replaying what came since the last one would take noticeably long.
//!
//! A snapshot's own cost counts too: one that took long to take is taken less often, and while the
//! clock runs fast not more often than every ten seconds.

use leadline_sim::Session;
use leadline_store::Snapshot;
use leadline_store::snapshot::Remembered;

use super::{Moment, Recent, Waiter, Writer};
use crate::parts::SnapshotsPart;

/// Work since the last snapshot that asks for another: entries, journal bytes, milliseconds.
const ENTRIES: u64 = 500;
const BYTES: usize = 8 << 20;
const WORK_MS: f64 = 200.0;
/// Real milliseconds between two snapshots.
const PAUSE_MS: f64 = 10_000.0;
/// How much more replay than snapshot time is worth it.
const WORTH: f64 = 5.0;

/// What came since the last snapshot.
#[derive(Debug, Default)]
pub struct Snapshots {
    entries: u64,
    bytes_since: usize,
    work_ms: f64,
    last_at: f64,
    last_took: f64,
    pending: Option<Snapshot>,
    stored_bytes: u64,
    under_way: bool,
}

impl Snapshots {
    /// After loading, which replayed so many entries in so many milliseconds.
    pub(super) fn replayed(entries: u64, work_ms: f64, stored_bytes: u64) -> Snapshots {
        Snapshots {
            entries,
            work_ms,
            stored_bytes,
            last_at: f64::NEG_INFINITY,
            ..Snapshots::default()
        }
    }

    /// The journal grew by an entry.
    pub(super) fn grew(&mut self, bytes: usize) {
        self.entries += 1;
        self.bytes_since += bytes;
    }

    /// A slice of the clock took so long.
    pub(super) fn took(&mut self, ms: f64) {
        self.work_ms += ms;
    }

    pub(super) fn bytes(&self) -> u64 {
        self.stored_bytes
    }

    /// Whether a snapshot should be taken now.
    pub(super) fn is_due(&self, real: f64) -> bool {
        if self.under_way || self.pending.is_some() {
            return false;
        }
        let much = self.entries >= ENTRIES
            || self.bytes_since >= BYTES
            || self.work_ms >= WORK_MS.max(self.last_took * WORTH);
        much && real - self.last_at >= PAUSE_MS.max(self.last_took * WORTH)
    }

    /// None can be taken now; the journal has everything.
    pub(super) fn put_off(&mut self, at: Moment) {
        self.last_at = at.real;
    }

    /// Takes a snapshot when one is due and what writes it is here, and hands it out once all entries
    /// before it are stored.
    pub(super) fn take(
        &mut self,
        part: Option<SnapshotsPart>,
        session: &Session,
        writer: &mut Writer<Waiter>,
        recent: &Recent,
        at: Moment,
    ) -> Option<Snapshot> {
        if self.under_way {
            return None;
        }
        if let Some(part) = part
            && self.is_due(at.real)
        {
            let (entries, journal_bytes) = writer.size();
            writer.seal_tail();
            let remembered = |(id, reply): (&str, Option<&[u8]>)| -> Remembered {
                (
                    id.to_owned(),
                    reply.map(|reply| serde_bytes::ByteBuf::from(reply.to_vec())),
                )
            };
            self.pending = Some(Snapshot {
                seq: writer.next_seq(),
                entries,
                journal_bytes,
                recent: recent.iter().map(remembered).collect(),
                state: (part.write)(session),
            });
            let stored_bytes = self.stored_bytes;
            *self = Snapshots {
                last_at: at.real,
                last_took: self.last_took,
                pending: self.pending.take(),
                stored_bytes,
                ..Snapshots::default()
            };
        }
        let stored = writer.stored_up_to();
        let ready = self.pending.take_if(|snapshot| stored >= snapshot.seq)?;
        self.under_way = true;
        Some(ready)
    }

    /// The snapshot that was handed out is stored, or it is not: the journal has everything.
    pub(super) fn stored(&mut self, bytes: Option<u64>) {
        self.under_way = false;
        if let Some(bytes) = bytes {
            self.stored_bytes = bytes;
        }
    }

    /// Taking or storing one took so long.
    pub fn cost(&mut self, ms: f64) {
        self.last_took = ms;
    }
}
