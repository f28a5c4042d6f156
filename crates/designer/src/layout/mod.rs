//! The automatic layout: layers from left to right, as Sugiyama, Tagawa and Toda describe it.
//! Cycles are cut where a walk from the entry meets its own way, nodes stand in the layer after
//! their farthest predecessor, barycentre sweeps reduce crossings, and coordinates are the closest
//! to straight edges that keep order and distance. Deterministic; what fits no bound (very long
//! edges of very large graphs) is left out of the crossing reduction, never of the result.

mod layers;
mod order;
mod place;

use crate::Point;
use crate::graph::Graph;
use crate::shape::{HEAD_HEIGHT, NODE_WIDTH};
use layers::Layered;

/// Space between layers, enough for an edge label.
const LAYER_GAP: f64 = 140.0;
/// Space between nodes of a layer.
const NODE_GAP: f64 = 40.0;

/// What the layout knows of a graph. Sizes are multiples of the grid.
#[derive(Debug, Clone, Default)]
pub(crate) struct Plain {
    /// The height of each node.
    pub heights: Vec<f64>,
    /// The edges.
    pub edges: Vec<PlainEdge>,
    /// Where the walk begins.
    pub root: Option<usize>,
}

/// An edge between nodes by index.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct PlainEdge {
    pub from: usize,
    pub to: usize,
    /// How far below the top of `from` it begins.
    pub port: f64,
}

/// A place for each node, in their order; the top left one near the origin.
pub(crate) fn arrange(graph: &Graph) -> Vec<Point> {
    let mut plain = Plain {
        root: graph.entry(),
        ..Plain::default()
    };
    for index in 0..graph.nodes().len() {
        let node_box = graph.node_box(index);
        plain.heights.push(node_box.rect.h);
        for edge in graph.outgoing(index) {
            let Some(to) = graph.node_index(&edge.to_node_id) else {
                continue;
            };
            let port = node_box.source(edge.label.as_deref()).y - node_box.rect.y;
            plain.edges.push(PlainEdge {
                from: index,
                to,
                port,
            });
        }
    }
    layered(&plain)
}

/// A place for each node.
pub(crate) fn layered(plain: &Plain) -> Vec<Point> {
    let mut layered = Layered::new(plain);
    order::reduce_crossings(&mut layered);
    let tops = place::tops(&layered);
    let x = |node: usize| layered.layer_of[node] as f64 * (NODE_WIDTH + LAYER_GAP);
    (0..plain.heights.len())
        .map(|node| Point::new(x(node), tops[node]))
        .collect()
}

/// Where edges arrive, below the top of a node.
const TARGET_PORT: f64 = HEAD_HEIGHT / 2.0;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Rect;

    fn check(name: &str, plain: &Plain) -> Vec<Point> {
        let places = layered(plain);
        assert_eq!(places.len(), plain.heights.len(), "{name}");
        let mut rects: Vec<Rect> = places
            .iter()
            .zip(&plain.heights)
            .map(|(at, &h)| Rect::new(at.x, at.y, NODE_WIDTH, h))
            .collect();
        for rect in &rects {
            assert_eq!(
                (rect.x % 10.0, rect.y % 10.0),
                (0.0, 0.0),
                "{name}: off the grid"
            );
        }
        rects.sort_by(|a, b| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)));
        for pair in rects.windows(2) {
            let apart = pair[0].x != pair[1].x || pair[1].y - pair[0].bottom() >= NODE_GAP;
            assert!(apart, "{name}: {pair:?} overlap");
        }
        assert_eq!(places, layered(plain), "{name}: not deterministic");
        places
    }

    fn plain(count: usize, edges: &[(usize, usize)]) -> Plain {
        let edges = edges.iter().map(|&(from, to)| PlainEdge {
            from,
            to,
            port: 30.0,
        });
        Plain {
            heights: vec![150.0; count],
            edges: edges.collect(),
            root: None,
        }
    }

    /// A graph of `count` nodes with about 1.5 edges each, the same every time.
    fn tangle(count: usize) -> Plain {
        let mut state = 7u64;
        let mut random = |below: usize| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 33) as usize % below.max(1)
        };
        let mut edges: Vec<(usize, usize)> = (1..count).map(|to| (random(to), to)).collect();
        edges.extend((0..count / 2).map(|_| (random(count), random(count))));
        plain(count, &edges)
    }

    #[test]
    fn nodes_never_overlap_and_lie_on_the_grid() {
        check("nothing", &plain(0, &[]));
        check("one", &plain(1, &[(0, 0)]));
        check("no edges", &plain(5, &[]));
        check("cycle", &plain(3, &[(0, 1), (1, 2), (2, 0)]));
        check("double edge", &plain(2, &[(0, 1), (0, 1), (1, 0)]));
        for count in [10, 100, 700] {
            check("tangle", &tangle(count));
        }
    }

    #[test]
    fn a_chain_is_straight_and_goes_right() {
        let places = check("chain", &plain(4, &[(0, 1), (1, 2), (2, 3)]));
        assert!(
            places
                .windows(2)
                .all(|w| w[1].x > w[0].x && w[1].y == w[0].y),
            "{places:?}"
        );
    }

    #[test]
    fn outputs_fan_out_in_the_order_of_their_handles() {
        let mut fan = plain(4, &[]);
        fan.edges = [(3, 75.0), (1, 105.0), (2, 135.0)]
            .map(|(to, port)| PlainEdge { from: 0, to, port })
            .to_vec();
        let places = check("fan", &fan);
        assert!(
            places[3].y < places[1].y && places[1].y < places[2].y,
            "{places:?}"
        );
    }

    #[test]
    fn a_grid_of_bundles_is_drawn_without_a_crossing() {
        // Two chains that were created crosswise.
        let places = check("crosswise", &plain(6, &[(0, 3), (1, 2), (2, 4), (3, 5)]));
        assert_eq!(
            places[0].y < places[1].y,
            places[3].y < places[2].y,
            "{places:?}"
        );
        assert_eq!(
            places[3].y < places[2].y,
            places[5].y < places[4].y,
            "{places:?}"
        );
    }

    #[test]
    fn the_largest_graph_is_laid_out() {
        check("10,000 nodes", &tangle(10_000));
        let chain: Vec<_> = (1..10_000).map(|to| (to - 1, to)).collect();
        let mut long = plain(10_000, &chain);
        // Edges over thousands of layers: more bends than anybody could draw.
        let skips = (0..5_000).map(|i| PlainEdge {
            from: i,
            to: 9_999 - i,
            port: 30.0,
        });
        long.edges.extend(skips);
        check("long edges", &long);
    }
}
