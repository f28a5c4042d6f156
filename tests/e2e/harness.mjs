// What every browser test has: Playwright's `test` and `expect`, with these fixtures.
//
//   import { expect, test } from "./harness.mjs";
//   test("the page opens", async ({ page, open }) => { await open("/"); … });
//
//   open(path, page?)  goes to a place in the app
//   newPage()          another tab of the same user, watched like the first
//   problems           what went wrong so far
//   allow              an option: a RegExp for the console and page errors that a test provokes
//
// A test fails, whatever else it checks, when a page throws, logs an error or breaks its
// Content-Security-Policy. A failed test leaves screenshots and its console in tests/e2e/artifacts/.
//
// No sleeps and no waiting for quiet: wait for what should be seen.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";

import { test as base } from "@playwright/test";

/** The address of the page under test, with a slash at its end. */
export const URL_OF_PAGE = process.env.LEADLINE_URL;

/** A phone: `test.use(PHONE)`. */
export const PHONE = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 2,
  hasTouch: true,
  isMobile: true,
};

/** The dark theme of the system. */
export const DARK = { colorScheme: "dark" };

/** The full address of a place in the app, such as "/workflows". */
export function address(path = "/") {
  assert.ok(URL_OF_PAGE, "LEADLINE_URL is not set: run the tests with `cargo xtask test e2e`");
  return new URL(path.replace(/^\//, ""), URL_OF_PAGE).href;
}

export const test = base.extend({
  allow: [null, { option: true }],

  problems: ({}, use) => use([]),

  // What the pages say on their consoles, kept where the test fails.
  said: async ({}, use, testInfo) => {
    const said = [];
    await use(said);
    if (testInfo.status === testInfo.expectedStatus) return;
    const path = testInfo.outputPath("console.txt");
    await writeFile(path, said.map((line) => `${line}\n`).join(""));
    testInfo.attachments.push({ name: "console", contentType: "text/plain", path });
  },

  context: async ({ context, allow, problems, said }, use) => {
    const report = (kind, text) => {
      said.push(`${kind}: ${text}`);
      if (!allow?.test(text)) problems.push(`${kind}: ${text}`);
    };
    // Before any script of the page: violations that are enforced and those that are only reported.
    await context.exposeBinding("__reportViolation", (_source, text) => report("policy", text));
    await context.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", (event) => {
        const where = `${event.sourceFile ?? ""}:${event.lineNumber ?? ""}`;
        window.__reportViolation(`${event.violatedDirective} blocked ${event.blockedURI} at ${where}`);
      });
    });
    context.on("weberror", (error) => report("page error", `${error.error().stack ?? error.error()}`));
    context.on("console", (message) => {
      const text = `${message.text()} (${message.location().url})`;
      if (message.type() === "error") report("console error", text);
      else said.push(`console ${message.type()}: ${text}`);
    });
    await use(context);
  },

  newPage: ({ context }, use) => use(() => context.newPage()),

  open: ({ page }, use) => use((path = "/", on = page) => on.goto(address(path))),

  // For every test, also one that asks for none of the above.
  sound: [
    async ({ problems, context: _watched }, use) => {
      await use();
      assert.deepEqual(problems, [], "the page reported problems");
    },
    { auto: true },
  ],
});

/** Waits until the page, its worker script and all else are kept for offline use. */
export async function readyForOffline(page) {
  await page.waitForFunction(() => document.documentElement.dataset.offline === "ready");
  await page.waitForFunction(() => Boolean(navigator.serviceWorker.controller));
}

export { expect } from "@playwright/test";
export { assert };
