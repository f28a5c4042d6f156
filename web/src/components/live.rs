//! What a page shows of the engine, kept live: asked again when the question changes and, at most
//! once a second, when a notice says that the answer may have changed.

use std::rc::Rc;

use leadline_protocol::{Notice, Problem, ProblemCode, Request};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::boxed::{effect, handler, memo};
use crate::client::{Answer, Outcome, content};
use crate::state::use_app;

/// The least time between two questions that notices cause.
const PAUSE_MS: u32 = 1_000;

/// Sees to it that a list is read by one question at a time: what changes meanwhile is asked for once
/// more after.
#[derive(Clone, Copy, Default)]
pub struct Turns(StoredValue<Turn>);

/// Whether a list is being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Turn {
    #[default]
    Not,
    Once,
    /// It is, and it changed meanwhile.
    Again,
}

impl Turns {
    /// Whether to ask now.
    pub fn begin(self) -> bool {
        let free = self.0.get_value() == Turn::Not;
        self.0
            .set_value(if free { Turn::Once } else { Turn::Again });
        free
    }

    /// The answer came; whether to ask once more.
    pub fn end(self) -> bool {
        let again = self.0.get_value() == Turn::Again;
        self.0.set_value(Turn::Not);
        again
    }
}

/// The latest answer.
pub struct Live<T: Send + Sync + 'static> {
    /// The answer; while a newer one is asked for, the old one stays.
    pub data: RwSignal<Option<T>>,
    /// Why there is none.
    pub problem: RwSignal<Option<Problem>>,
    turn: RwSignal<u64>,
}

impl<T: Send + Sync + 'static> Clone for Live<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Live<T> {}

impl<T: Send + Sync + 'static> Live<T> {
    /// Asks again now.
    pub fn refresh(self) {
        next(self.turn);
    }

    /// What is the same whatever the answer holds.
    pub fn asking(self) -> Asking {
        Asking {
            problem: self.problem,
            turn: self.turn,
        }
    }
}

/// What is the same of every [`Live`], whatever its answer holds.
#[derive(Clone, Copy)]
pub struct Asking {
    problem: RwSignal<Option<Problem>>,
    turn: RwSignal<u64>,
}

impl Asking {
    /// Asks again now if there is no answer.
    pub fn retry(self) {
        if self.problem.with_untracked(Option::is_some) {
            next(self.turn);
        }
    }
}

/// Asks `request` (nothing while it is `None`) and again whenever a signal it reads changes or a
/// notice for which `wakes` is true arrives.
pub fn use_live<T: Answer + Send + Sync>(
    request: impl Fn() -> Option<Request> + Send + Sync + 'static,
    wakes: impl Fn(&Notice) -> bool + 'static,
) -> Live<T> {
    let live = Live {
        data: RwSignal::new(None),
        problem: RwSignal::new(None),
        turn: RwSignal::new(0),
    };
    ask_again(
        memo(request),
        live.turn,
        Rc::new(move |reply| live.take(content(reply))),
    );
    wake(live.turn, Box::new(wakes));
    live
}

/// Asks whenever the question or the turn changes, or everything was replaced.
fn ask_again(request: Memo<Option<Request>>, turn: RwSignal<u64>, take: Rc<dyn Fn(Outcome)>) {
    let app = use_app();
    let asked = StoredValue::new(0u64);
    effect(move || {
        turn.track();
        app.replaced.track();
        let Some(request) = request.get() else { return };
        asked.update_value(|count| *count += 1);
        let number = asked.get_value();
        let take = Rc::clone(&take);
        spawn_local(async move {
            let reply = app.client.reply(request, None).await;
            // A newer question was asked meanwhile, or the page was left.
            if asked.try_get_value() == Some(number) {
                take(reply);
            }
        });
    });
}

/// Makes it the next turn when a notice says so, at most once in [`PAUSE_MS`].
fn wake(turn: RwSignal<u64>, wakes: Box<dyn Fn(&Notice) -> bool>) {
    let resting = StoredValue::new(false);
    let missed = StoredValue::new(false);
    use_app().client.listen(move |notice| {
        if !wakes(notice) {
            return;
        }
        if resting.get_value() {
            missed.set_value(true);
            return;
        }
        resting.set_value(true);
        next(turn);
        gloo_timers::callback::Timeout::new(PAUSE_MS, move || {
            resting.set_value(false);
            if missed.try_get_value() == Some(true) {
                missed.set_value(false);
                next(turn);
            }
        })
        .forget();
    });
}

fn next(turn: RwSignal<u64>) {
    turn.update(|turn| *turn += 1);
}

impl<T: Send + Sync + 'static> Live<T> {
    fn take(self, answer: Result<T, Problem>) {
        match answer {
            Ok(value) => {
                self.data.set(Some(value));
                self.problem.set(None);
            }
            Err(problem) => {
                // What is gone must not stay on the screen; anything else may be shown a while longer.
                if problem.code == ProblemCode::NotFound {
                    self.data.set(None);
                }
                self.problem.set(Some(problem));
            }
        }
    }
}

/// Shows why there is no answer, with a way to ask again.
#[component]
pub fn LiveProblem<T: Send + Sync + 'static>(
    /// Whose.
    live: Live<T>,
) -> impl IntoView {
    let is_old = move || live.data.with_untracked(Option::is_some);
    note(live.asking(), Box::new(is_old))
}

fn note(asking: Asking, is_old: Box<dyn Fn() -> bool + Send>) -> AnyView {
    let Asking { problem, turn } = asking;
    view! {
        {move || {
            problem.get().map(|problem| {
                view! {
                    <div class="note note-danger row spread" role="alert">
                        <p>
                            {problem.message}
                            {is_old().then_some(" What is shown is from before.")}
                        </p>
                        <button type="button" class="button button-small" on:click=handler(move |_| next(turn))>
                            "Try again"
                        </button>
                    </div>
                }
            })
        }}
    }
    .into_any()
}
