//! Random workflows: well formed, mostly valid, with every node type and setting.

use leadline_model::condition::{ConditionGroup, LabelledBranch};
use leadline_model::{
    AgentId, AgentWorkflow, AnsweredBy, Application, Branches, CallBounds, CallSimulation,
    CallStatus, CallingWindow, Condition, Definition, DelayOnPause, DelayUnit, DurationRange, Edge,
    EdgeId, Node, NodeConfig, NodeId, NodeType, Operator, Position, RetryOn, RetryPolicy, Rule,
    SetVariables, Settings, Span, StartAgent, TimeConfig, TimeOfDay, Value, VoiceCall, Waits,
    Webhook, Weekday,
};
use proptest::prelude::*;

/// The recipe of a workflow: small numbers, so that failures shrink.
#[derive(Debug, Clone)]
pub struct Recipe {
    pub nodes: Vec<(u8, u8)>,
    pub edges: Vec<(u8, u8, u8)>,
    pub settings: [u8; 5],
}

pub fn recipes() -> impl Strategy<Value = Recipe> {
    let nodes = prop::collection::vec((0u8..9, any::<u8>()), 1..7);
    let edges = prop::collection::vec((any::<u8>(), any::<u8>(), any::<u8>()), 4..24);
    (nodes, edges, any::<[u8; 5]>()).prop_map(|(nodes, edges, settings)| Recipe {
        nodes,
        edges,
        settings,
    })
}

pub fn node_id(index: usize) -> NodeId {
    NodeId::parse(&format!("n{index}")).unwrap()
}

const STATUSES: [CallStatus; 7] = [
    CallStatus::Completed,
    CallStatus::Completed,
    CallStatus::Busy,
    CallStatus::DidNotPick,
    CallStatus::NoAnswer,
    CallStatus::Failed,
    CallStatus::Cancelled,
];

pub fn retry(n: u8) -> Option<RetryPolicy> {
    (!n.is_multiple_of(3)).then(|| RetryPolicy {
        max_retries: u32::from(n % 4),
        wait_minutes: match n % 7 {
            6 => Waits(vec![5, 30]),
            _ => Waits::always(u32::from(n / 4 % 3) * 20),
        },
        retry_on: (n % 9 != 8).then(|| {
            let statuses = [CallStatus::Busy, CallStatus::NoAnswer].map(RetryOn::Status);
            statuses.into_iter().chain([RetryOn::Machine]).collect()
        }),
        expires_after_minutes: (n.is_multiple_of(5)).then_some(u32::from(n / 5) + 1),
    })
}

fn window(n: u8) -> Option<CallingWindow> {
    (n % 4 == 1).then(|| CallingWindow {
        timezone: ["Europe/Berlin", "America/New_York", "UTC"][usize::from(n) % 3].into(),
        spans: spans(n),
        holidays: vec!["2026-03-04".into()],
        fallback_timezone: None,
    })
}

fn spans(n: u8) -> Vec<Span> {
    let days = if n % 8 == 1 {
        vec![]
    } else {
        Weekday::ALL[..5].to_vec()
    };
    let span = |start: &str, end: &str| Span {
        days: days.clone(),
        start: TimeOfDay::parse(start).unwrap(),
        end: TimeOfDay::parse(end).unwrap(),
    };
    match n / 8 % 4 {
        0 => vec![span("09:00", "18:00")],
        1 => vec![span("09:00", "02:00")],
        2 => vec![span("08:00", "12:00"), span("13:00", "19:30")],
        _ => vec![span("20:00", "02:00"), span("01:00", "02:30")],
    }
}

pub fn settings(n: [u8; 5]) -> Settings {
    Settings {
        max_concurrent_calls: (!n[0].is_multiple_of(3)).then(|| u32::from(n[0] % 4) + 1),
        auto_complete: !n[1].is_multiple_of(4),
        delay_on_pause: if n[2].is_multiple_of(3) {
            DelayOnPause::Freeze
        } else {
            DelayOnPause::Elapse
        },
        retry: retry(n[3]),
        calling_window: window(n[4]),
        calls_per_person: (n[4] % 5 == 2).then(|| CallBounds {
            per_day: Some(u32::from(n[0] % 3) + 1),
            per_week: None,
            total: n[1].is_multiple_of(2).then_some(4),
        }),
        circuit: None,
    }
}

