//! The exchange with one remote, without I/O: local edits, answers and time go in; requests and what
//! changed come out. One request is under way at a time, and everything that must survive a crash is
//! in [`State`], to be stored in the transaction of the edit, and before a request is sent.
//!
//! A write is frozen until its answer is known: the same key and body are sent again until somebody
//! says what became of them, while new edits wait in `local`. What the remote has is merged with what
//! was edited here, never put in its place; conflicts are kept until somebody dismisses them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use leadline_model::{Definition, Duration, Time};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::merge::{Conflict, merge};

/// A document of this machine; the host knows which workflow it is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct DocKey(pub u32);

/// What the remote calls a document.
pub type RemoteId = String;

/// How long to wait between two questions for changes.
const PULL_EVERY: Duration = Duration(5_000);
/// The wait after the first failure; doubled up to the longest.
const FIRST_PAUSE: i64 = 500;
const LONGEST_PAUSE: i64 = 60_000;

/// Everything that must survive a crash.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Names this replica in the keys of its writes.
    pub replica: String,
    made: u64,
    /// The documents.
    pub docs: BTreeMap<DocKey, Doc>,
    /// Leads to enrol, oldest first.
    pub outbox: VecDeque<Enrolment>,
    /// Writes that were refused for good, until somebody dismisses them.
    pub set_aside: Vec<SetAside>,
    /// The write whose outcome is not known yet.
    pub inflight: Option<Write>,
    /// Which life of the remote the cursor belongs to.
    epoch: Option<String>,
    cursor: Option<u64>,
    /// What has changed there and was not read yet.
    to_read: BTreeSet<RemoteId>,
    /// A comparison of everything, under way.
    listing: Option<Listing>,
    /// Why nothing is sent any more, until somebody says otherwise.
    pub stopped: Option<Stopped>,
}

/// A document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Doc {
    /// What the remote calls it; `None`: it is not there yet.
    pub remote: Option<RemoteId>,
    /// The remote's last copy that is known here.
    pub base: Option<Version>,
    /// What it is here.
    pub local: Definition,
    /// It was deleted here.
    pub deleted: bool,
    /// What both sides changed, until somebody dismisses it.
    pub conflicts: Vec<Conflict>,
    /// The remote refuses it, and why; an edit lets it be tried again.
    pub refused: Option<String>,
}

/// A copy of the remote's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Version {
    /// Which life of the remote it belongs to: one that was put back to a backup lives anew.
    pub epoch: String,
    /// What it can be guarded by; never the same in two lives.
    pub etag: String,
    /// What it holds.
    pub definition: Definition,
}

/// Leads to enrol.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Enrolment {
    /// Made when it was queued.
    pub key: String,
    /// In which workflow.
    pub doc: DocKey,
    /// The body of the request.
    pub leads: Value,
}

/// An enrolment that the remote refuses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SetAside {
    /// What was asked.
    pub enrolment: Enrolment,
    /// Why it was refused.
    pub reason: String,
}

/// A frozen write.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Write {
    /// The same each time it is sent.
    pub key: String,
    /// Whose.
    pub doc: DocKey,
    /// What.
    pub what: What,
}

/// What a write does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum What {
    Create {
        title: String,
    },
    Put {
        remote: RemoteId,
        if_match: String,
        definition: Definition,
    },
    Delete {
        remote: RemoteId,
        if_match: String,
    },
    Enrol {
        remote: RemoteId,
        leads: Value,
    },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Listing {
    /// Where the changes go on when it is done.
    cursor: Option<u64>,
    seen: BTreeSet<RemoteId>,
}

/// Why nothing is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stopped {
    /// The key is not good any more.
    Unauthorized,
    /// The remote says that it holds nothing, though it held something: nothing is deleted here.
    RemoteIsEmpty,
}

/// A request to send.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub enum Request {
    Write(Write),
    Read(RemoteId),
    Changes {
        after: u64,
    },
    /// In the order of their ids, from behind one on: a deletion meanwhile must not hide another.
    List {
        after: Option<RemoteId>,
    },
}

