//! Whatever happens, in whatever order: no panic, a well-formed graph, and undo and redo that lead
//! exactly back and forth.

use std::collections::BTreeMap;

use leadline_designer::*;
use leadline_model::*;
use proptest::collection::vec;
use proptest::prelude::*;

use super::desk::*;

/// The graph with its nodes in the order of their ids: a deleted node comes back as the newest,
/// which nothing depends on. Edges keep their order, which routing depends on.
fn sorted(definition: &Definition) -> Definition {
    let mut sorted = definition.clone();
    sorted.nodes.sort_by(|a, b| a.id.cmp(&b.id));
    sorted
}

/// One thing that happens, with numbers to choose by.
#[derive(Debug, Clone)]
struct Act {
    kind: u8,
    a: u16,
    b: u16,
    x: f64,
    y: f64,
    held: u8,
}

fn act() -> impl Strategy<Value = Act> {
    let place = prop_oneof![
        20 => -50.0..1_150.0f64,
        1 => prop_oneof![Just(f64::NAN), Just(f64::INFINITY), Just(-1e300), Just(1e12)],
    ];
    (
        0..60u8,
        any::<u16>(),
        any::<u16>(),
        place.clone(),
        place,
        any::<u8>(),
    )
        .prop_map(|(kind, a, b, x, y, held)| Act {
            kind,
            a,
            b,
            x,
            y,
            held,
        })
}

const KEYS: [&str; 24] = [
    "Delete",
    "Backspace",
    "Escape",
    "Enter",
    "z",
    "y",
    "a",
    "c",
    "x",
    "v",
    "d",
    "n",
    "F2",
    "+",
    "-",
    "0",
    "1",
    "ArrowLeft",
    "ArrowDown",
    "t",
    "?",
    "ContextMenu",
    "Tab",
    "é",
];

fn pick<T: Clone>(items: &[T], by: u16) -> Option<T> {
    (!items.is_empty()).then(|| items[by as usize % items.len()].clone())
}

fn some_node(editor: &Editor, by: u16) -> NodeId {
    pick(&editor.definition().nodes, by).map_or(nid("nowhere"), |node| node.id)
}

fn some_edge(editor: &Editor, by: u16) -> EdgeId {
    pick(&editor.definition().edges, by).map_or(eid("nothing"), |edge| edge.id)
}

fn some_handle(editor: &Editor, by: u16) -> HandleRef {
    let node = some_node(editor, by);
    let outputs = editor
        .definition()
        .node(&node)
        .map(|node| node.config.outputs());
    let output = pick(&outputs.unwrap_or_default(), by / 7);
    HandleRef {
        node,
        label: output.and_then(|output| output.label),
    }
}

fn command(editor: &Editor, act: &Act) -> Command {
    let (node, edge) = (some_node(editor, act.a), some_edge(editor, act.a));
    let (from, at) = (some_handle(editor, act.b), Point::new(act.x, act.y));
    match act.kind % 20 {
        0..4 => Command::AddNode {
            node_type: NodeType::ALL[act.a as usize % 6],
            at: (act.held.is_multiple_of(2)).then_some(at),
            from: (act.held.is_multiple_of(3)).then_some(from),
        },
        4..7 => Command::Connect { from, to: node },
        7 => Command::ReconnectFrom { edge, from },
        8 => Command::ReconnectTo {
            edge,
            to: some_node(editor, act.b),
        },
        9 => Command::Splice {
            node,
            edge: some_edge(editor, act.b),
        },
        10 => Command::SetLabel {
            node,
            label: "é".repeat(act.b as usize % 300),
        },
        11 => Command::SetEdgeLabel {
            edge,
            label: from.label,
        },
        12 => Command::SetEntry(node),
        13 => Command::MoveBy { by: at },
        14 => Command::DeleteHealing,
        15 => Command::Tidy,
        16 => Command::SetTitle(["", "x", "another title"][act.a as usize % 3].to_owned()),
        17 => Command::SetConfig {
            node,
            config: config(act),
        },
        18 => Command::Select {
            nodes: vec![node],
            edges: vec![edge],
        },
        _ => Command::Duplicate,
    }
}

fn config(act: &Act) -> NodeConfig {
    let labels = ["a", "b", "c"];
    let branches = (0..act.b % 4).map(|i| condition::LabelledBranch {
        label: labels[(i + act.a) as usize % 3].to_owned(),
        when: ConditionGroup::default(),
    });
    NodeConfig::Conditional(Branches {
        branches: branches.collect(),
        otherwise: (act.held.is_multiple_of(2)).then(|| labels[act.held as usize % 3].to_owned()),
    })
}

