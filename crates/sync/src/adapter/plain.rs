//! The plain workflow API.
use super::{Outcome, Refusal};
use crate::http::Http;
use crate::machine::{Answer, Doc, Names, Request};
use crate::there::{AskThere, There};

/// A server of the plain workflow API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Plain;

impl Plain {
    pub(super) async fn perform(self, _: &impl Http, _: &Request, _: Option<&Doc>) -> Outcome {
        Answer::Refused("not yet".to_owned()).into()
    }
    pub(super) async fn ask(
        self,
        _: &impl Http,
        _: &str,
        _: &Names,
        _: &AskThere,
    ) -> Result<There, Refusal> {
        Err(Refusal {
            status: None,
            message: "not yet".to_owned(),
        })
    }
}
