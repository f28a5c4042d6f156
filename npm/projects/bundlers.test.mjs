// The package in projects of the tools that people have, each as the README says: built, served and looked at in
// Chromium. Run by `cargo xtask test --long`.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch } from "../../tests/e2e/chromium.mjs";
import { within } from "./project.mjs";

let browser;

before(async () => {
  browser = await launch();
});

after(() => browser?.close());

const USE = `
  const leadline = new Leadline({ key: "demo" });
  const show = async () => "health: " + (await (await leadline.fetch("/v1/health")).json()).status;
`;
const SHOW = `${USE} show().then((text) => (document.body.append(text)));`;
const PAGE = '<!doctype html><meta charset="utf-8"><body><script type="module" src="/main.js"></script></body>';

/** Waits until a page shows that the engine answered; nothing may go wrong meanwhile. */
async function look(address, text = "health: ok") {
  const page = await browser.newPage();
  const problems = [];
  page.on("pageerror", (error) => problems.push(`${error}`));
  await page.goto(address);
  await page.getByText(text).waitFor({ timeout: 60_000 }).catch((error) => assert.fail(`${problems.join()} ${error}`));
  assert.deepEqual(problems, []);
  await page.close();
}

const EXCLUDED = 'export default { optimizeDeps: { exclude: ["@leadline/engine"] } };';
const NEWEST = 'export default { optimizeDeps: { exclude: ["@leadline/engine"] }, build: { target: "esnext" } };';
const viteOf = (from, config) => ({
  "index.html": PAGE,
  "main.js": `import { Leadline } from "${from}"; ${SHOW}`,
  ...(config && { "vite.config.js": config }),
});

for (const [vite, from, config] of [
  ["5", "@leadline/engine", NEWEST],
  ["6", "@leadline/engine", NEWEST],
  ["7", "@leadline/engine", EXCLUDED],
  ["8", "@leadline/engine", undefined],
  ["5", "@leadline/engine/inline", undefined],
  ["7", "@leadline/engine/inline", undefined],
]) {
  test(`Vite ${vite}, ${from}${config ? " with settings" : ""}: served while it is written, and built`, () =>
    within(viteOf(from, config), [`vite@${vite}`], async (project) => {
      await look(await project.serve("vite", "--host", "127.0.0.1"));
      project.tool("vite", "build", "--base", "/sub/");
      await look(`${new URL("/sub/", await project.serve("vite", "preview", "--host", "127.0.0.1", "--base", "/sub/"))}`);
    }));
}

test("Vite 8, in a worker and in a service worker", () => {
  const config = 'export default { worker: { format: "es" } };';
  const files = {
    "index.html": PAGE,
    "vite.config.js": config,
    "main.js": `
      const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
      worker.onmessage = ({ data }) => document.body.append("in a worker, " + data);
    `,
    "worker.js": `import { Leadline } from "@leadline/engine"; ${USE} show().then((text) => postMessage(text));`,
    "public/service.html": PAGE.replace("main.js", "service.js"),
    "public/service.js": `
      navigator.serviceWorker.register("/sw.js", { type: "module" });
      navigator.serviceWorker.ready.then(async () => {
        if (!navigator.serviceWorker.controller) await new Promise((done) => navigator.serviceWorker.addEventListener("controllerchange", done));
        document.body.append("by a service worker: " + (await (await fetch("/v1/health")).json()).status);
      });
    `,
    "public/sw.js": `
      import { Leadline } from "./inline.js";
      const leadline = new Leadline({ key: "demo" });
      self.addEventListener("install", () => self.skipWaiting());
      self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
      self.addEventListener("fetch", (event) => {
        if (new URL(event.request.url).pathname.startsWith("/v1/")) event.respondWith(leadline.fetch(event.request));
      });
    `,
  };
  return within(files, ["vite@8"], async (project) => {
    project.run("cp", ["node_modules/@leadline/engine/inline.js", "public/inline.js"]);
    await look(await project.serve("vite", "--host", "127.0.0.1"), "in a worker, health: ok");
    project.tool("vite", "build");
    const built = await project.serve("vite", "preview", "--host", "127.0.0.1");
    await look(built, "in a worker, health: ok");
    await look(`${built}/service.html`, "by a service worker: ok");
  });
});

