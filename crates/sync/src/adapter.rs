//! Performs a machine's requests at a remote, in the remote's own words. An adapter keeps nothing: what
//! it has to remember of a document is handed in and out as [`Names`].
//!
//! An answer that is not what the remote's API would say (a web page, a login, a list without its
//! envelope) is nobody's answer: [`Answer::Lost`], never an empty list and never "it is gone".

use crate::http::Http;
use crate::machine::{Answer, Doc, Names, Request};
use crate::there::{AskThere, There};

pub mod files;
pub mod leadline;
pub mod plain;
mod wire;

pub use leadline::Leadline;
pub use plain::Plain;

/// How a remote is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Adapter {
    /// A Leadline server.
    Leadline(Leadline),
    /// A server of the plain workflow API: node by node and edge by edge, without versions.
    Plain(Plain),
}

/// What came of a request.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// For [`Machine::answered`](crate::Machine::answered).
    pub answer: Answer,
    /// What [`Doc::names`] is to be from now on, whatever the answer; `None`: as it was.
    pub names: Option<Names>,
}

impl From<Answer> for Outcome {
    fn from(answer: Answer) -> Outcome {
        Outcome {
            answer,
            names: None,
        }
    }
}

/// Why a question was not answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The status that came; `None`: nobody answered.
    pub status: Option<u16>,
    /// In words.
    pub message: String,
}

impl Adapter {
    /// Performs one request of the machine. `doc` is the document it is about, where one is known here;
    /// `key_epoch` is [`State::epoch`](crate::State::epoch), in which the request was made.
    pub async fn perform(
        &self,
        http: &impl Http,
        request: &Request,
        doc: Option<&Doc>,
        key_epoch: Option<&str>,
    ) -> Outcome {
        match self {
            Adapter::Leadline(adapter) => adapter.perform(http, request, key_epoch).await.into(),
            Adapter::Plain(adapter) => adapter.perform(http, request, doc).await,
        }
    }

    /// Asks about one workflow that runs there; `names` is the [`Doc::names`] of its document.
    ///
    /// # Errors
    ///
    /// What the remote said against it, or that it cannot be asked that, in words.
    pub async fn ask(
        &self,
        http: &impl Http,
        remote: &str,
        names: &Names,
        ask: &AskThere,
    ) -> Result<There, Refusal> {
        match self {
            Adapter::Leadline(adapter) => adapter.ask(http, remote, ask).await,
            Adapter::Plain(adapter) => adapter.ask(http, remote, names, ask).await,
        }
    }
}
