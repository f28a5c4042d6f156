//! Parts of the state that have a shape on the wire, as JSON inside a snapshot.
//!
//! A snapshot is written in a compact form that does not describe itself; what is tagged, flattened
//! or of any type (a definition, a variable's value) cannot be read back from it. As JSON it can, by
//! the very code that reads requests.

use serde::de::{DeserializeOwned, Error as _};
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Writes a value as one text.
pub fn serialize<T: Serialize, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    let text = serde_json::to_string(value).map_err(S::Error::custom)?;
    serializer.serialize_str(&text)
}

/// Reads it back.
pub fn deserialize<'de, T: DeserializeOwned, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    let text = String::deserialize(deserializer)?;
    serde_json::from_slice(text.as_bytes()).map_err(D::Error::custom)
}
