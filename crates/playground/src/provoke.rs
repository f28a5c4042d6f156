//! Requests that are refused: for each error an operation can give, what really brings it about.
//!
//! Nothing here is pretended: the requests are sent, the ones that prepare them too. What cannot be
//! brought about honestly from outside (a store that fails, too many requests) is not offered.

use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::document::{Operation, Place};
use crate::known::Known;
use crate::tour::{Call, Names};

/// How to get an error.
#[derive(Debug, Clone)]
pub struct Provocation {
    /// The error's status.
    pub status: u16,
    /// How it is brought about, in a sentence.
    pub says: String,
    /// What is sent; the last is refused.
    pub calls: Vec<Call>,
}

/// No counter comes to this.
const NOTHING: &str = "000000000000";
/// Larger bodies are not sent for show.
const MOST_SENT: usize = 64 << 20;

/// Every error that can be brought about at an operation.
pub fn all(operation: &Operation, known: &Known) -> Vec<Provocation> {
    let ways: [fn(&Operation, &Known) -> Option<Provocation>; 7] = [
        bad_request,
        no_key,
        not_there,
        conflict,
        gone,
        stale,
        too_large,
    ];
    ways.iter()
        .filter_map(|way| way(operation, known))
        .collect()
}

fn provocation(status: u16, says: impl Into<String>, calls: Vec<Call>) -> Option<Provocation> {
    let says = says.into();
    Some(Provocation {
        status,
        says,
        calls,
    })
}

fn call(operation: &str, values: &[(&str, &str)], body: Option<Value>) -> Call {
    let values = values
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Call {
        operation: operation.to_owned(),
        values: values.collect(),
        body: body.and_then(|body| RawValue::from_string(body.to_string()).ok()),
        ..Call::default()
    }
}

fn saving(mut call: Call, name: &str, pointer: &str) -> Call {
    call.save.insert(name.to_owned(), pointer.to_owned());
    call
}

/// The operation with its own example as body, and these parameters.
fn own(operation: &Operation, values: Names) -> Call {
    let body = operation.body.as_ref().map(|body| body.example.clone());
    Call {
        operation: operation.id.clone(),
        values,
        body: body.and_then(|body| RawValue::from_string(body).ok()),
        ..Call::default()
    }
}

/// Path parameters that lead nowhere.
fn nowhere(operation: &Operation) -> Names {
    let names = operation
        .at(Place::Path)
        .map(|parameter| parameter.name.as_str());
    names.map(|name| (name.to_owned(), nothing(name))).collect()
}

