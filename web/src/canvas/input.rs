//! Translates what the browser tells of pointers, wheel, keys and focus into the editor's events.

use leadline_designer::{
    Button, Command, Event, KeyPress, Modifiers, Pointer, PointerKind, WheelMode, key_of,
};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, FocusEvent, KeyboardEvent, MouseEvent, PointerEvent, WheelEvent};

use super::desk::{Desk, now_ms};
use super::overlay::Behind;
use crate::boxed::is_composing;

fn modifiers(desk: Desk, event: &MouseEvent) -> Modifiers {
    Modifiers {
        shift: event.shift_key(),
        ctrl: event.ctrl_key() || event.meta_key(),
        alt: event.alt_key(),
        space: desk.stage().is_some_and(|stage| stage.space().get()),
    }
}

fn pointer(desk: Desk, event: &PointerEvent) -> Option<Pointer> {
    let stage = desk.stage()?;
    Some(Pointer {
        id: event.pointer_id(),
        at: stage.local(f64::from(event.client_x()), f64::from(event.client_y())),
        button: Button::from_dom(event.button()),
        kind: PointerKind::from_dom(&event.pointer_type()),
        modifiers: modifiers(desk, event),
        clicks: stage.clicks(),
        now_ms: now_ms(),
    })
}

/// A button, finger or pen went down.
pub fn pointer_down(desk: Desk, event: &PointerEvent) {
    let Some(stage) = desk.stage() else { return };
    stage.count_click(
        stage.local(f64::from(event.client_x()), f64::from(event.client_y())),
        now_ms(),
    );
    let Some(pointer) = pointer(desk, event) else {
        return;
    };
    // Refused when the pointer is already up again: then its release was told too.
    drop(stage.host().set_pointer_capture(event.pointer_id()));
    stage.press(1);
    desk.popup.set(None);
    desk.handle(Event::PointerDown(pointer));
}

/// Middle buttons otherwise start the browser's own scrolling.
pub fn mouse_down(event: &MouseEvent) {
    if Button::from_dom(event.button()) == Button::Middle {
        event.prevent_default();
    }
}

/// It moved.
pub fn pointer_move(desk: Desk, event: &PointerEvent) {
    if let Some(pointer) = pointer(desk, event) {
        desk.handle(Event::PointerMove(pointer));
    }
}

/// It went up.
pub fn pointer_up(desk: Desk, event: &PointerEvent) {
    let (Some(stage), Some(pointer)) = (desk.stage(), pointer(desk, event)) else {
        return;
    };
    stage.press(-1);
    desk.handle(Event::PointerUp(pointer));
    desk.redraw();
}

/// The browser took it away.
pub fn pointer_cancel(desk: Desk, event: &PointerEvent) {
    let Some(stage) = desk.stage() else { return };
    stage.press(-1);
    desk.handle(Event::PointerCancel {
        id: event.pointer_id(),
    });
    desk.redraw();
}

/// The wheel turned.
pub fn wheel(desk: Desk, event: &WheelEvent) {
    let Some(stage) = desk.stage() else { return };
    let consumed = desk.handle(Event::Wheel {
        at: stage.local(f64::from(event.client_x()), f64::from(event.client_y())),
        dx: event.delta_x(),
        dy: event.delta_y(),
        modifiers: modifiers(desk, event),
        mode: WheelMode::from_dom(event.delta_mode()),
    });
    if consumed || event.ctrl_key() {
        event.prevent_default();
    }
}

/// Where typing belongs to what has the focus, not to the canvas.
fn takes_text(element: &Element) -> bool {
    let own = "input, textarea, select, dialog, [contenteditable=true], [role=dialog], [role=menu]";
    element.closest(own).ok().flatten().is_some()
}

/// A button that acts on the canvas: it has no use for arrow keys, so they go on moving what is
/// selected after it was pressed.
fn is_tool(element: &Element) -> bool {
    let tools = ".d-toolbar button, .d-palette button, .c-controls button";
    element.closest(tools).ok().flatten().is_some()
}

