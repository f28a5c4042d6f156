//! What opens over the canvas: the frame all of it shares, and which one is open.

use leadline_designer::{Point, Target};
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::menu::{ContextMenu, RenamePopup};
use super::palette::PalettePopup;
use super::search::{CommandsPopup, FindPopup, HelpDialog};
use crate::boxed::{effect, pressed};
pub use crate::canvas::desk::Popup;
use crate::canvas::desk::{Desk, now_ms};

/// Draws a popup that keys open and into which somebody types on; they edit the graph.
pub fn draw_at_once(desk: Desk, popup: &Popup) -> Option<AnyView> {
    match popup.clone() {
        Popup::Palette {
            screen,
            world,
            from,
        } => Some(view! { <PalettePopup desk screen world from /> }.into_any()),
        Popup::Rename(target) => Some(view! { <RenamePopup desk target /> }.into_any()),
        _ => None,
    }
}

/// Draws any other popup over a desk.
pub fn draw(desk: Desk, popup: Popup, locked: bool) -> AnyView {
    match popup {
        Popup::Palette { .. } | Popup::Rename(_) => ().into_any(),
        Popup::Menu { at, target } => view! { <ContextMenu desk at target locked /> }.into_any(),
        Popup::Help => view! { <HelpDialog desk /> }.into_any(),
        Popup::Commands => view! { <CommandsPopup desk locked /> }.into_any(),
        Popup::Find => view! { <FindPopup desk /> }.into_any(),
    }
}

/// A box at a point of the canvas. Escape and a press elsewhere close it; the focus goes back to the
/// canvas.
#[component]
pub fn PopupFrame(
    /// Over which desk.
    desk: Desk,
    /// Where, on the canvas.
    at: Point,
    /// Its name.
    name: &'static str,
    /// What is in it.
    children: Children,
) -> impl IntoView {
    let frame = NodeRef::<html::Div>::new();
    let close = move || {
        desk.popup.set(None);
        desk.focus_canvas();
    };
    // Near the rim it moves inwards, once its size is known.
    let place = RwSignal::new((at.x, at.y));
    effect(move || {
        let (Some(element), Some(stage)) = (frame.get(), desk.stage()) else {
            return;
        };
        let (own, host) = (
            element.get_bounding_client_rect(),
            stage.host().get_bounding_client_rect(),
        );
        let fit = |v: f64, size: f64, room: f64| v.min(room - size - 8.0).max(8.0);
        place.set((
            fit(at.x, own.width(), host.width()),
            fit(at.y, own.height(), host.height()),
        ));
    });
    // The press that opened it may still be on its way to the window.
    let born = now_ms();
    let outside = window_event_listener(leptos::ev::pointerdown, move |event| {
        if event.time_stamp() <= born {
            return;
        }
        let target = event
            .target()
            .and_then(|t| t.dyn_into::<web_sys::Node>().ok());
        let inside = frame
            .try_get_untracked()
            .flatten()
            .is_some_and(|frame| frame.contains(target.as_ref()));
        if !inside {
            desk.popup.set(None);
        }
    });
    on_cleanup(move || outside.remove());
    view! {
        <div node_ref=frame class="d-popup" role="dialog" aria-label=name
            style:left=move || format!("{}px", place.get().0)
            style:top=move || format!("{}px", place.get().1)
            on:keydown=pressed(move |event| if event.key() == "Escape" {
                event.prevent_default();
                event.stop_propagation();
                close();
            })>
            {children()}
        </div>
    }
}

/// The middle of what a target is, on the canvas.
pub fn place_of(desk: Desk, target: &Target) -> Point {
    desk.read(|editor| {
        let view = editor.viewport();
        let node = match target {
            Target::Node(node) => Some(node.clone()),
            Target::Handle(handle) => Some(handle.node.clone()),
            Target::Edge(edge) | Target::EdgeEnd(edge, _) => editor
                .definition()
                .edge(edge)
                .map(|edge| edge.to_node_id.clone()),
            Target::Canvas => None,
        };
        let rect = node.and_then(|node| editor.node_rect(&node));
        rect.map_or(view.middle(), |rect| {
            view.to_screen(Point::new(rect.x, rect.y))
        })
    })
}
