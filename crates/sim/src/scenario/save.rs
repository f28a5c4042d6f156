//! Making a scenario of a workflow: its graph, leads and seed, and what a run of them comes to.

use leadline_engine::{Engine, EngineError};
use leadline_model::{Application, NodeConfig, Time, WorkflowId};
use serde_json::{Map, Value, json};

use super::{MAX_FILE, Scenario, ScenarioError, refs, run};

/// How long the saved run lasts; a workflow without an end is looked at then.
const SPAN: &str = "365d";

/// Why a workflow cannot become a scenario.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum SaveError {
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error("it cannot be run as it is: {0}")]
    Fails(String),
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
}

/// A workflow as the text of a scenario file: it begins as a draft with the leads as they were
/// enrolled, is activated, and runs for a year; expected is what that comes to. O(the run).
///
/// # Errors
///
/// The workflow does not exist, cannot be activated, is larger than [`MAX_FILE`], or more happens in
/// it than a scenario may take.
pub fn save(engine: &Engine, id: &WorkflowId, start: Time) -> Result<String, SaveError> {
    let mut script = script(engine, id, start)?;
    let scenario = Scenario::parse(&script.to_string())?;
    let mut run = run::Run::new(&scenario.script);
    run.play(&scenario.script);
    if let Some(failure) = run.failures.first() {
        return Err(SaveError::Fails(failure.clone()));
    }
    script["steps"][1]["expect"] = outcome(&run)?;
    let text = serde_json::to_string_pretty(&script).unwrap_or_default();
    if text.len() > MAX_FILE {
        return Err(ScenarioError::TooLarge(text.len()).into());
    }
    Ok(text)
}

fn script(engine: &Engine, id: &WorkflowId, start: Time) -> Result<Value, SaveError> {
    let (definition, _, seed) = engine.definition(id)?;
    let mut agents = Vec::new();
    let mut numbers = Vec::new();
    let mut graph = refs::literal(&json!(definition));
    let nodes = graph["nodes"].as_array_mut().into_iter().flatten();
    for (node, json) in definition.nodes.iter().zip(nodes) {
        let of_run = match &node.config {
            NodeConfig::Application(Application::AgentWorkflow(start)) => {
                start.agent_name.as_deref()
            }
            _ => None,
        };
        let call = match &node.config {
            NodeConfig::VoiceCall(call) => Some(call),
            _ => None,
        };
        let of_call = call.and_then(|call| engine.agents().get(call.agent_id.as_ref()?));
        if let Some(agent) = of_call {
            json["config"]["agent_id"] = json!(format!("$agent:{}", agent.name));
        }
        let mut known = engine.agents().values();
        let agent = of_call.or_else(|| known.find(|agent| Some(&*agent.name) == of_run));
        if let Some(agent) = agent {
            let mut entry =
                json!({"name": agent.name, "prompt": agent.prompt, "active": agent.active});
            if let Some(workflow) = &agent.workflow {
                entry["workflow"] = json!(workflow);
            }
            if !agents.contains(&entry) {
                agents.push(entry);
            }
        }
        if let Some(number) = call.and_then(|call| call.from_phone_number.as_ref())
            && engine.phone_numbers().contains_key(number)
            && !numbers.contains(number)
        {
            numbers.push(number.clone());
        }
    }
    let leads = engine.enrolled(id)?.into_iter().map(|(phone, variables)| {
        let mut lead: Map<String, Value> = Map::new();
        lead.insert("phone_number".into(), json!(phone));
        lead.extend(
            variables
                .into_iter()
                .map(|(key, value)| (key, json!(value))),
        );
        Value::Object(lead)
    });
    Ok(json!({
        "title": definition.title,
        "about": "Saved from Leadline: what a run from activation comes to.",
        "start": start,
        "seed": seed,
        "account": engine.account(),
        "agents": agents,
        "phone_numbers": numbers,
        "workflows": {"main": graph},
        "leads": {"main": leads.collect::<Vec<_>>()},
        "steps": [{"apply": {"input": "act", "action": "activate"}}, {"after": SPAN}],
    }))
}

