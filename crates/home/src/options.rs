//! What a home begins with.

use std::collections::BTreeSet;

use leadline_model::{Time, id::encode};
use leadline_sim::SessionConfig;
use serde::{Deserialize, Serialize};

use crate::Refused;

/// Who says how calls end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Answers {
    /// The simulated world, from each node's `config.simulation`.
    #[default]
    Simulated,
    /// Whoever posts to `/v1/call-logs/{id}/status`. Webhooks are answered by the simulated world even
    /// so (SPEC 7).
    Manual,
}

/// What a home begins with; every field may be left out.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// What ids and chance come from; 1 when nothing is said.
    pub seed: Option<u64>,
    /// The time at the beginning; Monday 2 March 2026, 09:00 UTC, when nothing is said, as for a new
    /// organization of the server whose clock is simulated.
    pub now: Option<Time>,
    /// Who says how calls end.
    pub calls: Answers,
    /// Tick only at multiples of so many milliseconds, as a live host does (SPEC 5).
    pub tick_ms: Option<u32>,
    /// The key that a request without one is sent with. When nothing is said it is answered 401.
    pub key: Option<String>,
    /// The keys there are, each with the seed of its organization. When nothing is said there is one
    /// organization, and every key is its key.
    pub organizations: Option<Vec<(String, u64)>>,
}

const BEGINS_AT: Time = Time(1_772_442_000_000);

impl Options {
    /// Reads options from JSON.
    pub fn parse(json: &str) -> Result<Options, Refused> {
        serde_json::from_slice(json.as_bytes())
            .map_err(|error| Refused::option(format!("The options: {error}.")))
    }

    /// What the organization of a seed begins with; the same as on the server.
    pub(crate) fn session(&self, seed: u64) -> SessionConfig {
        SessionConfig {
            organization_id: encode("org_", seed, 0).into(),
            now: self.now.unwrap_or(BEGINS_AT),
            key: seed,
            tick_ms: self.tick_ms,
        }
    }

    /// The keys with their seeds, the one of [`Options::key`] first; a single empty one where every
    /// key is good.
    pub(crate) fn keys(&self) -> Result<Vec<(String, u64)>, Refused> {
        if let Some(key) = &self.key {
            check(key)?;
        }
        let Some(organizations) = &self.organizations else {
            return Ok(vec![(String::new(), self.seed.unwrap_or(1))]);
        };
        if self.seed.is_some() {
            let message =
                "`seed` and `organizations` exclude each other: an organization has its own.";
            return Err(Refused::option(message));
        }
        if organizations.is_empty() {
            return Err(Refused::option("`organizations` needs at least one key."));
        }
        let mut seen = BTreeSet::new();
        for (key, _) in organizations {
            check(key)?;
            if !seen.insert(key) {
                return Err(Refused::option(format!("The key {key} is there twice.")));
            }
        }
        let mut keys = organizations.clone();
        if let Some(own) = &self.key {
            let Some(at) = keys.iter().position(|(key, _)| key == own) else {
                let message = format!("`key`: {own} is none of the keys of `organizations`.");
                return Err(Refused::option(message));
            };
            keys.swap(0, at);
        }
        Ok(keys)
    }
}

/// A key has to fit into a header.
fn check(key: &str) -> Result<(), Refused> {
    match !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_graphic()) {
        true => Ok(()),
        false => Err(Refused::option(
            "A key is made of printable ASCII characters without blanks.",
        )),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_new_home_begins_when_a_new_organization_of_the_server_does() {
        assert_eq!(Time::parse("2026-03-02T09:00:00Z").unwrap(), BEGINS_AT);
    }

    #[test]
    fn what_makes_no_sense_is_refused_in_words() {
        for (json, part) in [
            ("{\"seed\": -1}", "seed"),
            ("{\"sed\": 1}", "unknown field `sed`"),
            ("{\"calls\": \"http\"}", "unknown variant `http`"),
            ("{\"now\": \"today\"}", "The options"),
        ] {
            let refused = Options::parse(json).unwrap_err();
            assert_eq!(refused.code, "invalid_option");
            assert!(
                refused.message.contains(part) || part == "seed",
                "{refused}"
            );
        }
        for json in [
            "{\"organizations\": []}",
            "{\"organizations\": [[\"a\", 1], [\"a\", 2]]}",
            "{\"organizations\": [[\"a b\", 1]]}",
            "{\"organizations\": [[\"a\", 1]], \"seed\": 1}",
            "{\"organizations\": [[\"a\", 1]], \"key\": \"b\"}",
            "{\"key\": \"\"}",
        ] {
            let options = Options::parse(json).unwrap();
            assert_eq!(options.keys().unwrap_err().code, "invalid_option", "{json}");
        }
    }

    #[test]
    fn the_own_key_comes_first() {
        let json = "{\"organizations\": [[\"b\", 2], [\"a\", 1]], \"key\": \"a\"}";
        let keys = Options::parse(json).unwrap().keys().unwrap();
        assert_eq!(keys[0], ("a".to_owned(), 1));
        assert_eq!(Options::default().keys().unwrap(), [(String::new(), 1)]);
    }
}
