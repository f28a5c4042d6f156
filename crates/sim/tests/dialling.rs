//! Who is dialled when, and what keeps somebody from being dialled (SPEC 4): none of it is an outcome.

#![allow(clippy::unwrap_used, clippy::panic)]

use leadline_engine::{CallReport, Effect, EngineError, Input, LeadBatch, LeadRef, Output};
use leadline_model::view::WhyCode;
use leadline_model::{
    AnsweredBy, CallStatus, Definition, Duration, LeadId, Time, Value, Variables, WorkflowAction,
    WorkflowId,
};
use leadline_sim::{Outage, Session, SessionConfig, SessionInput};
use serde_json::json;

const START: Time = Time(1_772_442_000_000);
const NUMBER: &str = "+14155550100";

/// A workflow of one call, and leads on their way to it.
struct Calls {
    session: Session,
    workflow: WorkflowId,
    agent: leadline_model::AgentId,
}

impl Calls {
    fn new(leads: usize, settings: serde_json::Value, world: bool) -> Calls {
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
        let agent = json!({"input": "put_agent", "name": "anna", "prompt": "", "active": true});
        let Output::Agent(agent) = apply(serde_json::from_value(agent).unwrap()) else {
            panic!("no agent");
        };
        apply(Input::PutPhoneNumber {
            phone_number: NUMBER.into(),
            label: String::new(),
            active: true,
        });
        let definition: Definition = serde_json::from_value(json!({
            "title": "Call",
            "settings": settings,
            "nodes": [
                {"id": "c", "node_type": "VOICE_CALL", "is_entry": true,
                 "config": {"agent_id": agent, "from_phone_number": NUMBER}},
                {"id": "yes", "node_type": "CONVERTED", "config": {}},
                {"id": "no", "node_type": "DROPPED", "config": {}}],
            "edges": [{"id": "e", "from_node_id": "c", "to_node_id": "yes", "label": "COMPLETED"},
                {"id": "f", "from_node_id": "c", "to_node_id": "no"}]
        }))
        .unwrap();
        let Output::Workflow(workflow) = apply(Input::CreateWorkflow { definition }) else {
            panic!("no workflow");
        };
        let mut calls = Calls {
            session,
            workflow,
            agent,
        };
        let rows = (0..leads).map(|n| (format!("+1415555{n:04}"), Vec::new()));
        calls.put(Input::Enrol {
            workflow_id: calls.workflow.clone(),
            leads: LeadBatch {
                keys: Vec::new(),
                rows: rows.collect(),
            },
        });
        calls.act(WorkflowAction::Activate);
        calls
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
        self.session.engine().check_invariants().unwrap();
        let restored = Session::restore(&self.session.snapshot()).unwrap();
        assert_eq!(restored.digest(), self.session.digest());
        restored.engine().check_invariants().unwrap();
    }

    fn edit(&mut self, changes: serde_json::Value, apply_to_waiting: bool) -> Output {
        self.put(Input::Edit {
            apply_to_waiting,
            workflow_id: self.workflow.clone(),
            changes: serde_json::from_value(changes).unwrap(),
        })
    }

    fn settings(&mut self, settings: serde_json::Value) {
        self.edit(
            json!([{"change": "set_settings", "settings": settings}]),
            false,
        );
    }

    /// The calls to be placed since it was asked last.
    fn placed(&mut self) -> Vec<(leadline_engine::CallRef, u16)> {
        let effects = self.session.take_effects().into_iter();
        let calls = effects.filter_map(|effect| match effect {
            Effect::PlaceCall { call, attempt } => Some((call, attempt)),
            _ => None,
        });
        calls.collect()
    }

    fn report(&mut self, (call, _): (leadline_engine::CallRef, u16), report: CallReport) {
        let call_id = self.session.engine().call_id(call);
        self.put(Input::ReportCall { call_id, report });
    }

    fn refuse(&mut self, (call, attempt): (leadline_engine::CallRef, u16), after: Option<u32>) {
        let call_id = self.session.engine().call_id(call);
        self.put(Input::CallNotPlaced {
            call_id,
            attempt,
            reason: "connection refused".into(),
            retry_after_seconds: after,
        });
    }

