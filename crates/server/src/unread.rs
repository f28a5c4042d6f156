//! What is left of a request's body when it was answered before it was read: it is read to its end, so that
//! the connection can be used again, or the client is told that it cannot.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Error;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use http_body_util::{BodyExt, Limited};

/// The most that is read in vain, and for how long.
const MOST: usize = 1 << 20;
const LONGEST: Duration = Duration::from_secs(2);

/// Where the rest of a body is left.
type Slot = Arc<Mutex<Option<Body>>>;

/// A body that leaves what is not read of it.
struct Watched {
    body: Option<Body>,
    slot: Slot,
}

/// The rest of a body, once the request was answered.
pub struct Rest(Slot);

/// A request whose body leaves what is not read of it.
pub fn watch(request: Request) -> (Request, Rest) {
    let slot = Slot::default();
    let rest = Rest(Arc::clone(&slot));
    let watched = request.map(|body| {
        let body = Some(body);
        Body::new(Watched { body, slot })
    });
    (watched, rest)
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Error>>> {
        match &mut self.body {
            Some(body) => Pin::new(body).poll_frame(context),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.body
            .as_ref()
            .map(HttpBody::size_hint)
            .unwrap_or_default()
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let left = self.body.take().filter(|body| !body.is_end_stream());
        *self.slot.lock().unwrap_or_else(PoisonError::into_inner) = left;
    }
}

impl Rest {
    /// Reads what is left; whether that came to its end.
    pub async fn drain(self) -> bool {
        let left = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(body) = left else {
            return true;
        };
        let read = Limited::new(body, MOST).collect();
        matches!(tokio::time::timeout(LONGEST, read).await, Ok(Ok(_)))
    }
}
