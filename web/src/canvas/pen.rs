//! What a picture is drawn with, and the pen that draws on a canvas.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use leadline_designer::{Point, Rect};
use web_sys::CanvasRenderingContext2d;

use super::ink::{Ink, Theme};

/// A line around or along a shape.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    /// Its colour.
    pub ink: Ink,
    /// Its width.
    pub width: f64,
    /// Lengths of dash and gap; `None`: unbroken.
    pub dash: Option<(f64, f64)>,
}

impl Line {
    /// An unbroken line.
    pub const fn new(ink: Ink, width: f64) -> Line {
        Line {
            ink,
            width,
            dash: None,
        }
    }

    /// The same line, dashed.
    pub const fn dashed(self) -> Line {
        Line {
            dash: Some((5.0, 4.0)),
            ..self
        }
    }
}

/// The fonts of the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Font {
    /// Size in pixels.
    pub size: u32,
    /// Bold.
    pub bold: bool,
}

/// Node labels.
pub const LABEL: Font = Font {
    size: 14,
    bold: true,
};
/// Node types, summaries, handles.
pub const SMALL: Font = Font {
    size: 12,
    bold: false,
};
/// Edge labels and marks.
pub const TINY: Font = Font {
    size: 11,
    bold: true,
};

/// Which end of a text stands at its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Align {
    Start,
    Middle,
    End,
}

/// Draws shapes in world coordinates.
pub trait Pen {
    /// A rectangle with round corners.
    fn rect(&mut self, rect: Rect, radius: f64, fill: Option<Ink>, line: Option<Line>);
    /// A circle.
    fn circle(&mut self, at: Point, radius: f64, fill: Option<Ink>, line: Option<Line>);
    /// A closed shape with straight sides.
    fn polygon(&mut self, corners: &[Point], fill: Option<Ink>, line: Option<Line>);
    /// Cubic curves: a start, then three points each.
    fn curve(&mut self, points: &[Point], line: Line);
    /// One line of text, its middle at the height of the point, cut to a width.
    fn text(&mut self, text: &str, at: Point, font: Font, ink: Ink, align: Align, width: f64);
    /// How wide a text is.
    fn width(&mut self, text: &str, font: Font) -> f64;
    /// How strongly everything from here on is drawn, 0 to 1.
    fn strength(&mut self, alpha: f64);
}

/// Measures and cuts texts, each once: measuring is the dearest thing a canvas does.
pub struct Texts {
    context: CanvasRenderingContext2d,
    family: RefCell<String>,
    widths: RefCell<HashMap<(Font, String), f64>>,
    cuts: RefCell<HashMap<(Font, u32, String), Rc<str>>>,
}

/// Texts remembered before all are forgotten.
const MAX_REMEMBERED: usize = 40_000;

impl Texts {
    /// Measures with the fonts of this canvas.
    pub fn new(context: CanvasRenderingContext2d) -> Texts {
        Texts {
            context,
            family: RefCell::default(),
            widths: RefCell::default(),
            cuts: RefCell::default(),
        }
    }

    /// Another font family makes all that was measured worthless.
    pub fn set_family(&self, family: &str) {
        if *self.family.borrow() != family {
            *self.family.borrow_mut() = family.to_owned();
            self.widths.borrow_mut().clear();
            self.cuts.borrow_mut().clear();
        }
    }

    fn css(&self, font: Font) -> String {
        let weight = if font.bold { "600 " } else { "" };
        format!("{weight}{}px {}", font.size, self.family.borrow())
    }

    /// How wide a text is. Leaves its font set on the canvas.
    pub fn width(&self, text: &str, font: Font) -> f64 {
        let key = (font, text.to_owned());
        if let Some(width) = self.widths.borrow().get(&key) {
            return *width;
        }
        self.context.save();
        self.context.set_font(&self.css(font));
        let measured = self.context.measure_text(text).map(|m| m.width());
        self.context.restore();
        // A canvas that cannot measure is taken to write letters of usual width.
        let width = measured.unwrap_or(f64::from(font.size) * 0.55 * text.chars().count() as f64);
        let mut widths = self.widths.borrow_mut();
        if widths.len() >= MAX_REMEMBERED {
            widths.clear();
        }
        widths.insert(key, width);
        width
    }

    /// The text, or as much of it as fits with an ellipsis.
    pub fn cut(&self, text: &str, font: Font, width: f64) -> Rc<str> {
        let key = (font, width as u32, text.to_owned());
        if let Some(cut) = self.cuts.borrow().get(&key) {
            return cut.clone();
        }
        let cut: Rc<str> = if self.width(text, font) <= width {
            text.into()
        } else {
            // Most labels are short; the longest allowed one has 200 characters.
            let chars: Vec<char> = text.chars().take(200).collect();
            let fits = |n: usize| {
                let candidate: String = chars[..n].iter().chain(['…'].iter()).collect();
                self.width(&candidate, font) <= width
            };
            let (mut least, mut most) = (0, chars.len());
            while least < most {
                let middle = (least + most).div_ceil(2);
                if fits(middle) {
                    least = middle
                } else {
                    most = middle - 1
                }
            }
            chars[..least]
                .iter()
                .chain(['…'].iter())
                .collect::<String>()
                .into()
        };
        let mut cuts = self.cuts.borrow_mut();
        if cuts.len() >= MAX_REMEMBERED {
            cuts.clear();
        }
        cuts.insert(key, cut.clone());
        cut
    }
}

