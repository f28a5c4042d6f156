//! The host over a store in memory: durability, requests sent again, damage, replacement.

#![allow(clippy::unwrap_used, clippy::panic)]
use super::*;
use crate::parts::{Arrived, Fetch, ScenariosPart, SnapshotsPart, SyncPart, Unfetched};
use futures::executor::block_on;
use leadline_model::{Definition, Variables};
use leadline_protocol::{PlayState, Request, Speed, VariablePlan};
use leadline_store::journal::part_key;
use leadline_store::{Archive, MemoryStore, Store, Table};

/// A host, its store, and a clock that is moved by hand.
struct Bench {
    archive: Archive<MemoryStore>,
    host: Host,
    at: Moment,
    asked: u32,
    /// What is to be sent to remotes.
    sends: Vec<Out>,
    /// Parts of the worker cannot be fetched.
    cut_off: bool,
}

fn start(archive: &Archive<MemoryStore>) -> Result<Host, StoreError> {
    start_with(archive, || Box::pin(async { Ok(SnapshotsPart::here()) }))
}

fn start_with(
    archive: &Archive<MemoryStore>,
    snapshots: Fetch<SnapshotsPart>,
) -> Result<Host, StoreError> {
    let start = Start {
        snapshots,
        config: fresh_config(7, 1_700_000_000_000),
        state: SaveState::Saved { at_ms: 0 },
        upgraded_from: None,
    };
    block_on(load(archive, start, || 0.0)).map(Host::new)
}

impl Bench {
    fn new() -> Bench {
        let archive = Archive::new(MemoryStore::new());
        let host = start(&archive).unwrap();
        Bench {
            archive,
            host,
            at: Moment { real: 0.0, wall: 1 },
            asked: 0,
            sends: Vec::new(),
            cut_off: false,
        }
    }

    /// The worker dies and another begins.
    fn restart(self) -> Bench {
        let host = match self.cut_off {
            false => start(&self.archive),
            true => start_with(&self.archive, || Box::pin(async { Err(Unfetched) })),
        };
        let host = host.unwrap();
        let mut bench = Bench {
            host,
            sends: Vec::new(),
            ..self
        };
        bench.fetch();
        bench
    }

    /// Parts that are wanted arrive, or cannot be fetched.
    fn fetch(&mut self) {
        for part in self.wanted() {
            match part {
                _ if self.cut_off => self.host.part_missing(part, self.at),
                Part::Sync => self
                    .host
                    .part_arrived(Arrived::Sync(SyncPart::here()), self.at),
                Part::Scenarios => self
                    .host
                    .part_arrived(Arrived::Scenarios(ScenariosPart::here()), self.at),
                Part::Snapshots => self
                    .host
                    .part_arrived(Arrived::Snapshots(SnapshotsPart::here()), self.at),
            }
        }
    }

    /// Parts that are wanted.
    fn wanted(&mut self) -> Vec<Part> {
        let (wanted, others) = std::mem::take(&mut self.host.out)
            .into_iter()
            .partition(|out| matches!(out, Out::Fetch(_)));
        self.host.out = others;
        let part = |out| match out {
            Out::Fetch(part) => Some(part),
            _ => None,
        };
        let wanted: Vec<Out> = wanted;
        wanted.into_iter().filter_map(part).collect()
    }

    fn submit(&mut self, request: Request) -> Who {
        self.asked += 1;
        let who = Who {
            tab: "t".into(),
            id: format!("t-{}", self.asked),
        };
        self.host
            .submit(who.clone(), Ask::Request(request), self.at);
        self.fetch();
        who
    }

    fn commit(&mut self) -> bool {
        let Some(commit) = self.host.next_commit(self.at).unwrap() else {
            return false;
        };
        let result = block_on(self.archive.commit(&commit.writes));
        self.host.committed(result, self.at);
        true
    }

