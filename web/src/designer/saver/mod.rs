//! Saves what changes: after half a second of rest, at once when the page hides, and never shows a
//! mark that is not true.
//!
//! What the engine has is what the editor shows, but for the changes that wait and those on their way;
//! nobody keeps a second copy of it. When an edit is refused, which is rare, the engine is asked, and the
//! editor undoes step by step until it shows the same, so nothing stays on the screen that is not saved.

mod notes;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use gloo_timers::callback::Timeout;
use leadline_designer::Command;
use leadline_model::ordered;
use leadline_model::{Change, Definition, Findings, Node, NodeId, WorkflowId};
use leadline_protocol::{
    Document, Edited, Notice, Problem, ProblemCode, Request, SaveState, ToldEdit, Written,
};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::canvas::desk::{Desk, now_ms};
use crate::client::{Client, content};

/// Rest after an edit before it is sent.
const DEBOUNCE_MS: f64 = 500.0;
/// Whoever goes on typing without a rest is saved so often all the same.
const LONGEST_WAIT_MS: f64 = 2_000.0;
/// Own requests remembered, to know their notices.
const OWN_KEPT: usize = 64;
/// Steps of undo tried to get back to what is saved.
const MAX_STEPS_BACK: usize = 200;

/// How saving this workflow stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mark {
    /// Nothing waits; the engine's own mark holds.
    Quiet,
    /// Something waits or is on its way.
    Pending,
    /// The last edit was not taken.
    Refused(String),
}

/// A node that cannot go while leads stand on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occupied {
    /// The node.
    pub node: NodeId,
    /// What the engine said.
    pub message: String,
}

/// Saves a desk.
#[derive(Clone, Copy)]
pub struct Saver {
    desk: Desk,
    /// How it stands.
    pub mark: RwSignal<Mark>,
    /// A deletion that asks where the leads go.
    pub occupied: RwSignal<Option<Occupied>>,
    /// An edit the engine refused, with all its reasons.
    pub refused: RwSignal<Option<Problem>>,
    state: StoredValue<Rc<State>, LocalStorage>,
}

struct State {
    pending: RefCell<Vec<Change>>,
    in_flight: Cell<bool>,
    /// Changes of the editor are not the user's while they are taken back.
    muted: Cell<bool>,
    own: RefCell<VecDeque<String>>,
    timer: RefCell<Option<Timeout>>,
    /// When the first of what waits happened.
    waits_since: Cell<Option<f64>>,
    view_timer: RefCell<Option<Timeout>>,
    revision: Cell<u64>,
    told: RefCell<Option<SaveState>>,
}

impl Saver {
    /// Saves everything that happens on the desk from now on.
    pub fn start(desk: Desk) -> Saver {
        let saver = Saver {
            desk,
            mark: RwSignal::new(Mark::Quiet),
            occupied: RwSignal::new(None),
            refused: RwSignal::new(None),
            state: StoredValue::new_local(Rc::new(State {
                pending: RefCell::default(),
                in_flight: Cell::new(false),
                muted: Cell::new(false),
                own: RefCell::default(),
                timer: RefCell::default(),
                waits_since: Cell::new(None),
                view_timer: RefCell::default(),
                revision: Cell::new(0),
                told: RefCell::default(),
            })),
        };
        desk.on_changed(move |changes| saver.changed(changes));
        desk.app.client.listen(move |notice| saver.hear(notice));
        saver.keep_notes();
        saver.flush_when_hidden();
        saver
    }

    fn state(self) -> Option<Rc<State>> {
        self.state.try_get_value()
    }

    fn changed(self, changes: Vec<Change>) {
        let Some(state) = self.state() else { return };
        if state.muted.get() {
            return;
        }
        state.pending.borrow_mut().extend(changes);
        self.mark.set(Mark::Pending);
        self.show_saving(&state);
        let since = state.waits_since.get().unwrap_or_else(now_ms);
        state.waits_since.set(Some(since));
        let left = since + LONGEST_WAIT_MS - now_ms();
        let rest = left.clamp(0.0, DEBOUNCE_MS) as u32;
        let timer = Timeout::new(rest, move || self.flush());
        // Replacing the old timer cancels it.
        *state.timer.borrow_mut() = Some(timer);
    }

