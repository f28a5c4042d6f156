//! The card of a place: each conflict with both sides, what was before, and the choice.

use leadline_protocol::{Choice, OpenConflict, Side, Subject};
use leptos::prelude::*;

use super::Conflicts;
use super::words::{Group, Told, Words};
use crate::boxed::{handler, memo};
use crate::components::control_flow::{For, Show};
use crate::components::icon::Icon;

/// The conflicts of a place.
#[component]
pub fn Card(
    /// Of which workflow.
    conflicts: Conflicts,
    /// The place.
    subject: Subject,
) -> impl IntoView {
    let subject = StoredValue::new(subject);
    let list = memo(move || {
        let of = |group: &&Group| subject.with_value(|subject| group.subject == *subject);
        conflicts.groups.with(|groups| {
            groups
                .iter()
                .find(of)
                .map(|group| group.conflicts.clone())
                .unwrap_or_default()
        })
    });
    let title = move || subject.with_value(|subject| conflicts.title(subject));
    let place = move || {
        conflicts.groups.with(|groups| {
            let at = groups
                .iter()
                .position(|group| subject.with_value(|s| group.subject == *s));
            at.filter(|_| groups.len() > 1)
                .map(|at| format!("Place {} of {}", at + 1, groups.len()))
        })
    };
    view! {
        <header class="x-head">
            <h2>{title}</h2>
            <span class="small muted">{place}</span>
            <button type="button" class="icon-button" aria-label="Close conflicts"
                on:click=handler(move |_| conflicts.leave())>{Icon::Close.draw()}</button>
        </header>
        <div class="x-list">
            <For each=move || list.get() key=|open| open.number
                children=move |open| view! { <One conflicts open /> } />
        </div>
    }
}

#[component]
fn One(conflicts: Conflicts, open: OpenConflict) -> impl IntoView {
    let id = format!("conflict-{}", open.number);
    let heading = format!("{id}-what");
    let heading_id = heading.clone();
    let open = StoredValue::new(open);
    let words = memo(move || open.with_value(|open| conflicts.words(open)));
    let settle = move |choice| open.with_value(|open| conflicts.settle(open, choice));
    let remote = move || conflicts.names.with(|names| names.remote.clone());
    let row = move |at: usize| {
        let told = move || words.with(|words| words.sides[at].clone());
        let name = move || match told().side {
            Side::Mine => "Mine, here".to_owned(),
            Side::Theirs => format!("Theirs, on {}", remote()),
        };
        view! {
            <div class="x-side" class:x-now=move || told().in_force>
                <dt>{name}{move || told().in_force.then(|| view! { <span class="x-force">"in force now"</span> })}</dt>
                <dd>{move || told().words}</dd>
            </div>
        }
    };
    let button = move |name: &'static str, choice: Choice, help: fn(&Words) -> String| {
        let label = move || format!("{name}: {}", words.with(help));
        view! {
            <button type="button" class="button button-small" aria-label=label title=label
                disabled=move || conflicts.busy.get() on:click=handler(move |_| settle(choice))>{name}</button>
        }
    };
    view! {
        <article id=id class="x-conflict" tabindex="-1" aria-labelledby=heading>
            <h3 id=heading_id>{move || words.with(|words| words.what.clone())}</h3>
            <dl>
                {row(0)}
                {row(1)}
                <div class="x-before">
                    <dt>"Before"</dt>
                    <dd>{move || words.with(|words| words.before.clone())}</dd>
                </div>
                {move || words.with(|words| words.now.clone()).map(|now| view! {
                    <div class="x-side x-now">
                        <dt>"Changed since"<span class="x-force">"in force now"</span></dt>
                        <dd>{now}</dd>
                    </div>
                })}
            </dl>
            <div class="x-choices" role="group" aria-label="Which is to stay?">
                {button("Mine", Choice::Mine, |words| first_line(&words.sides[0]))}
                {button("Theirs", Choice::Theirs, |words| first_line(&words.sides[1]))}
                <Show when=move || words.with(|words| words.both)>
                    {button("Both", Choice::Both, |_| "the other side's as a copy of the node".to_owned())}
                </Show>
            </div>
        </article>
    }
}

/// What tells a side apart on its button.
fn first_line(told: &Told) -> String {
    told.words.lines().next().unwrap_or_default().to_owned()
}
