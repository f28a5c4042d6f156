//! Parts of the worker that are fetched when they are used: what waits for them, and what happens when
//! they cannot be fetched.

use leadline_model::Change;
use leadline_protocol::{LinkState, Remote, RemoteId, RemoteKind, RemoteState, SyncRequest};

use super::*;

fn sync(request: SyncRequest) -> Request {
    request.into()
}

fn files() -> Request {
    sync(SyncRequest::AddRemote {
        name: "Folder".to_owned(),
        kind: RemoteKind::Files,
        address: String::new(),
        key: "secret".to_owned(),
    })
}

fn overview(answer: Result<Reply, Problem>) -> Vec<Remote> {
    match answer {
        Ok(Reply::Remotes(remotes)) => remotes,
        other => panic!("{other:?}"),
    }
}

/// A workflow that is linked with a folder.
fn linked() -> (Bench, WorkflowId) {
    let mut bench = Bench::new();
    bench.ask(files()).unwrap();
    let workflow_id = bench.create("W");
    let link = SyncRequest::Link {
        workflow_id: workflow_id.clone(),
        remote: RemoteId(1),
    };
    bench.ask(sync(link)).unwrap();
    (bench, workflow_id)
}

/// A start at which no part can be fetched.
fn cut_off(bench: Bench) -> Bench {
    Bench {
        cut_off: true,
        ..bench
    }
    .restart()
}

fn stored(bench: &Bench) -> Vec<(String, Vec<u8>)> {
    block_on(bench.archive.raw(Table::Remotes)).unwrap()
}

#[test]
fn a_browser_without_remotes_needs_no_part_to_say_so() {
    let mut bench = Bench::new();
    let workflow_id = bench.create("W");
    for (request, nothing) in [
        (Request::Remotes, Reply::Remotes(Vec::new())),
        (Request::Linked { workflow_id }, Reply::Linked(None)),
    ] {
        let who = Who {
            tab: "t".into(),
            id: "look".into(),
        };
        bench
            .host
            .submit(who.clone(), Ask::Request(request), bench.at);
        assert_eq!(bench.wanted(), []);
        assert_eq!(bench.answer(&who), Some(Ok(nothing)));
    }
}

#[test]
fn what_waits_for_a_part_keeps_its_order_and_holds_up_nothing_else() {
    let mut bench = Bench::new();
    let ask = |bench: &mut Bench, id: &str, request: Request| {
        let who = Who {
            tab: "t".into(),
            id: id.into(),
        };
        bench
            .host
            .submit(who.clone(), Ask::Request(request), bench.at);
        who
    };
    let add = ask(&mut bench, "add", files());
    let look = ask(&mut bench, "look", Request::Remotes);
    let again = ask(&mut bench, "look", Request::Remotes);
    let digest = ask(&mut bench, "digest", Request::Digest);
    assert!(matches!(bench.answer(&digest), Some(Ok(Reply::Digest(_)))));
    assert_eq!(bench.answer(&add), None);
    assert_eq!(bench.wanted(), [], "the answer took what was out");
    let part = Arrived::Sync(SyncPart::here());
    bench.host.part_arrived(part, bench.at);
    bench.settle();
    let out = bench.host.take_out();
    let answered: Vec<&Who> = out
        .iter()
        .filter_map(|out| match out {
            Out::Reply(who, Ok(_)) => Some(who),
            _ => None,
        })
        .collect();
    assert_eq!(answered, [&add, &look], "{out:?}");
    assert_eq!(again, look, "asked twice, answered once");
}

#[test]
fn a_part_that_cannot_be_fetched_is_said_and_can_be_asked_for_again() {
    let mut bench = Bench {
        cut_off: true,
        ..Bench::new()
    };
    let id = bench.create("W");
    let save = Request::SaveScenario { workflow_id: id };
    for request in [files(), save.clone()] {
        let told = bench.ask(request).unwrap_err();
        assert_eq!(told.code, ProblemCode::Unfetched);
        assert!(told.message.contains("could not be fetched"), "{told:?}");
    }
    assert_eq!(stored(&bench), []);
    bench.cut_off = false;
    assert_eq!(overview(bench.ask(files())).len(), 1);
    // The part itself refuses these: nothing in the one is to be run, the other is no scenario.
    let json = "{}".to_owned();
    for request in [save, Request::RunScenario { json }] {
        assert_eq!(bench.ask(request).unwrap_err().code, ProblemCode::Invalid);
    }
}

