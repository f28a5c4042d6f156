//! Remotes as the rest of the host sees them. What syncs is a part that is fetched when it is first
//! needed (see [`crate::parts`]), and does all there is to do; until then there are only its records.
//!
//! Records that are stored wait untouched until the part is here: what a workflow is here is the
//! session's, so a part that comes late finds what was edited meanwhile as it does after a restart.

use std::fmt;

use leadline_model::WorkflowId;
use leadline_protocol::{
    Link, LinkState, Notice, Remote, RemoteId, RemoteState, Reply, Request, SyncNotice,
    SyncRequest, Written,
};
use leadline_store::archive::remote_write;
use leadline_store::{Record, Write};
use leadline_sync::adapter::{Adapter, Outcome};
use serde_json::Value;

use super::{Exchange, Host, Moment, Out, Wanted, Who};
use crate::parts::{Part, SyncPart};

/// What a page only wants to see of remotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Look {
    /// All of them.
    Remotes,
    /// How a workflow is linked.
    Link(WorkflowId),
}

impl Look {
    /// The request that asks for it.
    fn request(self) -> Request {
        match self {
            Look::Remotes => Request::Remotes,
            Look::Link(workflow_id) => Request::Linked { workflow_id },
        }
    }
}

/// What the host asks of the part that syncs: the remotes it keeps, of which nothing else is known.
pub trait Syncing {
    /// Says what a page wants to see.
    fn look(&mut self, host: &mut Host, who: Who, at: Look);
    /// Does what is asked about remotes.
    fn ask(&mut self, host: &mut Host, who: Who, request: &Written<SyncRequest>, at: Moment);
    /// Learns what was edited here.
    fn note_edits(&mut self, host: &mut Host, at: Moment);
    /// Lets every machine go on.
    fn drive(&mut self, host: &mut Host, at: Moment);
    /// There is a network, or none.
    fn network(&mut self, host: &mut Host, online: bool, at: Moment);
    /// An earlier form was read.
    fn revision_read(
        &mut self,
        host: &mut Host,
        who: Who,
        wanted: Wanted,
        text: Option<String>,
        at: Moment,
    );
    /// A remote answered the request with this number, or nobody did.
    fn answered(
        &mut self,
        host: &mut Host,
        remote: RemoteId,
        number: u64,
        outcome: Outcome,
        at: Moment,
    );
    /// A remote said that something happened.
    fn stirred(
        &mut self,
        host: &mut Host,
        remote: RemoteId,
        workflow: Option<&str>,
        edited: bool,
        at: Moment,
    );
    /// See [`Host::exchange`].
    fn exchange(&self, remote: RemoteId) -> Option<Exchange>;
    /// See [`Host::addressee`].
    fn addressee(&self, remote: RemoteId) -> Option<(Adapter, String, String)>;
    /// See [`Host::listening`].
    fn listening(&self) -> Vec<(RemoteId, String, String, u64)>;
    /// See [`Host::remotes_due`].
    fn due(&self, at: Moment) -> Option<f64>;
    /// No remotes, and none of their numbers used again: an answer may be on its way.
    fn emptied(&self) -> Box<dyn Syncing>;
    /// Writes of all there is: what was stored is gone.
    fn all_writes(&mut self) -> Vec<Write>;
}

/// What is stored about remotes, unread.
#[derive(Default)]
pub struct StoredRemotes {
    /// The keys of all records.
    pub(super) keys: Vec<String>,
    /// The records; none when they cannot be read.
    pub(super) records: Vec<Record>,
    /// Why they cannot be read.
    pub(super) damage: Option<String>,
}

/// The remotes of a host.
#[derive(Default)]
pub(super) struct Remotes {
    /// The part at work.
    here: Option<Box<dyn Syncing>>,
    /// What it is to go on from, until it is here.
    stored: StoredRemotes,
    offline: bool,
    /// When the part is asked for again by itself, by the wall clock, after it could not be fetched.
    again_at: Option<i64>,
}

/// Without what they hold: there are keys of remotes among it, and this ends up in logs.
impl fmt::Debug for Remotes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Remotes");
        shown.field("here", &self.here.is_some());
        shown.field("stored", &self.stored).finish()
    }
}

impl fmt::Debug for StoredRemotes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} records", self.keys.len())
    }
}

/// Milliseconds before a part that could not be fetched is asked for again by itself.
const AGAIN: i64 = 30_000;
/// In the place of a time: it is being asked for by itself.
const DUE: i64 = 0;

impl Remotes {
    /// Remotes of which only the records are here.
    pub(super) fn stored(stored: StoredRemotes) -> Remotes {
        Remotes {
            stored,
            ..Remotes::default()
        }
    }

