//! What rules can compare, as their surroundings know it: the fields and the values they may have.

use std::collections::{BTreeMap, BTreeSet};

use leadline_model::ordered::Ordered;
use leadline_model::{AnsweredBy, CallStatus};
use leptos::prelude::*;

use super::controls::pairs;
use super::surroundings::{GraphFacts, Surroundings};
use crate::boxed::memo;

/// What the values of a field are, to offer the right input.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// A whole number.
    Number,
    /// One of these.
    Choice(Vec<(String, String)>),
    /// Anything; these are offered.
    Free(Vec<String>),
}

/// The fields a rule can compare.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Fields {
    /// Fields with their words, in the order they are offered.
    pub list: Vec<(String, String)>,
    /// Beginnings of fields whose key is typed, with their words.
    pub open: Vec<(&'static str, &'static str)>,
    /// What the values of fields are, where something is known of them.
    pub kinds: BTreeMap<String, Kind>,
}

/// The fields of the rules inside, handed down by the form around them.
#[derive(Clone, Copy)]
pub struct KnownFields(pub Memo<Fields>);

impl KnownFields {
    /// Those the form around this one provides.
    pub fn here() -> KnownFields {
        expect_context()
    }

    /// Provides what is known of a lead on its way through the graph.
    pub fn provide_of_lead() {
        let around = Surroundings::here();
        let fields = memo(move || Fields::of_lead(&around.graph.get(), &around.keys.get()));
        provide_context(KnownFields(fields));
    }
}

const LEAD: &str = "lead.";
const ANALYSIS: &str = "call.analysis.";
const BODY: &str = "application.body.";
const VISITS: &str = "visits.";

impl Fields {
    /// What is known of a lead: visits, its last call, its variables, its last action.
    pub fn of_lead(facts: &GraphFacts, keys: &[String]) -> Fields {
        let mut fields = Fields {
            open: vec![
                (LEAD, "Another variable of the lead…"),
                (ANALYSIS, "Another key of the call's analysis…"),
                (BODY, "Another key of the action's answer…"),
            ],
            ..Fields::default()
        };
        for (id, label) in &facts.nodes {
            let words = format!("Visits of {label}");
            fields.add(format!("{VISITS}{id}"), words, Some(Kind::Number));
        }
        let outcomes = ["COMPLETED", "DNP", "FAILED", "CANCELLED", "RETRY_EXPIRED"];
        let outcomes = Kind::Choice(pairs(outcomes.map(|label| (label, label))));
        fields.add("call.outcome", "Last call: outcome", Some(outcomes));
        let finals = CallStatus::ALL.iter().filter(|s| s.is_final());
        let words = finals.map(|s| (s.as_str(), s.as_str().replace('_', " ")));
        let statuses = Kind::Choice(pairs(words));
        fields.add("call.status", "Last call: status", Some(statuses));
        let duration = "Last call: duration in seconds";
        fields.add("call.duration_seconds", duration, Some(Kind::Number));
        let answered = Kind::Choice(pairs(AnsweredBy::ALL.map(|by| (by.as_str(), by.as_str()))));
        fields.add("call.answered_by", "Last call: answered by", Some(answered));
        for (key, values) in &facts.analysis {
            let words = format!("Last call's analysis: {key}");
            fields.add(format!("{ANALYSIS}{key}"), words, Some(free(values)));
        }
        let variables: BTreeSet<&String> = keys.iter().chain(&facts.set).into_set();
        for key in variables {
            fields.add(format!("{LEAD}{key}"), format!("Lead: {key}"), None);
        }
        let status = "Last action: HTTP status";
        fields.add("application.status", status, Some(Kind::Number));
        for (key, values) in &facts.body {
            let words = format!("Last action's answer: {key}");
            fields.add(format!("{BODY}{key}"), words, Some(free(values)));
        }
        fields
    }

    /// Adds a field with its words.
    pub fn add(&mut self, field: impl Into<String>, words: impl Into<String>, kind: Option<Kind>) {
        let field = field.into();
        if let Some(kind) = kind {
            self.kinds.insert(field.clone(), kind);
        }
        self.list.push((field, words.into()));
    }

    /// What the values of a field are.
    pub fn kind(&self, field: &str) -> Kind {
        match self.kinds.get(field) {
            Some(kind) => kind.clone(),
            // A node that is gone was visited a number of times, too.
            None if field.starts_with(VISITS) => Kind::Number,
            None => Kind::Free(Vec::new()),
        }
    }

    /// The choices of a select.
    pub fn choices(&self) -> Vec<(String, String)> {
        let mut choices = pairs([("", "Choose a field")]);
        choices.extend(self.list.iter().cloned());
        choices.extend(pairs(self.open.iter().copied()));
        choices
    }

    /// The beginning whose key has to be typed for a field that is not among the choices.
    pub fn asks_key(&self, field: &str) -> Option<&'static str> {
        let start = self.open.iter().map(|(start, _)| *start);
        let start = start.into_iter().find(|start| field.starts_with(start))?;
        let listed = self.list.iter().any(|(known, _)| known == field);
        (!listed).then_some(start)
    }

    /// Whether a field is a beginning whose key is missing.
    pub fn lacks_key(&self, field: &str) -> bool {
        self.open.iter().any(|(start, _)| field == *start)
    }
}

fn free(values: &BTreeSet<String>) -> Kind {
    Kind::Free(values.iter().cloned().collect())
}
