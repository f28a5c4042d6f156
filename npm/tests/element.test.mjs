// The element in somebody's page: it leaves the reader's focus and place alone.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { launch } from "../../tests/e2e/chromium.mjs";

const engine = fileURLToPath(new URL("node_modules/@leadline/engine", import.meta.url));
const KINDS = { ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm" };

const page = (attributes) => `<!doctype html><meta charset="utf-8">
  <style>html { overflow-anchor: none }</style>
  <input id="search"><div style="height: 4000px"></div>
  <leadline-playground ${attributes}></leadline-playground>
  <div style="height: 4000px"></div>
  <script type="module" src="/engine/playground/element.js"></script>`;
const PAGES = { "/tour.html": page('tour="pause"'), "/operation.html": page('operation="createWorkflow"') };

let browser;
let server;
let base;

before(async () => {
  server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    const file = join(engine, normalize(pathname.replace(/^\/engine/, "")));
    const body = PAGES[pathname] ?? (await readFile(file).catch(() => undefined));
    const type = KINDS[extname(pathname)] ?? "text/plain";
    response.writeHead(body === undefined ? 404 : 200, { "content-type": type }).end(body);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${server.address().port}`;
  browser = await launch();
});

after(async () => {
  await browser?.close();
  server?.close();
});

const places = (tab) =>
  tab.evaluate(() => {
    const focused = document.activeElement;
    return { focused: focused.id || focused.localName, top: scrollY };
  });

for (const [path, shown] of [
  ["/tour.html", "Send this step"],
  ["/operation.html", "Create a workflow"],
]) {
  test(`${path}: what is typed elsewhere arrives, and the page stays where it is`, async () => {
    const tab = await browser.newPage();
    await tab.goto(`${base}${path}`);
    await tab.locator("#search").pressSequentially("hel");
    await tab.getByText(shown).first().waitFor();
    await tab.keyboard.type("lo");
    assert.equal(await tab.locator("#search").inputValue(), "hello");
    assert.deepEqual(await places(tab), { focused: "search", top: 0 });
    await tab.close();
  });
}

test("a page in which nothing has the focus is not scrolled either", async () => {
  const tab = await browser.newPage();
  await tab.goto(`${base}/tour.html`);
  await tab.getByRole("button", { name: "Send this step" }).waitFor();
  assert.deepEqual(await places(tab), { focused: "body", top: 0 });
  await tab.close();
});

test("once the reader is in it, the focus goes from step to step, and the page stays", async () => {
  const tab = await browser.newPage();
  await tab.goto(`${base}/tour.html`);
  const send = tab.getByRole("button", { name: "Send this step" });
  await send.click();
  await tab.getByText(/^Step 2 of/).waitFor();
  const inside = () => document.activeElement.shadowRoot?.activeElement?.textContent === "Send this step";
  await tab.waitForFunction(inside);
  const { top } = await places(tab);
  await tab.keyboard.press("Enter");
  await tab.getByText(/^Step 3 of/).waitFor();
  await tab.waitForFunction(inside);
  assert.equal((await places(tab)).top, top);
  // Who has gone elsewhere since is left there, whatever the tour does.
  await tab.evaluate(() => {
    document.querySelector("#search").focus({ preventScroll: true });
    const root = document.querySelector("leadline-playground").shadowRoot;
    [...root.querySelectorAll("button")].find((button) => button.textContent === "Restart").click();
  });
  await tab.getByText(/^Step 1 of/).waitFor();
  assert.deepEqual(await places(tab), { focused: "search", top });
  await tab.close();
});
