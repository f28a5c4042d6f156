//! Remotes that are files: read as a whole, answered with what is to be written, and only once it is
//! written does the exchange count.

use std::collections::BTreeMap;

use leadline_model::{Definition, Time};
use leadline_protocol::{FileWrites, Problem, ProblemCode, RemoteId, RemoteKind, SyncReply};
use leadline_sync::Machine;
use leadline_sync::adapter::files;
use leadline_sync::machine::{DocKey, Event, State};

use super::{Syncer, refusal};
use crate::host::Moment;

/// An exchange whose files are being written.
#[derive(Debug)]
pub struct Pending {
    number: u64,
    /// What the workflows were when it began.
    began: BTreeMap<DocKey, Definition>,
    after: State,
    events: Vec<Event>,
}

fn locals(state: &State) -> BTreeMap<DocKey, Definition> {
    let docs = state.docs.iter();
    docs.map(|(key, doc)| (*key, doc.local.clone())).collect()
}

impl Syncer<'_> {
    /// The files as they are: what would be written so that both sides are the same.
    pub(super) fn read_files(
        &mut self,
        id: RemoteId,
        files: Vec<(String, String)>,
        at: Moment,
    ) -> Result<SyncReply, Problem> {
        let remote = self.remote(id)?;
        if remote.settings.kind != RemoteKind::Files {
            let message = "This remote is a server: it is not synced with files.";
            return Err(refusal(ProblemCode::Conflict, message));
        }
        let state = remote.machine.state().clone();
        let began = locals(&state);
        let files = files.into_iter().collect();
        let found = files::exchange(state, &files, Time(at.wall));
        let exchange = (at.wall as u64).rotate_left(8) ^ at.real.to_bits();
        remote.files = Some(Pending {
            number: exchange,
            began,
            after: found.state_after,
            events: found.events,
        });
        Ok(SyncReply::Files(FileWrites {
            exchange,
            write: found.write,
            remove: found.remove,
            skipped: found.skipped,
        }))
    }

    /// The files are written: the exchange counts.
    pub(super) fn files_written(
        &mut self,
        id: RemoteId,
        exchange: u64,
        at: Moment,
    ) -> Result<(), Problem> {
        let remote = self.remote(id)?;
        let pending = remote.files.take_if(|pending| pending.number == exchange);
        let unchanged = |pending: &Pending| pending.began == locals(remote.machine.state());
        let Some(pending) = pending.filter(unchanged) else {
            // What was written is found there the next time, and is merged with what was edited since.
            let message = "A workflow was edited while the files were written. Nothing is lost: sync once more.";
            return Err(refusal(ProblemCode::Conflict, message));
        };
        remote.machine = Machine::load(pending.after);
        remote.machine.touch_all();
        remote.level_at = Some(at.wall);
        self.follow(id, pending.events, at);
        Ok(())
    }
}
