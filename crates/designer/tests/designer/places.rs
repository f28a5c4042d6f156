//! Where copies come to lie, and what the view shows once nodes have moved.

use leadline_designer::*;
use leadline_model::{Definition, NodeId, NodeType};

use super::desk::*;

#[test]
fn each_paste_lies_beside_what_is_there() {
    let mut desk = Desk::sample();
    let clip = serde_json::json!({"leadline_clip": 1, "nodes": [node("lone", NodeType::Application, 0, 400)]});
    let paste = |at| Command::Paste {
        text: clip.to_string(),
        at: Some(at),
    };
    // In the place of the original, again and again, and where nothing is.
    let upon = Point::new(100.0, 430.0);
    for (at, expected) in [
        (upon, "node new1 40,440"),
        (upon, "node new2 80,480"),
        (upon, "node new3 120,520"),
        (Point::new(700.0, 630.0), "node new4 600,600"),
    ] {
        assert_eq!(desk.run(paste(at))[0], expected);
    }
    // Copies of one node, made one after the other without a paste between them.
    let mut desk = Desk::sample();
    for expected in ["node new1 40,440", "node new2 80,480"] {
        desk.run(Command::Select {
            nodes: vec![nid("lone")],
            edges: Vec::new(),
        });
        assert_eq!(desk.run(Command::Duplicate)[0], expected);
    }
}

#[test]
fn a_condition_that_is_not_known_is_not_pasted_without_it() {
    let branch =
        serde_json::json!({"label": "high", "field": "lead.score", "operator": "gte", "value": 50});
    let node = serde_json::json!({"id": "a", "node_type": "CONDITIONAL", "config": {"branches": [branch]}});
    let mut desk = Desk::sample();
    let lines = desk.run(Command::Paste {
        text: serde_json::json!({"nodes": [node]}).to_string(),
        at: None,
    });
    assert_eq!(
        lines,
        [
            "refused: The clipboard's nodes hold a condition that Leadline does not know: “1.config.branches.1.field”."
        ]
    );
    assert_eq!(*desk.editor.definition(), sample());
}

/// A chain of so many delays, eight to a row.
fn chain(count: usize) -> Definition {
    let id = |i: usize| format!("n{i}");
    let place = |i: usize| (i as i32 % 8 * 260, i as i32 / 8 * 220);
    let nodes = (0..count).map(|i| node(&id(i), NodeType::Time, place(i).0, place(i).1));
    let edges = (1..count).map(|i| edge(&format!("e{i}"), &id(i - 1), None, &id(i)));
    Definition {
        title: "Chain".to_owned(),
        nodes: nodes.collect(),
        edges: edges.collect(),
        ..Definition::default()
    }
}

fn all_in_view(desk: &Desk) -> bool {
    let seen = desk.editor.visible_world_rect();
    let outside = |(_, rect): (&NodeId, Rect)| seen.union(&rect) != seen;
    !desk.editor.node_rects().any(outside)
}

#[test]
fn undo_of_a_layout_brings_the_graph_back_into_view() {
    let mut desk = Desk::new(chain(60));
    desk.run(Command::Tidy);
    assert!(all_in_view(&desk), "a wide row");
    desk.run(Command::Undo);
    assert_eq!(*desk.editor.definition(), chain(60));
    assert!(all_in_view(&desk), "rows of eight");
    desk.run(Command::Redo);
    assert!(all_in_view(&desk), "a wide row again");
}

#[test]
fn undo_never_leaves_an_empty_canvas_behind() {
    let mut desk = Desk::sample();
    desk.run(Command::SelectAll);
    let by = Point::new(50_000.0, 0.0);
    desk.run(Command::MoveBy { by });
    desk.run(Command::ZoomFit);
    desk.run(Command::Undo);
    assert!(all_in_view(&desk));
    // What somebody looks at stays where it is while some of it is still there.
    desk.run(Command::RevealNode(nid("lone")));
    let before = desk.editor.viewport();
    desk.run(Command::Nudge {
        direction: Direction::Left,
        big: true,
    });
    desk.run(Command::Undo);
    assert_eq!(desk.editor.viewport(), before);
}

#[test]
fn all_of_a_wide_graph_can_be_shown() {
    let mut desk = Desk::new(chain(1_000));
    desk.run(Command::Tidy);
    desk.run(Command::ZoomFit);
    assert!(all_in_view(&desk));
    let small = desk.editor.viewport().zoom;
    assert!((LEAST_ZOOM..MIN_ZOOM).contains(&small), "{small}");
    // Further out leads nowhere, and does not jump back; in leads on from here.
    desk.run(Command::ZoomOut);
    assert_eq!(desk.editor.viewport().zoom, small);
    desk.run(Command::ZoomIn);
    assert!(desk.editor.viewport().zoom < 2.0 * small);
    desk.run(Command::ZoomReset);
    for _ in 0..20 {
        desk.run(Command::ZoomOut);
    }
    assert_eq!(desk.editor.viewport().zoom, MIN_ZOOM);
}
