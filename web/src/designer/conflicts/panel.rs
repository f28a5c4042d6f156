//! The conflicts in the problems panel.

use leadline_protocol::OpenConflict;
use leptos::prelude::*;

use super::Conflicts;
use crate::boxed::handler;
use crate::components::control_flow::Show;

/// Each conflict as a row that leads to its card.
#[component]
pub fn ConflictList(
    /// Of which workflow.
    conflicts: Conflicts,
) -> impl IntoView {
    let row = move |open: OpenConflict| {
        let words = conflicts.words(&open);
        let place = conflicts.title(&open.conflict.place.of);
        let remote = conflicts.names.with(|names| names.remote.clone());
        let [mine, theirs] = words.sides;
        let one_line = |text: String| text.replace('\n', "; ");
        let sides = format!(
            "Mine: {}. On {remote}: {}.",
            one_line(mine.words),
            one_line(theirs.words)
        );
        let subject = open.conflict.place.of;
        let show = move |_| conflicts.show(subject.clone(), Some(open.number));
        view! {
            <li class="d-problem-row">
                <button type="button" class="d-problem warning" on:click=handler(show)>
                    <strong>{words.what}</strong>
                    <span class="d-place">{place}</span>
                    <span class="muted">{sides}</span>
                </button>
            </li>
        }
    };
    let rows = move || {
        conflicts.groups.with(|groups| {
            let all = groups.iter().flat_map(|group| group.conflicts.clone());
            all.map(row).collect_view()
        })
    };
    view! {
        <Show when=move || { conflicts.count() > 0 }>
            <h3>{move || format!("Conflicts ({})", conflicts.count())}</h3>
            <ul class="d-list">{rows}</ul>
        </Show>
    }
}
