//! What crosses between the tabs' pages and their workers for one edit, counted.

use leadline_model::{Change, NodeType};
use leadline_protocol::{Envelope, FromWorker, Response};

use super::*;
use crate::tabs::{Action, Tabs};

/// A leader's tab and one that may follow it, and what their pages were sent.
struct Pages {
    tabs: Vec<Tabs>,
    down: Vec<Vec<FromWorker>>,
    asked: Vec<(Who, Ask)>,
    channel: usize,
}

impl Pages {
    fn open(names: &[&str]) -> Pages {
        let mut tabs: Vec<Tabs> = names.iter().map(|name| Tabs::new((*name).into())).collect();
        drop((tabs[0].lock_granted(), tabs[0].host_ready()));
        let mut pages = Pages {
            down: vec![Vec::new(); tabs.len()],
            asked: Vec::new(),
            channel: 0,
            tabs,
        };
        for follower in 1..pages.tabs.len() {
            let actions = pages.tabs[follower].started();
            pages.perform(follower, actions);
        }
        pages.forget();
        pages
    }

    fn forget(&mut self) {
        self.channel = 0;
        self.down.iter_mut().for_each(Vec::clear);
    }

    /// Hands on what the leader's host has for the tabs.
    fn deliver(&mut self, out: Vec<Out>) {
        for out in out {
            let actions = match out {
                Out::Reply(Who { tab, id }, result) => self.tabs[0].reply(&tab, id, result),
                Out::Tell(to, notice) => self.tabs[0].tell(to, notice),
                other => panic!("{other:?}"),
            };
            self.perform(0, actions);
        }
    }

