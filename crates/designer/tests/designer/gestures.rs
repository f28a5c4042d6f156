//! Gestures and what comes of them.

use super::desk::*;

fn check(name: &str, script: &str, expected: &[&str]) {
    let mut desk = Desk::sample();
    assert_eq!(desk.play(script), expected, "{name}: {script}");
    desk.editor.definition().check().unwrap();
}

#[test]
fn selecting() {
    for (name, script, expected) in [
        ("click", "down 50 30; up 50 30", &["select [call]"][..]),
        (
            "click elsewhere",
            "down 50 30; up 50 30; down 300 600; up 300 600",
            &["select [call]", "select []"],
        ),
        (
            "shift adds",
            "down 50 30; up 50 30; down 450 30 shift; up 450 30 shift",
            &["select [call]", "select [call wait]"],
        ),
        (
            "ctrl again takes away",
            "down 50 30; up 50 30; down 50 30 ctrl; up 50 30 ctrl",
            &["select [call]", "select []"],
        ),
        ("an edge", "down 700 30; up 700 30", &["select [e2]"]),
        (
            "one of several",
            "key ctrl+a; down 50 30; up 50 30",
            &["select [call end lone wait e1 e2]", "select [call]"],
        ),
        (
            "box",
            "down 350 200; move 1050 -20; up 1050 -20",
            &["select [end wait e2]"],
        ),
        (
            "box adds",
            "down 50 430; up 50 430; down 350 200 shift; move 450 50 shift; up 450 50 shift",
            &["select [lone]", "select [lone wait]"],
        ),
        (
            "right click",
            "down 50 30 right; up 50 30 right",
            &["select [call]", "menu call"],
        ),
        (
            "right click on the canvas",
            "down 300 600 right",
            &["menu canvas"],
        ),
        (
            "double click",
            "down 50 30; up 50 30; down 50 30 double; up 50 30 double",
            &["select [call]", "settings call"],
        ),
        (
            "double click on the canvas",
            "down 300 600 double; up 300 600 double",
            &["palette 300,600"],
        ),
        (
            "double click on an edge",
            "down 700 30 double; up 700 30 double",
            &["select [e2]", "rename e2"],
        ),
    ] {
        check(name, script, expected);
    }
}

#[test]
fn moving() {
    for (name, script, expected) in [
        (
            "snaps to the grid",
            "down 50 430; move 75 553; up 75 553",
            &["select [lone]", "node lone 30,520"][..],
        ),
        (
            "alt does not snap",
            "down 50 430; move 73 553 alt; up 73 553 alt",
            &["select [lone]", "node lone 23,523"],
        ),
        (
            "aligns with what is near",
            "down 50 430; move 53 553; up 53 553",
            &["select [lone]", "node lone 0,520"],
        ),
        (
            "below the threshold",
            "down 50 430; move 50 431; up 50 431",
            &["select [lone]"],
        ),
        (
            "back where it was",
            "down 50 430; move 90 430; move 50 430; up 50 430",
            &["select [lone]"],
        ),
        (
            "many at once",
            "key ctrl+a; down 50 30; move 150 130; up 150 130",
            &[
                "select [call end lone wait e1 e2]",
                "node call 100,100",
                "node end 900,100",
                "node lone 100,500",
                "node wait 500,100",
            ],
        ),
        (
            "cancelled by key",
            "down 50 430; move 90 430; key Escape; up 90 430",
            &["select [lone]"],
        ),
        (
            "cancelled by the browser",
            "down 50 430; move 90 430; cancel; move 95 430",
            &["select [lone]"],
        ),
        (
            "scrolls at the rim",
            "down 50 430; move 50 690 alt; frame 16; frame 16; up 50 690 alt",
            &["select [lone]", "node lone 0,682"],
        ),
    ] {
        check(name, script, expected);
    }
}

#[test]
fn connecting() {
    for (name, script, expected) in [
        (
            "drag to a target",
            "down 200 105; move 300 200; up 790 40",
            &["edge new1 call -DNP-> end", "select [new1]"][..],
        ),
        (
            "drag to a box",
            "down 200 105; move 300 200; up 100 450",
            &["edge new1 call -DNP-> lone", "select [new1]"],
        ),
        (
            "a connected handle moves its edge",
            "down 200 75; move 300 200; up 800 30",
            &["edge e1 call -COMPLETED-> end", "select [e1]"],
        ),
        (
            "where it already leads",
            "down 200 75; move 300 200; up 400 30",
            &["refused: It already leads there."],
        ),
        (
            "onto the empty canvas",
            "down 200 105; move 300 500; up 300 500",
            &["palette 300,500 from call.DNP"],
        ),
        (
            "a call may repeat itself",
            "down 200 105; move 300 105; up 50 30",
            &["edge new1 call -DNP-> call", "select [new1]"],
        ),
        (
            "a delay may not",
            "down 600 30; move 650 90; up 450 40",
            &["refused: A delay that leads to itself would hold leads forever."],
        ),
        (
            "cancelled",
            "down 200 105; move 300 200; key Escape; up 800 30",
            &[],
        ),
        (
            "click, then click",
            "down 200 105; up 200 105; move 500 300; down 800 30; up 800 30",
            &["edge new1 call -DNP-> end", "select [new1]"],
        ),
        (
            "tap, then tap",
            "down 205 105 touch; up 205 105 touch; down 850 30 touch; up 850 30 touch",
            &["edge new1 call -DNP-> end", "select [new1]"],
        ),
        (
            "tap, then tap the handle again",
            "down 205 105 touch; up 205 105 touch; down 205 105 touch; up 205 105 touch",
            &[],
        ),
    ] {
        check(name, script, expected);
    }
}

