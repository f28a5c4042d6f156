//! Call logs, and what the provider says of calls.

use leadline_engine::{CallFilter, CallReport, Input};
use leadline_model::{CallStatus, LeadId, WorkflowId};

use crate::ask::Ask;
use crate::reply::etag;
use crate::{ApiError, Desk, Reply, Write};

/// What a list can be filtered by.
pub(crate) const STATUSES: &[&str] = &[
    "created",
    "waiting",
    "initiated",
    "sent",
    "received",
    "connected",
    "completed",
    "did_not_pick",
    "busy",
    "failed",
    "no_answer",
    "cancelled",
    "retry_expired",
];

pub(crate) fn list(desk: &Desk, ask: &Ask) -> Result<Reply, ApiError> {
    let unknown = |name: &str| ApiError::invalid(vec![format!("`{name}` is no id.")]);
    let workflow_id = ask.query("workflow_id").map(WorkflowId::parse).transpose();
    let lead_id = ask.query("lead_id").map(LeadId::parse).transpose();
    let filter = CallFilter {
        workflow_id: workflow_id.map_err(|_| unknown("workflow_id"))?,
        lead_id: lead_id.map_err(|_| unknown("lead_id"))?,
        status: ask.one_of("status", &CallStatus::ALL, CallStatus::as_str),
    };
    let (page, limit) = ask.page();
    Ok(Reply::ok(&desk.engine().calls(&filter, page, limit)?))
}

pub(crate) fn get(desk: &Desk, ask: &Ask) -> Result<Reply, ApiError> {
    Ok(Reply::object(&desk.engine().call(&ask.call_id()?)?))
}

pub(crate) fn report(ask: Ask) -> Result<Write, ApiError> {
    let (call_id, report) = (ask.call_id()?, ask.body::<CallReport>()?);
    let id = call_id.clone();
    Ok(Write::new(
        move |engine| {
            let call = engine.call(&call_id)?;
            ask.guard(|| Ok([etag(&call)]))?;
            Ok(Input::ReportCall { call_id, report })
        },
        move |engine, _| Ok(Reply::object(&engine.call(&id)?)),
    ))
}
