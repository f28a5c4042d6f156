//! The canvas of the Designer and Simulate pages: everything visible is painted on one 2D canvas,
//! and over it lies a transparent layer of elements that keyboard and screen reader can reach.
//!
//! [`desk::Desk`] holds the editor and turns its effects into signals; [`view::Canvas`] is the
//! component. Painting goes through [`pen::Pen`], so the exported SVG is the same picture.

pub mod clipboard;
pub mod desk;
pub mod ink;
mod input;
pub mod live;
mod minimap;
mod node_paint;
pub mod open;
mod overlay;
pub mod paint;
mod pen;
pub mod stage;
pub mod summary;
pub mod svg;
pub mod view;
