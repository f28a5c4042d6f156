//! Compiling a definition: ids become slots, labels numbers, conditions trees of resolved fields.

use std::collections::BTreeSet;

use leadline_model::ordered::Ordered;
use leadline_model::{
    Application, Definition, Duration, NodeConfig, NodeId, SetVariables, StartAgent, VoiceCall,
    Webhook,
};

use crate::conditions::CompiledBranches;
use crate::error::EngineError;
use crate::flow::{EdgeSlot, Flow, NodeSlot, Tally, Traffic, VisitColumn, VoiceConfig, label};
use crate::state::history::{Fact, MAX_EDGE, MAX_LABEL};
use crate::state::leads::NONE;

/// Rings for so long when the node does not say.
pub const DEFAULT_RING_SECONDS: u32 = 30;

/// Outcomes that people can name; the last number is that of a bound.
const MOST_LABELS: u16 = MAX_LABEL - 1;

/// Settings of voice calls that calls can name.
const MAX_VOICE_CONFIGS: usize = 1 << 16;

/// What a definition compiles to, by slot.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// Nodes; deleted ones are [`Kind::Gone`].
    pub nodes: Vec<PlanNode>,
    /// The target of each edge slot.
    pub targets: Vec<u32>,
    /// Where leads start.
    pub entry: Option<u32>,
}

/// One node of the plan.
#[derive(Debug, Clone)]
pub struct PlanNode {
    /// What it does.
    pub kind: Kind,
    /// Edge slots by outcome, the first created first.
    pub routes: Vec<(u16, u32)>,
    /// The unlabelled edge.
    pub fallback: Option<u32>,
    /// Which visit column counts its visits, or [`NONE`].
    pub visit_column: u32,
}

/// What a node does.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub enum Kind {
    Gone,
    Voice {
        config: u16,
    },
    Delay {
        length: Duration,
        lane: Option<u32>,
    },
    Until(leadline_model::node::Until),
    From(leadline_model::node::From),
    Conditional(Box<CompiledBranches>),
    SetVariables(Box<SetVariables>),
    Webhook(Box<Webhook>),
    /// Starts a run of an agent.
    StartAgent(Box<StartAgent>),
    /// Config is missing; a lead that comes here needs review.
    Unfinished,
    Converted,
    Dropped,
}

impl PlanNode {
    /// The edge an outcome takes (SPEC 2): the first with its label, else the unlabelled one unless
    /// the outcome takes only edges labelled exactly so.
    #[inline]
    pub fn route(&self, outcome: u16) -> Option<u32> {
        let labelled = self
            .routes
            .iter()
            .find(|(label, _)| *label == outcome)
            .map(|(_, edge)| *edge);
        let only_labelled = matches!(
            outcome,
            label::CANCELLED | label::RETRY_EXPIRED | label::LIMIT
        );
        labelled.or(if only_labelled { None } else { self.fallback })
    }
}

/// Takes a definition into a flow: slots, plan, visit counts. The definition has been checked, and
/// there is [room](room_for) for it.
pub fn install(flow: &mut Flow, definition: Definition) {
    let traffic = &mut flow.traffic;
    for slot in &mut traffic.node_slots {
        slot.alive = false;
    }
    for node in &definition.nodes {
        let next = traffic.node_slots.len() as u32;
        let slot = *traffic.node_by_id.entry(node.id.clone()).or_insert(next);
        let entry = NodeSlot {
            id: node.id.clone(),
            node_type: node.config.node_type(),
            label: node.label.clone(),
            alive: true,
        };
        match traffic.node_slots.get_mut(slot as usize) {
            Some(old) if old.node_type == entry.node_type => *old = entry,
            Some(_) => {
                // The id was deleted and used again for another type: history keeps the old slot.
                traffic.node_by_id.insert(node.id.clone(), next);
                traffic.node_slots.push(entry);
            }
            None => traffic.node_slots.push(entry),
        }
    }
    traffic
        .tallies
        .resize(traffic.node_slots.len(), Tally::default());
    flow.workflow.settings = definition.settings.clone();
    flow.traffic.windows.clear();
    flow.plan = compile(&definition, &mut flow.traffic);
    rewrite(flow, definition);
}

