//! The exchange with one remote, without I/O: local edits, answers and time go in; requests and what
//! changed come out. One request is under way at a time, and everything that must survive a crash is
//! in [`State`], to be stored in the transaction of the edit, and before a request is sent.
//!
//! A write is frozen until its answer is known: the same key and body are sent again until somebody
//! says what became of them, while new edits wait in `local`. What the remote has is merged with what
//! was edited here, never put in its place; conflicts are kept until somebody dismisses them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Bound;

use leadline_model::{Change, Definition, Duration, Time};
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

/// What an adapter remembers of a document: what the remote calls each node and edge of it, by what they
/// are called here, where the two differ.
pub type Names = BTreeMap<String, String>;

/// How long to wait between two comparisons with a remote that does not tell what changed.
const COMPARE_EVERY: Duration = Duration(15_000);

/// How long to wait between two questions for changes.
const PULL_EVERY: Duration = Duration(5_000);
/// The wait after the first failure; doubled up to the longest.
const FIRST_PAUSE: i64 = 500;
const LONGEST_PAUSE: i64 = 60_000;

/// Everything that must survive a crash. What may be large is kept apart by whoever stores it: documents,
/// each without what it is here, and enrolments are not among what is serialized.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Names this replica in the keys of its writes.
    pub replica: String,
    made: u64,
    /// The documents.
    #[serde(skip)]
    pub docs: BTreeMap<DocKey, Doc>,
    /// Leads to enrol, oldest first.
    #[serde(skip)]
    pub outbox: VecDeque<Enrolment>,
    /// Writes that were refused for good, until somebody dismisses them.
    #[serde(skip)]
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
    /// Somebody said that the remote may be empty: what is here is sent there anew.
    empty_is_fine: bool,
    /// Documents of the remote that are not wanted here.
    unlinked: BTreeSet<RemoteId>,
    /// Documents of the remote that could not be taken here, until everything is pulled again.
    left_out: BTreeSet<RemoteId>,
}

/// A document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Doc {
    /// What the remote calls it; `None`: it is not there yet.
    pub remote: Option<RemoteId>,
    /// The remote's last copy that is known here.
    pub base: Option<Version>,
    /// What it is here.
    #[serde(skip)]
    pub local: Definition,
    /// It was deleted here.
    pub deleted: bool,
    /// What both sides changed, by number, until somebody dismisses it.
    pub conflicts: BTreeMap<u64, Conflict>,
    /// The remote refuses it, and why; an edit lets it be tried again.
    pub refused: Option<String>,
    /// What the adapter remembers of it.
    pub names: Names,
    /// Whether it differs from `base`: what is to be sent.
    #[serde(skip)]
    differs: bool,
}

impl Doc {
    fn new(local: Definition) -> Doc {
        Doc {
            remote: None,
            base: None,
            local,
            deleted: false,
            conflicts: BTreeMap::new(),
            refused: None,
            names: Names::new(),
            differs: true,
        }
    }

    /// Whether edits of it wait to be sent.
    pub fn is_waiting(&self) -> bool {
        self.differs || self.deleted
    }

    /// The remote does not have it any more, or not yet.
    fn begin_anew(&mut self) {
        (self.remote, self.base) = (None, None);
        self.names.clear();
    }