    /// From the first change on the app's mark must not say that all is saved, whatever the engine
    /// tells of earlier edits meanwhile.
    fn show_saving(self, state: &State) {
        let save = self.desk.app.save;
        if save.get_untracked() != Some(SaveState::Saving) {
            *state.told.borrow_mut() = save.get_untracked();
            save.set(Some(SaveState::Saving));
        }
    }

    /// Nothing waits any more: an answered edit is durable, unless the engine told of trouble.
    fn hide_saving(self, state: &State) {
        let save = self.desk.app.save;
        if save.get_untracked() != Some(SaveState::Saving) {
            return;
        }
        let at_ms = js_sys::Date::now() as i64;
        save.set(trouble_told(state).or(Some(SaveState::Saved { at_ms })));
    }

    /// Whether an edit waits or is on its way.
    fn is_pending(self) -> bool {
        self.state()
            .is_some_and(|state| state.in_flight.get() || !state.pending.borrow().is_empty())
    }

    /// Sends what waits. While an edit is on its way the next one waits for its answer.
    fn flush(self) {
        let Some(state) = self.state() else { return };
        *state.timer.borrow_mut() = None;
        if !state.in_flight.get() {
            self.send();
        }
    }

    /// Sends what waits, now: the engine takes requests in their order.
    pub fn send(self) {
        let Some(state) = self.state() else { return };
        *state.timer.borrow_mut() = None;
        if state.pending.borrow().is_empty() {
            return;
        }
        state.waits_since.set(None);
        let changes = merged(state.pending.take());
        let deleted = deleted_node(&changes);
        let request = Request::Edit {
            workflow_id: self.desk.id(),
            changes: Written::of(&changes),
            notes: self.history_notes(),
        };
        let (client, workflow_id) = (self.desk.app.client, self.desk.id());
        let (id, answer) = client.send(request, None);
        remember(&state, id.clone());
        state.in_flight.set(true);
        spawn_local(async move {
            let result = answer.await.map(content::<Edited>);
            if let Ok(Ok(edited)) = &result {
                tell_page(client, workflow_id, id, changes, edited);
            }
            let Some(state) = self.state() else { return };
            state.in_flight.set(false);
            match result {
                Ok(Ok(edited)) => self.accepted(&state, edited),
                Ok(Err(problem)) => self.rejected(&state, deleted, problem).await,
                Err(_) => self
                    .mark
                    .set(Mark::Refused("The engine went away.".to_owned())),
            }
            // What waited for this answer, and has had its rest.
            if state.timer.borrow().is_none() {
                self.flush();
            }
        });
    }

    fn accepted(self, state: &State, edited: Edited) {
        self.take_findings(state, edited.revision, edited.findings);
        if state.pending.borrow().is_empty() {
            self.mark.set(Mark::Quiet);
            self.hide_saving(state);
        }
    }

    fn take_findings(self, state: &State, revision: u64, findings: Findings) {
        if revision >= state.revision.get() {
            state.revision.set(revision);
            self.desk.set_findings(findings);
        }
    }