fn rule(field: String, operator: Operator, value: Value) -> Condition {
    Condition::Rule(Rule {
        field,
        operator,
        value,
    })
}

fn conditional(n: u8, visits: usize) -> Branches {
    let conditions = match n % 4 {
        0 => vec![rule(
            format!("visits.n{visits}"),
            Operator::GreaterThanOrEqual,
            2.into(),
        )],
        1 => vec![
            rule(
                "lead.tier".into(),
                Operator::In,
                Value::List(vec!["a".into(), "b".into()]),
            ),
            rule("call.outcome".into(), Operator::Equals, "COMPLETED".into()),
        ],
        2 => vec![rule(
            "call.analysis.yes".into(),
            Operator::Equals,
            true.into(),
        )],
        _ => vec![rule(
            "application.status".into(),
            Operator::LessThan,
            300.into(),
        )],
    };
    let when = if n % 8 < 4 {
        ConditionGroup {
            all: Some(conditions),
            any: None,
        }
    } else {
        ConditionGroup {
            all: None,
            any: Some(conditions),
        }
    };
    let branches = vec![LabelledBranch {
        label: "yes".into(),
        when,
    }];
    Branches {
        branches,
        otherwise: Some("no".into()),
    }
}

/// The steps of the agent: told by `n` whether its runs ask a person, deliver a request or end at once.
pub fn steps(n: u8) -> AgentWorkflow {
    let steps = serde_json::json!([
        {"name": "ask", "type": "approval", "message": "Go on?", "options": ["yes", "no"], "timeout_seconds": 600 + u32::from(n) * 60,
            "when": {"any": [{"field": "state.n", "operator": "less_than", "value": 128}]},
            "simulation": {"unanswered": 1, "after_seconds": {"min": 0, "max": 3_000}}},
        {"name": "call", "type": "http", "url": "https://example.com/", "timeout_seconds": 1, "max_retries": 0,
            "when": {"any": [{"field": "state.n", "operator": "greater_than", "value": 64}]},
            "simulation": {"outcomes": {"success": 3, "failure": 1}, "duration_seconds": {"min": 0, "max": 3}}},
        {"name": "done", "type": "set", "values": {"tier": "{{ steps.ask.output or 'none' }}", "count": n}}
    ]);
    serde_json::from_value(serde_json::json!({ "steps": steps })).unwrap()
}

