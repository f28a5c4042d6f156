//! Coordinates within layers: as close to straight edges as order and distance allow.

use super::NODE_GAP;
use super::layers::{Layered, Piece};
use crate::edits::snap;

/// Sweeps over the layers, left to right and back.
const SWEEPS: usize = 8;
/// Bends pull harder than nodes, so that long edges are straight.
const BEND_WEIGHT: f64 = 4.0;
/// An item without neighbours on one side hardly holds its place.
const FREE_WEIGHT: f64 = 0.05;

/// The top of each item, the uppermost at zero, on the grid.
pub(super) fn tops(layered: &Layered) -> Vec<f64> {
    let mut top = vec![0.0; layered.heights.len()];
    for layer in &layered.layers {
        let mut y = 0.0;
        for &item in layer {
            top[item] = y;
            y += layered.heights[item] + gap(layered, item);
        }
    }
    let count = layered.layers.len();
    for sweep in 0..SWEEPS {
        for step in 0..count {
            if sweep % 2 == 0 {
                settle(layered, step, &mut top, true);
            } else {
                settle(layered, count - 1 - step, &mut top, false);
            }
        }
    }
    let nodes = layered
        .layers
        .iter()
        .flatten()
        .filter(|&&item| layered.heights[item] > 0.0);
    let least = nodes.map(|&item| top[item]).fold(f64::INFINITY, f64::min);
    let least = if least.is_finite() { least } else { 0.0 };
    // Rounding may bring neighbours nearer to each other than they have to be.
    for layer in &layered.layers {
        let mut free = f64::NEG_INFINITY;
        for &item in layer {
            top[item] = snap(top[item] - least).max(free);
            free = top[item] + layered.heights[item] + gap(layered, item);
        }
    }
    top
}

/// The space below an item; lines may be nearer to each other than boxes.
fn gap(layered: &Layered, item: usize) -> f64 {
    if layered.heights[item] == 0.0 {
        NODE_GAP / 2.0
    } else {
        NODE_GAP
    }
}

/// Moves the items of a layer towards their neighbours on one side.
fn settle(layered: &Layered, layer: usize, top: &mut [f64], by_left: bool) {
    let wish = |item: usize| -> (f64, f64) {
        let pieces = if by_left {
            &layered.into[item]
        } else {
            &layered.out_of[item]
        };
        if pieces.is_empty() {
            return (top[item], FREE_WEIGHT);
        }
        let straight = |p: &Piece| {
            if by_left {
                top[p.left] + p.left_port - p.right_port
            } else {
                top[p.right] + p.right_port - p.left_port
            }
        };
        let bend = layered.heights[item] == 0.0;
        let weight = if bend { BEND_WEIGHT } else { 1.0 };
        (
            pieces.iter().map(straight).sum::<f64>() / pieces.len() as f64,
            weight,
        )
    };
    let items = &layered.layers[layer];
    let wishes: Vec<(f64, f64)> = items.iter().map(|&item| wish(item)).collect();
    // With the distances taken away, keeping order and distance means: never decrease.
    let mut offset = 0.0;
    let mut blocks: Vec<Block> = Vec::with_capacity(items.len());
    for (&item, (y, weight)) in items.iter().zip(wishes) {
        blocks.push(Block {
            sum: (y - offset) * weight,
            weight,
            count: 1,
        });
        offset += layered.heights[item] + gap(layered, item);
        while let [.., before, last] = blocks.as_mut_slice()
            && before.mean() >= last.mean()
        {
            before.sum += last.sum;
            before.weight += last.weight;
            before.count += last.count;
            blocks.pop();
        }
    }
    let means = blocks
        .iter()
        .flat_map(|block| std::iter::repeat_n(block.mean(), block.count));
    let mut offset = 0.0;
    for (&item, mean) in items.iter().zip(means) {
        top[item] = mean + offset;
        offset += layered.heights[item] + gap(layered, item);
    }
}

/// Items that touch each other and share one place.
struct Block {
    sum: f64,
    weight: f64,
    count: usize,
}

impl Block {
    fn mean(&self) -> f64 {
        self.sum / self.weight
    }
}
