//! The context menu and the field that renames.

use leadline_designer::{Command, Event, HandleRef, KeyPress, Point, Target};
use leptos::html;
use leptos::prelude::*;

use super::popup::{PopupFrame, place_of};
use crate::boxed::{effect, handler, pressed, typed_into};
use crate::canvas::desk::{Desk, Popup, now_ms};

/// What a menu line does.
#[derive(Debug, Clone, PartialEq)]
enum Choice {
    Run(Command),
    Open(Popup),
    Settings,
    /// Pastes what the browser lets us read.
    Paste,
    Connect(HandleRef),
}

fn lines(desk: Desk, at: Point, target: &Target, locked: bool) -> Vec<(&'static str, Choice)> {
    let world = desk.read(|editor| editor.viewport().to_world(at));
    let mut list = match target {
        Target::Canvas => vec![
            (
                "Add a node…",
                Choice::Open(Popup::Palette {
                    screen: at,
                    world: Some(world),
                    from: None,
                }),
            ),
            ("Paste", Choice::Paste),
            ("Tidy", Choice::Run(Command::Tidy)),
            ("Select all", Choice::Run(Command::SelectAll)),
            ("Fit", Choice::Run(Command::ZoomFit)),
        ],
        Target::Node(node) => vec![
            ("Settings", Choice::Settings),
            ("Rename", Choice::Open(Popup::Rename(target.clone()))),
            ("Start here", Choice::Run(Command::SetEntry(node.clone()))),
            ("Duplicate selection", Choice::Run(Command::Duplicate)),
            ("Copy", Choice::Run(Command::Copy)),
            ("Cut", Choice::Run(Command::Cut)),
            ("Delete", Choice::Run(Command::Delete)),
            (
                "Delete and heal the gap",
                Choice::Run(Command::DeleteHealing),
            ),
        ],
        Target::Handle(handle) => vec![
            ("Connect", Choice::Connect(handle.clone())),
            (
                "Add a node…",
                Choice::Open(Popup::Palette {
                    screen: at,
                    world: None,
                    from: Some(handle.clone()),
                }),
            ),
        ],
        Target::Edge(edge) | Target::EdgeEnd(edge, _) => vec![
            (
                "Change the outcome",
                Choice::Open(Popup::Rename(Target::Edge(edge.clone()))),
            ),
            ("Delete", Choice::Run(Command::DeleteEdge(edge.clone()))),
        ],
    };
    if locked {
        list.retain(|(_, choice)| {
            matches!(
                choice,
                Choice::Settings
                    | Choice::Run(Command::SelectAll | Command::ZoomFit | Command::Copy)
            )
        });
    }
    list
}

