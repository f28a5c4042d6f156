//! The port over which the page talks to an engine with the REST API around it.

use js_sys::{Array, Uint8Array};
use leadline_protocol::ApiAsk;
use wasm_bindgen::prelude::*;
use web_sys::{MessageEvent, MessagePort};

use super::port;
use crate::api::{Serving, Told};

/// Serves an engine over a port until the page closes it.
pub(crate) fn serve(port: MessagePort) {
    let mut serving = Serving::default();
    let own = port.clone();
    let hear = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let Some((json, beside)) = port::received(&event.data()) else {
            return;
        };
        let ask = match serde_json::from_slice::<ApiAsk>(json.as_bytes()) {
            Ok(ask) => ask,
            Err(error) => return web_sys::console::error_1(&error.to_string().into()),
        };
        let over = ask == ApiAsk::Close;
        for told in serving.hear(ask, port::bytes(beside)) {
            if let Err(error) = post(&own, &told) {
                web_sys::console::error_1(&error);
            }
        }
        if over {
            own.set_onmessage(None);
            own.close();
        }
    });
    // It lives as long as the port.
    port.set_onmessage(Some(hear.into_js_value().unchecked_ref()));
}

fn post(port: &MessagePort, (tell, bytes): &Told) -> Result<(), JsValue> {
    let json = serde_json::to_string(tell).map_err(|error| JsValue::from(error.to_string()))?;
    let buffer = Uint8Array::from(bytes.as_slice()).buffer();
    let message = Array::of2(&JsValue::from_str(&json), &buffer);
    port.post_message_with_transferable(&message, &Array::of1(&buffer))
}
