//! Workflows to begin with. They show the patterns people come for, with a simulated world lively
//! enough to watch; agents and numbers are left open for the page to fill in.

use leadline_model::condition::LabelledBranch;
use leadline_model::simulation::ValueWeights;
use leadline_model::{
    Branches, CallSimulation, CallStatus, Change, Condition, ConditionGroup, Definition, Delay,
    DelayUnit, DurationRange, Edge, Node, NodeConfig, NodeId, NodeType, Operator, Rule, Settings,
    TimeConfig, Value, VoiceCall,
};

use crate::Ids;
use crate::edits::tidy;
use crate::graph::Graph;

/// A workflow to begin with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// Its stable name in URLs.
    pub key: &'static str,
    /// Its title.
    pub title: &'static str,
    /// What it does, in one or two sentences.
    pub description: &'static str,
    /// The workflow. Agents and numbers are left open.
    pub definition: Definition,
}

/// All templates, with new ids.
pub fn templates(ids: &mut Ids) -> Vec<Template> {
    vec![
        lead_nurture(ids),
        re_engagement(ids),
        conditional_follow_up(ids),
    ]
}

fn lead_nurture(ids: &mut Ids) -> Template {
    let mut draft = Draft::new(ids);
    let call = draft.node(
        "First call",
        call(&[3_500, 4_000, 500, 1_000, 1_000], "interested", 45),
    );
    let interested = draft.node(
        "Interested?",
        asks("interested", "interested", "not interested"),
    );
    let tried = draft.node("Tried three times?", Draft::visits(&call, 3));
    let failing = draft.node("Failed three times?", Draft::visits(&call, 3));
    let days = draft.node("Wait 2 days", delay(2, DelayUnit::Days));
    let hours = draft.node("Wait 4 hours", delay(4, DelayUnit::Hours));
    let converted = draft.node("Converted", NodeType::Converted.empty_config());
    let dropped = draft.node("Dropped", NodeType::Dropped.empty_config());
    draft.edge(&call, Some("COMPLETED"), &interested);
    draft.edge(&call, Some("DNP"), &tried);
    draft.edge(&call, Some("FAILED"), &failing);
    draft.edge(&interested, Some("interested"), &converted);
    draft.edge(&interested, Some("not interested"), &dropped);
    draft.edge(&tried, Some("enough"), &dropped);
    draft.edge(&tried, Some("try again"), &days);
    draft.edge(&days, None, &call);
    draft.edge(&failing, Some("enough"), &dropped);
    draft.edge(&failing, Some("try again"), &hours);
    draft.edge(&hours, None, &call);
    draft.finish(
        "lead-nurture",
        "Lead nurture",
        "Calls each lead at most three times: two days after nobody answered, four hours after a \
         call failed. Who is interested is converted, everybody else is dropped.",
    )
}

fn re_engagement(ids: &mut Ids) -> Template {
    let mut draft = Draft::new(ids);
    let first = draft.node(
        "First attempt",
        call(&[2_500, 5_000, 500, 1_000, 1_000], "interested", 30),
    );
    let day = draft.node("Wait 1 day", delay(1, DelayUnit::Days));
    let second = draft.node(
        "Second attempt",
        call(&[3_000, 4_500, 500, 1_000, 1_000], "interested", 30),
    );
    let week = draft.node("Wait 7 days", delay(7, DelayUnit::Days));
    let other = draft.node(
        "Another script",
        call(&[4_000, 3_500, 500, 1_000, 1_000], "interested", 40),
    );
    let back = draft.node("Won back?", asks("interested", "yes", "no"));
    let converted = draft.node("Won back", NodeType::Converted.empty_config());
    let dropped = draft.node("Let go", NodeType::Dropped.empty_config());
    draft.edge(&first, Some("COMPLETED"), &back);
    draft.edge(&first, Some("DNP"), &day);
    draft.edge(&first, Some("FAILED"), &day);
    draft.edge(&day, None, &second);
    draft.edge(&second, Some("COMPLETED"), &back);
    draft.edge(&second, Some("DNP"), &week);
    draft.edge(&second, Some("FAILED"), &week);
    draft.edge(&week, None, &other);
    draft.edge(&other, Some("COMPLETED"), &back);
    draft.edge(&other, Some("DNP"), &dropped);
    draft.edge(&other, Some("FAILED"), &dropped);
    draft.edge(&back, Some("yes"), &converted);
    draft.edge(&back, Some("no"), &dropped);
    draft.finish(
        "re-engagement",
        "Re-engagement",
        "Calls quiet customers twice; who does not answer hears another agent a week later.",
    )
}

