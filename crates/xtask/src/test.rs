//! Runs the tests: native, wasm in Node and in Chromium, and the page in Chromium.
//! Every runner shows its own output; a table sums them up. A suite that ran no test fails, since
//! nothing is easier to miss.

use std::{
    fs,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use crate::api::{self, Outcome};
use crate::args::Args;
use crate::build::{self, Kind, Wanted};
use crate::process::{Heard, answer, cargo, command, listen, say};
use crate::project::{find_program, root};
use crate::setup::{self, Browser, WASM};
use crate::{browser_tests, pack, serve};

/// A test target that runs as wasm.
struct WasmSuite {
    package: &'static str,
    target: &'static str,
    /// In Node too; what needs IndexedDB has only the browser.
    in_node: bool,
}

const WASM_SUITES: [WasmSuite; 2] = [
    WasmSuite {
        package: "leadline-tests",
        target: "parity",
        in_node: true,
    },
    WasmSuite {
        package: "leadline-worker",
        target: "browser",
        in_node: false,
    },
];

/// Which tests to run.
#[derive(Clone, PartialEq, Eq)]
pub enum Choice {
    /// All of them.
    Everything,
    /// Native tests.
    Unit,
    /// The wasm tests in Node and in Chromium.
    Wasm,
    /// The npm package in Node and in Chromium.
    Npm,
    /// The server against the API's document.
    Api,
    /// The page in Chromium: all, one file, or the tests whose name matches.
    Page(Option<String>),
}

impl Choice {
    /// Reads the choice from the command line.
    pub fn from_args(args: &mut Args) -> Result<Self> {
        Ok(match args.next().as_deref() {
            None => Self::Everything,
            Some("unit") => Self::Unit,
            Some("wasm") => Self::Wasm,
            Some("npm") => Self::Npm,
            Some("api") => Self::Api,
            Some("e2e") => Self::Page(args.next()),
            Some(other) => bail!("there is no suite `{other}`: unit, api, wasm, npm or e2e"),
        })
    }
}

/// What one suite came to.
struct Row {
    suite: String,
    passed: usize,
    ok: bool,
    time: Duration,
}

/// Sets up, runs the chosen suites to their end and fails if one of them did.
pub fn run(choice: &Choice, long: bool) -> Result<()> {
    let everything = *choice == Choice::Everything;
    build::with_cli()?;
    let mut rows = Vec::new();
    if everything || *choice == Choice::Unit {
        setup::for_page()?;
        rows.push(native(long)?);
    }
    if everything || *choice == Choice::Api {
        rows.push(server(long)?);
    }
    if everything || *choice == Choice::Wasm {
        setup::for_page()?;
        let browser = setup::browser()?;
        let tools = setup::wasm_bindgen()?;
        for suite in &WASM_SUITES {
            if suite.in_node {
                rows.push(wasm(suite, &tools, None)?);
            }
            rows.push(wasm(suite, &tools, Some(&browser))?);
        }
        if !everything && rows.is_empty() {
            bail!("there is no wasm suite");
        }
    }
    if everything || *choice == Choice::Npm {
        setup::for_package()?;
        rows.push(npm(&setup::browser()?)?);
        if long {
            rows.push(projects(&setup::browser()?)?);
        }
    }
    if everything || matches!(choice, Choice::Page(_)) {
        setup::for_package()?;
        let filter = match choice {
            Choice::Page(filter) => filter.as_deref(),
            _ => None,
        };
        rows.push(page(&setup::browser()?, filter)?);
    }
    summarize(&rows)
}

fn summarize(rows: &[Row]) -> Result<()> {
    println!("\n{:<44} {:>7} {:>9}", "suite", "passed", "time");
    for row in rows {
        let verdict = if row.ok { "" } else { "  FAILED" };
        let time = format!("{:.1} s", row.time.as_secs_f64());
        println!("{:<44} {:>7} {time:>9}{verdict}", row.suite, row.passed);
    }
    let failed: Vec<_> = rows.iter().filter(|row| !row.ok).collect();
    let passed: usize = rows.iter().map(|row| row.passed).sum();
    println!("\n{passed} passed, {} failed", failed.len());
    if failed.is_empty() {
        return Ok(());
    }
    let names: Vec<_> = failed.iter().map(|row| row.suite.as_str()).collect();
    bail!("failed: {}", names.join(", "))
}

/// Runs one suite; it passes when its runner says so and at least one test passed.
fn suite(
    name: &str,
    command: &mut Command,
    count: impl FnOnce(&str) -> Option<usize>,
) -> Result<Row> {
    say(name);
    let start = Instant::now();
    let Heard { text, success } = listen(command)?;
    let passed = count(&text).unwrap_or(0);
    if success && passed == 0 {
        eprintln!("xtask: no test ran, which counts as a failure");
    }
    Ok(Row {
        suite: name.to_owned(),
        passed,
        ok: success && passed > 0,
        time: start.elapsed(),
    })
}

fn native(long: bool) -> Result<Row> {
    let nextest = answer(Command::new("cargo").args(["nextest", "--version"])).is_some();
    let mut tests = cargo()?;
    if long {
        tests.env("LEADLINE_LONG", "1");
    }
    if nextest {
        tests.args(["nextest", "run"]);
    } else {
        tests.args(["test", "--all-targets"]);
    }
    tests.args(build::AS_THE_TESTS).arg("--no-fail-fast");
    if nextest {
        suite("native, cargo nextest", &mut tests, passed_by_nextest)
    } else {
        suite("native, cargo test", &mut tests, passed_by_libtest)
    }
}

fn server(long: bool) -> Result<Row> {
    let python = setup::python(setup::CHECKERS)?;
    let program = build::server()?;
    let name = "the API by its document, schemathesis";
    say(name);
    let start = Instant::now();
    let Outcome { cases, good } = api::check(&python, &program, long)?;
    Ok(Row {
        suite: name.to_owned(),
        passed: cases,
        ok: good,
        time: start.elapsed(),
    })
}

fn wasm(suite_of: &WasmSuite, tools: &Path, browser: Option<&Browser>) -> Result<Row> {
    let WasmSuite {
        package, target, ..
    } = suite_of;
    let mut tests = cargo()?;
    tests.args(["test", "--target", WASM, "--test", target]);
    // One selection for all of them, so that what they share is built once.
    for one in &WASM_SUITES {
        tests.args(["-p", one.package]);
    }
    tests.env(
        "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER",
        tools.join("wasm-bindgen-test-runner"),
    );
    let place = match browser {
        None => "Node",
        Some(browser) => {
            tests
                .env("WASM_BINDGEN_USE_BROWSER", "1")
                .env("CHROMEDRIVER", &browser.chromedriver);
            "Chromium"
        }
    };
    let name = format!("wasm in {place}, {package} {target}");
    suite(&name, &mut tests, passed_by_libtest)
}

fn npm(browser: &Browser) -> Result<Row> {
    pack::install_for_tests()?;
    let mut tests = command(find_program(&["node"]).context("no `node` on the PATH")?)?;
    tests.args(["--test", "--test-reporter=spec", "--test-concurrency=1"]);
    let files = test_files("npm/tests")?;
    tests.args(files.iter().map(|file| format!("npm/tests/{file}")));
    tests.env("CHROMIUM", &browser.chromium);
    suite("the npm package", &mut tests, passed_by_node)
}

/// Clients that generators make from the document, and the package in projects of many tools. All of them come
/// from npm and PyPI.
fn projects(browser: &Browser) -> Result<Row> {
    let python = setup::python(setup::GENERATORS)?;
    for (program, package) in [
        ("java", "openjdk-17-jre-headless"),
        ("javac", "openjdk-17-jdk-headless"),
    ] {
        find_program(&[program]).with_context(|| {
            format!("openapi-generator needs `{program}`: on Debian, `apt-get install {package}`")
        })?;
    }
    let mut tests = command(find_program(&["node"]).context("no `node` on the PATH")?)?;
    tests.args(["--test", "--test-reporter=spec", "--test-concurrency=1"]);
    let files = test_files("npm/projects")?;
    tests.args(files.iter().map(|file| format!("npm/projects/{file}")));
    tests.env("CHROMIUM", &browser.chromium);
    tests.env("PYTHON", python.programs());
    suite("clients and projects of others", &mut tests, passed_by_node)
}

/// The files of tests in a folder of the checkout, sorted.
fn test_files(folder: &str) -> Result<Vec<String>> {
    let entries =
        fs::read_dir(root().join(folder)).with_context(|| format!("cannot list {folder}"))?;
    let mut files: Vec<_> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.ends_with(".test.mjs"))
        .collect();
    files.sort();
    if files.is_empty() {
        bail!("{folder} holds no *.test.mjs");
    }
    Ok(files)
}

