//! Pages of call logs against a plain list of all calls.

#![allow(clippy::unwrap_used, clippy::panic)]

use leadline_engine::{CallFilter, CallRef, Input, LeadBatch, LeadRef, Output};
use leadline_model::view::CallLog;
use leadline_model::{CallStatus, Definition, Duration, Time, WorkflowAction, WorkflowId};
use leadline_sim::{Session, SessionConfig, SessionInput};

/// A session in which three workflows have called, some at the same instants; the last one is deleted.
fn called() -> (Session, Vec<WorkflowId>) {
    let mut session = Session::new(SessionConfig {
        organization_id: "org_x".into(),
        now: Time(1_772_442_000_000),
        key: 7,
        tick_ms: None,
    });
    let put = |session: &mut Session, input| {
        let input = SessionInput::Apply { input };
        session.apply(&input).unwrap()
    };
    let agent = r#"{"input": "put_agent", "id": null, "name": "a", "prompt": "", "active": true}"#;
    let Output::Agent(agent) = put(&mut session, serde_json::from_str(agent).unwrap()) else {
        panic!("no agent");
    };
    let number = r#"{"input": "put_phone_number", "phone_number": "+14155550100", "label": "", "active": true}"#;
    put(&mut session, serde_json::from_str(number).unwrap());
    let definition: Definition = serde_json::from_value(serde_json::json!({
        "title": "Call",
        "nodes": [
            {"id": "c", "is_entry": true, "node_type": "VOICE_CALL", "config": {"agent_id": agent, "from_phone_number": "+14155550100"}},
            {"id": "t", "node_type": "TIME", "config": {"delay": {"value": 1, "unit": "hours"}}},
            {"id": "d", "node_type": "CONVERTED", "config": {}}],
        "edges": [{"id": "1", "from_node_id": "c", "to_node_id": "d", "label": "COMPLETED"},
            {"id": "2", "from_node_id": "c", "to_node_id": "t"}, {"id": "3", "from_node_id": "t", "to_node_id": "c"}]
    }))
    .unwrap();
    let mut ids = Vec::new();
    for workflow in 0..3 {
        let definition = definition.clone();
        let made = put(&mut session, Input::CreateWorkflow { definition });
        let Output::Workflow(workflow_id) = made else {
            panic!("no workflow");
        };
        let rows = (0..20).map(|n| (format!("+1415556{workflow}{n:03}"), Vec::new()));
        let leads = LeadBatch {
            keys: Vec::new(),
            rows: rows.collect(),
        };
        let id = workflow_id.clone();
        put(&mut session, Input::Enrol { workflow_id, leads });
        let (workflow_id, action) = (id.clone(), WorkflowAction::Activate);
        put(
            &mut session,
            Input::Act {
                workflow_id,
                action,
            },
        );
        ids.push(id);
    }
    let to = session.now().plus(Duration::minutes(100));
    session.advance(to, u64::MAX).unwrap();
    let (workflow_id, action) = (ids[2].clone(), WorkflowAction::Cancel);
    put(
        &mut session,
        Input::Act {
            workflow_id,
            action,
        },
    );
    let workflow_id = ids[2].clone();
    put(&mut session, Input::DeleteWorkflow { workflow_id });
    (session, ids)
}

#[test]
fn every_page_of_every_filter_is_that_of_the_plain_list() {
    let (session, ids) = called();
    let engine = session.engine();
    let mut all: Vec<(Time, CallRef, CallLog)> = Vec::new();
    for (flow, lead) in (0..3).flat_map(|flow| (0..20).map(move |lead| (flow, lead))) {
        for call in engine.calls_of_lead(LeadRef { flow, lead }) {
            let log = engine.call_log(call);
            all.push((log.created_at, call, log));
        }
    }
    all.sort_by_key(|(at, call, _)| std::cmp::Reverse((*at, *call)));
    let logs: Vec<CallLog> = all.into_iter().map(|(_, _, log)| log).collect();
    let instants: std::collections::BTreeSet<Time> =
        logs.iter().map(|log| log.created_at).collect();
    assert!(
        logs.len() > 50 && instants.len() < logs.len(),
        "{} calls at {}",
        logs.len(),
        instants.len()
    );
    let mut filters = vec![CallFilter::default()];
    for status in [CallStatus::Completed, CallStatus::Busy, CallStatus::Created] {
        let status = Some(status);
        filters.push(CallFilter {
            status,
            ..CallFilter::default()
        });
    }
    for id in ids {
        filters.push(CallFilter {
            workflow_id: Some(id),
            ..CallFilter::default()
        });
    }
    // The leads of a workflow that is deleted are gone with it; its call logs are not.
    let (first, status) = (logs.last().unwrap(), Some(logs.last().unwrap().status));
    let lead_id = Some(first.lead_id.clone());
    filters.push(CallFilter {
        lead_id: lead_id.clone(),
        ..CallFilter::default()
    });
    filters.push(CallFilter {
        lead_id: lead_id.clone(),
        status,
        workflow_id: Some(first.workflow_id.clone()),
    });
    let other = logs
        .iter()
        .find(|log| log.workflow_id != first.workflow_id)
        .unwrap();
    filters.push(CallFilter {
        lead_id,
        workflow_id: Some(other.workflow_id.clone()),
        status: None,
    });
    for filter in filters {
        let fits = |log: &&CallLog| {
            filter
                .workflow_id
                .as_ref()
                .is_none_or(|id| *id == log.workflow_id)
                && filter.lead_id.as_ref().is_none_or(|id| *id == log.lead_id)
                && filter.status.is_none_or(|status| status == log.status)
        };
        let expected: Vec<&CallLog> = logs.iter().filter(fits).collect();
        for limit in [1, 7, 100] {
            let pages = (expected.len() as u64).div_ceil(limit) + 1;
            for page in 1..=pages {
                let found = engine.calls(&filter, page, limit).unwrap();
                assert_eq!(found.meta.total, expected.len() as u64, "{filter:?}");
                let skip = ((page - 1) * limit) as usize;
                let part = expected.iter().skip(skip).take(limit as usize).copied();
                assert!(
                    found.data.iter().eq(part),
                    "{filter:?}, page {page} of {limit}"
                );
            }
        }
    }
}
