//! The clock, the host's health and the document.

use leadline_model::{Duration, Time};
use leadline_sim::SessionInput;
use serde::Deserialize;
use serde_json::json;

use crate::ask::Ask;
use crate::{ApiError, Info, Reply, Write};

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
            }))
        },
    ))
}

/// The host is there.
pub(crate) fn health(info: Info) -> Reply {
    Reply::ok(&json!({
        "status": "ok",
        "version": env!("CARGO_PKG_VERSION"),
        "clock": info.clock,
        "calls": info.calls,
    }))
}

/// The OpenAPI document.
pub(crate) fn openapi(_: Info) -> Reply {
    Reply::ok(crate::document())
}
