//! Dialogs over the page, made of the browser's own `<dialog>`: it keeps the focus inside, gives it
//! back when it closes, and closes on Escape.

use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::icon::Icon;
use crate::boxed::{closes, effect, handler};
use crate::components::control_flow::Show;
use crate::state::use_app;

/// A dialog that is open while its signal is true. Its content is made anew each time it opens.
#[component]
pub fn Dialog(
    /// Whether it is open; closing it by Escape or by its own button sets this to false.
    open: RwSignal<bool>,
    /// Its heading.
    #[prop(into)]
    title: Signal<String>,
    /// Room for tables.
    #[prop(optional)]
    wide: bool,
    /// What is in it.
    children: ChildrenFn,
) -> impl IntoView {
    let element = NodeRef::<html::Dialog>::new();
    let children = StoredValue::new(children);
    effect(move || {
        let wanted = open.get();
        // A frame later the content stands, so that `autofocus` in it is honoured.
        request_animation_frame(move || {
            let Some(Some(dialog)) = element.try_get_untracked() else {
                return;
            };
            if wanted && !dialog.open() {
                // Refused only for a dialog that is not in the page, which then is gone anyway.
                drop(dialog.show_modal());
                focus_first_field(&dialog);
            } else if !wanted && dialog.open() {
                dialog.close();
            }
        });
    });
    let class = if wide { "dialog dialog-wide" } else { "dialog" };
    view! {
        <dialog node_ref=element class=class aria-label=move || title.get()
            on:close=closes(open)>
            <Show when=move || open.get()>
                <header class="dialog-head">
                    <h2>{move || title.get()}</h2>
                    <button type="button" class="icon-button" aria-label="Close"
                        on:click=closes(open)>{Icon::Close.draw()}</button>
                </header>
                <div class="dialog-body">{children.with_value(|children| children())}</div>
            </Show>
        </dialog>
    }
}

/// A form is begun at its first field, not at the button that closes it.
fn focus_first_field(dialog: &web_sys::HtmlDialogElement) {
    let find = |what: &str| dialog.query_selector(what).ok().flatten();
    if find("[autofocus]").is_none()
        && let Some(field) = find("form :is(input, select, textarea)")
        && let Some(field) = field.dyn_ref::<web_sys::HtmlElement>()
    {
        // A field that cannot take the focus leaves it where it was.
        drop(field.focus());
    }
}

/// Something to be confirmed before it is done.
#[derive(Clone)]
pub struct Question {
    /// What is about to happen, as a question.
    pub title: String,
    /// What it means.
    pub text: String,
    /// The verb on the button.
    pub verb: String,
    /// What to do when the user agrees.
    pub then: Callback<()>,
}

/// The place where [`crate::state::AppState::confirm`] asks; once in the page.
#[component]
pub fn ConfirmDialog() -> impl IntoView {
    let question = use_app().question;
    let open = RwSignal::new(false);
    effect(move || {
        if question.with(Option::is_some) {
            open.set(true);
        }
    });
    effect(move || {
        if !open.get() {
            question.set(None);
        }
    });
    let read = move |part: fn(&Question) -> String| {
        question.with(|question| question.as_ref().map(part).unwrap_or_default())
    };
    let agree = move |_| {
        let then = question.with_untracked(|question| question.as_ref().map(|q| q.then));
        open.set(false);
        if let Some(then) = then {
            then.run(());
        }
    };
    view! {
        <Dialog open title=Signal::derive(move || read(|q| q.title.clone()))>
            <p>{move || read(|q| q.text.clone())}</p>
            <div class="dialog-foot">
                <button type="button" class="button" autofocus on:click=closes(open)>
                    "Go back"
                </button>
                <button type="button" class="button button-danger" on:click=handler(agree)>
                    {move || read(|q| q.verb.clone())}
                </button>
            </div>
        </Dialog>
    }
}
