//! Random scripts: operations as small numbers, and what they mean for a session as it is.

use leadline_engine::{ActionResult, CallReport, Engine, Input, LeadBatch, LeadRef, RunFilter};
use leadline_model::{
    Account, AgentId, AnsweredBy, CallBounds, CallId, CallStatus, Change, Definition, Duration,
    Edge, EdgeId, LeadId, NodeId, Position, Time, Value, WorkflowAction, WorkflowId,
};
use leadline_sim::{GeneratedVariable, Outage, Session, SessionInput};
use proptest::prelude::*;

use crate::workflows::{config, settings, steps};

/// What to do, to the workflow `flow` and the things numbered `a`, `b`, `c`.
#[derive(Debug, Clone)]
pub struct Op {
    pub what: What,
    pub flow: u8,
    pub a: u8,
    pub b: u8,
    pub c: [u8; 5],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    Advance,
    Tick,
    Act,
    Activate,
    Pause,
    Resume,
    Enrol,
    Generate,
    Move,
    Resolve,
    Remove,
    Report,
    ReportAction,
    Settings,
    PutNode,
    PutEdge,
    DeleteEdge,
    DeleteNode,
    DeleteNodeMoving,
    Replace,
    Duplicate,
    Delete,
    Reset,
    Account,
    Agent,
    Number,
    NotPlaced,
    ChangeLead,
    Outage,
    ResumeRun,
    CancelRun,
    Absurd,
}

pub fn ops() -> impl Strategy<Value = Op> {
    use What::*;
    let what = prop_oneof![
        12 => Just(Advance), 1 => Just(Tick), 2 => Just(Act), 6 => Just(Activate),
        4 => Just(Pause), 4 => Just(Resume), 4 => Just(Enrol), 2 => Just(Generate),
        4 => Just(Move), 3 => Just(Resolve), 2 => Just(Remove), 6 => Just(Report),
        2 => Just(ReportAction), 3 => Just(Settings), 3 => Just(PutNode), 3 => Just(PutEdge),
        2 => Just(DeleteEdge), 2 => Just(DeleteNode), 2 => Just(DeleteNodeMoving),
        1 => Just(Replace), 1 => Just(Duplicate), 1 => Just(Delete), 1 => Just(Reset),
        2 => Just(Account), 2 => Just(Agent), 1 => Just(Number), 3 => Just(NotPlaced),
        2 => Just(ChangeLead), 1 => Just(Outage), 5 => Just(ResumeRun), 1 => Just(CancelRun), 4 => Just(Absurd),
    ];
    (
        what,
        any::<u8>(),
        any::<u8>(),
        any::<u8>(),
        any::<[u8; 5]>(),
    )
        .prop_map(|(what, flow, a, b, c)| Op {
            what,
            flow,
            a,
            b,
            c,
        })
}

fn pick<T: Clone>(list: &[T], n: u8) -> Option<T> {
    list.get(usize::from(n) % list.len().max(1)).cloned()
}

/// How long an advance is: from nothing to two weeks.
fn length(n: u8, fine: u8) -> Duration {
    let fine = i64::from(fine);
    match n % 6 {
        0 => Duration(fine),
        1 => Duration::seconds(fine),
        2 => Duration::minutes(fine),
        3 => Duration::hours(fine % 30),
        4 => Duration::days(fine % 15),
        _ => Duration::ZERO,
    }
}

/// The input an operation means; `None` when there is nothing to do it to.
pub fn input(op: &Op, session: &Session, agent: &AgentId) -> Option<SessionInput> {
    let engine = session.engine();
    if op.what == What::Advance {
        return Some(SessionInput::Advance {
            to: session.now().plus(length(op.a, op.b)),
        });
    }
    let mut ids: Vec<WorkflowId> = engine
        .workflows()
        .into_iter()
        .map(|summary| summary.workflow.id)
        .collect();
    ids.reverse();
    let workflow_id = pick(&ids, op.flow)?;
    if op.what == What::Generate {
        let variables = vec![GeneratedVariable {
            key: "tier".into(),
            values: vec!["a".into(), "c".into(), Value::Null],
        }];
        let (count, seed) = (u32::from(op.a % 4), op.b.into());
        return Some(SessionInput::Generate {
            workflow_id,
            count,
            variables,
            seed,
        });
    }
    if op.what == What::Outage {
        let from = session.now().plus(length(op.a % 3, op.b));
        let to = from.plus(Duration::minutes(i64::from(op.c[0]) + 1));
        let outages = vec![Outage { from, to }];
        return Some(SessionInput::Outages { outages });
    }
    if op.what == What::Absurd {
        return Some(absurd(op, session, workflow_id));
    }
    let input = engine_input(op, engine, workflow_id, agent)?;
    Some(SessionInput::Apply { input })
}

