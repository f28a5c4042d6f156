//! What subscribers are told: the same, with the same numbers, however time passes.

#![allow(clippy::unwrap_used, clippy::panic)]

use leadline_engine::{Announcement, Input, LeadBatch, Output};
use leadline_model::{Definition, Duration, EventKind, Time, WorkflowAction, WorkflowStatus};
use leadline_sim::{News, Session, SessionConfig, SessionInput};

fn put(session: &mut Session, input: Input) -> Output {
    session.apply(&SessionInput::Apply { input }).unwrap()
}

fn subscribe(session: &mut Session, active: bool) -> Output {
    let input = Input::PutSubscription {
        id: session.engine().subscriptions().keys().next().cloned(),
        url: "https://example.com/".into(),
        description: String::new(),
        events: vec![EventKind::LeadDropped],
        active,
        secret: Some("0123456789abcdef".into()),
    };
    put(session, input)
}

/// A session with an active workflow of fifty leads, a third of which come to another end.
fn session() -> Session {
    let mut session = Session::new(SessionConfig {
        organization_id: "org_x".into(),
        now: Time(1_772_442_000_000),
        key: 7,
        tick_ms: None,
    });
    session.listen();
    subscribe(&mut session, true);
    let definition: Definition = serde_json::from_value(serde_json::json!({
        "title": "Wait",
        "nodes": [
            {"id": "w", "node_type": "TIME", "is_entry": true, "config": {"from": {"source": "lead", "key": "at"}}},
            {"id": "c", "node_type": "CONDITIONAL", "config": {"branches": [
                {"label": "lost", "all": [{"field": "lead.lost", "operator": "equals", "value": true}]}], "otherwise": "won"}},
            {"id": "won", "node_type": "CONVERTED", "config": {}}, {"id": "lost", "node_type": "DROPPED", "config": {}}],
        "edges": [{"id": "1", "from_node_id": "w", "to_node_id": "c"},
            {"id": "2", "from_node_id": "c", "to_node_id": "won", "label": "won"},
            {"id": "3", "from_node_id": "c", "to_node_id": "lost", "label": "lost"}]
    }))
    .unwrap();
    let Output::Workflow(workflow_id) = put(&mut session, Input::CreateWorkflow { definition })
    else {
        panic!("no workflow");
    };
    let lead = |n: i64| {
        let at = session
            .now()
            .plus(Duration::minutes(n * 17 % 600))
            .to_string();
        let values = vec![at.as_str().into(), (n % 3 == 0).into()];
        (format!("+14155560{n:03}"), values)
    };
    let leads = LeadBatch {
        keys: vec!["at".into(), "lost".into()],
        rows: (0..50).map(lead).collect(),
    };
    let id = workflow_id.clone();
    put(&mut session, Input::Enrol { workflow_id, leads });
    let (workflow_id, action) = (id, WorkflowAction::Activate);
    put(
        &mut session,
        Input::Act {
            workflow_id,
            action,
        },
    );
    session
}

fn advance(session: &mut Session, minutes: i64) -> Vec<News> {
    let to = session.now().plus(Duration::minutes(minutes));
    session.advance(to, u64::MAX).unwrap();
    session.take_news()
}

#[test]
fn news_do_not_depend_on_how_far_time_goes_at_once_nor_on_snapshots() {
    let mut at_once = session();
    let all = advance(&mut at_once, 600);
    assert_eq!(all.len(), 52, "activated, fifty ends, completed");
    assert!(all.iter().map(|news| news.number).eq(1..=52));
    let ends = |kind| all.iter().filter(|news| news.what.kind() == kind).count();
    assert_eq!(
        (ends(EventKind::LeadDropped), ends(EventKind::LeadCompleted)),
        (17, 33)
    );
    let Announcement::StatusChanged { from, to, .. } = all[51].what else {
        panic!("{:?}", all[51]);
    };
    assert_eq!(
        (from, to),
        (WorkflowStatus::Active, WorkflowStatus::Completed)
    );
    let mut bit_by_bit = session();
    let mut again = Vec::new();
    for _ in 0..60 {
        again.extend(advance(&mut bit_by_bit, 10));
        bit_by_bit = Session::restore(&bit_by_bit.snapshot()).unwrap();
        bit_by_bit.listen();
    }
    assert_eq!(again, all);
    assert_eq!(bit_by_bit.digest(), at_once.digest());
}

#[test]
fn what_nobody_wants_is_not_counted() {
    let mut session = session();
    let first = advance(&mut session, 100).len() as u64;
    subscribe(&mut session, false);
    assert_eq!(advance(&mut session, 100), []);
    let since = |session: &Session| {
        session
            .engine()
            .subscriptions()
            .values()
            .next()
            .unwrap()
            .since
    };
    assert_eq!((session.engine().announced(), since(&session)), (first, 0));
    subscribe(&mut session, true);
    assert_eq!(
        since(&session),
        first,
        "what happened meanwhile is not told"
    );
    let next = advance(&mut session, 600);
    assert_eq!(next[0].number, first + 1);
    let mut unheard = Session::restore(&session.snapshot()).unwrap();
    let input = Input::Reset {
        workflow_id: session.engine().workflow_at(0).unwrap().id.clone(),
        seed: None,
    };
    put(&mut unheard, input);
    assert_eq!(unheard.take_news(), [], "nobody listens");
    assert_eq!(
        unheard.engine().announced(),
        session.engine().announced() + 1
    );
}
