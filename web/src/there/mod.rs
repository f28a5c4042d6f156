//! Looking at a linked workflow's remote with the pages that show what happens here.
//!
//! [`Sides`] knows which side a page looks at, kept in its address as `?at=remote`, and turns the
//! page's question into one for that side; both sides' answers have the same types. Nothing of a remote
//! is kept: it is answered as of now or not at all.

mod act;
mod numbers;
mod strip;
mod switch;
mod waiting;

use std::mem::discriminant;

use leadline_model::WorkflowId;
use leadline_model::view::WorkflowSummary;
use leadline_protocol::{
    AskThere, Link, Notice, Remote, RemoteKind, RemoteState, Request, SyncNotice, SyncRequest,
};
use leptos::prelude::*;

use crate::answer::Answer;
use crate::boxed::memo;
use crate::components::address::Param;
use crate::components::live::{Asking, Live, use_live};
use crate::state::use_app;

pub use act::ActionsThere;
pub use numbers::{Numbers, numbers_of};
pub use strip::Strip;
pub use switch::SideSwitch;
pub use waiting::{Waiting, tell_waiting};

/// What `?at=` holds while a page looks at the remote.
const REMOTE: &str = "remote";

/// Where a page looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Where {
    /// At the engine in this browser.
    Here,
    /// At the remote of this name.
    There(String),
    /// At the remote, of which nothing is known yet.
    Asking,
}

/// The two sides of a workflow that may be linked. Cheap to copy into every closure.
#[derive(Clone, Copy)]
pub struct Sides {
    /// Which workflow.
    pub workflow: Memo<Option<WorkflowId>>,
    /// Where the page looks.
    pub now: Memo<Where>,
    /// Status and counts there; asked only while the page looks there.
    pub summary: Live<WorkflowSummary>,
    /// How it is linked, and with which remote that runs something.
    linked: Memo<Option<(Link, Remote)>>,
    at: Param,
}

/// A request about remotes.
pub fn sync(request: SyncRequest) -> Request {
    request.into()
}

/// The sides of the workflow of a page.
pub fn use_sides(workflow: Memo<Option<WorkflowId>>) -> Sides {
    let at = Param::new("at");
    let remotes = use_app().remotes;
    let linked = remotes.linked(move || workflow.get());
    // Files run nothing: there is nothing to look at.
    let linked = memo(move || {
        let linked = linked.get();
        linked.filter(|(_, remote)| remote.kind != RemoteKind::Files)
    });
    let now = memo(move || {
        let asks = at.get() == REMOTE && workflow.with(Option::is_some);
        let known = remotes.list.with(Option::is_some) || remotes.problem.with(Option::is_some);
        place(
            asks,
            known,
            linked.with(|linked| linked.as_ref().map(|(_, r)| r.name.clone())),
        )
    });
    let summary = ask_there(workflow, now, || AskThere::Workflow);
    let sides = Sides {
        workflow,
        now,
        summary,
        linked,
        at,
    };
    sides.keep(summary);
    sides
}

fn place(asks: bool, known: bool, remote: Option<String>) -> Where {
    match remote {
        _ if !asks => Where::Here,
        Some(name) => Where::There(name),
        None if known => Where::Here,
        None => Where::Asking,
    }
}

/// Asks the remote while the page looks there.
fn ask_there<T: Answer + Send + Sync>(
    workflow: Memo<Option<WorkflowId>>,
    now: Memo<Where>,
    ask: impl Fn() -> AskThere + Send + Sync + 'static,
) -> Live<T> {
    use_live(
        move || {
            let workflow_id = workflow.get()?;
            let ask = matches!(now.get(), Where::There(_)).then(&ask)?;
            Some(sync(SyncRequest::There { workflow_id, ask }))
        },
        move |notice| workflow.with_untracked(|id| moves_there(notice, id.as_ref())),
    )
}

/// Whether what happened there may have changed.
fn moves_there(notice: &Notice, id: Option<&WorkflowId>) -> bool {
    match notice {
        Notice::Sync(SyncNotice::There { workflow_id, .. } | SyncNotice::Linked(workflow_id)) => {
            Some(workflow_id) == id
        }
        _ => false,
    }
}

impl Sides {
    /// Whether the page looks at the remote.
    pub fn is_there(self) -> bool {
        self.now.with(|now| matches!(now, Where::There(_)))
    }

    /// Whether the page looks at what is here.
    pub fn is_here(self) -> bool {
        self.now.with(|now| *now == Where::Here)
    }

