//! Undo and redo.

use std::collections::BTreeMap;

use leadline_designer::*;
use leadline_model::*;

use super::desk::*;

fn label(node: &str, label: &str) -> Command {
    Command::SetLabel {
        node: nid(node),
        label: label.to_owned(),
    }
}

fn put(node: Node) -> Change {
    Change::PutNode { node }
}

#[test]
fn a_burst_of_typing_is_one_step() {
    for (name, edits, steps) in [
        (
            "quick",
            &[("lone", 0.0), ("lone", 900.0), ("lone", 1_800.0)][..],
            1,
        ),
        ("with a pause", &[("lone", 0.0), ("lone", 1_001.0)], 2),
        (
            "another node between",
            &[("lone", 0.0), ("wait", 10.0), ("lone", 20.0)],
            3,
        ),
        ("the clock goes back", &[("lone", 100.0), ("lone", 0.0)], 2),
    ] {
        let mut desk = Desk::sample();
        for (i, (node, at)) in edits.iter().enumerate() {
            desk.editor.run(label(node, &format!("typed {i}")), *at);
        }
        let mut undone = 0;
        while desk.editor.undo_label().is_some() {
            desk.run(Command::Undo);
            undone += 1;
        }
        assert_eq!(undone, steps, "{name}");
        assert_eq!(*desk.editor.definition(), sample(), "{name}");
    }
}

#[test]
fn selection_and_view_are_no_steps_but_key_moves_are() {
    let mut desk = Desk::sample();
    desk.play("key ctrl+a; key Escape; wheel 0 0 10 10; key +; focus lone");
    assert_eq!(desk.editor.undo_label(), None);
    desk.play("key ArrowUp");
    assert_eq!(desk.editor.undo_label(), Some("Move 1 node"));
    assert_eq!(desk.play("key ctrl+z"), ["node lone 0,400"]);
    assert_eq!(desk.editor.redo_label(), Some("Move 1 node"));
    assert_eq!(
        desk.play("key ctrl+shift+z; key ctrl+z; key ctrl+y"),
        ["node lone 0,390", "node lone 0,400", "node lone 0,390"]
    );
    desk.run(label("lone", "new"));
    assert_eq!(desk.editor.redo_label(), None);
}

#[test]
fn deleted_edges_come_back_where_they_were() {
    let mut desk = Desk::sample();
    desk.play("key ctrl+a; key Delete");
    assert!(desk.editor.definition().nodes.is_empty());
    desk.play("key ctrl+z");
    assert_eq!(*desk.editor.definition(), sample());
    // The first edge alone: routing depends on the order.
    desk.run(Command::DeleteEdge(eid("e1")));
    desk.play("key ctrl+z");
    assert_eq!(*desk.editor.definition(), sample());
}

#[test]
fn it_survives_a_reload_with_the_definition_it_belongs_to() {
    let mut desk = Desk::sample();
    desk.run(label("lone", "first"));
    desk.run(label("lone", "second"));
    desk.play("key ctrl+z");
    let (mut kept, definition) = (BTreeMap::new(), desk.editor.definition().clone());
    keep(&mut desk.editor, &mut kept);

    let mut again = Desk::new(definition.clone());
    again.editor.restore_history(&kept).unwrap();
    again.play("key ctrl+z");
    assert_eq!(*again.editor.definition(), sample());
    again.play("key ctrl+y; key ctrl+y");
    assert_eq!(again.editor.definition().nodes[3].label, "second");

    let mut other = Desk::sample();
    assert_eq!(
        other.editor.restore_history(&kept),
        Err(HistoryError::OtherDefinition)
    );
    for rubbish in [
        "",
        "{}",
        "null",
        r#"{"leadline_history":9,"definition":"","undo":[],"redo":[]}"#,
    ] {
        let parts = BTreeMap::from([(0, rubbish.to_owned())]);
        let error = other.editor.restore_history(&parts).unwrap_err();
        assert!(
            matches!(error, HistoryError::Unreadable(_)),
            "{rubbish}: {error}"
        );
    }
    assert_eq!(other.editor.restore_history(&BTreeMap::new()), Ok(()));
    assert_eq!(other.editor.undo_label(), None);
}

/// Steps that are undone one by one, by their labels, and then those that are done again.
fn steps(editor: &Editor) -> (Vec<String>, Vec<String>) {
    let mut editor = editor.clone();
    let (mut undo, mut redo) = (Vec::new(), Vec::new());
    while let Some(label) = editor.undo_label().map(str::to_owned) {
        undo.push(label);
        editor.run(Command::Undo, 0.0);
    }
    while let Some(label) = editor.redo_label().map(str::to_owned) {
        redo.push(label);
        editor.run(Command::Redo, 0.0);
    }
    (undo, redo)
}

