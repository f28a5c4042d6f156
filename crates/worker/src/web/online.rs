//! Whether there is a network.

use std::rc::Rc;

use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, WorkerGlobalScope};

use super::shell::Shell;
use super::time;

pub(super) fn scope() -> Result<WorkerGlobalScope, JsValue> {
    Ok(js_sys::global().dyn_into::<WorkerGlobalScope>()?)
}

/// Hears when the browser finds or loses the network.
pub(super) fn hear_of_network(shell: &Rc<Shell>, scope: &DedicatedWorkerGlobalScope) {
    for (event, online) in [("online", true), ("offline", false)] {
        let this = shell.clone();
        let heard = Closure::<dyn FnMut()>::new(move || {
            if let Some(host) = &mut *this.host.borrow_mut() {
                host.network(online, time::moment());
            }
            this.drain();
        });
        let heard_by = heard.as_ref().unchecked_ref();
        if scope
            .add_event_listener_with_callback(event, heard_by)
            .is_ok()
        {
            // It lives as long as the worker.
            heard.forget();
        }
    }
}

/// Whether the browser says that there is a network.
pub(super) fn is_online() -> bool {
    scope().map_or(true, |scope| scope.navigator().on_line())
}