fn engine_input(
    op: &Op,
    engine: &Engine,
    workflow_id: WorkflowId,
    agent: &AgentId,
) -> Option<Input> {
    let definition = engine.definition(&workflow_id).ok()?.0;
    let nodes: Vec<NodeId> = definition
        .nodes
        .iter()
        .map(|node| node.id.clone())
        .collect();
    let flow = engine.flow_of(&workflow_id).ok()?;
    let count = engine.lead_count(&workflow_id).ok()?.max(1);
    let row = LeadRef {
        flow,
        lead: u32::from(op.a) % count,
    };
    let lead_id = engine.lead_id(row);
    let act = |action| Input::Act {
        workflow_id: workflow_id.clone(),
        action,
    };
    Some(match op.what {
        What::Tick => Input::Tick,
        What::Act => act(pick(&WorkflowAction::ALL, op.a)?),
        What::Activate => act(WorkflowAction::Activate),
        What::Pause => act(WorkflowAction::Pause),
        What::Resume => act(WorkflowAction::Resume),
        What::Enrol => Input::Enrol {
            workflow_id,
            leads: batch(op),
        },
        What::Move => {
            let to_node_id = pick(&nodes, op.b)?;
            Input::MoveLead {
                workflow_id,
                lead_id,
                to_node_id,
            }
        }
        What::Resolve => {
            let outcomes = [
                "",
                "COMPLETED",
                "DNP",
                "FAILED",
                "SUCCESS",
                "FAILURE",
                "yes",
                "no",
            ];
            let outcome = pick(&outcomes, op.b)?.to_owned();
            Input::ResolveLead {
                workflow_id,
                lead_id,
                outcome,
            }
        }
        What::Remove => Input::RemoveLead {
            workflow_id,
            lead_id,
        },
        What::Report => {
            let calls = engine.calls_of_lead(row);
            let call_id = engine.call_id(pick(&calls, op.b)?);
            let mut report = CallReport::of(pick(&CallStatus::ALL, op.c[0])?);
            report
                .analysis
                .insert("yes".into(), (op.c[1].is_multiple_of(2)).into());
            report.answered_by = AnsweredBy::ALL.get(usize::from(op.c[2] % 5)).copied();
            Input::ReportCall { call_id, report }
        }
        What::ReportAction => {
            let success = op.b.is_multiple_of(2);
            let (status, body) = (Some(u16::from(op.c[0]) * 3), i64::from(op.c[1]).into());
            let error = (!success).then(|| "no".into());
            let result = ActionResult {
                success,
                status,
                body,
                error,
            };
            Input::ReportAction {
                workflow_id,
                lead_id,
                result,
            }
        }
        What::Reset => Input::Reset {
            workflow_id,
            seed: Some(op.a.into()),
        },
        What::Duplicate => Input::Duplicate { workflow_id },
        What::Delete => Input::DeleteWorkflow { workflow_id },
        What::Account => {
            let max_concurrent_calls = u32::from(op.a % 5) + 1;
            let call_deadline_minutes = u32::from(op.b) % 90 + 1;
            Input::PutAccount {
                account: Account {
                    max_concurrent_calls,
                    call_deadline_minutes,
                    calls_per_person: op.c[0].is_multiple_of(3).then(|| CallBounds {
                        per_day: Some(u32::from(op.c[1] % 3) + 1),
                        per_week: Some(u32::from(op.c[2] % 6) + 1),
                        total: op.c[3].is_multiple_of(3).then_some(5),
                    }),
                    ..Account::default()
                },
            }
        }
        What::Agent => {
            let (name, prompt) = ("agent".into(), "Hello {{ tier }}".into());
            Input::PutAgent {
                id: Some(agent.clone()),
                name,
                prompt,
                workflow: (!op.b.is_multiple_of(4)).then(|| steps(op.b)),
                active: !op.a.is_multiple_of(4),
            }
        }
        What::Number => Input::PutPhoneNumber {
            phone_number: "+14155550100".into(),
            label: String::new(),
            active: !op.a.is_multiple_of(3),
        },
        What::NotPlaced => {
            let call = pick(&engine.calls_of_lead(row), op.b)?;
            let attempt = engine.call_log(call).attempt as u16;
            Input::CallNotPlaced {
                call_id: engine.call_id(call),
                attempt: attempt + u16::from(op.c[0].is_multiple_of(7)),
                reason: "refused".into(),
                retry_after_seconds: op.c[1].is_multiple_of(2).then(|| op.c[2].into()),
            }
        }
        What::ChangeLead => {
            let zones = ["Asia/Tokyo", "America/New_York", "nowhere"];
            let zone = pick(&zones, op.b)?;
            Input::ChangeLead {
                workflow_id,
                lead_id,
                variables: [
                    ("timezone".to_owned(), zone.into()),
                    ("tier".to_owned(), Value::Null),
                ]
                .into(),
            }
        }
        What::ResumeRun | What::CancelRun => {
            let (runs, _) = engine.runs(&RunFilter::default(), 100).ok()?;
            let run_id = pick(&runs, op.a)?.answer.run_id;
            let step = if op.b.is_multiple_of(5) {
                "call"
            } else {
                "ask"
            };
            match op.what {
                What::CancelRun => Input::CancelRun { run_id },
                _ => Input::ResumeRun {
                    run_id,
                    step: step.into(),
                    answer: if op.b.is_multiple_of(3) { "no" } else { "yes" }.into(),
                },
            }
        }
        What::DeleteNodeMoving => {
            let (node_id, to_node_id) = (pick(&nodes, op.a)?, pick(&nodes, op.b)?);
            Input::DeleteNodeMovingLeads {
                workflow_id,
                node_id,
                to_node_id,
            }
        }
        What::Replace => {
            let mut definition = definition.clone();
            definition
                .nodes
                .rotate_left(usize::from(op.a) % nodes.len().max(1));
            definition.settings = settings(op.c);
            Input::ReplaceDefinition {
                workflow_id,
                definition,
            }
        }
        _ => Input::Edit {
            apply_to_waiting: op.c[4].is_multiple_of(2),
            changes: changes(op, definition, agent)?,
            workflow_id,
        },
    })
}

