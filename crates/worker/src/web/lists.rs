//! The lead lists that this tab has open, whose part of the worker is fetched when the first is read.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use leadline_engine::LeadBatch;
use leadline_model::WorkflowId;
use leadline_protocol::{
    FromWorker, LeadFilePreview, Notice, Problem, Reply, SyncRequest, Written,
};

use super::shell::{Shell, respond};
use super::{port, time};
use crate::files::{Lists, Step, not_open, stopped};
use crate::parts::{Unfetched, missing};

/// Rows of a list read between two looks at the messages.
const ROWS: usize = 5_000;

/// The lists of this tab.
#[derive(Default)]
pub(super) struct Open {
    lists: RefCell<Option<Box<dyn Lists>>>,
    /// How often reading was stopped: a list whose reading has not begun has no number either.
    stops: Cell<u32>,
}

impl Open {
    /// Closes a list, or stops the reading of one.
    pub(super) fn forget(&self, file: u32) {
        match &mut *self.lists.borrow_mut() {
            Some(lists) => lists.forget(file),
            None => self.stops.set(self.stops.get() + 1),
        }
    }

    /// See [`Lists::correct`].
    pub(super) fn correct(
        &self,
        file: u32,
        cells: &[(u64, String, String)],
        leave_out: &[u64],
    ) -> Result<LeadFilePreview, Problem> {
        match &mut *self.lists.borrow_mut() {
            Some(lists) => lists.correct(file, cells, leave_out),
            None => Err(not_open()),
        }
    }

    /// See [`Lists::leads`].
    pub(super) fn leads(&self, file: u32) -> Result<LeadBatch, Problem> {
        match &*self.lists.borrow() {
            Some(lists) => lists.leads(file),
            None => Err(not_open()),
        }
    }

    /// See [`Lists::to_send`].
    pub(super) fn to_send(
        &self,
        file: u32,
        workflow_id: WorkflowId,
    ) -> Result<Written<SyncRequest>, Problem> {
        match &*self.lists.borrow() {
            Some(lists) => lists.to_send(file, workflow_id),
            None => Err(not_open()),
        }
    }

    fn begin(&self, name: &str, bytes: Vec<u8>) -> Result<u32, Problem> {
        match &mut *self.lists.borrow_mut() {
            Some(lists) => lists.begin(name, bytes),
            None => Err(not_open()),
        }
    }

    fn step(&self, file: u32) -> Step {
        match &mut *self.lists.borrow_mut() {
            Some(lists) => lists.step(file, ROWS),
            None => Step::Ended(not_open()),
        }
    }
}

/// Reads a list, with its progress, and answers the request that asked for it.
pub(super) async fn read(shell: Rc<Shell>, id: String, name: String, bytes: Vec<u8>) {
    let lists = &shell.lists;
    if lists.lists.borrow().is_none() {
        let stops = lists.stops.get();
        match (shell.parts.lists)().await {
            // Another list may have asked for the same meanwhile, and be open by now.
            Ok(part) => drop(lists.lists.borrow_mut().get_or_insert_with(part.open)),
            Err(Unfetched) => return respond(id, Err(missing("reads lists of leads"))),
        }
        if lists.stops.get() != stops {
            return respond(id, Err(stopped()));
        }
    }
    let file = match lists.begin(&name, bytes) {
        Ok(file) => file,
        Err(problem) => return respond(id, Err(problem)),
    };
    loop {
        match lists.step(file) {
            Step::Going(progress) => {
                port::post(&FromWorker::Notice(Written::of(&Notice::File(progress))));
                time::yield_now().await;
            }
            Step::Read(preview) => return respond(id, Ok(Reply::LeadFile(*preview))),
            Step::Ended(problem) => return respond(id, Err(problem)),
        }
    }
}