fn event(editor: &Editor, act: &Act, now_ms: f64) -> Event {
    let at = Point::new(act.x, act.y);
    let held = |bit: u8| act.held & bit == bit;
    let modifiers = Modifiers {
        shift: held(17),
        ctrl: held(34),
        alt: held(68),
        space: held(136),
    };
    let button = [
        Button::Left,
        Button::Left,
        Button::Left,
        Button::Middle,
        Button::Right,
    ];
    let pointer = Pointer {
        id: i32::from(act.b.is_multiple_of(5)),
        at,
        button: button[act.a as usize % 5],
        kind: if act.b.is_multiple_of(3) {
            PointerKind::Touch
        } else {
            PointerKind::Mouse
        },
        modifiers,
        clicks: u32::from(act.a % 3),
        now_ms,
    };
    match act.kind {
        0..9 => Event::PointerDown(pointer),
        9..20 => Event::PointerMove(Pointer {
            button: Button::None,
            ..pointer
        }),
        20..29 => Event::PointerUp(pointer),
        29 => Event::PointerCancel { id: pointer.id },
        30 => Event::Wheel {
            at,
            dx: act.y,
            dy: act.x,
            modifiers,
            mode: WheelMode::Lines,
        },
        31 => Event::Pinch {
            at,
            factor: act.x / 300.0,
        },
        32 => Event::Resize {
            width: act.x,
            height: act.y,
            dpr: act.x,
        },
        33 => Event::FocusNode(some_node(editor, act.a)),
        34 => Event::FocusHandle(some_handle(editor, act.a)),
        35 => Event::Frame {
            now_ms: now_ms + act.x,
        },
        36 => Event::Paste {
            text: "{\"leadline_clip\":1}".to_owned(),
            at: Some(at),
        },
        _ => {
            let (key, code) = (
                KEYS[act.b as usize % KEYS.len()].to_owned(),
                "KeyT".to_owned(),
            );
            Event::Key(KeyPress {
                key,
                code,
                modifiers: Modifiers {
                    space: false,
                    ..modifiers
                },
                now_ms,
            })
        }
    }
}

/// Applies what the editor says it changed to a copy that knows only the model.
fn follow(mirror: &mut Definition, effects: &[Effect]) {
    for effect in effects {
        if let Effect::Changed { changes } = effect {
            mirror.apply(changes).unwrap();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn anything_may_happen(acts in vec(act(), 1..120)) {
        let mut editor = Desk::sample().editor;
        let mut mirror = sample();
        let mut kept = BTreeMap::new();
        for (i, act) in acts.iter().enumerate() {
            let now_ms = i as f64 * 300.0;
            let effects = if act.kind >= 40 {
                let command = command(&editor, act);
                editor.run(command, now_ms)
            } else {
                let event = event(&editor, act, now_ms);
                editor.handle(event)
            };
            follow(&mut mirror, &effects);
            prop_assert_eq!(editor.definition(), &mirror);
            prop_assert!(editor.definition().check().is_ok());
            if effects.iter().any(|effect| matches!(effect, Effect::Changed { .. })) {
                keep(&mut editor, &mut kept);
            }
            let scene = editor.scene();
            prop_assert!(scene.nodes.iter().all(|n| n.rect.x.is_finite() && n.rect.y.is_finite()));
        }
        editor.handle(Event::Key(KeyPress { key: "Escape".to_owned(), ..KeyPress::default() }));
        let end = sorted(editor.definition());
        let nothing_undone = editor.redo_label().is_none();
        while editor.undo_label().is_some() {
            let effects = editor.run(Command::Undo, 0.0);
            follow(&mut mirror, &effects);
        }
        prop_assert_eq!(sorted(editor.definition()), sorted(&sample()));
        let mut fresh = Editor::new(editor.definition().clone(), Ids::new(9));
        keep(&mut editor, &mut kept);
        fresh.restore_history(&kept).unwrap();
        while fresh.redo_label().is_some() {
            fresh.run(Command::Redo, 0.0);
        }
        while editor.redo_label().is_some() {
            let effects = editor.run(Command::Redo, 0.0);
            follow(&mut mirror, &effects);
        }
        prop_assert_eq!(editor.definition(), &mirror);
        prop_assert_eq!(sorted(fresh.definition()), sorted(editor.definition()));
        if nothing_undone {
            prop_assert_eq!(sorted(editor.definition()), end);
        }
    }
}