    fn lead(&self, lead: u32) -> LeadId {
        self.session.engine().lead_id(LeadRef { flow: 0, lead })
    }

    fn why(&self, lead: u32) -> (WhyCode, String) {
        let history = self.session.engine();
        let history = history
            .lead_history(&self.workflow, &self.lead(lead))
            .unwrap();
        (history.why.code, history.why.message)
    }

    fn log(&self, call: leadline_engine::CallRef) -> leadline_model::view::CallLog {
        self.session.engine().call_log(call)
    }

    fn ended(&self) -> (u64, u64) {
        let counts = self.session.engine().workflow(&self.workflow).unwrap();
        let counts = counts.lead_counts;
        (counts.completed, counts.dropped)
    }
}

fn busy() -> CallReport {
    CallReport::of(CallStatus::Busy)
}

#[test]
fn a_carrier_that_is_out_loses_nobody_and_stops_the_rest() {
    let mut calls = Calls::new(
        200,
        json!({"circuit": {"least": 5, "trial_after_seconds": 60}}),
        true,
    );
    let (from, to) = (START, START.plus(Duration::minutes(90)));
    let outages = vec![Outage { from, to }];
    calls
        .session
        .apply(&SessionInput::Outages { outages })
        .unwrap();
    calls.advance(Duration::minutes(89));
    assert_eq!(calls.ended(), (0, 0), "nobody was called, so nobody ends");
    let counters = calls.session.engine().counters(&calls.workflow).unwrap();
    assert!(
        counters.not_placed < 200,
        "{} calls were tried while the circuit was open",
        counters.not_placed
    );
    let reasons: Vec<WhyCode> = (0..200).map(|lead| calls.why(lead).0).collect();
    assert!(reasons.contains(&WhyCode::CircuitOpen), "{reasons:?}");
    calls.advance(Duration::days(2));
    let (completed, dropped) = calls.ended();
    assert_eq!(completed + dropped, 200);
    assert!(completed > 50, "they were called in the end: {completed}");
}

#[test]
fn a_call_that_could_not_be_placed_is_the_same_attempt_again_with_growing_pauses() {
    let mut calls = Calls::new(1, json!({"circuit": {"least": 100}}), false);
    calls.advance(Duration::seconds(1));
    let mut pauses = Vec::new();
    for _ in 0..9 {
        let [dialled] = calls.placed()[..] else {
            panic!("one call at a time");
        };
        assert_eq!(dialled.1, 1, "the same attempt");
        calls.refuse(dialled, None);
        assert_eq!(calls.why(0).0, WhyCode::CallNotPlaced);
        // What is said twice changes nothing.
        calls.refuse(dialled, None);
        let due = calls.session.next_due().unwrap();
        pauses.push(due.since(calls.session.now()).0 / 1_000);
        calls.advance(due.since(calls.session.now()));
    }
    assert_eq!(pauses, [5, 10, 20, 40, 80, 160, 300, 300, 300]);
    let [dialled] = calls.placed()[..] else {
        panic!("one call");
    };
    calls.refuse(dialled, Some(3_600));
    let due = calls.session.next_due().unwrap();
    assert_eq!(due.since(calls.session.now()), Duration::hours(1));
    calls.advance(Duration::hours(1));
    let [dialled] = calls.placed()[..] else {
        panic!("one call");
    };
    calls.report(dialled, CallReport::of(CallStatus::Completed));
    let log = calls.log(dialled.0);
    assert_eq!((log.status, log.attempt), (CallStatus::Completed, 1));
    assert_eq!(
        log.attempts.len(),
        1,
        "what could not be placed is no attempt"
    );
    calls.advance(Duration::seconds(1));
    assert_eq!(calls.ended(), (1, 0));
}

