//! Guided tours: the panel above the editor, and how a step is sent.

use std::sync::Arc;

use leadline_boxed::control_flow::Show;
use leadline_boxed::{effect, handler, memo};
use leptos::html;
use leptos::prelude::*;

use super::desk::{Desk, Running};
use super::words::words;
use super::{act, keep, perform};
use crate::request::Draft;
use crate::tour::{Checked, Step};

/// Puts the next step's request into the editor.
pub fn prepare(desk: Desk) {
    let next = desk.tour.with_untracked(|tour| {
        let tour = tour.as_ref()?;
        Some((tour.step()?.call.clone(), tour.names.clone()))
    });
    let Some((call, names)) = next else { return };
    if let Some(operation) = act::operation(desk, &call.operation) {
        desk.draft.set(call.draft(&operation, &names));
    }
}

/// Sends the step in the editor with what belongs before it, and checks the answer.
pub async fn send(desk: Desk, mut draft: Draft) {
    let running = desk.tour.get_untracked();
    let Some(Running {
        tour,
        mut names,
        mut shown,
    }) = running
    else {
        return;
    };
    let position = desk
        .tour
        .with_untracked(|tour| tour.as_ref().map_or(0, Running::position));
    let Some(step) = tour.steps.get(position) else {
        return;
    };
    let checked = match before(desk, step, &mut names).await {
        Err(problem) => vec![Checked {
            ok: false,
            says: problem,
        }],
        Ok(()) => {
            draft.fill(&names);
            desk.draft.set(draft.clone());
            let seen = perform::perform(desk, draft).await;
            let mut checked = step.check(&seen, &names);
            if let Err(problem) = step.call.keep(&seen, &mut names) {
                checked.push(Checked {
                    ok: false,
                    says: problem,
                });
            }
            checked
        }
    };
    let ok = checked.iter().all(|one| one.ok);
    let words: Vec<&str> = checked.iter().map(|one| one.says.as_str()).collect();
    let verdict = if ok {
        "As expected."
    } else {
        "Not as expected."
    };
    desk.say(format!("{verdict} {}", words.join(" ")));
    shown.truncate(position);
    shown.push(checked);
    desk.tour.set(Some(Running { tour, names, shown }));
    if ok {
        prepare(desk);
    }
    keep::write(desk);
}

async fn before(desk: Desk, step: &Step, names: &mut crate::tour::Names) -> Result<(), String> {
    for call in &step.before {
        let seen = act::perform_call(desk, call, names).await?;
        if !(200..300).contains(&seen.status) {
            let why = seen.body["message"].as_str().unwrap_or("No answer.");
            return Err(format!(
                "{} was answered with {}: {why}",
                call.operation, seen.status
            ));
        }
    }
    Ok(())
}

/// The tour under way.
#[component]
pub fn TourPanel(desk: Desk) -> impl IntoView {
    // Drawn anew for another tour only, so that the focus stays on its button from step to step.
    let begun = memo(move || {
        desk.tour
            .with(|tour| tour.as_ref().map(|tour| Arc::as_ptr(&tour.tour) as usize))
    });
    move || {
        begun.get()?;
        let running = desk.tour.get_untracked()?;
        Some(panel(desk, running).into_any())
    }
}

fn panel(desk: Desk, running: Running) -> impl IntoView {
    let tour = running.tour;
    let (id, total) = (tour.id.clone(), tour.steps.len());
    let position = memo(move || {
        desk.tour
            .with(|tour| tour.as_ref().map_or(0, Running::position))
    });
    let over = move || position.get() >= total;
    let words = move || match over() {
        true => format!("Done: {total} of {total} steps"),
        false => format!("Step {} of {total}", position.get() + 1),
    };
    let button = NodeRef::<html::Button>::new();
    effect(move || {
        position.track();
        if let Some(button) = button.get().filter(|_| desk.touched.get_value()) {
            super::reader::focus(&button);
        }
    });
    let steps = tour.steps.clone().into_iter().enumerate();
    let steps = steps
        .map(|(number, step)| view! { <TourStep desk number step position /> })
        .collect_view();
    view! {
        <section class="tour" aria-label=format!("Tour: {}", tour.title)>
            <header class="row spread">
                <div>
                    <h2>{tour.title.clone()}</h2>
                    <p class="muted small">{tour.about.clone()}</p>
                </div>
                <div class="row">
                    <button type="button" class="plain" on:click=handler(move |_| act::start_tour(desk, &id))>"Restart"</button>
                    <button type="button" class="plain" on:click=handler(move |_| act::leave_tour(desk))>"Leave"</button>
                </div>
            </header>
            {move || (desk.real_clock.get() || !desk.simulated_calls.get()).then(|| view! {
                <p class="note">
                    "Tours are made for a simulated clock and simulated calls. This server has others, so some steps \
                     will show something else."
                </p>
            })}
            <progress max=total value=position aria-label="Progress"></progress>
            <ol class="steps">{steps}</ol>
            <div class="row">
                <button type="button" class="primary" node_ref=button
                    prop:disabled=over
                    aria-disabled=move || desk.sending.with(Option::is_some).to_string()
                    on:click=handler(move |_| resend(desk))>
                    {move || if over() { "All steps done" } else { "Send this step" }}
                </button>
                <span class="muted small">{words}</span>
                <span class="muted small">{move || (!over()).then_some("Enter, or Ctrl+Enter anywhere")}</span>
            </div>
        </section>
    }
}

/// Sends the step, whatever else was looked at in between.
fn resend(desk: Desk) {
    let here = desk
        .tour
        .with_untracked(|tour| Some(tour.as_ref()?.step()?.call.operation.clone()));
    if here != Some(desk.draft.with_untracked(|draft| draft.operation.clone())) {
        prepare(desk);
    }
    act::send(desk);
}

#[component]
fn TourStep(desk: Desk, number: usize, step: Step, position: Memo<usize>) -> impl IntoView {
    let state = move || match position.get() {
        now if now > number => "done",
        now if now == number => "now",
        _ => "later",
    };
    let shown = move || {
        desk.tour
            .with(|tour| {
                tour.as_ref()
                    .and_then(|tour| tour.shown.get(number).cloned())
            })
            .unwrap_or_default()
    };
    let shown = move || {
        let lines = shown().into_iter().map(|Checked { ok, says }| {
            let (class, mark) = if ok { ("ok", "✓ ") } else { ("bad", "✗ ") };
            view! { <li class=class><span aria-hidden="true">{mark}</span>{says}</li> }
        });
        lines.collect_view()
    };
    let first: Vec<String> = step
        .before
        .iter()
        .map(|call| call.operation.clone())
        .collect();
    let first = (!first.is_empty()).then(|| format!("First: {}.", first.join(", ")));
    let Step {
        title, text, call, ..
    } = step;
    view! {
        <li class=state aria-current=move || (state() == "now").then_some("step")>
            <p class="step-title">{title}</p>
            <Show when=move || state() == "now">
                <p>{words(&text)}</p>
                <p class="muted small">{first.clone()} " Sends " <code>{call.operation.clone()}</code> "."</p>
            </Show>
            <ul class="shown">{shown}</ul>
        </li>
    }
}
