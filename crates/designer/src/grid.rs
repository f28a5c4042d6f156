//! A spatial index: which items touch a rectangle, without looking at all of them.
//!
//! Items are registered in every square cell their rectangle touches. One that would need too many
//! cells goes to a list that is always looked at, so that no rectangle costs unbounded memory.

use std::cell::Cell;
use std::collections::{BTreeSet, HashMap};

use leadline_model::ordered;

use crate::Rect;

const CELL: f64 = 512.0;
const MAX_CELLS: i64 = 48;

/// The cells a rectangle touches: left, top, right, bottom.
type Range = [i64; 4];

/// Items by place.
#[derive(Debug, Clone, Default)]
pub(crate) struct Grid {
    cells: HashMap<(i64, i64), Vec<u32>>,
    /// A set, since a list with thousands of them would be searched for each that moves.
    large: BTreeSet<u32>,
    looked_at: Cell<u64>,
}

fn range(rect: &Rect) -> Range {
    let cell = |v: f64| (v / CELL).floor() as i64;
    [
        cell(rect.x),
        cell(rect.y),
        cell(rect.right()),
        cell(rect.bottom()),
    ]
}

fn count([left, top, right, bottom]: Range) -> i64 {
    (right - left + 1).saturating_mul(bottom - top + 1)
}

fn each([left, top, right, bottom]: Range) -> impl Iterator<Item = (i64, i64)> {
    (left..=right).flat_map(move |x| (top..=bottom).map(move |y| (x, y)))
}

/// Takes an item out of a list; how many were looked at.
fn take_out(list: &mut Vec<u32>, item: u32) -> usize {
    match list.iter().position(|&other| other == item) {
        Some(at) => {
            list.swap_remove(at);
            at + 1
        }
        None => list.len(),
    }
}

impl Grid {
    pub fn clear(&mut self) {
        self.cells.clear();
        self.large.clear();
    }

    /// Cells and items looked at so far.
    pub fn looked_at(&self) -> u64 {
        self.looked_at.get()
    }

    fn look(&self, at: usize) {
        self.looked_at.set(self.looked_at.get() + at as u64);
    }

    pub fn insert(&mut self, item: u32, rect: &Rect) {
        let range = range(rect);
        self.look(count(range).clamp(1, MAX_CELLS) as usize);
        if count(range) > MAX_CELLS {
            self.large.insert(item);
            return;
        }
        for cell in each(range) {
            self.cells.entry(cell).or_default().push(item);
        }
    }

    /// Registers an item anew whose rectangle was `old`.
    pub fn update(&mut self, item: u32, old: &Rect, new: &Rect) {
        let (from, to) = (range(old), range(new));
        if from == to {
            return;
        }
        if count(from) > MAX_CELLS {
            self.large.remove(&item);
            self.look(1);
        } else {
            for cell in each(from) {
                if let Some(list) = self.cells.get_mut(&cell) {
                    let looked_at = take_out(list, item);
                    if list.is_empty() {
                        self.cells.remove(&cell);
                    }
                    self.look(looked_at);
                }
            }
        }
        self.insert(item, new);
    }

    /// Items that may touch the rectangle, each once, in ascending order.
    pub fn near(&self, rect: &Rect) -> Vec<u32> {
        let [left, top, right, bottom] = range(rect);
        let mut found: Vec<u32> = self.large.iter().copied().collect();
        let wanted = count([left, top, right, bottom]);
        if wanted > self.cells.len() as i64 {
            self.look(self.cells.len());
            for (&(x, y), list) in &self.cells {
                if x >= left && x <= right && y >= top && y <= bottom {
                    found.extend_from_slice(list);
                }
            }
        } else {
            self.look(wanted as usize);
            for cell in each([left, top, right, bottom]) {
                if let Some(list) = self.cells.get(&cell) {
                    found.extend_from_slice(list);
                }
            }
        }
        self.look(found.len());
        ordered::sort(&mut found);
        found.dedup();
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_is_near_and_forgets_where_it_was() {
        let mut grid = Grid::default();
        let small = |x: f64, y: f64| Rect::new(x, y, 200.0, 100.0);
        grid.insert(0, &small(0.0, 0.0));
        grid.insert(1, &small(5_000.0, 0.0));
        grid.insert(2, &Rect::new(-1e7, -1e7, 2e7, 2e7));
        assert_eq!(grid.near(&small(10.0, 10.0)), [0, 2]);
        grid.update(0, &small(0.0, 0.0), &small(5_100.0, 50.0));
        assert_eq!(grid.near(&small(10.0, 10.0)), [2]);
        assert_eq!(grid.near(&Rect::new(-1e9, -1e9, 2e9, 2e9)), [0, 1, 2]);
        grid.update(2, &Rect::new(-1e7, -1e7, 2e7, 2e7), &small(0.0, 0.0));
        assert_eq!(grid.near(&small(5_000.0, 0.0)), [0, 1]);
    }
}
