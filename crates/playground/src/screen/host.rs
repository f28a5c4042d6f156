//! What the screen needs of whoever shows it: the app's page, or the custom element.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use web_sys::{AbortSignal, Response};

use crate::request::Sent;

/// What comes later, on this thread.
pub type Later<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Whoever shows the screen.
pub trait Host {
    /// An engine of a seed; the one kept in this tab, unless a fresh one is wanted. An error says in words
    /// why there is none.
    fn open(&self, seed: Option<f64>, fresh: bool) -> Later<'_, Result<Opened, String>>;

    /// What this tab keeps under a name.
    fn kept(&self, name: &str) -> Option<String>;

    /// Keeps a text for this tab, as far as the browser lets us.
    fn keep(&self, name: &str, text: &str);

    /// What the screen is to begin with: `operation`, `tour`, `server` or `seed`.
    fn attribute(&self, name: &str) -> Option<String>;

    /// Hears where the reader is.
    fn moved(&self, operation: Option<String>, tour: Option<String>);
}

/// An engine that was opened.
#[derive(Clone)]
pub struct Opened {
    /// The engine.
    pub engine: Rc<dyn Engine>,
    /// Whether it is the one that was kept.
    pub restored: bool,
}

/// An engine with the REST API around it.
pub trait Engine {
    /// Sends a request and waits for the head of the answer. Requests take effect in the order in which
    /// they were sent. An error says in words why there is no answer.
    fn send<'a>(
        &'a self,
        sent: &'a Sent,
        signal: &'a AbortSignal,
    ) -> Later<'a, Result<Response, String>>;

    /// Its time.
    fn now(&self) -> Option<String>;

    /// From now on this is the engine that answers, and the one to be kept over a reload.
    fn take_up(&self);
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Opened {{ restored: {} }}", self.restored)
    }
}
