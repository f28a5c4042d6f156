//! The problems panel: what blocks activation and what only warns, each with its place and, where
//! there is one, a fix by one click.

use leadline_designer::{Command, Event, HandleRef, KeyPress};
use leadline_model::{Finding, FindingCode, NodeConfig, NodeId, Severity, VoiceCall};
use leptos::prelude::*;

use super::conflicts::{ConflictList, Conflicts};
use crate::boxed::handler;
use crate::canvas::desk::{Desk, now_ms};

/// A fix by one click.
#[derive(Debug, Clone, PartialEq)]
enum Fix {
    /// Runs a command.
    Run(&'static str, Command),
    /// Selects the node and puts the focus into its settings.
    Settings(&'static str, NodeId),
    /// Begins a connection at an output.
    Connect(HandleRef),
    /// Shows the workflow's settings.
    Workflow,
}

impl Fix {
    fn name(&self) -> &'static str {
        match self {
            Fix::Run(name, _) | Fix::Settings(name, _) => name,
            Fix::Connect(_) => "Connect…",
            Fix::Workflow => "Open workflow settings",
        }
    }
}

/// The problems panel.
#[component]
pub fn Problems(
    /// Of which desk.
    desk: Desk,
    /// What both sides changed, where it is linked.
    conflicts: Conflicts,
) -> impl IntoView {
    let errors = move || desk.findings.with(|f| f.errors.clone());
    let warnings = move || desk.findings.with(|f| f.warnings.clone());
    let none = move || desk.findings.with(|f| f.iter().next().is_none());
    let list = move |findings: Vec<Finding>| {
        findings
            .into_iter()
            .map(|finding| view! { <Row desk finding /> })
            .collect_view()
    };
    view! {
        <section class="d-problems" aria-label="Problems">
            <h2>"Problems"</h2>
            <ConflictList conflicts />
            {move || none().then(|| view! { <p class="d-note">"No problems: the workflow can be activated."</p> })}
            {move || (!errors().is_empty()).then(|| view! {
                <h3>{format!("Errors ({})", errors().len())}</h3>
                <ul class="d-list">{list(errors())}</ul>
            })}
            {move || (!warnings().is_empty()).then(|| view! {
                <h3>{format!("Warnings ({})", warnings().len())}</h3>
                <ul class="d-list">{list(warnings())}</ul>
            })}
        </section>
    }
}

#[component]
fn Row(desk: Desk, finding: Finding) -> impl IntoView {
    let fix = fix_of(desk, &finding);
    let class = match finding.severity {
        Severity::Error => "d-problem error",
        Severity::Warning => "d-problem warning",
    };
    let (node, edge) = (finding.node_id.clone(), finding.edge_id.clone());
    let show = move |_| {
        if let Some(edge) = edge.clone() {
            desk.run(Command::RevealEdge(edge));
        } else if let Some(node) = node.clone() {
            desk.reveal(node);
        } else {
            desk.run(Command::Select {
                nodes: Vec::new(),
                edges: Vec::new(),
            });
        }
    };
    let place = finding.node_id.as_ref().map(|node| place_name(desk, node));
    view! {
        <li class="d-problem-row">
            <button type="button" class=class on:click=handler(show)>
                <strong>{finding.message}</strong>
                {place.map(|place| view! { <span class="d-place">{place}</span> })}
                <span class="muted">{finding.fix}</span>
            </button>
            {fix.map(|fix| {
                let name = fix.name();
                view! {
                    <button type="button" class="button button-small" on:click=handler(move |_| apply(desk, &fix))>{name}</button>
                }
            })}
        </li>
    }
}

fn place_name(desk: Desk, node: &NodeId) -> String {
    desk.read(|editor| {
        let Some(node) = editor.definition().node(node) else {
            return String::new();
        };
        let words = node.config.node_type().words();
        if node.label.is_empty() {
            words.to_owned()
        } else {
            format!("{words} · {}", node.label)
        }
    })
}

fn apply(desk: Desk, fix: &Fix) {
    match fix {
        Fix::Run(_, command) => desk.run(command.clone()),
        Fix::Settings(_, node) => {
            desk.reveal(node.clone());
            desk.settings.update(|n| *n += 1);
        }
        Fix::Connect(handle) => {
            desk.reveal(handle.node.clone());
            desk.handle(Event::FocusHandle(handle.clone()));
            let key = "Enter".to_owned();
            let press = KeyPress {
                code: key.clone(),
                key,
                now_ms: now_ms(),
                ..KeyPress::default()
            };
            desk.handle(Event::Key(press));
            if let Some(stage) = desk.stage() {
                stage.focus_node(desk, handle.node.clone());
            }
        }
        Fix::Workflow => {
            desk.run(Command::Select {
                nodes: Vec::new(),
                edges: Vec::new(),
            });
            desk.settings.update(|n| *n += 1);
        }
    }
}

fn fix_of(desk: Desk, finding: &Finding) -> Option<Fix> {
    use FindingCode as Code;
    let node = finding.node_id.clone();
    match finding.code {
        Code::MissingAgent | Code::UnknownAgent | Code::InactiveAgent => {
            node.map(|n| agent_fix(desk, n))
        }
        Code::MissingPhoneNumber | Code::UnknownPhoneNumber | Code::InactivePhoneNumber => {
            node.map(|n| number_fix(desk, n))
        }
        Code::NoOutgoingEdge | Code::UnconnectedOutcome | Code::NoTerminalReachable => {
            let node = node?;
            let open = open_handle(desk, &node, &finding.message);
            Some(open.map_or(Fix::Settings("Open settings", node), Fix::Connect))
        }
        Code::EdgeFromTerminal
        | Code::DanglingEdge
        | Code::ImpossibleLabel
        | Code::ShadowedEdge => Some(Fix::Run(
            "Delete connection",
            Command::DeleteEdge(finding.edge_id.clone()?),
        )),
        Code::UnreachableNode => Some(Fix::Run("Show", Command::RevealNode(node?))),
        Code::NoEntryNode | Code::SeveralEntryNodes => {
            let first = node.or_else(|| first_start(desk))?;
            Some(Fix::Run(
                "Start at the first node",
                Command::SetEntry(first),
            ))
        }
        Code::InvalidSettings | Code::ConcurrencyAboveAccount => Some(Fix::Workflow),
        Code::EmptyWorkflow => Some(Fix::Run(
            "Add a voice call",
            Command::AddNode {
                node_type: leadline_model::NodeType::VoiceCall,
                at: None,
                from: None,
            },
        )),
        _ => node.map(|node| Fix::Settings("Open settings", node)),
    }
}

/// The config of a voice call with something changed.
fn changed_call(desk: Desk, node: &NodeId, change: impl FnOnce(&mut VoiceCall)) -> Option<Command> {
    let config = desk.read(|editor| editor.definition().node(node).map(|n| n.config.clone()))?;
    let NodeConfig::VoiceCall(mut call) = config else {
        return None;
    };
    change(&mut call);
    Some(Command::SetConfig {
        node: node.clone(),
        config: NodeConfig::VoiceCall(call),
    })
}

/// With exactly one agent there is nothing to ask.
fn agent_fix(desk: Desk, node: NodeId) -> Fix {
    let library = desk.app.library().get_untracked();
    let agents: Vec<_> = library
        .into_iter()
        .flat_map(|l| l.agents)
        .filter(|a| a.active)
        .collect();
    let command = match &agents[..] {
        [only] => changed_call(desk, &node, |call| call.agent_id = Some(only.id.clone())),
        _ => None,
    };
    match command {
        Some(command) => Fix::Run("Use the only agent", command),
        None => Fix::Settings("Choose an agent", node),
    }
}

fn number_fix(desk: Desk, node: NodeId) -> Fix {
    let library = desk.app.library().get_untracked();
    let numbers: Vec<_> = library
        .into_iter()
        .flat_map(|l| l.phone_numbers)
        .filter(|n| n.active)
        .collect();
    let command = match &numbers[..] {
        [only] => changed_call(desk, &node, |call| {
            call.from_phone_number = Some(only.phone_number.clone())
        }),
        _ => None,
    };
    match command {
        Some(command) => Fix::Run("Use the only number", command),
        None => Fix::Settings("Choose a number", node),
    }
}

/// The first output without an edge; one that the message names comes first.
fn open_handle(desk: Desk, node: &NodeId, message: &str) -> Option<HandleRef> {
    desk.read(|editor| {
        let definition = editor.definition();
        let outputs = definition.node(node)?.config.outputs();
        let taken = |label: &Option<String>| {
            definition
                .edges
                .iter()
                .any(|e| e.from_node_id == *node && e.label == *label)
        };
        let open: Vec<_> = outputs
            .into_iter()
            .filter(|o| !o.optional && !taken(&o.label))
            .collect();
        let named = open
            .iter()
            .find(|o| o.label.as_deref().is_some_and(|l| message.contains(l)));
        let output = named.or(open.first())?;
        Some(HandleRef::new(node, output.label.as_deref()))
    })
}

/// The first node that is not a terminal.
fn first_start(desk: Desk) -> Option<NodeId> {
    desk.read(|editor| {
        let nodes = &editor.definition().nodes;
        nodes
            .iter()
            .find(|n| !n.config.node_type().is_terminal())
            .map(|n| n.id.clone())
    })
}
