//! Group commit: what waits to be stored, what is being stored, and who waits for it.
//!
//! Only one commit is under way at a time; everything that arrives meanwhile shares the next one.
//! When a commit fails, its contents stay in memory and go first into the next attempt, so what is
//! stored is always a gapless beginning of what happened. No reply that depends on a commit is given
//! before it succeeded; when it failed, the reply says so.

use std::collections::BTreeMap;

use leadline_protocol::SaveState;
use leadline_store::archive::note_write;
use leadline_store::journal::batch_writes;
use leadline_store::{Entry, StoreError, Write};

use crate::handlers::sentence;

/// The first pause before a failed commit is tried again, in milliseconds; doubled up to 30 s.
const FIRST_RETRY_MS: f64 = 1_000.0;
const LONGEST_RETRY_MS: f64 = 30_000.0;

/// A commit to perform.
#[derive(Debug, Clone, PartialEq)]
pub struct Commit {
    /// What to write, all or nothing.
    pub writes: Vec<Write>,
}

/// What waits to be stored; `W` is who waits for it.
#[derive(Debug)]
pub struct Writer<W> {
    next_seq: u64,
    pending: Vec<Entry>,
    /// The first pending entry replaces the stored one with its number.
    replaces: bool,
    /// Part of the pending entries may have been stored by a commit that seemed to fail.
    uncertain: bool,
    notes: BTreeMap<String, Option<String>>,
    extra: Vec<Write>,
    /// How many of the pending entries form a batch of their own: a snapshot begins after them.
    barrier: usize,
    waiting: Vec<W>,
    flight: Option<Flight<W>>,
    /// The last stored batch, if it is nothing but one advance of the clock.
    tail_advance: Option<u64>,
    /// Entries below this number are in a snapshot and stay as they are.
    sealed: u64,
    /// Whether somebody besides the clock is waiting or has waited for the pending contents.
    asked: bool,
    failures: u32,
    retry_at: f64,
    state: SaveState,
    memory_only: Option<String>,
    stored_entries: u64,
    stored_bytes: u64,
}

#[derive(Debug)]
struct Flight<W> {
    batch: Vec<Entry>,
    replaces: bool,
    barrier: usize,
    notes: BTreeMap<String, Option<String>>,
    extra: Vec<Write>,
    waiting: Vec<W>,
    bytes: u64,
}

/// How a commit ended for those who waited.
#[derive(Debug, PartialEq)]
pub struct Landed<W> {
    /// Who waited.
    pub waiting: Vec<W>,
    /// Why it failed, if it did, in words for people.
    pub failed: Option<String>,
}

impl<W> Writer<W> {
    /// Goes on where the stored journal ends.
    pub fn new(next_seq: u64, entries: u64, bytes: u64, state: SaveState) -> Self {
        Writer {
            next_seq,
            pending: Vec::new(),
            replaces: false,
            uncertain: false,
            notes: BTreeMap::new(),
            extra: Vec::new(),
            barrier: 0,
            waiting: Vec::new(),
            flight: None,
            tail_advance: None,
            sealed: next_seq,
            asked: false,
            failures: 0,
            retry_at: 0.0,
            memory_only: match &state {
                SaveState::MemoryOnly { reason } => Some(reason.clone()),
                _ => None,
            },
            state,
            stored_entries: entries,
            stored_bytes: bytes,
        }
    }

    /// How saving stands.
    pub fn state(&self) -> &SaveState {
        &self.state
    }

    /// The number of the next entry.
    pub fn next_seq(&self) -> u64 {
        self.next_seq
    }

    /// Entries and bytes of the journal, with those still to be stored.
    pub fn size(&self) -> (u64, u64) {
        let waiting: usize = self.unsaved().map(Entry::weight).sum();
        let entries = self.stored_entries + self.unsaved().count() as u64;
        (
            entries - u64::from(self.replaces),
            self.stored_bytes + waiting as u64,
        )
    }

    /// Entries that are not stored yet, in order.
    pub fn unsaved(&self) -> impl Iterator<Item = &Entry> {
        self.flight
            .iter()
            .flat_map(|flight| &flight.batch)
            .chain(&self.pending)
    }

