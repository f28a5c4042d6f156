//! A lead leaves a step that waits for a run, a webhook or a call, in every way there is: whoever was
//! asked finds nobody, and nobody is asked for a lead that has left.

#![allow(clippy::unwrap_used, clippy::panic)]

use leadline_engine::{Input, LeadRef, Output, RunFilter};
use leadline_model::{LeadId, Time, WorkflowId};
use leadline_sim::{Session, SessionConfig, SessionInput};
use serde_json::{Value, json};

/// What the lead waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Waits {
    /// A run that waits for a person.
    Person,
    /// A run that waits for an answer to its request.
    Request,
    Webhook,
    Call,
}

const ALL: [Waits; 4] = [Waits::Person, Waits::Request, Waits::Webhook, Waits::Call];

/// One lead at the node `step`.
struct Waiting {
    session: Session,
    workflow: WorkflowId,
    lead: LeadId,
}

impl Waiting {
    fn new(waits: Waits) -> Waiting {
        let mut session = Session::new(SessionConfig {
            organization_id: "org_x".into(),
            now: Time(1_772_442_000_000),
            key: 7,
            tick_ms: None,
        });
        let (world, webhooks) = (false, false);
        let by_hand = SessionInput::AnsweredBy { world, webhooks };
        session.apply(&by_hand).unwrap();
        let mut put = |input: Value| apply(&mut session, input).unwrap();
        let steps = match waits {
            Waits::Person => {
                json!([{"name": "ask", "type": "approval", "message": "?", "options": ["yes", "no"]}])
            }
            _ => json!([{"name": "ask", "type": "http", "url": "https://example.com/"}]),
        };
        let Output::Agent(agent) = put(
            json!({"input": "put_agent", "id": null, "name": "a", "prompt": "",
            "workflow": {"steps": steps}, "active": true}),
        ) else {
            panic!("no agent");
        };
        put(
            json!({"input": "put_phone_number", "phone_number": "+14155550100", "label": "", "active": true}),
        );
        let run = json!({"action": "agent_workflow", "agent_name": "a"});
        let (node_type, config, outcome) = match waits {
            Waits::Person | Waits::Request => ("APPLICATION", run.clone(), "SUCCESS"),
            Waits::Webhook => {
                let config = json!({"action": "webhook", "url": "https://example.com/"});
                ("APPLICATION", config, "SUCCESS")
            }
            Waits::Call => {
                let config = json!({"agent_id": agent, "from_phone_number": "+14155550100"});
                ("VOICE_CALL", config, "COMPLETED")
            }
        };
        let definition = json!({"title": "Waits",
            "nodes": [
                {"id": "step", "is_entry": true, "node_type": node_type, "config": config},
                {"id": "run", "node_type": "APPLICATION", "config": run},
                {"id": "later", "node_type": "TIME", "config": {"delay": {"value": 1, "unit": "days"}}},
                {"id": "end", "node_type": "CONVERTED", "config": {}}],
            "edges": [
                {"id": "e1", "from_node_id": "step", "to_node_id": "later", "label": outcome},
                {"id": "e2", "from_node_id": "run", "to_node_id": "later"},
                {"id": "e3", "from_node_id": "later", "to_node_id": "end"}]});
        let created = put(json!({"input": "create_workflow", "definition": definition}));
        let Output::Workflow(workflow) = created else {
            panic!("no workflow");
        };
        put(json!({"input": "enrol", "workflow_id": workflow,
            "leads": {"keys": [], "rows": [["+14155550101", []]]}}));
        put(json!({"input": "act", "workflow_id": workflow, "action": "activate"}));
        put(json!({"input": "tick"}));
        let lead = session.engine().lead_id(LeadRef { flow: 0, lead: 0 });
        let waiting = Waiting {
            session,
            workflow,
            lead,
        };
        assert_eq!(waiting.place(), "step");
        waiting
    }

    /// Does something to the workflow and its lead.
    fn put(&mut self, mut input: Value) -> Option<Output> {
        input["workflow_id"] = json!(self.workflow);
        input["lead_id"] = json!(self.lead);
        let output = apply(&mut self.session, input.clone());
        let holds = self.session.engine().check_invariants();
        holds.unwrap_or_else(|problem| panic!("{input}: {problem}"));
        output
    }

    /// Where the lead is, and what became of it.
    fn place(&self) -> String {
        let (engine, id) = (self.session.engine(), &self.workflow);
        match engine
            .lead_history(id, &self.lead)
            .map(|told| told.execution)
        {
            Ok(Some(execution)) => execution.current_node_id.unwrap().to_string(),
            Ok(None) => "not started".to_owned(),
            Err(_) => "deleted".to_owned(),
        }
    }

