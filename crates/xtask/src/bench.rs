//! Measurements: LN-1 natively and in wasm, the server, what a visitor downloads, the canvas.
//!
//! Machines differ and are noisy, so what counts is a ratio taken in one run; the figures beside
//! ours are those published for the same workload.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::args::Args;
use crate::build::{self, Kind, Wanted};
use crate::{dist, pack, process, project, serve, setup};

/// The seed of the published counts.
const SEED: u32 = 12_345;

/// Published counts: leads, completed, dropped, calls, events, makespan in milliseconds.
const COUNTS: [(u32, u64, u64, u64, u64, u64); 4] = [
    (1_000, 421, 579, 2_369, 11_845, 414_226_942),
    (10_000, 4_120, 5_880, 23_516, 117_580, 461_276_471),
    (100_000, 41_042, 58_958, 235_361, 1_176_805, 495_545_954),
    (
        1_000_000,
        410_427,
        589_573,
        2_348_424,
        11_742_120,
        493_580_415,
    ),
];

/// Published figures for the same workload, in nanoseconds an event at 10k, 100k and 1M leads.
const PEERS: [(&str, [&str; 3]); 6] = [
    (
        "hard-coded yardstick, recording (wheel)",
        ["57", "46", "41"],
    ),
    ("the same in wasm", ["62", "55", "57"]),
    (
        "hand-written JavaScript, typed arrays",
        ["248", "172", "105"],
    ),
    ("nexosim", ["292", "358", "539"]),
    ("SimPy", ["3,786", "6,027", "27,777"]),
    ("XState v5", ["20,276", "19,347", "-"]),
];

/// What to measure.
pub enum Choice {
    /// Everything.
    All,
    /// One native run of LN-1, printed as one JSON object.
    Ln1 { leads: u32, seed: u32 },
    /// Only the canvas.
    Canvas,
    /// Only the download.
    Size,
    /// Only the server.
    Api { leads: u32 },
    /// Only what sync sends.
    Sync,
}

impl Choice {
    /// Reads `[ln1 --leads N --seed S --json | api --leads N | sync | canvas | size]`.
    pub fn from_args(args: &mut Args) -> Result<Self> {
        Ok(match args.next().as_deref() {
            None => Choice::All,
            Some("ln1") => {
                let leads = args.large_number("--leads")?.unwrap_or(10_000);
                let seed = args.large_number("--seed")?.unwrap_or(SEED);
                // The only form there is; accepted so that scripts can say what they expect.
                args.flag("--json");
                Choice::Ln1 { leads, seed }
            }
            Some("api") => {
                let leads = args.large_number("--leads")?.unwrap_or(LARGE);
                Choice::Api { leads }
            }
            Some("sync") => Choice::Sync,
            Some("canvas") => Choice::Canvas,
            Some("size") => Choice::Size,
            Some(other) => bail!("there is nothing called `{other}` to measure"),
        })
    }
}

/// Measures.
pub fn run(choice: &Choice) -> Result<()> {
    match choice {
        Choice::Ln1 { leads, seed } => {
            println!("{}", native(&build_native(true)?, *leads, *seed)?);
            Ok(())
        }
        Choice::Canvas => canvas(),
        Choice::Sync => sync(),
        Choice::Size => size(),
        Choice::Api { leads } => api(*leads),
        Choice::All => {
            ln1()?;
            api(LARGE)?;
            sync()?;
            size()?;
            canvas()
        }
    }
}

/// Leads of the workflow that the server is measured with.
const LARGE: u32 = 1_000_000;

/// The server beside bare ones, and with a large workflow.
fn api(leads: u32) -> Result<()> {
    let server = dist::server()?;
    let mut cargo = process::cargo()?;
    process::run(cargo.args(["build", "--profile", "server", "-p", "leadline-load"]))?;
    println!("\nThe server");
    let mut bench = process::command(project::target().join("server/api-bench"))?;
    bench.arg("--server").arg(server);
    bench
        .arg("--data")
        .arg(project::target().join("tmp/api-bench"));
    process::run(bench.args(["--leads", &leads.to_string()]))
}

/// What goes over the wire for one edit of a large workflow, and how long both sides take for it.
fn sync() -> Result<()> {
    build_native(false)?;
    println!("\nSync of a workflow of 5,000 nodes with the API in memory");
    process::run(&mut process::command(
        project::target().join("release/sync-bench"),
    )?)
}

fn build_native(quiet: bool) -> Result<PathBuf> {
    let mut cargo = process::cargo()?;
    cargo.args(["build", "--profile", "bench", "-p", "leadline-bench"]);
    if quiet {
        cargo.arg("--quiet");
    }
    process::run(&mut cargo)?;
    Ok(project::target().join("release/ln1"))
}

