//! The API playground: the element that anybody's documentation can hold, loaded when this page is
//! opened. It has an engine of its own and touches none of the work kept here.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{CustomEvent, Event};

use crate::boxed::handler;
use crate::components::address::Param;
use crate::dom;

const NOT_BUILT: &str = "This build was made without the playground.";
const NOT_LOADED: &str = "The playground could not be loaded. Once it has been opened with a network it is kept for \
    offline use too.";

/// The page.
#[component]
pub fn PlaygroundPage() -> impl IntoView {
    dom::use_title(|| "API playground".to_owned());
    let script = dom::meta("leadline-playground");
    let problem = RwSignal::new(script.is_none().then_some(NOT_BUILT));
    let (operation, tour) = (Param::new("operation"), Param::new("tour"));
    let asked = |param: Param| Some(untrack(|| param.get())).filter(|text| !text.is_empty());
    let (first_operation, first_tour) = (asked(operation), asked(tour));
    // What is shown is kept in the address, so that a link leads to it.
    let moved = window_event_listener_untyped("leadline-playground-moved", move |event: Event| {
        let Some(event) = event.dyn_ref::<CustomEvent>() else {
            return;
        };
        for (name, param) in [("operation", operation), ("tour", tour)] {
            let told = js_sys::Reflect::get(&event.detail(), &name.into());
            let told = told
                .ok()
                .and_then(|told| told.as_string())
                .unwrap_or_default();
            if untrack(|| param.get()) != told {
                param.set(told);
            }
        }
    });
    on_cleanup(move || moved.remove());
    view! {
        <section class="playground-page">
            <h1 class="visually-hidden">"API playground"</h1>
            {move || problem.get().map(|problem| view! { <p class="note note-danger" role="alert">{problem}</p> })}
            {script.map(|script| view! {
                <script type="module" src=script on:error=handler(move |_| problem.set(Some(NOT_LOADED)))></script>
                <leadline-playground attr:operation=first_operation attr:tour=first_tour></leadline-playground>
            })}
        </section>
    }
}
