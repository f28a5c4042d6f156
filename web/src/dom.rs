//! Small browser helpers that several pages need: what index.html says, titles, files handed to the
//! user, texts of JavaScript errors.

use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, HtmlElement, Url};

use crate::boxed::effect;

/// The content of `<meta name=…>`.
pub fn meta(name: &str) -> Option<String> {
    let selector = format!("meta[name=\"{name}\"]");
    document()
        .query_selector(&selector)
        .ok()??
        .get_attribute("content")
}

/// Where the page lives: `/`, or the folder it is hosted under, with a slash at its end.
pub fn base() -> String {
    meta("leadline-base")
        .filter(|base| base.starts_with('/'))
        .unwrap_or_else(|| "/".to_owned())
}

/// Keeps the title of the browser tab: `title · Leadline`.
pub fn use_title(title: impl Fn() -> String + 'static) {
    effect(move || {
        let title = title();
        let whole = if title.is_empty() {
            "Leadline".to_owned()
        } else {
            format!("{title} · Leadline")
        };
        document().set_title(&whole);
    });
}

/// What a JavaScript error says.
pub fn error_text(error: &JsValue) -> String {
    error
        .dyn_ref::<js_sys::Error>()
        .map(|error| String::from(error.message()))
        .or_else(|| error.as_string())
        .unwrap_or_else(|| format!("{error:?}"))
}

/// Hands a text to the user as a file to keep.
pub fn download(name: &str, text: &str, media_type: &str) -> Result<(), String> {
    let fail = |error: JsValue| error_text(&error);
    let options = BlobPropertyBag::new();
    options.set_type(media_type);
    let parts = js_sys::Array::of1(&JsValue::from_str(text));
    let blob = Blob::new_with_str_sequence_and_options(&parts, &options).map_err(fail)?;
    let address = Url::create_object_url_with_blob(&blob).map_err(fail)?;
    let link: HtmlAnchorElement = document()
        .create_element("a")
        .map_err(fail)?
        .dyn_into()
        .map_err(|link| fail(link.into()))?;
    link.set_href(&address);
    link.set_download(name);
    link.click();
    // The browser has begun reading by the next turn of the loop; a minute is ample for slow disks.
    gloo_timers::callback::Timeout::new(60_000, move || {
        drop(Url::revoke_object_url(&address));
    })
    .forget();
    Ok(())
}

/// Moves the keyboard focus to the first element that matches, if there is one.
pub fn focus(selector: &str) {
    let found = document().query_selector(selector).ok().flatten();
    if let Some(element) = found.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        // An element that cannot take the focus keeps it where it was, which is all we can do.
        drop(element.focus());
    }
}

/// Whether the focus is on something that takes text.
pub fn is_typing() -> bool {
    let element = document().active_element();
    element.is_some_and(|element| element.matches("input, textarea").unwrap_or(false))
}

/// A text of the browser's local storage: only for preferences, never for work.
pub fn preference(key: &str) -> Option<String> {
    window().local_storage().ok()??.get_item(key).ok()?
}

/// Keeps or removes a preference; says whether the browser took it.
pub fn set_preference(key: &str, value: Option<&str>) -> bool {
    let Some(storage) = window().local_storage().ok().flatten() else {
        return false;
    };
    match value {
        Some(value) => storage.set_item(key, value).is_ok(),
        None => storage.remove_item(key).is_ok(),
    }
}

/// A text that this tab remembers over a reload: where one looked, or what the engine is about to store.
pub fn tab_memory(key: &str) -> Option<String> {
    window().session_storage().ok()??.get_item(key).ok()?
}

/// Remembers a text for this tab. A browser that does not let us only forgets where one looked.
pub fn set_tab_memory(key: &str, text: &str) {
    if let Some(storage) = window().session_storage().ok().flatten() {
        drop(storage.set_item(key, text));
    }
}
