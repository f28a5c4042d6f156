//! The largest graphs: correct, and quick enough that nobody waits. The bounds on time are wide,
//! for slow machines without optimisation; they catch quadratic work, not percents.

use std::time::{Duration, Instant};

use leadline_designer::*;
use leadline_model::*;

use super::desk::*;

/// 10,000 nodes in rows of 100, 15,000 edges.
fn large() -> Definition {
    let id = |i: usize| format!("n{i}");
    let nodes = (0..10_000).map(|i| {
        node(
            &id(i),
            NodeType::VoiceCall,
            (i % 100 * 320) as i32,
            (i / 100 * 200) as i32,
        )
    });
    let onward = (0..9_999).map(|i| (i, "COMPLETED", i + 1));
    let down = (0..5_001).map(|i| (i, "DNP", i + 4_999));
    let edges = onward.chain(down).enumerate();
    let edges =
        edges.map(|(e, (i, label, to))| edge(&format!("e{e}"), &id(i), Some(label), &id(to)));
    Definition {
        title: "Large".to_owned(),
        nodes: nodes.collect(),
        edges: edges.collect(),
        ..Definition::default()
    }
}

/// Limits hold for an unoptimised build on a machine of its own; a busy one gets three times as long.
/// What grows with the square of the graph would still take a hundred times as long.
const BUSY: u32 = 3;

fn within(what: &str, limit: Duration, work: impl FnOnce()) {
    let start = Instant::now();
    work();
    let took = start.elapsed();
    println!("{what}: {took:?}");
    assert!(took < BUSY * limit, "{what} took {took:?}");
}

#[test]
fn ten_thousand_nodes_stay_usable() {
    let definition = large();
    let mut desk = Desk::new(definition.clone());
    let seconds = Duration::from_secs;
    within("100 pans, zoomed in", seconds(2), || {
        for _ in 0..100 {
            desk.play("wheel 500 300 100 50");
            assert!(desk.editor.scene().nodes.len() < 40);
        }
    });
    desk.run(Command::ZoomFit);
    desk.editor
        .run(Command::CenterOn(Point::new(16_000.0, 10_000.0)), 0.0);
    within("10 pans, zoomed out", seconds(5), || {
        for _ in 0..10 {
            desk.play("wheel 500 300 10 5");
            let scene = desk.editor.scene();
            assert!(scene.nodes.len() > 200, "{}", scene.nodes.len());
        }
    });
    desk.run(Command::SelectAll);
    let visible = desk.editor.visible_world_rect();
    let inside = |(_, rect): &(&NodeId, Rect)| visible.contains(rect.center());
    let rect = desk.editor.node_rects().find(inside).unwrap().1;
    let Point { x, y } = desk.editor.viewport().to_screen(rect.center());
    desk.play(&format!("down {x} {y}; move {} {y}", x + 10.0));
    within("10 steps of dragging everything", seconds(10), || {
        for i in 2..12 {
            desk.play(&format!("move {} {y}", x + 10.0 * f64::from(i)));
            assert!(desk.editor.scene().nodes.iter().all(|node| node.dragged));
        }
    });
    within("dropping everything", seconds(5), || {
        desk.play(&format!("up {} {y}", x + 110.0));
    });
    assert_ne!(
        desk.editor.definition().nodes[0].position_x,
        Position::px(0)
    );
    within("typing in one node", seconds(10), || {
        for i in 0..10 {
            let label = format!("typed {i}");
            desk.editor.run(
                Command::SetLabel {
                    node: nid("n5000"),
                    label,
                },
                f64::from(i),
            );
        }
    });
    within("tidying", seconds(20), || drop(desk.run(Command::Tidy)));
    within("deleting everything", seconds(10), || {
        drop(desk.play("key ctrl+a; key Delete"))
    });
    assert!(desk.editor.definition().nodes.is_empty());
    within("undoing it all", seconds(20), || {
        drop(desk.play("key ctrl+z; key ctrl+z; key ctrl+z; key ctrl+z"))
    });
    let mut now = desk.editor.definition().clone();
    now.nodes.sort_by(|a, b| a.id.cmp(&b.id));
    let mut then = definition;
    then.nodes.sort_by(|a, b| a.id.cmp(&b.id));
    assert!(now == then, "undo leads back to the start");
}
