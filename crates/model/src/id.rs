//! Opaque ids with a prefix (SPEC 7), and the bijection that makes them from counters.
//!
//! The core has no randomness, so an id is a counter passed through a keyed bijection: ids look
//! random, never repeat, and lead directly back to the counter without a map of a million strings.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The longest id accepted, in bytes.
pub const MAX_ID_LEN: usize = 64;

/// Why a text cannot be an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an id is 1 to 64 letters, digits, `_` or `-`, and `{0}` is not")]
pub struct BadId(String);

fn check(text: &str) -> Result<(), BadId> {
    let fits = !text.is_empty()
        && text.len() <= MAX_ID_LEN
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if fits {
        Ok(())
    } else {
        Err(BadId(text.chars().take(MAX_ID_LEN).collect()))
    }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The prefix of the ids Leadline makes; any other spelling is accepted on import.
            pub const PREFIX: &'static str = $prefix;

            /// Checks a text and takes it as an id.
            pub fn parse(text: &str) -> Result<Self, BadId> {
                check(text)?;
                Ok(Self(text.into()))
            }

            /// The id of a counter under a key; see [`encode`].
            pub fn from_counter(key: u64, counter: u64) -> Self {
                Self(encode(Self::PREFIX, key, counter).into())
            }

            /// The counter behind an id made with the same key, `None` for any other id.
            pub fn counter(&self, key: u64) -> Option<u64> {
                decode(Self::PREFIX, key, &self.0)
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }
    )*};
}

ids! {
    /// A workflow.
    WorkflowId "wfl_";
    /// A node of a workflow.
    NodeId "nod_";
    /// An edge of a workflow.
    EdgeId "edg_";
    /// A lead enrolled in one workflow.
    LeadId "wld_";
    /// A call log.
    CallId "call_";
    /// An agent.
    AgentId "agt_";
    /// A run of an agent's workflow.
    RunId "wfr_";
    /// A subscription to events.
    SubscriptionId "sub_";
    /// An event that subscribers are told of.
    EventId "evt_";
}

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const DIGITS: usize = 12;
const BITS: u32 = 60;
const HALF: u32 = BITS / 2;
const HALF_MASK: u64 = (1 << HALF) - 1;

fn round(key: u64, round: u64, half: u64) -> u64 {
    let mut x =
        half ^ key.rotate_left((round * 16) as u32) ^ (round.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (x ^ (x >> 31)) & HALF_MASK
}

/// Turns a counter below 2^60 into an id: a four-round Feistel network over 60 bits, written in 12
/// letters of Crockford's base 32. A bijection for each key, so two counters never share an id.
pub fn encode(prefix: &str, key: u64, counter: u64) -> String {
    let (mut left, mut right) = ((counter >> HALF) & HALF_MASK, counter & HALF_MASK);
    for i in 0..4 {
        (left, right) = (right, left ^ round(key, i, right));
    }
    let mixed = (left << HALF) | right;
    let mut text = String::with_capacity(prefix.len() + DIGITS);
    text.push_str(prefix);
    for digit in (0..DIGITS).rev() {
        text.push(ALPHABET[((mixed >> (digit * 5)) & 31) as usize] as char);
    }
    text
}

/// The inverse of [`encode`]; `None` when the text is not of its form.
pub fn decode(prefix: &str, key: u64, id: &str) -> Option<u64> {
    let digits = id.strip_prefix(prefix)?;
    if digits.len() != DIGITS {
        return None;
    }
    let mut mixed = 0u64;
    for byte in digits.bytes() {
        mixed = (mixed << 5) | ALPHABET.iter().position(|&a| a == byte)? as u64;
    }
    let (mut left, mut right) = (mixed >> HALF, mixed & HALF_MASK);
    for i in (0..4).rev() {
        (left, right) = (right ^ round(key, i, left), left);
    }
    Some((left << HALF) | right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_lead_back_to_their_counter() {
        for key in [0, 7, u64::MAX] {
            for counter in [0, 1, 2, 31, 1 << 29, 1 << 31, (1 << 60) - 1] {
                let id = encode("wld_", key, counter);
                assert_eq!(decode("wld_", key, &id), Some(counter), "{id}");
                assert_eq!(decode("nod_", key, &id), None);
            }
        }
    }

    #[test]
    fn odd_texts_are_refused() {
        for text in ["", "a b", "é", &"x".repeat(65), "<script>"] {
            assert!(NodeId::parse(text).is_err(), "{text}");
        }
        assert!(NodeId::parse("wf_abc123").is_ok());
    }
}
