//! What an address that leads nowhere shows.

use leptos::prelude::*;
use leptos_router::components::A;

/// The page of an unknown address.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    crate::dom::use_title(|| "Page not found".to_owned());
    view! {
        <section class="page page-narrow">
            <h1>"There is no page here"</h1>
            <p class="muted">"The address may be mistyped, or what it named was deleted."</p>
            <A href="/" {..} class="button button-primary">"Go to Workflows"</A>
        </section>
    }
}