    /// Whether something is stored that nobody has read yet.
    pub(super) fn are_unread(&self) -> bool {
        self.here.is_none() && !self.stored.keys.is_empty()
    }

    /// As they are after everything was replaced.
    pub(super) fn emptied(&self) -> Remotes {
        Remotes {
            here: self.here.as_ref().map(|here| here.emptied()),
            offline: self.offline,
            ..Remotes::default()
        }
    }

    /// Writes of all there is: what was stored is gone.
    pub(super) fn all_writes(&mut self) -> Vec<Write> {
        match &mut self.here {
            Some(here) => here.all_writes(),
            None => {
                let records = self.stored.records.iter();
                let again = records.map(|(key, json)| remote_write(key, Some(json)));
                again.collect()
            }
        }
    }
}

impl Host {
    /// Says what a page wants to see of remotes: what the part that syncs knows, or, where it is known
    /// without that part, what there is.
    pub(crate) fn look_at_remotes(&mut self, who: Who, at: Look) {
        if self.remotes.here.is_some() {
            return self.with_remotes(|remotes, host| remotes.look(host, who, at));
        }
        if !self.remotes_are_known() {
            return self.wait_for(Part::Sync, who, at.request());
        }
        let remotes = self.stored_remotes();
        let reply = match at {
            Look::Remotes => Reply::Remotes(remotes),
            Look::Link(id) => {
                let mut links = remotes.into_iter().flat_map(|remote| remote.workflows);
                Reply::Linked(links.find(|link| link.workflow_id == id))
            }
        };
        self.reply(who, Ok(reply));
    }

    /// Does what is asked about remotes, as soon as the part that does it is here. Requests about remotes
    /// keep their order; others do not wait, and lose nothing by it: what they do to a workflow is in the
    /// session when the part looks at it.
    pub(crate) fn ask_remotes(&mut self, who: Who, request: Written<SyncRequest>, at: Moment) {
        match self.remotes.here.is_some() {
            true => self.with_remotes(|remotes, host| remotes.ask(host, who, &request, at)),
            false => self.wait_for(Part::Sync, who, Request::Sync(request)),
        }
    }

    /// Whether it is known what there is without the part that syncs: nothing, or what is stored and cannot
    /// be looked at more closely. Behind a request that may add a remote it is not.
    pub(super) fn remotes_are_known(&self) -> bool {
        let remotes = &self.remotes;
        let told = !remotes.are_unread() || remotes.again_at.is_some();
        told && remotes.stored.damage.is_none() && !self.parts.is_awaited(Part::Sync)
    }

    /// The part that syncs is here: it goes on from what is stored.
    pub(super) fn begin_syncing(&mut self, part: SyncPart, at: Moment) {
        let stored = std::mem::take(&mut self.remotes.stored);
        let told = !stored.keys.is_empty();
        self.remotes.again_at = None;
        self.remotes.here = Some((part.load)(stored, &self.session));
        self.network(!self.remotes.offline, at);
        if told {
            self.tell(Notice::Sync(SyncNotice::Overview));
        }
    }

    /// The part that syncs could not be fetched. What is stored waits for it, and the pages say so.
    pub(super) fn put_syncing_off(&mut self, at: Moment) {
        if !self.remotes.are_unread() {
            return;
        }
        if self.remotes.again_at.is_none_or(|again| again == DUE) {
            self.remotes.again_at = Some(at.wall + AGAIN);
            self.out.push(Out::FetchLater(Part::Sync, AGAIN as f64));
        }
        self.tell(Notice::Sync(SyncNotice::Overview));
    }

    /// It is time to ask again for the part that syncs.
    pub(super) fn take_syncing_up(&mut self) {
        if self.remotes.are_unread() {
            self.remotes.again_at = Some(DUE);
            self.fetch(Part::Sync);
        }
    }

    /// Stored remotes while the part that syncs cannot be fetched: what their records say by themselves.
    fn stored_remotes(&self) -> Vec<Remote> {
        let mut remotes: Vec<Remote> = Vec::new();
        // A remote's own record comes before those of its links.
        for (key, json) in &self.remotes.stored.records {
            let Ok(record) = serde_json::from_slice::<Value>(json) else {
                continue;
            };
            if let Some(remote) = self.shown_remote(key, &record) {
                remotes.push(remote);
            } else if let Some(remote) = remotes.last_mut()
                && let Some(link) = self.shown_link(remote, &record)
            {
                remote.workflows.push(link);
            }
        }
        remotes
    }