/// An id that nothing has.
fn nothing(parameter: &str) -> String {
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

fn workflow() -> Call {
    let body = json!({"title": "To be refused"});
    saving(call("createWorkflow", &[], Some(body)), "workflow", "/id")
}

/// With a secret of its own: not every host makes one.
fn subscription() -> Value {
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
fn prepared(operation: &Operation, known: &Known) -> Option<(Vec<Call>, Names)> {
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

fn bad_request(operation: &Operation, _: &Known) -> Option<Provocation> {
    if !operation.answers(400) {
        return None;
    }
    if operation.id == "activateWorkflow" {
        let activate = call("activateWorkflow", &[("workflow_id", "<workflow>")], None);
        return provocation(
            400,
            "A new workflow without nodes is activated.",
            vec![workflow(), activate],
        );
    }
    let mut values = nowhere(operation);
    if operation.body.is_some() {
        let text = Some("{\"title\": ".to_owned());
        let broken = Call {
            values,
            text,
            operation: operation.id.clone(),
            ..Call::default()
        };
        return provocation(400, "The body breaks off in the middle.", vec![broken]);
    }
    if operation
        .at(Place::Query)
        .any(|parameter| parameter.name == "limit")
    {
        values.insert("limit".to_owned(), "0".to_owned());
        return provocation(
            400,
            "A page of no items is asked for.",
            vec![own(operation, values)],
        );
    }
    values.insert("Idempotency-Key".to_owned(), "has blanks in it".to_owned());
    provocation(
        400,
        "The Idempotency-Key is none.",
        vec![own(operation, values)],
    )
}

fn no_key(operation: &Operation, _: &Known) -> Option<Provocation> {
    if !operation.needs_key {
        return None;
    }
    let own = own(operation, nowhere(operation));
    provocation(
        401,
        "The request carries no key.",
        vec![Call {
            without_key: true,
            ..own
        }],
    )
}

fn not_there(operation: &Operation, _: &Known) -> Option<Provocation> {
    if !operation.answers(404) {
        return None;
    }
    let mut values = nowhere(operation);
    if values.is_empty() {
        let filter = operation
            .at(Place::Query)
            .find(|parameter| parameter.name == "workflow_id")?;
        values.insert(filter.name.clone(), nothing("workflow_id"));
    }
    provocation(
        404,
        "The id in the request belongs to nothing.",
        vec![own(operation, values)],
    )
}

fn conflict(operation: &Operation, known: &Known) -> Option<Provocation> {
    if !operation.answers(409) {
        return None;
    }
    let at = [("workflow_id", "<workflow>")];
    let act = |id: &str| call(id, &at, None);
    let (says, calls) = match operation.id.as_str() {
        "pauseWorkflow" | "resumeWorkflow" | "completeWorkflow" | "draftWorkflow" => (
            "A draft is no workflow to do that with.",
            vec![workflow(), act(&operation.id)],
        ),
        "cancelWorkflow" => (
            "It is cancelled twice.",
            vec![workflow(), act("cancelWorkflow"), act("cancelWorkflow")],
        ),
        "activateWorkflow" => (
            "A cancelled workflow is activated.",
            vec![workflow(), act("cancelWorkflow"), act("activateWorkflow")],
        ),
        "updateWorkflow" => (
            "The body holds a status, which only the actions change.",
            vec![
                workflow(),
                call("updateWorkflow", &at, Some(json!({"status": "paused"}))),
            ],
        ),
        "enrolLeads" => {
            let body = json!({"phone_number": "+14155550101"});
            (
                "Leads are enrolled in a cancelled workflow.",
                vec![
                    workflow(),
                    act("cancelWorkflow"),
                    call("enrolLeads", &at, Some(body)),
                ],
            )
        }
        "createAgent" | "createPhoneNumber" => {
            let body = match operation.id.as_str() {
                "createAgent" => json!({"name": "made-twice-<run>"}),
                _ => json!({"phone_number": "+1415557<run>"}),
            };
            let make = call(&operation.id, &[], Some(body));
            ("It is made twice.", vec![make.clone(), make])
        }
        "startRun" => {
            let body = json!({"name": "only-talks-<run>"});
            let agent = saving(call("createAgent", &[], Some(body)), "talks", "/name");
            let values = [("agent_name".to_owned(), "<talks>".to_owned())];
            (
                "The agent has no steps to run.",
                vec![agent, own(operation, values.into())],
            )
        }
        "resumeRun" | "cancelRun" => {
            let (mut calls, values) = prepared(operation, known)?;
            let own = own(operation, values);
            calls.extend([own.clone(), own]);
            ("It is done twice; the first one wins.", calls)
        }
        "createEdge" => {
            let (mut calls, _) = prepared(operation, known)?;
            let node = |name: &str, kind: &str| {
                let body = json!({"node_type": kind});
                saving(call("createNode", &at, Some(body)), name, "/id")
            };
            let body = json!({"from_node_id": "<from>", "to_node_id": "<node>"});
            let edge = call("createEdge", &at, Some(body));
            calls.extend([
                node("from", "TIME"),
                node("node", "DROPPED"),
                edge.clone(),
                edge,
            ]);
            ("The same edge is drawn twice.", calls)
        }
        _ => {
            let (mut calls, mut values) = prepared(operation, known)?;
            let mut first = workflow();
            first.save.clear();
            for values in [&mut first.values, &mut values] {
                values.insert("Idempotency-Key".to_owned(), "used-before-<run>".to_owned());
            }
            let mut last = own(operation, values);
            if operation.id == "createEventSubscription" {
                last.body = RawValue::from_string(subscription().to_string()).ok();
            }
            calls.extend([first, last]);
            ("Its Idempotency-Key belonged to another request.", calls)
        }
    };
    provocation(409, says, calls)
}

fn gone(operation: &Operation, _: &Known) -> Option<Provocation> {
    if !operation.answers(410) {
        return None;
    }
    let values = [("after".to_owned(), "0".to_owned())].into();
    let says = "Changes since before the first are asked for.";
    provocation(410, says, vec![own(operation, values)])
}

fn stale(operation: &Operation, known: &Known) -> Option<Provocation> {
    if !operation.answers(412) {
        return None;
    }
    let (mut calls, mut values) = prepared(operation, known)?;
    values.insert("If-Match".to_owned(), "\"read-long-ago\"".to_owned());
    calls.push(own(operation, values));
    provocation(
        412,
        "If-Match holds an ETag that is not the present one.",
        calls,
    )
}

fn too_large(operation: &Operation, _: &Known) -> Option<Provocation> {
    let most = operation.body.as_ref()?.most_bytes?;
    if most > MOST_SENT || !operation.answers(413) {
        return None;
    }
    let values = nowhere(operation);
    let large = Call {
        values,
        blanks: Some(most + 1),
        operation: operation.id.clone(),
        ..Call::default()
    };
    let says = format!(
        "The body has {} bytes, one more than is accepted.",
        most + 1
    );
    provocation(413, says, vec![large])
}
