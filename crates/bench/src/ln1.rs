//! The workload: its graph, its luck, its report.

use std::sync::Arc;

use leadline_engine::{ActionResult, CallReport, EngineError, Input, LeadBatch, Output};
use leadline_model::condition::{ConditionGroup, LabelledBranch};
use leadline_model::{
    Account, ActionSimulation, Branches, CallSimulation, CallStatus, Condition, Definition, Delay,
    DelayUnit, Duration, Edge, EdgeId, Node, NodeConfig, NodeId, Operator, Position, Rule, Time,
    TimeConfig, Value, VoiceCall, WorkflowAction, WorkflowId,
};
use leadline_sim::{ActionPlan, CallPlan, Draw, Luck, Session, SessionConfig, SessionInput};
use serde::Serialize;

/// The answers every implementation shares.
#[derive(Debug, Clone, Copy)]
pub struct Ln1 {
    /// The seed; the published counts are those of 12345.
    pub seed: u32,
}

fn fmix32(mut h: u32) -> u32 {
    h ^= h >> 16;
    h = h.wrapping_mul(0x85eb_ca6b);
    h ^= h >> 13;
    h = h.wrapping_mul(0xc2b2_ae35);
    h ^ (h >> 16)
}

impl Ln1 {
    fn draws(self, draw: &Draw) -> (u32, u32) {
        let call = u32::from(draw.call) - 1;
        let key = draw
            .row
            .wrapping_mul(0x9E37_79B1)
            .wrapping_add(call.wrapping_mul(0x85EB_CA77));
        let r1 = fmix32(self.seed ^ key);
        (r1, fmix32(r1.wrapping_add(0x9E37_79B1)))
    }
}

impl Luck for Ln1 {
    fn call(&self, draw: &Draw, _ring_seconds: u32, _how: &CallSimulation) -> CallPlan {
        let (_, r2) = self.draws(draw);
        CallPlan {
            initiated_after: Duration(500),
            connected_after: Some(Duration(5_500)),
            ended_after: Duration(30_000 + i64::from(r2 % 270_001)),
        }
    }

    fn ending(
        &self,
        draw: &Draw,
        _how: &CallSimulation,
        _plan: &CallPlan,
        report: &mut CallReport,
    ) {
        let (r1, r2) = self.draws(draw);
        let second = r1 >> 8 & 1 == 1;
        report.status = match (r1 % 20, second) {
            (0..=6, _) => CallStatus::Completed,
            (7..=15, true) => CallStatus::Busy,
            (7..=15, false) => CallStatus::DidNotPick,
            (_, true) => CallStatus::NoAnswer,
            (_, false) => CallStatus::Failed,
        };
        if report.status != CallStatus::Completed {
            report.analysis.clear();
            return;
        }
        let interested = Value::Bool(r2 >> 31 == 1);
        match report.analysis.get_mut("interested") {
            Some(value) => *value = interested,
            None => {
                report.analysis.insert("interested".into(), interested);
            }
        }
    }

    fn action(&self, _draw: &Draw, _how: &ActionSimulation) -> ActionPlan {
        let result = ActionResult {
            success: true,
            status: None,
            body: Value::Null,
            error: None,
        };
        ActionPlan {
            after: Duration::ZERO,
            result,
        }
    }
}

/// What a run came to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Leads enrolled.
    pub leads: u32,
    /// The seed.
    pub seed: u32,
    /// Leads that were converted.
    pub completed: u64,
    /// Leads that were dropped.
    pub dropped: u64,
    /// Calls made.
    pub calls: u64,
    /// Starts, call statuses and ended delays.
    pub events: u64,
    /// When the last lead ended, after activation.
    pub makespan_ms: i64,
    /// The digest of the whole history.
    pub digest: String,
}

fn node(name: &str, config: NodeConfig, is_entry: bool) -> Result<Node, EngineError> {
    let id = node_id(name)?;
    let (position_x, position_y) = (Position::default(), Position::default());
    Ok(Node {
        id,
        config,
        label: name.to_owned(),
        position_x,
        position_y,
        is_entry,
    })
}

fn node_id(name: &str) -> Result<NodeId, EngineError> {
    NodeId::parse(name).map_err(|error| EngineError::Invalid(error.to_string()))
}

fn condition(field: &str, operator: Operator, value: Value, labels: [&str; 2]) -> NodeConfig {
    let rule = Rule {
        field: field.to_owned(),
        operator,
        value,
    };
    let when = ConditionGroup {
        all: Some(vec![Condition::Rule(rule)]),
        any: None,
    };
    let branches = vec![LabelledBranch {
        label: labels[0].to_owned(),
        when,
    }];
    NodeConfig::Conditional(Branches {
        branches,
        otherwise: Some(labels[1].to_owned()),
    })
}

fn delay(value: u32, unit: DelayUnit) -> NodeConfig {
    let delay = Some(Delay { value, unit });
    NodeConfig::Time(TimeConfig {
        delay,
        until: None,
        from: None,
    })
}

