//! The inbox: everything that waits for a person, what expires first first.

mod item;

use std::collections::BTreeSet;

use leadline_model::ordered::Ordered;
use leadline_model::run::RunDetail;
use leadline_protocol::{Inbox, Request};
use leptos::prelude::*;
use leptos_router::components::A;

use super::runs::moves_runs;
use crate::boxed::{effect, memo};
use crate::components::address::Param;
use crate::components::control_flow::For;
use crate::components::field::SelectField;
use crate::components::live::{LiveProblem, use_live};
use crate::{dom, format};
use item::Item;

/// What names a question: its run and its step.
type Key = (String, String);

fn key_of(run: &RunDetail) -> Key {
    let action = run.answer.output.pending_action.as_ref();
    let step = action.map(|action| action.step.clone());
    (run.answer.run_id.to_string(), step.unwrap_or_default())
}

/// A question's name in the page.
fn name_of((run, step): &Key) -> String {
    format!("{run} {step}")
}

/// The name of the question that has the focus.
fn focused() -> Option<String> {
    let question = document().active_element()?.closest("[data-question]");
    question.ok()??.get_attribute("data-question")
}

fn assignee_of(run: &RunDetail) -> String {
    let action = run.answer.output.pending_action.as_ref();
    action.and_then(|a| a.assignee.clone()).unwrap_or_default()
}

/// The choice of the filter that stands for questions nobody in particular is asked.
const NOBODY: &str = "-";

/// What the page shows: the questions that wait, and those somebody here has to do with although
/// they wait no more.
#[derive(Clone, Copy)]
struct Desk {
    shown: RwSignal<Vec<RunDetail>>,
    /// Questions that somebody here has begun to answer: they stay until they are dismissed.
    held: RwSignal<BTreeSet<Key>>,
    /// Questions that wait no more.
    gone: RwSignal<BTreeSet<Key>>,
}

impl Desk {
    /// Takes what waits now. What was begun here, or has the focus, and waits no more stays where it stood.
    fn take(self, pending: Vec<RunDetail>) {
        let waiting: BTreeSet<Key> = pending.iter().map(key_of).into_set();
        let (held, focused) = (self.held.get_untracked(), focused());
        let holds = |key: &Key| held.contains(key) || focused.as_ref() == Some(&name_of(key));
        let mut list = pending;
        let mut gone = BTreeSet::new();
        for (at, run) in self.shown.get_untracked().into_iter().enumerate() {
            let key = key_of(&run);
            if holds(&key) && !waiting.contains(&key) {
                list.insert(at.min(list.len()), run);
                gone.insert(key);
            }
        }
        // Once it stands there, it stays until it is dismissed.
        self.held.update(|held| held.extend(gone.iter().cloned()));
        self.gone.set(gone);
        self.shown.set(list);
    }

    /// Takes a question from the page and moves the focus to the next one.
    fn dismiss(self, key: &Key) {
        let at = self
            .shown
            .with_untracked(|list| list.iter().position(|run| key_of(run) == *key));
        self.held.update(|held| {
            held.remove(key);
        });
        self.shown
            .update(|list| list.retain(|run| key_of(run) != *key));
        let at = at.unwrap_or_default() + 1;
        request_animation_frame(move || {
            let next = [
                format!(".inbox > li:nth-child({at}) h2"),
                ".inbox > li:last-child h2".to_owned(),
                "#inbox".to_owned(),
            ];
            let there =
                |selector: &&String| document().query_selector(selector).ok().flatten().is_some();
            if let Some(selector) = next.iter().find(there) {
                dom::focus(selector);
            }
        });
    }
}

/// Everything that waits for a person.
#[component]
pub fn InboxPage() -> impl IntoView {
    dom::use_title(|| "Inbox".to_owned());
    let assignee = Param::new("assignee");
    let inbox = use_live::<Inbox>(|| Some(Request::Inbox), moves_runs);
    let desk = Desk {
        shown: RwSignal::new(Vec::new()),
        held: RwSignal::new(BTreeSet::new()),
        gone: RwSignal::new(BTreeSet::new()),
    };
    effect(move || {
        if let Some(inbox) = inbox.data.get() {
            desk.take(inbox.pending);
        }
    });
    let people = memo(move || {
        let mut names: BTreeSet<String> = desk
            .shown
            .with(|list| list.iter().map(assignee_of).into_set());
        let nobody = names.remove("");
        let chosen = assignee.get();
        let mut list = vec![(String::new(), "Everybody".to_owned())];
        if nobody || chosen == NOBODY {
            list.push((NOBODY.to_owned(), "Nobody in particular".to_owned()));
        }
        if !chosen.is_empty() && chosen != NOBODY {
            names.insert(chosen);
        }
        list.extend(names.into_iter().map(|name| (name.clone(), name)));
        list
    });
    let list = memo(move || {
        let wanted = assignee.get();
        let fits = |run: &RunDetail| match (wanted.as_str(), assignee_of(run)) {
            ("", _) => true,
            (NOBODY, who) => who.is_empty(),
            (wanted, who) => who == wanted,
        };
        let mut list = desk.shown.get();
        list.retain(fits);
        list
    });
    // What is being typed must outlive a new list: the items are drawn anew only when this changes.
    let standing = memo(move || (inbox.data.with(Option::is_some), list.with(Vec::is_empty)));
    let total = move || {
        inbox
            .data
            .with(|inbox| inbox.as_ref().map(|inbox| inbox.total))
    };
    let count = move || match total() {
        Some(n) if n > 0 => format::count(n, "question waits", "questions wait"),
        _ => String::new(),
    };
    let beyond = move || {
        let all = total()?;
        let here = inbox
            .data
            .with(|i| i.as_ref().map_or(0, |i| i.pending.len() as u64));
        (all > here).then(|| format!("The first {} are shown.", format::number(here)))
    };
    view! {
        <section class="page">
            <header class="page-head"><div>
                <h1 id="inbox" tabindex="-1">"Inbox"</h1>
                <p class="muted">"Questions of runs that wait for a person. Answering one lets its run go on."</p>
            </div></header>
            <div class="toolbar">
                <SelectField quiet=true label="Assignee" value=assignee.signal() options=people
                    on_change=assignee.setter(None) />
                <p class="muted small">{count}</p>
            </div>
            <LiveProblem live=inbox />
            {move || match standing.get() {
                (false, _) => view! { <p class="muted opening" role="status">"Reading the inbox…"</p> }.into_any(),
                (true, true) => view! { <Empty narrowed=!assignee.get().is_empty() /> }.into_any(),
                (true, false) => view! {
                    <ul class="inbox">
                        <For each=move || list.get() key=key_of children=move |run| view! { <Item run desk /> } />
                    </ul>
                }.into_any(),
            }}
            {move || beyond().map(|text| view! { <p class="muted small">{text}</p> })}
        </section>
    }
}

#[component]
fn Empty(narrowed: bool) -> impl IntoView {
    view! {
        <div class="nothing">
            <h2>{if narrowed { "Nothing waits for them" } else { "Nothing waits for you" }}</h2>
            <p class="muted">
                "When a step of an agent's workflow asks a person, its question stands here until somebody answers \
                 or it expires. "
                <A href="/runs">"See all runs"</A>
            </p>
        </div>
    }
}
