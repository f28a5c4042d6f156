//! Keeping the exchange going: what a machine asks for is stored and sent; what it learns becomes
//! inputs of the session.

use leadline_engine::{EngineError, Input, Output};
use leadline_model::{Definition, Time, WorkflowId};
use leadline_protocol::{
    Notice, Problem, ProblemCode, RemoteId, RemoteKind, Reply, SyncNotice, SyncReply,
};
use leadline_sim::SessionInput;
use leadline_sync::adapter::{Adapter, Outcome, Refusal};
use leadline_sync::machine::{Doc, DocKey, Event, Names, Next, Stopped};
use leadline_sync::there::{AskThere, There};
use leadline_sync::{Answer, Machine, Request};

use super::{Held, Link, Remotes, Syncer, document, refusal};
use crate::host::{Host, Moment, Until, Waiter, Who, handlers};

/// A request to send to a remote, with all that sending it takes.
pub struct Exchange {
    /// Who performs it.
    pub adapter: Adapter,
    /// Where the remote is.
    pub address: String,
    /// Its key.
    pub api_key: String,
    /// What is asked.
    pub request: Request,
    /// The document it is about.
    pub doc: Option<Doc>,
    /// The life of the remote that is known.
    pub epoch: Option<String>,
}

/// A question to put to a remote at once.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// Which remote.
    pub remote: RemoteId,
    /// What it calls the workflow.
    pub id: String,
    /// What it calls what is in it.
    pub names: Names,
    /// What is asked.
    pub ask: AskThere,
}

impl Host {
    /// A question was answered.
    pub fn question_answered(&mut self, who: Who, answer: Result<There, Refusal>) {
        let result = answer.map(|there| Reply::from(SyncReply::There(there)));
        let result = result.map_err(|Refusal { status, message }| {
            let code = match status {
                None => ProblemCode::Unanswered,
                Some(404) => ProblemCode::NotFound,
                Some(409) => ProblemCode::Conflict,
                Some(_) => ProblemCode::Remote,
            };
            refusal(code, message)
        });
        self.reply(who, result);
    }
}

impl Remotes {
    pub(super) fn exchange_of(&self, remote: RemoteId) -> Option<Exchange> {
        let remote = self.all.get(&remote)?;
        let request = remote.machine.under_way()?.clone();
        let docs = &remote.machine.state().docs;
        let doc = document(&request).and_then(|about| match about {
            (Some(key), _) => docs.get(&key),
            (None, there) => docs.values().find(|doc| doc.remote.as_deref() == there),
        });
        Some(Exchange {
            doc: doc.cloned(),
            adapter: remote.adapter(),
            address: remote.settings.address.clone(),
            api_key: remote.settings.key.clone(),
            epoch: remote.machine.state().epoch().map(str::to_owned),
            request,
        })
    }

    pub(super) fn listened_to(&self) -> Vec<(RemoteId, String, String, u64)> {
        let all = self.all.iter();
        let told = all.filter(|(_, remote)| remote.settings.kind == RemoteKind::Leadline);
        told.filter_map(|(id, remote)| {
            let state = remote.machine.state();
            let well = state.stopped.is_none() && !self.offline;
            let cursor = state
                .cursor()
                .filter(|_| well && remote.machine.is_level())?;
            let settings = &remote.settings;
            Some((*id, settings.address.clone(), settings.key.clone(), cursor))
        })
        .collect()
    }

    pub(super) fn next_due(&self, at: Moment) -> Option<f64> {
        let machines = self.all.values();
        let over_http = machines.filter(|remote| remote.settings.kind != RemoteKind::Files);
        let dues = over_http.filter_map(|remote| remote.machine.due(steady(at)));
        dues.min().map(|due| (due.0 - steady(at).0).max(0) as f64)
    }
}

