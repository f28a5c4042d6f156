//! Group commit, step by step.

#![allow(clippy::unwrap_used)]
use super::*;

type Test = Writer<&'static str>;

fn writer() -> Test {
    Writer::new(0, 0, 0, SaveState::Saved { at_ms: 0 })
}

fn is_advance(input: &[u8]) -> bool {
    input.starts_with(b"advance")
}

fn keys(commit: &Commit) -> Vec<String> {
    let key = |write: &Write| match write {
        Write::Add(_, key, _) => format!("add {key}"),
        Write::Put(_, key, _) => format!("put {key}"),
        other => format!("{other:?}"),
    };
    commit.writes.iter().map(key).collect()
}

#[test]
fn what_arrives_while_a_commit_is_under_way_shares_the_next_one() {
    let mut writer = writer();
    writer.push(1, None, b"a".to_vec(), None);
    assert!(writer.wait(Until::Journal, "a").is_none());
    let first = writer.take(0.0).unwrap().unwrap();
    assert_eq!(keys(&first), ["add 0000000000000000.0000"]);
    assert_eq!(*writer.state(), SaveState::Saving);
    for (input, name) in [(&b"b"[..], "b"), (b"c", "c")] {
        writer.push(1, None, input.to_vec(), None);
        assert!(writer.wait(Until::Journal, name).is_none());
    }
    assert_eq!(writer.take(0.0).unwrap(), None, "one at a time");
    assert_eq!(
        writer.landed(Ok(()), 1.0, 5),
        Landed {
            waiting: vec!["a"],
            failed: None
        }
    );
    assert_eq!(*writer.state(), SaveState::Saving, "more is waiting");
    let second = writer.take(1.0).unwrap().unwrap();
    assert_eq!(keys(&second), ["add 0000000000000001.0000"]);
    assert_eq!(writer.landed(Ok(()), 2.0, 6).waiting, ["b", "c"]);
    assert_eq!(*writer.state(), SaveState::Saved { at_ms: 6 });
    assert!(writer.is_idle());
    assert_eq!(writer.size().0, 3);
}

#[test]
fn a_failed_commit_is_told_kept_and_goes_first() {
    let mut writer = writer();
    writer.push(1, None, b"a".to_vec(), None);
    assert!(writer.wait(Until::Journal, "a").is_none());
    writer.take(0.0).unwrap().unwrap();
    writer.push(1, None, b"b".to_vec(), None);
    assert!(writer.wait(Until::Journal, "b").is_none());
    let landed = writer.landed(Err(StoreError::Full), 10.0, 5);
    assert_eq!(landed.waiting, ["a"]);
    assert!(landed.failed.unwrap().contains("export a backup"));
    assert!(matches!(writer.state(), SaveState::Full { .. }));

    assert_eq!(writer.take(10.0).unwrap(), None, "not at once");
    let wait = writer.retry_in(10.0).unwrap();
    let again = writer.take(10.0 + wait).unwrap().unwrap();
    assert_eq!(
        keys(&again),
        ["add 0000000000000000.0000"],
        "nothing was written"
    );
    assert!(
        matches!(writer.state(), SaveState::Full { .. }),
        "until it succeeded"
    );
    assert_eq!(writer.landed(Ok(()), 20.0, 9).waiting, ["b"]);
    assert_eq!(*writer.state(), SaveState::Saved { at_ms: 9 });
}

#[test]
fn the_latest_text_of_a_note_outlives_a_failure() {
    let mut writer = writer();
    writer.put_note("n".into(), Some("old".into()));
    assert!(writer.wait(Until::Note("n".into()), "n").is_none());
    writer.take(0.0).unwrap().unwrap();
    writer.put_note("n".into(), Some("new".into()));
    assert_eq!(
        writer.landed(Err(StoreError::Closed), 1.0, 0).waiting,
        ["n"]
    );
    assert_eq!(writer.unsaved_note("n"), Some(Some("new")));
    writer.hurry();
    assert_eq!(keys(&writer.take(1.0).unwrap().unwrap()), ["put n"]);
    writer.landed(Ok(()), 2.0, 9);
    assert!(writer.is_idle());
    assert_eq!(*writer.state(), SaveState::Saved { at_ms: 9 });
}

