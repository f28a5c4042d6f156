//! Paints one node: its box, what it is and does, its handles, its marks and counts.

use leadline_designer::{HEAD_HEIGHT, Handle, HandleKind, Point, Rect, SceneNode, Verdict};
use leadline_model::NodeType;

use super::ink::Ink;
use super::live::{AtNode, Live};
use super::paint::Beside;
use super::pen::{Align, LABEL, Line, Pen, SMALL, TINY};

const RADIUS: f64 = 10.0;
/// Where the texts of a box begin, from its left side.
const INDENT: f64 = 44.0;

/// Paints a node; without `full` only its shape, for a view from far away.
pub fn paint_node(pen: &mut impl Pen, node: &SceneNode<'_>, beside: &mut Beside<'_>, full: bool) {
    let node_type = node.node.config.node_type();
    let ink = Ink::of(node_type);
    if node.focused {
        let ring = Line::new(Ink::Focus, 2.0);
        pen.rect(node.rect.grown(5.0), RADIUS + 5.0, None, Some(ring));
    }
    pen.rect(node.rect, RADIUS, Some(Ink::Surface), Some(rim(node)));
    if !full {
        let band = Rect::new(
            node.rect.x + 12.0,
            node.rect.y + 16.0,
            node.rect.w - 24.0,
            28.0,
        );
        pen.rect(band, 6.0, Some(ink), None);
        paint_counts(pen, node, beside.live);
        return;
    }
    let badge = Point::new(node.rect.x + 23.0, node.rect.y + HEAD_HEIGHT / 2.0);
    pen.circle(badge, 14.0, Some(ink), None);
    paint_icon(pen, node_type, badge);
    let width = node.rect.w - INDENT - 16.0;
    let mut line = |text: &str, y: f64, font, ink| {
        let at = Point::new(node.rect.x + INDENT, node.rect.y + y);
        pen.text(text, at, font, ink, Align::Start, width);
    };
    let words = node_type.words();
    let label = if node.node.label.is_empty() {
        words
    } else {
        &node.node.label
    };
    let summary = beside.summaries.of(node.node, beside.agents);
    line(words, 14.0, SMALL, ink);
    line(label, 31.0, LABEL, Ink::Text);
    line(&summary, 48.0, SMALL, Ink::Muted);
    paint_entry(pen, node);
    for handle in node.handles {
        paint_handle(pen, handle, &node.rect);
    }
    paint_marks(pen, node);
    paint_counts(pen, node, beside.live);
}

fn rim(node: &SceneNode<'_>) -> Line {
    match (node.drop, node.selected) {
        (Some(Verdict::Accepted), _) => Line::new(Ink::Success, 3.0),
        (Some(Verdict::Refused), _) => Line::new(Ink::Danger, 3.0),
        (None, true) => Line::new(Ink::Accent, 2.5),
        (None, false) => Line::new(Ink::Border, 1.2),
    }
}

/// A small picture of the type, so that colour is never the only sign.
fn paint_icon(pen: &mut impl Pen, node_type: NodeType, at: Point) {
    let p = |x: f64, y: f64| Point::new(at.x + x, at.y + y);
    let line = Line::new(Ink::AccentText, 2.0);
    match node_type {
        NodeType::VoiceCall => {
            let cord = [p(-5.0, -5.0), p(-6.0, 2.0), p(-2.0, 6.0), p(5.0, 5.0)];
            pen.curve(&cord, Line::new(Ink::AccentText, 2.6));
            pen.circle(p(-4.5, -4.5), 2.4, Some(Ink::AccentText), None);
            pen.circle(p(4.5, 4.5), 2.4, Some(Ink::AccentText), None);
        }
        NodeType::Time => {
            pen.circle(at, 7.0, None, Some(line));
            pen.curve(&[p(0.0, -4.0), p(0.0, -2.0), p(0.0, -1.0), at], line);
            pen.curve(&[at, p(1.0, 0.5), p(2.0, 1.0), p(3.0, 2.0)], line);
        }
        NodeType::Conditional => {
            let corners = [p(0.0, -8.0), p(8.0, 0.0), p(0.0, 8.0), p(-8.0, 0.0)];
            pen.polygon(&corners, None, Some(line));
        }
        NodeType::Application => {
            pen.rect(
                Rect::new(at.x - 6.0, at.y - 6.0, 12.0, 12.0),
                3.0,
                None,
                Some(line),
            );
            pen.circle(at, 2.0, Some(Ink::AccentText), None);
        }
        NodeType::Converted => {
            let tick = [p(-5.0, 0.0), p(-4.0, 1.0), p(-3.0, 2.0), p(-1.5, 4.0)];
            pen.curve(&tick, line);
            pen.curve(
                &[p(-1.5, 4.0), p(1.0, 0.5), p(3.0, -2.0), p(5.0, -4.0)],
                line,
            );
        }
        NodeType::Dropped => {
            pen.curve(
                &[p(-4.0, -4.0), p(-1.0, -1.0), p(1.0, 1.0), p(4.0, 4.0)],
                line,
            );
            pen.curve(
                &[p(4.0, -4.0), p(1.0, -1.0), p(-1.0, 1.0), p(-4.0, 4.0)],
                line,
            );
        }
    }
}

