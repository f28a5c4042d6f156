//! Watches the running workflow: every frame goes to the canvas at once, to the panels a few times a
//! second, so that numbers stay readable and the page calm.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo_timers::callback::Timeout;
use leadline_protocol::{Document, Frame, Notice, Request};
use leptos::prelude::*;

use crate::canvas::desk::{Desk, now_ms};

/// The panels are renewed only so often.
const PANELS_MS: f64 = 200.0;

/// The running workflow as it was last told.
#[derive(Clone, Copy)]
pub struct Watch {
    /// The frame the panels show.
    pub frame: RwSignal<Option<Frame>>,
}

#[derive(Default)]
struct Pace {
    shown_at: Cell<f64>,
    latest: RefCell<Option<Frame>>,
    timer: RefCell<Option<Timeout>>,
}

impl Watch {
    /// Watches the workflow on a desk until the page is left.
    pub fn start(desk: Desk) -> Watch {
        let watch = Watch {
            frame: RwSignal::new(None),
        };
        let app = desk.app;
        let id = desk.id();
        let pace = StoredValue::new_local(Rc::new(Pace::default()));
        app.client.listen(move |notice| match notice {
            Notice::Frame(frame) if frame.workflow_id == id => {
                show_on_canvas(desk, frame);
                if let Some(pace) = pace.try_get_value() {
                    watch.pass_on(&pace, frame);
                }
            }
            Notice::Edited {
                workflow_id,
                changes,
                findings,
                ..
            } if *workflow_id == id => {
                if desk.apply_remote(changes).is_err() {
                    reopen(desk);
                }
                desk.set_findings(findings.clone());
            }
            _ => {}
        });
        app.run(
            Request::Watch {
                workflow_id: Some(desk.id()),
            },
            |()| (),
        );
        // Another page of this tab may watch something else by now: only this one's end is told.
        on_cleanup(move || {
            drop(app.client.send(Request::Watch { workflow_id: None }, None));
        });
        watch
    }

    fn pass_on(self, pace: &Rc<Pace>, frame: &Frame) {
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
                if let Some(frame) = later.latest.take() {
                    self.frame.set(Some(frame));
                }
            });
            *pace.timer.borrow_mut() = Some(timer);
        }
    }
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
        desk.update_live(|live| live.take(frame, definition, now_ms(), moving));
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
