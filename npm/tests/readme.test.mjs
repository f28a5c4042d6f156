// What the README shows runs, and prints what it says.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { transform } from "esbuild";
import { blocks, printed } from "./readme.mjs";

const cwd = fileURLToPath(new URL(".", import.meta.url));

function run(program, block) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--input-type=module"], {
    cwd,
    encoding: "utf8",
    input: program,
  });
  assert.equal(status, 0, `${stderr}\nin:\n${block}`);
  assert.deepEqual(stdout.trim().split("\n"), printed(block));
}

for (const [index, block] of blocks("js").entries()) {
  test(`block ${index + 1} of JavaScript prints what it says`, () => run(block, block));
}

for (const [index, block] of blocks("ts").entries()) {
  test(`block ${index + 1} of TypeScript prints what it says`, async () => {
    const { code } = await transform(block, { loader: "ts", target: "node20" });
    run(code, block);
  });
}

test("there is code in every language to run", () => {
  for (const language of ["js", "ts", "html"]) assert.ok(blocks(language).length > 0, language);
});
