//! Node types and their configs (SPEC 2, 9). A draft may hold incomplete configs; validation says
//! what is missing.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::json::from_value;
use crate::simulation::{ActionSimulation, CallSimulation};
use crate::{AgentId, Branches, Duration, RetryPolicy, TimeOfDay, Variables, Weekday};

/// The six node types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum NodeType {
    /// Calls the lead.
    VoiceCall,
    /// Waits.
    Time,
    /// Chooses by conditions.
    Conditional,
    /// Performs an action.
    Application,
    /// Terminal: the lead is `completed`.
    Converted,
    /// Terminal: the lead is `dropped`.
    Dropped,
}

impl NodeType {
    /// All types, in palette order.
    pub const ALL: [NodeType; 6] = [
        NodeType::VoiceCall,
        NodeType::Time,
        NodeType::Conditional,
        NodeType::Application,
        NodeType::Converted,
        NodeType::Dropped,
    ];

    /// Whether a lead ends here.
    pub fn is_terminal(self) -> bool {
        matches!(self, NodeType::Converted | NodeType::Dropped)
    }

    /// The type in words.
    pub fn words(self) -> &'static str {
        match self {
            NodeType::VoiceCall => "Voice call",
            NodeType::Time => "Delay",
            NodeType::Conditional => "Condition",
            NodeType::Application => "Application action",
            NodeType::Converted => "Converted",
            NodeType::Dropped => "Dropped",
        }
    }

    /// The config of a new node of this type.
    pub fn empty_config(self) -> NodeConfig {
        match self {
            NodeType::VoiceCall => NodeConfig::VoiceCall(VoiceCall::default()),
            NodeType::Time => NodeConfig::Time(TimeConfig::default()),
            NodeType::Conditional => NodeConfig::Conditional(Branches::default()),
            NodeType::Application => NodeConfig::Application(Application::default()),
            NodeType::Converted => NodeConfig::Converted(Terminal::default()),
            NodeType::Dropped => NodeConfig::Dropped(Terminal::default()),
        }
    }
}

/// The config of a node; on the wire `node_type` and `config` side by side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(
    tag = "node_type",
    content = "config",
    rename_all = "SCREAMING_SNAKE_CASE"
)]
#[allow(missing_docs)]
pub enum NodeConfig {
    VoiceCall(VoiceCall),
    Time(TimeConfig),
    Conditional(Branches),
    Application(Application),
    Converted(Terminal),
    Dropped(Terminal),
}

/// Something that a config is read from, once the node's type is known.
pub trait ReadConfig {
    /// What is said of what does not fit.
    type Error;

    /// Reads what the config of one type is.
    ///
    /// # Errors
    ///
    /// It does not fit.
    fn read<T: DeserializeOwned>(self) -> Result<T, Self::Error>;
}

/// By way of the value's text: so the readers of configs are compiled once, whatever a node was read from.
impl ReadConfig for serde_json::Value {
    type Error = String;

    fn read<T: DeserializeOwned>(self) -> Result<T, String> {
        from_value(&self)
    }
}

/// The config of a terminal: nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Terminal {}

/// One output of a node: the label an edge from it carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// The edge label; `None` for the one unlabelled output of a delay.
    pub label: Option<String>,
    /// Not offered unless somebody draws it, and no warning when it is not connected.
    pub optional: bool,
}

impl NodeConfig {
    /// The config of a node of this type.
    ///
    /// # Errors
    ///
    /// What does not fit, as the reader says it.
    pub fn read<R: ReadConfig>(node_type: NodeType, config: R) -> Result<NodeConfig, R::Error> {
        Ok(match node_type {
            NodeType::VoiceCall => NodeConfig::VoiceCall(config.read()?),
            NodeType::Time => NodeConfig::Time(config.read()?),
            NodeType::Conditional => NodeConfig::Conditional(config.read()?),
            NodeType::Application => NodeConfig::Application(config.read()?),
            NodeType::Converted => NodeConfig::Converted(config.read()?),
            NodeType::Dropped => NodeConfig::Dropped(config.read()?),
        })
    }

