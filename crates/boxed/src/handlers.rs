//! Handlers of events, memos and effects.

use leptos::ev::Event;
use leptos::prelude::*;

/// A handler of a DOM event: `on:click=handler(move |_| …)`. One that reads its event names the type.
pub fn handler<E: 'static>(handle: impl FnMut(E) + 'static) -> Box<dyn FnMut(E)> {
    Box::new(handle)
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
