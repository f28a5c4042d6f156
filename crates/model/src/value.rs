//! Values as JSON knows them, with exact numbers and ordered maps: lead variables, call analysis,
//! the results of actions, and what conditions compare them with.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{DeserializeSeed, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{Number, limits};

/// Named values of a lead, a call's analysis or an action's result.
pub type Variables = BTreeMap<String, Value>;

/// One value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Value {
    /// `null`.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An exact decimal number.
    Number(Number),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Value>),
    /// An object, ordered by key.
    Map(Variables),
}

impl Value {
    /// Reads what someone typed: `true`, `false`, a number, or else the text itself.
    pub fn from_text(text: &str) -> Value {
        match text {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            _ => Number::parse(text).map_or_else(|_| Value::Text(text.to_owned()), Value::Number),
        }
    }

    /// What the value is called in messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::Text(_) => "a text",
            Value::List(_) => "a list",
            Value::Map(_) => "an object",
        }
    }

    /// Equality as a condition sees it. Uploaded lists hold only texts, so a text that spells the
    /// other side's number or boolean is equal to it.
    pub fn same(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::Text(text), Value::Number(_) | Value::Bool(_)) => {
                Value::from_text(text) == *other
            }
            (Value::Number(_) | Value::Bool(_), Value::Text(text)) => {
                Value::from_text(text) == *self
            }
            _ => self == other,
        }
    }

    /// Order as a condition sees it: numbers with numbers, texts with texts; `None` when the types
    /// do not fit.
    pub fn order(&self, other: &Value) -> Option<Ordering> {
        match (self, other) {
            (Value::Number(a), Value::Number(b)) => Some(a.cmp(b)),
            (Value::Text(a), Value::Number(b)) => Number::parse(a).ok().map(|a| a.cmp(b)),
            (Value::Number(a), Value::Text(b)) => Number::parse(b).ok().map(|b| a.cmp(&b)),
            (Value::Text(a), Value::Text(b)) => match (Number::parse(a), Number::parse(b)) {
                (Ok(a), Ok(b)) => Some(a.cmp(&b)),
                _ => Some(a.cmp(b)),
            },
            _ => None,
        }
    }

    /// Whether a text contains the other text, or a list the other value; `None` for other types.
    pub fn contains(&self, other: &Value) -> Option<bool> {
        match (self, other) {
            (Value::Text(text), Value::Text(part)) => Some(text.contains(part.as_str())),
            (Value::Text(text), Value::Number(part)) => Some(text.contains(&part.to_string())),
            (Value::List(items), value) => Some(items.iter().any(|item| item.same(value))),
            _ => None,
        }
    }

    /// The value at a path of keys with dots between them, as `address.city`.
    pub fn at(&self, path: &str) -> Option<&Value> {
        path.split('.').try_fold(self, |value, key| match value {
            Value::Map(map) => map.get(key),
            _ => None,
        })
    }

    /// The bytes the value takes in memory, roughly; used for limits.
    pub fn weight(&self) -> usize {
        match self {
            Value::Null | Value::Bool(_) | Value::Number(_) => 16,
            Value::Text(text) => 16 + text.len(),
            Value::List(items) => 16 + items.iter().map(Value::weight).sum::<usize>(),
            Value::Map(map) => 16 + map.iter().map(|(k, v)| k.len() + v.weight()).sum::<usize>(),
        }
    }
}

impl From<bool> for Value {
    fn from(b: bool) -> Self {
        Value::Bool(b)
    }
}

impl From<i64> for Value {
    fn from(n: i64) -> Self {
        Value::Number(n.into())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Text(text)
    }
}

impl fmt::Display for Value {
    /// As a person would write it; lists and objects as JSON.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Null => f.write_str("null"),
            Value::Bool(b) => write!(f, "{b}"),
            Value::Number(n) => write!(f, "{n}"),
            Value::Text(text) => f.write_str(text),
            Value::List(_) | Value::Map(_) => {
                f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
            }
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Null => serializer.serialize_unit(),
            Value::Bool(b) => serializer.serialize_bool(*b),
            Value::Number(n) => n.serialize(serializer),
            Value::Text(text) => serializer.serialize_str(text),
            Value::List(items) => items.serialize(serializer),
            Value::Map(map) => map.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Nested(limits::MAX_VALUE_DEPTH).deserialize(deserializer)
    }
}

/// A value that may be nested so deep.
struct Nested(usize);

impl Nested {
    fn deeper<E: de::Error>(&self) -> Result<Nested, E> {
        let left = self.0.checked_sub(1).ok_or_else(|| {
            E::custom(format_args!(
                "a value can be nested {} deep at most",
                limits::MAX_VALUE_DEPTH
            ))
        })?;
        Ok(Nested(left))
    }
}

impl<'de> DeserializeSeed<'de> for Nested {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Nested {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<Value, D::Error> {
        self.deserialize(inner)
    }

    fn visit_bool<E>(self, b: bool) -> Result<Value, E> {
        Ok(Value::Bool(b))
    }

    fn visit_i64<E>(self, n: i64) -> Result<Value, E> {
        Ok(Value::Number(n.into()))
    }

    fn visit_u64<E: de::Error>(self, n: u64) -> Result<Value, E> {
        Number::parse(&n.to_string())
            .map(Value::Number)
            .map_err(E::custom)
    }

    // float: parsers hand fractions over as floats; the shortest spelling is what was meant.
    fn visit_f64<E: de::Error>(self, n: f64) -> Result<Value, E> {
        Number::parse(&n.to_string())
            .map(Value::Number)
            .map_err(E::custom)
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::Text(text))
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(self.deeper()?)? {
            items.push(item);
        }
        Ok(Value::List(items))
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut map = Variables::new();
        while let Some(key) = access.next_key()? {
            map.insert(key, access.next_value_seed(self.deeper()?)?);
        }
        Ok(Value::Map(map))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn values_are_nested_so_deep_and_no_deeper() {
        let nested = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
        let deepest = limits::MAX_VALUE_DEPTH;
        let read: Value = serde_json::from_str(&nested(deepest)).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), nested(deepest));
        let objects = "{\"a\":".repeat(deepest + 1) + "1" + &"}".repeat(deepest + 1);
        for text in [nested(deepest + 1), objects] {
            let error = serde_json::from_str::<Value>(&text).unwrap_err();
            assert!(error.to_string().contains("nested 64 deep"), "{error}");
        }
    }
}
