//! What an operator can do with a lead: move it, give its step an outcome, take it out.

use leadline_model::view::LeadHistory;
use leadline_model::{LeadId, NodeId, WorkflowId};
use leadline_protocol::{Document, Problem, Request};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::boxed::{closes, handler, memo, opens};
use crate::components::dialog::Dialog;
use crate::components::field::SelectField;
use crate::components::graph::node_choices;
use crate::components::live::Live;
use crate::state::use_app;

/// A dialog with one choice and a verb.
#[component]
fn ChoiceDialog(
    /// Whether it is open.
    open: RwSignal<bool>,
    /// Its heading.
    title: &'static str,
    /// What it means.
    text: &'static str,
    /// The name of the choice.
    label: &'static str,
    /// (value, text) of each choice.
    options: Memo<Vec<(String, String)>>,
    /// The verb on the button.
    verb: &'static str,
    /// The request for a choice; `None` when the choice cannot be one.
    #[prop(into)]
    request: Callback<String, Option<Request>>,
    /// The lead, asked again afterwards.
    live: Live<Box<LeadHistory>>,
) -> impl IntoView {
    let app = use_app();
    let chosen = RwSignal::new(String::new());
    let problem = RwSignal::new(None::<String>);
    // The first choice stands in the list before anybody touched it.
    let value = memo(move || {
        let chosen = chosen.get();
        options.with(
            |options| match options.iter().any(|(key, _)| *key == chosen) {
                true => chosen,
                false => options
                    .first()
                    .map(|(key, _)| key.clone())
                    .unwrap_or_default(),
            },
        )
    });
    let act = move |_| {
        let Some(request) = request.run(value.get_untracked()) else {
            return;
        };
        problem.set(None);
        spawn_local(async move {
            let done: Result<Box<LeadHistory>, Problem> = app.client.ask(request).await;
            match done {
                Ok(_) => {
                    open.set(false);
                    live.refresh();
                }
                Err(refused) => problem.set(Some(refused.message)),
            }
        });
    };
    view! {
        <Dialog open title=title>
            <div class="stack">
                <p class="muted">{text}</p>
                <SelectField label=label value options on_change=move |key: String| chosen.set(key) />
                {move || problem.get().map(|text| view! { <p class="error-text" role="alert">{text}</p> })}
            </div>
            <div class="dialog-foot">
                <button type="button" class="button" on:click=closes(open)>"Cancel"</button>
                <button type="button" class="button button-primary" on:click=handler(act)
                    disabled=move || options.with(Vec::is_empty)>{verb}</button>
            </div>
        </Dialog>
    }
}

/// The buttons and their dialogs.
#[component]
pub fn Actions(
    /// The lead with its path.
    history: LeadHistory,
    /// To be asked again after an action.
    live: Live<Box<LeadHistory>>,
    /// The graph.
    document: Live<Document>,
) -> impl IntoView {
    let moving = RwSignal::new(false);
    let resolving = RwSignal::new(false);
    let (workflow_id, lead_id) = (history.workflow_id, history.id);
    let current = history.lead.current_node_id;
    let started = current.is_some();
    let targets = {
        let current = current.clone().map(|id| id.to_string());
        memo(move || {
            let all = document.data.with(node_choices);
            all.into_iter()
                .filter(|(id, _)| Some(id) != current.as_ref())
                .collect::<Vec<_>>()
        })
    };
    let outcomes = memo(move || {
        document
            .data
            .with(|document| outputs(document, current.as_ref()))
    });
    let move_to = {
        let (workflow_id, lead_id) = (workflow_id.clone(), lead_id.clone());
        move |node: String| {
            let to_node_id = NodeId::parse(&node).ok()?;
            Some(Request::MoveLead {
                workflow_id: workflow_id.clone(),
                lead_id: lead_id.clone(),
                to_node_id,
            })
        }
    };
    let give = {
        let (workflow_id, lead_id) = (workflow_id.clone(), lead_id.clone());
        move |outcome: String| {
            Some(Request::ResolveLead {
                workflow_id: workflow_id.clone(),
                lead_id: lead_id.clone(),
                outcome,
            })
        }
    };
    view! {
        <div class="row row-tight lead-actions">
            <button type="button" class="button" on:click=opens(moving)>"Move to node…"</button>
            <button type="button" class="button"
                disabled=move || !started || outcomes.with(Vec::is_empty)
                on:click=opens(resolving)>"Give outcome…"</button>
            <RemoveButton workflow_id lead_id phone=history.lead.phone_number live />
        </div>
        <ChoiceDialog open=moving title="Move to node" label="Node" verb="Move"
            text="The lead leaves its present step and enters the chosen node at once."
            options=targets request=move_to live />
        <ChoiceDialog open=resolving title="Give outcome" label="Outcome" verb="Give outcome"
            text="The lead's present step ends with this outcome and the lead goes on along the edge for it."
            options=outcomes request=give live />
    }
}

/// The outcomes the node a lead stands at can produce.
fn outputs(document: &Option<Document>, current: Option<&NodeId>) -> Vec<(String, String)> {
    let node = document
        .as_ref()
        .zip(current)
        .and_then(|(document, id)| document.definition.node(id));
    let Some(node) = node else { return Vec::new() };
    node.config
        .outputs()
        .into_iter()
        .filter_map(|output| output.label)
        .map(|label| (label.clone(), label))
        .collect()
}

#[component]
fn RemoveButton(
    /// Its workflow.
    workflow_id: WorkflowId,
    /// Which lead.
    lead_id: LeadId,
    /// Its number.
    phone: String,
    /// To be asked again afterwards.
    live: Live<Box<LeadHistory>>,
) -> impl IntoView {
    let app = use_app();
    let ask = move |_| {
        let request = Request::RemoveLead {
            workflow_id: workflow_id.clone(),
            lead_id: lead_id.clone(),
        };
        let text = "It takes no further step and no longer keeps the workflow from completing. Its history stays.";
        app.confirm(format!("Remove {phone}?"), text, "Remove lead", move || {
            app.run(request.clone(), move |()| live.refresh());
        });
    };
    view! { <button type="button" class="button button-danger" on:click=handler(ask)>"Remove lead"</button> }
}
