//! Handlers of events, memos and effects.

use leptos::ev::{Event, KeyboardEvent};
use leptos::prelude::*;

/// A handler of a DOM event: `on:click=handler(move |_| …)`. One that reads its event names the type.
pub fn handler<E: 'static>(handle: impl FnMut(E) + 'static) -> Box<dyn FnMut(E)> {
    Box::new(handle)
}

/// A handler of keys: `on:keydown=pressed(move |event| …)`. It does not hear those that compose a text:
/// the Enter that takes what an input method offers is no command.
pub fn pressed(mut handle: impl FnMut(KeyboardEvent) + 'static) -> Box<dyn FnMut(KeyboardEvent)> {
    Box::new(move |event| {
        if !is_composing(&event) {
            handle(event);
        }
    })
}

/// Whether a key belongs to an input method that composes a text. The last one is told by its code alone
/// in some browsers.
pub fn is_composing(event: &KeyboardEvent) -> bool {
    const COMPOSING: u32 = 229;
    event.is_composing() || event.key_code() == COMPOSING
}

/// The handler that keeps what is typed: `on:input=typed_into(text)`.
pub fn typed_into(text: RwSignal<String>) -> Box<dyn FnMut(Event)> {
    Box::new(move |event| text.set(event_target_value(&event)))
}

/// The handler that opens a dialog: `on:click=opens(dialog)`.
pub fn opens<E: 'static>(dialog: RwSignal<bool>) -> Box<dyn FnMut(E)> {
    Box::new(move |_| dialog.set(true))
}

/// The handler that closes a dialog: `on:click=closes(dialog)`.
pub fn closes<E: 'static>(dialog: RwSignal<bool>) -> Box<dyn FnMut(E)> {
    Box::new(move |_| dialog.set(false))
}

/// A memo: computed anew when a signal it reads changes, and told of only when it differs.
pub fn memo<T>(compute: impl Fn() -> T + Send + Sync + 'static) -> Memo<T>
where
    T: PartialEq + Send + Sync + 'static,
{
    fn new<T>(compute: Box<dyn Fn() -> T + Send + Sync>) -> Memo<T>
    where
        T: PartialEq + Send + Sync + 'static,
    {
        Memo::new(move |_| compute())
    }
    new(Box::new(compute))
}

/// Does something now and again whenever a signal it reads changes, for as long as its owner is there.
pub fn effect(act: impl FnMut() + 'static) {
    fn new(act: Box<dyn FnMut()>) {
        Effect::new(act);
    }
    new(Box::new(act));
}