fn conditional_follow_up(ids: &mut Ids) -> Template {
    let mut draft = Draft::new(ids);
    let first = draft.node(
        "First call",
        call(&[5_000, 3_000, 500, 800, 700], "interested", 50),
    );
    let interested = draft.node(
        "Interested?",
        asks("interested", "interested", "not interested"),
    );
    let hour = draft.node("Wait 1 hour", delay(1, DelayUnit::Hours));
    let booking = draft.node(
        "Booking call",
        call(&[7_000, 2_000, 300, 400, 300], "booked", 65),
    );
    let booked = draft.node("Booked?", asks("booked", "booked", "not yet"));
    let tried = draft.node("Tried twice?", Draft::visits(&booking, 2));
    let day = draft.node("Wait 1 day", delay(1, DelayUnit::Days));
    let converted = draft.node("Appointment made", NodeType::Converted.empty_config());
    let closed = draft.node("Closed", NodeType::Dropped.empty_config());
    draft.edge(&first, Some("COMPLETED"), &interested);
    draft.edge(&first, Some("DNP"), &closed);
    draft.edge(&first, Some("FAILED"), &closed);
    draft.edge(&interested, Some("interested"), &hour);
    draft.edge(&interested, Some("not interested"), &closed);
    draft.edge(&hour, None, &booking);
    draft.edge(&booking, Some("COMPLETED"), &booked);
    draft.edge(&booking, Some("DNP"), &tried);
    draft.edge(&booking, Some("FAILED"), &tried);
    draft.edge(&booked, Some("booked"), &converted);
    draft.edge(&booked, Some("not yet"), &tried);
    draft.edge(&tried, Some("enough"), &closed);
    draft.edge(&tried, Some("try again"), &day);
    draft.edge(&day, None, &booking);
    draft.finish(
        "conditional-follow-up",
        "Conditional follow-up",
        "After the first call, who is interested is called by a booking agent, twice at most; \
         everybody else is closed.",
    )
}

/// A workflow being put together.
struct Draft<'a> {
    ids: &'a mut Ids,
    definition: Definition,
}

impl Draft<'_> {
    fn new(ids: &mut Ids) -> Draft<'_> {
        Draft {
            ids,
            definition: Definition::default(),
        }
    }

    /// Adds a node; leads start at the first.
    fn node(&mut self, label: &str, config: NodeConfig) -> NodeId {
        let id = self.ids.node();
        self.definition.nodes.push(Node {
            id: id.clone(),
            config,
            label: label.to_owned(),
            position_x: Default::default(),
            position_y: Default::default(),
            is_entry: self.definition.nodes.is_empty(),
        });
        id
    }

    fn edge(&mut self, from: &NodeId, label: Option<&str>, to: &NodeId) {
        self.definition.edges.push(Edge {
            id: self.ids.edge(),
            from_node_id: from.clone(),
            to_node_id: to.clone(),
            label: label.map(str::to_owned),
        });
    }

    /// "enough" from the n-th visit of a node on, else "try again".
    fn visits(node: &NodeId, n: i64) -> NodeConfig {
        let enough = rule(
            format!("visits.{node}"),
            Operator::GreaterThanOrEqual,
            n.into(),
        );
        choice("enough", enough, "try again")
    }

    /// Lays the graph out and gives it its title.
    fn finish(self, key: &'static str, title: &'static str, description: &'static str) -> Template {
        let mut definition = Definition {
            title: title.to_owned(),
            description: description.to_owned(),
            settings: Settings {
                max_concurrent_calls: Some(10),
                ..Settings::default()
            },
            ..self.definition
        };
        let places = tidy(&Graph::new(definition.clone())).changes;
        for (node, change) in definition.nodes.iter_mut().zip(places) {
            if let Change::PutNode { node: placed } = change {
                *node = placed;
            }
        }
        Template {
            key,
            title,
            description,
            definition,
        }
    }
}

/// A voice call with the weights of completed, did not pick, busy, no answer and failed, and how
/// many completed calls in a hundred say yes to the analysis key.
fn call(weights: &[u32; 5], key: &str, yes: u32) -> NodeConfig {
    let statuses = [
        CallStatus::Completed,
        CallStatus::DidNotPick,
        CallStatus::Busy,
        CallStatus::NoAnswer,
        CallStatus::Failed,
    ];
    let answers = [("true".to_owned(), yes), ("false".to_owned(), 100 - yes)];
    NodeConfig::VoiceCall(VoiceCall {
        simulation: Some(CallSimulation {
            answered_by: Default::default(),
            outcomes: statuses.into_iter().zip(weights.iter().copied()).collect(),
            duration_seconds: Some(DurationRange { min: 30, max: 300 }),
            analysis: [(key.to_owned(), ValueWeights::from(answers))].into(),
        }),
        ..VoiceCall::default()
    })
}

fn delay(value: u32, unit: DelayUnit) -> NodeConfig {
    NodeConfig::Time(TimeConfig {
        delay: Some(Delay { value, unit }),
        ..TimeConfig::default()
    })
}

/// What the last call's analysis says of a key.
fn asks(key: &str, yes: &str, no: &str) -> NodeConfig {
    choice(
        yes,
        rule(
            format!("call.analysis.{key}"),
            Operator::Equals,
            true.into(),
        ),
        no,
    )
}

fn rule(field: String, operator: Operator, value: Value) -> Condition {
    Condition::Rule(Rule {
        field,
        operator,
        value,
    })
}

fn choice(label: &str, when: Condition, otherwise: &str) -> NodeConfig {
    NodeConfig::Conditional(Branches {
        branches: vec![LabelledBranch {
            label: label.to_owned(),
            when: ConditionGroup {
                all: Some(vec![when]),
                any: None,
            },
        }],
        otherwise: Some(otherwise.to_owned()),
    })
}