    fn shown_remote(&self, key: &str, record: &Value) -> Option<Remote> {
        let settings = record.get("settings")?;
        let text = |field: &str| settings.get(field).and_then(Value::as_str);
        Some(Remote {
            id: RemoteId(key.parse().ok()?),
            name: text("name")?.to_owned(),
            kind: serde_json::from_value(settings.get("kind")?.clone()).ok()?,
            address: text("address")?.to_owned(),
            has_key: text("key").is_some_and(|key| !key.is_empty()),
            state: RemoteState::Unreachable {
                reason: Part::Sync.missing().message,
                retry_at_ms: self.remotes.again_at.unwrap_or_default(),
            },
            workflows: Vec::new(),
            outbox: Vec::new(),
            log: Vec::new(),
        })
    }

    fn shown_link(&self, remote: &Remote, record: &Value) -> Option<Link> {
        let id = record.get("link")?.get("workflow_id")?.as_str()?;
        let workflow_id = WorkflowId::parse(id).ok()?;
        let (definition, ..) = self.session.engine().definition(&workflow_id).ok()?;
        Some(Link {
            title: definition.title.clone(),
            workflow_id,
            remote: remote.id,
            remote_name: remote.name.clone(),
            remote_id: None,
            state: LinkState::Waiting,
            conflicts: Vec::new(),
        })
    }

    /// There is a network, or none.
    pub fn network(&mut self, online: bool, at: Moment) {
        self.remotes.offline = !online;
        self.with_remotes(|remotes, host| remotes.network(host, online, at));
        if online && self.remotes.again_at.is_some() {
            self.fetch(Part::Sync);
        }
    }

    /// What was edited here, by whatever request, is what the machines have to know. Called after every
    /// request and before anything is stored.
    pub fn note_edits(&mut self, at: Moment) {
        self.with_remotes(|remotes, host| remotes.note_edits(host, at));
    }

    /// Lets every machine go on: what is to be sent is stored first.
    pub fn drive_remotes(&mut self, at: Moment) {
        self.with_remotes(|remotes, host| remotes.drive(host, at));
    }

    /// An earlier form was read.
    pub fn revision_read(&mut self, who: Who, wanted: Wanted, text: Option<String>, at: Moment) {
        self.with_remotes(|remotes, host| remotes.revision_read(host, who, wanted, text, at));
    }

    /// An answer came, or nobody answered.
    pub fn remote_answered(&mut self, id: RemoteId, number: u64, outcome: Outcome, at: Moment) {
        self.with_remotes(|remotes, host| remotes.answered(host, id, number, outcome, at));
    }

    /// A remote said that something happened, in one of its workflows or elsewhere.
    pub fn remote_stirred(
        &mut self,
        remote: RemoteId,
        workflow: Option<&str>,
        edited: bool,
        at: Moment,
    ) {
        self.with_remotes(|remotes, host| remotes.stirred(host, remote, workflow, edited, at));
    }

    /// What a machine asked for under a number, if it still does.
    pub fn exchange(&self, remote: RemoteId) -> Option<Exchange> {
        self.remotes.here.as_ref()?.exchange(remote)
    }

    /// Where a question goes: adapter, address, key.
    pub fn addressee(&self, remote: RemoteId) -> Option<(Adapter, String, String)> {
        self.remotes.here.as_ref()?.addressee(remote)
    }

    /// Remotes whose changes can be listened to, with the cursor to listen from.
    pub fn listening(&self) -> Vec<(RemoteId, String, String, u64)> {
        let here = self.remotes.here.as_ref();
        here.map(|here| here.listening()).unwrap_or_default()
    }

    /// Milliseconds until a machine wants to go on by itself.
    pub fn remotes_due(&self, at: Moment) -> Option<f64> {
        self.remotes.here.as_ref()?.due(at)
    }

    /// What was to be stored before a request is sent is stored, or could not be.
    pub(super) fn stored_for_remote(
        &mut self,
        remote: RemoteId,
        number: u64,
        failed: Option<&str>,
    ) {
        match failed {
            None => self.out.push(Out::Exchange(remote, number)),
            Some(reason) => {
                let reason = format!("what is to be sent could not be stored here: {reason}");
                self.out.push(Out::Unsent(remote, number, reason));
            }
        }
    }

    /// Lets the remotes do something with the host they are of. They are beside it meanwhile.
    fn with_remotes(&mut self, act: impl FnOnce(&mut dyn Syncing, &mut Host)) {
        if let Some(mut here) = self.remotes.here.take() {
            act(&mut *here, self);
            self.remotes.here = Some(here);
        }
    }
}
