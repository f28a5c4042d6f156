//! Files as a remote.

use std::collections::BTreeMap;

use leadline_model::{Definition, Time};
use leadline_sync::adapter::files::{FilesExchange, exchange};
use leadline_sync::machine::{DocKey, Event, Machine, State, Stopped};
use serde_json::{Value, json};

use crate::graphs::{leads, six};

type Files = BTreeMap<String, String>;

const NOW: Time = Time(1_700_000_000_000);

/// Exchanges, and writes what is asked for; answers what it came to.
fn sync(state: &mut State, files: &mut Files) -> FilesExchange {
    let done = exchange(state.clone(), files, NOW);
    write(&done, files, usize::MAX);
    *state = done.state_after.clone();
    done
}

/// Writes the first so many of what an exchange asks for.
fn write(done: &FilesExchange, files: &mut Files, most: usize) {
    for (name, text) in done.write.iter().take(most) {
        files.insert(name.clone(), text.clone());
    }
    for name in done
        .remove
        .iter()
        .take(most.saturating_sub(done.write.len()))
    {
        files.remove(name);
    }
}

fn replica(name: &str, graphs: &[Definition]) -> State {
    let mut machine = Machine::new(name);
    for graph in graphs {
        machine.add(graph.clone());
    }
    machine.state().clone()
}

fn change(state: &mut State, act: impl FnOnce(&mut Machine)) {
    let mut machine = Machine::load(state.clone());
    act(&mut machine);
    *state = machine.state().clone();
}

fn edit(state: &mut State, title: &str, edit: impl FnOnce(&mut Definition)) {
    let key = titled(state, title);
    let mut local = state.docs[&key].local.clone();
    edit(&mut local);
    change(state, |machine| machine.edit(key, local));
}

fn titled(state: &State, title: &str) -> DocKey {
    let mut found = state
        .docs
        .iter()
        .filter(|(_, doc)| doc.local.title == title);
    let (key, _) = found.next().unwrap_or_else(|| panic!("no {title}"));
    assert!(found.next().is_none(), "{title} is there twice");
    *key
}

fn here(state: &State) -> Vec<Definition> {
    let mut all: Vec<Definition> = state.docs.values().map(|doc| doc.local.clone()).collect();
    all.sort_by(|a, b| a.title.cmp(&b.title));
    all
}

fn there(files: &Files) -> Vec<Definition> {
    let mut all = Vec::new();
    for text in files.values() {
        let file: Value = serde_json::from_str(text).unwrap();
        assert_eq!(file["leadline"], 1);
        let one = [file.clone()];
        for entry in file["workflows"].as_array().map_or(&one[..], Vec::as_slice) {
            all.push(serde_json::from_value(entry["workflow"].clone()).unwrap());
        }
    }
    all.sort_by(|a: &Definition, b| a.title.cmp(&b.title));
    all
}

fn check(state: &State, files: &Files) {
    assert_eq!(here(state), there(files));
    assert!(Machine::load(state.clone()).is_settled());
}

#[test]
fn two_browsers_meet_in_a_folder() {
    let mut files = Files::new();
    let mut a = replica("a", &[six("One"), six("Two")]);
    let done = sync(&mut a, &mut files);
    assert_eq!(files.keys().collect::<Vec<_>>(), ["one.json", "two.json"]);
    assert!(done.skipped.is_empty() && done.remove.is_empty());
    check(&a, &files);
    let mut b = replica("b", &[six("Three")]);
    let done = sync(&mut b, &mut files);
    assert_eq!(done.write.len(), 1, "what is there is not written again");
    check(&b, &files);
    edit(&mut a, "One", |graph| {
        graph.nodes[0].label = "of a".to_owned()
    });
    edit(&mut b, "One", |graph| {
        graph.nodes[1].label = "of b".to_owned()
    });
    change(&mut b, |machine| {
        machine.delete(titled(machine.state(), "Two"))
    });
    sync(&mut a, &mut files);
    let done = sync(&mut b, &mut files);
    assert_eq!(done.remove, ["two.json"]);
    check(&b, &files);
    let done = sync(&mut a, &mut files);
    assert!(
        done.events
            .iter()
            .any(|event| matches!(event, Event::Deleted(_)))
    );
    check(&a, &files);
    assert_eq!(here(&a), here(&b));
    let one = &here(&a)[0];
    assert_eq!(
        (one.nodes[0].label.as_str(), one.nodes[1].label.as_str()),
        ("of a", "of b")
    );
    // Nothing changed: nothing is written.
    assert_eq!(sync(&mut a, &mut files).write, []);
}