/// The graph, as a user would draw it.
fn definition(agent_id: leadline_model::AgentId) -> Result<Definition, EngineError> {
    let voice = VoiceCall {
        agent_id: Some(agent_id),
        from_phone_number: Some("+14155550100".to_owned()),
        ..VoiceCall::default()
    };
    let interested = condition(
        "call.analysis.interested",
        Operator::Equals,
        true.into(),
        ["yes", "no"],
    );
    let third = condition(
        "visits.third",
        Operator::GreaterThanOrEqual,
        3.into(),
        ["enough", "again"],
    );
    let nodes = vec![
        node("call", NodeConfig::VoiceCall(voice), true)?,
        node("interested", interested, false)?,
        node("third", third, false)?,
        node("wait_2d", delay(2, DelayUnit::Days), false)?,
        node("wait_4h", delay(4, DelayUnit::Hours), false)?,
        node(
            "converted",
            NodeConfig::Converted(Default::default()),
            false,
        )?,
        node("dropped", NodeConfig::Dropped(Default::default()), false)?,
    ];
    let mut edges = Vec::new();
    for (i, (from, label, to)) in [
        ("call", Some("COMPLETED"), "interested"),
        ("call", Some("DNP"), "third"),
        ("call", Some("FAILED"), "wait_4h"),
        ("interested", Some("yes"), "converted"),
        ("interested", Some("no"), "dropped"),
        ("third", Some("enough"), "dropped"),
        ("third", Some("again"), "wait_2d"),
        ("wait_2d", None, "call"),
        ("wait_4h", None, "call"),
    ]
    .into_iter()
    .enumerate()
    {
        edges.push(Edge {
            id: EdgeId::from_counter(1, i as u64),
            from_node_id: node_id(from)?,
            to_node_id: node_id(to)?,
            label: label.map(str::to_owned),
        });
    }
    let title = "LN-1".to_owned();
    Ok(Definition {
        title,
        nodes,
        edges,
        ..Definition::default()
    })
}

/// A workflow with its leads, activated but not started.
pub struct Prepared {
    session: Session,
    workflow: WorkflowId,
    leads: u32,
    seed: u32,
}

fn apply(session: &mut Session, input: Input) -> Result<Output, EngineError> {
    session.apply(&SessionInput::Apply { input })
}

/// Builds the workload up to its activation at t = 0.
pub fn prepare(leads: u32, seed: u32) -> Result<Prepared, EngineError> {
    let config = SessionConfig {
        organization_id: "bench".into(),
        now: Time(1_750_000_000_000),
        key: 1,
        tick_ms: None,
    };
    let mut session = Session::with_luck(config, Arc::new(Ln1 { seed }));
    let (name, prompt) = ("agent".to_owned(), String::new());
    let agent = apply(
        &mut session,
        Input::PutAgent {
            id: None,
            name,
            prompt,
            workflow: None,
            active: true,
        },
    )?;
    let Output::Agent(agent) = agent else {
        return Err(EngineError::Invalid("no agent was made".into()));
    };
    let (phone_number, label) = ("+14155550100".to_owned(), String::new());
    apply(
        &mut session,
        Input::PutPhoneNumber {
            phone_number,
            label,
            active: true,
        },
    )?;
    let max_concurrent_calls = (leads / 100).max(10);
    let account = Account {
        max_concurrent_calls,
        ..Account::default()
    };
    apply(&mut session, Input::PutAccount { account })?;
    let created = apply(
        &mut session,
        Input::CreateWorkflow {
            definition: definition(agent)?,
        },
    )?;
    let Output::Workflow(workflow) = created else {
        return Err(EngineError::Invalid("no workflow was made".into()));
    };
    let rows =
        (0..leads).map(|lead| (format!("+1{:010}", u64::from(lead) + 2_000_000_000), vec![]));
    let batch = LeadBatch {
        keys: vec![],
        rows: rows.collect(),
    };
    apply(
        &mut session,
        Input::Enrol {
            workflow_id: workflow.clone(),
            leads: batch,
        },
    )?;
    let action = WorkflowAction::Activate;
    apply(
        &mut session,
        Input::Act {
            workflow_id: workflow.clone(),
            action,
        },
    )?;
    Ok(Prepared {
        session,
        workflow,
        leads,
        seed,
    })
}

impl Prepared {
    /// Runs until nothing is due; what is timed.
    pub fn run(&mut self) -> Result<(), EngineError> {
        while let Some(due) = self.session.next_due() {
            let horizon = due.plus(Duration::days(30));
            self.session.advance(horizon, 10_000_000)?;
        }
        Ok(())
    }

    /// Bytes of leads, calls, history and timers.
    pub fn bytes(&self) -> usize {
        self.session.engine().bytes()
    }

    /// What it came to.
    pub fn report(&self) -> Result<Report, EngineError> {
        let engine = self.session.engine();
        let summary = engine.workflow(&self.workflow)?;
        let counters = engine.counters(&self.workflow)?;
        Ok(Report {
            leads: self.leads,
            seed: self.seed,
            completed: summary.lead_counts.completed,
            dropped: summary.lead_counts.dropped,
            calls: counters.calls,
            events: counters.events(),
            makespan_ms: summary.workflow.updated_at.0 - 1_750_000_000_000,
            digest: self.session.digest(),
        })
    }
}
