//! Recorded requests as data: files of lines, each a request with the answer it must get.
//!
//! `status` is written by hand. Body and headers are recorded: with `LEADLINE_RECORD=1` a run writes
//! them into the file, to be read before they are committed; without it every byte has to be the
//! same. `<name>` in a path, a header or a body stands for what an earlier step saved.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

/// A request and what it must be answered.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Step {
    pub name: String,
    /// Method and path.
    pub request: String,
    /// Whose key: `a` when nothing is said, `b`, `wrong`, or `none`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// A JSON body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// A body that is no JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// A file in a form: its name and what is in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<(String, String)>,
    pub status: u16,
    /// Names for parts of the answer, by JSON pointer; `etag` and `epoch` for the headers.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub save: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// Whether the answer names the life of the data; which it is differs between homes.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub epoch: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Box<RawValue>>,
}

/// A request as it is sent.
#[derive(Debug, Clone)]
pub struct Sent {
    pub method: String,
    pub path: String,
    pub key: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// An answer as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Got {
    pub status: u16,
    pub etag: Option<String>,
    pub location: Option<String>,
    pub epoch: Option<String>,
    pub body: Vec<u8>,
}

pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../api/tests/requests")
}

/// The names of all files of requests, sorted.
pub fn files() -> Vec<String> {
    let entries = std::fs::read_dir(folder()).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| name.ends_with(".jsonl")).collect();
    names.sort();
    assert!(!names.is_empty());
    names
}

pub fn read(file: &str) -> Vec<Step> {
    let text = std::fs::read_to_string(folder().join(file)).unwrap();
    let lines = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(number, line)| {
            serde_json::from_str(line)
                .unwrap_or_else(|error| panic!("{file}:{}: {error}", number + 1))
        })
        .collect()
}

/// Sends every request of a file and compares every answer.
pub fn run(file: &str, mut send: impl FnMut(&Sent) -> Got) {
    let mut steps = read(file);
    let record = std::env::var_os("LEADLINE_RECORD").is_some();
    let mut saved: BTreeMap<String, String> = BTreeMap::new();
    let mut wrong = Vec::new();
    for step in &mut steps {
        let sent = prepare(step, &saved);
        let got = send(&sent);
        let body: Value = serde_json::from_slice(&got.body).unwrap_or(Value::Null);
        if got.status != step.status {
            wrong.push(format!(
                "{file}: {}: status {}, {body}",
                step.name, got.status
            ));
        }
        for (name, pointer) in &step.save {
            let found = match pointer.as_str() {
                "etag" => got.etag.clone(),
                "epoch" => got.epoch.clone(),
                pointer => body
                    .pointer(pointer)
                    .and_then(Value::as_str)
                    .map(str::to_owned),
            };
            let found =
                found.unwrap_or_else(|| panic!("{file}: {}: no {pointer} in {body}", step.name));
            saved.insert(name.clone(), found);
        }
        if record {
            step.answer =
                Some(RawValue::from_string(String::from_utf8(got.body).unwrap()).unwrap());
            step.etag = got.etag;
            step.location = got.location;
            step.epoch = got.epoch.is_some();
            continue;
        }
        let expected = step
            .answer
            .as_ref()
            .map_or("nothing", |answer| answer.get());
        let answered = String::from_utf8(got.body).unwrap();
        let headers = (got.etag, got.location, got.epoch.is_some());
        let wanted = (step.etag.clone(), step.location.clone(), step.epoch);
        if answered != expected || headers != wanted {
            wrong.push(format!(
                "{file}: {}\n  expected {expected} {wanted:?}\n  answered {answered} {headers:?}",
                step.name
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    if record {
        let lines: Vec<String> = steps
            .iter()
            .map(|step| serde_json::to_string(step).unwrap() + "\n")
            .collect();
        std::fs::write(folder().join(file), lines.concat()).unwrap();
    }
}

fn fill(text: &str, saved: &BTreeMap<String, String>) -> String {
    let mut text = text.to_owned();
    for (name, value) in saved {
        text = text.replace(&format!("<{name}>"), value);
    }
    text
}

fn prepare(step: &Step, saved: &BTreeMap<String, String>) -> Sent {
    let (method, path) = step.request.split_once(' ').unwrap();
    let mut headers: Vec<(String, String)> = step
        .headers
        .iter()
        .map(|(name, value)| (name.clone(), fill(value, saved)))
        .collect();
    let body = match (&step.body, &step.text, &step.file) {
        (Some(body), ..) => {
            headers.push(("content-type".into(), "application/json".into()));
            fill(&body.to_string(), saved).into_bytes()
        }
        (_, Some(text), _) => fill(text, saved).into_bytes(),
        (.., Some((name, text))) => {
            headers.push((
                "content-type".into(),
                "multipart/form-data; boundary=edge".into(),
            ));
            format!(
                "--edge\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n{text}\r\n--edge--\r\n"
            )
            .into_bytes()
        }
        _ => Vec::new(),
    };
    Sent {
        method: method.to_owned(),
        path: fill(path, saved),
        key: step.key.clone().unwrap_or_else(|| "a".into()),
        headers,
        body,
    }
}
