//! Earlier forms of linked workflows, kept as notes: what a merge or a choice replaced can be had back.

use leadline_model::{Definition, WorkflowId};
use leadline_protocol::{ProblemCode, RemoteId, Reply, Revision, SyncReply};
use leadline_sync::machine::DocKey;

use super::{Syncer, refusal};
use crate::host::{Job, Moment, Who};

/// Forms kept of one workflow.
const MOST: usize = 50;

fn note_key(workflow: &WorkflowId, number: u64) -> String {
    format!("revision/{workflow}/{number}")
}

/// What a form is read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To look at it.
    Show,
    /// To make it what there is.
    Restore,
}

/// An earlier form to read.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// Whose.
    pub workflow_id: WorkflowId,
    /// The note that holds it.
    pub note: String,
    /// What for.
    pub purpose: Purpose,
}

impl Syncer<'_> {
    /// Keeps what a linked workflow was before something replaced it.
    pub(super) fn keep_revision(
        &mut self,
        id: RemoteId,
        key: DocKey,
        before: Definition,
        replaced_by: &str,
        at: Moment,
    ) {
        let Some(remote) = self.remotes.get_mut(&id) else {
            return;
        };
        let Some(link) = remote.links.get_mut(&key) else {
            return;
        };
        let number = link.revisions.back().map_or(1, |last| last.number + 1);
        let size = (before.nodes.len() as u64, before.edges.len() as u64);
        let text = serde_json::to_string(&before).unwrap_or_default();
        link.revisions.push_back(Revision {
            number,
            at_ms: at.wall,
            replaced_by: replaced_by.to_owned(),
            size,
        });
        let workflow_id = link.workflow_id.clone();
        let mut gone = Vec::new();
        while link.revisions.len() > MOST {
            gone.extend(link.revisions.pop_front());
        }
        remote.machine.touch(key);
        for old in gone {
            self.host
                .writer
                .put_note(note_key(&workflow_id, old.number), None);
        }
        self.host
            .writer
            .put_note(note_key(&workflow_id, number), Some(text));
    }

    /// The list of earlier forms, newest first.
    pub(super) fn revisions(&self, workflow: &WorkflowId) -> Vec<Revision> {
        let link = self
            .remotes
            .link_of(workflow)
            .and_then(|(id, key)| self.remotes.all.get(&id)?.links.get(&key));
        let newest_first = link.map(|link| link.revisions.iter().rev().cloned().collect());
        newest_first.unwrap_or_default()
    }

    /// Asks for an earlier form; it is read from the store where it is not on its way there.
    pub(super) fn want_revision(
        &mut self,
        who: Who,
        workflow_id: WorkflowId,
        number: u64,
        purpose: Purpose,
        at: Moment,
    ) {
        let note = note_key(&workflow_id, number);
        let wanted = Wanted {
            workflow_id,
            purpose,
            note,
        };
        match self
            .host
            .unsaved_note(&wanted.note)
            .map(|text| text.map(str::to_owned))
        {
            Some(text) => self.revision_read(who, wanted, text, at),
            None => self.host.job(Job::ReadRevision(who, wanted)),
        }
    }

    pub(super) fn revision_read(
        &mut self,
        who: Who,
        wanted: Wanted,
        text: Option<String>,
        at: Moment,
    ) {
        let definition = text.and_then(|text| serde_json::from_str::<Definition>(&text).ok());
        let Some(definition) = definition else {
            let message = "This earlier form is not kept any more.";
            return self
                .host
                .reply(who, Err(refusal(ProblemCode::NotFound, message)));
        };
        if wanted.purpose == Purpose::Show {
            let reply = Reply::from(SyncReply::Revision(definition));
            return self.host.reply(who, Ok(reply));
        }
        let workflow_id = &wanted.workflow_id;
        let done = self.edit_linked(
            &who,
            workflow_id,
            &definition,
            "an earlier form restored",
            at,
        );
        match done {
            Ok(()) => self.reply_link(who, workflow_id),
            Err(problem) => self.host.reply(who, Err(problem)),
        }
    }
}
