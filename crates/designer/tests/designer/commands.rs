//! Commands as panels, palette and menus run them.

use leadline_designer::*;
use leadline_model::condition::LabelledBranch;
use leadline_model::*;

use super::desk::*;

fn check(name: &str, command: Command, expected: &[&str]) {
    let mut desk = Desk::sample();
    desk.editor.run(
        Command::Select {
            nodes: vec![nid("lone")],
            edges: vec![],
        },
        0.0,
    );
    assert_eq!(desk.run(command), expected, "{name}");
    desk.editor.definition().check().unwrap();
}

fn from(node: &str, label: Option<&str>) -> Option<HandleRef> {
    Some(HandleRef::new(&nid(node), label))
}

#[test]
fn adding() {
    let add = |node_type, at, from| Command::AddNode {
        node_type,
        at,
        from,
    };
    let at = |x, y| Some(Point::new(x, y));
    for (name, command, expected) in [
        (
            "middle at the point",
            add(NodeType::Time, at(303.0, 552.0), None),
            &["node new1 200,520", "select [new1]", "focus new1"][..],
        ),
        (
            "never over another",
            add(NodeType::Time, at(30.0, 430.0), None),
            &["node new1 -70,540", "select [new1]", "focus new1"],
        ),
        (
            "dropped on an edge it is put into it",
            add(NodeType::Conditional, at(700.0, 30.0), None),
            &[
                "node new1 600,-20",
                "edge e2 wait --> new1",
                "edge new2 new1 -otherwise-> end",
                "select [new1]",
                "focus new1",
            ],
        ),
        (
            "an end is not put into an edge",
            add(NodeType::Dropped, at(700.0, 30.0), None),
            &["node new1 600,0", "select [new1]", "focus new1"],
        ),
        (
            "connected",
            add(
                NodeType::Dropped,
                at(303.0, 552.0),
                from("call", Some("DNP")),
            ),
            &[
                "node new1 300,520",
                "edge new2 call -DNP-> new1",
                "select [new1]",
                "focus new1",
            ],
        ),
        (
            "beside its handle, below what is there",
            add(NodeType::Time, None, from("call", Some("DNP"))),
            &[
                "node new1 300,80",
                "edge new2 call -DNP-> new1",
                "select [new1]",
                "focus new1",
            ],
        ),
        (
            "from a terminal",
            add(NodeType::Time, None, from("end", None)),
            &["refused: Leads end at end; nothing leads on from there."],
        ),
        (
            "from a handle that is no output",
            add(NodeType::Time, None, from("call", Some("MAYBE"))),
            &["refused: call can not come out with MAYBE (any more)."],
        ),
    ] {
        check(name, command, expected);
    }
}

#[test]
fn the_first_node_is_the_entry() {
    let mut desk = Desk::new(Definition {
        title: "Empty".to_owned(),
        ..Definition::default()
    });
    for (node_type, entry) in [(NodeType::Converted, false), (NodeType::VoiceCall, true)] {
        desk.run(Command::AddNode {
            node_type,
            at: None,
            from: None,
        });
        assert_eq!(desk.editor.definition().nodes[0].is_entry, entry);
        desk.run(Command::Undo);
    }
    for _ in 0..2 {
        desk.run(Command::AddNode {
            node_type: NodeType::VoiceCall,
            at: None,
            from: None,
        });
    }
    let labels: Vec<&str> = desk
        .editor
        .definition()
        .nodes
        .iter()
        .map(|n| n.label.as_str())
        .collect();
    assert_eq!(labels, ["Voice call", "Voice call 2"]);
}

#[test]
fn a_new_node_comes_into_view() {
    let mut desk = Desk::sample();
    desk.run(Command::PanBy(Point::new(-700.0, -300.0)));
    desk.run(Command::AddNode {
        node_type: NodeType::Time,
        at: None,
        from: Some(HandleRef::new(&nid("call"), Some("DNP"))),
    });
    let added = desk.editor.selection().single_node().cloned().unwrap();
    let rect = desk.editor.node_rect(&added).unwrap();
    let seen = desk.editor.visible_world_rect();
    assert_eq!(seen.union(&rect), seen);
}

