//! What a list shows, kept in the query of the address: reload and Back bring it back, and a link
//! to it can be shared.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::query_signal_with_options;

/// One named text in the query of the address; empty when it is absent.
#[derive(Clone, Copy)]
pub struct Param {
    value: Memo<Option<String>>,
    set: SignalSetter<Option<String>>,
}

impl Param {
    /// The parameter of this name. Changing it makes no new entry in the history.
    pub fn new(name: &'static str) -> Param {
        let options = NavigateOptions {
            replace: true,
            scroll: false,
            ..Default::default()
        };
        let (value, set) = query_signal_with_options(name, options);
        Param { value, set }
    }

    /// Its text.
    pub fn get(self) -> String {
        self.value.get().unwrap_or_default()
    }

    /// Changes it; an empty text takes it out of the address.
    pub fn set(self, text: String) {
        self.set.set((!text.is_empty()).then_some(text));
    }

    /// As a signal for a control.
    pub fn signal(self) -> Signal<String> {
        Signal::derive(move || self.get())
    }

    /// As the callback of a control; `and_reset` is emptied too: another filter begins at page one.
    pub fn setter(self, and_reset: Option<Param>) -> Callback<String> {
        Callback::new(move |text| {
            if let Some(other) = and_reset {
                other.set(String::new());
            }
            self.set(text);
        })
    }

    /// As a page number, from 1.
    pub fn page(self) -> u64 {
        self.get()
            .parse()
            .ok()
            .filter(|page| *page > 0)
            .unwrap_or(1)
    }
}