/// What came of a request.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub enum Answer {
    /// Of a create.
    Created { remote: RemoteId, version: Version },
    /// Of a put, a read.
    Document(Version),
    /// Of a delete, an enrolment.
    Done,
    Changes {
        from: u64,
        cursor: u64,
        epoch: String,
        changed: Vec<RemoteId>,
        deleted: Vec<RemoteId>,
    },
    List {
        cursor: u64,
        epoch: String,
        remotes: Vec<RemoteId>,
        more: bool,
    },
    /// 412: it has changed since.
    Stale,
    /// 404.
    Missing,
    /// 410: the cursor is too old.
    TooOld,
    /// 401.
    Unauthorized,
    /// 429 or 5xx, with what `Retry-After` says.
    Later(Option<Duration>),
    /// Any other 4xx: it will never be taken.
    Refused(String),
    /// Nobody knows what became of it.
    Lost,
}

/// What a host has to know.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub enum Event {
    /// It is something else here now.
    Changed(DocKey),
    /// A document of the remote's that was not known here.
    Arrived(DocKey),
    /// It was deleted there, and is gone here.
    Deleted(DocKey),
    /// There are new conflicts.
    Conflicts(DocKey),
    /// The remote refuses something for good.
    Refused(DocKey),
    Stopped(Stopped),
}

/// What to do next.
#[derive(Debug, Clone, PartialEq)]
pub enum Next {
    /// Store the state, then send this; the number comes back with the answer.
    Send(u64, Request),
    /// Nothing, until an instant or until something happens.
    Wait(Option<Time>),
}

/// The exchange with one remote.
#[derive(Debug)]
pub struct Machine {
    state: State,
    online: bool,
    /// The request under way.
    sent: Option<(u64, Request)>,
    failures: u32,
    retry_at: Option<Time>,
    pull_at: Option<Time>,
}

impl Machine {
    /// A replica that knows nothing of its remote yet.
    pub fn new(replica: &str) -> Machine {
        Machine::load(State {
            replica: replica.to_owned(),
            made: 0,
            docs: BTreeMap::new(),
            outbox: VecDeque::new(),
            set_aside: Vec::new(),
            inflight: None,
            epoch: None,
            cursor: None,
            to_read: BTreeSet::new(),
            listing: None,
            stopped: None,
        })
    }

    /// Goes on from what was stored.
    pub fn load(state: State) -> Machine {
        Machine {
            state,
            online: true,
            sent: None,
            failures: 0,
            retry_at: None,
            pull_at: None,
        }
    }

    /// What has to be stored.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Everything is there and known here: nothing is left to send.
    pub fn is_settled(&self) -> bool {
        let state = &self.state;
        let settled = |doc: &Doc| {
            let same = doc
                .base
                .as_ref()
                .is_some_and(|base| base.definition == doc.local);
            doc.refused.is_some() || (same && !doc.deleted)
        };
        state.inflight.is_none()
            && state.outbox.is_empty()
            && state.to_read.is_empty()
            && state.listing.is_none()
            && state.docs.values().all(settled)
    }

    fn make(&mut self) -> u64 {
        self.state.made += 1;
        self.state.made
    }

    fn key(&mut self) -> String {
        let number = self.make();
        format!("{}-{number}", self.state.replica)
    }

    /// A document that was made here.
    pub fn add(&mut self, local: Definition) -> DocKey {
        self.insert(Doc {
            remote: None,
            base: None,
            local,
            deleted: false,
            conflicts: Vec::new(),
            refused: None,
        })
    }

    fn insert(&mut self, doc: Doc) -> DocKey {
        let key = DocKey(self.make() as u32);
        self.state.docs.insert(key, doc);
        key
    }

    /// A document was edited here.
    pub fn edit(&mut self, key: DocKey, local: Definition) {
        if let Some(doc) = self.state.docs.get_mut(&key) {
            doc.local = local;
            doc.refused = None;
        }
    }

    /// A document was deleted here.
    pub fn delete(&mut self, key: DocKey) {
        let busy = self
            .state
            .inflight
            .as_ref()
            .is_some_and(|write| write.doc == key);
        match self.state.docs.get_mut(&key) {
            Some(doc) if doc.remote.is_some() || busy => {
                doc.deleted = true;
                doc.refused = None;
            }
            Some(_) => {
                self.state.docs.remove(&key);
            }
            None => {}
        }
    }

    /// Leads are to be enrolled; they are, in this order, once.
    pub fn enrol(&mut self, doc: DocKey, leads: Value) {
        let key = self.key();
        self.state.outbox.push_back(Enrolment { key, doc, leads });
    }