impl Syncer<'_> {
    pub(super) fn network(&mut self, online: bool, at: Moment) {
        self.remotes.offline = !online;
        for remote in self.remotes.all.values_mut() {
            remote.machine.online(online);
        }
        self.drive_remotes(at);
    }

    pub(super) fn remote_stirred(
        &mut self,
        remote: RemoteId,
        workflow: Option<&str>,
        edited: bool,
        at: Moment,
    ) {
        let Some(known) = self.remotes.get_mut(&remote) else {
            return;
        };
        if edited {
            known.machine.hurry();
        }
        let docs = &known.machine.state().docs;
        let about = |key: &DocKey| {
            docs.get(key)
                .is_some_and(|doc| doc.remote.as_deref() == workflow)
        };
        let mut links = known.links.iter();
        let link = links.find(|(key, _)| workflow.is_some() && about(key));
        if let Some(workflow_id) = link.map(|(_, link)| link.workflow_id.clone()) {
            self.host.tell(Notice::Sync(SyncNotice::There {
                workflow_id,
                at: None,
            }));
        }
        self.drive_remotes(at);
    }

    pub(super) fn drive_remotes(&mut self, at: Moment) {
        let mut sends = Vec::new();
        let mut aside = false;
        for (id, remote) in &mut self.remotes.all {
            if remote.settings.kind == RemoteKind::Files {
                continue;
            }
            remote.wall_ahead = at.wall - at.real as i64;
            let before = remote.machine.state().set_aside.len();
            if let Next::Send(number, _) = remote.machine.next(steady(at)) {
                sends.push((*id, number));
            }
            aside |= remote.machine.state().set_aside.len() != before;
        }
        self.remotes.changed |= aside || !sends.is_empty();
        self.keep_remotes();
        for (remote, number) in sends {
            self.host
                .land_after(Until::Journal, Waiter::Exchange(remote, number));
        }
        self.tell_remotes();
    }

    /// Writes what changed along with the next commit.
    pub(super) fn keep_remotes(&mut self) {
        let writes = self.remotes.writes();
        if writes.is_empty() {
            return;
        }
        self.host.begin_writing();
        for write in writes {
            self.host.writer.also(write);
        }
    }

    pub(super) fn remote_answered(
        &mut self,
        id: RemoteId,
        number: u64,
        outcome: Outcome,
        at: Moment,
    ) {
        let Outcome { answer, names } = outcome;
        let Some(remote) = self.remotes.get_mut(&id) else {
            return;
        };
        let about = remote.machine.under_way().and_then(document);
        let key = about.and_then(|(key, there)| match (key, there) {
            (Some(key), _) => Some(key),
            (None, there) => remote.machine.key_of(there?),
        });
        let feed = matches!(answer, Answer::Changes { .. } | Answer::List { .. });
        let cursor = remote.machine.state().cursor();
        let well = !matches!(
            answer,
            Answer::Lost(_) | Answer::Later(..) | Answer::Unauthorized
        );
        let events = remote.machine.answered(number, answer, steady(at));
        if let (Some(key), Some(names)) = (key, names) {
            remote.machine.set_names(key, names);
        }
        if well {
            remote.trouble = None;
        }
        let quiet = remote.machine.is_settled() && remote.machine.is_level();
        if feed && quiet {
            remote.level_at = Some(at.wall);
        }
        let moved = feed && remote.machine.state().cursor() != cursor;
        if feed && (moved || remote.settings.kind == RemoteKind::Plain) {
            let links: Vec<WorkflowId> = remote
                .links
                .values()
                .map(|link| link.workflow_id.clone())
                .collect();
            for workflow_id in links {
                self.host.tell(Notice::Sync(SyncNotice::There {
                    workflow_id,
                    at: None,
                }));
            }
        }
        self.follow(id, events, at);
        self.drive_remotes(at);
    }

    /// What a machine learned becomes what is shown here.
    pub(super) fn follow(&mut self, id: RemoteId, events: Vec<Event>, at: Moment) {
        for event in events {
            self.log_event(id, &event, at);
            match event {
                Event::Changed(key) => self.take_theirs(id, key, at),
                Event::Arrived(key) => self.arrive(id, key, at),
                Event::Deleted(key) => self.deleted_there(id, key, at),
                Event::Removed(key) => {
                    if let Some(remote) = self.remotes.get_mut(&id) {
                        remote.links.remove(&key);
                    }
                }
                Event::Conflicts(key, _)
                | Event::Refused(key, _)
                | Event::Created(key)
                | Event::Sent(key, _)
                | Event::Enrolled(key, _) => self.tell_link(id, key),
                Event::Failed(reason) => {
                    if let Some(remote) = self.remotes.get_mut(&id) {
                        remote.trouble = Some(reason);
                    }
                }
                Event::NewLife | Event::Stopped(_) => {}
            }
        }
    }

    fn tell_link(&mut self, id: RemoteId, key: DocKey) {
        let link = self
            .remotes
            .all
            .get(&id)
            .and_then(|remote| remote.links.get(&key));
        if let Some(workflow_id) = link.map(|link| link.workflow_id.clone()) {
            self.host
                .tell(Notice::Sync(SyncNotice::Linked(workflow_id)));
        }
    }

    /// The machine's document is to be what is shown.
    pub(super) fn take_theirs(&mut self, id: RemoteId, key: DocKey, at: Moment) {
        let Some(remote) = self.remotes.all.get(&id) else {
            return;
        };
        let (Some(link), Some(doc)) = (
            remote.links.get(&key),
            remote.machine.state().docs.get(&key),
        ) else {
            return;
        };
        let (workflow_id, becomes) = (link.workflow_id.clone(), doc.local.clone());
        let before = match self.host.session.engine().definition(&workflow_id) {
            Ok((definition, ..)) => definition.clone(),
            // It was deleted here while it was edited there: it comes back.
            Err(_) => return self.arrive(id, key, at),
        };
        let shown = link
            .held
            .as_ref()
            .map_or_else(|| before.clone(), |held| held.shown.clone());
        if before == becomes {
            self.set_held(id, key, None);
            return;
        }
        let input = Input::ReplaceDefinition {
            workflow_id: workflow_id.clone(),
            definition: becomes.clone(),
        };
        match self.put_in(input, at) {
            Ok(output) => {
                self.keep_revision(id, key, before, "edits from the remote", at);
                self.set_held(id, key, None);
                self.tell_edited(workflow_id, "", output);
            }
            Err(error) => {
                let reason = format!(
                    "{} Edits of the remote wait until this is possible here: reset the simulation of \
                     this workflow to take them.",
                    handlers::problem(&error).message
                );
                let told = link_reason(self.remotes, id, key);
                let same = told.as_ref() == Some(&reason);
                let tried = self.host.writer.next_seq();
                let held = Held {
                    becomes,
                    shown,
                    reason,
                    tried,
                };
                self.set_held(id, key, Some(held));
                if same {
                    return;
                }
            }
        }
        self.tell_link(id, key);
    }

    fn set_held(&mut self, id: RemoteId, key: DocKey, held: Option<Held>) {
        let Some(remote) = self.remotes.get_mut(&id) else {
            return;
        };
        let Some(link) = remote.links.get_mut(&key) else {
            return;
        };
        link.held = held;
        if let Ok((_, revision, _)) = self.host.session.engine().definition(&link.workflow_id) {
            link.seen = revision;
        }
        remote.machine.touch(key);
    }

    /// A document of the remote's comes here.
    fn arrive(&mut self, id: RemoteId, key: DocKey, at: Moment) {
        let Some(remote) = self.remotes.all.get(&id) else {
            return;
        };
        let Some(doc) = remote.machine.state().docs.get(&key) else {
            return;
        };
        let definition = doc.local.clone();
        match self.put_in(Input::CreateWorkflow { definition }, at) {
            Ok(Output::Workflow(workflow_id)) => {
                let revisions =
                    remote_link(self.remotes, id, key).map(|link| link.revisions.clone());
                let link = Link {
                    workflow_id,
                    held: None,
                    revisions: revisions.unwrap_or_default(),
                    seen: 1,
                };
                if let Some(remote) = self.remotes.get_mut(&id) {
                    remote.links.insert(key, link);
                    remote.machine.touch(key);
                }
                self.host.tell(Notice::Workflows);
                self.tell_link(id, key);
            }
            Ok(_) => {}
            Err(error) => {
                let why = handlers::problem(&error).message;
                if let Some(remote) = self.remotes.get_mut(&id) {
                    remote.machine.leave_out(key);
                    let text = format!(
                        "A workflow of the remote cannot be kept here and is left out: {why} Pull \
                         everything again once that is mended."
                    );
                    remote.note(at.wall, true, text);
                }
            }
        }
    }

    fn deleted_there(&mut self, id: RemoteId, key: DocKey, at: Moment) {
        let Some(link) = remote_link(self.remotes, id, key) else {
            return;
        };
        let workflow_id = link.workflow_id.clone();
        if let Some(remote) = self.remotes.get_mut(&id) {
            remote.links.remove(&key);
        }
        let input = Input::DeleteWorkflow {
            workflow_id: workflow_id.clone(),
        };
        match self.put_in(input, at) {
            Ok(_) => {
                self.host.tell(Notice::Deleted { workflow_id });
                self.host.tell(Notice::Workflows);
            }
            // It is gone already.
            Err(EngineError::UnknownWorkflow(_)) => {}
            Err(error) => {
                let why = handlers::problem(&error).message;
                if let Some(remote) = self.remotes.get_mut(&id) {
                    let text = format!(
                        "A workflow that was deleted there stays here, no longer linked: {why}"
                    );
                    remote.note(at.wall, true, text);
                }
                self.host
                    .tell(Notice::Sync(SyncNotice::Linked(workflow_id)));
            }
        }
    }

    /// Puts an input in that no page asked for.
    pub(super) fn put_in(&mut self, input: Input, at: Moment) -> Result<Output, EngineError> {
        self.host.journal_clock(at);
        let input = SessionInput::Apply { input };
        let output = self.host.session.apply(&input)?;
        self.host.append(&input, None, None, at);
        self.host.frames.touch();
        self.host.pulse(at, true);
        Ok(output)
    }

    /// Makes a linked workflow something else, as an edit of its author's; what it was is kept.
    pub(super) fn edit_linked(
        &mut self,
        who: &Who,
        workflow_id: &WorkflowId,
        becomes: &Definition,
        replaced_by: &str,
        at: Moment,
    ) -> Result<(), Problem> {
        let (now, ..) = self.definition(workflow_id)?;
        let before = now.clone();
        let input = Input::Edit {
            apply_to_waiting: false,
            workflow_id: workflow_id.clone(),
            changes: before.changes_to(becomes),
        };
        let output = self.put_in(input, at);
        let output = output.map_err(|error| handlers::problem(&error))?;
        if let Some((id, key)) = self.remotes.link_of(workflow_id) {
            self.keep_revision(id, key, before, replaced_by, at);
        }
        self.remotes.remember(&who.id);
        self.tell_edited(workflow_id.clone(), &who.id, output);
        self.note_edits(at);
        Ok(())
    }

    /// A workflow's graph and its revision.
    pub(super) fn definition(&self, id: &WorkflowId) -> Result<(&Definition, u64), Problem> {
        let found = self.host.session.engine().definition(id);
        let (definition, revision, _) = found.map_err(|error| handlers::problem(&error))?;
        Ok((definition, revision))
    }

    fn tell_edited(&mut self, workflow_id: WorkflowId, request: &str, output: Output) {
        for notice in handlers::edited_notices(workflow_id, request, &self.host.session, output) {
            self.host.tell(notice);
        }
    }

    pub(super) fn note_edits(&mut self, at: Moment) {
        let ids: Vec<RemoteId> = self.remotes.all.keys().copied().collect();
        for id in ids {
            for key in self.edited_links(id) {
                self.note_edit(id, key, at);
            }
        }
    }

    fn edited_links(&self, id: RemoteId) -> Vec<DocKey> {
        let engine = self.host.session.engine();
        let Some(remote) = self.remotes.all.get(&id) else {
            return Vec::new();
        };
        let docs = &remote.machine.state().docs;
        let changed = |key: &DocKey, link: &Link| match engine.definition(&link.workflow_id) {
            Ok((_, revision, _)) => {
                let moved = |held: &Held| held.tried != self.host.writer.next_seq();
                revision != link.seen || link.held.as_ref().is_some_and(moved)
            }
            Err(_) => docs.get(key).is_some_and(|doc| !doc.deleted),
        };
        let links = remote.links.iter();
        links
            .filter(|(key, link)| changed(key, link))
            .map(|(key, _)| *key)
            .collect()
    }

    fn note_edit(&mut self, id: RemoteId, key: DocKey, at: Moment) {
        let Some(remote) = self.remotes.get_mut(&id) else {
            return;
        };
        let Some(link) = remote.links.get_mut(&key) else {
            return;
        };
        let Ok((definition, revision, _)) =
            self.host.session.engine().definition(&link.workflow_id)
        else {
            remote.machine.delete(key);
            if !remote.machine.state().docs.contains_key(&key) {
                remote.links.remove(&key);
            }
            return;
        };
        let edited = revision != std::mem::replace(&mut link.seen, revision);
        match &mut link.held {
            None => remote.machine.edit(key, definition.clone()),
            Some(held) => {
                if edited {
                    // Between the two stands what waits to be taken.
                    held.becomes = remote.machine.edit_beside(key, &held.shown, definition);
                    held.shown = definition.clone();
                }
                self.take_theirs(id, key, at);
            }
        }
    }

    /// Tells the pages when something about remotes changed that they show.
    pub(super) fn tell_remotes(&mut self) {
        if self.remotes.stand_otherwise() {
            self.host.tell(Notice::Sync(SyncNotice::Overview));
        }
    }

    fn log_event(&mut self, id: RemoteId, event: &Event, at: Moment) {
        let title = |key: &DocKey| {
            self.remotes
                .all
                .get(&id)
                .map_or_else(String::new, |remote| title(&remote.machine, *key))
        };
        let line = match event {
            Event::Changed(key) => (false, format!("\u{201c}{}\u{201d}: edits of the remote were taken.", title(key))),
            Event::Arrived(key) => (false, format!("\u{201c}{}\u{201d} came from the remote.", title(key))),
            Event::Deleted(_) => (false, "A workflow was deleted there, and so it was here.".to_owned()),
            Event::Conflicts(key, count) => (true, format!("\u{201c}{}\u{201d}: {} changed on both sides; choose on its canvas.", title(key), places(*count))),
            Event::Refused(key, reason) => (true, format!("\u{201c}{}\u{201d}: the remote refused it: {reason}", title(key))),
            Event::Created(key) => (false, format!("\u{201c}{}\u{201d} was made on the remote.", title(key))),
            Event::Sent(key, count) => (false, format!("\u{201c}{}\u{201d}: {count} {} sent.", title(key), if *count == 1 { "edit" } else { "edits" })),
            Event::Removed(_) => (false, "A workflow that was deleted here was deleted there too.".to_owned()),
            Event::Enrolled(key, leads) => (false, format!("\u{201c}{}\u{201d}: {} sent.", title(key), super::overview::leads_in_words(leads))),
            Event::NewLife => (true, "The remote is another one than before, or was put back to a backup: everything is compared.".to_owned()),
            Event::Stopped(Stopped::Unauthorized) => (true, "The remote does not take the key.".to_owned()),
            Event::Stopped(Stopped::RemoteIsEmpty) => (true, "The remote says that it holds nothing. Nothing was deleted here.".to_owned()),
            Event::Failed(reason) => (true, reason.clone()),
        };
        if let Some(remote) = self.remotes.get_mut(&id) {
            remote.note(at.wall, line.0, line.1);
        }
        self.host.tell(Notice::Sync(SyncNotice::Overview));
    }
}

/// The steady clock, which nobody sets.
fn steady(at: Moment) -> Time {
    Time(at.real as i64)
}

fn places(count: usize) -> String {
    match count {
        1 => "one thing was".to_owned(),
        count => format!("{count} things were"),
    }
}

fn link_reason(remotes: &Remotes, id: RemoteId, key: DocKey) -> Option<String> {
    let held = remote_link(remotes, id, key)?.held.as_ref();
    held.map(|held| held.reason.clone())
}

fn remote_link(remotes: &Remotes, id: RemoteId, key: DocKey) -> Option<&Link> {
    remotes.all.get(&id)?.links.get(&key)
}

pub(super) fn title(machine: &Machine, key: DocKey) -> String {
    let doc = machine.state().docs.get(&key);
    doc.map_or_else(|| "A workflow".to_owned(), |doc| doc.local.title.clone())
}