    fn compare(&mut self) {
        let base = self.base.as_ref().map(|base| &base.definition);
        self.differs = base != Some(&self.local);
    }
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
    Edit {
        remote: RemoteId,
        if_match: String,
        changes: Vec<Change>,
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
    /// Those of them that have to be read.
    news: BTreeSet<RemoteId>,
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
    /// Of an edit: taken as it is. `digest` is that of the definition there now, where the remote says it.
    Taken {
        epoch: String,
        etag: String,
        digest: Option<String>,
    },
    /// Of an edit, a read.
    Document(Version),
    /// Of a delete, an enrolment.
    Done,
    Changes {
        from: u64,
        cursor: u64,
        epoch: String,
        /// With the version there is now, where the remote says it: one that is known here is not read.
        changed: Vec<(RemoteId, Option<String>)>,
        deleted: Vec<RemoteId>,
    },
    List {
        /// Where changes go on from; `None`: the remote does not tell what changes.
        cursor: Option<u64>,
        epoch: String,
        remotes: Vec<(RemoteId, Option<String>)>,
        more: bool,
    },
    /// 412: it has changed since.
    Stale,
    /// 412: the remote lives another life than the one that is known here, named so. Nothing was done.
    OtherLife(String),
    /// 404.
    Missing,
    /// 410: the cursor is too old.
    TooOld,
    /// 401.
    Unauthorized,
    /// 429 or 5xx, with what `Retry-After` says, and why.
    Later(Option<Duration>, String),
    /// Any other 4xx: it will never be taken.
    Refused(String),
    /// Nobody knows what became of it; why.
    Lost(String),
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
    /// There are so many new conflicts.
    Conflicts(DocKey, usize),
    /// The remote refuses something for good, and why.
    Refused(DocKey, String),
    /// The remote has it now.
    Created(DocKey),
    /// The remote took so many changes.
    Sent(DocKey, usize),
    /// The remote deleted it too.
    Removed(DocKey),
    /// The remote took leads.
    Enrolled(DocKey, Value),
    /// The remote is another one than before, or was put back to a backup.
    NewLife,
    Stopped(Stopped),
    /// It went wrong and is tried again.
    Failed(String),
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
    /// What was read last.
    read_last: Option<RemoteId>,
    /// Documents that changed since somebody asked.
    touched: BTreeSet<DocKey>,
}

impl State {
    /// Which life of the remote is known.
    pub fn epoch(&self) -> Option<&str> {
        self.epoch.as_deref()
    }

