//! The command palette, the search field and the help.

use leptos::html;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

use super::actions::{Action, Does, actions};
use super::popup::PopupFrame;
use crate::boxed::{effect, handler, memo, pressed};
use crate::canvas::desk::Desk;
use crate::components::dialog::Dialog;
use leadline_designer::Point;

/// Results shown at once.
const MAX_SHOWN: usize = 50;

/// One line of a list that is searched.
#[derive(Debug, Clone, PartialEq)]
struct Line {
    text: String,
    aside: String,
}

/// A search field over a list that arrow keys and Enter choose from.
#[component]
fn SearchList(
    desk: Desk,
    name: &'static str,
    placeholder: &'static str,
    lines: impl Fn(String) -> Vec<Line> + Send + Sync + 'static,
    choose: impl Fn(usize) + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let text = RwSignal::new(String::new());
    let chosen = RwSignal::new(0usize);
    let input = NodeRef::<html::Input>::new();
    effect(move || {
        if let Some(input) = input.get() {
            // An input that is in the page takes the focus.
            drop(input.focus());
        }
    });
    let listed = memo(move || lines(text.get()));
    let key = move |event: web_sys::KeyboardEvent| {
        let count = listed.with_untracked(Vec::len);
        match event.key().as_str() {
            "ArrowDown" if count > 0 => chosen.update(|at| *at = (*at + 1) % count),
            "ArrowUp" if count > 0 => chosen.update(|at| *at = (*at + count - 1) % count),
            "Enter" if count > 0 => choose(chosen.get_untracked().min(count - 1)),
            _ => return,
        }
        event.prevent_default();
    };
    let width = desk.read(|editor| editor.viewport().width);
    let at = Point::new((width / 2.0 - 200.0).max(8.0), 48.0);
    view! {
        <PopupFrame desk at name>
            <input node_ref=input type="text" role="combobox" aria-expanded="true" autocomplete="off"
                aria-label=name aria-controls="search-list" placeholder=placeholder
                aria-activedescendant=move || format!("search-{}", chosen.get())
                prop:value=move || text.get()
                on:input:target=move |event| { text.set(event.target().value()); chosen.set(0); }
                on:keydown=pressed(key) />
            <ul id="search-list" role="listbox" aria-label="Results">
                {move || listed.get().into_iter().enumerate().map(|(at, line)| view! {
                    <li id=format!("search-{at}") role="option"
                        aria-selected=move || (chosen.get() == at).to_string()
                        on:pointerenter=handler(move |_| chosen.set(at))
                        on:click=handler(move |_| choose(at))>
                        <span>{line.text}</span>
                        <kbd>{line.aside}</kbd>
                    </li>
                }).collect_view()}
            </ul>
            {move || listed.with(Vec::is_empty).then(|| view! { <p class="d-note">"Nothing found."</p> })}
        </PopupFrame>
    }
}

/// The command palette.
#[component]
pub fn CommandsPopup(
    /// Over which desk.
    desk: Desk,
    /// Whether the graph cannot be edited here.
    locked: bool,
) -> impl IntoView {
    let found = StoredValue::new(Vec::<Action>::new());
    let lines = move |text: String| {
        let text = text.to_lowercase();
        let list: Vec<Action> = actions()
            .into_iter()
            .filter(|action| action.does != Does::Told && !(locked && action.edits))
            .filter(|action| action.name.to_lowercase().contains(&text))
            .collect();
        let lines = list
            .iter()
            .map(|action| Line {
                text: action.name.clone(),
                aside: action.keys.to_owned(),
            })
            .collect();
        found.set_value(list);
        lines
    };
    let navigate = StoredValue::new(use_navigate());
    let choose = move |at: usize| {
        let action = found.with_value(|list| list.get(at).cloned());
        desk.popup.set(None);
        desk.focus_canvas();
        match action {
            Some(Action {
                does: Does::Go(path),
                ..
            }) => navigate.with_value(|go| go(path, NavigateOptions::default())),
            Some(action) => action.perform(desk),
            None => {}
        }
    };
    view! { <SearchList desk name="Commands" placeholder="What do you want to do?" lines choose /> }
}

/// Finds nodes.
#[component]
pub fn FindPopup(
    /// Over which desk.
    desk: Desk,
) -> impl IntoView {
    let found = StoredValue::new(Vec::new());
    let lines = move |text: String| {
        let (nodes, lines) = desk.read(|editor| {
            let nodes: Vec<_> = editor.find(&text).into_iter().take(MAX_SHOWN).collect();
            let line = |id| Line {
                text: editor.node_name(id, None),
                aside: String::new(),
            };
            let lines: Vec<Line> = nodes.iter().map(line).collect();
            (nodes, lines)
        });
        found.set_value(nodes);
        lines
    };
    let choose = move |at: usize| {
        let node = found.with_value(|nodes| nodes.get(at).cloned());
        desk.popup.set(None);
        if let Some(node) = node {
            desk.reveal(node.clone());
            if let Some(stage) = desk.stage() {
                stage.focus_node(desk, node);
            }
        }
    };
    view! { <SearchList desk name="Find" placeholder="Label, type, id or content" lines choose /> }
}

/// The list of keys.
#[component]
pub fn HelpDialog(
    /// Over which desk.
    desk: Desk,
) -> impl IntoView {
    let open = RwSignal::new(true);
    effect(move || {
        if !open.get() {
            desk.popup.set(None);
        }
    });
    view! {
        <Dialog open title="Help" wide=true>
            <p>
                "Add steps from the palette, drag from an output to the next step, and set each step up "
                "in the panel at the side. The problems panel says what is missing. On a Mac, Cmd takes "
                "the place of Ctrl."
            </p>
            <table class="d-keys-table">
                <thead><tr><th>"What"</th><th>"Keys"</th></tr></thead>
                <tbody>
                    {actions().into_iter().filter(|action| !action.keys.is_empty()).map(|action| view! {
                        <tr><td>{action.name}</td><td><kbd>{action.keys}</kbd></td></tr>
                    }).collect_view()}
                </tbody>
            </table>
        </Dialog>
    }
}
