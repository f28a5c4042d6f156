//! What the app's page gives the playground's screen.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use leadline_playground::screen::{Host, Later, Opened};
use leadline_protocol::Request;
use leptos::prelude::*;
use web_sys::MessageChannel;

use super::engine::{PageEngine, Port};
use super::kept;
use crate::components::address::Param;
use crate::dom;
use crate::state::AppState;

/// The app's page as the screen sees it.
pub struct PageHost {
    app: AppState,
    operation: Param,
    tour: Param,
    /// What the address asked for when the page was opened.
    asked: [(&'static str, String); 2],
    engines: RefCell<Vec<Weak<Port>>>,
    /// The number of the engine that answers.
    answering: Rc<Cell<usize>>,
}

impl PageHost {
    /// A host whose reader's place is in these parameters of the address.
    pub fn new(app: AppState, operation: Param, tour: Param) -> PageHost {
        let asked = |param: Param| untrack(|| param.get());
        PageHost {
            app,
            operation,
            tour,
            asked: [("operation", asked(operation)), ("tour", asked(tour))],
            engines: RefCell::default(),
            answering: Rc::default(),
        }
    }

    /// The worker cannot go on: neither can its engines.
    pub fn fail(&self, reason: &str) {
        for port in self.engines.borrow().iter().filter_map(Weak::upgrade) {
            port.fail(reason);
        }
    }

    async fn begin(&self, seed: Option<f64>, fresh: bool) -> Result<Opened, String> {
        let channel = MessageChannel::new().map_err(|error| dom::error_text(&error))?;
        let asked = self
            .app
            .client
            .ask_with::<()>(Request::ServeApi, Some(channel.port2().into()));
        asked.await.map_err(|problem| problem.message)?;
        let number = self.engines.borrow().len() + 1;
        let answering = Rc::clone(&self.answering);
        let engine = PageEngine::new(channel.port1(), number, answering);
        self.engines.borrow_mut().push(engine.port());
        let before = match fresh {
            true => None,
            false => kept::read(kept::ENGINE),
        };
        let bytes = before.map(|text| kept::bytes_of(&text)).unwrap_or_default();
        let restored = engine.open(seed.unwrap_or(1.0) as u64, &bytes).await?;
        if !restored && !bytes.is_empty() {
            leptos::logging::warn!("the engine that was kept cannot be read: another begins");
        }
        Ok(Opened {
            engine: Rc::new(engine),
            restored,
        })
    }
}

impl Host for PageHost {
    fn open(&self, seed: Option<f64>, fresh: bool) -> Later<'_, Result<Opened, String>> {
        Box::pin(self.begin(seed, fresh))
    }

    fn kept(&self, name: &str) -> Option<String> {
        kept::read(name)
    }

    fn keep(&self, name: &str, text: &str) {
        kept::write(name, Some(text));
    }

    fn attribute(&self, name: &str) -> Option<String> {
        let mut asked = self.asked.iter();
        let (_, text) = asked.find(|(asked, _)| *asked == name)?;
        Some(text.clone()).filter(|text| !text.is_empty())
    }

    /// What is shown is kept in the address, so that a link leads to it.
    fn moved(&self, operation: Option<String>, tour: Option<String>) {
        for (param, text) in [(self.operation, operation), (self.tour, tour)] {
            let text = text.unwrap_or_default();
            if untrack(|| param.get()) != text {
                param.set(text);
            }
        }
    }
}