/// The config of a node of one of ten kinds.
pub fn config(kind: u8, n: u8, agent: &AgentId, visits: usize) -> NodeConfig {
    let time = |config: serde_json::Value| {
        NodeConfig::Time(serde_json::from_value::<TimeConfig>(config).unwrap())
    };
    match kind % 10 {
        0..=2 => NodeConfig::VoiceCall(VoiceCall {
            agent_id: Some(agent.clone()),
            from_phone_number: Some("+14155550100".into()),
            retry: retry(n),
            ring_timeout_seconds: Some(60 + u32::from(n % 40)),
            simulation: Some(CallSimulation {
                outcomes: [
                    (STATUSES[usize::from(n) % 7], 2),
                    (STATUSES[usize::from(n / 7) % 7], 1),
                ]
                .into(),
                duration_seconds: Some(DurationRange {
                    min: 200,
                    max: 200 + u32::from(n) * 20,
                }),
                analysis: [(
                    "yes".into(),
                    [("true".into(), 1), ("false".into(), 1)].into(),
                )]
                .into(),
                answered_by: match n % 3 {
                    0 => [(AnsweredBy::Machine, 1), (AnsweredBy::Person, 1)].into(),
                    _ => [].into(),
                },
            }),
        }),
        3 => {
            let unit = [DelayUnit::Minutes, DelayUnit::Hours, DelayUnit::Days][usize::from(n) % 3];
            time(serde_json::json!({"delay": {"value": n / 16 + 1, "unit": unit.as_str()}}))
        }
        4 => time(serde_json::json!({"until": {"time": "10:30", "timezone": "lead"}})),
        5 => time(serde_json::json!({"from": {"source": "lead", "key": "callback_at"}})),
        6 => NodeConfig::Conditional(conditional(n, visits)),
        7 => NodeConfig::Application(Application::SetVariables(SetVariables {
            variables: [
                ("tier".into(), "{{ call.outcome }}".into()),
                ("count".into(), i64::from(n).into()),
            ]
            .into(),
        })),
        8 => NodeConfig::Application(Application::AgentWorkflow(StartAgent {
            agent_name: Some("agent".into()),
            task: Some("for {{ lead.phone_number }}".into()),
            state: [("n".into(), i64::from(n).into())].into(),
        })),
        _ => NodeConfig::Application(Application::Webhook(Webhook {
            url: Some("https://example.com/hook".into()),
            body: Some("{\"phone\": \"{{ lead.phone_number }}\"}".into()),
            timeout_seconds: Some(u32::from(n % 5) + 1),
            max_retries: Some(u32::from(n % 3)),
            simulation: Some(
                serde_json::from_value(serde_json::json!({
                    "outcomes": {"success": 2, "failure": u32::from(n % 3)},
                    "duration_seconds": {"min": 0, "max": n % 4}
                }))
                .unwrap(),
            ),
            ..Webhook::default()
        })),
    }
}

fn instant(kind: u8) -> bool {
    (6..10).contains(&(kind % 10)) || kind % 10 == 5
}

fn node(index: usize, config: NodeConfig) -> Node {
    let (position_x, position_y) = (Position::px(index as i32 * 10), Position::default());
    let (label, is_entry) = (format!("Node {index}"), index == 0);
    Node {
        id: node_id(index),
        config,
        label,
        position_x,
        position_y,
        is_entry,
    }
}

/// Builds the workflow: the recipe's nodes, then a CONVERTED and a DROPPED one.
pub fn build(recipe: &Recipe, agent: &AgentId) -> Definition {
    let count = recipe.nodes.len();
    let mut nodes: Vec<Node> = Vec::new();
    for (index, (kind, n)) in recipe.nodes.iter().enumerate() {
        let visits = usize::from(*n) % count;
        nodes.push(node(index, config(*kind, *n, agent, visits)));
    }
    nodes.push(node(count, NodeType::Converted.empty_config()));
    nodes.push(node(count + 1, NodeType::Dropped.empty_config()));
    let mut edges: Vec<Edge> = Vec::new();
    let mut draw = |from: usize, label: Option<String>, to: usize| {
        // Nodes that take no time lead onward only, so that most graphs may be activated.
        let (kind, _) = recipe.nodes[from];
        let to = if instant(kind) && to <= from {
            from + 1
        } else {
            to
        };
        let edge = Edge {
            id: EdgeId::parse(&format!("e{}", edges.len())).unwrap(),
            from_node_id: node_id(from),
            to_node_id: node_id(to),
            label,
        };
        let same = |other: &&Edge| {
            (&other.from_node_id, &other.to_node_id, &other.label)
                == (&edge.from_node_id, &edge.to_node_id, &edge.label)
        };
        if !edges.iter().any(|other| same(&other)) {
            edges.push(edge);
        }
    };
    for (from, output, to) in &recipe.edges {
        let from = usize::from(*from) % count;
        let outputs = nodes[from].config.outputs();
        let label = outputs.get(usize::from(*output) % (outputs.len() + 1));
        let to = usize::from(*to) % (count + 2);
        draw(from, label.and_then(|output| output.label.clone()), to);
    }
    for (from, node) in nodes.iter().enumerate().take(count) {
        let label = node
            .config
            .outputs()
            .first()
            .and_then(|output| output.label.clone());
        draw(from, label, from + 1);
    }
    let title = "Random".into();
    Definition {
        title,
        description: String::new(),
        settings: settings(recipe.settings),
        nodes,
        edges,
    }
}
