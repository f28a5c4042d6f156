//! Collecting into ordered maps and sets, and sorting, with one sort for all types: each type and each way to
//! compare would bring a copy of a whole sort, some 4 KB of the browser's download. Where millions are sorted
//! on a hot path, `slice::sort_unstable` is faster.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// Collects by inserting one after another; `collect` sorts first.
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

/// Sorts; equals stay in their order. O(n log n) comparisons; takes a word for each item.
pub fn sort_by<T>(items: &mut [T], mut compare: impl FnMut(&T, &T) -> Ordering) {
    let mut order: Vec<usize> = (0..items.len()).collect();
    let by_place = &items;
    sort_places(&mut order, &mut |a, b| compare(&by_place[a], &by_place[b]));
    // Each cycle of the order is walked once: the item that belongs at a place is swapped into it.
    for start in 0..order.len() {
        let mut place = start;
        loop {
            let from = std::mem::replace(&mut order[place], place);
            if from == start {
                break;
            }
            items.swap(place, from);
            place = from;
        }
    }
}

/// Sorts by what a function makes of each item; equals stay in their order.
pub fn sort_by_key<T, K: Ord>(items: &mut [T], mut key: impl FnMut(&T) -> K) {
    sort_by(items, |a, b| key(a).cmp(&key(b)));
}

/// Sorts; equals cannot be told apart or stay in their order.
pub fn sort<T: Ord>(items: &mut [T]) {
    sort_by(items, T::cmp);
}

fn sort_places(order: &mut [usize], compare: &mut dyn FnMut(usize, usize) -> Ordering) {
    order.sort_by(|a, b| compare(*a, *b));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorts_as_the_standard_library_does() {
        // Every order of up to seven items of which some are equal, told apart by where they began.
        for length in 0..=7_u32 {
            for code in 0..4_u32.pow(length) {
                let items: Vec<(u32, u32)> = (0..length)
                    .map(|place| (code / 4_u32.pow(place) % 4, place))
                    .collect();
                let mut wanted = items.clone();
                wanted.sort_by_key(|(key, _)| *key);
                let mut sorted = items.clone();
                sort_by_key(&mut sorted, |(key, _)| *key);
                assert_eq!(sorted, wanted);
                let mut reversed = items;
                reversed.sort_by_key(|(key, _)| std::cmp::Reverse(*key));
                sort_by(&mut wanted, |a, b| b.0.cmp(&a.0));
                assert_eq!(wanted, reversed);
            }
        }
        let mut texts = vec!["b".to_owned(), "c".to_owned(), "a".to_owned()];
        sort(&mut texts);
        assert_eq!(texts, ["a", "b", "c"]);
    }
}
