//! Conditions, resolved to columns and evaluated without a parser (SPEC 2).
//!
//! A missing field or a type that does not fit makes a comparison false, never an error; what was
//! missing is handed back as a remark for the history.

use std::borrow::Cow;

use leadline_model::condition::ConditionGroup;
use leadline_model::{Branches, Condition, NodeId, Number, Operator, Time, Value};

use crate::compile::{label_number, visit_column};
use crate::dates::Clock;
use crate::flow::Traffic;
use crate::state::leads::NONE;
use crate::window::LEAD_TIMEZONE;

/// A CONDITIONAL node's branches.
#[derive(Debug, Clone)]
pub struct CompiledBranches {
    branches: Vec<(u16, Test)>,
    otherwise: Option<u16>,
}

#[derive(Debug, Clone)]
enum Test {
    All(Vec<Test>),
    Any(Vec<Test>),
    Rule {
        field: Field,
        name: String,
        operator: Operator,
        value: Value,
    },
    /// The group was empty or ambiguous: it never holds.
    Never,
}

/// What a rule reads.
#[derive(Debug, Clone)]
pub enum Field {
    PhoneNumber,
    Variable(String),
    CallStatus,
    CallOutcome,
    CallDuration,
    CallAnsweredBy,
    Analysis(String),
    Visits(usize),
    ApplicationStatus,
    ApplicationBody(String),
    Unknown,
}

/// What a CONDITIONAL decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The outcome; `None` when no branch held and there is no `otherwise`.
    pub outcome: Option<u16>,
    /// Remarks about fields that were missing or did not fit.
    pub remarks: Vec<String>,
}

impl CompiledBranches {
    /// Resolves labels and fields.
    pub fn compile(branches: &Branches, traffic: &mut Traffic) -> CompiledBranches {
        CompiledBranches {
            branches: branches
                .branches
                .iter()
                .map(|branch| {
                    (
                        label_number(traffic, &branch.label),
                        group(&branch.when, traffic),
                    )
                })
                .collect(),
            otherwise: branches
                .otherwise
                .as_deref()
                .map(|label| label_number(traffic, label)),
        }
    }

    /// The fields that were read before an outcome was reached, each once, by their names.
    pub fn fields_before(&self, outcome: u16) -> Vec<(&str, &Field)> {
        let mut fields = Vec::new();
        for (label, test) in &self.branches {
            collect(test, &mut fields);
            if *label == outcome {
                break;
            }
        }
        fields
    }

    /// Whether an outcome is the one taken when no branch holds.
    pub fn is_otherwise(&self, outcome: u16) -> bool {
        self.otherwise == Some(outcome) && self.branches.iter().all(|(label, _)| *label != outcome)
    }

    /// Decides for a lead.
    pub fn decide(&self, traffic: &Traffic, lead: u32, now: Time, fallback: &str) -> Decision {
        let cells = &traffic.leads.cells;
        let own = cells.column(LEAD_TIMEZONE);
        let own = own.and_then(|column| cells.text_of(cells.cell(column, lead)));
        let clock = Clock { now, own, fallback };
        let mut remarks = Vec::new();
        let held = self
            .branches
            .iter()
            .find(|(_, test)| holds(test, traffic, lead, &clock, &mut remarks));
        let outcome = held.map(|(label, _)| *label).or(self.otherwise);
        Decision { outcome, remarks }
    }
}

fn collect<'t>(test: &'t Test, fields: &mut Vec<(&'t str, &'t Field)>) {
    match test {
        Test::All(tests) | Test::Any(tests) => tests.iter().for_each(|test| collect(test, fields)),
        Test::Rule { field, name, .. } => {
            if !fields.iter().any(|(known, _)| *known == name.as_str()) {
                fields.push((name, field));
            }
        }
        Test::Never => {}
    }
}

fn group(group: &ConditionGroup, traffic: &mut Traffic) -> Test {
    let mut compile = |list: &[Condition]| -> Vec<Test> {
        list.iter()
            .map(|condition| test(condition, traffic))
            .collect()
    };
    match (&group.all, &group.any) {
        (Some(list), None) if !list.is_empty() => Test::All(compile(list)),
        (None, Some(list)) if !list.is_empty() => Test::Any(compile(list)),
        _ => Test::Never,
    }
}

fn test(condition: &Condition, traffic: &mut Traffic) -> Test {
    match condition {
        Condition::Group(inner) => group(inner, traffic),
        Condition::Rule(rule) => Test::Rule {
            field: field(&rule.field, traffic),
            name: rule.field.clone(),
            operator: rule.operator,
            value: rule.value.clone(),
        },
    }
}

fn field(name: &str, traffic: &mut Traffic) -> Field {
    let Some((root, rest)) = name.split_once('.') else {
        return Field::Unknown;
    };
    match (root, rest) {
        ("lead", "phone_number") => Field::PhoneNumber,
        ("lead", key) => Field::Variable(key.to_owned()),
        ("call", "status") => Field::CallStatus,
        ("call", "outcome") => Field::CallOutcome,
        ("call", "duration_seconds") => Field::CallDuration,
        ("call", "answered_by") => Field::CallAnsweredBy,
        ("call", rest) => rest
            .strip_prefix("analysis.")
            .map_or(Field::Unknown, |key| Field::Analysis(key.to_owned())),
        ("visits", id) => NodeId::parse(id)
            .ok()
            .and_then(|id| visit_column(traffic, &id))
            .map_or(Field::Unknown, Field::Visits),
        ("application", "status") => Field::ApplicationStatus,
        ("application", rest) => rest
            .strip_prefix("body.")
            .map_or(Field::Unknown, |key| Field::ApplicationBody(key.to_owned())),
        _ => Field::Unknown,
    }
}

