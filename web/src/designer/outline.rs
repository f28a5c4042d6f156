//! The graph as a list that can be walked, selected and connected without the canvas.

use std::collections::BTreeSet;

use leadline_designer::{Command, HandleRef, OutlineItem};
use leadline_model::NodeId;
use leadline_model::ordered::Ordered;
use leptos::prelude::*;

use crate::boxed::handler;
use crate::canvas::desk::Desk;
use crate::components::control_flow::Show;

/// Lines shown; a larger graph is searched instead.
const MAX_LINES: usize = 1_000;

/// The outline.
#[component]
pub fn Outline(
    /// Of which desk.
    desk: Desk,
) -> impl IntoView {
    let lines = desk.follow(|editor| {
        let mut items = editor.outline();
        let all = items.len();
        items.truncate(MAX_LINES);
        (items, all)
    });
    view! {
        <section class="d-outline" aria-label="Outline">
            <h2>"Outline"</h2>
            <ul class="d-list" role="tree" aria-label="Nodes of the workflow">
                {move || lines.get().0.into_iter().map(|item| view! { <Line desk item /> }).collect_view()}
            </ul>
            {move || {
                let (items, all) = lines.get();
                (all > items.len()).then(|| view! {
                    <p class="d-note">{format!("{} more lines: use Find.", all - items.len())}</p>
                })
            }}
            {move || lines.get().0.is_empty().then(|| view! {
                <p class="d-note">"Nothing here yet. Add a node from the palette."</p>
            })}
        </section>
    }
}

#[component]
fn Line(desk: Desk, item: OutlineItem) -> impl IntoView {
    let OutlineItem {
        node,
        depth,
        repeated,
        reached,
        text,
        ..
    } = item;
    let id = StoredValue::new(node.clone());
    let selected = move || {
        desk.selection
            .with(|s| id.with_value(|node| s.nodes.contains(node)))
    };
    let open = RwSignal::new(false);
    let level = (depth + 1).to_string();
    let indent = format!("{}rem", depth.min(12) as f64 * 0.9);
    let note = if reached { "" } else { " not reached" };
    let ends = desk.read(|editor| {
        let found = editor.definition().node(&node);
        found.is_some_and(|node| node.config.node_type().is_terminal())
    });
    view! {
        <li role="treeitem" attr:aria-level=level aria-selected=move || selected().to_string()
            style:padding-inline-start=indent>
            <div class="d-outline-line" class:selected=selected>
                <button type="button" class="d-outline-name" on:click=handler(move |_| desk.reveal(id.get_value()))>
                    {text}<span class="muted">{note}</span>
                </button>
                <Show when=move || !repeated && !ends>
                    <button type="button" class="button button-small"
                        aria-expanded=move || open.get().to_string()
                        aria-label=move || format!("Connections of {}", desk.read(|e| e.node_name(&id.get_value(), None)))
                        on:click=handler(move |_| open.update(|open| *open = !*open))>"Connect"</button>
                </Show>
            </div>
            <Show when=move || open.get()>
                <Connections desk node=id.get_value() />
            </Show>
        </li>
    }
}

/// Each output with a list of targets.
#[component]
fn Connections(desk: Desk, node: NodeId) -> impl IntoView {
    let id = StoredValue::new(node.clone());
    let rows = desk.follow(move |editor| {
        let definition = editor.definition();
        let Some(found) = definition.node(&node) else {
            return Vec::new();
        };
        let mut labels: Vec<Option<String>> = found
            .config
            .outputs()
            .into_iter()
            .map(|o| o.label)
            .collect();
        let carried: BTreeSet<_> = definition
            .edges
            .iter()
            .filter(|e| e.from_node_id == node)
            .map(|e| e.label.clone())
            .into_set();
        labels.extend(
            carried
                .into_iter()
                .filter(|label| !found.config.outputs().iter().any(|o| o.label == *label)),
        );
        labels
            .into_iter()
            .map(|label| {
                let edge = definition
                    .edges
                    .iter()
                    .find(|e| e.from_node_id == node && e.label == label);
                let name = editor.handle_name(&HandleRef::new(&node, label.as_deref()));
                (
                    label,
                    name,
                    edge.map(|e| (e.id.clone(), e.to_node_id.clone())),
                )
            })
            .collect()
    });
    let targets = desk.follow(|editor| {
        let nodes = &editor.definition().nodes;
        nodes
            .iter()
            .map(|n| (n.id.clone(), editor.node_name(&n.id, None)))
            .collect::<Vec<_>>()
    });
    view! {
        <ul class="d-connections">
            {move || rows.get().into_iter().map(|(label, name, edge)| {
                let now = edge.as_ref().map(|(_, to)| to.to_string()).unwrap_or_default();
                let words = label.clone().unwrap_or_else(|| "next".to_owned());
                let change = move |key: String| match (NodeId::parse(&key), &edge) {
                    (Ok(to), _) => {
                        let from = HandleRef::new(&id.get_value(), label.as_deref());
                        desk.run(Command::Connect { from, to });
                    }
                    (Err(_), Some((edge, _))) => desk.run(Command::DeleteEdge(edge.clone())),
                    (Err(_), None) => {}
                };
                view! {
                    <li>
                        <span>{words}</span>
                        <select aria-label=name on:change:target=move |event| change(event.target().value())>
                            <option value="" prop:selected=now.is_empty()>"not connected"</option>
                            {targets.get().into_iter().map(|(to, name)| {
                                let key = to.to_string();
                                let selected = key == now;
                                view! { <option value=key prop:selected=selected>{name}</option> }
                            }).collect_view()}
                        </select>
                    </li>
                }
            }).collect_view()}
        </ul>
    }
}
