//! Refusals of the engine as the page shows them.

use leadline_engine::{EngineError, ErrorKind};
use leadline_model::words::sentence;
use leadline_protocol::{Problem, ProblemCode};

/// A refusal in the page's words.
pub(crate) fn problem(error: &EngineError) -> Problem {
    let code = match error.kind() {
        ErrorKind::Unknown => ProblemCode::NotFound,
        ErrorKind::NotNow => ProblemCode::Conflict,
        ErrorKind::Graph => ProblemCode::InvalidGraph,
        ErrorKind::Invalid => match error {
            EngineError::TimeWentBack { .. } => ProblemCode::Conflict,
            _ => ProblemCode::Invalid,
        },
        ErrorKind::Fault => ProblemCode::Internal,
    };
    let findings = match error {
        EngineError::InvalidGraph(findings) => findings.clone(),
        _ => Vec::new(),
    };
    Problem {
        code,
        message: sentence(&error.to_string()),
        findings,
    }
}

/// A request that is wrong in itself.
pub(crate) fn invalid(message: &str) -> Problem {
    Problem {
        code: ProblemCode::Invalid,
        message: sentence(message),
        findings: Vec::new(),
    }
}
