//! The tests of the page in Chromium, run by Playwright's own runner: `tests/e2e/playwright.config.mjs`
//! says how.

use std::path::Path;

use anyhow::{Context, Result};

use crate::process::{Heard, command, listen};
use crate::project::{find_program, root};

/// The runner's program.
const RUNNER: &str = "node_modules/@playwright/test/cli.js";
/// Where its settings and the tests are.
const FOLDER: &str = "tests/e2e";

/// Runs the browser tests against the page at `url`: all, one file (`draw`), or the tests whose name fits
/// a regular expression. How many passed, and whether all is well; no test at all is a failure.
pub fn run(
    url: &str,
    server_program: &Path,
    chromium: &Path,
    filter: Option<&str>,
) -> Result<(usize, bool)> {
    let mut tests = command(find_program(&["node"]).context("no `node` on the PATH")?)?;
    tests.args([RUNNER, "test"]);
    tests.arg(format!("--config={FOLDER}/playwright.config.mjs"));
    if let Some(filter) = filter {
        tests.arg(chosen(filter, |file| root().join(file).is_file()));
    }
    tests
        .env("LEADLINE_URL", url)
        .env("LEADLINE_SERVER", server_program)
        .env("CHROMIUM", chromium);
    let Heard { text, success } = listen(&mut tests)?;
    let passed = passed_by_playwright(&text).unwrap_or(0);
    Ok((passed, success && passed > 0))
}

/// The argument that chooses tests: a file of this name, else names of tests.
fn chosen(filter: &str, is_file: impl FnOnce(&str) -> bool) -> String {
    let file = format!("{FOLDER}/{filter}.test.mjs");
    if is_file(&file) {
        file
    } else {
        format!("--grep={filter}")
    }
}

/// `  88 passed (6.1m)`, the last line of the summary
fn passed_by_playwright(text: &str) -> Option<usize> {
    text.lines().rev().find_map(|line| {
        let (passed, _time) = line.trim().split_once(" passed (")?;
        passed.parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_is_understood() {
        let well = "Running 2 tests using 2 workers\n\n  \
                    ✓  1 view.test.mjs:24:1 › the view is kept (3.1s)\n  \
                    ✓  2 walk.test.mjs:13:1 › 7 passed (by hand) (1.2s)\n\n  \
                    2 passed (4.5s)\n";
        assert_eq!(passed_by_playwright(well), Some(2));
        let badly = "  1 failed\n    view.test.mjs:24:1 › the view is kept ───\n  \
                     2 did not run\n  85 passed (6.1m)\n";
        assert_eq!(passed_by_playwright(badly), Some(85));
        assert_eq!(passed_by_playwright("Error: No tests found\n"), None);
    }

    #[test]
    fn a_file_or_names_of_tests_are_chosen() {
        let is_file = |file: &str| file == "tests/e2e/draw.test.mjs";
        assert_eq!(chosen("draw", is_file), "tests/e2e/draw.test.mjs");
        assert_eq!(chosen("a tab killed", is_file), "--grep=a tab killed");
    }
}
