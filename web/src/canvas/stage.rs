//! The mounted canvas: draws once in each frame in which something changed, and keeps the layer of
//! elements over it in place.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use leadline_designer::{Cursor, Editor, Event, Point, Viewport};
use leadline_model::NodeId;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, HtmlElement};

use super::desk::Desk;
use super::ink::{Ink, Theme};
use super::minimap::Minimap;
use super::overlay::Overlay;
use super::paint::{Beside, paint, paint_grid};
use super::pen::{CanvasPen, Texts};
use super::summary::Summaries;

/// While the view moves, the layer takes in what came into view only so often.
const SYNC_MS: f64 = 120.0;
/// Presses that follow each other within this time, this near, are a double click.
const DOUBLE_CLICK_MS: f64 = 400.0;
const DOUBLE_CLICK_REACH: f64 = 8.0;
/// Below this zoom the background has no dots.
const GRID_ZOOM: f64 = 0.5;

/// The mounted canvas.
pub struct Stage {
    host: HtmlElement,
    canvas: HtmlCanvasElement,
    layer: HtmlElement,
    context: CanvasRenderingContext2d,
    texts: Texts,
    theme: RefCell<Theme>,
    summaries: RefCell<Summaries>,
    overlay: RefCell<Overlay>,
    minimap: RefCell<Option<Minimap>>,
    focus_next: RefCell<Option<NodeId>>,
    queued: Cell<bool>,
    synced_at: Cell<f64>,
    stale: Cell<bool>,
    busy: Cell<bool>,
    pressed: Cell<u32>,
    last_press: Cell<LastPress>,
    space: Cell<bool>,
}

/// The latest press: pointer events do not count clicks, unlike mouse events.
#[derive(Debug, Clone, Copy, Default)]
struct LastPress {
    at: Point,
    when_ms: f64,
    clicks: u32,
}

impl Stage {
    /// Takes over the elements of the component; an error says why this browser cannot draw.
    pub fn new(
        host: HtmlElement,
        canvas: HtmlCanvasElement,
        layer: HtmlElement,
    ) -> Result<Rc<Stage>, String> {
        let context: CanvasRenderingContext2d = canvas
            .get_context("2d")
            .map_err(|error| crate::dom::error_text(&error))?
            .ok_or("This browser has no 2D canvas.")?
            .unchecked_into();
        let theme = Theme::read(&host);
        let texts = Texts::new(context.clone());
        texts.set_family(&theme.font);
        Ok(Rc::new(Stage {
            host,
            canvas,
            layer,
            context,
            texts,
            theme: RefCell::new(theme),
            summaries: RefCell::default(),
            overlay: RefCell::default(),
            minimap: RefCell::new(None),
            focus_next: RefCell::new(None),
            queued: Cell::new(false),
            synced_at: Cell::new(0.0),
            stale: Cell::new(true),
            busy: Cell::new(false),
            pressed: Cell::new(0),
            last_press: Cell::default(),
            space: Cell::new(false),
        }))
    }

    /// Draws in the next frame.
    pub fn request(self: &Rc<Self>, desk: Desk) {
        self.set_stale(true);
        self.queue(desk);
    }

    fn queue(self: &Rc<Self>, desk: Desk) {
        if self.queued.replace(true) {
            return;
        }
        let stage = self.clone();
        request_animation_frame(move || {
            stage.queued.set(false);
            // The page may have gone while the frame was waiting.
            if desk.stage().is_some() {
                stage.frame(desk);
            }
        });
    }

    fn frame(self: &Rc<Self>, desk: Desk) {
        let now = super::desk::now_ms();
        if desk.read(Editor::wants_frames) {
            desk.handle(Event::Frame { now_ms: now });
        }
        desk.read(|editor| self.draw(desk, editor, now));
        self.focus_pending();
        let moving = desk.read_live(|live| !live.dots.is_empty());
        if moving || self.stale.get() || desk.read(Editor::wants_frames) {
            self.queue(desk);
        }
    }

    fn draw(&self, desk: Desk, editor: &Editor, now: f64) {
        let view = editor.viewport();
        self.fit(view);
        let theme = self.theme.borrow();
        let c = &self.context;
        let dpr = view.dpr;
        // Finite scales and offsets are always accepted, here and below.
        drop(c.set_transform(dpr, 0.0, 0.0, dpr, 0.0, 0.0));
        c.set_fill_style_str(theme.colour(Ink::Background));
        c.fill_rect(0.0, 0.0, view.width, view.height);
        let zoom = dpr * view.zoom;
        drop(c.set_transform(
            zoom,
            0.0,
            0.0,
            zoom,
            dpr * view.offset.x,
            dpr * view.offset.y,
        ));
        let mut pen = CanvasPen::new(c, &theme, &self.texts);
        if view.zoom >= GRID_ZOOM {
            paint_grid(&mut pen, view.world_rect());
        }
        let scene = editor.scene();
        let agents = desk.app.agents().get_untracked();
        desk.read_live(|live| {
            let summaries = &mut *self.summaries.borrow_mut();
            paint(
                &mut pen,
                &scene,
                &mut Beside {
                    live,
                    agents: &agents,
                    summaries,
                    now_ms: now,
                },
            );
        });
        if let Some(minimap) = &*self.minimap.borrow() {
            minimap.draw(editor, &theme, desk.revision.get_untracked());
        }
        self.place_layer(view);
        if self.pressed.get() == 0 && now - self.synced_at.get() >= SYNC_MS {
            self.synced_at.set(now);
            self.set_stale(false);
            self.busy.set(true);
            self.grow_targets(view);
            let lost = desk.read_live(|live| {
                let focused = document().active_element();
                self.overlay
                    .borrow_mut()
                    .sync(&self.layer, editor, &scene, live, focused.as_ref())
            });
            if lost {
                super::view::focus(&self.host);
            }
            self.busy.set(false);
        }
    }