    /// What was asked for the lead first is answered.
    fn answer(&mut self, waits: Waits) -> Option<Output> {
        let result = json!({"success": true, "status": 200, "body": null});
        let engine = self.session.engine();
        let (runs, _) = engine.runs(&RunFilter::default(), 100).unwrap();
        let run = runs.last().map(|run| run.answer.run_id.clone());
        let calls = engine.calls_of_lead(LeadRef { flow: 0, lead: 0 });
        let call = calls.last().map(|call| engine.call_id(*call));
        let input = match waits {
            Waits::Person => {
                json!({"input": "resume_run", "run_id": run?, "step": "ask", "answer": "yes"})
            }
            Waits::Request => {
                json!({"input": "report_run", "run_id": run?, "step": "ask", "result": result})
            }
            Waits::Webhook => json!({"input": "report_action", "result": result}),
            Waits::Call => {
                json!({"input": "report_call", "call_id": call?, "report": {"status": "completed"}})
            }
        };
        self.put(input)
    }

    fn runs_under_way(&self) -> usize {
        let (runs, _) = self
            .session
            .engine()
            .runs(&RunFilter::default(), 100)
            .unwrap();
        let status = runs.iter().map(|run| run.answer.output.status);
        status.filter(|status| !status.is_final()).count()
    }

    fn restore(&mut self) {
        let digest = self.session.digest();
        self.session = Session::restore(&self.session.snapshot()).unwrap();
        assert_eq!(self.session.digest(), digest);
    }
}

fn apply(session: &mut Session, input: Value) -> Option<Output> {
    let input: Input = serde_json::from_value(input).unwrap();
    session.apply(&SessionInput::Apply { input }).ok()
}

#[test]
fn the_result_of_a_request_moves_nobody_who_waits_for_a_run() {
    for waits in [Waits::Person, Waits::Request] {
        let mut waiting = Waiting::new(waits);
        for success in [true, false] {
            let before = waiting.session.snapshot();
            let result = json!({"success": success, "status": 200, "body": 1, "error": null});
            let reported = waiting.put(json!({"input": "report_action", "result": result}));
            assert_eq!(reported, Some(Output::Done));
            assert!(waiting.session.snapshot() == before, "{waits:?}");
        }
        waiting.answer(waits).unwrap();
        waiting.put(json!({"input": "tick"}));
        assert_eq!(waiting.place(), "later", "{waits:?}");
    }
}

/// As above, and as it happens to a host that did not ask who waits: the webhook was under way when an
/// operator moved the lead to where a run is started for it.
#[test]
fn a_webhook_that_is_late_moves_nobody_who_waits_for_a_run() {
    let mut waiting = Waiting::new(Waits::Webhook);
    waiting.put(json!({"input": "move_lead", "to_node_id": "run"}));
    waiting.put(json!({"input": "tick"}));
    assert_eq!(waiting.runs_under_way(), 1);
    let before = waiting.session.snapshot();
    waiting.answer(Waits::Webhook).unwrap();
    assert!(waiting.session.snapshot() == before);
}

#[test]
fn whoever_was_asked_finds_nobody_once_the_lead_has_left() {
    for waits in ALL {
        let outcome = match waits {
            Waits::Call => "COMPLETED",
            _ => "SUCCESS",
        };
        let pause = json!({"input": "act", "action": "pause"});
        // Each with where the lead is then, and how many runs are under way for it.
        let ways = [
            (
                vec![json!({"input": "move_lead", "to_node_id": "later"})],
                "later",
                0,
            ),
            (
                vec![json!({"input": "move_lead", "to_node_id": "end"})],
                "end",
                0,
            ),
            (
                vec![json!({"input": "move_lead", "to_node_id": "run"})],
                "run",
                1,
            ),
            (
                vec![
                    pause.clone(),
                    json!({"input": "move_lead", "to_node_id": "run"}),
                ],
                "run",
                0,
            ),
            (
                vec![json!({"input": "resolve_lead", "outcome": outcome})],
                "later",
                0,
            ),
            (
                vec![
                    pause.clone(),
                    json!({"input": "resolve_lead", "outcome": outcome}),
                ],
                "step",
                0,
            ),
            (vec![json!({"input": "remove_lead"})], "step", 0),
            (
                vec![
                    json!({"input": "act", "action": "cancel"}),
                    json!({"input": "remove_lead"}),
                ],
                "step",
                0,
            ),
            (
                // A graph without its entry may not be active.
                vec![
                    pause.clone(),
                    json!({"input": "delete_node_moving_leads", "node_id": "step", "to_node_id": "run"}),
                ],
                "run",
                0,
            ),
            (
                vec![pause.clone(), json!({"input": "delete_workflow"})],
                "deleted",
                0,
            ),
            (
                vec![
                    json!({"input": "act", "action": "cancel"}),
                    json!({"input": "delete_workflow"}),
                ],
                "deleted",
                0,
            ),
            (
                vec![
                    json!({"input": "act", "action": "complete"}),
                    json!({"input": "delete_workflow"}),
                ],
                "deleted",
                0,
            ),
            (
                vec![json!({"input": "reset", "seed": null})],
                "not started",
                0,
            ),
        ];
        for (way, place, runs) in ways {
            let mut waiting = Waiting::new(waits);
            for input in &way {
                assert!(waiting.put(input.clone()).is_some(), "{waits:?} {input}");
            }
            waiting.put(json!({"input": "tick"}));
            assert_eq!(waiting.place(), place, "{waits:?} {way:?}");
            assert_eq!(waiting.runs_under_way(), runs, "{waits:?} {way:?}");
            waiting.answer(waits);
            waiting.put(json!({"input": "tick"}));
            assert_eq!(waiting.place(), place, "{waits:?} {way:?}, then an answer");
            assert_eq!(
                waiting.runs_under_way(),
                runs,
                "{waits:?} {way:?}, then an answer"
            );
            waiting.restore();
        }
    }
}

