//! A request that changes something, ready to be carried out in one step.

use leadline_engine::{Engine, Input, Output};
use leadline_sim::{Advanced, SessionInput};

use crate::{ApiError, Reply, RequestKey};

/// What came of an input.
#[derive(Debug)]
pub(crate) enum Done {
    /// The engine's answer.
    Output(Output),
    /// How far time went.
    Advanced(Advanced),
}

type Plan = Box<dyn FnOnce(&Engine) -> Result<SessionInput, ApiError> + Send>;
type Answer = Box<dyn FnOnce(&Engine, Done) -> Result<Reply, ApiError> + Send>;

/// A write: what it puts in is decided, and what it answers is read, in one step with nothing in
/// between, so that preconditions hold and an answer shows what this very write did.
pub struct Write {
    pub(crate) plan: Plan,
    pub(crate) answer: Answer,
    pub(crate) request: Option<RequestKey>,
    pub(crate) long: bool,
}

impl std::fmt::Debug for Write {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Write")
            .field("request", &self.request)
            .finish_non_exhaustive()
    }
}

impl Write {
    /// An input of the engine, and how its output is answered.
    pub(crate) fn new(
        plan: impl FnOnce(&Engine) -> Result<Input, ApiError> + Send + 'static,
        answer: impl FnOnce(&Engine, Output) -> Result<Reply, ApiError> + Send + 'static,
    ) -> Write {
        Write {
            plan: Box::new(|engine| plan(engine).map(|input| SessionInput::Apply { input })),
            answer: Box::new(|engine, done| match done {
                Done::Output(output) => answer(engine, output),
                Done::Advanced(_) => Err(ApiError::fault()),
            }),
            request: None,
            long: false,
        }
    }

    /// What the client calls it.
    pub fn request(&self) -> Option<&RequestKey> {
        self.request.as_ref()
    }

    /// Whether carrying it out may take long: time that passes, a large list.
    pub fn is_long(&self) -> bool {
        self.long
    }

    /// An input of the session, and what is answered.
    pub(crate) fn session(
        plan: impl FnOnce(&Engine) -> Result<SessionInput, ApiError> + Send + 'static,
        answer: impl FnOnce() -> Reply + Send + 'static,
    ) -> Write {
        Write {
            plan: Box::new(plan),
            answer: Box::new(|_, _| Ok(answer())),
            request: None,
            long: false,
        }
    }

    /// Lets time pass.
    pub(crate) fn advance(
        plan: impl FnOnce(&Engine) -> Result<SessionInput, ApiError> + Send + 'static,
        answer: impl FnOnce(Advanced) -> Reply + Send + 'static,
    ) -> Write {
        Write {
            plan: Box::new(plan),
            answer: Box::new(|_, done| match done {
                Done::Advanced(advanced) => Ok(answer(advanced)),
                Done::Output(_) => Err(ApiError::fault()),
            }),
            request: None,
            long: true,
        }
    }
}
