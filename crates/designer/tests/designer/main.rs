//! The designer as the page uses it: by events, commands and effects only.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod commands;
mod desk;
mod gestures;
mod history;
mod keys;
mod large;
mod places;
mod random;
mod scene;
mod templates;
mod words;