fn page(browser: &Browser, filter: Option<&str>) -> Result<Row> {
    let base = build::page(Kind::Quick, None, Wanted::PageAndPackage)?;
    // The playground is tested as an element in somebody's page too.
    pack::package(Kind::Quick)?;
    let program = build::server()?;
    let server = serve::page(&build::bundler()?, &base)?;
    let name = "the page in Chromium";
    say(name);
    let start = Instant::now();
    let (passed, ok) = browser_tests::run(&server.url, &program, &browser.chromium, filter)?;
    Ok(Row {
        suite: name.to_owned(),
        passed,
        ok,
        time: start.elapsed(),
    })
}

/// `Summary [   0.1s] 12 tests run: 12 passed, 0 skipped`
fn passed_by_nextest(text: &str) -> Option<usize> {
    let summary = text.lines().rev().find(|line| line.contains("Summary ["))?;
    number_before(summary, " passed")
}

/// `test result: ok. 3 passed; 0 failed; …`, once for each test program
fn passed_by_libtest(text: &str) -> Option<usize> {
    let results = text.lines().filter(|line| line.contains("test result:"));
    Some(
        results
            .filter_map(|line| number_before(line, " passed"))
            .sum(),
    )
}

/// `ℹ pass 3`
fn passed_by_node(text: &str) -> Option<usize> {
    let line = text.lines().rev().find(|line| line.contains(" pass "))?;
    line.split_whitespace().last()?.parse().ok()
}

fn number_before(line: &str, word: &str) -> Option<usize> {
    let before = line.split(word).next()?;
    before.split_whitespace().last()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_runners_are_understood() {
        let nextest = "     Summary [   0.010s] 12 tests run: 11 passed, 1 failed, 0 skipped\n";
        assert_eq!(passed_by_nextest(nextest), Some(11));
        let one = "     Summary [   0.010s] 1 test run: 1 passed, 0 skipped\n";
        assert_eq!(passed_by_nextest(one), Some(1));
        let libtest = "test result: ok. 3 passed; 0 failed; 0 ignored\nx\n\
                       test result: ok. 4 passed; 0 failed; 0 ignored\n";
        assert_eq!(passed_by_libtest(libtest), Some(7));
        assert_eq!(passed_by_node("ℹ tests 5\nℹ pass 3\nℹ fail 2\n"), Some(3));
        assert_eq!(passed_by_node("nothing"), None);
    }
}