    /// Somebody looked at a document's conflicts.
    pub fn dismiss(&mut self, key: DocKey) {
        if let Some(doc) = self.state.docs.get_mut(&key) {
            doc.conflicts.clear();
        }
    }

    /// There is a network, or none.
    pub fn online(&mut self, online: bool) {
        self.online = online;
        self.retry_at = None;
    }

    /// Somebody says that it may go on: the key is good again, the remote is really empty.
    pub fn go_on(&mut self) {
        self.state.stopped = None;
    }

    /// Asks for changes now.
    pub fn hurry(&mut self) {
        self.pull_at = None;
        self.retry_at = None;
    }

    /// What to do now.
    pub fn next(&mut self, now: Time) -> Next {
        if self.state.stopped.is_some() || !self.online || self.sent.is_some() {
            return Next::Wait(None);
        }
        if let Some(at) = self.retry_at.filter(|at| *at > now) {
            return Next::Wait(Some(at));
        }
        if self.state.inflight.is_none() {
            self.state.inflight =
                match self.state.to_read.is_empty() && self.state.listing.is_none() {
                    true => self.write(),
                    false => None,
                };
        }
        let request = if let Some(write) = &self.state.inflight {
            Request::Write(write.clone())
        } else if let Some(remote) = self.state.to_read.first() {
            Request::Read(remote.clone())
        } else if let Some(listing) = &self.state.listing {
            Request::List {
                after: listing.seen.last().cloned(),
            }
        } else if let Some(at) = self.pull_at.filter(|at| *at > now) {
            return Next::Wait(Some(at));
        } else if let Some(after) = self.state.cursor {
            Request::Changes { after }
        } else {
            self.compare_all();
            Request::List { after: None }
        };
        // Numbers go on after a crash: an answer from before it is nobody's.
        let number = self.make();
        self.sent = Some((number, request.clone()));
        Next::Send(number, request)
    }

    /// Whether the remote is another one than before, or was put back to a backup. What it has is no
    /// edit of what is known of it then: both sides are kept, and everything is compared.
    fn is_new_life(&mut self, epoch: &str) -> bool {
        let before = self.state.epoch.replace(epoch.to_owned());
        let new = before.is_some_and(|before| before != epoch);
        if new {
            for doc in self.state.docs.values_mut() {
                doc.base = None;
            }
            self.compare_all();
        }
        new
    }

    fn compare_all(&mut self) {
        self.state.listing = Some(Listing {
            cursor: None,
            seen: BTreeSet::new(),
        });
    }

    /// The next write: documents first, since leads need theirs.
    fn write(&mut self) -> Option<Write> {
        let docs = self.state.docs.iter();
        let found = docs
            .filter(|(_, doc)| doc.refused.is_none())
            .find_map(|(key, doc)| {
                Some((
                    *key,
                    match (&doc.remote, &doc.base) {
                        (Some(remote), Some(base)) if doc.deleted => What::Delete {
                            remote: remote.clone(),
                            if_match: base.etag.clone(),
                        },
                        (Some(remote), Some(base)) if base.definition != doc.local => What::Put {
                            remote: remote.clone(),
                            if_match: base.etag.clone(),
                            definition: doc.local.clone(),
                        },
                        (None, _) => What::Create {
                            title: doc.local.title.clone(),
                        },
                        _ => return None,
                    },
                ))
            });
        if let Some((doc, what)) = found {
            let key = self.key();
            return Some(Write { key, doc, what });
        }
        while let Some(enrolment) = self.state.outbox.front().cloned() {
            let doc = self.state.docs.get(&enrolment.doc);
            match doc.and_then(|doc| doc.remote.clone().filter(|_| doc.refused.is_none())) {
                Some(remote) => {
                    let Enrolment { key, doc, leads } = enrolment;
                    return Some(Write {
                        key,
                        doc,
                        what: What::Enrol { remote, leads },
                    });
                }
                None => self.set_aside("its workflow is not on the remote"),
            }
        }
        None
    }

    fn set_aside(&mut self, reason: &str) {
        if let Some(enrolment) = self.state.outbox.pop_front() {
            let reason = reason.to_owned();
            self.state.set_aside.push(SetAside { enrolment, reason });
        }
    }

