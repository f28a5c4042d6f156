//! Messages between this worker and its page.

use js_sys::{Array, ArrayBuffer, Uint8Array};
use leadline_protocol::FromWorker;
use wasm_bindgen::prelude::*;
use web_sys::DedicatedWorkerGlobalScope;

/// The worker's global scope.
pub fn scope() -> Result<DedicatedWorkerGlobalScope, JsValue> {
    js_sys::global()
        .dyn_into()
        .map_err(|_| JsValue::from_str("the engine runs in a dedicated worker only"))
}

/// Posts a message to the page.
pub fn post(message: &FromWorker) {
    let (Ok(scope), Ok(json)) = (scope(), serde_json::to_string(message)) else {
        return;
    };
    // Text can always be posted.
    let _ = scope.post_message(&JsValue::from_str(&json));
}

/// What the page posted: an envelope's text, with a file's bytes or without.
pub fn received(data: &JsValue) -> Option<(String, Option<Vec<u8>>)> {
    if let Some(text) = data.as_string() {
        return Some((text, None));
    }
    let pair: &Array = data.dyn_ref()?;
    let text = pair.get(0).as_string()?;
    let buffer: ArrayBuffer = pair.get(1).dyn_into().ok()?;
    Some((text, Some(Uint8Array::new(&buffer).to_vec())))
}
