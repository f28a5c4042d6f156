//! Pointers: what a press, a drag and a click do, by where they begin.

use crate::gesture::{Gesture, Press, only};
use crate::{Button, Cursor, Editor, Effect, Pointer, PointerKind, Rect, Selection, Target};

impl Editor {
    pub(crate) fn pointer_down(&mut self, pointer: Pointer) {
        if pointer.kind == PointerKind::Touch {
            self.fingers.insert(pointer.id, pointer.at);
            if self.fingers.len() > 1 {
                self.cancel_gesture();
                self.gesture = Gesture::Pinching;
                return;
            }
        }
        match &mut self.gesture {
            Gesture::Idle => {}
            Gesture::Linking(linking) if linking.pointer.is_none() => {
                if pointer.button == Button::Left {
                    linking.pointer = Some(pointer.id);
                    self.aim(pointer.at);
                } else {
                    self.cancel_gesture();
                }
                return;
            }
            _ => return,
        }
        let pans = pointer.modifiers.space && pointer.button == Button::Left;
        match pointer.button {
            Button::Middle => self.start_panning(&pointer),
            Button::Left if pans => self.start_panning(&pointer),
            Button::Left => self.press(pointer),
            Button::Right => self.open_menu(pointer.at, pointer.kind),
            Button::None => {}
        }
    }

    fn press(&mut self, pointer: Pointer) {
        // Keys act on what is clicked now, not on what had focus before.
        self.focus = None;
        let target = self.target_at(pointer.at, pointer.kind);
        let on_click = match &target {
            Target::Canvas | Target::Handle(_) => None,
            Target::Node(_) | Target::Edge(_) | Target::EdgeEnd(..) => {
                let one = only(&target);
                let inside = one.nodes.is_subset(&self.selection.nodes)
                    && one.edges.is_subset(&self.selection.edges);
                match (adds(&pointer), inside) {
                    (true, true) => Some(without(&self.selection, &one)),
                    (true, false) => {
                        self.select(joined(&self.selection, &one));
                        None
                    }
                    (false, true) => Some(one),
                    (false, false) => {
                        self.select(one);
                        None
                    }
                }
            }
        };
        self.gesture = Gesture::Pressed(Press {
            pointer,
            target,
            on_click,
        });
    }

    pub(crate) fn pointer_move(&mut self, pointer: Pointer) {
        if let Some(finger) = self.fingers.get(&pointer.id).copied() {
            if matches!(self.gesture, Gesture::Pinching) {
                self.pinch(pointer.id, finger, pointer.at);
                return;
            }
            self.fingers.insert(pointer.id, pointer.at);
        }
        match &mut self.gesture {
            Gesture::Idle => self.hover(&pointer),
            Gesture::Pressed(press) if press.pointer.id == pointer.id => {
                let threshold = press.pointer.kind.threshold();
                if press.pointer.at.distance(pointer.at) > threshold {
                    let press = press.clone();
                    self.start_dragging(press);
                    self.drag_to(&pointer);
                } else {
                    self.long_press();
                }
            }
            _ => self.drag_to(&pointer),
        }
    }

    /// The pressed pointer moved: what it does depends on where it went down.
    fn start_dragging(&mut self, press: Press) {
        let Press {
            pointer, target, ..
        } = press;
        let finger = pointer.kind == PointerKind::Touch;
        match target {
            Target::Canvas | Target::Edge(_) if self.locked || finger => {
                self.start_panning(&pointer);
            }
            Target::Canvas | Target::Edge(_) => {
                let base = if adds(&pointer) {
                    self.selection.clone()
                } else {
                    Selection::default()
                };
                let from = self.viewport.to_world(pointer.at);
                self.gesture = Gesture::Boxing {
                    pointer: pointer.id,
                    from,
                    to: from,
                    base,
                };
            }
            _ if self.locked => self.start_panning(&pointer),
            Target::Node(node) => self.start_moving(&pointer, node),
            Target::Handle(handle) => self.start_linking(handle, Some(pointer.id)),
            Target::EdgeEnd(edge, end) => self.start_relinking(edge, end, pointer.id),
        }
    }

    fn start_panning(&mut self, pointer: &Pointer) {
        self.gesture = Gesture::Panning {
            pointer: pointer.id,
            last: pointer.at,
        };
        self.show_cursor(Cursor::Grabbing);
    }