#[test]
fn stored_remotes_wait_untouched_for_a_part_that_cannot_be_fetched() {
    let (bench, id) = linked();
    let before = stored(&bench);
    let mut bench = cut_off(bench);
    let remotes = overview(bench.ask(Request::Remotes));
    let [remote] = &remotes[..] else {
        panic!("{remotes:?}");
    };
    assert_eq!((remote.name.as_str(), remote.has_key), ("Folder", true));
    let RemoteState::Unreachable {
        reason,
        retry_at_ms,
    } = &remote.state
    else {
        panic!("{remote:?}");
    };
    assert!(reason.contains("reload the page"), "{reason}");
    assert!(*retry_at_ms > bench.at.wall);
    assert!(!format!("{:?} {remotes:?}", bench.host).contains("secret"));
    let [link] = &remote.workflows[..] else {
        panic!("{remote:?}");
    };
    assert_eq!((&link.workflow_id, link.title.as_str()), (&id, "W"));
    assert_eq!(link.state, LinkState::Waiting);

    // What is edited meanwhile is what waits once the part is here, after a restart or without one.
    let title = "Edited".to_owned();
    let edit = Request::Edit {
        workflow_id: id.clone(),
        notes: Vec::new(),
        changes: Written::of(&vec![Change::SetTitle { title }]),
    };
    bench.ask(edit).unwrap();
    let now = SyncRequest::SyncNow {
        remote: RemoteId(1),
    };
    let told = bench.ask(sync(now.clone())).unwrap_err();
    assert_eq!(told.code, ProblemCode::Unfetched);
    assert_eq!(stored(&bench), before);
    let mut bench = cut_off(bench);
    bench.cut_off = false;
    let remotes = overview(bench.ask(sync(now)));
    let link = &remotes[0].workflows[0];
    assert_eq!(
        (link.title.as_str(), &link.state),
        ("Edited", &LinkState::Waiting)
    );
    assert_eq!(remotes[0].state, RemoteState::NeedsFiles);
}

#[test]
fn a_part_with_work_to_do_is_asked_for_again_by_itself() {
    let mut bench = cut_off(linked().0);
    let later = |bench: &mut Bench| {
        let out = bench.host.take_out();
        out.iter()
            .filter(|out| matches!(out, Out::FetchLater(Part::Sync, _)))
            .count()
    };
    assert_eq!(later(&mut bench), 1);
    bench
        .ask(sync(SyncRequest::Revisions {
            workflow_id: WorkflowId::from_counter(1, 1),
        }))
        .unwrap_err();
    assert_eq!(later(&mut bench), 0, "it will be already");
    for _ in 0..3 {
        bench.host.fetch_again(Part::Sync);
        bench.fetch();
        assert_eq!(later(&mut bench), 1);
    }
    // The network is back.
    bench.cut_off = false;
    bench.host.network(true, bench.at);
    bench.fetch();
    let remotes = overview(bench.ask(Request::Remotes));
    assert_eq!(remotes[0].state, RemoteState::NeedsFiles);
    bench.host.fetch_again(Part::Sync);
    assert_eq!(bench.wanted(), []);
}

#[test]
fn what_waits_when_everything_is_replaced_is_not_done_any_more() {
    let mut bench = Bench::new();
    let who = Who {
        tab: "t".into(),
        id: "add".into(),
    };
    bench
        .host
        .submit(who.clone(), Ask::Request(files()), bench.at);
    assert_eq!(bench.wanted(), [Part::Sync]);
    let clear = bench.submit(Request::ClearEverything);
    bench.settle();
    let out = bench.host.take_out();
    let told = |who: &Who, wanted: fn(&Result<Reply, Problem>) -> bool| {
        out.iter()
            .any(|out| matches!(out, Out::Reply(to, result) if to == who && wanted(&read(result))))
    };
    assert!(told(&who, Result::is_err), "{out:?}");
    assert!(told(&clear, Result::is_ok), "{out:?}");
    let part = Arrived::Sync(SyncPart::here());
    bench.host.part_arrived(part, bench.at);
    let none = overview(bench.ask(Request::Remotes));
    assert_eq!(none, []);
}

/// An answer as it was before it was written.
fn read(result: &Result<Written<Reply>, Problem>) -> Result<Reply, Problem> {
    let reply = result.as_ref().map_err(Clone::clone)?;
    Ok(reply.read().unwrap())
}
