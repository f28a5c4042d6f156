//! Answers, before they become HTTP responses: what an idempotency key keeps.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use serde::{Deserialize, Serialize};

use crate::ApiError;

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The version of the object that is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// Where a new object is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// JSON.
    #[serde(with = "text")]
    pub body: Vec<u8>,
}

/// Bodies are JSON, so they are kept as the texts they are.
mod text {
    use serde::{Deserialize, Deserializer, Serializer, ser::Error};

    pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(std::str::from_utf8(bytes).map_err(S::Error::custom)?)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        String::deserialize(deserializer).map(String::into_bytes)
    }
}

impl Reply {
    /// An answer with a body.
    pub fn json(status: u16, body: &impl Serialize) -> Reply {
        match serde_json::to_vec(body) {
            Ok(body) => Reply {
                status,
                etag: None,
                location: None,
                body,
            },
            // Bodies are made of texts, numbers, lists and maps with text keys.
            Err(_) => ApiError::fault().into_reply(),
        }
    }

    /// 200 with a body.
    pub fn ok(body: &impl Serialize) -> Reply {
        Reply::json(200, body)
    }

    /// 200 with a sentence.
    pub fn done(message: &str) -> Reply {
        Reply::ok(&serde_json::json!({ "message": message }))
    }

    /// 200 with one object and its version, which is made from all that is shown.
    pub fn object(body: &impl Serialize) -> Reply {
        let mut reply = Reply::ok(body);
        reply.etag = Some(etag_of(&reply.body));
        reply
    }

    /// With a version of its own.
    pub fn version(mut self, etag: String) -> Reply {
        self.etag = Some(etag);
        self
    }

    /// 201: the object is new, and is here.
    pub fn created(mut self, location: String) -> Reply {
        self.status = 201;
        self.location = Some(location);
        self
    }

    /// As a response.
    pub fn into_response(self) -> Response<Body> {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        let json = HeaderValue::from_static("application/json");
        headers.insert(header::CONTENT_TYPE, json);
        for (name, value) in [(header::ETAG, self.etag), (header::LOCATION, self.location)] {
            if let Some(value) = value.and_then(|text| HeaderValue::from_str(&text).ok()) {
                headers.insert(name, value);
            }
        }
        if self.status == 401 {
            let scheme = HeaderValue::from_static("Bearer");
            headers.insert(header::WWW_AUTHENTICATE, scheme);
        }
        response
    }
}

/// The version of a representation.
pub(crate) fn etag_of(bytes: &[u8]) -> String {
    format!("\"{:016x}\"", xxhash_rust::xxh3::xxh3_64(bytes))
}

/// The version of a thing: that of its representation.
pub(crate) fn etag(thing: &impl Serialize) -> String {
    Reply::object(thing).etag.unwrap_or_default()
}
