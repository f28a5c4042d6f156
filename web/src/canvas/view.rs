//! The canvas as a component: the picture, the layer over it, the minimap and the zoom buttons.

use leadline_designer::{Command, Event, Point};
use leptos::ev;
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{KeyboardEvent, MediaQueryList, ResizeObserver};

use super::clipboard;
use super::desk::Desk;
use super::input;
use super::minimap::{self, Minimap};
use super::stage::Stage;
use crate::boxed::{effect, handler};

/// The canvas of a desk.
///
/// A finger is heard as a pointer; the click that a browser makes of its tap afterwards would land on
/// whatever the tap has just opened, and is prevented.
#[component]
pub fn Canvas(
    /// What it shows.
    desk: Desk,
    /// Its name.
    #[prop(into)]
    name: String,
) -> impl IntoView {
    let host = NodeRef::<html::Div>::new();
    let canvas = NodeRef::<html::Canvas>::new();
    let layer = NodeRef::<html::Div>::new();
    let broken = RwSignal::new(None::<String>);
    effect(move || {
        let (Some(host), Some(canvas), Some(layer)) = (host.get(), canvas.get(), layer.get())
        else {
            return;
        };
        match Stage::new(host.clone().into(), canvas, layer.into()) {
            Ok(stage) => {
                desk.set_stage(Some(stage));
                watch_size(desk, &host);
                watch_theme(desk);
                watch_names(desk);
            }
            Err(reason) => broken.set(Some(reason)),
        }
    });
    on_cleanup(move || desk.set_stage(None));
    listen_to_keys(desk);
    view! {
        <div
            node_ref=host
            class="c-host"
            role="region"
            aria-label=name
            tabindex="0"
            on:pointerdown=handler(move |event| input::pointer_down(desk, &event))
            on:pointermove=handler(move |event| input::pointer_move(desk, &event))
            on:pointerup=handler(move |event| input::pointer_up(desk, &event))
            on:pointercancel=handler(move |event| input::pointer_cancel(desk, &event))
            on:mousedown=handler(move |event| input::mouse_down(&event))
            on:touchend=handler(move |event: ev::TouchEvent| if event.cancelable() { event.prevent_default() })
            on:wheel=handler(move |event| input::wheel(desk, &event))
            on:focusin=handler(move |event| input::focus_in(desk, &event))
            on:focusout=handler(move |event| input::focus_out(desk, &event))
            on:click=handler(move |event| input::click(desk, &event))
            on:contextmenu=handler(move |event: ev::MouseEvent| event.prevent_default())
        >
            <canvas node_ref=canvas class="c-picture" aria-hidden="true"></canvas>
            <div node_ref=layer class="c-layer"></div>
            {move || broken.get().map(|reason| view! { <p class="c-broken" role="alert">{reason}</p> })}
        </div>
    }
}

/// Tells the editor the canvas's size, now and whenever it changes.
fn watch_size(desk: Desk, host: &web_sys::HtmlElement) {
    let element = host.clone();
    let tell = move || {
        let rect = element.get_bounding_client_rect();
        if rect.width() > 0.0 && rect.height() > 0.0 {
            let dpr = window().device_pixel_ratio();
            desk.with_editor(|editor| {
                editor.set_corner(controls_size());
                Vec::new()
            });
            desk.handle(Event::Resize {
                width: rect.width(),
                height: rect.height(),
                dpr,
            });
            desk.redraw();
        }
    };
    tell();
    let closure = Closure::<dyn Fn()>::new(tell);
    // Every browser with modules has the observer; without it the first size stays.
    if let Ok(observer) = ResizeObserver::new(closure.as_ref().unchecked_ref()) {
        observer.observe(host);
        let kept = StoredValue::new_local((closure, observer.clone()));
        on_cleanup(move || {
            observer.disconnect();
            kept.dispose();
        });
    }
}

/// The size of minimap and zoom buttons with the space around them, in pixels.
fn controls_size() -> Point {
    const AROUND: f64 = 16.0;
    let controls = document().query_selector(".c-controls").ok().flatten();
    controls.map_or(Point::default(), |controls| {
        let rect = controls.get_bounding_client_rect();
        Point::new(rect.width() + AROUND, rect.height() + AROUND)
    })
}

/// Names of agents stand in nodes.
fn watch_names(desk: Desk) {
    let names = desk.app.agents();
    effect(move || {
        names.track();
        if let Some(stage) = desk.stage() {
            stage.forget_summaries();
            desk.redraw();
        }
    });
}

