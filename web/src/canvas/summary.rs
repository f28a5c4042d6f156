//! What a node does, in a few words below its label.

use std::collections::HashMap;
use std::rc::Rc;

use leadline_model::{
    Application, Branches, Delay, DelayUnit, Node, NodeConfig, NodeId, TimeConfig, VoiceCall,
};

use crate::state::AgentName;

/// Remembers the summaries until the definition or a name changes.
#[derive(Default)]
pub struct Summaries {
    known: HashMap<NodeId, Rc<str>>,
}

impl Summaries {
    /// Forgets everything.
    pub fn clear(&mut self) {
        self.known.clear();
    }

    /// The summary of a node.
    pub fn of(&mut self, node: &Node, agents: &[AgentName]) -> Rc<str> {
        if let Some(known) = self.known.get(&node.id) {
            return known.clone();
        }
        let text: Rc<str> = summary(&node.config, agents).into();
        self.known.insert(node.id.clone(), text.clone());
        text
    }
}

/// What a config does, in a few words.
pub fn summary(config: &NodeConfig, agents: &[AgentName]) -> String {
    match config {
        NodeConfig::VoiceCall(call) => voice_call(call, agents),
        NodeConfig::Time(time) => wait(time),
        NodeConfig::Conditional(branches) => condition(branches),
        NodeConfig::Application(Application::Webhook(hook)) => {
            let url = hook.url.as_deref().unwrap_or("no URL yet");
            format!("{} {}", hook.method.as_deref().unwrap_or("POST"), host(url))
        }
        NodeConfig::Application(Application::SetVariables(set)) => {
            if set.variables.is_empty() {
                return "No variables yet".to_owned();
            }
            let keys: Vec<&str> = set.variables.keys().map(String::as_str).collect();
            format!("Sets {}", keys.join(", "))
        }
        NodeConfig::Application(Application::AgentWorkflow(start)) => match &start.agent_name {
            None => "No agent yet".to_owned(),
            Some(agent) => format!("Runs {agent}"),
        },
        NodeConfig::Application(Application::None) => "No action yet".to_owned(),
        NodeConfig::Converted(_) => "The lead is won".to_owned(),
        NodeConfig::Dropped(_) => "The lead is given up".to_owned(),
    }
}

fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest)
}

fn voice_call(call: &VoiceCall, agents: &[AgentName]) -> String {
    let agent = match &call.agent_id {
        None => "No agent yet",
        Some(id) => agents
            .iter()
            .find(|agent| agent.id == *id)
            .map_or("Unknown agent", |a| &a.name),
    };
    match &call.from_phone_number {
        None => format!("{agent} · no number"),
        Some(number) => format!("{agent} · {number}"),
    }
}

fn wait(time: &TimeConfig) -> String {
    if let Some(until) = &time.until {
        let day = until
            .weekday
            .map(crate::designer::forms::window::weekday_words);
        let day = day.map(|day| format!("{day} ")).unwrap_or_default();
        return format!("Until {day}{}", until.time);
    }
    if let Some(from) = &time.from {
        return format!("Until {}", from.key);
    }
    time.delay
        .map_or_else(|| "No length yet".to_owned(), length)
}

fn length(delay: Delay) -> String {
    let unit = match delay.unit {
        DelayUnit::Minutes => "minute",
        DelayUnit::Hours => "hour",
        DelayUnit::Days => "day",
    };
    let plural = if delay.value == 1 { "" } else { "s" };
    format!("Wait {} {unit}{plural}", delay.value)
}

fn condition(branches: &Branches) -> String {
    match branches.branches.len() {
        0 => "No branches yet".to_owned(),
        1 => "1 branch".to_owned(),
        n => format!("{n} branches"),
    }
}
