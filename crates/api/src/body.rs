//! Bodies: read, checked against the published schema, and made into types.

use leadline_model::words::sentence;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{ApiError, schema};

/// A JSON text.
pub(crate) fn parse(bytes: &[u8]) -> Result<Value, ApiError> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(ApiError::bad("malformed_json", "A JSON body is needed."));
    }
    let mut body = serde_json::from_slice(bytes).map_err(|error| {
        let message = format!("The body is not JSON: {error}.");
        ApiError::bad("malformed_json", message)
    })?;
    if is_deeper(&body, MOST_DEEP) {
        let message = format!("The body is nested more than {MOST_DEEP} deep.");
        return Err(ApiError::bad("too_deep", message));
    }
    whole_numbers(&mut body);
    Ok(body)
}

/// Levels of a body: the journal keeps it some levels further down, and readers give up at 127.
const MOST_DEEP: usize = 100;

fn is_deeper(value: &Value, than: usize) -> bool {
    let deeper = |value: &Value| match than.checked_sub(1) {
        Some(left) => is_deeper(value, left),
        None => true,
    };
    match value {
        Value::Array(items) => items.iter().any(deeper),
        Value::Object(fields) => fields.values().any(deeper),
        _ => false,
    }
}

/// JSON knows no integers: `2.0` is as whole as `2`.
fn whole_numbers(value: &mut Value) {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match value {
        Value::Number(number) => {
            let float = number.as_f64().filter(|_| number.is_f64());
            if let Some(float) = float.filter(|float| float.fract() == 0.0 && float.abs() <= EXACT)
            {
                *value = Value::from(float as i64);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(whole_numbers),
        Value::Object(fields) => fields.values_mut().for_each(whole_numbers),
        _ => {}
    }
}

/// Refuses what does not fit a published schema, with everything that is wrong.
pub(crate) fn check(schema: &str, body: &Value) -> Result<(), ApiError> {
    check_at(schema, body, "")
}

/// As [`check`], for a part of a body that lies at a path.
pub(crate) fn check_at(schema: &str, body: &Value, path: &str) -> Result<(), ApiError> {
    let problems = schema::problems_at(schema, body, path);
    match problems.is_empty() {
        true => Ok(()),
        false => Err(ApiError::invalid(
            problems.iter().map(|problem| sentence(problem)).collect(),
        )),
    }
}

/// Makes a type of what was checked. What only the type knows, such as how a time is written, is
/// told with the field's path.
pub(crate) fn typed<T: DeserializeOwned>(body: Value) -> Result<T, ApiError> {
    typed_at("", body)
}

/// As [`typed`], for a part of a body that lies at a path.
pub(crate) fn typed_at<T: DeserializeOwned>(place: &str, body: Value) -> Result<T, ApiError> {
    // By way of its text, as everything else is read: readers of values would be a second copy of all of them.
    let text = body.to_string();
    serde_json::from_slice(text.as_bytes()).map_err(|error| {
        let (inner, mut why) = (crate::place::of(&error, &text), error.to_string());
        // The text is nobody's, so its lines say nothing.
        why.truncate(why.rfind(" at line ").unwrap_or(why.len()));
        let path = match (place, inner.as_str()) {
            (place, "") => place.to_owned(),
            ("", inner) => inner.to_owned(),
            (place, inner) if inner.starts_with('[') => format!("{place}{inner}"),
            (place, inner) => format!("{place}.{inner}"),
        };
        let message = match path.as_str() {
            "" => sentence(&why),
            path => format!("`{path}`: {why}."),
        };
        ApiError::invalid(vec![message])
    })
}

/// Checks a body against a schema and makes a type of it.
pub(crate) fn read<T: DeserializeOwned>(schema: &str, body: Value) -> Result<T, ApiError> {
    check(schema, &body)?;
    typed(body)
}

/// For fields that may be absent and in which `null` means something: absent is `None`,
/// `null` is `Some(None)`.
pub(crate) fn nullable<'de, T, D>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    T: serde::Deserialize<'de>,
    D: serde::Deserializer<'de>,
{
    serde::Deserialize::deserialize(deserializer).map(Some)
}