/// Takes a definition that compiles to what the flow's does already: only its words and where it is
/// drawn differ.
pub fn rewrite(flow: &mut Flow, definition: Definition) {
    flow.workflow.title.clone_from(&definition.title);
    flow.workflow
        .description
        .clone_from(&definition.description);
    flow.definition = definition;
}

/// Slots and labels are never used again, so a workflow that was edited very often runs out of them.
pub fn room_for(traffic: &Traffic, definition: &Definition) -> Result<(), EngineError> {
    if traffic.edge_slots.len() + definition.edges.len() > MAX_EDGE as usize {
        return Err(EngineError::Limit {
            what: "edges over a workflow's lifetime (duplicate it to go on)",
            limit: MAX_EDGE as usize,
        });
    }
    let calls = definition.nodes.iter().map(|node| &node.config);
    let calls = calls.filter(|config| matches!(config, NodeConfig::VoiceCall(_)));
    if traffic.voice_configs.len() + calls.count() > MAX_VOICE_CONFIGS {
        return Err(EngineError::Limit {
            what: "settings of voice calls over a workflow's lifetime (duplicate it to go on)",
            limit: MAX_VOICE_CONFIGS,
        });
    }
    let outputs = definition
        .nodes
        .iter()
        .flat_map(|node| node.config.outputs());
    let edges = definition.edges.iter().map(|edge| edge.label.clone());
    let texts = outputs.map(|output| output.label).chain(edges).flatten();
    let new: BTreeSet<String> = texts.filter(|text| !traffic.labels.has(text)).into_set();
    if traffic.labels.len() + new.len() > usize::from(MOST_LABELS) {
        return Err(EngineError::Limit {
            what: "different outcomes over a workflow's lifetime (duplicate it to go on)",
            limit: MOST_LABELS.into(),
        });
    }
    Ok(())
}

/// Compiles a definition whose nodes have their slots.
pub fn compile(definition: &Definition, traffic: &mut Traffic) -> Plan {
    let mut plan = Plan {
        nodes: traffic
            .node_slots
            .iter()
            .map(|_| PlanNode {
                kind: Kind::Gone,
                routes: Vec::new(),
                fallback: None,
                visit_column: NONE,
            })
            .collect(),
        targets: Vec::new(),
        entry: definition.entry().map(|node| traffic.node_by_id[&node.id]),
    };
    for edge in &definition.edges {
        compile_edge(edge, traffic, &mut plan);
    }
    plan.targets = traffic.edge_slots.iter().map(|slot| slot.to).collect();
    traffic.taken.resize(traffic.edge_slots.len(), 0);
    for node in &definition.nodes {
        let slot = traffic.node_by_id[&node.id];
        let kind = compile_node(definition, &node.config, slot, traffic);
        plan.nodes[slot as usize].kind = kind;
    }
    for (i, column) in traffic.visits.iter().enumerate() {
        plan.nodes[column.node as usize].visit_column = i as u32;
    }
    plan
}

fn compile_edge(edge: &leadline_model::Edge, traffic: &mut Traffic, plan: &mut Plan) {
    let text = edge.label.as_deref().unwrap_or("");
    let label = label_number(traffic, text);
    let slot = EdgeSlot {
        id: edge.id.clone(),
        from: traffic.node_by_id[&edge.from_node_id],
        to: traffic.node_by_id[&edge.to_node_id],
        label,
    };
    let present = traffic.edge_by_id.get(&edge.id).copied();
    let number = match present.filter(|n| traffic.edge_slots[*n as usize] == slot) {
        Some(number) => number,
        None => {
            let number = traffic.edge_slots.len() as u32;
            traffic.edge_by_id.insert(edge.id.clone(), number);
            traffic.edge_slots.push(slot.clone());
            number
        }
    };
    let node = &mut plan.nodes[slot.from as usize];
    if label == crate::flow::label::NONE {
        node.fallback.get_or_insert(number);
    } else {
        node.routes.push((label, number));
    }
}