    /// The node's type.
    pub fn node_type(&self) -> NodeType {
        match self {
            NodeConfig::VoiceCall(_) => NodeType::VoiceCall,
            NodeConfig::Time(_) => NodeType::Time,
            NodeConfig::Conditional(_) => NodeType::Conditional,
            NodeConfig::Application(_) => NodeType::Application,
            NodeConfig::Converted(_) => NodeType::Converted,
            NodeConfig::Dropped(_) => NodeType::Dropped,
        }
    }

    /// The outputs the node can produce, in the order their handles are drawn.
    pub fn outputs(&self) -> Vec<Output> {
        let named = |label: &str, optional| Output {
            label: Some(label.to_owned()),
            optional,
        };
        match self {
            NodeConfig::VoiceCall(_) => vec![
                named("COMPLETED", false),
                named("DNP", false),
                named("FAILED", false),
                named("CANCELLED", true),
                named("RETRY_EXPIRED", true),
                named("LIMIT", true),
            ],
            NodeConfig::Time(_) => vec![Output {
                label: None,
                optional: false,
            }],
            NodeConfig::Conditional(config) => {
                let mut outputs: Vec<Output> = Vec::new();
                let labels = config
                    .branches
                    .iter()
                    .map(|b| &b.label)
                    .chain(&config.otherwise);
                for label in labels {
                    if !outputs.iter().any(|o| o.label.as_ref() == Some(label)) {
                        outputs.push(named(label, false));
                    }
                }
                outputs
            }
            NodeConfig::Application(_) => vec![named("SUCCESS", false), named("FAILURE", false)],
            NodeConfig::Converted(_) | NodeConfig::Dropped(_) => Vec::new(),
        }
    }
}

/// The config of a VOICE_CALL node.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct VoiceCall {
    /// The agent that talks.
    #[serde(default)]
    pub agent_id: Option<AgentId>,
    /// The number that is shown, in E.164.
    #[serde(default)]
    pub from_phone_number: Option<String>,
    /// The node's own retry policy; `None`: the workflow's.
    #[serde(default)]
    pub retry: Option<RetryPolicy>,
    /// How long it rings; `None`: 30.
    #[serde(default)]
    pub ring_timeout_seconds: Option<u32>,
    /// How people answer in the simulated world.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub simulation: Option<CallSimulation>,
}

/// The config of a TIME node: exactly one of the three.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TimeConfig {
    /// Wait so long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay: Option<Delay>,
    /// Wait until a local time of day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Until>,
    /// Wait until an instant found in the lead or its last call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<From>,
}

/// A delay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delay {
    /// How many.
    pub value: u32,
    /// Of what.
    pub unit: DelayUnit,
}

impl Delay {
    /// The delay as a duration.
    pub fn duration(self) -> Duration {
        let value = i64::from(self.value);
        match self.unit {
            DelayUnit::Minutes => Duration::minutes(value),
            DelayUnit::Hours => Duration::hours(value),
            DelayUnit::Days => Duration::days(value),
        }
    }
}

/// The unit of a delay; a day is 24 hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum DelayUnit {
    Minutes,
    Hours,
    Days,
}

impl DelayUnit {
    /// The wire spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            DelayUnit::Minutes => "minutes",
            DelayUnit::Hours => "hours",
            DelayUnit::Days => "days",
        }
    }
}

/// The next time a clock on the wall shows this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Until {
    /// Local time of day.
    pub time: TimeOfDay,
    /// An IANA time zone, or `lead` for the lead's own `timezone` variable.
    pub timezone: String,
    /// Only on this day of the week.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weekday: Option<Weekday>,
}

/// Where to find the instant to wait for: an RFC 3339 timestamp.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct From {
    /// Whose value it is.
    pub source: FromSource,
    /// The variable or analysis key.
    pub key: String,
}

/// Whose value a [`From`] reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FromSource {
    /// A lead variable.
    Lead,
    /// The analysis of the lead's last call.
    Call,
}

