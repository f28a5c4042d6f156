//! Remotes over a server in memory: what is edited here arrives there and the other way round, whatever
//! dies in between.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use leadline_model::{Change, Node, json as model_json};
use leadline_protocol::{
    Choice, Link, LinkState, QueueState, Remote, RemoteId, RemoteKind, RemoteState, SyncReply,
    SyncRequest,
};
use leadline_sync::adapter::Outcome;
use leadline_sync::machine::{Answer, Request as Sent, Version, What};
use serde_json::json;

use super::*;

/// A remote that takes everything that fits its versions.
#[derive(Default)]
struct Server {
    docs: BTreeMap<String, (u64, Definition)>,
    made: u64,
    keys: BTreeMap<String, Answer>,
    seq: u64,
    log: Vec<(u64, String)>,
    enrolled: Vec<String>,
    refuses: BTreeSet<&'static str>,
}

impl Server {
    fn version(&self, id: &str) -> Version {
        let (rev, definition) = &self.docs[id];
        Version {
            epoch: "1".to_owned(),
            etag: format!("\"r{rev}\""),
            definition: definition.clone(),
        }
    }

    fn commit(&mut self, id: &str, definition: Definition) {
        self.seq += 1;
        let rev = self.docs.get(id).map_or(1, |(rev, _)| rev + 1);
        self.docs.insert(id.to_owned(), (rev, definition));
        self.log.push((self.seq, id.to_owned()));
    }

    fn answer(&mut self, request: &Sent) -> Answer {
        if self.refuses.contains("key") {
            return Answer::Unauthorized;
        }
        match request {
            Sent::Write(write) => {
                if let Some(before) = self.keys.get(&write.key) {
                    return before.clone();
                }
                let answer = self.write(&write.what);
                self.keys.insert(write.key.clone(), answer.clone());
                answer
            }
            Sent::Read(id) if self.docs.contains_key(id) => Answer::Document(self.version(id)),
            Sent::Read(_) => Answer::Missing,
            Sent::Changes { after } => {
                let log = self.log.iter().filter(|(seq, _)| seq > after);
                let changed: BTreeSet<String> = log.map(|(_, id)| id.clone()).collect();
                let there = |id: &String| self.docs.contains_key(id);
                let (changed, deleted): (Vec<_>, Vec<_>) = changed.into_iter().partition(there);
                Answer::Changes {
                    from: *after,
                    cursor: self.seq,
                    epoch: "1".to_owned(),
                    changed: changed
                        .into_iter()
                        .map(|id| (id.clone(), Some(self.version(&id).etag)))
                        .collect(),
                    deleted,
                }
            }
            Sent::List { .. } => Answer::List {
                cursor: Some(self.seq),
                epoch: "1".to_owned(),
                remotes: self
                    .docs
                    .keys()
                    .map(|id| (id.clone(), Some(self.version(id).etag)))
                    .collect(),
                more: false,
            },
        }
    }

    fn write(&mut self, what: &What) -> Answer {
        match what {
            What::Create { title } => {
                self.made += 1;
                let id = format!("wfl_{}", self.made);
                let definition = Definition {
                    title: title.clone(),
                    ..Definition::default()
                };
                self.commit(&id, definition);
                Answer::Created {
                    version: self.version(&id),
                    remote: id,
                }
            }
            What::Edit {
                remote,
                if_match,
                changes,
            } => {
                if self.refuses.contains("edits") {
                    return Answer::Refused("this workflow is locked".to_owned());
                }
                if self.version(remote).etag != *if_match {
                    return Answer::Stale;
                }
                let mut definition = self.docs[remote].1.clone();
                definition.apply(changes).unwrap();
                self.commit(remote, definition);
                let Version {
                    epoch,
                    etag,
                    definition,
                } = self.version(remote);
                let digest = Some(definition.digest());
                Answer::Taken {
                    epoch,
                    etag,
                    digest,
                }
            }
            What::Delete { remote, .. } => {
                self.docs.remove(remote);
                self.seq += 1;
                self.log.push((self.seq, remote.clone()));
                Answer::Done
            }
            What::Enrol { leads, .. } => {
                if self.refuses.contains("leads") {
                    return Answer::Refused("the workflow is cancelled".to_owned());
                }
                for lead in leads.as_array().unwrap() {
                    self.enrolled
                        .push(lead["phone_number"].as_str().unwrap().to_owned());
                }
                Answer::Done
            }
        }
    }
}