#[test]
fn reconnecting_and_splicing() {
    for (name, script, expected) in [
        (
            "the end of an edge",
            "down 376 30; move 500 300; up 800 30",
            &["select [e1]", "edge e1 call -COMPLETED-> end"][..],
        ),
        (
            "a miss reverts",
            "down 376 30; move 500 300; up 500 300",
            &["select [e1]"],
        ),
        (
            "its beginning",
            "down 224 75; move 210 120; up 201 135",
            &["select [e1]", "edge e1 call -FAILED-> wait"],
        ),
        (
            "its beginning to where it was",
            "down 224 75; move 240 160; up 201 75",
            &["select [e1]"],
        ),
        (
            "its beginning to a node",
            "down 224 75; move 240 160; up 100 450",
            &["select [e1]", "edge e1 lone -SUCCESS-> wait"],
        ),
        (
            "its beginning to a full node",
            "down 224 75; move 240 160; up 500 40",
            &["select [e1]", "refused: wait has no free output."],
        ),
        (
            "its beginning to a terminal",
            "down 224 75; move 240 160; up 900 40",
            &["select [e1]", "refused: end has no free output."],
        ),
        (
            "a node dropped on an edge",
            "down 100 430; move 700 10 alt; up 700 10 alt",
            &[
                "select [lone]",
                "node lone 600,-20",
                "edge e2 wait --> lone",
                "edge new1 lone -SUCCESS-> end",
            ],
        ),
    ] {
        check(name, script, expected);
    }
}

#[test]
fn touching() {
    for (name, script, expected) in [
        (
            "one finger pans",
            "down 300 600 touch; move 320 650 touch; up 320 650 touch",
            &[][..],
        ),
        (
            "a small tremble is a tap",
            "down 50 30 touch; move 55 33 touch; up 55 33 touch",
            &["select [call]"],
        ),
        (
            "long press",
            "down 50 30 touch; frame 300; frame 300; up 50 30 touch",
            &["select [call]", "menu call"],
        ),
        (
            "long press without frames",
            "down 300 600 touch; frame 600; move 300 600 touch; up 300 600 touch",
            &["menu canvas"],
        ),
        (
            "a second finger ends a drag",
            "down 50 430 touch; move 90 430 touch; down 400 430 finger2; move 95 430 touch; up 95 430 touch; up 400 430 finger2",
            &["select [lone]"],
        ),
    ] {
        check(name, script, expected);
    }
}

#[test]
fn panning_and_zooming() {
    // Each script, then the zoom and where the world's origin is on the screen.
    for (name, script, zoom, x, y) in [
        ("wheel", "wheel 100 100 10 20", 1.0, -10.0, -20.0),
        ("shift wheel", "wheel 100 100 0 20 shift", 1.0, -20.0, 0.0),
        (
            "space drag",
            "down 50 30 space; move 80 50 space; up 80 50 space",
            1.0,
            30.0,
            20.0,
        ),
        (
            "middle drag",
            "down 50 30 middle; move 80 50; up 80 50 middle",
            1.0,
            30.0,
            20.0,
        ),
        (
            "finger drag",
            "down 300 600 touch; move 330 620 touch",
            1.0,
            30.0,
            20.0,
        ),
        (
            "two fingers",
            "down 100 600 touch; down 300 600 finger2; move 500 600 finger2",
            2.0,
            -100.0,
            -600.0,
        ),
        (
            "arrows",
            "key ArrowRight; key shift+ArrowUp",
            1.0,
            -60.0,
            240.0,
        ),
        ("plus", "key +", 1.25, -137.5, -87.5),
        ("there and back", "key +; key -; key 0", 1.0, 0.0, 0.0),
        (
            "farthest",
            &"wheel 0 0 0 100 ctrl;".repeat(40),
            0.2,
            0.0,
            0.0,
        ),
        (
            "nearest",
            &"wheel 0 0 0 -100 ctrl;".repeat(40),
            4.0,
            0.0,
            0.0,
        ),
    ] {
        let mut desk = Desk::sample();
        assert_eq!(desk.play(script), Vec::<String>::new(), "{name}");
        let view = desk.editor.viewport();
        let near = |a: f64, b: f64| (a - b).abs() < 1e-6;
        assert!(near(view.zoom, zoom), "{name}: {view:?}");
        assert!(
            near(view.offset.x, x) && near(view.offset.y, y),
            "{name}: {view:?}"
        );
    }
}

#[test]
fn zooming_keeps_the_point_under_the_pointer() {
    let mut desk = Desk::sample();
    let at = leadline_designer::Point::new(333.0, 222.0);
    let before = desk.editor.viewport().to_world(at);
    desk.play("wheel 333 222 0 -70 ctrl; wheel 333 222 0 90 ctrl; wheel 333 222 0 40 ctrl");
    assert!(desk.editor.viewport().to_world(at).distance(before) < 1e-6);
}

#[test]
fn a_locked_editor_only_looks() {
    let locked = "refused: The workflow is over.";
    for (script, expected) in [
        (
            "down 50 430; move 90 430; up 90 430",
            &["select [lone]"][..],
        ),
        ("down 200 105; move 300 200; up 800 30", &[]),
        ("key Delete", &[locked]),
        ("key n", &[locked]),
        ("key ctrl+z", &[locked]),
        ("paste {}", &[locked]),
        ("key ArrowLeft; wheel 0 0 5 5", &[]),
    ] {
        let mut desk = Desk::sample();
        desk.editor
            .set_locked(Some("The workflow is over.".to_owned()));
        assert_eq!(desk.play(script), expected, "{script}");
        assert_eq!(*desk.editor.definition(), sample());
    }
}