    /// Takes the answer to a request. One that is not awaited any more is ignored.
    pub fn answered(&mut self, number: u64, answer: Answer, now: Time) -> Vec<Event> {
        let Some((_, request)) = self.sent.take_if(|(sent, _)| *sent == number) else {
            return Vec::new();
        };
        match &answer {
            Answer::Lost | Answer::Later(_) => {
                self.failures += 1;
                self.retry_at = Some(now.plus(self.pause(&answer)));
                return Vec::new();
            }
            Answer::Unauthorized => {
                self.state.stopped = Some(Stopped::Unauthorized);
                return vec![Event::Stopped(Stopped::Unauthorized)];
            }
            _ => (self.failures, self.retry_at) = (0, None),
        }
        match request {
            Request::Write(write) => {
                if let Answer::Created { version, .. } | Answer::Document(version) = &answer {
                    self.is_new_life(&version.epoch);
                }
                self.state.inflight = None;
                self.written(write, answer)
            }
            Request::Read(remote) => {
                self.state.to_read.remove(&remote);
                match answer {
                    Answer::Document(version) => {
                        self.is_new_life(&version.epoch);
                        self.read(remote, version)
                    }
                    Answer::Missing => self.gone_there(&remote),
                    _ => Vec::new(),
                }
            }
            Request::Changes { after } => self.changes(after, answer, now),
            Request::List { .. } => self.listed(answer, now),
        }
    }

    /// The pause after a failure: doubled each time, spread so that not all come back at once.
    fn pause(&self, answer: &Answer) -> Duration {
        if let Answer::Later(Some(after)) = answer {
            return *after;
        }
        let longest = (FIRST_PAUSE << self.failures.min(10).saturating_sub(1)).min(LONGEST_PAUSE);
        let name = self.state.replica.bytes().map(i64::from).sum::<i64>();
        let spread = (name * 7_919 + self.state.made as i64 * 104_729) % (longest / 2);
        Duration(longest / 2 + spread)
    }

    fn written(&mut self, write: Write, answer: Answer) -> Vec<Event> {
        let key = write.doc;
        if let What::Enrol { .. } = write.what {
            // Its workflow may be gone by now; the leads were enrolled all the same.
            if answer == Answer::Done {
                self.state.outbox.pop_front();
                return Vec::new();
            }
            self.set_aside(&reason(answer));
            return vec![Event::Refused(key)];
        }
        let Some(doc) = self.state.docs.get_mut(&key) else {
            return Vec::new();
        };
        match (write.what, answer) {
            (What::Create { .. }, Answer::Created { remote, version }) => {
                doc.remote = Some(remote);
                doc.base = Some(version);
                Vec::new()
            }
            (
                What::Put {
                    definition: sent, ..
                },
                Answer::Document(version),
            ) => {
                let local = doc.local.clone();
                doc.base = Some(version.clone());
                self.merge_into(key, &sent, &local, &version.definition)
            }
            (What::Put { remote, .. } | What::Delete { remote, .. }, Answer::Stale) => {
                self.state.to_read.insert(remote);
                Vec::new()
            }
            (What::Delete { .. }, Answer::Done | Answer::Missing) => {
                self.state.docs.remove(&key);
                Vec::new()
            }
            (What::Put { remote, .. }, Answer::Missing) => self.gone_there(&remote),
            (_, answer) => {
                doc.refused = Some(reason(answer));
                vec![Event::Refused(key)]
            }
        }
    }

    fn merge_into(
        &mut self,
        key: DocKey,
        base: &Definition,
        mine: &Definition,
        theirs: &Definition,
    ) -> Vec<Event> {
        let Some(doc) = self.state.docs.get_mut(&key) else {
            return Vec::new();
        };
        let mut events = Vec::new();
        match merge(base, mine, theirs) {
            Ok(merged) => {
                if merged.definition != doc.local {
                    doc.local = merged.definition;
                    events.push(Event::Changed(key));
                }
                if !merged.conflicts.is_empty() {
                    doc.conflicts.extend(merged.conflicts);
                    events.push(Event::Conflicts(key));
                }
            }
            Err(error) => {
                doc.refused = Some(error.to_string());
                events.push(Event::Refused(key));
            }
        }
        events
    }

    fn doc_of(&self, remote: &str) -> Option<DocKey> {
        let mut docs = self.state.docs.iter();
        let found = docs.find(|(_, doc)| doc.remote.as_deref() == Some(remote));
        found.map(|(key, _)| *key)
    }

