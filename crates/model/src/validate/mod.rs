//! Activation pre-flight: every problem of a definition at once (SPEC 1).
//!
//! Parsing guarantees types, [`Definition::check`] that the graph is well formed; what is left is
//! judged here: config that is missing or cannot work, and the shape of the graph. Linear in the
//! size of the graph but for the sorting of ids.

mod graph;
mod nodes;
mod steps;

use std::collections::{BTreeMap, BTreeSet};

use crate::ordered::Ordered;
use crate::window::LEADS_OWN;
use crate::{
    Account, Agent, AgentId, CallingWindow, Definition, Edge, EdgeId, Finding, FindingCode,
    Findings, Node, NodeId, PhoneNumber, limits,
};

pub use steps::step_problems;

/// What validation needs of the world outside the model.
pub trait Tools {
    /// The variables a template uses, nested ones with dots (`lead.first_name`); or why it cannot be
    /// read.
    fn template_variables(&self, template: &str) -> Result<BTreeSet<String>, String>;
    /// Whether a time zone of this name exists.
    fn knows_timezone(&self, name: &str) -> bool;
}

/// What a definition is judged against.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The organization's agents.
    pub agents: &'a BTreeMap<AgentId, Agent>,
    /// The organization's numbers.
    pub phone_numbers: &'a BTreeMap<String, PhoneNumber>,
    /// The organization's limits.
    pub account: &'a Account,
    /// The keys the workflow's leads have; `None` while it has no leads.
    pub variable_keys: Option<&'a BTreeSet<String>>,
    /// Templates and time zones.
    pub tools: &'a dyn Tools,
}

/// The definition with dense indices, and the findings so far.
struct Check<'a> {
    definition: &'a Definition,
    context: Context<'a>,
    index: BTreeMap<&'a NodeId, usize>,
    /// Outgoing edges of each node, in creation order.
    out: Vec<Vec<&'a Edge>>,
    findings: Vec<Finding>,
}

/// Judges a definition. Errors block activation, warnings do not.
pub fn validate(definition: &Definition, context: Context<'_>) -> Findings {
    let index: BTreeMap<&NodeId, usize> = definition
        .nodes
        .iter()
        .enumerate()
        .map(|(i, node)| (&node.id, i))
        .into_map();
    let mut out = vec![Vec::new(); definition.nodes.len()];
    let mut check = Check {
        definition,
        context,
        index,
        out: Vec::new(),
        findings: Vec::new(),
    };
    for edge in &definition.edges {
        match (
            check.index.get(&edge.from_node_id),
            check.index.get(&edge.to_node_id),
        ) {
            (Some(&from), Some(_)) => out[from].push(edge),
            _ => check.edge_finding(
                FindingCode::DanglingEdge,
                edge,
                "This edge leads from or to a node that does not exist.".into(),
                "Delete the edge or draw it anew.",
            ),
        }
    }
    check.out = out;
    if definition.nodes.is_empty() {
        check.finding(
            FindingCode::EmptyWorkflow,
            None,
            None,
            "The workflow has no steps.".into(),
            "Add a node.",
        );
    } else {
        check.settings();
        check.nodes();
        check.graph();
    }
    Findings::from_list(check.findings)
}

impl<'a> Check<'a> {
    fn finding(
        &mut self,
        code: FindingCode,
        node_id: Option<NodeId>,
        edge_id: Option<EdgeId>,
        message: String,
        fix: &str,
    ) {
        let severity = code.severity();
        self.findings.push(Finding {
            code,
            severity,
            node_id,
            edge_id,
            message,
            fix: fix.into(),
        });
    }

    fn node_finding(&mut self, code: FindingCode, node: &Node, message: String, fix: &str) {
        self.finding(code, Some(node.id.clone()), None, message, fix);
    }

