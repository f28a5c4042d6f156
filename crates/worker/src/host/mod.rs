//! The host: one session, its clock and its journal, answering the tabs. Without I/O and without a
//! clock of its own: the shell (`web`) hands over requests and the time, performs commits and jobs,
//! and passes on what [`Host::take_out`] gives.
//!
//! A change is applied in memory, appended to the journal, and answered when the commit that holds it
//! has been read back. Reading is answered at once.

mod awaited;
mod clock;
mod frames;
mod landing;
mod load;
mod recent;
mod remotes;
mod replace;
mod snapshots;
mod syncing;
mod writer;

use std::collections::BTreeMap;

use leadline_engine::Output;
use leadline_model::ordered::Ordered;
use leadline_model::{Time, WorkflowId};
use leadline_protocol::{
    Clock, Note, Notice, Problem, ProblemCode, RemoteId, Reply, SaveState, Written,
};
use leadline_sim::{Session, SessionInput};
use leadline_store::{Snapshot, StoreError, Write};

use crate::clock::Drive;
pub(crate) use crate::handlers;
use crate::parts::Part;
use crate::tabs::{Ask, To};

pub use load::{Loaded, Start, fresh_config, load};
pub use recent::Recent;
pub(crate) use remotes::load as load_remotes;
pub use remotes::{Exchange, Question, Wanted};
pub use replace::{Collected, Replacement, collect, collect_raw, read_backup};
pub(crate) use syncing::Look;
pub use syncing::{StoredRemotes, Syncing};
pub use writer::{Commit, Until, Writer, in_words};

/// The time of something, by both clocks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moment {
    /// Milliseconds of a steady clock.
    pub real: f64,
    /// Milliseconds since 1970.
    pub wall: i64,
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Who {
    /// The tab.
    pub tab: String,
    /// The request's id.
    pub id: String,
}

/// Something for the tabs.
#[derive(Debug, Clone, PartialEq)]
pub enum Out {
    /// The answer to a request.
    Reply(Who, Result<Written<Reply>, Problem>),
    /// A notice to some tabs.
    Tell(To, Notice),
    /// A remote is to be sent the request that its machine asked for under this number.
    Exchange(RemoteId, u64),
    /// It must not be sent, since it could not be stored; why.
    Unsent(RemoteId, u64, String),
    /// A question to a remote, to be answered to whoever asked.
    Question(Who, Question),
    /// A part of the worker is wanted.
    Fetch(Part),
    /// A part could not be fetched, and is to be asked for again after so many milliseconds.
    FetchLater(Part, f64),
}

/// Something that needs the store; done between commits, in order.
#[derive(Debug, Clone, PartialEq)]
pub enum Job {
    /// Read a note.
    ReadNote(Who, String),
    /// Read the notes whose keys begin so.
    ReadNotes(Who, String),
    /// Read an earlier form of a workflow.
    ReadRevision(Who, Wanted),
    /// Say how much is stored.
    StorageReport(Who),
    /// Write everything into one file.
    ExportBackup(Who),
    /// Replace everything.
    Replace(Who, Box<Replacement>),
}

/// Somebody who waits for a commit.
#[derive(Debug, Clone, PartialEq)]
pub enum Waiter {
    /// A page, for its answer; what the others are told then.
    Page(Who, Result<Written<Reply>, Problem>, Vec<Notice>),
    /// A page that edited this workflow, for its answer; what all others are told then.
    Edit(Who, WorkflowId, Result<Reply, Problem>, Vec<Notice>),
    /// The request of a remote's machine with this number, to be sent.
    Exchange(RemoteId, u64),
}

/// One session with its clock and journal.
#[derive(Debug)]
pub struct Host {
    session: Session,
    writer: Writer<Waiter>,
    recent: Recent,
    drive: Drive,
    config: Vec<u8>,
    /// Written along with the first change: what must not be written by a start alone.
    first_writes: Vec<Write>,
    /// The simulated instant that the journal has got to.
    journaled: Time,
    journaled_at: f64,
    ticks: u64,
    watching: BTreeMap<String, WorkflowId>,
    frames: frames::Frames,
    snapshots: snapshots::Snapshots,
    remotes: syncing::Remotes,
    parts: awaited::Awaited,
    told_save: SaveState,
    /// The tab that was not told of it because it knows.
    knows_of_saving: Option<String>,
    upgraded_from: Option<u32>,
    out: Vec<Out>,
    jobs: Vec<Job>,
}

impl Host {
    /// Goes on where loading ended.
    pub fn new(loaded: Loaded) -> Host {
        let Loaded {
            session,
            recent,
            writer,
            config,
            first_writes,
            snapshots,
            part,
            remotes,
            upgraded_from,
        } = loaded;
        let mut host = Host {
            journaled: session.now(),
            told_save: writer.state().clone(),
            knows_of_saving: None,
            session,
            writer,
            recent,
            drive: Drive::default(),
            config,
            first_writes,
            journaled_at: 0.0,
            ticks: 0,
            watching: BTreeMap::new(),
            frames: frames::Frames::default(),
            snapshots,
            remotes,
            parts: awaited::Awaited::with(part),
            upgraded_from,
            out: Vec::new(),
            jobs: Vec::new(),
        };
        host.frames = host.first_frames();
        if host.remotes.are_unread() {
            host.fetch(Part::Sync);
        }
        host
    }