    /// The remote's copy of a document.
    fn read(&mut self, remote: RemoteId, version: Version) -> Vec<Event> {
        let Some(key) = self.doc_of(&remote) else {
            let key = self.insert(Doc {
                remote: Some(remote),
                local: version.definition.clone(),
                base: Some(version),
                deleted: false,
                conflicts: Vec::new(),
                refused: None,
            });
            return vec![Event::Arrived(key)];
        };
        let Some(doc) = self.state.docs.get_mut(&key) else {
            return Vec::new();
        };
        let theirs = version.definition.clone();
        let (base, mine) = match doc.base.replace(version) {
            Some(base) => (base.definition, doc.local.clone()),
            None => (Definition::default(), doc.local.clone()),
        };
        // An edit there beats a deletion here.
        if doc.deleted && base != theirs {
            doc.deleted = false;
            doc.local = base.clone();
            return [
                vec![Event::Changed(key)],
                self.merge_into(key, &base, &base, &theirs),
            ]
            .concat();
        }
        self.merge_into(key, &base, &mine, &theirs)
    }

    /// The remote does not have it any more: gone here too, unless it was edited here since.
    fn gone_there(&mut self, remote: &str) -> Vec<Event> {
        self.state.to_read.remove(remote);
        let Some(key) = self.doc_of(remote) else {
            return Vec::new();
        };
        let Some(doc) = self.state.docs.get_mut(&key) else {
            return Vec::new();
        };
        let same = doc
            .base
            .as_ref()
            .is_some_and(|base| base.definition == doc.local);
        if doc.deleted || same {
            self.state.docs.remove(&key);
            return vec![Event::Deleted(key)];
        }
        (doc.remote, doc.base) = (None, None);
        Vec::new()
    }

    fn changes(&mut self, after: u64, answer: Answer, now: Time) -> Vec<Event> {
        match answer {
            Answer::Changes {
                from,
                cursor,
                epoch,
                changed,
                deleted,
            } if from == after => {
                if self.is_new_life(&epoch) {
                    return Vec::new();
                }
                self.state.cursor = Some(cursor);
                if changed.is_empty() && deleted.is_empty() {
                    self.pull_at = Some(now.plus(PULL_EVERY));
                }
                self.state.to_read.extend(changed);
                let gone = deleted.iter().flat_map(|remote| self.gone_there(remote));
                gone.collect()
            }
            Answer::TooOld => {
                self.compare_all();
                Vec::new()
            }
            // An answer to another question, or none that means anything.
            _ => {
                self.retry_at = Some(now.plus(PULL_EVERY));
                Vec::new()
            }
        }
    }

    fn listed(&mut self, answer: Answer, now: Time) -> Vec<Event> {
        let Some(mut listing) = self.state.listing.take() else {
            return Vec::new();
        };
        let Answer::List {
            cursor,
            epoch,
            remotes,
            more,
        } = answer
        else {
            self.state.listing = Some(listing);
            self.retry_at = Some(now.plus(PULL_EVERY));
            return Vec::new();
        };
        if self.is_new_life(&epoch) {
            return Vec::new();
        }
        // What changes while the pages are read comes after the first page's cursor.
        listing.cursor.get_or_insert(cursor);
        listing.seen.extend(remotes);
        if more {
            self.state.listing = Some(listing);
            return Vec::new();
        }
        let linked = self
            .state
            .docs
            .values()
            .filter_map(|doc| doc.remote.clone());
        let absent: Vec<RemoteId> = linked
            .filter(|remote| !listing.seen.contains(remote))
            .collect();
        if listing.seen.is_empty() && !absent.is_empty() {
            self.compare_all();
            self.state.stopped = Some(Stopped::RemoteIsEmpty);
            return vec![Event::Stopped(Stopped::RemoteIsEmpty)];
        }
        self.state.cursor = listing.cursor;
        self.state.to_read.extend(listing.seen);
        absent
            .iter()
            .flat_map(|remote| self.gone_there(remote))
            .collect()
    }
}

/// Why something will never be taken, in words.
fn reason(answer: Answer) -> String {
    match answer {
        Answer::Refused(reason) => reason,
        Answer::Missing => "the remote does not have it".to_owned(),
        _ => "the remote answered something that means nothing here".to_owned(),
    }
}
