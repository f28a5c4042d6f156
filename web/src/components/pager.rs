//! Moving through the pages of a list.

use leadline_model::view::PageMeta;
use leptos::prelude::*;

use crate::boxed::handler;
use crate::components::control_flow::Show;
use crate::format;

/// Previous, next, and where one is.
#[component]
pub fn Pager(
    /// Which page of how many; nothing is shown for a single page.
    #[prop(into)]
    meta: Signal<Option<PageMeta>>,
    /// Hears the page to go to.
    #[prop(into)]
    on_page: Callback<u64>,
) -> impl IntoView {
    let at = move || meta.get().map_or(1, |meta| meta.page);
    let last = move || meta.get().map_or(1, |meta| meta.total_pages.max(1));
    let range = move || {
        let Some(meta) = meta.get() else {
            return String::new();
        };
        let first = ((meta.page - 1) * meta.limit + 1).min(meta.total);
        let end = (meta.page * meta.limit).min(meta.total);
        let number = format::number;
        format!(
            "{}–{} of {}",
            number(first),
            number(end),
            number(meta.total)
        )
    };
    view! {
        <Show when=move || { last() > 1 }>
            <nav class="pager row" aria-label="Pages of this list">
                <button type="button" class="button button-small" disabled={move || at() <= 1}
                    on:click=handler(move |_| on_page.run(at() - 1))>"Previous"</button>
                <span class="muted small" aria-live="polite">{range}</span>
                <button type="button" class="button button-small" disabled={move || at() >= last()}
                    on:click=handler(move |_| on_page.run(at() + 1))>"Next"</button>
            </nav>
        </Show>
    }
}
