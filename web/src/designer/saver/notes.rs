//! What is kept beside the definition: undo history and view, and what is sent when the page hides.

use std::collections::BTreeMap;

use gloo_timers::callback::Timeout;
use leadline_designer::HistoryPart;
use leadline_protocol::{Note, Request};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::Saver;
use crate::dom;
use crate::leaving;

/// Rest after a move of the view before it is kept.
const VIEW_MS: u32 = 800;

/// The key of a part of the undo history, by that of the first.
fn part_key(first: &str, number: u32) -> String {
    match number {
        0 => first.to_owned(),
        number => format!("{first}/{number}"),
    }
}

/// The part of the undo history that is kept under a key; `None`: it belongs to something else.
fn part_number(first: &str, key: &str) -> Option<u32> {
    match key.strip_prefix(first)? {
        "" => Some(0),
        rest => rest.strip_prefix('/')?.parse().ok(),
    }
}

impl Saver {
    fn note_key(self, kind: &str) -> String {
        format!("{kind}:{}", self.desk.id())
    }

    /// What the undo history got since it was kept last: notes that go with the edit they belong to.
    pub(super) fn history_notes(self) -> Vec<Note> {
        let mut parts = Vec::new();
        self.desk.with_editor(|editor| {
            parts = editor.history_parts();
            Vec::new()
        });
        let first = self.note_key("undo");
        let note = |part: HistoryPart| Note {
            key: part_key(&first, part.number),
            text: part.text,
        };
        parts.into_iter().map(note).collect()
    }

    /// Keeps the undo history without an edit: the engine made it.
    pub(super) fn keep_history(self) {
        for Note { key, text } in self.history_notes() {
            let request = Request::PutNote { key, text };
            drop(self.desk.app.client.send(request, None));
        }
    }

    /// An edit was refused, and the notes that went with it.
    pub(super) fn history_not_kept(self) {
        self.desk.with_editor(|editor| {
            editor.history_not_kept();
            Vec::new()
        });
    }

    fn keep_view(self) {
        let view = self.desk.read(|editor| editor.viewport());
        if let Ok(text) = serde_json::to_string(&view) {
            // A page that goes away may not live to see the worker store anything.
            dom::set_tab_memory(&self.note_key("view"), &text);
            self.put_note("view", text);
        }
    }

    /// A note that is not kept costs an undo step or a scroll, never work: nobody waits for it.
    fn put_note(self, kind: &str, text: String) {
        let request = Request::PutNote {
            key: self.note_key(kind),
            text: Some(text),
        };
        drop(self.desk.app.client.send(request, None));
    }

    /// Brings undo history and view back, then keeps the view as it changes.
    pub(super) fn keep_notes(self) {
        let client = self.desk.app.client;
        let (undo, view) = (self.note_key("undo"), self.note_key("view"));
        spawn_local(async move {
            let request = Request::GetNotes {
                prefix: undo.clone(),
            };
            if let Ok(notes) = client.ask::<BTreeMap<String, String>>(request).await {
                let parts = notes
                    .into_iter()
                    .filter_map(|(key, text)| Some((part_number(&undo, &key)?, text)));
                let parts = parts.collect();
                self.desk.with_editor(|editor| {
                    // A history of another version of the workflow is of no use.
                    drop(editor.restore_history(&parts));
                    Vec::new()
                });
                self.desk.revision.update(|n| *n += 1);
            }
        });
        spawn_local(async move {
            let kept = match dom::tab_memory(&view) {
                Some(text) => Some(text),
                None => {
                    let note = client.ask::<Option<String>>(Request::GetNote { key: view });
                    note.await.ok().flatten()
                }
            };
            if let Some(kept) = kept.and_then(|text| leadline_model::json::from_text(&text).ok()) {
                self.desk.with_editor(|editor| editor.restore_view(kept));
            }
        });
        Effect::new(move |before: Option<()>| {
            self.desk.view.track();
            if let (Some(()), Some(state)) = (before, self.state()) {
                *state.view_timer.borrow_mut() =
                    Some(Timeout::new(VIEW_MS, move || self.keep_view()));
            }
        });
    }

    /// What waits is sent while the page can still send.
    pub(super) fn flush_when_hidden(self) {
        let flush = move || {
            let Some(state) = self.state() else { return };
            if state.view_timer.borrow_mut().take().is_some() {
                self.keep_view();
            }
            self.send();
            drop(self.desk.app.client.send(Request::Flush, None));
        };
        let hidden = leptos::ev::Custom::<web_sys::Event>::new("visibilitychange");
        let visibility = window_event_listener(hidden, move |_| {
            if document().visibility_state() == web_sys::VisibilityState::Hidden {
                leaving::finish_typing();
                flush();
            }
        });
        // Whoever reloads at once has the worker store it while they are asked.
        let unload = window_event_listener(leptos::ev::beforeunload, move |event| {
            leaving::finish_typing();
            flush();
            if self.is_pending() {
                leaving::ask(&event);
            }
        });
        let hide = leptos::ev::Custom::<web_sys::Event>::new("pagehide");
        let pagehide = window_event_listener(hide, move |_| {
            leaving::finish_typing();
            flush();
        });
        on_cleanup(move || {
            visibility.remove();
            pagehide.remove();
            unload.remove();
            // The page inside the app is left: what waits goes now.
            flush();
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_found_by_their_keys() {
        let first = "undo:wfl_1";
        for number in [0, 1, 64] {
            let key = part_key(first, number);
            assert_eq!(part_number(first, &key), Some(number), "{key}");
        }
        for other in ["undo:wfl_12", "undo:wfl_12/1", "undo:wfl_1/x", "view:wfl_1"] {
            assert_eq!(part_number(first, other), None, "{other}");
        }
    }
}
