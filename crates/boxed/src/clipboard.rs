//! The system's clipboard. Over a plain connection, or where it is forbidden, a page has none of its own
//! but may still do what the keys do: copy a text that is selected.

use js_sys::Reflect;
use leptos::prelude::{document, window};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Clipboard, Element, HtmlDocument, HtmlElement, HtmlTextAreaElement};

fn clipboard() -> Option<Clipboard> {
    let found = Reflect::get(&window().navigator(), &"clipboard".into()).ok()?;
    (!found.is_undefined() && !found.is_null()).then(|| found.unchecked_into())
}

/// Whether the page may ask for what is in it at all.
pub fn can_be_read() -> bool {
    clipboard().is_some()
}

/// Puts a text into it; whether the browser took it. To be called while a press is being handled.
pub async fn copy(text: &str) -> bool {
    copy_now(text) || copy_later(text).await
}

/// Puts a text into it at once, as the keys do; whether the browser took it.
pub fn copy_now(text: &str) -> bool {
    copy_selected(text).unwrap_or(false)
}

/// Puts a text into it when the browser is ready to; whether it took it.
pub async fn copy_later(text: &str) -> bool {
    match clipboard() {
        Some(clipboard) => JsFuture::from(clipboard.write_text(text)).await.is_ok(),
        None => false,
    }
}

/// The text in it; `None` where the browser does not tell.
pub async fn read() -> Option<String> {
    let text = JsFuture::from(clipboard()?.read_text()).await.ok()?;
    text.as_string()
}

/// Selects the text in a field that nobody sees, copies it, and leaves the focus where it was.
fn copy_selected(text: &str) -> Option<bool> {
    let page: HtmlDocument = document().dyn_into().ok()?;
    let focused = page.active_element();
    // What is outside of an open dialog cannot be selected.
    let dialog = focused.as_ref().and_then(|e| e.closest("dialog").ok()?);
    let parent = dialog.or_else(|| page.body().map(Element::from))?;
    let field: HtmlTextAreaElement = page.create_element("textarea").ok()?.dyn_into().ok()?;
    let style = field.style();
    for (property, value) in [("position", "fixed"), ("top", "0"), ("opacity", "0")] {
        style.set_property(property, value).ok()?;
    }
    field.set_attribute("aria-hidden", "true").ok()?;
    field.set_value(text);
    parent.append_child(&field).ok()?;
    field.focus().ok()?;
    field.select();
    let copied = page.exec_command("copy").unwrap_or(false);
    field.remove();
    if let Some(focused) = focused.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        // What cannot take the focus had none.
        drop(focused.focus());
    }
    Some(copied)
}
