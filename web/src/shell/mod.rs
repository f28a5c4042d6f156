//! The frame around every page: navigation, the state of clock and saving, banners, messages.

mod banners;
pub mod fatal;
mod status;

use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::hooks::use_location;

use crate::boxed::{handler, memo};
use crate::components::dialog::ConfirmDialog;
use crate::components::icon::Icon;
use crate::components::toast::ToastRegion;
use crate::remotes::standing::attention;
use crate::state::use_app;
use crate::{dom, format};
use banners::Banners;
use status::Status;

/// The preference that keeps the navigation narrow (`yes`) or wide (`no`).
const NARROW: &str = "leadline.narrow";
/// Below this width of the window a canvas needs the room more than the navigation does.
const CROWDED: f64 = 1_500.0;

/// The frame around every page.
#[component]
pub fn Shell(
    /// The page.
    children: Children,
) -> impl IntoView {
    let app = use_app();
    let chosen = RwSignal::new(dom::preference(NARROW));
    let (crowded, on_canvas) = (crowded(), on_canvas());
    let narrow = memo(move || match chosen.get().as_deref() {
        Some("no") => false,
        Some(_) => true,
        None => crowded.get() && on_canvas.get(),
    });
    follow_navigation();
    let skip = move |event: leptos::ev::MouseEvent| {
        event.prevent_default();
        dom::focus("#main");
    };
    let toggle = move |_| {
        let choice = if narrow.get_untracked() { "no" } else { "yes" };
        dom::set_preference(NARROW, Some(choice));
        chosen.set(Some(choice.to_owned()));
    };
    view! {
        <div class="shell" class:shell-narrow=move || narrow.get()>
            <a class="skip-link" href="#main" on:click=handler(skip)>"Skip to content"</a>
            <header class="side">
                <div class="brand">
                    <A href="/" {..} class="brand-link" aria-label="Leadline, home"><Mark /><span>"Leadline"</span></A>
                    <button type="button" class="icon-button side-toggle" on:click=handler(toggle)
                        aria-pressed=move || narrow.get().to_string() aria-label="Narrow navigation"
                        title="Narrow navigation">{Icon::Collapse.draw()}</button>
                </div>
                <Navigation />
                <Status />
            </header>
            <div class="content">
                <Banners />
                <main id="main" tabindex="-1">{children()}</main>
            </div>
        </div>
        <ToastRegion toasts=app.toasts />
        <ConfirmDialog />
    }
}

/// A path without the place where the app is served.
fn within_app(path: &str) -> &str {
    path.strip_prefix(dom::base().trim_end_matches('/'))
        .unwrap_or(path)
}

/// Whether the window is too narrow for a canvas beside a wide navigation, live.
fn crowded() -> RwSignal<bool> {
    let width = || window().inner_width().ok().and_then(|w| w.as_f64());
    let is_crowded = move || width().is_some_and(|width| width < CROWDED);
    let crowded = RwSignal::new(is_crowded());
    let handle = window_event_listener(leptos::ev::resize, move |_| crowded.set(is_crowded()));
    on_cleanup(move || handle.remove());
    crowded
}

/// Whether the page is the designer or the simulation.
fn on_canvas() -> Memo<bool> {
    let path = use_location().pathname;
    memo(move || {
        let path = path.get();
        let parts: Vec<&str> = within_app(&path).split('/').skip(1).collect();
        matches!(parts[..], ["workflows", _] | ["workflows", _, "simulate"])
    })
}

#[component]
fn Navigation() -> impl IntoView {
    let path = use_location().pathname;
    let on_workflows = move || {
        let path = path.get();
        let path = within_app(&path);
        path == "/" || path.is_empty() || path.starts_with("/workflows")
    };
    let item = |href: &'static str, name: &'static str, icon: Icon| {
        view! {
            <li><A href={href} {..} class="nav-link" title=name>{icon.draw()}<span>{name}</span></A></li>
        }
    };
    view! {
        <nav class="side-nav" aria-label="Main">
            <ul>
                <li>
                    <A href="/" exact=true {..} class="nav-link" class:nav-here=on_workflows title="Workflows">
                        {Icon::Workflows.draw()}<span>"Workflows"</span>
                    </A>
                </li>
                <li><InboxLink /></li>
                {item("/runs", "Runs", Icon::Runs)}
                <li>
                    <A href="/agents" {..} class="nav-link" title="Agents and numbers">
                        {Icon::Agents.draw()}<span>"Agents"<span class="roomy">" and numbers"</span></span>
                    </A>
                </li>
                {item("/calls", "Calls", Icon::Calls)}
                <li><SyncLink /></li>
                {item("/scenarios", "Scenarios", Icon::Play)}
                {item("/playground", "API playground", Icon::Playground)}
                {item("/settings", "Settings", Icon::Settings)}
            </ul>
        </nav>
    }
}