    /// The remote's name while the page looks there.
    pub fn there_name(self) -> Option<String> {
        match self.now.get() {
            Where::There(name) => Some(name),
            Where::Here | Where::Asking => None,
        }
    }

    /// What people call the remote, where the workflow is linked with one.
    pub fn remote_name(self) -> Option<String> {
        self.linked
            .with(|linked| linked.as_ref().map(|(_, remote)| remote.name.clone()))
    }

    /// The question for the side the page looks at; `None` while that is not known.
    pub fn turn(self, here: Request, there: AskThere) -> Option<Request> {
        match self.now.get() {
            Where::Here => Some(here),
            Where::Asking => None,
            Where::There(_) => Some(sync(SyncRequest::There {
                workflow_id: self.workflow.get()?,
                ask: there,
            })),
        }
    }

    /// The answer of the side the page looks at, live. `wakes` says which notices change the one of here.
    pub fn use_live<T: Answer + Send + Sync>(
        self,
        here: impl Fn() -> Option<Request> + Send + Sync + 'static,
        there: impl Fn() -> Option<AskThere> + Send + Sync + 'static,
        wakes: impl Fn(&Notice) -> bool + 'static,
    ) -> Live<T> {
        let live = use_live(
            move || self.turn(here()?, there()?),
            move |notice| match self.now.get_untracked() {
                Where::There(_) => {
                    let moves = |id: &Option<_>| moves_there(notice, id.as_ref());
                    self.workflow.with_untracked(moves)
                }
                Where::Here | Where::Asking => wakes(notice),
            },
        );
        self.keep(live);
        live
    }

    /// The remote's answer, live while the page looks there.
    pub fn use_there<T: Answer + Send + Sync>(
        self,
        ask: impl Fn() -> AskThere + Send + Sync + 'static,
    ) -> Live<T> {
        let live = ask_there(self.workflow, self.now, ask);
        self.keep(live);
        live
    }

    /// Whether the strip says already why nothing comes from there.
    pub fn is_cut_off(self) -> bool {
        self.is_there() && self.summary.problem.with(Option::is_some)
    }

    /// Keeps an answer apart from the other side's, and tries a failed question again in time.
    fn keep<T: Send + Sync + 'static>(self, live: Live<T>) {
        self.when_turned(Box::new(move || {
            live.data.set(None);
            live.problem.set(None);
        }));
        self.retry_when_reached(live.asking());
    }

    /// What is on one side must never stand on the screen as if it were on the other.
    fn when_turned(self, clear: Box<dyn Fn()>) {
        Effect::new(move |before: Option<Where>| {
            let now = self.now.get();
            // Another name is still the same remote.
            if before.is_some_and(|before| discriminant(&before) != discriminant(&now)) {
                clear();
            }
            now
        });
    }

    /// Asks again what failed, once the remote is reached again.
    fn retry_when_reached(self, asking: Asking) {
        let synced = memo(move || {
            let state = |remote: &Remote| matches!(remote.state, RemoteState::Synced { .. });
            self.linked
                .with(|linked| linked.as_ref().is_some_and(|(_, remote)| state(remote)))
        });
        let summary = self.summary.problem;
        let answers = memo(move || summary.with(Option::is_none));
        for well in [synced, answers] {
            Effect::new(move |before: Option<bool>| {
                let well = well.get();
                if well && before == Some(false) {
                    asking.retry();
                }
                well
            });
        }
        let online = leptos::ev::Custom::<web_sys::Event>::new("online");
        let handle = window_event_listener(online, move |_| asking.retry());
        on_cleanup(move || handle.remove());
    }

    /// What an address within this workflow ends with, to stay on the side the page looks at.
    pub fn query(self) -> &'static str {
        if self.at.get() == REMOTE {
            "?at=remote"
        } else {
            ""
        }
    }

    fn look(self, at_remote: bool) {
        self.at.set(if at_remote {
            REMOTE.to_owned()
        } else {
            String::new()
        });
    }

    /// `?at=remote` is in the address, and there is no such side.
    fn is_astray(self) -> bool {
        self.at.get() == REMOTE && self.is_here()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_looks_there_only_where_there_is_a_remote() {
        let office = || Some("Office".to_owned());
        let there = Where::There("Office".to_owned());
        for (asks, known, remote, wanted) in [
            (false, true, office(), Where::Here),
            (false, false, None, Where::Here),
            (true, false, None, Where::Asking),
            (true, true, office(), there.clone()),
            // The list that is known stays while a newer one cannot be read.
            (true, false, office(), there),
            (true, true, None, Where::Here),
        ] {
            assert_eq!(place(asks, known, remote), wanted, "{asks} {known}");
        }
    }
}