/// The pen that draws on a canvas. It remembers what is set there, to set only what changes.
pub struct CanvasPen<'a> {
    context: &'a CanvasRenderingContext2d,
    theme: &'a Theme,
    texts: &'a Texts,
    fill: Option<Ink>,
    stroke: Option<Ink>,
    width: f64,
    dashed: bool,
    font: Option<Font>,
    align: Option<Align>,
}

impl<'a> CanvasPen<'a> {
    /// A pen for a canvas whose transform shows the world.
    pub fn new(context: &'a CanvasRenderingContext2d, theme: &'a Theme, texts: &'a Texts) -> Self {
        context.set_text_baseline("middle");
        context.set_line_cap("round");
        CanvasPen {
            context,
            theme,
            texts,
            fill: None,
            stroke: None,
            width: -1.0,
            dashed: true,
            font: None,
            align: None,
        }
    }

    fn set_fill(&mut self, ink: Ink) {
        if self.fill != Some(ink) {
            self.fill = Some(ink);
            self.context.set_fill_style_str(self.theme.colour(ink));
        }
    }

    fn set_line(&mut self, line: Line) {
        if self.stroke != Some(line.ink) {
            self.stroke = Some(line.ink);
            self.context
                .set_stroke_style_str(self.theme.colour(line.ink));
        }
        if self.width != line.width {
            self.width = line.width;
            self.context.set_line_width(line.width);
        }
        if self.dashed || line.dash.is_some() {
            self.dashed = line.dash.is_some();
            let pattern = js_sys::Array::new();
            if let Some((dash, gap)) = line.dash {
                pattern.push(&dash.into());
                pattern.push(&gap.into());
            }
            // Two finite numbers are always a valid pattern.
            drop(self.context.set_line_dash(&pattern));
        }
    }

    fn finish(&mut self, fill: Option<Ink>, line: Option<Line>) {
        if let Some(ink) = fill {
            self.set_fill(ink);
            self.context.fill();
        }
        if let Some(line) = line {
            self.set_line(line);
            self.context.stroke();
        }
    }
}

impl Pen for CanvasPen<'_> {
    fn rect(&mut self, rect: Rect, radius: f64, fill: Option<Ink>, line: Option<Line>) {
        let (right, bottom) = (rect.right(), rect.bottom());
        let r = radius.min(rect.w / 2.0).min(rect.h / 2.0).max(0.0);
        let c = self.context;
        c.begin_path();
        if r < 0.5 {
            c.rect(rect.x, rect.y, rect.w, rect.h);
        } else {
            c.move_to(rect.x + r, rect.y);
            // arc_to refuses only negative radii.
            drop(c.arc_to(right, rect.y, right, bottom, r));
            drop(c.arc_to(right, bottom, rect.x, bottom, r));
            drop(c.arc_to(rect.x, bottom, rect.x, rect.y, r));
            drop(c.arc_to(rect.x, rect.y, right, rect.y, r));
            c.close_path();
        }
        self.finish(fill, line);
    }

    fn circle(&mut self, at: Point, radius: f64, fill: Option<Ink>, line: Option<Line>) {
        self.context.begin_path();
        drop(
            self.context
                .arc(at.x, at.y, radius.max(0.0), 0.0, std::f64::consts::TAU),
        );
        self.finish(fill, line);
    }

    fn polygon(&mut self, corners: &[Point], fill: Option<Ink>, line: Option<Line>) {
        self.context.begin_path();
        for (at, corner) in corners.iter().enumerate() {
            if at == 0 {
                self.context.move_to(corner.x, corner.y);
            } else {
                self.context.line_to(corner.x, corner.y);
            }
        }
        self.context.close_path();
        self.finish(fill, line);
    }

    fn curve(&mut self, points: &[Point], line: Line) {
        let Some((start, rest)) = points.split_first() else {
            return;
        };
        self.context.begin_path();
        self.context.move_to(start.x, start.y);
        for cubic in rest.chunks_exact(3) {
            let [a, b, end] = [cubic[0], cubic[1], cubic[2]];
            self.context
                .bezier_curve_to(a.x, a.y, b.x, b.y, end.x, end.y);
        }
        self.finish(None, Some(line));
    }

    fn text(&mut self, text: &str, at: Point, font: Font, ink: Ink, align: Align, width: f64) {
        let cut = self.texts.cut(text, font, width);
        if self.font != Some(font) {
            self.font = Some(font);
            self.context.set_font(&self.texts.css(font));
        }
        if self.align != Some(align) {
            self.align = Some(align);
            self.context.set_text_align(match align {
                Align::Start => "left",
                Align::Middle => "center",
                Align::End => "right",
            });
        }
        self.set_fill(ink);
        // Refused only for positions that are not numbers, which the editor never gives.
        drop(self.context.fill_text(&cut, at.x, at.y));
    }

    fn width(&mut self, text: &str, font: Font) -> f64 {
        self.texts.width(text, font)
    }

    fn strength(&mut self, alpha: f64) {
        self.context.set_global_alpha(alpha);
    }
}
