//! Requests: as they are edited, and as they are sent.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::document::{Operation, Place};

/// What a body holds while it is edited.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Content {
    /// Nothing.
    #[default]
    None,
    /// A text, meant to be JSON.
    Text(String),
    /// A file for a form.
    File {
        /// The form's field.
        field: String,
        /// The file's name.
        name: String,
        /// What is in it.
        bytes: Vec<u8>,
    },
}

/// Which key a request carries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum Key {
    #[default]
    Own,
    None,
}

/// A request as it is edited. It holds no key, so it can be kept and shown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// The operation's name.
    pub operation: String,
    /// Parameters by name; an empty one is left out.
    pub values: BTreeMap<String, String>,
    /// The body.
    pub body: Content,
    /// Whether server-sent events are asked for.
    pub listen: bool,
    /// Which key goes with it.
    pub key: Key,
}

/// A request as it is sent, but for the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The method.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Content,
    /// Which key goes with it.
    pub key: Key,
}

/// Separates the parts of a form. Long enough not to be met in a list of leads.
const BOUNDARY: &str = "leadline-playground-5f0c3a7e91d24b68";

impl Draft {
    /// A request as the document proposes it.
    pub fn example(operation: &Operation) -> Draft {
        let body = operation.body.as_ref();
        Draft {
            operation: operation.id.clone(),
            body: body.map_or(Content::None, |body| Content::Text(body.example.clone())),
            ..Draft::default()
        }
    }

    /// The value of a parameter, trimmed; empty when there is none.
    pub fn value(&self, name: &str) -> &str {
        self.values.get(name).map_or("", |value| value.trim())
    }

    /// Parameters without which there is nothing to send.
    pub fn lacking<'a>(&self, operation: &'a Operation) -> Vec<&'a str> {
        let needed = operation
            .parameters
            .iter()
            .filter(|parameter| parameter.required);
        let names = needed.map(|parameter| parameter.name.as_str());
        names.filter(|name| self.value(name).is_empty()).collect()
    }

    /// The request. What is missing in the path stays in braces.
    pub fn build(&self, operation: &Operation) -> Sent {
        let mut path = operation.path.clone();
        let given = |place| {
            let all = operation.at(place);
            all.map(|parameter| (parameter.name.as_str(), self.value(&parameter.name)))
                .filter(|(_, value)| !value.is_empty())
        };
        for (name, value) in given(Place::Path) {
            path = path.replace(&format!("{{{name}}}"), &encode(value));
        }
        let query: Vec<_> = given(Place::Query)
            .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
            .collect();
        if !query.is_empty() {
            path = format!("{path}?{}", query.join("&"));
        }
        let mut headers: Vec<_> = given(Place::Header)
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        match &self.body {
            Content::Text(_) => {
                headers.push(("Content-Type".to_owned(), "application/json".to_owned()))
            }
            Content::File { .. } => {
                let kind = format!("multipart/form-data; boundary={BOUNDARY}");
                headers.push(("Content-Type".to_owned(), kind));
            }
            Content::None => {}
        }
        if self.listen {
            headers.push(("Accept".to_owned(), "text/event-stream".to_owned()));
        }
        Sent {
            method: operation.method.clone(),
            path,
            headers,
            body: self.body.clone(),
            key: if operation.needs_key {
                self.key
            } else {
                Key::None
            },
        }
    }
}

impl Sent {
    /// The headers, with this key where the request carries one.
    pub fn with_key(&self, key: &str) -> Vec<(String, String)> {
        let own =
            (self.key == Key::Own).then(|| ("Authorization".to_owned(), format!("Bearer {key}")));
        own.into_iter().chain(self.headers.clone()).collect()
    }

    /// Whether there is a body that can be sent.
    pub fn has_body(&self) -> bool {
        self.body != Content::None && self.method != "GET"
    }

    /// The bytes of the body.
    pub fn bytes(&self) -> Vec<u8> {
        match &self.body {
            Content::None => Vec::new(),
            Content::Text(text) => text.clone().into_bytes(),
            Content::File { field, name, bytes } => form(field, name, bytes),
        }
    }
}

fn form(field: &str, name: &str, bytes: &[u8]) -> Vec<u8> {
    let name = name.replace(['"', '\r', '\n'], "_");
    let head = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n"
    );
    let mut form = head.into_bytes();
    form.extend_from_slice(bytes);
    form.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
    form
}

/// Percent-encodes all but what a path or a query may hold as it is.
pub fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                out.push(char::from(byte))
            }
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}