/// What happens to a request that is sent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Answered,
    /// It never arrives.
    Lost,
    /// It takes effect and nobody hears of it.
    Unheard,
}

struct Pair {
    bench: Bench,
    server: RefCell<Server>,
    fate: Fate,
}

const REMOTE: RemoteId = RemoteId(1);

fn node(id: &str, label: &str) -> Node {
    let node = json!({"id": id, "node_type": "TIME", "label": label, "config": {}});
    model_json::from_value(&node).unwrap()
}

impl Pair {
    fn new() -> Pair {
        let mut pair = Pair {
            bench: Bench::new(),
            server: RefCell::default(),
            fate: Fate::Answered,
        };
        pair.sync(SyncRequest::AddRemote {
            name: "Shop".to_owned(),
            kind: RemoteKind::Leadline,
            address: "https://shop.example/v1".to_owned(),
            key: "ll_secret".to_owned(),
        });
        pair
    }

    fn sync(&mut self, request: impl Into<Request>) -> Reply {
        self.try_sync(request).unwrap()
    }

    /// What only the part that syncs answers.
    fn part(&mut self, request: SyncRequest) -> SyncReply {
        match self.sync(request) {
            Reply::Sync(reply) => reply.read().unwrap(),
            other => panic!("{other:?}"),
        }
    }

    fn try_sync(&mut self, request: impl Into<Request>) -> Result<Reply, Problem> {
        let who = self.bench.submit(request.into());
        let mut kept = Vec::new();
        loop {
            self.bench.settle();
            kept.extend(self.bench.host.take_out());
            let answer = kept.iter().find_map(|out| match out {
                Out::Reply(to, result) if *to == who => Some(result.clone()),
                _ => None,
            });
            if let Some(answer) = answer {
                self.carry_out(kept);
                return answer.map(|reply| reply.read().unwrap());
            }
        }
    }

    fn carry_out(&mut self, out: Vec<Out>) {
        self.bench.keep_sends(out);
        for out in std::mem::take(&mut self.bench.sends) {
            if let Out::Exchange(remote, number) = out {
                let exchange = self.bench.host.exchange(remote).unwrap();
                let answer = match self.fate {
                    Fate::Lost => Answer::Lost("no answer".to_owned()),
                    fate => {
                        let answer = self.server.borrow_mut().answer(&exchange.request);
                        match fate {
                            Fate::Unheard => Answer::Lost("no answer".to_owned()),
                            _ => answer,
                        }
                    }
                };
                let outcome = Outcome {
                    answer,
                    names: None,
                };
                self.bench
                    .host
                    .remote_answered(remote, number, outcome, self.bench.at);
            }
        }
    }

    /// Time passes until nothing is under way any more.
    fn rest(&mut self) {
        for _ in 0..60 {
            self.bench.at.wall += 1_000;
            self.bench.at.real += 1_000.0;
            self.bench.host.drive_remotes(self.bench.at);
            for _ in 0..20 {
                self.bench.settle();
                let out = self.bench.host.take_out();
                if out.is_empty() && self.bench.sends.is_empty() {
                    break;
                }
                self.carry_out(out);
            }
        }
    }

    fn restart(self) -> Pair {
        let mut bench = self.bench.restart();
        bench.at.wall += 1;
        Pair { bench, ..self }
    }

    fn overview(&mut self) -> Remote {
        match self.sync(Request::Remotes) {
            Reply::Remotes(mut all) => all.remove(0),
            other => panic!("{other:?}"),
        }
    }

    fn link(&mut self, workflow_id: &WorkflowId) -> Option<Link> {
        let workflow_id = workflow_id.clone();
        match self.sync(Request::Linked { workflow_id }) {
            Reply::Linked(link) => link,
            other => panic!("{other:?}"),
        }
    }

    fn linked(&mut self, title: &str) -> WorkflowId {
        let workflow_id = self.bench.create(title);
        self.sync(SyncRequest::Link {
            workflow_id: workflow_id.clone(),
            remote: REMOTE,
        });
        workflow_id
    }

