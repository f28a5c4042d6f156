//! What is drawn.

use leadline_designer::*;
use leadline_model::*;

use super::desk::*;

#[test]
fn only_what_is_visible_is_drawn() {
    let mut desk = Desk::sample();
    let drawn = |desk: &Desk| {
        let scene = desk.editor.scene();
        let nodes: Vec<String> = scene.nodes.iter().map(|n| n.node.id.to_string()).collect();
        let edges: Vec<String> = scene.edges.iter().map(|e| e.edge.id.to_string()).collect();
        (nodes.join(" "), edges.join(" "))
    };
    assert_eq!(
        drawn(&desk),
        ("call wait end lone".to_owned(), "e1 e2".to_owned())
    );
    desk.run(Command::PanBy(Point::new(-700.0, 0.0)));
    assert_eq!(drawn(&desk), ("end".to_owned(), "e2".to_owned()));
    desk.run(Command::PanBy(Point::new(-9_000.0, 0.0)));
    assert_eq!(drawn(&desk), (String::new(), String::new()));
    desk.run(Command::ZoomFit);
    assert_eq!(drawn(&desk).0, "call wait end lone");
}

fn handles(desk: &Desk, id: &str) -> String {
    let scene = desk.editor.scene();
    let node = scene.nodes.iter().find(|n| n.node.id == nid(id)).unwrap();
    let words = node.handles.iter().map(|handle| {
        let label = handle.label.as_deref().unwrap_or("-");
        format!(
            "{label}@{}{}",
            handle.at.y - node.rect.y,
            if handle.connected { "*" } else { "" }
        )
    });
    words.collect::<Vec<_>>().join(" ")
}

#[test]
fn handles_are_shown_when_they_are_wanted() {
    let mut desk = Desk::sample();
    assert_eq!(handles(&desk, "call"), "COMPLETED@75* DNP@105 FAILED@135");
    assert_eq!(handles(&desk, "wait"), "-@30*");
    assert_eq!(handles(&desk, "end"), "");
    desk.play("focus call");
    assert_eq!(
        handles(&desk, "call"),
        "COMPLETED@75* DNP@105 FAILED@135 CANCELLED@165 RETRY_EXPIRED@195 LIMIT@225"
    );
    desk.play("key Escape");
    let from = HandleRef::new(&nid("call"), Some("RETRY_EXPIRED"));
    desk.run(Command::Connect {
        from,
        to: nid("end"),
    });
    desk.run(Command::Connect {
        from: HandleRef::new(&nid("call"), None),
        to: nid("end"),
    });
    assert_eq!(
        handles(&desk, "call"),
        "COMPLETED@75* DNP@105 FAILED@135 RETRY_EXPIRED@165* -@195*"
    );
}

#[test]
fn a_drag_is_shown_before_it_is_made() {
    let mut desk = Desk::sample();
    desk.play("down 450 30; move 453 233");
    let scene = desk.editor.scene();
    let last = scene.nodes.last().unwrap();
    assert_eq!(
        (last.node.id.as_str(), last.dragged, last.rect.y),
        ("wait", true, 200.0)
    );
    assert_eq!(scene.edges[0].path.end(), Point::new(400.0, 230.0));
    assert_eq!(
        scene.guides.len(),
        0,
        "nothing is near in the row, and columns are its own"
    );
    assert_eq!(
        desk.editor.definition().nodes[1].position_y,
        Position::px(0)
    );
    assert!(desk.editor.cursor() == Cursor::Grabbing);
    desk.play("key Escape");
    assert_eq!(
        desk.editor.scene().edges[0].path.end(),
        Point::new(400.0, 30.0)
    );
}

#[test]
fn guides_show_what_is_aligned() {
    let mut desk = Desk::sample();
    // Tops of lone and wait, 3 pixels off, away from any column.
    desk.play("down 50 430; move 303 33");
    let guides = desk.editor.scene().guides.to_vec();
    assert!(
        guides.iter().any(|g| g.from.y == 0.0 && g.to.y == 0.0),
        "{guides:?}"
    );
    desk.play("up 303 33");
    assert_eq!(
        desk.editor.definition().nodes[3].position_y,
        Position::px(0)
    );
    assert!(desk.editor.scene().guides.is_empty());
}

