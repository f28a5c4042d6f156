//! What every request goes through before the API: a log line, a time limit, a rate limit.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, Response, StatusCode, header};
use axum::middleware::Next;
use leadline_api::ApiError;

use crate::metrics::Metrics;
use crate::unread;

/// Callers remembered at once; beyond, those that have rested longest are forgotten.
const MOST_CALLERS: usize = 10_000;

/// How much each caller may ask, and who asked how much lately.
#[derive(Clone)]
pub struct Limits {
    timeout: Duration,
    per_second: u32,
    callers: Arc<Mutex<BTreeMap<u64, Bucket>>>,
    metrics: Arc<Metrics>,
}

/// A bucket of requests that fills at a steady rate and holds two seconds' worth.
struct Bucket {
    /// Thousandths of a request.
    left: u64,
    at: Instant,
}

impl Limits {
    /// Limits of `per_second` requests for each key, 0 for none, and of the time each may take.
    pub fn new(timeout: Duration, per_second: u32, metrics: Arc<Metrics>) -> Limits {
        Limits {
            timeout,
            per_second,
            callers: Arc::default(),
            metrics,
        }
    }

    /// Takes a request from the caller's bucket; how long to wait when it is empty.
    fn take(&self, caller: u64, now: Instant) -> Result<(), Duration> {
        let rate = u64::from(self.per_second);
        let full = rate * 2_000;
        let mut callers = self.callers.lock().unwrap_or_else(PoisonError::into_inner);
        if callers.len() >= MOST_CALLERS && !callers.contains_key(&caller) {
            // A full bucket says no more than none.
            callers.retain(|_, bucket| now.duration_since(bucket.at) < Duration::from_secs(2));
        }
        let bucket = callers.entry(caller).or_insert(Bucket {
            left: full,
            at: now,
        });
        let passed = now.duration_since(bucket.at).as_millis().min(2_000) as u64;
        bucket.left = (bucket.left + passed * rate).min(full);
        bucket.at = now;
        match bucket.left.checked_sub(1_000) {
            Some(left) => {
                bucket.left = left;
                Ok(())
            }
            None => Err(Duration::from_millis(
                (1_000 - bucket.left).div_ceil(rate.max(1)),
            )),
        }
    }
}

/// Applies the limits and logs the request.
pub async fn apply(State(limits): State<Limits>, request: Request, next: Next) -> Response<Body> {
    let began = Instant::now();
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let (request, rest) = unread::watch(request);
    let mut response = match refusal(&limits, &request, began) {
        Some(refusal) => refusal,
        None => match tokio::time::timeout(limits.timeout, next.run(request)).await {
            Ok(response) => response,
            Err(_) => {
                let message = match method {
                    Method::GET | Method::HEAD => {
                        "The request took too long and was given up; it changed nothing."
                    }
                    _ => {
                        "The request took too long. Whether it takes effect is not known: send it again with the same Idempotency-Key to learn, or look first if it had none."
                    }
                };
                let error = ApiError::new(StatusCode::REQUEST_TIMEOUT, "timeout", message);
                let mut response = error.into_reply().into_response();
                let after = HeaderValue::from_static("1");
                response.headers_mut().insert(header::RETRY_AFTER, after);
                response
            }
        },
    };
    if !rest.drain().await {
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(header::CONNECTION, close);
    }
    let (status, took) = (response.status().as_u16(), began.elapsed());
    limits.metrics.answered(status, took);
    let ms = took.as_millis() as u64;
    tracing::info!(%method, path, status, ms, "request");
    response
}

/// The answer to a caller who asks too much.
fn refusal(limits: &Limits, request: &Request, now: Instant) -> Option<Response<Body>> {
    if limits.per_second == 0 {
        return None;
    }
    let key = request.headers().get(header::AUTHORIZATION);
    let key = key.map_or(&[][..], HeaderValue::as_bytes);
    let wait = limits.take(xxhash_rust::xxh3::xxh3_64(key), now).err()?;
    let message = "Too many requests; wait as long as Retry-After says.";
    let error = ApiError::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", message);
    let mut response = error.into_reply().into_response();
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    response
        .headers_mut()
        .insert(header::RETRY_AFTER, seconds.into());
    Some(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_empties_and_fills() {
        let limits = Limits::new(Duration::from_secs(1), 2, Arc::default());
        let now = Instant::now();
        for _ in 0..4 {
            assert_eq!(limits.take(1, now), Ok(()));
        }
        assert_eq!(limits.take(1, now), Err(Duration::from_millis(500)));
        assert_eq!(limits.take(2, now), Ok(()), "another caller has its own");
        let later = now + Duration::from_millis(500);
        assert_eq!(limits.take(1, later), Ok(()));
        assert!(limits.take(1, later).is_err());
    }
}
