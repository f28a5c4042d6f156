//! Call logs, and reporting a call by hand.

use leadline_engine::{CallFilter, CallReport, Input};
use leadline_protocol::{Notice, Reply, Request};

use super::{MOST_ROWS, Outcome, change, problem};
use crate::host::{Host, Moment, Who};

pub(super) fn handle(host: &mut Host, who: Who, request: Request, at: Moment) {
    match request {
        Request::ListCalls {
            workflow_id,
            lead_id,
            status,
            page,
            limit,
        } => {
            let filter = CallFilter {
                workflow_id,
                lead_id,
                status,
            };
            let limit = limit.clamp(1, MOST_ROWS);
            let calls = host.session().engine().calls(&filter, page.max(1), limit);
            host.reply(
                who,
                calls.map(Reply::Calls).map_err(|error| problem(&error)),
            );
        }
        Request::ReportCall {
            call_id,
            status,
            analysis,
        } => {
            let report = CallReport {
                analysis,
                ..CallReport::of(status)
            };
            let input = Input::ReportCall {
                call_id: call_id.clone(),
                report,
            };
            change(host, who, input, at, move |session, _| {
                let call = session.engine().call(&call_id)?;
                let leads = Notice::Leads {
                    workflow_id: call.workflow_id.clone(),
                };
                Ok(Outcome::new(Reply::Call(call), vec![leads]))
            });
        }
        _ => host.reply(who, Err(super::invalid("this is not asked of calls"))),
    }
}