/// What can be done at a place.
#[component]
pub fn ContextMenu(
    /// Over which desk.
    desk: Desk,
    /// Where.
    at: Point,
    /// With what.
    target: Target,
    /// Whether the graph cannot be edited here.
    locked: bool,
) -> impl IntoView {
    let menu = NodeRef::<html::Ul>::new();
    let focus_item = move |step: i32| {
        let Some(menu) = menu.get_untracked() else {
            return;
        };
        let items = menu.children();
        let count = i32::try_from(items.length()).unwrap_or(0).max(1);
        let active = document().active_element();
        let now = (0..items.length())
            .find(|at| {
                items
                    .item(*at)
                    .is_some_and(|item| item.contains(active.as_deref()))
            })
            .and_then(|at| i32::try_from(at).ok());
        let next = now.map_or(0, |now| (now + step).rem_euclid(count));
        let item = items
            .item(next.unsigned_abs())
            .and_then(|item| item.first_element_child());
        if let Some(item) = item {
            crate::canvas::view::focus(&item);
        }
    };
    effect(move || {
        if menu.get().is_some() {
            focus_item(0);
        }
    });
    let choose = move |choice: Choice| {
        desk.popup.set(None);
        desk.focus_canvas();
        match choice {
            Choice::Run(command) => desk.run(command),
            Choice::Open(popup) => desk.popup.set(Some(popup)),
            Choice::Settings => desk.settings.update(|n| *n += 1),
            Choice::Paste => {
                let modifiers = leadline_designer::Modifiers {
                    ctrl: true,
                    ..Default::default()
                };
                let (key, code) = ("v".to_owned(), "KeyV".to_owned());
                desk.handle(Event::Key(KeyPress {
                    key,
                    code,
                    modifiers,
                    now_ms: now_ms(),
                }));
            }
            Choice::Connect(handle) => {
                desk.handle(Event::FocusHandle(handle));
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
    };
    let key = move |event: web_sys::KeyboardEvent| {
        match event.key().as_str() {
            "ArrowDown" => focus_item(1),
            "ArrowUp" => focus_item(-1),
            _ => return,
        }
        event.prevent_default();
    };
    view! {
        <PopupFrame desk at name="Menu">
            <ul node_ref=menu role="menu" class="d-menu" on:keydown=pressed(key)>
                {lines(desk, at, &target, locked).into_iter().map(|(name, choice)| view! {
                    <li role="none">
                        <button type="button" role="menuitem" on:click=handler(move |_| choose(choice.clone()))>{name}</button>
                    </li>
                }).collect_view()}
            </ul>
        </PopupFrame>
    }
}

/// A field at the thing to rename.
#[component]
pub fn RenamePopup(
    /// Over which desk.
    desk: Desk,
    /// What gets a new name.
    target: Target,
) -> impl IntoView {
    let now = desk.read(|editor| match &target {
        Target::Node(node) => editor
            .definition()
            .node(node)
            .map(|node| node.label.clone()),
        Target::Edge(edge) => editor
            .definition()
            .edge(edge)
            .and_then(|edge| edge.label.clone()),
        _ => None,
    });
    let text = RwSignal::new(now.unwrap_or_default());
    let input = NodeRef::<html::Input>::new();
    effect(move || {
        if let Some(input) = input.get() {
            // The text has to stand before it is selected. An input that is in the page takes the focus.
            input.set_value(&text.get_untracked());
            drop(input.focus());
            input.select();
        }
    });
    let is_edge = matches!(target, Target::Edge(_));
    let offers: Vec<String> = match &target {
        Target::Edge(edge) => desk.read(|editor| {
            let definition = editor.definition();
            let from = definition
                .edge(edge)
                .and_then(|edge| definition.node(&edge.from_node_id));
            from.map(|node| {
                node.config
                    .outputs()
                    .into_iter()
                    .filter_map(|o| o.label)
                    .collect()
            })
            .unwrap_or_default()
        }),
        _ => Vec::new(),
    };
    let at = place_of(desk, &target);
    let finish = move || {
        let text = text.get_untracked().trim().to_owned();
        desk.popup.set(None);
        match target.clone() {
            Target::Node(node) => desk.run(Command::SetLabel { node, label: text }),
            Target::Edge(edge) => {
                let label = (!text.is_empty()).then_some(text);
                desk.run(Command::SetEdgeLabel { edge, label });
            }
            _ => {}
        }
        desk.focus_canvas();
    };
    let name = if is_edge { "Outcome" } else { "Name" };
    view! {
        <PopupFrame desk at name="Rename">
            <input node_ref=input type="text" aria-label=name maxlength="200" list="rename-offers" autocomplete="off"
                prop:value=move || text.get()
                on:input=typed_into(text)
                on:keydown=pressed(move |event| if event.key() == "Enter" {
                    event.prevent_default();
                    finish();
                }) />
            <datalist id="rename-offers">
                {offers.into_iter().map(|offer| view! { <option value=offer></option> }).collect_view()}
            </datalist>
            {is_edge.then(|| view! { <p class="d-note">"Empty: taken for any other outcome."</p> })}
        </PopupFrame>
    }
}
