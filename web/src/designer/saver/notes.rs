//! What is kept beside the definition: undo history and view, and what is sent when the page hides.

use gloo_timers::callback::Timeout;
use leadline_protocol::Request;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::Saver;
use crate::dom;

/// Rest after a move of the view before it is kept.
const VIEW_MS: u32 = 800;

impl Saver {
    fn note_key(self, kind: &str) -> String {
        format!("{kind}:{}", self.desk.id())
    }

    /// The undo history goes right behind the edit it belongs to.
    pub(super) fn keep_history(self) {
        let text = self.desk.read(|editor| editor.history_json());
        self.put_note("undo", text);
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
            if let Ok(Some(text)) = client
                .ask::<Option<String>>(Request::GetNote { key: undo })
                .await
            {
                self.desk.with_editor(|editor| {
                    // A history of another version of the workflow is of no use.
                    drop(editor.restore_history(&text));
                    Vec::new()
                });
                self.desk.revision.update(|n| *n += 1);
            }
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
                flush();
            }
        });
        let hide = leptos::ev::Custom::<web_sys::Event>::new("pagehide");
        let pagehide = window_event_listener(hide, move |_| flush());
        on_cleanup(move || {
            visibility.remove();
            pagehide.remove();
            // The page inside the app is left: what waits goes now.
            flush();
        });
    }
}
