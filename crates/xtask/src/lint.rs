//! `cargo xtask lint`: what a change must pass beside the tests, in the order in which it is cheapest to fail.

use anyhow::Result;

use crate::process::{self, cargo, say};
use crate::setup::{self, WASM};

/// Crates that exist for the browser only; natively there is nothing to run but tests of what needs no
/// browser.
const BROWSER_ONLY: [&str; 1] = ["leadline-web"];

/// What the browser runs, checked for its target too.
const WASM_CHECKED: [&str; 16] = [
    "leadline-api",
    "leadline-boxed",
    "leadline-designer",
    "leadline-element",
    "leadline-engine",
    "leadline-home",
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

/// Formatting, then clippy with warnings denied, for this machine and for the browser.
pub fn run() -> Result<()> {
    setup::for_page()?;
    say("formatting");
    process::run(cargo()?.args(["fmt", "--all", "--check"]))?;
    say("clippy, native");
    let mut native = cargo()?;
    native.args(["clippy", "--workspace", "--all-targets"]);
    for package in BROWSER_ONLY {
        native.args(["--exclude", package]);
    }
    process::run(native.args(["--", "-D", "warnings"]))?;
    say("clippy, wasm");
    let mut wasm = cargo()?;
    wasm.args(["clippy", "--target", WASM]);
    for package in WASM_CHECKED {
        wasm.args(["-p", package]);
    }
    process::run(wasm.args(["--", "-D", "warnings"]))
}