#[test]
fn with_what_is_switched_off_nobody_is_called_until_it_is_back() {
    let agent = |calls: &Calls, active| Input::PutAgent {
        id: Some(calls.agent.clone()),
        name: "anna".into(),
        prompt: String::new(),
        workflow: None,
        active,
    };
    let number = |_: &Calls, active| Input::PutPhoneNumber {
        phone_number: NUMBER.into(),
        label: String::new(),
        active,
    };
    type Switch = dyn Fn(&Calls, bool) -> Input;
    let switches: [(&Switch, &str); 2] = [(&agent, "anna"), (&number, NUMBER)];
    for (switch, named) in switches {
        let mut calls = Calls::new(3, json!({}), false);
        let off = switch(&calls, false);
        calls.put(off);
        calls.advance(Duration::hours(5));
        assert_eq!(calls.placed(), []);
        let (code, words) = calls.why(2);
        assert_eq!(code, WhyCode::CannotCall);
        assert!(
            words.contains(named) && words.contains("not active"),
            "{words}"
        );
        let on = switch(&calls, true);
        calls.put(on);
        calls.advance(Duration::seconds(1));
        let placed = calls.placed();
        assert_eq!(placed.len(), 3);
        let first = calls.log(placed[0].0).lead_id;
        assert_eq!(first, calls.lead(0), "in their order");
        // A call that waits to be dialled again is held as well.
        calls.report(placed[0], CallReport::of(CallStatus::Completed));
    }
}

#[test]
fn calls_to_one_person_are_bounded_over_all_workflows() {
    let retry = json!({"max_retries": 9, "wait_minutes": 60, "retry_on": ["busy"]});
    let settings = json!({"retry": retry, "calls_per_person": {"per_day": 2, "total": 3}});
    let mut calls = Calls::new(1, settings, false);
    let Output::Workflow(copy) = calls.put(Input::Duplicate {
        workflow_id: calls.workflow.clone(),
    }) else {
        panic!("no copy");
    };
    calls.put(Input::Enrol {
        workflow_id: copy.clone(),
        leads: LeadBatch {
            keys: Vec::new(),
            rows: vec![("+14155550000".into(), Vec::new())],
        },
    });
    calls.put(Input::Act {
        workflow_id: copy,
        action: WorkflowAction::Activate,
    });
    let mut dials = Vec::new();
    for _ in 0..30 * 24 {
        calls.advance(Duration::hours(1));
        for dialled in calls.placed() {
            dials.push(calls.session.now().since(START).0 / 3_600_000);
            calls.report(dialled, busy());
        }
    }
    assert_eq!(dials.len(), 3, "{dials:?}");
    assert_eq!(dials[..2], [1, 1], "one from each workflow");
    assert!(dials[2] >= 24, "the third has to wait a day: {dials:?}");
    let (code, words) = calls.why(0);
    assert_eq!(code, WhyCode::AtCallBound);
    assert!(
        words.contains("called 3 times in all, the limit is 3"),
        "{words}"
    );
    // A higher bound lets go on who waits.
    calls.settings(json!({"retry": null, "calls_per_person": {"total": 4}}));
    calls.advance(Duration::days(2));
    assert!(calls.ended().1 + calls.placed().len() as u64 > 0);
}

#[test]
fn who_is_at_a_bound_takes_the_edge_drawn_for_it() {
    let retry = json!({"max_retries": 9, "wait_minutes": 60, "retry_on": ["busy"]});
    let settings = json!({"retry": retry, "calls_per_person": {"per_day": 1}});
    let mut calls = Calls::new(1, settings, false);
    calls.edit(
        json!([{"change": "put_edge", "edge":
            {"id": "l", "from_node_id": "c", "to_node_id": "no", "label": "LIMIT"}}]),
        false,
    );
    calls.advance(Duration::seconds(1));
    let [dialled] = calls.placed()[..] else {
        panic!("one call");
    };
    calls.report(dialled, busy());
    calls.advance(Duration::hours(2));
    assert_eq!(calls.ended(), (0, 1));
    let log = calls.log(dialled.0);
    assert_eq!((log.status, log.attempts.len()), (CallStatus::Busy, 1));
    let history = calls.session.engine();
    let history = history
        .lead_history(&calls.workflow, &calls.lead(0))
        .unwrap();
    assert_eq!(history.history[0].outcome.as_deref(), Some("LIMIT"));
}

