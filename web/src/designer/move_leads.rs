//! Asks where the leads of a node go before it is deleted.

use leadline_model::NodeId;
use leadline_protocol::{Edited, Request};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::dialog::FormDialog;
use super::forms::bound::Bound;
use super::forms::controls::SelectField;
use super::saver::Saver;
use crate::boxed::effect;
use crate::canvas::desk::Desk;

/// Asks where the leads of a node go.
#[component]
pub fn MoveLeadsDialog(
    /// Whose deletion it is.
    saver: Saver,
    /// Of which desk.
    desk: Desk,
) -> impl IntoView {
    let open = RwSignal::new(false);
    let refused = RwSignal::new(None::<String>);
    let target = Bound::local(String::new());
    effect(move || {
        let asks = saver.occupied.with(Option::is_some);
        if asks {
            target.set(String::new());
            refused.set(None);
        }
        open.set(asks);
    });
    effect(move || {
        if !open.get() && saver.occupied.with_untracked(Option::is_some) {
            saver.occupied.set(None);
        }
    });
    let message = move || saver.occupied.get().map(|o| o.message).unwrap_or_default();
    let choices = Signal::derive(move || {
        desk.revision.track();
        let gone = saver.occupied.get().map(|o| o.node);
        let mut list = vec![(String::new(), "Choose a node".to_owned())];
        desk.read(|editor| {
            let nodes = editor
                .definition()
                .nodes
                .iter()
                .filter(|node| Some(&node.id) != gone.as_ref());
            list.extend(nodes.map(|node| (node.id.to_string(), editor.node_name(&node.id, None))));
        });
        list
    });
    let submit = move || {
        let Some(occupied) = saver.occupied.get_untracked() else {
            return;
        };
        let Ok(to_node_id) = NodeId::parse(&target.peek()) else {
            return refused.set(Some("Choose where the leads go.".to_owned()));
        };
        let request = Request::DeleteNodeMovingLeads {
            workflow_id: desk.id(),
            node_id: occupied.node,
            to_node_id,
        };
        spawn_local(async move {
            // The change itself comes back as a notice, as if another tab had made it.
            match desk.app.client.ask::<Edited>(request).await {
                Ok(_) => open.set(false),
                Err(problem) => refused.set(Some(problem.message)),
            }
        });
    };
    view! {
        <FormDialog open title="Leads are at this node" verb="Move leads and delete" submit>
            <p>{message}</p>
            <SelectField label="Move its leads to" value=target choices error=refused />
        </FormDialog>
    }
}
