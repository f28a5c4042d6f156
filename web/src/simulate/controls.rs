//! The clock's controls: play, stop, tick, next event, run to an instant or to the end, speed, reset.

use leadline_designer::key_of;
use leadline_model::view::WorkflowSummary;
use leadline_model::{Time, WorkflowAction};
use leadline_protocol::{Clock, PlayState, Request, Speed};
use leptos::prelude::*;

use super::beside::RunPanels;
use super::watch::Watch;
use crate::boxed::{effect, handler, is_composing, memo, opens};
use crate::canvas::desk::Desk;
use crate::components::control_flow::Show;
use crate::designer::dialog::FormDialog;
use crate::designer::forms::bound::Bound;
use crate::designer::forms::controls::TextField;
use crate::designer::glyph::Glyph;
use crate::designer::in_text;
use crate::format;
use crate::lazy::{self, Later};

/// The speeds, in simulated milliseconds for each real second; 0 stands for as fast as it goes.
const SPEEDS: [(i64, &str); 6] = [
    (1_000, "Real time"),
    (60_000, "1 min/s"),
    (3_600_000, "1 h/s"),
    (21_600_000, "6 h/s"),
    (86_400_000, "1 d/s"),
    (0, "As fast as it goes"),
];
const USUAL: i64 = 3_600_000;

fn speed_of(key: i64) -> Speed {
    if key == 0 {
        Speed::Unlimited
    } else {
        Speed::PerSecond(key)
    }
}

/// What the buttons do.
#[derive(Clone, Copy)]
pub struct ClockKeys {
    desk: Desk,
    speed: RwSignal<i64>,
}

impl ClockKeys {
    fn ask(self, request: Request) {
        let app = self.desk.app;
        app.run(request, move |clock: Clock| app.clock.set(Some(clock)));
    }

    fn is_running(self) -> bool {
        self.desk.app.clock.with(|clock| {
            clock
                .as_ref()
                .is_some_and(|c| c.state != PlayState::Stopped)
        })
    }

    fn play(self) {
        self.ask(Request::Play {
            speed: speed_of(self.speed.get_untracked()),
        });
    }

    fn toggle(self) {
        if untrack(|| self.is_running()) {
            self.ask(Request::Stop)
        } else {
            self.play()
        }
    }
}

/// The controls.
#[component]
pub fn Controls(
    /// Of which desk.
    desk: Desk,
    /// What is watched.
    watch: Watch,
    /// The seed of the workflow's luck when it was opened.
    seed: u64,
    /// Opens the dialog that makes leads.
    generating: RwSignal<bool>,
    /// Whether the panels are shown.
    panels: RwSignal<bool>,
    /// Where the dialogs come from.
    later: Later<RunPanels>,
) -> impl IntoView {
    let keys = ClockKeys {
        desk,
        speed: RwSignal::new(USUAL),
    };
    let running = memo(move || keys.is_running());
    let asking_to = RwSignal::new(false);
    listen(keys);
    let button = move |name: &'static str, sign: Glyph, key: &'static str, request: Request| {
        view! {
            <button type="button" class="d-tool" title=format!("{name} ({key})") aria-label=name
                on:click=handler(move |_| keys.ask(request.clone()))>
                {sign.draw()}<span class="d-tool-name">{name}</span>
            </button>
        }
    };
    view! {
        <div class="d-toolbar s-controls" role="toolbar" aria-label="Clock">
            <button type="button" class="button button-primary button-small" disabled=move || running.get()
                title="Play (Space)" on:click=handler(move |_| keys.play())>"Play"</button>
            <button type="button" class="button button-small" disabled=move || !running.get()
                title="Stop the clock (Space)" on:click=handler(move |_| keys.ask(Request::Stop))>"Stop clock"</button>
            {button("Tick", Glyph::Tick, ",", Request::Tick)}
            {button("Next event", Glyph::NextEvent, ".", Request::NextEvent)}
            <button type="button" class="d-tool" aria-label="Run to…" title="Run to a date"
                on:click=opens(asking_to)>
                {Glyph::RunTo.draw()}<span class="d-tool-name">"Run to…"</span>
            </button>
            {button("Run to end", Glyph::RunToEnd, "until nothing is due", Request::RunToEnd)}
            <label class="s-speed">
                <span>"Speed"</span>
                <select aria-label="Speed" on:change:target=move |event| {
                    if let Ok(key) = event.target().value().parse() {
                        keys.speed.set(key);
                        if untrack(|| keys.is_running()) { keys.play(); }
                    }
                }>
                    {SPEEDS.map(|(key, words)| view! {
                        <option value=key.to_string() prop:selected=key == USUAL>{words}</option>
                    })}
                </select>
            </label>
            <ResetButtons desk watch seed />
            <span class="d-spacer"></span>
            <ClockFace desk watch />
            <button type="button" class="d-tool text" on:click=opens(generating)>"Generate leads"</button>
            <button type="button" class="d-tool text" aria-pressed=move || panels.get().to_string()
                on:click=handler(move |_| panels.update(|on| *on = !*on))>"Panels"</button>
        </div>
        <Progress desk keys />
        {lazy::dialog(asking_to, later, move |run| (run.run_to)(keys, asking_to))}
    }
}

