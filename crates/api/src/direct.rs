//! Answers without a router's machinery, for hosts in memory whose weight counts: the table of operations is
//! walked for each request.

use std::sync::Arc;

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::{HeaderValue, Method, Response, header};

use crate::Host;
use crate::operations::{OPERATIONS, Operation, Verb};
use crate::prose::{PROSE_PATHS, served};
use crate::router::{Params, answer, unknown_path, wrong_method};

/// Answers a request as the service that [`router`](crate::router) makes does.
pub async fn respond<H: Host>(host: Arc<H>, request: Request) -> Response<Body> {
    let is_head = request.method() == Method::HEAD;
    let mut response = routed(host, request).await;
    let size = HttpBody::size_hint(response.body()).exact();
    if let Some(size) = size {
        let headers = response.headers_mut();
        let length = headers.entry(header::CONTENT_LENGTH);
        length.or_insert_with(|| HeaderValue::from(size));
    }
    if is_head {
        *response.body_mut() = Body::empty();
    }
    response
}

async fn routed<H: Host>(host: Arc<H>, request: Request) -> Response<Body> {
    let path = request.uri().path().to_owned();
    if PROSE_PATHS.contains(&path.as_str()) {
        return match *request.method() {
            Method::GET | Method::HEAD => served(&path),
            _ => not_here(&["GET,HEAD"]),
        };
    }
    let Some((pattern, path)) = pattern(&path) else {
        return unknown_path().into_reply().into_response();
    };
    let asked = match request.method() {
        &Method::HEAD => &Method::GET,
        method => method,
    };
    let here = || OPERATIONS.iter().filter(|one| one.path == pattern);
    match here().find(|one| method(one.verb) == asked) {
        Some(operation) => answer(host, operation, params(pattern, path), request).await,
        None => {
            let allowed: Vec<&str> = here().map(|one| allowed(one.verb)).collect();
            not_here(&allowed)
        }
    }
}

/// The path does not take this method, but others.
fn not_here(allowed: &[&str]) -> Response<Body> {
    let mut response = wrong_method().into_reply().into_response();
    if let Ok(allowed) = HeaderValue::try_from(allowed.join(",")) {
        response.headers_mut().insert(header::ALLOW, allowed);
    }
    response
}

fn method(verb: Verb) -> &'static Method {
    match verb {
        Verb::Get => &Method::GET,
        Verb::Post => &Method::POST,
        Verb::Put => &Method::PUT,
        Verb::Patch => &Method::PATCH,
        Verb::Delete => &Method::DELETE,
    }
}

fn allowed(verb: Verb) -> &'static str {
    match verb {
        Verb::Get => "GET,HEAD",
        verb => method(verb).as_str(),
    }
}

/// The path of the operations that a request's path means, and that path as it is written there. Names come
/// before parameters.
fn pattern(path: &str) -> Option<(&'static str, &str)> {
    let versioned = path.strip_prefix("/v1").filter(|own| own.starts_with('/'));
    let own = versioned.unwrap_or(path);
    let fitting = OPERATIONS.iter().filter(|one: &&Operation| {
        (versioned.is_some() || !one.needs_key()) && fits(one.path, own)
    });
    let parameters = |pattern: &'static str| pattern.split('/').map(|part| name(part).is_some());
    let likeliest = fitting.min_by(|one, other| parameters(one.path).cmp(parameters(other.path)));
    likeliest.map(|operation| (operation.path, own))
}

/// The name of a parameter, where a part of a pattern is one.
fn name(part: &str) -> Option<&str> {
    part.strip_prefix('{')?.strip_suffix('}')
}

/// Whether a path is of a pattern. As for the router, only the last part must not be empty.
fn fits(pattern: &str, path: &str) -> bool {
    let mut parts = path.split('/').peekable();
    let fit = pattern.split('/').all(|wanted| match parts.next() {
        Some(part) if name(wanted).is_some() => !part.is_empty() || parts.peek().is_some(),
        part => part == Some(wanted),
    });
    fit && parts.next().is_none()
}

fn params(pattern: &str, path: &str) -> Params {
    let parts = pattern.split('/').zip(path.split('/'));
    let named = parts.filter_map(|(wanted, part)| Some((name(wanted)?, part)));
    named
        .map(|(name, part)| Some((name.to_owned(), decoded(part)?)))
        .collect()
}

/// A part of a path without its percent signs; nothing when it is no UTF-8 then.
fn decoded(part: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        match (first, after.split_at_checked(2)) {
            (b'%', Some((digits, after))) if digits.iter().all(u8::is_ascii_hexdigit) => {
                let digits = std::str::from_utf8(digits).ok()?;
                bytes.push(u8::from_str_radix(digits, 16).ok()?);
                rest = after;
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).ok()
}