/// The storage has room for everything but a long note.
#[test]
fn a_note_that_does_not_fit_keeps_no_edit_from_being_stored() {
    let mut writer = writer();
    writer.push(1, None, b"a".to_vec(), None);
    assert!(writer.wait(Until::Journal, "edit").is_none());
    for (key, length) in [("long", 9_000), ("short", 3)] {
        writer.put_note(key.into(), Some("x".repeat(length)));
        assert!(writer.wait(Until::Note(key.into()), key).is_none());
    }
    assert!(writer.wait(Until::All, "flush").is_none());
    let together = writer.take(0.0).unwrap().unwrap();
    assert_eq!(together.writes.len(), 3);
    let landed = writer.landed(Err(StoreError::Full), 1.0, 5);
    assert!(landed.waiting.is_empty(), "nothing was tried apart yet");
    assert_eq!(*writer.state(), SaveState::Saving);

    let edit = writer.take(1.0).unwrap().unwrap();
    assert_eq!(keys(&edit), ["add 0000000000000000.0000"]);
    assert_eq!(writer.landed(Ok(()), 2.0, 6).waiting, ["edit"]);
    assert_eq!(*writer.state(), SaveState::Saving, "the notes are not");
    assert_eq!(keys(&writer.take(2.0).unwrap().unwrap()), ["put short"]);
    assert_eq!(writer.landed(Ok(()), 3.0, 7).waiting, ["short"]);
    assert_eq!(keys(&writer.take(3.0).unwrap().unwrap()), ["put long"]);
    let landed = writer.landed(Err(StoreError::Full), 4.0, 8);
    assert_eq!(landed.waiting, ["long", "flush"]);
    assert!(landed.failed.unwrap().contains("Your work is saved"));
    assert!(matches!(writer.state(), SaveState::Full { .. }));

    // Later edits go on being stored, without waiting for the note's next try.
    writer.push(2, None, b"b".to_vec(), None);
    assert!(writer.wait(Until::Journal, "later").is_none());
    let edit = writer.take(4.0).unwrap().unwrap();
    assert_eq!(keys(&edit), ["add 0000000000000001.0000"]);
    assert_eq!(writer.landed(Ok(()), 5.0, 9).waiting, ["later"]);
    assert!(matches!(writer.state(), SaveState::Full { .. }), "still so");
    assert_eq!(writer.take(5.0).unwrap(), None, "the note waits its turn");
    assert_eq!(writer.retry_in(5.0), Some(999.0));

    // There is room again.
    assert_eq!(keys(&writer.take(1_004.0).unwrap().unwrap()), ["put long"]);
    writer.landed(Ok(()), 1_005.0, 10);
    assert_eq!(*writer.state(), SaveState::Saved { at_ms: 10 });
    writer.push(3, None, b"c".to_vec(), None);
    writer.put_note("short".into(), None);
    let together = writer.take(1_005.0).unwrap().unwrap();
    assert_eq!(together.writes.len(), 2, "together again");
}

#[test]
fn where_nothing_fits_everybody_is_told() {
    let mut writer = writer();
    writer.push(1, None, b"a".to_vec(), None);
    writer.put_note("n".into(), Some("x".into()));
    assert!(writer.wait(Until::Journal, "edit").is_none());
    assert!(writer.wait(Until::Note("n".into()), "note").is_none());
    for _ in 0..2 {
        writer.take(0.0).unwrap().unwrap();
        let landed = writer.landed(Err(StoreError::Full), 0.0, 5);
        if landed.failed.is_some() {
            assert_eq!(landed.waiting, ["edit", "note"]);
        }
    }
    assert_eq!(writer.wait(Until::Journal, "x"), None);
    assert_eq!(writer.take(0.0).unwrap(), None);
    let SaveState::Full { reason } = writer.state() else {
        unreachable!("{:?}", writer.state())
    };
    assert!(reason.contains("kept in memory"), "{reason}");
}

