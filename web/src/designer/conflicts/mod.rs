//! What both sides changed in a linked workflow: a mark at each node and edge, a card beside it.
//!
//! The merge has chosen already, so nothing waits for anybody; a card says what was chosen and what the
//! other side has, and settling is an edit like any other.

mod card;
mod layer;
mod names;
mod panel;
mod values;
mod words;

use leadline_designer::{Command, Rect};
use leadline_model::WorkflowId;
use leadline_protocol::{
    Choice, Link, Notice, OpenConflict, Request, Subject, SyncNotice, SyncRequest,
};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::saver::Saver;
use crate::boxed::{effect, memo};
use crate::canvas::desk::Desk;
use crate::client::content;
use crate::components::live::{Live, use_live};
use crate::dom;
use names::Names;
use words::{Group, Words, groups, next_after, step_words, subject_words, words};

pub use layer::ConflictLayer;
pub use panel::ConflictList;

/// The open conflicts of the workflow on a desk. Cheap to copy into every closure.
#[derive(Clone, Copy)]
pub struct Conflicts {
    desk: Desk,
    saver: Saver,
    live: Live<Option<Link>>,
    /// By place, see [`groups`].
    groups: Memo<Vec<Group>>,
    names: Memo<Names>,
    /// The place whose card is open.
    open: RwSignal<Option<Subject>>,
    /// A choice is on its way.
    busy: RwSignal<bool>,
}

impl Conflicts {
    /// Follows the conflicts of the workflow on a desk; `count` is kept at how many there are.
    pub fn start(desk: Desk, saver: Saver, narrow: bool, count: RwSignal<usize>) -> Conflicts {
        let id = desk.id();
        let (asked, told): (WorkflowId, WorkflowId) = (id.clone(), id);
        let live = use_live::<Option<Link>>(
            move || {
                let workflow_id = asked.clone();
                Some(Request::Linked { workflow_id })
            },
            move |notice| matches!(notice, Notice::Sync(SyncNotice::Linked(which)) if *which == told),
        );
        let list = memo(move || {
            let link = live.data.get().flatten();
            link.map(|link| link.conflicts).unwrap_or_default()
        });
        let names = memo(move || {
            desk.revision.track();
            let link = live.data.get().flatten();
            let remote = link.map(|link| link.remote_name).unwrap_or_default();
            let library = desk.app.library().get();
            let agents = library.map(|library| library.agents).unwrap_or_default();
            list.with(|list| {
                desk.read(|editor| Names::of(editor.definition(), list, &agents, &remote))
            })
        });
        let conflicts = Conflicts {
            desk,
            saver,
            live,
            groups: memo(move || list.with(|list| groups(list))),
            names,
            open: RwSignal::new(None),
            busy: RwSignal::new(false),
        };
        conflicts.follow(narrow);
        effect(move || count.set(conflicts.count()));
        conflicts
    }

    /// How many there are.
    fn count(self) -> usize {
        let of = |groups: &Vec<Group>| groups.iter().map(|group| group.conflicts.len()).sum();
        self.groups.with(of)
    }

    /// Says that there are new ones; on a wide page the first card that is in view opens once.
    fn follow(self, narrow: bool) {
        Effect::new(move |before: Option<Vec<u64>>| {
            let numbers: Vec<u64> = self.groups.with(|groups| {
                let all = groups.iter().flat_map(|group| &group.conflicts);
                all.map(|open| open.number).collect()
            });
            let known = before.as_ref().map_or(&[][..], Vec::as_slice);
            let new = numbers
                .iter()
                .filter(|number| !known.contains(number))
                .count();
            if new > 0 {
                let words = if new == 1 { "conflict" } else { "conflicts" };
                let remote = self.names.with_untracked(|names| names.remote.clone());
                self.desk.say(format!("{new} {words} with {remote}."));
            }
            let first = known.is_empty() && new > 0;
            if first && !narrow {
                // The canvas has its size and its view by the next frame.
                request_animation_frame(move || self.open_first());
            }
            let gone = self.open.with_untracked(|open| {
                let is_open = |group: &Group| Some(&group.subject) == open.as_ref();
                open.is_some()
                    && !self
                        .groups
                        .with_untracked(|groups| groups.iter().any(is_open))
            });
            if gone {
                self.open.set(None);
            }
            numbers
        });
    }

    fn open_first(self) {
        if self.open.try_get_untracked() != Some(None) {
            return;
        }
        let seen = self.desk.read(|editor| editor.visible_world_rect());
        let in_view = |group: &&Group| match self.place(&group.subject) {
            Some(place) => seen.union(&place) == seen,
            None => true,
        };
        let first = self.groups.with_untracked(|groups| {
            groups
                .iter()
                .find(in_view)
                .map(|group| group.subject.clone())
        });
        self.open.set(first);
    }

