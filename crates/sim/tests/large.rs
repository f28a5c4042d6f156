//! Very many leads at once: the work of one tick stays bounded, and so do the calls.

#![allow(clippy::unwrap_used, clippy::panic)]

use leadline_engine::{Engine, EngineConfig, Input, LeadBatch, MAX_MOVES, Output};
use leadline_model::{Account, Definition, Time, WorkflowAction, WorkflowId};

const START: Time = Time(1_750_000_000_000);
const LEADS: u32 = 300_000;
const LINES: u32 = 2_000;

/// An engine with one active workflow of a single node before its end.
fn engine(node_type: &str, config: &str) -> (Engine, WorkflowId) {
    let (organization_id, now) = ("org".into(), START);
    let mut engine = Engine::new(EngineConfig {
        organization_id,
        now,
        key: 1,
    });
    let mut apply = |input: Input| engine.apply(START, &input, &mut Vec::new()).unwrap();
    let (name, prompt) = ("agent".into(), String::new());
    let agent = match apply(Input::PutAgent {
        id: None,
        name,
        prompt,
        workflow: None,
        active: true,
    }) {
        Output::Agent(agent) => agent,
        other => panic!("{other:?}"),
    };
    let (phone_number, label) = ("+14155550100".into(), String::new());
    apply(Input::PutPhoneNumber {
        phone_number,
        label,
        active: true,
    });
    let account = Account {
        max_concurrent_calls: LINES,
        ..Account::default()
    };
    apply(Input::PutAccount { account });
    let definition: Definition = serde_json::from_str(
        &format!(
            r#"{{"title": "Large", "nodes": [
            {{"id": "first", "node_type": "{node_type}", "config": {config}}},
            {{"id": "end", "node_type": "DROPPED", "config": {{}}}}],
          "edges": [{{"id": "edge", "from_node_id": "first", "to_node_id": "end"}}]}}"#
        )
        .replace("AGENT", agent.as_str()),
    )
    .unwrap();
    let workflow_id = match apply(Input::CreateWorkflow { definition }) {
        Output::Workflow(id) => id,
        other => panic!("{other:?}"),
    };
    let rows =
        (0..LEADS).map(|lead| (format!("+1{:010}", 2_000_000_000 + u64::from(lead)), vec![]));
    let leads = LeadBatch {
        keys: vec![],
        rows: rows.collect(),
    };
    apply(Input::Enrol {
        workflow_id: workflow_id.clone(),
        leads,
    });
    let action = WorkflowAction::Activate;
    apply(Input::Act {
        workflow_id: workflow_id.clone(),
        action,
    });
    (engine, workflow_id)
}

/// Ticks at one instant until nothing is due; returns how many leads entered a node in each tick.
fn ticks(engine: &mut Engine, id: &WorkflowId, now: Time) -> Vec<u64> {
    let entered = |engine: &Engine| -> u64 {
        engine
            .node_counts(id)
            .unwrap()
            .iter()
            .map(|node| node.entered)
            .sum()
    };
    let mut moves = Vec::new();
    let mut before = entered(engine);
    while engine.next_due() == Some(now) || (engine.now() < now && moves.is_empty()) {
        engine.tick(now, &mut Vec::new()).unwrap();
        let after = entered(engine);
        moves.push(after - before);
        before = after;
        assert!(engine.live_calls() <= u64::from(LINES));
        assert!(moves.len() < 10, "{moves:?}");
    }
    moves
}

#[test]
fn a_start_is_spread_over_ticks() {
    let voice = r#"{"agent_id": "AGENT", "from_phone_number": "+14155550100"}"#;
    let delay = r#"{"delay": {"value": 1, "unit": "hours"}}"#;
    let set = r#"{"action": "set_variables", "variables": {"a": 1}}"#;
    for (node_type, config, live) in [
        ("VOICE_CALL", voice, LINES),
        ("TIME", delay, 0),
        ("APPLICATION", set, 0),
    ] {
        let (mut engine, id) = engine(node_type, config);
        let moves = ticks(&mut engine, &id, START);
        assert!(
            moves.iter().all(|moved| *moved <= 2 * u64::from(MAX_MOVES)),
            "{moves:?}"
        );
        assert!(moves.len() > 1, "{node_type} took one tick: {moves:?}");
        assert_eq!(engine.live_calls(), u64::from(live), "{node_type}");
        let counts = engine.workflow(&id).unwrap().lead_counts;
        assert_eq!((counts.pending, counts.total()), (0, u64::from(LEADS)));
        engine.check_invariants().unwrap();
    }
}

#[test]
fn delays_that_end_together_are_spread_over_ticks() {
    let (mut engine, id) = engine("TIME", r#"{"delay": {"value": 1, "unit": "hours"}}"#);
    ticks(&mut engine, &id, START);
    let moves = ticks(&mut engine, &id, Time(START.0 + 3_600_000));
    assert_eq!(moves.iter().sum::<u64>(), u64::from(LEADS));
    assert!(
        moves.len() > 1 && moves.iter().all(|moved| *moved <= u64::from(MAX_MOVES)),
        "{moves:?}"
    );
    assert_eq!(
        engine.workflow(&id).unwrap().lead_counts.dropped,
        u64::from(LEADS)
    );
}

#[test]
fn moving_everybody_at_once_takes_no_ages() {
    let voice = r#"{"agent_id": "AGENT", "from_phone_number": "+14155550100"}"#;
    let (mut engine, workflow_id) = engine("VOICE_CALL", voice);
    ticks(&mut engine, &workflow_id, START);
    let mut apply = |input: Input| engine.apply(START, &input, &mut Vec::new());
    apply(Input::Act {
        workflow_id: workflow_id.clone(),
        action: WorkflowAction::Pause,
    })
    .unwrap();
    let (node_id, to_node_id) = ("first", "end");
    let ids = [node_id, to_node_id].map(|id| leadline_model::NodeId::parse(id).unwrap());
    let [node_id, to_node_id] = ids;
    apply(Input::DeleteNodeMovingLeads {
        workflow_id: workflow_id.clone(),
        node_id,
        to_node_id,
    })
    .unwrap();
    let here = engine.node_counts(&workflow_id).unwrap()[0].here;
    assert_eq!(here, u64::from(LEADS));
    engine.check_invariants().unwrap();
}
