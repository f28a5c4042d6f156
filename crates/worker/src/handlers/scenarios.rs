//! Scenarios: run one apart from everything stored, or make one of a workflow.

use std::collections::BTreeSet;

use leadline_model::WorkflowId;
use leadline_protocol::{ExportedFile, Problem, Reach, Reply, Request, ScenarioOutcome};
use leadline_sim::scenario::{self, SaveError};
use leadline_sim::{Scenario, Session};

use super::workflows::file_name;
use super::{invalid, problem};
use crate::host::{Host, Who};
use crate::parts::Part;

/// Parts named one by one; more would help nobody.
const MOST_NAMED: usize = 50;

/// Does what is asked about scenarios, as soon as the part that does it is here. A workflow that is saved is
/// saved as it is by then.
pub(super) fn handle(host: &mut Host, who: Who, request: Request) {
    let Some(part) = host.scenarios() else {
        return host.wait_for(Part::Scenarios, who, request);
    };
    let result = match request {
        Request::RunScenario { json } => (part.run)(&json).map(Reply::Scenario),
        Request::SaveScenario { workflow_id } => {
            (part.save)(host.session(), &workflow_id).map(Reply::File)
        }
        _ => Err(invalid("this is not about scenarios")),
    };
    host.reply(who, result);
}

/// Runs a scenario. Bounded by what a scenario may take; the worker does nothing else meanwhile.
pub fn run(json: &str) -> Result<ScenarioOutcome, Problem> {
    let scenario = Scenario::parse(json).map_err(|error| invalid(&error.to_string()))?;
    let report = scenario.run();
    let coverage = report.coverage;
    Ok(ScenarioOutcome {
        title: scenario.title().to_owned(),
        failures: report.failures,
        digest: report.digest,
        nodes: reach(&coverage.all_nodes, &coverage.nodes),
        edges: reach(&coverage.all_edges, &coverage.edges),
    })
}

fn reach(all: &BTreeSet<String>, reached: &BTreeSet<String>) -> Reach {
    Reach {
        all: all.len() as u64,
        reached: all.intersection(reached).count() as u64,
        missed: all.difference(reached).take(MOST_NAMED).cloned().collect(),
    }
}

/// A workflow as a scenario file, starting at the session's time.
pub fn save(session: &Session, id: &WorkflowId) -> Result<ExportedFile, Problem> {
    let engine = session.engine();
    let text = scenario::save(engine, id, session.now()).map_err(|error| match error {
        SaveError::Engine(error) => problem(&error),
        other => invalid(&other.to_string()),
    })?;
    let title = engine.workflow(id).map_err(|error| problem(&error))?;
    let name = format!("{}.scenario.json", file_name(&title.workflow.title));
    Ok(ExportedFile { name, text })
}