    fn edge_finding(&mut self, code: FindingCode, edge: &Edge, message: String, fix: &str) {
        let node = Some(edge.from_node_id.clone());
        self.finding(code, node, Some(edge.id.clone()), message, fix);
    }

    fn settings(&mut self) {
        let settings = &self.definition.settings;
        let account = self.context.account.max_concurrent_calls;
        match settings.max_concurrent_calls {
            Some(0) => self.setting(
                "The workflow's limit of simultaneous calls is 0: no call could ever start.",
                "Set a limit of at least 1, or none (`max_concurrent_calls`).",
            ),
            Some(limit) if limit > account => self.finding(
                FindingCode::ConcurrencyAboveAccount,
                None,
                None,
                format!(
                    "The workflow allows {limit} simultaneous calls, the account only {account}."
                ),
                "Lower the workflow's limit or raise the account's (`max_concurrent_calls`).",
            ),
            _ => {}
        }
        if let Some(problem) = settings.retry.as_ref().and_then(nodes::retry_problem) {
            self.setting(
                &problem,
                "Correct the retry policy in the workflow's settings (`settings.retry`).",
            );
        }
        if settings.retry.as_ref().is_some_and(nodes::never_retries) {
            let message = format!("The workflow {}", nodes::NEVER_RETRIES);
            let fix = nodes::NAME_RETRIES;
            self.finding(FindingCode::NeverRetries, None, None, message, fix);
        }
        if let Some(problem) = settings
            .calls_per_person
            .and_then(|bounds| bounds.problem())
        {
            self.setting(problem, "Correct `calls_per_person` in the settings.");
        }
        if let Some(problem) = settings.circuit.and_then(|circuit| circuit.problem()) {
            self.setting(problem, "Correct `circuit` in the settings.");
        }
        if let Some(window) = &settings.calling_window {
            self.window(window);
        }
    }

    fn window(&mut self, window: &CallingWindow) {
        let leads_own = window.timezone == LEADS_OWN;
        if leads_own && window.fallback_timezone.is_none() {
            self.setting(
                "The calling window is judged by each lead's own time zone, and nothing says which one \
                 leads without a zone have.",
                "Set `fallback_timezone`, such as Europe/Berlin.",
            );
        }
        let own = (!leads_own).then_some(&window.timezone);
        for zone in own.into_iter().chain(&window.fallback_timezone) {
            if !self.context.tools.knows_timezone(zone) {
                self.setting(
                    &format!("The calling window's time zone `{zone}` does not exist."),
                    "Choose a time zone such as Europe/Berlin.",
                );
            }
        }
        let bad = window.holidays.iter().find(|day| !is_date(day));
        if let Some(day) = bad {
            self.setting(
                &format!("The holiday `{day}` is not a date."),
                "Write holidays as YYYY-MM-DD.",
            );
        }
        if let Some(span) = window.spans.iter().find(|span| span.start == span.end) {
            let message = format!(
                "The calling window goes from {} to {}: that is a whole day and night.",
                span.start, span.end
            );
            let fix = "Change its start or its end, unless calls may start at night too.";
            self.finding(FindingCode::AlwaysOpen, None, None, message, fix);
        }
    }

    fn setting(&mut self, message: &str, fix: &str) {
        self.finding(
            FindingCode::InvalidSettings,
            None,
            None,
            message.into(),
            fix,
        );
    }
}

/// Whether a text is a date `YYYY-MM-DD` that exists.
pub fn is_date(text: &str) -> bool {
    text.len() == 10 && crate::Time::parse(&format!("{text}T00:00:00Z")).is_ok()
}

/// How a node is called in messages: its label in quotes, or its type and id.
pub fn name_of(node: &Node) -> String {
    if node.label.trim().is_empty() {
        format!("{} {}", node.config.node_type().words(), node.id)
    } else {
        format!(
            "“{}”",
            node.label
                .chars()
                .take(limits::MAX_LABEL)
                .collect::<String>()
        )
    }
}
