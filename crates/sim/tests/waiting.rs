//! What leads wait for while a workflow is paused or edited, and what is said of how they were decided
//! (SPEC 2, 3, 5).

#![allow(clippy::unwrap_used, clippy::panic)]

use leadline_engine::{Effect, Input, LeadBatch, LeadRef, Output, RunFilter};
use leadline_model::view::LeadHistory;
use leadline_model::{CallStatus, Duration, RunStatus, Time, Value, WorkflowAction, WorkflowId};
use leadline_sim::{Session, SessionConfig, SessionInput};
use serde_json::json;

const START: Time = Time(1_772_442_000_000);

/// A workflow with one lead that stands on its first node.
struct One {
    session: Session,
    workflow: WorkflowId,
}

impl One {
    fn new(settings: serde_json::Value, first: serde_json::Value, label: &str, score: i64) -> One {
        let mut session = Session::new(SessionConfig {
            organization_id: "org_x".into(),
            now: START,
            key: 7,
            tick_ms: None,
        });
        let outside = SessionInput::AnsweredBy {
            world: false,
            webhooks: false,
        };
        session.apply(&outside).unwrap();
        let mut put = |input: serde_json::Value| {
            let input = serde_json::from_value(input).unwrap();
            session.apply(&SessionInput::Apply { input }).unwrap()
        };
        let asks = json!({"steps": [{"name": "ask", "type": "approval", "message": "Go?", "timeout_seconds": 3600}]});
        let Output::Agent(agent) = put(json!({"input": "put_agent", "name": "anna", "prompt": "",
            "workflow": asks, "active": true}))
        else {
            panic!("no agent");
        };
        put(
            json!({"input": "put_phone_number", "phone_number": "+14155550100", "label": "", "active": true}),
        );
        let mut first = first;
        first["id"] = "a".into();
        first["is_entry"] = true.into();
        if first["node_type"] == "VOICE_CALL" {
            first["config"] = json!({"agent_id": agent, "from_phone_number": "+14155550100"});
        }
        let definition = json!({"title": "One", "settings": settings,
            "nodes": [first, {"id": "yes", "node_type": "CONVERTED", "config": {}},
                {"id": "no", "node_type": "DROPPED", "config": {}}],
            "edges": [{"id": "e", "from_node_id": "a", "to_node_id": "yes", "label": (!label.is_empty()).then_some(label)},
                {"id": "f", "from_node_id": "a", "to_node_id": "no"}]});
        let Output::Workflow(workflow) =
            put(json!({"input": "create_workflow", "definition": definition}))
        else {
            panic!("no workflow");
        };
        let mut one = One { session, workflow };
        one.put(Input::Enrol {
            workflow_id: one.workflow.clone(),
            leads: LeadBatch {
                keys: vec!["score".into()],
                rows: vec![("+14155550001".into(), vec![Value::from(score)])],
            },
        });
        one.act(WorkflowAction::Activate);
        one.advance(Duration::ZERO);
        one
    }

    fn put(&mut self, input: Input) -> Output {
        let put = self.session.apply(&SessionInput::Apply { input }).unwrap();
        self.session.engine().check_invariants().unwrap();
        put
    }

    fn act(&mut self, action: WorkflowAction) {
        self.put(Input::Act {
            workflow_id: self.workflow.clone(),
            action,
        });
    }

    fn advance(&mut self, by: Duration) {
        let to = self.session.now().plus(by);
        self.session.apply(&SessionInput::Advance { to }).unwrap();
        let restored = Session::restore(&self.session.snapshot()).unwrap();
        assert_eq!(restored.digest(), self.session.digest());
    }

    fn lead(&self) -> LeadHistory {
        let engine = self.session.engine();
        let lead = engine.lead_id(LeadRef { flow: 0, lead: 0 });
        engine.lead_history(&self.workflow, &lead).unwrap()
    }

    fn edit(&mut self, config: serde_json::Value, node_type: &str, apply: bool) -> u64 {
        let node = json!({"id": "a", "node_type": node_type, "label": "", "position_x": 0, "position_y": 0,
            "is_entry": true, "config": config});
        let edited = self.put(Input::Edit {
            apply_to_waiting: apply,
            workflow_id: self.workflow.clone(),
            changes: serde_json::from_value(json!([{"change": "put_node", "node": node}])).unwrap(),
        });
        match edited {
            Output::Edited { waiting, .. } => waiting,
            other => panic!("{other:?}"),
        }
    }

    fn dialled(&mut self) -> Option<leadline_engine::CallRef> {
        let mut effects = self.session.take_effects().into_iter();
        effects.find_map(|effect| match effect {
            Effect::PlaceCall { call, .. } => Some(call),
            _ => None,
        })
    }
}

const HOUR: i64 = 60;

fn minutes(n: i64) -> Duration {
    Duration::minutes(n)
}

/// Pauses after ten minutes, for five hours.
fn pause(one: &mut One) {
    one.advance(minutes(10));
    one.act(WorkflowAction::Pause);
    one.advance(minutes(5 * HOUR));
}

#[test]
fn a_pause_that_freezes_freezes_a_delay() {
    for (settings, left) in [(json!({"delay_on_pause": "freeze"}), 50), (json!({}), 0)] {
        let delay =
            json!({"node_type": "TIME", "config": {"delay": {"value": 1, "unit": "hours"}}});
        let mut one = One::new(settings, delay, "", 0);
        pause(&mut one);
        let lead = one.lead();
        let release = lead.execution.unwrap().release_at;
        assert_eq!(
            release.is_none(),
            left > 0,
            "an instant that is past is no plan"
        );
        assert_eq!(
            lead.why.message.contains("50 minutes of its wait are left"),
            left > 0
        );
        one.act(WorkflowAction::Resume);
        if left > 0 {
            one.advance(Duration(minutes(left).0 - 1));
            assert_eq!(one.lead().lead.status.as_str(), "active");
        }
        one.advance(Duration(1));
        assert_eq!(one.lead().lead.status.as_str(), "completed");
    }
}

