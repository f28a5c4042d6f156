//! What can be chosen: tours, and every operation by chapter.

use std::sync::Arc;

use leadline_boxed::{handler, memo, typed_into};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use super::act;
use super::desk::Desk;
use crate::document::Operation;
use crate::tour::Tour;

/// The list of tours and operations.
#[component]
pub fn Menu(desk: Desk) -> impl IntoView {
    let words = RwSignal::new(String::new());
    let toggled = move |_| desk.menu.update(|open| *open = !*open);
    view! {
        <nav class="menu" aria-label="Tours and operations">
            <button type="button" class="menu-toggle" aria-expanded=move || desk.menu.get().to_string() on:click=handler(toggled)>
                "Tours and operations"
            </button>
            <div class="menu-body" class:closed=move || !desk.menu.get()>
                <label class="field"><span class="hidden">"Search"</span>
                    <input type="search" placeholder="Search path or words" prop:value=words
                        on:input=typed_into(words) />
                </label>
                {move || words.with(|words| words.trim().is_empty()).then(|| tours(desk))}
                {move || chapters(desk, &words.get())}
            </div>
        </nav>
    }
}

fn tours(desk: Desk) -> impl IntoView {
    let here = memo(move || {
        desk.tour
            .with(|tour| tour.as_ref().map(|tour| tour.tour.id.clone()))
    });
    // A server of another version may lack what a tour needs.
    let document = desk.document.get();
    let whole = |tour: &Arc<Tour>| tour.operations().all(|id| document.operation(id).is_some());
    let all = desk
        .tours
        .get_value()
        .into_iter()
        .filter(whole)
        .map(|tour| {
            let (id, own) = (tour.id.clone(), tour.id.clone());
            view! {
                <li>
                    <button type="button" class="item" title=tour.about.clone()
                        aria-current=move || (here.get().as_ref() == Some(&own)).then_some("true")
                        on:click=handler(move |_| act::start_tour(desk, &id))>{tour.title.clone()}</button>
                </li>
            }
        });
    view! { <h2>"Guided tours"</h2><ul>{all.collect_view()}</ul> }
}

fn chapters(desk: Desk, words: &str) -> AnyView {
    let document = desk.document.get();
    let found = document.search(words);
    if found.is_empty() {
        return view! { <p class="muted">{if words.is_empty() { "" } else { "Nothing fits." }}</p> }.into_any();
    }
    let chapters = found
        .chunk_by(|one, next| one.tag == next.tag)
        .map(|chapter| {
            let name = chapter.first().map(|operation| operation.tag.clone());
            let items = chapter
                .iter()
                .map(|operation| item(desk, operation))
                .collect_view();
            view! { <h2>{name}</h2><ul>{items}</ul> }
        });
    chapters.collect_view().into_any()
}

fn item(desk: Desk, operation: &Operation) -> impl IntoView + use<> {
    let Operation {
        id,
        method,
        path,
        summary,
        ..
    } = operation.clone();
    let (own, class) = (id.clone(), format!("method {}", method.to_lowercase()));
    let here = move || {
        desk.draft
            .with(|draft| draft.operation == own)
            .then_some("true")
    };
    let choose = move |event: leptos::ev::MouseEvent| {
        desk.tour.set(None);
        desk.answer.set(None);
        act::choose(desk, &id);
        let button = event
            .current_target()
            .and_then(|target| target.dyn_into::<Element>().ok());
        request_animation_frame(move || {
            button.and_then(|button| show_request(&button));
        });
    };
    view! {
        <li>
            <button type="button" class="item" aria-current=here title=format!("{method} {path}") on:click=handler(choose)>
                <span class=class>{method.clone()}</span><span>{summary}</span>
            </button>
        </li>
    }
}

/// Moves the focus from the list to what was chosen.
fn show_request(button: &Element) -> Option<()> {
    let screen = button.closest(".pg").ok()??;
    let heading = screen.query_selector(".editor h2").ok()??;
    heading.dyn_into::<HtmlElement>().ok()?.focus().ok()
}