    fn edit(&mut self, workflow_id: &WorkflowId, changes: Vec<Change>) {
        let edit = Request::Edit {
            workflow_id: workflow_id.clone(),
            changes: Written::of(&changes),
            notes: Vec::new(),
        };
        let who = self.bench.submit(edit);
        self.bench.settle();
        let out = self.bench.host.take_out();
        let fine = |out: &Out| matches!(out, Out::Reply(to, Ok(_)) if *to == who);
        assert!(out.iter().any(fine), "{out:?}");
        self.carry_out(out);
    }

    fn label(&mut self, workflow_id: &WorkflowId, label: &str) {
        let node = node("n1", label);
        self.edit(workflow_id, vec![Change::PutNode { node }]);
    }

    fn there(&self, id: &str, change: Change) {
        let mut server = self.server.borrow_mut();
        let mut definition = server.docs[id].1.clone();
        definition.apply(&[change]).unwrap();
        server.commit(id, definition);
    }

    fn here(&self, workflow_id: &WorkflowId) -> Definition {
        let engine = self.bench.host.session().engine();
        engine.definition(workflow_id).unwrap().0.clone()
    }
}

#[test]
fn what_is_edited_on_one_side_arrives_on_the_other() {
    let mut pair = Pair::new();
    let id = pair.linked("Mine");
    pair.label(&id, "first");
    pair.rest();
    assert_eq!(pair.server.borrow().docs["wfl_1"].1, pair.here(&id));
    let link = pair.link(&id).unwrap();
    assert_eq!(
        (link.state, link.remote_id.as_deref()),
        (LinkState::Synced, Some("wfl_1"))
    );
    assert!(matches!(
        pair.overview().state,
        RemoteState::Synced { at_ms: Some(_) }
    ));

    pair.there(
        "wfl_1",
        Change::SetTitle {
            title: "Theirs".into(),
        },
    );
    let theirs = Definition {
        title: "New".into(),
        ..Definition::default()
    };
    pair.server.borrow_mut().commit("wfl_9", theirs);
    pair.rest();
    assert_eq!(pair.here(&id).title, "Theirs");
    assert!(pair.bench.titles().contains(&"New".to_owned()));

    // Deleted on either side, gone on both.
    pair.bench.submit(Request::DeleteWorkflow {
        workflow_id: id.clone(),
    });
    pair.rest();
    assert!(!pair.server.borrow().docs.contains_key("wfl_1"));
    {
        let mut server = pair.server.borrow_mut();
        server.docs.remove("wfl_9");
        server.seq += 1;
        let seq = server.seq;
        server.log.push((seq, "wfl_9".into()));
    }
    pair.rest();
    assert_eq!(pair.bench.titles(), Vec::<String>::new());
    assert_eq!(pair.overview().workflows, []);
}

#[test]
fn nothing_is_lost_or_done_twice_wherever_the_worker_dies() {
    // At the nth request the answer is lost, and the worker dies at once.
    for at in 0..14 {
        for fate in [Fate::Lost, Fate::Unheard] {
            let mut pair = Pair::new();
            let id = pair.linked("Mine");
            pair.label(&id, "first");
            pair.sync(SyncRequest::Enrol {
                workflow_id: id.clone(),
                leads: vec![("+14155550101".into(), Variables::new())],
            });
            for turn in 0..30 {
                pair.fate = if turn == at { fate } else { Fate::Answered };
                pair.bench.at.wall += 1_000;
                pair.bench.at.real += 1_000.0;
                pair.bench.host.drive_remotes(pair.bench.at);
                pair.bench.settle();
                let out = pair.bench.host.take_out();
                pair.carry_out(out);
                if turn == at {
                    pair = pair.restart();
                    pair.label(&id, "after the crash");
                }
            }
            pair.fate = Fate::Answered;
            pair.rest();
            let server = pair.server.borrow();
            assert_eq!(server.docs.len(), 1, "at {at}");
            assert_eq!(server.docs["wfl_1"].1, pair.here(&id), "at {at}");
            assert_eq!(server.docs["wfl_1"].1.nodes[0].label, "after the crash");
            assert_eq!(server.enrolled, ["+14155550101"], "at {at}");
            drop(server);
            assert_eq!(pair.link(&id).unwrap().conflicts, [], "at {at}");
        }
    }
}

