//! The strip that says, in colour and words, that a page shows what is on the remote.

use leadline_protocol::{Problem, ProblemCode, RemoteState};
use leptos::prelude::*;
use leptos_router::components::A;

use super::{Sides, Where};
use crate::boxed::{handler, memo};
use crate::components::workflow_bar::StatusBadge;
use crate::format;

/// Below the head of a page that can show both sides.
#[component]
pub fn Strip(
    /// Of which workflow.
    sides: Sides,
    /// The page's own tools while it looks there.
    tools: Option<ChildrenFn>,
) -> impl IntoView {
    let tools = StoredValue::new(tools);
    let status = memo(move || {
        let summary = sides.summary.data;
        summary.with(|summary| summary.as_ref().map(|s| s.workflow.status))
    });
    let there = move |name: String| {
        view! {
            <div class="there-strip">
                <p><strong>{format!("On {name}")}</strong></p>
                {move || status.get().map(|status| view! { <StatusBadge status /> })}
                <p class="small there-words">
                    "Shown as it is there now. Buttons act there at once; what is simulated here stays as it is."
                </p>
                {move || trouble(sides).map(|words| view! {
                    <p class="there-trouble small">
                        <span class="badge badge-paused">"Not up to date"</span>
                        {words}
                        <button type="button" class="button button-small"
                            on:click=handler(move |_| sides.summary.refresh())>"Try again"</button>
                    </p>
                })}
                <span class="grow"></span>
                {tools.with_value(|tools| tools.as_ref().map(|tools| tools()))}
            </div>
        }
    };
    let said = move || match sides.now.get() {
        Where::There(name) => format!("This page shows what is on {name}."),
        Where::Here if sides.remote_name().is_some() => "This page shows what is here.".to_owned(),
        Where::Here | Where::Asking => String::new(),
    };
    view! {
        <p class="visually-hidden" role="status">{said}</p>
        {move || match sides.now.get() {
            Where::There(name) => there(name).into_any(),
            Where::Asking => view! {
                <p class="there-strip" role="status">"Asking how this workflow is linked…"</p>
            }.into_any(),
            Where::Here => ().into_any(),
        }}
        {move || sides.is_astray().then(|| view! {
            <p class="note note-warning there-astray" role="alert">
                "This workflow is not linked with a remote: the page shows what is here. "
                <A href="/sync">"See what is linked"</A>
            </p>
        })}
    }
}

/// Why what is shown may be old.
fn trouble(sides: Sides) -> Option<String> {
    let linked = sides.linked;
    let state = linked.with(|linked| linked.as_ref().map(|(_, remote)| remote.state.clone()));
    let problem = sides.summary.problem.get();
    let state = match state {
        // A remote does not answer without a network either; the network is what has to be mended.
        Some(RemoteState::Unreachable { .. }) if !window().navigator().on_line() => {
            Some(RemoteState::Offline)
        }
        state => state,
    };
    words(state, problem, format::time_of_day)
}

fn words(
    state: Option<RemoteState>,
    problem: Option<Problem>,
    time: impl Fn(i64) -> String,
) -> Option<String> {
    match (state, problem) {
        (Some(RemoteState::Offline), _) => Some("There is no network.".to_owned()),
        (Some(RemoteState::Unauthorized), _) => Some("Its key is not taken any more.".to_owned()),
        (
            Some(RemoteState::Unreachable {
                reason,
                retry_at_ms,
            }),
            _,
        ) => Some(format!(
            "{reason} It is tried again at {}.",
            time(retry_at_ms)
        )),
        (_, Some(problem))
            if matches!(problem.code, ProblemCode::Offline | ProblemCode::Unanswered) =>
        {
            Some("There is no connection.".to_owned())
        }
        (_, Some(problem)) => Some(problem.message),
        (_, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trouble_is_said_once_and_the_cause_first() {
        let problem = |code, message: &str| Problem {
            code,
            message: message.to_owned(),
            findings: Vec::new(),
        };
        let unreachable = RemoteState::Unreachable {
            reason: "It does not answer.".to_owned(),
            retry_at_ms: 7,
        };
        let synced = RemoteState::Synced { at_ms: None };
        let gone = problem(ProblemCode::Remote, "It is not there.");
        let offline = problem(ProblemCode::Offline, "x");
        for (state, problem, wanted) in [
            (None, None, None),
            (Some(synced.clone()), None, None),
            (Some(RemoteState::Syncing), None, None),
            (
                Some(RemoteState::Offline),
                Some(offline.clone()),
                Some("There is no network."),
            ),
            (
                Some(unreachable),
                Some(offline.clone()),
                Some("It does not answer. It is tried again at 7."),
            ),
            (Some(synced), Some(gone), Some("It is not there.")),
            (None, Some(offline), Some("There is no connection.")),
        ] {
            let said = words(state.clone(), problem, |ms| ms.to_string());
            assert_eq!(said.as_deref(), wanted, "{state:?}");
        }
    }
}
