//! What a lead's conditions compared when they decided: found again from what is known of that time, so
//! that deciding costs nothing more. Where something has been changed since, it is left out.

use std::collections::BTreeMap;

use leadline_model::{NodeType, Time, Value};

use crate::compile::Kind;
use crate::conditions::Field;
use crate::engine::Engine;
use crate::state::history::Fact;

/// Characters of a value that are shown.
const SHOWN: usize = 60;

/// One decision.
struct Decision {
    visit: usize,
    node: u32,
    outcome: u16,
    at: Time,
    /// How often the lead had visited each node.
    visits: BTreeMap<u32, u64>,
    /// What had been changed before.
    changes: Changes,
}

/// How often something changed that conditions can see.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Changes {
    variables: u32,
    actions: u32,
}

/// The decisions on one lead's path.
#[derive(Default)]
pub struct Decisions {
    all: Vec<Decision>,
    visits: BTreeMap<u32, u64>,
    changes: Changes,
    /// The last node entered.
    at: Option<u32>,
}

impl Decisions {
    /// Follows the lead's records, oldest first; a decision is told after its record.
    pub fn follow(&mut self, engine: &Engine, ordinal: u32, fact: Fact) {
        let traffic = &engine.flow(ordinal).traffic;
        let entered = match fact {
            Fact::Started(node) | Fact::Placed(node) => node,
            Fact::Moved { edge, .. } => traffic.edge_slots[edge as usize].to,
            Fact::ActionEnded(_) => {
                // A run hands its result over to the variables.
                self.changes.actions += 1;
                self.changes.variables += 1;
                return;
            }
            Fact::Changed(_) => {
                self.changes.variables += 1;
                return;
            }
            _ => return,
        };
        let left = self.at.replace(entered);
        let acted = left.map(|node| traffic.node_slots[node as usize].node_type);
        self.changes.variables += u32::from(acted == Some(NodeType::Application));
        *self.visits.entry(entered).or_default() += 1;
    }

    /// The lead left a condition, with its record's outcome.
    pub fn decided(&mut self, visit: usize, node: u32, outcome: u16, at: Time) {
        let mut visits = self.visits.clone();
        // The node that was just entered had not been when the decision was made.
        if let Some(entered) = self.at
            && let Some(count) = visits.get_mut(&entered)
        {
            *count -= 1;
        }
        self.all.push(Decision {
            visit,
            node,
            outcome,
            at,
            visits,
            changes: self.changes,
        });
    }

    /// What each decision compared, as an addition to the reason of its visit.
    pub fn explain(self, engine: &Engine, ordinal: u32, lead: u32) -> Vec<(usize, String)> {
        let flow = engine.flow(ordinal);
        let unedited = |at: Time| flow.traffic.edited.is_none_or(|edited| edited < at);
        let decisions = self.all.iter().filter(|decision| unedited(decision.at));
        let explained = decisions.filter_map(|decision| {
            let Kind::Conditional(branches) = crate::nodes::kind_of(&flow.plan, decision.node)
            else {
                return None;
            };
            let fields = branches.fields_before(decision.outcome);
            let said = fields.into_iter().filter_map(|(name, field)| {
                let value = self.value(engine, ordinal, lead, decision, field)?;
                Some(format!(
                    "{} {}",
                    say(engine, ordinal, name),
                    shorten(&value)
                ))
            });
            let said: Vec<String> = said.collect();
            (!said.is_empty()).then(|| (decision.visit, format!(" ({})", said.join(", "))))
        });
        explained.collect()
    }

    /// What a field was when a decision was made; `None` when that is not known any more.
    fn value(
        &self,
        engine: &Engine,
        ordinal: u32,
        lead: u32,
        decision: &Decision,
        field: &Field,
    ) -> Option<Value> {
        let traffic = &engine.flow(ordinal).traffic;
        let last = traffic.leads[lead].last_call;
        let mut calls = traffic.calls.of_lead(last);
        let call = calls.find(|call| traffic.calls[*call].created <= decision.at.0);
        let known = match field {
            Field::Visits(column) => {
                let node = traffic.visits[*column].node;
                let visits = decision.visits.get(&node).copied().unwrap_or(0);
                return Some(Value::from(i64::try_from(visits).ok()?));
            }
            Field::PhoneNumber => true,
            Field::Variable(_) => decision.changes.variables == self.changes.variables,
            Field::ApplicationStatus | Field::ApplicationBody(_) => {
                decision.changes.actions == self.changes.actions
            }
            Field::CallStatus
            | Field::CallOutcome
            | Field::CallDuration
            | Field::CallAnsweredBy
            | Field::Analysis(_) => call.is_none_or(|call| {
                let ended = traffic.calls.instant(call, traffic.calls[call].ended);
                ended.is_some_and(|ended| ended <= decision.at)
            }),
            Field::Unknown => false,
        };
        known.then(|| field.value(traffic, lead, call).unwrap_or(Value::Null))
    }
}

/// How a field is called: a node that is counted by its label.
fn say(engine: &Engine, ordinal: u32, name: &str) -> String {
    let traffic = &engine.flow(ordinal).traffic;
    let node = name.strip_prefix("visits.").and_then(|id| {
        let slots = traffic.node_slots.iter();
        let mut alive = slots.filter(|slot| slot.alive && slot.id.as_str() == id);
        alive.next().filter(|slot| !slot.label.is_empty())
    });
    match node {
        Some(slot) => format!("visits of “{}”:", slot.label),
        None => format!("{name}:"),
    }
}

fn shorten(value: &Value) -> String {
    let text = match value {
        Value::Null => return "missing".to_owned(),
        value => value.to_string(),
    };
    match text.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}