#[test]
fn connections() {
    let connect = |node, label, to| Command::Connect {
        from: HandleRef::new(&nid(node), label),
        to: nid(to),
    };
    for (name, command, expected) in [
        (
            "any other outcome",
            connect("call", None, "end"),
            &["edge new1 call --> end", "select [new1]"][..],
        ),
        (
            "optional outcome",
            connect("call", Some("CANCELLED"), "end"),
            &["edge new1 call -CANCELLED-> end", "select [new1]"],
        ),
        (
            "gone",
            connect("call", None, "nowhere"),
            &["refused: That node is gone."],
        ),
        (
            "terminal",
            connect("end", None, "call"),
            &["refused: Leads end at end; nothing leads on from there."],
        ),
        (
            "splice",
            Command::Splice {
                node: nid("lone"),
                edge: eid("e1"),
            },
            &[
                "edge e1 call -COMPLETED-> lone",
                "edge new1 lone -SUCCESS-> wait",
            ],
        ),
        (
            "splice a terminal",
            Command::Splice {
                node: nid("end"),
                edge: eid("e1"),
            },
            &["refused: Leads end at end; it can not stand in between."],
        ),
        (
            "splice an end",
            Command::Splice {
                node: nid("wait"),
                edge: eid("e1"),
            },
            &["refused: wait is already an end of this edge."],
        ),
        (
            "occupied handle",
            Command::ReconnectFrom {
                edge: eid("e2"),
                from: HandleRef::new(&nid("call"), Some("COMPLETED")),
            },
            &["refused: COMPLETED of call already leads to wait."],
        ),
        (
            "edge label",
            Command::SetEdgeLabel {
                edge: eid("e1"),
                label: Some("DNP".to_owned()),
            },
            &["edge e1 call -DNP-> wait"],
        ),
        (
            "no edge label",
            Command::SetEdgeLabel {
                edge: eid("e1"),
                label: Some("  ".to_owned()),
            },
            &["edge e1 call --> wait"],
        ),
        (
            "impossible edge label",
            Command::SetEdgeLabel {
                edge: eid("e1"),
                label: Some("x".to_owned()),
            },
            &["refused: call can not come out with x (any more)."],
        ),
    ] {
        check(name, command, expected);
    }
}

#[test]
fn fields() {
    for (name, command, expected) in [
        (
            "label",
            Command::SetLabel {
                node: nid("lone"),
                label: "Hook".to_owned(),
            },
            &["node lone 0,400"][..],
        ),
        (
            "the same label",
            Command::SetLabel {
                node: nid("lone"),
                label: "lone".to_owned(),
            },
            &[],
        ),
        ("title", Command::SetTitle("New".to_owned()), &["title New"]),
        (
            "no title",
            Command::SetTitle(" ".to_owned()),
            &["refused: Not possible: a title is needed."],
        ),
        (
            "another type",
            Command::SetConfig {
                node: nid("lone"),
                config: NodeType::Time.empty_config(),
            },
            &["refused: Not possible: node lone cannot change its type."],
        ),
        (
            "entry",
            Command::SetEntry(nid("wait")),
            &["node wait 400,0"],
        ),
        (
            "terminal entry",
            Command::SetEntry(nid("end")),
            &["refused: Leads end at end; they can not start there."],
        ),
        ("reveal", Command::RevealNode(nid("end")), &["select [end]"]),
        (
            "reveal what is gone",
            Command::RevealEdge(eid("nothing")),
            &["refused: That is gone."],
        ),
    ] {
        check(name, command, expected);
    }
}

fn branches(labels: &[&str], otherwise: &str) -> NodeConfig {
    let branch = |label: &&str| LabelledBranch {
        label: (*label).to_owned(),
        when: ConditionGroup::default(),
    };
    NodeConfig::Conditional(Branches {
        branches: labels.iter().map(branch).collect(),
        otherwise: Some(otherwise.to_owned()),
    })
}

