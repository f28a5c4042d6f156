//! The buttons that change a workflow's status, as its status allows; shared by both pages.

use leadline_model::view::WorkflowSummary;
use leadline_model::{WorkflowAction, WorkflowStatus};
use leadline_protocol::{Problem, ProblemCode, Request};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

use crate::boxed::{closes, effect, handler, memo};
use crate::canvas::desk::Desk;
use crate::components::dialog::Dialog;

/// What a button is called, what it explains, and whether it asks first.
struct Words {
    name: &'static str,
    help: &'static str,
    asks: Option<&'static str>,
}

fn words(action: WorkflowAction) -> Words {
    let (name, help, asks) = match action {
        WorkflowAction::Activate => ("Activate", "Leads start on the next tick", None),
        WorkflowAction::Pause => (
            "Pause",
            "Deactivate: calls in progress end, nobody moves on",
            None,
        ),
        WorkflowAction::Resume => ("Resume", "Leads go on from where they are", None),
        WorkflowAction::Cancel => (
            "Cancel",
            "Stop this workflow for good",
            Some(
                "Nothing new starts, ever. Leads stay where they are and can still be read. This cannot be undone.",
            ),
        ),
        WorkflowAction::Draft => (
            "Back to draft",
            "For larger changes; leads stay where they are",
            None,
        ),
        WorkflowAction::Complete => (
            "Complete",
            "Finish this workflow now",
            Some("No lead moves any more. This cannot be undone."),
        ),
    };
    Words { name, help, asks }
}

/// What a button for the action is called.
pub fn name_of(action: WorkflowAction) -> &'static str {
    words(action).name
}

/// The actions a status allows, the likeliest first.
pub fn allowed(status: WorkflowStatus) -> &'static [WorkflowAction] {
    use WorkflowAction::{Activate, Cancel, Complete, Draft, Pause, Resume};
    match status {
        WorkflowStatus::Draft => &[Activate, Cancel],
        WorkflowStatus::Active | WorkflowStatus::Running => &[Pause, Complete, Cancel],
        WorkflowStatus::Paused => &[Resume, Draft, Complete, Cancel],
        WorkflowStatus::Completed | WorkflowStatus::Cancelled => &[],
    }
}

/// The buttons for the present status. `before` runs before an action is sent, so that what waits to
/// be saved goes first.
#[component]
pub fn LifecycleButtons(
    /// The workflow's desk.
    desk: Desk,
    /// Its summary, live.
    summary: Memo<Option<WorkflowSummary>>,
    /// Sends what waits to be saved.
    before: impl Fn() + Copy + Send + Sync + 'static,
    /// Hears a refusal.
    refused: RwSignal<Option<Problem>>,
) -> impl IntoView {
    let app = desk.app;
    let status = memo(move || summary.get().map(|s| s.workflow.status));
    let busy = RwSignal::new(false);
    let send = move |action: WorkflowAction| {
        before();
        busy.set(true);
        let request = Request::Act {
            workflow_id: desk.id(),
            action,
        };
        spawn_local(async move {
            let answer = app.client.ask::<WorkflowSummary>(request).await;
            busy.set(false);
            match answer {
                Ok(summary) => desk.say(format!("The workflow is {}.", summary.workflow.status)),
                // It is done, and told to everybody, though it could not be stored.
                Err(problem) if problem.code == ProblemCode::NotSaved => {
                    let status = untrack(|| status.get()).map_or("changed", WorkflowStatus::as_str);
                    let text = format!("The workflow is {status}. {}", problem.message);
                    desk.say(text.clone());
                    app.toasts.error(text);
                }
                Err(problem) => refused.set(Some(problem)),
            }
        });
    };
    let press = move |action: WorkflowAction| match words(action).asks {
        None => send(action),
        Some(meaning) => {
            let name = words(action).name;
            let (title, verb) = (format!("{name} this workflow?"), format!("{name} workflow"));
            app.confirm(title, meaning, &verb, move || send(action));
        }
    };
    let button = move |(at, action): (usize, WorkflowAction)| {
        let Words { name, help, .. } = words(action);
        let class = if at == 0 {
            "button button-primary"
        } else {
            "button"
        };
        view! {
            <button type="button" class=class title=help disabled=move || busy.get()
                on:click=handler(move |_| press(action))>{name}</button>
        }
    };
    move || {
        let actions = status.get().map_or(&[][..], allowed);
        actions
            .iter()
            .copied()
            .enumerate()
            .map(button)
            .collect_view()
    }
}

/// Makes a copy and goes there.
#[component]
pub fn DuplicateButton(
    /// The workflow's desk.
    desk: Desk,
    /// Sends what waits to be saved.
    before: impl Fn() + Copy + 'static,
) -> impl IntoView {
    let navigate = use_navigate();
    let press = move |_| {
        before();
        let navigate = navigate.clone();
        desk.app.run(
            Request::Duplicate {
                workflow_id: desk.id(),
            },
            move |copy: WorkflowSummary| {
                navigate(
                    &format!("/workflows/{}", copy.workflow.id),
                    NavigateOptions::default(),
                );
            },
        );
    };
    view! {
        <button type="button" class="button" title="A new draft with the same graph" on:click=handler(press)>
            "Duplicate"
        </button>
    }
}

/// Says why something was refused, with everything that is wrong.
#[component]
pub fn RefusalDialog(
    /// The refusal.
    problem: RwSignal<Option<Problem>>,
    /// The workflow's desk, to show the places.
    desk: Desk,
) -> impl IntoView {
    let open = RwSignal::new(false);
    effect(move || open.set(problem.with(Option::is_some)));
    effect(move || {
        if !open.get() && problem.with_untracked(Option::is_some) {
            problem.set(None);
        }
    });
    let message = move || problem.get().map(|p| p.message).unwrap_or_default();
    let rows = move || {
        let findings = problem.get().map(|p| p.findings).unwrap_or_default();
        findings
            .into_iter()
            .map(|finding| {
                let (node, edge) = (finding.node_id.clone(), finding.edge_id.clone());
                let show = move |_| {
                    open.set(false);
                    if let Some(edge) = edge.clone() {
                        desk.run(leadline_designer::Command::RevealEdge(edge));
                    } else if let Some(node) = node.clone() {
                        desk.reveal(node);
                    }
                };
                view! {
                    <li>
                        <button type="button" class="d-problem" on:click=handler(show)>
                            <strong>{finding.message}</strong>
                            <span class="muted">{finding.fix}</span>
                        </button>
                    </li>
                }
            })
            .collect_view()
    };
    view! {
        <Dialog open title="Not possible yet">
            <p>{message}</p>
            <ul class="d-list">{rows}</ul>
            <div class="dialog-foot">
                <button type="button" class="button button-primary" autofocus
                    on:click=closes(open)>"Close"</button>
            </div>
        </Dialog>
    }
}
