//! Runs of agents under random step lists, answers, cancellations, reports, restores and time
//! (SPEC 6): what must hold after each of them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;

use leadline_engine::{ActionResult, Effect, Input, Output, RunFilter, RunRef};
use leadline_model::run::{RunDetail, RunStatus, StepStatus};
use leadline_model::{AgentWorkflow, RunId, Time, Value, Variables};
use leadline_sim::{Session, SessionConfig, SessionInput};
use proptest::prelude::*;
use serde_json::json;

const START: &str = "2026-03-02T09:00:00Z";

/// One step of a random list; the numbers choose among what is possible at its place.
type StepSeed = (u8, u8, u8, u16);

fn step(index: usize, (kind, when, how, seconds): StepSeed) -> serde_json::Value {
    let name = format!("s{index}");
    let mut step = match kind % 6 {
        0 => json!({"type": "set", "values": {"n": how, "text": "{{ task }}-{{ state.x }}"}}),
        1 => {
            let rules = json!([{"category": "big", "all": [{"field": "state.x", "operator": "greater_than", "value": how}]}]);
            match how % 3 {
                0 => json!({"type": "classify", "rules": rules}),
                _ => json!({"type": "classify", "rules": rules, "otherwise": "small"}),
            }
        }
        2 => {
            json!({"type": "http", "url": "https://example.com/", "timeout_seconds": 1 + u32::from(how % 60), "max_retries": how % 3,
            "simulation": {"outcomes": {"success": 3, "failure": how % 3}}})
        }
        3 => {
            json!({"type": "approval", "message": "Go, {{ state.x }}?", "options": ["yes", "no"], "timeout_seconds": 1 + u32::from(seconds)})
        }
        4 => json!({"type": "approval", "message": "How many?", "action_type": "input",
            "input_schema": {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}}}),
        _ => {
            json!({"type": "approval", "message": "Anybody?", "options": ["yes", "no"], "timeout_seconds": 1 + u32::from(seconds),
            "simulation": {"unanswered": how % 4, "after_seconds": {"min": 0, "max": 1 + u32::from(how)}}})
        }
    };
    step["name"] = json!(name);
    match when % 5 {
        0 => {
            step["when"] =
                json!({"any": [{"field": "state.x", "operator": "less_than", "value": how}]})
        }
        1 if index > 0 => {
            let field = format!("steps.s{}.output", index - 1);
            step["when"] = json!({"all": [{"field": field, "operator": "exists"}]});
        }
        _ => {}
    }
    step
}

#[derive(Debug, Clone)]
enum Op {
    Start(u8),
    /// Which run, which step, which answer.
    Resume(u8, u8, u8),
    Cancel(u8),
    Report(u8, u8, bool),
    Advance(u32),
    /// Time passes as on a live host between its ticks.
    Pass(u32),
    Restore,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        2 => any::<u8>().prop_map(Op::Start),
        6 => any::<(u8, u8, u8)>().prop_map(|(run, step, answer)| Op::Resume(run, step, answer)),
        1 => any::<u8>().prop_map(Op::Cancel),
        2 => any::<(u8, u8, bool)>().prop_map(|(run, step, good)| Op::Report(run, step, good)),
        3 => (0u32..10_000_000).prop_map(Op::Advance),
        2 => (0u32..10_000_000).prop_map(Op::Pass),
        1 => Just(Op::Restore),
    ]
}

fn session() -> Session {
    Session::new(SessionConfig {
        organization_id: "org_runs".into(),
        now: Time::parse(START).unwrap(),
        key: 7,
        tick_ms: None,
    })
}

/// What happened to a session.
enum Entry {
    Input(SessionInput),
    Passed(Time),
}

/// A session with what is known of it from before.
struct Watched {
    session: Session,
    known: BTreeMap<RunId, RunDetail>,
    /// How often each step's request was asked for, and each question put.
    asked: BTreeMap<(RunRef, bool), u32>,
    journal: Vec<Entry>,
}

impl Watched {
    fn new(world: bool, steps: &[StepSeed]) -> Watched {
        let mut watched = Watched {
            session: session(),
            known: BTreeMap::new(),
            asked: BTreeMap::new(),
            journal: Vec::new(),
        };
        watched.put(SessionInput::AnsweredBy {
            world,
            webhooks: false,
        });
        let steps: Vec<_> = steps
            .iter()
            .enumerate()
            .map(|(i, seed)| step(i, *seed))
            .collect();
        let workflow: AgentWorkflow = serde_json::from_value(json!({"steps": steps})).unwrap();
        let input = Input::PutAgent {
            id: None,
            name: "a".into(),
            prompt: String::new(),
            workflow: Some(workflow),
            active: true,
        };
        assert!(watched.put(SessionInput::Apply { input }).is_some());
        watched
    }

