//! What an adapter needs of whoever performs its requests: a browser's `fetch`, a client of a
//! program, a server in memory.

use std::collections::BTreeMap;
use std::future::Future;

/// A request below a remote's address. Whoever sends it adds the address, the key and a time limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// `GET`, `POST`, ...
    pub method: &'static str,
    /// Below the address, with its query, such as `/v1/workflows?sort=id`.
    pub path: String,
    /// Headers besides `Authorization` and `Content-Type`.
    pub headers: Vec<(&'static str, String)>,
    /// JSON.
    pub body: Option<String>,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpResponse {
    /// The status.
    pub status: u16,
    /// Headers, their names in lower case.
    pub headers: BTreeMap<String, String>,
    /// What came as text.
    pub body: String,
}

/// Nobody answered, in words that say what may be wrong. Whether the request took effect is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreachable(pub String);

/// Sends requests.
pub trait Http {
    /// Sends one request and waits for the whole answer.
    fn send(&self, request: HttpRequest)
    -> impl Future<Output = Result<HttpResponse, Unreachable>>;
}