#[test]
fn a_connection_is_previewed() {
    let mut desk = Desk::sample();
    let preview = |desk: &Desk| {
        let scene = desk.editor.scene();
        let connection = scene.connection.unwrap();
        let over = scene
            .nodes
            .iter()
            .find(|n| n.drop.is_some())
            .map(|n| n.node.id.to_string());
        (connection.path.end(), connection.verdict, over)
    };
    desk.play("down 200 105; move 300 200");
    assert_eq!(preview(&desk), (Point::new(300.0, 200.0), None, None));
    desk.play("move 787 42");
    let snapped = (
        Point::new(800.0, 30.0),
        Some(Verdict::Accepted),
        Some("end".to_owned()),
    );
    assert_eq!(preview(&desk), snapped);
    desk.play("key Escape; down 600 30; move 640 90; move 420 20");
    assert_eq!(preview(&desk).1, Some(Verdict::Refused));
    assert_eq!(desk.editor.cursor(), Cursor::NotAllowed);
    assert!(desk.editor.is_connecting());
}

#[test]
fn far_away_only_shapes_are_drawn_and_handles_can_not_be_hit() {
    let mut desk = Desk::sample();
    assert_eq!(desk.editor.scene().detail, Detail::Full);
    assert_eq!(
        desk.editor.hit(Point::new(205.0, 105.0)),
        Target::Handle(HandleRef::new(&nid("call"), Some("DNP")))
    );
    desk.play(&"wheel 0 0 0 100 ctrl;".repeat(3));
    assert_eq!(desk.editor.scene().detail, Detail::Shapes);
    let at = desk.editor.viewport().to_screen(Point::new(199.0, 105.0));
    assert_eq!(desk.editor.hit(at), Target::Node(nid("call")));
}

#[test]
fn what_is_hit() {
    let desk = Desk::sample();
    for (x, y, expected) in [
        (100.0, 100.0, Target::Node(nid("call"))),
        (
            209.0,
            75.0,
            Target::Handle(HandleRef::new(&nid("call"), Some("COMPLETED"))),
        ),
        (224.0, 75.0, Target::EdgeEnd(eid("e1"), EdgeEnd::From)),
        (300.0, 58.0, Target::Edge(eid("e1"))),
        (700.0, 36.0, Target::Edge(eid("e2"))),
        (700.0, 40.0, Target::Canvas),
        (500.0, 600.0, Target::Canvas),
    ] {
        assert_eq!(desk.editor.hit(Point::new(x, y)), expected, "{x},{y}");
    }
}

#[test]
fn loops_go_around_their_nodes() {
    for (x, y) in [
        (-500, 0),
        (-500, 40),
        (-300, 400),
        (-300, -400),
        (0, 500),
        (0, 0),
    ] {
        let mut definition = sample();
        definition.nodes[1] = node("wait", NodeType::Time, x, y);
        let desk = Desk::new(definition);
        let mut editor = desk.editor;
        editor.run(Command::ZoomFit, 0.0);
        let scene = editor.scene();
        let edge = scene.edges.iter().find(|e| e.edge.id == eid("e1")).unwrap();
        assert_eq!(edge.path.points.len(), 10, "{x},{y}: three cubics");
        assert_eq!(
            (edge.path.start().x, edge.path.end().x),
            (200.0, f64::from(x))
        );
        let call = scene
            .nodes
            .iter()
            .find(|n| n.node.id == nid("call"))
            .unwrap()
            .rect;
        for step in 1..100 {
            let p = edge.path.at(f64::from(step) / 100.0);
            let inside = p.x > call.x && p.x < call.right() && p.y > call.y && p.y < call.bottom();
            assert!(!inside, "{x},{y}: {p:?} lies in its own node");
        }
    }
}

/// Three nodes in a row, the middle one in the way of an edge that leads back below it.
fn loop_around() -> Definition {
    let mut definition = sample();
    definition.nodes[3] = node("lone", NodeType::Application, 400, 130);
    definition.edges = vec![
        edge("back1", "wait", None, "call"),
        edge("back2", "call", Some("DNP"), "call"),
    ];
    definition.nodes[1] = node("wait", NodeType::Time, 800, 0);
    definition.nodes[2] = node("end", NodeType::Converted, 400, -100);
    definition
}

