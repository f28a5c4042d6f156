//! A session on a host with a real clock: time passes between ticks, and the world goes on in it.

#![allow(clippy::unwrap_used, clippy::panic)]

use leadline_engine::{Effect, Input, LeadBatch, Output};
use leadline_model::{Definition, Duration, Time, WorkflowAction, WorkflowId};
use leadline_sim::{Session, SessionConfig, SessionInput};

const START: Time = Time(1_772_442_000_000);

/// A session with an active workflow that calls three leads.
fn session(world: bool) -> (Session, WorkflowId) {
    let mut session = Session::new(SessionConfig {
        organization_id: "org_x".into(),
        now: START,
        key: 7,
        tick_ms: None,
    });
    session
        .apply(&SessionInput::AnsweredBy {
            world,
            webhooks: false,
        })
        .unwrap();
    let mut apply = |input| session.apply(&SessionInput::Apply { input }).unwrap();
    let Output::Agent(agent) = apply(Input::PutAgent {
        id: None,
        name: "a".into(),
        prompt: String::new(),
        workflow: None,
        active: true,
    }) else {
        panic!("no agent");
    };
    apply(Input::PutPhoneNumber {
        phone_number: "+14155550100".into(),
        label: String::new(),
        active: true,
    });
    let definition: Definition = serde_json::from_value(serde_json::json!({
        "title": "Call",
        "nodes": [
            {"id": "c", "node_type": "VOICE_CALL", "config": {"agent_id": agent, "from_phone_number": "+14155550100"}},
            {"id": "d", "node_type": "CONVERTED", "config": {}}],
        "edges": [{"id": "e", "from_node_id": "c", "to_node_id": "d"}]
    }))
    .unwrap();
    let Output::Workflow(workflow_id) = apply(Input::CreateWorkflow { definition }) else {
        panic!("no workflow");
    };
    let rows = (1..=3)
        .map(|n| (format!("+1415555020{n}"), Vec::new()))
        .collect();
    let leads = LeadBatch {
        keys: Vec::new(),
        rows,
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
    (session, workflow_id)
}

fn tick(session: &mut Session) {
    session
        .apply(&SessionInput::Apply { input: Input::Tick })
        .unwrap();
}

#[test]
fn passing_does_not_depend_on_how_far_each_step_goes() {
    let mut digests = Vec::new();
    for steps in [1, 7, 3_600] {
        let (mut session, workflow) = session(true);
        tick(&mut session);
        for step in 1..=steps {
            session
                .pass(START.plus(Duration(3_600_000 * step / steps)))
                .unwrap();
        }
        let counts = session.engine().workflow(&workflow).unwrap().lead_counts;
        assert_eq!(counts.active, 3, "nobody moves without a tick");
        assert_eq!(session.engine().live_calls(), 0, "calls end all the same");
        tick(&mut session);
        assert_eq!(
            session
                .engine()
                .workflow(&workflow)
                .unwrap()
                .lead_counts
                .completed,
            3
        );
        digests.push(session.digest());
    }
    assert!(
        digests.windows(2).all(|pair| pair[0] == pair[1]),
        "{digests:?}"
    );
    let (mut session, _) = session(true);
    assert!(session.pass(Time(START.0 - 1)).is_err());
    assert!(session.pass(Time::MAX).is_err());
    assert_eq!(session.now(), START);
}

#[test]
fn effects_are_the_hosts_when_it_answers() {
    let (mut session, _) = session(false);
    tick(&mut session);
    let effects = session.take_effects();
    let calls = effects
        .iter()
        .filter(|effect| matches!(effect, Effect::PlaceCall { .. }));
    assert_eq!(calls.count(), 3);
    assert_eq!(session.take_effects(), []);
    session.pass(START.plus(Duration::hours(1))).unwrap();
    assert_eq!(session.engine().live_calls(), 3, "nobody answered them");
    let restored = Session::restore(&session.snapshot()).unwrap();
    assert!(restored.is_answered_outside());
}
