//! Keys, and working without a pointer.

use leadline_designer::*;

use super::desk::*;

fn check(name: &str, script: &str, expected: &[&str]) {
    let mut desk = Desk::sample();
    assert_eq!(desk.play(script), expected, "{name}: {script}");
    desk.editor.definition().check().unwrap();
}

#[test]
fn keys_on_the_selection() {
    for (name, script, expected) in [
        (
            "nudge",
            "focus lone; key ArrowRight",
            &["select [lone]", "node lone 10,400"][..],
        ),
        (
            "nudge far",
            "focus lone; key shift+ArrowUp",
            &["select [lone]", "node lone 0,360"],
        ),
        (
            "delete",
            "focus wait; key Delete",
            &[
                "select [wait]",
                "delete e2",
                "delete e1",
                "delete wait",
                "select []",
            ],
        ),
        (
            "backspace",
            "focus lone; key Backspace",
            &["select [lone]", "delete lone", "select []"],
        ),
        (
            "delete an edge",
            "down 700 30; up 700 30; key Delete",
            &["select [e2]", "delete e2", "select []"],
        ),
        (
            "heal",
            "focus wait; key ctrl+Delete",
            &[
                "select [wait]",
                "edge e1 call -COMPLETED-> end",
                "delete e2",
                "delete wait",
                "select []",
            ],
        ),
        (
            "nothing to delete",
            "key Delete",
            &["refused: Nothing is selected."],
        ),
        (
            "duplicate",
            "focus lone; key ctrl+d",
            &["select [lone]", "node new1 40,440", "select [new1]"],
        ),
        (
            "copy",
            "focus lone; key ctrl+c",
            &["select [lone]", "copy 1 bytes"],
        ),
        (
            "copy nothing",
            "key ctrl+c",
            &["refused: No node is selected."],
        ),
        (
            "cut",
            "focus lone; key ctrl+x",
            &["select [lone]", "copy 1 bytes", "delete lone", "select []"],
        ),
        ("paste", "key ctrl+v", &["ReadClipboard"]),
        ("all", "key ctrl+a", &["select [call end lone wait e1 e2]"]),
        (
            "settings",
            "focus lone; key Enter",
            &["select [lone]", "settings lone"],
        ),
        (
            "rename",
            "focus lone; key F2",
            &["select [lone]", "rename lone"],
        ),
        ("new node", "key n", &["palette 550,350"]),
        (
            "new node at the pointer",
            "move 300 600; key N",
            &["palette 300,600"],
        ),
        ("help", "key ?", &["OpenHelp"]),
        ("commands", "key ctrl+k", &["OpenCommands"]),
        ("find", "key ctrl+f", &["OpenFind"]),
        (
            "tidy",
            "key shift+alt+t",
            &["node wait 340,50", "node end 680,50", "node lone 0,190"],
        ),
        (
            "menu",
            "focus lone; key shift+F10",
            &["select [lone]", "menu lone"],
        ),
        (
            "escape",
            "focus lone; key Escape; key Escape",
            &["select [lone]", "select []", "ClosePanel"],
        ),
    ] {
        check(name, script, expected);
    }
}

#[test]
fn connecting_without_a_pointer() {
    for (name, script, expected) in [
        (
            "enter, enter",
            "handle call DNP; key Enter; focus end; key Enter",
            &["edge new1 call -DNP-> end", "select [new1]"][..],
        ),
        (
            "refused",
            "handle wait; key Enter; focus wait; key Enter",
            &["refused: A delay that leads to itself would hold leads forever."],
        ),
        (
            "left",
            "handle call DNP; key Enter; key Escape; focus end; key Enter",
            &["select [end]", "settings end"],
        ),
        (
            "to a new node",
            "handle call DNP; key Enter; key n",
            &["palette 300,105 from call.DNP"],
        ),
        (
            "to a new node at the pointer",
            "handle call DNP; key Enter; move 500 600; key n",
            &["palette 500,600 from call.DNP"],
        ),
        (
            "enter twice connects nothing",
            "handle call DNP; key Enter; key Enter; focus end; key Enter",
            &["select [end]", "settings end"],
        ),
        (
            "the node with the focus, not the new edge",
            "handle call DNP; key Enter; focus end; key Enter; key Enter",
            &[
                "edge new1 call -DNP-> end",
                "select [new1]",
                "select [end]",
                "settings end",
            ],
        ),
        (
            "the menu of an output",
            "handle call DNP; key ContextMenu",
            &["menu call.DNP"],
        ),
    ] {
        check(name, script, expected);
    }
}

