//! The project's own commands, so that nobody has to remember a build step:
//!
//! ```text
//! cargo xtask start [--port N] [--public-url /path/]   set up, build, serve app and API
//! cargo xtask test [unit|api|wasm|npm|e2e [filter]] [--long]   set up, build, run the tests
//! cargo xtask lint                                     formatting, and clippy for both targets
//! cargo xtask dist [--public-url /path/]               build in release what is published
//! cargo xtask bench [ln1 --leads N --seed S | api --leads N | sync | size | canvas]   measure
//! cargo xtask setup                                    only install what is missing
//! cargo xtask pack                                     build only the npm package, in release
//! cargo xtask clean                                    empty the cache folder
//! ```
//!
//! `cargo xtask finish` is the last step of each Trunk build; Trunk.toml calls it.

mod api;
mod args;
mod bench;
mod browser_tests;
mod build;
mod clean;
mod dist;
mod fingerprint;
mod kept;
mod lint;
mod pack;
mod process;
mod progress;
mod project;
mod serve;
mod setup;
mod shared;
mod start;
mod test;

use std::process::ExitCode;

use anyhow::{Result, bail};
use args::Args;

const USAGE: &str = "\
usage: cargo xtask <command>

  start [--port N] [--public-url /path/]   set up, build and serve app and API
  test [unit | api | wasm | npm | e2e [filter]] [--long]
                                           set up, build and run the tests; with --long what is
                                           slow by nature at full length
  lint                                     formatting, and clippy for both targets
  dist [--public-url /path/]               build in release: the page into dist/, the npm package
                                           into npm/dist/, the server; says what they weigh
  bench [ln1 --leads N --seed S --json | api --leads N | sync | size | canvas]
                                           measure the engine, the server, the download, the canvas
  setup                                    only install what is missing
  pack                                     build only the npm package, in release
  clean                                    empty the cache folder that all checkouts share";

fn main() -> ExitCode {
    match run(Args::from_env()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nxtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(mut args: Args) -> Result<()> {
    process::stop_children_on_interrupt()?;
    let Some(command) = args.next() else {
        bail!("which command?\n{USAGE}");
    };
    match command.as_str() {
        "start" => {
            let port = args.number("--port")?;
            let public_url = args.option("--public-url")?;
            args.finish()?;
            start::run_until_stopped(public_url.as_deref(), port.unwrap_or(serve::DEFAULT_PORT))
        }
        "test" => {
            let long = args.flag("--long");
            let choice = test::Choice::from_args(&mut args)?;
            args.finish()?;
            test::run(&choice, long)
        }
        "lint" => {
            args.finish()?;
            lint::run()
        }
        "dist" => {
            let public_url = args.option("--public-url")?;
            args.finish()?;
            dist::build(public_url.as_deref())
        }
        "bench" => {
            let choice = bench::Choice::from_args(&mut args)?;
            args.finish()?;
            bench::run(&choice)
        }
        "setup" => {
            args.finish()?;
            setup::for_tests()?;
            setup::wasm_bindgen().map(drop)
        }
        "pack" => {
            args.finish()?;
            setup::for_package()?;
            pack::package(build::Kind::Release).map(drop)
        }
        "clean" => {
            args.finish()?;
            clean::empty_cache()
        }
        "finish" => {
            args.finish()?;
            build::finish_for_trunk()
        }
        "help" | "--help" | "-h" => {
            println!("{USAGE}");
            Ok(())
        }
        other => bail!("there is no command `{other}`\n{USAGE}"),
    }
}
