// How the browser tests run: `cargo xtask test e2e [file or words of a name]`.
//
// Nothing is tried again, nothing is timed. The limits below are for what never comes: a slow machine
// needs longer, and fails no test by it.

import { defineConfig } from "@playwright/test";
import { PROGRAM } from "./chromium.mjs";

export default defineConfig({
  testDir: ".",
  testMatch: "*.test.mjs",
  outputDir: "artifacts",
  reporter: "list",
  // Which files took longest is said by the list; what is slow on this machine is no finding.
  reportSlowTests: null,
  forbidOnly: true,
  retries: 0,
  // Two files at a time, the tests of one file after each other. Each test has a browser context of its
  // own, so no two share storage, service workers or a quota; servers take a free port and a folder of
  // their own; a test that publishes another build serves its own copy of the page.
  workers: 2,
  fullyParallel: false,
  timeout: 240_000,
  expect: { timeout: 30_000 },
  use: {
    browserName: "chromium",
    launchOptions: PROGRAM,
    viewport: { width: 1280, height: 800 },
    locale: "en-GB",
    timezoneId: "Europe/Berlin",
    actionTimeout: 30_000,
    navigationTimeout: 60_000,
    // The evidence of a failure is what the page looked like and what it said (harness.mjs keeps the
    // console): both cost nothing until something fails. A trace has to be recorded for every test in
    // case it fails, which made a run minutes longer; so it is there for whoever looks into a failure.
    screenshot: "only-on-failure",
    trace: process.env.LEADLINE_TRACE === "1" ? "retain-on-failure" : "off",
  },
});