    fn settle(&mut self) {
        while self.commit() {}
        for job in self.host.take_jobs() {
            match job {
                Job::ReadNote(who, key) => {
                    let note = block_on(self.archive.note(&key)).unwrap();
                    self.host.reply(who, Ok(Reply::Note(note)));
                }
                Job::ReadNotes(who, prefix) => {
                    let notes = block_on(self.archive.notes_from(&prefix)).unwrap();
                    self.host.notes_read(who, &prefix, notes);
                }
                Job::ExportBackup(who) => {
                    let all = block_on(collect(&self.archive)).unwrap();
                    let text = self.host.backup(all, self.at);
                    let file = |text| leadline_protocol::ExportedFile {
                        name: String::new(),
                        text,
                    };
                    self.host
                        .reply(who, text.map(|text| Reply::File(file(text))));
                }
                Job::Replace(who, by) => {
                    block_on(self.archive.commit(&by.writes().unwrap())).unwrap();
                    let state = SaveState::Saved { at_ms: 1 };
                    self.host.replaced(who, *by, state, self.at);
                }
                Job::ReadRevision(who, wanted) => {
                    let note = block_on(self.archive.note(&wanted.note)).unwrap();
                    self.host.revision_read(who, wanted, note, self.at);
                }
                Job::StorageReport(_) => panic!("not asked here"),
            }
        }
    }

    fn answer(&mut self, who: &Who) -> Option<Result<Reply, Problem>> {
        let mut out = self.host.take_out();
        let place = out
            .iter()
            .position(|out| matches!(out, Out::Reply(to, _) if to == who))?;
        let answer = out.remove(place);
        self.keep_sends(out);
        match answer {
            Out::Reply(_, result) => Some(result.map(|reply| reply.read().unwrap())),
            _ => None,
        }
    }

    fn keep_sends(&mut self, out: Vec<Out>) {
        let sends = out.into_iter();
        self.sends
            .extend(sends.filter(|out| matches!(out, Out::Exchange(..))));
    }

    fn ask(&mut self, request: Request) -> Result<Reply, Problem> {
        let who = self.submit(request);
        self.settle();
        self.answer(&who).unwrap()
    }

    fn create(&mut self, title: &str) -> WorkflowId {
        let definition = Definition {
            title: title.into(),
            ..Definition::default()
        };
        match self.ask(create(&definition)) {
            Ok(Reply::Workflow(summary)) => summary.workflow.id,
            other => panic!("{other:?}"),
        }
    }

    fn titles(&mut self) -> Vec<String> {
        match self.ask(Request::ListWorkflows) {
            Ok(Reply::Workflows(list)) => list.into_iter().map(|w| w.workflow.title).collect(),
            other => panic!("{other:?}"),
        }
    }

    fn entries(&self) -> usize {
        let mut entries = 0;
        block_on(self.archive.read_journal(0, &[], |_| {
            entries += 1;
            Ok(())
        }))
        .unwrap();
        entries
    }
}

mod messages;
mod parts;
mod remotes;

#[test]
fn a_change_is_answered_once_it_is_stored_and_there_after_a_restart() {
    let mut bench = Bench::new();
    let definition = Definition {
        title: "A".into(),
        ..Definition::default()
    };
    let who = bench.submit(create(&definition));
    let out = bench.host.take_out();
    assert!(
        !out.iter().any(|out| matches!(out, Out::Reply(..))),
        "not yet: {out:?}"
    );
    bench.settle();
    assert!(matches!(bench.answer(&who), Some(Ok(Reply::Workflow(_)))));
    assert!(matches!(bench.host.save_state(), SaveState::Saved { .. }));
    let digest = bench.ask(Request::Digest);
    let mut bench = bench.restart();
    assert_eq!(bench.titles(), ["A"]);
    assert_eq!(bench.ask(Request::Digest), digest);
}

#[test]
fn a_request_sent_again_takes_effect_once_and_is_answered_as_before() {
    let mut bench = Bench::new();
    let definition = Definition {
        title: "A".into(),
        ..Definition::default()
    };
    let ask = Ask::Request(create(&definition));
    let who = Who {
        tab: "t".into(),
        id: "x-1".into(),
    };
    bench.host.submit(who.clone(), ask.clone(), bench.at);
    bench.settle();
    let first = bench.answer(&who).unwrap();
    for mut bench in [bench.restart()].into_iter().map(Bench::restart) {
        bench.host.submit(who.clone(), ask.clone(), bench.at);
        bench.settle();
        assert_eq!(bench.answer(&who).as_ref(), Some(&first));
        assert_eq!(bench.titles(), ["A"]);
    }
}

