//! Paints a scene: edges, nodes, then what belongs to the gesture in progress.

use crate::state::AgentName;
use leadline_designer::{Detail, EdgePath, Point, Rect, Scene, SceneEdge, Verdict};

use super::ink::Ink;
use super::live::{Live, TRAVEL_MS};
use super::node_paint::paint_node;
use super::pen::{Align, Line, Pen, TINY};
use super::summary::Summaries;

/// What is shown beside the graph itself.
pub struct Beside<'a> {
    /// Counts and leads on their way.
    pub live: &'a Live,
    /// Names of agents.
    pub agents: &'a [AgentName],
    /// Summaries made before.
    pub summaries: &'a mut Summaries,
    /// Now, on the clock of the dots.
    pub now_ms: f64,
}

/// Distance of the dots of the background.
const GRID: f64 = 40.0;
/// Half the length of an arrow's head.
const ARROW: f64 = 5.0;
/// Height of a line on the label of an edge.
const LINE_HEIGHT: f64 = 14.0;
/// Widest label of an edge.
const LABEL_WIDTH: f64 = 160.0;

/// Paints the background's dots; only at zooms where they stay apart.
pub fn paint_grid(pen: &mut impl Pen, area: Rect) {
    let first = |v: f64| (v / GRID).ceil() * GRID;
    let mut y = first(area.y);
    while y < area.bottom() {
        let mut x = first(area.x);
        while x < area.right() {
            pen.rect(
                Rect::new(x - 0.75, y - 0.75, 1.5, 1.5),
                0.0,
                Some(Ink::Grid),
                None,
            );
            x += GRID;
        }
        y += GRID;
    }
}

/// Paints everything.
pub fn paint(pen: &mut impl Pen, scene: &Scene<'_>, beside: &mut Beside<'_>) {
    let full = scene.detail == Detail::Full;
    for edge in &scene.edges {
        pen.strength(
            beside.live.strength_of_edge(&edge.edge.id) * if edge.lifted { 0.3 } else { 1.0 },
        );
        paint_edge(pen, edge, beside.live, full);
    }
    for node in &scene.nodes {
        pen.strength(beside.live.strength_of_node(&node.node.id));
        paint_node(pen, node, beside, full);
    }
    pen.strength(1.0);
    paint_dots(pen, scene, beside);
    if full {
        // Above the nodes, as their elements are, and above the leads on their way, so that counts
        // can be read.
        for edge in &scene.edges {
            pen.strength(beside.live.strength_of_edge(&edge.edge.id));
            paint_label(pen, edge, beside.live);
        }
    }
    pen.strength(1.0);
    paint_gesture(pen, scene);
}

fn paint_edge(pen: &mut impl Pen, edge: &SceneEdge<'_>, live: &Live, full: bool) {
    let marked = edge.impossible || edge.marks.errors > 0;
    let ink = if edge.selected || edge.splice || live.on_path(&edge.edge.id) {
        Ink::Accent
    } else if marked {
        Ink::Danger
    } else {
        Ink::Muted
    };
    let strong = edge.selected || edge.splice || live.on_path(&edge.edge.id);
    let line = Line::new(ink, if strong { 3.0 } else { 1.6 });
    pen.curve(&edge.path.points, if marked { line.dashed() } else { line });
    if full {
        paint_arrow(pen, edge.path, ink);
    }
    if edge.selected && full {
        for end in [edge.path.start(), edge.path.end()] {
            pen.circle(
                end,
                6.0,
                Some(Ink::Surface),
                Some(Line::new(Ink::Accent, 2.0)),
            );
        }
    }
}

/// Edges arrive from the left, so every head points right.
fn paint_arrow(pen: &mut impl Pen, path: &EdgePath, ink: Ink) {
    let tip = path.end();
    let corner = |dy: f64| Point::new(tip.x - 2.0 * ARROW, tip.y + dy);
    pen.polygon(&[tip, corner(-ARROW), corner(ARROW)], Some(ink), None);
}

/// What stands on an edge: its outcome, and in a simulation below it how many took it.
fn label_lines(edge: &SceneEdge<'_>, live: &Live) -> Vec<(String, Ink)> {
    let outcome = edge.edge.label.as_deref();
    let ink = if edge.impossible {
        Ink::Danger
    } else {
        Ink::of_outcome(outcome)
    };
    let taken = live.edges.get(&edge.edge.id).map(|(count, share)| {
        let count = crate::format::number(*count);
        (
            format!("{count} · {}.{} %", share / 10, share % 10),
            Ink::Text,
        )
    });
    let outcome = outcome.map(|text| (text.to_owned(), ink));
    outcome.into_iter().chain(taken).collect()
}

fn paint_label(pen: &mut impl Pen, edge: &SceneEdge<'_>, live: &Live) {
    let lines = label_lines(edge, live);
    if lines.is_empty() {
        return;
    }
    let widths = lines.iter().map(|(text, _)| pen.width(text, TINY));
    let width = widths.fold(0.0, f64::max).min(LABEL_WIDTH) + 14.0;
    let height = LINE_HEIGHT * lines.len() as f64 + 6.0;
    let at = edge.path.label_at;
    let plate = Rect::new(at.x - width / 2.0, at.y - height / 2.0, width, height);
    let rim = if edge.selected {
        Line::new(Ink::Accent, 2.0)
    } else {
        Line::new(Ink::Border, 1.0)
    };
    pen.rect(plate, 10.0, Some(Ink::Surface), Some(rim));
    for (number, (text, ink)) in lines.into_iter().enumerate() {
        let y = plate.y + 3.0 + LINE_HEIGHT * (number as f64 + 0.5);
        pen.text(
            &text,
            Point::new(at.x, y),
            TINY,
            ink,
            Align::Middle,
            LABEL_WIDTH,
        );
    }
}

fn paint_dots(pen: &mut impl Pen, scene: &Scene<'_>, beside: &Beside<'_>) {
    if beside.live.dots.is_empty() {
        return;
    }
    for edge in &scene.edges {
        for dot in beside
            .live
            .dots
            .iter()
            .filter(|dot| dot.edge == edge.edge.id)
        {
            let t = (beside.now_ms - dot.started_ms) / TRAVEL_MS;
            if (0.0..=1.0).contains(&t) {
                let rim = Line::new(Ink::Surface, 1.5);
                pen.circle(edge.path.at(t), 5.0, Some(Ink::Accent), Some(rim));
            }
        }
    }
}

fn paint_gesture(pen: &mut impl Pen, scene: &Scene<'_>) {
    for guide in scene.guides {
        let third = |t: f64| guide.from.towards(guide.to, t);
        let line = Line::new(Ink::Accent, 1.0).dashed();
        pen.curve(
            &[guide.from, third(1.0 / 3.0), third(2.0 / 3.0), guide.to],
            line,
        );
    }
    if let Some(connection) = &scene.connection {
        let ink = match connection.verdict {
            Some(Verdict::Accepted) => Ink::Success,
            Some(Verdict::Refused) => Ink::Danger,
            None => Ink::Accent,
        };
        pen.curve(&connection.path.points, Line::new(ink, 2.5).dashed());
        pen.circle(connection.path.end(), 5.0, Some(ink), None);
    }
    if let Some(frame) = scene.selection_box {
        pen.strength(0.12);
        pen.rect(frame, 0.0, Some(Ink::Accent), None);
        pen.strength(1.0);
        pen.rect(frame, 0.0, None, Some(Line::new(Ink::Accent, 1.0)));
    }
}
