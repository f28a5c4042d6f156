//! Values as the text they are sent as.

use std::fmt;
use std::marker::PhantomData;

use leadline_model::Definition;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

/// A `T` as JSON text inside a message. Whoever passes the message on does not read it, and whoever asked
/// reads only what it asked for: so the code that reads a type is only where the type is used.
pub struct Written<T> {
    json: Box<RawValue>,
    of: PhantomData<fn() -> T>,
}

impl<T: Serialize> Written<T> {
    /// Writes a value. One without a form in JSON, such as a map with keys that are no texts, becomes
    /// `null`, which nobody takes for a `T`.
    pub fn of(value: &T) -> Written<T> {
        let json = serde_json::value::to_raw_value(value);
        Written::from(json.unwrap_or_else(|_| RawValue::NULL.to_owned()))
    }
}

impl<T: DeserializeOwned> Written<T> {
    /// Reads the value.
    ///
    /// # Errors
    ///
    /// The text is no `T`.
    pub fn read(&self) -> serde_json::Result<T> {
        serde_json::from_slice(self.json().as_bytes())
    }
}

impl Written<Definition> {
    /// A definition that has a title and nothing else.
    pub fn blank(title: &str) -> Written<Definition> {
        let title = serde_json::Value::from(title);
        Written::from_json(format!("{{\"title\":{title}}}"))
            .unwrap_or_else(|_| RawValue::NULL.to_owned().into())
    }
}

impl<T> Written<T> {
    /// Takes a text that was written before; it is checked to be JSON, not to be a `T`.
    ///
    /// # Errors
    ///
    /// The text is no JSON.
    pub fn from_json(text: String) -> serde_json::Result<Written<T>> {
        RawValue::from_string(text).map(Written::from)
    }

    /// The text.
    pub fn json(&self) -> &str {
        self.json.get()
    }
}

impl<T> From<Box<RawValue>> for Written<T> {
    fn from(json: Box<RawValue>) -> Written<T> {
        Written {
            json,
            of: PhantomData,
        }
    }
}

impl<T> Clone for Written<T> {
    fn clone(&self) -> Self {
        Written::from(self.json.clone())
    }
}

impl<T> PartialEq for Written<T> {
    fn eq(&self, other: &Self) -> bool {
        self.json() == other.json()
    }
}

impl<T> fmt::Debug for Written<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.json())
    }
}

impl<T> Serialize for Written<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.json.serialize(serializer)
    }
}

impl<'de, T> Deserialize<'de> for Written<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = <Box<RawValue>>::deserialize(deserializer).map_err(D::Error::custom)?;
        Ok(Written::from(json))
    }
}

/// What an externally tagged value holds: the part behind `{"tag":` of a text that was written without
/// blanks, as [`Written::of`] does; `None` when the tag is another one.
pub fn inside<'json>(json: &'json str, tag: &str) -> Option<&'json str> {
    json.strip_prefix("{\"")?
        .strip_prefix(tag)?
        .strip_prefix("\":")?
        .strip_suffix('}')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_value_is_passed_on_as_it_was_written() {
        let written = Written::of(&vec![1, 2]);
        let message = serde_json::to_string(&Some(&written)).unwrap();
        assert_eq!(message, "[1,2]");
        let read: Written<Vec<u8>> = serde_json::from_str(&message).unwrap();
        assert_eq!(read, written);
        assert_eq!(read.read().unwrap(), [1, 2]);
        assert!(Written::<u8>::from_json("{".to_owned()).is_err());
    }

    #[test]
    fn a_blank_definition_is_one() {
        let title = "A \"new\" one\n".to_owned();
        let blank = Written::blank(&title).read().unwrap();
        let wanted = Definition {
            title,
            ..Definition::default()
        };
        assert_eq!(blank, wanted);
    }

    #[test]
    fn a_tag_is_whole() {
        assert_eq!(inside("{\"lead\":{\"a\":1}}", "lead"), Some("{\"a\":1}"));
        assert_eq!(inside("{\"leads\":[]}", "lead"), None);
        assert_eq!(inside("\"done\"", "done"), None);
    }
}