#[test]
fn edges_follow_a_renamed_branch_and_outlive_a_deleted_one() {
    let mut fork = node("fork", NodeType::Conditional, 0, 0);
    fork.config = branches(&["a", "b"], "c");
    let ends = ["x", "y", "z"].map(|id| node(id, NodeType::Dropped, 400, 0));
    let definition = Definition {
        title: "Fork".to_owned(),
        nodes: [vec![fork], ends.to_vec()].concat(),
        edges: vec![
            edge("ea", "fork", Some("a"), "x"),
            edge("eb", "fork", Some("b"), "y"),
            edge("ec", "fork", Some("c"), "z"),
        ],
        ..Definition::default()
    };
    for (name, config, expected) in [
        (
            "rename",
            branches(&["a", "new"], "c"),
            &["edge eb fork -new-> y"][..],
        ),
        (
            "rename otherwise",
            branches(&["a", "b"], "rest"),
            &["edge ec fork -rest-> z"],
        ),
        (
            "rename two",
            branches(&["p", "q"], "c"),
            &["edge ea fork -p-> x", "edge eb fork -q-> y"],
        ),
        ("swap", branches(&["b", "a"], "c"), &[]),
        ("delete", branches(&["a"], "c"), &[]),
        ("add", branches(&["a", "n", "b"], "c"), &[]),
    ] {
        let mut desk = Desk::new(definition.clone());
        let set = Command::SetConfig {
            node: nid("fork"),
            config,
        };
        let changes = desk.run(set);
        assert_eq!(changes[0], "node fork 0,0", "{name}");
        assert_eq!(changes[1..], *expected, "{name}");
        let scene = desk.editor.scene();
        assert_eq!(scene.edges.len(), 3, "{name}");
        let impossible = scene.edges.iter().filter(|edge| edge.impossible).count();
        assert_eq!(impossible, usize::from(name == "delete"), "{name}");
        desk.run(Command::Undo);
        assert_eq!(*desk.editor.definition(), definition, "{name}");
    }
}

#[test]
fn healing_skips_what_can_not_be_led_on() {
    for (name, edges, select, expected) in [
        (
            "two in a row",
            vec![
                edge("p", "call", Some("DNP"), "wait"),
                edge("q", "wait", None, "lone"),
                edge("r", "lone", Some("SUCCESS"), "end"),
            ],
            &["wait", "lone"][..],
            &[
                "edge p call -DNP-> end",
                "delete r",
                "delete q",
                "delete lone",
                "delete wait",
                "select []",
            ][..],
        ),
        (
            "nothing follows",
            vec![edge("p", "call", Some("DNP"), "wait")],
            &["wait"],
            &["delete p", "delete wait", "select []"],
        ),
        (
            "a loop among them",
            vec![
                edge("p", "call", Some("DNP"), "wait"),
                edge("q", "wait", None, "lone"),
                edge("r", "lone", Some("SUCCESS"), "wait"),
            ],
            &["wait", "lone"],
            &[
                "delete r",
                "delete q",
                "delete p",
                "delete lone",
                "delete wait",
                "select []",
            ],
        ),
        (
            "the edge would repeat another",
            vec![
                edge("p", "call", Some("DNP"), "wait"),
                edge("q", "wait", None, "end"),
                edge("r", "call", Some("DNP"), "end"),
            ],
            &["wait"],
            &["delete q", "delete p", "delete wait", "select []"],
        ),
    ] {
        let mut desk = Desk::new(Definition { edges, ..sample() });
        desk.editor.run(
            Command::Select {
                nodes: select.iter().map(|id| nid(id)).collect(),
                edges: vec![],
            },
            0.0,
        );
        assert_eq!(desk.run(Command::DeleteHealing), expected, "{name}");
        desk.editor.definition().check().unwrap();
    }
}

