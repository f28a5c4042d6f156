//! Due times in one queue, ordered by time and then by insertion.
//!
//! A constant delay gives an already sorted line, so each distinct delay has a plain first-in
//! first-out *lane*; the heap holds the rest, and one entry for the front of each lane. Pushing to a
//! lane and popping from it cost O(1) while the front of the lane does not change places with the
//! others; anything else O(log n) in the number of lanes and heap entries, not of waiting leads.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use leadline_model::Time;
use serde::{Deserialize, Serialize};

/// A queue of items with due times.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Timers<T> {
    heap: BinaryHeap<Reverse<Entry<T>>>,
    lanes: Vec<Lane<T>>,
    inserted: u64,
}

/// Ordered by time, then insertion, so that the heap compares two numbers and nothing else.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Entry<T> {
    at: i64,
    order: u64,
    what: What<T>,
}

impl<T> PartialEq for Entry<T> {
    fn eq(&self, other: &Self) -> bool {
        (self.at, self.order) == (other.at, other.order)
    }
}

impl<T> Eq for Entry<T> {}

impl<T> PartialOrd for Entry<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }

    fn lt(&self, other: &Self) -> bool {
        self.at < other.at || (self.at == other.at && self.order < other.order)
    }

    fn le(&self, other: &Self) -> bool {
        self.at < other.at || (self.at == other.at && self.order <= other.order)
    }
}

impl<T> Ord for Entry<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.order).cmp(&(other.at, other.order))
    }
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
enum What<T> {
    Item(T),
    Lane(u32),
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Lane<T> {
    delay: i64,
    line: VecDeque<(i64, u64, T)>,
}

impl<T> Default for Timers<T> {
    fn default() -> Self {
        Timers {
            heap: BinaryHeap::new(),
            lanes: Vec::new(),
            inserted: 0,
        }
    }
}

impl<T: Copy> Timers<T> {
    const MAX_LANES: usize = 64;

    /// The lane of a constant delay in milliseconds, made when there is none; `None` when there are
    /// too many lanes already (the heap serves then). O(lanes).
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

    /// Adds an item due at an instant.
    pub fn push(&mut self, at: Time, item: T) {
        self.inserted += 1;
        let order = self.inserted;
        self.heap.push(Reverse(Entry {
            at: at.0,
            order,
            what: What::Item(item),
        }));
    }

    /// Adds an item to a lane. An item due before the lane's last one goes to the heap instead.
    #[inline]
    pub fn push_lane(&mut self, lane: u32, at: Time, item: T) {
        let Some(line) = self.lanes.get_mut(lane as usize).map(|lane| &mut lane.line) else {
            return self.push(at, item);
        };
        if line.back().is_some_and(|(last, ..)| *last > at.0) {
            return self.push(at, item);
        }
        self.inserted += 1;
        let order = self.inserted;
        if line.is_empty() {
            self.heap.push(Reverse(Entry {
                at: at.0,
                order,
                what: What::Lane(lane),
            }));
        }
        line.push_back((at.0, order, item));
    }

    /// When the first item is due.
    #[inline]
    pub fn next_due(&self) -> Option<Time> {
        self.heap.peek().map(|Reverse(entry)| Time(entry.at))
    }

    /// Takes the first item due at or before `now`.
    #[inline]
    pub fn pop_due(&mut self, now: Time) -> Option<(Time, T)> {
        let mut top = self.heap.peek_mut().filter(|top| top.0.at <= now.0)?;
        match top.0.what {
            What::Item(item) => {
                let at = Time(top.0.at);
                std::collections::binary_heap::PeekMut::pop(top);
                Some((at, item))
            }
            What::Lane(lane) => {
                let line = &mut self.lanes[lane as usize].line;
                let (at, _, item) = line.pop_front()?;
                match line.front() {
                    Some((at, order, _)) => {
                        (top.0.at, top.0.order) = (*at, *order);
                    }
                    None => {
                        std::collections::binary_heap::PeekMut::pop(top);
                        shrink(line);
                    }
                }
                Some((Time(at), item))
            }
        }
    }

    /// Items in the queue. O(lanes).
    pub fn len(&self) -> usize {
        let in_lanes: usize = self.lanes.iter().map(|lane| lane.line.len()).sum();
        let fronts = self
            .lanes
            .iter()
            .filter(|lane| !lane.line.is_empty())
            .count();
        self.heap.len() - fronts + in_lanes
    }

    /// Whether nothing is due, ever.
    pub fn is_empty(&self) -> bool {
        self.heap.is_empty()
    }

    /// Keeps only the items that satisfy a predicate. O(n).
    pub fn retain(&mut self, mut keep: impl FnMut(&T) -> bool) {
        let old = std::mem::take(&mut self.heap);
        for lane in &mut self.lanes {
            lane.line.retain(|(.., item)| keep(item));
        }
        let mut entries: Vec<_> = old
            .into_iter()
            .filter(|Reverse(entry)| match &entry.what {
                What::Item(item) => keep(item),
                What::Lane(_) => false,
            })
            .collect();
        for (i, lane) in self.lanes.iter().enumerate() {
            if let Some((at, order, _)) = lane.line.front() {
                let (at, order) = (*at, *order);
                entries.push(Reverse(Entry {
                    at,
                    order,
                    what: What::Lane(i as u32),
                }));
            }
        }
        self.heap = entries.into();
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
}
