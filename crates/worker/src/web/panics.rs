//! A fault of ours must not look like silence: the page hears of it, and another tab takes over.

use std::cell::RefCell;

use leadline_protocol::{FromWorker, Notice, Written};

use super::locks::Held;
use super::port;

thread_local! {
    static LEADERSHIP: RefCell<Option<Held>> = const { RefCell::new(None) };
}

/// Keeps the lock of the leader, to be let go when the engine panics.
pub fn keep(held: Option<Held>) {
    LEADERSHIP.with(|leadership| *leadership.borrow_mut() = held);
}

/// Tells the page that the engine cannot go on.
pub fn fail(reason: &str) {
    port::post(&FromWorker::Notice(Written::of(&Notice::Failed(
        reason.to_owned(),
    ))));
}

/// From now on a panic is told to the page, and lets another tab lead.
pub fn install() {
    std::panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        let what = info
            .payload()
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| info.payload().downcast_ref::<String>().cloned())
            .unwrap_or_default();
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        fail(&format!(
            "The engine stopped because of a fault of ours ({what}, {place}). What was shown as \
             saved is safe. Reload to go on."
        ));
        LEADERSHIP.with(|leadership| {
            if let Ok(leadership) = leadership.try_borrow()
                && let Some(held) = &*leadership
            {
                held.release();
            }
        });
    }));
}