    /// Takes an input; one that is refused changes nothing.
    fn put(&mut self, input: SessionInput) -> Option<Output> {
        let before = self.session.digest();
        let output = self.session.apply(&input);
        match &output {
            Ok(_) => self.journal.push(Entry::Input(input)),
            Err(error) => {
                assert!(!error.to_string().is_empty());
                assert_eq!(self.session.digest(), before, "{input:?}: {error}");
            }
        }
        self.look();
        output.ok()
    }

    fn runs(&self) -> Vec<RunDetail> {
        let (runs, more) = self
            .session
            .engine()
            .runs(&RunFilter::default(), 1_000)
            .unwrap();
        assert!(!more);
        runs
    }

    fn pick(&self, number: u8) -> Option<RunDetail> {
        let runs = self.runs();
        let index = usize::from(number).checked_rem(runs.len())?;
        runs.into_iter().nth(index)
    }

    fn do_op(&mut self, op: &Op) {
        let apply = |input| SessionInput::Apply { input };
        match op {
            Op::Start(x) => {
                let state = Variables::from([("x".to_owned(), Value::from(i64::from(*x)))]);
                let (agent_name, task) = ("a".to_owned(), "t".to_owned());
                self.put(apply(Input::StartRun {
                    agent_name,
                    task,
                    state,
                }));
            }
            Op::Resume(run, step, answer) => {
                let Some(run) = self.pick(*run) else { return };
                let pending = run.answer.output.pending_action.map(|action| action.step);
                let step = match (step % 4, pending) {
                    (0, _) | (_, None) => format!("s{}", step % 7),
                    (_, Some(step)) => step,
                };
                let answer = match answer % 5 {
                    0 => Value::Null,
                    1 | 2 => Value::from("yes"),
                    3 => Value::Map([("n".to_owned(), Value::from(3i64))].into()),
                    _ => Value::from("no idea"),
                };
                let run_id = run.answer.run_id;
                self.put(apply(Input::ResumeRun {
                    run_id,
                    step,
                    answer,
                }));
            }
            Op::Cancel(run) => {
                if let Some(run) = self.pick(*run) {
                    let run_id = run.answer.run_id;
                    self.put(apply(Input::CancelRun { run_id }));
                }
            }
            Op::Report(run, step, success) => {
                let Some(run) = self.pick(*run) else { return };
                let result = ActionResult {
                    success: *success,
                    status: Some(200),
                    body: Value::from("body"),
                    error: None,
                };
                let (run_id, step) = (run.answer.run_id, format!("s{}", step % 7));
                self.put(apply(Input::ReportRun {
                    run_id,
                    step,
                    result,
                }));
            }
            Op::Advance(ms) => {
                let to = Time(self.session.now().0 + i64::from(*ms));
                self.put(SessionInput::Advance { to });
            }
            Op::Pass(ms) => {
                let to = Time(self.session.now().0 + i64::from(*ms));
                self.session.pass(to).unwrap();
                self.journal.push(Entry::Passed(to));
                self.look();
            }
            Op::Restore => {
                let before = (self.session.digest(), self.runs());
                let asked = self.session.take_effects();
                self.count(&asked);
                self.session = Session::restore(&self.session.snapshot()).unwrap();
                assert_eq!((self.session.digest(), self.runs()), before);
                self.look();
            }
        }
    }

    fn count(&mut self, effects: &[Effect]) {
        for effect in effects {
            let key = match effect {
                Effect::PerformStep { at } => (*at, false),
                Effect::AskPerson { at } => (*at, true),
                other => panic!("a run asked for {other:?}"),
            };
            let times = self.asked.entry(key).or_default();
            *times += 1;
            assert_eq!(*times, 1, "{key:?} is asked for twice");
        }
    }