fn changes(op: &Op, definition: &Definition, agent: &AgentId) -> Option<Vec<Change>> {
    Some(match op.what {
        What::Settings => vec![Change::SetSettings {
            settings: settings(op.c),
        }],
        What::PutNode => {
            let mut node = pick(&definition.nodes, op.a)?;
            let visits = usize::from(op.b) % definition.nodes.len();
            let new = config(op.c[0], op.c[1], agent, visits);
            if new.node_type() == node.config.node_type() {
                node.config = new;
            } else if op.c[2].is_multiple_of(4) {
                node.id = NodeId::parse(&format!("x{}", op.c[3] % 4)).ok()?;
                node.config = new;
                node.is_entry = false;
            } else {
                node.position_x = Position::px(i32::from(op.c[3]));
            }
            vec![Change::PutNode { node }]
        }
        What::PutEdge => {
            let from = pick(&definition.nodes, op.a)?;
            let output = pick(&from.config.outputs(), op.c[0]);
            let edge = Edge {
                id: EdgeId::parse(&format!("e{}", op.c[1] % 24)).ok()?,
                from_node_id: from.id.clone(),
                to_node_id: pick(&definition.nodes, op.b)?.id,
                label: output.and_then(|output| output.label),
            };
            vec![Change::PutEdge {
                edge,
                at: Some(op.c[2].into()).filter(|_| op.c[3].is_multiple_of(2)),
            }]
        }
        What::DeleteEdge => vec![Change::DeleteEdge {
            id: pick(&definition.edges, op.a)?.id,
        }],
        What::DeleteNode => {
            let id = pick(&definition.nodes, op.a)?.id;
            let touches = |edge: &&Edge| edge.from_node_id == id || edge.to_node_id == id;
            let edges = definition.edges.iter().filter(touches);
            let mut list: Vec<Change> = edges
                .map(|edge| Change::DeleteEdge {
                    id: edge.id.clone(),
                })
                .collect();
            list.push(Change::DeleteNode { id });
            list
        }
        _ => return None,
    })
}

fn batch(op: &Op) -> LeadBatch {
    let keys = vec!["timezone".into(), "callback_at".into(), "tier".into()];
    let zones = [
        Value::Null,
        "Asia/Tokyo".into(),
        "Mars/Olympus".into(),
        "".into(),
    ];
    let times = [
        Value::Null,
        "2026-03-09T12:00:00Z".into(),
        "2020-01-01T00:00:00Z".into(),
        5.into(),
    ];
    let rows = op.c.iter().take(usize::from(op.a % 4)).map(|n| {
        let at = |list: &[Value]| list[usize::from(n / 4) % 4].clone();
        (
            format!("+1555012{:04}", n % 16),
            vec![at(&zones), at(&times), i64::from(*n).into()],
        )
    });
    LeadBatch {
        keys,
        rows: rows.collect(),
    }
}

