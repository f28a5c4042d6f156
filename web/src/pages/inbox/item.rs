//! One question of the inbox.

use leadline_model::run::{ActionType, RunDetail, RunStatus};
use leadline_protocol::{Problem, Request};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::A;

use super::{Desk, key_of, name_of};
use crate::boxed::{handler, memo};
use crate::components::control_flow::Show;
use crate::components::reply::Reply;
use crate::components::run::{Expires, LeadLink, WorkflowLink, reason};
use crate::format;
use crate::state::use_app;

fn sort(action_type: ActionType) -> &'static str {
    match action_type {
        ActionType::Confirmation => "Confirmation",
        ActionType::Decision => "Decision",
        ActionType::Input => "Input",
    }
}

/// One question. It is drawn once; whether it still waits is followed.
#[component]
pub fn Item(
    /// The run that waits.
    run: RunDetail,
    /// The page.
    desk: Desk,
) -> impl IntoView {
    let key = StoredValue::new(key_of(&run));
    let Some(action) = run.answer.output.pending_action.clone() else {
        return ().into_any();
    };
    // An answer of one's own may be seen in the list before it is heard of here.
    let busy = RwSignal::new(false);
    let gone = memo(move || !busy.get() && desk.gone.with(|gone| gone.contains(&key.get_value())));
    let hold = move || {
        let key = key.get_value();
        if desk.held.with_untracked(|held| !held.contains(&key)) {
            desk.held.update(|held| {
                held.insert(key);
            });
        }
    };
    let done = move |came: Result<RunDetail, Problem>| {
        if came.is_ok() {
            desk.dismiss(&key.get_value());
        }
    };
    let href = format!("/runs/{}", run.answer.run_id);
    let to_run = href.clone();
    let run_id = run.answer.run_id.clone();
    view! {
        <li class="card stack inbox-item" class:inbox-gone=move || gone.get()
            data-question=name_of(&key.get_value())
            on:input=handler(move |_| hold()) on:pointerdown=handler(move |_| hold())>
            <div class="inbox-head">
                <p class="small muted">
                    {sort(action.action_type)}" of "<A href={href} {..} class="strong">{run.agent_name.clone()}</A>
                    {(!run.task.is_empty()).then(|| format!(" · {}", run.task))}
                </p>
                <h2 tabindex="-1">{action.message.clone()}</h2>
            </div>
            <dl class="why-facts">
                {run.lead.clone().map(|lead| view! {
                    <div><dt>"Lead"</dt><dd><LeadLink lead=lead.clone() /></dd></div>
                    <div><dt>"Workflow"</dt><dd><WorkflowLink lead /></dd></div>
                })}
                {action.assignee.clone().map(|who| view! { <div><dt>"Asked"</dt><dd>{who}</dd></div> })}
                {run.expires_at.map(|at| view! { <div><dt>"Expires"</dt><dd><Expires at /></dd></div> })}
                <div><dt>"Waits since"</dt><dd>{format::date_time(run.updated_at)}</dd></div>
            </dl>
            <Reply run=run.answer.run_id action done busy />
            <Show when=move || gone.get()>
                <Gone run_id=run_id.clone() />
                <div class="row row-tight">
                    <button type="button" class="button button-small"
                        on:click=handler(move |_| desk.dismiss(&key.get_value()))>"Dismiss"</button>
                    <A href=to_run.clone() {..} class="button button-small">"See the run"</A>
                </div>
            </Show>
        </li>
    }
    .into_any()
}

/// Says why a question waits no more: what became of its run.
#[component]
fn Gone(run_id: leadline_model::RunId) -> impl IntoView {
    let app = use_app();
    let words = RwSignal::new("It no longer waits for an answer.".to_owned());
    spawn_local(async move {
        let run = app.client.ask::<Box<RunDetail>>(Request::GetRun { run_id });
        if let Ok(run) = run.await
            && !words.is_disposed()
        {
            let status = run.answer.output.status;
            words.set(match (status, run.error.as_deref()) {
                (RunStatus::Failed | RunStatus::Cancelled, Some(error)) => {
                    format!(
                        "It no longer waits for an answer: the run is {}. {}",
                        status.as_str(),
                        reason(error)
                    )
                }
                _ => format!(
                    "Somebody else has answered this already; the run is {}.",
                    status.as_str()
                ),
            });
        }
    });
    view! { <p class="note note-warning" role="alert">{move || words.get()}</p> }
}
