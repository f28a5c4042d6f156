//! The control that answers a question of a run: buttons for options, a form for a schema, a text
//! otherwise.

mod form;
mod schema;

use leadline_model::run::{PendingAction, RunDetail, RunStatus};
use leadline_model::{RunId, Value};
use leadline_protocol::{Problem, Request};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::boxed::{handler, typed_into};
use crate::components::field::unique_id;
use crate::format;
use crate::state::{AppState, use_app};
use form::SchemaReply;

/// A question that can be answered once.
#[derive(Clone, Copy)]
struct Asked {
    app: AppState,
    run: StoredValue<RunId>,
    action: StoredValue<PendingAction>,
    busy: RwSignal<bool>,
    refused: RwSignal<Option<String>>,
    done: Callback<Result<RunDetail, Problem>>,
}

impl Asked {
    fn answer(self, answer: Value) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.refused.set(None);
        let request = Request::ResumeRun {
            run_id: self.run.get_value(),
            step: self.action.with_value(|action| action.step.clone()),
            answer: answer.clone(),
        };
        spawn_local(async move {
            let came: Result<Box<RunDetail>, Problem> = self.app.client.ask(request).await;
            match &came {
                Ok(run) => self.app.toasts.info(outcome(run, &answer)),
                Err(problem) if !self.refused.is_disposed() => {
                    self.refused.set(Some(problem.message.clone()));
                }
                // The question went from the screen meanwhile.
                Err(problem) => self.app.report(problem),
            }
            if !self.busy.is_disposed() {
                // An answered question cannot be answered again: only a refused one becomes free.
                if came.is_err() {
                    self.busy.set(false);
                }
                self.done.run(came.map(|run| *run));
            }
        });
    }
}

/// What came of an answer, in words.
fn outcome(run: &RunDetail, answer: &Value) -> String {
    let answered = match answer {
        Value::Text(text) if text.chars().count() <= 40 => format!("Answered “{text}”"),
        _ => "Answered".to_owned(),
    };
    let output = &run.answer.output;
    let now = match (output.status, &output.pending_action) {
        (RunStatus::Paused, Some(next)) => format!("it now waits at {}", next.step),
        (RunStatus::Running, _) => "it goes on".to_owned(),
        (RunStatus::Failed, _) => match &run.error {
            Some(error) => format!("it failed: {}", format::localized(error)),
            None => "it failed".to_owned(),
        },
        (status, _) => format!("it is {}", status.as_str()),
    };
    format!("{answered} to {}: {now}.", run.agent_name)
}

/// The control that answers what a run waits for.
#[component]
pub fn Reply(
    /// The run.
    run: RunId,
    /// What it waits for.
    action: PendingAction,
    /// Hears what came of an answer.
    #[prop(into)]
    done: Callback<Result<RunDetail, Problem>>,
    /// Whether an answer is under way.
    #[prop(optional)]
    busy: Option<RwSignal<bool>>,
) -> impl IntoView {
    let asked = Asked {
        app: use_app(),
        run: StoredValue::new(run),
        action: StoredValue::new(action.clone()),
        busy: busy.unwrap_or_else(|| RwSignal::new(false)),
        refused: RwSignal::new(None),
        done,
    };
    let control = match (action.options.is_empty(), action.input_schema) {
        (false, _) => view! { <Options asked /> }.into_any(),
        (true, Some(schema)) => view! { <SchemaReply asked schema /> }.into_any(),
        (true, None) => view! { <TextReply asked /> }.into_any(),
    };
    view! {
        <div class="reply">
            {control}
            {move || asked.refused.get().map(|text| view! {
                <p class="note note-danger" role="alert">{format::localized(&text)}</p>
            })}
        </div>
    }
}

/// A button for each option.
#[component]
fn Options(asked: Asked) -> impl IntoView {
    let action = asked.action.get_value();
    let button = move |(at, option): (usize, String)| {
        let class = match at {
            0 => "button button-primary",
            _ => "button",
        };
        let words = option.clone();
        view! {
            <button type="button" class=class disabled=move || asked.busy.get()
                on:click=handler(move |_| asked.answer(Value::from(option.clone())))>{words}</button>
        }
    };
    let options = action.options.into_iter().enumerate();
    view! {
        <div class="row row-tight" role="group" aria-label=format!("Answers to: {}", action.message)>
            {options.map(button).collect_view()}
        </div>
    }
}

/// Any text.
#[component]
fn TextReply(asked: Asked) -> impl IntoView {
    let text = RwSignal::new(String::new());
    let id = unique_id("reply");
    let empty = move || text.with(|text| text.trim().is_empty());
    let send = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if !untrack(empty) {
            asked.answer(Value::from(text.get_untracked().trim()));
        }
    };
    view! {
        <form class="stack" on:submit=handler(send)>
            <div class="field">
                <label for=id.clone()>"Answer"</label>
                <textarea id=id rows="2" prop:value=text
                    on:input=typed_into(text)></textarea>
            </div>
            <div><button type="submit" class="button button-primary"
                disabled=move || asked.busy.get() || empty()>"Answer"</button></div>
        </form>
    }
}
