//! The last resort: a fault of the page itself. After it the components may be in any state, so the
//! message is made of plain elements and a plain link.

use leptos::prelude::document;
use web_sys::{Element, Node};

/// From now on a panic is written to the console and shown in the page.
pub fn install() {
    std::panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        if show(&info.to_string()).is_none() {
            web_sys::console::error_1(&"the message about the fault could not be shown".into());
        }
    }));
}

fn element(name: &str, text: &str, parent: &Node) -> Option<Element> {
    let element = document().create_element(name).ok()?;
    element.set_text_content(Some(text));
    parent.append_child(&element).ok()?;
    Some(element)
}

fn show(reason: &str) -> Option<()> {
    let body = document().body()?;
    if document().query_selector(".fatal").ok()?.is_some() {
        return Some(());
    }
    let banner = document().create_element("section").ok()?;
    banner
        .set_attribute("class", "banner banner-danger fatal")
        .ok()?;
    banner.set_attribute("role", "alert").ok()?;
    element("h2", "This page met a fault and cannot go on", &banner)?;
    element(
        "p",
        "What was shown as saved is kept in this browser. Reload the page to go on.",
        &banner,
    )?;
    element("p", reason, &banner)?
        .set_attribute("class", "mono small")
        .ok()?;
    let link = element("a", "Reload", &banner)?;
    link.set_attribute("class", "button button-primary").ok()?;
    // The router leaves external links to the browser, which then loads the page anew.
    link.set_attribute("rel", "external").ok()?;
    link.set_attribute("href", "").ok()?;
    body.prepend_with_node_1(&banner).ok()
}