/// A workflow that is over moves nobody, yet what is under way is answered and recorded; a pause lets
/// the answer in. Either way nothing is under way afterwards.
#[test]
fn an_answer_to_a_workflow_at_rest_ends_the_step() {
    for waits in ALL {
        for action in ["pause", "cancel", "complete"] {
            let mut waiting = Waiting::new(waits);
            waiting
                .put(json!({"input": "act", "action": action}))
                .unwrap();
            waiting.put(json!({"input": "tick"}));
            // What a person is asked for a workflow that is over needs no answer.
            let withdrawn = waits == Waits::Person && action != "pause";
            let answered = waiting.answer(waits).is_some();
            assert_eq!(answered, !withdrawn, "{waits:?} {action}");
            waiting.put(json!({"input": "tick"}));
            assert_eq!(waiting.place(), "step", "{waits:?} {action}");
            assert_eq!(waiting.runs_under_way(), 0, "{waits:?} {action}");
            waiting.restore();
        }
    }
}

/// A run that is cancelled, or that nobody answers, gives its lead an outcome, and so does a webhook or
/// a call of which nothing is heard.
#[test]
fn a_step_that_is_never_answered_ends() {
    for waits in ALL {
        let mut waiting = Waiting::new(waits);
        let to = waiting
            .session
            .now()
            .plus(leadline_model::Duration::days(30));
        waiting
            .session
            .apply(&SessionInput::Advance { to })
            .unwrap();
        waiting.put(json!({"input": "tick"}));
        assert_eq!(waiting.runs_under_way(), 0, "{waits:?}");
        let why = waiting
            .session
            .engine()
            .lead_history(&waiting.workflow, &waiting.lead);
        assert!(why.unwrap().lead.review_required, "{waits:?}");
    }
    for waits in [Waits::Person, Waits::Request] {
        let mut waiting = Waiting::new(waits);
        let (runs, _) = waiting
            .session
            .engine()
            .runs(&RunFilter::default(), 1)
            .unwrap();
        waiting
            .put(json!({"input": "cancel_run", "run_id": runs[0].answer.run_id}))
            .unwrap();
        assert!(waiting.answer(Waits::Person).is_none());
        waiting.put(json!({"input": "tick"}));
        let why = waiting
            .session
            .engine()
            .lead_history(&waiting.workflow, &waiting.lead);
        assert!(why.unwrap().lead.review_required, "{waits:?}");
    }
}

/// A reset forgets the runs. Whether the state is read back then or lives on, the next run is the same:
/// it does the steps that are kept already.
#[test]
fn after_a_reset_a_state_that_was_read_back_goes_on_as_one_that_was_not() {
    for waits in [Waits::Person, Waits::Request] {
        let mut waiting = Waiting::new(waits);
        waiting.put(json!({"input": "reset", "seed": null}));
        let mut digests = Vec::new();
        for read_back in [false, true] {
            if read_back {
                waiting.restore();
            }
            let mut again = Waiting {
                session: waiting.session.clone(),
                workflow: waiting.workflow.clone(),
                lead: waiting.lead.clone(),
            };
            again
                .put(json!({"input": "act", "action": "activate"}))
                .unwrap();
            again.put(json!({"input": "tick"}));
            assert_eq!(again.runs_under_way(), 1);
            digests.push(again.session.digest());
        }
        assert_eq!(digests[0], digests[1], "{waits:?}");
    }
}