#[test]
fn files_are_named_once() {
    let mut files = Files::from([("workflow.JSON".to_owned(), "mine".to_owned())]);
    let titles = ["Ünïcode & more!", "", "Same", "same", "CON", "com1", "Ж"];
    let graphs: Vec<Definition> = titles
        .iter()
        .map(|title| six(&format!("{title} ")))
        .collect();
    let mut a = replica("a", &graphs[2..]);
    let mut other = replica("other", &graphs[..1]);
    sync(&mut a, &mut files);
    sync(&mut other, &mut files);
    let mut names: Vec<&String> = files.keys().collect();
    names.sort();
    assert_eq!(
        names,
        [
            "n-code-more.json",
            "same-2.json",
            "same.json",
            "workflow-2.json",
            "workflow-com1.json",
            "workflow-con.json",
            "workflow.JSON"
        ]
    );
    edit(&mut a, "Same ", |graph| graph.title = "Renamed".to_owned());
    let done = sync(&mut a, &mut files);
    assert_eq!(
        done.write
            .iter()
            .map(|(name, _)| name.as_str())
            .collect::<Vec<_>>(),
        ["same.json"]
    );
    // Whoever renames a file does not make another workflow of it.
    let moved = files.remove("same.json").unwrap();
    files.insert("my own name.json".to_owned(), moved);
    edit(&mut a, "Renamed", |graph| {
        graph.description = "Edited".to_owned()
    });
    let done = sync(&mut a, &mut files);
    assert_eq!(
        done.write
            .iter()
            .map(|(name, _)| name.as_str())
            .collect::<Vec<_>>(),
        ["my own name.json"]
    );
    assert_eq!(a.docs.len(), 6);
}

#[test]
fn what_is_not_understood_is_left_as_it_is() {
    let foreign = [
        ("a.txt", "shopping", "no JSON"),
        ("b.json", "{\"a\": 1}", "no workflow of Leadline's"),
        ("c.json", "[1]", "no workflow of Leadline's"),
        (
            "d.json",
            "{\"leadline\": 2, \"workflow\": {\"title\": \"T\"}}",
            "later Leadline",
        ),
        (
            "e.json",
            "{\"leadline\": 1, \"workflow\": {\"title\": 5}}",
            "cannot be understood",
        ),
        (
            "f.json",
            "{\"leadline\": 1, \"workflow\": {\"title\": \"\"}}",
            "cannot be",
        ),
        (
            "g.json",
            "{\"leadline\": 1, \"workflows\": 5}",
            "no workflow of Leadline's",
        ),
    ];
    let mut files: Files = foreign
        .iter()
        .map(|(name, text, _)| ((*name).to_owned(), (*text).to_owned()))
        .collect();
    let mut a = replica("a", &[six("B")]);
    let done = sync(&mut a, &mut files);
    assert_eq!(files.len(), 8);
    for ((name, text, why), (skipped, said)) in foreign.iter().zip(&done.skipped) {
        assert_eq!((*name, *text), (skipped.as_str(), files[*name].as_str()));
        assert!(said.contains(why), "{name}: {said}");
    }
    assert!(files.contains_key("b-2.json"));
}

#[test]
fn a_broken_file_takes_nothing_away_and_is_not_written_over() {
    let mut files = Files::new();
    let mut a = replica("a", &[six("One"), six("Two")]);
    sync(&mut a, &mut files);
    let whole = files["one.json"].clone();
    let half = whole[..whole.len() / 2].to_owned();
    files.insert("one.json".to_owned(), half.clone());
    let done = sync(&mut a, &mut files);
    assert_eq!(
        (done.write.len(), done.skipped.len(), a.docs.len()),
        (0, 1, 2)
    );
    edit(&mut a, "One", |graph| {
        graph.description = "Edited".to_owned()
    });
    let done = sync(&mut a, &mut files);
    assert_eq!(files["one.json"], half);
    let told = |event: &Event| matches!(event, Event::Refused(_, why) if why.contains("one.json"));
    assert!(done.events.iter().any(told), "{:?}", done.events);
    // Mended, it goes on by itself.
    files.insert("one.json".to_owned(), whole);
    sync(&mut a, &mut files);
    check(&a, &files);
    assert_eq!(here(&a)[0].description, "Edited");
    // A folder of which nothing can be read empties nothing either.
    for text in files.values_mut() {
        text.clear();
    }
    sync(&mut a, &mut files);
    assert_eq!(a.docs.len(), 2);
}

