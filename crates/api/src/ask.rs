//! A request, taken apart: what handlers ask of it.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use leadline_model::{
    CallId, EdgeId, LeadId, NodeId, RunId, SubscriptionId, WorkflowId, view::PageMeta,
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::operations::{Kind, Operation};
use crate::{ApiError, RequestKey, body};

/// The header that names a write.
pub(crate) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Bytes that take so long to read that others should not have to wait.
const LONG: usize = 64 << 10;

/// An uploaded file.
#[derive(Debug, Clone)]
pub(crate) struct Upload {
    /// What the client calls it.
    pub name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// A request.
#[derive(Debug)]
pub(crate) struct Ask {
    pub operation: &'static Operation,
    pub path: Vec<(String, String)>,
    pub query: Vec<(String, String)>,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    pub upload: Option<Upload>,
    /// A secret the host made, for operations that need one.
    pub secret: Option<String>,
}

macro_rules! ids {
    ($($name:ident $key:literal $type:ident $code:literal $what:literal;)*) => {$(
        /// The id in the path; one of no possible form does not exist.
        pub fn $name(&self) -> Result<$type, ApiError> {
            let text = self.path($key);
            $type::parse(text).map_err(|_| {
                let shown: String = text.chars().take(64).collect();
                ApiError::unknown($code, format!(concat!("The ", $what, " {} does not exist."), shown))
            })
        }
    )*};
}

impl Ask {
    ids! {
        workflow_id "workflow_id" WorkflowId "unknown_workflow" "workflow";
        node_id "node_id" NodeId "unknown_node" "node";
        edge_id "edge_id" EdgeId "unknown_edge" "edge";
        lead_id "lead_id" LeadId "unknown_lead" "lead";
        call_id "call_id" CallId "unknown_call" "call";
        run_id "run_id" RunId "unknown_run" "run";
        subscription_id "subscription_id" SubscriptionId "unknown_subscription" "subscription";
    }

    /// A part of the path.
    pub fn path(&self, name: &str) -> &str {
        find(&self.path, name).unwrap_or_default()
    }

    /// A parameter of the query, checked already.
    pub fn query(&self, name: &str) -> Option<&str> {
        find(&self.query, name)
    }

    /// A parameter that is one of several things.
    pub fn one_of<T: Copy>(&self, name: &str, all: &[T], text: fn(T) -> &'static str) -> Option<T> {
        let asked = self.query(name)?;
        all.iter().copied().find(|one| text(*one) == asked)
    }

    /// A whole number in the query.
    pub fn number(&self, name: &str) -> Option<u64> {
        self.query(name)?.parse().ok()
    }

    /// Which page is asked for, and how much is on one.
    pub fn page(&self) -> (u64, u64) {
        let limit = self.number("limit").unwrap_or(DEFAULT_LIMIT);
        (self.number("page").unwrap_or(1), limit)
    }

    /// Refuses parameters of the query that are not what the operation's table says.
    pub fn check_query(&self) -> Result<(), ApiError> {
        let wrong = self.operation.query.iter().filter_map(|parameter| {
            let text = self.query(parameter.name)?;
            let name = parameter.name;
            match parameter.kind {
                Kind::Text => None,
                Kind::Id => NodeId::parse(text)
                    .is_err()
                    .then(|| format!("`{name}` is no id.")),
                Kind::Bool => (!["true", "false"].contains(&text))
                    .then(|| format!("`{name}` must be true or false.")),
                Kind::OneOf(all) => (!all.contains(&text))
                    .then(|| format!("`{name}` must be one of {}.", all.join(", "))),
                Kind::Number { least, most } => (!is_number(text, least, most))
                    .then(|| format!("`{name}` must be a whole number from {least} to {most}.")),
                Kind::Cursor => (!is_number(text, 0, MOST_CURSOR))
                    .then(|| format!("`{name}` is no cursor: take it as a list answered it.")),
            }
        });
        let wrong: Vec<String> = wrong.collect();
        match wrong.is_empty() {
            true => Ok(()),
            false => Err(ApiError::invalid(wrong)),
        }
    }

    /// Whether there is much to read.
    pub fn is_long(&self) -> bool {
        let upload = self.upload.as_ref().map_or(0, |upload| upload.bytes.len());
        self.body.len() + upload > LONG
    }

    /// The body as JSON, whatever it is.
    pub fn json(&self) -> Result<Value, ApiError> {
        body::parse(&self.body)
    }

    /// The body, checked against the operation's schema.
    pub fn body<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        body::read(self.operation.body.schema(), self.json()?)
    }

    /// Refuses when the client says which version it means and that is not the one there is. The
    /// versions are worked out only for who says so: that takes writing the whole entity as JSON.
    pub fn guard<const N: usize>(
        &self,
        versions: impl FnOnce() -> Result<[String; N], ApiError>,
    ) -> Result<(), ApiError> {
        match self.stated_versions().next() {
            None => Ok(()),
            Some(_) => self.check_versions(&versions()?),
        }
    }

