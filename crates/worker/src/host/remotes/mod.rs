//! Remotes: a sync machine for each, what is linked with it, and how both are kept.
//!
//! What a workflow is here is the session's; a record of a link holds what the remote had last. So an
//! edit that is in the journal is an edit that waits, and no crash can come between the two. Everything
//! else a machine must remember is stored in one commit with the inputs it led to, before a request
//! is sent.

mod asks;
mod exchange;
mod files;
mod overview;
mod revisions;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use leadline_model::{Definition, WorkflowId};
use leadline_protocol::{
    LogLine, Problem, ProblemCode, RemoteId, RemoteKind, RemoteState, Revision, SyncRequest,
    Written,
};
use leadline_sim::Session;
use leadline_store::archive::remote_write;
use leadline_store::{Record, Write};
use leadline_sync::adapter::{Adapter, Leadline, Outcome, Plain};
use leadline_sync::machine::{Doc, DocKey, Enrolment, SetAside, State};
use leadline_sync::{Machine, Request};
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use super::syncing::{Look, StoredRemotes, Syncing};
use super::{Host, Moment, Who};

pub use exchange::{Exchange, Question};
pub use revisions::Wanted;

/// Lines of a log that are kept.
const LOG: usize = 200;

/// All remotes of this browser.
#[derive(Default)]
struct Remotes {
    all: BTreeMap<RemoteId, Remote>,
    common: Common,
    offline: bool,
    /// Why what was stored about them cannot be read.
    damage: Option<String>,
    /// Something may have changed since it was written last.
    changed: bool,
    /// A hash of each record as it is stored, or about to be.
    stored: BTreeMap<String, u64>,
}

/// What belongs to no remote alone.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Common {
    /// The number of the last remote that was added.
    last: u32,
    /// The requests that were carried out last: one that is sent again, because the leading tab died before
    /// it answered, takes effect once.
    done: VecDeque<String>,
}

/// A remote.
#[derive(Debug)]
struct Remote {
    settings: Settings,
    machine: Machine,
    links: BTreeMap<DocKey, Link>,
    log: VecDeque<LogLine>,
    /// When both sides were known to be the same last.
    level_at: Option<i64>,
    /// Why it could not be reached last.
    trouble: Option<String>,
    /// How it stood when the pages were told.
    told: Option<RemoteState>,
    /// What the wall clock is ahead of the steady one, by which the machine goes: it may be set meanwhile.
    wall_ahead: i64,
    files: Option<files::Pending>,
}

/// What its user said of a remote.
#[derive(Clone, Serialize, Deserialize)]
struct Settings {
    name: String,
    kind: RemoteKind,
    address: String,
    key: String,
}

/// Without the key: this ends up in logs.
impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings")
            .field("name", &self.name)
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

/// A workflow of the session and the document of the machine it is.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Link {
    workflow_id: WorkflowId,
    /// What the session could not take; the machine has it.
    held: Option<Held>,
    /// Earlier forms, oldest first.
    revisions: VecDeque<Revision>,
    /// The session's revision that the machine knows. A session that comes back with less lost a part of
    /// its journal: what it lacks is no edit of its author's.
    seen: u64,
}

/// What the remote's edits would make of a workflow, and why they cannot be taken now.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Held {
    /// What it would be.
    becomes: Definition,
    /// What it was here when the two were the same last.
    shown: Definition,
    reason: String,
    /// The journal's end when it was tried last: nothing changed before it grows.
    #[serde(skip)]
    tried: u64,
}

#[derive(Serialize)]
struct HeadOut<'a> {
    settings: &'a Settings,
    state: &'a State,
}

#[derive(Deserialize)]
struct Head {
    settings: Settings,
    state: State,
}

#[derive(Serialize)]
struct DocOut<'a> {
    link: &'a Link,
    doc: &'a Doc,
}

#[derive(Deserialize)]
struct DocIn {
    link: Link,
    doc: Doc,
}

/// An enrolment, and why it was refused if it was.
#[derive(Serialize, Deserialize)]
struct Queued {
    enrolment: Enrolment,
    reason: Option<String>,
}

/// The remotes that are stored, at work again.
pub(crate) fn load(stored: StoredRemotes, session: &Session) -> Box<dyn Syncing> {
    Box::new(Remotes::load(stored, session))
}

/// Its key is behind those of all remotes.
const COMMON: &str = "common";
/// Requests remembered.
const DONE: usize = 200;

