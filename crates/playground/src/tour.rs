//! Guided tours: real requests in order, each with words before it and a check on its answer.
//!
//! A tour is a file in `tours/`. `<name>` in a request stands for what an earlier answer saved under
//! that name; `<run>` for a number that differs each time a tour is begun, so that it never meets
//! what an earlier run left behind.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::document::Operation;
use crate::json;
use crate::request::{Content, Draft, Key};

/// Values by name.
pub type Names = BTreeMap<String, String>;

/// Names with their values. `collect` would bring a copy of a whole sort for each place it stands at.
pub(crate) fn names(pairs: &mut dyn Iterator<Item = (String, String)>) -> Names {
    let mut names = Names::new();
    for (name, value) in pairs {
        names.insert(name, value);
    }
    names
}

/// A single name with its value.
pub(crate) fn one(name: &str, value: impl Into<String>) -> Names {
    let mut names = Names::new();
    names.insert(name.to_owned(), value.into());
    names
}

/// A tour.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tour {
    /// Its name in addresses and attributes.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What one will have seen.
    pub about: String,
    /// Its steps.
    pub steps: Vec<Step>,
}

/// A step: what is sent, why, and what to see.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Its title.
    pub title: String,
    /// What to know before it is sent.
    pub text: String,
    /// Requests sent first, with the same key press.
    #[serde(default)]
    pub before: Vec<Call>,
    /// The request.
    pub call: Call,
    /// The status it must be answered with.
    pub status: u16,
    /// What the answer shows.
    #[serde(default)]
    pub shows: Vec<Check>,
}

/// A request of a tour.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// The operation's name.
    pub operation: String,
    /// Parameters of path, query and headers.
    #[serde(default)]
    pub values: Names,
    /// A JSON body, as it is written.
    #[serde(default)]
    pub body: Option<Box<RawValue>>,
    /// A text in place of a JSON body.
    #[serde(default)]
    pub text: Option<String>,
    /// So many blanks in place of a JSON body.
    #[serde(skip)]
    pub blanks: Option<usize>,
    /// A file: its name and what is in it.
    #[serde(default)]
    pub file: Option<(String, String)>,
    /// Sent without a key.
    #[serde(default)]
    pub without_key: bool,
    /// Names for parts of the answer, by JSON pointer; `etag` for the header.
    #[serde(default)]
    pub save: Names,
}

/// Something to see in an answer.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// Where, as a JSON pointer.
    pub at: String,
    /// What is there.
    #[serde(flatten)]
    pub expected: Expected,
    /// What that tells, in a sentence.
    pub says: String,
}

/// What a place in an answer holds.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expected {
    /// This value.
    Is(Value),
    /// A text that contains this.
    Contains(String),
    /// As many items.
    Count(usize),
    /// A list that has an item with these fields.
    Has(Value),
}

/// An answer, as far as tours look at it.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// Its status.
    pub status: u16,
    /// Its ETag.
    pub etag: Option<String>,
    /// Its body; null when it is no JSON.
    pub body: Value,
}

/// A check with its result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    /// Whether it is as expected.
    pub ok: bool,
    /// What was seen, or what was expected and what is there.
    pub says: String,
}

macro_rules! tours {
    ($($name:literal),*) => {
        [$(($name, include_str!(concat!("../tours/", $name, ".json")))),*]
    };
}

/// The tours as they are written, in the order in which they are offered.
pub const TEXTS: [(&str, &str); 10] = tours!(
    "pause",
    "delays",
    "activate",
    "nurture",
    "routing",
    "leads",
    "cancel",
    "settings",
    "runs",
    "safe-writes"
);

/// All tours. An error names the file that cannot be read.
pub fn all() -> Result<Vec<Tour>, String> {
    let read = |(name, text): (&str, &str)| {
        serde_json::from_slice(text.as_bytes())
            .map_err(|error| format!("tours/{name}.json: {error}"))
    };
    TEXTS.into_iter().map(read).collect()
}

impl Tour {
    /// The operations it needs.
    pub fn operations(&self) -> impl Iterator<Item = &str> {
        let calls = self
            .steps
            .iter()
            .flat_map(|step| step.before.iter().chain([&step.call]));
        calls.map(|call| call.operation.as_str())
    }
}

