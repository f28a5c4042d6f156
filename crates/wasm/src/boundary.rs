//! What JavaScript sees: numbers, texts, bytes, and lists as `serde-wasm-bindgen` reads and writes them.
//! `npm/src/leadline.js` makes the API of it.

use js_sys::{Error, Reflect, Uint8Array};
use leadline_home::{Answer, Home, Next, Options, Refused, Request, RestoreError, Stream};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

fn error(code: &str, message: &str) -> JsValue {
    let error = Error::new(message);
    // A fresh object takes every property.
    let _taken = Reflect::set(&error, &"code".into(), &code.into());
    error.into()
}

fn refused(refused: Refused) -> JsValue {
    error(refused.code, &refused.message)
}

fn not_restored(refused: RestoreError) -> JsValue {
    error("invalid_snapshot", &refused.to_string())
}

/// A home.
#[wasm_bindgen(js_name = Home)]
#[derive(Debug)]
pub struct JsHome(Home);

#[wasm_bindgen(js_class = Home)]
impl JsHome {
    /// A new home; the options are JSON, since a field that nobody knows must be refused, which
    /// `serde-wasm-bindgen` passes over.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &str) -> Result<JsHome, JsValue> {
        console_error_panic_hook::set_once();
        let home = Options::parse(options).and_then(|options| Home::new(&options));
        home.map(JsHome).map_err(refused)
    }

    /// The home that `snapshot` wrote.
    pub fn restore(bytes: &[u8]) -> Result<JsHome, JsValue> {
        console_error_panic_hook::set_once();
        Home::restore(bytes).map(JsHome).map_err(not_restored)
    }

    /// The home as bytes.
    pub fn snapshot(&self) -> Vec<u8> {
        self.0.snapshot()
    }

    /// Answers a request; `headers` are pairs of names and values.
    pub fn send(
        &self,
        method: String,
        target: String,
        headers: JsValue,
        body: Vec<u8>,
    ) -> Result<JsAnswer, JsValue> {
        let request = Request {
            method,
            target,
            headers: serde_wasm_bindgen::from_value(headers)?,
            body,
        };
        self.0.send(request).map(JsAnswer).map_err(refused)
    }

    /// A key of the own organization.
    #[wasm_bindgen(getter)]
    pub fn key(&self) -> String {
        self.0.own_key().to_owned()
    }

    /// The own organization's time.
    #[wasm_bindgen(getter)]
    pub fn now(&self) -> Option<String> {
        self.0.now().map(|now| now.to_string())
    }

    /// The digest over what happened in the own organization.
    #[wasm_bindgen(getter)]
    pub fn digest(&self) -> Option<String> {
        self.0.digest()
    }

    /// When something is due next in the own organization.
    #[wasm_bindgen(getter, js_name = nextDue)]
    pub fn next_due(&self) -> Option<String> {
        self.0.next_due().map(|due| due.to_string())
    }

    /// The cursor of the own organization's last change.
    #[wasm_bindgen(getter, js_name = latestChange)]
    pub fn latest_change(&self) -> Option<String> {
        self.0.latest_change().map(|cursor| cursor.to_string())
    }
}

/// An answer.
#[wasm_bindgen(js_name = Answer)]
#[derive(Debug)]
pub struct JsAnswer(Answer);

#[wasm_bindgen(js_class = Answer)]
impl JsAnswer {
    /// The HTTP status.
    #[wasm_bindgen(getter)]
    pub fn status(&self) -> u16 {
        self.0.status
    }

    /// The status in words.
    #[wasm_bindgen(getter)]
    pub fn reason(&self) -> String {
        self.0.reason.to_owned()
    }

    /// Pairs of names and values.
    #[wasm_bindgen(getter)]
    pub fn headers(&self) -> Result<JsValue, JsValue> {
        Ok(serde_wasm_bindgen::to_value(&self.0.headers)?)
    }

    /// The body, unless it is a stream; it is given once.
    pub fn body(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.0.body)
    }

    /// The body, if it is a stream; it is given once.
    pub fn stream(&mut self) -> Option<JsStream> {
        self.0.stream.take().map(JsStream)
    }
}

/// A body that comes bit by bit.
#[wasm_bindgen(js_name = Stream)]
#[derive(Debug)]
pub struct JsStream(Stream);

#[wasm_bindgen(js_class = Stream)]
impl JsStream {
    /// Some bytes, `undefined` when there is nothing before the next write, `null` at the end.
    pub fn read(&mut self) -> JsValue {
        match self.0.read() {
            Next::Bytes(bytes) => Uint8Array::from(&bytes[..]).into(),
            Next::NotYet => JsValue::UNDEFINED,
            Next::End => JsValue::NULL,
        }
    }
}
