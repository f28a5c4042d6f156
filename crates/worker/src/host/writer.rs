//! Group commit: what waits to be stored, what is being stored, and who waits for it.
//!
//! Only one commit is under way at a time; everything that arrives meanwhile shares the next one.
//! When a commit fails, its contents stay in memory and go first into the next attempt, so what is
//! stored is always a gapless beginning of what happened. No reply that depends on a commit is given
//! before it succeeded; when it failed, the reply says so.
//!
//! Notes share the commits of the journal while there is room. Once there is none they go apart,
//! behind the journal and the shortest first, so that a long note never keeps an edit from being
//! stored.

mod pause;

use std::collections::BTreeMap;

use leadline_model::words::sentence;
use leadline_protocol::SaveState;
use leadline_store::archive::note_write;
use leadline_store::journal::batch_writes;
use leadline_store::{Entry, StoreError, Write};

use pause::Pause;

/// Notes by their keys; `None` is one to be removed.
type Notes = BTreeMap<String, Option<String>>;

/// A commit to perform.
#[derive(Debug, Clone, PartialEq)]
pub struct Commit {
    /// What to write, all or nothing.
    pub writes: Vec<Write>,
}

/// What somebody waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Until {
    /// Every input there is by now is stored.
    Journal,
    /// The note of this key is stored.
    Note(String),
    /// Everything there is by now is stored.
    All,
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
    notes: Notes,
    /// Notes are stored one by one behind the journal: there was no room for all at once.
    apart: bool,
    extra: Vec<Write>,
    /// How many of the pending entries form a batch of their own: a snapshot begins after them.
    barrier: usize,
    waiting: Vec<(Until, W)>,
    flight: Option<Flight<W>>,
    /// The last stored batch, if it is nothing but one advance of the clock.
    tail_advance: Option<u64>,
    /// Entries below this number are in a snapshot and stay as they are.
    sealed: u64,
    /// Whether somebody besides the clock is waiting or has waited for the pending contents.
    asked: bool,
    pause: Pause,
    notes_pause: Pause,
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
    notes: Notes,
    extra: Vec<Write>,
    waiting: Vec<(Until, W)>,
    bytes: u64,
}

impl<W> Flight<W> {
    fn has_inputs(&self) -> bool {
        !(self.batch.is_empty() && self.extra.is_empty())
    }

    fn holds(&self, until: &Until) -> bool {
        match until {
            Until::Journal => self.has_inputs(),
            Until::Note(key) => self.notes.contains_key(key),
            Until::All => true,
        }
    }
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
            notes: Notes::new(),
            apart: false,
            extra: Vec::new(),
            barrier: 0,
            waiting: Vec::new(),
            flight: None,
            tail_advance: None,
            sealed: next_seq,
            asked: false,
            pause: Pause::default(),
            notes_pause: Pause::default(),
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

    fn has_inputs(&self) -> bool {
        !(self.pending.is_empty() && self.extra.is_empty())
    }