impl Call {
    /// The request with its names filled in.
    pub fn draft(&self, operation: &Operation, names: &Names) -> Draft {
        let field = operation.body.as_ref().and_then(|body| body.file.clone());
        let body = match (&self.body, &self.text, &self.file) {
            (Some(body), ..) => Content::Text(fill(&json::pretty(body.get()), names)),
            (_, Some(text), _) => Content::Text(text.clone()),
            (.., None) => self
                .blanks
                .map_or(Content::None, |count| Content::Text(" ".repeat(count))),
            (.., Some((name, text))) => Content::File {
                field: field.unwrap_or_else(|| "file".to_owned()),
                name: name.clone(),
                bytes: fill(text, names).into_bytes(),
            },
        };
        let mut values = self
            .values
            .iter()
            .map(|(name, value)| (name.clone(), fill(value, names)));
        Draft {
            operation: self.operation.clone(),
            values: self::names(&mut values),
            body,
            listen: false,
            key: if self.without_key {
                Key::None
            } else {
                Key::Own
            },
        }
    }

    /// Keeps what later steps need. An error says what the answer lacks.
    pub fn keep(&self, seen: &Seen, names: &mut Names) -> Result<(), String> {
        for (name, pointer) in &self.save {
            let found = match pointer.as_str() {
                "etag" => seen.etag.clone(),
                pointer => seen
                    .body
                    .pointer(pointer)
                    .and_then(Value::as_str)
                    .map(str::to_owned),
            };
            let found = found.ok_or_else(|| format!("The answer has no text at {pointer}."))?;
            names.insert(name.clone(), found);
        }
        Ok(())
    }
}

impl Step {
    /// What an answer shows; a wrong status first.
    pub fn check(&self, seen: &Seen, names: &Names) -> Vec<Checked> {
        let wrong = (seen.status != self.status).then(|| Checked {
            ok: false,
            says: format!(
                "The status should be {} and is {}.",
                self.status, seen.status
            ),
        });
        let shows = self
            .shows
            .iter()
            .map(|check| check.result(&seen.body, names));
        wrong.into_iter().chain(shows).collect()
    }
}

impl Check {
    fn result(&self, body: &Value, names: &Names) -> Checked {
        let found = body.pointer(&self.at).unwrap_or(&Value::Null);
        let expected = match &self.expected {
            Expected::Is(value) => Expected::Is(fill_value(value, names)),
            Expected::Has(value) => Expected::Has(fill_value(value, names)),
            Expected::Contains(text) => Expected::Contains(fill(text, names)),
            Expected::Count(count) => Expected::Count(*count),
        };
        let (ok, wanted) = match &expected {
            Expected::Is(value) => (found == value, value.to_string()),
            Expected::Contains(part) => {
                let text = found
                    .as_str()
                    .map_or_else(|| found.to_string(), str::to_owned);
                (
                    text.contains(part.as_str()),
                    format!("a text with “{part}”"),
                )
            }
            Expected::Count(count) => {
                let items = found.as_array().map(Vec::len);
                (items == Some(*count), format!("{count} items"))
            }
            Expected::Has(part) => {
                let items = found.as_array().into_iter().flatten();
                (
                    items.into_iter().any(|item| holds(item, part)),
                    format!("an item with {part}"),
                )
            }
        };
        let says = match ok {
            true => self.says.clone(),
            false => format!("At {} there should be {wanted}; there is {found}.", self.at),
        };
        Checked { ok, says }
    }
}

/// Whether an object has all fields of another.
fn holds(item: &Value, part: &Value) -> bool {
    let fields = part.as_object().into_iter().flatten();
    fields
        .into_iter()
        .all(|(name, value)| item[name.as_str()] == *value)
}

impl Draft {
    /// Fills in names that have become known since the draft was made.
    pub fn fill(&mut self, names: &Names) {
        for value in self.values.values_mut() {
            *value = fill(value, names);
        }
        if let Content::Text(text) = &mut self.body {
            *text = fill(text, names);
        }
    }
}

fn fill(text: &str, names: &Names) -> String {
    let mut text = text.to_owned();
    for (name, value) in names {
        text = text.replace(&format!("<{name}>"), value);
    }
    text
}

fn fill_value(value: &Value, names: &Names) -> Value {
    match value {
        Value::String(text) => Value::String(fill(text, names)),
        Value::Array(items) => items.iter().map(|item| fill_value(item, names)).collect(),
        Value::Object(fields) => {
            let mut filled = Map::new();
            for (name, field) in fields {
                filled.insert(name.clone(), fill_value(field, names));
            }
            Value::Object(filled)
        }
        other => other.clone(),
    }
}