#[test]
fn what_both_sides_changed_is_kept_until_somebody_chooses() {
    for (choice, label, nodes) in [
        (Choice::Mine, "mine", 1),
        (Choice::Theirs, "theirs", 1),
        (Choice::Both, "mine", 2),
    ] {
        let mut pair = Pair::new();
        let id = pair.linked("W");
        pair.label(&id, "base");
        pair.rest();
        pair.bench.host.network(false, pair.bench.at);
        pair.label(&id, "mine");
        pair.there(
            "wfl_1",
            Change::PutNode {
                node: node("n1", "theirs"),
            },
        );
        pair.rest();
        assert_eq!(pair.overview().state, RemoteState::Offline);
        pair.bench.host.network(true, pair.bench.at);
        pair.rest();
        let mut pair = pair.restart();
        let link = pair.link(&id).unwrap();
        assert_eq!(link.conflicts.len(), 1, "it survives a reload");
        assert_eq!(pair.here(&id).nodes[0].label, "mine");

        let number = link.conflicts[0].number;
        let settle = SyncRequest::Settle {
            workflow_id: id.clone(),
            number,
            choice,
        };
        pair.sync(settle.clone());
        assert_eq!(pair.link(&id).unwrap().conflicts, []);
        assert_eq!(
            pair.try_sync(settle).unwrap_err().code,
            ProblemCode::NotFound
        );
        pair.rest();
        let here = pair.here(&id);
        assert_eq!(
            (here.nodes[0].label.as_str(), here.nodes.len()),
            (label, nodes)
        );
        assert_eq!(pair.server.borrow().docs["wfl_1"].1, here);
        if choice == Choice::Both {
            assert_eq!(here.nodes[1].label, "theirs");
        }
        if choice == Choice::Theirs {
            // What lost can be had back.
            let SyncReply::Revisions(list) = pair.part(SyncRequest::Revisions {
                workflow_id: id.clone(),
            }) else {
                panic!("no revisions");
            };
            let number = list[0].number;
            pair.sync(SyncRequest::Restore {
                workflow_id: id.clone(),
                number,
            });
            assert_eq!(pair.here(&id).nodes[0].label, "mine");
        }
    }
}

#[test]
fn what_is_refused_is_set_aside_and_the_rest_goes_on() {
    let mut pair = Pair::new();
    let id = pair.linked("W");
    pair.rest();
    pair.server.borrow_mut().refuses.insert("leads");
    let enrol = |phone: &str| SyncRequest::Enrol {
        workflow_id: id.clone(),
        leads: vec![(phone.to_owned(), Variables::new())],
    };
    pair.sync(enrol("+14155550101"));
    pair.rest();
    let aside = pair.overview().outbox.remove(0);
    assert_eq!(
        aside.state,
        QueueState::SetAside {
            reason: "the workflow is cancelled".to_owned()
        }
    );
    pair.label(&id, "goes on");
    pair.rest();
    assert_eq!(
        pair.server.borrow().docs["wfl_1"].1.nodes[0].label,
        "goes on"
    );
    let mut pair = pair.restart();
    assert_eq!(pair.overview().outbox.len(), 1, "it is kept");
    pair.server.borrow_mut().refuses.clear();
    pair.sync(SyncRequest::Retry {
        remote: REMOTE,
        key: aside.key.unwrap(),
    });
    pair.rest();
    assert_eq!(pair.server.borrow().enrolled, ["+14155550101"]);
    assert_eq!(pair.overview().outbox, []);
}

#[test]
fn a_bad_key_stops_everything_until_there_is_another() {
    let mut pair = Pair::new();
    let id = pair.linked("W");
    pair.rest();
    pair.server.borrow_mut().refuses.insert("key");
    pair.label(&id, "waits");
    pair.rest();
    assert_eq!(pair.overview().state, RemoteState::Unauthorized);
    let mut pair = pair.restart();
    assert_eq!(pair.overview().state, RemoteState::Unauthorized);
    pair.server.borrow_mut().refuses.clear();
    pair.sync(SyncRequest::ChangeRemote {
        remote: REMOTE,
        name: None,
        address: None,
        key: Some("ll_other".to_owned()),
    });
    pair.rest();
    assert_eq!(pair.server.borrow().docs["wfl_1"].1.nodes[0].label, "waits");
}

