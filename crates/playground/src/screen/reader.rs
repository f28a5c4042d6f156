//! Where the reader is: the screen may stand in the middle of somebody's page, whose reader reads or types
//! elsewhere.

use web_sys::wasm_bindgen::JsCast;
use web_sys::{FocusOptions, HtmlElement, Node, ShadowRoot};

/// Moves the focus to a part of the screen without scrolling, unless it is elsewhere in the page.
pub fn focus(part: &HtmlElement) {
    if is_elsewhere(part) {
        return;
    }
    let how = FocusOptions::new();
    how.set_prevent_scroll(true);
    // What cannot have the focus now does without.
    drop(part.focus_with_options(&how));
}

/// Whether something has the focus that holds nothing of the screen.
fn is_elsewhere(part: &HtmlElement) -> bool {
    let focused = part.owner_document().and_then(|page| page.active_element());
    let Some(focused) = focused.filter(|focused| focused.tag_name() != "BODY") else {
        return false;
    };
    let mut node: Node = part.clone().into();
    loop {
        if focused.contains(Some(&node)) {
            return false;
        }
        match node.get_root_node().dyn_into::<ShadowRoot>() {
            // A part within a shadow root: from outside its host has the focus, if anything there has.
            Ok(root) => node = root.host().into(),
            Err(_) => return true,
        }
    }
}
