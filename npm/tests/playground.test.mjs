// The playground as a part of the package. What it does in a page is tested in tests/e2e.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

test("the element can be imported where there is no page, as documentation drawn on a server does", async () => {
  const { LeadlinePlayground } = await import("@leadline/engine/playground");
  assert.equal(typeof LeadlinePlayground, "function");
});

test("what the element loads is in the package", async () => {
  const element = fileURLToPath(import.meta.resolve("@leadline/engine/playground"));
  const script = await readFile(element, "utf8");
  const needed = [...script.matchAll(/(?:import\(|URL\()"(\.[^"]+)"/g)].map(([, path]) => path);
  assert.deepEqual(needed.toSorted(), ["../index.js", "./playground.js", "./playground_bg.wasm"]);
  for (const path of needed) assert.ok((await readFile(new URL(path, `file://${element}`))).length > 0, path);
});