#[test]
fn focus_keeps_a_larger_selection() {
    check(
        "focus inside",
        "key ctrl+a; focus lone",
        &["select [call end lone wait e1 e2]"],
    );
    check(
        "focus during a press",
        "down 50 30; focus lone; up 50 30",
        &["select [call]"],
    );
}

#[test]
fn other_keys_stay_the_browsers() {
    for key in [
        "Tab",
        "ctrl+r",
        "alt+ArrowLeft",
        "ctrl++",
        "ctrl+0",
        "a",
        "t",
        ",",
    ] {
        let mut desk = Desk::sample();
        assert_eq!(
            desk.play(&format!("key {key}")),
            Vec::<String>::new(),
            "{key}"
        );
    }
}

#[test]
fn shortcuts_are_the_same_keys_on_every_layout() {
    let ctrl = Modifiers {
        ctrl: true,
        ..Modifiers::default()
    };
    let shift = Modifiers {
        shift: true,
        ..Modifiers::default()
    };
    let both = Modifiers {
        shift: true,
        alt: true,
        ..Modifiers::default()
    };
    let none = Modifiers::default();
    let tidied = ["node wait 340,50", "node end 680,50", "node lone 0,190"];
    let all = ["select [call end lone wait e1 e2]"];
    for (layout, key, code, modifiers, expected) in [
        ("Russian", "ф", "KeyA", ctrl, &all[..]),
        ("Russian, caps lock", "Ф", "KeyA", ctrl, &all),
        ("Greek", "α", "KeyA", ctrl, &all),
        ("Hebrew", "ש", "KeyA", ctrl, &all),
        ("Arabic", "ش", "KeyA", ctrl, &all),
        ("French, where A is elsewhere", "a", "KeyQ", ctrl, &all),
        ("Russian", "л", "KeyK", ctrl, &["OpenCommands"]),
        ("Russian", "т", "KeyN", none, &["palette 550,350"]),
        ("Arabic", "؟", "Slash", shift, &["OpenHelp"]),
        ("Russian", "Е", "KeyT", both, &tidied),
        ("a Mac, where Alt types signs", "ˇ", "KeyT", both, &tidied),
        ("Dvorak", "T", "KeyK", both, &tidied),
        ("Dvorak, whose Y is there", "Y", "KeyT", both, &[]),
        ("Turkish, whose ö is a letter", "ö", "KeyX", ctrl, &[]),
        ("an input method", "Process", "KeyN", none, &[]),
    ] {
        let mut desk = Desk::sample();
        let press = KeyPress {
            key: key.to_owned(),
            code: code.to_owned(),
            modifiers,
            now_ms: 10_000.0,
        };
        assert_eq!(desk.event(Event::Key(press)), expected, "{layout}: {key}");
    }
    for (key, code, modifiers) in [
        ("1", "Digit1", none),
        ("1", "Digit1", shift),
        ("۱", "Digit1", none),
    ] {
        let mut desk = Desk::sample();
        desk.run(Command::ZoomIn);
        let press = KeyPress {
            key: key.to_owned(),
            code: code.to_owned(),
            modifiers,
            now_ms: 10_000.0,
        };
        desk.event(Event::Key(press));
        assert!(desk.editor.viewport().zoom <= 1.0, "{key} shows everything");
    }
}
