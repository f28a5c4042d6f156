//! Requests in, answers out, in one step: nothing here ever waits but a stream of changes.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use axum::body::{Body, Bytes, HttpBody};
use axum::http::{self, HeaderMap, HeaderName, HeaderValue, Method, Uri, header};
use futures::FutureExt;
use leadline_api::respond;

use crate::{Home, Refused};

/// A request. Header values are Latin-1, as they are in JavaScript.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The method.
    pub method: String,
    /// Path and query, such as `/v1/workflows?limit=1`.
    pub target: String,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// The body; empty when there is none.
    pub body: Vec<u8>,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The status in words.
    pub reason: &'static str,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// The body, when it is whole already.
    pub body: Vec<u8>,
    /// The body, when it comes bit by bit.
    pub stream: Option<Stream>,
}

/// A body that goes on for as long as something changes. It is to be asked again after each write.
#[derive(Debug)]
pub struct Stream(Body);

/// What a stream has to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Some more of the body.
    Bytes(Bytes),
    /// Nothing for now.
    NotYet,
    /// It is over.
    End,
}

impl Stream {
    /// What comes next.
    pub fn read(&mut self) -> Next {
        let mut nobody = Context::from_waker(Waker::noop());
        match Pin::new(&mut self.0).poll_frame(&mut nobody) {
            Poll::Ready(Some(Ok(frame))) => Next::Bytes(frame.into_data().unwrap_or_default()),
            Poll::Ready(_) => Next::End,
            Poll::Pending => Next::NotYet,
        }
    }

    /// All of a body that is there already.
    fn all(&mut self) -> Result<Vec<u8>, Refused> {
        let mut all = Vec::new();
        loop {
            match self.read() {
                Next::Bytes(more) => all.extend_from_slice(&more),
                Next::End => return Ok(all),
                Next::NotYet => return Err(Refused::fault()),
            }
        }
    }
}

impl Home {
    /// Answers a request. An error when it is none that HTTP could carry.
    pub fn send(&self, request: Request) -> Result<Answer, Refused> {
        let request = self.parse(request)?;
        let sent = respond(Arc::clone(&self.keeper), request).now_or_never();
        let answered = sent.ok_or_else(Refused::fault)?;
        let (head, body) = answered.into_parts();
        let whole = HttpBody::size_hint(&body).exact().is_some();
        let mut stream = Stream(body);
        let body = match whole {
            true => stream.all()?,
            false => Vec::new(),
        };
        Ok(Answer {
            status: head.status.as_u16(),
            reason: head.status.canonical_reason().unwrap_or_default(),
            headers: write_headers(&head.headers),
            body,
            stream: (!whole).then_some(stream),
        })
    }

    fn parse(&self, request: Request) -> Result<http::Request<Body>, Refused> {
        let mut read = http::Request::new(Body::from(request.body));
        *read.method_mut() = Method::from_bytes(request.method.as_bytes())
            .map_err(|_| Refused::request(format!("{} is no method.", request.method)))?;
        *read.uri_mut() = Uri::try_from(request.target)
            .map_err(|error| Refused::request(format!("The address cannot be used: {error}.")))?;
        for (name, value) in request.headers {
            let bad = || Refused::request(format!("The header {name} cannot be sent."));
            let header = HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad())?;
            let bytes = value
                .chars()
                .map(u8::try_from)
                .collect::<Result<Vec<_>, _>>();
            let bytes = bytes.map_err(|_| bad())?;
            let value = HeaderValue::from_bytes(&bytes).map_err(|_| bad())?;
            read.headers_mut().append(header, value);
        }
        if let Some(key) = &self.key
            && !read.headers().contains_key(header::AUTHORIZATION)
        {
            let value = HeaderValue::try_from(format!("Bearer {key}"))
                .map_err(|_| Refused::option("The key fits into no header."))?;
            read.headers_mut().insert(header::AUTHORIZATION, value);
        }
        Ok(read)
    }
}

fn write_headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &HeaderValue| value.as_bytes().iter().copied().map(char::from).collect();
    let pairs = headers.iter();
    pairs
        .map(|(name, value)| (name.as_str().to_owned(), text(value)))
        .collect()
}