    /// Notes whether the layer is behind the picture, and says so on it, so that whoever goes by where
    /// its elements are, such as a test, can wait for it.
    fn set_stale(&self, stale: bool) {
        if self.stale.replace(stale) != stale {
            let current = if stale { "false" } else { "true" };
            // An attribute with a plain name and value is always accepted.
            drop(self.layer.set_attribute("data-current", current));
        }
    }

    /// Makes the canvas as large as the view, in device pixels.
    fn fit(&self, view: Viewport) {
        let (width, height) = (
            (view.width * view.dpr).round(),
            (view.height * view.dpr).round(),
        );
        if f64::from(self.canvas.width()) != width || f64::from(self.canvas.height()) != height {
            self.canvas.set_width(width as u32);
            self.canvas.set_height(height as u32);
        }
    }

    fn place_layer(&self, view: Viewport) {
        let Point { x, y } = view.offset;
        let transform = format!("translate({x}px, {y}px) scale({})", view.zoom);
        // A transform of finite numbers is valid CSS.
        drop(self.layer.style().set_property("transform", &transform));
    }

    /// Targets for fingers keep their size on the screen when the view is zoomed out.
    fn grow_targets(&self, view: Viewport) {
        let grow = (1.0 / view.zoom).max(1.0);
        // A number is a valid value of a custom property.
        drop(self.layer.style().set_property("--grow", &grow.to_string()));
    }

    /// Moves keyboard focus to a node as soon as its element stands.
    pub fn focus_node(self: &Rc<Self>, desk: Desk, node: NodeId) {
        *self.focus_next.borrow_mut() = Some(node);
        self.synced_at.set(0.0);
        self.request(desk);
    }

    fn focus_pending(&self) {
        let Some(node) = self.focus_next.borrow_mut().take() else {
            return;
        };
        let element = self.overlay.borrow().element_of(&node);
        match element {
            Some(element) => drop(element.focus()),
            // Not there yet: a pointer is down, or it comes into view with the next frame.
            None if self.stale.get() => *self.focus_next.borrow_mut() = Some(node),
            None => {}
        }
    }

    /// Reads colours and fonts anew.
    pub fn refresh_theme(self: &Rc<Self>, desk: Desk) {
        let theme = Theme::read(&self.host);
        self.texts.set_family(&theme.font);
        *self.theme.borrow_mut() = theme;
        if let Some(minimap) = &*self.minimap.borrow() {
            minimap.forget();
        }
        self.request(desk);
    }

    /// Forgets what nodes were said to do.
    pub fn forget_summaries(&self) {
        self.summaries.borrow_mut().clear();
    }

    /// Shows the graph small on this canvas too.
    pub fn set_minimap(&self, minimap: Option<Minimap>) {
        *self.minimap.borrow_mut() = minimap;
    }

    /// The world point under a point of the minimap.
    pub fn minimap_point(&self, editor: &Editor, at: Point) -> Option<Point> {
        self.minimap.borrow().as_ref()?.world_point(editor, at)
    }

    /// The mouse cursor over the canvas.
    pub fn set_cursor(&self, cursor: Cursor) {
        // Names of cursors are valid CSS.
        drop(self.host.style().set_property("cursor", cursor.css()));
    }

    /// The element that catches pointers.
    pub fn host(&self) -> &HtmlElement {
        &self.host
    }

    /// A point of the page on the canvas.
    pub fn local(&self, client_x: f64, client_y: f64) -> Point {
        let rect = self.host.get_bounding_client_rect();
        Point::new(client_x - rect.left(), client_y - rect.top())
    }

    /// What stands behind an element of the layer.
    pub fn behind(&self, element: &web_sys::Element) -> Option<super::overlay::Behind> {
        self.overlay.borrow().behind(element)
    }

    /// Whether the layer is being changed: focus that moves then is not the user's doing.
    pub fn is_busy(&self) -> bool {
        self.busy.get()
    }

    /// Whether a pointer is down.
    pub fn is_pressed(&self) -> bool {
        self.pressed.get() > 0
    }

    /// Counts pointers that are down, by +1 and -1; the layer stands still meanwhile.
    pub fn press(&self, by: i32) {
        self.pressed
            .set(self.pressed.get().saturating_add_signed(by));
        if self.pressed.get() == 0 {
            self.synced_at.set(0.0);
        }
    }

    /// Takes note of a press, to know a double click.
    pub fn count_click(&self, at: Point, now_ms: f64) {
        let last = self.last_press.get();
        let again = last.clicks > 0
            && now_ms - last.when_ms <= DOUBLE_CLICK_MS
            && at.distance(last.at) <= DOUBLE_CLICK_REACH;
        self.last_press.set(LastPress {
            at,
            when_ms: now_ms,
            clicks: if again { last.clicks + 1 } else { 1 },
        });
    }

    /// How many clicks the latest press makes: 2 for a double click.
    pub fn clicks(&self) -> u32 {
        self.last_press.get().clicks
    }

    /// Whether the space bar is down.
    pub fn space(&self) -> &Cell<bool> {
        &self.space
    }

    /// The graph as an SVG picture.
    pub fn picture(&self, desk: Desk) -> String {
        let agents = desk.app.agents().get_untracked();
        desk.read(|editor| super::svg::picture(editor, &self.theme.borrow(), &self.texts, &agents))
    }
}
