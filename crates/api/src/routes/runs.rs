//! Runs of agents' workflows: started, resumed, read, cancelled (SPEC 6).

use leadline_engine::{Engine, Input, Output, RunFilter};
use leadline_model::run::RunDetail;
use leadline_model::{RunId, RunStatus, Value, Variables};
use serde::{Deserialize, Serialize};

use crate::ask::{Ask, DEFAULT_LIMIT};
use crate::reply::etag;
use crate::{ApiError, Desk, Reply, Write};

/// What a list can be filtered by.
pub(crate) const STATUSES: &[&str] = &["running", "paused", "completed", "failed", "cancelled"];

#[derive(Deserialize)]
struct Start {
    input: Begin,
}

#[derive(Deserialize)]
struct Begin {
    task: String,
    #[serde(default)]
    state: Variables,
}

#[derive(Deserialize)]
struct Resume {
    input: Resumed,
}

#[derive(Deserialize)]
struct Resumed {
    resume: Answer,
}

#[derive(Deserialize)]
struct Answer {
    step: String,
    input: Value,
}

/// What starting, resuming and cancelling answer: nothing beside what clients of SPEC 6 expect.
fn answer(engine: &Engine, output: Output) -> Result<Reply, ApiError> {
    match output {
        Output::Run(id) => Ok(Reply::ok(&engine.run(&id)?.answer)),
        _ => Err(ApiError::fault()),
    }
}

pub(crate) fn start(ask: Ask) -> Result<Write, ApiError> {
    let Start { input } = ask.body()?;
    let agent_name = ask.path("agent_name").to_owned();
    Ok(Write::new(
        move |_| {
            Ok(Input::StartRun {
                agent_name,
                task: input.task,
                state: input.state,
            })
        },
        answer,
    ))
}

pub(crate) fn resume(ask: Ask) -> Result<Write, ApiError> {
    let Resume {
        input: Resumed { resume },
    } = ask.body()?;
    let run_id = ask.run_id()?;
    Ok(Write::new(
        move |engine| {
            let run = engine.run(&run_id)?;
            ask.guard(|| Ok([etag(&run)]))?;
            Ok(Input::ResumeRun {
                run_id,
                step: resume.step,
                answer: resume.input,
            })
        },
        answer,
    ))
}

pub(crate) fn cancel(ask: Ask) -> Result<Write, ApiError> {
    let run_id = ask.run_id()?;
    Ok(Write::new(
        move |engine| {
            let run = engine.run(&run_id)?;
            ask.guard(|| Ok([etag(&run)]))?;
            Ok(Input::CancelRun { run_id })
        },
        answer,
    ))
}

pub(crate) fn get(desk: &Desk, ask: &Ask) -> Result<Reply, ApiError> {
    Ok(Reply::object(&desk.engine().run(&ask.run_id()?)?))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Runs {
    data: Vec<RunDetail>,
    cursor: Option<RunId>,
    has_more: bool,
}

pub(crate) fn list(desk: &Desk, ask: &Ask) -> Result<Reply, ApiError> {
    let before = ask.query("cursor").map(|text| {
        let shown: String = text.chars().take(64).collect();
        let message = format!("`cursor`: `{shown}` is none that a list of runs answered.");
        let unknown = || ApiError::bad("bad_cursor", message);
        let id = RunId::parse(text).ok();
        let id = id.filter(|id| desk.engine().run(id).is_ok());
        id.ok_or_else(unknown)
    });
    let filter = RunFilter {
        status: ask.one_of("status", &RunStatus::ALL, RunStatus::as_str),
        agent: ask.query("agent").map(str::to_owned),
        lead: None,
        before: before.transpose()?,
    };
    let limit = ask.number("limit").unwrap_or(DEFAULT_LIMIT) as usize;
    let (data, has_more) = desk.engine().runs(&filter, limit)?;
    let last = data.last().map(|run| run.answer.run_id.clone());
    Ok(Reply::ok(&Runs {
        cursor: last.filter(|_| has_more),
        data,
        has_more,
    }))
}