fn native(program: &Path, leads: u32, seed: u32) -> Result<Value> {
    let mut command = process::command(program)?;
    command.args(["--leads", &leads.to_string(), "--seed", &seed.to_string()]);
    parse(process::answer(&mut command))
}

/// The wasm build for Node: the path of its script.
fn build_wasm() -> Result<PathBuf> {
    let wasm = "wasm32-unknown-unknown";
    let mut cargo = process::cargo()?;
    cargo.args([
        "build",
        "--profile",
        "bench",
        "-p",
        "leadline-bench",
        "--lib",
        "--target",
        wasm,
    ]);
    process::run(&mut cargo)?;
    let out = project::target().join("bench-node");
    let built = project::target()
        .join(wasm)
        .join("release/leadline_bench.wasm");
    let mut bindgen = process::command(setup::wasm_bindgen()?.join("wasm-bindgen"))?;
    bindgen
        .args(["--target", "experimental-nodejs-module", "--out-dir"])
        .arg(&out)
        .arg(built);
    process::run(&mut bindgen)?;
    Ok(out.join("leadline_bench.js"))
}

fn in_wasm(glue: &Path, leads: u32) -> Result<Value> {
    let mut node = process::command("node")?;
    node.arg("crates/bench/ln1.mjs").arg(glue);
    node.args([leads.to_string(), SEED.to_string()]);
    parse(process::answer(&mut node))
}

fn parse(answer: Option<String>) -> Result<Value> {
    let text = answer.context("the workload failed; run it by hand to see why")?;
    serde_json::from_str(text.trim()).context("the workload printed something odd")
}

fn ln1() -> Result<()> {
    setup::for_page()?;
    let (program, glue) = (build_native(false)?, build_wasm()?);
    println!("\nLN-1, lead nurture, seed {SEED}: history kept, as an ordinary graph\n");
    println!(
        "{:>9} {:>10} {:>10} {:>8} {:>7}  counts and digest",
        "leads", "native ns", "wasm ns", "ratio", "B/lead"
    );
    for (leads, completed, dropped, calls, events, makespan) in COUNTS {
        let (native, wasm) = (native(&program, leads, SEED)?, in_wasm(&glue, leads)?);
        let number = |value: &Value, key: &str| value[key].as_u64().unwrap_or(0);
        let wanted = [completed, dropped, calls, events, makespan];
        let keys = ["completed", "dropped", "calls", "events", "makespan_ms"];
        for (key, wanted) in keys.into_iter().zip(wanted) {
            for (where_, report) in [("native", &native), ("wasm", &wasm)] {
                let got = number(report, key);
                if got != wanted {
                    bail!("{leads} leads, {where_}: {key} is {got}, it must be {wanted}");
                }
            }
        }
        if native["digest"] != wasm["digest"] {
            bail!(
                "{leads} leads: native and wasm differ: {} {}",
                native["digest"],
                wasm["digest"]
            );
        }
        let (native_ns, wasm_ns) = (
            number(&native, "ns_per_event"),
            number(&wasm, "ns_per_event"),
        );
        println!(
            "{leads:>9} {native_ns:>10} {wasm_ns:>10} {:>7}% {:>7}  as published, {}",
            wasm_ns * 100 / native_ns.max(1),
            number(&native, "bytes_per_lead"),
            native["digest"].as_str().unwrap_or("?"),
        );
    }
    println!("\npublished for the same workload, ns an event      10k     100k       1M");
    for (name, figures) in PEERS {
        println!(
            "  {name:<42} {:>8} {:>8} {:>8}",
            figures[0], figures[1], figures[2]
        );
    }
    Ok(())
}

/// What a visitor downloads, compressed with brotli.
fn size() -> Result<()> {
    setup::for_package()?;
    build::page(Kind::Release, None, Wanted::PageAndPackage)?;
    pack::package(Kind::Release)?;
    dist::sizes()
}

/// Frame times of pan, zoom and drag with 1,000 and 10,000 nodes, in Chromium.
fn canvas() -> Result<()> {
    setup::for_tests()?;
    let base = build::page(Kind::Release, None, Wanted::Page)?;
    let server = serve::page(&build::bundler()?, &base)?;
    let mut node = process::command("node")?;
    node.arg("tests/e2e/bench/canvas.mjs")
        .env("LEADLINE_URL", &server.url);
    node.env("CHROMIUM", setup::browser()?.chromium);
    println!();
    process::run(&mut node)
}