fn head_key(id: RemoteId) -> String {
    format!("{:010}", id.0)
}

fn doc_key(id: RemoteId, doc: DocKey) -> String {
    format!("{:010}/d/{:010}", id.0, doc.0)
}

fn out_key(id: RemoteId, key: &str) -> String {
    // The number at the end of a key is that of the queue.
    let number = key.rsplit_once('-').map_or(key, |(_, number)| number);
    format!("{:010}/q/{number:0>20}", id.0)
}

fn log_key(id: RemoteId) -> String {
    format!("{:010}/l", id.0)
}

impl Remotes {
    /// Goes on from what was stored.
    /// Where that cannot be read, there are none, and what is stored is kept until one is added anew.
    fn load(stored: StoredRemotes, session: &Session) -> Remotes {
        let StoredRemotes {
            keys,
            records,
            damage,
        } = stored;
        let loaded = match damage {
            None => Remotes::read(records, session),
            Some(reason) => Err(reason),
        };
        loaded.unwrap_or_else(|reason| {
            let ids = keys
                .iter()
                .filter_map(|key| key.split('/').next()?.parse().ok());
            let common = Common {
                last: ids.max().unwrap_or(0),
                ..Common::default()
            };
            Remotes {
                damage: Some(reason),
                common,
                stored: keys.into_iter().map(|key| (key, 0)).collect(),
                ..Remotes::default()
            }
        })
    }

    fn read(records: Vec<Record>, session: &Session) -> Result<Remotes, String> {
        // What is made of it on the way is written with the first commit.
        let mut remotes = Remotes {
            changed: true,
            ..Remotes::default()
        };
        let mut states: BTreeMap<RemoteId, (Settings, State)> = BTreeMap::new();
        let mut links: BTreeMap<RemoteId, BTreeMap<DocKey, Link>> = BTreeMap::new();
        let mut lost: BTreeSet<RemoteId> = BTreeSet::new();
        let mut logs: BTreeMap<RemoteId, VecDeque<LogLine>> = BTreeMap::new();
        // A head comes before what belongs to it.
        for (key, json) in records {
            remotes.stored.insert(key.clone(), xxh3_64(&json));
            if key == COMMON {
                remotes.common = read(&key, &json)?;
                continue;
            }
            let mut parts = key.split('/');
            let id = parts.next().and_then(|id| id.parse().ok()).map(RemoteId);
            let id = id.ok_or_else(|| format!("the record {key} is not of ours"))?;
            let (kind, number) = (parts.next(), parts.next());
            if kind.is_none() {
                let Head { settings, state } = read(&key, &json)?;
                states.insert(id, (settings, state));
                continue;
            }
            let Some((_, state)) = states.get_mut(&id) else {
                return Err(format!("the record {key} is of no remote"));
            };
            match kind {
                Some("d") => {
                    let DocIn { mut link, mut doc } = read(&key, &json)?;
                    let number = number.and_then(|number| number.parse().ok());
                    let number = number.ok_or_else(|| format!("the record {key} has no number"))?;
                    let Some(local) = reunited(&mut link, &doc, session) else {
                        // It is gone here by no deed of its author's: it comes back from the remote.
                        lost.insert(id);
                        continue;
                    };
                    doc.local = local;
                    state.docs.insert(DocKey(number), doc);
                    links.entry(id).or_default().insert(DocKey(number), link);
                }
                Some("q") => {
                    let Queued { enrolment, reason } = read(&key, &json)?;
                    match reason {
                        None => state.outbox.push_back(enrolment),
                        Some(reason) => state.set_aside.push(SetAside { enrolment, reason }),
                    }
                }
                Some("l") => {
                    logs.insert(id, read(&key, &json)?);
                }
                _ => return Err(format!("the record {key} is not of ours")),
            }
        }
        for (id, (settings, state)) in states {
            let mut machine = Machine::load(state);
            if lost.contains(&id) {
                machine.pull_everything();
            }
            let remote = Remote {
                links: links.remove(&id).unwrap_or_default(),
                log: logs.remove(&id).unwrap_or_default(),
                ..Remote::new(settings, machine)
            };
            remotes.all.insert(id, remote);
        }
        Ok(remotes)
    }