    /// Whether all is stored.
    pub fn is_idle(&self) -> bool {
        self.flight.is_none() && !self.has_work()
    }

    fn has_work(&self) -> bool {
        !(self.pending.is_empty() && self.notes.is_empty() && self.extra.is_empty())
    }

    /// Appends an input; `waiter` hears when it is stored.
    pub fn push(
        &mut self,
        at: i64,
        request: Option<String>,
        input: Vec<u8>,
        reply: Option<Vec<u8>>,
    ) {
        let seq = self.next_seq;
        self.next_seq += 1;
        self.pending.push(Entry {
            seq,
            at,
            request,
            input,
            reply,
        });
        self.asked = true;
        self.hurry();
    }

    /// Appends an advance of the clock, or lets the last one go further: two advances in a row are
    /// one, so a clock that only runs does not make the journal grow.
    pub fn push_advance(&mut self, at: i64, input: Vec<u8>, is_advance: impl Fn(&[u8]) -> bool) {
        if self.pending.len() > self.barrier {
            if let Some(last) = self.pending.last_mut()
                && is_advance(&last.input)
            {
                (last.at, last.input) = (at, input);
                return;
            }
        } else if self.pending.is_empty()
            && self.flight.is_none()
            && let Some(seq) = self.tail_advance
        {
            self.replaces = true;
            self.pending.push(Entry {
                seq,
                at,
                request: None,
                input,
                reply: None,
            });
            return;
        }
        let seq = self.next_seq;
        self.next_seq += 1;
        self.pending.push(Entry {
            seq,
            at,
            request: None,
            input,
            reply: None,
        });
    }

    /// A snapshot is taken here: what is before stays as it is, and a batch begins.
    pub fn seal_tail(&mut self) {
        self.tail_advance = None;
        self.sealed = self.next_seq;
        self.barrier = self.pending.len();
    }

    /// All entries below this number are stored.
    pub fn stored_up_to(&self) -> u64 {
        self.unsaved()
            .next()
            .map_or(self.next_seq, |entry| entry.seq)
    }

    /// Keeps a note, or removes it.
    pub fn put_note(&mut self, key: String, text: Option<String>) {
        self.notes.insert(key, text);
        self.asked = true;
    }

    /// A note that is not stored yet: `Some(None)` is one to be removed.
    pub fn unsaved_note(&self, key: &str) -> Option<Option<&str>> {
        let flying = self
            .flight
            .as_ref()
            .and_then(|flight| flight.notes.get(key));
        self.notes.get(key).or(flying).map(Option::as_deref)
    }

    /// Notes that are not stored yet.
    pub fn unsaved_notes(&self) -> BTreeMap<String, Option<String>> {
        let mut all = self
            .flight
            .as_ref()
            .map(|flight| flight.notes.clone())
            .unwrap_or_default();
        all.extend(self.notes.clone());
        all
    }

    /// Writes something besides.
    pub fn also(&mut self, write: Write) {
        self.extra.push(write);
    }

    /// Somebody waits until all that is there by now is stored; handed back when it is already.
    pub fn wait(&mut self, waiter: W) -> Option<W> {
        if self.has_work() {
            self.waiting.push(waiter);
            self.asked = true;
        } else if let Some(flight) = &mut self.flight {
            flight.waiting.push(waiter);
        } else {
            return Some(waiter);
        }
        None
    }

    /// Everybody who waits: what they wait for is gone, everything is being replaced.
    pub fn abandon(&mut self) -> Vec<W> {
        let mut all = std::mem::take(&mut self.waiting);
        if let Some(flight) = self.flight.take() {
            all.extend(flight.waiting);
        }
        all
    }

