//! The settings panel: of the selected node or edge, or of the workflow while nothing is selected.

use leadline_designer::Command;
use leadline_model::{Edge, Node, NodeConfig, NodeId};
use leptos::html;
use leptos::prelude::*;

use super::forms::application::ApplicationForm;
use super::forms::bound::Bound;
use super::forms::condition::ConditionForm;
use super::forms::controls::{SelectField, TextField, pairs};
use super::forms::delay::DelayForm;
use super::forms::voice_call::VoiceCallForm;
use super::forms::workflow::{About, WorkflowForm};
use crate::boxed::{effect, handler, memo};
use crate::canvas::desk::Desk;
use crate::components::control_flow::Show;

/// What the panel is about.
#[derive(Debug, Clone, PartialEq)]
enum Subject {
    Workflow,
    Node(NodeId),
    Edge(leadline_model::EdgeId),
    Many(usize),
}

/// The settings panel.
#[component]
pub fn Settings(
    /// Of which desk.
    desk: Desk,
) -> impl IntoView {
    let panel = NodeRef::<html::Div>::new();
    let subject = memo(move || {
        let selection = desk.selection.get();
        if let Some(node) = selection.single_node() {
            Subject::Node(node.clone())
        } else if let Some(edge) = selection.single_edge() {
            Subject::Edge(edge.clone())
        } else if selection.is_empty() {
            Subject::Workflow
        } else {
            Subject::Many(selection.nodes.len() + selection.edges.len())
        }
    });
    effect(move || {
        // Asked for while another panel was open, they begin with the focus.
        if desk.take_settings_call() {
            // The form of a new selection stands one frame later.
            request_animation_frame(move || focus_first(panel));
        }
    });
    view! {
        <div node_ref=panel class="d-settings">
            {move || match subject.get() {
                Subject::Workflow => view! { <WorkflowSettings desk /> }.into_any(),
                Subject::Node(node) => view! { <NodeSettings desk node /> }.into_any(),
                Subject::Edge(edge) => view! { <EdgeSettings desk edge /> }.into_any(),
                Subject::Many(count) => view! { <ManySettings desk count /> }.into_any(),
            }}
        </div>
    }
}

fn focus_first(panel: NodeRef<html::Div>) {
    let Some(Some(panel)) = panel.try_get_untracked() else {
        return;
    };
    let first = panel
        .query_selector("input, select, textarea, button")
        .ok()
        .flatten();
    if let Some(first) = first {
        crate::canvas::view::focus(&first);
    }
}

#[component]
fn WorkflowSettings(desk: Desk) -> impl IntoView {
    let now = desk.follow(|editor| About::of(editor.definition()));
    let about = Bound::new(now, move |about: About| {
        let before = now.get_untracked();
        // An empty title cannot be saved: it stays in the field, marked, until something is typed.
        if about.title != before.title && !about.title.trim().is_empty() {
            desk.run(Command::SetTitle(about.title));
        }
        if about.description != before.description {
            desk.run(Command::SetDescription(about.description));
        }
        if about.settings != before.settings {
            desk.run(Command::SetSettings(about.settings));
        }
    });
    view! {
        <h2>"Workflow settings"</h2>
        <WorkflowForm about />
    }
}

#[component]
fn NodeSettings(desk: Desk, node: NodeId) -> impl IntoView {
    let id = StoredValue::new(node.clone());
    let now = desk.follow(move |editor| editor.definition().node(&node).cloned());
    // The form is made anew only for another node, not for each change of this one.
    let first = now.get_untracked();
    let Some(first) = first else {
        return view! { <p class="d-note">"This node is gone."</p> }.into_any();
    };
    let last = StoredValue::new(first.clone());
    let node = Bound::new(
        memo(move || {
            if let Some(node) = now.get() {
                last.set_value(node);
            }
            last.get_value()
        }),
        move |node: Node| {
            let before = last.get_value();
            if node.label != before.label {
                desk.run(Command::SetLabel {
                    node: id.get_value(),
                    label: node.label.clone(),
                });
            }
            if node.config != before.config {
                desk.run(Command::SetConfig {
                    node: id.get_value(),
                    config: node.config,
                });
            }
            if node.is_entry && !before.is_entry {
                desk.run(Command::SetEntry(id.get_value()));
            }
        },
    );
    let words = first.config.node_type().words();
    view! {
        <h2>{words}</h2>
        <TextField label="Name" value=node.part(|n| n.label.clone(), |n, label| n.label = label)
            placeholder=words />
        {config_form(node, &first.config)}
        <EntryButton desk node />
    }
    .into_any()
}

