//! A scenario: a script of inputs with expectations, as a file. It runs as a test, natively and in
//! wasm, and in the page.
//!
//! What a file holds is [`file::Script`]; `refs.rs` says how a script names what the engine makes
//! (`$main`, `$lead:3`) and which short forms of nodes and edges it may use; `expect.rs` what can be
//! expected. A run never panics and is bounded: in the size of the file, in the number of steps and
//! in how much may happen.

mod expect;
mod file;
mod refs;
mod run;
mod save;

use std::collections::BTreeSet;

use file::Script;

pub use save::{SaveError, save};

/// The longest file accepted, in bytes.
pub const MAX_FILE: usize = 16 * 1024 * 1024;
/// Steps of one scenario.
pub const MAX_STEPS: usize = 10_000;
/// Instants at which something happens in one scenario.
pub const MAX_INSTANTS: u64 = 5_000_000;

/// Why a text is no scenario.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum ScenarioError {
    #[error("a scenario has at most {MAX_FILE} bytes, this one has {0}")]
    TooLarge(usize),
    #[error("a scenario has at most {MAX_STEPS} steps, this one has {0}")]
    TooManySteps(usize),
    #[error("this is no scenario: {0}")]
    Unreadable(String),
    #[error("step {step}: {problem}")]
    Step { step: usize, problem: String },
}

/// A script that was read, ready to run.
#[derive(Debug, Clone)]
pub struct Scenario {
    script: Script,
}

/// What a run came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScenarioReport {
    /// Whether everything was as expected.
    pub passed: bool,
    /// What was not, in words, in the order it was noticed.
    pub failures: Vec<String>,
    /// The digest over everything that happened.
    pub digest: String,
    /// What the run came by.
    pub coverage: Coverage,
}

/// Which parts of its workflows a run came by, each as `workflow/part`; and all there were.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Coverage {
    /// Nodes that a lead entered.
    pub nodes: BTreeSet<String>,
    /// Edges that a lead took.
    pub edges: BTreeSet<String>,
    /// Outcomes that led out of a node, `workflow/node/outcome`.
    pub outcomes: BTreeSet<String>,
    /// All nodes.
    pub all_nodes: BTreeSet<String>,
    /// All edges.
    pub all_edges: BTreeSet<String>,
}

impl Scenario {
    /// Reads a scenario from JSON.
    pub fn parse(json: &str) -> Result<Scenario, ScenarioError> {
        if json.len() > MAX_FILE {
            return Err(ScenarioError::TooLarge(json.len()));
        }
        let script: Script = serde_json::from_slice(json.as_bytes())
            .map_err(|error| ScenarioError::Unreadable(error.to_string()))?;
        if script.steps.len() > MAX_STEPS {
            return Err(ScenarioError::TooManySteps(script.steps.len()));
        }
        for (index, step) in script.steps.iter().enumerate() {
            step.check().map_err(|problem| ScenarioError::Step {
                step: index + 1,
                problem,
            })?;
        }
        Ok(Scenario { script })
    }

    /// What the scenario is called.
    pub fn title(&self) -> &str {
        &self.script.title
    }

    /// The sections of the specification it exercises.
    pub fn covers(&self) -> &[String] {
        &self.script.covers
    }

    /// Runs it to the end, whatever fails on the way.
    pub fn run(&self) -> ScenarioReport {
        run::run(&self.script)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const SMALL: &str = r#"{
        "title": "one call",
        "start": "2026-03-02T09:00:00Z",
        "workflows": {"main": {"title": "One call", "entry": "call",
            "nodes": [["call", "VOICE_CALL", {"simulation": {"outcomes": {"busy": 1}}}], ["end", "DROPPED"]],
            "edges": [["call", "DNP", "end"]]}},
        "leads": {"main": [{"phone_number": "+15550100001"}]},
        "steps": [
            {"apply": {"input": "act", "action": "activate"}, "expect": {"status": "active"}},
            {"after": "1h", "expect": EXPECTED}
        ]}"#;

    fn run(expected: &str) -> ScenarioReport {
        Scenario::parse(&SMALL.replace("EXPECTED", expected))
            .unwrap()
            .run()
    }

    #[test]
    fn a_scenario_passes_or_says_what_is_wrong() {
        let report = run(r#"{"status": "completed", "leads": {"dropped": 1}, "calls": 1}"#);
        assert_eq!(report.failures, Vec::<String>::new());
        assert!(report.passed);
        assert_eq!(report.coverage.nodes, report.coverage.all_nodes);
        for (expected, words) in [
            (r#"{"status": "active"}"#, "status"),
            (r#"{"leads": {"completed": 1}}"#, "completed"),
            (r#"{"calls": 2}"#, "calls"),
            (r#"{"most_live": 0}"#, "most_live"),
            (r#"{"nodes": {"end": {"here": 0}}}"#, "end"),
            (r#"{"people": [{"lead": 1, "why": "converted"}]}"#, "why"),
            (r#"{"people": [{"lead": 1, "path": ["call"]}]}"#, "path"),
            (r#"{"people": [{"lead": 2, "why": "dropped"}]}"#, "lead 2"),
            (
                r#"{"call_logs": [{"lead": 1, "status": "completed"}]}"#,
                "status",
            ),
            (r#"{"call_statuses": {"busy": 2}}"#, "busy"),
            (r#"{"workflow": "other"}"#, "other"),
        ] {
            let report = run(expected);
            assert!(!report.passed, "{expected}");
            let found = report
                .failures
                .iter()
                .any(|failure| failure.contains(words));
            assert!(found, "{expected}: {:?}", report.failures);
        }
    }

    #[test]
    fn what_is_no_scenario_is_refused() {
        let steps = |steps: &str| {
            format!(r#"{{"title": "x", "start": "2026-03-02T09:00:00Z", "steps": [{steps}]}}"#)
        };
        for (json, words) in [
            (String::new(), "no scenario"),
            ("{}".into(), "title"),
            (steps(r#"{"expects": {}}"#), "expects"),
            (steps(r#"{"after": "soon"}"#), "step 1"),
            (
                steps(r#"{"at": "2026-03-02T09:00:00Z", "after": "1h"}"#),
                "step 1",
            ),
            (steps(r#"{"refused": "unknown_lead"}"#), "step 1"),
            (steps(r#"{"after": "9999999999999999d"}"#), "step 1"),
            (steps(&vec!["{}"; MAX_STEPS + 1].join(",")), "10000"),
            (" ".repeat(MAX_FILE + 1), "bytes"),
        ] {
            let error = Scenario::parse(&json).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
    }
}