#[test]
fn an_empty_remote_empties_nothing_here() {
    let mut pair = Pair::new();
    let id = pair.linked("W");
    pair.rest();
    pair.server.borrow_mut().docs.clear();
    pair.sync(SyncRequest::PullEverything { remote: REMOTE });
    pair.rest();
    assert_eq!(pair.overview().state, RemoteState::Empty);
    assert_eq!(pair.bench.titles(), ["W"]);
    let mut pair = pair.restart();
    pair.sync(SyncRequest::GoOn { remote: REMOTE });
    pair.rest();
    assert_eq!(pair.server.borrow().docs["wfl_2"].1, pair.here(&id));
    assert!(matches!(pair.overview().state, RemoteState::Synced { .. }));
}

#[test]
fn edits_that_cannot_be_taken_wait_and_join_what_is_edited_meanwhile() {
    let mut pair = Pair::new();
    let id = pair.linked("W");
    let changes = [node("n1", "one"), node("n2", "two")];
    pair.edit(&id, changes.map(|node| Change::PutNode { node }).into());
    pair.rest();
    pair.bench
        .ask(Request::EnrolLead {
            workflow_id: id.clone(),
            phone_number: "+14155550101".into(),
            variables: Variables::new(),
        })
        .unwrap();
    // Somebody stands on the node that goes.
    let lead = match pair.bench.ask(Request::ListLeads {
        query: leadline_protocol::LeadQuery {
            workflow_id: id.clone(),
            ..serde_json::from_value(json!({"workflow_id": id, "page": 1, "limit": 10})).unwrap()
        },
    }) {
        Ok(Reply::Leads(page)) => page.data[0].0.id.clone(),
        other => panic!("{other:?}"),
    };
    pair.bench
        .ask(Request::MoveLead {
            workflow_id: id.clone(),
            lead_id: lead,
            to_node_id: node("n2", "").id,
        })
        .unwrap();
    pair.there(
        "wfl_1",
        Change::DeleteNode {
            id: node("n2", "").id,
        },
    );
    pair.rest();
    assert!(matches!(
        pair.link(&id).unwrap().state,
        LinkState::Held { .. }
    ));
    pair.bench.host.take_out();
    let who = pair.bench.submit(Request::Remotes);
    pair.bench.settle();
    let out = pair.bench.host.take_out();
    assert!(
        out.iter()
            .any(|out| matches!(out, Out::Reply(to, Ok(_)) if *to == who))
    );
    let again = |out: &Out| matches!(out, Out::Tell(_, Notice::Sync(_)));
    assert!(!out.iter().any(again), "asking tells nobody: {out:?}");
    pair.edit(
        &id,
        vec![Change::SetTitle {
            title: "Edited".into(),
        }],
    );
    let mut pair = pair.restart();
    pair.rest();
    assert_eq!(pair.server.borrow().docs["wfl_1"].1.title, "Edited");
    assert_eq!(
        pair.server.borrow().docs["wfl_1"].1.nodes.len(),
        1,
        "the deletion stands"
    );
    assert_eq!(pair.here(&id).nodes.len(), 2);
    pair.bench
        .ask(Request::Reset {
            workflow_id: id.clone(),
            seed: None,
        })
        .unwrap();
    pair.rest();
    assert_eq!(pair.here(&id), pair.server.borrow().docs["wfl_1"].1);
    assert_eq!(pair.link(&id).unwrap().state, LinkState::Synced);
}

#[test]
fn a_request_that_is_sent_again_takes_effect_once() {
    let mut pair = Pair::new();
    let id = pair.linked("W");
    pair.rest();
    let enrol = Request::from(SyncRequest::Enrol {
        workflow_id: id.clone(),
        leads: vec![("+14155550101".into(), Variables::new())],
    });
    pair.fate = Fate::Lost;
    let who = pair.bench.submit(enrol.clone());
    pair.bench.settle();
    // The leading tab dies before it answers, and the page sends the request to its successor.
    let mut pair = pair.restart();
    let at = pair.bench.at;
    pair.bench.host.submit(who, Ask::Request(enrol), at);
    pair.fate = Fate::Answered;
    pair.rest();
    assert_eq!(pair.server.borrow().enrolled, ["+14155550101"]);
}

