//! What lies over the canvas: how many conflicts there are, a mark at each place, the open card.

use leadline_designer::{Point, Rect};
use leadline_protocol::Subject;
use leptos::html;
use leptos::prelude::*;

use super::Conflicts;
use super::card::Card;
use super::words::Group;
use crate::boxed::{effect, handler, memo, pressed};
use crate::components::control_flow::{For, Show};
use crate::components::icon::Icon;

/// The width of a card, as its style has it.
const WIDTH: f64 = 352.0;
/// Between a card and what it is about.
const GAP: f64 = 14.0;
/// The least distance from the rim.
const RIM: f64 = 8.0;
/// The height of the bar above, with the space around it.
const BAR: f64 = 60.0;

/// Everything about conflicts that lies over the canvas.
#[component]
pub fn ConflictLayer(
    /// Of which workflow.
    conflicts: Conflicts,
) -> impl IntoView {
    let any = memo(move || conflicts.count() > 0);
    let marked = move || {
        conflicts.desk.revision.track();
        let on_canvas = |group: &&Group| conflicts.place(&group.subject).is_some();
        conflicts.groups.with(|groups| {
            let marked = groups.iter().filter(on_canvas);
            marked
                .map(|group| group.subject.clone())
                .collect::<Vec<_>>()
        })
    };
    let open = memo(move || conflicts.open.get());
    view! {
        <Show when=move || any.get()>
            <section class="x-layer" aria-label="Conflicts">
                <Bar conflicts />
                <div class="x-marks">
                    <For each=marked key=|subject| format!("{subject:?}")
                        children=move |subject| view! { <Mark conflicts subject /> } />
                </div>
                {move || open.get().map(|subject| view! { <Placed conflicts subject /> })}
            </section>
        </Show>
    }
}

/// How many there are, and the way through them.
#[component]
fn Bar(conflicts: Conflicts) -> impl IntoView {
    let words = move || {
        let count = conflicts.count();
        let noun = if count == 1 { "conflict" } else { "conflicts" };
        let remote = conflicts.names.with(|names| names.remote.clone());
        format!("{count} {noun} with {remote}")
    };
    let many = memo(move || conflicts.groups.with(Vec::len) > 1);
    let closed = move || conflicts.open.with(Option::is_none);
    view! {
        <div class="x-bar">
            {Icon::Alert.draw()}
            <p>{words}</p>
            <Show when=move || many.get()>
                <button type="button" class="button button-small" on:click=handler(move |_| conflicts.turn(-1))>
                    "Previous"
                </button>
            </Show>
            <Show when=move || many.get() || closed()>
                <button type="button" class="button button-small" on:click=handler(move |_| conflicts.turn(1))>
                    {move || if closed() { "Show" } else { "Next" }}
                </button>
            </Show>
        </div>
    }
}

/// A box of the world on the screen.
fn on_screen(conflicts: Conflicts, place: Rect) -> Rect {
    conflicts.desk.view.track();
    conflicts.desk.read(|editor| {
        let view = editor.viewport();
        let corner = view.to_screen(Point::new(place.x, place.y));
        Rect::new(corner.x, corner.y, place.w * view.zoom, place.h * view.zoom)
    })
}

/// The mark of a place: how many conflicts it has. It opens their card.
#[component]
fn Mark(conflicts: Conflicts, subject: Subject) -> impl IntoView {
    let subject = StoredValue::new(subject);
    let count = memo(move || {
        conflicts.groups.with(|groups| {
            let of = |group: &&Group| subject.with_value(|subject| group.subject == *subject);
            groups
                .iter()
                .find(of)
                .map_or(0, |group| group.conflicts.len())
        })
    });
    let at = move || {
        conflicts.desk.revision.track();
        let place = subject
            .with_value(|subject| conflicts.place(subject))
            .unwrap_or_default();
        let rect = on_screen(conflicts, place);
        // Below a node's box at its left, where nothing else stands; below the label of an edge.
        match place.w > 0.0 {
            true => Point::new(rect.x, rect.bottom() + 4.0),
            false => Point::new(rect.x - 12.0, rect.y + 14.0),
        }
    };
    let words = move || match count.get() {
        1 => "1 conflict".to_owned(),
        n => format!("{n} conflicts"),
    };
    let name = move || {
        let title = subject.with_value(|subject| conflicts.title(subject));
        format!("{}: {title}", words())
    };
    let pressed = move || {
        let is_open = |open: &Option<Subject>| subject.with_value(|own| open.as_ref() == Some(own));
        conflicts.open.with(is_open).to_string()
    };
    view! {
        <button type="button" class="x-mark" aria-label=name aria-expanded=pressed
            style:left=move || format!("{:.0}px", at().x) style:top=move || format!("{:.0}px", at().y)
            on:click=handler(move |_| conflicts.show(subject.get_value(), None))>
            {Icon::Alert.draw()}{words}
        </button>
    }
}

