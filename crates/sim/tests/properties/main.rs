//! Random workflows under random scripts: what must hold of every one of them (SPEC 5, 8).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod script;
mod watch;
mod workflows;

use leadline_engine::{Input, Output};
use leadline_model::{Account, AgentId, Duration, Time, WorkflowAction, WorkflowId};
use leadline_sim::{Session, SessionConfig, SessionInput};
use proptest::prelude::*;
use script::Op;
use watch::Watch;
use workflows::Recipe;

/// A Monday morning; the window's holiday is on the Wednesday after.
const START: &str = "2026-03-02T07:00:00Z";

fn config(tick_ms: Option<u32>) -> SessionConfig {
    let (organization_id, now) = ("org".into(), Time::parse(START).unwrap());
    SessionConfig {
        organization_id,
        now,
        key: 7,
        tick_ms,
    }
}

/// A session and the journal that made it.
struct Run {
    session: Session,
    journal: Vec<String>,
    agent: AgentId,
}

impl Run {
    fn new(tick_ms: Option<u32>) -> Run {
        let session = Session::new(config(tick_ms));
        let agent = AgentId::parse("none").unwrap();
        let mut run = Run {
            session,
            journal: Vec::new(),
            agent,
        };
        let (name, prompt) = ("agent".into(), String::new());
        match run.must(Input::PutAgent {
            id: None,
            name,
            prompt,
            workflow: Some(workflows::steps(7)),
            active: true,
        }) {
            Output::Agent(agent) => run.agent = agent,
            other => panic!("{other:?}"),
        }
        let (phone_number, label) = ("+14155550100".into(), String::new());
        run.must(Input::PutPhoneNumber {
            phone_number,
            label,
            active: true,
        });
        let account = Account {
            max_concurrent_calls: 3,
            call_deadline_minutes: 30,
            ..Account::default()
        };
        run.must(Input::PutAccount { account });
        run
    }

    fn must(&mut self, input: Input) -> Output {
        self.apply(&SessionInput::Apply { input }).unwrap()
    }

    fn apply(&mut self, input: &SessionInput) -> Result<Output, leadline_engine::EngineError> {
        let output = self.session.apply(input)?;
        self.journal.push(serde_json::to_string(input).unwrap());
        Ok(output)
    }

    fn create(&mut self, recipe: &Recipe) -> WorkflowId {
        let definition = workflows::build(recipe, &self.agent);
        match self.must(Input::CreateWorkflow { definition }) {
            Output::Workflow(id) => id,
            other => panic!("{other:?}"),
        }
    }

    fn generate(&mut self, workflow_id: &WorkflowId, count: u32) {
        let (workflow_id, variables) = (workflow_id.clone(), vec![]);
        self.apply(&SessionInput::Generate {
            workflow_id,
            count,
            variables,
            seed: 1,
        })
        .unwrap();
    }
}

/// Gives one input and looks at everything afterwards.
fn step(run: &mut Run, input: &SessionInput) {
    let before = Watch::look(&run.session);
    let (bytes, now) = (run.session.snapshot(), run.session.now());
    match run.apply(input) {
        Ok(_) => Watch::look(&run.session).compare(&before, input),
        Err(error) => {
            assert_eq!(run.session.now(), now, "{error}");
            assert!(
                run.session.snapshot() == bytes,
                "refused, yet changed: {error}"
            );
            assert!(!error.code().is_empty() && error.to_string().len() < 2_000);
        }
    }
    run.session
        .engine()
        .check_invariants()
        .unwrap_or_else(|problem| panic!("{problem}"));
    let mut twice = run.session.clone();
    let tick = SessionInput::Apply { input: Input::Tick };
    twice.apply(&tick).unwrap();
    let once = twice.digest();
    twice.apply(&tick).unwrap();
    assert_eq!(
        twice.digest(),
        once,
        "a tick at the same time changes nothing"
    );
    twice
        .engine()
        .check_invariants()
        .unwrap_or_else(|problem| panic!("{problem}"));
}

fn replay(journal: &[String], tick_ms: Option<u32>) -> Session {
    let mut session = Session::new(config(tick_ms));
    for line in journal {
        let input: SessionInput = serde_json::from_str(line).unwrap();
        session.apply(&input).unwrap();
    }
    session
}

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        max_shrink_time: 15_000,
        ..Default::default()
    }
}

fn grids() -> impl Strategy<Value = Option<u32>> {
    prop_oneof![3 => Just(None), 1 => Just(Some(1_000)), 1 => Just(Some(60_000))]
}

proptest! {
    #![proptest_config(cases(80))]

    #[test]
    fn invariants_hold_after_every_step(
        first in workflows::recipes(),
        second in workflows::recipes(),
        ops in prop::collection::vec(script::ops(), 1..60),
        grid in grids(),
        read_back_at in any::<prop::sample::Index>(),
    ) {
        check(&[first, second], &ops, grid, read_back_at.index(ops.len()));
    }

    #[test]
    fn a_day_is_twenty_four_hours(
        recipe in workflows::recipes(),
        grid in grids(),
        minutes in 0i64..90,
    ) {
        let days_equal_hours = |step: Duration| {
            let mut run = Run::new(grid);
            let id = run.create(&recipe);
            run.generate(&id, 4);
            let _may_be_invalid = run.apply(&SessionInput::Apply {
                input: Input::Act { workflow_id: id, action: WorkflowAction::Activate },
            });
            let begin = run.session.now().plus(Duration::minutes(minutes));
            let end = begin.plus(Duration::days(1));
            run.session.advance(begin, u64::MAX).unwrap();
            while run.session.now() < end {
                let to = run.session.now().plus(step).min(end);
                while !run.session.advance(to, 3).unwrap().done {}
            }
            run.session.digest()
        };
        let whole = days_equal_hours(Duration::days(1));
        prop_assert_eq!(&whole, &days_equal_hours(Duration::hours(1)));
        prop_assert_eq!(&whole, &days_equal_hours(Duration(617_003)));
    }
}

fn check(recipes: &[Recipe], ops: &[Op], grid: Option<u32>, read_back_at: usize) {
    let mut run = Run::new(grid);
    for recipe in recipes {
        let id = run.create(recipe);
        run.generate(&id, 3);
    }
    let mut read_back: Option<Session> = None;
    for (index, op) in ops.iter().enumerate() {
        let Some(input) = script::input(op, &run.session, &run.agent) else {
            continue;
        };
        step(&mut run, &input);
        if let Some(session) = &mut read_back {
            let _refused_as_before = session.apply(&input);
            assert_eq!(
                session.digest(),
                run.session.digest(),
                "read back, then {input:?}"
            );
        }
        if index == read_back_at {
            let session = Session::restore(&run.session.snapshot()).unwrap();
            assert_eq!(session.digest(), run.session.digest(), "as read back");
            session
                .engine()
                .check_invariants()
                .unwrap_or_else(|problem| panic!("{problem}"));
            read_back = Some(session);
        }
    }
    assert_eq!(
        replay(&run.journal, grid).digest(),
        run.session.digest(),
        "replayed"
    );
}
