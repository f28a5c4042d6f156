// A new version of the page: offered, never forced, taken when asked for, and never half of it.
//
// The test serves a copy of the built page itself and publishes a second build of it: the same
// files with another title, and index.html's hash in the service worker's list changed to fit (or
// not to fit, for a deployment that broke off).

import { createHash } from "node:crypto";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { assert, expect, readyForOffline, test } from "./harness.mjs";

const DIST = fileURLToPath(new URL("../../dist/", import.meta.url));
const TYPES = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".wasm": "application/wasm",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".webmanifest": "application/manifest+json",
};

const integrity = (text) => `sha256-${createHash("sha256").update(text).digest("base64")}`;

async function host() {
  const folder = await mkdtemp(join(tmpdir(), "leadline-"));
  await cp(DIST, folder, { recursive: true });
  const server = createServer(async (request, response) => {
    const path = new URL(request.url, "http://host").pathname;
    const name = extname(path) ? path : "/index.html";
    try {
      const body = await readFile(join(folder, name));
      response.writeHead(200, { "content-type": TYPES[extname(name)], "cache-control": "no-cache" });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const change = async (name, edit) => {
    const text = await readFile(join(folder, name), "utf8");
    await writeFile(join(folder, name), edit(text));
  };
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    /** A second build; `broken` lists a hash that index.html does not have. */
    async publish(build, { broken = false } = {}) {
      const old = await readFile(join(folder, "index.html"), "utf8");
      const html = old.replace(/<title>.*<\/title>/, `<title>Leadline ${build}</title>`);
      await writeFile(join(folder, "index.html"), html);
      const hash = integrity(broken ? `${html} ` : html);
      await change("sw.js", (text) =>
        text
          .replace(/const BUILD = "[^"]*"/, `const BUILD = "${build}"`)
          .replace(/(\["\.\/", ")[^"]*/, (_all, start) => start + hash),
      );
    },
    /** Answers with the page of a build whose files are gone; gives what brings the new page back. */
    async makeStale() {
      const name = join(folder, "index.html");
      const html = await readFile(name, "utf8");
      await writeFile(name, html.replaceAll(/-[0-9a-f]{12,}(?=[./])/g, "-0123456789ab"));
      return () => writeFile(name, html);
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function withHost(body) {
  const site = await host();
  try {
    await body(site);
  } finally {
    await site.close();
  }
}

const lookForUpdate = (page) =>
  page.evaluate(async () => (await navigator.serviceWorker.ready).update());
const updateState = (page) => page.evaluate(() => document.documentElement.dataset.update);
const stateAfterInstall = (page) =>
  page.evaluate(async () => {
    const { installing, waiting } = await navigator.serviceWorker.ready;
    if (!installing) return waiting?.state ?? "redundant";
    return new Promise((resolve) => {
      installing.addEventListener("statechange", () => resolve(installing.state));
    });
  });
// What a page opened without network would show; "2 builds" while one of them waits.
const keptBuild = async (page) => {
  try {
    return await page.evaluate(async () => {
      const names = await caches.keys();
      if (names.length !== 1) return `${names.length} builds`;
      const kept = await (await caches.open(names[0])).match("./");
      return (await kept.text()).match(/<title>(.*)<\/title>/)[1];
    });
  } catch (error) {
    // Asked in the middle of a reload: ask again.
    return `${error}`;
  }
};
const apply = (page) =>
  page.evaluate(() => window.dispatchEvent(new CustomEvent("leadline:update-apply")));
const cacheNames = (page) => page.evaluate(() => caches.keys());
// The page sets its own title once it runs; the text as it was served tells the build.
const served = async (page, site) => (await page.goto(site.url)).text();

test("a new version waits until the page asks for it", ({ page, newPage }) =>
  withHost(async (site) => {
    await page.goto(site.url);
    await readyForOffline(page);
    const other = await newPage();
    await other.goto(site.url);
    await readyForOffline(other);

    await site.publish("second");
    await lookForUpdate(page);
    await expect.poll(() => updateState(page)).toBe("ready");
    assert.equal((await cacheNames(page)).length, 2, "both builds are kept while one waits");
    // Not forced: a reload still opens the version in use, and goes on offering the new one.
    await page.reload();
    await expect.poll(() => updateState(page)).toBe("ready");
    assert.doesNotMatch(await served(page, site), /Leadline second/);

    const reloaded = page.waitForEvent("load");
    await apply(page);
    await reloaded;
    await expect.poll(() => keptBuild(page)).toBe("Leadline second");
    assert.match(await served(page, site), /Leadline second/);
    // The other tab was not reloaded under its user's hands; it is told.
    await expect.poll(() => updateState(other)).toBe("ready");
  }));

test("a new version that the browser holds back is asked for once more", ({ page }) =>
  withHost(async (site) => {
    // The first request to take over is lost, as if the old version were never idle.
    await page.addInitScript(() => {
      const { postMessage } = ServiceWorker.prototype;
      ServiceWorker.prototype.postMessage = function (...message) {
        if (sessionStorage.getItem("lost")) postMessage.apply(this, message);
        else sessionStorage.setItem("lost", "yes");
      };
    });
    await page.goto(site.url);
    await readyForOffline(page);
    await site.publish("second");
    await lookForUpdate(page);
    await expect.poll(() => updateState(page)).toBe("ready");
    await apply(page);
    await expect.poll(() => keptBuild(page)).toBe("Leadline second");
    assert.match(await served(page, site), /Leadline second/);
  }));

test.describe(() => {
  test.use({ serviceWorkers: "block", allow: /status of 404|MIME type/ });

  test("a page of a build whose files are gone says so, and how to go on", ({ page }) =>
    withHost(async (site) => {
      const renew = await site.makeStale();
      await page.goto(site.url);
      const word = page.getByRole("alert");
      await word.getByRole("heading", { name: "A part of Leadline could not be loaded" }).waitFor();
      await expect(word).toContainText("Your workflows are kept in this browser");
      await renew();
      await word.getByRole("button", { name: "Reload" }).click();
      await page.getByRole("button", { name: "New workflow" }).waitFor();
    }));
});

test.describe(() => {
  test.use({ allow: /integrity|Failed to find a valid digest/i });

  test("a deployment that broke off is not taken", ({ page }) =>
    withHost(async (site) => {
      await page.goto(site.url);
      await readyForOffline(page);
      await site.publish("broken", { broken: true });
      const refused = await lookForUpdate(page).then(
        () => stateAfterInstall(page),
        () => "redundant",
      );
      assert.equal(refused, "redundant");
      assert.equal(await updateState(page), undefined);
      await expect.poll(async () => (await cacheNames(page)).length).toBe(1);
      await page.reload();
      assert.doesNotMatch(await served(page, site), /Leadline broken/);
    }));
});
