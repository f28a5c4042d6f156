// The types: a sample that uses them, and a typed client, is checked and runs.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { blocks } from "./readme.mjs";

const folder = fileURLToPath(new URL("./types/", import.meta.url));
const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");

// The README's TypeScript is checked beside the sample.
before(async () => {
  const readme = join(folder, "readme");
  await rm(readme, { recursive: true, force: true });
  await mkdir(readme);
  for (const [index, block] of blocks("ts").entries()) {
    await writeFile(join(readme, `block-${index + 1}.ts`), block);
  }
});

function check(...options) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [tsc, "-p", folder, ...options], {
    encoding: "utf8",
  });
  assert.equal(status, 0, stdout + stderr);
}

test("the sample fits the types, as Node finds them", () => check());

test("the sample fits the types, as bundlers find them", () =>
  check("--module", "esnext", "--moduleResolution", "bundler"));

test("the sample does what it says", async () => {
  const { outputFiles } = await build({
    entryPoints: [join(folder, "sample.ts")],
    bundle: true,
    format: "esm",
    packages: "external",
    target: "node20",
    write: false,
  });
  const { status, stderr } = spawnSync(process.execPath, ["--input-type=module"], {
    cwd: folder,
    encoding: "utf8",
    input: outputFiles[0].text,
  });
  assert.equal(status, 0, stderr);
});
