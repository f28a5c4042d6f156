//! The order within layers: sweeps that sort each layer by the barycentre of its neighbours. The
//! order with the fewest crossings of all sweeps is kept.

use leadline_model::ordered;

use super::layers::{Layered, Piece};

const SWEEPS: usize = 12;
/// So many sweeps without a better order end it.
const PATIENCE: usize = 3;

pub(super) fn reduce_crossings(layered: &mut Layered) {
    let mut place = places(layered);
    let mut best = (crossings(layered, &place), layered.layers.clone());
    let mut stale = 0;
    for sweep in 0..SWEEPS {
        if best.0 == 0 || stale == PATIENCE {
            break;
        }
        stale += 1;
        let count = layered.layers.len();
        for step in 1..count {
            if sweep % 2 == 0 {
                sort_layer(layered, step, &mut place, true);
            } else {
                sort_layer(layered, count - 1 - step, &mut place, false);
            }
        }
        let now = crossings(layered, &place);
        if now < best.0 {
            best = (now, layered.layers.clone());
            stale = 0;
        }
    }
    layered.layers = best.1;
}

/// The place of each item within its layer.
fn places(layered: &Layered) -> Vec<usize> {
    let mut place = vec![0; layered.heights.len()];
    for layer in &layered.layers {
        for (at, &item) in layer.iter().enumerate() {
            place[item] = at;
        }
    }
    place
}

/// Sorts a layer by its neighbours on the left or on the right. Items without any stay put.
fn sort_layer(layered: &mut Layered, layer: usize, place: &mut [usize], by_left: bool) {
    let mut items = std::mem::take(&mut layered.layers[layer]);
    let weight = |item: usize| -> f64 {
        let pieces = if by_left {
            &layered.into[item]
        } else {
            &layered.out_of[item]
        };
        if pieces.is_empty() {
            return place[item] as f64;
        }
        let at = |p: &Piece| {
            let (other, port) = if by_left {
                (p.left, p.left_port)
            } else {
                (p.right, p.right_port)
            };
            // Ports of one node keep their order, without reaching the next node.
            place[other] as f64 + port / (layered.heights[other] + 1.0) * 0.9
        };
        pieces.iter().map(at).sum::<f64>() / pieces.len() as f64
    };
    let mut weighted: Vec<(f64, usize)> = items.iter().map(|&item| (weight(item), item)).collect();
    ordered::sort_by(&mut weighted, |a, b| a.0.total_cmp(&b.0));
    for (at, (_, item)) in weighted.into_iter().enumerate() {
        items[at] = item;
        place[item] = at;
    }
    layered.layers[layer] = items;
}

/// How many pairs of pieces cross, all layers together.
fn crossings(layered: &Layered, place: &[usize]) -> u64 {
    let widest = layered.layers.iter().map(Vec::len).max().unwrap_or(0);
    let mut tree = Counter {
        sums: vec![0; widest + 1],
    };
    let mut total = 0;
    for layer in &layered.layers {
        let mut ends: Vec<(usize, f64, usize)> = Vec::new();
        for &item in layer {
            let pieces = layered.out_of[item].iter();
            ends.extend(pieces.map(|p| (place[item], p.left_port, place[p.right])));
        }
        ordered::sort_by(&mut ends, |a, b| {
            a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2))
        });
        tree.sums.fill(0);
        for (done, &(_, _, right)) in ends.iter().enumerate() {
            total += done as u64 - tree.up_to(right);
            tree.add(right);
        }
    }
    total
}

/// Counts of numbers, by prefix (a Fenwick tree).
struct Counter {
    sums: Vec<u64>,
}

impl Counter {
    fn add(&mut self, number: usize) {
        let mut at = number + 1;
        while at < self.sums.len() {
            self.sums[at] += 1;
            at += at & at.wrapping_neg();
        }
    }

    /// How many numbers up to and with this one were added.
    fn up_to(&self, number: usize) -> u64 {
        let (mut at, mut sum) = (number + 1, 0);
        while at > 0 {
            sum += self.sums[at];
            at -= at & at.wrapping_neg();
        }
        sum
    }
}