/// How long a number at a link rests before it is announced.
const REST_MS: u32 = 1_500;

/// The link to the inbox with the number of questions that wait.
#[component]
fn InboxLink() -> impl IntoView {
    let app = use_app();
    let words = |n: u64| match n {
        0 => "No question waits for a person any more".to_owned(),
        n => format::count(
            n,
            "question waits for a person",
            "questions wait for a person",
        ),
    };
    let count = memo(move || app.pending.get());
    view! { <CountedLink href="/inbox" name="Inbox" icon=Icon::Inbox count words tail="waiting" /> }
}

/// The link to the remotes with the number of things that need a person.
#[component]
fn SyncLink() -> impl IntoView {
    let list = use_app().remotes.list;
    let words = |n: u64| match n {
        0 => "Nothing in Sync needs you any more".to_owned(),
        n => format::count(n, "thing in Sync needs you", "things in Sync need you"),
    };
    let count =
        memo(move || list.with(|list| list.iter().flatten().map(attention).sum::<usize>() as u64));
    view! { <CountedLink href="/sync" name="Sync" icon=Icon::Sync count words tail="for you" /> }
}

/// A link with a number that changes by itself. Screen readers hear of a new number once it rests:
/// while the clock plays it may change many times a second.
#[component]
fn CountedLink(
    href: &'static str,
    name: &'static str,
    icon: Icon,
    count: Memo<u64>,
    /// What is announced of a number.
    words: fn(u64) -> String,
    /// What follows the number for those who hear it.
    tail: &'static str,
) -> impl IntoView {
    let said = RwSignal::new(None::<String>);
    Effect::new(move |before: Option<u64>| {
        let now = count.get();
        if before.is_some_and(|before| before != now) {
            gloo_timers::callback::Timeout::new(REST_MS, move || {
                if count.try_get_untracked() == Some(now) {
                    said.set(Some(words(now)));
                }
            })
            .forget();
        }
        now
    });
    let shown = move || match count.get() {
        0 => None,
        n if n > 999 => Some("999+".to_owned()),
        n => Some(n.to_string()),
    };
    view! {
        <A href={href} {..} class="nav-link" title=name>
            <span class="nav-icon">
                {icon.draw()}
                {move || shown().map(|count| view! { <b class="nav-count" aria-hidden="true">{count}</b> })}
            </span>
            <span>{name}</span>
            <em class="visually-hidden">{move || shown().map(|count| format!(" ({count} {tail})"))}</em>
        </A>
        <p class="visually-hidden" role="status">{move || said.get()}</p>
    }
}

/// The product's mark: a path that leads from one point to another.
#[component]
fn Mark() -> impl IntoView {
    view! {
        <svg class="mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
            <rect class="mark-ground" width="32" height="32" rx="8" />
            <path class="mark-line" d="M9 10.5V20a4 4 0 0 0 4 4h10" />
            <circle class="mark-start" cx="9" cy="9" r="2.6" />
            <circle class="mark-end" cx="23" cy="24" r="3.4" />
        </svg>
    }
}

/// After a navigation the focus would be lost with the link that was left behind: it goes to the
/// page, unless the page took it already.
fn follow_navigation() {
    let path = use_location().pathname;
    Effect::new(move |before: Option<String>| {
        let now = path.get();
        if before.is_some_and(|before| before != now) {
            request_animation_frame(|| {
                let lost = document().active_element().is_none_or(|element| {
                    element.tag_name() == "BODY"
                        || element.closest(".side").ok().flatten().is_some()
                });
                if lost {
                    dom::focus("#main");
                }
            });
        }
        now
    });
}
