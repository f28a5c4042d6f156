//! Delivering the request of a step, of a lead or of a run.

use std::sync::{Arc, Weak};
use std::thread;
use std::time::Duration;

use axum::http::Request;
use hmac::{Hmac, KeyInit, Mac};
use leadline_engine::ActionResult;
use leadline_model::{Value, Webhook, limits};
use sha2::Sha256;

use super::Asker;
use super::http::{Answer, Client};
use crate::database::wall;
use crate::host::{Organization, Server};

/// The pause before the second try; doubled up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Delivers a webhook, trying as often as its node says, and reports what came of it.
pub fn deliver(
    server: &Weak<Server>,
    client: &Client,
    secret: Option<&str>,
    organization: &Arc<Organization>,
    asker: Asker,
) {
    let mut pause = FIRST_PAUSE;
    let mut tries = 0;
    loop {
        // Between two tries the step may have ended, or the server been told to.
        let delivery = server.upgrade();
        let delivery = delivery.and_then(|server| server.delivery(organization, asker));
        let Some((webhook, key)) = delivery else {
            return;
        };
        let answer = send(client, secret, &webhook, &key);
        tries += 1;
        let again = match &answer {
            Ok(answer) => answer.status == 429 || answer.status >= 500,
            Err(_) => true,
        };
        if again && tries <= webhook.max_retries.unwrap_or(3) {
            thread::sleep(pause);
            pause = (pause * 2).min(LONGEST_PAUSE);
            continue;
        }
        if let Some(server) = server.upgrade() {
            server.report_delivery(organization, asker, result(answer));
        }
        return;
    }
}

fn send(
    client: &Client,
    secret: Option<&str>,
    webhook: &Webhook,
    key: &str,
) -> Result<Answer, String> {
    let url = webhook.url.as_deref().unwrap_or_default();
    if !(url.starts_with("https://") || url.starts_with("http://")) {
        return Err(format!("`{url}` is no address of the web"));
    }
    let method = webhook.method.as_deref().unwrap_or("POST");
    let mut request = Request::builder().method(method).uri(url);
    for (name, value) in &webhook.headers {
        request = request.header(name, value);
    }
    let body = webhook.body.clone().unwrap_or_default().into_bytes();
    let named = webhook
        .headers
        .keys()
        .any(|name| name.eq_ignore_ascii_case("content-type"));
    if !body.is_empty() && !named {
        request = request.header("content-type", "application/json");
    }
    request = request.header("idempotency-key", key);
    if let Some(secret) = secret {
        request = request.header("leadline-signature", sign(secret, wall().0, &body));
    }
    let request = request.body(body).map_err(|error| error.to_string())?;
    let seconds = webhook.timeout_seconds.unwrap_or(10).clamp(1, 300);
    client.send(request, Duration::from_secs(seconds.into()))
}

/// `t=<milliseconds>,v1=<hex>`: the HMAC-SHA256 over the time, a full stop and the body.
pub fn sign(secret: &str, now: i64, body: &[u8]) -> String {
    // Keys of every length are good.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return String::new();
    };
    mac.update(format!("{now}.").as_bytes());
    mac.update(body);
    let code = mac.finalize().into_bytes();
    let hex: String = code.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("t={now},v1={hex}")
}

fn result(answer: Result<Answer, String>) -> ActionResult {
    match answer {
        Err(error) => ActionResult {
            success: false,
            status: None,
            body: Value::Null,
            error: Some(error.chars().take(1_000).collect()),
        },
        Ok(answer) => {
            let success = (200..300).contains(&answer.status);
            ActionResult {
                success,
                status: Some(answer.status),
                body: value(&answer.body),
                error: (!success).then(|| format!("it answered {}", answer.status)),
            }
        }
    }
}

/// JSON as what it says, anything else as a text.
fn value(body: &[u8]) -> Value {
    let read = serde_json::from_slice::<Value>(body).ok();
    let light = read.filter(|value| value.weight() <= limits::MAX_VARIABLES_WEIGHT / 2);
    match light {
        Some(value) => value,
        None if body.is_empty() => Value::Null,
        None => Value::Text(String::from_utf8_lossy(body).chars().take(8_000).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_covers_time_and_body() {
        // As `printf '1000.{}' | openssl dgst -sha256 -hmac key` says.
        let signature = sign("key", 1_000, b"{}");
        assert_eq!(
            signature,
            "t=1000,v1=c32de42341dece79a1511c9e7f74a2734112edcfcf48943c976faf07047065db"
        );
        assert_ne!(sign("key", 1_001, b"{}")[6..], signature[6..]);
    }

    #[test]
    fn bodies_are_kept_as_what_they_say_within_bounds() {
        assert_eq!(value(b""), Value::Null);
        assert_eq!(value(b"7"), Value::from(7));
        assert_eq!(value(b"plain"), Value::from("plain"));
        let long = vec![b'x'; 32 << 10];
        assert!(value(&long).weight() < limits::MAX_VARIABLES_WEIGHT);
    }
}
