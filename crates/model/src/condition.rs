//! Conditions: ordered branches, each a label and `all` or `any` of rules, which may nest (SPEC 2).

use serde::{Deserialize, Serialize};

use crate::Value;

/// The config of a CONDITIONAL node.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Branches {
    /// Tried in order; the first whose condition holds gives the outcome.
    #[serde(default)]
    pub branches: Vec<LabelledBranch>,
    /// The outcome when no branch holds.
    #[serde(default)]
    pub otherwise: Option<String>,
}

/// One branch: its label and its condition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "AnyBranch")]
pub struct LabelledBranch {
    /// The outcome, and the label of the edge it takes.
    pub label: String,
    /// When it is taken.
    #[serde(flatten)]
    pub when: ConditionGroup,
}

/// A branch as it is read.
#[derive(Deserialize)]
struct AnyBranch {
    label: String,
    #[serde(default)]
    all: Option<Vec<Condition>>,
    #[serde(default)]
    any: Option<Vec<Condition>>,
}

impl From<AnyBranch> for LabelledBranch {
    fn from(branch: AnyBranch) -> LabelledBranch {
        LabelledBranch {
            label: branch.label,
            when: ConditionGroup {
                all: branch.all,
                any: branch.any,
            },
        }
    }
}

/// `all` or `any` of several conditions. With neither, nothing holds and validation says so.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ConditionGroup {
    /// Every one of these must hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub all: Option<Vec<Condition>>,
    /// At least one of these must hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub any: Option<Vec<Condition>>,
}

impl ConditionGroup {
    /// How many levels of groups there are, this one included. Bounded by what readers of JSON take.
    pub fn depth(&self) -> usize {
        let conditions = self.all.iter().chain(&self.any).flatten();
        let inner = conditions.map(|condition| match condition {
            Condition::Rule(_) => 0,
            Condition::Group(group) => group.depth(),
        });
        1 + inner.max().unwrap_or(0)
    }

    /// How many rules there are in all.
    pub fn rules(&self) -> usize {
        let conditions = self.all.iter().chain(&self.any).flatten();
        let each = conditions.map(|condition| match condition {
            Condition::Rule(_) => 1,
            Condition::Group(group) => group.rules(),
        });
        each.sum()
    }
}

/// A rule or a nested group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, try_from = "AnyCondition")]
pub enum Condition {
    /// One comparison.
    Rule(Rule),
    /// Several conditions.
    Group(ConditionGroup),
}

/// A condition as it is read: a rule has a field and an operator, a group has neither.
#[derive(Deserialize)]
struct AnyCondition {
    #[serde(default)]
    field: Option<String>,
    #[serde(default)]
    operator: Option<Operator>,
    #[serde(default)]
    value: Value,
    #[serde(default)]
    all: Option<Vec<Condition>>,
    #[serde(default)]
    any: Option<Vec<Condition>>,
}

impl TryFrom<AnyCondition> for Condition {
    type Error = &'static str;

    fn try_from(read: AnyCondition) -> Result<Condition, &'static str> {
        match (read.field, read.operator) {
            (Some(field), Some(operator)) => Ok(Condition::Rule(Rule {
                field,
                operator,
                value: read.value,
            })),
            (None, None) => Ok(Condition::Group(ConditionGroup {
                all: read.all,
                any: read.any,
            })),
            (Some(_), None) => Err("a rule needs an operator"),
            (None, Some(_)) => Err("a rule needs a field"),
        }
    }
}

/// One comparison of a field with a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// `lead.<key>`, `call.status`, `call.analysis.<key>`, `visits.<node id>` and so on (SPEC 9).
    pub field: String,
    /// How to compare.
    pub operator: Operator,
    /// What to compare with; `exists` and `not_exists` need none.
    pub value: Value,
}

/// The comparisons a rule can make.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Operator {
    Equals,
    NotEquals,
    Exists,
    NotExists,
    Contains,
    GreaterThan,
    GreaterThanOrEqual,
    LessThan,
    LessThanOrEqual,
    In,
    /// A date or an instant lies before another.
    Before,
    After,
    /// Both lie on one day of the lead's calendar.
    OnDay,
}

impl Operator {
    /// All operators, in the order a form shows them.
    pub const ALL: [Operator; 13] = [
        Operator::Equals,
        Operator::NotEquals,
        Operator::GreaterThan,
        Operator::GreaterThanOrEqual,
        Operator::LessThan,
        Operator::LessThanOrEqual,
        Operator::Contains,
        Operator::In,
        Operator::Before,
        Operator::After,
        Operator::OnDay,
        Operator::Exists,
        Operator::NotExists,
    ];

    /// The operator in words.
    pub fn words(self) -> &'static str {
        match self {
            Operator::Equals => "is",
            Operator::NotEquals => "is not",
            Operator::Exists => "has a value",
            Operator::NotExists => "has no value",
            Operator::Contains => "contains",
            Operator::GreaterThan => "is greater than",
            Operator::GreaterThanOrEqual => "is at least",
            Operator::LessThan => "is less than",
            Operator::LessThanOrEqual => "is at most",
            Operator::In => "is one of",
            Operator::Before => "is before",
            Operator::After => "is after",
            Operator::OnDay => "is on the day",
        }
    }

    /// Whether the operator compares with a value.
    pub fn takes_value(self) -> bool {
        !matches!(self, Operator::Exists | Operator::NotExists)
    }

    /// Whether the operator compares dates and instants, for which one has to know the time and the
    /// place.
    pub fn is_of_dates(self) -> bool {
        matches!(self, Operator::Before | Operator::After | Operator::OnDay)
    }

    /// Judges a present field, unless the operator [is of dates](Operator::is_of_dates); a type that does not fit is false, never an error (SPEC 2). A
    /// missing field is judged by [`Operator::holds_for_missing`].
    pub fn holds(self, field: &Value, value: &Value) -> bool {
        use std::cmp::Ordering::{Equal, Greater, Less};
        let order = |accepted: &[std::cmp::Ordering]| {
            field
                .order(value)
                .is_some_and(|order| accepted.contains(&order))
        };
        match self {
            Operator::Equals => field.same(value),
            Operator::NotEquals => !field.same(value),
            Operator::Exists => *field != Value::Null,
            Operator::NotExists => *field == Value::Null,
            Operator::Contains => field.contains(value).unwrap_or(false),
            Operator::GreaterThan => order(&[Greater]),
            Operator::GreaterThanOrEqual => order(&[Greater, Equal]),
            Operator::LessThan => order(&[Less]),
            Operator::LessThanOrEqual => order(&[Less, Equal]),
            Operator::In => match value {
                Value::List(items) => items.iter().any(|item| field.same(item)),
                single => field.same(single),
            },
            Operator::Before | Operator::After | Operator::OnDay => false,
        }
    }

    /// A missing field makes every comparison false but `not_exists` (SPEC 2).
    pub fn holds_for_missing(self) -> bool {
        self == Operator::NotExists
    }
}
