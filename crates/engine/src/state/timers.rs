//! Due times in one queue, ordered by time and then by insertion.
//!
//! A constant delay gives an already sorted line, so each of the first few distinct delays has a
//! plain first-in first-out *lane*; a heap holds the rest. Pushing to a lane costs O(1), popping O(1)
//! in the number of waiting items; with the heap both are O(log n) in its items alone.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use leadline_model::Time;
use serde::{Deserialize, Serialize};

/// Nothing is due.
const NEVER: i64 = i64::MAX;

/// A queue of items with due times.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Timers<T> {
    /// When the first item is due.
    due: i64,
    heap: BinaryHeap<Reverse<Entry<T>>>,
    lanes: Vec<Lane<T>>,
    inserted: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Lane<T> {
    delay: i64,
    line: VecDeque<Entry<T>>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Entry<T> {
    at: i64,
    order: u64,
    item: T,
}

impl<T> Entry<T> {
    /// Time, then insertion, as one number: compared without a branch.
    #[inline]
    fn key(&self) -> i128 {
        (i128::from(self.at) << 64) | i128::from(self.order)
    }
}

impl<T> PartialEq for Entry<T> {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl<T> Eq for Entry<T> {}

impl<T> PartialOrd for Entry<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }

    fn lt(&self, other: &Self) -> bool {
        self.key() < other.key()
    }

    fn le(&self, other: &Self) -> bool {
        self.key() <= other.key()
    }
}

impl<T> Ord for Entry<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

impl<T> Default for Timers<T> {
    fn default() -> Self {
        Timers {
            due: NEVER,
            heap: BinaryHeap::new(),
            lanes: Vec::new(),
            inserted: 0,
        }
    }
}

impl<T: Copy> Timers<T> {
    /// Looking at the front of so many lanes still costs less than keeping a heap of them.
    const MAX_LANES: usize = 8;

    /// The lane of a constant delay in milliseconds, made when there is none; `None` when there are
    /// too many lanes already (the heap serves then). O(lanes).
    #[inline]
    pub fn lane(&mut self, delay: i64) -> Option<u32> {
        if let Some(found) = self.lanes.iter().position(|lane| lane.delay == delay) {
            return Some(found as u32);
        }
        if self.lanes.len() == Self::MAX_LANES {
            return None;
        }
        self.lanes.push(Lane {
            delay,
            line: VecDeque::new(),
        });
        Some(self.lanes.len() as u32 - 1)
    }

    #[inline]
    fn entry(&mut self, at: Time, item: T) -> Entry<T> {
        self.due = self.due.min(at.0);
        self.inserted += 1;
        Entry {
            at: at.0,
            order: self.inserted,
            item,
        }
    }

    /// Adds an item due at an instant.
    pub fn push(&mut self, at: Time, item: T) {
        let entry = self.entry(at, item);
        self.heap.push(Reverse(entry));
    }

    /// Adds an item to a lane. An item due before the lane's last one goes to the heap instead.
    #[inline]
    pub fn push_lane(&mut self, lane: u32, at: Time, item: T) {
        let entry = self.entry(at, item);
        match self.lanes.get_mut(lane as usize).map(|lane| &mut lane.line) {
            Some(line) if line.back().is_none_or(|last| last.at <= at.0) => line.push_back(entry),
            _ => self.heap.push(Reverse(entry)),
        }
    }

    /// When the first item is due.
    #[inline]
    pub fn next_due(&self) -> Option<Time> {
        (self.due != NEVER).then_some(Time(self.due))
    }

    /// Whether an item is due at or before `now`.
    #[inline]
    pub fn is_due(&self, now: Time) -> bool {
        self.due <= now.0
    }