    /// The next commit, if there is something to write and no commit under way.
    pub fn take(&mut self, real: f64) -> Result<Option<Commit>, StoreError> {
        if self.flight.is_some() || !self.has_work() || real < self.retry_at {
            return Ok(None);
        }
        let mut writes = std::mem::take(&mut self.extra);
        let extra = writes.clone();
        let (before, after) = self.pending.split_at(self.barrier.min(self.pending.len()));
        let replaces_after = self.replaces && before.is_empty();
        writes.extend(batch_writes(before, self.replaces || self.uncertain)?);
        writes.extend(batch_writes(after, replaces_after || self.uncertain)?);
        writes.extend(
            self.notes
                .iter()
                .map(|(key, text)| note_write(key, text.as_deref())),
        );
        let bytes = self.pending.iter().map(Entry::weight).sum::<usize>() as u64;
        self.flight = Some(Flight {
            batch: std::mem::take(&mut self.pending),
            replaces: std::mem::take(&mut self.replaces),
            barrier: std::mem::take(&mut self.barrier),
            notes: std::mem::take(&mut self.notes),
            extra,
            waiting: std::mem::take(&mut self.waiting),
            bytes,
        });
        if std::mem::take(&mut self.asked) && matches!(self.state, SaveState::Saved { .. }) {
            self.state = SaveState::Saving;
        }
        Ok(Some(Commit { writes }))
    }

    /// Real milliseconds until a failed commit is to be tried again.
    pub fn retry_in(&self, real: f64) -> Option<f64> {
        (self.flight.is_none() && self.has_work()).then_some((self.retry_at - real).max(0.0))
    }

    /// Try again now, whatever failed before: the page is about to hide, or storage came back.
    pub fn hurry(&mut self) {
        self.retry_at = 0.0;
    }

    /// A commit ended.
    pub fn landed(&mut self, result: Result<(), StoreError>, real: f64, wall_ms: i64) -> Landed<W> {
        let Some(flight) = self.flight.take() else {
            return Landed {
                waiting: Vec::new(),
                failed: None,
            };
        };
        match result {
            Ok(()) => {
                self.failures = 0;
                self.uncertain = false;
                self.retry_at = 0.0;
                self.remember_tail(&flight);
                self.state = match &self.memory_only {
                    Some(reason) => SaveState::MemoryOnly {
                        reason: reason.clone(),
                    },
                    None if self.has_work() && self.asked => SaveState::Saving,
                    None => SaveState::Saved { at_ms: wall_ms },
                };
                Landed {
                    waiting: flight.waiting,
                    failed: None,
                }
            }
            Err(error) => {
                let reason = in_words(&error);
                let waiting = self.take_back(flight);
                // Where the connection broke, the commit may have happened all the same; the next
                // attempt, which holds all of it and more, may write over it.
                self.uncertain |= !matches!(error, StoreError::Full | StoreError::Exists { .. });
                let pause = FIRST_RETRY_MS * f64::from(1u32 << self.failures.min(5));
                self.failures += 1;
                self.retry_at = real + pause.min(LONGEST_RETRY_MS);
                self.state = match error {
                    StoreError::Full => SaveState::Full {
                        reason: reason.clone(),
                    },
                    _ => SaveState::NotSaved {
                        reason: reason.clone(),
                    },
                };
                Landed {
                    waiting,
                    failed: Some(reason),
                }
            }
        }
    }

    fn remember_tail(&mut self, flight: &Flight<W>) {
        if flight.batch.is_empty() {
            return;
        }
        if !flight.replaces {
            self.stored_bytes += flight.bytes;
            self.stored_entries += flight.batch.len() as u64;
        } else {
            self.stored_entries += flight.batch.len() as u64 - 1;
        }
        self.tail_advance = match &flight.batch[flight.barrier.min(flight.batch.len())..] {
            [one] if one.request.is_none() && one.seq >= self.sealed => Some(one.seq),
            _ => None,
        };
    }

    /// A failed commit's contents go in front of what arrived meanwhile.
    fn take_back(&mut self, flight: Flight<W>) -> Vec<W> {
        let flown = flight.batch.len();
        let later = std::mem::replace(&mut self.pending, flight.batch);
        self.pending.extend(later);
        self.replaces = flight.replaces;
        self.barrier = match self.barrier {
            0 => flight.barrier,
            // The later snapshot counts; one batch before it is as good as two.
            place => place + flown,
        };
        let later = std::mem::replace(&mut self.notes, flight.notes);
        self.notes.extend(later);
        let later = std::mem::replace(&mut self.extra, flight.extra);
        self.extra.extend(later);
        flight.waiting
    }
}