    /// What must hold at every moment.
    fn look(&mut self) {
        let effects = self.session.take_effects();
        self.count(&effects);
        let now = self.session.now();
        let mut waiting = Vec::new();
        for run in self.runs() {
            let output = &run.answer.output;
            let paused = output.status == RunStatus::Paused;
            assert_eq!(output.pending_action.is_some(), paused, "{run:?}");
            assert_eq!(run.expires_at.is_some(), paused, "{run:?}");
            assert!(run.expires_at.is_none_or(|at| at > now), "{run:?}");
            assert!(output.status == RunStatus::Completed || output.result == Value::Null);
            let begun = run.timeline.iter().filter(|step| step.status.is_some());
            let open = begun.filter(|step| step.ended_at.is_none()).count();
            assert_eq!(open, usize::from(!output.status.is_final()), "{run:?}");
            if paused {
                waiting.push((run.expires_at, run.answer.run_id.clone()));
            }
            if let Some(before) = self.known.insert(run.answer.run_id.clone(), run.clone()) {
                check_progress(&before, &run);
            }
        }
        let inbox = self.session.engine().inbox(1_000);
        let shown = inbox
            .iter()
            .map(|run| (run.expires_at, run.answer.run_id.clone()));
        let shown: Vec<_> = shown.collect();
        assert!(shown.is_sorted_by_key(|(expires, _)| *expires));
        waiting.sort();
        let mut sorted = shown;
        sorted.sort();
        assert_eq!(sorted, waiting);
        assert_eq!(self.session.engine().pending_actions(), waiting.len());
    }
}

/// A run only ever goes on: what has ended stays as it is.
fn check_progress(before: &RunDetail, after: &RunDetail) {
    use RunStatus::{Cancelled, Completed, Failed, Paused, Running};
    let (from, to) = (before.answer.output.status, after.answer.output.status);
    if from.is_final() {
        assert_eq!(before, after);
        return;
    }
    assert!(matches!(
        to,
        Running | Paused | Completed | Failed | Cancelled
    ));
    for (old, new) in before.timeline.iter().zip(&after.timeline) {
        if old.ended_at.is_some() {
            assert_eq!(old, new, "a step that had ended changed");
        }
        if let Some(started) = old.started_at {
            assert_eq!(Some(started), new.started_at, "a step began again");
        }
    }
    let reached = |run: &RunDetail| run.timeline.iter().filter(|s| s.status.is_some()).count();
    assert!(reached(before) <= reached(after));
    if to == Completed {
        let all = after.timeline.iter();
        let done = |status| matches!(status, Some(StepStatus::Completed | StepStatus::Skipped));
        assert!(all.map(|step| step.status).all(done), "{after:?}");
    }
}

/// The same again, with every stretch of time in two parts.
fn split(journal: &[Entry]) -> String {
    let mut again = session();
    for entry in journal {
        let half = |session: &Session, to: &Time| Time(session.now().0.midpoint(to.0));
        match entry {
            Entry::Passed(to) => {
                again.pass(half(&again, to)).unwrap();
                again.pass(*to).unwrap();
            }
            Entry::Input(input) => {
                if let SessionInput::Advance { to } = input {
                    let to = half(&again, to);
                    again.apply(&SessionInput::Advance { to }).unwrap();
                }
                again.apply(input).unwrap();
            }
        }
    }
    again.digest()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn runs_only_ever_go_on(
        world in any::<bool>(),
        steps in prop::collection::vec(any::<StepSeed>(), 1..7),
        ops in prop::collection::vec(op(), 1..50),
    ) {
        let mut watched = Watched::new(world, &steps);
        for op in &ops {
            watched.do_op(op);
        }
        prop_assert_eq!(split(&watched.journal), watched.session.digest());
        // Whatever waits ends at last.
        let to = Time(watched.session.now().0 + 30 * 86_400_000);
        watched.put(SessionInput::Advance { to });
        for run in watched.runs() {
            prop_assert!(run.answer.output.status.is_final(), "{:?}", run);
        }
    }

    /// Whatever is written into a template, it is a value or a refusal.
    #[test]
    fn templates_of_rubbish_are_refused(parts in prop::collection::vec(0usize..22, 0..24)) {
        const PARTS: [&str; 22] = [
            "{{", "}}", "{%", "%}", "{", "}", "\"", "'", "\\", "x", "state.x", " ", "~", "*", "**", "|", "(", ")",
            "[", "]", "-", "for",
        ];
        let text: String = parts.iter().map(|part| PARTS[*part]).collect();
        let steps = json!([{"name": "s", "type": "set", "values": {"a": text}}]);
        let workflow: AgentWorkflow = serde_json::from_value(json!({ "steps": steps })).unwrap();
        let mut session = session();
        let input = Input::PutAgent {
            id: None,
            name: "a".into(),
            prompt: String::new(),
            workflow: Some(workflow),
            active: true,
        };
        if session.apply(&SessionInput::Apply { input }).is_ok() {
            let (agent_name, task) = ("a".to_owned(), "t".to_owned());
            let state = Variables::from([("x".to_owned(), Value::from("v"))]);
            let input = Input::StartRun { agent_name, task, state };
            session.apply(&SessionInput::Apply { input }).unwrap();
        }
    }
}