    /// What has to be written so that what is stored is what there is.
    fn writes(&mut self) -> Vec<Write> {
        let mut writes = Vec::new();
        if self.damage.is_some() || !std::mem::take(&mut self.changed) {
            return writes;
        }
        let mut put = |stored: &mut BTreeMap<String, u64>, key: String, json: Vec<u8>| {
            let hash = xxh3_64(&json);
            if stored.insert(key.clone(), hash) != Some(hash) {
                writes.push(remote_write(&key, Some(&json)));
            }
        };
        if self.common.last > 0 {
            put(&mut self.stored, COMMON.to_owned(), written(&self.common));
        }
        for (id, remote) in &mut self.all {
            let touched = remote.machine.take_touched();
            let state = remote.machine.state();
            let settings = &remote.settings;
            let head = written(&HeadOut { settings, state });
            put(&mut self.stored, head_key(*id), head);
            put(&mut self.stored, log_key(*id), written(&remote.log));
            for key in touched {
                if let (Some(link), Some(doc)) = (remote.links.get(&key), state.docs.get(&key)) {
                    let record = written(&DocOut { link, doc });
                    put(&mut self.stored, doc_key(*id, key), record);
                }
            }
            let waiting = state.outbox.iter().map(|one| (one, None));
            let aside = state.set_aside.iter();
            let aside = aside.map(|one| (&one.enrolment, Some(&one.reason)));
            for (enrolment, reason) in waiting.chain(aside) {
                let key = out_key(*id, &enrolment.key);
                // What is queued does not change but for being set aside.
                if reason.is_some() || !self.stored.contains_key(&key) {
                    let record = Queued {
                        enrolment: enrolment.clone(),
                        reason: reason.cloned(),
                    };
                    put(&mut self.stored, key, written(&record));
                }
            }
        }
        let there = self.keys();
        let gone: Vec<String> = self
            .stored
            .keys()
            .filter(|key| !there.contains(*key))
            .cloned()
            .collect();
        for key in gone {
            self.stored.remove(&key);
            writes.push(remote_write(&key, None));
        }
        writes
    }

    /// The keys of all records there are.
    fn keys(&self) -> BTreeSet<String> {
        let mut keys = BTreeSet::new();
        if self.common.last > 0 {
            keys.insert(COMMON.to_owned());
        }
        for (id, remote) in &self.all {
            let state = remote.machine.state();
            keys.extend([head_key(*id), log_key(*id)]);
            keys.extend(remote.links.keys().map(|key| doc_key(*id, *key)));
            let aside = state.set_aside.iter().map(|one| &one.enrolment);
            let queued = state.outbox.iter().chain(aside);
            keys.extend(queued.map(|one| out_key(*id, &one.key)));
        }
        keys
    }

    /// A remote, to change it: what it is then is written with the next commit.
    fn get_mut(&mut self, id: &RemoteId) -> Option<&mut Remote> {
        self.changed = true;
        self.all.get_mut(id)
    }

    /// A request was carried out.
    fn remember(&mut self, request: &str) {
        self.changed = true;
        self.common.done.push_back(request.to_owned());
        while self.common.done.len() > DONE {
            self.common.done.pop_front();
        }
    }

    fn with<'a>(&'a mut self, host: &'a mut Host) -> Syncer<'a> {
        Syncer {
            host,
            remotes: self,
        }
    }

    /// The remote and the document that a workflow is linked with.
    fn link_of(&self, workflow: &WorkflowId) -> Option<(RemoteId, DocKey)> {
        self.all.iter().find_map(|(id, remote)| {
            let mut links = remote.links.iter();
            let found = links.find(|(_, link)| link.workflow_id == *workflow);
            found.map(|(key, _)| (*id, *key))
        })
    }
}

impl Syncing for Remotes {
    fn look(&mut self, host: &mut Host, who: Who, at: Look) {
        self.with(host).look(who, at);
    }

    fn ask(&mut self, host: &mut Host, who: Who, request: &Written<SyncRequest>, at: Moment) {
        self.with(host).ask_remotes(who, request, at);
    }

    fn note_edits(&mut self, host: &mut Host, at: Moment) {
        self.with(host).note_edits(at);
    }

    fn drive(&mut self, host: &mut Host, at: Moment) {
        self.with(host).drive_remotes(at);
    }

    fn network(&mut self, host: &mut Host, online: bool, at: Moment) {
        self.with(host).network(online, at);
    }

    fn revision_read(
        &mut self,
        host: &mut Host,
        who: Who,
        wanted: Wanted,
        text: Option<String>,
        at: Moment,
    ) {
        self.with(host).revision_read(who, wanted, text, at);
    }