/// A failure in words that say what to do.
pub fn in_words(error: &StoreError) -> String {
    match error {
        StoreError::Full => "This browser's storage is full. Your work is kept in memory of this \
            tab: export a backup, then free some space; saving is tried again by itself."
            .to_owned(),
        StoreError::Closed => {
            "The connection to the browser's storage was lost. Your work is kept \
            in memory of this tab while it is opened again."
                .to_owned()
        }
        StoreError::Exists { .. } => {
            "Another tab writes to the same storage. Export a backup here \
            and reload: what is stored is left as it is."
                .to_owned()
        }
        other => format!(
            "{} Your work is kept in memory of this tab and saving is tried again; export a backup \
             to be safe.",
            sentence(&other.to_string())
        ),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    type Test = Writer<&'static str>;

    fn writer() -> Test {
        Writer::new(0, 0, 0, SaveState::Saved { at_ms: 0 })
    }

    fn is_advance(input: &[u8]) -> bool {
        input.starts_with(b"advance")
    }

    fn keys(commit: &Commit) -> Vec<String> {
        let key = |write: &Write| match write {
            Write::Add(_, key, _) => format!("add {key}"),
            Write::Put(_, key, _) => format!("put {key}"),
            other => format!("{other:?}"),
        };
        commit.writes.iter().map(key).collect()
    }

    #[test]
    fn what_arrives_while_a_commit_is_under_way_shares_the_next_one() {
        let mut writer = writer();
        writer.push(1, None, b"a".to_vec(), None);
        assert!(writer.wait("a").is_none());
        let first = writer.take(0.0).unwrap().unwrap();
        assert_eq!(keys(&first), ["add 0000000000000000.0000"]);
        assert_eq!(*writer.state(), SaveState::Saving);
        for (input, name) in [(&b"b"[..], "b"), (b"c", "c")] {
            writer.push(1, None, input.to_vec(), None);
            assert!(writer.wait(name).is_none());
        }
        assert_eq!(writer.take(0.0).unwrap(), None, "one at a time");
        assert_eq!(
            writer.landed(Ok(()), 1.0, 5),
            Landed {
                waiting: vec!["a"],
                failed: None
            }
        );
        assert_eq!(*writer.state(), SaveState::Saving, "more is waiting");
        let second = writer.take(1.0).unwrap().unwrap();
        assert_eq!(keys(&second), ["add 0000000000000001.0000"]);
        assert_eq!(writer.landed(Ok(()), 2.0, 6).waiting, ["b", "c"]);
        assert_eq!(*writer.state(), SaveState::Saved { at_ms: 6 });
        assert!(writer.is_idle());
        assert_eq!(writer.size().0, 3);
    }

    #[test]
    fn a_failed_commit_is_told_kept_and_goes_first() {
        let mut writer = writer();
        writer.push(1, None, b"a".to_vec(), None);
        writer.put_note("n".into(), Some("old".into()));
        assert!(writer.wait("a").is_none());
        writer.take(0.0).unwrap().unwrap();
        writer.push(1, None, b"b".to_vec(), None);
        writer.put_note("n".into(), Some("new".into()));
        assert!(writer.wait("b").is_none());
        let landed = writer.landed(Err(StoreError::Full), 10.0, 5);
        assert_eq!(landed.waiting, ["a"]);
        assert!(landed.failed.unwrap().contains("export a backup"));
        assert!(matches!(writer.state(), SaveState::Full { .. }));
        assert_eq!(writer.unsaved_note("n"), Some(Some("new")));

        assert_eq!(writer.take(10.0).unwrap(), None, "not at once");
        let wait = writer.retry_in(10.0).unwrap();
        let again = writer.take(10.0 + wait).unwrap().unwrap();
        assert_eq!(
            keys(&again),
            ["add 0000000000000000.0000", "put n"],
            "nothing was written"
        );
        assert!(
            matches!(writer.state(), SaveState::Full { .. }),
            "until it succeeded"
        );
        assert_eq!(writer.landed(Ok(()), 20.0, 9).waiting, ["b"]);
        assert_eq!(*writer.state(), SaveState::Saved { at_ms: 9 });
    }

    #[test]
    fn retries_come_ever_later_unless_hurried() {
        let mut writer = writer();
        writer.push(1, None, b"a".to_vec(), None);
        let mut now = 0.0;
        for expected in [
            1_000.0, 2_000.0, 4_000.0, 8_000.0, 16_000.0, 30_000.0, 30_000.0,
        ] {
            writer.take(now).unwrap().unwrap();
            writer.landed(Err(StoreError::Closed), now, 0);
            assert_eq!(writer.retry_in(now), Some(expected));
            now += expected;
        }
        writer.take(now).unwrap().unwrap();
        writer.landed(Err(StoreError::Closed), now, 0);
        writer.hurry();
        assert!(writer.take(now).unwrap().is_some());
    }

    #[test]
    fn a_clock_that_only_runs_does_not_make_the_journal_grow() {
        let mut writer = writer();
        for n in 0..100 {
            writer.push_advance(n, format!("advance {n}").into_bytes(), is_advance);
            writer.push_advance(n, format!("advance {n}+").into_bytes(), is_advance);
            let commit = writer.take(0.0).unwrap().unwrap();
            let verb = if n == 0 { "add" } else { "put" };
            assert_eq!(keys(&commit), [format!("{verb} 0000000000000000.0000")]);
            assert!(
                matches!(writer.state(), SaveState::Saved { .. }),
                "the clock is not a change"
            );
            writer.landed(Ok(()), 0.0, n);
        }
        assert_eq!((writer.next_seq(), writer.size().0), (1, 1));
        writer.push(1, Some("r".into()), b"edit".to_vec(), None);
        assert_eq!(
            keys(&writer.take(0.0).unwrap().unwrap()),
            ["add 0000000000000001.0000"]
        );
        writer.landed(Ok(()), 0.0, 0);
        writer.push_advance(1, b"advance".to_vec(), is_advance);
        assert_eq!(
            writer.unsaved().next().unwrap().seq,
            2,
            "an edit is never written over"
        );
    }

    #[test]
    fn an_advance_that_is_in_a_snapshot_stays() {
        let mut writer = writer();
        writer.push_advance(1, b"advance 1".to_vec(), is_advance);
        writer.take(0.0).unwrap().unwrap();
        writer.landed(Ok(()), 0.0, 0);
        writer.seal_tail();
        writer.push_advance(1, b"advance 2".to_vec(), is_advance);
        assert_eq!(writer.unsaved().next().unwrap().seq, 1);
        writer.seal_tail();
        writer.push_advance(1, b"advance 3".to_vec(), is_advance);
        let commit = writer.take(0.0).unwrap().unwrap();
        assert_eq!(
            keys(&commit),
            ["add 0000000000000001.0000", "add 0000000000000002.0000"]
        );
        assert_eq!(writer.stored_up_to(), 1);
        writer.landed(Ok(()), 0.0, 0);
        assert_eq!(writer.stored_up_to(), 3);
    }

    #[test]
    fn a_replaced_advance_that_failed_is_still_a_replacement() {
        let mut writer = writer();
        writer.push_advance(1, b"advance 1".to_vec(), is_advance);
        writer.take(0.0).unwrap().unwrap();
        writer.landed(Ok(()), 0.0, 0);
        writer.push_advance(1, b"advance 2".to_vec(), is_advance);
        writer.push(1, None, b"edit".to_vec(), None);
        writer.take(0.0).unwrap().unwrap();
        writer.landed(Err(StoreError::Closed), 0.0, 0);
        writer.hurry();
        assert_eq!(
            keys(&writer.take(0.0).unwrap().unwrap()),
            ["put 0000000000000000.0000"]
        );
        assert_eq!(writer.unsaved().count(), 2);
    }

    #[test]
    fn memory_only_never_says_saved() {
        let mut writer = Test::new(
            0,
            0,
            0,
            SaveState::MemoryOnly {
                reason: "private".into(),
            },
        );
        writer.push(1, None, b"a".to_vec(), None);
        writer.take(0.0).unwrap().unwrap();
        writer.landed(Ok(()), 0.0, 5);
        assert!(matches!(writer.state(), SaveState::MemoryOnly { .. }));
    }
}