    /// The session, to ask.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// How saving stands.
    pub fn save_state(&self) -> &SaveState {
        self.writer.state()
    }

    /// What the database was upgraded from, when it was just now.
    pub fn upgraded_from(&self) -> Option<u32> {
        self.upgraded_from
    }

    /// Entries and bytes of the journal.
    pub fn journal_size(&self) -> (u64, u64) {
        self.writer.size()
    }

    /// Whether everything is stored.
    pub fn is_stored(&self) -> bool {
        self.writer.is_idle()
    }

    /// The host begins to lead. After a takeover everybody reads again what may have moved.
    pub fn announce(&mut self, takeover: bool, at: Moment) {
        self.tell(Notice::Save(self.told_save.clone()));
        if takeover {
            self.frames.forget();
            self.tell(Notice::Workflows);
            self.pulse(at, true);
        }
    }

    /// What has come up for the tabs.
    pub fn take_out(&mut self) -> Vec<Out> {
        std::mem::take(&mut self.out)
    }

    /// What has come up for the store.
    pub fn take_jobs(&mut self) -> Vec<Job> {
        std::mem::take(&mut self.jobs)
    }

    /// A tab asks. A request that was carried out before is answered as it was then.
    pub fn submit(&mut self, who: Who, ask: Ask, at: Moment) {
        match self.recent.get(&who.id) {
            None => handlers::handle(self, who, ask, at),
            Some(Some(reply)) => {
                let reply = String::from_utf8(reply.to_vec()).ok();
                let reply = reply.and_then(|json| Written::from_json(json).ok());
                let waiter = Waiter::Page(who, reply.ok_or_else(done_before), Vec::new());
                self.land_after(Until::Journal, waiter);
            }
            Some(None) => self.reply_when_stored(who, Err(done_before()), Vec::new()),
        }
        self.note_edits(at);
        self.drive_remotes(at);
        self.tell_save();
    }

    /// Answers at once.
    pub fn reply(&mut self, who: Who, result: Result<Reply, Problem>) {
        self.out.push(Out::Reply(who, written(&result)));
    }

    /// Tells everybody.
    pub fn tell(&mut self, notice: Notice) {
        self.out.push(Out::Tell(To::All, notice));
    }

    /// Answers and tells when every input there is by now is stored.
    pub(crate) fn reply_when_stored(
        &mut self,
        who: Who,
        result: Result<Reply, Problem>,
        notices: Vec<Notice>,
    ) {
        let waiter = Waiter::Page(who, written(&result), notices);
        self.land_after(Until::Journal, waiter);
    }

    fn done_after(&mut self, until: Until, who: Who) {
        let waiter = Waiter::Page(who, written(&Ok(Reply::Done)), Vec::new());
        self.land_after(until, waiter);
    }

    fn land_after(&mut self, until: Until, waiter: Waiter) {
        if let Some(waiter) = self.writer.wait(until, waiter) {
            self.land(waiter, None);
        }
    }

    pub(crate) fn job(&mut self, job: Job) {
        self.jobs.push(job);
    }

    /// Applies an input; when the engine accepts it, journals it with the reply and the notices that
    /// `finish` makes of the state after it.
    pub(crate) fn change(
        &mut self,
        who: Who,
        input: SessionInput,
        at: Moment,
        finish: impl FnOnce(&Session, Output) -> handlers::Told,
    ) {
        self.journal_clock(at);
        let applied = match self.session.apply(&input) {
            Ok(output) => finish(&self.session, output),
            Err(error) => return self.reply(who, Err(handlers::problem(&error))),
        };
        let (reply, notices, edited) = match applied {
            Ok(outcome) => {
                for note in outcome.notes {
                    self.writer.put_note(note.key, note.text);
                }
                (Ok(outcome.reply), outcome.notices, outcome.edited)
            }
            // The input took effect; only its description failed.
            Err(error) => (Err(handlers::problem(&error)), Vec::new(), None),
        };
        // Written once, for the journal and for whoever asked.
        let told = written(&reply);
        self.journal(&who, &input, &told, at);
        match edited {
            Some(id) => self.land_after(Until::Journal, Waiter::Edit(who, id, reply, notices)),
            None => {
                self.land_after(Until::Journal, Waiter::Page(who, told, notices));
                self.frames.touch();
            }
        }
        self.pulse(at, true);
    }

    /// Appends an applied input to the journal.
    pub(crate) fn journal(
        &mut self,
        who: &Who,
        input: &SessionInput,
        reply: &Result<Written<Reply>, Problem>,
        at: Moment,
    ) {
        let json = reply.as_ref().ok().map(Written::json);
        let stored = json
            .filter(|json| json.len() <= recent::LONGEST_REPLY)
            .map(|json| json.as_bytes().to_vec());
        self.append(input, Some(who.id.clone()), stored.clone(), at);
        self.recent.put(who.id.clone(), stored);
    }

