// In Chromium: by module script, by classic script, and bundled in both ways. Every page is served
// under a policy that allows its own files and wasm, and nothing else.

import assert from "node:assert/strict";
import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { Leadline } from "@leadline/engine";
import { launch } from "../../tests/e2e/chromium.mjs";
import { everywhere } from "./everywhere.mjs";
import { ORGANIZATIONS, recorded } from "./files.mjs";
import { blocks } from "./readme.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const engine = join(here, "node_modules/@leadline/engine");

const KINDS = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".json": "application/json",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
};
const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'";

const RUN = `
  import { everywhere } from "/tests/everywhere.mjs";
  const { recorded, organizations } = await (await fetch("/recorded.json")).json();
  globalThis.run = () => everywhere(Leadline, recorded, organizations);
`;

/** Files made for the pages; the others lie below /tests and /engine. */
const made = new Map([
  ["/recorded.json", JSON.stringify({ recorded, ...ORGANIZATIONS })],
  ["/module.html", '<!doctype html><script type="module" src="/module.js"></script>'],
  ["/module.js", `import { Leadline } from "/engine/index.js"; ${RUN}`],
  [
    "/classic.html",
    '<!doctype html><script src="/engine/leadline.global.js"></script><script type="module" src="/classic.js"></script>',
  ],
  ["/classic.js", `const { Leadline } = leadline; ${RUN}`],
  ["/bundled.html", '<!doctype html><script type="module" src="/bundled/page.js"></script>'],
  ["/inline.html", '<!doctype html><script src="/bundled/inline.js"></script>'],
]);

let browser;
let server;
let base;
let bundled;
const asked = [];

async function file(path) {
  if (made.has(path)) return made.get(path);
  const folders = { "/tests/": here, "/engine/": engine, "/bundled/": bundled };
  const [start, folder] = Object.entries(folders).find(([start]) => path.startsWith(start)) ?? [];
  if (folder) return readFile(join(folder, normalize(`/${path.slice(start.length)}`)));
  return undefined;
}

/** Bundles a page's program as an application would be. */
function bundle(from, options) {
  const contents = `
    import { Leadline } from "${from}";
    import { everywhere } from "./everywhere.mjs";
    fetch("/recorded.json").then(async (answer) => {
      const { recorded, organizations } = await answer.json();
      globalThis.run = () => everywhere(Leadline, recorded, organizations);
    });
  `;
  return build({
    stdin: { contents, resolveDir: here },
    bundle: true,
    minify: true,
    logLevel: "warning",
    target: "es2022",
    ...options,
  });
}

before(async () => {
  bundled = await mkdtemp(join(tmpdir(), "leadline-bundled-"));
  await bundle("@leadline/engine", { format: "esm", outfile: join(bundled, "page.js") });
  await cp(join(engine, "engine_bg.wasm"), join(bundled, "engine_bg.wasm"));
  await bundle("@leadline/engine/inline", { format: "iife", outfile: join(bundled, "inline.js") });
  server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, base);
    asked.push(pathname);
    const body = await file(pathname).catch(() => undefined);
    const headers = {
      "content-type": KINDS[extname(pathname)] ?? "text/plain",
      "content-security-policy": POLICY,
    };
    response.writeHead(body === undefined ? 404 : 200, headers).end(body);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${server.address().port}`;
  browser = await launch();
});

after(async () => {
  await browser?.close();
  server?.close();
  await rm(bundled, { recursive: true, force: true });
});

/** What a page comes to, and the files it asked for. */
async function visit(path) {
  const page = await browser.newPage();
  const problems = [];
  page.on("pageerror", (error) => problems.push(`${error}`));
  page.on("console", (message) => {
    if (message.type() === "error" && !message.text().includes("favicon")) problems.push(message.text());
  });
  asked.length = 0;
  await page.goto(`${base}${path}`);
  await page.waitForFunction(() => globalThis.run);
  const files = asked.splice(0);
  const result = await page.evaluate(() => globalThis.run());
  assert.deepEqual(asked, [], "it asked the network for something");
  assert.deepEqual(problems, []);
  await page.close();
  return { files, result };
}

let came;
/** What it comes to in Node. */
const inNode = () => (came ??= everywhere(Leadline, recorded, ORGANIZATIONS.organizations));

for (const [way, path, wasm] of [
  ["by module script", "/module.html", "/engine/engine_bg.wasm"],
  ["by classic script", "/classic.html", undefined],
  ["bundled, with its wasm beside it", "/bundled.html", "/bundled/engine_bg.wasm"],
  ["bundled into one file", "/inline.html", undefined],
]) {
  test(`${way}, it comes to the same bytes as in Node`, { timeout: 120_000 }, async () => {
    const { files, result } = await visit(path);
    assert.deepEqual(result, await inNode());
    assert.ok(result.sent > 400, `only ${result.sent} recorded requests`);
    assert.equal(result.digests[0], result.digests[1]);
    assert.equal(
      files.find((name) => name.endsWith(".wasm")),
      wasm,
    );
  });
}

for (const [index, block] of blocks("html").entries()) {
  test(`block ${index + 1} of HTML in the README shows what it answers`, async () => {
    const page = await browser.newPage();
    const problems = [];
    page.on("pageerror", (error) => problems.push(`${error}`));
    const { version } = JSON.parse(await readFile(join(engine, "package.json"), "utf8"));
    // Where it would be published.
    const published = `https://unpkg.com/@leadline/engine@${version}/`;
    await page.route(`${published}**`, async (route) => {
      const path = join(engine, route.request().url().slice(published.length));
      const headers = { "access-control-allow-origin": "*" };
      await route.fulfill({ path, headers, contentType: KINDS[extname(path)] });
    });
    const html = `<!doctype html><meta charset="utf-8"><body>${block}</body>`;
    await page.route("http://readme.test/", (route) => route.fulfill({ body: html, contentType: "text/html" }));
    await page.goto("http://readme.test/");
    await page.getByText('"status":"ok"').waitFor();
    assert.deepEqual(problems, []);
    await page.close();
  });
}