#[test]
fn a_full_storage_is_said_and_the_work_is_kept_and_stored_later() {
    let mut bench = Bench::new();
    bench.create("A");
    bench.archive.store().fail_with(Some(StoreError::Full));
    let definition = Definition {
        title: "B".into(),
        ..Definition::default()
    };
    let refused = bench.ask(create(&definition)).unwrap_err();
    assert_eq!(refused.code, ProblemCode::NotSaved);
    assert!(
        refused
            .message
            .starts_with("This was done, but is not saved. "),
        "{}",
        refused.message
    );
    let flushed = bench.ask(Request::Flush).unwrap_err();
    assert!(!flushed.message.contains("done"), "{}", flushed.message);
    assert!(matches!(bench.host.save_state(), SaveState::Full { .. }));
    assert_eq!(bench.titles(), ["B", "A"], "in memory");
    bench.archive.store().fail_with(None);
    assert_eq!(bench.ask(Request::Flush), Ok(Reply::Done));
    assert!(matches!(bench.host.save_state(), SaveState::Saved { .. }));
    assert_eq!(bench.restart().titles(), ["B", "A"]);
}

#[test]
fn a_note_that_does_not_fit_keeps_no_edit_from_being_stored() {
    let mut bench = Bench::new();
    bench.archive.store().leave_room(Some(2_000));
    let note = Request::PutNote {
        key: "undo".into(),
        text: Some((0..20_000).map(|n| n.to_string()).collect()),
    };
    let refused = bench.ask(note).unwrap_err();
    assert_eq!(refused.code, ProblemCode::NotSaved);
    assert!(refused.message.contains("Your work is saved"));
    for title in ["A", "B"] {
        bench.create(title);
        assert!(matches!(bench.host.save_state(), SaveState::Full { .. }));
    }
    let get = || Request::GetNote { key: "undo".into() };
    assert!(
        matches!(bench.ask(get()), Ok(Reply::Note(Some(_)))),
        "in memory"
    );
    bench.archive.store().leave_room(None);
    assert_eq!(bench.ask(Request::Flush), Ok(Reply::Done));
    assert!(matches!(bench.host.save_state(), SaveState::Saved { .. }));
    let mut bench = bench.restart();
    assert_eq!(bench.titles(), ["B", "A"]);
    assert!(matches!(bench.ask(get()), Ok(Reply::Note(Some(_)))));
}

#[test]
fn a_start_that_cannot_read_writes_nothing() {
    let mut bench = Bench::new();
    bench.create("A");
    let meta = bench.archive.store();
    let lost = [Write::Delete(Table::Meta, "session".into())];
    block_on(meta.commit(&lost)).unwrap();
    let before = bench.archive.store().commits();
    let error = start(&bench.archive).unwrap_err();
    assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
    assert_eq!(bench.archive.store().commits(), before);
}

#[test]
fn a_start_alone_stores_nothing() {
    let bench = Bench::new();
    assert!(bench.host.is_stored());
    assert_eq!(bench.archive.store().commits(), 0);
}

#[test]
fn behind_a_damaged_entry_the_work_goes_on_and_the_damage_stays() {
    let mut bench = Bench::new();
    for title in ["A", "B", "C"] {
        bench.create(title);
    }
    let key = part_key(1, 0);
    let mut bytes = block_on(bench.archive.store().get(Table::Journal, &key))
        .unwrap()
        .unwrap();
    bytes[30] ^= 1;
    let put = [Write::Put(Table::Journal, key.clone(), bytes.clone())];
    block_on(bench.archive.store().commit(&put)).unwrap();

    let mut bench = bench.restart();
    let SaveState::NotSaved { reason } = bench.host.save_state() else {
        panic!("not said")
    };
    assert!(reason.contains("journal entry 1 is damaged"), "{reason}");
    assert_eq!(bench.titles(), ["A"]);
    bench.create("D");
    assert!(matches!(bench.host.save_state(), SaveState::Saved { .. }));
    let mut bench = bench.restart();
    assert_eq!(bench.titles(), ["D", "A"]);
    let kept = block_on(bench.archive.store().get(Table::Journal, &key)).unwrap();
    assert_eq!(kept, Some(bytes), "untouched");
    let Ok(Reply::File(file)) = bench.ask(Request::ExportBackup) else {
        panic!("no backup")
    };
    assert!(file.text.contains(&key), "the damaged record goes along");
    assert_eq!(
        bench.ask(Request::ImportBackup { json: file.text }),
        Ok(Reply::Done)
    );
    assert_eq!(bench.restart().titles(), ["D", "A"]);
}

