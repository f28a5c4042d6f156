//! The requests carried out last, so that one that is sent again takes effect once. A host with a
//! journal looks there for those of longer ago.

use std::collections::{BTreeMap, VecDeque};

use crate::Reply;

/// Bytes of replies remembered.
const MOST_BYTES: usize = 32 << 20;

/// What a client calls a write, and a digest of everything it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestKey {
    /// The `Idempotency-Key`.
    pub key: String,
    /// The digest of method, path, query, precondition and body.
    pub fingerprint: u128,
}

/// The requests carried out last with their answers. Within its bounds (25,000 requests, 32 MiB of
/// keys and answers) the oldest are forgotten first.
#[derive(Debug, Default)]
pub struct Recent {
    order: VecDeque<String>,
    replies: BTreeMap<String, (u128, Reply)>,
    bytes: usize,
    forgot: bool,
}

impl Recent {
    /// Requests remembered: more than can wait to be stored, so what is forgotten is durable.
    pub const MOST: usize = 25_000;

    /// There were more than this was told of.
    pub fn forget(&mut self) {
        self.forgot = true;
    }

    /// Whether none was ever forgotten.
    pub fn has_all(&self) -> bool {
        !self.forgot
    }

    /// What a request of this key was, and what it was answered.
    pub fn get(&self, key: &str) -> Option<(u128, &Reply)> {
        let (fingerprint, reply) = self.replies.get(key)?;
        Some((*fingerprint, reply))
    }

    /// Every request that is remembered, oldest first: its key, its fingerprint, its reply.
    pub fn all(&self) -> impl Iterator<Item = (&str, u128, &Reply)> {
        self.order.iter().filter_map(|key| {
            let (fingerprint, reply) = self.get(key)?;
            Some((key.as_str(), fingerprint, reply))
        })
    }

    /// A request was carried out.
    pub fn put(&mut self, request: RequestKey, reply: Reply) {
        self.bytes += reply.body.len();
        let RequestKey { key, fingerprint } = request;
        let length = key.len();
        match self.replies.insert(key.clone(), (fingerprint, reply)) {
            Some((_, old)) => self.bytes -= old.body.len(),
            None => {
                self.bytes += length;
                self.order.push_back(key);
            }
        }
        while (self.order.len() > Recent::MOST || self.bytes > MOST_BYTES)
            && let Some(oldest) = self.order.pop_front()
        {
            self.forgot = true;
            if let Some((_, reply)) = self.replies.remove(&oldest) {
                self.bytes -= reply.body.len() + oldest.len();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(key: &str) -> RequestKey {
        RequestKey {
            key: key.into(),
            fingerprint: 7,
        }
    }

    #[test]
    fn the_last_ones_are_remembered_within_their_budget() {
        let mut recent = Recent::default();
        for n in 0..Recent::MOST {
            recent.put(request(&n.to_string()), Reply::done("x"));
        }
        assert!(recent.has_all());
        for n in Recent::MOST..Recent::MOST + 5 {
            recent.put(request(&n.to_string()), Reply::done("x"));
        }
        assert!(recent.get("4").is_none() && !recent.has_all());
        assert!(recent.get("5").is_some());
        recent.put(request("5"), Reply::done("y"));
        assert_eq!(recent.order.len(), Recent::MOST, "the same key counts once");
        let large = Reply {
            body: vec![b'x'; MOST_BYTES - 1_000],
            ..Reply::done("x")
        };
        recent.put(request("large"), large);
        assert!(recent.get("large").is_some());
        let held = recent
            .all()
            .map(|(key, _, reply)| key.len() + reply.body.len());
        assert_eq!(recent.bytes, held.sum::<usize>());
        assert!(recent.bytes <= MOST_BYTES);
    }
}
