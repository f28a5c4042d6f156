//! The palette: the types of nodes to add, by click, by drag, or from the list that opens at the
//! pointer.

use leadline_designer::{Command, HandleRef, Point};
use leadline_model::NodeType;
use leptos::html;
use leptos::prelude::*;
use web_sys::PointerEvent;

use super::popup::PopupFrame;
use crate::boxed::{effect, handler, memo, pressed};
use crate::canvas::desk::Desk;

/// How far a press may move and still be a click.
const THRESHOLD: f64 = 5.0;

/// What a type is for, in a line.
fn purpose(node_type: NodeType) -> &'static str {
    match node_type {
        NodeType::VoiceCall => "An agent calls the lead",
        NodeType::Time => "Wait before the next step",
        NodeType::Conditional => "Choose the way by what is known",
        NodeType::Application => "Call a webhook or set variables",
        NodeType::Converted => "The lead is won",
        NodeType::Dropped => "The lead is given up",
    }
}

/// The class that carries a type's colour.
fn colour_class(node_type: NodeType) -> &'static str {
    match node_type {
        NodeType::VoiceCall => "n-voice",
        NodeType::Time => "n-time",
        NodeType::Conditional => "n-condition",
        NodeType::Application => "n-application",
        NodeType::Converted => "n-converted",
        NodeType::Dropped => "n-dropped",
    }
}

/// The palette at the side of the canvas.
#[component]
pub fn Palette(
    /// Where nodes are added.
    desk: Desk,
) -> impl IntoView {
    view! {
        <nav class="d-palette" aria-label="Palette">
            {NodeType::ALL.map(|node_type| view! { <PaletteButton desk node_type /> })}
        </nav>
    }
}

/// Adds a node by click in the middle of the view, by drag where it is dropped.
#[component]
fn PaletteButton(desk: Desk, node_type: NodeType) -> impl IntoView {
    let pressed = RwSignal::new(None::<(f64, f64)>);
    let ghost = RwSignal::new(None::<(f64, f64)>);
    let place = |event: &PointerEvent| (f64::from(event.client_x()), f64::from(event.client_y()));
    let down = move |event: PointerEvent| {
        pressed.set(Some(place(&event)));
        let button = event_target::<web_sys::Element>(&event);
        // Refused when the pointer is already up; then there is no drag.
        drop(button.set_pointer_capture(event.pointer_id()));
    };
    let moved = move |event: PointerEvent| {
        let Some((x, y)) = pressed.get_untracked() else {
            return;
        };
        let (now_x, now_y) = place(&event);
        if ghost.get_untracked().is_some() || (now_x - x).hypot(now_y - y) > THRESHOLD {
            ghost.set(Some((now_x, now_y)));
        }
    };
    let up = move |event: PointerEvent| {
        pressed.set(None);
        if ghost.get_untracked().is_none() {
            return;
        }
        let (x, y) = place(&event);
        if let Some(stage) = desk.stage() {
            let rect = stage.host().get_bounding_client_rect();
            let inside = (rect.left()..rect.right()).contains(&x)
                && (rect.top()..rect.bottom()).contains(&y);
            if inside {
                let at = desk.read(|editor| editor.viewport().to_world(stage.local(x, y)));
                desk.run(Command::AddNode {
                    node_type,
                    at: Some(at),
                    from: None,
                });
            }
        }
        // The click that follows a drag finds the ghost still there and adds nothing.
        request_animation_frame(move || ghost.set(None));
    };
    let cancel = move |_: PointerEvent| {
        pressed.set(None);
        ghost.set(None);
    };
    let click = move |_| {
        if ghost.get_untracked().is_none() {
            desk.run(Command::AddNode {
                node_type,
                at: None,
                from: None,
            });
        }
    };
    let class = format!("d-palette-item {}", colour_class(node_type));
    view! {
        <button type="button" class=class title=purpose(node_type)
            on:pointerdown=handler(down) on:pointermove=handler(moved) on:pointerup=handler(up)
            on:pointercancel=handler(cancel) on:click=handler(click)>
            <span class="d-dot" aria-hidden="true"></span>
            {node_type.words()}
        </button>
        {move || ghost.get().map(|(x, y)| view! {
            <div class=format!("d-ghost {}", colour_class(node_type)) aria-hidden="true"
                style:left=format!("{x}px") style:top=format!("{y}px")>{node_type.words()}</div>
        })}
    }
}

/// The list of types that opens at the pointer.
#[component]
pub fn PalettePopup(
    /// Where the node is added.
    desk: Desk,
    /// Where on the canvas it opens.
    screen: Point,
    /// Where the node will be; `None`: in view, beside the handle where there is one.
    world: Option<Point>,
    /// The handle to connect it to.
    from: Option<HandleRef>,
) -> impl IntoView {
    let filter = RwSignal::new(String::new());
    let chosen = RwSignal::new(0usize);
    let input = NodeRef::<html::Input>::new();
    effect(move || {
        if let Some(input) = input.get() {
            // An input that is in the page takes the focus.
            drop(input.focus());
        }
    });
    let listed = memo(move || {
        let text = filter.get().to_lowercase();
        let fits = |t: &NodeType| {
            t.words().to_lowercase().contains(&text) || purpose(*t).to_lowercase().contains(&text)
        };
        NodeType::ALL.into_iter().filter(fits).collect::<Vec<_>>()
    });
    let from = StoredValue::new(from);
    let add = move |node_type: NodeType| {
        desk.popup.set(None);
        desk.run(Command::AddNode {
            node_type,
            at: world,
            from: from.get_value(),
        });
    };
    let key = move |event: web_sys::KeyboardEvent| {
        let count = listed.get_untracked().len();
        match event.key().as_str() {
            "ArrowDown" if count > 0 => chosen.update(|at| *at = (*at + 1) % count),
            "ArrowUp" if count > 0 => chosen.update(|at| *at = (*at + count - 1) % count),
            "Enter" => {
                let at = chosen.get_untracked().min(count.saturating_sub(1));
                if let Some(node_type) = listed.get_untracked().get(at) {
                    add(*node_type);
                }
            }
            _ => return,
        }
        event.prevent_default();
    };
    view! {
        <PopupFrame desk at=screen name="Add a node">
            <input node_ref=input type="text" role="combobox" aria-expanded="true" autocomplete="off"
                aria-controls="palette-list" aria-label="Filter node types" placeholder="Add a node…"
                aria-activedescendant=move || format!("palette-{}", chosen.get())
                prop:value=move || filter.get()
                on:input:target=move |event| { filter.set(event.target().value()); chosen.set(0); }
                on:keydown=pressed(key) />
            <ul id="palette-list" role="listbox" aria-label="Node types">
                {move || listed.get().into_iter().enumerate().map(|(at, node_type)| view! {
                    <li id=format!("palette-{at}") role="option" class=colour_class(node_type)
                        aria-selected=move || (chosen.get() == at).to_string()
                        on:pointerenter=handler(move |_| chosen.set(at))
                        on:click=handler(move |_| add(node_type))>
                        <span class="d-dot" aria-hidden="true"></span>
                        <span>{node_type.words()}</span>
                        <span class="muted">{purpose(node_type)}</span>
                    </li>
                }).collect_view()}
            </ul>
        </PopupFrame>
    }
}