#[test]
fn a_backup_brings_everything_back_and_a_bad_one_nothing() {
    let mut bench = Bench::new();
    let id = bench.create("A");
    let plan = VariablePlan {
        key: "k".into(),
        values: vec!["x".into()],
    };
    let variables = vec![plan];
    let generate = Request::GenerateLeads {
        workflow_id: id,
        count: 50,
        variables,
        seed: 1,
    };
    assert!(matches!(bench.ask(generate), Ok(Reply::Enrolled(_))));
    let put = Request::PutNote {
        key: "undo".into(),
        text: Some("[]".into()),
    };
    assert_eq!(bench.ask(put), Ok(Reply::Done));
    let digest = bench.ask(Request::Digest);
    let Ok(Reply::File(file)) = bench.ask(Request::ExportBackup) else {
        panic!("no backup")
    };
    assert_eq!(bench.ask(Request::ClearEverything), Ok(Reply::Done));
    assert!(bench.titles().is_empty());
    for bad in [
        "",
        "{}",
        &file.text[..file.text.len() / 2],
        &file.text.replace("\"A\"", "\"B\""),
    ] {
        let refused = bench.ask(Request::ImportBackup {
            json: bad.to_owned(),
        });
        assert_eq!(
            refused.map_err(|problem| problem.code),
            Err(ProblemCode::BadFile)
        );
    }
    assert_eq!(
        bench.ask(Request::ImportBackup { json: file.text }),
        Ok(Reply::Done)
    );
    let mut bench = bench.restart();
    assert_eq!(bench.ask(Request::Digest), digest);
    let get = Request::GetNote { key: "undo".into() };
    assert_eq!(bench.ask(get), Ok(Reply::Note(Some("[]".into()))));
}

#[test]
fn a_clock_that_runs_idly_leaves_one_entry_and_its_time() {
    let mut bench = Bench::new();
    bench.create("A");
    let speed = Speed::PerSecond(3_600_000);
    assert!(matches!(
        bench.ask(Request::Play { speed }),
        Ok(Reply::Clock(_))
    ));
    let began = bench.host.session().now();
    for _ in 0..1_000 {
        bench.at.real += 16.0;
        if let Some(sliced) = bench.host.slice(bench.at) {
            bench.host.sliced(sliced, 0.1, bench.at);
        }
        bench.settle();
    }
    bench.ask(Request::Stop).unwrap();
    let passed = bench.host.session().now().since(began).0;
    assert!(
        (15 * 3_600_000..=16 * 3_600_000 + 60_000).contains(&passed),
        "{passed}"
    );
    assert_eq!(bench.entries(), 2, "the workflow and one advance");
    let now = bench.host.session().now();
    assert_eq!(bench.restart().host.session().now(), now);
}

#[test]
fn a_snapshot_shortens_the_replay_and_a_damaged_one_is_passed_over() {
    let mut bench = Bench::new();
    let id = bench.create("A");
    for n in 0..600 {
        let phone_number = format!("+1415555{n:04}");
        let variables = Variables::new();
        let enrol = Request::EnrolLead {
            workflow_id: id.clone(),
            phone_number,
            variables,
        };
        assert!(matches!(bench.ask(enrol), Ok(Reply::Enrolled(_))));
    }
    bench.at.real += 60_000.0;
    assert_eq!(
        bench.host.take_snapshot(bench.at),
        None,
        "its part is not here"
    );
    bench.cut_off = true;
    bench.fetch();
    assert_eq!(bench.host.take_snapshot(bench.at), None);
    assert_eq!(bench.wanted(), [], "not again at once");
    bench.cut_off = false;
    bench.at.real += 60_000.0;
    assert_eq!(bench.host.take_snapshot(bench.at), None);
    bench.fetch();
    let snapshot = bench.host.take_snapshot(bench.at).unwrap();
    assert_eq!(snapshot.seq, 601);
    let bytes = block_on(bench.archive.put_snapshot(&snapshot)).unwrap();
    bench.host.snapshot_stored(Some(bytes), 1.0);
    assert_eq!(
        bench.host.take_snapshot(bench.at),
        None,
        "not again at once"
    );
    bench.create("B");
    let digest = bench.ask(Request::Digest);
    let again = Who {
        tab: "t".into(),
        id: "t-1".into(),
    };
    bench.cut_off = true;
    let mut bench = bench.restart();
    assert_eq!(bench.ask(Request::Digest), digest, "from the journal");
    bench.cut_off = false;
    let mut bench = bench.restart();
    assert_eq!(bench.ask(Request::Digest), digest);
    let definition = Definition {
        title: "A".into(),
        ..Definition::default()
    };
    bench
        .host
        .submit(again, Ask::Request(create(&definition)), bench.at);
    bench.settle();
    assert_eq!(bench.titles(), ["B", "A"], "known from the snapshot");

    let key = part_key(601, 0);
    let torn = [Write::Put(Table::Snapshots, key, vec![1, 2, 3])];
    block_on(bench.archive.store().commit(&torn)).unwrap();
    assert_eq!(
        bench.restart().ask(Request::Digest),
        digest,
        "from the journal"
    );
}

