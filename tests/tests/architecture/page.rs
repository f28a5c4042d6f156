//! What the page's sources may not do by themselves: hear keys that compose a text as commands, and speak
//! to a clipboard that a browser may not have.

use std::fs;
use std::path::PathBuf;

use super::root;
use super::sources::rust_files;

/// Where the page's components are.
const SCREENS: [&str; 3] = ["web/src", "crates/playground/src", "crates/element/src"];

/// Files of the page with their text.
fn screens() -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    for folder in SCREENS {
        rust_files(&root().join(folder), &mut files);
    }
    assert!(files.len() > 100, "the page's sources are elsewhere");
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).expect("a source");
        (path, text)
    };
    files.into_iter().map(read).collect()
}

#[test]
fn keys_that_compose_a_text_are_no_commands() {
    for (path, text) in screens() {
        let handlers = text.lines().filter(|line| line.contains("on:keydown"));
        for line in handlers {
            assert!(
                line.contains("on:keydown=pressed("),
                "{}: {} hears keys without `boxed::pressed`",
                path.display(),
                line.trim()
            );
        }
        // The canvas has its listener in one file and what it does in another.
        let asks = text.contains("is_composing(") || text.contains("input::key_down(");
        assert!(
            asks || !text.contains("ev::keydown"),
            "{} listens to keys and does not ask `is_composing`",
            path.display()
        );
    }
}

#[test]
fn only_one_place_speaks_to_the_clipboard() {
    for (path, text) in screens() {
        for call in [".clipboard()", ".write_text(", ".read_text("] {
            assert!(
                !text.contains(call),
                "{} calls {call}, which a page over plain http does not have: use `boxed::clipboard`",
                path.display()
            );
        }
    }
}