    fn drag_to(&mut self, pointer: &Pointer) {
        match &mut self.gesture {
            Gesture::Panning { pointer: id, last } if *id == pointer.id => {
                let by = pointer.at.minus(*last);
                *last = pointer.at;
                self.viewport.pan(by);
                self.opened = true;
                self.view_changed();
            }
            Gesture::Boxing {
                pointer: id, to, ..
            } if *id == pointer.id => {
                *to = self.viewport.to_world(pointer.at);
                self.select_box();
            }
            Gesture::Moving(moving) if moving.pointer == pointer.id => {
                self.move_to(pointer.at, !pointer.modifiers.alt);
            }
            Gesture::Linking(linking) if linking.follows(pointer.id) => self.aim(pointer.at),
            _ => {}
        }
    }

    pub(crate) fn pointer_up(&mut self, pointer: Pointer) {
        self.fingers.remove(&pointer.id);
        match &self.gesture {
            Gesture::Pressed(press) if press.pointer.id == pointer.id => {
                if self.long_press() {
                    self.settle();
                } else if let Gesture::Pressed(press) = std::mem::take(&mut self.gesture) {
                    self.click(press, pointer.clicks);
                }
            }
            Gesture::Panning { pointer: id, .. } | Gesture::Boxing { pointer: id, .. }
                if *id == pointer.id =>
            {
                self.gesture = Gesture::Idle;
                self.emit(Effect::Redraw);
                self.hover(&pointer);
            }
            Gesture::Moving(moving) if moving.pointer == pointer.id => {
                self.drag_to(&pointer);
                self.finish_moving();
                self.hover(&pointer);
            }
            Gesture::Linking(linking) if linking.pointer == Some(pointer.id) => {
                self.aim(pointer.at);
                self.finish_linking();
                self.hover(&pointer);
            }
            Gesture::Pinching => self.settle(),
            _ => {}
        }
    }

    /// The last finger of a touch that is over.
    fn settle(&mut self) {
        if matches!(self.gesture, Gesture::Pinching) && self.fingers.is_empty() {
            self.gesture = Gesture::Idle;
        }
    }

    fn click(&mut self, press: Press, clicks: u32) {
        if let Some(selection) = press.on_click {
            self.select(selection);
        }
        let at = press.pointer.at;
        match press.target {
            Target::Canvas if clicks == 2 && !self.locked => {
                let world = self.viewport.to_world(at);
                self.emit(Effect::OpenPalette {
                    screen: at,
                    world: Some(world),
                    from: None,
                });
            }
            Target::Canvas if !adds(&press.pointer) => self.select(Selection::default()),
            Target::Node(node) if clicks == 2 => self.emit(Effect::OpenSettings(node)),
            Target::Handle(handle) if !self.locked => self.start_linking(handle, None),
            target @ Target::Edge(_) if clicks == 2 && !self.locked => {
                self.emit(Effect::Rename(target));
            }
            _ => {}
        }
    }

    pub(crate) fn pointer_cancel(&mut self, id: i32) {
        self.fingers.remove(&id);
        self.cancel_gesture();
        if !self.fingers.is_empty() {
            self.gesture = Gesture::Pinching;
        }
    }

    pub(crate) fn select_box(&mut self) {
        let Gesture::Boxing { from, to, base, .. } = &self.gesture else {
            return;
        };
        let rect = Rect::spanning(*from, *to);
        let mut selection = base.clone();
        let nodes = self.graph.nodes_in(&rect);
        selection.nodes.extend(
            nodes
                .iter()
                .map(|&i| self.graph.nodes()[i as usize].id.clone()),
        );
        for index in self.graph.edges_in(&rect) {
            let path = self.graph.path(index as usize);
            // An edge is taken when all of it is inside; nodes when any part is.
            if rect.contains(path.start()) && rect.contains(path.end()) {
                selection
                    .edges
                    .insert(self.graph.edges()[index as usize].id.clone());
            }
        }
        if self.selection != selection {
            self.selection = selection;
            self.emit(Effect::SelectionChanged);
        }
        self.emit(Effect::Redraw);
    }
}

/// Whether a click adds to the selection.
fn adds(pointer: &Pointer) -> bool {
    pointer.modifiers.shift || pointer.modifiers.ctrl
}

fn joined(a: &Selection, b: &Selection) -> Selection {
    Selection {
        nodes: &a.nodes | &b.nodes,
        edges: &a.edges | &b.edges,
    }
}

fn without(a: &Selection, b: &Selection) -> Selection {
    Selection {
        nodes: &a.nodes - &b.nodes,
        edges: &a.edges - &b.edges,
    }
}