fn listen(keys: ClockKeys) {
    let handle = window_event_listener(leptos::ev::keydown, move |event| {
        let held = event.ctrl_key() || event.meta_key() || event.alt_key() || event.repeat();
        if held || in_text(&event) || is_composing(&event) {
            return;
        }
        match key_of(&event.key(), &event.code(), event.shift_key()).as_str() {
            " " if !on_control(&event) => {
                event.prevent_default();
                keys.toggle();
            }
            "," => keys.ask(Request::Tick),
            "." => keys.ask(Request::NextEvent),
            _ => {}
        }
    });
    on_cleanup(move || handle.remove());
}

/// A space bar on a button presses that button.
fn on_control(event: &web_sys::KeyboardEvent) -> bool {
    use wasm_bindgen::JsCast;
    let target = event
        .target()
        .and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    target.is_some_and(|t| {
        t.closest("button, a, summary, [role=button]")
            .ok()
            .flatten()
            .is_some()
    })
}

/// The instant, what comes next, and whether calls may start.
#[component]
fn ClockFace(desk: Desk, watch: Watch) -> impl IntoView {
    let clock = desk.app.clock;
    let now = move || {
        clock.get().map(|c| {
            format!(
                "{} {}",
                format::weekday(c.now),
                format::date_time_seconds(c.now)
            )
        })
    };
    let next = move || {
        clock.get().map(|c| match c.next_due {
            Some(due) => format!("next in {}", format::duration(due.since(c.now))),
            None => "nothing is due".to_owned(),
        })
    };
    let window = move || {
        watch
            .frame
            .get()
            .and_then(|frame| frame.window_open)
            .map(|open| {
                if open {
                    ("badge badge-active", "Calling window open")
                } else {
                    ("badge", "Calling window closed")
                }
            })
    };
    view! {
        <p class="s-clock" aria-label="Simulated time">
            <strong>{now}</strong>
            <span class="muted">{next}</span>
            {move || window().map(|(class, words)| view! { <span class=class>{words}</span> })}
        </p>
    }
}

/// How far a long run is, and the way to end it.
#[component]
fn Progress(desk: Desk, keys: ClockKeys) -> impl IntoView {
    let run = memo(move || {
        let clock = desk.app.clock.get()?;
        match clock.state {
            PlayState::Running { from, to } => Some((clock.now, from, to, clock.ticks)),
            _ => None,
        }
    });
    let part = move || {
        let (now, from, to, _) = run.get()?;
        let all = to?.since(from).0.max(1);
        Some((now.since(from).0 as f64 / all as f64).clamp(0.0, 1.0))
    };
    let words = move || {
        run.get().map(|(now, _, to, _)| match to {
            Some(to) => format!(
                "Running to {}: {}",
                format::date_time(to),
                format::date_time(now)
            ),
            None => format!("Running to the end: {}", format::date_time(now)),
        })
    };
    view! {
        <Show when=move || run.get().is_some()>
            <div class="s-progress">
                <progress aria-label="Progress of the run" max="1" value=move || part().map(|p| p.to_string())></progress>
                <span>{words}</span>
                <button type="button" class="button button-small" on:click=handler(move |_| keys.ask(Request::Stop))>"Cancel run"</button>
            </div>
        </Show>
    }
}

