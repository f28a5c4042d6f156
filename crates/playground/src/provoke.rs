//! Requests that are refused: for each error an operation can give, what really brings it about.
//!
//! Nothing here is pretended: the requests are sent, the ones that prepare them too. What cannot be
//! brought about honestly from outside (a store that fails, too many requests) is not offered.

use serde_json::json;
use serde_json::value::RawValue;

use crate::document::{Operation, Place};
use crate::known::Known;
use crate::stage::{call, nothing, nowhere, own, prepared, saving, subscription, workflow};
use crate::tour::{Call, one};

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
            let values = one("agent_name", "<talks>");
            (
                "The agent has no steps to run.",
                vec![agent, own(operation, values)],
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
    let values = one("after", "0");
    let says = "Changes since before the first are asked for.";
    provocation(410, says, vec![own(operation, values)])
}

fn stale(operation: &Operation, known: &Known) -> Option<Provocation> {
    if !operation.answers(412) {
        return None;
    }
    let mut headers = operation.at(Place::Header);
    if !headers.any(|parameter| parameter.name == "If-Match") {
        let mut values = nowhere(operation);
        values.insert("Leadline-Epoch".to_owned(), "read-long-ago".to_owned());
        return provocation(
            412,
            "Leadline-Epoch names a life of the data that is not the present one.",
            vec![own(operation, values)],
        );
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
