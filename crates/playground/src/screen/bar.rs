//! Who answers, the clock, and a fresh start.

use leadline_boxed::control_flow::Show;
use leadline_boxed::{effect, handler, memo, typed_into};
use leptos::prelude::*;

use super::clock::{Clock, Meanwhile};
use super::desk::Desk;
use super::open;

/// The bar on top.
#[component]
pub fn Bar(desk: Desk) -> impl IntoView {
    let chosen_server = RwSignal::new(None::<bool>);
    let server = memo(move || {
        chosen_server
            .get()
            .unwrap_or_else(|| desk.server.with(Option::is_some))
    });
    let to_engine = move |_| {
        chosen_server.set(None);
        if desk.server.with_untracked(Option::is_some) {
            open::connect(desk, None, None);
        }
    };
    view! {
        <section class="bar" aria-label="Who answers, and the clock">
            <div class="row">
                <fieldset class="switch">
                    <legend class="hidden">"Who answers"</legend>
                    <label><input type="radio" name="target" prop:checked=move || !server.get() on:change=handler(to_engine) />
                        <span>"Engine in this page"</span></label>
                    <label><input type="radio" name="target" prop:checked=server
                        on:change=handler(move |_| chosen_server.set(Some(true))) />
                        <span>"A server"</span></label>
                </fieldset>
                <Show when=move || !server.get()><Reset desk /></Show>
                <Clock desk />
            </div>
            <Show when=move || server.get()><Server desk /></Show>
            {move || desk.trouble.get().map(|problem| view! {
                <div class="note bad row spread">
                    <p role="alert">{problem}</p>
                    <button type="button" on:click=handler(move |_| open::again(desk))>"Try again"</button>
                </div>
            })}
            <Meanwhile desk />
        </section>
    }
}

#[component]
fn Reset(desk: Desk) -> impl IntoView {
    let seed = RwSignal::new(String::new());
    effect(move || {
        seed.set(
            desk.seed
                .get()
                .map_or("1".to_owned(), |seed| seed.to_string()),
        )
    });
    let reset = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        match seed.with_untracked(|seed| seed.trim().parse::<u32>()) {
            Ok(seed) => open::reset(desk, Some(f64::from(seed))),
            Err(_) => desk.say("A seed is a whole number."),
        }
    };
    view! {
        <form class="row" on:submit=handler(reset)>
            <button type="submit" title="Begins again with an empty engine. It can be undone.">"New empty engine"</button>
            <label class="row">"Seed"
                <input class="short" type="number" min="0" max="4294967295" step="1" required prop:value=seed on:input=typed_into(seed) />
            </label>
            <Show when=move || desk.before.with(Option::is_some)>
                <button type="button" class="plain" on:click=handler(move |_| open::undo_reset(desk))>"Undo"</button>
            </Show>
        </form>
    }
}

#[component]
fn Server(desk: Desk) -> impl IntoView {
    let address = RwSignal::new(
        desk.server
            .get_untracked()
            .unwrap_or_else(|| "http://127.0.0.1:8080".to_owned()),
    );
    let key = RwSignal::new(desk.key.get_untracked());
    let connect = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let key = key.get_untracked().trim().to_owned();
        open::connect(desk, open::address(&address.get_untracked()), Some(key));
    };
    view! {
        <form class="row server" on:submit=handler(connect)>
            <label class="field grow">"Address"
                <input type="url" required spellcheck="false" prop:value=address
                    on:input=typed_into(address) />
            </label>
            <label class="field grow">"Key"
                <input type="password" autocomplete="off" spellcheck="false" placeholder="ldl_…" prop:value=key
                    on:input=typed_into(key) />
            </label>
            <button type="submit" class="primary">"Connect"</button>
            <p class="small whole">
                {move || match desk.server.get() {
                    Some(_) if desk.trouble.with(Option::is_some) => String::new(),
                    Some(server) => format!("{server} answers."),
                    None => "Not connected yet: the engine in this page still answers.".to_owned(),
                }}
            </p>
            <p class="muted small whole">
                "Requests change what is on that server. The key stays in this tab until it is closed; it is in no log, \
                 link or sample."
            </p>
        </form>
    }
}