/// What the run came to, as an expectation.
fn outcome(run: &run::Run) -> Result<Value, EngineError> {
    let Some(id) = run.workflow("main") else {
        return Ok(json!({}));
    };
    let engine = run.session().engine();
    let summary = engine.workflow(id)?;
    let counts = engine.node_counts(id)?.into_iter().map(|node| {
        let expected = json!({"here": node.here, "entered": node.entered, "left": node.left});
        (node.node_id.to_string(), expected)
    });
    Ok(json!({
        "status": summary.workflow.status,
        "leads": summary.lead_counts,
        "calls": engine.live_view(id)?.calls_total,
        "nodes": counts.collect::<Map<_, _>>(),
    }))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use leadline_engine::{Engine, EngineConfig, Input, LeadBatch, Output};
    use leadline_model::{Time, Value, WorkflowId};

    use super::*;

    /// A workflow with everything that could be mistaken for a reference, and two leads.
    fn organization(label: &str) -> (Engine, WorkflowId) {
        let config = EngineConfig {
            organization_id: "org".into(),
            now: Time(0),
            key: 9,
        };
        let mut engine = Engine::new(config);
        let mut apply = |input: Input| engine.apply(Time(0), &input, &mut Vec::new()).unwrap();
        let Output::Agent(agent) = apply(Input::PutAgent {
            id: None,
            name: "ann".into(),
            prompt: "Hello {{ city }}".into(),
            workflow: None,
            active: true,
        }) else {
            panic!("no agent");
        };
        apply(Input::PutPhoneNumber {
            phone_number: "+14155550199".into(),
            label: String::new(),
            active: true,
        });
        let definition = serde_json::from_value(json!({
            "title": "$5 offer",
            "nodes": [
                {"id": "call", "node_type": "VOICE_CALL", "label": "$call", "config": {"agent_id": agent, "from_phone_number": "+14155550199"}},
                {"id": "rich", "node_type": "CONDITIONAL", "config": {"branches": [{"label": label, "all": [{"field": "lead.city", "operator": "equals", "value": "$$"}]}], "otherwise": "no"}},
                {"id": "won", "node_type": "CONVERTED", "config": {}},
                {"id": "lost", "node_type": "DROPPED", "config": {}}
            ],
            "edges": [
                {"id": "1", "from_node_id": "call", "to_node_id": "rich"},
                {"id": "2", "from_node_id": "rich", "to_node_id": "won", "label": "$yes"},
                {"id": "3", "from_node_id": "rich", "to_node_id": "lost", "label": "no"}
            ]
        }))
        .unwrap();
        let Output::Workflow(id) = apply(Input::CreateWorkflow { definition }) else {
            panic!("no workflow");
        };
        let rows = [("+15550100001", "$$"), ("+15550100002", "Bonn")];
        let rows = rows.map(|(phone, city)| (phone.to_owned(), vec![Value::from(city)]));
        apply(Input::Enrol {
            workflow_id: id.clone(),
            leads: LeadBatch {
                keys: vec!["city".into()],
                rows: rows.into(),
            },
        });
        (engine, id)
    }

    #[test]
    fn a_saved_scenario_passes() {
        let (engine, id) = organization("$yes");
        let text = save(&engine, &id, Time(1_750_000_000_000)).unwrap();
        let scenario = Scenario::parse(&text).unwrap();
        let report = scenario.run();
        assert_eq!(report.failures, Vec::<String>::new(), "{text}");
        assert_eq!(scenario.title(), "$5 offer");
        assert_eq!(report.coverage.nodes, report.coverage.all_nodes, "{text}");
        assert!(text.contains("\"status\": \"completed\""), "{text}");
    }

    #[test]
    fn what_cannot_be_activated_cannot_be_saved() {
        let (engine, id) = organization("another label");
        let error = save(&engine, &id, Time(0)).unwrap_err().to_string();
        assert!(error.contains("cannot be run as it is"), "{error}");
    }
}
