//! Collecting into ordered maps and sets.

use std::collections::{BTreeMap, BTreeSet};

/// Collects by inserting one after another. `collect` sorts first, and so brings a copy of a whole sort,
/// some 4 KB, for every iterator it is called on.
pub trait Ordered: Iterator + Sized {
    /// The pairs as a map; the last of equal keys stays, as with `collect`.
    fn into_map<K: Ord, V>(self) -> BTreeMap<K, V>
    where
        Self: Iterator<Item = (K, V)>,
    {
        let mut map = BTreeMap::new();
        map.extend(self);
        map
    }

    /// The items as a set.
    fn into_set(self) -> BTreeSet<Self::Item>
    where
        Self::Item: Ord,
    {
        let mut set = BTreeSet::new();
        set.extend(self);
        set
    }
}

impl<I: Iterator> Ordered for I {}
