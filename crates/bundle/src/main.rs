//! `bundle`: what comes between cargo and a browser. It takes the wasm that the linker left and
//! `index.html`, and gives the folder that is served.
//!
//! `cargo xtask` calls it; Trunk does so through its hook. The heavy crates that it rests on (the
//! splitter and the binder of wasm) are why it is a program apart from `xtask`, which has to be compiled
//! before anything can be said.

mod brotli;
mod files;
mod html;
mod library;
mod packs;
mod page;
mod program;
mod serve;
mod service_worker;
mod sizes;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Turns linked wasm and index.html into what a browser loads.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Builds the page's folder from the linked programs of page and worker.
    Page(page::Arguments),
    /// Finishes, in place, the page that Trunk has staged.
    Staged(page::Staged),
    /// Binds one wasm library for the web.
    Library(library::Arguments),
    /// Says what a visitor downloads, and fails over the budget.
    Sizes(sizes::Arguments),
    /// Serves a folder until it is ended.
    Serve {
        /// The folder.
        folder: PathBuf,
        /// The path it is served under.
        #[arg(long, default_value = "/")]
        base: String,
        /// The port; 0 takes a free one. The address is printed.
        #[arg(long, default_value_t = 0)]
        port: u16,
    },
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bundle: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    #[cfg(feature = "cli")]
    if let Some(done) = under_another_name() {
        return done;
    }
    match Arguments::parse().task {
        Task::Page(arguments) => page::build(&arguments),
        Task::Staged(arguments) => page::finish(&arguments),
        Task::Library(arguments) => library::build(&arguments),
        Task::Sizes(arguments) => sizes::report(&arguments),
        Task::Serve { folder, base, port } => serve::serve(folder, &base, port),
    }
}

/// Called by the name of one of wasm-bindgen's programs, this is that program, at the version that
/// Cargo.lock names.
#[cfg(feature = "cli")]
fn under_another_name() -> Option<Result<()>> {
    let name = std::env::args_os().next()?;
    let name = std::path::Path::new(&name).file_stem()?.to_owned();
    match name.to_str()? {
        "wasm-bindgen" => Some(wasm_bindgen_cli::wasm_bindgen::run_cli_with_args(
            std::env::args_os(),
        )),
        "wasm-bindgen-test-runner" => {
            Some(wasm_bindgen_cli::wasm_bindgen_test_runner::run_cli_with_args(std::env::args_os()))
        }
        _ => None,
    }
}