fn holds(
    test: &Test,
    traffic: &Traffic,
    lead: u32,
    clock: &Clock<'_>,
    remarks: &mut Vec<String>,
) -> bool {
    match test {
        Test::Never => false,
        Test::All(tests) => tests
            .iter()
            .all(|test| holds(test, traffic, lead, clock, remarks)),
        Test::Any(tests) => tests
            .iter()
            .any(|test| holds(test, traffic, lead, clock, remarks)),
        Test::Rule {
            field,
            name,
            operator,
            value,
        } => read(field, traffic, lead, |found| {
            judge(found, name, *operator, value, clock, remarks)
        }),
    }
}

/// Whether a condition holds, given how a field is read; a missing field or a type that does not fit
/// makes a comparison false, and is remarked upon.
pub fn group_holds<'v>(
    group: &ConditionGroup,
    read: &dyn Fn(&str) -> Option<Cow<'v, Value>>,
    clock: &Clock<'_>,
    remarks: &mut Vec<String>,
) -> bool {
    let mut one = |condition: &Condition| match condition {
        Condition::Group(inner) => group_holds(inner, read, clock, remarks),
        Condition::Rule(rule) => {
            let found = read(&rule.field);
            judge(
                found.as_deref(),
                &rule.field,
                rule.operator,
                &rule.value,
                clock,
                remarks,
            )
        }
    };
    match (&group.all, &group.any) {
        (Some(list), None) if !list.is_empty() => list.iter().all(&mut one),
        (None, Some(list)) => list.iter().any(&mut one),
        _ => false,
    }
}

fn judge(
    found: Option<&Value>,
    name: &str,
    operator: Operator,
    value: &Value,
    clock: &Clock<'_>,
    remarks: &mut Vec<String>,
) -> bool {
    const MAX_REMARKS: usize = 8;
    let existence = !operator.takes_value();
    let Some(found) = found.filter(|found| **found != Value::Null) else {
        if !existence && remarks.len() < MAX_REMARKS {
            remarks.push(format!(
                "{name} is missing, so “{}” is false",
                operator.words()
            ));
        }
        return operator.holds_for_missing();
    };
    if operator.is_of_dates() {
        let result = clock.holds(operator, found, value);
        if result.is_none() && remarks.len() < MAX_REMARKS {
            let words = operator.words();
            remarks.push(format!("{name} is no date, so “{words}” is false"));
        }
        return result.unwrap_or(false);
    }
    let result = operator.holds(found, value);
    if !result && !existence && remarks.len() < MAX_REMARKS {
        let fits = match operator {
            Operator::Contains => found.contains(value).is_some(),
            Operator::Equals
            | Operator::NotEquals
            | Operator::In
            | Operator::Exists
            | Operator::NotExists => true,
            _ => found.order(value).is_some(),
        };
        if !fits {
            let (found, value) = (found.kind(), value.kind());
            remarks.push(format!(
                "{name} is {found} and is compared with {value}, so it is false"
            ));
        }
    }
    result
}

impl Field {
    /// The field of a lead as it is, of a certain call of the lead.
    pub fn value(&self, traffic: &Traffic, lead: u32, call: Option<u32>) -> Option<Value> {
        read_of(self, traffic, lead, call, |value| value.cloned())
    }
}

/// Reads a field and hands it on by reference, so that nothing is copied for a comparison.
fn read<R>(
    field: &Field,
    traffic: &Traffic,
    lead: u32,
    use_value: impl FnOnce(Option<&Value>) -> R,
) -> R {
    let last = traffic.leads[lead].last_call;
    let call = (last != NONE).then_some(last);
    read_of(field, traffic, lead, call, use_value)
}

#[inline]
fn read_of<R>(
    field: &Field,
    traffic: &Traffic,
    lead: u32,
    call: Option<u32>,
    use_value: impl FnOnce(Option<&Value>) -> R,
) -> R {
    let number = |n: u64| {
        Some(Value::Number(Number::from(
            i64::try_from(n).unwrap_or(i64::MAX),
        )))
    };
    let owned = match field {
        Field::Unknown => None,
        Field::PhoneNumber => Some(Value::Text(leadline_model::lead::format_phone(
            traffic.leads[lead].phone,
        ))),
        Field::Variable(key) => {
            let cells = &traffic.leads.cells;
            cells
                .column(key)
                .and_then(|column| cells.value_of(cells.cell(column, lead)))
        }
        Field::Analysis(key) => {
            let analysis = call.and_then(|call| traffic.calls.analysis(call));
            return use_value(analysis.and_then(|analysis| analysis.get(key)));
        }
        Field::CallStatus => call.map(|call| Value::from(traffic.calls.status(call).as_str())),
        Field::CallOutcome => call
            .and_then(|call| traffic.calls.status(call).branch())
            .map(|branch| Value::from(branch.label())),
        Field::CallDuration => call
            .map(|call| traffic.calls[call].duration)
            .filter(|seconds| *seconds != NONE)
            .and_then(|seconds| number(u64::from(seconds))),
        Field::CallAnsweredBy => call
            .and_then(|call| traffic.calls.answered_by(call))
            .map(|answered_by| Value::from(answered_by.as_str())),
        Field::Visits(column) => {
            let visits = &traffic.visits[*column].visits;
            number(visits.get(lead as usize).copied().unwrap_or(0).into())
        }
        Field::ApplicationStatus => traffic
            .results
            .get(&lead)
            .and_then(|result| result.status)
            .and_then(|status| number(u64::from(status))),
        Field::ApplicationBody(path) => {
            let body = traffic.results.get(&lead).map(|result| &result.body);
            return use_value(body.and_then(|body| body.at(path)));
        }
    };
    use_value(owned.as_ref())
}
