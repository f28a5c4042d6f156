//! The project's own commands, so that nobody has to remember a build step:
//!
//! ```text
//! cargo xtask start [--port N] [--public-url /path/]   set up, build, serve app and API
//! cargo xtask test [unit|api|wasm|npm|e2e [filter]]        set up, build, run the tests
//! cargo xtask ci                                       formatting, clippy, then all the tests
//! cargo xtask bench [ln1 --leads N --seed S | api --leads N | sync | size | canvas]   measure
//! cargo xtask setup                                    only install what is missing
//! cargo xtask build [--public-url /path/]              only build the page into dist/
//! cargo xtask pack                                     build the npm package into npm/dist/
//! ```
//!
//! `cargo xtask finish` is the last step of each Trunk build; Trunk.toml calls it.

mod api;
mod args;
mod bench;
mod browser_tests;
mod build;
mod ci;
mod fingerprint;
mod finish;
mod pack;
mod playground;
mod process;
mod project;
mod serve;
mod setup;
mod start;
mod test;

use std::process::ExitCode;

use anyhow::{Result, bail};
use args::Args;

const USAGE: &str = "\
usage: cargo xtask <command>

  start [--port N] [--public-url /path/]   set up, build and serve app and API
  test [unit | api | wasm | npm | e2e [filter]]
                                           set up, build and run the tests
  ci                                       formatting, clippy, then all the tests
  bench [ln1 --leads N --seed S --json | api --leads N | sync | size | canvas]
                                           measure the engine, the server, the download, the canvas
  setup                                    only install what is missing
  build [--public-url /path/]              only build the page into dist/
  pack                                     build the npm package into npm/dist/";

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
            setup::for_page()?;
            let base = build::page(public_url.as_deref())?;
            start::run_until_stopped(&base, port.unwrap_or(serve::DEFAULT_PORT))
        }
        "test" => {
            let choice = test::Choice::from_args(&mut args)?;
            args.finish()?;
            test::run(&choice)
        }
        "ci" => {
            args.finish()?;
            ci::run_all()
        }
        "bench" => {
            let choice = bench::Choice::from_args(&mut args)?;
            args.finish()?;
            bench::run(&choice)
        }
        "setup" => {
            args.finish()?;
            setup::for_page()?;
            setup::for_tests()
        }
        "build" => {
            let public_url = args.option("--public-url")?;
            args.finish()?;
            setup::for_page()?;
            build::page(public_url.as_deref()).map(drop)
        }
        "pack" => {
            args.finish()?;
            setup::for_page()?;
            pack::package().map(drop)
        }
        "finish" => {
            args.finish()?;
            finish::from_trunk()
        }
        "help" | "--help" | "-h" => {
            println!("{USAGE}");
            Ok(())
        }
        other => bail!("there is no command `{other}`\n{USAGE}"),
    }
}