    fn has_work(&self) -> bool {
        self.has_inputs() || !self.notes.is_empty()
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
        self.pause.cut_short();
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
    pub fn unsaved_notes(&self) -> Notes {
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

    /// Somebody waits; handed back when what they wait for is stored already.
    pub fn wait(&mut self, until: Until, waiter: W) -> Option<W> {
        let ahead = match &until {
            Until::Journal => self.has_inputs(),
            Until::Note(key) => self.notes.contains_key(key),
            Until::All => self.has_work(),
        };
        if ahead {
            self.waiting.push((until, waiter));
            self.asked = true;
            return None;
        }
        match &mut self.flight {
            Some(flight) if flight.holds(&until) => {
                flight.waiting.push((until, waiter));
                None
            }
            _ => Some(waiter),
        }
    }

    /// Who waits for the commit that is under way.
    pub fn waiting(&self) -> impl Iterator<Item = &W> {
        let flight = self.flight.iter().flat_map(|flight| &flight.waiting);
        flight.map(|(_, waiter)| waiter)
    }

    /// Everybody who waits: what they wait for is gone, everything is being replaced.
    pub fn abandon(&mut self) -> Vec<W> {
        let mut all = std::mem::take(&mut self.waiting);
        if let Some(flight) = self.flight.take() {
            all.extend(flight.waiting);
        }
        all.into_iter().map(|(_, waiter)| waiter).collect()
    }

    /// The next commit, if there is something to write and no commit under way.
    pub fn take(&mut self, real: f64) -> Result<Option<Commit>, StoreError> {
        if self.flight.is_some() || !self.has_work() || !self.next_pause().is_over(real) {
            return Ok(None);
        }
        let mut writes = self.extra.clone();
        let (before, after) = self.pending.split_at(self.barrier.min(self.pending.len()));
        let replaces_after = self.replaces && before.is_empty();
        writes.extend(batch_writes(before, self.replaces || self.uncertain)?);
        writes.extend(batch_writes(after, replaces_after || self.uncertain)?);
        let bytes = self.pending.iter().map(Entry::weight).sum::<usize>() as u64;
        let mut flight = Flight {
            batch: std::mem::take(&mut self.pending),
            replaces: std::mem::take(&mut self.replaces),
            barrier: std::mem::take(&mut self.barrier),
            notes: Notes::new(),
            extra: std::mem::take(&mut self.extra),
            waiting: Vec::new(),
            bytes,
        };
        flight.notes = self.next_notes(flight.has_inputs());
        let last = !self.has_work();
        let waits = |(until, _): &(Until, W)| match until {
            Until::All => last,
            until => flight.holds(until),
        };
        let waiting = std::mem::take(&mut self.waiting);
        let (mine, later) = waiting.into_iter().partition(waits);
        (flight.waiting, self.waiting) = (mine, later);
        let note = |(key, text): (&String, &Option<String>)| note_write(key, text.as_deref());
        writes.extend(flight.notes.iter().map(note));
        self.flight = Some(flight);
        if std::mem::take(&mut self.asked) && matches!(self.state, SaveState::Saved { .. }) {
            self.state = SaveState::Saving;
        }
        Ok(Some(Commit { writes }))
    }

    /// The notes of the next commit: all; while they go apart none with inputs, else the shortest.
    fn next_notes(&mut self, with_inputs: bool) -> Notes {
        if !self.apart {
            return std::mem::take(&mut self.notes);
        }
        let length = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let shortest = self.notes.iter().min_by_key(|(_, text)| length(text));
        match shortest.map(|(key, _)| key.clone()) {
            Some(key) if !with_inputs => self.notes.remove_entry(&key).into_iter().collect(),
            _ => Notes::new(),
        }
    }

    fn next_pause(&self) -> &Pause {
        if self.apart && !self.has_inputs() {
            &self.notes_pause
        } else {
            &self.pause
        }
    }

    /// Real milliseconds until a failed commit is to be tried again.
    pub fn retry_in(&self, real: f64) -> Option<f64> {
        (self.flight.is_none() && self.has_work()).then(|| self.next_pause().rest(real))
    }

    /// Try again now, whatever failed before: the page is about to hide, or storage came back.
    pub fn hurry(&mut self) {
        self.pause.cut_short();
        self.notes_pause.cut_short();
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
            Ok(()) => self.succeeded(flight, wall_ms),
            Err(error) => self.failed(flight, error, real),
        }
    }

    fn succeeded(&mut self, flight: Flight<W>, wall_ms: i64) -> Landed<W> {
        if flight.has_inputs() {
            self.uncertain = false;
            self.pause = Pause::default();
        }
        if !flight.notes.is_empty() {
            self.notes_pause = Pause::default();
        }
        self.remember_tail(&flight);
        self.apart &= !self.notes.is_empty();
        self.state = match &self.memory_only {
            Some(reason) => SaveState::MemoryOnly {
                reason: reason.clone(),
            },
            // Inputs may have gone ahead of a note that did not fit.
            None if self.notes_pause.is_set() && !self.has_inputs() => SaveState::Full {
                reason: NOTES_FULL.to_owned(),
            },
            None if self.has_work() && (self.asked || self.apart) => SaveState::Saving,
            None => SaveState::Saved { at_ms: wall_ms },
        };
        Landed {
            waiting: told(flight.waiting),
            failed: None,
        }
    }

    fn failed(&mut self, flight: Flight<W>, error: StoreError, real: f64) -> Landed<W> {
        let (inputs, notes) = (flight.has_inputs(), !flight.notes.is_empty());
        let full = error == StoreError::Full;
        self.apart |= full;
        // Where the connection broke, the commit may have happened all the same; the next
        // attempt, which holds all of it and more, may write over it.
        self.uncertain |= inputs && !matches!(error, StoreError::Full | StoreError::Exists { .. });
        let mut waiting = self.take_back(flight);
        if full && inputs && notes {
            // The inputs may fit without the notes: nobody is told before that was tried.
            waiting.append(&mut self.waiting);
            self.waiting = waiting;
            return Landed {
                waiting: Vec::new(),
                failed: None,
            };
        }
        let reason = if full && !inputs {
            NOTES_FULL.to_owned()
        } else {
            in_words(&error)
        };
        let pause = if inputs {
            &mut self.pause
        } else {
            &mut self.notes_pause
        };
        pause.lengthen(real);
        // Notes go behind the inputs, and everything is this too.
        let stuck = |(until, _): &mut (Until, W)| {
            *until == Until::All || (inputs && *until != Until::Journal)
        };
        waiting.extend(self.waiting.extract_if(.., stuck));
        self.state = if full {
            SaveState::Full {
                reason: reason.clone(),
            }
        } else {
            SaveState::NotSaved {
                reason: reason.clone(),
            }
        };
        Landed {
            waiting: told(waiting),
            failed: Some(reason),
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
    fn take_back(&mut self, flight: Flight<W>) -> Vec<(Until, W)> {
        let flown = flight.batch.len();
        let later = std::mem::replace(&mut self.pending, flight.batch);
        self.pending.extend(later);
        self.replaces |= flight.replaces;
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

/// What is said when only notes do not fit.
const NOTES_FULL: &str = "This browser's storage is full. Your work is saved, but the undo history \
    does not fit any more: export a backup, then free some space.";

fn told<W>(waiting: Vec<(Until, W)>) -> Vec<W> {
    waiting.into_iter().map(|(_, waiter)| waiter).collect()
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
mod tests;
