//! What has to be there before something can be refused: requests that set the stage.

use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::document::{Operation, Place};
use crate::known::Known;
use crate::tour::{Call, Names, names};

/// No counter comes to this.
const NOTHING: &str = "000000000000";

/// A request with these parameters and this body.
pub(crate) fn call(operation: &str, values: &[(&str, &str)], body: Option<Value>) -> Call {
    let mut values = values
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Call {
        operation: operation.to_owned(),
        values: names(&mut values),
        body: body.and_then(|body| RawValue::from_string(body.to_string()).ok()),
        ..Call::default()
    }
}

/// It keeps a part of its answer under a name.
pub(crate) fn saving(mut call: Call, name: &str, pointer: &str) -> Call {
    call.save.insert(name.to_owned(), pointer.to_owned());
    call
}

/// The operation with its own example as body, and these parameters.
pub(crate) fn own(operation: &Operation, values: Names) -> Call {
    let body = operation.body.as_ref().map(|body| body.example.clone());
    Call {
        operation: operation.id.clone(),
        values,
        body: body.and_then(|body| RawValue::from_string(body).ok()),
        ..Call::default()
    }
}

/// Path parameters that lead nowhere.
pub(crate) fn nowhere(operation: &Operation) -> Names {
    let mut nowhere = operation
        .at(Place::Path)
        .map(|parameter| (parameter.name.clone(), nothing(&parameter.name)));
    names(&mut nowhere)
}

/// An id that nothing has.
pub(crate) fn nothing(parameter: &str) -> String {
    match parameter {
        "workflow_id" => format!("wfl_{NOTHING}"),
        "node_id" | "current_node_id" | "move_leads_to" => format!("nod_{NOTHING}"),
        "edge_id" => format!("edg_{NOTHING}"),
        "lead_id" => format!("wld_{NOTHING}"),
        "call_id" => format!("call_{NOTHING}"),
        "agent_id" => format!("agt_{NOTHING}"),
        "run_id" => format!("wfr_{NOTHING}"),
        "subscription_id" => format!("sub_{NOTHING}"),
        "phone_number" => "+10000000000".to_owned(),
        _ => NOTHING.to_owned(),
    }
}

/// Makes an empty workflow.
pub(crate) fn workflow() -> Call {
    let body = json!({"title": "To be refused"});
    saving(call("createWorkflow", &[], Some(body)), "workflow", "/id")
}

/// With a secret of its own: not every host makes one.
pub(crate) fn subscription() -> Value {
    let secret = "put-a-secret-of-your-own-here";
    json!({"url": "https://example.com/leadline", "events": ["lead.completed"], "secret": secret})
}

/// An agent whose runs wait for a person.
fn asking_agent() -> Call {
    let ask = json!({"name": "approval", "type": "approval", "message": "Go on?", "options": ["approve", "reject"]});
    let body = json!({"name": "asks-<run>", "workflow": {"steps": [ask]}});
    saving(call("createAgent", &[], Some(body)), "asks", "/name")
}

/// A run of it.
fn run() -> Call {
    let body = json!({"input": {"task": "To be refused"}});
    let start = call("startRun", &[("agent_name", "<asks>")], Some(body));
    saving(start, "started", "/run_id")
}

/// Requests that make what an operation's path names, and the parameters that name it.
pub(crate) fn prepared(operation: &Operation, known: &Known) -> Option<(Vec<Call>, Names)> {
    let mut calls = Vec::new();
    let mut names = Names::new();
    let node = |name| {
        let body = json!({"node_type": "DROPPED", "label": "To be refused"});
        let body = if name == "from" {
            json!({"node_type": "TIME"})
        } else {
            body
        };
        saving(
            call("createNode", &[("workflow_id", "<workflow>")], Some(body)),
            name,
            "/id",
        )
    };
    for parameter in operation.at(Place::Path) {
        let name = parameter.name.as_str();
        let value = match name {
            "workflow_id" => {
                calls.push(workflow());
                "<workflow>".to_owned()
            }
            "node_id" => {
                calls.push(node("node"));
                "<node>".to_owned()
            }
            "edge_id" => {
                calls.extend([node("from"), node("node")]);
                let body = json!({"from_node_id": "<from>", "to_node_id": "<node>"});
                calls.push(saving(
                    call("createEdge", &[("workflow_id", "<workflow>")], Some(body)),
                    "edge",
                    "/id",
                ));
                "<edge>".to_owned()
            }
            "lead_id" => {
                let body = json!({"phone_number": "+1415555<run>"});
                let enrol = call("enrolLeads", &[("workflow_id", "<workflow>")], Some(body));
                calls.push(saving(enrol, "lead", "/data/0"));
                "<lead>".to_owned()
            }
            "agent_id" => {
                let body = json!({"name": "to-be-refused-<run>"});
                calls.push(saving(call("createAgent", &[], Some(body)), "agent", "/id"));
                "<agent>".to_owned()
            }
            "agent_name" => {
                calls.push(asking_agent());
                "<asks>".to_owned()
            }
            "run_id" => {
                calls.extend([asking_agent(), run()]);
                "<started>".to_owned()
            }
            "phone_number" => {
                let body = json!({"phone_number": "+1415556<run>"});
                calls.push(saving(
                    call("createPhoneNumber", &[], Some(body)),
                    "number",
                    "/phone_number",
                ));
                "<number>".to_owned()
            }
            "subscription_id" => {
                let make = call("createEventSubscription", &[], Some(subscription()));
                calls.push(saving(make, "subscription", "/id"));
                "<subscription>".to_owned()
            }
            // Only a workflow that runs makes calls: one that was met has to do.
            other => known.offered(other, "").first()?.value.clone(),
        };
        names.insert(name.to_owned(), value);
    }
    Some((calls, names))
}