    /// The values of `If-Match`; an empty one says nothing.
    fn stated_versions(&self) -> impl Iterator<Item = &HeaderValue> {
        let headers = self.headers.get_all(header::IF_MATCH);
        headers.iter().filter(|value| !value.is_empty())
    }

    fn check_versions(&self, versions: &[String]) -> Result<(), ApiError> {
        for value in self.stated_versions() {
            let tags = value.to_str().ok().and_then(entity_tags);
            let Some(tags) = tags else {
                let message = "If-Match is `*`, or ETags in their quotes, separated by commas.";
                return Err(ApiError::bad("bad_if_match", message));
            };
            if tags
                .iter()
                .any(|tag| *tag == "*" || versions.iter().any(|version| version == tag))
            {
                return Ok(());
            }
        }
        let message = "It has changed since it was read: read it again, then decide.";
        Err(ApiError::new(
            axum::http::StatusCode::PRECONDITION_FAILED,
            "stale",
            message,
        ))
    }

    /// What the client calls this write, with a digest of all it says.
    pub fn request_key(&self) -> Result<Option<RequestKey>, ApiError> {
        let Some(key) = self.headers.get(&IDEMPOTENCY_KEY) else {
            return Ok(None);
        };
        let key = key.to_str().ok().map(str::trim).filter(|key| {
            (1..=255).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic())
        });
        let Some(key) = key else {
            let message =
                "An Idempotency-Key is 1 to 255 printable ASCII characters without blanks.";
            return Err(ApiError::bad("bad_idempotency_key", message));
        };
        let mut digest = xxhash_rust::xxh3::Xxh3::new();
        let mut add = |part: &[u8]| {
            digest.update(&(part.len() as u64).to_le_bytes());
            digest.update(part);
        };
        add(self.operation.id.as_bytes());
        for (name, value) in self.path.iter().chain(&self.query) {
            add(name.as_bytes());
            add(value.as_bytes());
        }
        for guard in self.headers.get_all(header::IF_MATCH) {
            add(guard.as_bytes());
        }
        add(self
            .upload
            .as_ref()
            .map_or(&self.body, |upload| &upload.bytes));
        Ok(Some(RequestKey {
            key: key.to_owned(),
            fingerprint: digest.digest128(),
        }))
    }
}

/// The tags of an `If-Match`, weak ones with their mark; `None` when it is not of that form.
fn entity_tags(text: &str) -> Option<Vec<&str>> {
    let mut rest = text.trim();
    if rest == "*" {
        return Some(vec![rest]);
    }
    let mut tags = Vec::new();
    loop {
        let weak = if rest.starts_with("W/") { 2 } else { 0 };
        let opened = rest[weak..].strip_prefix('"')?;
        let end = weak + 1 + opened.find('"')? + 1;
        tags.push(&rest[..end]);
        rest = rest[end..].trim_start();
        match rest.strip_prefix(',') {
            Some(further) => rest = further.trim_start(),
            None if rest.is_empty() => return Some(tags),
            None => return None,
        }
    }
}

/// No cursor is larger: as many digits as every number of them fits.
const MOST_CURSOR: u64 = 999_999_999_999_999_999;

/// Items on a page when nothing is said.
pub(crate) const DEFAULT_LIMIT: u64 = 20;

/// One page of a list.
pub(crate) fn page_of<T>(all: Vec<T>, (page, limit): (u64, u64)) -> leadline_model::view::Page<T> {
    let meta = PageMeta::new(page, limit, all.len() as u64);
    let skip = (page - 1).saturating_mul(limit) as usize;
    let data = all.into_iter().skip(skip).take(limit as usize).collect();
    leadline_model::view::Page { data, meta }
}

fn find<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let found = pairs.iter().find(|(key, _)| key == name);
    found.map(|(_, value)| value.as_str())
}

fn is_number(text: &str, least: u64, most: u64) -> bool {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    digits
        && text
            .parse()
            .is_ok_and(|number: u64| (least..=most).contains(&number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entity_tags_are_read_whole_or_not_at_all() {
        for (text, tags) in [
            ("*", Some(vec!["*"])),
            (" \"a\" ", Some(vec!["\"a\""])),
            ("\"a,b\" ,W/\"c\"", Some(vec!["\"a,b\"", "W/\"c\""])),
            ("\"\"", Some(vec!["\"\""])),
            ("", None),
            ("a", None),
            ("\"a", None),
            ("\"a\" \"b\"", None),
            ("\"a\",", None),
        ] {
            assert_eq!(entity_tags(text), tags, "{text}");
        }
    }
}