#[test]
fn exported_files_are_taken_in_and_copies_are_workflows_of_their_own() {
    let exported =
        json!({"leadline": 1, "workflow": six("Sent by mail"), "exported": {"note": "kept"}});
    let mut files = Files::from([("mail.json".to_owned(), exported.to_string())]);
    let mut a = replica("a", &[]);
    let first = exchange(a.clone(), &files, NOW);
    // Nothing was written: the next time it is taken in as the same.
    let again = exchange(a.clone(), &files, NOW);
    assert_eq!(first.write, again.write);
    sync(&mut a, &mut files);
    check(&a, &files);
    let written: Value = serde_json::from_str(&files["mail.json"]).unwrap();
    assert_eq!(written["exported"]["note"], "kept");
    assert!(written["sync"]["id"].as_str().unwrap().starts_with("wfl_"));
    files.insert("copy of mail.json".to_owned(), files["mail.json"].clone());
    sync(&mut a, &mut files);
    assert_eq!(a.docs.len(), 2);
    edit_first(&mut a, "The copy goes its own way");
    sync(&mut a, &mut files);
    check(&a, &files);
    let mut b = replica("b", &[]);
    sync(&mut b, &mut files);
    assert_eq!(here(&a), here(&b));
}

fn edit_first(state: &mut State, title: &str) {
    let key = *state.docs.keys().next().unwrap();
    let mut local = state.docs[&key].local.clone();
    local.title = title.to_owned();
    change(state, |machine| machine.edit(key, local));
}

#[test]
fn whatever_is_written_before_it_breaks_off_nothing_is_there_twice() {
    let (mut base, mut began) = (Files::new(), replica("a", &[six("Kept"), six("Gone")]));
    sync(&mut began, &mut base);
    change(&mut began, |machine| {
        machine.add(six("New"));
        machine.add(six("Newer"));
        machine.delete(titled(machine.state(), "Gone"));
    });
    edit(&mut began, "Kept", |graph| {
        graph.description = "Edited".to_owned()
    });
    let whole = exchange(began.clone(), &base, NOW);
    let all = whole.write.len() + whole.remove.len();
    assert_eq!(all, 4);
    for (written, compare) in (0..=all).flat_map(|written| [(written, false), (written, true)]) {
        // The page was closed: what was written stays, the state is as it was.
        let (mut files, mut state) = (base.clone(), began.clone());
        write(&whole, &mut files, written);
        edit(&mut state, "New", |graph| {
            graph.description = "Edited since".to_owned()
        });
        if compare {
            change(&mut state, Machine::pull_everything);
        }
        sync(&mut state, &mut files);
        check(&state, &files);
        let titles: Vec<String> = here(&state).into_iter().map(|graph| graph.title).collect();
        assert_eq!(
            titles,
            ["Kept", "New", "Newer"],
            "{written} files were written"
        );
        assert_eq!(here(&state)[1].description, "Edited since");
        assert_eq!(files.len(), 3);
        assert!(state.docs.values().all(|doc| doc.conflicts.is_empty()));
    }
}

#[test]
fn another_folder_is_noticed() {
    let (mut first, mut second) = (Files::new(), Files::new());
    let mut a = replica("a", &[six("One")]);
    sync(&mut a, &mut first);
    let mut b = replica("b", &[six("Other")]);
    sync(&mut b, &mut second);
    // The user picks another folder: nothing is taken for deleted, and both come together.
    let done = sync(&mut a, &mut second);
    assert!(done.events.contains(&Event::NewLife), "{:?}", done.events);
    check(&a, &second);
    assert_eq!(here(&a).len(), 2);
    // An empty one stops everything until somebody says that it may be.
    let mut empty = Files::new();
    let done = sync(&mut a, &mut empty);
    assert_eq!(done.events, [Event::Stopped(Stopped::RemoteIsEmpty)]);
    assert!(empty.is_empty() && a.docs.len() == 2);
    change(&mut a, Machine::go_on);
    sync(&mut a, &mut empty);
    check(&a, &empty);
    assert_eq!(empty.len(), 2);
}

#[test]
fn one_file_holds_several() {
    let bundle = json!({"leadline": 1, "workflows": [{"workflow": six("One")}], "note": "kept"});
    let mut files = Files::from([("all.json".to_owned(), bundle.to_string())]);
    let mut a = replica("a", &[six("Two")]);
    sync(&mut a, &mut files);
    check(&a, &files);
    edit(&mut a, "One", |graph| graph.title = "First".to_owned());
    change(&mut a, |machine| {
        machine.delete(titled(machine.state(), "Two"))
    });
    sync(&mut a, &mut files);
    check(&a, &files);
    change(&mut a, |machine| {
        machine.delete(titled(machine.state(), "First"))
    });
    let done = sync(&mut a, &mut files);
    assert!(done.remove.is_empty());
    let left: Value = serde_json::from_str(&files["all.json"]).unwrap();
    assert_eq!(
        left,
        json!({"leadline": 1, "workflows": [], "note": "kept"})
    );
}

#[test]
fn files_hold_no_leads() {
    let mut files = Files::new();
    let mut a = replica("a", &[six("One")]);
    let key = titled(&a, "One");
    change(&mut a, |machine| machine.enrol(key, leads(&[14155550101])));
    sync(&mut a, &mut files);
    check(&a, &files);
    assert!(a.set_aside[0].reason.contains("hold no leads"));
}