/// Keys that mean something to a focused control outside of the canvas.
fn belongs_to_controls(key: &str) -> bool {
    matches!(
        key,
        "Enter" | " " | "Tab" | "ArrowLeft" | "ArrowRight" | "ArrowUp" | "ArrowDown"
    )
}

/// A key went down anywhere on the page.
pub fn key_down(desk: Desk, event: &KeyboardEvent) {
    let target = event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok());
    if event.default_prevented() || is_composing(event) || target.as_ref().is_some_and(takes_text) {
        return;
    }
    let Some(stage) = desk.stage() else { return };
    let is_body = target
        .as_ref()
        .is_none_or(|element| element.tag_name() == "BODY");
    let in_canvas = is_body
        || target
            .as_ref()
            .is_some_and(|t| stage.host().contains(Some(t)));
    let key = event.key();
    let on_tool = target.as_ref().is_some_and(is_tool);
    if !in_canvas && belongs_to_controls(&key) && !(on_tool && key.starts_with("Arrow")) {
        return;
    }
    let ctrl = event.ctrl_key() || event.meta_key();
    // The clipboard's own events follow these keys and need no permission.
    let letter = key_of(&key, &event.code(), event.shift_key());
    if ctrl && !event.shift_key() && matches!(letter.as_str(), "c" | "x" | "v") {
        return;
    }
    if key == " " {
        stage.space().set(true);
    }
    let press = KeyPress {
        code: event.code(),
        modifiers: Modifiers {
            shift: event.shift_key(),
            ctrl,
            alt: event.alt_key(),
            space: stage.space().get(),
        },
        now_ms: now_ms(),
        key,
    };
    let on_element = target.is_some_and(|element| stage.behind(&element).is_some());
    if desk.handle(Event::Key(press)) || (event.key() == " " && in_canvas && !on_element) {
        event.prevent_default();
    }
}

/// A key went up.
pub fn key_up(desk: Desk, event: &KeyboardEvent) {
    if let Some(stage) = desk.stage()
        && event.key() == " "
    {
        stage.space().set(false);
    }
}

/// Focus came to an element of the layer.
pub fn focus_in(desk: Desk, event: &FocusEvent) {
    let Some(stage) = desk.stage() else { return };
    if stage.is_busy() {
        return;
    }
    let element = event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok());
    match element.and_then(|element| stage.behind(&element)) {
        Some(Behind::Node(node)) => {
            desk.handle(Event::FocusNode(node));
        }
        Some(Behind::Handle(handle)) => {
            desk.handle(Event::FocusHandle(handle));
        }
        // A press on the edge selects it by itself, together with others where Shift is held.
        Some(Behind::Edge(edge)) if !stage.is_pressed() => {
            desk.run(Command::Select {
                nodes: Vec::new(),
                edges: vec![edge],
            });
        }
        _ => {}
    }
}

/// Focus left an element of the layer.
pub fn focus_out(desk: Desk, event: &FocusEvent) {
    let Some(stage) = desk.stage() else { return };
    let next = event
        .related_target()
        .and_then(|target| target.dyn_into::<Element>().ok());
    let stays = next.is_some_and(|next| stage.behind(&next).is_some());
    if !stays && !stage.is_busy() {
        desk.handle(Event::Blur);
    }
}

/// A click without a pointer: assistive technology or a space bar pressed the element.
pub fn click(desk: Desk, event: &MouseEvent) {
    let Some(stage) = desk.stage() else { return };
    let element = event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok());
    if event.detail() == 0 && element.is_some_and(|element| stage.behind(&element).is_some()) {
        let key = "Enter".to_owned();
        let press = KeyPress {
            code: key.clone(),
            key,
            now_ms: now_ms(),
            ..KeyPress::default()
        };
        desk.handle(Event::Key(press));
    }
}
