//! Everything that can be done on the canvas by name: one list for the tool bar's titles, the
//! command palette and the help.

use leadline_designer::{Command, Event, KeyPress, Modifiers};
use leadline_model::NodeType;
use leptos::prelude::Set;

use crate::canvas::desk::{Desk, Popup, now_ms};

/// What an action does.
#[derive(Debug, Clone, PartialEq)]
pub enum Does {
    /// Runs a command.
    Run(Command),
    /// Opens something.
    Open(Popup),
    /// Goes to another page.
    Go(&'static str),
    /// Presses a key that only the editor understands.
    Press(&'static str),
    /// Works with the pointer or on what has the focus; listed for the help only.
    Told,
}

/// A thing to do.
#[derive(Debug, Clone, PartialEq)]
pub struct Action {
    /// What it is called.
    pub name: String,
    /// The keys, as people write them.
    pub keys: &'static str,
    /// What it does.
    pub does: Does,
    /// Whether it changes the graph.
    pub edits: bool,
}

impl Action {
    /// Does it.
    pub fn perform(&self, desk: Desk) {
        match &self.does {
            Does::Run(command) => desk.run(command.clone()),
            Does::Open(popup) => desk.popup.set(Some(popup.clone())),
            Does::Press(key) => {
                let code = format!("Key{}", key.to_uppercase());
                let modifiers = Modifiers::default();
                let press = KeyPress {
                    key: (*key).to_owned(),
                    code,
                    modifiers,
                    now_ms: now_ms(),
                };
                desk.handle(Event::Key(press));
            }
            // Who shows the list goes there.
            Does::Go(_) | Does::Told => {}
        }
    }
}

fn action(name: &str, keys: &'static str, does: Does, edits: bool) -> Action {
    Action {
        name: name.to_owned(),
        keys,
        does,
        edits,
    }
}

/// All actions, in the order the help lists them.
pub fn actions() -> Vec<Action> {
    use Does::{Open, Press, Run, Told};
    let mut list = vec![
        action("Undo", "Ctrl+Z", Run(Command::Undo), true),
        action("Redo", "Ctrl+Y or Ctrl+Shift+Z", Run(Command::Redo), true),
        action("Tidy", "Shift+Alt+T", Run(Command::Tidy), true),
        action("Delete", "Delete or Backspace", Run(Command::Delete), true),
        action(
            "Delete and heal the gap",
            "Ctrl+Delete",
            Run(Command::DeleteHealing),
            true,
        ),
        action(
            "Duplicate selection",
            "Ctrl+D",
            Run(Command::Duplicate),
            true,
        ),
        action("Copy", "Ctrl+C", Run(Command::Copy), false),
        action("Cut", "Ctrl+X", Run(Command::Cut), true),
        action("Paste", "Ctrl+V", Told, true),
        action("Select all", "Ctrl+A", Run(Command::SelectAll), false),
        action("Find", "Ctrl+F", Open(Popup::Find), false),
        action("Commands", "Ctrl+K", Open(Popup::Commands), false),
        action("Help", "?", Open(Popup::Help), false),
        action("Add a node", "N", Press("n"), true),
        action("Zoom in", "+", Run(Command::ZoomIn), false),
        action("Zoom out", "-", Run(Command::ZoomOut), false),
        action("Zoom to 100 %", "0", Run(Command::ZoomReset), false),
        action("Fit", "1", Run(Command::ZoomFit), false),
    ];
    list.extend(NodeType::ALL.map(|node_type| Action {
        name: format!("Add {}", node_type.words()),
        keys: "",
        does: Run(Command::AddNode {
            node_type,
            at: None,
            from: None,
        }),
        edits: true,
    }));
    list.extend(
        [
            ("Go to the workflows", "/"),
            ("Go to the inbox", "/inbox"),
            ("Go to the runs", "/runs"),
            ("Go to agents and numbers", "/agents"),
            ("Go to the remotes (Sync)", "/sync"),
        ]
        .map(|(name, path)| action(name, "", Does::Go(path), false)),
    );
    list.extend([
        action("Rename", "F2", Told, true),
        action("Open the settings of a node", "Enter", Told, false),
        action(
            "Connect: on an output, then on a target",
            "Enter",
            Told,
            true,
        ),
        action(
            "Move the selection; with Shift four steps",
            "Arrow keys",
            Told,
            true,
        ),
        action(
            "Add to the selection",
            "Shift+click or Ctrl+click",
            Told,
            false,
        ),
        action("Select in a box", "Drag on the empty canvas", Told, false),
        action(
            "Move the view",
            "Space+drag, middle drag, scroll",
            Told,
            false,
        ),
        action("Zoom at the pointer", "Ctrl+scroll or pinch", Told, false),
        action(
            "Cancel the gesture, then the selection, then the panel",
            "Esc",
            Told,
            false,
        ),
        action("Go to the simulation and back", "T", Told, false),
        action("In the simulation: play or stop", "Space", Told, false),
        action(
            "In the simulation: tick, next event",
            ", and .",
            Told,
            false,
        ),
    ]);
    list
}
