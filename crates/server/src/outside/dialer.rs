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

/// Places a call once. A dialer that cannot be reached or refuses ends it as failed; the node's
/// retry policy says what then.
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
    if stored.blocking_recv().is_err() {
        // It could not be stored; if that stays so, the account's deadline ends the call.
        return;
    }
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
    let failed = match request {
        Err(error) => error.to_string(),
        Ok(request) => match client.send(request, TIMEOUT) {
            Ok(answer) if (200..300).contains(&answer.status) => return,
            Ok(answer) => format!("the dialer answered {}", answer.status),
            Err(error) => format!("the dialer could not be reached: {error}"),
        },
    };
    if let Some(server) = server.upgrade() {
        let mut report = CallReport::of(CallStatus::Failed);
        report.end_reason = Some(failed.chars().take(1_000).collect());
        server.report_call(organization, call, report);
    }
}