    fn perform(&mut self, from: usize, actions: Vec<Action>) {
        for action in actions {
            match action {
                Action::Respond(response) => self.down[from].push(FromWorker::Response(response)),
                Action::Notify(notice) => self.down[from].push(FromWorker::Notice(notice)),
                Action::Broadcast(wire) => {
                    self.channel += 1;
                    for other in (0..self.tabs.len()).filter(|other| *other != from) {
                        let actions = self.tabs[other].from_channel(wire.clone());
                        self.perform(other, actions);
                    }
                }
                Action::Submit { tab, id, ask } => self.asked.push((Who { tab, id }, ask)),
                Action::WatchOver { .. } => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// What a page was sent, in a word for each.
    fn words(&self, tab: usize) -> Vec<&'static str> {
        let word = |message: &FromWorker| match message {
            FromWorker::Response(Response { result, .. }) => match result {
                Ok(reply) => match reply.read().unwrap() {
                    Reply::Edited(edited) if edited.summary.is_some() => "answer with summary",
                    _ => "answer",
                },
                Err(_) => "refusal",
            },
            FromWorker::Notice(notice) => match notice.read().unwrap() {
                Notice::Save(SaveState::Saving) => "saving",
                Notice::Save(SaveState::Saved { .. }) => "saved",
                Notice::Save(_) => "not saved",
                Notice::Edited { .. } => "edited",
                Notice::Workflow(_) => "workflow",
                other => panic!("{other:?}"),
            },
        };
        self.down[tab].iter().map(word).collect()
    }
}

fn put(id: &str, at: i32) -> Change {
    Change::PutNode {
        node: leadline_model::Node {
            id: leadline_model::NodeId::parse(id).unwrap(),
            config: NodeType::Dropped.empty_config(),
            label: String::new(),
            position_x: leadline_model::Position::px(at),
            position_y: leadline_model::Position::px(0),
            is_entry: false,
        },
    }
}

/// An edit with its step of undo.
fn edit(id: &WorkflowId, changes: Vec<Change>) -> Request {
    let note = Note {
        key: "undo/1".into(),
        text: Some(format!("{changes:?}")),
    };
    Request::Edit {
        workflow_id: id.clone(),
        changes: Written::of(&changes),
        notes: vec![note],
    }
}

/// A workflow in a browser that was just opened, and another that nothing happens to.
fn bench() -> (Bench, WorkflowId) {
    let mut bench = Bench::new();
    bench.create("Another");
    let id = bench.create("A");
    let mut bench = bench.restart();
    bench.host.announce(false, bench.at);
    bench.host.take_out();
    (bench, id)
}

impl Bench {
    /// Lets a tab's page ask, until all is stored.
    fn edit_from(&mut self, pages: &mut Pages, tab: usize, request: Request) {
        self.asked += 1;
        let id = format!("asked-{}", self.asked);
        pages.forget();
        let actions = pages.tabs[tab].from_page(Envelope { id, request });
        pages.perform(tab, actions);
        for (who, ask) in std::mem::take(&mut pages.asked) {
            self.host.submit(who, ask, self.at);
        }
        loop {
            pages.deliver(self.host.take_out());
            let Some(commit) = self.host.next_commit(self.at).unwrap() else {
                return;
            };
            pages.deliver(self.host.take_out());
            let result = block_on(self.archive.commit(&commit.writes));
            self.host.committed(result, self.at);
        }
    }
}

#[test]
fn an_edit_is_one_answer_and_one_notice_and_the_channel_is_silent() {
    let (mut bench, id) = bench();
    let mut pages = Pages::open(&["a"]);
    for change in [put("n", 0), put("n", 20), put("m", 40)] {
        bench.at.wall += 1;
        bench.edit_from(&mut pages, 0, edit(&id, vec![change]));
        assert_eq!(pages.words(0), ["answer with summary", "saved"]);
        assert_eq!(pages.channel, 0, "nobody else is there");
    }
    bench.at.wall += 1;
    let refused = Change::DeleteNode {
        id: leadline_model::NodeId::parse("n").unwrap(),
    };
    let title = Change::SetTitle {
        title: String::new(),
    };
    bench.edit_from(&mut pages, 0, edit(&id, vec![refused, title]));
    assert_eq!(pages.words(0), ["refusal"]);
}

#[test]
fn an_edit_and_its_notes_are_stored_together_or_not_at_all() {
    let (mut bench, id) = bench();
    let notes = |bench: &mut Bench| {
        let prefix = "undo".to_owned();
        match bench.ask(Request::GetNotes { prefix }) {
            Ok(Reply::Notes(notes)) => notes,
            other => panic!("{other:?}"),
        }
    };
    let nodes = |bench: &Bench| {
        let summary = bench.host.session().engine().workflow(&id).unwrap();
        summary.node_count
    };
    let refused = edit(&id, vec![Change::SetTitle { title: "".into() }]);
    bench.ask(refused).unwrap_err();
    assert!(notes(&mut bench).is_empty());

    let commits = bench.archive.store().commits();
    bench.ask(edit(&id, vec![put("n", 0)])).unwrap();
    assert_eq!(bench.archive.store().commits(), commits + 1);

    // Killed before the commit: neither is there.
    bench.submit(edit(&id, vec![put("m", 0)]));
    let mut bench = bench.restart();
    assert_eq!(nodes(&bench), 1);
    let kept = notes(&mut bench);
    assert_eq!(kept["undo/1"], format!("{:?}", [put("n", 0)]));

    bench.archive.store().fail_with(Some(StoreError::Full));
    let other = Note {
        key: "undo/2".into(),
        text: Some(String::new()),
    };
    let unsaved = Request::Edit {
        workflow_id: id.clone(),
        changes: Written::of(&vec![put("n", 20)]),
        notes: vec![other],
    };
    bench.ask(unsaved).unwrap_err();
    assert_eq!(notes(&mut bench).len(), 2, "one of them in memory");

    let long = Note {
        key: "k".repeat(201),
        text: None,
    };
    let edit = Request::Edit {
        workflow_id: id.clone(),
        changes: Written::of(&vec![put("m", 0)]),
        notes: vec![long],
    };
    let problem = bench.ask(edit).unwrap_err();
    assert_eq!((problem.code, nodes(&bench)), (ProblemCode::Invalid, 1));
}

#[test]
fn the_others_see_an_edit_whoever_made_it() {
    let (mut bench, id) = bench();
    let mut pages = Pages::open(&["a", "b", "c"]);
    let followed = ["saving", "edited", "workflow", "saved"];
    for asker in [0, 1, 2] {
        let tab = ["a", "b", "c"][asker];
        bench.at.wall += 1;
        bench.edit_from(&mut pages, asker, edit(&id, vec![put(tab, 0)]));
        for page in [0, 1, 2] {
            let words = match page == asker {
                true => &["answer with summary", "saved"][..],
                false => &followed[..],
            };
            assert_eq!(pages.words(page), words, "{tab} edits, page {page}");
        }
        let told = pages.down[(asker + 1) % 3]
            .iter()
            .find_map(|message| match message {
                FromWorker::Notice(notice) => match notice.read().unwrap() {
                    Notice::Workflow(summary) => Some(summary),
                    _ => None,
                },
                FromWorker::Response(_) => None,
            });
        let summary = bench.host.session().engine().workflow(&id).unwrap();
        assert_eq!(summary.node_count, asker + 1);
        assert_eq!(told, Some(summary), "as it is after the edit");
    }
}

#[test]
fn an_edit_that_is_not_stored_is_seen_by_all() {
    let (mut bench, id) = bench();
    let mut pages = Pages::open(&["a", "b"]);
    bench.archive.store().fail_with(Some(StoreError::Full));
    bench.edit_from(&mut pages, 0, edit(&id, vec![put("n", 0)]));
    assert_eq!(
        pages.words(0),
        ["saving", "edited", "workflow", "refusal", "not saved"]
    );
    assert_eq!(
        pages.words(1),
        ["saving", "edited", "workflow", "not saved"]
    );
}

#[test]
fn who_edits_is_told_of_saving_that_goes_on_after_the_edit() {
    let (mut bench, id) = bench();
    let mut pages = Pages::open(&["a"]);
    let asks = |bench: &mut Bench, number: u32, request| {
        let who = Who {
            tab: "a".into(),
            id: format!("a-{number}"),
        };
        bench.host.submit(who, Ask::Request(request), bench.at);
    };
    asks(&mut bench, 100, edit(&id, vec![put("n", 0)]));
    let first = bench.host.next_commit(bench.at).unwrap().unwrap();
    let note = Request::PutNote {
        key: "view".into(),
        text: None,
    };
    asks(&mut bench, 101, note);
    block_on(bench.archive.commit(&first.writes)).unwrap();
    bench.host.committed(Ok(()), bench.at);
    pages.deliver(bench.host.take_out());
    assert_eq!(pages.words(0), ["answer with summary", "saving"]);
    bench.settle();
    pages.forget();
    pages.deliver(bench.host.take_out());
    assert_eq!(pages.words(0), ["answer", "saved"]);
}
