//! Everything a change must pass, in the order in which it is cheapest to fail.

use anyhow::Result;

use crate::process::{cargo, run, say};
use crate::setup::{self, WASM};
use crate::test;

/// Crates that exist for the browser only; natively there is nothing to run but tests of what needs no
/// browser.
const BROWSER_ONLY: [&str; 1] = ["leadline-web"];

/// What the browser runs, checked for its target too.
const WASM_CHECKED: [&str; 13] = [
    "leadline-api",
    "leadline-designer",
    "leadline-engine",
    "leadline-leadfile",
    "leadline-model",
    "leadline-playground",
    "leadline-protocol",
    "leadline-sim",
    "leadline-store",
    "leadline-sync",
    "leadline-wasm",
    "leadline-web",
    "leadline-worker",
];

/// Formatting, clippy for both targets, then all the tests.
pub fn run_all() -> Result<()> {
    setup::for_page()?;
    say("formatting");
    run(cargo()?.args(["fmt", "--all", "--check"]))?;
    say("clippy, native");
    let mut native = cargo()?;
    native.args(["clippy", "--workspace", "--all-targets"]);
    for package in BROWSER_ONLY {
        native.args(["--exclude", package]);
    }
    run(native.args(["--", "-D", "warnings"]))?;
    say("clippy, wasm");
    let mut wasm = cargo()?;
    wasm.args(["clippy", "--target", WASM]);
    for package in WASM_CHECKED {
        wasm.args(["-p", package]);
    }
    run(wasm.args(["--", "-D", "warnings"]))?;
    test::run(&test::Choice::Everything, false)
}