#[test]
fn a_changed_policy_reaches_calls_that_wait() {
    let policy = |retries: u32, wait: serde_json::Value, on: &[&str]| json!({"retry": {"max_retries": retries, "wait_minutes": wait, "retry_on": on}});
    let waiting = policy(3, json!(60), &["busy"]);
    for (changed, dropped, dialled_after) in [
        (policy(0, json!(60), &["busy"]), 1, None),
        (json!({"retry": null}), 1, None),
        (policy(3, json!(60), &["no_answer"]), 1, None),
        (policy(3, json!(10), &["busy"]), 0, Some(10)),
        (policy(3, json!([20, 90]), &["busy"]), 0, Some(20)),
        (policy(3, json!(180), &["busy"]), 0, Some(180)),
    ] {
        let mut calls = Calls::new(1, waiting.clone(), false);
        calls.advance(Duration::seconds(1));
        let [dialled] = calls.placed()[..] else {
            panic!("one call");
        };
        calls.report(dialled, busy());
        let ended = calls.session.now();
        calls.advance(Duration::minutes(5));
        calls.settings(changed.clone());
        calls.advance(Duration::ZERO);
        assert_eq!(calls.ended(), (0, dropped), "{changed}");
        let Some(minutes) = dialled_after else {
            continue;
        };
        let at = ended.plus(Duration::minutes(minutes));
        calls.advance(Duration(at.since(calls.session.now()).0 - 1));
        assert_eq!(calls.placed(), [], "{changed}");
        calls.advance(Duration(1));
        assert_eq!(calls.placed().len(), 1, "{changed}");
    }
}

#[test]
fn a_machine_that_answers_is_dialled_again_where_the_policy_says_so() {
    let machine = || {
        let mut report = CallReport::of(CallStatus::Completed);
        report.answered_by = Some(AnsweredBy::Machine);
        report
    };
    let retry = json!({"retry": {"max_retries": 1, "wait_minutes": [5], "retry_on": ["machine"]}});
    let mut calls = Calls::new(1, retry, false);
    calls.advance(Duration::seconds(1));
    let first = calls.placed()[0];
    calls.report(first, machine());
    // The provider says it twice.
    calls.report(first, machine());
    assert_eq!(calls.log(first.0).status, CallStatus::Waiting);
    calls.advance(Duration::minutes(6));
    let second = calls.placed()[0];
    assert_eq!(second.1, 2);
    calls.report(second, machine());
    calls.advance(Duration::seconds(1));
    assert_eq!(calls.ended(), (1, 0), "the last status stands");
    let log = calls.log(second.0);
    let attempts = log.attempts.iter();
    let attempts: Vec<_> = attempts
        .map(|a| (a.attempt, a.status, a.answered_by))
        .collect();
    let machine = Some(AnsweredBy::Machine);
    assert_eq!(
        attempts,
        [
            (1, CallStatus::Completed, machine),
            (2, CallStatus::Completed, machine)
        ]
    );
    assert!(log.attempts[1].created_at > log.attempts[0].ended_at.unwrap());
}

#[test]
fn a_leads_variables_can_be_changed_and_its_zone_decides_anew() {
    let window = json!({"calling_window":
        {"timezone": "Europe/London", "start": "09:00", "end": "17:00"}});
    let mut calls = Calls::new(1, window, false);
    // 09:00 in London is past; it is 18:00 in Tokyo.
    let change = |calls: &Calls, value: Value| Input::ChangeLead {
        workflow_id: calls.workflow.clone(),
        lead_id: calls.lead(0),
        variables: Variables::from([("timezone".to_owned(), value)]),
    };
    let tokyo = change(&calls, " Asia/Tokyo ".into());
    calls.put(tokyo);
    calls.advance(Duration::minutes(1));
    assert_eq!(calls.placed(), []);
    assert_eq!(calls.why(0).0, WhyCode::OutsideCallingWindow);
    let none = change(&calls, Value::Null);
    calls.put(none);
    calls.advance(Duration::minutes(1));
    assert_eq!(calls.placed().len(), 1, "by London's clock now");
    let heavy = change(&calls, "x".repeat(2 << 20).into());
    let refused = calls.session.apply(&SessionInput::Apply { input: heavy });
    assert!(matches!(refused, Err(EngineError::Invalid(_))));
}