    /// Takes the first item due at or before `now`.
    #[inline]
    pub fn pop_due(&mut self, now: Time) -> Option<(Time, T)> {
        if self.due > now.0 {
            return None;
        }
        let mut best = self.heap.peek().map_or(i128::MAX, |top| top.0.key());
        let mut lane = None;
        let mut due = NEVER;
        for (i, front) in self.lanes.iter().map(|lane| lane.line.front()).enumerate() {
            let Some(front) = front else { continue };
            if front.key() < best {
                due = due.min((best >> 64) as i64);
                best = front.key();
                lane = Some(i);
            } else {
                due = due.min(front.at);
            }
        }
        let taken = match lane {
            Some(lane) => {
                let line = &mut self.lanes[lane].line;
                let taken = line.pop_front()?;
                match line.front() {
                    Some(next) => due = due.min(next.at),
                    None => shrink(line),
                }
                taken
            }
            None => {
                let taken = self.heap.pop()?.0;
                due = due.min(self.heap.peek().map_or(NEVER, |top| top.0.at));
                taken
            }
        };
        self.due = due;
        Some((Time(taken.at), taken.item))
    }

    /// Items in the queue. O(lanes).
    pub fn len(&self) -> usize {
        let in_lanes: usize = self.lanes.iter().map(|lane| lane.line.len()).sum();
        self.heap.len() + in_lanes
    }

    /// Whether nothing is due, ever.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Keeps only the items that satisfy a predicate. O(n).
    pub fn retain(&mut self, mut keep: impl FnMut(&T) -> bool) {
        self.heap.retain(|Reverse(entry)| keep(&entry.item));
        for lane in &mut self.lanes {
            lane.line.retain(|entry| keep(&entry.item));
        }
        let fronts = self.lanes.iter().filter_map(|lane| lane.line.front());
        let tops = self.heap.peek().map(|top| &top.0);
        self.due = fronts
            .chain(tops)
            .map(|entry| entry.at)
            .min()
            .unwrap_or(NEVER);
    }
}

/// Gives memory back once a long line has been served.
fn shrink<T>(line: &mut VecDeque<T>) {
    if line.capacity() > 4_096 {
        line.shrink_to(64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_come_by_time_then_insertion() {
        let mut timers = Timers::default();
        let lane = timers.lane(10).unwrap_or_default();
        timers.push_lane(lane, Time(20), 'b');
        timers.push(Time(10), 'a');
        timers.push(Time(20), 'c');
        timers.push_lane(lane, Time(20), 'd');
        timers.push_lane(lane, Time(15), 'x');
        timers.push_lane(lane, Time(30), 'e');
        assert_eq!(timers.len(), 6);
        let mut order = String::new();
        while let Some((_, item)) = timers.pop_due(Time(20)) {
            order.push(item);
        }
        assert_eq!(order, "axbcd");
        assert_eq!(timers.next_due(), Some(Time(30)));
        timers.retain(|item| *item != 'e');
        assert!(timers.is_empty());
    }

    proptest::proptest! {
        /// Whatever is pushed, popped and dropped: what comes out is what a sorted map would give.
        #[test]
        fn lanes_and_heap_agree_with_a_sorted_map(
            steps in proptest::collection::vec((0u8..12, 0i64..50), 1..300)
        ) {
            let mut timers = Timers::default();
            let mut sorted = std::collections::BTreeMap::new();
            for (order, (kind, at)) in steps.into_iter().enumerate() {
                match kind {
                    0..=9 => {
                        match timers.lane(i64::from(kind)) {
                            Some(lane) => timers.push_lane(lane, Time(at), order),
                            None => timers.push(Time(at), order),
                        }
                        sorted.insert((Time(at), order), ());
                    }
                    10 => {
                        timers.retain(|item| item % 3 != 0);
                        sorted.retain(|(_, item), ()| item % 3 != 0);
                    }
                    _ => {
                        let due = sorted.first_entry().filter(|first| first.key().0 <= Time(at));
                        let expected = due.map(|first| first.remove_entry().0);
                        proptest::prop_assert_eq!(timers.pop_due(Time(at)), expected);
                    }
                }
                let next = sorted.first_key_value().map(|(key, ())| key.0);
                proptest::prop_assert_eq!(timers.next_due(), next);
                proptest::prop_assert_eq!(timers.len(), sorted.len());
            }
        }
    }
}
