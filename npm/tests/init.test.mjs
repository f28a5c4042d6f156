// The engine started by whoever uses it: from bytes, a compiled module or an answer, each in a program of its own.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const cwd = fileURLToPath(new URL(".", import.meta.url));
const START = `
  import { readFileSync } from "node:fs";
  import { fileURLToPath } from "node:url";
  import { init, Leadline, LeadlineError } from "@leadline/engine/init";
  const bytes = readFileSync(fileURLToPath(import.meta.resolve("@leadline/engine/engine_bg.wasm")));
  const digest = () => new Leadline({ seed: 7 }).digest;
  const refused = async (work) => {
    try {
      await work();
    } catch (error) {
      return error instanceof LeadlineError ? error.code : String(error);
    }
    return "nothing";
  };
`;

/** What a program prints. */
function run(program) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--input-type=module"], {
    cwd,
    encoding: "utf8",
    input: START + program,
  });
  assert.equal(status, 0, stderr);
  return stdout.trim();
}

const usual = run(`import { Leadline as Usual } from "@leadline/engine"; console.log(new Usual({ seed: 7 }).digest);`);

for (const [name, source] of [
  ["bytes", "bytes"],
  ["a compiled module", "new WebAssembly.Module(bytes)"],
  ["an answer", `new Response(bytes, { headers: { "content-type": "application/wasm" } })`],
  ["what is still to come", "WebAssembly.compile(bytes)"],
]) {
  test(`it starts from ${name}`, () => assert.equal(run(`await init(${source}); console.log(digest());`), usual));
}

test("asked twice, at once or later, it is one engine", () =>
  assert.equal(
    run(`
      await Promise.all([init(bytes), init(bytes)]);
      const one = new Leadline({ seed: 7 });
      await init(bytes);
      console.log(one.digest);
    `),
    usual,
  ));

test("it is the engine of the other entries too", () =>
  assert.equal(
    run(`
      const { Leadline: usual } = await import("@leadline/engine");
      await init(bytes);
      console.log(usual === Leadline ? digest() : "another");
    `),
    usual,
  ));

test("before it is started, and from nothing, it is refused in words", () => {
  const program = `
    console.log(await refused(() => new Leadline()), await refused(() => Leadline.restore(new Uint8Array(9))));
    console.log(await refused(() => init()), await refused(() => init(new Uint8Array([1, 2, 3, 4]))));
    await init(bytes);
    console.log(await refused(() => new Leadline()));
  `;
  assert.equal(run(program), "not_started not_started\ninvalid_option not_started\nnothing");
});

test("nothing of it waits while it is loaded", () => {
  const program = `
    import { createRequire } from "node:module";
    const { Leadline: required } = createRequire(import.meta.url)("@leadline/engine/init");
    await init(bytes);
    console.log(new required({ seed: 7 }).digest);
  `;
  const supported = process.features.require_module;
  if (supported) assert.equal(run(program), usual);
});
