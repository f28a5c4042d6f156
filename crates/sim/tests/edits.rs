//! Edits are made in place and compile anew only what they must: the state after one is, to the byte,
//! what the whole graph put in its place would make of it, and after a refused one what it was.

#![allow(clippy::unwrap_used, clippy::panic)]

use leadline_engine::{Input, LeadBatch, Output};
use leadline_model::{Change, Definition, Time, WorkflowId};
use leadline_sim::{Session, SessionConfig, SessionInput};
use serde_json::{Value, json};

/// Three leads in a graph: two wait at `a`, the third would be the next.
fn session() -> (Session, WorkflowId) {
    let mut session = Session::new(SessionConfig {
        organization_id: "org_x".into(),
        now: Time(1_772_442_000_000),
        key: 7,
        tick_ms: None,
    });
    let definition = serde_json::from_value(json!({
        "title": "Waits",
        "nodes": [
            delay("a", json!({"is_entry": true})),
            delay("b", json!({})),
            delay("c", json!({})),
            {"id": "end", "node_type": "CONVERTED", "config": {}},
        ],
        "edges": [
            {"id": "e1", "from_node_id": "a", "to_node_id": "b"},
            {"id": "e2", "from_node_id": "b", "to_node_id": "end"},
            {"id": "e3", "from_node_id": "c", "to_node_id": "end"},
        ],
    }));
    let create = Input::CreateWorkflow {
        definition: definition.unwrap(),
    };
    let Output::Workflow(workflow_id) = apply(&mut session, create) else {
        panic!("no workflow");
    };
    let rows = (1..=3).map(|n| (format!("+1415555020{n}"), Vec::new()));
    let leads = LeadBatch {
        keys: Vec::new(),
        rows: rows.collect(),
    };
    let enrol = Input::Enrol {
        workflow_id: workflow_id.clone(),
        leads,
    };
    apply(&mut session, enrol);
    let activate = Input::Act {
        workflow_id: workflow_id.clone(),
        action: leadline_model::WorkflowAction::Activate,
    };
    apply(&mut session, activate);
    session
        .apply(&SessionInput::Advance {
            to: Time(1_772_442_060_000),
        })
        .unwrap();
    (session, workflow_id)
}

fn delay(id: &str, more: Value) -> Value {
    let mut node = json!({"id": id, "node_type": "TIME", "label": id,
        "config": {"delay": {"value": 1, "unit": "hours"}}});
    let fields = more.as_object().unwrap().clone();
    node.as_object_mut().unwrap().extend(fields);
    node
}

fn put(node: Value) -> Value {
    json!({"change": "put_node", "node": node})
}

fn apply(session: &mut Session, input: Input) -> Output {
    session.apply(&SessionInput::Apply { input }).unwrap()
}

fn graph(session: &Session, id: &WorkflowId) -> Definition {
    session.engine().definition(id).unwrap().0.clone()
}

#[test]
fn an_edit_in_place_is_the_whole_graph_put_in_place() {
    for changes in [
        json!([put(delay("b", json!({"position_x": 40})))]),
        json!([{"change": "set_title", "title": "New"}, {"change": "set_description", "description": "Why"}]),
        json!([put(delay("b", json!({"label": "renamed"})))]),
        json!([put(delay(
            "c",
            json!({"config": {"delay": {"value": 2, "unit": "days"}}})
        ))]),
        json!([put(delay("d", json!({}))),
            {"change": "put_edge", "edge": {"id": "e4", "from_node_id": "d", "to_node_id": "end"}}]),
        json!([{"change": "delete_edge", "id": "e3"}, {"change": "delete_node", "id": "c"}]),
        json!([{"change": "set_settings", "settings": {"retry": null}}]),
    ] {
        let changes: Vec<Change> = serde_json::from_value(changes).unwrap();
        let (mut edited, id) = session();
        let edit = Input::Edit {
            apply_to_waiting: false,
            workflow_id: id.clone(),
            changes: changes.clone(),
        };
        apply(&mut edited, edit);
        let (mut replaced, _) = session();
        let mut definition = graph(&replaced, &id);
        definition.apply(&changes).unwrap();
        let replace = Input::ReplaceDefinition {
            workflow_id: id.clone(),
            definition: definition.clone(),
        };
        apply(&mut replaced, replace);
        assert_eq!(graph(&edited, &id), definition);
        assert!(edited.snapshot() == replaced.snapshot(), "{changes:?}");
        edited.engine().check_invariants().unwrap();
    }
}

#[test]
fn a_refused_edit_leaves_everything_as_it_was() {
    let (mut session, id) = session();
    let before = session.snapshot();
    let cut = |edge: &str| json!({"change": "delete_edge", "id": edge});
    for changes in [
        // Leads wait there.
        json!([cut("e1"), {"change": "delete_node", "id": "a"}]),
        // An active workflow takes no graph that is invalid.
        json!([cut("e2")]),
        // Not well formed; what went before it is taken back in its place.
        json!([cut("e3"), {"change": "delete_node", "id": "c"}, {"change": "delete_node", "id": "b"}]),
        json!([put(
            json!({"id": "b", "node_type": "DROPPED", "config": {}})
        )]),
    ] {
        let edit = Input::Edit {
            apply_to_waiting: false,
            workflow_id: id.clone(),
            changes: serde_json::from_value(changes.clone()).unwrap(),
        };
        session
            .apply(&SessionInput::Apply { input: edit })
            .unwrap_err();
        assert!(session.snapshot() == before, "{changes}");
    }
}