#[test]
fn what_damage_took_here_is_taken_from_the_remote_and_never_sent_there() {
    // The journal loses its end: edits of a workflow, or the workflow itself.
    for edited in [true, false] {
        let mut pair = Pair::new();
        let id = pair.linked("W");
        pair.label(&id, "first");
        pair.rest();
        let other = pair.linked("Other");
        if edited {
            pair.label(&id, "kept");
        }
        pair.rest();
        let keys = block_on(pair.bench.archive.store().keys(Table::Journal)).unwrap();
        let cut = if edited { 1 } else { 2 };
        for key in keys.iter().rev().take(cut) {
            let damaged = Write::Put(Table::Journal, key.clone(), vec![7; 40]);
            block_on(pair.bench.archive.store().commit(&[damaged])).unwrap();
        }
        let mut pair = pair.restart();
        pair.overview();
        pair.rest();
        let server = pair.server.borrow();
        assert_eq!(server.docs.len(), 2, "nothing is deleted there");
        let kept = if edited { "kept" } else { "first" };
        assert_eq!(server.docs["wfl_1"].1.nodes[0].label, kept);
        drop(server);
        let mut titles = pair.bench.titles();
        titles.sort();
        assert_eq!(titles, ["Other", "W"], "edited: {edited}");
        assert_eq!(pair.here(&id).nodes[0].label, kept);
        assert!(
            pair.overview()
                .workflows
                .iter()
                .all(|link| link.state == LinkState::Synced)
        );
        let _ = other;
    }
}

#[test]
fn a_damaged_record_keeps_nobody_from_adding_remotes_anew() {
    let mut pair = Pair::new();
    pair.linked("W");
    pair.rest();
    let keys = block_on(pair.bench.archive.store().keys(Table::Remotes)).unwrap();
    let damaged = Write::Put(Table::Remotes, keys[0].clone(), vec![7; 40]);
    block_on(pair.bench.archive.store().commit(&[damaged])).unwrap();
    let mut pair = pair.restart();
    assert_eq!(pair.bench.titles(), ["W"]);
    let refused = pair.try_sync(Request::Remotes).unwrap_err();
    assert_eq!(refused.code, ProblemCode::Internal);
    let mut pair = pair.restart();
    pair.sync(SyncRequest::AddRemote {
        name: "Again".to_owned(),
        kind: RemoteKind::Leadline,
        address: "https://shop.example".to_owned(),
        key: "k".to_owned(),
    });
    pair.rest();
    let mut pair = pair.restart();
    let remote = pair.overview();
    assert_eq!((remote.name.as_str(), remote.id), ("Again", RemoteId(2)));
    assert_eq!(remote.workflows.len(), 1, "that of the remote arrived");
}

#[test]
fn what_waits_is_stored_again_after_the_site_s_data_was_cleared() {
    let mut pair = Pair::new();
    let id = pair.linked("W");
    pair.rest();
    pair.bench.host.network(false, pair.bench.at);
    pair.sync(SyncRequest::Enrol {
        workflow_id: id.clone(),
        leads: vec![("+14155550101".into(), Variables::new())],
    });
    let cleared: Vec<Write> = Table::ALL.map(Write::Clear).into();
    block_on(pair.bench.archive.store().commit(&cleared)).unwrap();
    pair.bench.cut_off = true;
    let told = pair.bench.host.beginning_again().unwrap_err();
    assert!(told.to_string().contains("could not be fetched"), "{told}");
    pair.bench.fetch();
    pair.bench.cut_off = false;
    assert!(pair.bench.host.beginning_again().is_err());
    pair.bench.fetch();
    let again = pair.bench.host.beginning_again().unwrap();
    block_on(pair.bench.archive.commit(&again)).unwrap();
    let mut pair = pair.restart();
    pair.rest();
    assert_eq!(pair.server.borrow().enrolled, ["+14155550101"]);
    assert_eq!(pair.link(&id).unwrap().state, LinkState::Synced);
}

