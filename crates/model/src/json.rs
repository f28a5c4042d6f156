//! Reading and writing types by way of a JSON value, with the code there is already.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

mod lost;
mod objects;

pub use lost::{Way, lost};
use objects::Objects;

/// Reads a type from JSON for the page, with as little code for each type as there can be: by the reader
/// of bytes, as everywhere, and structs from objects alone.
///
/// # Errors
///
/// The text is no JSON, or does not fit.
pub fn from_text<T: DeserializeOwned>(text: &str) -> serde_json::Result<T> {
    let mut reader = serde_json::Deserializer::from_slice(text.as_bytes());
    let value = T::deserialize(Objects(&mut reader))?;
    reader.end()?;
    Ok(value)
}

/// Reads a type from a value through the value's text. `serde_json::from_value` would do the same
/// with a second copy of the reading code for every type, half a megabyte of it in the browser.
///
/// # Errors
///
/// What does not fit, in words; without a line, since the text is nobody's.
pub fn from_value<T: DeserializeOwned>(value: &Value) -> Result<T, String> {
    serde_json::from_slice(value.to_string().as_bytes()).map_err(|error| {
        let words = error.to_string();
        match words.rfind(" at line ") {
            Some(end) => words[..end].to_owned(),
            None => words,
        }
    })
}

/// The value a type has as JSON, through its text likewise.
///
/// # Errors
///
/// The type has no form in JSON, such as a map with keys that are no texts.
pub fn to_value<T: Serialize>(value: &T) -> Result<Value, String> {
    let text = serde_json::to_vec(value).map_err(|error| error.to_string())?;
    serde_json::from_slice(&text).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_said_without_a_line() {
        let error = from_value::<Vec<u8>>(&Value::Bool(true));
        let words = "invalid type: boolean `true`, expected a sequence";
        assert_eq!(error, Err(words.to_owned()));
        assert_eq!(to_value(&[1]), Ok(serde_json::json!([1])));
    }

    #[test]
    fn a_text_is_read_as_by_serde_json_but_for_structs_from_arrays() {
        #[derive(Debug, PartialEq, serde::Deserialize)]
        enum Shape {
            Round,
            Square { side: u32 },
            Many(Vec<Point>),
        }
        #[derive(Debug, PartialEq, serde::Deserialize)]
        struct Point {
            // float: numbers of JSON
            x: f64,
            #[serde(default)]
            label: Option<String>,
            #[serde(flatten)]
            rest: crate::Variables,
        }
        let text = r#" [{"Square": {"side": 3}}, "Round", {"Many": [{"x": 1, "label": "a", "y": [{}]}]}] "#;
        let [ours, serdes] = [
            from_text::<Vec<Shape>>(text),
            serde_json::from_str::<Vec<Shape>>(text),
        ];
        assert!(matches!((ours, serdes), (Ok(ours), Ok(serdes)) if ours == serdes));
        assert!(from_text::<Vec<Shape>>(r#"[{"Square": [3]}]"#).is_err());
        assert!(from_text::<Vec<Shape>>("[] []").is_err());
    }
}
