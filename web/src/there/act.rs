//! The buttons that change a workflow's status on the remote, at once or not at all.

use leadline_model::view::WorkflowSummary;
use leadline_model::{WorkflowAction, WorkflowStatus};
use leadline_protocol::{AskThere, Problem, ProblemCode, SyncRequest};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::{Sides, sync};
use crate::boxed::{handler, memo};
use crate::canvas::desk::Desk;
use crate::designer::lifecycle::{allowed, name_of};

/// What an action means where real people are called.
fn meaning(action: WorkflowAction) -> Option<&'static str> {
    match action {
        WorkflowAction::Activate => Some(
            "Leads that are enrolled there start on its next tick, and real people are called.",
        ),
        WorkflowAction::Resume => {
            Some("Leads there go on from where they are, and real people are called.")
        }
        WorkflowAction::Cancel => Some(
            "Nothing new starts there, ever. Leads stay where they are and can still be read. This cannot be undone.",
        ),
        WorkflowAction::Complete => Some("No lead moves there any more. This cannot be undone."),
        WorkflowAction::Pause | WorkflowAction::Draft => None,
    }
}

/// The buttons for the present status there.
#[component]
pub fn ActionsThere(
    /// The workflow's desk.
    desk: Desk,
    /// Its sides.
    sides: Sides,
    /// Hears a refusal.
    refused: RwSignal<Option<Problem>>,
) -> impl IntoView {
    let app = desk.app;
    let busy = RwSignal::new(false);
    let name = memo(move || sides.there_name());
    let status = memo(move || {
        let summary = sides.summary.data;
        summary.with(|summary| summary.as_ref().map(|s| s.workflow.status))
    });
    let send = move |action: WorkflowAction, name: String| {
        if !window().navigator().on_line() {
            // Not even asked, so what happened is certain.
            let problem = Problem {
                code: ProblemCode::Offline,
                message: String::new(),
                findings: Vec::new(),
            };
            refused.set(Some(in_words(problem, action, &name)));
            return;
        }
        busy.set(true);
        let request = sync(SyncRequest::There {
            workflow_id: desk.id(),
            ask: AskThere::Act(action),
        });
        spawn_local(async move {
            let answer = app.client.ask::<WorkflowSummary>(request).await;
            busy.set(false);
            match answer {
                Ok(summary) => {
                    desk.say(format!(
                        "On {name} the workflow is {}.",
                        summary.workflow.status
                    ));
                    sides.summary.data.set(Some(summary));
                }
                Err(problem) => refused.set(Some(in_words(problem, action, &name))),
            }
        });
    };
    let press = move |action: WorkflowAction| {
        let Some(name) = name.get_untracked() else {
            return;
        };
        match meaning(action) {
            None => send(action, name),
            Some(meaning) => {
                let verb = format!("{} on {name}", name_of(action));
                let title = format!("{verb}?");
                app.confirm(title, meaning, &verb, move || send(action, name.clone()));
            }
        }
    };
    let button = move |(at, action): (usize, WorkflowAction)| {
        let class = match at {
            0 => "button button-there button-there-first",
            _ => "button button-there",
        };
        let words = move || {
            let name = name.get().unwrap_or_default();
            format!("{} on {name}", name_of(action))
        };
        view! {
            <button type="button" class=class disabled=move || busy.get()
                on:click=handler(move |_| press(action))>{words}</button>
        }
    };
    move || {
        let actions = status
            .get()
            .map_or(&[][..], |status: WorkflowStatus| allowed(status));
        actions
            .iter()
            .copied()
            .enumerate()
            .map(button)
            .collect_view()
    }
}

/// A refusal that says what is certain about what happened there, and that nothing waits.
fn in_words(mut problem: Problem, action: WorkflowAction, name: &str) -> Problem {
    let verb = name_of(action);
    match problem.code {
        ProblemCode::Offline => {
            problem.message = format!(
                "There is no connection to {name}. “{verb}” was not done and is not kept for later."
            );
        }
        ProblemCode::Unanswered => {
            problem.message = format!(
                "{name} did not answer. Whether “{verb}” was done there is not known until it does; it is \
                 not kept for later."
            );
        }
        _ => {}
    }
    problem
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_connection_it_is_said_that_nothing_was_done() {
        let problem = |code| Problem {
            code,
            message: "The network is down.".to_owned(),
            findings: Vec::new(),
        };
        let said = in_words(
            problem(ProblemCode::Offline),
            WorkflowAction::Pause,
            "Office",
        );
        let wanted =
            "There is no connection to Office. “Pause” was not done and is not kept for later.";
        assert_eq!(said.message, wanted);
        let said = in_words(
            problem(ProblemCode::Unanswered),
            WorkflowAction::Pause,
            "Office",
        );
        let wanted = "Office did not answer. Whether “Pause” was done there is not known until it does; it is not \
                      kept for later.";
        assert_eq!(said.message, wanted);
        let said = in_words(
            problem(ProblemCode::Remote),
            WorkflowAction::Pause,
            "Office",
        );
        assert_eq!(said.message, "The network is down.");
    }
}
