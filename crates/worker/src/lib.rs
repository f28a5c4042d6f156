//! The browser's engine worker: hosts the engine, keeps its journal in IndexedDB, and lets all tabs
//! of a browser share one engine.
//!
//! What decides is pure and tested natively: [`tabs`] (who leads, who is asked), [`host`] (session,
//! clock, journal, group commit), `handlers` (each request), [`files`] (lead lists), [`import`], [`api`] (the
//! REST API, for the playground).
//! What touches the browser is in `web`: IndexedDB, locks, channels, timers.

pub mod api;
pub mod clock;
pub mod files;
mod handlers;
pub mod host;
pub mod import;
pub mod parts;
pub mod tabs;
#[cfg(target_arch = "wasm32")]
pub mod web;
