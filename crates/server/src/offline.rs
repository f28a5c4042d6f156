//! The core on the command line, without a server: scenarios and the pre-flight of a workflow.
//!
//! Exit codes are for scripts: 0 when all is well, 1 when something is not as it should be, 2 when a
//! file cannot be read. With `--json` each file is one line of JSON.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow};
use leadline_engine::{Engine, EngineConfig, Input, Output};
use leadline_model::{AgentId, AgentWorkflow, Application, Definition, Findings, NodeConfig, Time};
use leadline_sim::Scenario;
use serde_json::{Value, json};

use leadline_api::odd_fields;

use crate::args::Files;

/// Runs scenarios and compares what happens with what they expect.
pub fn simulate(files: &Files) -> ExitCode {
    each(files, |path| {
        let scenario = Scenario::parse(&read(path)?)?;
        let report = scenario.run();
        let told = json!({
            "title": scenario.title(),
            "passed": report.passed,
            "failures": report.failures,
            "digest": report.digest,
        });
        let mut lines = vec![format!("{} ({})", scenario.title(), report.digest)];
        lines.extend(report.failures.iter().map(|failure| format!("  {failure}")));
        Ok((report.passed, told, lines))
    })
}

/// Judges workflows as activation would. Agents and numbers are taken to exist and be active, since
/// only an organization knows them.
pub fn validate(files: &Files) -> ExitCode {
    each(files, |path| {
        let file = whole(&read(path)?)?;
        let odd = match files.lenient {
            true => Vec::new(),
            false => odd_fields("Definition", &file),
        };
        let findings = judge(serde_json::from_value(file)?)?;
        let lines = findings.iter().map(|finding| {
            let severity = serde_json::to_value(finding.severity).unwrap_or_default();
            let severity = severity.as_str().unwrap_or_default();
            format!("  {severity}: {} {}", finding.message, finding.fix)
        });
        let mut lines: Vec<String> = lines.collect();
        lines.extend(odd.iter().map(|odd| format!("  error: {odd}")));
        let mut told = serde_json::to_value(&findings)?;
        if !odd.is_empty() {
            told["unknown_fields"] = json!(odd);
        }
        Ok((findings.valid && odd.is_empty(), told, lines))
    })
}

type Told = (bool, Value, Vec<String>);

fn each(files: &Files, judge: impl Fn(&Path) -> Result<Told>) -> ExitCode {
    let (mut well, mut unread) = (true, false);
    for path in &files.files {
        let name = path.display().to_string();
        match judge(path) {
            Ok((good, told, lines)) => {
                well &= good;
                match files.json {
                    true => println!("{}", with_file(&name, told)),
                    false => tell(&name, good, &lines),
                }
            }
            Err(error) => {
                unread = true;
                match files.json {
                    true => println!("{}", json!({"file": name, "error": format!("{error:#}")})),
                    false => println!("{name}: cannot be read: {error:#}"),
                }
            }
        }
    }
    match (unread, well) {
        (true, _) => ExitCode::from(2),
        (false, true) => ExitCode::SUCCESS,
        (false, false) => ExitCode::from(1),
    }
}

fn with_file(name: &str, mut told: Value) -> Value {
    told["file"] = name.into();
    told
}

fn tell(name: &str, good: bool, lines: &[String]) {
    println!("{name}: {}", if good { "good" } else { "not good" });
    for line in lines {
        println!("{line}");
    }
}

/// A file, or the standard input for `-`; without a byte-order mark.
fn read(path: &Path) -> Result<String> {
    let read = match path.as_os_str() == "-" {
        true => std::io::read_to_string(std::io::stdin()),
        false => fs::read_to_string(path),
    };
    let text = read.with_context(|| format!("{}", path.display()))?;
    Ok(text.trim_start_matches('\u{feff}').to_owned())
}

/// The definition in a file, as JSON: one as the page exports it, or as the API answers it.
fn whole(text: &str) -> Result<Value> {
    let mut file: Value = serde_json::from_str(text)?;
    if !file.is_object() {
        return Err(anyhow!("this is no workflow"));
    }
    for (key, what) in [
        (
            "leadline_export",
            "an export of an organization, whose workflows are under `workflows`",
        ),
        ("steps", "a scenario: run it with `leadline simulate`"),
    ] {
        if file.get(key).is_some() && file.get("nodes").is_none() {
            return Err(anyhow!("this is {what}"));
        }
    }
    if file.get("node_count").is_some() && file.get("nodes").is_none() {
        return Err(anyhow!(
            "this is a workflow without its graph: read it at /v1/workflows/{{id}}/definition"
        ));
    }
    if let Some(workflow) = file.get_mut("workflow").filter(|found| found.is_object()) {
        file = workflow.take();
    }
    if let Some(fields) = file.as_object_mut()
        && !fields.contains_key("title")
        && let Some(name) = fields.remove("name")
    {
        fields.insert("title".to_owned(), name);
    }
    // A node may come without config, as in a request.
    let nodes = file.get_mut("nodes").and_then(Value::as_array_mut);
    for node in nodes.into_iter().flatten() {
        if let Some(fields) = node.as_object_mut() {
            fields.entry("config").or_insert_with(|| json!({}));
        }
    }
    Ok(file)
}

/// What activation would say.
fn judge(mut definition: Definition) -> Result<Findings> {
    let mut engine = Engine::new(EngineConfig {
        organization_id: "org_offline".into(),
        now: Time::MIN,
        key: 0,
    });
    let mut apply = |input| engine.apply(Time::MIN, &input, &mut Vec::new());
    let mut known: BTreeMap<AgentId, AgentId> = BTreeMap::new();
    for node in &definition.nodes {
        let NodeConfig::Application(Application::AgentWorkflow(start)) = &node.config else {
            continue;
        };
        // Whether the agent is there and has steps is not known here; a name that none can have
        // is one of the findings.
        let done: AgentWorkflow = serde_json::from_value(json!({
            "steps": [{"name": "done", "type": "set", "values": {"done": true}}]
        }))?;
        let _unknown = apply(Input::PutAgent {
            id: None,
            name: start.agent_name.clone().unwrap_or_default(),
            prompt: String::new(),
            workflow: Some(done),
            active: true,
        });
    }
    for node in &mut definition.nodes {
        let NodeConfig::VoiceCall(call) = &mut node.config else {
            continue;
        };
        if let Some(agent) = &mut call.agent_id {
            if !known.contains_key(agent) {
                let name = format!("agent-of-call-{}", known.len());
                let (prompt, active) = (String::new(), true);
                let Output::Agent(id) = apply(Input::PutAgent {
                    id: None,
                    name,
                    prompt,
                    workflow: None,
                    active,
                })?
                else {
                    return Err(anyhow!("an agent could not be made"));
                };
                known.insert(agent.clone(), id);
            }
            if let Some(id) = known.get(agent) {
                *agent = id.clone();
            }
        }
        if let Some(number) = &call.from_phone_number {
            let (phone_number, label) = (number.clone(), String::new());
            // What is no number at all is one of the findings.
            let _unknown = apply(Input::PutPhoneNumber {
                phone_number,
                label,
                active: true,
            });
        }
    }
    match apply(Input::CreateWorkflow { definition })? {
        Output::Workflow(id) => Ok(engine.workflow_findings(&id)?),
        _ => Err(anyhow!("the workflow could not be made")),
    }
}
