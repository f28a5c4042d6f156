//! The clock, the host's health and the document.

use leadline_model::{Duration, Time};
use leadline_sim::{Outage, SessionInput};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::ask::Ask;
use crate::{ApiError, Condition, Desk, Info, Problem, Reply, Write};

#[derive(Deserialize)]
struct Advance {
    by_ms: Option<i64>,
    to: Option<Time>,
}

/// Lets simulated time pass.
pub(crate) fn advance(ask: Ask) -> Result<Write, ApiError> {
    let Advance { by_ms, to } = ask.body()?;
    Ok(Write::advance(
        move |engine| {
            let by = Duration(by_ms.unwrap_or(0));
            let to = to.unwrap_or_else(|| engine.now().plus(by));
            Ok(SessionInput::Advance { to })
        },
        |advanced| {
            Reply::ok(&json!({
                "now": advanced.now,
                "ticks": advanced.ticks,
                "events": advanced.events,
                "done": advanced.done,
            }))
        },
    ))
}

#[derive(Serialize, Deserialize)]
struct Outages {
    outages: Vec<Outage>,
}

/// When the simulated carrier is out.
pub(crate) fn outages(desk: &Desk, _: &Ask) -> Result<Reply, ApiError> {
    let outages = desk.session().outages().to_vec();
    Ok(Reply::ok(&Outages { outages }))
}

/// Says when the simulated carrier is out.
pub(crate) fn put_outages(ask: Ask) -> Result<Write, ApiError> {
    let Outages { outages } = ask.body()?;
    let shown = outages.clone();
    Ok(Write::session(
        |_| Ok(SessionInput::Outages { outages }),
        || Reply::ok(&Outages { outages: shown }),
    ))
}

/// The host is there.
pub(crate) fn health(info: Info, problems: &[Problem]) -> Reply {
    let worst = problems.iter().map(|problem| problem.condition).max();
    let mut told = json!({
        "status": "ok",
        "version": env!("CARGO_PKG_VERSION"),
        "clock": info.clock,
        "calls": info.calls,
    });
    if let Some(worst) = worst {
        told["status"] = json!(worst);
        told["problems"] = json!(problems);
    }
    match worst {
        Some(Condition::Failing) => Reply::json(503, &told),
        _ => Reply::ok(&told),
    }
}

/// The OpenAPI document.
pub(crate) fn openapi(_: Info, _: &[Problem]) -> Reply {
    Reply::ok(crate::document())
}
