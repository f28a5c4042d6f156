//! The state everyone wants to see at a glance: the simulated clock, saving, other tabs, network.

use leadline_protocol::{Clock, PlayState, Request, Role, SaveState, Speed};
use leptos::prelude::*;

use crate::boxed::{handler, memo};
use crate::components::control_flow::Show;
use crate::components::icon::Icon;
use crate::format;
use crate::state::use_app;

/// Clock, save mark with the network, tab role.
#[component]
pub fn Status() -> impl IntoView {
    view! {
        <div class="side-status">
            <ClockChip />
            <SaveMark />
            <RoleMark />
        </div>
    }
}

/// What the clock is doing, in a few words.
pub fn play_words(state: PlayState) -> String {
    match state {
        PlayState::Stopped => "Clock stopped".to_owned(),
        PlayState::Playing {
            speed: Speed::Unlimited,
        } => "Playing as fast as it goes".to_owned(),
        PlayState::Playing {
            speed: Speed::PerSecond(ms),
        } => {
            format!(
                "Playing {} each second",
                format::duration(leadline_model::Duration(ms))
            )
        }
        PlayState::Running { to: Some(to), .. } => format!("Running to {}", format::date_time(to)),
        PlayState::Running { to: None, .. } => "Running to the end".to_owned(),
    }
}

#[component]
fn ClockChip() -> impl IntoView {
    let app = use_app();
    let face = move |clock: &Clock| {
        format!(
            "{} {}",
            format::weekday(clock.now),
            format::date_time(clock.now)
        )
    };
    let runs = memo(move || {
        app.clock.with(|clock| {
            clock
                .as_ref()
                .is_some_and(|clock| clock.state != PlayState::Stopped)
        })
    });
    let stop = move |_| {
        app.run(Request::Stop, move |clock: Clock| {
            app.clock.set(Some(clock))
        })
    };
    let zone = format!("Simulated time, shown in {}", format::time_zone());
    view! {
        <div class="clock-chip" class:clock-runs=runs title=zone>
            {Icon::Clock.draw()}
            <div class="clock-face">
                <span class="visually-hidden">"Simulated time: "</span>
                <span class="clock-now">
                    {move || app.clock.with(|clock| clock.as_ref().map_or("Starting…".to_owned(), face))}
                </span>
                <span class="clock-state">
                    {move || app.clock.with(|clock| clock.as_ref().map(|clock| play_words(clock.state)))}
                </span>
            </div>
            <Show when=move || runs.get()>
                <button type="button" class="icon-button" aria-label="Stop clock" title="Stop clock"
                    on:click=handler(stop)>{Icon::Stop.draw()}</button>
            </Show>
        </div>
    }
}

/// How a mark looks: its kind for the style, its words, words for where there is room, the reason.
struct Mark {
    class: &'static str,
    icon: Icon,
    words: &'static str,
    roomy: &'static str,
    detail: String,
}

fn save_mark(save: Option<SaveState>, online: bool) -> Mark {
    let mark = |class, icon, words, detail| Mark {
        class,
        icon,
        words,
        roomy: "",
        detail,
    };
    match save {
        None => mark("mark-plain", Icon::Clock, "Opening…", String::new()),
        Some(SaveState::Saving) => mark("mark-plain", Icon::Clock, "Saving…", String::new()),
        Some(SaveState::Saved { at_ms }) => {
            let (icon, words) = if online {
                (Icon::Check, "Saved")
            } else {
                (Icon::Offline, "Offline. Saved")
            };
            Mark {
                roomy: " in this browser",
                ..mark("mark-good", icon, words, format::time_of_day(at_ms))
            }
        }
        Some(SaveState::NotSaved { reason }) => mark("mark-bad", Icon::Alert, "Not saved:", reason),
        Some(SaveState::Full { reason }) => mark("mark-bad", Icon::Alert, "Storage full:", reason),
        Some(SaveState::MemoryOnly { reason }) => {
            mark("mark-warn", Icon::Alert, "Memory only:", reason)
        }
    }
}

/// How saving stands, and whether there is a network. Trouble interrupts a screen reader, the rest is
/// for whoever looks.
#[component]
fn SaveMark() -> impl IntoView {
    let app = use_app();
    let online = online();
    let trouble = memo(move || {
        let Mark {
            class,
            words,
            detail,
            ..
        } = save_mark(app.save.get(), true);
        matches!(class, "mark-bad" | "mark-warn").then(|| format!("{words} {detail}"))
    });
    view! {
        <div class="save-mark">
            {move || {
                let Mark { class, icon, words, roomy, detail } = save_mark(app.save.get(), online.get());
                let class = format!("status-mark {class}");
                let whole = format!("{words}{roomy} {detail}");
                view! {
                    <p class=class title=whole>
                        {icon.draw()}
                        <span>{words}<span class="roomy">{roomy}</span>" "{detail}</span>
                    </p>
                }
            }}
            <p class="visually-hidden" role="alert">{move || trouble.get()}</p>
            <p class="visually-hidden" role="status">
                {move || (!online.get()).then_some("Offline – everything works")}
            </p>
        </div>
    }
}

#[component]
fn RoleMark() -> impl IntoView {
    let app = use_app();
    view! {
        <Show when=move || app.role.get() == Role::Following>
            <p class="status-mark mark-plain"
                title="Another tab runs the engine. This one shows the same, live, and takes over when that one closes.">
                {Icon::Tabs.draw()}<span>"Following another tab"</span>
            </p>
        </Show>
    }
}

/// Whether the browser has a network, live.
fn online() -> RwSignal<bool> {
    let online = RwSignal::new(window().navigator().on_line());
    for (event, value) in [("online", true), ("offline", false)] {
        let handle = window_event_listener_untyped(event, move |_| online.set(value));
        on_cleanup(move || handle.remove());
    }
    online
}