#[test]
fn retries_come_ever_later_unless_hurried() {
    let mut writer = writer();
    writer.push(1, None, b"a".to_vec(), None);
    let mut now = 0.0;
    for expected in [
        1_000.0, 2_000.0, 4_000.0, 8_000.0, 16_000.0, 30_000.0, 30_000.0,
    ] {
        writer.take(now).unwrap().unwrap();
        writer.landed(Err(StoreError::Closed), now, 0);
        assert_eq!(writer.retry_in(now), Some(expected));
        now += expected;
    }
    writer.take(now).unwrap().unwrap();
    writer.landed(Err(StoreError::Closed), now, 0);
    writer.hurry();
    assert!(writer.take(now).unwrap().is_some());
}

#[test]
fn a_clock_that_only_runs_does_not_make_the_journal_grow() {
    let mut writer = writer();
    for n in 0..100 {
        writer.push_advance(n, format!("advance {n}").into_bytes(), is_advance);
        writer.push_advance(n, format!("advance {n}+").into_bytes(), is_advance);
        let commit = writer.take(0.0).unwrap().unwrap();
        let verb = if n == 0 { "add" } else { "put" };
        assert_eq!(keys(&commit), [format!("{verb} 0000000000000000.0000")]);
        assert!(
            matches!(writer.state(), SaveState::Saved { .. }),
            "the clock is not a change"
        );
        writer.landed(Ok(()), 0.0, n);
    }
    assert_eq!((writer.next_seq(), writer.size().0), (1, 1));
    writer.push(1, Some("r".into()), b"edit".to_vec(), None);
    assert_eq!(
        keys(&writer.take(0.0).unwrap().unwrap()),
        ["add 0000000000000001.0000"]
    );
    writer.landed(Ok(()), 0.0, 0);
    writer.push_advance(1, b"advance".to_vec(), is_advance);
    assert_eq!(
        writer.unsaved().next().unwrap().seq,
        2,
        "an edit is never written over"
    );
}

#[test]
fn an_advance_that_is_in_a_snapshot_stays() {
    let mut writer = writer();
    writer.push_advance(1, b"advance 1".to_vec(), is_advance);
    writer.take(0.0).unwrap().unwrap();
    writer.landed(Ok(()), 0.0, 0);
    writer.seal_tail();
    writer.push_advance(1, b"advance 2".to_vec(), is_advance);
    assert_eq!(writer.unsaved().next().unwrap().seq, 1);
    writer.seal_tail();
    writer.push_advance(1, b"advance 3".to_vec(), is_advance);
    let commit = writer.take(0.0).unwrap().unwrap();
    assert_eq!(
        keys(&commit),
        ["add 0000000000000001.0000", "add 0000000000000002.0000"]
    );
    assert_eq!(writer.stored_up_to(), 1);
    writer.landed(Ok(()), 0.0, 0);
    assert_eq!(writer.stored_up_to(), 3);
}

#[test]
fn a_replaced_advance_that_failed_is_still_a_replacement() {
    let mut writer = writer();
    writer.push_advance(1, b"advance 1".to_vec(), is_advance);
    writer.take(0.0).unwrap().unwrap();
    writer.landed(Ok(()), 0.0, 0);
    writer.push_advance(1, b"advance 2".to_vec(), is_advance);
    writer.push(1, None, b"edit".to_vec(), None);
    writer.take(0.0).unwrap().unwrap();
    writer.landed(Err(StoreError::Closed), 0.0, 0);
    writer.hurry();
    assert_eq!(
        keys(&writer.take(0.0).unwrap().unwrap()),
        ["put 0000000000000000.0000"]
    );
    assert_eq!(writer.unsaved().count(), 2);
}

#[test]
fn memory_only_never_says_saved() {
    let mut writer = Test::new(
        0,
        0,
        0,
        SaveState::MemoryOnly {
            reason: "private".into(),
        },
    );
    writer.push(1, None, b"a".to_vec(), None);
    writer.take(0.0).unwrap().unwrap();
    writer.landed(Ok(()), 0.0, 5);
    assert!(matches!(writer.state(), SaveState::MemoryOnly { .. }));
}
