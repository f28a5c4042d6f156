//! The screen: Leptos components in the shadow root of the element (`js/element.js`).

mod act;
mod answer;
mod bar;
mod body;
mod clock;
mod desk;
mod editor;
mod errors;
mod journal;
mod keep;
mod menu;
mod open;
mod perform;
mod samples;
mod tours;
mod transport;
mod words;

use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::HtmlElement;

use desk::Desk;
use transport::Host;

/// The styles of the element.
#[wasm_bindgen]
pub fn styles() -> String {
    include_str!("../../style.css").to_owned()
}

/// A playground in the page.
#[wasm_bindgen]
pub struct Playground {
    desk: Desk,
    unmount: Box<dyn FnOnce()>,
}

impl std::fmt::Debug for Playground {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Playground")
    }
}

/// Draws a playground into an element. `host` is what `js/element.js` provides.
#[wasm_bindgen]
pub fn mount(parent: HtmlElement, host: Host) -> Playground {
    console_error_panic_hook::set_once();
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

#[wasm_bindgen]
impl Playground {
    /// An attribute of the element was changed.
    pub fn attribute(&self, name: &str, value: Option<String>) {
        open::attribute(self.desk, name, value);
    }

    /// The engine, to be kept over a reload; nothing where a server answers.
    pub fn engine(&self) -> JsValue {
        self.desk.engine.with_untracked(|engine| {
            engine
                .as_ref()
                .map_or(JsValue::NULL, |engine| engine.into())
        })
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
    view! {
        <div class="pg" on:keydown=keys>
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