#[test]
fn keys_go_into_no_file_and_no_log() {
    let mut pair = Pair::new();
    pair.linked("W");
    pair.rest();
    let Ok(Reply::File(file)) = pair.bench.ask(Request::ExportBackup) else {
        panic!("no backup");
    };
    assert!(!file.text.contains("ll_secret"));
    let overview = serde_json::to_string(&pair.overview()).unwrap();
    assert!(!overview.contains("ll_secret"), "{overview}");
    let raw = block_on(collect_raw(&pair.bench.archive)).unwrap();
    assert!(
        !format!("{raw:?}").contains("remotes"),
        "raw values of keys"
    );
}

#[test]
fn unlinked_workflows_go_their_own_ways() {
    let mut pair = Pair::new();
    let id = pair.linked("W");
    pair.rest();
    pair.sync(SyncRequest::Unlink {
        workflow_id: id.clone(),
    });
    pair.label(&id, "here");
    pair.there(
        "wfl_1",
        Change::SetTitle {
            title: "there".into(),
        },
    );
    pair.rest();
    let mut pair = pair.restart();
    pair.sync(SyncRequest::PullEverything { remote: REMOTE });
    pair.rest();
    assert_eq!(pair.bench.titles(), ["W"]);
    assert_eq!(pair.server.borrow().docs["wfl_1"].1.nodes.len(), 0);
    assert_eq!(pair.link(&id), None);
}

#[test]
fn files_count_once_they_are_written() {
    let mut pair = Pair::new();
    pair.sync(SyncRequest::AddRemote {
        name: "Folder".to_owned(),
        kind: RemoteKind::Files,
        address: String::new(),
        key: String::new(),
    });
    let folder = RemoteId(2);
    let id = pair.bench.create("W");
    pair.sync(SyncRequest::Link {
        workflow_id: id.clone(),
        remote: folder,
    });
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    let read = |pair: &mut Pair, files: &BTreeMap<String, String>| {
        let files = files.clone().into_iter().collect();
        match pair.part(SyncRequest::ReadFiles {
            remote: folder,
            files,
        }) {
            SyncReply::Files(found) => found,
            other => panic!("{other:?}"),
        }
    };
    let written = |exchange| SyncRequest::FilesWritten {
        remote: folder,
        exchange,
    };
    let first = read(&mut pair, &files);
    assert_eq!(first.write.len(), 1);
    assert_eq!(
        pair.link(&id).unwrap().state,
        LinkState::Waiting,
        "nothing is written yet"
    );
    files.extend(first.write);
    // Edited while the files are written: they are read once more, and nothing is lost.
    pair.label(&id, "meanwhile");
    let refused = pair.try_sync(written(first.exchange)).unwrap_err();
    assert_eq!(refused.code, ProblemCode::Conflict);
    let second = read(&mut pair, &files);
    files.extend(second.write);
    pair.sync(written(second.exchange));
    assert_eq!(pair.link(&id).unwrap().state, LinkState::Synced);
    let file = files.values_mut().next().unwrap();
    assert!(file.contains("meanwhile"), "{file}");

    // Somebody edits the file.
    *file = file.replace("meanwhile", "in the file");
    let mut pair = pair.restart();
    let third = read(&mut pair, &files);
    pair.sync(written(third.exchange));
    assert_eq!(pair.here(&id).nodes[0].label, "in the file");
}

#[test]
fn a_question_that_nobody_answers_says_so_and_one_that_was_not_asked_too() {
    use leadline_model::WorkflowAction;
    use leadline_sync::adapter::Refusal;
    let mut pair = Pair::new();
    let id = pair.linked("W");
    pair.rest();
    let ask = SyncRequest::There {
        workflow_id: id,
        ask: leadline_protocol::AskThere::Act(WorkflowAction::Activate),
    };
    let who = pair.bench.submit(ask.clone().into());
    let asked = pair.bench.host.take_out();
    assert!(
        asked
            .iter()
            .any(|out| matches!(out, Out::Question(to, _) if *to == who))
    );
    let refusal = Refusal {
        status: None,
        message: "no answer".to_owned(),
    };
    pair.bench.host.question_answered(who.clone(), Err(refusal));
    let told = pair.bench.answer(&who).unwrap().unwrap_err();
    assert_eq!(told.code, ProblemCode::Unanswered);
    pair.bench.host.network(false, pair.bench.at);
    assert_eq!(pair.try_sync(ask).unwrap_err().code, ProblemCode::Offline);
}
