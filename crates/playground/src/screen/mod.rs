//! The screen: Leptos components in a shadow root, over whatever a [`Host`] gives it.

mod act;
mod answer;
mod bar;
mod body;
mod clock;
mod desk;
mod editor;
mod errors;
mod host;
mod journal;
mod keep;
mod menu;
mod open;
mod perform;
mod reader;
mod samples;
mod tours;
mod transport;
mod words;

use std::rc::Rc;

use leadline_boxed::{handler, pressed};
use leptos::prelude::*;
use web_sys::HtmlElement;

use desk::Desk;

pub use host::{Engine, Host, Later, Opened};
pub use transport::{STOPPED, request, text_of};

/// The key for an engine in the page, which takes any.
pub const ENGINE_KEY: &str = "playground";

/// The styles of the screen, for its shadow root.
pub fn styles() -> &'static str {
    include_str!("../../style.css")
}

/// A playground in the page.
pub struct Playground {
    desk: Desk,
    unmount: Box<dyn FnOnce()>,
}

impl std::fmt::Debug for Playground {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Playground")
    }
}

/// Draws a playground into an element.
pub fn mount(parent: HtmlElement, host: Rc<dyn Host>) -> Playground {
    let owner = Owner::new();
    let desk = owner.with(|| Desk::new(host));
    let handle = owner.with(|| leptos::mount::mount_to(parent, move || view! { <Screen desk /> }));
    open::begin(desk);
    let unmount = move || {
        drop(handle);
        owner.cleanup();
    };
    Playground {
        desk,
        unmount: Box::new(unmount),
    }
}

impl Playground {
    /// An attribute was changed: see [`Host::attribute`].
    pub fn attribute(&self, name: &str, value: Option<String>) {
        open::attribute(self.desk, name, value);
    }

    /// Takes it out of the page.
    pub fn unmount(self) {
        (self.unmount)();
    }
}

#[component]
fn Screen(desk: Desk) -> impl IntoView {
    let keys = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
            event.prevent_default();
            act::send(desk);
        }
    };
    let touched = move || desk.touched.set_value(true);
    let keys = move |event: leptos::ev::KeyboardEvent| {
        touched();
        keys(event);
    };
    view! {
        <div class="pg" on:keydown=pressed(keys) on:pointerdown=handler(move |_| touched())>
            <bar::Bar desk />
            <div class="columns">
                <menu::Menu desk />
                <div class="work">
                    <tours::TourPanel desk />
                    <editor::Editor desk />
                </div>
                <div class="outcome">
                    <answer::AnswerPanel desk />
                    <answer::StreamPanel desk />
                    <journal::Journal desk />
                </div>
                <editor::More desk />
            </div>
            <p class="hidden" role="status">{move || desk.said.get()}</p>
        </div>
    }
}
