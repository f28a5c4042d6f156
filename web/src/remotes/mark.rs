//! The mark of a linked workflow: where it is linked and how it stands, never better than it is.

use leadline_model::WorkflowId;
use leadline_protocol::{Link, Remote, SaveState};
use leptos::prelude::*;

use super::link::dialog;
use super::standing::{self, Standing, Tone};
use crate::boxed::{memo, opens};
use crate::components::icon::Icon;
use crate::format;
use crate::state::use_app;

/// How a linked workflow stands, considering what is not even saved here.
fn shown(link: &Link, remote: &Remote, save: Option<&SaveState>) -> Standing {
    let stands = standing::of_link(link, remote);
    match save {
        Some(SaveState::Saved { .. }) | None => stands,
        // The mark of saving says what is wrong.
        Some(_) if matches!(stands.tone, Tone::Good | Tone::Busy) => Standing {
            tone: Tone::Busy,
            icon: Icon::Clock,
            words: "Not sent yet".to_owned(),
            since_ms: None,
            ..stands
        },
        Some(_) => stands,
    }
}

/// Words with the time since when they hold.
pub fn timed(standing: &Standing) -> String {
    match standing.since_ms {
        None => standing.words.clone(),
        Some(ms) => format!("{} {}", standing.words, format::time_of_day(ms)),
    }
}

/// The standing of a linked workflow as a button that opens what can be done about it; nothing for a
/// workflow that is not linked. Whoever has to act hears of it.
#[component]
pub fn LinkMark(
    /// Which workflow.
    #[prop(into)]
    id: Signal<Option<WorkflowId>>,
) -> impl IntoView {
    let app = use_app();
    let linked = app.remotes.linked(move || id.get());
    let mark = memo(move || {
        app.save.with(|save| {
            linked.with(|linked| {
                let (link, remote) = linked.as_ref()?;
                Some((remote.name.clone(), shown(link, remote, save.as_ref())))
            })
        })
    });
    let open = RwSignal::new(false);
    let said = Memo::new(move |before: Option<&Option<String>>| {
        let trouble = mark.with(|mark| {
            let (name, stands) = mark.as_ref()?;
            (stands.tone > Tone::Busy).then(|| format!("{name}: {}", stands.words))
        });
        // What stood when the page opened is read with the page.
        match before {
            None => None,
            Some(_) => trouble,
        }
    });
    view! {
        {move || mark.get().map(|(name, stands)| {
            let class = format!("link-mark {}", stands.tone.class());
            let title = format!("{name}: {}. {}", timed(&stands), stands.detail);
            let time = stands.since_ms.map(|ms| view! {
                <span class="link-mark-time">" "{format::time_of_day(ms)}</span>
            });
            view! {
                <button type="button" class=class title=title aria-haspopup="dialog"
                    on:click=opens(open)>
                    {stands.icon.draw()}
                    <span class="visually-hidden">{format!("Linked with {name}: ")}</span>
                    <span class="link-mark-name" aria-hidden="true">{name}</span>
                    <span>{stands.words}{time}</span>
                </button>
            }
        })}
        <p class="visually-hidden" role="status">{move || said.get()}</p>
        {dialog(id, open)}
    }
}

/// The same in a list: words only.
#[component]
pub fn LinkWords(
    /// Which workflow.
    id: WorkflowId,
) -> impl IntoView {
    let app = use_app();
    let linked = app.remotes.linked(move || Some(id.clone()));
    move || {
        linked.get().map(|(link, remote)| {
            let stands = standing::of_link(&link, &remote);
            let class = format!("link-words {}", stands.tone.class());
            let words = format!("{}: {}", remote.name, timed(&stands));
            view! { <p class=class title=stands.detail>{stands.icon.draw()}<span>{words}</span></p> }
        })
    }
}
