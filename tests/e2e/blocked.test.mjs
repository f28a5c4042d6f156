// A browser that keeps nothing for this site, and a storage that never answers: the app starts in memory
// and says why.

import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { chromium } from "playwright-core";

import { PROGRAM } from "./chromium.mjs";
import { address, assert, expect, test } from "./harness.mjs";
import { blankWorkflow, canvas } from "./designer.mjs";

const BLOCKED = 2;
const mark = (page) => page.locator(".save-mark .status-mark");

/** Draws something, to see that everything works. */
async function draw(page) {
  await blankWorkflow(page, (path) => page.goto(address(path)), "In memory");
  await page.getByRole("navigation", { name: "Palette" }).getByRole("button", { name: "Delay" }).click();
  await expect(canvas(page).getByRole("group")).toHaveCount(1);
}

test("with site data blocked the app works in memory and says so", async () => {
  const profile = await mkdtemp(join(tmpdir(), "leadline-"));
  await mkdir(join(profile, "Default"));
  const settings = { profile: { default_content_setting_values: { cookies: BLOCKED } } };
  await writeFile(join(profile, "Default", "Preferences"), JSON.stringify(settings));
  const context = await chromium.launchPersistentContext(profile, { ...PROGRAM, locale: "en-GB" });
  try {
    const page = await context.newPage();
    await page.goto(address("/"));
    const stored = await page.evaluate(() => {
      try {
        return Boolean(localStorage);
      } catch {
        return false;
      }
    });
    assert.equal(stored, false, "the browser keeps nothing");
    await expect(mark(page)).toContainText("Memory only: Nothing can be kept");
    await draw(page);
    await expect(mark(page)).toContainText("Memory only");
    // Leaving would lose it.
    const asked = page.waitForEvent("dialog");
    await page.evaluate(() => setTimeout(() => location.reload()));
    await (await asked).dismiss();
    await expect(canvas(page).getByRole("group")).toHaveCount(1);
  } finally {
    await context.close();
    await rm(profile, { recursive: true, force: true });
  }
});

test.describe(() => {
  test.use({ serviceWorkers: "block" });

  test("a storage that never answers keeps nobody waiting", async ({ context, page }) => {
    // A worker whose database opens and tells nobody.
    const silent = `
      const { open } = IDBFactory.prototype;
      IDBFactory.prototype.open = function () {
        const request = open.call(this, "silent");
        for (const name of ["onsuccess", "onerror", "onblocked", "onupgradeneeded"])
          Object.defineProperty(request, name, { set() {}, get: () => null });
        request.addEventListener = () => {};
        return request;
      };`;
    await context.route(/\/worker-[^/]+\/start\.js$/, async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: `${silent}\n${await response.text()}` });
    });
    await page.goto(address("/"));
    await expect(mark(page)).toContainText("Memory only: The browser's storage does not answer");
    await expect(page.getByText("another Leadline tab")).toHaveCount(0);
    await draw(page);
  });
});