#[test]
fn an_edit_keeps_its_own_step_and_no_more() {
    let mut desk = Desk::sample();
    desk.run(Command::SetDescription("long ".repeat(12_000)));
    let mut kept = BTreeMap::new();
    keep(&mut desk.editor, &mut kept);
    assert!(kept[&0].len() > 60_000);
    // Done, typed on in the same step, undone, done again, done after an undo.
    let typed = |desk: &mut Desk, text: &str, at: f64| {
        desk.editor.run(label("lone", text), at);
    };
    typed(&mut desk, "a", 1e6);
    typed(&mut desk, "ab", 1e6);
    for (number, script) in [(1, ""), (2, "key ctrl+z"), (3, "key ctrl+y")] {
        desk.play(script);
        let parts = desk.editor.history_parts();
        let [part] = &parts[..] else {
            panic!("{parts:?}")
        };
        let text = part.text.clone().unwrap();
        assert_eq!(part.number, number);
        assert!(text.len() < 1_000, "{text}");
        kept.insert(part.number, text);
        let mut again = Editor::new(desk.editor.definition().clone(), Ids::new(8));
        again.restore_history(&kept).unwrap();
        assert_eq!(steps(&again), steps(&desk.editor), "part {number}");
    }
    assert_eq!(desk.editor.history_parts(), [], "nothing happened since");

    // A tab that restored it goes on where it ended.
    let mut again = Desk::new(desk.editor.definition().clone());
    again.editor.restore_history(&kept).unwrap();
    again.run(label("wait", "more"));
    let parts = again.editor.history_parts();
    assert_eq!(parts.iter().map(|p| p.number).collect::<Vec<_>>(), [4]);
}

#[test]
fn what_is_kept_stays_bounded_and_can_be_restored_at_any_time() {
    let (mut desk, mut kept) = (Desk::sample(), BTreeMap::new());
    for i in 0..200 {
        match i % 7 {
            5 => drop(desk.play("key ctrl+z")),
            6 => drop(desk.play("key ctrl+y")),
            _ => drop(desk.run(label("lone", &i.to_string()))),
        }
        keep(&mut desk.editor, &mut kept);
        assert!(kept.len() <= 65, "{} parts", kept.len());
        let mut again = Editor::new(desk.editor.definition().clone(), Ids::new(8));
        again.restore_history(&kept).unwrap();
        assert_eq!(steps(&again), steps(&desk.editor), "edit {i}");
    }
}

#[test]
fn parts_of_two_tabs_are_not_mixed() {
    let (mut first, mut kept) = (Desk::sample(), BTreeMap::new());
    first.run(label("lone", "begun"));
    keep(&mut first.editor, &mut kept);
    let mut second = Desk::new(first.editor.definition().clone());
    second.editor.restore_history(&kept).unwrap();

    // Both go on at once: what the second wrote does not fit before what the first adds.
    first.run(label("lone", "first"));
    keep(&mut first.editor, &mut kept);
    second.run(label("wait", "second"));
    keep(&mut second.editor, &mut kept);
    first.run(label("lone", "first again"));
    keep(&mut first.editor, &mut kept);
    let mut again = Editor::new(first.editor.definition().clone(), Ids::new(8));
    assert_eq!(
        again.restore_history(&kept),
        Err(HistoryError::OtherDefinition)
    );

    // Once it has heard of the other's edit it keeps all of its own again.
    let theirs = second.editor.definition().nodes[1].clone();
    first.editor.apply_remote(&[put(theirs)]).unwrap();
    first.run(label("lone", "after all"));
    keep(&mut first.editor, &mut kept);
    let mut again = Editor::new(first.editor.definition().clone(), Ids::new(8));
    again.restore_history(&kept).unwrap();
    assert_eq!(steps(&again), steps(&first.editor));

    // So it does when what it handed out was not kept.
    first.run(label("lone", "refused"));
    first.editor.history_parts();
    first.editor.history_not_kept();
    first.run(label("lone", "taken"));
    keep(&mut first.editor, &mut kept);
    let mut again = Editor::new(first.editor.definition().clone(), Ids::new(8));
    again.restore_history(&kept).unwrap();
    assert_eq!(steps(&again), steps(&first.editor));
}

#[test]
fn it_is_bounded() {
    let mut desk = Desk::sample();
    for i in 0..700 {
        desk.run(label("lone", &i.to_string()));
    }
    let mut steps = 0;
    while desk.editor.undo_label().is_some() {
        desk.run(Command::Undo);
        steps += 1;
    }
    assert_eq!(steps, 500);
    // Large steps: the last stays, whatever it weighs.
    let mut desk = Desk::sample();
    for i in 0..100 {
        desk.run(Command::SetDescription(format!("{i}").repeat(30_000)));
    }
    let mut kept = BTreeMap::new();
    keep(&mut desk.editor, &mut kept);
    let bytes = kept[&0].len();
    assert!(bytes < 5_000_000 && bytes > 1_000_000, "{bytes}");
}

