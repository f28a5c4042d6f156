//! Choosing workflows to link with a remote.

use std::collections::BTreeSet;

use leadline_model::WorkflowId;
use leadline_model::ordered::Ordered;
use leadline_protocol::RemoteId;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::boxed::{closes, handler, memo};
use crate::components::control_flow::{For, Show};
use crate::components::dialog::Dialog;
use crate::components::field::SearchField;
use crate::format;
use crate::remotes::link::link_all;
use crate::state::use_app;

/// Links some or all of the workflows that are not linked.
#[component]
pub fn PickWorkflows(
    /// With which remote.
    remote: RemoteId,
    /// Whether it is open.
    open: RwSignal<bool>,
) -> impl IntoView {
    view! {
        <Dialog open title="Link workflows">
            <Pick remote open />
        </Dialog>
    }
}

#[component]
fn Pick(remote: RemoteId, open: RwSignal<bool>) -> impl IntoView {
    let app = use_app();
    let chosen = RwSignal::new(BTreeSet::<WorkflowId>::new());
    let search = RwSignal::new(String::new());
    let problem = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let free = memo(move || {
        let linked: BTreeSet<WorkflowId> = app.remotes.list.with(|list| {
            let links = list.iter().flatten().flat_map(|remote| &remote.workflows);
            links.map(|link| link.workflow_id.clone()).into_set()
        });
        app.workflows.with(|all| {
            let all = all.iter().flatten().map(|summary| &summary.workflow);
            all.filter(|workflow| !linked.contains(&workflow.id))
                .map(|workflow| (workflow.id.clone(), workflow.title.clone()))
                .collect::<Vec<_>>()
        })
    });
    let fits = move || -> Vec<(WorkflowId, String)> {
        let wanted = search.get().to_lowercase();
        let all = free.get().into_iter();
        all.filter(|(_, title)| title.to_lowercase().contains(&wanted))
            .collect()
    };
    let all_chosen = move || {
        fits()
            .iter()
            .all(|(id, _)| chosen.with(|chosen| chosen.contains(id)))
    };
    let choose_all = move |_| {
        let ids = untrack(fits).into_iter().map(|(id, _)| id);
        let every = untrack(all_chosen);
        chosen.update(|chosen| {
            for id in ids {
                if every {
                    chosen.remove(&id);
                } else {
                    chosen.insert(id);
                }
            }
        });
    };
    // What was linked meanwhile, in another tab, is not linked again.
    let wanted = move || -> Vec<WorkflowId> {
        let free = free.get();
        chosen.with(|chosen| {
            let ids = free.into_iter().map(|(id, _)| id);
            ids.filter(|id| chosen.contains(id)).collect()
        })
    };
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let ids = untrack(wanted);
        if ids.is_empty() || busy.get_untracked() {
            return;
        }
        busy.set(true);
        problem.set(None);
        let said = format::count(
            ids.len() as u64,
            "workflow was linked.",
            "workflows were linked.",
        );
        spawn_local(async move {
            match link_all(app, remote, ids).await {
                Ok(()) => {
                    app.toasts.info(said);
                    open.try_set(false);
                }
                Err(refused) => drop(problem.try_set(Some(refused.message))),
            }
            busy.try_set(false);
        });
    };
    let row = move |(id, title): (WorkflowId, String)| {
        let (shown, toggled) = (id.clone(), id);
        view! {
            <li>
                <label class="check">
                    <input type="checkbox" prop:checked=move || chosen.with(|chosen| chosen.contains(&shown))
                        on:change=handler(move |_| chosen.update(|chosen| if !chosen.remove(&toggled) { chosen.insert(toggled.clone()); })) />
                    <span class="wrap-anywhere">{title}</span>
                </label>
            </li>
        }
    };
    let verb = move || match wanted().len() {
        0 => "Link".to_owned(),
        n => format!("Link {}", format::count(n as u64, "workflow", "workflows")),
    };
    view! {
        <Show when=move || free.with(|free| !free.is_empty())
            fallback=|| view! { <p class="muted">"Every workflow is linked already, or there is none."</p> }>
            <form class="stack" on:submit=handler(submit)>
                <p class="muted">"They are sent there, and both sides are kept in step from then on."</p>
                <SearchField label="Search workflows" value=search on_input=move |text| search.set(text) />
                <label class="check strong">
                    <input type="checkbox" prop:checked=all_chosen on:change=handler(choose_all) />
                    "All that are shown"
                </label>
                <ul class="pick-list">
                    <For each=fits key=|pair| pair.clone() children=row />
                </ul>
                {move || problem.get().map(|text| view! { <p class="error-text wrap-anywhere" role="alert">{text}</p> })}
                <div class="dialog-foot">
                    <button type="button" class="button" on:click=closes(open)>"Cancel"</button>
                    <button type="submit" class="button button-primary"
                        disabled=move || busy.get() || wanted().is_empty()>{verb}</button>
                </div>
            </form>
        </Show>
    }
}