    async fn rejected(self, state: &State, deleted: Option<NodeId>, problem: Problem) {
        if problem.code == ProblemCode::NotSaved {
            // The engine keeps it in memory and tries again, and tells when it succeeds.
            let reason = problem.message.clone();
            let save = trouble_told(state).unwrap_or(SaveState::NotSaved { reason });
            self.desk.app.save.set(Some(save));
            self.mark.set(Mark::Refused(problem.message));
            return;
        }
        self.history_not_kept();
        let request = Request::GetDocument {
            workflow_id: self.desk.id(),
        };
        // What is edited meanwhile builds on what was refused: it is not sent, and goes with it.
        state.in_flight.set(true);
        let read = self.desk.app.client.ask::<Document>(request).await;
        state.in_flight.set(false);
        if self.state().is_none() {
            return;
        }
        match read {
            Ok(document) => self.take_back(state, document),
            Err(problem) => return self.mark.set(Mark::Refused(problem.message)),
        }
        match deleted {
            Some(node) if problem.code == ProblemCode::Conflict => {
                let message = problem.message;
                self.occupied.set(Some(Occupied { node, message }));
            }
            _ => {
                self.desk.say(format!("Not possible: {}", problem.message));
                self.refused.set(Some(with_a_way(problem)));
            }
        }
    }

    /// Undoes until the editor shows what the engine has.
    fn take_back(self, state: &State, document: Document) {
        state.pending.borrow_mut().clear();
        *state.timer.borrow_mut() = None;
        state.muted.set(true);
        let same = || {
            self.desk
                .read(|editor| same_graph(editor.definition(), &document.definition))
        };
        for _ in 0..MAX_STEPS_BACK {
            if same() || self.desk.read(|editor| editor.undo_label().is_none()) {
                break;
            }
            self.desk.run(Command::Undo);
        }
        if !same() {
            self.desk.replace(document.definition);
        }
        state.muted.set(false);
        self.take_findings(state, document.revision, document.findings);
        self.mark.set(Mark::Quiet);
        self.hide_saving(state);
    }

    fn hear(self, notice: &Notice) {
        let Some(state) = self.state() else { return };
        if let Notice::Save(_) = notice
            && (state.in_flight.get() || !state.pending.borrow().is_empty())
        {
            self.show_saving(&state);
        }
        // What could not be saved at first is now.
        if let Notice::Save(SaveState::Saved { .. }) = notice
            && matches!(self.mark.get_untracked(), Mark::Refused(_))
        {
            self.mark.set(Mark::Quiet);
        }
        let Notice::Edited { workflow_id, edit } = notice else {
            return;
        };
        if *workflow_id != self.desk.id() {
            return;
        }
        let Ok(edit) = edit.read() else {
            return self.reopen();
        };
        if state.own.borrow().contains(&edit.request) {
            return;
        }
        let told = self.desk.apply_told(&edit.request, &edit.changes);
        if told.is_err() {
            self.reopen();
        }
        self.take_findings(&state, edit.revision, edit.findings);
        match told {
            // Whoever asked for it says what came of it.
            Ok(true) => self.keep_history(),
            Ok(false) | Err(_) => self
                .desk
                .say("The workflow was changed elsewhere.".to_owned()),
        }
    }

    /// Another tab is ahead in a way that cannot be followed change by change: read it whole.
    fn reopen(self) {
        let request = Request::GetDocument {
            workflow_id: self.desk.id(),
        };
        self.desk.app.run(request, move |document: Document| {
            let Some(state) = self.state() else { return };
            self.desk.replace(document.definition);
            self.take_findings(&state, document.revision, document.findings);
        });
    }
}

/// The trouble the engine told of before its mark was covered by "Saving", and not since.
fn trouble_told(state: &State) -> Option<SaveState> {
    use SaveState::{Full, MemoryOnly, NotSaved};
    let told = state.told.borrow_mut().take()?;
    matches!(told, NotSaved { .. } | Full { .. } | MemoryOnly { .. }).then_some(told)
}

/// What the worker tells the other tabs of an edit the pages of this one have to hear too: the designer
/// may have been left by now for one that read the workflow before it was edited.
fn tell_page(
    client: Client,
    workflow_id: WorkflowId,
    request: String,
    changes: Vec<Change>,
    edited: &Edited,
) {
    let edit = Written::of(&ToldEdit {
        revision: edited.revision,
        request,
        changes,
        findings: edited.findings.clone(),
    });
    client.tell(&Notice::Edited { workflow_id, edit });
    if let Some(summary) = &edited.summary {
        client.tell(&Notice::Workflow(summary.clone()));
    }
}

