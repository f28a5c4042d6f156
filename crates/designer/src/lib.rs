//! The workflow designer without a screen.
//!
//! An [`Editor`] holds a definition and all that belongs to editing it: selection, viewport, the
//! gesture in progress, undo. [`Event`]s (what happened on the canvas) and [`Command`]s (what is
//! wanted from a menu or panel) go in, [`Effect`]s (what the page has to do) come out, and
//! [`Editor::scene`] says what to draw. No DOM, no clock, no randomness: the same events give the
//! same edits everywhere, and all of it is tested natively.
//!
//! Edits are [`leadline_model::Change`]s, so what is undone, sent and stored is one thing.

mod apply;
mod clip;
mod command;
mod editor;
mod edits;
mod effect;
mod event;
mod find;
mod geometry;
mod gesture;
mod graph;
mod grid;
mod history;
mod hit;
mod ids;
mod kept;
mod keyboard;
mod layout;
mod lines;
mod linking;
mod moving;
mod names;
mod outline;
mod pointer;
mod rebase;
mod route;
mod rules;
mod run;
mod scene;
mod selection;
mod shape;
mod templates;
mod view;
mod viewport;
mod weight;

pub use command::{Command, Direction};
pub use editor::{EdgeMarks, Editor, NodeMarks};
pub use effect::{Cursor, EdgeEnd, Effect, Target};
pub use event::{Button, Event, KeyPress, Modifiers, Pointer, PointerKind, WheelMode};
pub use geometry::{Point, Rect};
pub use ids::Ids;
pub use kept::{HistoryError, HistoryPart};
pub use keyboard::key_of;
pub use outline::OutlineItem;
pub use route::EdgePath;
pub use scene::{ConnectionPreview, Detail, Guide, Scene, SceneEdge, SceneNode, Verdict};
pub use selection::Selection;
pub use shape::{HEAD_HEIGHT, Handle, HandleKind, HandleRef, NODE_WIDTH, ROW_HEIGHT};
pub use templates::{Template, templates};
pub use viewport::{LEAST_ZOOM, MAX_ZOOM, MIN_ZOOM, Viewport};
