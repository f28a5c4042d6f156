// The browser of the tests: one Chromium for each test file, one fresh context for each test.
//
//   import { expect, test } from "./harness.mjs";
//   test("the page opens", async ({ page, open }) => { await open("/"); … });
//
// A test fails, whatever else it checks, when the page throws, logs an error or breaks its
// Content-Security-Policy. A failed test leaves a screenshot and a trace in tests/e2e/artifacts/.
// No sleeps: wait for what should be seen (`expect.poll`, `locator.waitFor`, `page.waitForFunction`).

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { after, before, test as nodeTest } from "node:test";
import { launch } from "./chromium.mjs";

const ARTIFACTS = fileURLToPath(new URL("./artifacts/", import.meta.url));
const TEST_TIMEOUT = 120_000;
const STEP_TIMEOUT = 15_000;

/** The address of the page under test, with a slash at its end. */
export const URL_OF_PAGE = process.env.LEADLINE_URL;

/** A phone: `test("…", { context: PHONE }, …)`. */
export const PHONE = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 2,
  hasTouch: true,
  isMobile: true,
};

/** The dark theme of the system. */
export const DARK = { colorScheme: "dark" };

let browser;

before(async () => {
  assert.ok(URL_OF_PAGE, "LEADLINE_URL is not set: run the tests with `cargo xtask test e2e`");
  browser = await launch();
});

after(async () => {
  await browser?.close();
});

/** The full address of a place in the app, such as "/workflows". */
export function address(path = "/") {
  return new URL(path.replace(/^\//, ""), URL_OF_PAGE).href;
}

/**
 * One test.
 *
 * options.context   options of the browser context, such as PHONE or DARK
 * options.allow     console errors and page errors this test provokes: a list of RegExp
 * options.timeout   in milliseconds
 *
 * body gets { context, page, open, newPage, problems, browser }:
 *   open(path, page?)  goes to a place in the app
 *   newPage()          another tab of the same user, watched like the first
 *   problems           what went wrong so far
 */
export function test(name, options, body) {
  if (typeof options === "function") return test(name, {}, options);
  return nodeTest(name, { timeout: options.timeout ?? TEST_TIMEOUT }, async () => {
    const session = await startSession(options);
    try {
      await body(session);
      assert.deepEqual(session.problems, [], "the page reported problems");
    } catch (error) {
      await keepEvidence(session, name);
      throw error;
    } finally {
      await session.context.close();
    }
  });
}

async function startSession({ context: contextOptions = {}, allow = [] }) {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    locale: "en-GB",
    timezoneId: "Europe/Berlin",
    acceptDownloads: true,
    ...contextOptions,
  });
  context.setDefaultTimeout(STEP_TIMEOUT);
  await context.tracing.start({ screenshots: true, snapshots: true });
  const problems = [];
  const report = (kind, text) => {
    if (!allow.some((pattern) => pattern.test(text))) problems.push(`${kind}: ${text}`);
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
    if (message.type() === "error") {
      report("console error", `${message.text()} (${message.location().url})`);
    }
  });
  const session = { context, problems, browser };
  session.newPage = () => context.newPage();
  session.page = await session.newPage();
  session.open = (path = "/", page = session.page) => page.goto(address(path));
  return session;
}

async function keepEvidence({ context }, name) {
  const base = ARTIFACTS + name.replace(/[^a-z0-9]+/gi, "-").toLowerCase();
  await mkdir(ARTIFACTS, { recursive: true });
  // Evidence must not hide the failure itself: what cannot be kept is said and left.
  const keep = (what, promise) => promise.catch((error) => console.log(`no ${what}: ${error}`));
  const pages = context.pages();
  for (const [index, page] of pages.entries()) {
    await keep("screenshot", page.screenshot({ path: `${base}-${index + 1}.png`, timeout: 5_000 }));
  }
  await keep("trace", context.tracing.stop({ path: `${base}-trace.zip` }));
  console.log(`evidence: ${base}*`);
}

/** Waits until the page, its worker script and all else are kept for offline use. */
export async function readyForOffline(page) {
  await page.waitForFunction(() => document.documentElement.dataset.offline === "ready");
  await page.waitForFunction(() => Boolean(navigator.serviceWorker.controller));
}

/** `await expect.poll(() => page.title(), /Leadline/)`: asks until the answer fits, or fails. */
export const expect = {
  async poll(ask, wanted, timeout = STEP_TIMEOUT) {
    const deadline = Date.now() + timeout;
    const fits = (value) => {
      if (wanted instanceof RegExp) return wanted.test(String(value));
      if (typeof wanted === "function") return wanted(value);
      return Object.is(value, wanted);
    };
    let value;
    do {
      value = await ask();
      if (fits(value)) return value;
      await new Promise((resolve) => setTimeout(resolve, 50));
    } while (Date.now() < deadline);
    assert.fail(`expected ${wanted}, got ${JSON.stringify(value)} for ${timeout} ms`);
  },
};

export { assert };
