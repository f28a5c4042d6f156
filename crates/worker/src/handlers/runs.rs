//! Runs of agents' workflows, and what waits for a person (SPEC 6).

use leadline_engine::{EngineError, Input, Output, RunFilter};
use leadline_model::RunId;
use leadline_protocol::{Inbox, Notice, Reply, Request, RunQuery, Runs};
use leadline_sim::Session;

use super::{MOST_ROWS, Outcome, Told, change, problem};
use crate::host::{Host, Moment, Who};

/// Pending actions in one answer.
const MOST_PENDING: usize = 500;

pub(super) fn handle(host: &mut Host, who: Who, request: Request, at: Moment) {
    let input = match request {
        Request::StartRun { agent, task, state } => Input::StartRun {
            agent_name: agent,
            task,
            state,
        },
        Request::ResumeRun {
            run_id,
            step,
            answer,
        } => Input::ResumeRun {
            run_id,
            step,
            answer,
        },
        Request::CancelRun { run_id } => Input::CancelRun { run_id },
        request => {
            let answer = read(host.session(), request).map_err(|error| problem(&error));
            return host.reply(who, answer);
        }
    };
    change(host, who, input, at, |session, output| {
        let Output::Run(id) = output else {
            return Err(EngineError::Invalid("no run was changed".to_owned()));
        };
        told(session, &id)
    });
}

fn told(session: &Session, id: &RunId) -> Told {
    let run = session.engine().run(id)?;
    let mut notices = Vec::new();
    if let Some(lead) = &run.lead {
        let workflow_id = lead.workflow_id.clone();
        notices.push(Notice::Leads { workflow_id });
    }
    Ok(Outcome::new(Reply::Run(Box::new(run)), notices))
}

fn read(session: &Session, request: Request) -> Result<Reply, EngineError> {
    let engine = session.engine();
    Ok(match request {
        Request::GetRun { run_id } => Reply::Run(Box::new(engine.run(&run_id)?)),
        Request::ListRuns { query } => {
            let RunQuery {
                status,
                agent,
                lead_id,
                before,
                limit,
            } = query;
            let filter = RunFilter {
                status,
                agent,
                lead: lead_id,
                before,
            };
            let limit = limit.clamp(1, MOST_ROWS) as usize;
            let (runs, more) = engine.runs(&filter, limit)?;
            Reply::Runs(Runs { runs, more })
        }
        _ => Reply::Inbox(Inbox {
            pending: engine.inbox(MOST_PENDING),
            total: engine.pending_actions() as u64,
        }),
    })
}