fn remember(state: &State, id: String) {
    let mut own = state.own.borrow_mut();
    if own.len() == OWN_KEPT {
        own.pop_front();
    }
    own.push_back(id);
}

/// Whether two definitions say the same. The order of nodes means nothing: one that comes back by undo
/// is the last.
fn same_graph(one: &Definition, other: &Definition) -> bool {
    fn nodes(of: &Definition) -> Vec<&Node> {
        let mut nodes: Vec<&Node> = of.nodes.iter().collect();
        ordered::sort_by(&mut nodes, |a, b| a.id.cmp(&b.id));
        nodes
    }
    (&one.title, &one.description) == (&other.title, &other.description)
        && (&one.settings, &one.edges) == (&other.settings, &other.edges)
        && nodes(one) == nodes(other)
}

fn deleted_node(changes: &[Change]) -> Option<NodeId> {
    changes.iter().find_map(|change| match change {
        Change::DeleteNode { id } => Some(id.clone()),
        _ => None,
    })
}

/// Leaves out what a later change of the same kind replaces, so that a burst of typing or dragging
/// is sent once. Only runs of changes of one entity are merged: the order of all others stays.
fn merged(changes: Vec<Change>) -> Vec<Change> {
    let mut list: Vec<Change> = Vec::with_capacity(changes.len());
    for change in changes {
        let replaces = match (list.last(), &change) {
            (Some(Change::PutNode { node: a }), Change::PutNode { node: b }) => a.id == b.id,
            (Some(Change::SetTitle { .. }), Change::SetTitle { .. })
            | (Some(Change::SetDescription { .. }), Change::SetDescription { .. })
            | (Some(Change::SetSettings { .. }), Change::SetSettings { .. }) => true,
            _ => false,
        };
        if replaces {
            list.pop();
        }
        list.push(change);
    }
    list
}

/// An active workflow takes no edit that would make it invalid, so what needs several steps to be
/// valid again needs a pause first.
fn with_a_way(mut problem: Problem) -> Problem {
    if problem.code == ProblemCode::InvalidGraph {
        problem
            .message
            .push_str(" Pause the workflow to make this change in several steps.");
    }
    problem
}

#[cfg(test)]
mod tests {
    use super::*;

    fn title(text: &str) -> Change {
        Change::SetTitle {
            title: text.to_owned(),
        }
    }

    fn description(text: &str) -> Change {
        Change::SetDescription {
            description: text.to_owned(),
        }
    }

    fn check(changes: &[Change], sent: &[Change]) {
        assert_eq!(merged(changes.to_vec()), sent);
    }

    #[test]
    fn definitions_are_the_same_in_any_order_of_nodes() {
        let node = |id: &str| serde_json::json!({"id": id, "node_type": "DROPPED", "config": {}});
        let read = |nodes: &[&str], title: &str| -> Option<Definition> {
            let nodes: Vec<_> = nodes.iter().map(|id| node(id)).collect();
            serde_json::from_value(serde_json::json!({"title": title, "nodes": nodes})).ok()
        };
        let one = read(&["a", "b"], "T");
        for (other, same) in [
            (read(&["a", "b"], "T"), true),
            (read(&["b", "a"], "T"), true),
            (read(&["a"], "T"), false),
            (read(&["a", "c"], "T"), false),
            (read(&["a", "b"], "U"), false),
        ] {
            let compared = one.as_ref().zip(other.as_ref());
            let compared = compared.map(|(one, other)| same_graph(one, other));
            assert_eq!(compared, Some(same), "{other:?}");
        }
    }

    #[test]
    fn bursts_are_sent_once_and_the_order_stays() {
        check(&[], &[]);
        check(&[title("a"), title("ab"), title("abc")], &[title("abc")]);
        check(
            &[title("a"), description("x"), title("b"), title("c")],
            &[title("a"), description("x"), title("c")],
        );
    }
}
