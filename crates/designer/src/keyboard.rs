//! Keys. The page sends them only from the canvas and its nodes, never from inputs. What is not
//! listed here stays the browser's, Tab above all.

use leadline_model::NodeId;

use crate::editor::Focus;
use crate::edits;
use crate::gesture::Gesture;
use crate::linking::Aim;
use crate::{
    Command, Direction, Editor, Effect, HandleRef, KeyPress, Modifiers, Point, Selection, Target,
};

/// Screen pixels that an arrow key scrolls when nothing is selected.
const SCROLL: f64 = 60.0;

/// What a key means.
#[derive(Debug, Clone, PartialEq)]
enum Meaning {
    Run(Command),
    Arrow(Direction),
    Escape,
    Enter,
    Rename,
    NewNode,
    Menu,
    Paste,
    Show(Effect),
}

/// What a key stands for on whatever layout: what it types where that is of the Latin script, else what
/// the English layout has at its place. So the shortcuts are the same keys for people who write Cyrillic,
/// Greek, Hebrew or Arabic. Letters come in lower case, names of keys as they are.
pub fn key_of(key: &str, code: &str, shift: bool) -> String {
    let latin = |c: char| c <= '\u{24f}' || ('\u{1e00}'..='\u{1eff}').contains(&c);
    let single = key.chars().count() == 1;
    if key.chars().all(latin) {
        return if single {
            key.to_lowercase()
        } else {
            key.to_owned()
        };
    }
    let place = code.strip_prefix("Key").or(code.strip_prefix("Digit"));
    match (place, code) {
        (Some(place), _) => place.to_lowercase(),
        (None, "Comma") => ",".to_owned(),
        (None, "Period") => ".".to_owned(),
        (None, "Slash") if shift => "?".to_owned(),
        _ => key.to_owned(),
    }
}

/// Whether this is the key of a letter although Alt is held, with which layouts type other signs.
fn is_letter(press: &KeyPress, letter: &str, code: &str) -> bool {
    let typed = key_of(&press.key, &press.code, press.modifiers.shift);
    let other = typed.len() == 1 && typed.as_bytes()[0].is_ascii_alphanumeric();
    typed == letter || (!other && press.code == code)
}

/// The table of keys.
fn meaning(press: &KeyPress) -> Option<Meaning> {
    use Meaning::{Arrow, Enter, Escape, Menu, NewNode, Paste, Rename, Run, Show};
    let Modifiers {
        shift, ctrl, alt, ..
    } = press.modifiers;
    if shift && alt && !ctrl && is_letter(press, "t", "KeyT") {
        return Some(Run(Command::Tidy));
    }
    let key = key_of(&press.key, &press.code, shift).to_lowercase();
    Some(match (key.as_str(), ctrl, shift, alt) {
        ("escape", ..) => Escape,
        ("delete" | "backspace", false, false, false) => Run(Command::Delete),
        ("delete" | "backspace", true, false, false) => Run(Command::DeleteHealing),
        ("z", true, false, false) => Run(Command::Undo),
        ("z", true, true, false) | ("y", true, false, false) => Run(Command::Redo),
        ("a", true, false, false) => Run(Command::SelectAll),
        ("c", true, false, false) => Run(Command::Copy),
        ("x", true, false, false) => Run(Command::Cut),
        ("v", true, false, false) => Paste,
        ("d", true, false, false) => Run(Command::Duplicate),
        ("k", true, false, false) => Show(Effect::OpenCommands),
        ("f", true, false, false) => Show(Effect::OpenFind),
        ("?", false, _, false) => Show(Effect::OpenHelp),
        ("enter", false, false, false) => Enter,
        ("f2", false, false, false) => Rename,
        ("n", false, false, false) => NewNode,
        ("+" | "=", false, _, false) => Run(Command::ZoomIn),
        ("-" | "_", false, _, false) => Run(Command::ZoomOut),
        // On some layouts digits are typed with Shift.
        ("0", false, _, false) => Run(Command::ZoomReset),
        ("1", false, _, false) => Run(Command::ZoomFit),
        ("arrowleft", false, _, false) => Arrow(Direction::Left),
        ("arrowright", false, _, false) => Arrow(Direction::Right),
        ("arrowup", false, _, false) => Arrow(Direction::Up),
        ("arrowdown", false, _, false) => Arrow(Direction::Down),
        ("contextmenu", ..) | ("f10", false, true, false) => Menu,
        _ => return None,
    })
}

impl Editor {
    pub(crate) fn key(&mut self, press: &KeyPress) {
        self.tell_time(press.now_ms);
        let Some(meaning) = meaning(press) else {
            return;
        };
        self.emit(Effect::Consumed);
        match meaning {
            Meaning::Run(command) => self.execute(command),
            Meaning::Show(effect) => self.emit(effect),
            Meaning::Paste => self.emit(Effect::ReadClipboard),
            Meaning::Escape => self.escape(),
            Meaning::Enter => self.enter(),
            Meaning::Rename => self.rename(),
            Meaning::NewNode => self.new_node(),
            Meaning::Menu => self.menu_by_key(),
            Meaning::Arrow(direction) => self.arrow(direction, press.modifiers.shift),
        }
    }

    /// Leaves the gesture, else the selection, else the panel.
    fn escape(&mut self) {
        if self.cancel_gesture() {
            // Fingers that are still down belong to what was left.
            if !self.fingers.is_empty() {
                self.gesture = Gesture::Pinching;
            }
        } else if !self.selection.is_empty() {
            self.select(Selection::default());
        } else {
            self.emit(Effect::ClosePanel);
        }
    }

