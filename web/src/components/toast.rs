//! Short messages at the rim of the page. Errors stay until they are closed and interrupt a screen
//! reader; news goes away by itself.

use leptos::prelude::*;

use super::icon::Icon;
use crate::boxed::handler;
use crate::components::control_flow::For;

/// How long news stays.
const NEWS_MS: u32 = 6_000;
/// Messages shown at once; older ones make room.
const MAX_SHOWN: usize = 5;

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Something was done.
    News,
    /// Something went wrong.
    Error,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Toast {
    number: u64,
    tone: Tone,
    text: String,
}

/// The messages shown at present.
#[derive(Clone, Copy)]
pub struct Toasts {
    list: RwSignal<Vec<Toast>>,
    last: RwSignal<u64>,
}

impl Default for Toasts {
    fn default() -> Self {
        Toasts {
            list: RwSignal::new(Vec::new()),
            last: RwSignal::new(0),
        }
    }
}

impl Toasts {
    /// Tells what was done.
    pub fn info(self, text: impl Into<String>) {
        let number = self.push(Tone::News, text.into());
        gloo_timers::callback::Timeout::new(NEWS_MS, move || self.close(number)).forget();
    }

    /// Tells what went wrong; the same text is not repeated.
    pub fn error(self, text: impl Into<String>) {
        let text = text.into();
        let shown = self
            .list
            .with_untracked(|list| list.iter().any(|toast| toast.text == text));
        if !shown {
            self.push(Tone::Error, text);
        }
    }

    fn push(self, tone: Tone, text: String) -> u64 {
        let number = self.last.get_untracked() + 1;
        self.last.set(number);
        self.list.update(|list| {
            if list.len() == MAX_SHOWN {
                list.remove(0);
            }
            list.push(Toast { number, tone, text });
        });
        number
    }

    fn close(self, number: u64) {
        self.list
            .update(|list| list.retain(|toast| toast.number != number));
    }
}

/// Where the messages appear: two live regions, so that errors interrupt and news does not.
#[component]
pub fn ToastRegion(
    /// What to show.
    toasts: Toasts,
) -> impl IntoView {
    let of = move |tone: Tone| {
        move || {
            toasts
                .list
                .get()
                .into_iter()
                .filter(|toast| toast.tone == tone)
                .collect::<Vec<_>>()
        }
    };
    let row = move |toast: Toast| {
        let number = toast.number;
        let class = if toast.tone == Tone::Error {
            "toast toast-error"
        } else {
            "toast"
        };
        view! {
            <div class=class>
                <p>{toast.text}</p>
                <button type="button" class="icon-button" aria-label="Close message"
                    on:click=handler(move |_| toasts.close(number))>{Icon::Close.draw()}</button>
            </div>
        }
    };
    view! {
        <div class="toasts">
            <div role="alert">
                <For each=of(Tone::Error) key=|toast| toast.number children=row />
            </div>
            <div role="status">
                <For each=of(Tone::News) key=|toast| toast.number children=row />
            </div>
        </div>
    }
}
