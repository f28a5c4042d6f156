//! Watches the running workflow: every frame goes to the canvas at once, to the panels a few times a
//! second, so that numbers stay readable and the page calm. While the page looks at the remote, its
//! counts stand in the frames' place.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo_timers::callback::Timeout;
use leadline_model::view::NodeCounts;
use leadline_protocol::{AskThere, Document, Frame, Notice, Request};
use leptos::prelude::*;

use crate::boxed::{effect, memo};
use crate::canvas::desk::{Desk, now_ms};
use crate::canvas::live::Live;
use crate::there::{Numbers, Sides, Where, numbers_of};

/// The panels are renewed only so often.
const PANELS_MS: f64 = 200.0;

/// The running workflow as it was last told.
#[derive(Clone, Copy)]
pub struct Watch {
    /// The frame the panels show; none while the page looks at the remote.
    pub frame: RwSignal<Option<Frame>>,
    /// Leads at nodes and on edges, on the side the page looks at.
    pub numbers: Memo<Option<Numbers>>,
}

#[derive(Default)]
struct Pace {
    shown_at: Cell<f64>,
    latest: RefCell<Option<Frame>>,
    timer: RefCell<Option<Timeout>>,
}

impl Watch {
    /// Watches the workflow on a desk until the page is left.
    pub fn start(desk: Desk, sides: Sides) -> Watch {
        let frame = RwSignal::new(None);
        let there = numbers_there(desk, sides);
        let watch = Watch {
            frame,
            numbers: memo(move || {
                let here = || frame.with(|frame| frame.as_ref().map(Numbers::of));
                there.get().or_else(here)
            }),
        };
        follow_side(desk, sides, watch, there);
        let app = desk.app;
        let id = desk.id();
        let pace = StoredValue::new_local(Rc::new(Pace::default()));
        app.client.listen(move |notice| match notice {
            Notice::Frame(frame) if sides.now.get_untracked() == Where::Here => {
                let Some(frame) = frame.read().ok().filter(|frame| frame.workflow_id == id) else {
                    return;
                };
                show_on_canvas(desk, &frame);
                if let Some(pace) = pace.try_get_value() {
                    watch.pass_on(&pace, &frame, sides);
                }
            }
            Notice::Edited { workflow_id, edit } if *workflow_id == id => match edit.read() {
                Ok(edit) => {
                    if desk.apply_remote(&edit.changes).is_err() {
                        reopen(desk);
                    }
                    desk.set_findings(edit.findings);
                }
                Err(_) => reopen(desk),
            },
            _ => {}
        });
        // Another page of this tab may watch something else by now: only this one's end is told.
        on_cleanup(move || {
            drop(app.client.send(Request::Watch { workflow_id: None }, None));
        });
        watch
    }

    fn pass_on(self, pace: &Rc<Pace>, frame: &Frame, sides: Sides) {
        let is_here = move || sides.now.try_get_untracked() == Some(Where::Here);
        let wait = pace.shown_at.get() + PANELS_MS - now_ms();
        if wait <= 0.0 {
            // A timer may be late, above all in a hidden tab: it must not bring an older frame back.
            drop((pace.timer.take(), pace.latest.take()));
            pace.shown_at.set(now_ms());
            self.frame.set(Some(frame.clone()));
            return;
        }
        let waiting = pace.latest.replace(Some(frame.clone())).is_some();
        if !waiting {
            let later = pace.clone();
            let timer = Timeout::new(wait as u32 + 1, move || {
                later.shown_at.set(now_ms());
                // The other side may be looked at by now.
                if let Some(frame) = later.latest.take().filter(|_| is_here()) {
                    self.frame.set(Some(frame));
                }
            });
            *pace.timer.borrow_mut() = Some(timer);
        }
    }
}

/// The counts of the remote, while the page looks there.
fn numbers_there(desk: Desk, sides: Sides) -> Memo<Option<Numbers>> {
    let counts = sides.use_there::<Vec<NodeCounts>>(|| AskThere::Counts);
    memo(move || {
        desk.revision.track();
        let counts = counts.data.get().filter(|_| sides.is_there())?;
        let summary = sides.summary.data;
        let leads = summary.with(|summary| summary.as_ref().map(|s| s.lead_counts));
        let leads = leads.unwrap_or_default();
        Some(desk.read(|editor| numbers_of(editor.definition(), &counts, leads)))
    })
}

/// Empties the picture when the other side is looked at, and fills it with that side's counts.
fn follow_side(desk: Desk, sides: Sides, watch: Watch, there: Memo<Option<Numbers>>) {
    let here = memo(move || sides.is_here());
    effect(move || {
        let here = here.get();
        watch.frame.set(None);
        desk.update_live(|live| {
            // Nothing is known of a remote before it answers, not even that nobody is there.
            *live = Live {
                on: here,
                ..Live::default()
            }
        });
        let workflow_id = here.then(|| desk.id());
        desk.app.run(Request::Watch { workflow_id }, |()| ());
    });
    effect(move || {
        there.with(|numbers| {
            let Some(numbers) = numbers else { return };
            desk.read(|editor| {
                let definition = editor.definition();
                desk.update_live(|live| live.take(&numbers.nodes, &numbers.edges, definition));
            });
        });
    });
}

/// Whether the reader asked for less motion.
fn is_still() -> bool {
    let query = window().match_media("(prefers-reduced-motion: reduce)");
    query.ok().flatten().is_some_and(|query| query.matches())
}

fn show_on_canvas(desk: Desk, frame: &Frame) {
    let moving = !is_still();
    desk.read(|editor| {
        let definition = editor.definition();
        desk.update_live(|live| {
            live.take(&frame.nodes, &frame.edges, definition);
            live.tidy(now_ms());
            if moving {
                live.depart(&frame.travellers, now_ms());
            }
        });
    });
}

fn reopen(desk: Desk) {
    let request = Request::GetDocument {
        workflow_id: desk.id(),
    };
    desk.app.run(request, move |document: Document| {
        desk.replace(document.definition);
        desk.set_findings(document.findings);
    });
}
