//! The API playground: its screen in a shadow root, over an engine of its own in this tab's worker. It
//! touches none of the work kept here.

mod engine;
mod host;
mod kept;

use std::rc::Rc;

use leadline_playground::screen;
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{CssStyleSheet, HtmlElement, ShadowRootInit, ShadowRootMode};

use self::host::PageHost;
use crate::boxed::effect;
use crate::components::address::Param;
use crate::dom;
use crate::state::use_app;

/// The page.
#[component]
pub fn PlaygroundPage() -> impl IntoView {
    dom::use_title(|| "API playground".to_owned());
    let app = use_app();
    let host = Rc::new(PageHost::new(
        app,
        Param::new("operation"),
        Param::new("tour"),
    ));
    effect({
        let host = Rc::clone(&host);
        move || {
            if let Some(failure) = app.failure.get() {
                host.fail(&failure.reason);
            }
        }
    });
    let problem = RwSignal::new(None);
    let place = NodeRef::<html::Div>::new();
    let mounted = StoredValue::new_local(None);
    place.on_load(move |place| match root(&place) {
        Ok(parent) => mounted.set_value(Some(screen::mount(parent, host))),
        Err(error) => problem.set(Some(dom::error_text(&error))),
    });
    on_cleanup(move || {
        if let Some(mounted) = mounted.try_update_value(Option::take).flatten() {
            mounted.unmount();
        }
    });
    view! {
        <section class="playground-page">
            <h1 class="visually-hidden">"API playground"</h1>
            {move || problem.get().map(|problem| view! {
                <p class="note note-danger" role="alert">"The playground cannot be shown: " {problem}</p>
            })}
            <div class="playground" node_ref=place></div>
        </section>
    }
}

/// The element in a shadow root that the screen is drawn into: the app's styles stay outside.
fn root(place: &HtmlElement) -> Result<HtmlElement, wasm_bindgen::JsValue> {
    let root = place.attach_shadow(&ShadowRootInit::new(ShadowRootMode::Open))?;
    let sheet = CssStyleSheet::new()?;
    sheet.replace_sync(screen::styles())?;
    root.set_adopted_style_sheets(&js_sys::Array::of1(&sheet));
    let parent = document().create_element("div")?;
    root.append_child(&parent)?;
    Ok(parent.unchecked_into())
}