/// The config of an APPLICATION node: one action, or none yet.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case", from = "AnyApplication")]
pub enum Application {
    /// Delivers an HTTP request.
    Webhook(Webhook),
    /// Changes variables of the lead.
    SetVariables(SetVariables),
    /// Starts a run of an agent's workflow and waits for it (SPEC 6).
    AgentWorkflow(StartAgent),
    /// No action chosen yet.
    #[default]
    None,
}

/// What an APPLICATION node's config may hold: a draft's may lack anything, its action too. All in one struct,
/// since a reader that is told the action first has to be compiled twice over (`flatten`, `tag`).
#[derive(Deserialize)]
struct AnyApplication {
    #[serde(default)]
    action: Option<String>,
    #[serde(default)]
    method: Option<String>,
    #[serde(default)]
    url: Option<String>,
    #[serde(default)]
    headers: std::collections::BTreeMap<String, String>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    timeout_seconds: Option<u32>,
    #[serde(default)]
    max_retries: Option<u32>,
    #[serde(default)]
    simulation: Option<ActionSimulation>,
    #[serde(default)]
    variables: Variables,
    #[serde(default)]
    agent_name: Option<String>,
    #[serde(default)]
    task: Option<String>,
    #[serde(default)]
    state: Variables,
}

impl std::convert::From<AnyApplication> for Application {
    fn from(any: AnyApplication) -> Application {
        match any.action.as_deref() {
            Some("webhook") => Application::Webhook(Webhook {
                method: any.method,
                url: any.url,
                headers: any.headers,
                body: any.body,
                timeout_seconds: any.timeout_seconds,
                max_retries: any.max_retries,
                simulation: any.simulation,
            }),
            Some("set_variables") => Application::SetVariables(SetVariables {
                variables: any.variables,
            }),
            Some("agent_workflow") => Application::AgentWorkflow(StartAgent {
                agent_name: any.agent_name,
                task: any.task,
                state: any.state,
            }),
            _ => Application::None,
        }
    }
}

/// An HTTP request to deliver; body and header values are templates.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Webhook {
    /// `GET`, `POST`, `PUT`, `PATCH` or `DELETE`; `None`: `POST`.
    #[serde(default)]
    pub method: Option<String>,
    /// Where to.
    #[serde(default)]
    pub url: Option<String>,
    /// Header names and value templates.
    #[serde(default)]
    pub headers: std::collections::BTreeMap<String, String>,
    /// The body template.
    #[serde(default)]
    pub body: Option<String>,
    /// How long one try may take; `None`: 10.
    #[serde(default)]
    pub timeout_seconds: Option<u32>,
    /// Further tries after the first; `None`: 3.
    #[serde(default)]
    pub max_retries: Option<u32>,
    /// How it is answered in the simulated world.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub simulation: Option<ActionSimulation>,
}

/// The run a node starts; task and the state's texts are templates.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct StartAgent {
    /// Whose workflow, by the agent's name.
    pub agent_name: Option<String>,
    /// What the run is for.
    pub task: Option<String>,
    /// What its state has beside the lead's variables.
    pub state: Variables,
}

/// Variables to set on the lead; texts are templates.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct SetVariables {
    /// Keys and templates.
    pub variables: Variables,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn drafts_may_hold_incomplete_actions() {
        for (config, action) in [
            ("{}", "none"),
            (r#"{"action": null}"#, "none"),
            (
                r#"{"action": "agent_workflow", "task": "x"}"#,
                "agent_workflow",
            ),
            (r#"{"action": "fly"}"#, "none"),
            (r#"{"action": "webhook"}"#, "webhook"),
            (r#"{"action": "set_variables"}"#, "set_variables"),
            (
                r#"{"action": "set_variables", "variables": {"a": 1.5, "b": null}}"#,
                "set_variables",
            ),
        ] {
            let read: Application = serde_json::from_str(config).unwrap();
            let written = serde_json::to_value(&read).unwrap();
            assert_eq!(written["action"], action, "{config}");
            assert_eq!(
                serde_json::from_value::<Application>(written).unwrap(),
                read
            );
        }
        let wrong = r#"{"action": "webhook", "timeout_seconds": "ten"}"#;
        assert!(serde_json::from_str::<Application>(wrong).is_err());
    }
}
