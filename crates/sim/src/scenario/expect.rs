//! What a script can expect, and how it is compared with what is.

use std::collections::BTreeMap;
use std::fmt::Debug;

use leadline_engine::{CallFilter, CallRef, Engine, EngineError, LeadRef};
use leadline_model::ordered;
use leadline_model::view::{CallLog, LeadHistory, Visit, WhyCode};
use leadline_model::{
    CallStatus, FindingCode, Findings, LeadStatus, RunStatus, Time, Value, WorkflowId,
    WorkflowStatus,
};
use serde::Deserialize;

/// What must hold of one workflow and its leads. What is left out may be anything.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Expect {
    /// Which workflow; `main` when left out.
    pub workflow: Option<String>,
    pub exists: Option<bool>,
    pub title: Option<String>,
    pub status: Option<WorkflowStatus>,
    pub revision: Option<u64>,
    /// Leads by status.
    pub leads: BTreeMap<String, u64>,
    /// Calls created so far.
    pub calls: Option<u64>,
    /// Calls that hold a line now.
    pub live: Option<u64>,
    /// Leads that wait for a line now.
    pub queued: Option<u64>,
    /// The most calls at one time so far.
    pub most_live: Option<u64>,
    /// The same over all workflows.
    pub most_live_account: Option<u64>,
    pub call_statuses: BTreeMap<CallStatus, u64>,
    pub nodes: BTreeMap<String, NodeExpect>,
    /// The codes of the errors of its definition, sorted.
    pub errors: Option<Vec<FindingCode>>,
    /// The codes of the warnings of its definition, sorted.
    pub warnings: Option<Vec<FindingCode>>,
    pub variable_keys: Option<Vec<String>>,
    pub window_open: Option<bool>,
    pub people: Vec<LeadExpect>,
    pub call_logs: Vec<CallExpect>,
    pub runs: Vec<RunExpect>,
    /// Runs that wait for a person.
    pub pending_actions: Option<usize>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NodeExpect {
    pub here: Option<u64>,
    pub entered: Option<u64>,
    pub review_required: Option<u64>,
    pub left: BTreeMap<String, u64>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LeadExpect {
    /// Which, from 1.
    pub lead: u32,
    pub status: Option<LeadStatus>,
    pub node: Option<String>,
    pub review_required: Option<bool>,
    pub removed: Option<bool>,
    pub why: Option<WhyCode>,
    /// A part of the answer in words.
    pub why_says: Option<String>,
    /// Each visit as `node` or `node OUTCOME`; the node by its label, or its id where it has none.
    pub path: Option<Vec<String>>,
    /// A part of each visit's reason.
    pub reasons: Option<Vec<String>>,
    /// When the present visit began.
    pub entered_at: Option<Time>,
    /// When it is planned to end.
    pub release_at: Option<Time>,
    /// When each visit was left.
    pub exits: Option<Vec<Option<Time>>>,
    /// `null`: the lead has none.
    pub variables: BTreeMap<String, Value>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CallExpect {
    /// Whose, from 1.
    pub lead: u32,
    /// Which of the lead's calls, from 1; the last when left out.
    pub nth: Option<usize>,
    pub status: Option<CallStatus>,
    pub attempt: Option<u32>,
    pub node: Option<String>,
    pub duration_seconds: Option<u32>,
    pub end_reason: Option<String>,
    pub created_at: Option<Time>,
    pub ended_at: Option<Time>,
    /// `null`: the call has none.
    pub analysis: BTreeMap<String, Value>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RunExpect {
    /// Which, from 1.
    pub run: u32,
    pub status: Option<RunStatus>,
    /// The step that waits for a person; empty: none does.
    pub waits_at: Option<String>,
    /// What it asks.
    pub asks: Option<String>,
    /// Each step that was begun as `name status`, the waiting one too.
    pub steps: Option<Vec<String>>,
    pub result: Option<Value>,
    /// A part of why it failed.
    pub error: Option<String>,
    pub expires_at: Option<Time>,
    pub updated_at: Option<Time>,
}

/// Compares, and says what differs.
#[derive(Debug, Default)]
pub struct Differences(pub Vec<String>);

impl Differences {
    fn same<T: PartialEq + Debug>(&mut self, what: &str, expected: &Option<T>, got: &T) {
        if let Some(expected) = expected
            && expected != got
        {
            self.0
                .push(format!("{what} should be {expected:?} and is {got:?}"));
        }
    }

    fn contains(&mut self, what: &str, expected: &Option<String>, got: &str) {
        if let Some(expected) = expected
            && !got.contains(expected.as_str())
        {
            self.0
                .push(format!("{what} should contain `{expected}` and is `{got}`"));
        }
    }

    fn values(
        &mut self,
        what: &str,
        expected: &BTreeMap<String, Value>,
        got: &BTreeMap<String, Value>,
    ) {
        for (key, expected) in expected {
            let got = got.get(key).unwrap_or(&Value::Null);
            self.same(&format!("{what}, {key}"), &Some(expected), &got);
        }
    }
}

impl Expect {
    /// Compares with a workflow; `most`: the most calls at one time, of it and of all.
    pub fn compare(
        &self,
        engine: &Engine,
        id: &WorkflowId,
        most: (u64, u64),
    ) -> Result<Vec<String>, EngineError> {
        let mut found = Differences::default();
        let present = engine.workflow(id);
        found.same("exists", &self.exists, &present.is_ok());
        if self.exists == Some(false) {
            return Ok(found.0);
        }
        let summary = present?;
        let live = engine.live_view(id)?;
        found.same("title", &self.title, &summary.workflow.title);
        found.same("status", &self.status, &summary.workflow.status);
        found.same("revision", &self.revision, &engine.definition(id)?.1);
        found.same("calls", &self.calls, &live.calls_total);
        found.same("live", &self.live, &live.calls_live);
        found.same("queued", &self.queued, &live.queued);
        found.same("most_live", &self.most_live, &most.0);
        found.same("most_live_account", &self.most_live_account, &most.1);
        found.same(
            "variable_keys",
            &self.variable_keys,
            &engine.variable_keys(id)?,
        );
        if let Some(open) = self.window_open {
            found.same("window_open", &Some(Some(open)), &live.window_open);
        }
        self.counts(engine, id, &mut found)?;
        let findings = engine.workflow_findings(id)?;
        found.same("errors", &self.errors, &codes(&findings, true));
        found.same("warnings", &self.warnings, &codes(&findings, false));
        for person in &self.people {
            person.compare(engine, id, &mut found)?;
        }
        for run in &self.runs {
            run.compare(engine, &mut found);
        }
        let pending = engine.pending_actions();
        found.same("pending_actions", &self.pending_actions, &pending);
        for call in &self.call_logs {
            call.compare(engine, id, &mut found)?;
        }
        Ok(found.0)
    }

    fn counts(
        &self,
        engine: &Engine,
        id: &WorkflowId,
        found: &mut Differences,
    ) -> Result<(), EngineError> {
        let counts =
            leadline_model::json::to_value(&engine.workflow(id)?.lead_counts).unwrap_or_default();
        for (name, expected) in &self.leads {
            let got = counts.get(name).and_then(serde_json::Value::as_u64);
            found.same(&format!("leads {name}"), &Some(Some(*expected)), &got);
        }
        for (status, expected) in &self.call_statuses {
            let workflow_id = Some(id.clone());
            let filter = CallFilter {
                workflow_id,
                lead_id: None,
                status: Some(*status),
            };
            let got = engine.calls(&filter, 1, 1)?.meta.total;
            found.same(&format!("calls that are {status}"), &Some(*expected), &got);
        }
        let nodes = engine.node_counts(id)?;
        for (name, expected) in &self.nodes {
            let Some(got) = nodes.iter().find(|node| node.node_id.as_str() == name) else {
                found.0.push(format!("there is no node {name}"));
                continue;
            };
            let what = |part: &str| format!("node {name}: {part}");
            found.same(&what("here"), &expected.here, &got.here);
            found.same(&what("entered"), &expected.entered, &got.entered);
            let review = &expected.review_required;
            found.same(&what("review_required"), review, &got.review_required);
            for (outcome, count) in &expected.left {
                let left = got.left.get(outcome).copied().unwrap_or(0);
                found.same(&what(outcome), &Some(*count), &left);
            }
        }
        Ok(())
    }
}

fn codes(findings: &Findings, errors: bool) -> Vec<FindingCode> {
    let list = if errors {
        &findings.errors
    } else {
        &findings.warnings
    };
    let mut codes: Vec<FindingCode> = list.iter().map(|finding| finding.code).collect();
    ordered::sort(&mut codes);
    codes
}

/// The history of the lead with a number, from 1.
fn person(engine: &Engine, id: &WorkflowId, lead: u32) -> Result<LeadHistory, EngineError> {
    let flow = engine.flow_of(id)?;
    let lead = lead.wrapping_sub(1);
    engine.lead_history(id, &engine.lead_id(LeadRef { flow, lead }))
}

fn place(visit: &Visit) -> String {
    let name = if visit.node_label.is_empty() {
        visit.node_id.as_str()
    } else {
        &visit.node_label
    };
    match &visit.outcome {
        Some(outcome) => format!("{name} {outcome}"),
        None => name.to_owned(),
    }
}

impl LeadExpect {
    fn compare(
        &self,
        engine: &Engine,
        id: &WorkflowId,
        found: &mut Differences,
    ) -> Result<(), EngineError> {
        let Ok(got) = person(engine, id, self.lead) else {
            found.0.push(format!("there is no lead {}", self.lead));
            return Ok(());
        };
        let what = |part: &str| format!("lead {}: {part}", self.lead);
        found.same(&what("status"), &self.status, &got.lead.status);
        let node = got.lead.current_node_id.as_ref();
        let node = node.map_or(String::new(), ToString::to_string);
        found.same(&what("node"), &self.node, &node);
        let review = &self.review_required;
        found.same(&what("review_required"), review, &got.lead.review_required);
        found.same(&what("removed"), &self.removed, &got.lead.removed);
        found.same(&what("why"), &self.why, &got.why.code);
        found.contains(&what("why"), &self.why_says, &got.why.message);
        found.same(
            &what("path"),
            &self.path,
            &got.history.iter().map(place).collect(),
        );
        let exits = got.history.iter().map(|visit| visit.exited_at).collect();
        found.same(&what("exits"), &self.exits, &exits);
        let execution = got.execution.as_ref();
        let entered = execution.and_then(|execution| execution.entered_at);
        found.same(&what("entered_at"), &self.entered_at.map(Some), &entered);
        let release = execution.and_then(|execution| execution.release_at);
        found.same(&what("release_at"), &self.release_at.map(Some), &release);
        if let Some(reasons) = &self.reasons {
            found.same(&what("visits"), &Some(reasons.len()), &got.history.len());
            for (expected, visit) in reasons.iter().zip(&got.history) {
                let what = what(&format!("reason at {}", place(visit)));
                found.contains(&what, &Some(expected.clone()), &visit.reason);
            }
        }
        found.values(
            &what("variables"),
            &self.variables,
            &got.lead.dynamic_variables,
        );
        Ok(())
    }
}

impl CallExpect {
    fn compare(
        &self,
        engine: &Engine,
        id: &WorkflowId,
        found: &mut Differences,
    ) -> Result<(), EngineError> {
        let call = call_of(engine, id, self.lead, self.nth);
        let Some(got) = call.map(|call| engine.call_log(call)) else {
            found.0.push(format!("lead {} has no such call", self.lead));
            return Ok(());
        };
        let what = |part: &str| format!("call of lead {}: {part}", self.lead);
        let CallLog {
            status,
            attempt,
            node_id,
            duration_seconds,
            end_reason,
            ..
        } = &got;
        found.same(&what("status"), &self.status, status);
        found.same(&what("attempt"), &self.attempt, attempt);
        found.same(&what("node"), &self.node, &node_id.to_string());
        let duration = &self.duration_seconds.map(Some);
        found.same(&what("duration_seconds"), duration, duration_seconds);
        found.same(&what("created_at"), &self.created_at, &got.created_at);
        found.same(&what("ended_at"), &self.ended_at.map(Some), &got.ended_at);
        let reason = end_reason.as_deref().unwrap_or("");
        found.contains(&what("end_reason"), &self.end_reason, reason);
        found.values(&what("analysis"), &self.analysis, &got.analysis);
        Ok(())
    }
}

impl RunExpect {
    fn compare(&self, engine: &Engine, found: &mut Differences) {
        let id = self.run.checked_sub(1).map(|row| engine.run_id(row));
        let Some(got) = id.and_then(|id| engine.run(&id).ok()) else {
            return found.0.push(format!("there is no run {}", self.run));
        };
        let what = |part: &str| format!("run {}: {part}", self.run);
        let output = &got.answer.output;
        found.same(&what("status"), &self.status, &output.status);
        let action = output.pending_action.as_ref();
        let step = action.map_or(String::new(), |action| action.step.clone());
        found.same(&what("waits_at"), &self.waits_at, &step);
        let asks = action.map_or(String::new(), |action| action.message.clone());
        found.same(&what("asks"), &self.asks, &asks);
        let begun = got.timeline.iter().filter_map(|step| {
            let status = step.status?.as_str();
            Some(format!("{} {status}", step.name))
        });
        found.same(&what("steps"), &self.steps, &begun.collect());
        found.same(&what("result"), &self.result, &output.result);
        let error = got.error.as_deref().unwrap_or("");
        found.contains(&what("error"), &self.error, error);
        found.same(
            &what("expires_at"),
            &self.expires_at.map(Some),
            &got.expires_at,
        );
        found.same(&what("updated_at"), &self.updated_at, &got.updated_at);
    }
}

/// A lead's call: the `nth` from 1, or the last.
pub fn call_of(engine: &Engine, id: &WorkflowId, lead: u32, nth: Option<usize>) -> Option<CallRef> {
    let flow = engine.flow_of(id).ok()?;
    let calls = engine.calls_of_lead(LeadRef {
        flow,
        lead: lead.checked_sub(1)?,
    });
    match nth {
        None => calls.last().copied(),
        Some(nth) => calls.get(nth.checked_sub(1)?).copied(),
    }
}