    /// Where a place is on the canvas; `None`: it is not on it.
    fn place(self, subject: &Subject) -> Option<Rect> {
        self.desk.read(|editor| match subject {
            Subject::Node(id) => editor.node_rect(id),
            Subject::Edge(id) => {
                let at = editor.edge_place(id)?;
                Some(Rect::new(at.x, at.y, 0.0, 0.0))
            }
            Subject::Workflow | Subject::Settings => None,
        })
    }

    /// What a place is called.
    fn title(self, subject: &Subject) -> String {
        self.desk.revision.track();
        self.names.with(|names| {
            self.desk
                .read(|editor| subject_words(editor.definition(), names, subject))
        })
    }

    /// A conflict in words, as the workflow is now.
    fn words(self, open: &OpenConflict) -> Words {
        self.desk.revision.track();
        self.names.with(|names| {
            self.desk
                .read(|editor| words(editor.definition(), names, &open.conflict))
        })
    }

    /// Opens the card of a place, brings the place into view and the focus to one of its conflicts.
    pub fn show(self, subject: Subject, number: Option<u64>) {
        match &subject {
            Subject::Node(id) if self.place(&subject).is_some() => self.desk.reveal(id.clone()),
            Subject::Edge(id) if self.place(&subject).is_some() => {
                self.desk.run(Command::RevealEdge(id.clone()));
            }
            _ => {}
        }
        let first = || {
            let found = |group: &&Group| group.subject == subject;
            self.groups.with_untracked(|groups| {
                let group = groups.iter().find(found)?;
                group.conflicts.first().map(|open| open.number)
            })
        };
        let number = number.or_else(first);
        self.open.set(Some(subject));
        if super::is_narrow() {
            // The sheet takes the panel's place.
            self.desk.dismissed.update(|n| *n += 1);
        }
        if let Some(number) = number {
            // The card stands two frames later.
            request_animation_frame(move || {
                request_animation_frame(move || dom::focus(&format!("#conflict-{number}")));
            });
        }
    }

    /// The place so many after the one whose card is open.
    fn turn(self, by: isize) {
        let next = self.groups.with_untracked(|groups| {
            let count = isize::try_from(groups.len())
                .ok()
                .filter(|count| *count > 0)?;
            let open = self.open.get_untracked();
            let at = groups
                .iter()
                .position(|group| Some(&group.subject) == open.as_ref());
            let next = match at.and_then(|at| isize::try_from(at).ok()) {
                Some(at) => (at + by).rem_euclid(count),
                None if by < 0 => count - 1,
                None => 0,
            };
            groups
                .get(next.unsigned_abs())
                .map(|group| group.subject.clone())
        });
        if let Some(subject) = next {
            self.show(subject, None);
        }
    }

    /// Closes the card; the focus goes to what it was about.
    fn leave(self) {
        let subject = self.open.get_untracked();
        self.open.set(None);
        match (subject, self.desk.stage()) {
            (Some(Subject::Node(id)), Some(stage))
                if self.place(&Subject::Node(id.clone())).is_some() =>
            {
                stage.focus_node(self.desk, id);
            }
            _ => self.desk.focus_canvas(),
        }
    }

    /// Settles a conflict; the next one follows.
    fn settle(self, open: &OpenConflict, choice: Choice) {
        if self.busy.get_untracked() {
            return;
        }
        let title = untrack(|| self.title(&open.conflict.place.of));
        let step = step_words(&open.conflict, &title, choice);
        let next = self
            .groups
            .with_untracked(|groups| next_after(groups, open.number));
        // What was edited before this goes before this.
        self.saver.send();
        let request: Request = SyncRequest::Settle {
            workflow_id: self.desk.id(),
            number: open.number,
            choice,
        }
        .into();
        let (id, answer) = self.desk.app.client.send(request, None);
        self.desk.claim(id, step.clone());
        self.busy.set(true);
        spawn_local(async move {
            let answer = answer.await.map(content::<Option<Link>>);
            if self.busy.try_set(false).is_some() {
                // The page was left.
                return;
            }
            match answer {
                Ok(Ok(link)) => {
                    self.live.data.set(Some(link));
                    self.settled(&step, next);
                }
                Ok(Err(problem)) => {
                    self.desk.app.report(&problem);
                    self.live.refresh();
                }
                Err(_) => {}
            }
        });
    }

    fn settled(self, step: &str, next: Option<(Subject, u64)>) {
        let left = untrack(|| self.count());
        let rest = match left {
            0 => "No conflicts are left.".to_owned(),
            1 => "1 conflict is left.".to_owned(),
            n => format!("{n} conflicts are left."),
        };
        self.desk.say(format!("{step}. {rest}"));
        match next.filter(|_| left > 0) {
            Some((subject, number)) => self.show(subject, Some(number)),
            None => {
                self.open.set(None);
                self.desk.focus_canvas();
            }
        }
    }
}