#[test]
fn steps_and_runs_of_the_clock_are_answered() {
    let mut bench = Bench::new();
    let now = bench.host.session().now();
    let Ok(Reply::Clock(clock)) = bench.ask(Request::Tick) else {
        panic!("no clock")
    };
    assert_eq!(clock.now, Time(now.0 + 1_000));
    let Ok(Reply::Clock(clock)) = bench.ask(Request::NextEvent) else {
        panic!("no clock")
    };
    assert_eq!((clock.now, clock.next_due), (Time(now.0 + 1_000), None));
    let back = bench.ask(Request::RunTo { to: now });
    assert_eq!(
        back.map_err(|problem| problem.code),
        Err(ProblemCode::Conflict)
    );
    let to = Time(now.0 + 5_000);
    let Ok(Reply::Clock(clock)) = bench.ask(Request::RunTo { to }) else {
        panic!("no clock")
    };
    assert!(matches!(clock.state, PlayState::Running { .. }));
    let sliced = bench.host.slice(bench.at).unwrap();
    assert_eq!(
        bench.host.sliced(sliced, 0.1, bench.at),
        None,
        "it is there"
    );
    assert_eq!(bench.host.session().now(), to);
    for per_second in [0, -1, i64::MAX] {
        let odd = bench.ask(Request::Play {
            speed: Speed::PerSecond(per_second),
        });
        assert_eq!(
            odd.map_err(|problem| problem.code),
            Err(ProblemCode::Invalid)
        );
    }
}

#[test]
fn refusals_change_nothing_and_say_what_is_wrong() {
    let mut bench = Bench::new();
    let id = bench.create("A");
    let unknown = WorkflowId::from_counter(1, 99);
    let activate = leadline_model::WorkflowAction::Activate;
    for (request, code) in [
        (
            Request::GetDocument {
                workflow_id: unknown.clone(),
            },
            ProblemCode::NotFound,
        ),
        (
            Request::Act {
                workflow_id: id.clone(),
                action: activate,
            },
            ProblemCode::InvalidGraph,
        ),
        (
            Request::Act {
                workflow_id: id,
                action: leadline_model::WorkflowAction::Resume,
            },
            ProblemCode::Conflict,
        ),
        (
            Request::ImportWorkflow { json: "[".into() },
            ProblemCode::BadFile,
        ),
        (
            Request::PutNote {
                key: String::new(),
                text: None,
            },
            ProblemCode::Invalid,
        ),
        (
            Request::Watch {
                workflow_id: Some(unknown),
            },
            ProblemCode::NotFound,
        ),
    ] {
        let problem = bench.ask(request.clone()).unwrap_err();
        assert_eq!(problem.code, code, "{request:?}: {}", problem.message);
        assert!(problem.message.ends_with(['.', '!']), "{}", problem.message);
    }
    assert_eq!(bench.entries(), 1);
}

fn create(definition: &Definition) -> Request {
    Request::CreateWorkflow {
        definition: Written::of(definition),
    }
}

#[test]
fn a_part_of_a_request_that_cannot_be_read_changes_nothing_and_is_said() {
    fn of_another_kind<T>() -> Written<T> {
        Written::from_json("[{\"of another kind\": 7}]".to_owned()).unwrap()
    }
    let mut bench = Bench::new();
    let workflow_id = bench.create("W");
    let before = bench.ask(Request::Digest).unwrap();
    for request in [
        Request::CreateWorkflow {
            definition: of_another_kind(),
        },
        Request::Edit {
            workflow_id: workflow_id.clone(),
            changes: of_another_kind(),
            notes: Vec::new(),
        },
        Request::Validate {
            workflow_id,
            definition: of_another_kind(),
        },
        Request::PutAgent {
            id: None,
            name: "a".to_owned(),
            prompt: String::new(),
            workflow: Some(of_another_kind()),
            active: true,
        },
        Request::Sync(of_another_kind()),
    ] {
        let problem = bench.ask(request.clone()).unwrap_err();
        assert!(
            problem.message.starts_with("This "),
            "{request:?}: {problem:?}"
        );
    }
    assert_eq!(bench.ask(Request::Digest).unwrap(), before);
    assert_eq!(bench.titles(), ["W"]);
}