#[test]
fn another_tabs_edits_stay() {
    let mut desk = Desk::sample();
    desk.run(label("lone", "mine"));
    let theirs = Node {
        label: "mine".to_owned(),
        ..node("lone", NodeType::Application, 70, 400)
    };
    desk.editor.apply_remote(&[put(theirs)]).unwrap();
    desk.run(Command::Undo);
    let lone = &desk.editor.definition().nodes[3];
    assert_eq!(
        (lone.label.as_str(), lone.position_x),
        ("lone", Position::px(70))
    );
}

#[test]
fn what_is_gone_is_left_out() {
    let said = |desk: &mut Desk| {
        let effects = desk.editor.run(Command::Undo, 0.0);
        effects.into_iter().find_map(|e| match e {
            Effect::Announce(text) => Some(text),
            _ => None,
        })
    };
    let mut desk = Desk::sample();
    desk.run(label("lone", "mine"));
    desk.editor
        .apply_remote(&[Change::DeleteNode { id: nid("lone") }])
        .unwrap();
    assert_eq!(
        said(&mut desk).unwrap(),
        "Rename lone: what it changed is gone"
    );
    assert_eq!(desk.editor.undo_label(), None);

    // Of two moved nodes one is gone.
    let mut desk = Desk::sample();
    desk.editor.run(
        Command::Select {
            nodes: vec![nid("lone"), nid("wait")],
            edges: vec![],
        },
        0.0,
    );
    desk.run(Command::MoveBy {
        by: Point::new(10.0, 0.0),
    });
    desk.editor
        .apply_remote(&[Change::DeleteNode { id: nid("lone") }])
        .unwrap();
    assert_eq!(
        said(&mut desk).unwrap(),
        "Undone: Move 2 nodes; 1 change left out, what they were about is gone"
    );
    // A node that was added here and connected there goes with its edges.
    let mut desk = Desk::sample();
    desk.run(Command::AddNode {
        node_type: NodeType::Time,
        at: None,
        from: None,
    });
    let new = desk.editor.definition().nodes[4].id.clone();
    let link = Edge {
        to_node_id: new,
        ..edge("e9", "call", Some("DNP"), "end")
    };
    desk.editor
        .apply_remote(&[Change::PutEdge {
            edge: link,
            at: None,
        }])
        .unwrap();
    assert_eq!(
        desk.run(Command::Undo),
        ["delete e9", "delete new1", "select []"]
    );
    assert_eq!(*desk.editor.definition(), sample());
}

#[test]
fn another_tabs_edits_must_fit_and_do_not_end_a_drag() {
    let mut desk = Desk::sample();
    let dangling = Change::PutEdge {
        edge: edge("e9", "call", None, "nowhere"),
        at: None,
    };
    assert!(desk.editor.apply_remote(&[dangling]).is_err());
    assert_eq!(*desk.editor.definition(), sample());
    desk.play("down 50 430; move 90 430");
    desk.editor
        .apply_remote(&[Change::DeleteEdge { id: eid("e1") }])
        .unwrap();
    assert_eq!(desk.play("move 91 560; up 91 560"), ["node lone 40,530"]);
    desk.play("down 90 560; move 130 560");
    desk.editor
        .apply_remote(&[Change::DeleteNode { id: nid("lone") }])
        .unwrap();
    assert_eq!(desk.play("move 300 600; up 300 600"), Vec::<String>::new());
}

#[test]
fn replacing_the_definition_begins_anew() {
    let mut desk = Desk::sample();
    desk.run(label("lone", "mine"));
    desk.editor.run(Command::SelectAll, 0.0);
    let other = Definition {
        edges: vec![],
        ..sample()
    };
    desk.editor.replace(other.clone());
    assert_eq!(*desk.editor.definition(), other);
    assert_eq!(desk.editor.undo_label(), None);
    assert!(desk.editor.selection().edges.is_empty());
    assert_eq!(desk.editor.selection().nodes.len(), 4);
}

#[test]
fn what_was_done_elsewhere_for_the_user_is_a_step_of_undo() {
    let mut desk = Desk::sample();
    let mut lone = sample().node(&nid("lone")).unwrap().clone();
    lone.label = "theirs".to_owned();
    let changes = [put(lone.clone())];
    let effects = desk
        .editor
        .apply_own("Take theirs".to_owned(), &changes)
        .unwrap();
    let saves = |effects: &[Effect]| effects.iter().any(|e| matches!(e, Effect::Changed { .. }));
    assert!(!saves(&effects), "it is saved already");
    assert_eq!(desk.editor.definition().node(&lone.id), Some(&lone));
    assert_eq!(desk.editor.undo_label(), Some("Take theirs"));
    assert!(
        saves(&desk.editor.run(Command::Undo, 0.0)),
        "taking it back is an edit"
    );
    assert_eq!(*desk.editor.definition(), sample());

    let dangling = [Change::PutEdge {
        edge: edge("e9", "call", None, "nowhere"),
        at: None,
    }];
    assert!(
        desk.editor
            .apply_own("Delete".to_owned(), &dangling)
            .is_err()
    );
    assert_eq!(*desk.editor.definition(), sample());
}
