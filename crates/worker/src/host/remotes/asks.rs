//! What the pages ask about remotes.

use leadline_model::{NodeId, Variables, WorkflowId};
use leadline_protocol::{
    Choice, Notice, Problem, ProblemCode, RemoteId, RemoteKind, Reply, SyncNotice, SyncReply,
    SyncRequest, Written,
};
use leadline_sync::Machine;
use leadline_sync::machine::{DocKey, Stopped};
use leadline_sync::merge::{Side, keep_both, take_side};
use serde_json::{Value, json};

use super::revisions::Purpose;
use super::{Link, Question, Remote, Settings, Syncer, exchange, refusal};
use crate::host::{Look, Moment, Out, Who};

/// Leads in one request of an enrolment.
const BATCH: usize = 1_000;

impl Syncer<'_> {
    /// Says how remotes stand, or how one workflow is linked.
    pub(super) fn look(&mut self, who: Who, at: Look) {
        let result = self.readable().map(|()| {
            Some(match at {
                Look::Remotes => self.overview(),
                Look::Link(workflow_id) => self.link_reply(&workflow_id),
            })
        });
        self.answer(who, result);
    }

    /// Does what is asked about remotes.
    pub(super) fn ask_remotes(&mut self, who: Who, request: &Written<SyncRequest>, at: Moment) {
        let result = match (request.read(), self.remotes.common.done.contains(&who.id)) {
            (Err(error), _) => Err(refusal(
                ProblemCode::Internal,
                format!("This is no request about remotes: {error}."),
            )),
            (Ok(request), true) => self.answer_again(request),
            (Ok(request), false) => self.answer_about_remotes(&who, request, at),
        };
        self.answer(who, result);
    }

    fn answer(&mut self, who: Who, result: Result<Option<Reply>, Problem>) {
        match result {
            Ok(Some(reply)) => {
                self.keep_remotes();
                self.host.reply_when_stored(who, Ok(reply), Vec::new());
            }
            // It is answered elsewhere.
            Ok(None) => {}
            Err(problem) => self.host.reply(who, Err(problem)),
        }
    }

    /// It was carried out before, and is answered as things are now.
    fn answer_again(&self, request: SyncRequest) -> Result<Option<Reply>, Problem> {
        match request {
            SyncRequest::Enrol { workflow_id, .. } => {
                let (id, key) = self.linked(&workflow_id)?;
                Ok(Some(SyncReply::Queued(self.waiting_leads(id, key)).into()))
            }
            SyncRequest::Settle { workflow_id, .. } | SyncRequest::Restore { workflow_id, .. } => {
                Ok(Some(self.link_reply(&workflow_id)))
            }
            _ => Ok(Some(self.overview())),
        }
    }

    fn waiting_leads(&self, id: RemoteId, key: DocKey) -> u64 {
        let remote = self.remotes.all.get(&id);
        let outbox = remote
            .into_iter()
            .flat_map(|remote| &remote.machine.state().outbox);
        let mine = outbox.filter(|one| one.doc == key);
        mine.map(|one| super::overview::count(&one.leads)).sum()
    }

    fn answer_about_remotes(
        &mut self,
        who: &Who,
        request: SyncRequest,
        at: Moment,
    ) -> Result<Option<Reply>, Problem> {
        if !matches!(request, SyncRequest::AddRemote { .. }) {
            self.readable()?;
        }
        match request {
            SyncRequest::AddRemote {
                name,
                kind,
                address,
                key,
            } => self.add_remote(name, kind, &address, key, at)?,
            SyncRequest::ChangeRemote {
                remote,
                name,
                address,
                key,
            } => self.change_remote(remote, name, address, key)?,
            SyncRequest::RemoveRemote { remote } => {
                let gone = self.remotes.all.remove(&remote).ok_or_else(no_remote)?;
                for link in gone.links.into_values() {
                    self.host
                        .tell(Notice::Sync(SyncNotice::Linked(link.workflow_id)));
                }
            }
            SyncRequest::SyncNow { remote } => {
                self.remote(remote)?.machine.look_again();
            }
            SyncRequest::PullEverything { remote } => {
                let machine = &mut self.remote(remote)?.machine;
                machine.look_again();
                machine.pull_everything();
            }
            SyncRequest::GoOn { remote } => self.remote(remote)?.machine.go_on(),
            SyncRequest::Link {
                workflow_id,
                remote,
            } => self.link(workflow_id, remote, at)?,
            SyncRequest::Unlink { workflow_id } => {
                let (id, key) = self.linked(&workflow_id)?;
                let remote = self.remote(id)?;
                let text = format!(
                    "\u{201c}{}\u{201d} is not linked any more.",
                    exchange::title(&remote.machine, key)
                );
                remote.machine.unlink(key);
                remote.links.remove(&key);
                remote.note(at.wall, false, text);
                self.host
                    .tell(Notice::Sync(SyncNotice::Linked(workflow_id)));
            }
            SyncRequest::Enrol { workflow_id, leads } => {
                let queued = self.enrol_there(&workflow_id, leads)?;
                self.remotes.remember(&who.id);
                return Ok(Some(queued.into()));
            }
            SyncRequest::Retry { remote, key } => {
                let remote = self.remote(remote)?;
                remote.machine.retry(&key);
            }
            SyncRequest::GiveUp { remote, key } => {
                if !self.remote(remote)?.machine.give_up(&key) {
                    let message = "It is under way already, or done: it cannot be called back.";
                    return Err(refusal(ProblemCode::Conflict, message));
                }
            }
            SyncRequest::Settle {
                workflow_id,
                number,
                choice,
            } => return self.settle(who, workflow_id, number, choice, at),
            SyncRequest::Revisions { workflow_id } => {
                let revisions = self.revisions(&workflow_id);
                return Ok(Some(SyncReply::Revisions(revisions).into()));
            }
            SyncRequest::Revision {
                workflow_id,
                number,
            } => {
                self.want_revision(who.clone(), workflow_id, number, Purpose::Show, at);
                return Ok(None);
            }
            SyncRequest::Restore {
                workflow_id,
                number,
            } => {
                self.want_revision(who.clone(), workflow_id, number, Purpose::Restore, at);
                return Ok(None);
            }
            SyncRequest::There { workflow_id, ask } => {
                let (id, key) = self.linked(&workflow_id)?;
                let offline = self.remotes.offline;
                let remote = self.remote(id)?;
                if remote.settings.kind == RemoteKind::Files {
                    let message = "Files run nothing: there is nothing to watch there.";
                    return Err(refusal(ProblemCode::Conflict, message));
                }
                if offline {
                    let message = "There is no connection. Nothing was asked of the remote, and nothing waits.";
                    return Err(refusal(ProblemCode::Offline, message));
                }
                let doc = remote.machine.state().docs.get(&key);
                let there = doc.and_then(|doc| Some((doc.remote.clone()?, doc.names.clone())));
                let Some((there, names)) = there else {
                    let message = "This workflow is not on its remote yet.";
                    return Err(refusal(ProblemCode::NotFound, message));
                };
                self.host.out.push(Out::Question(
                    who.clone(),
                    Question {
                        remote: id,
                        id: there,
                        names,
                        ask,
                    },
                ));
                return Ok(None);
            }
            SyncRequest::ReadFiles { remote, files } => {
                let writes = self.read_files(remote, files, at)?;
                return Ok(Some(writes.into()));
            }
            SyncRequest::FilesWritten { remote, exchange } => {
                self.files_written(remote, exchange, at)?;
            }
        }
        self.remotes.remember(&who.id);
        self.drive_remotes(at);
        self.host.tell(Notice::Sync(SyncNotice::Overview));
        Ok(Some(self.overview()))
    }

    fn overview(&self) -> Reply {
        Reply::Remotes(self.remotes.overview())
    }

    fn link_reply(&self, workflow: &WorkflowId) -> Reply {
        Reply::Linked(self.remotes.shown_link(workflow))
    }

    /// Whether what was stored could be read.
    fn readable(&self) -> Result<(), Problem> {
        let Some(reason) = &self.remotes.damage else {
            return Ok(());
        };
        let message = format!(
            "What was stored about remotes cannot be read: {reason}. Your workflows are all here; add \
             the remote again."
        );
        Err(refusal(ProblemCode::Internal, message))
    }

    pub(super) fn remote(&mut self, id: RemoteId) -> Result<&mut Remote, Problem> {
        self.remotes.get_mut(&id).ok_or_else(no_remote)
    }

    fn linked(&self, workflow: &WorkflowId) -> Result<(RemoteId, DocKey), Problem> {
        let message = "This workflow is not linked with a remote.";
        let link = self.remotes.link_of(workflow);
        link.ok_or_else(|| refusal(ProblemCode::NotFound, message))
    }

    fn add_remote(
        &mut self,
        name: String,
        kind: RemoteKind,
        address: &str,
        key: String,
        at: Moment,
    ) -> Result<(), Problem> {
        let address = checked_address(kind, address)?;
        let name = checked_name(name, &address)?;
        self.remotes.damage = None;
        self.remotes.common.last += 1;
        let id = RemoteId(self.remotes.common.last);
        let settings = Settings {
            name,
            kind,
            address,
            key: key.trim().to_owned(),
        };
        // The keys of requests begin with this: never the same in two browsers.
        let chance = (at.wall as u64).rotate_left(24) ^ at.real.to_bits() ^ self.session_key();
        let mut machine = Machine::new(&format!("ll{chance:016x}-{}", id.0));
        machine.online(!self.remotes.offline);
        let mut remote = Remote::new(settings, machine);
        remote.note(at.wall, false, "Added.".to_owned());
        self.remotes.all.insert(id, remote);
        Ok(())
    }

    fn change_remote(
        &mut self,
        id: RemoteId,
        name: Option<String>,
        address: Option<String>,
        key: Option<String>,
    ) -> Result<(), Problem> {
        let kind = self.remote(id)?.settings.kind;
        let address = address.map(|address| checked_address(kind, &address));
        let address = address.transpose()?;
        let remote = self.remote(id)?;
        if let Some(name) = name {
            remote.settings.name = checked_name(name, &remote.settings.address)?;
        }
        if let Some(address) = address {
            let other = address != remote.settings.address;
            if kind == RemoteKind::Plain && other && !remote.links.is_empty() {
                // It does not say who it is, and its ids may be those of somebody else's workflows.
                let message = "A server of the plain API cannot be told from another one. Add the other \
                               address as a remote of its own, and link the workflows there.";
                return Err(refusal(ProblemCode::Conflict, message));
            }
            remote.settings.address = address;
        }
        if let Some(key) = key {
            remote.settings.key = key.trim().to_owned();
            if remote.machine.state().stopped == Some(Stopped::Unauthorized) {
                remote.machine.go_on();
            }
        }
        remote.machine.look_again();
        Ok(())
    }

    fn link(&mut self, workflow_id: WorkflowId, id: RemoteId, at: Moment) -> Result<(), Problem> {
        if let Some(link) = self.remotes.shown_link(&workflow_id) {
            let message = format!(
                "It is linked with {} already; unlink it there first.",
                link.remote_name
            );
            return Err(refusal(ProblemCode::Conflict, message));
        }
        let (definition, revision) = self.definition(&workflow_id)?;
        let definition = definition.clone();
        let remote = self.remote(id)?;
        let text = format!("\u{201c}{}\u{201d} is linked.", definition.title);
        let key = remote.machine.add(definition);
        let link = Link {
            workflow_id: workflow_id.clone(),
            held: None,
            revisions: Default::default(),
            seen: revision,
        };
        remote.links.insert(key, link);
        remote.note(at.wall, false, text);
        self.host
            .tell(Notice::Sync(SyncNotice::Linked(workflow_id)));
        Ok(())
    }

    fn enrol_there(
        &mut self,
        workflow_id: &WorkflowId,
        leads: Vec<(String, Variables)>,
    ) -> Result<SyncReply, Problem> {
        let (id, key) = self.linked(workflow_id)?;
        if leads.is_empty() {
            return Err(refusal(
                ProblemCode::Invalid,
                "There is no lead in this list.",
            ));
        }
        let remote = self.remote(id)?;
        if remote.settings.kind == RemoteKind::Files {
            let message = "Files enrol nobody; link the workflow with a server for that.";
            return Err(refusal(ProblemCode::Conflict, message));
        }
        for batch in leads.chunks(BATCH) {
            let leads: Vec<Value> = batch
                .iter()
                .map(|(phone, variables)| json!({"phone_number": phone, "dynamic_variables": variables}))
                .collect();
            remote.machine.enrol(key, Value::Array(leads));
        }
        self.host.tell(Notice::Sync(SyncNotice::Overview));
        Ok(SyncReply::Queued(self.waiting_leads(id, key)))
    }

    fn settle(
        &mut self,
        who: &Who,
        workflow_id: WorkflowId,
        number: u64,
        choice: Choice,
        at: Moment,
    ) -> Result<Option<Reply>, Problem> {
        let (id, key) = self.linked(&workflow_id)?;
        let machine = &self.remote(id)?.machine;
        let doc = machine.state().docs.get(&key);
        let conflict = doc.and_then(|doc| doc.conflicts.get(&number)).cloned();
        let Some(conflict) = conflict else {
            let message = "This conflict was settled already, perhaps in another tab.";
            return Err(refusal(ProblemCode::NotFound, message));
        };
        let (now, _) = self.definition(&workflow_id)?;
        let becomes = match choice {
            Choice::Mine => take_side(now, &conflict, Side::Mine),
            Choice::Theirs => take_side(now, &conflict, Side::Theirs),
            Choice::Both => {
                let copy = NodeId::from_counter(self.session_key(), at.wall as u64 ^ number);
                match keep_both(now, &conflict, copy) {
                    Ok(Some(both)) => Ok(both),
                    Ok(None) => {
                        let message =
                            "Only of a node both sides can be kept: choose yours or theirs.";
                        return Err(refusal(ProblemCode::Invalid, message));
                    }
                    Err(error) => Err(error),
                }
            }
        };
        let becomes = becomes.map_err(|error| {
            let message = format!(
                "That cannot be chosen any more: {error}. Mend the workflow by hand, then choose the side \
                 that is in force."
            );
            refusal(ProblemCode::Conflict, message)
        })?;
        if becomes == *now {
            self.remotes.remember(&who.id);
        } else {
            self.edit_linked(who, &workflow_id, &becomes, "a conflict settled", at)?;
        }
        self.remote(id)?.machine.dismiss(key, number);
        self.host
            .tell(Notice::Sync(SyncNotice::Linked(workflow_id.clone())));
        Ok(Some(self.link_reply(&workflow_id)))
    }

    /// Answers how a workflow is linked, once everything is stored.
    pub(super) fn reply_link(&mut self, who: Who, workflow_id: &WorkflowId) {
        self.keep_remotes();
        let reply = self.link_reply(workflow_id);
        self.host.reply_when_stored(who, Ok(reply), Vec::new());
    }

    /// The session's own number, for ids that nobody else makes.
    fn session_key(&self) -> u64 {
        xxhash_rust::xxh3::xxh3_64(&self.host.config)
    }
}

