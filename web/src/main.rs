//! The Leadline page: Leptos components around the engine worker.
//!
//! The page draws and asks; the engine in the worker decides and keeps. `client` carries the
//! messages, `state` is the one store, `shell` the frame, `pages` what stands in it; `designer` and
//! `simulate` are the two pages with a canvas; `remotes` is what all pages show of remotes.

mod answer;
mod app;
mod canvas;
mod client;
mod components;
mod designer;
mod dom;
mod format;
mod lazy;
mod leaving;
mod pages;
mod remotes;
mod shell;
mod simulate;
mod state;
mod steps;
mod there;

use leadline_boxed as boxed;

fn main() {
    shell::fatal::install();
    leptos::mount::mount_to_body(app::App);
}
