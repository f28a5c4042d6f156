//! What forms offer choices from: agents, numbers, variable keys, the other nodes and what their
//! calls may find out.

use std::collections::{BTreeMap, BTreeSet};

use leadline_model::{Agent, Definition, NodeConfig, NodeId};
use leadline_protocol::Library;
use leptos::prelude::*;

use crate::state::AppState;
use crate::steps::known::results;

/// The surroundings of the form that is open.
#[derive(Clone, Copy)]
pub struct Surroundings {
    /// To create agents and numbers.
    pub app: AppState,
    /// Agents, numbers and limits.
    pub library: Memo<Library>,
    /// Variable keys of the workflow's leads.
    pub keys: RwSignal<Vec<String>>,
    /// What the graph holds.
    pub graph: Memo<GraphFacts>,
}

impl Surroundings {
    /// The surroundings the page provides.
    pub fn here() -> Surroundings {
        expect_context()
    }
}

/// What the graph holds that a form can name.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct GraphFacts {
    /// Nodes by label.
    pub nodes: Vec<(NodeId, String)>,
    /// Analysis keys of its calls with the values they may have.
    pub analysis: BTreeMap<String, BTreeSet<String>>,
    /// Keys of answered action bodies with their values.
    pub body: BTreeMap<String, BTreeSet<String>>,
    /// Variables its own steps set.
    pub set: BTreeSet<String>,
    /// Names of the agents whose runs it starts.
    pub runs: BTreeSet<String>,
}

impl GraphFacts {
    /// Reads the facts off a definition. O(nodes).
    pub fn of(definition: &Definition) -> GraphFacts {
        let mut facts = GraphFacts::default();
        for node in &definition.nodes {
            let words = node.config.node_type().words();
            let label = if node.label.is_empty() {
                words
            } else {
                &node.label
            };
            facts.nodes.push((node.id.clone(), label.to_owned()));
            match &node.config {
                NodeConfig::VoiceCall(call) => {
                    let known = call.simulation.iter().flat_map(|s| &s.analysis);
                    for (key, weights) in known {
                        facts
                            .analysis
                            .entry(key.clone())
                            .or_default()
                            .extend(weights.keys().cloned());
                    }
                }
                NodeConfig::Application(leadline_model::Application::Webhook(hook)) => {
                    for (key, weights) in hook.simulation.iter().flat_map(|s| &s.body) {
                        facts
                            .body
                            .entry(key.clone())
                            .or_default()
                            .extend(weights.keys().cloned());
                    }
                }
                NodeConfig::Application(leadline_model::Application::SetVariables(set)) => {
                    facts.set.extend(set.variables.keys().cloned());
                }
                NodeConfig::Application(leadline_model::Application::AgentWorkflow(start)) => {
                    facts.runs.extend(start.agent_name.clone());
                }
                _ => {}
            }
        }
        facts
    }

    /// The facts with what leads take from the runs of these agents. O(agents).
    pub fn with_results(mut self, agents: &[Agent]) -> GraphFacts {
        let started = agents
            .iter()
            .filter(|agent| self.runs.contains(&agent.name));
        let workflows = started.filter_map(|agent| agent.workflow.as_ref());
        let results = workflows.flat_map(|workflow| results(&workflow.steps));
        self.set.extend(results.collect::<Vec<_>>());
        self
    }
}