    /// Appends an applied input, with the request that asked for it and its answer where there is one.
    fn append(
        &mut self,
        input: &SessionInput,
        request: Option<String>,
        reply: Option<Vec<u8>>,
        at: Moment,
    ) {
        self.begin_writing();
        match serde_json::to_vec(input) {
            Ok(json) => {
                self.snapshots.grew(json.len());
                self.writer.push(at.wall, request, json, reply);
            }
            // Inputs are made of texts, numbers and lists: there is nothing JSON cannot hold.
            Err(error) => self.tell(Notice::Failed(format!("An input cannot be kept: {error}"))),
        }
        self.journaled = self.session.now();
    }

    /// What must not be written by a start alone goes before everything else.
    fn begin_writing(&mut self) {
        for write in self.first_writes.drain(..) {
            self.writer.also(write);
        }
    }

    /// Lets the journal know how far the clock got.
    pub fn journal_clock(&mut self, at: Moment) {
        let now = self.session.now();
        if now == self.journaled {
            return;
        }
        self.begin_writing();
        if let Ok(json) = serde_json::to_vec(&SessionInput::Advance { to: now }) {
            self.writer.push_advance(at.wall, json, is_advance);
        }
        self.journaled = now;
        self.journaled_at = at.real;
    }

    /// Keeps a note.
    pub(crate) fn put_note(&mut self, who: Who, Note { key, text }: Note) {
        self.writer.put_note(key.clone(), text);
        self.done_after(Until::Note(key), who);
    }

    /// Notes whose keys begin with `prefix` were read: these are stored.
    pub fn notes_read(&mut self, who: Who, prefix: &str, stored: Vec<(String, String)>) {
        let mut notes: BTreeMap<String, String> = stored.into_iter().into_map();
        let unsaved = self.writer.unsaved_notes().into_iter();
        for (key, text) in unsaved.filter(|(key, _)| key.starts_with(prefix)) {
            match text {
                Some(text) => notes.insert(key, text),
                None => notes.remove(&key),
            };
        }
        self.reply(who, Ok(Reply::Notes(notes)));
    }

    /// A note that is not stored yet.
    pub(crate) fn unsaved_note(&self, key: &str) -> Option<Option<&str>> {
        self.writer.unsaved_note(key)
    }

    /// Stores everything now, whatever failed before.
    pub(crate) fn flush(&mut self, who: Who, at: Moment) {
        self.journal_clock(at);
        self.writer.hurry();
        self.done_after(Until::All, who);
    }

    /// The next commit to perform, if there is one and none is under way.
    pub fn next_commit(&mut self, at: Moment) -> Result<Option<Commit>, StoreError> {
        let commit = self.writer.take(at.real);
        self.tell_save();
        commit
    }

    /// Real milliseconds until the next commit should be asked for; `None`: nothing waits.
    pub fn commit_in(&self, at: Moment) -> Option<f64> {
        self.writer.retry_in(at.real)
    }

    /// The clock as the page shows it.
    pub fn clock(&self) -> Clock {
        Clock {
            now: self.session.now(),
            state: self.drive.state(),
            next_due: self.session.next_due(),
            ticks: self.ticks,
        }
    }

    /// A tab is gone.
    pub fn forget_tab(&mut self, tab: &str) {
        self.watching.remove(tab);
    }

    /// A snapshot that should be stored now; everything before it is.
    pub fn take_snapshot(&mut self, at: Moment) -> Option<Snapshot> {
        let part = self.parts.snapshots;
        if self.snapshots.is_due(at.real) {
            match part {
                Some(_) => self.journal_clock(at),
                None => self.fetch(Part::Snapshots),
            }
        }
        self.snapshots
            .take(part, &self.session, &mut self.writer, &self.recent, at)
    }

    /// A snapshot was stored, with so many bytes, or could not be; it took so many milliseconds.
    pub fn snapshot_stored(&mut self, bytes: Option<u64>, took: f64) {
        self.snapshots.stored(bytes);
        self.snapshots.cost(took);
    }

    /// Bytes of the latest snapshot.
    pub fn snapshot_bytes(&self) -> u64 {
        self.snapshots.bytes()
    }
}

/// Whether a journaled input is nothing but the clock moving.
fn is_advance(input: &[u8]) -> bool {
    input.starts_with(br#"{"do":"advance""#)
}

/// A result as it is sent.
fn written(result: &Result<Reply, Problem>) -> Result<Written<Reply>, Problem> {
    result.as_ref().map(Written::of).map_err(Clone::clone)
}

fn done_before() -> Problem {
    Problem {
        code: ProblemCode::Conflict,
        message: "This was carried out before; read again what is shown.".to_owned(),
        findings: Vec::new(),
    }
}

#[cfg(test)]
mod tests;
