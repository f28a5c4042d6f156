//! Remotes as the whole app sees them: one store kept live by notices, how a linked workflow stands in
//! words, and what can be done about it from any page.

pub mod difference;
pub mod link;
pub mod mark;
pub mod revisions;
pub mod standing;

use leadline_model::WorkflowId;
use leadline_protocol::{
    Link, LinkState, Notice, Problem, Remote, RemoteId, Request, SyncNotice, SyncRequest,
};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::boxed::memo;
use crate::client::Client;
use crate::components::live::Turns;

/// The dialogs about a linked workflow: fetched when one is opened (see [`crate::lazy`]).
#[derive(Clone, Copy)]
pub struct Dialogs {
    /// Links a workflow, or offers what can be done with a linked one.
    pub link: fn(Signal<Option<WorkflowId>>, RwSignal<bool>) -> AnyView,
}

impl Dialogs {
    /// The chunk itself.
    pub fn here() -> Dialogs {
        Dialogs {
            link: |id, open| view! { <link::LinkDialog id open /> }.into_any(),
        }
    }
}

/// The remotes of this browser. Cheap to copy into every closure.
#[derive(Clone, Copy)]
pub struct Remotes {
    client: Client,
    /// All of them, as last told; `None` until read.
    pub list: RwSignal<Option<Vec<Remote>>>,
    /// Why they could not be read.
    pub problem: RwSignal<Option<Problem>>,
    reading: Turns,
}

impl Remotes {
    /// Knows nothing yet.
    pub fn new(client: Client) -> Remotes {
        Remotes {
            client,
            list: RwSignal::new(None),
            problem: RwSignal::new(None),
            reading: Turns::default(),
        }
    }

    /// Reads all of them. Nothing here interrupts a user who may have no remote at all: the page of the
    /// remotes shows why they cannot be read.
    pub fn read(self) {
        if !self.reading.begin() {
            return;
        }
        spawn_local(async move {
            let read = self.take(Request::Remotes).await;
            self.problem.set(read.err());
            if self.reading.end() {
                self.read();
            }
        });
    }

    /// Asks for something that is answered with the overview.
    ///
    /// # Errors
    ///
    /// What the worker answers; the list stays as it was.
    pub async fn change(self, request: SyncRequest) -> Result<(), Problem> {
        self.take(request.into()).await
    }

    async fn take(self, request: Request) -> Result<(), Problem> {
        let list = self.client.ask(request).await?;
        self.list.set(Some(list));
        self.problem.set(None);
        Ok(())
    }

    /// Follows what the worker tells.
    pub fn hear(self, notice: &Notice) {
        match notice {
            Notice::Sync(SyncNotice::Overview | SyncNotice::Linked(_)) => self.read(),
            Notice::Edited { workflow_id, .. } => self.edited(workflow_id),
            _ => {}
        }
    }

    /// An edited workflow is not the same on both sides any more, whatever was told before.
    fn edited(self, id: &WorkflowId) {
        let known = self
            .list
            .with_untracked(|list| find(list.as_deref(), id).is_some());
        if !known {
            return;
        }
        self.list.update(|list| {
            let links = list.iter_mut().flatten().flat_map(|r| &mut r.workflows);
            links
                .filter(|link| link.workflow_id == *id && link.state == LinkState::Synced)
                .for_each(|link| link.state = LinkState::Waiting);
        });
        self.read();
    }

    /// One remote, live.
    pub fn remote(self, id: RemoteId) -> Memo<Option<Remote>> {
        memo(move || {
            self.list
                .with(|list| list.as_ref()?.iter().find(|r| r.id == id).cloned())
        })
    }

    /// How a workflow is linked, live.
    pub fn linked(
        self,
        id: impl Fn() -> Option<WorkflowId> + Send + Sync + 'static,
    ) -> Memo<Option<(Link, Remote)>> {
        memo(move || {
            let id = id()?;
            self.list.with(|list| {
                find(list.as_deref(), &id).map(|(link, remote)| (link.clone(), remote.clone()))
            })
        })
    }
}

/// After an answer took the focused control away, the focus goes to the page instead of getting lost.
pub fn keep_focus() {
    request_animation_frame(|| {
        let lost = document()
            .active_element()
            .is_none_or(|element| element.tag_name() == "BODY");
        if lost {
            crate::dom::focus("#main");
        }
    });
}

fn find<'a>(list: Option<&'a [Remote]>, id: &WorkflowId) -> Option<(&'a Link, &'a Remote)> {
    list?.iter().find_map(|remote| {
        let link = remote.workflows.iter().find(|l| l.workflow_id == *id)?;
        Some((link, remote))
    })
}