/// What no host would send, and a broken or hostile one might.
fn absurd(op: &Op, session: &Session, workflow_id: WorkflowId) -> SessionInput {
    let engine = session.engine();
    let now = session.now();
    let nobody = WorkflowId::from_counter(9, 9);
    let lead_id = LeadId::from_counter(9, 9);
    let long = "x".repeat(10 * 1024 * 1024);
    let edit = |change| Input::Edit {
        apply_to_waiting: false,
        workflow_id: workflow_id.clone(),
        changes: vec![change],
    };
    let input = match op.a % 20 {
        0 => {
            return SessionInput::Advance {
                to: Time(now.0 - 1 - i64::from(op.b)),
            };
        }
        1 => return SessionInput::Advance { to: Time(i64::MIN) },
        2 => return SessionInput::Advance { to: Time(i64::MAX) },
        3 => {
            let variables = vec![];
            return SessionInput::Generate {
                workflow_id,
                count: u32::MAX,
                variables,
                seed: 0,
            };
        }
        4 => Input::Act {
            workflow_id: nobody,
            action: WorkflowAction::Cancel,
        },
        5 => Input::RemoveLead {
            workflow_id,
            lead_id,
        },
        6 => {
            let call_id = CallId::from_counter(1, u64::MAX);
            Input::ReportCall {
                call_id,
                report: CallReport::of(CallStatus::Completed),
            }
        }
        7 => edit(Change::SetTitle { title: long }),
        8 => edit(Change::SetTitle { title: " ".into() }),
        9 => edit(Change::SetDescription { description: long }),
        10 => Input::PutAccount {
            account: Account {
                max_concurrent_calls: 0,
                call_deadline_minutes: u32::MAX,
                run_timeout_seconds: 0,
                calls_per_person: None,
            },
        },
        11 => {
            let rows = vec![
                ("+15550199999".into(), vec![]),
                ("call me".into(), vec![1.into(); 300]),
            ];
            Input::Enrol {
                workflow_id,
                leads: LeadBatch { keys: vec![], rows },
            }
        }
        12 => {
            let rows = vec![("+15550199998".into(), vec![Value::Text(long)])];
            Input::Enrol {
                workflow_id,
                leads: LeadBatch {
                    keys: vec!["k".into()],
                    rows,
                },
            }
        }
        13 => Input::PutAgent {
            id: None,
            name: "a b".into(),
            prompt: long,
            workflow: None,
            active: true,
        },
        14 => {
            let (phone_number, label) = ("+1".into(), long);
            Input::PutPhoneNumber {
                phone_number,
                label,
                active: true,
            }
        }
        15 => edit(Change::PutEdge {
            edge: Edge {
                id: EdgeId::from_counter(1, 1),
                from_node_id: NodeId::from_counter(1, 1),
                to_node_id: NodeId::from_counter(1, 2),
                label: Some(long),
            },
            at: Some(usize::MAX),
        }),
        16 => {
            let flow = engine.flow_of(&workflow_id).unwrap_or(0);
            let result = ActionResult {
                success: true,
                status: Some(u16::MAX),
                body: Value::Text(long),
                error: None,
            };
            let lead_id = engine.lead_id(LeadRef { flow, lead: 0 });
            Input::ReportAction {
                workflow_id,
                lead_id,
                result,
            }
        }
        17 => {
            let flow = engine.flow_of(&workflow_id).unwrap_or(0);
            let lead_id = engine.lead_id(LeadRef {
                flow,
                lead: u32::from(op.b),
            });
            Input::ResolveLead {
                workflow_id,
                lead_id,
                outcome: long,
            }
        }
        18 => {
            let mut settings = settings(op.c);
            settings.max_concurrent_calls = Some(0);
            settings.calling_window = None;
            edit(Change::SetSettings { settings })
        }
        _ => {
            let calls = engine.calls_of_lead(LeadRef { flow: 0, lead: 0 });
            let mut report = CallReport::of(CallStatus::Completed);
            report.duration_seconds = Some(u32::MAX);
            report.end_reason = Some(long);
            match calls.first() {
                Some(call) => Input::ReportCall {
                    call_id: engine.call_id(*call),
                    report,
                },
                None => Input::DeleteWorkflow {
                    workflow_id: nobody,
                },
            }
        }
    };
    SessionInput::Apply { input }
}