/// A local date and time as an instant.
fn read_local(text: &str) -> Option<Time> {
    let ms = js_sys::Date::parse(text);
    if ms.is_finite() {
        Some(Time(ms as i64))
    } else {
        None
    }
}

/// An instant as a local date and time, as its input wants it.
fn write_local(time: Time) -> String {
    let date = js_sys::Date::new(&wasm_bindgen::JsValue::from_f64(time.0 as f64));
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}",
        date.get_full_year(),
        date.get_month() + 1,
        date.get_date(),
        date.get_hours(),
        date.get_minutes()
    )
}

/// Asks for the instant to run to.
#[component]
pub fn RunToDialog(
    /// The clock's keys.
    keys: ClockKeys,
    /// Whether it is open.
    open: RwSignal<bool>,
) -> impl IntoView {
    let clock = keys.desk.app.clock;
    let text = Bound::local(String::new());
    let refused = RwSignal::new(None::<String>);
    effect(move || {
        if open.get() {
            let day = leadline_model::Duration::days(1);
            let tomorrow = clock
                .get_untracked()
                .map(|clock| write_local(clock.now.plus(day)));
            text.set(tomorrow.unwrap_or_default());
            refused.set(None);
        }
    });
    let submit = move || {
        let now = clock.get_untracked().map(|clock| clock.now);
        match read_local(&text.peek()) {
            None => refused.set(Some("Enter a date and a time.".to_owned())),
            Some(to) if now.is_some_and(|now| to <= now) => {
                refused.set(Some(
                    "The clock never goes back: choose a later time.".to_owned(),
                ));
            }
            Some(to) => {
                open.set(false);
                keys.ask(Request::RunTo { to });
            }
        }
    };
    view! {
        <FormDialog open title="Run to" verb="Run" submit>
            <TextField label="Date and time" kind="datetime-local" value=text error=refused
                help=format!("In {}.", format::time_zone()) />
        </FormDialog>
    }
}

/// Puts the run back to its beginning, with the same luck or another.
#[component]
fn ResetButtons(desk: Desk, watch: Watch, seed: u64) -> impl IntoView {
    let app = desk.app;
    // Another tab may have reset the run too.
    let seed = memo(move || watch.frame.with(|f| f.as_ref().map_or(seed, |f| f.seed)));
    let send = move |seed: Option<u64>| {
        let request = Request::Reset {
            workflow_id: desk.id(),
            seed,
        };
        app.run(request, move |summary: WorkflowSummary| {
            desk.say(format!(
                "The run was reset; the workflow is {}.",
                summary.workflow.status
            ));
        });
    };
    let ask = move |seed: Option<u64>| {
        let text = "All leads go back to pending and the workflow to draft. Calls and history of the run are deleted.";
        app.confirm("Reset the run?".to_owned(), text, "Reset", move || {
            send(seed)
        });
    };
    // JavaScript's numbers are exact up to 2^53; a seed of nine digits is easy to read out.
    let random = || (js_sys::Math::random() * 1e9) as u64;
    view! {
        <button type="button" class="d-tool" aria-label="Reset" title="Reset: the same leads have the same luck again"
            on:click=handler(move |_| ask(None))>{Glyph::Reset.draw()}"Reset"</button>
        <button type="button" class="d-tool text" title="The same leads, other luck"
            on:click=handler(move |_| ask(Some(random())))>"Reset with new seed"</button>
        <span class="s-seed muted">{move || format!("Seed {}", seed.get())}</span>
    }
}

/// Activates a workflow.
pub fn activate(desk: Desk) {
    let request = Request::Act {
        workflow_id: desk.id(),
        action: WorkflowAction::Activate,
    };
    desk.app.run(request, move |summary: WorkflowSummary| {
        desk.say(format!("The workflow is {}.", summary.workflow.status));
    });
}