    fn answered(
        &mut self,
        host: &mut Host,
        remote: RemoteId,
        number: u64,
        outcome: Outcome,
        at: Moment,
    ) {
        self.with(host).remote_answered(remote, number, outcome, at);
    }

    fn stirred(
        &mut self,
        host: &mut Host,
        remote: RemoteId,
        workflow: Option<&str>,
        edited: bool,
        at: Moment,
    ) {
        self.with(host).remote_stirred(remote, workflow, edited, at);
    }

    fn exchange(&self, remote: RemoteId) -> Option<Exchange> {
        self.exchange_of(remote)
    }

    fn addressee(&self, remote: RemoteId) -> Option<(Adapter, String, String)> {
        let remote = self.all.get(&remote)?;
        let settings = &remote.settings;
        Some((
            remote.adapter(),
            settings.address.clone(),
            settings.key.clone(),
        ))
    }

    fn listening(&self) -> Vec<(RemoteId, String, String, u64)> {
        self.listened_to()
    }

    fn due(&self, at: Moment) -> Option<f64> {
        self.next_due(at)
    }

    fn emptied(&self) -> Box<dyn Syncing> {
        Box::new(Remotes {
            offline: self.offline,
            common: Common {
                last: self.common.last,
                ..Common::default()
            },
            ..Remotes::default()
        })
    }

    fn all_writes(&mut self) -> Vec<Write> {
        self.stored.clear();
        self.changed = true;
        for remote in self.all.values_mut() {
            remote.machine.touch_all();
        }
        self.writes()
    }
}

/// A host and its remotes, for as long as something is done about them.
struct Syncer<'a> {
    host: &'a mut Host,
    remotes: &'a mut Remotes,
}

impl Remote {
    fn new(settings: Settings, machine: Machine) -> Remote {
        Remote {
            settings,
            machine,
            links: BTreeMap::new(),
            log: VecDeque::new(),
            level_at: None,
            trouble: None,
            told: None,
            wall_ahead: 0,
            files: None,
        }
    }

    fn note(&mut self, at_ms: i64, bad: bool, text: String) {
        if self.log.front().is_some_and(|line| line.text == text) {
            self.log.pop_front();
        }
        self.log.push_front(LogLine { at_ms, bad, text });
        self.log.truncate(LOG);
    }

    fn adapter(&self) -> Adapter {
        match self.settings.kind {
            RemoteKind::Plain => Adapter::Plain(Plain),
            RemoteKind::Leadline | RemoteKind::Files => Adapter::Leadline(Leadline),
        }
    }
}

/// What a linked workflow is here. Where the session lost a part of its journal it is what the remote had
/// last, held until it can be taken; `None`: the workflow itself was lost.
fn reunited(link: &mut Link, doc: &Doc, session: &Session) -> Option<Definition> {
    let found = session.engine().definition(&link.workflow_id);
    let Ok((definition, revision, _)) = found else {
        return doc.deleted.then(Definition::default);
    };
    let base = doc.base.as_ref().filter(|_| revision < link.seen);
    link.seen = revision;
    if let Some(base) = base {
        link.held = Some(Held {
            becomes: base.definition.clone(),
            shown: definition.clone(),
            reason: "A part of what was stored here was damaged; what the remote has is taken."
                .to_owned(),
            tried: 0,
        });
    }
    Some(match &link.held {
        Some(held) => held.becomes.clone(),
        None => definition.clone(),
    })
}

fn read<T: serde::de::DeserializeOwned>(key: &str, json: &[u8]) -> Result<T, String> {
    serde_json::from_slice(json).map_err(|error| format!("the record {key}: {error}"))
}

fn written(record: &impl Serialize) -> Vec<u8> {
    // Records are made of texts, numbers and lists: there is nothing JSON cannot hold.
    serde_json::to_vec(record).unwrap_or_default()
}

fn refusal(code: ProblemCode, message: impl Into<String>) -> Problem {
    Problem {
        code,
        message: message.into(),
        findings: Vec::new(),
    }
}

/// What a request is about.
fn document(request: &Request) -> Option<(Option<DocKey>, Option<&str>)> {
    match request {
        Request::Write(write) => Some((Some(write.doc), None)),
        Request::Read(remote) => Some((None, Some(remote))),
        Request::Changes { .. } | Request::List { .. } => None,
    }
}