test("webpack 5", () => {
  const files = {
    "src/index.js": `import { Leadline } from "@leadline/engine"; ${SHOW}`,
    "dist/index.html": '<!doctype html><body><script type="module" src="main.js"></script></body>',
  };
  return within(files, ["webpack@5", "webpack-cli@6", "vite@8"], async (project) => {
    project.tool("webpack", "--mode", "production");
    await look(await project.serve("vite", "preview", "--host", "127.0.0.1"));
  });
});

const LAYOUT = "export default ({ children }) => <html lang=\"en\"><body>{children}</body></html>;";
const nextOf = (from) => ({
  "app/layout.jsx": LAYOUT,
  "app/page.jsx": `
    import { Leadline } from "${from}"; ${USE}
    export default async () => <p>on the server, {await show()}</p>;
  `,
  "app/client/page.jsx": `
    "use client";
    import { useEffect, useState } from "react";
    import { Leadline } from "${from}"; ${USE}
    export default function Client() {
      const [text, set] = useState("");
      useEffect(() => void show().then(set), []);
      return <p>in the browser, {text}</p>;
    }
  `,
  "app/api/route.js": `import { Leadline } from "${from}"; ${USE} export const GET = async () => new Response(await show());`,
});

for (const builder of ["--turbopack", "--webpack"]) {
  test(`Next 16 ${builder}: pages of the server and of the client, and a route`, () =>
    within(nextOf("@leadline/engine"), ["next@16", "react@19", "react-dom@19"], async (project) => {
      project.tool("next", "build", builder);
      const address = await project.serve("next", "start", "--port", "0");
      await look(address, "on the server, health: ok");
      await look(`${address}/client`, "in the browser, health: ok");
      await look(`${address}/api`, "health: ok");
    }));
}

test("React 19 knows the element and its attributes", () => {
  const files = {
    "page.tsx": `
      import "@leadline/engine/react";
      export const shown = <leadline-playground tour="pause" className="wide" />;
      // @ts-expect-error: there is no such attribute
      export const odd = <leadline-playground tuor="pause" />;
    `,
    "tsconfig.json": JSON.stringify({
      compilerOptions: {
        strict: true, noEmit: true, jsx: "react-jsx", module: "esnext", moduleResolution: "bundler", target: "es2022",
        lib: ["es2022", "dom", "dom.iterable", "dom.asynciterable"],
      },
      include: ["page.tsx"],
    }),
  };
  return within(files, ["typescript@5.9", "react@19", "@types/react@19"], async (project) => {
    project.tool("tsc", "-p", ".");
  });
});

const CHECK = `test("it answers", async () => { ${USE} expect(await show()).toBe("health: ok"); });`;

for (const environment of ["node", "jsdom", "happy-dom"]) {
  test(`Vitest, ${environment}`, () => {
    const text = `import { expect, test } from "vitest"; import { Leadline } from "@leadline/engine"; ${CHECK}`;
    return within({ "one.test.js": text }, ["vitest@4", "jsdom@26", "happy-dom@20"], async (project) => {
      project.tool("vitest", "run", "--environment", environment);
    });
  });
}

test("Jest 30, with modules", () => {
  const files = {
    "one.test.js": `import { Leadline } from "@leadline/engine"; ${CHECK}`,
    "jest.config.js": "export default { transform: {} };",
  };
  return within(files, ["jest@30"], async (project) => {
    project.run("npx", ["--no-install", "jest"], { NODE_OPTIONS: "--experimental-vm-modules" });
  });
});

test("Cloudflare's worker, as wrangler runs it", () => {
  const files = {
    "wrangler.json": JSON.stringify({ name: "demo", main: "index.js", compatibility_date: "2026-01-01" }),
    "index.js": `
      import wasm from "@leadline/engine/engine_bg.wasm";
      import { init, Leadline } from "@leadline/engine/init";
      let leadline;
      export default {
        async fetch(request) {
          await init(wasm);
          leadline ??= new Leadline({ key: "demo" });
          return leadline.fetch(request);
        },
      };
    `,
  };
  return within(files, ["wrangler@4.86"], async (project) => {
    const address = await project.serve("wrangler", "dev", "--port", "0", "--ip", "127.0.0.1");
    const answer = await fetch(`${address}/v1/health`);
    assert.equal((await answer.json()).status, "ok");
  });
});