/// The form of a config. Its variant never changes: a node keeps its type.
fn config_form(node: Bound<Node>, config: &NodeConfig) -> AnyView {
    macro_rules! form {
        ($variant:ident, $form:ident) => {{
            let config = node.part(
                |n| match &n.config {
                    NodeConfig::$variant(config) => config.clone(),
                    _ => Default::default(),
                },
                |n, config| n.config = NodeConfig::$variant(config),
            );
            view! { <$form config /> }.into_any()
        }};
    }
    match config {
        NodeConfig::VoiceCall(_) => form!(VoiceCall, VoiceCallForm),
        NodeConfig::Time(_) => form!(Time, DelayForm),
        NodeConfig::Conditional(_) => form!(Conditional, ConditionForm),
        NodeConfig::Application(_) => form!(Application, ApplicationForm),
        NodeConfig::Converted(_) => {
            view! { <p class="d-note">"Leads that come here are completed."</p> }.into_any()
        }
        NodeConfig::Dropped(_) => {
            view! { <p class="d-note">"Leads that come here are dropped."</p> }.into_any()
        }
    }
}

#[component]
fn EntryButton(desk: Desk, node: Bound<Node>) -> impl IntoView {
    let is_entry = desk.follow(move |editor| {
        editor
            .definition()
            .entry()
            .is_some_and(|entry| entry.id == node.peek().id)
    });
    let terminal = node.peek().config.node_type().is_terminal();
    view! {
        <Show when=move || !terminal>
            {move || if is_entry.get() {
                view! { <p class="d-note">"Leads start here."</p> }.into_any()
            } else {
                view! {
                    <button type="button" class="button"
                        on:click=handler(move |_| desk.run(Command::SetEntry(node.peek().id)))>"Start leads here"</button>
                }.into_any()
            }}
        </Show>
    }
}

#[component]
fn EdgeSettings(desk: Desk, edge: leadline_model::EdgeId) -> impl IntoView {
    let id = StoredValue::new(edge.clone());
    let now = desk.follow(move |editor| {
        let definition = editor.definition();
        let edge = definition.edge(&edge)?.clone();
        let outputs = definition.node(&edge.from_node_id)?.config.outputs();
        let labels: Vec<String> = outputs
            .into_iter()
            .filter_map(|output| output.label)
            .collect();
        let name = editor.edge_name(&edge.id);
        Some((edge, labels, name))
    });
    let read = move |part: fn(&(Edge, Vec<String>, String)) -> String| {
        now.with(|now| now.as_ref().map(part).unwrap_or_default())
    };
    let label = Bound::new(
        memo(move || read(|(edge, ..)| edge.label.clone().unwrap_or_default())),
        move |label: String| {
            let label = (!label.is_empty()).then_some(label);
            desk.run(Command::SetEdgeLabel {
                edge: id.get_value(),
                label,
            });
        },
    );
    let choices = Signal::derive(move || {
        let mut list = pairs([("", "Any other outcome")]);
        let labels = now.get().map(|(_, labels, _)| labels).unwrap_or_default();
        list.extend(labels.into_iter().map(|label| (label.clone(), label)));
        list
    });
    view! {
        <h2>"Connection"</h2>
        <p>{move || read(|(.., name)| name.clone())}</p>
        <SelectField label="Outcome" value=label choices help="The outcome for which leads take this edge." />
        <button type="button" class="button button-danger"
            on:click=handler(move |_| desk.run(Command::DeleteEdge(id.get_value())))>"Delete connection"</button>
    }
}

#[component]
fn ManySettings(desk: Desk, count: usize) -> impl IntoView {
    let button = move |name: &'static str, command: Command| {
        view! {
            <button type="button" class="button" on:click=handler(move |_| desk.run(command.clone()))>{name}</button>
        }
    };
    view! {
        <h2>{format!("{count} selected")}</h2>
        <div class="d-row">
            {button("Duplicate selection", Command::Duplicate)}
            {button("Delete selection", Command::Delete)}
        </div>
    }
}