#[test]
fn a_pause_that_freezes_freezes_the_wait_before_another_attempt() {
    for (freeze, left) in [("freeze", 50), ("elapse", 0)] {
        let settings = json!({"delay_on_pause": freeze,
            "retry": {"max_retries": 1, "wait_minutes": 60, "retry_on": ["busy"], "expires_after_minutes": 90}});
        let mut one = One::new(settings, json!({"node_type": "VOICE_CALL"}), "COMPLETED", 0);
        let call = one.dialled().unwrap();
        let call_id = one.session.engine().call_id(call);
        let report = leadline_engine::CallReport::of(CallStatus::Busy);
        one.put(Input::ReportCall { call_id, report });
        pause(&mut one);
        one.act(WorkflowAction::Resume);
        if left == 0 {
            // Its expiry has passed meanwhile.
            one.advance(Duration::ZERO);
            let status = one.session.engine().call_log(call).status;
            assert_eq!(status, CallStatus::RetryExpired);
            continue;
        }
        one.advance(Duration(minutes(left).0 - 1));
        assert_eq!(one.dialled(), None);
        one.advance(Duration(1));
        assert_eq!(one.dialled(), Some(call));
    }
}

#[test]
fn a_pause_that_freezes_freezes_the_time_of_a_person() {
    let start = json!({"node_type": "APPLICATION",
        "config": {"action": "agent_workflow", "agent_name": "anna", "task": "t"}});
    for freeze in [true, false] {
        let how = if freeze { "freeze" } else { "elapse" };
        let mut one = One::new(json!({"delay_on_pause": how}), start.clone(), "SUCCESS", 0);
        pause(&mut one);
        let status = |one: &One| {
            let (runs, _) = one.session.engine().runs(&RunFilter::default(), 9).unwrap();
            runs[0].answer.output.status
        };
        let expected = if freeze {
            RunStatus::Paused
        } else {
            RunStatus::Failed
        };
        assert_eq!(status(&one), expected);
        if !freeze {
            continue;
        }
        assert!(
            one.lead().why.message.contains("stands still"),
            "{:?}",
            one.lead().why
        );
        one.act(WorkflowAction::Resume);
        one.advance(Duration(minutes(50).0 - 1));
        assert_eq!(status(&one), RunStatus::Paused);
        one.advance(Duration(1));
        assert_eq!(status(&one), RunStatus::Failed);
    }
}

#[test]
fn a_changed_delay_is_applied_to_who_waits_if_that_is_asked_for() {
    let hours = |n: i64| json!({"delay": {"value": n, "unit": "hours"}});
    for (to, apply, released) in [
        (3, true, 3 * HOUR),
        (3, false, 2 * HOUR),
        (1, true, 90),
        (1, false, 2 * HOUR),
    ] {
        let delay = json!({"node_type": "TIME", "config": hours(2)});
        let mut one = One::new(json!({}), delay, "", 0);
        one.advance(minutes(90));
        assert_eq!(
            one.edit(hours(to), "TIME", apply),
            1,
            "one lead waits there"
        );
        let release = one.lead().execution.unwrap().release_at.unwrap();
        assert_eq!(release, START.plus(minutes(released)), "{to} {apply}");
        one.advance(Duration(release.since(one.session.now()).0));
        one.advance(Duration(1));
        assert_eq!(one.lead().lead.status.as_str(), "completed");
    }
}

#[test]
fn a_decision_says_what_it_compared_for_as_long_as_that_is_known() {
    let branches = json!({"branches": [{"label": "hi", "all": [
        {"field": "lead.score", "operator": "greater_than", "value": 40}]}], "otherwise": "lo"});
    let node = json!({"node_type": "CONDITIONAL", "config": branches});
    for (score, reason) in [
        (42, "the branch “hi” held (lead.score: 42)"),
        (
            7,
            "no branch held, so it took “lo”; no edge is labelled so, so the unlabelled edge was taken (lead.score: 7)",
        ),
    ] {
        let mut one = One::new(json!({}), node.clone(), "hi", score);
        assert_eq!(one.lead().history[0].reason, reason);
        // What was changed since is not passed off as what was compared.
        let engine = one.session.engine();
        let lead_id = engine.lead_id(LeadRef { flow: 0, lead: 0 });
        one.put(Input::ChangeLead {
            workflow_id: one.workflow.clone(),
            lead_id,
            variables: [("score".to_owned(), Value::from(99))].into(),
        });
        let told = one.lead().history[0].reason.clone();
        assert!(!told.contains("lead.score"), "{told}");
    }
}

#[test]
fn an_edit_of_a_running_workflow_is_part_of_its_history() {
    let delay = json!({"node_type": "TIME", "config": {"delay": {"value": 1, "unit": "days"}}});
    let mut one = One::new(json!({}), delay, "", 0);
    one.edit(
        json!({"delay": {"value": 2, "unit": "days"}}),
        "TIME",
        false,
    );
    let events = one.session.engine().events(&one.workflow, None, 9).unwrap();
    let edited = events.iter().find(|event| event.kind == "workflow_edited");
    assert_eq!(
        edited.unwrap().message,
        "Somebody edited the workflow: 1 node put."
    );
}