/// A card beside what it is about, or at the top where that is not on the canvas. On a narrow page the
/// style makes a sheet of it.
#[component]
fn Placed(conflicts: Conflicts, subject: Subject) -> impl IntoView {
    let frame = NodeRef::<html::Div>::new();
    let height = RwSignal::new(0.0);
    let subject = StoredValue::new(subject);
    effect(move || {
        conflicts.groups.track();
        conflicts.desk.view.track();
        request_animation_frame(move || {
            if let Some(Some(frame)) = frame.try_get_untracked() {
                height.set(frame.get_bounding_client_rect().height());
            }
        });
    });
    let at = memo(move || {
        conflicts.desk.revision.track();
        let place = subject.with_value(|subject| conflicts.place(subject));
        let place = place.map(|place| on_screen(conflicts, place));
        let view = conflicts.desk.read(|editor| editor.viewport());
        beside(place, Point::new(view.width, view.height), height.get())
    });
    let name = move || {
        let title = subject.with_value(|subject| conflicts.title(subject));
        format!("Conflicts: {title}")
    };
    let key_down = move |event: web_sys::KeyboardEvent| match event.key().as_str() {
        "Escape" => {
            event.prevent_default();
            event.stop_propagation();
            conflicts.leave();
        }
        // They would delete what is selected on the canvas.
        "Delete" | "Backspace" => event.prevent_default(),
        _ => {}
    };
    view! {
        <div node_ref=frame class="x-card" role="group" aria-label=name on:keydown=pressed(key_down)
            style:left=move || format!("{:.0}px", at.get().x) style:top=move || format!("{:.0}px", at.get().y)>
            <Card conflicts subject=subject.get_value() />
        </div>
    }
}

/// Where a card stands: right of its place, else left of it, else as near as it fits.
fn beside(place: Option<Rect>, room: Point, height: f64) -> Point {
    let most = |size: f64, room: f64| (room - size - RIM).max(RIM);
    let Some(place) = place else {
        return Point::new(((room.x - WIDTH) / 2.0).max(RIM), BAR);
    };
    let (right, left) = (place.right() + GAP, place.x - GAP - WIDTH);
    let x = if right + WIDTH + RIM <= room.x {
        right.max(RIM)
    } else if left >= RIM {
        left.min(most(WIDTH, room.x))
    } else {
        most(WIDTH, room.x)
    };
    let y = place.y.min(most(height, room.y)).max(BAR);
    Point::new(x, y)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_stands_where_it_does_not_cover_its_place() {
        let room = Point::new(1000.0, 700.0);
        let at = |x: f64, y: f64| beside(Some(Rect::new(x, y, 200.0, 80.0)), room, 300.0);
        assert_eq!(at(100.0, 200.0), Point::new(314.0, 200.0), "right of it");
        assert_eq!(at(600.0, 200.0), Point::new(234.0, 200.0), "left of it");
        assert_eq!(
            at(100.0, 650.0),
            Point::new(314.0, 392.0),
            "not below the rim"
        );
        assert_eq!(at(100.0, 10.0), Point::new(314.0, 60.0), "not over the bar");
        assert_eq!(at(-500.0, 200.0).x, 8.0, "out of view at the left");
        assert_eq!(at(2_000.0, 200.0).x, 640.0, "out of view at the right");
        assert_eq!(beside(None, room, 300.0), Point::new(324.0, 60.0));
        let narrow = Point::new(320.0, 500.0);
        assert_eq!(
            beside(Some(Rect::new(50.0, 90.0, 200.0, 80.0)), narrow, 300.0).x,
            8.0
        );
    }
}
