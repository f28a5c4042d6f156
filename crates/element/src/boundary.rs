//! The screen's host as JavaScript provides it, and the screen as JavaScript sees it.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Promise, Reflect};
use leadline_playground::request::Sent;
use leadline_playground::screen::{self, ENGINE_KEY, Engine, Host, Later, Opened, text_of};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, HtmlElement, Request, Response};

#[wasm_bindgen]
extern "C" {
    /// What the element gives the screen.
    #[wasm_bindgen(js_name = Host)]
    pub type JsHost;

    /// An engine and whether it is the one that was kept, as an object.
    #[wasm_bindgen(method, catch)]
    fn open(this: &JsHost, seed: Option<f64>, fresh: bool) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method)]
    fn kept(this: &JsHost, name: &str) -> Option<String>;

    #[wasm_bindgen(method)]
    fn keep(this: &JsHost, name: &str, text: &str);

    #[wasm_bindgen(method)]
    fn attribute(this: &JsHost, name: &str) -> Option<String>;

    #[wasm_bindgen(method)]
    fn moved(this: &JsHost, operation: Option<String>, tour: Option<String>);

    /// The class `Leadline` of the npm package.
    #[derive(Clone)]
    type Leadline;

    #[wasm_bindgen(method, catch)]
    fn fetch(this: &Leadline, request: &Request) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, getter)]
    fn now(this: &Leadline) -> Option<String>;
}

async fn promised(promise: Result<Promise, JsValue>) -> Result<JsValue, JsValue> {
    JsFuture::from(promise?).await
}

/// The engine reads paths only, but a Request needs a whole address.
const NOWHERE: &str = "http://engine.invalid";

/// The engine that answers.
type Answering = Rc<RefCell<Option<Leadline>>>;

struct ElementHost {
    host: JsHost,
    answering: Answering,
}

impl Host for ElementHost {
    fn open(&self, seed: Option<f64>, fresh: bool) -> Later<'_, Result<Opened, String>> {
        Box::pin(async move {
            let opened = promised(self.host.open(seed, fresh)).await;
            let opened = opened.map_err(|error| text_of(&error))?;
            let field = |name: &str| Reflect::get(&opened, &name.into()).unwrap_or_default();
            let engine = PackagesEngine {
                engine: field("engine").unchecked_into(),
                answering: Rc::clone(&self.answering),
            };
            Ok(Opened {
                engine: Rc::new(engine),
                restored: field("restored").is_truthy(),
            })
        })
    }

    fn kept(&self, name: &str) -> Option<String> {
        self.host.kept(name)
    }

    fn keep(&self, name: &str, text: &str) {
        self.host.keep(name, text);
    }

    fn attribute(&self, name: &str) -> Option<String> {
        self.host.attribute(name)
    }

    fn moved(&self, operation: Option<String>, tour: Option<String>) {
        self.host.moved(operation, tour);
    }
}

/// An engine of the npm package.
struct PackagesEngine {
    engine: Leadline,
    answering: Answering,
}

impl Engine for PackagesEngine {
    fn send<'a>(
        &'a self,
        sent: &'a Sent,
        signal: &'a AbortSignal,
    ) -> Later<'a, Result<Response, String>> {
        Box::pin(async move {
            let request = screen::request(NOWHERE, ENGINE_KEY, sent, signal);
            let request = request.map_err(|error| text_of(&error))?;
            let response = promised(self.engine.fetch(&request)).await;
            response
                .map(JsCast::unchecked_into)
                .map_err(|error| match signal.aborted() {
                    true => screen::STOPPED.to_owned(),
                    false => text_of(&error),
                })
        })
    }

    fn now(&self) -> Option<String> {
        self.engine.now()
    }

    fn take_up(&self) {
        self.answering.replace(Some(self.engine.clone()));
    }
}

/// The styles of the element.
#[wasm_bindgen]
pub fn styles() -> String {
    screen::styles().to_owned()
}

/// A playground in the page.
#[wasm_bindgen]
pub struct Playground {
    screen: screen::Playground,
    answering: Answering,
}

impl std::fmt::Debug for Playground {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.screen.fmt(f)
    }
}

/// Draws a playground into an element. `host` is what `js/element.js` provides.
#[wasm_bindgen]
pub fn mount(parent: HtmlElement, host: JsHost) -> Playground {
    console_error_panic_hook::set_once();
    let answering = Answering::default();
    let host = ElementHost {
        host,
        answering: Rc::clone(&answering),
    };
    Playground {
        screen: screen::mount(parent, Rc::new(host)),
        answering,
    }
}

#[wasm_bindgen]
impl Playground {
    /// An attribute of the element was changed.
    pub fn attribute(&self, name: &str, value: Option<String>) {
        self.screen.attribute(name, value);
    }

    /// The engine, to be kept over a reload; nothing before there is one.
    pub fn engine(&self) -> JsValue {
        let answering = self.answering.borrow();
        answering.as_ref().map_or(JsValue::NULL, JsValue::from)
    }

    /// Takes it out of the page.
    pub fn unmount(self) {
        self.screen.unmount();
    }
}
