//! The requests carried out last, so that one that is sent again takes effect once.
//!
//! Rebuilt from snapshot and journal at every start. A request is only sent again when the tab that
//! led died before answering, so ten thousand are plenty; replies are kept within a budget of bytes.

use std::collections::{HashMap, VecDeque};

/// Requests remembered.
const MOST: usize = 10_000;
/// Bytes of replies remembered.
const MOST_BYTES: usize = 8 << 20;
/// The longest reply remembered; what is longer is worked out again.
pub const LONGEST_REPLY: usize = 128 << 10;

/// What is remembered.
#[derive(Debug, Default)]
pub struct Recent {
    order: VecDeque<String>,
    replies: HashMap<String, Option<Vec<u8>>>,
    with_reply: VecDeque<String>,
    bytes: usize,
}

impl Recent {
    /// Whether a request was carried out, and what it was answered, where that is still known.
    pub fn get(&self, request: &str) -> Option<Option<&[u8]>> {
        self.replies.get(request).map(Option::as_deref)
    }

    /// A request was carried out.
    pub fn put(&mut self, request: String, reply: Option<Vec<u8>>) {
        if let Some(reply) = &reply {
            self.bytes += reply.len();
            self.with_reply.push_back(request.clone());
        }
        if self.replies.insert(request.clone(), reply).is_none() {
            self.order.push_back(request);
        }
        while self.order.len() > MOST
            && let Some(oldest) = self.order.pop_front()
        {
            self.drop_reply(&oldest);
            self.replies.remove(&oldest);
        }
        while self.bytes > MOST_BYTES
            && let Some(oldest) = self.with_reply.pop_front()
        {
            self.drop_reply(&oldest);
        }
    }

    fn drop_reply(&mut self, request: &str) {
        if let Some(reply) = self.replies.get_mut(request)
            && let Some(reply) = reply.take()
        {
            self.bytes -= reply.len();
        }
    }

    /// Oldest first, for a snapshot.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<&[u8]>)> {
        self.order
            .iter()
            .map(|id| (id.as_str(), self.replies.get(id).and_then(Option::as_deref)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_ones_are_remembered_within_their_budget() {
        let mut recent = Recent::default();
        for n in 0..MOST + 5 {
            recent.put(format!("r{n}"), Some(vec![0; 100_000]));
        }
        assert_eq!(recent.get("r4"), None);
        assert_eq!(
            recent.get("r5"),
            Some(None),
            "carried out, the reply forgotten"
        );
        let last = format!("r{}", MOST + 4);
        assert_eq!(recent.get(&last).flatten().map(<[u8]>::len), Some(100_000));
        assert!(recent.bytes <= MOST_BYTES);
        assert_eq!(recent.iter().count(), MOST);
        assert_eq!(recent.iter().next(), Some(("r5", None)));
    }

    #[test]
    fn the_same_request_counts_once() {
        let mut recent = Recent::default();
        recent.put("r".into(), None);
        recent.put("r".into(), None);
        assert_eq!(recent.iter().count(), 1);
    }
}
