//! Refusals as they are answered: the one place where HTTP statuses are chosen.

use axum::http::StatusCode;
use leadline_engine::{EngineError, ErrorKind};
use leadline_model::words::sentence;
use leadline_model::{ChangeError, Finding};
use serde::Serialize;

use crate::Reply;

/// A refusal: a status, a stable code, what is wrong in words, and what a graph lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// The HTTP status.
    pub status: u16,
    /// A stable code for programs.
    pub code: &'static str,
    /// What is wrong; never empty.
    pub messages: Vec<String>,
    /// What a graph lacks.
    pub findings: Vec<Finding>,
    /// The present version of what was to be changed, where that is told.
    pub etag: Option<String>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Message<'a> {
    One(&'a str),
    Several(&'a [String]),
}

#[derive(Serialize)]
struct Body<'a> {
    #[serde(rename = "statusCode")]
    status: u16,
    message: Message<'a>,
    error: &'a str,
    code: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    findings: &'a [Finding],
}

impl ApiError {
    /// A refusal with one message.
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> ApiError {
        ApiError {
            status: status.as_u16(),
            code,
            messages: vec![message.into()],
            findings: Vec::new(),
            etag: None,
        }
    }

    /// A request that is wrong in itself: 400.
    pub fn bad(code: &'static str, message: impl Into<String>) -> ApiError {
        ApiError::new(StatusCode::BAD_REQUEST, code, message)
    }

    /// Something of this name does not exist here: 404.
    pub fn unknown(code: &'static str, message: impl Into<String>) -> ApiError {
        ApiError::new(StatusCode::NOT_FOUND, code, message)
    }

    /// A request that does not fit how things stand: 409.
    pub fn conflict(code: &'static str, message: impl Into<String>) -> ApiError {
        ApiError::new(StatusCode::CONFLICT, code, message)
    }

    /// Several things wrong with a request at once: 400.
    pub fn invalid(problems: Vec<String>) -> ApiError {
        ApiError {
            status: 400,
            code: "invalid",
            messages: problems,
            findings: Vec::new(),
            etag: None,
        }
    }

    /// A fault of Leadline itself: 500.
    pub fn fault() -> ApiError {
        let message = "This is a fault of Leadline's; please report it.";
        ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "fault", message)
    }

    /// No key, or not a good one: 401.
    pub fn unauthorized(has_key: bool) -> ApiError {
        let message = match has_key {
            true => "This key is not known here, or was revoked.",
            false => "A key is needed: send `Authorization: Bearer <key>`.",
        };
        ApiError::new(StatusCode::UNAUTHORIZED, "unauthorized", message)
    }

    /// The refusal as an answer.
    pub fn into_reply(self) -> Reply {
        let error = StatusCode::from_u16(self.status)
            .ok()
            .and_then(|status| status.canonical_reason())
            .unwrap_or("Error");
        let message = match self.messages.as_slice() {
            [one] => Message::One(one),
            several => Message::Several(several),
        };
        let mut reply = Reply::json(
            self.status,
            &Body {
                status: self.status,
                message,
                error,
                code: self.code,
                findings: &self.findings,
            },
        );
        reply.etag = self.etag;
        reply
    }
}

impl From<EngineError> for ApiError {
    fn from(error: EngineError) -> ApiError {
        let status = match error.kind() {
            ErrorKind::Unknown => StatusCode::NOT_FOUND,
            ErrorKind::NotNow => StatusCode::CONFLICT,
            ErrorKind::Graph | ErrorKind::Invalid => match error {
                EngineError::Change(ChangeError::DuplicateEdge { .. }) => StatusCode::CONFLICT,
                _ => StatusCode::BAD_REQUEST,
            },
            ErrorKind::Fault => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let code = error.code();
        let (messages, findings) = match error {
            EngineError::BadAnswer(problems) | EngineError::BadSteps(problems) => {
                let told = problems.iter().map(|problem| sentence(problem));
                (told.collect(), Vec::new())
            }
            EngineError::InvalidGraph(findings) => {
                let messages = findings.iter().map(|found| found.message.clone());
                (messages.collect(), findings)
            }
            EngineError::BadLeads(rows) => {
                let rows = rows.iter();
                let messages = rows.map(|(row, problem)| format!("Lead {row}: {problem}."));
                (messages.collect(), Vec::new())
            }
            other => (vec![sentence(&other.to_string())], Vec::new()),
        };
        ApiError {
            status: status.as_u16(),
            code,
            messages,
            findings,
            etag: None,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn text(error: ApiError) -> String {
        String::from_utf8(error.into_reply().body).unwrap()
    }

    #[test]
    fn one_message_is_a_text_and_several_are_a_list() {
        assert_eq!(
            text(ApiError::conflict("in_use", "It is used.")),
            r#"{"statusCode":409,"message":"It is used.","error":"Conflict","code":"in_use"}"#
        );
        let two = ApiError::invalid(vec!["a".into(), "b".into()]);
        assert_eq!(
            text(two),
            r#"{"statusCode":400,"message":["a","b"],"error":"Bad Request","code":"invalid"}"#
        );
    }
}
