//! How remotes stand, as the pages show it.

use leadline_model::WorkflowId;
use leadline_protocol::{
    Link as ShownLink, LinkState, OpenConflict, QueueState, Queued, Remote as ShownRemote,
    RemoteId, RemoteKind, RemoteState,
};
use leadline_sync::machine::{DocKey, Request, Stopped, What};
use serde_json::Value;

use super::{Link, Remote, Remotes};

impl Remotes {
    /// Everything there is to see.
    pub(super) fn overview(&self) -> Vec<ShownRemote> {
        let all = self.all.iter();
        all.map(|(id, remote)| ShownRemote {
            id: *id,
            name: remote.settings.name.clone(),
            kind: remote.settings.kind,
            address: remote.settings.address.clone(),
            has_key: !remote.settings.key.is_empty(),
            state: remote.state(self.offline),
            workflows: remote
                .links
                .iter()
                .map(|(key, link)| remote.shown(*id, *key, link))
                .collect(),
            outbox: remote.outbox(),
            log: remote.log.iter().cloned().collect(),
        })
        .collect()
    }

    /// Whether a remote stands otherwise than when this was asked last.
    pub(super) fn stand_otherwise(&mut self) -> bool {
        let mut otherwise = false;
        for remote in self.all.values_mut() {
            let state = Some(without_time(remote.state(self.offline)));
            otherwise |= remote.told != state;
            remote.told = state;
        }
        otherwise
    }

    /// How a workflow is linked.
    pub(super) fn shown_link(&self, workflow: &WorkflowId) -> Option<ShownLink> {
        let (id, key) = self.link_of(workflow)?;
        let remote = self.all.get(&id)?;
        Some(remote.shown(id, key, remote.links.get(&key)?))
    }
}

/// What does not change by itself: when both sides were the same last is nothing to be told.
fn without_time(state: RemoteState) -> RemoteState {
    match state {
        RemoteState::Synced { at_ms } => RemoteState::Synced {
            at_ms: at_ms.map(|_| 0),
        },
        other => other,
    }
}

impl Remote {
    pub(super) fn state(&self, offline: bool) -> RemoteState {
        let machine = &self.machine;
        let state = machine.state();
        match state.stopped {
            Some(Stopped::Unauthorized) => return RemoteState::Unauthorized,
            Some(Stopped::RemoteIsEmpty) => return RemoteState::Empty,
            None => {}
        }
        if self.settings.kind == RemoteKind::Files {
            let level = self.level_at.is_some() && machine.is_settled();
            return match level {
                true => RemoteState::Synced {
                    at_ms: self.level_at,
                },
                false => RemoteState::NeedsFiles,
            };
        }
        if offline {
            return RemoteState::Offline;
        }
        if let Some(reason) = &self.trouble {
            let retry_at_ms = machine.retry_at().map_or(0, |at| at.0 + self.wall_ahead);
            let reason = reason.clone();
            return RemoteState::Unreachable {
                reason,
                retry_at_ms,
            };
        }
        match machine.is_settled() && machine.is_level() {
            true => RemoteState::Synced {
                at_ms: self.level_at,
            },
            false => RemoteState::Syncing,
        }
    }

    fn shown(&self, id: RemoteId, key: DocKey, link: &Link) -> ShownLink {
        let state = self.machine.state();
        let doc = state.docs.get(&key);
        let refused = doc.and_then(|doc| doc.refused.clone());
        let held = link.held.as_ref().map(|held| held.reason.clone());
        let link_state = match (doc, refused, held) {
            (Some(doc), ..) if doc.deleted => LinkState::Deleting,
            (_, Some(reason), _) => LinkState::Refused { reason },
            (_, _, Some(reason)) => LinkState::Held { reason },
            (Some(doc), ..) if doc.is_waiting() || self.is_under_way(key) => LinkState::Waiting,
            _ => LinkState::Synced,
        };
        let conflicts = doc.map(|doc| doc.conflicts.iter());
        let open = |(number, conflict): (&u64, &leadline_sync::Conflict)| OpenConflict {
            number: *number,
            conflict: conflict.clone(),
        };
        ShownLink {
            workflow_id: link.workflow_id.clone(),
            title: super::exchange::title(&self.machine, key),
            remote: id,
            remote_name: self.settings.name.clone(),
            remote_id: doc.and_then(|doc| doc.remote.clone()),
            state: link_state,
            conflicts: conflicts.into_iter().flatten().map(open).collect(),
        }
    }