#[test]
fn edges_that_lead_back_take_a_free_lane() {
    let mut editor = Desk::new(loop_around()).editor;
    editor.run(Command::ZoomFit, 0.0);
    let scene = editor.scene();
    for edge in &scene.edges {
        for node in &scene.nodes {
            for step in 1..100 {
                let p = edge.path.at(f64::from(step) / 100.0);
                let rect = node.rect.grown(-1.0);
                assert!(
                    !rect.contains(p),
                    "{:?} crosses {}",
                    edge.edge.id,
                    node.node.id
                );
            }
        }
    }
    let lanes: Vec<f64> = scene.edges.iter().map(|e| e.path.points[3].y).collect();
    assert!((lanes[0] - lanes[1]).abs() >= 16.0, "{lanes:?}");
}

#[test]
fn labels_cover_neither_boxes_nor_each_other() {
    let mut definition = sample();
    // A box in the middle of the way of both edges.
    definition.nodes[3] = node("lone", NodeType::Time, 480, -10);
    definition.nodes[1] = node("wait", NodeType::Time, 1_000, 0);
    definition.nodes[2] = node("end", NodeType::Converted, 1_000, 20);
    definition.edges = vec![
        edge("e1", "call", Some("COMPLETED"), "wait"),
        edge("e2", "call", Some("DNP"), "end"),
    ];
    let mut editor = Desk::new(definition).editor;
    editor.run(Command::ZoomFit, 0.0);
    let scene = editor.scene();
    let labels: Vec<Rect> = scene
        .edges
        .iter()
        .map(|e| e.path.label_rect(e.edge.label.as_deref().unwrap()))
        .collect();
    let lone = scene
        .nodes
        .iter()
        .find(|n| n.node.id == nid("lone"))
        .unwrap();
    for label in &labels {
        assert!(!label.touches(&lone.rect), "{label:?}");
    }
    assert!(!labels[0].touches(&labels[1]), "{labels:?}");
}

#[test]
fn showing_all_leaves_the_corner_free() {
    let mut desk = Desk::sample();
    let corner = Point::new(170.0, 150.0);
    let covered = |desk: &Desk| {
        let view = desk.editor.viewport();
        let from = Point::new(view.width, view.height).minus(corner);
        let rects = desk.editor.node_rects().map(|(_, rect)| {
            let end = Point::new(rect.right(), rect.bottom());
            view.to_screen(end)
        });
        rects.filter(|end| end.x > from.x && end.y > from.y).count()
    };
    let far = Command::AddNode {
        node_type: NodeType::Time,
        at: Some(Point::new(900.0, 560.0)),
        from: None,
    };
    desk.run(far);
    desk.run(Command::ZoomFit);
    assert_eq!(covered(&desk), 1);
    desk.editor.set_corner(corner);
    desk.run(Command::ZoomFit);
    assert_eq!(covered(&desk), 0);
    let whole = desk.editor.visible_world_rect();
    assert!(
        desk.editor
            .node_rects()
            .all(|(_, rect)| whole.union(&rect) == whole)
    );
}

#[test]
fn a_small_screen_opens_where_leads_start_at_a_zoom_that_can_be_read() {
    let mut editor = Editor::new(sample(), Ids::new(1));
    editor.handle(Event::Resize {
        width: 390.0,
        height: 500.0,
        dpr: 2.0,
    });
    assert!(editor.viewport().zoom >= 0.7, "{:?}", editor.viewport());
    let first = editor.node_rect(&nid("call")).unwrap();
    let seen = editor.visible_world_rect();
    assert_eq!(seen.union(&first), seen);
}

#[test]
fn findings_mark_their_places() {
    let mut desk = Desk::sample();
    let finding = |severity, node: Option<&str>, edge: Option<&str>| Finding {
        code: FindingCode::MissingAgent,
        severity,
        node_id: node.map(nid),
        edge_id: edge.map(eid),
        message: String::new(),
        fix: String::new(),
    };
    let list = vec![
        finding(Severity::Error, Some("call"), None),
        finding(Severity::Error, Some("call"), None),
        finding(Severity::Warning, None, Some("e2")),
    ];
    desk.editor.set_findings(&Findings::from_list(list));
    let scene = desk.editor.scene();
    assert_eq!(
        scene.nodes[0].marks,
        NodeMarks {
            errors: 2,
            warnings: 0
        }
    );
    assert_eq!(
        scene.edges[1].marks,
        EdgeMarks {
            errors: 0,
            warnings: 1
        }
    );
    assert_eq!(scene.nodes[1].marks, NodeMarks::default());
}
