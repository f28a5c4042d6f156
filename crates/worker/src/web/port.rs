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

/// What the page posted: a message's text, and what was transferred beside it.
pub fn received(data: &JsValue) -> Option<(String, JsValue)> {
    if let Some(text) = data.as_string() {
        return Some((text, JsValue::UNDEFINED));
    }
    let pair: &Array = data.dyn_ref()?;
    Some((pair.get(0).as_string()?, pair.get(1)))
}

/// The bytes of a transferred buffer; none when it is no buffer.
pub fn bytes(beside: JsValue) -> Vec<u8> {
    let buffer: Result<ArrayBuffer, JsValue> = beside.dyn_into();
    buffer.map_or_else(|_| Vec::new(), |buffer| Uint8Array::new(&buffer).to_vec())
}