    fn is_under_way(&self, key: DocKey) -> bool {
        let inflight = self.machine.state().inflight.as_ref();
        inflight.is_some_and(|write| write.doc == key)
    }

    fn outbox(&self) -> Vec<Queued> {
        let state = self.machine.state();
        let sent = match self.machine.under_way() {
            Some(Request::Write(_)) => true,
            _ => state.inflight.is_some(),
        };
        let about = |key: DocKey| {
            let link = self.links.get(&key);
            let id = link.map(|link| link.workflow_id.clone());
            (id, super::exchange::title(&self.machine, key))
        };
        let mut rows = Vec::new();
        let inflight = state.inflight.as_ref().filter(|_| sent);
        if let Some(write) = inflight {
            let (workflow_id, title) = about(write.doc);
            rows.push(Queued {
                key: Some(write.key.clone()),
                workflow_id,
                title,
                what: in_words(&write.what),
                state: QueueState::Sent,
            });
        }
        let busy = |key: &DocKey| inflight.is_some_and(|write| write.doc == *key);
        for (key, doc) in &state.docs {
            if !doc.is_waiting() || busy(key) {
                continue;
            }
            let (workflow_id, title) = about(*key);
            let what = match (&doc.remote, &doc.base) {
                _ if doc.deleted => "delete it".to_owned(),
                (None, _) | (_, None) => "send it".to_owned(),
                (_, Some(base)) => edits(base.definition.changes_to(&doc.local).len()),
            };
            let state = match &doc.refused {
                Some(reason) => QueueState::SetAside {
                    reason: reason.clone(),
                },
                None => QueueState::Waiting,
            };
            rows.push(Queued {
                key: None,
                workflow_id,
                title,
                what,
                state,
            });
        }
        let waiting = state.outbox.iter().map(|one| (one, None));
        let aside = state.set_aside.iter();
        let aside = aside.map(|one| (&one.enrolment, Some(one.reason.clone())));
        for (enrolment, reason) in waiting.chain(aside) {
            if inflight.is_some_and(|write| write.key == enrolment.key) {
                continue;
            }
            let (workflow_id, title) = about(enrolment.doc);
            rows.push(Queued {
                key: Some(enrolment.key.clone()),
                workflow_id,
                title,
                what: format!("enrol {}", leads_in_words(&enrolment.leads)),
                state: reason.map_or(QueueState::Waiting, |reason| QueueState::SetAside {
                    reason,
                }),
            });
        }
        rows
    }
}

/// How many leads a body of an enrolment holds.
pub(super) fn count(leads: &Value) -> u64 {
    let list = leads.as_array();
    list.map_or(1, |list| list.len() as u64)
}

pub(super) fn leads_in_words(leads: &Value) -> String {
    match count(leads) {
        1 => "1 lead".to_owned(),
        count => format!("{count} leads"),
    }
}

fn edits(count: usize) -> String {
    match count {
        1 => "1 edit".to_owned(),
        count => format!("{count} edits"),
    }
}

fn in_words(what: &What) -> String {
    match what {
        What::Create { .. } => "make it there".to_owned(),
        What::Edit { changes, .. } => edits(changes.len()),
        What::Delete { .. } => "delete it".to_owned(),
        What::Enrol { leads, .. } => format!("enrol {}", leads_in_words(leads)),
    }
}
