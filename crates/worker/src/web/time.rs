//! The clocks of the browser, and waiting.

use std::cell::RefCell;
use std::collections::VecDeque;

use futures::channel::oneshot;
use gloo_timers::future::TimeoutFuture;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use web_sys::{MessageChannel, WorkerGlobalScope};

use crate::host::Moment;

/// Milliseconds of a steady clock.
pub fn real() -> f64 {
    js_sys::global()
        .dyn_into::<WorkerGlobalScope>()
        .ok()
        .and_then(|scope| scope.performance())
        .map_or_else(js_sys::Date::now, |performance| performance.now())
}

/// Now, by both clocks.
pub fn moment() -> Moment {
    Moment {
        real: real(),
        wall: js_sys::Date::now() as i64,
    }
}

/// Waits so many milliseconds.
pub async fn sleep(ms: f64) {
    TimeoutFuture::new(ms.clamp(0.0, 3_600_000.0) as u32).await;
}

struct Yielder {
    channel: MessageChannel,
    waiting: RefCell<VecDeque<oneshot::Sender<()>>>,
    _heard: Closure<dyn FnMut()>,
}

fn wake_one() {
    YIELDER.with(|yielder| {
        let next = yielder
            .as_ref()
            .and_then(|y| y.waiting.borrow_mut().pop_front());
        if let Some(sender) = next {
            // Whoever waited may have gone.
            let _ = sender.send(());
        }
    });
}

thread_local! {
    static YIELDER: Option<Yielder> = {
        MessageChannel::new().ok().map(|channel| {
            let heard = Closure::<dyn FnMut()>::new(wake_one);
            channel.port2().set_onmessage(Some(heard.as_ref().unchecked_ref()));
            Yielder { channel, waiting: RefCell::default(), _heard: heard }
        })
    };
}

/// Lets everything else that waits have its turn: messages, timers, storage. Timers would do, but
/// browsers make nested ones wait 4 ms; a message to oneself has no such floor.
pub async fn yield_now() {
    let (sender, receiver) = oneshot::channel();
    let posted = YIELDER.with(|yielder| {
        let Some(yielder) = yielder else { return false };
        yielder.waiting.borrow_mut().push_back(sender);
        yielder.channel.port1().post_message(&JsValue::NULL).is_ok()
    });
    if !posted || receiver.await.is_err() {
        sleep(0.0).await;
    }
}