#[test]
fn what_was_copied_can_be_pasted_anywhere() {
    let mut source = Desk::sample();
    source.play("key ctrl+a");
    let copied =
        source
            .editor
            .run(Command::Copy, 0.0)
            .into_iter()
            .find_map(|effect| match effect {
                Effect::CopyToClipboard { text, .. } => Some(text),
                _ => None,
            });
    let file = serde_json::json!({"leadline": 1, "workflow": sample()}).to_string();
    let bare = serde_json::to_string(&sample()).unwrap();
    for text in [copied.unwrap(), file, bare] {
        let mut desk = Desk::sample();
        let paste = Command::Paste {
            text,
            at: Some(Point::new(500.0, 1_230.0)),
        };
        let changes = desk.run(paste);
        assert_eq!(
            changes[..4],
            [
                "node new1 0,1000",
                "node new2 400,1000",
                "node new3 800,1000",
                "node new4 0,1400"
            ]
        );
        assert_eq!(
            changes[4..6],
            [
                "edge new5 new1 -COMPLETED-> new2",
                "edge new6 new2 --> new3"
            ]
        );
        assert_eq!(desk.editor.selection().nodes.len(), 4);
        assert_eq!(desk.run(Command::Undo).len(), 6 + 1, "one step");
        assert_eq!(*desk.editor.definition(), sample());
    }
}

#[test]
fn conditions_on_visits_follow_the_copies() {
    let mut definition = sample();
    let mut fork = node("fork", NodeType::Conditional, 0, 600);
    let rule = |field: &str| {
        Condition::Rule(Rule {
            field: field.to_owned(),
            operator: Operator::Exists,
            value: Value::Null,
        })
    };
    let inner = ConditionGroup {
        all: None,
        any: Some(vec![rule("visits.call")]),
    };
    let when = ConditionGroup {
        all: Some(vec![rule("visits.end"), Condition::Group(inner)]),
        any: None,
    };
    fork.config = NodeConfig::Conditional(Branches {
        branches: vec![LabelledBranch {
            label: "a".to_owned(),
            when,
        }],
        otherwise: None,
    });
    definition.nodes.push(fork);
    let mut desk = Desk::new(definition);
    desk.editor.run(
        Command::Select {
            nodes: vec![nid("call"), nid("fork")],
            edges: vec![],
        },
        0.0,
    );
    desk.run(Command::Duplicate);
    let nodes = &desk.editor.definition().nodes;
    let (call, fork) = (
        &nodes[nodes.len() - 2],
        serde_json::to_string(&nodes[nodes.len() - 1]).unwrap(),
    );
    assert!(
        fork.contains("visits.end"),
        "not copied, so the original: {fork}"
    );
    assert!(fork.contains(&format!("visits.{}", call.id)), "{fork}");
    assert!(!fork.contains("visits.call"), "{fork}");
}

#[test]
fn rubbish_is_refused_in_words() {
    let node = r#"{"id":"a","node_type":"TIME","config":{}}"#;
    for (text, reason) in [
        (String::new(), "holds no nodes"),
        ("hello".to_owned(), "holds no nodes"),
        ("[1,2]".to_owned(), "holds no nodes"),
        (
            r#"{"leadline_clip":1,"nodes":[]}"#.to_owned(),
            "holds no nodes",
        ),
        (
            r#"{"leadline_clip":2,"nodes":[]}"#.to_owned(),
            "another version",
        ),
        (
            r#"{"leadline_clip":1,"nodes":[{"id":"a"}]}"#.to_owned(),
            "can not be read",
        ),
        (
            format!(r#"{{"leadline_clip":1,"nodes":[{node},{node}]}}"#),
            "do not fit together",
        ),
        (
            format!(
                r#"{{"nodes":[{node}],"edges":[{{"id":"e","from_node_id":"a","to_node_id":"b"}}]}}"#
            ),
            "do not fit together",
        ),
        ("[".repeat(100_000), "holds no nodes"),
    ] {
        let mut desk = Desk::sample();
        let lines = desk.run(Command::Paste {
            text: text.clone(),
            at: None,
        });
        let refused =
            lines.len() == 1 && lines[0].starts_with("refused:") && lines[0].contains(reason);
        assert!(
            refused,
            "{} gives {lines:?}",
            text.chars().take(80).collect::<String>()
        );
        assert_eq!(*desk.editor.definition(), sample());
    }
}
