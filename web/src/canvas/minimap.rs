//! The whole graph small, with the part that is in view. Nodes are painted once for each change of
//! the graph; moving the view only copies that picture.

use std::cell::Cell;

use leadline_designer::{Editor, Point, Rect};
use leptos::prelude::document;
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

use super::ink::{Ink, Theme};

/// Width of the minimap.
pub const WIDTH: f64 = 150.0;
/// Height of the minimap.
pub const HEIGHT: f64 = 96.0;
const SCALE: f64 = 2.0;

/// The whole graph small.
pub struct Minimap {
    context: CanvasRenderingContext2d,
    kept: HtmlCanvasElement,
    kept_context: CanvasRenderingContext2d,
    drawn: Cell<Option<u64>>,
}

fn context_of(canvas: &HtmlCanvasElement) -> Option<CanvasRenderingContext2d> {
    canvas.set_width((WIDTH * SCALE) as u32);
    canvas.set_height((HEIGHT * SCALE) as u32);
    Some(canvas.get_context("2d").ok()??.unchecked_into())
}

impl Minimap {
    /// Draws on this canvas.
    pub fn new(canvas: &HtmlCanvasElement) -> Option<Minimap> {
        let kept: HtmlCanvasElement = document().create_element("canvas").ok()?.dyn_into().ok()?;
        let kept_context = context_of(&kept)?;
        Some(Minimap {
            context: context_of(canvas)?,
            kept,
            kept_context,
            drawn: Cell::new(None),
        })
    }

    /// Paints the nodes anew with the next drawing.
    pub fn forget(&self) {
        self.drawn.set(None);
    }

    /// How the world lies on the minimap: its scale and the place of its origin.
    fn layout(editor: &Editor) -> Option<(f64, Point)> {
        let world = editor.world_bounds()?.grown(60.0);
        let scale = (WIDTH / world.w).min(HEIGHT / world.h).min(0.2);
        let center = world.center();
        Some((
            scale,
            Point::new(
                WIDTH / 2.0 - center.x * scale,
                HEIGHT / 2.0 - center.y * scale,
            ),
        ))
    }

    /// The world point under a point of the minimap.
    pub fn world_point(&self, editor: &Editor, at: Point) -> Option<Point> {
        let (scale, origin) = Minimap::layout(editor)?;
        Some(Point::new(
            (at.x - origin.x) / scale,
            (at.y - origin.y) / scale,
        ))
    }

    /// Draws the graph as of a revision and what is in view.
    pub fn draw(&self, editor: &Editor, theme: &Theme, revision: u64) {
        let layout = Minimap::layout(editor);
        if self.drawn.replace(Some(revision)) != Some(revision) {
            self.draw_nodes(editor, theme, layout);
        }
        let c = &self.context;
        // Finite transforms and an own canvas are always accepted.
        drop(c.set_transform(1.0, 0.0, 0.0, 1.0, 0.0, 0.0));
        c.clear_rect(0.0, 0.0, WIDTH * SCALE, HEIGHT * SCALE);
        drop(c.draw_image_with_html_canvas_element(&self.kept, 0.0, 0.0));
        let Some((scale, origin)) = layout else {
            return;
        };
        let view = on_map(editor.visible_world_rect(), scale, origin);
        c.set_stroke_style_str(theme.colour(Ink::Accent));
        c.set_line_width(2.0);
        c.stroke_rect(view.x, view.y, view.w, view.h);
    }

    fn draw_nodes(&self, editor: &Editor, theme: &Theme, layout: Option<(f64, Point)>) {
        let c = &self.kept_context;
        c.clear_rect(0.0, 0.0, WIDTH * SCALE, HEIGHT * SCALE);
        let Some((scale, origin)) = layout else {
            return;
        };
        for node in &editor.definition().nodes {
            let Some(rect) = editor.node_rect(&node.id) else {
                continue;
            };
            let spot = on_map(rect, scale, origin);
            c.set_fill_style_str(theme.colour(Ink::of(node.config.node_type())));
            c.fill_rect(spot.x, spot.y, spot.w.max(2.0), spot.h.max(2.0));
        }
    }
}

fn on_map(rect: Rect, scale: f64, origin: Point) -> Rect {
    let at = |v: f64, o: f64| (v * scale + o) * SCALE;
    let factor = scale * SCALE;
    Rect::new(
        at(rect.x, origin.x),
        at(rect.y, origin.y),
        rect.w * factor,
        rect.h * factor,
    )
}
