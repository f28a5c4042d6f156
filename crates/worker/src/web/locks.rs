//! Web Locks: held until the worker dies, which is how tabs learn of each other's end.

use std::cell::RefCell;
use std::rc::Rc;

use futures::channel::oneshot;
use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// `navigator.locks`; the bindings of web-sys for it are not stable yet.
    #[wasm_bindgen(extends = js_sys::Object)]
    type LockManager;

    #[wasm_bindgen(method, catch)]
    fn request(this: &LockManager, name: &str, granted: &Function) -> Result<Promise, JsValue>;
}

/// A lock that is held.
#[derive(Debug)]
pub struct Held {
    release: Function,
}

impl Held {
    /// Lets it go; a lock that is not let go is held until the worker dies.
    pub fn release(&self) {
        // Resolving a promise cannot fail.
        let _ = self.release.call0(&JsValue::UNDEFINED);
    }
}

/// Waits for a lock; `None` where the browser has no locks, or lets this site have none.
pub async fn acquire(name: &str) -> Option<Held> {
    let navigator = Reflect::get(&js_sys::global(), &JsValue::from_str("navigator")).ok()?;
    let locks = Reflect::get(&navigator, &JsValue::from_str("locks")).ok()?;
    if locks.is_undefined() || locks.is_null() {
        return None;
    }
    let locks: LockManager = locks.unchecked_into();
    let (sender, granted) = oneshot::channel();
    let waiting = Rc::new(RefCell::new(Some(sender)));
    let refused = waiting.clone();
    let on_granted = Closure::once(move |_lock: JsValue| -> Promise {
        let mut release = None;
        let hold = Promise::new(&mut |resolve, _| release = Some(resolve));
        if let (Some(release), Some(sender)) = (release, waiting.take()) {
            // Nobody waits any more: then the lock is let go with the promise.
            let _ = sender.send(Held {
                release: release.unchecked_into(),
            });
        }
        hold
    });
    let function: &Function = on_granted.as_ref().unchecked_ref();
    let request = locks.request(name, function).ok()?;
    // A refused request (the site may keep nothing, the page is going away) is never granted: without its
    // sender nobody waits on.
    let on_refused = Closure::once(move |_: JsValue| drop(refused.take()));
    let _ = request.catch(&on_refused);
    let held = granted.await.ok();
    on_refused.forget();
    held
}
