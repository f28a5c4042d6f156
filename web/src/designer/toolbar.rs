//! The tools over the canvas.

use leadline_designer::Command;
use leptos::prelude::*;

use super::glyph::Glyph;
use crate::boxed::handler;
use crate::canvas::desk::{Desk, Popup};
use crate::dom;

/// What is shown at the side of the canvas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Panel {
    Settings,
    Problems,
    Outline,
}

/// The tools over the canvas.
#[component]
pub fn Toolbar(
    /// Of which desk.
    desk: Desk,
    /// The panel that is open.
    panel: RwSignal<Option<Panel>>,
    /// Sends what waits to be saved.
    before: impl Fn() + Copy + 'static,
    /// How many places both sides changed, where it is linked.
    conflicts: RwSignal<usize>,
) -> impl IntoView {
    let can_undo = desk.follow(|editor| editor.undo_label().map(str::to_owned));
    let can_redo = desk.follow(|editor| editor.redo_label().map(str::to_owned));
    let title = |verb: &'static str, label: Memo<Option<String>>| {
        move || {
            label
                .get()
                .map_or_else(|| verb.to_owned(), |label| format!("{verb}: {label}"))
        }
    };
    let nothing = move || desk.selection.with(|s| s.is_empty());
    let tool = move |name: &'static str, sign: Glyph, keys: &'static str, command: Command| {
        view! {
            <button type="button" class="d-tool" aria-label=name title=format!("{name} ({keys})")
                on:click=handler(move |_| desk.run(command.clone()))>
                {sign.draw()}<span class="d-tool-name">{name}</span>
            </button>
        }
    };
    let opener = move |name: &'static str, sign: Glyph, keys: &'static str, popup: Popup| {
        view! {
            <button type="button" class="d-tool" aria-label=name title=format!("{name} ({keys})")
                on:click=handler(move |_| desk.popup.set(Some(popup.clone())))>
                {sign.draw()}<span class="d-tool-name">{name}</span>
            </button>
        }
    };
    view! {
        <div class="d-toolbar" role="toolbar" aria-label="Tools">
            <button type="button" class="d-tool" aria-label="Undo" title=title("Undo", can_undo)
                disabled=move || can_undo.get().is_none() on:click=handler(move |_| desk.run(Command::Undo))>
                {Glyph::Undo.draw()}<span class="d-tool-name">"Undo"</span>
            </button>
            <button type="button" class="d-tool" aria-label="Redo" title=title("Redo", can_redo)
                disabled=move || can_redo.get().is_none() on:click=handler(move |_| desk.run(Command::Redo))>
                {Glyph::Redo.draw()}<span class="d-tool-name">"Redo"</span>
            </button>
            {tool("Tidy", Glyph::Tidy, "Shift+Alt+T", Command::Tidy)}
            <button type="button" class="d-tool" aria-label="Delete" title="Delete (Delete)"
                disabled=nothing on:click=handler(move |_| desk.run(Command::Delete))>
                {Glyph::Delete.draw()}<span class="d-tool-name">"Delete"</span>
            </button>
            {opener("Find", Glyph::Find, "Ctrl+F", Popup::Find)}
            {opener("Commands", Glyph::Commands, "Ctrl+K", Popup::Commands)}
            {opener("Help", Glyph::Help, "?", Popup::Help)}
            <span class="d-spacer"></span>
            <ExportButtons desk before />
            <PanelButtons desk panel conflicts />
        </div>
    }
}

/// The graph as a file: JSON to import again, SVG to show.
#[component]
fn ExportButtons(desk: Desk, before: impl Fn() + Copy + 'static) -> impl IntoView {
    let keep = move |name: &str, text: &str, media_type: &str| {
        if let Err(reason) = dom::download(name, text, media_type) {
            desk.app
                .toasts
                .error(format!("The file could not be made: {reason}"));
        }
    };
    let json = move |_| {
        before();
        let request = leadline_protocol::Request::ExportWorkflow {
            workflow_id: desk.id(),
        };
        desk.app
            .run(request, move |file: leadline_protocol::ExportedFile| {
                keep(&file.name, &file.text, "application/json");
            });
    };
    let svg = move |_| {
        let Some(stage) = desk.stage() else { return };
        let name = desk.read(|editor| file_name(&editor.definition().title));
        keep(
            &format!("{name}.svg"),
            &stage.picture(desk),
            "image/svg+xml",
        );
    };
    view! {
        <button type="button" class="d-tool" aria-label="Export JSON" title="Export JSON: the workflow as a file" on:click=handler(json)>
            {Glyph::Json.draw()}<span class="d-tool-name">"Export JSON"</span>
        </button>
        <button type="button" class="d-tool" aria-label="Export SVG" title="Export SVG: the graph as a picture" on:click=handler(svg)>
            {Glyph::Picture.draw()}<span class="d-tool-name">"Export SVG"</span>
        </button>
    }
}

/// A title as the name of a file.
fn file_name(title: &str) -> String {
    let name: String = title
        .chars()
        .map(|c| {
            if c.is_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                '-'
            }
        })
        .collect();
    let name = name.trim_matches('-');
    if name.is_empty() {
        "workflow".to_owned()
    } else {
        name.chars().take(80).collect()
    }
}

/// Which panel is open; on a narrow page it lies over the canvas.
#[component]
fn PanelButtons(
    desk: Desk,
    panel: RwSignal<Option<Panel>>,
    conflicts: RwSignal<usize>,
) -> impl IntoView {
    let count = move || {
        let found = desk.findings.with(|f| f.errors.len() + f.warnings.len());
        match found + conflicts.get() {
            0 => String::new(),
            n => format!(" {n}"),
        }
    };
    let blocked = move || desk.findings.with(|f| !f.errors.is_empty());
    let button = move |name: &'static str, which: Panel, extra: Signal<String>| {
        let open = move || panel.get() == Some(which);
        view! {
            <button type="button" class="d-tool text" class:d-blocked=move || which == Panel::Problems && blocked()
                aria-pressed=move || open().to_string()
                on:click=handler(move |_| panel.update(|p| *p = if *p == Some(which) { None } else { Some(which) }))>
                {name}<span class="d-count">{extra}</span>
            </button>
        }
    };
    let none = Signal::derive(String::new);
    view! {
        {button("Settings", Panel::Settings, none)}
        {button("Problems", Panel::Problems, Signal::derive(count))}
        {button("Outline", Panel::Outline, none)}
    }
}
