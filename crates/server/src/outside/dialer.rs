//! Handing calls to a dialer behind a URL. Statuses come back on `/v1/call-logs/{id}/status`.

use std::sync::{Arc, Weak};
use std::time::Duration;

use axum::http::Request;
use leadline_engine::{CallRef, CallReport};
use leadline_model::CallStatus;

use super::http::Client;
use crate::host::{Organization, Server};

/// The longest the dialer may take to accept a call.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Places a call. A dialer that cannot be reached, or that takes no calls now, has made none: the engine
/// tries again, with the same `Idempotency-Key`. A call that it refuses for what it is has failed.
pub fn place(
    server: &Weak<Server>,
    client: &Client,
    url: &str,
    organization: &Arc<Organization>,
    call: CallRef,
    attempt: u32,
) {
    let begun = server
        .upgrade()
        .and_then(|server| server.begin_dial(organization, call, attempt));
    let Some((order, stored)) = begun else {
        return;
    };
    let answer = match stored.blocking_recv() {
        Ok(()) => ask(client, url, &order, attempt),
        Err(_) => Placed::Not("the server could not store that it dials".to_owned(), None),
    };
    let Some(server) = server.upgrade() else {
        return;
    };
    match answer {
        Placed::Yes => server.call_placed(organization, call),
        Placed::Refused(reason) => {
            let mut report = CallReport::of(CallStatus::Failed);
            report.end_reason = Some(reason);
            server.report_call(organization, call, report);
        }
        Placed::Not(reason, retry_after) => {
            let id = order["call_id"].as_str().unwrap_or_default();
            tracing::warn!(call = id, attempt, "a call could not be placed: {reason}");
            server.call_not_placed(organization, call, attempt, reason, retry_after);
        }
    }
}

/// What came of handing a call to the dialer.
enum Placed {
    /// It has it.
    Yes,
    /// It will never make this call.
    Refused(String),
    /// It has not made it: why, and after how many seconds it wants to be asked again.
    Not(String, Option<u32>),
}

fn ask(client: &Client, url: &str, order: &serde_json::Value, attempt: u32) -> Placed {
    let key = format!(
        "{}-{attempt}",
        order["call_id"].as_str().unwrap_or_default()
    );
    let request = Request::builder()
        .method("POST")
        .uri(url)
        .header("content-type", "application/json")
        .header("idempotency-key", key)
        .body(order.to_string().into_bytes());
    let request = match request {
        Ok(request) => request,
        Err(error) => return Placed::Not(shorten(&error.to_string()), None),
    };
    match client.send(request, TIMEOUT) {
        Ok(answer) if (200..300).contains(&answer.status) => Placed::Yes,
        Ok(answer) if REFUSALS.contains(&answer.status) => {
            let said = String::from_utf8_lossy(&answer.body);
            let reason = format!("the dialer refused the call with {}: {said}", answer.status);
            Placed::Refused(shorten(reason.trim_end_matches([':', ' '])))
        }
        Ok(answer) => {
            let reason = format!("the dialer answered {}", answer.status);
            Placed::Not(reason, answer.retry_after)
        }
        Err(error) => {
            let reason = format!("the dialer could not be reached: {error}");
            Placed::Not(shorten(&reason), None)
        }
    }
}

/// Statuses that say something of the call, not of the dialer.
const REFUSALS: [u16; 2] = [400, 422];

fn shorten(text: &str) -> String {
    text.chars().take(200).collect()
}