fn no_remote() -> Problem {
    refusal(
        ProblemCode::NotFound,
        "This remote is not known here any more.",
    )
}

fn checked_name(name: String, address: &str) -> Result<String, Problem> {
    let name = name.trim();
    let plain = address
        .trim_start_matches("https://")
        .trim_start_matches("http://");
    match name.chars().count() {
        0 if plain.is_empty() => Ok("My files".to_owned()),
        0 => Ok(plain.trim_end_matches('/').to_owned()),
        1..=80 => Ok(name.to_owned()),
        _ => Err(refusal(
            ProblemCode::Invalid,
            "A name has at most 80 characters.",
        )),
    }
}

/// An address without its trailing `/` and `/v1`.
fn checked_address(kind: RemoteKind, address: &str) -> Result<String, Problem> {
    if kind == RemoteKind::Files {
        return Ok(String::new());
    }
    let address = address
        .trim()
        .trim_end_matches('/')
        .trim_end_matches("/v1")
        .trim_end_matches('/');
    let rest = address
        .strip_prefix("https://")
        .or_else(|| address.strip_prefix("http://"));
    let host = rest.map(|rest| rest.split('/').next().unwrap_or_default());
    let plain = |c: char| !c.is_whitespace() && !c.is_control() && !"\"<>\\^`{}|?#@".contains(c);
    match host {
        Some(host) if !host.is_empty() && address.chars().all(plain) => Ok(address.to_owned()),
        _ => {
            let message = "An address begins with https:// or http:// and holds no key, question mark or blank, such as https://calls.example.com.";
            Err(refusal(ProblemCode::Invalid, message))
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn addresses_are_plain() {
        for (given, kept) in [
            ("https://a.example", Some("https://a.example")),
            (" https://a.example/v1/ ", Some("https://a.example")),
            (
                "http://localhost:8080/base/",
                Some("http://localhost:8080/base"),
            ),
            ("a.example", None),
            ("https://", None),
            ("javascript:alert(1)", None),
            ("https://key@a.example", None),
            ("https://a.example?key=1", None),
        ] {
            let found = checked_address(RemoteKind::Leadline, given).ok();
            assert_eq!(found.as_deref(), kept, "{given}");
        }
        assert_eq!(checked_address(RemoteKind::Files, "x").unwrap(), "");
    }
}