/// Reads the colours anew when the page's or the system's theme changes.
fn watch_theme(desk: Desk) {
    let refresh = move || {
        if let Some(stage) = desk.stage() {
            stage.refresh_theme(desk);
        }
    };
    let closure = Closure::<dyn Fn()>::new(refresh);
    let function: js_sys::Function = closure.as_ref().unchecked_ref::<js_sys::Function>().clone();
    let queries: Vec<MediaQueryList> = ["(prefers-color-scheme: dark)", "(forced-colors: active)"]
        .iter()
        .filter_map(|query| window().match_media(query).ok().flatten())
        .collect();
    for query in &queries {
        // Listening to a change cannot be refused.
        drop(query.add_event_listener_with_callback("change", &function));
    }
    let observer = web_sys::MutationObserver::new(&function).ok();
    if let (Some(observer), Some(root)) = (&observer, document().document_element()) {
        let options = web_sys::MutationObserverInit::new();
        options.set_attributes(true);
        drop(observer.observe_with_options(&root, &options));
    }
    let kept = StoredValue::new_local((closure, queries, observer));
    on_cleanup(move || {
        kept.with_value(|(_, queries, observer)| {
            for query in queries {
                drop(query.remove_event_listener_with_callback("change", &function));
            }
            if let Some(observer) = observer {
                observer.disconnect();
            }
        });
        kept.dispose();
    });
}

/// Keys and the clipboard are heard on the whole page, so that they work wherever the focus is.
fn listen_to_keys(desk: Desk) {
    let down = window_event_listener(leptos::ev::keydown, move |event: KeyboardEvent| {
        input::key_down(desk, &event);
    });
    let up = window_event_listener(leptos::ev::keyup, move |event: KeyboardEvent| {
        input::key_up(desk, &event);
    });
    clipboard::listen(desk);
    on_cleanup(move || {
        down.remove();
        up.remove();
    });
}

/// Zoom buttons and minimap, at the lower right.
#[component]
pub fn ViewControls(
    /// Whose view.
    desk: Desk,
) -> impl IntoView {
    let percent = move || {
        desk.view.track();
        let zoom = desk.read(|editor| editor.viewport().zoom) * 100.0;
        // A very wide graph is shown at less than a percent.
        let digits = if zoom < 2.0 { 2 } else { 0 };
        format!("{zoom:.digits$} %")
    };
    let small = NodeRef::<html::Canvas>::new();
    effect(move || {
        let (Some(canvas), Some(stage)) = (small.get(), desk.stage()) else {
            return;
        };
        stage.set_minimap(Minimap::new(&canvas));
        desk.redraw();
    });
    let go = move |event: web_sys::PointerEvent| {
        let Some((canvas, stage)) = small.get_untracked().zip(desk.stage()) else {
            return;
        };
        if event.buttons() == 0 {
            return;
        }
        let rect = canvas.get_bounding_client_rect();
        let (x, y) = (f64::from(event.client_x()), f64::from(event.client_y()));
        let at = Point::new(
            (x - rect.left()) * minimap::WIDTH / rect.width().max(1.0),
            (y - rect.top()) * minimap::HEIGHT / rect.height().max(1.0),
        );
        if let Some(point) = desk.read(|editor| stage.minimap_point(editor, at)) {
            desk.run(Command::CenterOn(point));
        }
    };
    let button = move |name: &'static str, sign: &'static str, command: Command| {
        view! {
            <button type="button" aria-label=name title=name
                on:click=handler(move |_| desk.run(command.clone()))>{sign}</button>
        }
    };
    view! {
        // The wheel zooms the canvas here too, and not the page.
        <div class="c-controls" on:wheel=handler(move |event| input::wheel(desk, &event))>
            <canvas node_ref=small class="c-minimap" role="img" aria-label="Minimap of the workflow"
                on:pointerdown=handler(go) on:pointermove=handler(go)></canvas>
            <div class="c-zoom" role="group" aria-label="Zoom">
                {button("Zoom out", "−", Command::ZoomOut)}
                <button type="button" aria-label="100 %" title="100 %"
                    on:click=handler(move |_| desk.run(Command::ZoomReset))>{percent}</button>
                {button("Zoom in", "+", Command::ZoomIn)}
                {button("Fit", "⤢", Command::ZoomFit)}
            </div>
        </div>
    }
}

/// Moves keyboard focus to an element.
pub fn focus(element: &web_sys::Element) {
    if let Some(element) = element.dyn_ref::<web_sys::HtmlElement>() {
        // An element that cannot take it leaves the focus where it was.
        drop(element.focus());
    }
}
