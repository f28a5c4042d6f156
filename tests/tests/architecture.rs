//! The shape of the code, checked: which crate may depend on which, and what the core may not
//! contain. See ARCHITECTURE.md for the reasons.
//!
//! The arrows are read from `cargo metadata`, normal dependencies only, as resolved for this
//! machine's target: a crate that has clocks or JavaScript behind it in wasm (jiff, for one) is
//! judged by what the engine itself asks of it. The sources are read as text, with comments and
//! strings taken out.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "architecture/arrows.rs"]
mod arrows;
#[path = "architecture/dependencies.rs"]
mod dependencies;
#[path = "architecture/page.rs"]
mod page;
#[path = "architecture/sources.rs"]
mod sources;

use std::path::{Path, PathBuf};

/// The root of the checkout.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the tests crate lies in the workspace")
        .to_path_buf()
}
