//! Refusals of the engine as the page shows them.

use leadline_engine::EngineError;
use leadline_protocol::{Problem, ProblemCode};

/// A refusal in the page's words.
pub(crate) fn problem(error: &EngineError) -> Problem {
    let code = match error {
        EngineError::UnknownWorkflow(_)
        | EngineError::UnknownNode(_)
        | EngineError::UnknownEdge(_)
        | EngineError::UnknownLead(_)
        | EngineError::UnknownCall(_)
        | EngineError::UnknownAgent(_)
        | EngineError::UnknownPhoneNumber(_) => ProblemCode::NotFound,
        EngineError::WrongStatus { .. }
        | EngineError::NotPossibleNow { .. }
        | EngineError::LeadsOnNode { .. }
        | EngineError::CallEnded { .. }
        | EngineError::Illegal(_)
        | EngineError::LeadNotInside(_)
        | EngineError::InUse { .. }
        | EngineError::TimeWentBack { .. } => ProblemCode::Conflict,
        EngineError::InvalidGraph(_) => ProblemCode::InvalidGraph,
        EngineError::Change(_)
        | EngineError::ImpossibleOutcome { .. }
        | EngineError::Invalid(_)
        | EngineError::BadLeads(_)
        | EngineError::Limit { .. } => ProblemCode::Invalid,
        EngineError::Stalled { .. } => ProblemCode::Internal,
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

/// With a capital and a full stop.
pub(crate) fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().into_iter().flat_map(char::to_uppercase);
    let mut sentence: String = first.chain(chars).collect();
    if !sentence.ends_with(['.', '!', '?']) {
        sentence.push('.');
    }
    sentence
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_sentences() {
        for (text, want) in [
            ("it is", "It is."),
            ("Done.", "Done."),
            ("", "."),
            ("über", "Über."),
        ] {
            assert_eq!(sentence(text), want);
        }
    }
}