    /// Up to where its changes are known.
    pub fn cursor(&self) -> Option<u64> {
        self.cursor
    }
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
            empty_is_fine: false,
            unlinked: BTreeSet::new(),
            left_out: BTreeSet::new(),
        })
    }

    /// Goes on from what was stored.
    pub fn load(mut state: State) -> Machine {
        state.docs.values_mut().for_each(Doc::compare);
        Machine {
            state,
            online: true,
            sent: None,
            failures: 0,
            retry_at: None,
            pull_at: None,
            read_last: None,
            touched: BTreeSet::new(),
        }
    }

    /// What has to be stored.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The documents that changed since this was asked last, with those that are gone.
    pub fn take_touched(&mut self) -> BTreeSet<DocKey> {
        std::mem::take(&mut self.touched)
    }

    /// A document, or what belongs to it, is to be stored anew.
    pub fn touch(&mut self, key: DocKey) {
        self.touched.insert(key);
    }

    /// Every document is to be stored anew.
    pub fn touch_all(&mut self) {
        self.touched.extend(self.state.docs.keys());
    }

    /// What the adapter remembers of a document.
    pub fn set_names(&mut self, key: DocKey, names: Names) {
        if let Some(doc) = self.doc(key) {
            doc.names = names;
        }
    }

    /// The document that the remote calls so.
    pub fn key_of(&self, remote: &str) -> Option<DocKey> {
        let mut docs = self.state.docs.iter();
        let found = docs.find(|(_, doc)| doc.remote.as_deref() == Some(remote));
        found.map(|(key, _)| *key)
    }

    /// When there is something to do next, should nothing happen before; `None`: never by itself.
    pub fn due(&self, now: Time) -> Option<Time> {
        let state = &self.state;
        if state.stopped.is_some() || !self.online || self.sent.is_some() {
            return None;
        }
        if let Some(at) = self.retry_at.filter(|at| *at > now) {
            return Some(at);
        }
        let to_write = |doc: &Doc| {
            let ready = doc.base.is_some() || (doc.remote.is_none() && !doc.deleted);
            doc.refused.is_none() && doc.is_waiting() && ready
        };
        let busy = state.inflight.is_some()
            || !state.to_read.is_empty()
            || state.listing.is_some()
            || !state.outbox.is_empty()
            || state.docs.values().any(to_write);
        let idle = self.pull_at.filter(|at| *at > now && !busy);
        Some(idle.unwrap_or(now))
    }

    /// The request under way.
    pub fn under_way(&self) -> Option<&Request> {
        self.sent.as_ref().map(|(_, request)| request)
    }

    /// When it is tried again after a failure.
    pub fn retry_at(&self) -> Option<Time> {
        self.retry_at
    }

    /// Whether everything is known of the remote up to a moment ago: nothing is being compared or read.
    pub fn is_level(&self) -> bool {
        let state = &self.state;
        state.listing.is_none() && state.to_read.is_empty() && state.epoch.is_some()
    }

    /// Everything is there and known here: nothing is left to send.
    pub fn is_settled(&self) -> bool {
        let state = &self.state;
        let settled = |doc: &Doc| doc.refused.is_some() || !doc.is_waiting();
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

    fn doc(&mut self, key: DocKey) -> Option<&mut Doc> {
        self.touched.insert(key);
        self.state.docs.get_mut(&key)
    }

    fn each_doc(&mut self, change: impl Fn(&mut Doc)) {
        for doc in self.state.docs.values_mut() {
            change(doc);
            doc.compare();
        }
        self.touch_all();
    }

    fn forget(&mut self, key: DocKey) -> Option<Doc> {
        self.touched.insert(key);
        self.state.docs.remove(&key)
    }

    /// A document that was made here.
    pub fn add(&mut self, local: Definition) -> DocKey {
        self.insert(Doc::new(local))
    }

    fn insert(&mut self, mut doc: Doc) -> DocKey {
        doc.compare();
        let key = DocKey(self.make() as u32);
        self.touched.insert(key);
        self.state.docs.insert(key, doc);
        key
    }

    /// A document was edited here.
    pub fn edit(&mut self, key: DocKey, local: Definition) {
        if let Some(doc) = self.doc(key) {
            doc.local = local;
            doc.refused = None;
            doc.compare();
        }
    }

    /// A document was edited here, on top of `base`, while it was edited there too. Answers what both
    /// make of it.
    pub fn edit_beside(&mut self, key: DocKey, base: &Definition, mine: &Definition) -> Definition {
        let theirs = self.state.docs.get(&key).map(|doc| doc.local.clone());
        let theirs = theirs.unwrap_or_default();
        self.merge_into(key, base, mine, &theirs);
        let Some(doc) = self.doc(key) else {
            return mine.clone();
        };
        if doc.refused.is_some() {
            // Together they are no workflow: what is here stays, and the remote's is merged when it is read.
            doc.local = mine.clone();
            doc.compare();
        }
        doc.local.clone()
    }

    /// A document was deleted here.
    pub fn delete(&mut self, key: DocKey) {
        let busy = self.is_written(key);
        match self.doc(key) {
            Some(doc) if doc.remote.is_some() || busy => {
                doc.deleted = true;
                doc.refused = None;
            }
            Some(_) => {
                self.forget(key);
            }
            None => {}
        }
    }

    fn is_written(&self, key: DocKey) -> bool {
        let inflight = self.state.inflight.as_ref();
        inflight.is_some_and(|write| write.doc == key)
    }

    /// A document goes its own way here and there: neither side hears of the other any more. Leads
    /// that wait for it are set aside.
    pub fn unlink(&mut self, key: DocKey) {
        if let Some(remote) = self.forget(key).and_then(|doc| doc.remote) {
            self.state.to_read.remove(&remote);
            self.state.unlinked.insert(remote);
        }
    }

    /// A document that arrived cannot be taken here; tried again when everything is pulled.
    pub fn leave_out(&mut self, key: DocKey) {
        if let Some(remote) = self.forget(key).and_then(|doc| doc.remote) {
            self.state.left_out.insert(remote);
        }
    }

    /// Everything is compared with the remote; what was unlinked stays so.
    pub fn pull_everything(&mut self) {
        self.state.left_out.clear();
        // A version nobody gives: whatever is there is read.
        self.each_doc(|doc| {
            if let Some(base) = &mut doc.base {
                base.etag.clear();
            }
        });
        self.compare_all();
        self.hurry();
    }

    /// Leads are to be enrolled; they are, in this order, once.
    pub fn enrol(&mut self, doc: DocKey, leads: Value) {
        let key = self.key();
        self.state.outbox.push_back(Enrolment { key, doc, leads });
    }

    /// An enrolment that was set aside is tried again, after those that wait.
    pub fn retry(&mut self, key: &str) {
        let aside = &mut self.state.set_aside;
        if let Some(at) = aside.iter().position(|one| one.enrolment.key == key) {
            let mut enrolment = aside.remove(at).enrolment;
            // Refusals are not remembered by all remotes alike: this is another request.
            enrolment.key = self.key();
            self.state.outbox.push_back(enrolment);
        }
    }

    /// An enrolment that waits or was set aside is not wanted any more; one that is under way cannot be
    /// called back.
    pub fn give_up(&mut self, key: &str) -> bool {
        let busy = |write: &Write| write.key == key;
        if self.state.inflight.as_ref().is_some_and(busy) {
            return false;
        }
        let before = self.state.outbox.len() + self.state.set_aside.len();
        self.state.outbox.retain(|one| one.key != key);
        let other = |one: &SetAside| one.enrolment.key != key;
        self.state.set_aside.retain(other);
        self.state.outbox.len() + self.state.set_aside.len() < before
    }

    /// Somebody settled one of a document's conflicts.
    pub fn dismiss(&mut self, key: DocKey, number: u64) -> Option<Conflict> {
        self.doc(key)?.conflicts.remove(&number)
    }

    /// There is a network, or none.
    pub fn online(&mut self, online: bool) {
        self.online = online;
        self.retry_at = None;
    }

    /// Somebody says that it may go on: the key is good again, the remote is really empty.
    pub fn go_on(&mut self) {
        let stopped = self.state.stopped.take();
        self.state.empty_is_fine |= stopped == Some(Stopped::RemoteIsEmpty);
        self.hurry();
    }

    /// Looks again whether the remote is still empty; the key, if that was refused, has to be said to be
    /// good ([`Machine::go_on`]).
    pub fn look_again(&mut self) {
        self.state
            .stopped
            .take_if(|stopped| *stopped == Stopped::RemoteIsEmpty);
        self.hurry();
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
        // What cannot be read keeps nothing else from being written.
        let may_write = self.state.to_read.is_empty() || self.failures > 0;
        if self.state.inflight.is_none() && may_write && self.state.listing.is_none() {
            self.state.inflight = self.write();
        }
        let request = if let Some(write) = &self.state.inflight {
            Request::Write(write.clone())
        } else if let Some(remote) = self.next_to_read() {
            Request::Read(remote)
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
            self.each_doc(|doc| doc.base = None);
            self.compare_all();
        }
        new
    }

    fn new_life(&mut self, epoch: Option<&str>) -> Vec<Event> {
        match epoch.is_some_and(|epoch| self.is_new_life(epoch)) {
            true => vec![Event::NewLife],
            false => Vec::new(),
        }
    }

    /// In turn: one that is never answered does not keep the others waiting.
    fn next_to_read(&mut self) -> Option<RemoteId> {
        let all = &self.state.to_read;
        let after = match &self.read_last {
            Some(last) => all
                .range((Bound::Excluded(last.clone()), Bound::Unbounded))
                .next(),
            None => None,
        };
        self.read_last = after.or(all.first()).cloned();
        self.read_last.clone()
    }

    fn compare_all(&mut self) {
        self.state.listing = Some(Listing {
            cursor: None,
            seen: BTreeSet::new(),
            news: BTreeSet::new(),
        });
    }

    /// The next write: documents first, since leads need theirs.
    fn write(&mut self) -> Option<Write> {
        let docs = self.state.docs.iter();
        let found = docs
            .filter(|(_, doc)| doc.refused.is_none())
            .filter(|(_, doc)| {
                let remote = doc.remote.as_ref();
                remote.is_none_or(|remote| !self.state.to_read.contains(remote))
            })
            .find_map(|(key, doc)| {
                Some((
                    *key,
                    match (&doc.remote, &doc.base) {
                        (Some(remote), Some(base)) if doc.deleted => What::Delete {
                            remote: remote.clone(),
                            if_match: base.etag.clone(),
                        },
                        (Some(remote), Some(base)) if doc.differs => What::Edit {
                            remote: remote.clone(),
                            if_match: base.etag.clone(),
                            changes: base.definition.changes_to(&doc.local),
                        },
                        (None, _) if !doc.deleted => What::Create {
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
            match doc.and_then(|doc| doc.remote.clone()) {
                Some(remote) => {
                    let Enrolment { key, doc, leads } = enrolment;
                    return Some(Write {
                        key,
                        doc,
                        what: What::Enrol { remote, leads },
                    });
                }
                None => {
                    let refused = doc.and_then(|doc| doc.refused.clone());
                    let reason = match refused {
                        Some(reason) => format!("the remote refused its workflow: {reason}"),
                        None => "its workflow is not on the remote".to_owned(),
                    };
                    self.set_aside(&reason);
                }
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
        let answer = meant(&request, answer);
        match &answer {
            Answer::Lost(reason) | Answer::Later(_, reason) => {
                self.failures += 1;
                self.retry_at = Some(now.plus(self.pause(&answer)));
                return vec![Event::Failed(reason.clone())];
            }
            Answer::Unauthorized => {
                self.state.stopped = Some(Stopped::Unauthorized);
                return vec![Event::Stopped(Stopped::Unauthorized)];
            }
            _ => (self.failures, self.retry_at) = (0, None),
        }
        if let Answer::OtherLife(epoch) = answer {
            // A write is made anew from what there is in that life; leads still wait in their order.
            self.state.inflight = None;
            let docs = self.state.docs.iter();
            // Deleted here before it was there, and now it never will be.
            let undone = docs.filter(|(_, doc)| doc.deleted && doc.remote.is_none());
            let undone: Vec<DocKey> = undone.map(|(key, _)| *key).collect();
            let mut events = self.new_life(Some(&epoch));
            for key in undone {
                self.forget(key);
                events.push(Event::Removed(key));
            }
            return events;
        }
        match request {
            Request::Write(write) => {
                let epoch = match &answer {
                    Answer::Created { version, .. } | Answer::Document(version) => {
                        Some(version.epoch.clone())
                    }
                    Answer::Taken { epoch, .. } => Some(epoch.clone()),
                    _ => None,
                };
                let mut events = self.new_life(epoch.as_deref());
                self.state.inflight = None;
                events.extend(self.written(write, answer));
                events
            }
            Request::Read(remote) => {
                self.state.to_read.remove(&remote);
                match answer {
                    Answer::Document(version) => {
                        let mut events = self.new_life(Some(&version.epoch));
                        events.extend(self.read(remote, version));
                        events
                    }
                    Answer::Missing => self.gone_there(&remote),
                    Answer::Refused(reason) => self.unreadable(&remote, reason),
                    _ => Vec::new(),
                }
            }
            Request::Changes { after } => self.changes(after, answer, now),
            Request::List { .. } => self.listed(answer, now),
        }
    }

    /// The pause after a failure: doubled each time, spread so that not all come back at once.
    fn pause(&self, answer: &Answer) -> Duration {
        if let Answer::Later(Some(after), _) = answer {
            return *after;
        }
        let longest = (FIRST_PAUSE << self.failures.min(10).saturating_sub(1)).min(LONGEST_PAUSE);
        let name = self.state.replica.bytes().map(i64::from).sum::<i64>();
        let spread = (name * 7_919 + self.state.made as i64 * 104_729) % (longest / 2);
        Duration(longest / 2 + spread)
    }

    fn written(&mut self, write: Write, answer: Answer) -> Vec<Event> {
        let key = write.doc;
        if let What::Enrol { leads, .. } = write.what {
            // Its workflow may be gone by now; the leads were enrolled all the same.
            if answer == Answer::Done {
                self.state.outbox.pop_front();
                return vec![Event::Enrolled(key, leads)];
            }
            let reason = reason(answer);
            self.set_aside(&reason);
            return vec![Event::Refused(key, reason)];
        }
        let Some(doc) = self.doc(key) else {
            // It was unlinked meanwhile.
            if let Answer::Created { remote, .. } = answer {
                self.state.unlinked.insert(remote);
            }
            return Vec::new();
        };
        match (write.what, answer) {
            (What::Create { .. }, Answer::Created { remote, version }) => {
                doc.remote = Some(remote);
                doc.base = Some(version);
                doc.compare();
                vec![Event::Created(key)]
            }
            (
                What::Edit {
                    remote, changes, ..
                },
                Answer::Taken {
                    epoch,
                    etag,
                    digest,
                },
            ) => {
                let count = changes.len();
                let Some(base) = &mut doc.base else {
                    self.state.to_read.insert(remote);
                    return Vec::new();
                };
                let applied = base.definition.apply_unchecked(&changes).is_ok();
                let same = digest.is_none_or(|digest| base.definition.digest() == digest);
                (base.epoch, base.etag) = (epoch, etag);
                if !(applied && same) {
                    // The remote made something else of it: that is read, and merged as any edit is.
                    base.etag.clear();
                    self.state.to_read.insert(remote);
                } else {
                    doc.compare();
                }
                vec![Event::Sent(key, count)]
            }
            (What::Edit { changes, .. }, Answer::Document(version)) => {
                let count = changes.len();
                let (theirs, local) = (version.definition.clone(), doc.local.clone());
                let base = doc.base.replace(version).map(|base| base.definition);
                let mut sent = base.unwrap_or_default();
                if sent.apply_unchecked(&changes).is_err() {
                    sent = Definition::default();
                }
                let mut events = vec![Event::Sent(key, count)];
                events.extend(self.merge_into(key, &sent, &local, &theirs));
                events
            }
            (What::Edit { remote, .. } | What::Delete { remote, .. }, Answer::Stale) => {
                self.state.to_read.insert(remote);
                Vec::new()
            }
            (What::Delete { .. }, Answer::Done | Answer::Missing) => {
                self.forget(key);
                vec![Event::Removed(key)]
            }
            (What::Edit { remote, .. }, Answer::Missing) => self.gone_there(&remote),
            (What::Create { .. }, _) if doc.deleted => {
                self.forget(key);
                vec![Event::Removed(key)]
            }
            (_, answer) => {
                let reason = reason(answer);
                doc.refused = Some(reason.clone());
                vec![Event::Refused(key, reason)]
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
        let mut events = Vec::new();
        let merged = merge(base, mine, theirs);
        let made = self.state.made;
        let Some(doc) = self.doc(key) else {
            return events;
        };
        match merged {
            Ok(merged) => {
                if merged.definition != doc.local {
                    doc.local = merged.definition;
                    events.push(Event::Changed(key));
                }
                let count = merged.conflicts.len();
                doc.conflicts.extend((made + 1..).zip(merged.conflicts));
                doc.compare();
                if count > 0 {
                    events.push(Event::Conflicts(key, count));
                }
                self.state.made += count as u64;
            }
            Err(error) => {
                doc.refused = Some(error.to_string());
                doc.compare();
                events.push(Event::Refused(key, error.to_string()));
            }
        }
        events
    }

    /// The remote's copy of a document.
    fn read(&mut self, remote: RemoteId, version: Version) -> Vec<Event> {
        let Some(key) = self.key_of(&remote) else {
            if self.state.unlinked.contains(&remote) || self.state.left_out.contains(&remote) {
                return Vec::new();
            }
            let mut doc = Doc::new(version.definition.clone());
            (doc.remote, doc.base) = (Some(remote), Some(version));
            return vec![Event::Arrived(self.insert(doc))];
        };
        let Some(doc) = self.doc(key) else {
            return Vec::new();
        };
        let theirs = version.definition.clone();
        let mine = doc.local.clone();
        // What was refused may fit what is there now.
        doc.refused = None;
        let before = doc.base.replace(version);
        let base = before.as_ref().map(|base| base.definition.clone());
        let base = base.unwrap_or_default();
        // An edit there beats a deletion here.
        if doc.deleted && base != theirs {
            doc.deleted = false;
            doc.local = base.clone();
            doc.compare();
            return [
                vec![Event::Changed(key)],
                self.merge_into(key, &base, &base, &theirs),
            ]
            .concat();
        }
        let events = self.merge_into(key, &base, &mine, &theirs);
        // What could not be merged is merged again when it was edited: on top of what both began with.
        if let Some(doc) = self.state.docs.get_mut(&key)
            && doc.refused.is_some()
        {
            doc.base = before;
            doc.compare();
        }
        events
    }

    /// The remote has something under this name that is no workflow here: the others go on.
    fn unreadable(&mut self, remote: &str, reason: String) -> Vec<Event> {
        let Some(key) = self.key_of(remote) else {
            return vec![Event::Failed(reason)];
        };
        match self.doc(key) {
            Some(doc) if doc.refused.as_ref() != Some(&reason) => {
                doc.refused = Some(reason.clone());
                vec![Event::Refused(key, reason)]
            }
            _ => Vec::new(),
        }
    }

    /// The remote does not have it any more: gone here too, unless it was edited here since.
    fn gone_there(&mut self, remote: &str) -> Vec<Event> {
        self.state.to_read.remove(remote);
        let Some(key) = self.key_of(remote) else {
            return Vec::new();
        };
        let Some(doc) = self.doc(key) else {
            return Vec::new();
        };
        if doc.deleted {
            self.forget(key);
            return vec![Event::Removed(key)];
        }
        if !doc.differs {
            self.forget(key);
            return vec![Event::Deleted(key)];
        }
        doc.begin_anew();
        doc.compare();
        Vec::new()
    }

    /// Whether a document has to be read, given the version that is there now.
    fn is_news(&self, remote: &str, etag: Option<&String>) -> bool {
        if self.state.unlinked.contains(remote) || self.state.left_out.contains(remote) {
            return false;
        }
        let doc = self
            .key_of(remote)
            .and_then(|key| self.state.docs.get(&key));
        let base = doc.and_then(|doc| doc.base.as_ref());
        base.is_none_or(|base| Some(&base.etag) != etag)
    }

    fn note_changed(&mut self, changed: Vec<(RemoteId, Option<String>)>) {
        for (remote, etag) in changed {
            if self.is_news(&remote, etag.as_ref()) {
                self.state.to_read.insert(remote);
            }
        }
    }

    fn changes(&mut self, after: u64, answer: Answer, now: Time) -> Vec<Event> {
        match answer {
            Answer::Changes {
                cursor,
                epoch,
                changed,
                deleted,
                ..
            } => {
                if self.is_new_life(&epoch) {
                    return vec![Event::NewLife];
                }
                self.state.cursor = Some(cursor);
                if cursor == after {
                    self.pull_at = Some(now.plus(PULL_EVERY));
                }
                self.note_changed(changed);
                let gone = deleted.iter().flat_map(|remote| self.gone_there(remote));
                gone.collect()
            }
            Answer::TooOld => {
                self.compare_all();
                Vec::new()
            }
            _ => Vec::new(),
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
            return Vec::new();
        };
        if self.is_new_life(&epoch) {
            return vec![Event::NewLife];
        }
        // What changes while the pages are read comes after the first page's cursor.
        if listing.seen.is_empty() {
            listing.cursor = cursor;
        }
        for (remote, etag) in remotes {
            if self.is_news(&remote, etag.as_ref()) {
                listing.news.insert(remote.clone());
            }
            listing.seen.insert(remote);
        }
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
        let empty = listing.seen.is_empty() && !absent.is_empty();
        let is_fine = std::mem::take(&mut self.state.empty_is_fine);
        if empty && !is_fine {
            self.compare_all();
            self.state.stopped = Some(Stopped::RemoteIsEmpty);
            return vec![Event::Stopped(Stopped::RemoteIsEmpty)];
        }
        self.state.cursor = listing.cursor;
        if listing.cursor.is_none() {
            self.pull_at = Some(now.plus(COMPARE_EVERY));
        }
        self.state.to_read.extend(listing.news);
        if empty {
            self.state.docs.retain(|_, doc| !doc.deleted);
            self.each_doc(Doc::begin_anew);
            return Vec::new();
        }
        // What a list leaves out is gone once the remote says so of itself.
        self.state.to_read.extend(absent);
        Vec::new()
    }
}

/// What an answer means: one to what changed, or to what there is, that answers another question or
/// nothing at all, is none; it is asked again, ever more rarely.
fn meant(request: &Request, answer: Answer) -> Answer {
    match (request, &answer) {
        (Request::Changes { after }, Answer::Changes { from, .. }) if from == after => answer,
        (Request::Changes { .. }, Answer::TooOld) | (Request::List { .. }, Answer::List { .. }) => {
            answer
        }
        (_, Answer::Lost(_) | Answer::Later(..) | Answer::Unauthorized | Answer::OtherLife(_))
        | (Request::Write(_) | Request::Read(_), _) => answer,
        (Request::Changes { .. } | Request::List { .. }, _) => Answer::Lost(reason(answer)),
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

#[cfg(test)]
mod tests;
