//! The switch between what is here and what is on the remote.

use leptos::prelude::*;

use super::Sides;
use crate::boxed::{handler, memo};
use crate::components::address::Param;

/// Here, or on the remote; nothing for a workflow that is not linked.
#[component]
pub fn SideSwitch(
    /// Of which workflow.
    sides: Sides,
) -> impl IntoView {
    // The other side's list has other pages.
    let page = Param::new("page");
    let look = move |at_remote: bool| {
        page.set(String::new());
        sides.look(at_remote);
    };
    let name = memo(move || sides.remote_name());
    move || {
        name.get().map(|name| {
            let there = format!("What is on {name}");
            view! {
                <div class="side-switch" role="group" aria-label="Which side is shown">
                    <button type="button" title="What is simulated in this browser"
                        aria-pressed=move || (!sides.is_there()).to_string()
                        on:click=handler(move |_| look(false))>"Here"</button>
                    <button type="button" class="side-there" title=there
                        aria-pressed=move || sides.is_there().to_string()
                        on:click=handler(move |_| look(true))>{name}</button>
                </div>
            }
        })
    }
}
