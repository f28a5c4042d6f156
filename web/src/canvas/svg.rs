//! The whole graph as an SVG picture, drawn by the same painter as the canvas.

use std::fmt::Write;

use crate::state::AgentName;
use leadline_designer::{Editor, Event, Point, Rect, Viewport};

use super::ink::{Ink, Theme};
use super::live::Live;
use super::paint::{Beside, paint};
use super::pen::{Align, Font, Line, Pen, Texts};
use super::summary::Summaries;

/// Space around the boxes: edges that lead back bulge out beside them.
const MARGIN: f64 = 110.0;

struct SvgPen<'a> {
    theme: &'a Theme,
    texts: &'a Texts,
    out: String,
    alpha: f64,
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            // Control characters are not allowed in XML at all.
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

impl SvgPen<'_> {
    // Writing to a String cannot fail, here and below.
    fn element(&mut self, name: &str, attributes: &str, fill: Option<Ink>, line: Option<Line>) {
        let fill = fill.map_or("none", |ink| self.theme.colour(ink)).to_owned();
        let _ = write!(self.out, "<{name} {attributes} fill=\"{}\"", escaped(&fill));
        if let Some(line) = line {
            let colour = escaped(self.theme.colour(line.ink));
            let _ = write!(
                self.out,
                " stroke=\"{colour}\" stroke-width=\"{}\"",
                line.width
            );
            if let Some((dash, gap)) = line.dash {
                let _ = write!(self.out, " stroke-dasharray=\"{dash} {gap}\"");
            }
        }
        if self.alpha < 1.0 {
            let _ = write!(self.out, " opacity=\"{}\"", self.alpha);
        }
        self.out.push_str("/>\n");
    }
}

impl Pen for SvgPen<'_> {
    fn rect(&mut self, r: Rect, radius: f64, fill: Option<Ink>, line: Option<Line>) {
        let place = format!(
            "x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"{radius}\"",
            r.x, r.y, r.w, r.h
        );
        self.element("rect", &place, fill, line);
    }

    fn circle(&mut self, at: Point, radius: f64, fill: Option<Ink>, line: Option<Line>) {
        let place = format!("cx=\"{:.1}\" cy=\"{:.1}\" r=\"{radius}\"", at.x, at.y);
        self.element("circle", &place, fill, line);
    }

    fn polygon(&mut self, corners: &[Point], fill: Option<Ink>, line: Option<Line>) {
        let points: Vec<String> = corners
            .iter()
            .map(|p| format!("{:.1},{:.1}", p.x, p.y))
            .collect();
        self.element(
            "polygon",
            &format!("points=\"{}\"", points.join(" ")),
            fill,
            line,
        );
    }

    fn curve(&mut self, points: &[Point], line: Line) {
        let mut d = String::new();
        for (at, p) in points.iter().enumerate() {
            let letter = match at {
                0 => "M",
                at if at % 3 == 1 => " C",
                _ => " ",
            };
            let _ = write!(d, "{letter}{:.1} {:.1}", p.x, p.y);
        }
        self.element("path", &format!("d=\"{d}\""), None, Some(line));
    }

    fn text(&mut self, text: &str, at: Point, font: Font, ink: Ink, align: Align, width: f64) {
        let anchor = match align {
            Align::Start => "start",
            Align::Middle => "middle",
            Align::End => "end",
        };
        let weight = if font.bold { 600 } else { 400 };
        let cut = self.texts.cut(text, font, width);
        let colour = escaped(self.theme.colour(ink));
        let _ = writeln!(
            self.out,
            "<text x=\"{:.1}\" y=\"{:.1}\" font-size=\"{}\" font-weight=\"{weight}\" \
             text-anchor=\"{anchor}\" dominant-baseline=\"central\" fill=\"{colour}\" \
             opacity=\"{}\">{}</text>",
            at.x,
            at.y,
            font.size,
            self.alpha,
            escaped(&cut)
        );
    }

    fn width(&mut self, text: &str, font: Font) -> f64 {
        self.texts.width(text, font)
    }

    fn strength(&mut self, alpha: f64) {
        self.alpha = alpha;
    }
}

/// The picture of everything the editor holds, whatever is in view. O(nodes + edges).
pub fn picture(editor: &Editor, theme: &Theme, texts: &Texts, agents: &[AgentName]) -> String {
    let area = editor
        .world_bounds()
        .unwrap_or(Rect::new(0.0, 0.0, 200.0, 100.0))
        .grown(MARGIN);
    // A copy looks at all of it at 100 %: the same scene, nothing left out, nothing selected.
    let mut whole = editor.clone();
    whole.handle(Event::Resize {
        width: area.w,
        height: area.h,
        dpr: 1.0,
    });
    let nothing = leadline_designer::Command::Select {
        nodes: Vec::new(),
        edges: Vec::new(),
    };
    whole.run(nothing, 0.0);
    let offset = Point::new(-area.x, -area.y);
    whole.restore_view(Viewport {
        zoom: 1.0,
        offset,
        ..whole.viewport()
    });
    let mut pen = SvgPen {
        theme,
        texts,
        out: String::new(),
        alpha: 1.0,
    };
    let (live, mut summaries) = (Live::default(), Summaries::default());
    let mut beside = Beside {
        live: &live,
        agents,
        summaries: &mut summaries,
        now_ms: 0.0,
    };
    paint(&mut pen, &whole.scene(), &mut beside);
    let background = escaped(theme.colour(Ink::Background));
    let title = escaped(&editor.definition().title);
    let font = escaped(&theme.font);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"{:.1} {:.1} {:.1} {:.1}\" \
         width=\"{:.0}\" height=\"{:.0}\" font-family=\"{font}\">\n<title>{title}</title>\n\
         <rect x=\"{:.1}\" y=\"{:.1}\" width=\"100%\" height=\"100%\" fill=\"{background}\"/>\n{}</svg>\n",
        area.x, area.y, area.w, area.h, area.w, area.h, area.x, area.y, pen.out
    )
}