    fn enter(&mut self) {
        let linking = matches!(self.gesture, Gesture::Linking(_));
        let origin = match &self.gesture {
            Gesture::Linking(linking) => linking.handle(),
            _ => None,
        };
        match self.focus.clone() {
            Some(Focus::Handle(handle)) if origin.as_ref() == Some(&handle) => {
                self.cancel_gesture();
                self.emit(Effect::Announce("Nothing was connected.".to_owned()));
            }
            Some(Focus::Node(node) | Focus::Handle(HandleRef { node, .. })) if linking => {
                self.aim_at_node(&node);
                self.finish_linking();
            }
            Some(Focus::Handle(handle)) => {
                if !self.refuse_when_locked() {
                    self.start_linking(handle, None);
                }
            }
            focus => {
                let focused = match focus {
                    Some(Focus::Node(node)) => Some(node),
                    _ => None,
                };
                if let Some(node) = focused.or_else(|| self.selection.single_node().cloned()) {
                    self.select(Selection::of_node(&node));
                    self.emit(Effect::OpenSettings(node));
                } else {
                    self.rename();
                }
            }
        }
    }

    fn rename(&mut self) {
        let node = self
            .selection
            .single_node()
            .map(|node| Target::Node(node.clone()));
        let edge = self
            .selection
            .single_edge()
            .map(|edge| Target::Edge(edge.clone()));
        if let Some(target) = node.or(edge)
            && !self.refuse_when_locked()
        {
            self.emit(Effect::Rename(target));
        }
    }

    /// The palette opens at the pointer, where there is one; a connection being drawn leads to the
    /// new node.
    fn new_node(&mut self) {
        if self.refuse_when_locked() {
            return;
        }
        let from = match &self.gesture {
            Gesture::Linking(linking) => linking.handle(),
            _ => None,
        };
        self.cancel_gesture();
        let inside = |p: &Point| {
            (0.0..=self.viewport.width).contains(&p.x)
                && (0.0..=self.viewport.height).contains(&p.y)
        };
        let pointer = self.pointer.filter(|at| inside(at) && !self.by_key);
        let beside = from
            .as_ref()
            .and_then(|from| edits::beside(&self.graph, from));
        let beside = beside.map(|world| self.viewport.to_screen(world));
        let screen = pointer.or(beside).unwrap_or(self.viewport.middle());
        let world = pointer.map(|at| self.viewport.to_world(at));
        self.emit(Effect::OpenPalette {
            screen,
            world,
            from,
        });
    }

    fn menu_by_key(&mut self) {
        let node = self.selection.nodes.first();
        let target = match (&self.focus, node, self.selection.edges.first()) {
            (Some(Focus::Handle(handle)), ..) => Target::Handle(handle.clone()),
            (_, Some(node), _) => Target::Node(node.clone()),
            (_, None, Some(edge)) => Target::Edge(edge.clone()),
            (_, None, None) => Target::Canvas,
        };
        let middle = match &target {
            Target::Node(node) => self.node_rect(node).map(|rect| rect.center()),
            Target::Handle(from) => self
                .graph
                .box_of(&from.node)
                .map(|node_box| node_box.source(from.label.as_deref())),
            Target::Edge(edge) => self
                .graph
                .edge_index(edge)
                .map(|i| self.graph.path(i).label_at),
            _ => None,
        };
        let at = middle.map_or(self.viewport.middle(), |world| {
            self.viewport.to_screen(world)
        });
        self.emit(Effect::ContextMenu { at, target });
    }

    fn arrow(&mut self, direction: Direction, big: bool) {
        if self.selection.nodes.is_empty() || self.locked {
            let far = if big { 4.0 * SCROLL } else { SCROLL };
            let by = Point::new(-direction.unit().x * far, -direction.unit().y * far);
            self.execute(Command::PanBy(by));
        } else {
            self.execute(Command::Nudge { direction, big });
        }
    }

    /// Focus moved to a node by key. It is selected, so that keys act on what has focus; a node of
    /// a larger selection leaves it as it is.
    pub(crate) fn focus_node(&mut self, node: NodeId) {
        self.by_key = true;
        if self.graph.node(&node).is_none() {
            return;
        }
        match &self.gesture {
            Gesture::Linking(linking) if linking.pointer.is_none() => self.aim_at_node(&node),
            Gesture::Idle if !self.selection.nodes.contains(&node) => {
                self.select(Selection::of_node(&node));
            }
            _ => {}
        }
        self.show_focused(&node);
        self.focus = Some(Focus::Node(node));
        self.emit(Effect::Redraw);
    }

    pub(crate) fn focus_handle(&mut self, handle: HandleRef) {
        self.by_key = true;
        if self.graph.node(&handle.node).is_none() {
            return;
        }
        if let Gesture::Linking(linking) = &self.gesture
            && linking.pointer.is_none()
            && linking.aim.as_ref().map(Aim::node) != Some(&handle.node)
        {
            self.aim_at_node(&handle.node);
        }
        self.show_focused(&handle.node);
        self.focus = Some(Focus::Handle(handle));
        self.emit(Effect::Redraw);
    }

    /// Scrolls what has focus into view when it is outside.
    fn show_focused(&mut self, node: &NodeId) {
        let Some(rect) = self.node_rect(node) else {
            return;
        };
        let by_key = matches!(self.gesture, Gesture::Idle | Gesture::Linking(_));
        if by_key && self.viewport.pan_to(rect) {
            self.view_changed();
        }
    }
}
