//! Leads on their way to the remote, and what else of a workflow waits to be sent there.

use leadline_model::WorkflowId;
use leadline_protocol::{Link, QueueState, Queued, Remote};
use leptos::prelude::*;
use leptos_router::components::A;

use super::Sides;
use crate::boxed::memo;
use crate::components::control_flow::Show;
use crate::format;
use crate::state::AppState;

/// Tells what queueing leads came to.
pub fn tell_waiting(app: AppState, waiting: u64, remote: &str) {
    let waits = format::count(waiting, "lead waits", "leads wait");
    app.toasts.info(format!("{waits} to be sent to {remote}."));
}

/// What waits to be sent there, and what was set aside.
#[component]
pub fn Waiting(
    /// Of which workflow.
    sides: Sides,
) -> impl IntoView {
    let list = memo(move || {
        let of = |(link, remote): &(Link, Remote)| of_workflow(&remote.outbox, &link.workflow_id);
        sides
            .linked
            .with(|linked| linked.as_ref().map(of))
            .unwrap_or_default()
    });
    let aside = move || list.with(|(_, aside)| !aside.is_empty());
    view! {
        <p class="visually-hidden" role="status">
            {move || list.with(|(waiting, _)| {
                (!waiting.is_empty()).then(|| format!("Waiting to be sent: {}", waiting.join(", ")))
            })}
        </p>
        <Show when=move || list.with(|(waiting, _)| !waiting.is_empty())>
            <p class="note there-waiting">
                <span class="strong">"Waiting to be sent: "</span>
                {move || list.with(|(waiting, _)| waiting.join(" · "))}
            </p>
        </Show>
        <Show when=aside>
            <div class="note note-danger" role="alert">
                <p class="strong">"Not taken there:"</p>
                <ul class="there-list">
                    {move || list.get().1.into_iter().map(|(what, reason)| view! {
                        <li>{format!("{what}: {reason}")}</li>
                    }).collect_view()}
                </ul>
                <p><A href="/sync">"Try again or give up on the Sync page"</A></p>
            </div>
        </Show>
    }
}

/// What waits, and what was set aside with the reason.
type Lists = (Vec<String>, Vec<(String, String)>);

fn of_workflow(outbox: &[Queued], id: &WorkflowId) -> Lists {
    let mut lists = Lists::default();
    let own = outbox
        .iter()
        .filter(|queued| queued.workflow_id.as_ref() == Some(id));
    for queued in own {
        match &queued.state {
            QueueState::Waiting => lists.0.push(queued.what.clone()),
            QueueState::Sent => lists.0.push(format!("{} (being sent)", queued.what)),
            QueueState::SetAside { reason } => {
                lists.1.push((queued.what.clone(), reason.clone()));
            }
        }
    }
    lists
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_of_the_workflow_is_listed() {
        let queued = |n: u64, what: &str, state| Queued {
            key: None,
            workflow_id: Some(WorkflowId::from_counter(0, n)),
            title: String::new(),
            what: what.to_owned(),
            state,
        };
        let refused = QueueState::SetAside {
            reason: "no such number".to_owned(),
        };
        let outbox = [
            queued(1, "enrol 120 leads", QueueState::Sent),
            queued(2, "3 edits", QueueState::Waiting),
            queued(1, "enrol 1 lead", refused),
            queued(1, "2 edits", QueueState::Waiting),
        ];
        let (waiting, aside) = of_workflow(&outbox, &WorkflowId::from_counter(0, 1));
        assert_eq!(waiting, ["enrol 120 leads (being sent)", "2 edits"]);
        assert_eq!(
            aside,
            [("enrol 1 lead".to_owned(), "no such number".to_owned())]
        );
    }
}