/// The number of a label; [`room_for`] has seen to it that there is one.
pub fn label_number(traffic: &mut Traffic, text: &str) -> u16 {
    if text == label::LIMIT_TEXT {
        return label::LIMIT;
    }
    let number = traffic.labels.number(text);
    u16::try_from(number)
        .unwrap_or(MOST_LABELS)
        .min(MOST_LABELS)
}

fn compile_node(
    definition: &Definition,
    config: &NodeConfig,
    slot: u32,
    traffic: &mut Traffic,
) -> Kind {
    match config {
        NodeConfig::VoiceCall(call) => voice(definition, call, slot, traffic),
        NodeConfig::Time(time) => match (&time.delay, &time.until, &time.from) {
            (Some(delay), ..) => {
                let length = delay.duration();
                Kind::Delay {
                    length,
                    lane: traffic.timers.lane(length.0),
                }
            }
            (None, Some(until), _) => Kind::Until(until.clone()),
            (None, None, Some(from)) => Kind::From(from.clone()),
            (None, None, None) => Kind::Unfinished,
        },
        NodeConfig::Conditional(branches) => {
            Kind::Conditional(Box::new(CompiledBranches::compile(branches, traffic)))
        }
        NodeConfig::Application(Application::SetVariables(set)) => {
            Kind::SetVariables(Box::new(set.clone()))
        }
        NodeConfig::Application(Application::Webhook(webhook)) => {
            Kind::Webhook(Box::new(webhook.clone()))
        }
        NodeConfig::Application(Application::AgentWorkflow(start)) => {
            Kind::StartAgent(Box::new(start.clone()))
        }
        NodeConfig::Application(Application::None) => Kind::Unfinished,
        NodeConfig::Converted(_) => Kind::Converted,
        NodeConfig::Dropped(_) => Kind::Dropped,
    }
}

fn voice(definition: &Definition, call: &VoiceCall, slot: u32, traffic: &mut Traffic) -> Kind {
    let config = VoiceConfig {
        node: slot,
        agent_id: call.agent_id.clone(),
        from_phone_number: call.from_phone_number.clone(),
        retry: call
            .retry
            .clone()
            .or_else(|| definition.settings.retry.clone()),
        ring_timeout_seconds: call.ring_timeout_seconds.unwrap_or(DEFAULT_RING_SECONDS),
        simulation: call.simulation.clone().unwrap_or_default(),
    };
    let known = traffic
        .voice_configs
        .iter()
        .rposition(|known| known.node == slot);
    let config = match known.filter(|i| traffic.voice_configs[*i] == config) {
        Some(number) => number,
        None => {
            traffic.voice_configs.push(config);
            traffic.voice_configs.len() - 1
        }
    };
    // `room_for` has seen to it that the number fits.
    let config = u16::try_from(config).unwrap_or(u16::MAX);
    Kind::Voice { config }
}

/// The visit column of a node, made from history when no condition counted it before.
pub fn visit_column(traffic: &mut Traffic, node: &NodeId) -> Option<usize> {
    let slot = *traffic.node_by_id.get(node)?;
    if let Some(known) = traffic.visits.iter().position(|column| column.node == slot) {
        return Some(known);
    }
    let mut visits = vec![0u16; traffic.leads.len() as usize];
    for record in traffic.history.since(0) {
        let entered = match record.fact {
            Fact::Started(node) | Fact::Placed(node) => node,
            Fact::Moved { edge, .. } => traffic.edge_slots[edge as usize].to,
            _ => continue,
        };
        if entered == slot
            && let Some(count) = visits.get_mut(record.lead as usize)
        {
            *count = count.saturating_add(1);
        }
    }
    traffic.visits.push(VisitColumn { node: slot, visits });
    Some(traffic.visits.len() - 1)
}
