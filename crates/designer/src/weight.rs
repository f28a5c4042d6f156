//! How much a change weighs: about the bytes it takes as JSON, summed from the lengths of its texts.
//! For limits only; writing the JSON to measure it would take longer than the edit itself.

use leadline_model::condition::ConditionGroup;
use leadline_model::{
    Application, Branches, Change, Condition, NodeConfig, Settings, Variables, VoiceCall, Webhook,
};

/// An entity with nothing in it: names of fields, ids, numbers.
const ENTITY: usize = 160;
/// A config of which everything has a bounded length.
const CONFIG: usize = 160;
/// The same of a small part, such as an entry of a map.
const PART: usize = 24;

/// The bytes of a change.
pub(crate) fn of(change: &Change) -> usize {
    let texts = match change {
        Change::PutNode { node } => node.label.len() + config(&node.config),
        Change::PutEdge { edge, .. } => text(&edge.label),
        Change::SetTitle { title } => title.len(),
        Change::SetDescription { description } => description.len(),
        Change::SetSettings { settings } => settings_of(settings),
        Change::DeleteNode { .. } | Change::DeleteEdge { .. } => 0,
    };
    ENTITY + texts
}

fn text(text: &Option<String>) -> usize {
    text.as_ref().map_or(0, String::len)
}

fn config(config: &NodeConfig) -> usize {
    match config {
        NodeConfig::VoiceCall(call) => voice_call(call),
        NodeConfig::Time(_) => CONFIG,
        NodeConfig::Conditional(branches) => conditional(branches),
        NodeConfig::Application(Application::Webhook(webhook)) => self::webhook(webhook),
        NodeConfig::Application(Application::SetVariables(set)) => variables(&set.variables),
        NodeConfig::Application(Application::AgentWorkflow(start)) => {
            text(&start.agent_name) + text(&start.task) + variables(&start.state)
        }
        NodeConfig::Application(Application::None)
        | NodeConfig::Converted(_)
        | NodeConfig::Dropped(_) => 0,
    }
}

fn voice_call(call: &VoiceCall) -> usize {
    let simulation = call.simulation.iter();
    2 * CONFIG + simulation.map(|by| weights(&by.analysis)).sum::<usize>()
}

fn webhook(webhook: &Webhook) -> usize {
    let simulation = webhook.simulation.iter();
    let headers = webhook.headers.iter();
    CONFIG
        + text(&webhook.url)
        + text(&webhook.body)
        + headers
            .map(|(key, value)| PART + key.len() + value.len())
            .sum::<usize>()
        + simulation.map(|by| weights(&by.body)).sum::<usize>()
}

fn weights(
    keys: &std::collections::BTreeMap<String, leadline_model::simulation::ValueWeights>,
) -> usize {
    let values = keys.values().flat_map(|values| values.keys());
    keys.keys().chain(values).map(|key| PART + key.len()).sum()
}

fn variables(variables: &Variables) -> usize {
    let each = variables.iter();
    each.map(|(key, value)| PART + key.len() + value.weight())
        .sum()
}

fn conditional(branches: &Branches) -> usize {
    let each = branches.branches.iter();
    text(&branches.otherwise)
        + each
            .map(|branch| PART + branch.label.len() + group(&branch.when))
            .sum::<usize>()
}

fn group(conditions: &ConditionGroup) -> usize {
    let each = conditions.all.iter().chain(&conditions.any).flatten();
    let inner = each.map(|condition| match condition {
        Condition::Group(inner) => group(inner),
        Condition::Rule(rule) => 2 * PART + rule.field.len() + rule.value.weight(),
    });
    PART + inner.sum::<usize>()
}

fn settings_of(settings: &Settings) -> usize {
    let holidays = settings
        .calling_window
        .iter()
        .map(|window| window.holidays.len() + 4 * window.spans.len());
    2 * CONFIG + PART * holidays.sum::<usize>()
}
