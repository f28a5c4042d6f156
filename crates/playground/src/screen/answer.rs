//! The answer to the request sent last.

use leadline_boxed::control_flow::Show;
use leadline_boxed::{effect, handler, memo};
use leptos::html;
use leptos::prelude::*;
use web_sys::{ScrollIntoViewOptions, ScrollLogicalPosition};

use super::desk::{Answer, Desk};
use super::perform;
use super::samples::Copy;
use super::words::words;
use crate::{json, meaning};

/// Longer bodies are cut on the screen; copying gives all.
const MOST_SHOWN: usize = 200_000;

/// Colours of a status.
pub fn status_class(status: u16) -> &'static str {
    match status {
        200..=299 => "status ok",
        400..=499 => "status warn",
        _ => "status bad",
    }
}

/// The answer.
#[component]
pub fn AnswerPanel(desk: Desk) -> impl IntoView {
    let busy = move || desk.sending.with(Option::is_some);
    let place = NodeRef::<html::Section>::new();
    // Where the answer is not beside the request it would come unseen; a tour tells it itself.
    effect(move || {
        let came = desk.answer.with(Option::is_some) && desk.tour.with_untracked(Option::is_none);
        if let Some(place) = place
            .get_untracked()
            .filter(|_| came && desk.touched.get_value())
        {
            let how = ScrollIntoViewOptions::new();
            how.set_block(ScrollLogicalPosition::Nearest);
            place.scroll_into_view_with_scroll_into_view_options(&how);
        }
    });
    view! {
        <section class="answer" node_ref=place aria-label="Answer" aria-busy=move || busy().to_string()>
            <header class="row spread">
                <h2>"Answer"</h2>
                <Show when=busy><button type="button" on:click=handler(move |_| perform::stop(desk))>"Stop"</button></Show>
            </header>
            {move || match desk.answer.get() {
                Some(answer) => shown(desk, answer).into_any(),
                None => view! { <p class="muted small">"What is answered is shown here."</p> }.into_any(),
            }}
        </section>
    }
}

/// Server-sent events, as they come.
#[component]
pub fn StreamPanel(desk: Desk) -> impl IntoView {
    let there = memo(move || desk.stream.with(Option::is_some));
    let word = move || {
        if desk.listening.with(Option::is_some) {
            "Stop"
        } else {
            "Hide"
        }
    };
    let text = move || {
        let heard = desk
            .stream
            .with(|stream| stream.as_ref().map(|stream| stream.body.clone()));
        let heard = heard.filter(|heard| !heard.is_empty());
        heard.unwrap_or_else(|| {
            "Nothing has happened yet. Send something that changes something.".to_owned()
        })
    };
    let asked = move || {
        desk.stream
            .with(|stream| stream.as_ref().map(|stream| stream.asked.clone()))
    };
    view! {
        <Show when=move || there.get()>
            <section class="answer" aria-label="Events">
                <header class="row spread">
                    <h2>"Events"</h2>
                    <button type="button" on:click=handler(move |_| perform::stop_listening(desk))>{word}</button>
                </header>
                <p class="small"><code>{asked}</code></p>
                <pre class="body" tabindex="0" role="region" aria-label="Events as they come"><code>{text}</code></pre>
            </section>
        </Show>
    }
}

fn shown(desk: Desk, answer: Answer) -> impl IntoView {
    let Answer {
        asked,
        status,
        headers,
        body,
        took_ms,
        failure,
        ..
    } = answer;
    let head = (status > 0).then(|| {
        let size = format!("{took_ms:.0} ms, {} bytes", body.len());
        view! {
            <p class="row">
                <strong class=status_class(status)>{status} " " {meaning::name(status)}</strong>
                <span class="muted small">{size}</span>
            </p>
            <p class="small">{words(meaning::of_status(status))}</p>
        }
    });
    let failure = failure.map(|failure| {
        view! { <p class="note bad"><strong>"No answer. "</strong>{failure}</p> }
    });
    let headers = (!headers.is_empty()).then(|| {
        let lines = headers
            .into_iter()
            .map(|(name, value)| view! { <dt>{name}</dt><dd>{value}</dd> });
        view! { <details><summary>"Headers"</summary><dl>{lines.collect_view()}</dl></details> }
    });
    let content = (!body.is_empty()).then(|| {
        let mut text = json::pretty(&body);
        if let Some((end, _)) = text.char_indices().find(|(at, _)| *at >= MOST_SHOWN) {
            text.truncate(end);
            text.push_str("\n… (cut here; “Copy” copies all)");
        }
        view! {
            <div class="row spread">
                <h3>"Body"</h3>
                <Copy desk label="Copy body" text=move || json::pretty(&body) />
            </div>
            <pre class="body" tabindex="0" role="region" aria-label="Body of the answer"><code>{text}</code></pre>
        }
    });
    view! { <p class="small"><code>{asked}</code></p>{head}{failure}{headers}{content} }
}