/// A flag on the node where leads start.
fn paint_entry(pen: &mut impl Pen, node: &SceneNode<'_>) {
    if node.entry {
        let plate = Rect::new(node.rect.x + 8.0, node.rect.y - 22.0, 50.0, 18.0);
        pen.rect(plate, 9.0, Some(Ink::Accent), None);
        pen.text(
            "Start",
            plate.center(),
            TINY,
            Ink::AccentText,
            Align::Middle,
            46.0,
        );
    }
}

/// Name, shape and colour of an output: a circle for what went well, a diamond for nobody there, a
/// square for a failure; hollow while nothing is connected.
fn paint_handle(pen: &mut impl Pen, handle: &Handle, rect: &Rect) {
    let label = handle.label.as_deref();
    let ink = match handle.kind {
        HandleKind::Impossible => Ink::Danger,
        HandleKind::Optional if !handle.connected => Ink::Muted,
        _ => Ink::of_outcome(label),
    };
    let fill = if handle.connected { ink } else { Ink::Surface };
    let line = Line::new(ink, 2.0);
    let at = handle.at;
    match label {
        Some("DNP") => {
            let p = |x: f64, y: f64| Point::new(at.x + x, at.y + y);
            let corners = [p(0.0, -7.5), p(7.5, 0.0), p(0.0, 7.5), p(-7.5, 0.0)];
            pen.polygon(&corners, Some(fill), Some(line));
        }
        Some("FAILED" | "FAILURE" | "CANCELLED" | "RETRY_EXPIRED") => {
            pen.rect(
                Rect::new(at.x - 5.5, at.y - 5.5, 11.0, 11.0),
                1.0,
                Some(fill),
                Some(line),
            );
        }
        _ => pen.circle(at, 6.0, Some(fill), Some(line)),
    }
    let words = match (label, handle.kind) {
        (Some(label), _) => label,
        (None, HandleKind::Otherwise) => "any other",
        (None, _) => return,
    };
    let place = Point::new(at.x - 14.0, at.y);
    let text = if handle.connected {
        Ink::Text
    } else {
        Ink::Muted
    };
    pen.text(words, place, SMALL, text, Align::End, rect.w - 32.0);
}

/// What validation found, at the upper right corner.
fn paint_marks(pen: &mut impl Pen, node: &SceneNode<'_>) {
    let (ink, count) = match (node.marks.errors, node.marks.warnings) {
        (0, 0) => return,
        (0, warnings) => (Ink::Warning, warnings),
        (errors, _) => (Ink::Danger, errors),
    };
    let at = Point::new(node.rect.right() - 4.0, node.rect.y + 4.0);
    pen.circle(at, 10.0, Some(ink), Some(Line::new(Ink::Surface, 2.0)));
    let text = if count == 1 {
        "!".to_owned()
    } else {
        count.to_string()
    };
    pen.text(&text, at, TINY, Ink::Surface, Align::Middle, 16.0);
}

/// How many leads are here, in a simulation.
fn paint_counts(pen: &mut impl Pen, node: &SceneNode<'_>, live: &Live) {
    if !live.on {
        return;
    }
    let AtNode { here, review, .. } = live.nodes.get(&node.node.id).copied().unwrap_or_default();
    let text = format!("{} here", crate::format::number(here));
    let width = pen.width(&text, TINY) + 16.0;
    let y = node.rect.y - 24.0;
    let plate = Rect::new(node.rect.right() - width, y, width, 20.0);
    let (fill, ink) = if here > 0 {
        (Ink::Accent, Ink::AccentText)
    } else {
        (Ink::Raised, Ink::Muted)
    };
    pen.rect(plate, 10.0, Some(fill), Some(Line::new(Ink::Surface, 1.0)));
    pen.text(&text, plate.center(), TINY, ink, Align::Middle, width);
    if review > 0 {
        let text = format!("{} to review", crate::format::number(review));
        let width = pen.width(&text, TINY) + 16.0;
        let plate = Rect::new(
            node.rect.right() - width,
            node.rect.bottom() + 4.0,
            width,
            20.0,
        );
        pen.rect(plate, 10.0, Some(Ink::Warning), None);
        pen.text(
            &text,
            plate.center(),
            TINY,
            Ink::Surface,
            Align::Middle,
            width,
        );
    }
}
