//! The API's lists, objects and field names, in the spellings in which they are met.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::adapter::wire::{Fault, fetch, request};
use crate::http::{Http, HttpRequest};

/// Items asked for at once.
pub const PAGE: usize = 100;

/// The code of [`unreadable`].
pub const UNREADABLE: &str = "unreadable";

/// What is there is no workflow that can be held here.
pub fn unreadable(message: impl Into<String>) -> Fault {
    Fault {
        code: UNREADABLE.to_owned(),
        ..Fault::said(422, message)
    }
}

fn strange(message: impl Into<String>) -> Fault {
    Fault {
        kind: crate::adapter::wire::Kind::Nonsense(200),
        ..Fault::said(200, message)
    }
}

/// The first of these fields that there is, in either case style.
pub fn pick<'v>(value: &'v Value, names: &[&str]) -> Option<&'v Value> {
    names.iter().find_map(|name| {
        let found = value.get(*name).or_else(|| value.get(camel(name)));
        found.filter(|found| !found.is_null())
    })
}

/// `from_node_id` as `fromNodeId`.
fn camel(name: &str) -> String {
    let mut camel = String::with_capacity(name.len());
    let mut upper = false;
    for c in name.chars() {
        match c {
            '_' => upper = true,
            c if std::mem::take(&mut upper) => camel.push(c.to_ascii_uppercase()),
            c => camel.push(c),
        }
    }
    camel
}

/// An id, which may be written as a number.
pub fn id(object: &Map<String, Value>) -> Result<String, Fault> {
    match object.get("id") {
        Some(Value::String(id)) if !id.is_empty() => Ok(id.clone()),
        Some(Value::Number(id)) => Ok(id.to_string()),
        _ => Err(strange("it answered something without an id")),
    }
}

/// One object, bare or in an envelope.
pub async fn object(
    http: &impl Http,
    request: HttpRequest,
    name: &str,
) -> Result<Map<String, Value>, Fault> {
    let answer: Value = fetch(http, request).await?;
    let inner = ["data", name].into_iter().find_map(|key| answer.get(key));
    let found = match (answer.get("id"), inner) {
        (None, Some(inner)) => inner.clone(),
        _ => answer,
    };
    match found {
        Value::Object(object) if object.contains_key("id") => Ok(object),
        _ => Err(strange(format!(
            "it answered no {name}: is the address right?"
        ))),
    }
}

/// A page of a list.
pub struct Part {
    pub items: Vec<Map<String, Value>>,
    /// Whether more come, where that is told.
    pub more: Option<bool>,
    /// How many there are in all, where that is told.
    pub total: Option<u64>,
}

/// One page.
pub async fn page(
    http: &impl Http,
    path: &str,
    name: &str,
    number: usize,
    limit: usize,
) -> Result<Part, Fault> {
    let sign = if path.contains('?') { '&' } else { '?' };
    let request = request("GET", format!("{path}{sign}page={number}&limit={limit}"));
    let mut answer: Value = fetch(http, request).await?;
    let meta = pick(&answer, &["meta", "pagination"]).unwrap_or(&answer);
    let pages = pick(meta, &["total_pages"]).and_then(Value::as_u64);
    let more = pick(meta, &["has_more"]).and_then(Value::as_bool);
    let more = pages.map(|pages| (number as u64) < pages).or(more);
    let total = pick(meta, &["total"]).and_then(Value::as_u64);
    let items = match &mut answer {
        Value::Array(items) => Some(std::mem::take(items)),
        answer => ["data", "items", "results", name]
            .into_iter()
            .find_map(|key| answer.get_mut(key)?.as_array_mut().map(std::mem::take)),
    };
    let no_list = || {
        strange(format!(
            "it answered no list of {name}: is the address right?"
        ))
    };
    let items = items.ok_or_else(no_list)?.into_iter();
    let items = items.map(|item| match item {
        Value::Object(object) => Ok(object),
        _ => Err(no_list()),
    });
    Ok(Part {
        items: items.collect::<Result<_, _>>()?,
        more,
        total,
    })
}

/// Everything in a list, page by page.
pub async fn list(
    http: &impl Http,
    path: &str,
    name: &str,
) -> Result<Vec<Map<String, Value>>, Fault> {
    let mut all = Vec::new();
    let mut seen = BTreeSet::new();
    for number in 1..=super::MOST_PAGES {
        let Part { items, more, .. } = page(http, path, name, number, PAGE).await?;
        let before = all.len();
        for item in items {
            if seen.insert(id(&item)?) {
                all.push(item);
            }
        }
        // A server that does not say how many pages there are may show the first for each.
        if more == Some(false) || (more.is_none() && all.len() == before) {
            return Ok(all);
        }
    }
    Err(strange(format!("its list of {name} has no end")))
}
