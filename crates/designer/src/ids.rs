//! Ids of new nodes and edges. The crate has no randomness: the page gives a random key, tests a
//! fixed one, and [`NodeId::from_counter`] turns key and counter into ids that do not repeat.

use leadline_model::{EdgeId, NodeId};

/// A source of new ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ids {
    key: u64,
    next: u64,
}

impl Ids {
    /// A source of its own for every key: two random keys give ids that practically never meet.
    pub fn new(key: u64) -> Ids {
        Ids { key, next: 0 }
    }

    /// A node id not used by the source before.
    pub fn node(&mut self) -> NodeId {
        self.next += 1;
        NodeId::from_counter(self.key, self.next)
    }

    /// An edge id not used by the source before.
    pub fn edge(&mut self) -> EdgeId {
        self.next += 1;
        EdgeId::from_counter(self.key, self.next)
    }
}
