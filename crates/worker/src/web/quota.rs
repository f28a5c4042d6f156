//! How much room the browser gives this site, and whether it promised to keep the data.

use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{StorageManager, WorkerGlobalScope};

/// What the browser says about storage.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Room {
    /// Bytes used.
    pub usage: Option<f64>,
    /// Bytes allowed.
    pub quota: Option<f64>,
    /// Whether data is kept under pressure.
    pub persisted: Option<bool>,
}

fn manager() -> Option<StorageManager> {
    let scope: WorkerGlobalScope = js_sys::global().dyn_into().ok()?;
    // Without a secure context there is none.
    let storage = js_sys::Reflect::get(&scope.navigator(), &JsValue::from_str("storage")).ok()?;
    storage.dyn_into().ok()
}

/// Asks the browser.
pub async fn ask() -> Room {
    let Some(manager) = manager() else {
        return Room::default();
    };
    let mut room = Room::default();
    if let Ok(promise) = manager.estimate()
        && let Ok(estimate) = JsFuture::from(promise).await
    {
        let number = |key: &str| {
            js_sys::Reflect::get(&estimate, &JsValue::from_str(key))
                .ok()
                .and_then(|v| v.as_f64())
        };
        (room.usage, room.quota) = (number("usage"), number("quota"));
    }
    if let Ok(promise) = manager.persisted()
        && let Ok(answer) = JsFuture::from(promise).await
    {
        room.persisted = answer.as_bool();
    }
    room
}
